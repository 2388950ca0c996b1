//! `check --trusted-sealer`: a chain of trusted forwarders excuses mail that fails DMARC.

use super::{Ended, NOW, run_with};
use mailproof::SigningKey;
use mailproof::arc::{Sealer, SealingOptions, Verdict};
use mailproof::authres::{AuthResults, Entry};
use mailproof::message::Message;

const MAIL: &str = "From: joe@example.com\r\nSubject: [list] hello\r\n\r\nHello\r\n";

fn key() -> SigningKey {
    SigningKey::from_der(include_bytes!("../../../tests/data/keys/ed25519.pk8")).unwrap()
}

/// The mail as list.example forwards it, which says that DMARC had this result.
fn forwarded(dmarc: &'static str) -> String {
    let mut options = SealingOptions::default();
    options.permit_ed25519 = true;
    let sealer = Sealer::new("list.example", "arc", key(), options).unwrap();
    let mut results = AuthResults::new("mx.list.example");
    results.push(Entry::new("dmarc", dmarc).with("header", "from", "example.com"));
    let message = Message::parse(MAIL.as_bytes()).unwrap();
    let now = NOW.parse().unwrap();
    format!("{}{MAIL}", sealer.seal(&message, &Verdict::default(), &results, now).unwrap())
}

fn check(mail: &str, more: &[&str]) -> Ended {
    check_with(mail, more, &format!(r#"["{}"]"#, key().record()))
}

/// With these TXT records in place of the key.
fn check_with(mail: &str, more: &[&str], key: &str) -> Ended {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("zone.json");
    let zone = format!(
        r#"{{"_dmarc.example.com": {{"TXT": ["v=DMARC1; p=reject"]}}, "arc._domainkey.list.example": {{"TXT": {key}}}}}"#
    );
    std::fs::write(&path, zone).unwrap();
    let mut all = vec!["check", "-", "--zone", path.to_str().unwrap(), "--at", NOW];
    all.extend(more);
    run_with(&all, mail.as_bytes())
}

#[test]
fn nobody_is_trusted_unless_named() {
    let mail = forwarded("pass");
    let ended = check(&mail, &[]);
    assert_eq!(ended.code, 1, "{}", ended.out);
    assert!(ended.line("ARC").contains("pass"), "{}", ended.out);
    for other in ["example", "a.list.example", "forwarder.example"] {
        assert_eq!(check(&mail, &["--trusted-sealer", other]).code, 1, "{other}");
    }
}

#[test]
fn a_trusted_sealer_excuses_mail_that_fails_dmarc() {
    let mail = forwarded("pass");
    let trusted = ["--trusted-sealer", "forwarder.example", "--trusted-sealer", "LIST.example"];
    let ended = check(&mail, &trusted);
    assert_eq!(ended.code, 0, "{}", ended.out);
    assert_eq!(
        ended.line("PASS"),
        "PASS  list.example, a trusted sealer, says that this was mail of example.com"
    );
    assert!(ended.line("DMARC").contains("fail"), "{}", ended.out);
    assert_eq!(
        ended.line("policy").trim(),
        "policy  reject; disposition none, since local policy overrides it"
    );
    assert_eq!(ended.line("sealer").trim(), "sealer  set 1: list.example reported dmarc=pass");
    let json = check(&mail, &[&trusted[..], &["--json"]].concat()).json();
    assert_eq!((&json["dmarc"]["result"], &json["dmarc"]["disposition"]), (&"fail".into(), &"none".into()));
    assert_eq!(json["dmarc"]["override"]["type"], "local_policy");
    // What it did not see pass, and what is no longer what it sealed.
    assert_eq!(check(&forwarded("fail"), &trusted).code, 1);
    assert_eq!(check(&mail.replace("Hello\r", "Goodbye\r"), &trusted).code, 1);
}

#[test]
fn a_failure_of_dns_for_the_key_of_a_trusted_sealer_decides_nothing() {
    let mail = forwarded("pass");
    let ended = check_with(&mail, &["--trusted-sealer", "list.example"], "\"TIMEOUT\"");
    assert_eq!(ended.code, 75, "{}", ended.out);
    assert_eq!(
        ended.line("DEFER"),
        "DEFER  whether a trusted sealer excuses this mail of example.com cannot be decided now"
    );
    // Nothing waits for a chain that would excuse nothing.
    assert_eq!(check_with(&mail, &[], "\"TIMEOUT\"").code, 1);
    assert_eq!(check_with(&mail, &["--trusted-sealer", "other.example"], "\"TIMEOUT\"").code, 1);
}

#[test]
fn a_sealer_that_is_no_domain_is_a_usage_error() {
    let ended = check(MAIL, &["--trusted-sealer", "list..example"]);
    assert_eq!(ended.code, 2);
    assert!(ended.complaint.contains("an empty label"), "{}", ended.complaint);
}
