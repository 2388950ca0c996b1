//! What may be told of a key: never more than its public half.

use mailproof::KeyType;
use mailproof::dkim::KeyRecord;
use serde_json::{Value, json};

/// The type of a key, for people.
const fn type_name(key: &KeyRecord) -> &'static str {
    match key.key_type() {
        KeyType::Ed25519 => "Ed25519",
        KeyType::Rsa => "RSA",
        _ => "unknown",
    }
}

/// `k=`.
const fn type_word(key: &KeyRecord) -> &'static str {
    match key.key_type() {
        KeyType::Ed25519 => "ed25519",
        KeyType::Rsa => "rsa",
        _ => "unknown",
    }
}

/// The type and the length of a key.
pub(super) fn kind(key: &KeyRecord) -> String {
    match key.key_type() {
        KeyType::Ed25519 => type_name(key).to_owned(),
        _ => format!("{} {} bits", type_name(key), key.bits()),
    }
}

/// The SHA-256 digest of the public key, as `openssl pkey -pubout -outform DER | sha256sum` tells it.
pub(super) fn fingerprint(key: &KeyRecord) -> String {
    let digest = ring::digest::digest(&ring::digest::SHA256, &key.spki());
    digest.as_ref().iter().map(|octet| format!("{octet:02x}")).collect()
}

/// The same as JSON.
pub(super) fn json(key: &KeyRecord) -> Value {
    json!({ "type": type_word(key), "bits": key.bits(), "sha256": fingerprint(key) })
}
