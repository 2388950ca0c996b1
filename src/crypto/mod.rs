//! The one place where cryptography is called: hashes, and the verification of signatures.
//!
//! Everything above works with these types; a second backend would stand beside `ring` in these files and nowhere
//! else.

mod der;
mod digest;
mod ed25519;
mod rsa;
mod signing_key;
mod spki;

pub(crate) use digest::{DIGEST_OCTETS, Sha256};
pub(crate) use ed25519::Ed25519Key;
pub(crate) use rsa::{RsaKey, is_private_key};
pub use signing_key::{KeyType, SigningKey, UnusableKey};

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
