//! Where reports go: a DMARC reporting URI (RFC 9989 §4.6, §4.8).

use crate::cursor::Cursor;
use std::fmt;

/// A URI as RFC 3986 writes it, without a comma or an exclamation mark (RFC 9989 §4.8).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ReportUri {
    text: Box<str>,
    /// Octets before the colon.
    scheme: usize,
}

impl ReportUri {
    /// Reads one URI. A size limit behind an exclamation mark, as RFC 7489 §6.3 had it, is dropped; a `mailto` URI
    /// must hold an address. `None` for anything else.
    pub fn parse(text: &[u8]) -> Option<Self> {
        let text = without_report_size(text);
        let mut cursor = Cursor::new(text);
        // RFC 3986 §3.1: ALPHA *( ALPHA / DIGIT / "+" / "-" / "." ).
        if !cursor.peek()?.is_ascii_alphabetic() {
            return None;
        }
        cursor.take_while(|octet| octet.is_ascii_alphanumeric() || matches!(octet, b'+' | b'-' | b'.'));
        let scheme = cursor.offset();
        if !cursor.eat(b':') || !is_uri_text(cursor.rest()) {
            return None;
        }
        let uri = Self { text: std::str::from_utf8(text).ok()?.into(), scheme };
        let is_mail = uri.scheme().eq_ignore_ascii_case("mailto");
        (!is_mail || uri.mailbox().is_some()).then_some(uri)
    }

    /// The URI as written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// What stands before the colon; compare it in any case.
    pub fn scheme(&self) -> &str {
        self.text.get(..self.scheme).unwrap_or_default()
    }

    /// The address of a `mailto` URI, percent-decoded, without header fields behind a question mark (RFC 6068 §2).
    /// `None` for other schemes.
    pub fn mailbox(&self) -> Option<String> {
        if !self.scheme().eq_ignore_ascii_case("mailto") {
            return None;
        }
        let path = self.text.get(self.scheme + 1..)?.split(['?', '#']).next()?;
        let address = percent_decoded(path)?;
        let (local, domain) = address.rsplit_once('@')?;
        let is_plain = address.chars().all(|letter| !letter.is_control() && !letter.is_whitespace());
        (is_plain && !local.is_empty() && !domain.is_empty()).then_some(address)
    }
}

impl fmt::Display for ReportUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// RFC 9989 §4.8, `obs-dmarc-report-size`: `"!" 1*DIGIT [ "k" / "m" / "g" / "t" ]`.
fn without_report_size(text: &[u8]) -> &[u8] {
    let Some(mark) = text.iter().rposition(|octet| *octet == b'!') else {
        return text;
    };
    let mut size = Cursor::new(text.get(mark + 1..).unwrap_or_default());
    let digits = size.take_while(|octet| octet.is_ascii_digit());
    let unit = size.rest();
    let is_unit = matches!(unit, [] | [b'k' | b'm' | b'g' | b't' | b'K' | b'M' | b'G' | b'T']);
    if digits.is_empty() || !is_unit { text } else { text.get(..mark).unwrap_or_default() }
}

/// RFC 3986 appendix A: unreserved, reserved but "!" and ",", and percent-encoded octets; something at all.
fn is_uri_text(text: &[u8]) -> bool {
    let mut cursor = Cursor::new(text);
    while let Some(octet) = cursor.next() {
        let is_legal = match octet {
            b'%' => (0..2).all(|_| cursor.next().is_some_and(|digit| digit.is_ascii_hexdigit())),
            b'-' | b'.' | b'_' | b'~' | b':' | b'/' | b'?' | b'#' | b'[' | b']' | b'@' => true,
            b'$' | b'&' | b'\'' | b'(' | b')' | b'*' | b'+' | b';' | b'=' => true,
            _ => octet.is_ascii_alphanumeric(),
        };
        if !is_legal {
            return false;
        }
    }
    !text.is_empty()
}

fn percent_decoded(text: &str) -> Option<String> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut cursor = Cursor::new(text.as_bytes());
    while let Some(octet) = cursor.next() {
        if octet != b'%' {
            decoded.push(octet);
            continue;
        }
        let (high, low) = (hex_digit(cursor.next()?)?, hex_digit(cursor.next()?)?);
        decoded.push(high << 4 | low);
    }
    String::from_utf8(decoded).ok()
}

fn hex_digit(octet: u8) -> Option<u8> {
    char::from(octet).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}
