//! Why there is no sealer, or no seal.

use crate::dkim::{InvalidSigner, SignError};

/// Why a sealer cannot be made of what it was given.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidSealer {
    /// An Ed25519 key, where [`SealingOptions::permit_ed25519`](super::SealingOptions) does not permit it.
    #[error("an Ed25519 key does not seal, as most validators of ARC know RSA only")]
    Ed25519,
    /// The domain, the selector or the names of signed fields are none that could sign.
    #[error(transparent)]
    Signer(#[from] InvalidSigner),
}

/// Why a message is not sealed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotSealed {
    /// Whoever sealed last found the chain broken: there is nothing more to say (RFC 8617 §5.1 step 2). The message goes
    /// on as it is.
    #[error("the seal of set {instance} says already that the chain failed")]
    FailedBefore {
        /// The newest set.
        instance: u8,
    },
    /// The verdict is not about the ARC fields of this message.
    #[error("the verdict is about another chain")]
    OtherChain,
    /// The message signature cannot be made.
    #[error(transparent)]
    Sign(#[from] SignError),
    /// No instance is left for a further set (RFC 8617 §4.2.1). The message goes on as it is.
    #[error("there are {limit} sets or more already")]
    TooManySets {
        /// How many are permitted.
        limit: u8,
    },
}
