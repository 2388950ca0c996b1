//! Where the header section ends, where each field ends: whole, or fed in any chunks.

use super::{Field, MalformedMessage};
use memchr::{memchr_iter, memmem};

/// Reads the fields of a message up to the first empty line, each without the CRLF that ends it; where the section ended,
/// and where the body begins. A line that begins with white space goes on with the field above (RFC 5322 §2.2.3).
pub(super) fn read_fields<'a>(text: &'a [u8], fields: &mut Vec<Field<'a>>) -> (usize, usize) {
    if text.starts_with(b"\r\n") {
        return (0, 2);
    }
    let mut start = 0;
    for line_feed in memchr_iter(b'\n', text) {
        let Some([field @ .., b'\r']) = text.get(start..line_feed) else {
            continue;
        };
        let rest = text.get(line_feed + 1..).unwrap_or_default();
        if let [b' ' | b'\t', ..] = rest {
            continue;
        }
        fields.push(Field::new(field));
        start = line_feed + 1;
        if let [b'\r', b'\n', ..] = rest {
            return (start, start + 2);
        }
    }
    if let Some(field @ [_, ..]) = text.get(start..) {
        fields.push(Field::new(field));
    }
    (text.len(), text.len())
}

/// The split of a message that arrives in chunks: it keeps the header section, up to a limit, and hands back the
/// body.
#[derive(Clone, Debug)]
pub struct HeaderSplit {
    section: Vec<u8>,
    limit: usize,
    is_complete: bool,
}

/// What a chunk was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part<'a> {
    /// All of it belongs to the header section.
    Header,
    /// The header section ends in it, or ended before; this is what it holds of the body.
    Body(&'a [u8]),
}

impl HeaderSplit {
    /// A split that keeps at most `limit` octets of header section.
    pub const fn new(limit: usize) -> Self {
        Self { section: Vec::new(), limit, is_complete: false }
    }

    /// Takes the next octets of the message.
    ///
    /// # Errors
    /// [`MalformedMessage::HeaderTooLong`] when the section grows beyond the limit.
    pub fn feed<'a>(&mut self, chunk: &'a [u8]) -> Result<Part<'a>, MalformedMessage> {
        if self.is_complete {
            return Ok(Part::Body(chunk));
        }
        let before = self.section.len();
        // One octet over the limit, and the empty line, are enough to see that it is too long.
        let room = (self.limit + 4).saturating_sub(before).min(chunk.len());
        self.section.extend_from_slice(chunk.get(..room).unwrap_or_default());
        let Some((section_end, body_start)) = self.section_end(before) else {
            if self.section.len() > self.limit + 3 {
                return Err(MalformedMessage::HeaderTooLong { limit: self.limit });
            }
            return Ok(Part::Header);
        };
        if section_end > self.limit {
            return Err(MalformedMessage::HeaderTooLong { limit: self.limit });
        }
        self.is_complete = true;
        self.section.truncate(section_end);
        Ok(Part::Body(chunk.get(body_start - before..).unwrap_or_default()))
    }

    /// Whether it was not fed a single octet.
    pub const fn is_untouched(&self) -> bool {
        self.section.is_empty() && !self.is_complete
    }

    /// Whether what was fed ends where a field may begin.
    pub(crate) fn is_between_fields(&self) -> bool {
        self.section.is_empty() || self.section.ends_with(b"\r\n")
    }

    /// The header section as far as it came.
    pub fn section(&self) -> &[u8] {
        &self.section
    }

    /// Where the section ends and the body begins, when the octets from `before` on complete it.
    fn section_end(&self, before: usize) -> Option<(usize, usize)> {
        if self.section.starts_with(b"\r\n") {
            return Some((0, 2));
        }
        let from = before.saturating_sub(3);
        let found = memmem::find(self.section.get(from..)?, b"\r\n\r\n")? + from;
        Some((found + 2, found + 4))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole(raw: &[u8]) -> (Vec<&[u8]>, &[u8]) {
        let mut fields = Vec::new();
        let (_, body) = read_fields(raw, &mut fields);
        (fields.iter().map(Field::raw).collect(), &raw[body..])
    }

    #[test]
    fn splits_at_the_first_empty_line() {
        let (fields, body) = whole(b"A: 1\r\n 2\r\nB: 3\r\n\r\nbody\r\n");
        assert_eq!(fields, [&b"A: 1\r\n 2"[..], b"B: 3"]);
        assert_eq!(body, b"body\r\n");
    }

    #[test]
    fn a_lone_line_feed_ends_nothing() {
        let (fields, body) = whole(b"A: 1\n\nB: 2\r\n\r\nx");
        assert_eq!(fields, [&b"A: 1\n\nB: 2"[..]]);
        assert_eq!(body, b"x");
    }

    #[test]
    fn headers_alone_have_an_empty_body() {
        assert_eq!(whole(b"A: 1\r\n").1, b"");
        assert_eq!(whole(b"A: 1").0, [b"A: 1"]);
        assert_eq!(whole(b"\r\nbody"), (vec![], &b"body"[..]));
    }

    #[test]
    fn any_chunks_split_as_the_whole_does() {
        for raw in [&b"A: 1\r\nB: 2\r\n\r\nbo\r\n\r\ndy"[..], b"\r\nbody", b"A: 1\r\n", b"A\r\r\n\r\n\r\n"] {
            let (section, body) = read_fields(raw, &mut Vec::new());
            let (section, body) = (&raw[..section], &raw[body..]);
            for first in 0..=raw.len() {
                for second in first..=raw.len() {
                    let mut split = HeaderSplit::new(64);
                    let mut seen = Vec::new();
                    for chunk in [&raw[..first], &raw[first..second], &raw[second..]] {
                        if let Part::Body(part) = split.feed(chunk).unwrap() {
                            seen.extend_from_slice(part);
                        }
                    }
                    assert_eq!((split.section(), &seen[..]), (section, body), "{first} {second}");
                }
            }
        }
    }

    #[test]
    fn keeps_no_more_than_the_limit() {
        let line = b"A: 123456\r\n";
        assert_eq!(HeaderSplit::new(11).feed(b"A: 123456\r\n\r\nx"), Ok(Part::Body(b"x")));
        let mut split = HeaderSplit::new(20);
        assert_eq!(split.feed(line), Ok(Part::Header));
        assert_eq!(split.feed(&[b'x'; 1 << 16]), Err(MalformedMessage::HeaderTooLong { limit: 20 }));
        assert!(split.section().len() <= 24);
        assert!(HeaderSplit::new(10).feed(b"A: 123456\r\n\r\nx").is_err());
    }
}
