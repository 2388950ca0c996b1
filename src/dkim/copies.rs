//! Copies of header fields, and other text, in a signature: dkim-quoted-printable (RFC 6376 §2.11).

use super::fold::FoldedTags;
use crate::ascii::trim_wsp;
use crate::message::Field;

/// `z=`: the names and values of fields, the values without the white space at their ends.
pub(super) fn copy_fields<'f>(tags: &mut FoldedTags, fields: impl Iterator<Item = &'f Field<'f>>) {
    let mut separator = "";
    tags.begin("z", 0);
    for field in fields {
        tags.push_whole(separator);
        separator = "|";
        tags.push_whole(&format!("{}:", String::from_utf8_lossy(field.name())));
        push_quoted(tags, trim_wsp(field.value()));
    }
}

/// RFC 6376 §3.5 `i=`: the local part of an identity.
pub(super) fn quoted(text: &[u8]) -> String {
    let mut out = String::with_capacity(text.len());
    for octet in text {
        if is_safe(*octet) { out.push(char::from(*octet)) } else { out.push_str(&escape(*octet)) }
    }
    out
}

/// RFC 6376 §3.5 `z=`: a bar inside a value is written as hexadecimal digits.
fn push_quoted(tags: &mut FoldedTags, text: &[u8]) {
    let is_plain = |octet: &u8| is_safe(*octet) && *octet != b'|';
    for run in text.chunk_by(|one, two| is_plain(one) && is_plain(two)) {
        match (run, std::str::from_utf8(run)) {
            (_, Ok(plain)) if run.iter().all(is_plain) => tags.push_anywhere(plain),
            _ => run.iter().for_each(|octet| tags.push_whole(&escape(*octet))),
        }
    }
}

fn escape(octet: u8) -> String {
    format!("={octet:02X}")
}

/// `dkim-safe-char`.
const fn is_safe(octet: u8) -> bool {
    matches!(octet, 0x21..=0x3a | 0x3c | 0x3e..=0x7e)
}
