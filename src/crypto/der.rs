//! As much of DER (X.690) as keys are written in.

pub(super) const BIT_STRING: u8 = 0x03;
pub(super) const INTEGER: u8 = 0x02;
pub(super) const OCTET_STRING: u8 = 0x04;
pub(super) const NULL: u8 = 0x05;
pub(super) const OBJECT_IDENTIFIER: u8 = 0x06;
pub(super) const SEQUENCE: u8 = 0x30;

/// Reads one element after the other; a length that is not written in its shortest form is refused.
pub(super) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(super) const fn new(octets: &'a [u8]) -> Self {
        Self { rest: octets }
    }

    pub(super) const fn is_at_end(&self) -> bool {
        self.rest.is_empty()
    }

    /// What was not read yet.
    pub(super) const fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// The tag of the next element.
    pub(super) fn next_tag(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    /// The content of the next element, if its tag is this one.
    pub(super) fn read(&mut self, tag: u8) -> Option<&'a [u8]> {
        let (length, rest) = self.announced(tag)?;
        let (content, rest) = rest.split_at_checked(length)?;
        self.rest = rest;
        Some(content)
    }

    /// How long the content of the next element is said to be, if its tag is this one, and everything that follows.
    pub(super) fn announced(&self, tag: u8) -> Option<(usize, &'a [u8])> {
        let [found, length, rest @ ..] = self.rest else {
            return None;
        };
        if *found != tag {
            return None;
        }
        match (length, rest) {
            (0..=0x7f, _) => Some((usize::from(*length), rest)),
            (0x81, [length @ 0x80..=0xff, rest @ ..]) => Some((usize::from(*length), rest)),
            (0x82, [high @ 1..=0xff, low, rest @ ..]) => {
                Some((usize::from(u16::from_be_bytes([*high, *low])), rest))
            }
            _ => None,
        }
    }

    /// The next element as an integer above zero, without its leading zero octet.
    pub(super) fn read_natural(&mut self) -> Option<&'a [u8]> {
        match self.read(INTEGER)? {
            [0, number @ ..] if matches!(number, [0x80..=0xff, ..]) => Some(number),
            number @ [1..=0x7f, ..] => Some(number),
            _ => None,
        }
    }
}

/// An element with these parts as its content, which has at most 65,535 octets.
pub(super) fn element(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let [.., high, low] = content.len().to_be_bytes();
    let head: &[u8] = match (high, low) {
        (0, 0..=0x7f) => &[tag, low],
        (0, 0x80..) => &[tag, 0x81, low],
        (1.., _) => &[tag, 0x82, high, low],
    };
    [head, &content].concat()
}

/// An integer above zero, given without leading zero octets.
pub(super) fn natural(number: &[u8]) -> Vec<u8> {
    let sign: &[u8] = if matches!(number, [0x80..=0xff, ..]) { &[0] } else { &[] };
    element(INTEGER, &[sign, number])
}
