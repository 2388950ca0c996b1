//! The DKIM-Signature field (RFC 6376 §3.5).

use super::canon_header::Canonicalization;
use super::verdict::Algorithm;
use crate::crypto::{DIGEST_OCTETS, KeyType};
use crate::name::Name;

/// A signature that is well-formed and could be verified.
#[derive(Clone, Debug)]
pub(crate) struct Signature<'a> {
    pub(crate) scheme: Scheme,
    /// `b=`.
    pub(crate) octets: Vec<u8>,
    /// `bh=`.
    pub(crate) body_hash: [u8; DIGEST_OCTETS],
    pub(crate) header_canon: Canonicalization,
    pub(crate) body_canon: Canonicalization,
    /// Where the key is: `s._domainkey.d`.
    pub(crate) key_name: Name,
    /// Whether the domain of `i=` is below `d=`.
    pub(crate) is_identity_below: bool,
    /// `h=`, which names this many fields, all of them well-formed.
    pub(crate) names: &'a [u8],
    pub(crate) name_count: usize,
    /// `l=`.
    pub(crate) length: Option<u64>,
    /// `t=`.
    pub(crate) timestamp: Option<u64>,
    /// `x=`.
    pub(crate) expiry: Option<u64>,
    /// Where, in the value of the field, the value of `b=` stands.
    pub(crate) cut: (usize, usize),
}

/// A signature algorithm that may be verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scheme {
    Ed25519Sha256,
    RsaSha256,
}

impl Scheme {
    /// What a key of this type signs with (RFC 6376 §3.3.2, RFC 8463 §3).
    pub(crate) const fn of(key: KeyType) -> Self {
        match key {
            KeyType::Ed25519 => Self::Ed25519Sha256,
            KeyType::Rsa => Self::RsaSha256,
        }
    }

    /// What it costs to verify a signature of so many octets, in RSA signatures of 1024 bits. One whose length does not
    /// fit its key costs nothing.
    pub(crate) const fn work(self, octets: usize) -> usize {
        match self {
            Self::Ed25519Sha256 if octets == 64 => 8,
            Self::Ed25519Sha256 => 0,
            Self::RsaSha256 => {
                let kilobits = octets.div_ceil(128);
                kilobits.saturating_mul(kilobits)
            }
        }
    }

    pub(crate) const fn algorithm(self) -> Algorithm {
        match self {
            Self::Ed25519Sha256 => Algorithm::Ed25519Sha256,
            Self::RsaSha256 => Algorithm::RsaSha256,
        }
    }
}
