//! Public keys as SubjectPublicKeyInfo in DER (RFC 5280 §4.1).

use super::der;

/// The algorithm of RSA keys with its parameters, which are NULL (RFC 3279 §2.3.1).
const RSA_ALGORITHM: [u8; 15] =
    [0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00];

/// The algorithm of Ed25519 keys (RFC 8410 §3).
const ED25519_ALGORITHM: [u8; 7] = [0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70];

/// An RSA key of these numbers, which have no leading zero octets.
pub(super) fn rsa(modulus: &[u8], exponent: &[u8]) -> Vec<u8> {
    let key = element(der::SEQUENCE, &[natural(modulus), natural(exponent)].concat());
    info(&RSA_ALGORITHM, &key)
}

/// An Ed25519 key (RFC 8410 §4).
pub(super) fn ed25519(key: &[u8]) -> Vec<u8> {
    info(&ED25519_ALGORITHM, key)
}

fn info(algorithm: &[u8], key: &[u8]) -> Vec<u8> {
    let bits = element(der::BIT_STRING, &[&[0], key].concat());
    element(der::SEQUENCE, &[algorithm, bits.as_slice()].concat())
}

/// A number with the zero octet that keeps it above zero.
fn natural(number: &[u8]) -> Vec<u8> {
    let sign: &[u8] = if matches!(number, [0x80..=0xff, ..]) { &[0] } else { &[] };
    element(der::INTEGER, &[sign, number].concat())
}

fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let octets = content.len().to_be_bytes();
    let length = octets.iter().position(|octet| *octet != 0).and_then(|start| octets.get(start..));
    let mut out = vec![tag];
    match length {
        None => out.push(0),
        Some([short @ 0..=0x7f]) => out.push(*short),
        Some(long) => {
            out.push(0x80 | u8::try_from(long.len()).unwrap_or(0x7f));
            out.extend_from_slice(long);
        }
    }
    out.extend_from_slice(content);
    out
}
