//! Private keys in DER: PKCS#8 (RFC 5208, RFC 5958) and PKCS#1 (RFC 8017 appendix A.1.2); and what is mistaken for them.

use super::backend::{LEAST_BITS_TO_SIGN, LEAST_EXPONENT_TO_SIGN, MOST_BITS_TO_SIGN};
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
        let body = only_sequence(octets).ok_or(UnusableKey::BrokenDer)?;
        let mut fields = Reader::new(body);
        if fields.next_tag() == Some(der::SEQUENCE) {
            return Err(without_version(body));
        }
        let version = fields.read(der::INTEGER).ok_or(UnusableKey::BrokenDer)?;
        match (fields.next_tag(), version) {
            (Some(der::SEQUENCE), [0 | 1]) => Self::from_pkcs8(fields).ok_or(UnusableKey::BrokenDer)?,
            (Some(der::INTEGER), _) => Self::from_pkcs1(octets, body),
            // RFC 5915 §3.
            (Some(der::OCTET_STRING), [1]) => Err(UnusableKey::Foreign(ForeignKey::Ec)),
            _ => Err(UnusableKey::BrokenDer),
        }
    }

    /// What follows the version. RFC 5208 §5: the algorithm, the key, attributes. RFC 5958 §2: and the public key.
    fn from_pkcs8(mut fields: Reader<'a>) -> Option<Result<Self, UnusableKey>> {
        let mut algorithm = Reader::new(fields.read(der::SEQUENCE)?);
        let name = algorithm.read(der::OBJECT_IDENTIFIER)?;
        if let Some(foreign) = foreign(name) {
            return Some(Err(UnusableKey::Foreign(foreign)));
        }
        let key = fields.read(der::OCTET_STRING)?;
        if fields.next_tag() == Some(ATTRIBUTES) {
            fields.read(ATTRIBUTES)?;
        }
        let public = match fields.next_tag() {
            None => None,
            Some(WRAPPED_PUBLIC_KEY) => {
                Some(Reader::new(fields.read(WRAPPED_PUBLIC_KEY)?).read(der::BIT_STRING)?)
            }
            Some(_) => Some(fields.read(PUBLIC_KEY)?),
        };
        let public = match public {
            None => None,
            Some(public) => Some(public.strip_prefix(&[0])?),
        };
        if !fields.is_at_end() {
            return None;
        }
        if name == RSA_ENCRYPTION {
            // RFC 8017 appendix A.1: the parameters are NULL; some leave them out.
            let is_plain = algorithm.is_at_end() || algorithm.read(der::NULL)?.is_empty();
            return (is_plain && algorithm.is_at_end()).then(|| {
                let body = only_sequence(key).ok_or(UnusableKey::BrokenDer)?;
                Self::from_pkcs1(key, body)
            });
        }
        // RFC 8410 §7: an OCTET STRING within the OCTET STRING, and no parameters.
        let mut inner = Reader::new(key);
        let seed = inner.read(der::OCTET_STRING)?.try_into().ok()?;
        (inner.is_at_end() && algorithm.is_at_end()).then_some(Ok(Self::Ed25519 { seed, public }))
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
        if !can_sign_with(exponent) {
            return Err(UnusableKey::RsaExponent);
        }
        let public = RsaKey::from_numbers(modulus, exponent).ok_or(UnusableKey::Inconsistent)?;
        Ok(Self::Rsa { der: octets, public })
    }
}

/// The content of a SEQUENCE that nothing follows.
fn only_sequence(octets: &[u8]) -> Option<&[u8]> {
    let mut outer = Reader::new(octets);
    let body = outer.read(der::SEQUENCE)?;
    outer.is_at_end().then_some(body)
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

/// What an algorithm of PKCS#8 is, if it is not one of ours.
fn foreign(name: &[u8]) -> Option<ForeignKey> {
    Some(match name {
        RSA_ENCRYPTION | ED25519 => return None,
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
    })
}
