//! What may be told of a key: never more than its public half.

use mailproof::KeyType;
use mailproof::dkim::KeyRecord;
use serde_json::{Value, json};

/// What stands before an Ed25519 key in a SubjectPublicKeyInfo in DER (RFC 8410 §4).
const ED25519_INFO: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

/// The type and the length of a key.
pub(super) fn kind(key: &KeyRecord) -> String {
    match key.key_type() {
        KeyType::Ed25519 => "Ed25519".to_owned(),
        other => format!("{} {} bits", other.word().to_uppercase(), key.bits()),
    }
}

/// The SHA-256 digest of the public key, as `openssl pkey -pubout -outform DER | sha256sum` tells it.
pub(super) fn fingerprint(key: &KeyRecord) -> String {
    let mut info = key.public_key();
    if key.key_type() == KeyType::Ed25519 {
        info.splice(..0, ED25519_INFO);
    }
    let digest = ring::digest::digest(&ring::digest::SHA256, &info);
    digest.as_ref().iter().map(|octet| format!("{octet:02x}")).collect()
}

/// The same as JSON.
pub(super) fn json(key: &KeyRecord) -> Value {
    json!({ "type": key.key_type().word(), "bits": key.bits(), "sha256": fingerprint(key) })
}
