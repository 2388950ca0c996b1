//! Private keys.

use std::fmt;

/// A private key that signs or seals.
pub struct SigningKey(Pair);

/// What a key is for (RFC 6376 §3.6.1 `k=`, RFC 8463 §4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeyType {
    /// Ed25519.
    Ed25519,
    /// RSA.
    Rsa,
}

/// Why octets are no private key that could sign.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UnusableKey {
    /// They are no key of a known form.
    #[error("no private key in PEM was found")]
    Malformed,
}

enum Pair {
    Rsa(ring::signature::RsaKeyPair),
    Ed25519(ring::signature::Ed25519KeyPair),
}

impl SigningKey {
    /// Reads a private key in PEM.
    ///
    /// # Errors
    /// [`UnusableKey`], when it is none.
    pub fn from_pem(text: &[u8]) -> Result<Self, UnusableKey> {
        use base64::Engine as _;
        let text = std::str::from_utf8(text).map_err(|_| UnusableKey::Malformed)?;
        let body: String = text.lines().filter(|line| !line.starts_with("-----")).collect();
        let der = base64::engine::general_purpose::STANDARD
            .decode(body.trim())
            .map_err(|_| UnusableKey::Malformed)?;
        if text.contains("BEGIN RSA PRIVATE KEY") {
            let pair = ring::signature::RsaKeyPair::from_der(&der).map_err(|_| UnusableKey::Malformed)?;
            return Ok(Self(Pair::Rsa(pair)));
        }
        if let Ok(pair) = ring::signature::Ed25519KeyPair::from_pkcs8_maybe_unchecked(&der) {
            return Ok(Self(Pair::Ed25519(pair)));
        }
        let pair = ring::signature::RsaKeyPair::from_pkcs8(&der).map_err(|_| UnusableKey::Malformed)?;
        Ok(Self(Pair::Rsa(pair)))
    }

    /// RSA or Ed25519.
    pub const fn key_type(&self) -> KeyType {
        match self.0 {
            Pair::Rsa(_) => KeyType::Rsa,
            Pair::Ed25519(_) => KeyType::Ed25519,
        }
    }

    /// The TXT record that publishes the public half of the key (RFC 6376 §3.6.1).
    pub fn record(&self) -> String {
        use base64::Engine as _;
        use ring::signature::KeyPair as _;
        let (kind, data) = match &self.0 {
            Pair::Ed25519(pair) => ("ed25519", pair.public_key().as_ref().to_vec()),
            Pair::Rsa(pair) => {
                let key = super::RsaKey::from_der(pair.public_key().as_ref());
                ("rsa", key.map(|key| key.spki()).unwrap_or_default())
            }
        };
        format!("v=DKIM1; k={kind}; p={}", base64::engine::general_purpose::STANDARD.encode(data))
    }

    /// The signature over `message`: RSASSA-PKCS1-v1_5 with SHA-256 (RFC 6376 §3.3.2), or PureEdDSA, whose message
    /// is a hash already (RFC 8463 §3).
    pub(crate) fn sign(&self, message: &[u8]) -> Option<Vec<u8>> {
        match &self.0 {
            Pair::Ed25519(pair) => Some(pair.sign(message).as_ref().to_vec()),
            Pair::Rsa(pair) => {
                let mut signature = vec![0; pair.public().modulus_len()];
                let random = ring::rand::SystemRandom::new();
                pair.sign(&ring::signature::RSA_PKCS1_SHA256, &random, message, &mut signature).ok()?;
                Some(signature)
            }
        }
    }
}

impl fmt::Debug for SigningKey {
    /// Nothing of the key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({:?})", self.key_type())
    }
}
