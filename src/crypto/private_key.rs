//! Private keys in DER: PKCS#8 (RFC 5208, RFC 5958) and PKCS#1 (RFC 8017 appendix A.1.2); and what is mistaken for them.

use super::backend::{BITS_MULTIPLE_TO_SIGN, LEAST_BITS_TO_SIGN, LEAST_EXPONENT_TO_SIGN, MOST_BITS_TO_SIGN};
use super::der::{self, Reader};
use super::ed25519::KEY_OCTETS;
use super::rsa::{RSA_ENCRYPTION, RsaKey, bit_length};
use super::unusable_key::{ForeignKey, UnusableKey};

/// `1.3.101.112` (RFC 8410 §3).
const ED25519: &[u8] = &[0x2b, 0x65, 0x70];

/// `[0]` with the attributes of PKCS#8.
const ATTRIBUTES: u8 = 0xa0;

/// `[1]` with the public key in version 2 of PKCS#8 (RFC 5958 §2): a BIT STRING.
const PUBLIC_KEY: u8 = 0x81;

/// The same as some write it, with the BIT STRING inside.
const WRAPPED_PUBLIC_KEY: u8 = 0xa1;

/// What a private key consists of.
pub(super) enum PrivateKey<'a> {
    Ed25519 {
        seed: &'a [u8; KEY_OCTETS],
        /// The public key, if it stands beside the seed.
        public: Option<&'a [u8]>,
    },
    Rsa {
        /// An RSAPrivateKey.
        der: &'a [u8],
        public: RsaKey,
    },
}

impl<'a> PrivateKey<'a> {
    /// Reads a PrivateKeyInfo, a OneAsymmetricKey or an RSAPrivateKey.
    pub(super) fn from_der(octets: &'a [u8]) -> Result<Self, UnusableKey> {
        let body = only(der::SEQUENCE, octets).ok_or(UnusableKey::BrokenDer)?;
        let mut fields = Reader::new(body);
        if fields.next_tag() == Some(der::SEQUENCE) {
            return Err(without_version(body));
        }
        let version = fields.read(der::INTEGER).ok_or(UnusableKey::BrokenDer)?;
        match (fields.next_tag(), version) {
            (Some(der::SEQUENCE), [0 | 1]) => {
                Self::from_pkcs8(&PrivateKeyInfo::read(fields).ok_or(UnusableKey::BrokenDer)?)
            }
            (Some(der::INTEGER), _) => Self::from_pkcs1(octets, body),
            // RFC 5915 §3.
            (Some(der::OCTET_STRING), [1]) => Err(UnusableKey::Foreign(ForeignKey::Ec)),
            _ => Err(UnusableKey::BrokenDer),
        }
    }

    fn from_pkcs8(info: &PrivateKeyInfo<'a>) -> Result<Self, UnusableKey> {
        match (info.algorithm, info.parameters) {
            // RFC 8017 appendix A.1: the parameters are NULL; some leave them out.
            (RSA_ENCRYPTION, [] | [der::NULL, 0]) => {
                let body = only(der::SEQUENCE, info.key).ok_or(UnusableKey::BrokenDer)?;
                Self::from_pkcs1(info.key, body)
            }
            // RFC 8410 §3 and §7: no parameters, and an OCTET STRING within the OCTET STRING.
            (ED25519, []) => {
                let seed = only(der::OCTET_STRING, info.key).and_then(|seed| seed.try_into().ok());
                Ok(Self::Ed25519 { seed: seed.ok_or(UnusableKey::BrokenDer)?, public: info.public })
            }
            (RSA_ENCRYPTION | ED25519, _) => Err(UnusableKey::BrokenDer),
            (other, _) => Err(UnusableKey::Foreign(foreign(other))),
        }
    }

    /// RFC 8017 appendix A.1.2: the version, `n`, `e`, `d` and five numbers more.
    fn from_pkcs1(octets: &'a [u8], body: &'a [u8]) -> Result<Self, UnusableKey> {
        match numbers(body) {
            // RFC 8017 appendix A.1.1.
            Some(2) => return Err(UnusableKey::PublicKey),
            // The version, p, q, g and the two keys, as OpenSSL writes it.
            Some(6) => return Err(UnusableKey::Foreign(ForeignKey::Dsa)),
            _ => {}
        }
        let mut fields = Reader::new(body);
        match fields.read(der::INTEGER) {
            Some([0]) => {}
            Some([1]) => return Err(UnusableKey::MultiPrime),
            _ => return Err(UnusableKey::BrokenDer),
        }
        let modulus = fields.read_natural().ok_or(UnusableKey::BrokenDer)?;
        let exponent = fields.read_natural().ok_or(UnusableKey::BrokenDer)?;
        if numbers(body) != Some(9) {
            return Err(UnusableKey::BrokenDer);
        }
        let bits = bit_length(modulus).ok_or(UnusableKey::BrokenDer)?;
        if bits < LEAST_BITS_TO_SIGN {
            return Err(UnusableKey::RsaTooShort { bits });
        }
        if bits > MOST_BITS_TO_SIGN {
            return Err(UnusableKey::RsaTooLong { bits });
        }
        // The product of two primes of so many bits may have one bit less than both together.
        if bits.next_multiple_of(BITS_MULTIPLE_TO_SIGN) - bits > 1 {
            return Err(UnusableKey::RsaLength { bits });
        }
        if !can_sign_with(exponent) {
            return Err(UnusableKey::RsaExponent);
        }
        let public = RsaKey::from_numbers(modulus, exponent).ok_or(UnusableKey::Inconsistent)?;
        Ok(Self::Rsa { der: octets, public })
    }
}

/// RFC 5208 §5, PrivateKeyInfo; RFC 5958 §2, OneAsymmetricKey.
struct PrivateKeyInfo<'a> {
    algorithm: &'a [u8],
    parameters: &'a [u8],
    key: &'a [u8],
    public: Option<&'a [u8]>,
}

impl<'a> PrivateKeyInfo<'a> {
    /// What follows the version.
    fn read(mut fields: Reader<'a>) -> Option<Self> {
        let mut identifier = Reader::new(fields.read(der::SEQUENCE)?);
        let algorithm = identifier.read(der::OBJECT_IDENTIFIER)?;
        let key = fields.read(der::OCTET_STRING)?;
        if fields.next_tag() == Some(ATTRIBUTES) {
            fields.read(ATTRIBUTES)?;
        }
        let bits = match fields.next_tag() {
            None => None,
            Some(WRAPPED_PUBLIC_KEY) => Some(only(der::BIT_STRING, fields.read(WRAPPED_PUBLIC_KEY)?)?),
            Some(_) => Some(fields.read(PUBLIC_KEY)?),
        };
        let public = match bits {
            None => None,
            Some([0, public @ ..]) => Some(public),
            Some(_) => return None,
        };
        fields.is_at_end().then_some(Self { algorithm, parameters: identifier.rest(), key, public })
    }
}

/// The content of an element that nothing follows.
fn only(tag: u8, octets: &[u8]) -> Option<&[u8]> {
    let mut outer = Reader::new(octets);
    let content = outer.read(tag)?;
    outer.is_at_end().then_some(content)
}

/// How many integers there are, if there is nothing else.
fn numbers(body: &[u8]) -> Option<usize> {
    let mut fields = Reader::new(body);
    let mut count = 0;
    while !fields.is_at_end() {
        fields.read(der::INTEGER)?;
        count += 1;
    }
    Some(count)
}

/// Whether a public exponent is one that the library signs with.
fn can_sign_with(exponent: &[u8]) -> bool {
    let mut octets = [0; 8];
    let Some(place) = octets.len().checked_sub(exponent.len()).and_then(|at| octets.get_mut(at..)) else {
        return false;
    };
    place.copy_from_slice(exponent);
    let exponent = u64::from_be_bytes(octets);
    (LEAST_EXPONENT_TO_SIGN..1 << 33).contains(&exponent) && exponent % 2 == 1
}

/// What a structure is that begins with another instead of a version.
fn without_version(body: &[u8]) -> UnusableKey {
    let mut fields = Reader::new(body);
    fields.read(der::SEQUENCE);
    match fields.next_tag() {
        // RFC 5958 §3, EncryptedPrivateKeyInfo.
        Some(der::OCTET_STRING) => UnusableKey::Encrypted,
        // RFC 5280 §4.1, SubjectPublicKeyInfo.
        Some(der::BIT_STRING) => UnusableKey::PublicKey,
        // RFC 5280 §4.1, Certificate.
        Some(der::SEQUENCE) => UnusableKey::Certificate,
        _ => UnusableKey::BrokenDer,
    }
}

/// What an algorithm of PKCS#8 is that is not one of ours.
const fn foreign(name: &[u8]) -> ForeignKey {
    match name {
        // 1.2.840.113549.1.1.10, id-RSASSA-PSS (RFC 8017 appendix A.2.3).
        [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a] => ForeignKey::RsaPss,
        // 1.2.840.10045.2.1, id-ecPublicKey (RFC 5480 §2.1.1).
        [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01] => ForeignKey::Ec,
        // 1.2.840.10040.4.1, id-dsa (RFC 3279 §2.3.2).
        [0x2a, 0x86, 0x48, 0xce, 0x38, 0x04, 0x01] => ForeignKey::Dsa,
        // 1.2.840.113549.1.3.1 of PKCS#3, and 1.2.840.10046.2.1 (RFC 3279 §2.3.3).
        [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x03, 0x01]
        | [0x2a, 0x86, 0x48, 0xce, 0x3e, 0x02, 0x01] => ForeignKey::Dh,
        // 1.3.101.110, 111 and 113 (RFC 8410 §3).
        [0x2b, 0x65, 0x6e] => ForeignKey::X25519,
        [0x2b, 0x65, 0x6f] => ForeignKey::X448,
        [0x2b, 0x65, 0x71] => ForeignKey::Ed448,
        _ => ForeignKey::Unknown,
    }
}
