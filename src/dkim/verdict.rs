//! What became of one signature.

use super::atps::Delegation;
use super::cause::{Forbidden, Malformed, Mismatch, Unavailable, Unusable};
use crate::name::Name;
use std::fmt;

/// The verdict on one DKIM-Signature field.
///
/// What a signature says of itself is here even when it does not hold: only with [`Outcome::Pass`] is it true. The
/// texts among it are the sender's own: whoever writes them into a header field or a log has to quote them.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Verdict {
    /// The result and its cause.
    pub outcome: Outcome,
    /// Where the field stands: 0 is the topmost field of the header section.
    pub field: usize,
    /// `d=`: who takes responsibility.
    pub domain: Option<Name>,
    /// `s=`.
    pub selector: Option<Name>,
    /// `i=` as written, or `@` and the domain when there is none. Control characters are replaced by `?`.
    pub identity: Option<String>,
    /// `a=`, if known.
    pub algorithm: Option<Algorithm>,
    /// The length of the key in bits, once it was seen.
    pub key_bits: Option<u32>,
    /// Enough of `b=` to tell this signature from the others of the message (`header.b`, RFC 6008 §4).
    pub signature_prefix: Option<String>,
    /// Whether the key says that its domain only tests DKIM (`t=y`): failures must then be treated as if there were
    /// no signature (RFC 6376 §3.6.1).
    pub testing: bool,
    /// Whether the key came with the AD bit over a trusted path.
    pub authentic: bool,
    /// Header fields that the signature covers; names listed for absent fields do not count.
    pub signed_fields: usize,
    /// Octets of the canonical body that the signature covers.
    pub signed_body_octets: u64,
    /// Octets of the canonical body behind those, which anybody may have written (`l=`, RFC 6376 §8.2).
    pub unsigned_body_octets: u64,
    /// `atps=` and `atpsh=`: for whom it signs, who may have said so (RFC 6541 §4.2); `None` without a legal `atps=`.
    pub delegation: Option<Delegation>,
    /// `r=y`: the signer asks to be told when verification fails (RFC 6651 §3.1).
    pub wants_report: bool,
    /// Whether the field holds tags that no registry names; they change no result (RFC 6376 §3.2).
    pub has_unknown_tags: bool,
}

/// The result of one signature, with its cause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The signature holds.
    Pass,
    /// It was checked and does not hold.
    Fail(Mismatch),
    /// It holds or may hold, but breaks a rule of this receiver.
    Policy(Forbidden),
    /// It cannot be read.
    Neutral(Malformed),
    /// It cannot be verified now; later it may.
    Temperror(Unavailable),
    /// It cannot be verified, now or later.
    Permerror(Unusable),
}

impl Outcome {
    /// The result word of RFC 8601 §2.7.1.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail(_) => "fail",
            Self::Policy(_) => "policy",
            Self::Neutral(_) => "neutral",
            Self::Temperror(_) => "temperror",
            Self::Permerror(_) => "permerror",
        }
    }

    /// Whether the signature holds.
    pub const fn is_pass(&self) -> bool {
        matches!(self, Self::Pass)
    }

    /// The cause in words; `None` for a pass.
    pub fn reason(&self) -> Option<String> {
        match self {
            Self::Pass => None,
            Self::Fail(cause) => Some(cause.to_string()),
            Self::Policy(cause) => Some(cause.to_string()),
            Self::Neutral(cause) => Some(cause.to_string()),
            Self::Temperror(cause) => Some(cause.to_string()),
            Self::Permerror(cause) => Some(cause.to_string()),
        }
    }
}

impl From<Mismatch> for Outcome {
    fn from(cause: Mismatch) -> Self {
        Self::Fail(cause)
    }
}

impl From<Malformed> for Outcome {
    fn from(cause: Malformed) -> Self {
        Self::Neutral(cause)
    }
}

impl From<Forbidden> for Outcome {
    fn from(cause: Forbidden) -> Self {
        Self::Policy(cause)
    }
}

impl From<Unusable> for Outcome {
    fn from(cause: Unusable) -> Self {
        Self::Permerror(cause)
    }
}

impl From<Unavailable> for Outcome {
    fn from(cause: Unavailable) -> Self {
        Self::Temperror(cause)
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.reason() {
            Some(reason) => write!(f, "{} ({reason})", self.word()),
            None => f.write_str(self.word()),
        }
    }
}

/// A signature algorithm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Algorithm {
    /// Ed25519 over a SHA-256 hash (RFC 8463).
    Ed25519Sha256,
    /// RSA with SHA-1: known, and never verified (RFC 8301 §3.1).
    RsaSha1,
    /// RSA with SHA-256 (RFC 6376 §3.3.2).
    RsaSha256,
}

impl Algorithm {
    /// The name as in `a=`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ed25519Sha256 => "ed25519-sha256",
            Self::RsaSha1 => "rsa-sha1",
            Self::RsaSha256 => "rsa-sha256",
        }
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
