//! A message as octets: the header fields as they stand, and the body.
//!
//! Only CRLF ends a line: a lone CR or LF is data, in a field as in the body. Whoever has text with other line
//! ends converts it first ([`with_crlf`]), knowingly.

mod address;
mod author;
mod line_ends;
mod local_part;
mod split;

pub use author::{AUTHOR_DOMAINS, Author, AuthorError, Domains};
pub use line_ends::with_crlf;
pub(crate) use local_part::is_local_part;
pub use split::{HeaderSplit, Part};

use crate::ascii::is_wsp;
use memchr::memmem;

/// Octets of a header section at most, unless told otherwise.
pub const HEADER_OCTETS: usize = 1 << 20;

/// Fields that a header section has room for from the beginning.
const USUAL_FIELDS: usize = 32;

/// A whole message, borrowed.
#[derive(Clone, Debug)]
pub struct Message<'a> {
    /// The header section.
    pub headers: Headers<'a>,
    /// Everything after the first empty line; empty when there is none (RFC 6376 §3.4.3).
    pub body: &'a [u8],
}

/// A header section: its fields, top to bottom.
#[derive(Clone, Debug)]
pub struct Headers<'a> {
    fields: Vec<Field<'a>>,
}

/// A header field, octet for octet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field<'a> {
    raw: &'a [u8],
    /// Octets of the name; none in a line without one, which is no field.
    name_octets: usize,
    /// Octets up to the colon, and the colon.
    value_start: usize,
}

/// Why octets are no message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MalformedMessage {
    /// No octet at all.
    #[error("the message is empty")]
    Empty,
    /// Something told as one header field that is not one: a name with a colon or a line end, or with white space
    /// before it; a value with a line end that no white space follows; or a field told in the midst of another.
    #[error("what was told as a header field is not one field")]
    Field,
    /// A header section over the limit of octets.
    #[error("the header section is longer than {limit} octets")]
    HeaderTooLong {
        /// The limit.
        limit: usize,
    },
    /// A field that was told when the header section had ended already.
    #[error("a header field was told after the header section had ended")]
    LateField,
    /// Not one header field before the first empty line.
    #[error("there is no header field")]
    NoHeader,
}

impl<'a> Message<'a> {
    /// Splits a message whose header section holds at most [`HEADER_OCTETS`].
    ///
    /// # Errors
    /// [`MalformedMessage`], when there is no header field or too much of them.
    pub fn parse(raw: &'a [u8]) -> Result<Self, MalformedMessage> {
        if raw.is_empty() {
            return Err(MalformedMessage::Empty);
        }
        let (headers, body) = Headers::read(raw)?;
        Ok(Self { headers, body: raw.get(body..).unwrap_or_default() })
    }
}

impl<'a> Headers<'a> {
    /// Reads a header section, without or with the empty line that ends it.
    ///
    /// # Errors
    /// [`MalformedMessage`], when there is no header field or more than [`HEADER_OCTETS`].
    pub fn parse(section: &'a [u8]) -> Result<Self, MalformedMessage> {
        if section.len() > HEADER_OCTETS {
            return Err(MalformedMessage::HeaderTooLong { limit: HEADER_OCTETS });
        }
        Self::read(section).map(|(headers, _)| headers)
    }

    /// The header section of a message, and where its body begins.
    fn read(raw: &'a [u8]) -> Result<(Self, usize), MalformedMessage> {
        // One octet over the limit, and the empty line, are enough to see that it is too long.
        let section = raw.get(..HEADER_OCTETS + 3).unwrap_or(raw);
        let mut fields = Vec::with_capacity(USUAL_FIELDS);
        let (end, body) = split::read_fields(section, &mut fields);
        if end > HEADER_OCTETS {
            return Err(MalformedMessage::HeaderTooLong { limit: HEADER_OCTETS });
        }
        if !fields.iter().any(Field::is_well_formed) {
            return Err(MalformedMessage::NoHeader);
        }
        Ok((Self { fields }, body))
    }

    /// Every field, top to bottom, lines without a colon included.
    pub fn iter(&self) -> std::slice::Iter<'_, Field<'a>> {
        self.fields.iter()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.fields.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// The fields of a name in any case, top to bottom.
    pub fn named(&self, name: &str) -> impl DoubleEndedIterator<Item = &Field<'a>> {
        self.fields.iter().filter(move |field| field.is_named(name))
    }
}

impl<'a> Field<'a> {
    /// A field from its octets, name to the last octet before the CRLF that ends it.
    pub fn new(raw: &'a [u8]) -> Self {
        // RFC 5322 §3.6.8: `1*ftext`, visible ASCII but the colon; §4.5 allows white space after it.
        let is_name = |octet: u8| octet.is_ascii_graphic() && octet != b':';
        let name_octets = raw.iter().position(|octet| !is_name(*octet)).unwrap_or(raw.len());
        let after = raw.get(name_octets..).unwrap_or_default();
        let blanks = after.iter().position(|octet| !is_wsp(*octet)).unwrap_or(after.len());
        match after.get(blanks) {
            Some(b':') if name_octets > 0 => Self { raw, name_octets, value_start: name_octets + blanks + 1 },
            // A line without a colon is no field: it is kept as it stands and can never be selected by name.
            _ => Self { raw, name_octets: 0, value_start: raw.len() },
        }
    }

    /// All octets, without the CRLF that ends the field; folds are kept.
    pub const fn raw(&self) -> &'a [u8] {
        self.raw
    }

    /// The name as written, without white space before the colon (RFC 5322 §4.5); empty for a line that is no field.
    pub fn name(&self) -> &'a [u8] {
        self.raw.get(..self.name_octets).unwrap_or_default()
    }

    /// Everything after the colon, as it stands; empty for a line that is no field.
    pub fn value(&self) -> &'a [u8] {
        self.raw.get(self.value_start..).unwrap_or_default()
    }

    /// Whether this is the name, in any ASCII case.
    pub fn is_named(&self, name: &str) -> bool {
        self.name().eq_ignore_ascii_case(name.as_bytes())
    }

    /// Whether this is a field at all: a name and a colon.
    pub const fn is_well_formed(&self) -> bool {
        self.name_octets > 0
    }
}

/// Whether a name and a value make one field: no line end in it begins another, and it does not go on with the one
/// above.
pub fn is_one_field(name: &[u8], value: &[u8]) -> bool {
    let folds = |line_end: usize| matches!(value.get(line_end + 2), Some(b' ' | b'\t'));
    !name.contains(&b':')
        && !name.first().copied().is_some_and(is_wsp)
        && memmem::find(name, b"\r\n").is_none()
        && memmem::find_iter(value, b"\r\n").all(folds)
}
