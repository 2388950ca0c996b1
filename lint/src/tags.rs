//! Tag=value lists, cut up however wrong they are.

use std::ops::Range;

/// What stands between two semicolons.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Element<'a> {
    /// Where it begins, without the space in front of it.
    pub(crate) start: usize,
    /// Without the space around it.
    pub(crate) text: &'a [u8],
    /// Where the semicolon in front of it stands, or 0.
    pub(crate) from: usize,
    /// Where the semicolon behind it stands, or the end of the record.
    pub(crate) end: usize,
}

/// The elements of a list, from `start` on.
pub(crate) fn elements(text: &[u8], start: usize) -> impl Iterator<Item = Element<'_>> {
    let mut next = start;
    text.get(start..).unwrap_or_default().split(|octet| *octet == b';').map(move |element| {
        let begin = next;
        next += element.len() + 1;
        let blank = element.iter().take_while(|octet| octet.is_ascii_whitespace()).count();
        Element {
            start: begin + blank,
            text: element.trim_ascii(),
            from: begin.saturating_sub(1),
            end: begin + element.len(),
        }
    })
}

impl<'a> Element<'a> {
    pub(crate) const fn span(&self) -> Range<usize> {
        self.start..self.start + self.text.len()
    }

    /// The element and one semicolon beside it: what goes when it goes.
    pub(crate) const fn removal(&self, length: usize) -> Range<usize> {
        if self.from > 0 {
            self.from..self.end
        } else if self.end < length {
            0..self.end + 1
        } else {
            0..length
        }
    }

    /// The name and the value, if there is an equals sign.
    pub(crate) fn tag(&self) -> Option<(&'a [u8], &'a [u8])> {
        let at = self.text.iter().position(|octet| *octet == b'=')?;
        let (name, rest) = self.text.split_at_checked(at)?;
        Some((name.trim_ascii(), rest.get(1..)?.trim_ascii()))
    }

    /// Where the value stands.
    pub(crate) fn value_span(&self) -> Range<usize> {
        let value = self.tag().map_or(0, |(_, value)| value.len());
        self.start + self.text.len() - value..self.start + self.text.len()
    }
}
