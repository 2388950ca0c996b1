//! The one place where cryptography is called: hashes, signatures and their verification, keys.
//!
//! Everything above works with these types; which library computes is known in `backend` alone.

mod backend;
mod der;
mod digest;
mod ed25519;
mod pem;
mod private_key;
mod rsa;
mod signing_key;
mod unusable_key;

pub(crate) use digest::{DIGEST_OCTETS, Sha256, sha1};
pub(crate) use ed25519::Ed25519Key;
pub(crate) use rsa::{RsaKey, is_private_key};
pub use signing_key::{KeyType, SigningKey};
pub use unusable_key::{ForeignKey, UnusableKey};

/// Why octets are no key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MalformedKey {
    /// They are no key of this kind.
    Malformed,
    /// They end before the key does.
    Cut,
    /// They are a private key.
    Private,
}
