//! Why a signature did not pass.
//!
//! The texts are short and plain. Of what others wrote they hold tag names and domain names, made of letters, digits,
//! hyphens, dots and underscores.

use crate::dns::{Answer, Explained, ExtendedError, Failure, Question};
use crate::name::{MalformedName, Name};
use crate::tags::MalformedTags;

/// The signature was checked and does not hold.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Mismatch {
    /// The body is not the one that was signed (RFC 6376 §6.1.3).
    #[error("body hash did not verify")]
    BodyHash,
    /// The body is shorter than the part that was signed: `l=` is larger than the canonical body (RFC 6376 §3.5).
    #[error("the body is shorter than the {signed} octets signed")]
    BodyTooShort {
        /// The value of `l=`.
        signed: u64,
    },
    /// The time is past `x=` (RFC 6376 §3.5, §6.1.1).
    #[error("signature expired")]
    Expired,
    /// The header fields, the signature field itself included, are not those that were signed (RFC 6376 §6.1.3).
    /// This is also the cause when the body differs as well: nothing in a field that does not verify, its `bh=`
    /// included, can be relied on.
    #[error("signature did not verify")]
    Signature,
}

/// The signature field cannot be read, or asks for what nobody knows how to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Malformed {
    /// An algorithm that is not known (RFC 6376 §3.3: to be ignored).
    #[error("unknown signature algorithm")]
    Algorithm,
    /// A value that should be base64.
    #[error("tag {tag}= is not base64")]
    Base64 {
        /// The tag.
        tag: &'static str,
    },
    /// `bh=` is no SHA-256 hash.
    #[error("tag bh= is not as long as a hash")]
    BodyHashLength,
    /// `c=` names an unknown canonicalization.
    #[error("unknown canonicalization")]
    Canonicalization,
    /// `d=` is no domain name of at least two labels.
    #[error("tag d= is no domain name: {0}")]
    Domain(MalformedName),
    /// `d=` has a final dot or a single label (RFC 6376 §3.5).
    #[error("tag d= is no domain name of two labels or more")]
    DomainShape,
    /// A tag that must not be empty.
    #[error("tag {tag}= is empty")]
    Empty {
        /// The tag.
        tag: &'static str,
    },
    /// `x=` is not later than `t=` (RFC 6376 §3.5).
    #[error("the signature expires before it was made")]
    ExpiresTooEarly,
    /// `h=` is no list of field names (RFC 6376 §3.5).
    #[error("tag h= is no list of field names")]
    HeaderNames,
    /// `i=` is no address (RFC 6376 §3.5).
    #[error("tag i= is no identity")]
    Identity,
    /// `l=`, `t=` or `x=` is no number, or one with too many digits.
    #[error("tag {tag}= is no number")]
    Number {
        /// The tag.
        tag: &'static str,
    },
    /// `q=` names no known way to fetch a key (RFC 6376 §3.5).
    #[error("unknown query method")]
    QueryMethod,
    /// `s=` is no selector.
    #[error("tag s= is no selector")]
    Selector,
    /// The field is no tag list (RFC 6376 §3.2).
    #[error("signature syntax error: {0}")]
    Tags(#[from] MalformedTags),
    /// `v=` is not 1.
    #[error("incompatible version")]
    Version,
}

/// The signature breaks a rule of this receiver; each names the [`Policy`](super::Policy) field that made it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Forbidden {
    /// Made later than now: [`reject_future`](super::Policy::reject_future).
    #[error("signature made in the future")]
    Future,
    /// Signed header fields beyond [`max_header_octets`](super::Policy::max_header_octets).
    #[error("not evaluated: more than {limit} octets of signed header fields")]
    HeaderOctets {
        /// The limit.
        limit: usize,
    },
    /// A part of the body is not signed: [`reject_partial_body`](super::Policy::reject_partial_body).
    #[error("{octets} octets of the body are not signed")]
    PartialBody {
        /// How much is not signed.
        octets: u64,
    },
    /// Body hashes beyond [`max_body_hashes`](super::Policy::max_body_hashes).
    #[error("not evaluated: more than {limit} different body hashes")]
    TooManyBodyHashes {
        /// The limit.
        limit: usize,
    },
    /// Signatures that cost more than [`max_signature_work`](super::Policy::max_signature_work) together.
    #[error("not evaluated: signatures that cost more than {limit} of 1024 bits")]
    SignatureWork {
        /// The limit.
        limit: usize,
    },
    /// DKIM-Signature fields beyond [`max_fields`](super::Policy::max_fields): this one and those below it.
    #[error("not read: more than {limit} DKIM-Signature fields")]
    TooManyFields {
        /// The limit.
        limit: usize,
    },
    /// Names in `h=` beyond [`max_header_names`](super::Policy::max_header_names).
    #[error("not evaluated: more than {limit} names in h=")]
    TooManyHeaderNames {
        /// The limit.
        limit: usize,
    },
    /// Signatures beyond [`max_signatures`](super::Policy::max_signatures).
    #[error("not evaluated: more than {limit} signatures")]
    TooManySignatures {
        /// The limit.
        limit: usize,
    },
}

/// The signature cannot be verified, now or later.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unusable {
    /// `h=` does not name From (RFC 6376 §5.4, §6.1.1).
    #[error("From field not signed")]
    FromNotSigned,
    /// The key permits other hash algorithms only (RFC 6376 §6.1.2).
    #[error("inappropriate hash algorithm: the key does not permit sha256")]
    HashNotPermitted,
    /// The domain of `i=` is not `d=` or below it (RFC 6376 §6.1.1).
    #[error("domain mismatch: i= is not within d=")]
    IdentityOutside,
    /// The key asks that the domain of `i=` be `d=` itself (`t=s`, RFC 6376 §3.6.1).
    #[error("domain mismatch: the key demands that i= be in d= itself")]
    IdentityBelow,
    /// The record is no usable key.
    #[error("{0}")]
    Key(#[from] KeyFlaw),
    /// An RSA key longer than [`max_rsa_bits`](super::Policy::max_rsa_bits).
    #[error("the key is too long: {bits} bits")]
    KeyTooLong {
        /// Bits of its modulus.
        bits: u32,
    },
    /// An RSA key shorter than [`min_rsa_bits`](super::Policy::min_rsa_bits) (RFC 8301 §3.2).
    #[error("the key is too short: {bits} bits")]
    KeyTooShort {
        /// Bits of its modulus.
        bits: u32,
    },
    /// A tag that every signature has (RFC 6376 §6.1.1).
    #[error("signature missing required tag {tag}=")]
    MissingTag {
        /// The tag.
        tag: &'static str,
    },
    /// There is no record at all (RFC 6376 §6.1.2).
    #[error("no key for signature: {0}")]
    NoKey(Absence),
    /// A key for another algorithm than the signature's (RFC 6376 §6.1.2).
    #[error("inappropriate key algorithm: the key is not for this signature's algorithm")]
    OtherAlgorithm,
    /// The key is not for mail (`s=`, RFC 6376 §3.6.1).
    #[error("the key is not for email")]
    OtherService,
    /// SHA-1, which must not be relied on (RFC 8301 §3.1).
    #[error("rsa-sha1 is not accepted")]
    Sha1,
}

/// Why there is no record where the key should be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Absence {
    /// The selector is an alias whose target has no TXT record.
    #[error("its alias {} has no TXT record", shown(target))]
    AliasNoData {
        /// The target of the last alias.
        target: Name,
    },
    /// The selector is an alias whose target does not exist.
    #[error("its alias {} does not exist", shown(target))]
    AliasNxDomain {
        /// The target of the last alias.
        target: Name,
    },
    /// The name exists, but has no TXT record.
    #[error("the selector has no TXT record")]
    NoData,
    /// The name does not exist.
    #[error("the selector does not exist")]
    NxDomain,
}

/// What is wrong with the record at a selector.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyFlaw {
    /// `p=` is not base64.
    #[error("key syntax error: p= is not base64")]
    Base64,
    /// The key ends too early, as when only the first of several strings was published.
    #[error("key syntax error: p= breaks off before the end of the key")]
    Cut,
    /// A semicolon after a backslash: text for a master file, published with its escapes.
    #[error("key syntax error: semicolons are escaped")]
    Escaped,
    /// The key is no RSA public key in DER, or its numbers cannot be those of one.
    #[error("key syntax error: p= is no RSA public key")]
    NotRsa,
    /// An Ed25519 key that is not 32 octets long (RFC 8463 §4.2).
    #[error("key syntax error: p= is no Ed25519 public key")]
    NotEd25519,
    /// No `p=`.
    #[error("key syntax error: there is no p=")]
    NoKeyData,
    /// PEM armour where base64 alone should be.
    #[error("key syntax error: the key is wrapped in PEM armour")]
    Pem,
    /// The private key is published.
    #[error("the private key is published")]
    Private,
    /// Quotation marks inside the record.
    #[error("key syntax error: the record holds quotation marks")]
    Quoted,
    /// `p=` is empty: the key is revoked (RFC 6376 §3.6.1).
    #[error("key revoked")]
    Revoked,
    /// An SPF record, as a wildcard answers for every selector.
    #[error("no key for signature: the record at the selector is an SPF record")]
    Spf,
    /// A text that is no key record at all.
    #[error("no key for signature: the record at the selector is no key")]
    Stray,
    /// The record is no tag list (RFC 6376 §3.2).
    #[error("key syntax error: {0}")]
    Tags(#[from] MalformedTags),
    /// A type of key that is not known (RFC 6376 §3.6.1).
    #[error("inappropriate key algorithm: unknown key type")]
    UnknownType,
    /// `v=` is not `DKIM1`, or not the first tag (RFC 6376 §3.6.1).
    #[error("key syntax error: v= is not DKIM1 in the first place")]
    Version,
}

/// DNS did not tell the key, or another record.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("key unavailable: {question}: {}{}", Explained(*.failure, .extended_error.as_ref()), place(aliases))]
#[non_exhaustive]
pub struct Unavailable {
    /// What was asked.
    pub question: Question,
    /// How it failed.
    pub failure: Failure,
    /// What the server said about that.
    pub extended_error: Option<ExtendedError>,
    /// The targets of the aliases that were passed before it failed, first to last.
    pub aliases: Vec<Name>,
}

impl Unavailable {
    pub(super) fn new(question: &Question, failure: Failure, answer: &Answer) -> Self {
        Self {
            question: question.clone(),
            failure,
            extended_error: answer.details().extended_error.clone(),
            aliases: answer.aliases().to_vec(),
        }
    }

    /// The question and what happened to it, whatever it was asked for.
    pub(super) fn lookup(&self) -> String {
        let failure = Explained(self.failure, self.extended_error.as_ref());
        format!("{}: {failure}{}", self.question, place(&self.aliases))
    }
}

/// Where it failed, when not at the selector itself.
fn place(aliases: &[Name]) -> String {
    aliases.last().map(|alias| format!(" at its alias {}", shown(alias))).unwrap_or_default()
}

/// A name that DNS told, without any character that could mean something where the text is written.
fn shown(name: &Name) -> String {
    let plain = |character: char| character.is_ascii_alphanumeric() || matches!(character, '-' | '.' | '_');
    name.as_str().chars().map(|character| if plain(character) { character } else { '?' }).collect()
}
