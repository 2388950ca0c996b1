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
    let is_own = |text: &str| !text.is_empty() && own.contains(&canonical(text));
    // RFC 2047 forbids encoded words here; readers that decode the whole field first see something else.
    let is_encoded = id_clause.windows(2).any(|pair| pair == b"=?");
    let begins_a_clause = |value: &[u8]| {
        // Cut at each semicolon, as by a reader that knows nothing else.
        String::from_utf8_lossy(value).split(';').filter_map(|clause| words(clause).next()).any(is_own)
    };
    is_encoded
        || words(&String::from_utf8_lossy(id_clause)).any(is_own)
        || is_own(&String::from_utf8_lossy(&letters(id_clause)))
        || is_own(&String::from_utf8_lossy(&letters(&without_comments_or_quotes(id_clause))))
        || begins_a_clause(value)
        || begins_a_clause(&without_comments(value))
}

/// What names are made of, in one piece. Octets of another charset than UTF-8 part words, like the white space that they
/// may be.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let is_word = |character: char| match character {
        '-' | '_' | '.' => true,
        char::REPLACEMENT_CHARACTER => false,
        _ if character.is_ascii() => character.is_ascii_alphanumeric(),
        _ => !character.is_whitespace() && !character.is_control(),
    };
    text.split(move |character| !is_word(character)).filter(|word| !word.is_empty())
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
