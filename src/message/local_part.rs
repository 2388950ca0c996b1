//! The local part of an address in SMTP.

use crate::ascii::is_atext;

/// `Local-part = Dot-string / Quoted-string` of RFC 5321 §4.1.2: a mail can be addressed to it, and nothing in it ends
/// the address or the line.
pub(crate) fn is_local_part(text: &[u8]) -> bool {
    match text {
        [b'"', quoted @ .., b'"'] => is_quoted_content(quoted),
        _ => text
            .split(|octet| *octet == b'.')
            .all(|atom| !atom.is_empty() && atom.iter().copied().all(is_atext)),
    }
}

fn is_quoted_content(mut text: &[u8]) -> bool {
    let is_printable = |octet: u8| octet == b' ' || octet.is_ascii_graphic();
    loop {
        text = match text {
            [] => return true,
            [b'\\', octet, rest @ ..] if is_printable(*octet) => rest,
            [b'"' | b'\\', ..] => return false,
            [octet, rest @ ..] if is_printable(*octet) => rest,
            [_, ..] => return false,
        };
    }
}
