//! Why there is no signer, or no signature.

use super::Malformed;
use crate::message::MalformedMessage;

/// Why a signer cannot be made of what it was given.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidSigner {
    /// `d=` is no domain of at least two labels of letters, digits and hyphens, once in A-labels (RFC 6376 §3.5).
    #[error("{0}")]
    Domain(Malformed),
    /// Signatures would expire at the time they are made (RFC 6376 §3.5: `x=` is greater than `t=`).
    #[error("signatures would expire at once")]
    ExpiresAtOnce,
    /// What stands among the names of signed fields is no field name that `h=` can hold (RFC 5322 §3.6.8).
    #[error("name {place} of the fields to sign is no field name")]
    FieldName {
        /// Its place, the first being 1; the oversigned come first.
        place: usize,
    },
    /// `i=` is no address and no domain with an at sign before it; or its local part holds another at sign, where
    /// verifiers do not agree on the domain, a control character, or more than 64 octets (RFC 5321 §4.5.3.1.1).
    #[error("the identity is neither an address nor @domain")]
    Identity,
    /// The domain of `i=` is not the signing domain and not below it (RFC 6376 §3.5).
    #[error("the domain of the identity is not within the signing domain")]
    IdentityOutside,
    /// Nothing to sign with.
    #[error("there is no key")]
    NoKey,
    /// Two keys with one selector: which of them verifies a signature would be undefined (RFC 6376 §3.6.2.2).
    #[error("two keys have the same selector")]
    RepeatedSelector,
    /// `s=` is no name of letters, digits and hyphens, or too long below the domain (RFC 6376 §3.1).
    #[error("{0}")]
    Selector(Malformed),
    /// A field that is added or changed on the way, or belongs to authentication itself (RFC 6376 §5.4.1, RFC 8617
    /// §4.1.2, RFC 8601 §5): signing it would only break the signature.
    #[error("{name} must not be signed")]
    Unsignable {
        /// The field.
        name: &'static str,
    },
}

/// Why a message is not signed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SignError {
    /// A lone CR or LF in the body (RFC 6376 §5.3), where
    /// [`SigningOptions::accept_lone_line_ends`](super::SigningOptions) does not accept it.
    #[error("the body holds a CR or LF that is no line end")]
    BodyLineEnd,
    /// The cryptographic library did not sign.
    #[error("the key did not sign")]
    Crypto,
    /// Not exactly one From field (RFC 5322 §3.6), also counting those that readers find who end lines at a lone CR
    /// or LF.
    #[error("there are {count} From fields, not one")]
    From {
        /// How many.
        count: usize,
    },
    /// A line of the header section that is no field, such as the `From ` line of a mailbox file: on its way it would
    /// be taken for the begin of the body, or be taken away (RFC 6376 §3.8).
    #[error("a line of the header section is no header field")]
    HeaderLine,
    /// A lone CR or LF in a signed field (RFC 6376 §5.3), where
    /// [`SigningOptions::accept_lone_line_ends`](super::SigningOptions) does not accept it.
    #[error("a signed header field holds a CR or LF that is no line end")]
    HeaderLineEnd,
    /// No message at all.
    #[error(transparent)]
    Message(#[from] MalformedMessage),
    /// The time of signing has more than the 12 digits that `t=` and `x=` can hold (RFC 6376 §3.5), as milliseconds
    /// would.
    #[error("the time of signing is not in Unix seconds")]
    Time,
    /// More fields to sign than verifiers would look for.
    #[error("more than {limit} header fields to sign")]
    TooManyFields {
        /// The limit.
        limit: usize,
    },
}
