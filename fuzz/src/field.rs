//! What a header field written by us must be, whatever others put into it.

/// A field with its final CRLF: one field, of lines that RFC 5322 §2.1.1 and §3.2.2 allow.
pub(crate) fn assert_well_formed(field: &str) {
    let lines = field.strip_suffix("\r\n").expect("a CRLF ends the field");
    for (index, line) in lines.split("\r\n").enumerate() {
        assert!(!line.contains(['\r', '\n']), "a lone line end: {field:?}");
        assert!(!line.chars().any(char::is_control), "a control character: {field:?}");
        assert!(line.len() <= 998, "a line of {} octets: {field:?}", line.len());
        assert!(!line.trim_matches([' ', '\t']).is_empty(), "a line of white space: {field:?}");
        assert_eq!(index > 0, line.starts_with([' ', '\t']), "not a continuation: {field:?}");
    }
}

/// Where a text that others may have had a say in is shown to people.
pub(crate) fn assert_printable(text: &str) {
    assert!(text.bytes().all(|octet| octet.is_ascii_graphic() || octet == b' '), "{text:?}");
}
