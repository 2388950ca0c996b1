//! Mail that goes on to others: judged, and sealed with what was found.

use super::mta::{Mail, Mta};
use super::running::Running;
use mailproof::dns::{Records, Txt, Zone};
use mailproof::message::Message;
use mailproof::{Evaluation, Name, SigningKey, arc};
use std::fs;
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

#[test]
fn judged_mail_is_sealed_for_those_it_goes_on_to() {
    let running = Running::start("");
    let pem = running.folder().join("arc.pem");
    let made = Command::new("openssl").args(["genrsa", "-out"]).arg(&pem).arg("2048").output();
    if made.is_err() {
        assert!(std::env::var_os("MAILPROOF_REQUIRE_REAL").is_none(), "there is no openssl");
        println!("skipped: there is no openssl");
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
