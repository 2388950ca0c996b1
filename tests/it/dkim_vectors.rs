//! The examples of the standards, and signatures that sloppy arithmetic would accept.

use crate::dkim_signer::{BODY, FIELD, HEADERS, Recipe, outcome, verdicts, zone};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use mailproof::dkim::{Algorithm, Policy};
use mailproof::dns::Zone;

/// RFC 8463 appendix A.2.
const FOOTBALL: &str = r#"{
    "brisbane._domainkey.football.example.com": {
        "TXT": ["v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="] },
    "test._domainkey.football.example.com": { "TXT": [["v=DKIM1; k=rsa; p=",
        "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWRiGs5V6NpP3idY6Wk08a5qhdR6wy5bdOKb2jLQiY/J16JYi0Qvx/b",
        "yYzCNb3W91y3FutACDfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3Ip3G+2kryOTIKT+l",
        "/K4w3QIDAQAB"]] } }"#;

/// RFC 6376 appendix C.
const BRISBANE: &str = r#"{ "brisbane._domainkey.example.com": { "TXT": [["v=DKIM1; p=",
    "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDwIRP/UC3SBsEmGqZ9ZJW3/DkMoGeLnQg1fWn7/zYtIxN2SnFCjxOCKG9v3b4jYfcTNh5ijSsq",
    "631uBItLa7od+v/RtdC2UzJ1lWT947qR+Rcac2gbto/NMqJ0fzfVjH4OuKhitdY9tf6mcwGjaNBcWToIMmPSPDdQPNUYckcQ2QIDAQAB"]] } }"#;

#[test]
fn rfc8463_appendix_a_verifies_twice() {
    let raw = include_bytes!("../data/dkim/rfc8463.eml");
    let verdicts = verdicts(raw, &Zone::from_json(FOOTBALL).unwrap(), &Policy::default());
    let seen: Vec<_> = verdicts
        .iter()
        .map(|verdict| (verdict.outcome.word(), verdict.algorithm, verdict.key_bits))
        .collect();
    let expected = [
        ("pass", Some(Algorithm::Ed25519Sha256), Some(256)),
        ("pass", Some(Algorithm::RsaSha256), Some(1024)),
    ];
    assert_eq!(seen, expected);
    // Ten names, two thirds of them for fields that stand there once.
    assert!(verdicts.iter().all(|verdict| verdict.signed_fields == 5));
}

#[test]
fn rfc6376_appendix_a_verifies() {
    let raw = include_bytes!("../data/dkim/rfc6376.eml");
    let verdict = verdicts(raw, &Zone::from_json(BRISBANE).unwrap(), &Policy::default()).remove(0);
    assert_eq!(verdict.outcome.to_string(), "pass");
    assert_eq!(verdict.identity.as_deref(), Some("joe@football.example.com"));
}

#[test]
fn an_example_with_one_octet_changed_fails() {
    let raw = include_bytes!("../data/dkim/rfc8463.eml");
    let zone = Zone::from_json(FOOTBALL).unwrap();
    let signed_from = raw.windows(5).position(|octets| octets == b"From:").unwrap();
    for at in signed_from..raw.len() {
        // Relaxed canonicalization hides changes of white space, and of the case of names.
        if !raw[at].is_ascii_alphanumeric() {
            continue;
        }
        let mut changed = raw.to_vec();
        changed[at] ^= 1;
        let all = verdicts(&changed, &zone, &Policy::default());
        assert!(all.iter().all(|verdict| verdict.outcome.word() == "fail"), "octet {at}");
    }
}

#[test]
fn a_small_exponent_verifies_and_its_forgery_does_not() {
    let record = format!("p={}", BASE64.encode(include_bytes!("../data/keys/exponent-3.spki")));
    let zone = zone(&[&record]);
    let good = include_bytes!("../data/dkim/exponent-3.eml");
    assert_eq!(outcome(good, &zone, &Policy::default()), "pass");
    // RFC 8017 §8.2.2: eight octets of padding, the right hash, and garbage behind it: a cube root of that is easy.
    let forged = include_bytes!("../data/dkim/forged-padding.eml");
    assert_eq!(outcome(forged, &zone, &Policy::default()), "fail (signature did not verify)");
}

#[test]
fn ed25519_refuses_a_second_spelling_of_a_signature() {
    // RFC 8032 §5.1.7: S is below the group order. S plus the order would satisfy the equation as well.
    const ORDER: [u8; 32] = [
        0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
    ];
    let recipe = Recipe::of(FIELD);
    let raw = String::from_utf8(recipe.sign(&HEADERS, BODY)).unwrap();
    let b = raw.split_once("; b=").unwrap().1.split_once("\r\n").unwrap().0;
    let mut signature = BASE64.decode(b).unwrap();
    let mut carry = 0;
    for (octet, order) in signature[32..].iter_mut().zip(ORDER) {
        let sum = u16::from(*octet) + u16::from(order) + carry;
        *octet = sum.to_le_bytes()[0];
        carry = sum >> 8;
    }
    let zone = zone(&[&recipe.key.record()]);
    let respelled = raw.replace(b, &BASE64.encode(signature));
    assert_eq!(outcome(raw.as_bytes(), &zone, &Policy::default()), "pass");
    assert_eq!(outcome(respelled.as_bytes(), &zone, &Policy::default()), "fail (signature did not verify)");
}
