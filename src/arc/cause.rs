//! Why a chain does not hold.
//!
//! The texts are short and plain. Of what others wrote they hold tag names and domain names, made of letters, digits,
//! hyphens, dots and underscores.

use super::verdict::ChainStatus;
use crate::dkim::{Forbidden, Malformed, Mismatch, Outcome, Unavailable, Unusable};
use crate::tags::MalformedTags;
use std::fmt;

/// Why the Chain Validation Status is `fail`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Cause {
    /// `cv=` of a seal does not fit its place: `none` in the first set and `pass` in every other (RFC 8617 §5.2
    /// step 3C).
    #[error("{}", chain_status(*instance, *stated))]
    ChainStatus {
        /// The set.
        instance: u8,
        /// What it says, if it says anything that is known.
        stated: Option<ChainStatus>,
    },
    /// A field twice in one set (RFC 8617 §5.2 step 3A).
    #[error("{kind} of set {instance} occurs twice")]
    Duplicate {
        /// Which field.
        kind: FieldKind,
        /// The set.
        instance: u8,
    },
    /// `i=` is absent, or no number from 1 to 50 (RFC 8617 §4.2.1).
    #[error("{kind} without a valid i=")]
    Instance {
        /// Which field.
        kind: FieldKind,
    },
    /// The message signature of the newest set does not hold (RFC 8617 §5.2 step 4).
    #[error("ARC-Message-Signature of set {instance}: {fault}")]
    MessageSignature {
        /// The set.
        instance: u8,
        /// What is wrong with it.
        fault: Fault,
    },
    /// A set lacks a field (RFC 8617 §5.2 step 3A).
    #[error("{kind} of set {instance} is missing")]
    Missing {
        /// Which field.
        kind: FieldKind,
        /// The set.
        instance: u8,
    },
    /// There is no set of this number, although there are higher ones (RFC 8617 §5.2 step 3B).
    #[error("set {instance} is missing")]
    MissingSet {
        /// The lowest number without a set.
        instance: u8,
    },
    /// A seal does not hold (RFC 8617 §5.2 step 6).
    #[error("ARC-Seal of set {instance}: {fault}")]
    Seal {
        /// The set.
        instance: u8,
        /// What is wrong with it.
        fault: Fault,
    },
    /// Whoever sealed last found the chain broken (RFC 8617 §5.2 step 2).
    #[error("the seal of set {instance} says that the chain had failed before")]
    SealedAsFailed {
        /// The newest set.
        instance: u8,
    },
    /// A field is no tag list (RFC 6376 §3.2).
    #[error("{kind} syntax error: {why}")]
    Tags {
        /// Which field.
        kind: FieldKind,
        /// What is wrong.
        why: MalformedTags,
    },
    /// More sets than RFC 8617 §5.2 step 1 permits, or one with a number above them.
    #[error("more than {limit} sets")]
    TooManySets {
        /// How many are permitted.
        limit: u8,
    },
}

impl Cause {
    /// The failure of DNS that is behind it, if one is. RFC 8617 §5.2.1 has it count as permanent; who wants to ask the
    /// sender to try again later does so before anything is written down.
    pub const fn unavailable(&self) -> Option<&Unavailable> {
        match self {
            Self::MessageSignature { fault: Fault::Unavailable(why), .. }
            | Self::Seal { fault: Fault::Unavailable(why), .. } => Some(why),
            Self::ChainStatus { .. }
            | Self::Duplicate { .. }
            | Self::Instance { .. }
            | Self::MessageSignature { .. }
            | Self::Missing { .. }
            | Self::MissingSet { .. }
            | Self::Seal { .. }
            | Self::SealedAsFailed { .. }
            | Self::Tags { .. }
            | Self::TooManySets { .. } => None,
        }
    }
}

/// Why one signature of a chain does not hold.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// A message signature covers ARC-Seal (RFC 8617 §4.1.2 forbids it).
    #[error("it covers an ARC-Seal field")]
    CoversSeal,
    /// It breaks a rule of this receiver.
    #[error("{0}")]
    Forbidden(Forbidden),
    /// A seal has `h=` (RFC 8617 §4.1.3).
    #[error("it has a tag h=")]
    HeaderList,
    /// It cannot be read.
    #[error("{0}")]
    Malformed(Malformed),
    /// It was checked and does not hold.
    #[error("{0}")]
    Mismatch(Mismatch),
    /// DNS did not tell the key.
    #[error("{0}")]
    Unavailable(Unavailable),
    /// It cannot be verified.
    #[error("{0}")]
    Unusable(Unusable),
}

impl Fault {
    /// What keeps a signature from passing, by the rules of DKIM.
    pub(super) fn of(outcome: Outcome) -> Option<Self> {
        match outcome {
            Outcome::Pass => None,
            Outcome::Fail(why) => Some(Self::Mismatch(why)),
            Outcome::Policy(why) => Some(Self::Forbidden(why)),
            Outcome::Neutral(why) => Some(Self::Malformed(why)),
            Outcome::Temperror(why) => Some(Self::Unavailable(why)),
            Outcome::Permerror(why) => Some(Self::Unusable(why)),
        }
    }
}

impl From<Malformed> for Fault {
    fn from(why: Malformed) -> Self {
        Self::Malformed(why)
    }
}

impl From<Unusable> for Fault {
    fn from(why: Unusable) -> Self {
        Self::Unusable(why)
    }
}

impl From<Forbidden> for Fault {
    fn from(why: Forbidden) -> Self {
        Self::Forbidden(why)
    }
}

/// The three fields of a set (RFC 8617 §4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FieldKind {
    /// ARC-Authentication-Results: what was found.
    AuthenticationResults,
    /// ARC-Message-Signature: over the message.
    MessageSignature,
    /// ARC-Seal: over the sets.
    Seal,
}

impl FieldKind {
    /// Every kind, in the order in which a seal covers them (RFC 8617 §5.1.1).
    pub const ALL: [Self; 3] = [Self::AuthenticationResults, Self::MessageSignature, Self::Seal];

    /// The name of the field.
    pub const fn name(self) -> &'static str {
        match self {
            Self::AuthenticationResults => "ARC-Authentication-Results",
            Self::MessageSignature => "ARC-Message-Signature",
            Self::Seal => "ARC-Seal",
        }
    }
}

impl fmt::Display for FieldKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

fn chain_status(instance: u8, stated: Option<ChainStatus>) -> String {
    match stated {
        None => format!("ARC-Seal of set {instance} without a known cv="),
        Some(stated) => format!("ARC-Seal of set {instance} says cv={stated} out of place"),
    }
}
