//! Keys made to cost, or to let anybody sign (RFC 6376 §8.13, RFC 8301 §3.2).

use crate::dkim_signer::{BODY, FIELD, HEADERS, Key, Recipe, outcome, verdicts, zone};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use mailproof::dkim::Policy;

fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len()).unwrap().to_be_bytes();
    let length = match length {
        [0, short] if short < 0x80 => vec![short],
        [0, octet] => vec![0x81, octet],
        [high, low] => vec![0x82, high, low],
    };
    [&[tag], &length[..], content].concat()
}

/// An RSAPublicKey of these two numbers, whose first bits are set.
fn key(modulus: &[u8], exponent: &[u8]) -> String {
    let number = |octets: &[u8]| {
        let sign: &[u8] = if octets[0] & 0x80 != 0 { &[0] } else { &[] };
        element(2, &[sign, octets].concat())
    };
    format!("v=DKIM1; p={}", BASE64.encode(element(0x30, &[number(modulus), number(exponent)].concat())))
}

/// What comes of a signature of 2048 bits under such a key.
fn judged(record: &str) -> String {
    let raw = Recipe::of(&FIELD.replace("ed25519-sha256", "rsa-sha256")).sign(&HEADERS, BODY);
    outcome(&raw, &zone(&[record]), &Policy::default())
}

const MODULUS: [u8; 256] = [0xff; 256];

#[test]
fn a_modulus_of_sixteen_thousand_bits_is_not_computed_with() {
    assert_eq!(judged(&key(&[0xff; 2048], &[1, 0, 1])), "permerror (the key is too long: 16384 bits)");
    assert_eq!(judged(&key(&[0xff; 65_000], &[1, 0, 1])), "permerror (the key is too long: 520000 bits)");
}

#[test]
fn an_exponent_that_costs_is_no_exponent() {
    let malformed = "permerror (key syntax error: p= is no RSA public key)";
    assert_eq!(judged(&key(&MODULUS, &[3])), "fail (signature did not verify)");
    assert_eq!(judged(&key(&MODULUS, &[1, 0, 1])), "fail (signature did not verify)");
    // RFC 6376 §8.13: small enough for a number of 33 bits, and yet several times the work.
    for exponent in
        [&[1, 0, 3][..], &[0xff, 0xff], &[1, 0xff, 0xff], &[0xff; 4], &[1, 0xff, 0xff, 0xff, 0xff]]
    {
        assert_eq!(judged(&key(&MODULUS, exponent)), malformed, "{exponent:?}");
    }
    // As long as the modulus.
    assert_eq!(judged(&key(&MODULUS, &MODULUS)), malformed);
    for octets in 5..=256 {
        assert_eq!(judged(&key(&MODULUS, &MODULUS[..octets])), malformed, "{octets}");
    }
}

#[test]
fn numbers_that_let_anybody_sign_are_no_key() {
    let malformed = "permerror (key syntax error: p= is no RSA public key)";
    let even = [&MODULUS[..255], &[0xfe]].concat();
    for (modulus, exponent) in [
        (&MODULUS[..], &[1_u8][..]),
        (&MODULUS, &[0]),
        (&MODULUS, &[2]),
        (&even, &[3]),
        (&[0], &[3]),
        (&[1], &[3]),
    ] {
        let said = judged(&key(modulus, exponent));
        // A number in place of the modulus may be taken for the version of a private key.
        assert!(
            said == malformed || said == "permerror (the private key is published)",
            "{exponent:?}: {said}"
        );
    }
}

/// RFC 6376 §8.13: what each signature costs is known before its key is.
#[test]
fn signatures_are_evaluated_while_there_is_work_left() {
    for (algorithm, key, evaluated) in
        [("ed25519", Key::ed25519(), 5), ("rsa", Key::rsa2048(), 10), ("rsa", Key::rsa4096(), 2)]
    {
        let record = key.record();
        let mut recipe = Recipe::of(&FIELD.replace("ed25519-sha256", &format!("{algorithm}-sha256")));
        recipe.key = key;
        let signed = String::from_utf8(recipe.sign(&HEADERS, BODY)).unwrap();
        let (field, rest) = signed.split_once("\r\n").unwrap();
        let raw = format!("{}{rest}", format!("{field}\r\n").repeat(10));
        let all = verdicts(raw.as_bytes(), &zone(&[&record]), &Policy::default());
        assert_eq!(all.iter().filter(|verdict| verdict.outcome.is_pass()).count(), evaluated, "{algorithm}");
        let why = "policy (not evaluated: signatures that cost more than 40 of 1024 bits)";
        assert!(all[evaluated..].iter().all(|verdict| verdict.outcome.to_string() == why));
    }
}
