//! How messages are sealed.

use crate::dkim::{Canonicalization, SigningOptions};

/// The choices of a [`Sealer`](super::Sealer). The defaults are what a forwarder should use that has no wish of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SealingOptions {
    /// Whether a lone CR or LF in a signed field or in the body is signed as it stands. The default is `false`: such a
    /// message is refused, because programs on its way turn these into line ends and break the signature (RFC 6376
    /// §5.3).
    pub accept_lone_line_ends: bool,
    /// How the body may change (`c=` of ARC-Message-Signature). The default is relaxed.
    pub body_canonicalization: Canonicalization,
    /// How header fields may change (`c=` of ARC-Message-Signature). The default is relaxed.
    pub header_canonicalization: Canonicalization,
    /// Names of fields of which every one is signed, and that none be added. The default is none: a later forwarder may
    /// add fields, and says so with a set of its own.
    pub oversigned: Vec<String>,
    /// Whether an Ed25519 key may seal. The default is `false`: RFC 8617 predates its use, most validators of ARC know
    /// RSA only, and one seal that a validator cannot verify fails the chain for good.
    pub permit_ed25519: bool,
    /// Names of fields of which every one that is there is signed. From is signed in any case. The default is what a
    /// DKIM signer signs, and DKIM-Signature (RFC 8617 §4.1.2).
    ///
    /// Fields of ARC, Authentication-Results, Received and Return-Path are refused by
    /// [`Sealer::new`](super::Sealer::new).
    pub signed: Vec<String>,
}

impl Default for SealingOptions {
    fn default() -> Self {
        let signing = SigningOptions::default();
        let mut signed = signing.oversigned;
        signed.extend(signing.signed);
        signed.push("DKIM-Signature".into());
        Self {
            accept_lone_line_ends: false,
            body_canonicalization: Canonicalization::Relaxed,
            header_canonicalization: Canonicalization::Relaxed,
            oversigned: Vec::new(),
            permit_ed25519: false,
            signed,
        }
    }
}
