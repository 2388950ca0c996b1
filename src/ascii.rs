//! Byte classes of RFC 5234 appendix B.1 and RFC 5322 §3.2.3, and the two trims everything else is built on.

/// `WSP`: space or horizontal tab, nothing else (RFC 5234 appendix B.1).
pub(crate) const fn is_wsp(octet: u8) -> bool {
    matches!(octet, b' ' | b'\t')
}

/// An octet of folding white space: `WSP`, CR or LF (RFC 5322 §3.2.2).
pub(crate) const fn is_fws(octet: u8) -> bool {
    matches!(octet, b' ' | b'\t' | b'\r' | b'\n')
}

/// `atext` of RFC 5322 §3.2.3: what an unquoted local part or display name is made of.
pub(crate) const fn is_atext(octet: u8) -> bool {
    octet.is_ascii_alphanumeric()
        || matches!(
            octet,
            b'!' | b'#'
                | b'$'
                | b'%'
                | b'&'
                | b'\''
                | b'*'
                | b'+'
                | b'-'
                | b'/'
                | b'='
                | b'?'
                | b'^'
                | b'_'
                | b'`'
                | b'{'
                | b'|'
                | b'}'
                | b'~'
        )
}

/// `text` without folding white space at both ends.
pub(crate) fn trim_fws(text: &[u8]) -> &[u8] {
    trim(text, is_fws)
}

/// `text` without `WSP` at both ends.
pub(crate) fn trim_wsp(text: &[u8]) -> &[u8] {
    trim(text, is_wsp)
}

fn trim(mut text: &[u8], drop: impl Fn(u8) -> bool) -> &[u8] {
    while let [first, rest @ ..] = text {
        if !drop(*first) {
            break;
        }
        text = rest;
    }
    while let [rest @ .., last] = text {
        if !drop(*last) {
            break;
        }
        text = rest;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trims_only_what_it_says() {
        assert_eq!(trim_fws(b" \r\n\tx y\r\n "), b"x y");
        assert_eq!(trim_wsp(b" \t\r\nx\t "), b"\r\nx");
        assert_eq!(trim_wsp(b" \t "), b"");
        assert_eq!(trim_fws(b"\x0b x \x0c"), b"\x0b x \x0c");
    }
}
