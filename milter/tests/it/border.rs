//! Who is one of us, and who only says so.

use super::mta::{Mail, Mta};
use super::running::{KEY, Running};
use mailproof_milter::config::Config;
use mailproof_milter::protocol::{Address, Command, Family};
use std::fs;
use std::os::unix::fs::PermissionsExt;

const FORGED: &str = "Authentication-Results: mx.example.org; dmarc=pass\r\n\
                      Authentication-Results: mx.example.org; dkim=pass\r\n\
                      X-Mailproof-Quarantine: no\r\n\
                      From: joe@example.com\r\n\r\nHello\r\n";
const KEYS: &str = "[[sign.keys]]\ndomain = \"example.com\"\nselector = \"a\"\nfile = \"%DIR%/a\"\n";

fn signing(lines: &str) -> Running {
    let running = Running::start(&format!("{lines}\n{KEYS}"));
    let path = running.folder().join("a");
    fs::write(&path, KEY).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    running
}

#[test]
fn a_client_whose_address_cannot_be_read_is_not_one_of_us() {
    let running = signing("");
    for ip in ["fe80::1%eth0", "::ffff:198.51.100.7", "nonsense", ""] {
        let answer = Mta::connect(&running.socket()).send(&Mail::new(FORGED).by_client(ip));
        assert!(answer.inserted.iter().all(|(_, name, _)| name != "DKIM-Signature"), "{ip}");
        assert!(!answer.results().contains("spf=pass"), "{ip}");
    }
    for (host, family, signs) in [
        ("localhost", Family::Unknown, true),
        ("localhost", Family::Unix, true),
        ("unknown", Family::Unknown, false),
    ] {
        let mut mta = Mta::connect(&running.socket());
        let path: &[u8] = if family == Family::Unix { b"/run/x" } else { b"" };
        mta.say(&[
            Command::Connect(Address { host: host.as_bytes(), family, port: 0, address: path }),
            Command::Helo(b"x"),
        ]);
        let answer = mta.send_again(&Mail::new(FORGED));
        assert_eq!(answer.inserted.iter().any(|(_, name, _)| name == "DKIM-Signature"), signs, "{host}");
    }
    // Nor is one of whom nothing was told.
    let answer = Mta::connect(&running.socket()).send_again(&Mail::new(FORGED));
    assert!(answer.results().contains("dmarc="));
}

#[test]
fn mapped_addresses_are_those_they_hold() {
    let running = signing("ingress.trusted_networks = [\"198.51.100.0/24\"]");
    for ip in ["::ffff:198.51.100.7", "IPv6:::ffff:198.51.100.7", "198.51.100.7"] {
        let answer = Mta::connect(&running.socket()).send(&Mail::new(FORGED).by_client(ip));
        assert_eq!(answer.inserted[0].1, "DKIM-Signature", "{ip}");
        assert_eq!(answer.changed.len(), 0, "a host as good as we may write under our name");
    }
}

#[test]
fn who_submits_mail_writes_nothing_under_our_name() {
    let running = signing("ingress.submission_daemons = [\"SUBMISSION\"]");
    let mut submitted = Mail::new(FORGED);
    submitted.connection_macros.push(("daemon_name", "SUBMISSION".to_owned()));
    for mail in [Mail::new(FORGED).with_macro("auth_type", "PLAIN"), submitted] {
        let answer = Mta::connect(&running.socket()).send(&mail);
        let applied = answer.applied(FORGED);
        assert!(applied.starts_with("DKIM-Signature:"), "{applied}");
        assert!(!applied.contains("Authentication-Results") && !applied.contains("Quarantine"), "{applied}");
    }
    // Not even with mail that nobody signs.
    let raw = FORGED.replace("joe@example.com", "joe@example.net");
    let answer = Mta::connect(&running.socket()).send(&Mail::new(&raw).with_macro("auth_type", "PLAIN"));
    assert_eq!((answer.last, answer.changed.len(), answer.inserted.len()), ('c', 3, 0));
}

#[test]
fn own_mail_without_a_clear_author_goes_unsigned() {
    let running = signing("");
    for raw in ["From: root\r\n\r\nHello\r\n", "From: a@example.com\r\nFrom: b@example.com\r\n\r\nHello\r\n"]
    {
        let answer = Mta::connect(&running.socket()).send(&Mail::new(raw).with_macro("auth_type", "PLAIN"));
        assert_eq!((answer.last, answer.inserted.len()), ('c', 0), "{raw}");
    }
}

#[test]
fn mail_without_a_header_section_is_marked() {
    let running = Running::start("");
    let mut mta = Mta::connect(&running.socket());
    mta.greet(&Mail::new(FORGED));
    mta.begin(&Mail::new(FORGED));
    mta.say(&[Command::EndOfHeader]);
    let answer = mta.end(Default::default());
    let names: Vec<_> = answer.inserted.iter().map(|(_, name, _)| name.as_str()).collect();
    assert_eq!(names, ["X-Mailproof-Quarantine", "Authentication-Results"]);
    assert_eq!(answer.results(), "mx.example.org; none");
}

#[test]
fn nobody_is_exempt_on_his_own_word() {
    let least = "authserv_id = \"mx.example.org\"\nlisten = [\"unix:/run/m.sock\"]\n";
    let error = Config::read(&format!("{least}[[exempt]]\nlists = [\"talk.example.net\"]")).unwrap_err();
    assert!(error.to_string().starts_with("line 4: lists: anybody can write a List-Id"), "{error}");
    // A MAIL FROM counts if SPF passes for it.
    let running =
        Running::start("policy.dmarc.reject = \"reject\"\nexempt = [{ senders = [\"example.com\"] }]");
    let raw = FORGED.replace("joe@example.com", "a@rejecting.example");
    for (ip, last) in [("192.0.2.25", 'c'), ("198.51.100.7", 'y')] {
        let answer = Mta::connect(&running.socket()).send(&Mail::new(&raw).by_client(ip));
        assert_eq!(answer.last, last, "{ip} {}", running.logs());
    }
}
