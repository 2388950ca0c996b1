//! Why a key file cannot sign.

use std::fmt;

/// Why octets are no private key that could sign. No text and no field holds anything of the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum UnusableKey {
    /// There is nothing, or white space only.
    #[error("the key file is empty")]
    Empty,
    /// They are more than 64 KiB, [`SigningKey::MAX_OCTETS`](super::SigningKey::MAX_OCTETS).
    #[error("the key file is larger than 64 KiB: give the file of one private key")]
    TooLarge,
    /// There is no PEM block of a key, and no line of base64.
    #[error("there is no private key: neither PEM nor base64 nor DER")]
    NotFound,
    /// Several private keys stand in one file.
    #[error("the file holds several private keys: keep each in a file of its own")]
    Several,
    /// The key is encrypted with a passphrase (RFC 5958 §3, or RFC 1421 in the way of OpenSSL).
    #[error("the private key is encrypted: decrypt it first, as openssl pkey does")]
    Encrypted,
    /// It is a public key, or a key record.
    #[error("this is a public key: give the private key that belongs to it")]
    PublicKey,
    /// It is a certificate, or a request for one.
    #[error("this is a certificate: give the private key that belongs to it")]
    Certificate,
    /// It is written in the format of OpenSSH.
    #[error("the key is in the format of OpenSSH: give it in PKCS#8, as openssl genpkey writes it")]
    OpenSsh,
    /// It is a key for something else (RFC 6376 §3.3 and RFC 8463 have RSA and Ed25519 only).
    #[error("{0} cannot sign: make an RSA or an Ed25519 key")]
    Foreign(ForeignKey),
    /// The modulus of the RSA key has less than 2048 bits. RFC 8301 §3.2 forbids to sign with less than 1024 and
    /// advises 2048, which is the least that the cryptographic libraries sign with.
    #[error("an RSA key of {bits} bits is too short: make one of 2048 bits")]
    RsaTooShort {
        /// Bits of the modulus.
        bits: u32,
    },
    /// The modulus of the RSA key has more bits than the cryptographic library signs with: 4096 with `ring`, 8192 with
    /// AWS-LC.
    #[error("an RSA key of {bits} bits is too long: make one of 2048 bits")]
    RsaTooLong {
        /// Bits of the modulus.
        bits: u32,
    },
    /// The modulus of the RSA key has a number of bits that the cryptographic library does not sign with: `ring` takes
    /// multiples of 1024 only.
    #[error("an RSA key of {bits} bits is not supported: make one of 2048 bits")]
    RsaLength {
        /// Bits of the modulus.
        bits: u32,
    },
    /// The public exponent of the RSA key is not one that the cryptographic library signs with: from 65537 with
    /// `ring`, from 3 with AWS-LC, and at most 33 bits.
    #[error("the public exponent of the RSA key is not supported: make a key with 65537")]
    RsaExponent,
    /// The RSA key has more than two primes (RFC 8017 §3.2).
    #[error("an RSA key of more than two primes is not supported: make an ordinary one")]
    MultiPrime,
    /// A PEM block has no end, or its end is another's (RFC 7468 §2).
    #[error("the PEM block is cut or damaged: copy the whole file again")]
    BrokenPem,
    /// What should be base64 is none.
    #[error("the base64 of the key is damaged: copy the whole file again")]
    BrokenBase64,
    /// What was decoded is no key in DER.
    #[error("the key is damaged or of an unknown kind: its octets are no private key in DER")]
    BrokenDer,
    /// The parts of the key do not belong to each other.
    #[error("the parts of the key contradict each other: it was damaged or altered")]
    Inconsistent,
}

/// A kind of key that DKIM has no signature for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ForeignKey {
    /// Diffie-Hellman (RFC 3279 §2.3.3, PKCS#3).
    Dh,
    /// DSA (RFC 3279 §2.3.2).
    Dsa,
    /// Elliptic curves in the way of RFC 5480: ECDSA, ECDH, on any curve.
    Ec,
    /// Ed448 (RFC 8410).
    Ed448,
    /// RSA for RSASSA-PSS only (RFC 4055 §1.2), which DKIM does not use.
    RsaPss,
    /// X25519 (RFC 8410), which agrees on keys and does not sign.
    X25519,
    /// X448 (RFC 8410), which agrees on keys and does not sign.
    X448,
    /// Another algorithm.
    Unknown,
}

impl fmt::Display for ForeignKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Dh => "a Diffie-Hellman key",
            Self::Dsa => "a DSA key",
            Self::Ec => "an EC key",
            Self::Ed448 => "an Ed448 key",
            Self::RsaPss => "an RSA-PSS key",
            Self::X25519 => "an X25519 key",
            Self::X448 => "an X448 key",
            Self::Unknown => "a key of an unknown type",
        })
    }
}
