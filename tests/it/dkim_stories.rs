//! What happened to postmasters, as far as keys are concerned: whole messages, judged over a zone.

use crate::dkim_signer::{BODY, FIELD, HEADERS, Key, NOW, Recipe};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use mailproof::dkim::Verdict;
use mailproof::dns::Zone;
use mailproof::message::Message;
use mailproof::{Authenticator, Connection, Evaluation};
use serde_json::{Value, json};

const SELECTOR: &str = "sel._domainkey.example.com";

/// The verdict on the one signature of a message whose key is looked for in this zone.
fn verdict(algorithm: &str, zone: &Value) -> Verdict {
    let raw = Recipe::of(&FIELD.replace("ed25519-sha256", algorithm)).sign(&HEADERS, BODY);
    let message = Message::parse(&raw).unwrap();
    let inspection = Authenticator::new("mx.example.org").check(&message, Connection::unknown().at(NOW));
    inspection.run_blocking(&Zone::from_json_value(zone).unwrap()).dkim.remove(0)
}

fn outcome(zone: &Value) -> String {
    verdict("ed25519-sha256", zone).outcome.to_string()
}

/// The outcome with this record at the selector.
fn published(algorithm: &str, record: &str) -> String {
    verdict(
        algorithm,
        &json!({ SELECTOR: { "TXT": [record.as_bytes().chunks(255).map(latin1).collect::<Vec<_>>()] } }),
    )
    .outcome
    .to_string()
}

fn latin1(octets: &[u8]) -> String {
    octets.iter().copied().map(char::from).collect()
}

#[test]
fn story_12_what_stands_at_the_names_above_does_not_disturb_a_selector() {
    let key = Key::ed25519().record();
    let above = "_domainkey.example.com";
    assert_eq!(
        outcome(
            &json!({ SELECTOR: { "TXT": [key] }, above: { "TXT": ["o=~; t=y; r=postmaster@example.com"] } })
        ),
        "pass"
    );
    assert_eq!(outcome(&json!({ SELECTOR: { "TXT": [key] }, above: "NXDOMAIN" })), "pass");
    assert_eq!(outcome(&json!({ SELECTOR: { "TXT": [key] }, above: "SERVFAIL" })), "pass");
    let policy = json!({ above: { "TXT": ["o=-"] } });
    assert_eq!(outcome(&policy), "permerror (no key for signature: the selector does not exist)");
}

#[test]
fn story_15_a_selector_that_is_an_alias_is_followed() {
    let key = Key::ed25519().record();
    let alias = json!({ "CNAME": "sel.provider.example" });
    let there = json!({ SELECTOR: alias, "sel.provider.example": { "TXT": [key] } });
    assert_eq!(outcome(&there), "pass");
    let twice = json!({
        SELECTOR: alias,
        "sel.provider.example": { "CNAME": "eu.provider.example" },
        "eu.provider.example": { "TXT": [key] },
    });
    assert_eq!(outcome(&twice), "pass");
    // RFC 1034 §3.6.2 forbids other data beside an alias; some publish it all the same.
    let beside = json!({
        SELECTOR: { "CNAME": "sel.provider.example", "A": ["192.0.2.1"] },
        "sel.provider.example": { "TXT": [key] },
    });
    assert_eq!(outcome(&beside), "pass");
    let both = json!({ SELECTOR: { "CNAME": "gone.provider.example", "TXT": [key] } });
    assert_eq!(outcome(&both), "pass");
}

#[test]
fn story_15_an_alias_that_leads_nowhere_tells_where_it_broke() {
    let alias = json!({ "CNAME": "sel.provider.example" });
    let on = json!({ "CNAME": "eu.provider.example" });
    let rows = [
        (
            json!({ SELECTOR: alias }),
            "permerror (no key for signature: its alias sel.provider.example does not exist)",
        ),
        (
            json!({ SELECTOR: alias, "sel.provider.example": on }),
            "permerror (no key for signature: its alias eu.provider.example does not exist)",
        ),
        (
            json!({ SELECTOR: alias, "sel.provider.example": { "A": ["192.0.2.1"] } }),
            "permerror (no key for signature: its alias sel.provider.example has no TXT record)",
        ),
        (
            json!({ SELECTOR: alias, "sel.provider.example": on, "eu.provider.example": "SERVFAIL" }),
            "temperror (key unavailable: sel._domainkey.example.com TXT: SERVFAIL at its alias eu.provider.example)",
        ),
        (
            json!({ SELECTOR: alias, "sel.provider.example": "TIMEOUT" }),
            "temperror (key unavailable: sel._domainkey.example.com TXT: timeout at its alias sel.provider.example)",
        ),
        (
            json!({ SELECTOR: alias, "sel.provider.example": { "CNAME": SELECTOR } }),
            "temperror (key unavailable: sel._domainkey.example.com TXT: \
             CNAME loop or chain too long at its alias sel.provider.example)",
        ),
        (
            json!({ SELECTOR: { "CNAME": SELECTOR } }),
            "temperror (key unavailable: sel._domainkey.example.com TXT: CNAME loop or chain too long)",
        ),
    ];
    for (zone, expected) in rows {
        assert_eq!(outcome(&zone), expected, "{zone}");
    }
}

#[test]
fn story_16_each_broken_key_has_its_own_cause() {
    let spki = include_bytes!("../data/keys/rsa2048.spki");
    let p = BASE64.encode(spki);
    let key = format!("v=DKIM1; k=rsa; p={p}");
    let private = BASE64.encode(include_bytes!("../data/keys/rsa2048.pk8"));
    let pem = format!("-----BEGIN PUBLIC KEY-----{p}-----END PUBLIC KEY-----");
    let cut = "permerror (key syntax error: p= breaks off before the end of the key)";
    let quoted = "permerror (key syntax error: the record holds quotation marks)";
    let rows = [
        (key.clone(), "pass"),
        (key.replace(';', "\\;"), "permerror (key syntax error: semicolons are escaped)"),
        (format!("p={p}\\;"), "permerror (key syntax error: semicolons are escaped)"),
        (format!("\"{key}\""), quoted),
        (format!("v=DKIM1; k=rsa; p=\"{p}\""), quoted),
        (format!("{}\" \"{}", &key[..200], &key[200..]), quoted),
        (format!("{}\r\n {}\n{}", &key[..99], &key[99..200], &key[200..]), "pass"),
        // The first of two strings alone: base64 that cannot be, or can.
        (key[..255].to_owned(), cut),
        (key[..254].to_owned(), cut),
        (key[..240].to_owned(), cut),
        (format!("v=DKIM1; k=rsa; n=\"a note\"; p={}", &p[..200]), cut),
        (
            format!("v=DKIM1; k=rsa; p={pem}"),
            "permerror (key syntax error: the key is wrapped in PEM armour)",
        ),
        (pem, "permerror (key syntax error: the key is wrapped in PEM armour)"),
        (format!("v=DKIM1; k=rsa; p={private}"), "permerror (the private key is published)"),
        (format!("v=DKIM1; k=rsa; p={}", &private[..237]), "permerror (the private key is published)"),
        (
            format!("v=DKIM1; p={}", BASE64.encode(include_bytes!("../data/keys/rsa512.spki"))),
            "permerror (the key is too short: 512 bits)",
        ),
        ("v=DKIM1; p=".to_owned(), "permerror (key revoked)"),
        (format!("v=DKIM1; k=rsa; p={p}!"), "permerror (key syntax error: p= is not base64)"),
        ("v=DKIM1; k=rsa; p=AAAA".to_owned(), "permerror (key syntax error: p= is no RSA public key)"),
        ("v=DKIM1; k=rsa; p=AAAAA".to_owned(), "permerror (key syntax error: p= is not base64)"),
    ];
    let ours = rows.iter().map(|(record, expected)| (record, *expected, published("rsa-sha256", record)));
    let wrong: Vec<_> = ours.filter(|(_, expected, ours)| expected != ours).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn story_16_the_private_half_of_an_ed25519_key() {
    let private = BASE64.encode(include_bytes!("../data/keys/ed25519.pk8"));
    let ours = published("ed25519-sha256", &format!("v=DKIM1; k=ed25519; p={private}"));
    assert_eq!(ours, "permerror (the private key is published)");
}
