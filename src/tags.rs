//! Tag=value lists (RFC 6376 §3.2): DKIM signatures, key records, ARC fields; DMARC records read the same elements
//! by laxer rules of their own.

use crate::ascii::{is_fws, trim_fws};
use crate::cursor::Cursor;
use memchr::memchr_iter;
use std::iter::once;
use std::mem::replace;

/// A list whose syntax holds and whose tag names are unique.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TagList<'a> {
    tags: Vec<Tag<'a>>,
}

/// Tags that a list has room for from the beginning: a signature has about a dozen.
const USUAL_TAGS: usize = 16;

/// Octets of a tag name shown in an error at most.
const SHOWN_OCTETS: usize = 32;

/// One `name=value`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tag<'a> {
    /// The name as written; names are case-sensitive (RFC 6376 §3.2).
    pub name: &'a str,
    /// The value without folding white space at its ends; white space inside is kept.
    pub value: &'a [u8],
    /// Where the value begins in the text of the list, and where the element that holds it ends: the octets
    /// between are everything after `=`, white space included.
    pub span: (usize, usize),
}

/// Why a text is no tag list.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MalformedTags {
    /// The same name twice.
    #[error("tag {name}= occurs twice")]
    Duplicate {
        /// The name.
        name: String,
    },
    /// Nothing between two semicolons.
    #[error("an empty element at offset {offset}")]
    EmptyElement {
        /// Octets before it.
        offset: usize,
    },
    /// An element that does not begin with a tag name and an equals sign.
    #[error("no tag=value at offset {offset}")]
    NoTag {
        /// Octets before it.
        offset: usize,
    },
    /// A control character, or octets that are not UTF-8, inside a value.
    #[error("tag {name}= holds a character that is not allowed")]
    Character {
        /// The tag.
        name: String,
    },
}

impl<'a> TagList<'a> {
    /// Reads `tag-spec *( ";" tag-spec ) [ ";" ]`. Values may hold UTF-8 (RFC 8616 §5); continuation lines of
    /// white space only are accepted.
    ///
    /// # Errors
    /// [`MalformedTags`] says what and where.
    pub fn parse(text: &'a [u8]) -> Result<Self, MalformedTags> {
        let mut tags: Vec<Tag<'a>> = Vec::with_capacity(USUAL_TAGS);
        // Of one text without faults no value has any.
        let is_plain = text.iter().fold(true, |all, octet| all & is_plain(*octet));
        for (offset, element) in elements(text) {
            let tag = parse_tag(offset, element)?;
            let Some(tag) = tag else {
                let is_last = offset + element.len() == text.len();
                if is_last && offset > 0 {
                    break;
                }
                return Err(MalformedTags::EmptyElement { offset });
            };
            if !is_plain && !is_value(tag.value) {
                return Err(MalformedTags::Character { name: shown(tag.name) });
            }
            tags.push(tag);
        }
        refuse_duplicates(&tags)?;
        Ok(Self { tags })
    }

    /// The value of a tag; an empty value is not an absent one.
    pub fn value(&self, name: &str) -> Option<&'a [u8]> {
        self.tag(name).map(|tag| tag.value)
    }

    /// The tag of this name.
    pub fn tag(&self, name: &str) -> Option<&Tag<'a>> {
        self.tags.iter().find(|tag| tag.is_named(name))
    }

    /// Every tag in the order written.
    pub fn iter(&self) -> std::slice::Iter<'_, Tag<'a>> {
        self.tags.iter()
    }
}

/// The elements between semicolons with their offsets, as they stand.
pub(crate) fn elements(text: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    let ends = memchr_iter(b';', text).chain(once(text.len()));
    ends.scan(0, |next, end| {
        let offset = replace(next, end + 1);
        Some((offset, text.get(offset..end).unwrap_or_default()))
    })
}

impl Tag<'_> {
    /// Nearly all names are one letter, and most others begin with another one.
    fn is_named(&self, name: &str) -> bool {
        self.name.as_bytes().first() == name.as_bytes().first() && self.name == name
    }
}

/// The tag of an element; `None` when there is only white space.
fn parse_tag(offset: usize, element: &[u8]) -> Result<Option<Tag<'_>>, MalformedTags> {
    let no_tag = MalformedTags::NoTag { offset };
    let mut cursor = Cursor::new(element);
    cursor.take_while(is_fws);
    if cursor.is_at_end() {
        return Ok(None);
    }
    if !cursor.peek().is_some_and(|octet| octet.is_ascii_alphabetic()) {
        return Err(no_tag);
    }
    let name = cursor.take_while(|octet| octet.is_ascii_alphanumeric() || octet == b'_');
    cursor.take_while(is_fws);
    let (true, Ok(name)) = (cursor.eat(b'='), std::str::from_utf8(name)) else {
        return Err(no_tag);
    };
    let span = (offset + cursor.offset(), offset + element.len());
    Ok(Some(Tag { name, value: trim_fws(cursor.rest()), span }))
}

/// RFC 6376 §3.2: `tval` is visible ASCII with folding white space inside; RFC 8616 §5 adds UTF-8.
fn is_value(value: &[u8]) -> bool {
    value.iter().all(|octet| is_plain(*octet) || *octet >= 0x80) && std::str::from_utf8(value).is_ok()
}

/// Without branches: the compiler judges many octets at once.
const fn is_plain(octet: u8) -> bool {
    octet.is_ascii_graphic() | (octet == b' ') | (octet == b'\t') | (octet == b'\r') | (octet == b'\n')
}

fn refuse_duplicates(tags: &[Tag<'_>]) -> Result<(), MalformedTags> {
    if tags.len() <= USUAL_TAGS {
        // Which letters names begin with; only where one is met again there is anything to compare.
        let mut letters = 0_u128;
        for (place, tag) in tags.iter().enumerate() {
            let letter = tag.name.bytes().next().map_or(0, |letter| 1 << (letter & 0x7f));
            if letters & letter != 0 && tags.iter().take(place).any(|earlier| earlier.is_named(tag.name)) {
                return Err(MalformedTags::Duplicate { name: shown(tag.name) });
            }
            letters |= letter;
        }
        return Ok(());
    }
    let mut names: Vec<&str> = tags.iter().map(|tag| tag.name).collect();
    names.sort_unstable();
    match names.windows(2).find(|pair| matches!(pair, [one, two] if one == two)) {
        Some([name, ..]) => Err(MalformedTags::Duplicate { name: shown(name) }),
        _ => Ok(()),
    }
}

/// As much of a tag name as an error shows; names are ASCII, and whoever writes them may write long ones.
fn shown(name: &str) -> String {
    name.chars().take(SHOWN_OCTETS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_names_and_values_as_they_stand() {
        let text = b" v=1 ;\r\n a = rsa-sha256; b=\r\n\tab\r\n cd ;";
        let list = TagList::parse(text).unwrap();
        assert_eq!(list.value("v"), Some(&b"1"[..]));
        assert_eq!(list.value("a"), Some(&b"rsa-sha256"[..]));
        assert_eq!(list.value("b"), Some(&b"ab\r\n cd"[..]));
        assert_eq!(list.value("A"), None);
        let (start, end) = list.tag("b").unwrap().span;
        assert_eq!(&text[start..end], b"\r\n\tab\r\n cd ");
    }

    #[test]
    fn refuses_what_the_grammar_refuses() {
        assert_eq!(TagList::parse(b""), Err(MalformedTags::EmptyElement { offset: 0 }));
        assert_eq!(TagList::parse(b"a=1;;b=2"), Err(MalformedTags::EmptyElement { offset: 4 }));
        assert_eq!(TagList::parse(b"a=1;; "), Err(MalformedTags::EmptyElement { offset: 4 }));
        assert_eq!(TagList::parse(b"a=1; b"), Err(MalformedTags::NoTag { offset: 4 }));
        assert_eq!(TagList::parse(b"1a=1"), Err(MalformedTags::NoTag { offset: 0 }));
        assert_eq!(TagList::parse(b"a=1; a=2"), Err(MalformedTags::Duplicate { name: "a".into() }));
        assert_eq!(TagList::parse(b"a=\x01"), Err(MalformedTags::Character { name: "a".into() }));
        assert_eq!(TagList::parse(b"a=\xff"), Err(MalformedTags::Character { name: "a".into() }));
        let long = format!("{}=1", "a".repeat(99));
        let twice = TagList::parse(format!("{long};{long}").as_bytes()).unwrap_err();
        assert_eq!(twice, MalformedTags::Duplicate { name: "a".repeat(32) });
        assert!(TagList::parse("i=ü@example.com".as_bytes()).is_ok());
        assert_eq!(TagList::parse(b"a=; A=").unwrap().value("a"), Some(&b""[..]));
    }
}
