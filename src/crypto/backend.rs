//! The library that computes: `ring`, or AWS-LC with the feature `aws-lc`. Whatever differs between them is here.

#[cfg(feature = "aws-lc")]
pub(super) use aws_lc_rs::{digest, signature};
#[cfg(feature = "aws-lc")]
pub(super) use with_aws_lc::{
    BITS_MULTIPLE_TO_SIGN, LEAST_EXPONENT_TO_SIGN, MOST_BITS_TO_SIGN, PreparedRsaKey, sign_ed25519, sign_rsa,
};
#[cfg(not(feature = "aws-lc"))]
pub(super) use {
    ring::{digest, signature},
    with_ring::{
        BITS_MULTIPLE_TO_SIGN, LEAST_EXPONENT_TO_SIGN, MOST_BITS_TO_SIGN, PreparedRsaKey, sign_ed25519,
        sign_rsa,
    },
};

/// Bits of the modulus that RSA signs with at least. RFC 8301 §3.2 forbids less than 1024 and advises 2048; both
/// libraries stand on the advice.
pub(super) const LEAST_BITS_TO_SIGN: u32 = 2048;

#[cfg(feature = "aws-lc")]
mod with_aws_lc {
    use aws_lc_rs::digest::{SHA256, digest};
    use aws_lc_rs::signature::{
        Ed25519KeyPair, ParsedPublicKey, RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY, RSA_PKCS1_SHA256,
        RsaKeyPair, RsaPublicKeyComponents,
    };

    pub(crate) const MOST_BITS_TO_SIGN: u32 = 8192;
    pub(crate) const BITS_MULTIPLE_TO_SIGN: u32 = 1;
    pub(crate) const LEAST_EXPONENT_TO_SIGN: u64 = 3;

    /// What is computed from an RSA public key once; nothing, if the library takes no such key.
    #[derive(Clone)]
    pub(crate) struct PreparedRsaKey(Option<ParsedPublicKey>);

    impl PreparedRsaKey {
        pub(crate) fn new(modulus: &[u8], exponent: &[u8]) -> Self {
            let key = RsaPublicKeyComponents { n: modulus, e: exponent };
            Self(key.to_parsed_public_key(&RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY).ok())
        }

        pub(crate) fn verify(
            &self,
            _modulus: &[u8],
            _exponent: &[u8],
            message: &[u8],
            signature: &[u8],
        ) -> bool {
            self.0.as_ref().is_some_and(|key| key.verify_sig(message, signature).is_ok())
        }
    }

    /// Fills `signature`, which is as long as the modulus.
    pub(crate) fn sign_rsa(pair: &RsaKeyPair, message: &[u8], signature: &mut [u8]) -> Option<()> {
        pair.sign_digest(&RSA_PKCS1_SHA256, &digest(&SHA256, message), signature).ok()
    }

    pub(crate) fn sign_ed25519(pair: &Ed25519KeyPair, message: &[u8]) -> Option<Vec<u8>> {
        pair.try_sign(message).ok().map(|signature| signature.as_ref().to_vec())
    }
}

#[cfg(not(feature = "aws-lc"))]
mod with_ring {
    use ring::signature::{
        Ed25519KeyPair, RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY, RSA_PKCS1_SHA256, RsaKeyPair,
        RsaPublicKeyComponents,
    };

    pub(crate) const MOST_BITS_TO_SIGN: u32 = 4096;
    /// Each of the two primes has a multiple of 512 bits.
    pub(crate) const BITS_MULTIPLE_TO_SIGN: u32 = 1024;
    pub(crate) const LEAST_EXPONENT_TO_SIGN: u64 = 65537;

    /// ring reads a public key again for every signature.
    #[derive(Clone)]
    pub(crate) struct PreparedRsaKey;

    impl PreparedRsaKey {
        pub(crate) const fn new(_modulus: &[u8], _exponent: &[u8]) -> Self {
            Self
        }

        pub(crate) fn verify(&self, n: &[u8], e: &[u8], message: &[u8], signature: &[u8]) -> bool {
            let key = RsaPublicKeyComponents { n, e };
            key.verify(&RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY, message, signature).is_ok()
        }
    }

    /// Fills `signature`, which is as long as the modulus.
    pub(crate) fn sign_rsa(pair: &RsaKeyPair, message: &[u8], signature: &mut [u8]) -> Option<()> {
        // The function wants a source of randomness for PSS; RSASSA-PKCS1-v1_5 takes nothing from it.
        let unused = ring::rand::SystemRandom::new();
        pair.sign(&RSA_PKCS1_SHA256, &unused, message, signature).ok()
    }

    pub(crate) fn sign_ed25519(pair: &Ed25519KeyPair, message: &[u8]) -> Option<Vec<u8>> {
        Some(pair.sign(message).as_ref().to_vec())
    }
}
