//! What became of a chain.

use super::cause::{Cause, Fault};
use crate::dkim::{Algorithm, Unavailable};
use crate::name::Name;
use std::fmt;

/// The verdict on the Authenticated Received Chain of a message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Verdict {
    /// The Chain Validation Status and its cause.
    pub outcome: Outcome,
    /// The highest instance found, which is the number of sets when the chain passes; 0 without a chain.
    pub instances: u8,
    /// With [`Outcome::Pass`]: the lowest instance from which on every message signature holds, or 0 when all of them
    /// do (RFC 8617 §5.2 step 5). None when it was not looked for, or the chain does not pass.
    pub oldest_pass: Option<u8>,
    /// The sets, oldest first. Empty when the chain was refused for its structure, before any signature was looked at.
    ///
    /// What a set says of itself is true only with [`Outcome::Pass`], and then it is what its sealer says, whom one may
    /// or may not believe.
    pub sets: Vec<Set>,
}

/// The Chain Validation Status (RFC 8617 §4.4), with its cause.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Outcome {
    /// There is no chain.
    #[default]
    None,
    /// The chain holds.
    Pass,
    /// The chain does not hold: the message is to be treated as one without a chain (RFC 8617 §5.2).
    Fail(Cause),
}

/// One set of a chain.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Set {
    /// `i=`.
    pub instance: u8,
    /// `cv=`: what its sealer found of the chain before.
    pub chain_status: ChainStatus,
    /// ARC-Seal, which covers the sets.
    pub seal: Signature,
    /// ARC-Message-Signature, which covers the message as the sealer passed it on.
    pub message_signature: Signature,
    /// Whether ARC-Message-Signature covers the From field, which RFC 8617 does not ask for.
    pub covers_from: bool,
    /// Octets of the canonical body behind those that ARC-Message-Signature covers (`l=`); 0 unless it was verified up
    /// to the body.
    pub unsigned_body_octets: u64,
    /// The value of ARC-Authentication-Results behind the instance, as it stands: what the sealer says it found.
    pub results: Box<[u8]>,
}

/// One signature of a set.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Signature {
    /// Whether it holds.
    pub outcome: SignatureOutcome,
    /// `d=`.
    pub domain: Option<Name>,
    /// `s=`.
    pub selector: Option<Name>,
    /// `a=`, if known.
    pub algorithm: Option<Algorithm>,
    /// The length of the key in bits, once it was seen.
    pub key_bits: Option<u32>,
    /// Whether the key came with the AD bit over a trusted path.
    pub authentic: bool,
}

/// Whether a signature of a set holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignatureOutcome {
    /// It holds.
    Pass,
    /// It does not.
    Fail(Fault),
    /// It was not verified: [`Policy::find_oldest_pass`](super::Policy::find_oldest_pass) is off, or the chain failed
    /// before any key was asked for.
    Untried,
}

/// The values of `cv=` (RFC 8617 §4.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ChainStatus {
    /// There was a chain that did not hold.
    Fail,
    /// There was no chain.
    None,
    /// There was a chain that held.
    Pass,
}

impl Verdict {
    pub(super) fn fail(cause: Cause, instances: u8) -> Self {
        Self { outcome: Outcome::Fail(cause), instances, ..Self::default() }
    }

    /// The failure of DNS for which the chain fails, if that is why. RFC 8617 §5.2.1 has no temporary result; a receiver
    /// that prefers to ask the sender to try again later does so when this is something.
    pub const fn unavailable(&self) -> Option<&Unavailable> {
        match &self.outcome {
            Outcome::Fail(cause) => cause.unavailable(),
            Outcome::None | Outcome::Pass => None,
        }
    }
}

impl Outcome {
    /// The result word of RFC 8617 §10.1.
    pub const fn word(&self) -> &'static str {
        self.status().word()
    }

    /// The Chain Validation Status alone.
    pub const fn status(&self) -> ChainStatus {
        match self {
            Self::None => ChainStatus::None,
            Self::Pass => ChainStatus::Pass,
            Self::Fail(_) => ChainStatus::Fail,
        }
    }

    /// Whether the chain holds.
    pub const fn is_pass(&self) -> bool {
        matches!(self, Self::Pass)
    }

    /// The cause in words; `None` when there is nothing to say.
    pub fn reason(&self) -> Option<String> {
        match self {
            Self::None | Self::Pass => None,
            Self::Fail(cause) => Some(cause.to_string()),
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None | Self::Pass => f.write_str(self.word()),
            Self::Fail(cause) => write!(f, "fail ({cause})"),
        }
    }
}

impl SignatureOutcome {
    /// Whether the signature holds.
    pub const fn is_pass(&self) -> bool {
        matches!(self, Self::Pass)
    }
}

impl ChainStatus {
    /// The word as in `cv=`.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Fail => "fail",
            Self::None => "none",
            Self::Pass => "pass",
        }
    }

    /// The words as RFC 8617 §4.4 writes them: values of tags are case-sensitive (RFC 6376 §3.2).
    pub(super) fn parse(word: &[u8]) -> Option<Self> {
        [Self::Fail, Self::None, Self::Pass].into_iter().find(|status| status.word().as_bytes() == word)
    }
}

impl fmt::Display for ChainStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}
