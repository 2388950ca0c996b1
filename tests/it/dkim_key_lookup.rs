//! Keys looked up without a signature: what is published, and every way in which it is not.

use mailproof::dkim::{Absence, KeyFlaw, KeyRecord, Malformed, Publication, look_up_key};
use mailproof::dns::{Answer, Failure, Zone};
use mailproof::{Evaluation, KeyType, Step};

const RSA: &str = include_str!("../../examples/mail/newsletter.zone.json");

fn look_up(zone: &str, selector: &str, domain: &str) -> Publication {
    let zone = Zone::from_json(zone).unwrap();
    match look_up_key(selector, domain).unwrap().step(&zone) {
        Step::Done(publication) => publication,
        Step::Ask(open) => panic!("{open:?}"),
    }
}

fn record(selector: &str) -> KeyRecord {
    let Publication::Records(records) = look_up(RSA, selector, "example.com") else { panic!("no record") };
    records.into_iter().next().unwrap().unwrap()
}

#[test]
fn keys_are_told_with_their_facts() {
    let rsa = record("2026a");
    assert_eq!((rsa.key_type(), rsa.bits()), (KeyType::Rsa, 2048));
    assert!(rsa.permits_sha256() && rsa.is_for_email() && !rsa.is_testing() && !rsa.is_strict());
    let ed25519 = record("2026e");
    assert_eq!((ed25519.key_type(), ed25519.bits()), (KeyType::Ed25519, 256));
    assert_eq!(ed25519.public_key().len(), 32);
    assert_ne!(rsa, ed25519);
}

#[test]
fn a_key_is_the_same_in_either_form() {
    // A SubjectPublicKeyInfo of an RSA key begins with 24 octets, behind which the RSAPublicKey stands.
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    let spki = record("2026a").public_key();
    let text = |octets: &[u8]| format!("p={}", STANDARD.encode(octets));
    let wrapped = KeyRecord::parse(text(&spki).as_bytes()).unwrap();
    let bare = KeyRecord::parse(text(&spki[24..]).as_bytes()).unwrap();
    assert_eq!(wrapped, bare);
    assert_eq!((wrapped.public_key(), bare.public_key()), (spki.clone(), spki));
}

#[test]
fn flags_of_a_record_are_told() {
    let key = "p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";
    let record = |tags: &str| KeyRecord::parse(format!("k=ed25519; {tags}; {key}").as_bytes()).unwrap();
    assert!(record("t=y").is_testing() && record("t=y:s").is_strict());
    assert!(!record("h=sha1").permits_sha256() && !record("s=tlsrpt").is_for_email());
}

#[test]
fn every_lack_of_a_key_is_its_own() {
    let zone = r#"{
        "empty._domainkey.example.com": { "A": ["192.0.2.1"] },
        "revoked._domainkey.example.com": { "TXT": ["v=DKIM1; p="] },
        "spf._domainkey.example.com": { "TXT": ["v=spf1 -all", "v=DKIM1; k=ed25519"] },
        "alias._domainkey.example.com": { "CNAME": "gone.example.net" },
        "broken._domainkey.example.com": "SERVFAIL"
    }"#;
    let look_up = |selector: &str| look_up(zone, selector, "example.com");
    assert_eq!(look_up("absent"), Publication::Absent(Absence::NxDomain));
    assert_eq!(look_up("empty"), Publication::Absent(Absence::NoData));
    assert!(matches!(look_up("alias"), Publication::Absent(Absence::AliasNxDomain { .. })));
    assert_eq!(look_up("revoked"), Publication::Records(vec![Err(KeyFlaw::Revoked)]));
    assert_eq!(look_up("spf"), Publication::Records(vec![Err(KeyFlaw::Spf), Err(KeyFlaw::NoKeyData)]));
    let Publication::Unavailable(cause) = look_up("broken") else { panic!("an answer") };
    assert_eq!(cause.failure, Failure::Servfail);
    assert_eq!(cause.to_string(), "key unavailable: broken._domainkey.example.com TXT: SERVFAIL");
}

#[test]
fn names_that_no_signature_can_have_are_refused() {
    assert_eq!(look_up_key("a", "müller.example").unwrap().name(), "a._domainkey.xn--mller-kva.example");
    assert_eq!(look_up_key("a", "com").unwrap_err(), Malformed::DomainShape);
    assert_eq!(look_up_key("a b", "example.com").unwrap_err(), Malformed::Selector);
    assert_eq!(look_up_key(&"a.".repeat(110), "example.com").unwrap_err(), Malformed::Selector);
    assert_eq!(look_up_key(&"a.b".repeat(80), "example.com").unwrap_err(), Malformed::Selector);
}

#[test]
fn one_question_is_asked_and_the_first_answer_to_it_stays() {
    let mut lookup = look_up_key("a", "example.com").unwrap();
    let Step::Ask(open) = lookup.step(&()) else { panic!("nothing known") };
    assert_eq!(open.len(), 1);
    let other = look_up_key("b", "example.com").unwrap().step(&());
    let Step::Ask(other) = other else { panic!("nothing known") };
    lookup.answer(other[0].clone(), Answer::failed(Failure::Refused));
    assert!(matches!(lookup.step(&()), Step::Ask(_)));
    lookup.answer(open[0].clone(), Answer::failed(Failure::Timeout));
    lookup.answer(open[0].clone(), Answer::failed(Failure::Refused));
    let Step::Done(Publication::Unavailable(cause)) = lookup.step(&()) else { panic!("answered") };
    assert_eq!(cause.failure, Failure::Timeout);
}
