//! The `Received-SPF` field (RFC 7208 §9.1 as corrected by erratum 5436).

use super::cause::Neutral;
use super::identity::{Identity, Request};
use super::verdict::{Outcome, Verdict};
use crate::ascii::is_atext;
use std::fmt::Write as _;

/// Octets of a line that folding aims at (RFC 5322 §2.1.1).
const LINE_OCTETS: usize = 78;
/// Octets of a value from outside; what is longer is cut off, so that no line comes near 998 octets.
const VALUE_OCTETS: usize = 256;

impl Verdict {
    /// The `Received-SPF` field that records this verdict on `request`: name, folded value, no final CRLF. It belongs
    /// above the `Received` field of the host that checked, and above every other `Received-SPF` (RFC 7208 §9.1).
    ///
    /// Whatever a client said in HELO and MAIL FROM, and whatever a domain owner published, stays inside quoted
    /// strings and the comment: octets that are not printable ASCII become `?`.
    pub fn received_spf(&self, request: &Request) -> String {
        let mut field = Field::begin("Received-SPF:");
        field.push(self.outcome.word());
        field.push_comment(&self.summary(request));
        field.push_pair("client-ip", self.ip.to_string().as_bytes());
        if let Identity::MailFrom(path) = &request.identity {
            field.push_pair("envelope-from", path);
        }
        field.push_pair("helo", &request.helo);
        field.push_pair("identity", self.identity.word().as_bytes());
        match &self.outcome {
            Outcome::Temperror(_) | Outcome::Permerror(_) => {
                field.push_pair("problem", self.reason().to_string().as_bytes());
            }
            Outcome::Pass | Outcome::Fail | Outcome::Softfail | Outcome::Neutral(_) => {
                field.push_pair("mechanism", self.mechanism_text().as_bytes());
            }
            Outcome::None(_) => {}
        }
        if let Some(receiver) = &request.receiver {
            field.push_pair("receiver", receiver.as_str().as_bytes());
        }
        field.text
    }

    /// RFC 7208 §9.1: the mechanism that matched, or "default".
    fn mechanism_text(&self) -> String {
        let mechanism = self.matched.as_ref().and_then(super::Matched::mechanism);
        mechanism.map_or_else(|| "default".to_owned(), ToString::to_string)
    }

    fn summary(&self, request: &Request) -> String {
        let receiver = request.receiver.as_ref().map_or("unknown", |name| name.as_str());
        let (domain, ip) = (self.domain_text(), self.ip);
        let says = match &self.outcome {
            Outcome::Pass => format!("domain of {domain} designates {ip} as permitted sender"),
            Outcome::Fail => format!("domain of {domain} does not designate {ip} as permitted sender"),
            Outcome::Softfail => {
                format!("domain of {domain} probably does not designate {ip} as permitted sender")
            }
            Outcome::Neutral(Neutral::Default | Neutral::Directive) => {
                format!("domain of {domain} says neither yes nor no to {ip}")
            }
            Outcome::None(absence) => format!("no policy for {domain}: {absence}"),
            Outcome::Temperror(_) => format!("temporary error while checking {domain}"),
            Outcome::Permerror(_) => format!("the policy of {domain} cannot be interpreted"),
        };
        format!("{receiver}: {says}")
    }
}

/// A field under construction, folded where words end.
struct Field {
    text: String,
    /// Octets in the last line.
    column: usize,
}

impl Field {
    fn begin(name: &str) -> Self {
        Self { text: name.to_owned(), column: name.len() }
    }

    /// A word after a space, or after a fold where it would not fit.
    fn push(&mut self, word: &str) {
        if self.column + 1 + word.len() > LINE_OCTETS {
            self.text.push_str("\r\n");
            self.column = 0;
        }
        self.text.push(' ');
        self.text.push_str(word);
        self.column += 1 + word.len();
    }

    fn push_comment(&mut self, text: &str) {
        let mut comment = String::from("(");
        escape(text.as_bytes(), b"()\\", &mut comment);
        comment.push(')');
        comment.split_ascii_whitespace().for_each(|word| self.push(word));
    }

    fn push_pair(&mut self, key: &str, value: &[u8]) {
        let mut pair = String::new();
        let _ = write!(pair, "{key}=");
        if is_dot_atom(value) {
            escape(value, b"", &mut pair);
        } else {
            pair.push('"');
            escape(value, b"\"\\", &mut pair);
            pair.push('"');
        }
        pair.push(';');
        self.push(&pair);
    }
}

/// Printable ASCII of `text`, `special` octets after a backslash, everything else as `?`.
fn escape(text: &[u8], special: &[u8], into: &mut String) {
    for octet in text.iter().take(VALUE_OCTETS) {
        if special.contains(octet) {
            into.push('\\');
        }
        into.push(if octet.is_ascii_graphic() || *octet == b' ' { char::from(*octet) } else { '?' });
    }
}

/// `dot-atom-text` of RFC 5322 §3.2.3; an IPv6 address is none, and so it is quoted.
fn is_dot_atom(text: &[u8]) -> bool {
    text.len() <= VALUE_OCTETS
        && text
            .split(|octet| *octet == b'.')
            .all(|atom| !atom.is_empty() && atom.iter().copied().all(is_atext))
}
