//! What the texts of a field may hold: mended once, when they are put in.

use std::borrow::Cow;

/// Octets of a reason or comment at most; what is over is cut.
const TEXT_OCTETS: usize = 400;

/// Octets of a keyword at most; the longest registered one has 17.
pub(super) const KEYWORD_OCTETS: usize = 64;

/// What a cut text ends in.
const CUT: &str = "...";

/// RFC 8601 §7.8: no control character and no line end from outside reaches the field.
pub(super) fn without_controls<'a>(text: impl Into<Cow<'a, str>>) -> Cow<'a, str> {
    let text = text.into();
    // All control characters beyond ASCII are beyond it with their first octet, too.
    let may_be_control = |octet: u8| octet.is_ascii_control() || !octet.is_ascii();
    // Without branches: the compiler judges many octets at once.
    if text.bytes().fold(false, |any, octet| any | may_be_control(octet))
        && text.chars().any(char::is_control)
    {
        return Cow::Owned(text.replace(char::is_control, "?"));
    }
    text
}

/// A reason or a comment: cut, without control characters; none when it is empty.
pub(super) fn for_people(mut text: String) -> Option<String> {
    cut(&mut text, 0);
    // What replaces a control character is not longer.
    (!text.is_empty()).then(|| without_controls(text).into_owned())
}

/// What people are told is cut: what stands behind `start`.
pub(super) fn cut(text: &mut String, start: usize) {
    if text.len() > start + TEXT_OCTETS {
        let end = (start..=start + TEXT_OCTETS - CUT.len()).rev().find(|end| text.is_char_boundary(*end));
        text.truncate(end.unwrap_or(start));
        text.push_str(CUT);
    }
}

/// RFC 8601 §2.2: methods, results, ptypes and properties are a `Keyword`.
pub(super) fn keyword(text: Cow<'static, str>) -> Cow<'static, str> {
    let is_clean = |octet: u8| is_keyword(octet) && !octet.is_ascii_uppercase();
    if is_keyword_text(text.as_bytes()) && text.bytes().all(is_clean) {
        return text;
    }
    let mended = |character: char| match u8::try_from(character) {
        Ok(octet) if is_keyword(octet) => character.to_ascii_lowercase(),
        Ok(_) | Err(_) => '-',
    };
    let mut out: String = text.chars().take(KEYWORD_OCTETS).map(mended).collect();
    out.truncate(out.trim_end_matches('-').len());
    if out.is_empty() { Cow::Borrowed("x") } else { Cow::Owned(out) }
}

/// RFC 5321 §4.1.2: `Keyword` ends in a letter or digit; with a length that no keyword needs.
pub(super) fn is_keyword_text(text: &[u8]) -> bool {
    (1..=KEYWORD_OCTETS).contains(&text.len())
        && !text.ends_with(b"-")
        && text.iter().copied().all(is_keyword)
}

/// Letters, digits and hyphens; and underscores, which stand in results and properties of large receivers
/// (`dkim=perm_fail`) and can be taken for nothing else.
pub(super) const fn is_keyword(octet: u8) -> bool {
    octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'_')
}

/// RFC 2045 §5.1: an octet of a token: visible, and none of `tspecials`.
pub(super) const fn is_token(octet: u8) -> bool {
    let is_tspecial = matches!(
        octet,
        b'(' | b')'
            | b'<'
            | b'>'
            | b'@'
            | b','
            | b';'
            | b':'
            | b'\\'
            | b'"'
            | b'/'
            | b'['
            | b']'
            | b'?'
            | b'='
    );
    octet.is_ascii_graphic() && !is_tspecial
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mending_is_done_once() {
        for text in ["é".repeat(300), "x".repeat(401), "\u{85}".repeat(500), "a\r\nb".to_owned()] {
            let once = for_people(text).unwrap();
            assert!(once.len() <= TEXT_OCTETS && !once.contains(char::is_control));
            assert_eq!(for_people(once.clone()), Some(once));
        }
        for (text, mended) in
            [("", "x"), ("--", "x"), ("A b-", "a-b"), ("é", "x"), ("perm_fail", "perm_fail")]
        {
            assert_eq!(keyword(text.into()), mended);
            assert_eq!(keyword(mended.into()), mended);
        }
        assert_eq!(keyword(format!("{}-b", "a".repeat(63)).into()), "a".repeat(63));
    }
}
