//! Writing a header field that holds a tag list, folded (RFC 6376 §3.5, RFC 5322 §2.1.1).

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;

/// Columns of a line at most, the semicolon behind a value included.
const COLUMNS: usize = 77;

/// Octets written in base64 at a time: a multiple of three, and a signature of Ed25519 at once.
const BASE64_OCTETS: usize = 192;

/// Digits of a number at most.
const MOST_DIGITS: usize = 20;

/// What begins a continuation line.
const FOLD: &str = "\r\n ";

/// A tag list in the making. Lines are broken between tags, at the separators of lists, and anywhere in base64; what
/// can be broken nowhere and is too long has a line of its own. No line is of white space only.
#[derive(Clone, Debug)]
pub(crate) struct FoldedTags {
    text: String,
    /// Octets of the last line.
    column: usize,
    has_tag: bool,
}

impl FoldedTags {
    /// The field of this name, to which tags are added.
    pub(crate) fn field(name: &str, capacity: usize) -> Self {
        let mut text = String::with_capacity(capacity);
        text.push_str(name);
        text.push(':');
        Self { column: text.len(), text, has_tag: false }
    }

    /// A further part of a field, which begins with a continuation line.
    pub(crate) fn continuation(capacity: usize) -> Self {
        Self { text: String::with_capacity(capacity), column: COLUMNS, has_tag: true }
    }

    /// Adds a tag whose value is not broken.
    pub(crate) fn tag(&mut self, name: &str, value: &str) {
        self.begin(name, value.len());
        self.push(value);
    }

    /// Adds a tag whose value is a list; lines are broken behind the separators.
    pub(crate) fn list<'t>(&mut self, name: &str, separator: &str, items: impl IntoIterator<Item = &'t str>) {
        let mut items = items.into_iter();
        let first = items.next().unwrap_or_default();
        self.begin(name, first.len() + separator.len());
        self.push(first);
        for item in items {
            self.push(separator);
            self.push_whole(item);
        }
    }

    /// Adds a tag whose value may be broken anywhere, such as base64.
    pub(crate) fn base64(&mut self, name: &str, value: &str) {
        self.begin(name, value.len().min(1));
        self.push_anywhere(value);
    }

    /// Adds a tag whose value is these octets in base64.
    pub(crate) fn base64_of(&mut self, name: &str, octets: &[u8]) {
        self.begin(name, octets.len().min(1));
        self.push_base64(octets);
    }

    /// Goes on with octets in base64.
    pub(crate) fn push_base64(&mut self, octets: &[u8]) {
        // Groups of three octets become four characters each, so that the parts are those of the whole.
        for part in octets.chunks(BASE64_OCTETS) {
            let mut characters = [0; BASE64_OCTETS.div_ceil(3) * 4];
            let length = BASE64.encode_slice(part, &mut characters).unwrap_or_default();
            let characters = characters.get(..length).unwrap_or_default();
            self.push_anywhere(std::str::from_utf8(characters).unwrap_or_default());
        }
    }

    /// Adds a tag whose value is a number.
    pub(crate) fn number(&mut self, name: &str, value: u64) {
        let mut digits = [b'0'; MOST_DIGITS];
        let mut first = MOST_DIGITS;
        let mut rest = value;
        for (place, digit) in digits.iter_mut().enumerate().rev() {
            *digit += u8::try_from(rest % 10).unwrap_or_default();
            first = place;
            rest /= 10;
            if rest == 0 {
                break;
            }
        }
        let digits = digits.get(first..).unwrap_or_default();
        self.tag(name, std::str::from_utf8(digits).unwrap_or_default());
    }

    /// Goes on with a value that may be broken anywhere.
    pub(crate) fn push_anywhere(&mut self, value: &str) {
        let mut rest = value;
        while let Some((line, after)) = rest.split_at_checked(COLUMNS.saturating_sub(self.column + 1)) {
            if after.is_empty() {
                break;
            }
            self.push(line);
            self.break_line();
            rest = after;
        }
        self.push(rest);
    }

    /// Goes on with a part of a value that is not broken itself; a line may end before it.
    pub(crate) fn push_whole(&mut self, part: &str) {
        if self.column + part.len() + 1 > COLUMNS && self.column > 1 {
            self.break_line();
        }
        self.push(part);
    }

    /// Ends the tag before and begins the next, whose value needs so much room in the line.
    pub(crate) fn begin(&mut self, name: &str, room: usize) {
        if self.has_tag {
            self.push(";");
        }
        self.has_tag = true;
        if self.column + 2 + name.len() + room + 1 > COLUMNS {
            self.break_line();
        } else {
            self.push(" ");
        }
        self.push(name);
        self.push("=");
    }

    /// A copy with room for so many octets more.
    pub(crate) fn with_room(&self, octets: usize) -> Self {
        let mut text = String::with_capacity(self.text.len() + octets);
        text.push_str(&self.text);
        Self { text, ..*self }
    }

    /// The text written so far, without a semicolon behind the last tag.
    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    /// Adds what was made with [`FoldedTags::continuation`].
    pub(crate) fn append(&mut self, continuation: &Self) {
        self.text.push_str(&continuation.text);
        self.column = continuation.column;
    }

    /// Adds the CRLF that ends the field.
    pub(crate) fn finish(mut self) -> String {
        self.text.push_str("\r\n");
        self.text
    }

    fn break_line(&mut self) {
        self.text.push_str(FOLD);
        self.column = 1;
    }

    fn push(&mut self, text: &str) {
        self.text.push_str(text);
        self.column += text.len();
    }
}
