//! What a server says that acts on a report.

use mailproof::dkim::{Signer, SigningOptions};
use mailproof::dns::Zone;
use mailproof::message::Message;
use mailproof::{Authenticator, Connection, Evaluation, SigningKey, SmtpReply};

fn reply(zone: &str, raw: &str) -> Option<SmtpReply> {
    let zone = Zone::from_json(zone).unwrap();
    let connection = Connection::new("192.0.2.1".parse().unwrap(), "mail.example.net", "joe@example.com");
    let message = Message::parse(raw.as_bytes()).unwrap();
    let mut authenticator = Authenticator::new("mx.example.org");
    authenticator.iprev = false;
    authenticator.check(&message, connection.at(1_795_200_000)).run_blocking(&zone).smtp_reply()
}

const PLAIN: &str = "From: joe@example.com\r\n\r\nhi\r\n";

#[test]
fn what_fails_under_reject_is_refused_by_the_code_of_what_failed() {
    let reject = r#""_dmarc.example.com": {"TXT": ["v=DMARC1; p=reject"]}"#;
    // RFC 7372 §4: more than one check failed.
    let both = reply(&format!(r#"{{"example.com": {{"TXT": ["v=spf1 -all"]}}, {reject}}}"#), PLAIN).unwrap();
    assert_eq!((both.code, both.status), (550, "5.7.26"));
    assert_eq!(both.text, "refused by the DMARC policy of example.com: no authenticated identifier");
    assert_eq!(both.to_string(), format!("550 5.7.26 {}", both.text));
    let unsigned = reply(&format!("{{{reject}}}"), PLAIN).unwrap();
    assert_eq!((unsigned.code, unsigned.status), (550, "5.7.20"));
}

#[test]
fn a_signature_of_another_domain_is_no_author_matched_one() {
    // The key of RFC 8032 §7.1, test 1.
    let key = b"-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n-----END PRIVATE KEY-----\n";
    let keys = [("s", SigningKey::read(key).unwrap())];
    let signer = Signer::new("other.example", keys, SigningOptions::default()).unwrap();
    let signed = signer.sign(&Message::parse(PLAIN.as_bytes()).unwrap(), 1_795_200_000).unwrap();
    let zone = r#"{
        "s._domainkey.other.example": {"TXT": ["v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="]},
        "_dmarc.example.com": {"TXT": ["v=DMARC1; p=reject"]}
    }"#;
    assert_eq!(reply(zone, &format!("{signed}{PLAIN}")).unwrap().status, "5.7.22");
}

#[test]
fn what_cannot_be_decided_is_deferred_only_where_it_may_be_refused() {
    let zone = |spf: &str, dmarc: &str| format!(r#"{{"example.com": {spf}, "_dmarc.example.com": {dmarc}}}"#);
    let (spf, record) =
        (r#"{"TXT": ["v=spf1 -all"]}"#, |p: &str| format!(r#"{{"TXT": ["v=DMARC1; p={p}"]}}"#));
    let later = reply(&zone(spf, "\"SERVFAIL\""), PLAIN).unwrap();
    assert_eq!((later.code, later.status), (451, "4.4.3"));
    let later = reply(&zone("\"SERVFAIL\"", &record("reject")), PLAIN).unwrap();
    assert_eq!((later.code, later.status), (451, "4.7.24"));
    assert_eq!(reply(&zone("\"SERVFAIL\"", &record("quarantine")), PLAIN), None);
}

#[test]
fn all_else_is_taken() {
    let zone = |policy: &str| {
        format!(
            r#"{{"example.com": {{"TXT": ["v=spf1 -all"]}}, "_dmarc.example.com": {{"TXT": ["v=DMARC1; p={policy}"]}}}}"#
        )
    };
    assert_eq!(reply(&zone("quarantine"), PLAIN), None);
    assert_eq!(reply(&zone("none"), PLAIN), None);
    assert_eq!(reply(&zone("reject").replace("-all", "+all"), PLAIN), None);
    assert_eq!(reply("{}", PLAIN), None);
    assert_eq!(reply(&zone("reject"), "From: joe@example.com, ann@example.net\r\n\r\nhi\r\n"), None);
}
