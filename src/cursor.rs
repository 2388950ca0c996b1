//! A cursor over octets: what every grammar of this crate is read with.
//!
//! It never fails and never slices out of bounds; a rule that does not match leaves it where it was.

/// A position in a text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cursor<'a> {
    text: &'a [u8],
    offset: usize,
}

impl<'a> Cursor<'a> {
    pub(crate) const fn new(text: &'a [u8]) -> Self {
        Self { text, offset: 0 }
    }

    /// Octets consumed so far: where an error is.
    pub(crate) const fn offset(&self) -> usize {
        self.offset
    }

    pub(crate) fn rest(&self) -> &'a [u8] {
        self.text.get(self.offset..).unwrap_or_default()
    }

    pub(crate) fn is_at_end(&self) -> bool {
        self.offset >= self.text.len()
    }

    pub(crate) fn peek(&self) -> Option<u8> {
        self.text.get(self.offset).copied()
    }

    /// The next octet, consumed.
    pub(crate) fn next(&mut self) -> Option<u8> {
        let octet = self.peek()?;
        self.offset += 1;
        Some(octet)
    }

    /// Consumes `octet` if it comes next.
    pub(crate) fn eat(&mut self, octet: u8) -> bool {
        let matches = self.peek() == Some(octet);
        if matches {
            self.offset += 1;
        }
        matches
    }

    /// Consumes `word` if it comes next, in any ASCII case.
    pub(crate) fn eat_word(&mut self, word: &[u8]) -> bool {
        let matches = self.rest().get(..word.len()).is_some_and(|next| next.eq_ignore_ascii_case(word));
        if matches {
            self.offset += word.len();
        }
        matches
    }

    /// Consumes and returns the longest run of octets for which `belongs` holds; may be empty.
    pub(crate) fn take_while(&mut self, belongs: impl Fn(u8) -> bool) -> &'a [u8] {
        let rest = self.rest();
        let length = rest.iter().position(|octet| !belongs(*octet)).unwrap_or(rest.len());
        self.offset += length;
        rest.get(..length).unwrap_or_default()
    }
}
