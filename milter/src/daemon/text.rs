//! Octets from outside, for logs.

/// Characters of such a text at most.
const CHARACTERS: usize = 256;

/// What octets say, without control characters, and cut when it is long.
pub(crate) fn text(octets: &[u8]) -> String {
    let octets = octets.get(..CHARACTERS * 4).unwrap_or(octets);
    let shown = |character: char| if is_plain(character) { character } else { '?' };
    String::from_utf8_lossy(octets).chars().take(CHARACTERS).map(shown).collect()
}

/// No control character, no line or paragraph separator, nothing that turns the direction of writing.
fn is_plain(character: char) -> bool {
    !character.is_control()
        && !matches!(character, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200b}'..='\u{200f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_what_is_plain_and_nothing_else() {
        assert_eq!(text("jö@example.com".as_bytes()), "jö@example.com");
        assert_eq!(text(b"a\r\nb\x1b[2J\x00\xff\x7f"), "a??b?[2J?\u{fffd}?");
        assert_eq!(text("a\u{202e}b\u{2028}c".as_bytes()), "a?b?c");
        assert_eq!(text(&[b'x'; 5000]).len(), CHARACTERS);
    }
}
