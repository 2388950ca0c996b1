//! Mail of our own: signed, and verified by others behind another Postfix.

use super::client::Mail;
use super::namespace::within;
use super::postfix::Postfix;
use super::process::{Process, until_open};
use super::sink;
use super::world::{ED25519, RAW, RSA, World, key, now};
use mailproof::dns::{Records, Txt, Zone};
use mailproof::message::Message;
use mailproof::{Evaluation, Name, dkim};
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

const SIGNING: &str = "ingress.trusted_networks = [\"203.0.113.0/24\"]\n\
     [[sign.keys]]\ndomain = \"example.com\"\nselector = \"rsa\"\nfile = \"%DIR%/rsa\"\n\
     [[sign.keys]]\ndomain = \"example.com\"\nselector = \"ed\"\nfile = \"%DIR%/ed\"\n";

/// Of one who has authenticated, from anywhere.
fn authenticated(recipient: &str) -> Mail {
    Mail { ip: "198.51.100.7", login: Some("joe"), ..Mail::new(recipient, RAW) }
}

/// Of a network that is trusted.
fn trusted(recipient: &str) -> Mail {
    Mail { ip: "203.0.113.9", ..Mail::new(recipient, RAW) }
}

#[test]
fn mail_of_our_own_is_signed_as_it_is_passed_on() {
    within(&["openssl"], || {
        let world = World::start(SIGNING);
        for mail in [authenticated("authenticated@example.org"), trusted("trusted@example.org")] {
            let signed = world.deliver(&mail);
            assert_eq!(verdicts(world.folder(), &signed.raw), [(RSA, "pass"), (ED25519, "pass")].map(owned));
            assert!(signed.fields("Authentication-Results").is_empty(), "{}", signed.raw);
            let changed = signed.raw.replace("Subject: folded", "Subject: other");
            assert_eq!(verdicts(world.folder(), &changed), [(RSA, "fail"), (ED25519, "fail")].map(owned));
        }
        // Whom nobody knows is judged, and nothing is signed for him.
        let stranger = world.deliver(&Mail { ip: "198.51.100.7", ..Mail::new("stranger@example.org", RAW) });
        assert!(stranger.fields("DKIM-Signature").is_empty(), "{}", stranger.raw);
        assert!(stranger.results().contains("dmarc=fail"), "{}", stranger.raw);
        let other = Mail {
            raw: RAW.replace("joe@example.com", "joe@nothing.example"),
            ..authenticated("other@example.org")
        };
        let unsigned = world.deliver(&other);
        assert!(unsigned.fields("DKIM-Signature").is_empty(), "there is no key for him: {}", unsigned.raw);
    });
}

#[test]
fn opendkim_behind_a_second_postfix_verifies_what_is_signed() {
    within(&["openssl", "opendkim"], || {
        let world = World::start_before(2501, SIGNING);
        let _opendkim = opendkim(world.folder());
        let _second = Postfix::start(world.folder(), 2501, "inet:127.0.0.1:8892", sink::PORT);
        for mail in [authenticated("authenticated@example.org"), trusted("trusted@example.org")] {
            let arrived = world.deliver(&mail);
            let results = arrived.fields("Authentication-Results");
            let of_opendkim = results.iter().find(|field| field.starts_with("verifier.example"));
            let says = of_opendkim.unwrap_or_else(|| panic!("{}", arrived.raw));
            assert!(says.contains("dkim=pass") && says.contains("header.d=example.com"), "{says}");
            assert!(!says.contains("dkim=fail"), "{says}");
            assert_eq!(
                verdicts(world.folder(), &arrived.raw),
                [(RSA, "pass"), (ED25519, "pass")].map(owned),
                "also after two hops"
            );
        }
    });
}

/// OpenDKIM as a verifier on port 8892.
fn opendkim(folder: &Path) -> Process {
    let file = folder.join("opendkim.conf");
    let lines = "Mode v\nSocket inet:8892@127.0.0.1\nAuthservID verifier.example\nAlwaysAddARHeader yes\nSyslog no\n\
         InternalHosts 192.0.2.200\nNameservers 127.0.0.1\n";
    fs::write(&file, lines).unwrap();
    let mut command = Command::new("opendkim");
    let opendkim = Process::start(command.args(["-f", "-x"]).arg(file), &folder.join("opendkim.log"));
    until_open(8892);
    opendkim
}

fn owned((selector, word): (&str, &str)) -> (String, String) {
    (selector.to_owned(), word.to_owned())
}

/// What our own verifier says: selectors and words, from the topmost signature down.
fn verdicts(folder: &Path, raw: &str) -> Vec<(String, String)> {
    let mut zone = Zone::new();
    for selector in [RSA, ED25519] {
        let name = Name::parse(format!("{selector}._domainkey.example.com").as_str()).unwrap();
        let record = Records::Txt(vec![Txt::new([key(folder, selector).record()])]);
        zone.insert(name, record, Duration::ZERO);
    }
    let message = Message::parse(raw.as_bytes()).unwrap();
    let verdicts = dkim::verify(&message, &dkim::Policy::default(), now()).run_blocking(&zone);
    let word = |verdict: &dkim::Verdict| {
        (verdict.selector.as_ref().unwrap().to_string(), verdict.outcome.word().to_owned())
    };
    verdicts.iter().map(word).collect()
}
