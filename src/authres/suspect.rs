//! Readers that are content with less than the grammar: might one of them take a field for ours?
//!
//! A field is read by others after us, and not all of them know comments, quoted strings or the order of things. Where
//! one of their readings would find an authserv-id of ours, the field goes, whatever the grammar says.

use super::identifier::canonical;
use crate::ascii::is_fws;

/// Whether some plausible reading of `value` begins a clause with an id in `own`, or finds one in the first `id_end`
/// octets, where the grammar found another.
pub(super) fn is_suspect(value: &[u8], id_end: usize, own: &[String]) -> bool {
    let id_clause = value.get(..id_end).unwrap_or(value);
    let is_own = |octets: &[u8]| {
        std::str::from_utf8(octets).is_ok_and(|text| !text.is_empty() && own.contains(&canonical(text)))
    };
    // RFC 2047 forbids encoded words here; readers that decode the whole field first see something else.
    let is_encoded = id_clause.windows(2).any(|pair| pair == b"=?");
    let stripped = without_comments(value);
    is_encoded
        || words(id_clause).any(is_own)
        || is_own(&letters(id_clause))
        || is_own(&letters(&without_comments_or_quotes(id_clause)))
        || clauses(value).chain(clauses(&stripped)).filter_map(|clause| words(clause).next()).any(is_own)
}

/// Cut at each semicolon, as by a reader that knows nothing else.
fn clauses(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    value.split(|octet| *octet == b';')
}

/// What names are made of, in one piece.
fn words(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let is_word =
        |octet: u8| octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'_' | b'.') || !octet.is_ascii();
    text.split(move |octet| !is_word(*octet)).filter(|word| !word.is_empty())
}

/// Without white space, quotes, backslashes and parentheses.
fn letters(text: &[u8]) -> Vec<u8> {
    let is_letter = |octet: &u8| !is_fws(*octet) && !matches!(octet, b'"' | b'\\' | b'(' | b')');
    text.iter().copied().filter(is_letter).collect()
}

/// Without comments, where they stand outside of quoted strings.
fn without_comments(value: &[u8]) -> Vec<u8> {
    drop_comments(value, true)
}

/// Without comments, quotes notwithstanding.
fn without_comments_or_quotes(value: &[u8]) -> Vec<u8> {
    drop_comments(value, false)
}

fn drop_comments(value: &[u8], knows_quotes: bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(value.len());
    let (mut depth, mut is_quoted) = (0_usize, false);
    let mut octets = value.iter().copied();
    while let Some(octet) = octets.next() {
        match octet {
            b'\\' if depth > 0 || is_quoted => {
                let quoted = octets.next();
                if depth == 0 {
                    out.extend(quoted);
                }
            }
            b'"' if depth == 0 && knows_quotes => is_quoted = !is_quoted,
            b'(' if !is_quoted => depth += 1,
            b')' if depth > 0 => depth -= 1,
            _ if depth == 0 => out.push(octet),
            _ => {}
        }
    }
    out
}
