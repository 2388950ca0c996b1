//! Key records, as they should be and as they are found: RFC 6376 §3.6, §6.1.2; RFC 8301 §3.2; RFC 8463 §4.

use crate::dkim_signer::{BODY, FIELD, HEADERS, Key, NOW, Recipe, outcome, selector, verdicts, zone};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use mailproof::dkim::{Policy, verify};
use mailproof::dns::{Answer, Details, Failure, Kind, Outcome, Records, Rrset, Txt, Zone};
use mailproof::message::Message;
use mailproof::{Evaluation, Name, Step};
use std::time::Duration;

fn signed(field: &str) -> Vec<u8> {
    Recipe::of(field).sign(&HEADERS, BODY)
}

fn rsa_field() -> String {
    FIELD.replace("ed25519-sha256", "rsa-sha256")
}

fn spki(octets: &[u8]) -> String {
    format!("v=DKIM1; p={}", BASE64.encode(octets))
}

const SPKI_2048: &[u8] = include_bytes!("../data/keys/rsa2048.spki");
const SPKI_1024: &[u8] = include_bytes!("../data/keys/rsa1024.spki");
const SPKI_512: &[u8] = include_bytes!("../data/keys/rsa512.spki");

/// An RSAPublicKey with a modulus of that many octets.
fn huge_key(octets: u16) -> Vec<u8> {
    let element = |tag: u8, content: &[u8]| {
        let length = u16::try_from(content.len()).unwrap().to_be_bytes();
        [&[tag, 0x82], &length[..], content].concat()
    };
    let modulus = element(2, &[&[0x7f][..], &vec![0xff; usize::from(octets) - 1]].concat());
    element(0x30, &[&modulus[..], &[2, 3, 1, 0, 1]].concat())
}

#[test]
fn judges_records_for_ed25519() {
    let record = Key::ed25519().record();
    let p = record.split_once("p=").unwrap().1;
    let wrapped =
        BASE64.encode([&[0x30, 0x2a, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 3, 0x21, 0][..], &[7; 32]].concat());
    let rows = [
        (format!("v=DKIM1; k=ed25519; p={p}"), "pass"),
        (format!("k=ed25519; p={p}"), "pass"),
        (format!("  v=DKIM1 ;k = ed25519; p={p} ; "), "pass"),
        (format!("k=ed25519; V=DKIM1; p={p}"), "pass"),
        (format!("v=DKIM1; k=ed25519; g=nobody; n=\"a note\"; x=y; p={p}"), "pass"),
        (format!("v=DKIM1; k=ed25519; p={} {}", &p[..9], &p[9..]), "pass"),
        (format!("v=DKIM1; k=ed25519; p={}", p.trim_end_matches('=')), "pass"),
        (format!("v=DKIM1; k=ed25519; h=sha1:sha256:sha512; p={p}"), "pass"),
        (
            format!("v=DKIM1; k=ed25519; h=sha1 ; p={p}"),
            "permerror (inappropriate hash algorithm: the key does not permit sha256)",
        ),
        (format!("v=DKIM1; k=ed25519; s=*; p={p}"), "pass"),
        (format!("v=DKIM1; k=ed25519; s=other : email; p={p}"), "pass"),
        (format!("v=DKIM1; k=ed25519; s=tlsrpt; p={p}"), "permerror (the key is not for email)"),
        (format!("v=DKIM1; k=ed25519; t=y:s:z; p={p}"), "pass"),
        (format!("v=DKIM1; p={p}"), "permerror (key syntax error: p= is no RSA public key)"),
        (format!("v=DKIM1; k=ed448; p={p}"), "permerror (inappropriate key algorithm: unknown key type)"),
        (
            format!("v=DKIM1; k=ed25519; p={wrapped}"),
            "permerror (key syntax error: p= is no Ed25519 public key)",
        ),
        (
            spki(SPKI_2048),
            "permerror (inappropriate key algorithm: the key is not for this signature's algorithm)",
        ),
        (
            format!("v=dkim1; k=ed25519; p={p}"),
            "permerror (key syntax error: v= is not DKIM1 in the first place)",
        ),
        (
            format!("v=DKIM1.0; k=ed25519; p={p}"),
            "permerror (key syntax error: v= is not DKIM1 in the first place)",
        ),
        (
            format!("k=ed25519; v=DKIM1; p={p}"),
            "permerror (key syntax error: v= is not DKIM1 in the first place)",
        ),
        ("v=DKIM1; k=ed25519; p=".to_owned(), "permerror (key revoked)"),
        ("v=DKIM1; k=ed25519; p= ;".to_owned(), "permerror (key revoked)"),
        ("v=DKIM1; k=ed25519".to_owned(), "permerror (key syntax error: there is no p=)"),
        ("k=ed25519".to_owned(), "permerror (key syntax error: there is no p=)"),
        (format!("v=DKIM1; k=ed25519; p={p}; p={p}"), "permerror (key syntax error: tag p= occurs twice)"),
        (format!("v=DKIM1;; k=ed25519; p={p}"), "permerror (key syntax error: an empty element at offset 8)"),
        (format!("v=DKIM1; k=ed25519; p=?{p}"), "permerror (key syntax error: p= is not base64)"),
        (format!("v=DKIM1\\; k=ed25519\\; p={p}"), "permerror (key syntax error: semicolons are escaped)"),
        (
            format!("\"v=DKIM1; k=ed25519; p={p}\""),
            "permerror (key syntax error: the record holds quotation marks)",
        ),
        (
            format!("v=DKIM1; k=ed25519; p={}\" \"{}", &p[..9], &p[9..]),
            "permerror (key syntax error: the record holds quotation marks)",
        ),
        (
            format!("-----BEGIN PUBLIC KEY-----\r\n{p}\r\n-----END PUBLIC KEY-----"),
            "permerror (key syntax error: the key is wrapped in PEM armour)",
        ),
        (
            format!("v=DKIM1; k=ed25519; p=-----BEGIN PUBLIC KEY-----{p}-----END PUBLIC KEY-----"),
            "permerror (key syntax error: the key is wrapped in PEM armour)",
        ),
        (
            "v=DKIM1; p=-----BEGIN PRIVATE KEY-----AAAA-----END PRIVATE KEY-----".to_owned(),
            "permerror (the private key is published)",
        ),
        (
            "v=spf1 -all".to_owned(),
            "permerror (no key for signature: the record at the selector is an SPF record)",
        ),
        (
            "v=DMARC1; p=reject".to_owned(),
            "permerror (no key for signature: the record at the selector is no key)",
        ),
        (
            "o=~; r=postmaster@example.com".to_owned(),
            "permerror (no key for signature: the record at the selector is no key)",
        ),
        (
            "google-site-verification=abc".to_owned(),
            "permerror (no key for signature: the record at the selector is no key)",
        ),
        (String::new(), "permerror (no key for signature: the record at the selector is no key)"),
        ("\u{1}\u{2}p=\u{3}".to_owned(), "permerror (key syntax error: no tag=value at offset 0)"),
    ];
    let raw = signed(FIELD);
    let wrong: Vec<_> = rows
        .iter()
        .map(|(record, expected)| (record, expected, outcome(&raw, &zone(&[record]), &Policy::default())))
        .filter(|(_, expected, ours)| *expected != ours)
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn judges_records_for_rsa() {
    let raw = signed(&rsa_field());
    let private = include_bytes!("../data/keys/rsa2048.pk8");
    let rows = [
        (spki(SPKI_2048), "pass"),
        // RFC 6376 §3.6.1 says RSAPublicKey, everybody publishes SubjectPublicKeyInfo, which holds it from octet 24 on.
        (spki(&SPKI_2048[24..]), "pass"),
        (format!("{}; k=rsa", spki(SPKI_2048)), "pass"),
        (spki(SPKI_1024), "fail (signature did not verify)"),
        (spki(SPKI_512), "permerror (the key is too short: 512 bits)"),
        (spki(&huge_key(512)), "fail (signature did not verify)"),
        (spki(&huge_key(513)), "permerror (the key is too long: 4103 bits)"),
        (spki(&SPKI_2048[..290]), "permerror (key syntax error: p= breaks off before the end of the key)"),
        (spki(&[SPKI_2048, b"\0"].concat()), "permerror (key syntax error: p= is no RSA public key)"),
        (spki(private), "permerror (the private key is published)"),
        (spki(&private[26..]), "permerror (the private key is published)"),
        (
            Key::ed25519().record(),
            "permerror (inappropriate key algorithm: the key is not for this signature's algorithm)",
        ),
    ];
    for (record, expected) in rows {
        assert_eq!(outcome(&raw, &zone(&[&record]), &Policy::default()), expected, "{record}");
    }
}

#[test]
fn verifies_large_keys_and_says_how_large() {
    let mut recipe = Recipe::of(&rsa_field());
    recipe.key = Key::rsa4096();
    let raw = recipe.sign(&HEADERS, BODY);
    let zone = zone(&[&recipe.key.record()]);
    let verdict = verdicts(&raw, &zone, &Policy::default()).remove(0);
    assert_eq!((verdict.outcome.to_string(), verdict.key_bits), ("pass".to_owned(), Some(4096)));
    let mut policy = Policy::default();
    policy.max_rsa_bits = 2048;
    assert_eq!(outcome(&raw, &zone, &policy), "permerror (the key is too long: 4096 bits)");
    policy.max_rsa_bits = 8192;
    policy.min_rsa_bits = 4097;
    assert_eq!(outcome(&raw, &zone, &policy), "permerror (the key is too short: 4096 bits)");
    policy.min_rsa_bits = 0;
    let short = signed(&rsa_field());
    let zone = crate::dkim_signer::zone(&[&spki(SPKI_512)]);
    assert_eq!(outcome(&short, &zone, &policy), "permerror (the key is too short: 512 bits)");
}

#[test]
fn a_strict_key_wants_the_domain_itself() {
    let record = format!("{}; t=s", Key::ed25519().record());
    let below = FIELD.replace("s=sel;", "s=sel; i=@x.example.com;");
    let itself = FIELD.replace("s=sel;", "s=sel; i=joe@EXAMPLE.com;");
    let why = "permerror (domain mismatch: the key demands that i= be in d= itself)";
    assert_eq!(outcome(&signed(&below), &zone(&[&record]), &Policy::default()), why);
    assert_eq!(outcome(&signed(&itself), &zone(&[&record]), &Policy::default()), "pass");
    assert_eq!(outcome(&signed(FIELD), &zone(&[&record]), &Policy::default()), "pass");
}

#[test]
fn a_testing_key_is_told_and_changes_nothing() {
    let zone = zone(&[&format!("{}; t=y", Key::ed25519().record())]);
    let raw = signed(FIELD);
    let verdict = verdicts(&raw, &zone, &Policy::default()).remove(0);
    assert!(verdict.outcome.is_pass() && verdict.testing);
    let changed = String::from_utf8(raw).unwrap().replace("Dinner", "Lunch");
    let verdict = verdicts(changed.as_bytes(), &zone, &Policy::default()).remove(0);
    assert_eq!(verdict.outcome.word(), "fail");
    assert!(verdict.testing);
}

#[test]
fn tries_several_records_in_turn() {
    let good = Key::ed25519().record();
    let other = format!("v=DKIM1; k=ed25519; p={}", BASE64.encode([9; 32]));
    let raw = signed(FIELD);
    let broken = "v=DKIM1; k=ed25519; p=AAAA";
    let rows: [(&[&str], &str); 8] = [
        (&["v=spf1 -all", "junk", &good], "pass"),
        (&[&other, broken, &good], "pass"),
        (&[&spki(SPKI_2048), &good], "pass"),
        (&[&other, &other, &other, &other, &good], "pass"),
        (&[&other, &other, &other, &other, &other, &good], "fail (signature did not verify)"),
        (&["a", "b", "c", "d", "e", "f", &good], "pass"),
        (&[broken, &other], "fail (signature did not verify)"),
        (&["junk", "v=DKIM1; p="], "permerror (key revoked)"),
    ];
    let mut policy = Policy::default();
    policy.max_key_records = 5;
    policy.max_signature_work = usize::MAX;
    for (records, expected) in rows {
        assert_eq!(outcome(&raw, &zone(records), &policy), expected, "{records:?}");
    }
    assert_eq!(outcome(&raw, &zone(&[&other, &good]), &Policy::default()), "pass");
    let third = zone(&[&other, &other, &good]);
    assert_eq!(outcome(&raw, &third, &Policy::default()), "fail (signature did not verify)");
    // RFC 6376 §8.13: one signature of many may try another record, of Ed25519; the rest of them have one try.
    let second = zone(&[&other, &good]);
    let text = String::from_utf8(raw).unwrap();
    let (field, rest) = text.split_once("\r\n").unwrap();
    let raw = format!("{}{rest}", format!("{field}\r\n").repeat(3));
    let words: Vec<_> = verdicts(raw.as_bytes(), &second, &Policy::default())
        .iter()
        .map(|verdict| verdict.outcome.word())
        .collect();
    assert_eq!(words, ["pass", "fail", "fail"]);
}

#[test]
fn tells_apart_why_there_is_no_key() {
    let raw = signed(FIELD);
    let judge = |json: &str| outcome(&raw, &Zone::from_json(json).unwrap(), &Policy::default());
    let name = "sel._domainkey.example.com";
    let rows = [
        ("{}".to_owned(), "permerror (no key for signature: the selector does not exist)"),
        (
            format!(r#"{{"{name}": {{}}}}"#),
            "permerror (no key for signature: the selector has no TXT record)",
        ),
        (
            format!(r#"{{"x.{name}": {{}}}}"#),
            "permerror (no key for signature: the selector has no TXT record)",
        ),
        (
            format!(r#"{{"{name}": "SERVFAIL"}}"#),
            "temperror (key unavailable: sel._domainkey.example.com TXT: SERVFAIL)",
        ),
        (
            format!(r#"{{"{name}": "TIMEOUT"}}"#),
            "temperror (key unavailable: sel._domainkey.example.com TXT: timeout)",
        ),
        (
            format!(r#"{{"{name}": "REFUSED"}}"#),
            "temperror (key unavailable: sel._domainkey.example.com TXT: REFUSED)",
        ),
        (
            format!(r#"{{"{name}": {{"CNAME": "key.provider.example"}}}}"#),
            "permerror (no key for signature: its alias key.provider.example does not exist)",
        ),
        (
            format!(r#"{{"{name}": {{"CNAME": "key.provider.example"}}, "key.provider.example": {{}}}}"#),
            "permerror (no key for signature: its alias key.provider.example has no TXT record)",
        ),
        (
            format!(r#"{{"{name}": {{"CNAME": "a.example"}}, "a.example": {{"CNAME": "{name}"}}}}"#),
            "temperror (key unavailable: sel._domainkey.example.com TXT: CNAME loop or chain too long at its alias a.example)",
        ),
        (
            format!(
                r#"{{"{name}": {{"CNAME": "k.p.example"}}, "k.p.example": {{"TXT": ["{}"]}}}}"#,
                Key::ed25519().record()
            ),
            "pass",
        ),
    ];
    for (json, expected) in rows {
        assert_eq!(judge(&json), expected, "{json}");
    }
}

#[test]
fn joins_the_strings_of_a_record_with_nothing_between_them() {
    let record = Key::ed25519().record();
    for cut in 0..=record.len() {
        let txt = Txt::new([&record[..cut], &record[cut..]]);
        let mut zone = Zone::new();
        zone.insert_rrset(selector(), Kind::Txt, Rrset::Found(Records::Txt(vec![txt])), Duration::ZERO);
        assert_eq!(outcome(&signed(FIELD), &zone, &Policy::default()), "pass", "{cut}");
    }
}

#[test]
fn asks_one_question_for_each_selector_and_carries_the_ad_bit() {
    let twice = [signed(FIELD), signed(&FIELD.replace("s=sel", "s=SEL"))];
    let raw = String::from_utf8(twice[0].clone()).unwrap();
    let second = String::from_utf8(twice[1].clone()).unwrap();
    let raw = format!("{}\r\n{raw}", second.split_once("\r\n").unwrap().0);
    let message = Message::parse(raw.as_bytes()).unwrap();
    let mut verification = verify(&message, &Policy::default(), NOW);
    let Step::Ask(open) = verification.step(&()) else { panic!() };
    assert_eq!(open, [mailproof::dns::Question::new(selector(), Kind::Txt)]);
    let records = Records::Txt(vec![Txt::new([Key::ed25519().record()])]);
    let answer = Answer::with_details(
        Outcome::Found(records),
        Duration::ZERO,
        Details { authentic: true, ..Details::default() },
    );
    verification.answer(open[0].clone(), answer);
    let Step::Done(verdicts) = verification.step(&()) else { panic!() };
    assert_eq!(verdicts.len(), 2);
    assert!(verdicts.iter().all(|verdict| verdict.outcome.is_pass() && verdict.authentic));
}

#[test]
fn a_failure_names_the_aliases_passed() {
    let message = signed(FIELD);
    let mut verification = verify(&Message::parse(&message).unwrap(), &Policy::default(), NOW);
    let Step::Ask(open) = verification.step(&()) else { panic!() };
    let alias = Name::parse("k.provider.example").unwrap();
    let failed = Outcome::Failed(Failure::Servfail);
    verification.answer(
        open[0].clone(),
        Answer::with_details(
            failed,
            Duration::ZERO,
            Details { aliases: vec![alias.clone()], ..Details::default() },
        ),
    );
    let Step::Done(verdicts) = verification.step(&()) else { panic!() };
    let mailproof::dkim::Outcome::Temperror(cause) = &verdicts[0].outcome else { panic!() };
    assert_eq!((cause.failure, &cause.aliases, &cause.question), (Failure::Servfail, &vec![alias], &open[0]));
}
