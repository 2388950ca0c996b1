//! Header canonicalization (RFC 6376 §3.4.1, §3.4.2).

use super::unfold::unfold;
use crate::ascii::{is_fws, is_wsp};
use crate::message::Field;

/// A canonicalization algorithm (RFC 6376 §3.4).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Canonicalization {
    /// White space may change, and the case of field names (RFC 6376 §3.4.2, §3.4.4).
    #[default]
    Relaxed,
    /// Almost nothing may change (RFC 6376 §3.4.1, §3.4.3).
    Simple,
}

impl Canonicalization {
    /// The name as in `c=`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Relaxed => "relaxed",
            Self::Simple => "simple",
        }
    }
}

/// Appends a header field with the CRLF that ends it.
pub(crate) fn append_field(out: &mut Vec<u8>, canon: Canonicalization, field: &Field<'_>) {
    match canon {
        Canonicalization::Simple => out.extend_from_slice(field.raw()),
        Canonicalization::Relaxed => append_relaxed(out, field.name(), [field.value(), &[]]),
    }
    out.extend_from_slice(b"\r\n");
}

/// Appends the signature field itself: last, without the CRLF that ends it, and without the octets of its value
/// between `cut.0` and `cut.1`, where the value of `b=` stands (RFC 6376 §3.7).
pub(crate) fn append_own_field(
    out: &mut Vec<u8>,
    canon: Canonicalization,
    field: &Field<'_>,
    cut: (usize, usize),
) {
    let value = field.value();
    let before = value.get(..cut.0).unwrap_or_default();
    let after = value.get(cut.1..).unwrap_or_default();
    match canon {
        Canonicalization::Simple => {
            let name_octets = field.raw().len() - value.len();
            out.extend_from_slice(field.raw().get(..name_octets).unwrap_or_default());
            out.extend_from_slice(before);
            out.extend_from_slice(after);
        }
        Canonicalization::Relaxed => append_relaxed(out, field.name(), [before, after]),
    }
}

/// RFC 6376 §3.4.2: the name in lower case, no white space around the colon, lines unfolded, each run of white space
/// one space, none at the end. `value` may be cut in two.
fn append_relaxed(out: &mut Vec<u8>, name: &[u8], value: [&[u8]; 2]) {
    // RFC 8616 §5 leaves the names ASCII, and so is their lower case.
    let start = out.len();
    out.extend_from_slice(name);
    out.get_mut(start..).unwrap_or_default().make_ascii_lowercase();
    out.push(b':');
    let start = out.len();
    let [before, after] = value;
    let is_cut = !after.is_empty();
    let is_cut_in_space =
        is_cut && [before.last(), after.first()].into_iter().flatten().any(|octet| is_fws(*octet));
    if is_cut_in_space || unfold(before, out).is_none() || is_cut && unfold(after, out).is_none() {
        out.truncate(start);
        append_any(out, value);
    }
}

/// The same for whatever there may be, octet by octet where white space is.
fn append_any(out: &mut Vec<u8>, value: [&[u8]; 2]) {
    let start = out.len();
    let mut is_space_due = false;
    for part in value {
        let mut rest = part;
        while let Some(octet) = rest.first() {
            if is_wsp(*octet) {
                is_space_due = true;
                rest = rest.get(1..).unwrap_or_default();
                continue;
            }
            if let Some(unfolded) = rest.strip_prefix(b"\r\n") {
                rest = unfolded;
                continue;
            }
            if is_space_due && out.len() > start {
                out.push(b' ');
            }
            is_space_due = false;
            let run = run_length(rest);
            out.extend_from_slice(rest.get(..run).unwrap_or_default());
            rest = rest.get(run..).unwrap_or_default();
        }
    }
}

/// Octets that stay as they are, at least one. A lone CR or LF is content.
fn run_length(text: &[u8]) -> usize {
    let after = text.get(1..).unwrap_or_default();
    1 + after.iter().position(|octet| matches!(octet, b' ' | b'\t' | b'\r')).unwrap_or(after.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;

    fn canonical(canon: Canonicalization, raw: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        append_field(&mut out, canon, &Field::new(raw));
        out
    }

    #[test]
    fn relaxes_as_the_standard_shows() {
        for (raw, relaxed) in [
            (&b"A: X"[..], &b"a:X\r\n"[..]),
            (b"B : Y\t\r\n\tZ  ", b"b:Y Z\r\n"),
            (b"SUBJect : \t A  b \r\n\t c ", b"subject:A b c\r\n"),
            (b"Subject:", b"subject:\r\n"),
            (b"Subject: \r\n \t", b"subject:\r\n"),
            (b"Subject:\r\n first", b"subject:first\r\n"),
            (b"S: a\rb\nc \r d", b"s:a\rb\nc \r d\r\n"),
            (b"S: a\x0bb\xa0 c", b"s:a\x0bb\xa0 c\r\n"),
            (b"S: \r", b"s:\r\r\n"),
        ] {
            assert_eq!(
                canonical(Canonicalization::Relaxed, raw),
                relaxed,
                "{:?}",
                raw.escape_ascii().to_string()
            );
        }
        let raw = b"B : Y\t\r\n\tZ  ";
        assert_eq!(canonical(Canonicalization::Simple, raw), b"B : Y\t\r\n\tZ  \r\n");
    }

    #[test]
    fn cuts_only_what_it_is_told() {
        let field = Field::new(b"DKIM-Signature: b = xy ;\r\n bh=z");
        let mut simple = Vec::new();
        append_own_field(&mut simple, Canonicalization::Simple, &field, (4, 8));
        assert_eq!(simple, b"DKIM-Signature: b =;\r\n bh=z");
        let mut relaxed = Vec::new();
        append_own_field(&mut relaxed, Canonicalization::Relaxed, &field, (4, 8));
        assert_eq!(relaxed, b"dkim-signature:b =; bh=z");
    }

    /// Few octets of six kinds, and words about as long as what is looked at together.
    fn values() -> impl Strategy<Value = Vec<u8>> {
        let piece = prop_oneof![
            4 => prop::sample::select(vec!["\r\n ", "\r\n\t", " ", "\t", "a", "\r", "\n"]).prop_map(str::to_owned),
            1 => (1_usize..80).prop_map(|count| "b".repeat(count)),
            1 => (1_usize..80).prop_map(|count| "\r\n ".repeat(count)),
        ];
        vec(piece, 0..24).prop_map(|pieces| pieces.concat().into_bytes())
    }

    proptest! {
        #[test]
        fn blocks_are_what_octets_are(value in values(), cut in any::<prop::sample::Index>()) {
            let (before, after) = value.split_at(cut.index(value.len() + 1));
            let (mut octets, mut blocks) = (b"n:".to_vec(), Vec::new());
            append_any(&mut octets, [before, after]);
            append_relaxed(&mut blocks, b"N", [before, after]);
            prop_assert_eq!(blocks, octets);
        }
    }
}
