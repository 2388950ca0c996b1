//! What makes a value no Authentication-Results.

use std::fmt;

/// Why a value is no Authentication-Results, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MalformedAuthResults {
    /// What is wrong.
    pub flaw: AuthResultsFlaw,
    /// Octets before the flaw.
    pub offset: usize,
}

/// What is wrong with a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AuthResultsFlaw {
    /// No token and no quoted string where the name of the receiver belongs.
    #[error("no authserv-id")]
    AuthservId,
    /// A comment without its closing parenthesis.
    #[error("a comment that does not end")]
    Comment,
    /// A control character other than a tab.
    #[error("a control character")]
    Control,
    /// Something behind the `@` that is no domain name.
    #[error("an address without a domain name")]
    Domain,
    /// A method, result, ptype or property over 64 octets.
    #[error("a keyword of more than 64 octets")]
    KeywordTooLong,
    /// A CR or LF that is no fold: CRLF and white space.
    #[error("a line end that is no fold")]
    LineEnd,
    /// No method after a semicolon.
    #[error("no method after the semicolon")]
    Method,
    /// A slash after the method, and no number.
    #[error("no number after the slash")]
    MethodVersion,
    /// No equals sign where one belongs.
    #[error("no equals sign")]
    NoEquals,
    /// Neither results nor `none`.
    #[error("neither results nor \"none\"")]
    NoResults,
    /// `none` among results.
    #[error("\"none\" does not stand alone")]
    NoneAmongResults,
    /// No name of a property behind the dot.
    #[error("no property after the dot")]
    Property,
    /// A quoted string without its closing quote.
    #[error("a quoted string that does not end")]
    QuotedString,
    /// `reason=` without a value.
    #[error("no value of the reason")]
    Reason,
    /// No result after the equals sign.
    #[error("no result after the equals sign")]
    Result,
    /// A second reason of one result.
    #[error("a second reason")]
    SecondReason,
    /// Something other than a semicolon between two results.
    #[error("no semicolon")]
    Semicolon,
    /// Two words without white space or a comment between them.
    #[error("no white space between two parts")]
    Space,
    /// A version of the field other than 1 (RFC 8601 §2.6): what follows may not be in a known format.
    #[error("an unsupported version")]
    UnsupportedVersion,
    /// Octets that are not UTF-8.
    #[error("not UTF-8")]
    Utf8,
    /// A value of a property that must be quoted, or is no address.
    #[error("a value that is no token, quoted string or address")]
    Value,
    /// A word that begins neither a reason nor a property.
    #[error("neither a reason nor a property")]
    Word,
}

impl AuthResultsFlaw {
    pub(super) const fn at(self, offset: usize) -> MalformedAuthResults {
        MalformedAuthResults { flaw: self, offset }
    }
}

impl fmt::Display for MalformedAuthResults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (octet {})", self.flaw, self.offset)
    }
}

impl std::error::Error for MalformedAuthResults {}
