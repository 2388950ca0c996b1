//! Private keys.

use super::backend::{self, signature};
use super::ed25519::{Ed25519Key, KEY_OCTETS};
use super::private_key::PrivateKey;
use super::rsa::RsaKey;
use super::{pem, unusable_key::UnusableKey};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use memchr::memmem;
use std::fmt;
use std::sync::Arc;

/// A private key that signs or seals.
///
/// It is shared by all its clones, may be used by several threads at once, and is never printed.
///
/// Every copy of the key that is made in reading it (decoded text, DER, seed) is cleared in memory before it is given
/// back. What is kept is the form in which the cryptographic library computes: AWS-LC (feature `aws-lc`) clears it when
/// the last clone is dropped; `ring`, the default, does not clear it. The octets that were read belong to the caller.
#[derive(Clone)]
pub struct SigningKey(Arc<Pair>);

/// What a key is for (RFC 6376 §3.6.1 `k=`, RFC 8463 §4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeyType {
    /// Ed25519.
    Ed25519,
    /// RSA.
    Rsa,
}

enum Pair {
    Ed25519 { pair: signature::Ed25519KeyPair, public: Ed25519Key },
    Rsa { pair: signature::RsaKeyPair, public: RsaKey },
}

impl SigningKey {
    /// Octets of a key file at most; an RSA key of 8192 bits has about 6,500 in PEM.
    pub const MAX_OCTETS: usize = 65_536;

    /// Reads what a key file holds: PEM as in [`SigningKey::from_pem`], octets as in [`SigningKey::from_der`], or those
    /// octets in base64, which is how DKIM tools keep the seed of an Ed25519 key.
    ///
    /// # Errors
    /// [`UnusableKey`], with what the file is instead.
    pub fn read(octets: &[u8]) -> Result<Self, UnusableKey> {
        check_size(octets)?;
        if pem::has_block(octets) {
            return Self::from_pem(octets);
        }
        if !octets.iter().all(|octet| matches!(octet, b'\t'..=b'\r' | b' '..=b'~')) {
            return Self::from_der(octets);
        }
        if octets.trim_ascii().is_empty() {
            return Err(UnusableKey::Empty);
        }
        if is_public_key_as_text(octets) {
            return Err(UnusableKey::PublicKey);
        }
        let is_base64 = |octet: &u8| {
            octet.is_ascii_alphanumeric() || octet.is_ascii_whitespace() || b"+/=".contains(octet)
        };
        if !octets.iter().all(is_base64) {
            return Err(UnusableKey::NotFound);
        }
        Self::from_der(&pem::decode(octets)?)
    }

    /// Reads a private key in PEM (RFC 7468): `PRIVATE KEY` or `RSA PRIVATE KEY`, with any text and any other blocks
    /// but private keys around it.
    ///
    /// # Errors
    /// [`UnusableKey`], with what the text is instead.
    pub fn from_pem(text: &[u8]) -> Result<Self, UnusableKey> {
        check_size(text)?;
        if text.trim_ascii().is_empty() {
            return Err(UnusableKey::Empty);
        }
        Self::from_der(&pem::private_key(text)?)
    }

    /// Reads a private key in DER: PKCS#8 of RSA or Ed25519 (RFC 5208, RFC 5958, RFC 8410), PKCS#1 of RSA (RFC 8017
    /// appendix A.1.2); or the 32 octets of an Ed25519 key itself (RFC 8032 §5.1.5), with or without the public key
    /// behind them.
    ///
    /// # Errors
    /// [`UnusableKey`], with what the octets are instead.
    pub fn from_der(octets: &[u8]) -> Result<Self, UnusableKey> {
        check_size(octets)?;
        if let Ok(seed) = octets.try_into() {
            return Self::ed25519(seed, None);
        }
        let key = match (PrivateKey::from_der(octets), octets.split_first_chunk()) {
            (Err(UnusableKey::BrokenDer), Some((seed, public))) if public.len() == KEY_OCTETS => {
                PrivateKey::Ed25519 { seed, public: Some(public) }
            }
            (key, _) => key?,
        };
        match key {
            PrivateKey::Ed25519 { seed, public } => Self::ed25519(seed, public),
            PrivateKey::Rsa { der, public } => Self::rsa(der, public),
        }
    }

    /// RSA or Ed25519.
    pub fn key_type(&self) -> KeyType {
        match &*self.0 {
            Pair::Ed25519 { .. } => KeyType::Ed25519,
            Pair::Rsa { .. } => KeyType::Rsa,
        }
    }

    /// The length of the key in bits: that of the modulus, or 256.
    pub fn bits(&self) -> u32 {
        match &*self.0 {
            Pair::Ed25519 { .. } => Ed25519Key::BITS,
            Pair::Rsa { public, .. } => public.bits(),
        }
    }

    /// What `p=` of a key record publishes, before base64: a SubjectPublicKeyInfo in DER for RSA (RFC 6376 §3.6.1), the
    /// 32 octets of the key for Ed25519 (RFC 8463 §4.2).
    pub fn public_key(&self) -> Vec<u8> {
        match &*self.0 {
            Pair::Ed25519 { public, .. } => public.octets().to_vec(),
            Pair::Rsa { public, .. } => public.to_der(),
        }
    }

    /// Whether the octets of a published `p=` are the public key of this one. An RSA key may also be published as a
    /// bare RSAPublicKey (RFC 8017 appendix A.1.1).
    pub fn matches_public_key(&self, octets: &[u8]) -> bool {
        match &*self.0 {
            Pair::Ed25519 { public, .. } => public.octets() == octets,
            Pair::Rsa { public, .. } => RsaKey::from_der(octets).is_ok_and(|published| published == *public),
        }
    }

    /// The text of the key record (RFC 6376 §3.6.1), as one line: `v=DKIM1; k=ed25519; p=…`.
    pub fn record(&self) -> String {
        format!("v=DKIM1; k={}; p={}", self.key_type().word(), STANDARD.encode(self.public_key()))
    }

    /// The signature over `message`: RSASSA-PKCS1-v1_5 with SHA-256 (RFC 6376 §3.3.2), or PureEdDSA, whose message
    /// is a hash already (RFC 8463 §3). A key that was read has signed before; the library refuses only what its own
    /// check finds to be miscomputed.
    pub(crate) fn sign(&self, message: &[u8]) -> Option<Vec<u8>> {
        match &*self.0 {
            Pair::Ed25519 { pair, .. } => backend::sign_ed25519(pair, message),
            Pair::Rsa { pair, public } => {
                let mut signature = vec![0; public.octets()];
                backend::sign_rsa(pair, message, &mut signature)?;
                Some(signature)
            }
        }
    }

    fn ed25519(seed: &[u8; KEY_OCTETS], public: Option<&[u8]>) -> Result<Self, UnusableKey> {
        use signature::KeyPair as _;
        let pair =
            signature::Ed25519KeyPair::from_seed_unchecked(seed).map_err(|_| UnusableKey::Inconsistent)?;
        let derived = pair.public_key().as_ref();
        if public.is_some_and(|public| public != derived) {
            return Err(UnusableKey::Inconsistent);
        }
        let public = Ed25519Key::new(derived).ok_or(UnusableKey::Inconsistent)?;
        Ok(Self(Arc::new(Pair::Ed25519 { pair, public })))
    }

    fn rsa(der: &[u8], public: RsaKey) -> Result<Self, UnusableKey> {
        let pair = signature::RsaKeyPair::from_der(der).map_err(|_| UnusableKey::Inconsistent)?;
        let key = Self(Arc::new(Pair::Rsa { pair, public: public.clone() }));
        // Not every library compares all numbers of a key in reading it; a wrong one makes a wrong signature.
        let signature = key.sign(b"").ok_or(UnusableKey::Inconsistent)?;
        if !public.verify(b"", &signature) {
            return Err(UnusableKey::Inconsistent);
        }
        Ok(key)
    }
}

impl KeyType {
    /// The word for `k=` of a key record: `rsa` or `ed25519`.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Ed25519 => "ed25519",
            Self::Rsa => "rsa",
        }
    }
}

impl fmt::Debug for SigningKey {
    /// Nothing of the key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({:?}, {} bits)", self.key_type(), self.bits())
    }
}

const fn check_size(octets: &[u8]) -> Result<(), UnusableKey> {
    match octets.len() {
        0 => Err(UnusableKey::Empty),
        1..=SigningKey::MAX_OCTETS => Ok(()),
        _ => Err(UnusableKey::TooLarge),
    }
}

/// A key record, or a public key as OpenSSH writes it.
fn is_public_key_as_text(text: &[u8]) -> bool {
    let text = text.trim_ascii();
    memmem::find(text, b"v=DKIM1").is_some() || text.starts_with(b"ssh-") || text.starts_with(b"ecdsa-")
}

#[cfg(test)]
mod tests {
    use super::*;

    const RSA: &[u8] = include_bytes!("../../tests/data/keys/rsa2048.pk8");

    /// RFC 8032 §7.1, test 1: signatures are determined by key and message.
    #[test]
    fn signs_as_rfc_8032_says() {
        let seed = STANDARD.decode("nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=").unwrap();
        let signature = SigningKey::from_der(&seed).unwrap().sign(b"").unwrap();
        assert_eq!(
            STANDARD.encode(signature),
            "5VZDAMNgrHKQhuLMgG6CioSHfx645dl02HPgZSJJAVVfuIIVkKM7rMYeOXAc+bRr0lv18FlbviRlUUFDjnoQCw=="
        );
    }

    #[test]
    fn rsa_signs_the_same_every_time_as_its_public_key_says() {
        let key = SigningKey::from_der(RSA).unwrap();
        let signature = key.sign(b"message").unwrap();
        assert_eq!((signature.len(), key.clone().sign(b"message").unwrap() == signature), (256, true));
        let public = RsaKey::from_der(&key.public_key()).unwrap();
        assert!(public.verify(b"message", &signature));
        assert!(!public.verify(b"massage", &signature));
    }
}
