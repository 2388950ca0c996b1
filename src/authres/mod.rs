//! Authentication-Results (RFC 8601): the field in which a receiver writes down what it found.
//!
//! * [`AuthResults`] is written by its `Display` and [`AuthResults::field`], and read by [`AuthResults::parse`].
//! * [`Strip`] finds the fields that a border must take away before it adds its own: forgeries in its name.
//! * [`evidence`] reads the fields of hosts that are trusted, and nobody else's.
//!
//! ```
//! use mailproof::authres::{AuthResults, Strip, evidence};
//! use mailproof::message::Headers;
//!
//! let headers = Headers::parse(
//!     b"Authentication-Results: filter.example.net; spf=pass smtp.mailfrom=example.com\r\n\
//!       Authentication-Results: \"MX.example.org\" (me); dkim=pass header.d=bank.example\r\n",
//! )?;
//! let forged = Strip::new(["mx.example.org"]).find(&headers);
//! assert_eq!((forged.len(), forged[0].position, forged[0].index), (1, 1, 2));
//!
//! let told = evidence(&headers, &["filter.example.net"]);
//! assert_eq!(told[0].entries()[0].result(), "pass");
//!
//! let read = AuthResults::parse(b"filter.example.net; spf=pass (c) reason=\"ok\"")?;
//! assert_eq!(read.entries()[0].reason(), Some("ok"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod evidence;
mod field_text;
mod identifier;
mod lex;
mod malformed;
mod parse;
mod scribe;
mod strip;
mod suspect;
mod text;
mod write;

pub use evidence::evidence;
pub(crate) use field_text::FieldText;
pub use malformed::{AuthResultsFlaw, MalformedAuthResults};
pub(crate) use scribe::Scribe;
pub(crate) use strip::lone_line_ends;
pub use strip::{Strip, StripReason, Stripped};

use std::borrow::Cow;

/// Octets of a property value at most: as many as the longest address (RFC 5321 §4.5.3.1).
const VALUE_OCTETS: usize = 320;

/// The version of a method that does not name one (RFC 8601 §2.2).
const METHOD_VERSION: u32 = 1;

/// The content of one Authentication-Results field. `Display` writes it in one line; [`AuthResults::field`] gives
/// the folded field.
///
/// Whatever it is built from, what is written is one well-formed field: texts are quoted, and no line end can be
/// smuggled in. What a field cannot hold is mended when it is put in, so that what is written is read back as the
/// same value:
///
/// * Control characters become `?`.
/// * Methods, results and the names of properties are keywords (RFC 5321 §4.1.2, and underscores): in lower case, 64
///   octets at most; any other character becomes a hyphen, hyphens at the end are dropped, and nothing at all is `x`.
/// * Reasons and comments are cut at 400 octets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthResults {
    authserv_id: String,
    entries: Vec<Entry>,
}

/// The result of one method: `resinfo` (RFC 8601 §2.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    method: Cow<'static, str>,
    method_version: u32,
    result: Cow<'static, str>,
    comment: Option<String>,
    reason: Option<String>,
    properties: Vec<Property>,
}

/// `ptype.property=pvalue`: what was examined.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Property {
    /// Where it was found: `smtp`, `header`, `body`, `policy` or `dns` (RFC 8601 §2.3, RFC 8904).
    pub ptype: Cow<'static, str>,
    /// Which part of it, such as `mailfrom` or `d`.
    pub name: Cow<'static, str>,
    /// What stood there; may be empty in a field that was read.
    pub value: String,
}

impl AuthResults {
    /// A field that says so far only who speaks: `authserv_id` is the receiver's name (RFC 8601 §2.5).
    pub fn new(authserv_id: impl Into<String>) -> Self {
        Self { authserv_id: text::without_controls(authserv_id.into()).into_owned(), entries: Vec::new() }
    }

    /// Adds the result of a method.
    pub fn push(&mut self, entry: Entry) {
        self.entries.push(entry);
    }

    /// Who speaks.
    pub fn authserv_id(&self) -> &str {
        &self.authserv_id
    }

    /// The results in the order in which they are written; none says that nothing was checked.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }
}

impl Entry {
    /// The result of a method, in the words of the IANA registry "Email Authentication Methods".
    pub fn new(method: impl Into<Cow<'static, str>>, result: impl Into<Cow<'static, str>>) -> Self {
        Self {
            method: text::keyword(method.into()),
            method_version: METHOD_VERSION,
            result: text::keyword(result.into()),
            comment: None,
            reason: None,
            properties: Vec::new(),
        }
    }

    /// With a version of the method, which is written unless it is 1 (RFC 8601 §2.6).
    #[must_use]
    pub fn with_method_version(mut self, version: u32) -> Self {
        self.method_version = version;
        self
    }

    /// With a reason for people (RFC 8601 §2.2 `reasonspec`); an empty one is none.
    #[must_use]
    pub fn with_reason(mut self, reason: impl Into<String>) -> Self {
        self.reason = text::for_people(reason.into());
        self
    }

    /// With a comment after the result; an empty one is none.
    #[must_use]
    pub fn with_comment(mut self, comment: impl Into<String>) -> Self {
        self.comment = text::for_people(comment.into());
        self
    }

    /// With a property. One that is empty or longer than any address is left out: a cut value would name something
    /// else.
    #[must_use]
    pub fn with(
        mut self,
        ptype: impl Into<Cow<'static, str>>,
        name: impl Into<Cow<'static, str>>,
        value: impl Into<String>,
    ) -> Self {
        self.push_fitting(ptype, name, value);
        self
    }

    fn push_fitting(
        &mut self,
        ptype: impl Into<Cow<'static, str>>,
        name: impl Into<Cow<'static, str>>,
        value: impl Into<String>,
    ) {
        let value = value.into();
        if fits(&value) {
            self.push_property(ptype, name, value);
        }
    }

    fn push_property(
        &mut self,
        ptype: impl Into<Cow<'static, str>>,
        name: impl Into<Cow<'static, str>>,
        value: String,
    ) {
        self.properties.push(Property {
            ptype: text::keyword(ptype.into()),
            name: text::keyword(name.into()),
            value: text::without_controls(value).into_owned(),
        });
    }

    /// The method, such as `dkim`.
    pub fn method(&self) -> &str {
        &self.method
    }

    /// The version of the method; 1 when none is written. One that does not fit is the largest that does.
    pub const fn method_version(&self) -> u32 {
        self.method_version
    }

    /// The result, such as `pass`.
    pub fn result(&self) -> &str {
        &self.result
    }

    /// The comment after the result, if there is one.
    pub fn comment(&self) -> Option<&str> {
        self.comment.as_deref()
    }

    /// The reason, if one is given.
    pub fn reason(&self) -> Option<&str> {
        self.reason.as_deref()
    }

    /// The properties in the order in which they are written.
    pub fn properties(&self) -> &[Property] {
        &self.properties
    }

    /// The value of the first property of this type and name, in lower case, such as `header` and `d`.
    pub fn property(&self, ptype: &str, name: &str) -> Option<&str> {
        let wanted = |property: &&Property| property.ptype == ptype && property.name == name;
        self.properties.iter().find(wanted).map(|property| property.value.as_str())
    }
}

/// Whether the value of a property is written at all: nothing is not, nor what is longer than any address.
const fn fits(value: &str) -> bool {
    !value.is_empty() && value.len() <= VALUE_OCTETS
}
