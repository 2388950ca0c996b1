//! Mail that goes on to others: judged, and sealed with what was found.

use super::mta::{Mail, Mta};
use super::running::{KEY, Running};
use super::sign::assert_signed;
use mailproof::dns::{Records, Txt, Zone};
use mailproof::message::Message;
use mailproof::{Evaluation, Name, SigningKey, arc};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

const RAW: &str = "Authentication-Results: mx.example.org; dmarc=pass\r\nFrom: Joe <joe@example.com>\r\n\
                   Subject: folded\r\n line\r\n\r\nHello\r\n";

fn verdict(raw: &str, key: &SigningKey) -> arc::Verdict {
    let mut zone = Zone::new();
    let name = Name::parse("arc._domainkey.example.org").unwrap();
    zone.insert(name, Records::Txt(vec![Txt::new([key.record()])]), Duration::ZERO);
    let message = Message::parse(raw.as_bytes()).unwrap();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    arc::validate(&message, &arc::Policy::default(), now).run_blocking(&zone)
}

/// A new RSA key in this file; false where there is nothing to make one with.
fn make_key(path: &Path) -> bool {
    let new = path.with_extension("new");
    if Command::new("openssl").args(["genrsa", "-out"]).arg(&new).arg("2048").output().is_err() {
        assert!(std::env::var_os("MAILPROOF_REQUIRE_REAL").is_none(), "there is no openssl");
        println!("skipped: there is no openssl");
        return false;
    }
    fs::rename(new, path).unwrap();
    true
}

#[test]
fn judged_mail_is_sealed_for_those_it_goes_on_to() {
    let running = Running::start("");
    let pem = running.folder().join("arc.pem");
    if !make_key(&pem) {
        return;
    }
    running.reload(
        "[seal]\ndomain = \"example.org\"\nselector = \"arc\"\nfile = \"%DIR%/arc.pem\"\nrecipients = [\"example.net\"]",
        "INFO reloaded",
    );
    let mut mail = Mail::new(RAW);
    let mut mta = Mta::connect(&running.socket());
    assert_eq!(mta.send(&mail).inserted.len(), 1, "it stays here");
    mail.recipients.push("ann@example.net".to_owned());
    let answer = mta.send_again(&mail);
    let names: Vec<_> = answer.inserted.iter().map(|(_, name, _)| name.as_str()).collect();
    assert_eq!(
        names,
        ["Authentication-Results", "ARC-Authentication-Results", "ARC-Message-Signature", "ARC-Seal"]
    );
    let sealed = answer.applied(RAW);
    let key = SigningKey::read(&fs::read(&pem).unwrap()).unwrap();
    let verdict = verdict(&sealed, &key);
    assert_eq!((verdict.outcome.word(), verdict.instances), ("pass", 1), "{sealed}");
    assert!(sealed.contains("ARC-Authentication-Results: i=1; mx.example.org;"), "{sealed}");
}

#[test]
fn a_changed_key_seals_and_a_broken_one_does_not() {
    let running = Running::start("");
    let pem = running.folder().join("arc.pem");
    if !make_key(&pem) {
        return;
    }
    let seal = "[seal]\ndomain = \"example.org\"\nselector = \"arc\"\nfile = \"%DIR%/arc.pem\"";
    running.reload(seal, "INFO reloaded");
    let mut mta = Mta::connect(&running.socket());
    mta.greet(&Mail::new(RAW));
    let mut sealed_with = |key: &SigningKey| {
        verdict(&mta.send_again(&Mail::new(RAW)).applied(RAW), key).outcome.word() == "pass"
    };
    let read = || SigningKey::read(&fs::read(&pem).unwrap()).unwrap();
    let first = read();
    assert!(sealed_with(&first));
    assert!(make_key(&pem));
    let second = read();
    assert!(sealed_with(&second) && !sealed_with(&first));
    fs::write(&pem, "no key").unwrap();
    assert!(sealed_with(&second), "the one before goes on");
    running
        .wait_for("a changed key cannot be used", || running.logs().contains("a changed key cannot be used"));
    // Others could read it: it is not taken at a reload, either.
    fs::set_permissions(&pem, fs::Permissions::from_mode(0o644)).unwrap();
    running.reload(seal, "others than its owner and group have access to this key");
}

#[test]
fn forwarded_mail_is_signed_and_the_seal_covers_that() {
    let forward = "[[sign.keys]]\ndomain = \"example.org\"\nselector = \"fwd\"\nfile = \"%DIR%/fwd\"\n\
                   [forward]\ndomain = \"example.org\"\nrecipients = [\"example.net\"]\n";
    let running = Running::start(forward);
    let path = running.folder().join("fwd");
    fs::write(&path, KEY).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    let body = "0123456789abcdef\r\n".repeat(20_000);
    let raw = RAW.replace("Hello\r\n", &body);
    let mut mail = Mail::new(&raw);
    let mut mta = Mta::connect(&running.socket());
    assert_eq!(mta.send(&mail).inserted.len(), 1, "it stays here");
    mail.recipients.push("ann@example.net".to_owned());
    let answer = mta.send_again(&mail);
    let names: Vec<_> = answer.inserted.iter().map(|(_, name, _)| name.as_str()).collect();
    assert_eq!(names, ["DKIM-Signature", "Authentication-Results"]);
    assert_signed(&answer.applied(&raw), "fwd._domainkey.example.org", KEY);
    // What fails is marked, and nobody answers for it.
    let failing = mail.clone().by_client("198.51.100.7");
    let answer = Mta::connect(&running.socket()).send(&failing);
    assert!(answer.inserted.iter().all(|(_, name, _)| name != "DKIM-Signature"), "{answer:?}");

    let pem = running.folder().join("arc.pem");
    if make_key(&pem) {
        let seal = "[seal]\ndomain = \"example.org\"\nselector = \"arc\"\nfile = \"%DIR%/arc.pem\"";
        running.reload(&format!("{forward}{seal}"), "INFO reloaded");
        let sealed = mta.send_again(&mail).applied(&raw);
        assert_signed(&sealed, "fwd._domainkey.example.org", KEY);
        let key = SigningKey::read(&fs::read(&pem).unwrap()).unwrap();
        assert_eq!(verdict(&sealed, &key).outcome.word(), "pass");
        let without = sealed.replacen("DKIM-Signature: ", "X-Signature: ", 1);
        assert_eq!(verdict(&without, &key).outcome.word(), "fail", "the seal covers our signature");
    }
    running.reload("[forward]\ndomain = \"example.org\"", "there are no keys for example.org as a whole");
}
