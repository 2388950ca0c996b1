//! Mail from outside: what Postfix passes on, holds, and refuses.

use super::client::Mail;
use super::namespace::within;
use super::process::until;
use super::world::{ED25519, RAW, RSA, World};

/// Results that claim to be ours, each in another way.
const FORGED: &str = "Authentication-Results: mx.example.org; dmarc=pass header.from=bank.example\r\n\
     authentication-results: MX.Example.ORG 1; spf=pass smtp.mailfrom=bank.example\r\n\
     Authentication-Results: (of) \"mx.example.org\" (course); dkim=pass header.d=bank.example\r\n\
     Authentication-Results:\r\n\tmx.example.org;\r\n\tarc=pass\r\n\
     Authentication-Results: mx.example.org none\r\n";
const FOREIGN: &str = "Authentication-Results: mx.example.net; spf=pass smtp.mailfrom=example.com\r\n";

#[test]
fn what_is_found_stands_on_top_of_what_is_passed_on() {
    within(&["openssl"], || {
        let world = World::start_over_unix_socket("");

        for (file, recipient) in [(RSA, "rsa@example.org"), (ED25519, "ed25519@example.org")] {
            let passed = world.deliver(&Mail::new(recipient, &world.signed(RAW, file, "example.com", file)));
            let results = passed.results();
            for word in ["spf=pass", "dkim=pass", "dmarc=pass"] {
                assert!(results.contains(word), "{word}: {results}");
            }
            assert_eq!(passed.topmost(), "Authentication-Results", "above what Postfix itself wrote");
            assert!(passed.fields("X-Mailproof-Quarantine").is_empty());
            assert!(passed.raw.ends_with("\r\n\r\nHello\r\n.dot  \r\n\r\n"), "the body is as it was");
        }

        let changed = world.signed(RAW, RSA, "example.com", RSA).replace("Hello", "Help");
        let changed = world.deliver(&Mail::new("changed@example.org", &changed));
        assert!(changed.results().contains("dkim=fail"), "{}", changed.raw);
        assert!(changed.results().contains("dmarc=pass"), "by SPF: {}", changed.raw);

        // By what the domain asks for: nothing, a mark, and refusal, which by default is a mark, too.
        for (author, recipient, mark) in [
            ("joe@nothing.example", "none@example.org", None),
            ("joe@quarantine.example", "quarantine@example.org", Some("p=quarantine")),
            ("joe@example.com", "reject@example.org", Some("p=reject")),
        ] {
            let failed = world.deliver(&Mail::forged(recipient, author));
            assert!(failed.results().contains("spf=fail"), "{}", failed.raw);
            assert!(failed.results().contains("dmarc=fail"), "{}", failed.raw);
            let marks = failed.fields("X-Mailproof-Quarantine");
            assert_eq!(marks.len(), usize::from(mark.is_some()), "{}", failed.raw);
            assert!(mark.is_none_or(|mark| marks[0].contains(mark)), "{marks:?}");
        }
        assert_eq!(world.postfix.held(), 0);
    });
}

#[test]
fn results_that_others_forged_as_ours_are_gone() {
    within(&["openssl"], || {
        let world = World::start("");
        let signed = world.signed(RAW, RSA, "example.com", RSA);
        let raw = format!("{FORGED}{FOREIGN}{signed}{}", "");
        let cleaned = world.deliver(&Mail::new("ann@example.org", &raw));
        let fields = cleaned.fields("Authentication-Results");
        assert_eq!(fields.len(), 2, "{}", cleaned.raw);
        assert!(fields[0].starts_with("mx.example.org; ") && fields[0].contains("dmarc=pass"), "{fields:?}");
        assert!(fields[1].starts_with("mx.example.net; "), "{fields:?}");
        assert!(!cleaned.raw.contains("bank.example"), "{}", cleaned.raw);
        assert_eq!(cleaned.topmost(), "Authentication-Results");

        // Below other fields, and with a forged mark.
        let raw = format!(
            "X-Mailproof-Quarantine: no\r\nSubject: x\r\n{FORGED}From: joe@example.com\r\n{FORGED}\r\nx\r\n"
        );
        let cleaned = world.deliver(&Mail::new("bob@example.org", &raw));
        assert!(cleaned.results().contains("dmarc=pass"), "{}", cleaned.raw);
        assert_eq!(cleaned.fields("Authentication-Results").len(), 1, "{}", cleaned.raw);
        assert!(cleaned.fields("X-Mailproof-Quarantine").is_empty());
        assert_eq!(cleaned.fields("Subject"), ["x"]);
    });
}

#[test]
fn what_the_policy_says_is_done() {
    within(&["openssl"], || {
        let world = World::start(
            "policy.dmarc.reject = \"reject\"\npolicy.quarantine.hold = true\npolicy.spf.fail = \"accept\"",
        );
        let reply = world.send(&Mail::forged("refused@example.org", "joe@example.com"));
        assert!(reply.starts_with("550 5.7.26 "), "{reply}");
        let several = format!("From: eve@example.net\r\n{RAW}");
        let reply = world.send(&Mail::new("several@example.org", &several));
        assert!(reply.starts_with("550 5.6.0 "), "there is no one author: {reply}");

        let unsigned = Mail { ip: "198.51.100.7", ..Mail::new("signed@example.org", RAW) };
        let signed = Mail { raw: world.signed(RAW, RSA, "example.com", RSA), ..unsigned };
        assert!(world.deliver(&signed).results().contains("dmarc=pass"), "DKIM alone is enough");

        let reply = world.send(&Mail::forged("held@example.org", "joe@quarantine.example"));
        assert!(reply.starts_with("250 "), "{reply}");
        until("the message on hold", || (world.postfix.held() == 1).then_some(()));
        assert_eq!(world.sink.count(), 1, "held mail goes nowhere");
        let logged = || world.postfix.log().contains("milter-hold: END-OF-MESSAGE").then_some(());
        until("the hold in the log", logged);
        assert!(world.postfix.run("postsuper", &["-H", "ALL"]).status.success());
        assert!(world.postfix.run("postqueue", &["-f"]).status.success());
        let released = world.sink.wait_for("held@example.org");
        assert_eq!(released.fields("X-Mailproof-Quarantine").len(), 1, "{}", released.raw);
        assert!(released.results().contains("dmarc=fail"), "{}", released.raw);
        assert_eq!(world.sink.count(), 2, "what was refused never comes");
    });
}

#[test]
fn mail_that_dns_keeps_from_judgement_is_to_come_again() {
    within(&["openssl"], || {
        let world = World::start("");
        let signed = world.signed(RAW, RSA, "example.com", "s.broken");
        let stranger = Mail { ip: "198.51.100.7", ..Mail::new("key@example.org", &signed) };
        let reply = world.send(&stranger);
        assert!(reply.starts_with("451 4.4.3 "), "the key is not to be had: {reply}");

        let by_policy =
            Mail { sender: "joe@spf.example.com".to_owned(), ..Mail::new("spf@example.org", RAW) };
        let reply = world.send(&by_policy);
        assert!(reply.starts_with("451 4.7.24 "), "the SPF record is not to be had: {reply}");

        // Where DMARC passes all the same, trouble elsewhere stops nothing.
        let delivered = world.deliver(&Mail::new("passes@example.org", &signed));
        let results = delivered.results();
        assert!(results.contains("dmarc=pass") && results.contains("dkim=temperror"), "{results}");
        let lets_in = "policy.trouble.action = \"accept\"";
        world.daemon.reload(lets_in);
        let delivered = world.deliver(&stranger);
        assert!(delivered.results().contains("dmarc=temperror"), "{}", delivered.raw);
        assert_eq!(world.sink.count(), 2);
    });
}
