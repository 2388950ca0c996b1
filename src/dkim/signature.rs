//! The DKIM-Signature field (RFC 6376 §3.5).

use super::canon_header::Canon;
use crate::crypto::DIGEST_OCTETS;
use crate::name::Name;

/// A signature that is well-formed and could be verified.
#[derive(Clone, Debug)]
pub(super) struct Signature<'a> {
    pub(super) scheme: Scheme,
    /// `b=`.
    pub(super) octets: Vec<u8>,
    /// `bh=`.
    pub(super) body_hash: [u8; DIGEST_OCTETS],
    pub(super) header_canon: Canon,
    pub(super) body_canon: Canon,
    /// Where the key is: `s._domainkey.d`.
    pub(super) key_name: Name,
    /// Whether the domain of `i=` is below `d=`.
    pub(super) is_identity_below: bool,
    /// `h=`, which names this many fields, all of them well-formed.
    pub(super) names: &'a [u8],
    pub(super) name_count: usize,
    /// `l=`.
    pub(super) length: Option<u64>,
    /// `t=`.
    pub(super) timestamp: Option<u64>,
    /// `x=`.
    pub(super) expiry: Option<u64>,
    /// Where, in the value of the field, the value of `b=` stands.
    pub(super) cut: (usize, usize),
}

/// A signature algorithm that may be verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scheme {
    Ed25519Sha256,
    RsaSha256,
}
