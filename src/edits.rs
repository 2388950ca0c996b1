//! Edits of a header section as data: what a milter, a filter or the command line does to a message, said once.
//!
//! ```
//! use mailproof::authres::Strip;
//! use mailproof::dns::Zone;
//! use mailproof::edits::{self, HeaderEdit};
//! use mailproof::message::Message;
//! use mailproof::{Authenticator, Connection, Evaluation};
//!
//! let raw = b"Authentication-Results: mx.example.org; dkim=pass header.d=bank.example\r\n\
//!             From: joe@example.com\r\n\r\nHello\r\n";
//! let message = Message::parse(raw)?;
//! // Evaluate first: a signature may cover a field that is taken away.
//! let report = Authenticator::new("mx.example.org").check(&message, Connection::unknown()).run_blocking(&Zone::new());
//! let mut edits = report.edits(&message.headers, &Strip::default());
//! edits.push(HeaderEdit::insert("X-Filter", " seen")?);
//!
//! let edited = edits::apply(&edits, raw);
//! assert!(edited.starts_with(b"X-Filter: seen\r\nAuthentication-Results: mx.example.org;\r\n dkim=none"));
//! assert!(edited.ends_with(b"\r\nFrom: joe@example.com\r\n\r\nHello\r\n"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod apply;

pub use apply::apply;

use crate::ascii::is_wsp;
use crate::authres::{Strip, StripReason, Stripped, lone_line_ends};
use crate::message::Headers;
use crate::report::Report;

/// One edit of a header section. A list of them is carried out in its order.
///
/// A `position` counts fields from the top, from 0, lines that are no field included; an `index` counts fields of one
/// name, in any case, from 1, as milters do. In the lists made here changes and deletions run from the bottom up, so
/// that both hold whether each edit is carried out at once or all at the end; insertions come last.
///
/// A value is everything after the colon: its leading space and its folds, each CRLF and white space, but not the CRLF
/// that ends the field.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum HeaderEdit {
    /// Takes a field away. A milter sends `SMFIR_CHGHEADER` with an empty value.
    Delete {
        /// The name as written; empty for a line that is no field, of which no milter is told.
        name: String,
        /// Which one of that name.
        index: usize,
        /// Fields above it in the message as it came.
        position: usize,
    },
    /// Gives a field another value. A milter sends `SMFIR_CHGHEADER`.
    Change {
        /// The name as written.
        name: String,
        /// Which one of that name.
        index: usize,
        /// Fields above it in the message as it came.
        position: usize,
        /// The new value.
        value: Vec<u8>,
    },
    /// Adds a field. A milter sends `SMFIR_INSHEADER`: there 0 is above even the `Received` of the MTA itself.
    Insert {
        /// Fields above it once it is there.
        position: usize,
        /// The name.
        name: String,
        /// The value.
        value: Vec<u8>,
    },
}

/// Why a name and a value make no field that may be inserted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MalformedField {
    /// A name that is empty, or holds anything but visible ASCII without the colon (RFC 5322 §3.6.8).
    #[error("not the name of a header field")]
    Name,
    /// A value with a NUL, or with a line end that is no fold: CRLF and white space.
    #[error("the value of a header field with a NUL or a line end in it")]
    Value,
}

impl HeaderEdit {
    /// A field on top of all others. Of several, the one inserted last stands topmost.
    ///
    /// # Errors
    /// [`MalformedField`], when name and value are not one field.
    pub fn insert(name: impl Into<String>, value: impl Into<Vec<u8>>) -> Result<Self, MalformedField> {
        let (name, value) = (name.into(), value.into());
        if name.is_empty() || !name.bytes().all(|octet| octet.is_ascii_graphic() && octet != b':') {
            return Err(MalformedField::Name);
        }
        if !is_value(&value) {
            return Err(MalformedField::Value);
        }
        Ok(Self::Insert { position: 0, name, value })
    }

    /// The same from a whole field, `Name: value`, with or without the CRLF that ends it, as signers and reports write
    /// it.
    ///
    /// # Errors
    /// [`MalformedField`], when this is not one field.
    pub fn insert_field(field: &str) -> Result<Self, MalformedField> {
        let (name, value) = field.split_once(':').ok_or(MalformedField::Name)?;
        Self::insert(name, value.strip_suffix("\r\n").unwrap_or(value))
    }

    /// The value as a milter sends it: folds are a bare LF, and the leading space is left to the MTA unless
    /// `SMFIP_HDR_LEADSPC` was negotiated. Empty for a deletion.
    pub fn milter_value(&self, has_leading_space: bool) -> Vec<u8> {
        let value = match self {
            Self::Delete { .. } => return Vec::new(),
            Self::Change { value, .. } | Self::Insert { value, .. } => value,
        };
        let value = if has_leading_space { value } else { value.strip_prefix(b" ").unwrap_or(value) };
        value.iter().copied().filter(|octet| *octet != b'\r').collect()
    }
}

impl Report {
    /// What to do to the header section that was judged: what `strip` finds goes, with the authserv-id of this report
    /// as an own one, and this report's Authentication-Results comes on top (RFC 8601 §4, §5).
    ///
    /// The report holds the verdict on DKIM, so signatures were verified before any field goes. What is pushed behind
    /// the list, such as a Received-SPF field or a signature, comes to stand above it.
    pub fn edits(&self, headers: &Headers<'_>, strip: &Strip) -> Vec<HeaderEdit> {
        let mut edits = removals(headers, &strip.clone().own(&self.authserv_id));
        // What a report writes is one field, whatever was found.
        edits.extend(HeaderEdit::insert_field(&self.auth_results_field()));
        edits
    }
}

/// The edits that take away what `strip` finds, from the bottom up. A field that is foreign but hides one behind a lone
/// CR or LF is changed: its lone line ends become spaces.
pub fn removals(headers: &Headers<'_>, strip: &Strip) -> Vec<HeaderEdit> {
    strip.find(headers).into_iter().rev().map(|stripped| removal(headers, stripped)).collect()
}

fn removal(headers: &Headers<'_>, stripped: Stripped) -> HeaderEdit {
    let Stripped { position, name, index, reason, .. } = stripped;
    let hiding = headers.iter().nth(position).filter(|field| field.is_well_formed());
    match hiding {
        Some(field) if reason == StripReason::Hidden => {
            let value = without_lone_line_ends(field.value());
            HeaderEdit::Change { name, index, position, value }
        }
        Some(_) | None => HeaderEdit::Delete { name, index, position },
    }
}

fn without_lone_line_ends(value: &[u8]) -> Vec<u8> {
    let mut out = value.to_vec();
    for at in lone_line_ends(value) {
        if let Some(octet) = out.get_mut(at) {
            *octet = b' ';
        }
    }
    out
}

/// Whether the value ends where it ends: every line end in it is a fold.
fn is_value(value: &[u8]) -> bool {
    let mut folds = value.windows(2).enumerate().filter(|(_, pair)| pair == b"\r\n");
    let is_fold = |at: usize| value.get(at + 2).copied().is_some_and(is_wsp);
    !value.contains(&0) && lone_line_ends(value).next().is_none() && folds.all(|(at, _)| is_fold(at))
}

/// Edits as JSON: a list of objects with `op` (`delete`, `change` or `insert`), `name`, and `index`, `position` and
/// `value` where they apply. Octets of a value that are not UTF-8 become U+FFFD.
#[cfg(feature = "json")]
pub fn to_json(edits: &[HeaderEdit]) -> serde_json::Value {
    use serde_json::json;
    let value = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
    let edit = |edit: &HeaderEdit| match edit {
        HeaderEdit::Delete { name, index, position } => {
            json!({ "op": "delete", "name": name, "index": index, "position": position })
        }
        HeaderEdit::Change { name, index, position, value: new } => {
            json!({ "op": "change", "name": name, "index": index, "position": position, "value": value(new) })
        }
        HeaderEdit::Insert { position, name, value: new } => {
            json!({ "op": "insert", "name": name, "position": position, "value": value(new) })
        }
    };
    edits.iter().map(edit).collect()
}
