//! The value of a From field.

use super::field::assert_printable;
use mailproof::Name;
use mailproof::message::Author;

/// An author's domain is a host name; a comment behind the field, or unfolding it, changes nothing.
pub fn author(octets: &[u8]) {
    match Author::parse(octets) {
        Ok(author) => {
            assert_eq!(Name::parse(author.domain.as_str()).as_ref(), Ok(&author.domain));
            assert!(!author.domain.is_root());
            assert_printable(author.domain.as_str());
            let commented = [octets, b" (who?)"].concat();
            assert_eq!(Author::parse(&commented).as_ref(), Ok(&author), "with a comment behind it");
            assert_eq!(Author::parse(&unfolded(octets)).as_ref(), Ok(&author), "unfolded");
        }
        Err(error) => assert_printable(&error.to_string()),
    }
}

/// RFC 5322 §2.2.3: a CRLF before white space is taken out.
fn unfolded(octets: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(octets.len());
    let mut rest = octets;
    while let Some((octet, after)) = rest.split_first() {
        rest = match rest {
            [b'\r', b'\n', white @ ..] if white.starts_with(b" ") || white.starts_with(b"\t") => white,
            _ => {
                out.push(*octet);
                after
            }
        };
    }
    out
}
