//! RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017 §8.2).

use super::MalformedKey;
use super::backend::PreparedRsaKey;
use super::der::{self, Reader};
use std::fmt;

/// `1.2.840.113549.1.1.1`, rsaEncryption (RFC 8017 appendix A.1).
pub(super) const RSA_ENCRYPTION: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];

/// Multiplications for a public exponent at most: those of 65537, which nearly every key has. RFC 6376 §3.3.1 advises it,
/// and §8.13 to refuse keys with unreasonable exponents: they make every signature cost up to four times as much.
const MAX_MULTIPLICATIONS: u32 = 17;

/// An RSA public key of any size; [`RsaKey::verify`] only ever accepts 1024 to 8192 bits.
#[derive(Clone)]
pub(crate) struct RsaKey {
    modulus: Box<[u8]>,
    exponent: Box<[u8]>,
    bits: u32,
    prepared: PreparedRsaKey,
}

impl RsaKey {
    /// Reads a SubjectPublicKeyInfo (RFC 5280 §4.1) or an RSAPublicKey (RFC 8017 appendix A.1.1), in DER.
    pub(crate) fn from_der(octets: &[u8]) -> Result<Self, MalformedKey> {
        let mut outer = Reader::new(octets);
        let (length, content) = outer.announced(der::SEQUENCE).ok_or(MalformedKey::Malformed)?;
        if is_private(content) {
            return Err(MalformedKey::Private);
        }
        if content.len() < length {
            return Err(MalformedKey::Cut);
        }
        let body = outer.read(der::SEQUENCE).ok_or(MalformedKey::Malformed)?;
        if !outer.is_at_end() {
            return Err(MalformedKey::Malformed);
        }
        let key = match Reader::new(body).read(der::SEQUENCE) {
            Some(_) => public_key_info(body).ok_or(MalformedKey::Malformed)?,
            None => body,
        };
        Self::from_sequence(key).ok_or(MalformedKey::Malformed)
    }

    /// Bits of the modulus.
    pub(crate) const fn bits(&self) -> u32 {
        self.bits
    }

    /// Whether `signature` is this key's over `message`, padding compared in full (RFC 8017 §8.2.2).
    pub(crate) fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        self.prepared.verify(&self.modulus, &self.exponent, message, signature)
    }

    /// The key as a SubjectPublicKeyInfo in DER (RFC 3279 §2.3.1).
    pub(crate) fn to_der(&self) -> Vec<u8> {
        let numbers = [&*der::natural(&self.modulus), &der::natural(&self.exponent)];
        let key = der::element(der::SEQUENCE, &numbers);
        let algorithm = [&*der::element(der::OBJECT_IDENTIFIER, &[RSA_ENCRYPTION]), &[der::NULL, 0]];
        let info = [
            &*der::element(der::SEQUENCE, &algorithm),
            // No bit of the last octet is unused.
            &der::element(der::BIT_STRING, &[&[0], &key]),
        ];
        der::element(der::SEQUENCE, &info)
    }

    /// Octets of the modulus, and of every signature.
    pub(super) const fn octets(&self) -> usize {
        self.modulus.len()
    }

    /// The content of an RSAPublicKey: the modulus and the public exponent.
    fn from_sequence(body: &[u8]) -> Option<Self> {
        let mut numbers = Reader::new(body);
        let modulus = numbers.read_natural()?;
        let exponent = numbers.read_natural()?;
        if !numbers.is_at_end() {
            return None;
        }
        Self::from_numbers(modulus, exponent)
    }

    /// The key of a modulus and a public exponent without leading zero octets.
    pub(super) fn from_numbers(modulus: &[u8], exponent: &[u8]) -> Option<Self> {
        let is_possible = is_odd(modulus)
            && is_odd(exponent)
            && exponent != [1]
            && multiplications(exponent)? <= MAX_MULTIPLICATIONS;
        let bits = bit_length(modulus)?;
        is_possible.then(|| Self {
            modulus: modulus.into(),
            exponent: exponent.into(),
            bits,
            prepared: PreparedRsaKey::new(modulus, exponent),
        })
    }
}

impl PartialEq for RsaKey {
    fn eq(&self, other: &Self) -> bool {
        self.modulus == other.modulus && self.exponent == other.exponent
    }
}

impl Eq for RsaKey {}

impl fmt::Debug for RsaKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RsaKey")
            .field("modulus", &self.modulus)
            .field("exponent", &self.exponent)
            .finish_non_exhaustive()
    }
}

/// Whether octets are a private key of any kind, or the begin of one, in DER.
pub(crate) fn is_private_key(octets: &[u8]) -> bool {
    Reader::new(octets).announced(der::SEQUENCE).is_some_and(|(_, content)| is_private(content))
}

/// A private key begins with its version, 0 or 1 (RFC 8017 appendix A.1.2, RFC 5208 §5).
fn is_private(content: &[u8]) -> bool {
    matches!(Reader::new(content).read(der::INTEGER), Some([0 | 1]))
}

/// The RSAPublicKey inside the content of a SubjectPublicKeyInfo.
fn public_key_info(body: &[u8]) -> Option<&[u8]> {
    let mut info = Reader::new(body);
    let mut algorithm = Reader::new(info.read(der::SEQUENCE)?);
    if algorithm.read(der::OBJECT_IDENTIFIER)? != RSA_ENCRYPTION {
        return None;
    }
    // RFC 3279 §2.3.1: the parameters are NULL; some leave them out.
    let has_parameters = !algorithm.is_at_end();
    if has_parameters && !algorithm.read(der::NULL)?.is_empty() {
        return None;
    }
    let [0, key @ ..] = info.read(der::BIT_STRING)? else {
        return None;
    };
    let mut key = Reader::new(key);
    let sequence = key.read(der::SEQUENCE)?;
    (algorithm.is_at_end() && info.is_at_end() && key.is_at_end()).then_some(sequence)
}

/// A square for each bit but the first, a product for each further bit that is set.
fn multiplications(exponent: &[u8]) -> Option<u32> {
    let ones: u32 = exponent.iter().map(|octet| octet.count_ones()).sum();
    (bit_length(exponent)? + ones).checked_sub(2)
}

fn is_odd(number: &[u8]) -> bool {
    number.last().is_some_and(|octet| octet & 1 == 1)
}

/// Bits of a number without leading zero octets.
pub(super) fn bit_length(number: &[u8]) -> Option<u32> {
    let first = number.first()?;
    u32::try_from(number.len()).ok()?.checked_mul(8)?.checked_sub(first.leading_zeros())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_small_keys_and_refuses_what_is_none() {
        let key = RsaKey::from_der(&[0x30, 6, 2, 1, 0x23, 2, 1, 3]).unwrap();
        assert_eq!((key.bits(), &*key.exponent), (6, &[3][..]));
        for broken in [
            &[][..],
            &[0x30, 0],
            &[0x30, 6, 2, 1, 0x22, 2, 1, 3],
            &[0x30, 6, 2, 1, 0x23, 2, 1, 1],
            &[0x30, 6, 2, 1, 0x23, 2, 1, 4],
            &[0x30, 6, 2, 1, 0xa3, 2, 1, 3],
            &[0x30, 6, 2, 1, 0x23, 2, 1, 3, 0],
            &[0x30, 8, 2, 1, 0x23, 2, 1, 3, 5, 0],
            &[0x30, 0x81, 6, 2, 1, 0x23, 2, 1, 3],
            &[0x30, 7, 2, 2, 0, 0x23, 2, 1, 3],
        ] {
            assert_eq!(RsaKey::from_der(broken), Err(MalformedKey::Malformed), "{broken:?}");
        }
        assert_eq!(RsaKey::from_der(&[0x30, 6, 2, 1, 0, 2, 1, 3]), Err(MalformedKey::Private));
    }
}
