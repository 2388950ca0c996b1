//! Authentication-Results (RFC 8601): the field in which a receiver writes down what it found.

mod write;

use std::borrow::Cow;

/// Octets of a property value at most: as many as the longest address (RFC 5321 §4.5.3.1).
const VALUE_OCTETS: usize = 320;
/// Octets of a reason or comment at most; what is over is cut.
const TEXT_OCTETS: usize = 400;

/// The content of one Authentication-Results field. `Display` writes it in one line; [`AuthResults::field`] gives
/// the folded field.
///
/// Whatever an entry holds, what is written is one well-formed field: texts are quoted, control characters become
/// `?`, and no line end can be smuggled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthResults {
    authserv_id: String,
    entries: Vec<Entry>,
}

/// The result of one method: `resinfo` (RFC 8601 §2.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    method: Cow<'static, str>,
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
    /// What stood there.
    pub value: String,
}

impl AuthResults {
    /// A field that says so far only who speaks: `authserv_id` is the receiver's name (RFC 8601 §2.5).
    pub fn new(authserv_id: impl Into<String>) -> Self {
        Self { authserv_id: authserv_id.into(), entries: Vec::new() }
    }

    /// Adds the result of a method.
    pub fn push(&mut self, entry: Entry) {
        self.entries.push(entry);
    }

    /// Who speaks.
    pub fn authserv_id(&self) -> &str {
        &self.authserv_id
    }

    /// The results in the order in which they are written.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }
}

impl Entry {
    /// The result of a method, in the words of the IANA registry "Email Authentication Methods".
    pub fn new(method: impl Into<Cow<'static, str>>, result: impl Into<Cow<'static, str>>) -> Self {
        Self {
            method: method.into(),
            result: result.into(),
            comment: None,
            reason: None,
            properties: Vec::new(),
        }
    }

    /// With a reason for people (RFC 8601 §2.2 `reasonspec`); an empty one is none.
    #[must_use]
    pub fn with_reason(mut self, reason: impl Into<String>) -> Self {
        self.reason = Some(reason.into()).filter(|text| !text.is_empty());
        self
    }

    /// With a comment after the result; an empty one is none.
    #[must_use]
    pub fn with_comment(mut self, comment: impl Into<String>) -> Self {
        self.comment = Some(comment.into()).filter(|text| !text.is_empty());
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
        let value = value.into();
        if !value.is_empty() && value.len() <= VALUE_OCTETS {
            self.properties.push(Property { ptype: ptype.into(), name: name.into(), value });
        }
        self
    }

    /// The method, such as `dkim`.
    pub fn method(&self) -> &str {
        &self.method
    }

    /// The result, such as `pass`.
    pub fn result(&self) -> &str {
        &self.result
    }

    /// The reason, if one is given.
    pub fn reason(&self) -> Option<&str> {
        self.reason.as_deref()
    }

    /// The properties in the order in which they are written.
    pub fn properties(&self) -> &[Property] {
        &self.properties
    }
}
