//! Ed25519 (RFC 8032).

use super::backend::signature::{ED25519, UnparsedPublicKey};

/// Octets of an Ed25519 public key, and of a private one (RFC 8032 §5.1.5).
pub(super) const KEY_OCTETS: usize = 32;

/// An Ed25519 public key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ed25519Key([u8; KEY_OCTETS]);

impl Ed25519Key {
    pub(crate) const BITS: u32 = 256;

    /// The key of these 32 octets.
    pub(crate) fn new(octets: &[u8]) -> Option<Self> {
        octets.try_into().ok().map(Self)
    }

    /// What a key record publishes (RFC 8463 §4.2).
    pub(crate) const fn octets(&self) -> &[u8; KEY_OCTETS] {
        &self.0
    }

    /// PureEdDSA over `message`. A signature that is not 64 octets long, or whose `S` is not below the group order,
    /// is refused (RFC 8032 §5.1.7).
    pub(crate) fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(&ED25519, self.0).verify(message, signature).is_ok()
    }
}
