//! From text files to wire octets.

use memchr::memchr_iter;
use std::borrow::Cow;

/// `text` with every LF that no CR precedes turned into CRLF; a lone CR stays. For mail from files: what came over
/// SMTP must not be converted, for there a lone LF is content.
pub fn with_crlf(text: &[u8]) -> Cow<'_, [u8]> {
    let mut converted: Option<Vec<u8>> = None;
    let mut kept = 0;
    for line_end in memchr_iter(b'\n', text) {
        if line_end.checked_sub(1).and_then(|before| text.get(before)) == Some(&b'\r') {
            continue;
        }
        let out = converted.get_or_insert_with(|| Vec::with_capacity(text.len() + text.len() / 32));
        out.extend_from_slice(text.get(kept..line_end).unwrap_or_default());
        out.extend_from_slice(b"\r\n");
        kept = line_end + 1;
    }
    match converted {
        Some(mut out) => {
            out.extend_from_slice(text.get(kept..).unwrap_or_default());
            Cow::Owned(out)
        }
        None => Cow::Borrowed(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turns_only_lone_line_feeds_into_line_ends() {
        assert_eq!(&*with_crlf(b"a\nb\r\nc\rd\n\n"), b"a\r\nb\r\nc\rd\r\n\r\n");
        assert!(matches!(with_crlf(b"a\r\nb"), Cow::Borrowed(_)));
        assert_eq!(&*with_crlf(b"\n"), b"\r\n");
    }
}
