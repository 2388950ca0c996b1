//! Mail from outside: judged, written down, stripped of what is forged.

use super::mta::{Mail, Mta};
use super::running::{KEY, Running};
use mailproof::SigningKey;
use mailproof::dkim::{Canonicalization, Signer, SigningOptions};
use mailproof::message::Message;

const PLAIN: &str = "From: Joe <joe@example.com>\r\nSubject: folded\r\n line\r\n\r\nHello\r\n";

/// A message signed by example.com, with simple canonicalization: not one octet may be lost on the way.
fn signed(raw: &str) -> String {
    let mut options = SigningOptions::default();
    options.header_canonicalization = Canonicalization::Simple;
    options.body_canonicalization = Canonicalization::Simple;
    let key = SigningKey::read(KEY.as_bytes()).unwrap();
    let signer = Signer::new("example.com", [("ed", key)], options).unwrap();
    let message = Message::parse(raw.as_bytes()).unwrap();
    format!("{}{raw}", signer.sign(&message, 1_700_000_000).unwrap())
}

#[test]
fn one_field_on_top_says_what_was_found() {
    let running = Running::start("");
    let raw = signed(
        "From: Joe <joe@example.com>\r\nSubject:  two spaces\r\n\tand a tab\r\nX-None:none\r\n\r\nHello\r\n\r\n\r\n",
    );
    let answer = Mta::connect(&running.socket()).send(&Mail::new(&raw));
    let results = answer.results();
    assert_eq!((answer.last, answer.inserted.len(), answer.changed.len()), ('c', 1, 0));
    assert!(results.starts_with("mx.example.org; "), "{results}");
    for part in ["spf=pass", "smtp.mailfrom=example.com", "dkim=pass", "header.d=example.com", "dmarc=pass"] {
        assert!(results.contains(part), "{part}: {results}");
    }
    assert!(answer.applied(&raw).starts_with("Authentication-Results: mx.example.org;\r\n"));
}

#[test]
fn an_mta_that_keeps_the_leading_space_and_answers_everything_is_understood() {
    let running = Running::start("");
    let raw = signed("From: Joe <joe@example.com>\r\nSubject:  two spaces\r\n\r\nHello\r\n");
    let mut mta = Mta::offering(&running.socket(), 0x1f, 0);
    let answer = mta.send(&Mail::new(&raw));
    let results = answer.results();
    assert!(results.contains("dkim=pass") && !answer.inserted[0].2.starts_with(' '), "{results}");
}

#[test]
fn forged_results_go_and_foreign_ones_stay() {
    let running = Running::start("");
    let raw = "Authentication-Results: mx.example.org; dkim=pass header.d=bank.example\r\n\
               Authentication-Results: other.example; spf=pass\r\n\
               authentication-results: (c) MX.Example.ORG; dmarc=pass\r\n\
               Authentication-Results: \"mx.example.org\" 1;\r\n spf=pass\r\n\
               From: joe@example.com\r\n\
               X-Mailproof-Quarantine: no\r\n\
               Authentication-Results: mx.example.org(comment); none\r\n\
               Authentication-Results: ;;;\r\n\r\nHello\r\n";
    let answer = Mta::connect(&running.socket()).send(&Mail::new(raw));
    let applied = answer.applied(raw);
    let results: Vec<_> = applied.lines().filter(|line| line.to_lowercase().starts_with("auth")).collect();
    assert_eq!(results.len(), 2, "{applied}");
    assert!(results[0].ends_with("mx.example.org;") && results[1].contains("other.example"), "{applied}");
    assert!(!applied.contains("bank.example") && !applied.contains("X-Mailproof-Quarantine"));
    assert_eq!(answer.changed.len(), 6);
}

#[test]
fn a_failing_message_is_marked_and_by_choice_refused() {
    let running = Running::start("");
    let mail = Mail::new(PLAIN).by_client("198.51.100.7").sent_by("x@quarantine.example");
    let answer = Mta::connect(&running.socket()).send(&mail);
    assert_eq!(answer.last, 'c');
    assert!(answer.results().contains("dmarc=fail"));
    let marks: Vec<_> =
        answer.inserted.iter().filter(|(_, name, _)| name == "X-Mailproof-Quarantine").collect();
    assert_eq!(marks[0].2, " DMARC of example.com fails, which asks for p=reject");

    let running = Running::start("policy.dmarc.reject = \"reject\"\npolicy.quarantine.hold = true");
    let answer = Mta::connect(&running.socket()).send(&mail);
    assert_eq!((answer.last, answer.inserted.len()), ('y', 0));
    assert!(answer.line.starts_with("550 5.7.26 DMARC of example.com fails"), "{}", answer.line);
    let mail = Mail::new("From: a@quarantine.example\r\n\r\nHello\r\n").by_client("198.51.100.7");
    let answer = Mta::connect(&running.socket()).send(&mail);
    assert_eq!((answer.last, answer.quarantine.is_some()), ('c', true));
}

#[test]
fn the_exempt_are_let_in_and_written_down() {
    let exempt = |lines: &str| format!("policy.dmarc.reject = \"reject\"\n[[exempt]]\n{lines}");
    let mail = Mail::new("List-Id: Talk <talk.example.net>\r\nFrom: joe@example.com\r\n\r\nHello\r\n")
        .by_client("198.51.100.7")
        .sent_by("bounces@example.net");
    for (lines, last) in [
        ("networks = [\"198.51.100.0/24\"]", 'c'),
        ("networks = [\"203.0.113.0/24\"]", 'y'),
        ("senders = [\"example.net\"]\nnetworks = [\"198.51.100.0/24\"]", 'c'),
        ("recipients = [\"ann@example.org\"]", 'c'),
        ("recipients = [\"bob@example.org\"]", 'y'),
        ("lists = [\"talk.example.net\"]\nnetworks = [\"198.51.100.0/24\"]", 'c'),
        ("lists = [\"talk.example.net\"]\nsigners = [\"example.net\"]", 'y'),
        ("", 'y'),
    ] {
        let running = Running::start(&exempt(lines));
        let answer = Mta::connect(&running.socket()).send(&mail);
        assert_eq!(answer.last, last, "{lines}");
        if last == 'c' {
            assert!(answer.results().contains("dmarc=fail"));
            running.wait_for("exempt from reject", || running.logs().contains("exempt from reject"));
        }
    }
}

#[test]
fn trouble_with_dns_defers_until_the_cap() {
    let mail = Mail::new("From: joe@broken.example\r\n\r\nHello\r\n").sent_by("joe@broken.example");
    let running = Running::start("");
    let answer = Mta::connect(&running.socket()).send(&mail);
    assert_eq!((answer.last, answer.inserted.len()), ('y', 0));
    assert!(answer.line.starts_with("451 4.4.3 "), "{}", answer.line);
    assert!(running.page("/metrics").contains("mailproof_tempfails_total{cause=\"dns\"} 1"));

    let running = Running::start("policy.trouble.cap = 0");
    let answer = Mta::connect(&running.socket()).send(&mail);
    assert_eq!(answer.last, 'c');
    let results = answer.results();
    assert!(results.contains("dmarc=temperror") && results.contains("spf=temperror"), "{results}");
    running.wait_for("for 0 minutes", || running.logs().contains("for 0 minutes"));
}

#[test]
fn a_message_of_several_authors_is_refused_and_one_of_none_marked() {
    let running = Running::start("");
    let mut mta = Mta::connect(&running.socket());
    let answer = mta.send(&Mail::new("From: joe@example.com\r\nFrom: ann@example.net\r\n\r\nHello\r\n"));
    assert!(answer.line.starts_with("550 5.6.0 there are 2 From fields"), "{}", answer.line);
    let answer = mta.send_again(&Mail::new("Subject: none\r\n\r\nHello\r\n"));
    assert_eq!(answer.last, 'c');
    assert!(answer.inserted.iter().any(|(_, name, _)| name == "X-Mailproof-Quarantine"));
    assert!(answer.results().contains("dmarc=permerror"));
}

#[test]
fn a_dry_run_touches_nothing() {
    let running = Running::start("policy.dry_run = true\npolicy.dmarc.reject = \"reject\"");
    let mail = Mail::new(PLAIN).by_client("198.51.100.7");
    let answer = Mta::connect(&running.socket()).send(&mail);
    assert_eq!((answer.last, answer.inserted.len(), answer.changed.len()), ('c', 0, 0));
    running.wait_for("a log line", || running.logs().contains("action=\"reject\""));
}

#[test]
fn own_mail_is_not_judged() {
    let lines = "ingress.trusted_networks = [\"10.0.0.0/8\"]\ningress.submission_daemons = [\"submission\"]";
    let running = Running::start(lines);
    let mail =
        Mail::new("Authentication-Results: mx.example.org; none\r\nFrom: joe@example.com\r\n\r\nHello\r\n");
    let mut submitted = mail.clone();
    submitted.connection_macros.push(("daemon_name", "submission".to_owned()));
    for (own, removed) in [
        (mail.clone().by_client("10.1.2.3"), 0),
        (mail.clone().with_macro("auth_type", "PLAIN"), 1),
        (mail.clone().with_macro("auth_authen", "joe"), 1),
        (submitted, 1),
    ] {
        let answer = Mta::connect(&running.socket()).send(&own);
        assert_eq!((answer.last, answer.inserted.len(), answer.changed.len()), ('c', 0, removed));
    }
    assert_eq!(Mta::connect(&running.socket()).send(&mail).changed.len(), 1);
}

#[test]
fn behind_a_relay_the_client_is_whom_the_relay_saw() {
    let running = Running::start("ingress.relays = [\"198.51.100.1\"]");
    let raw = "Received: from mail.example.com (mail.example.com [192.0.2.25])\r\n\tby relay.example.org; now\r\n\
               Received: from x (x [203.0.113.9]) by y; now\r\nFrom: joe@example.com\r\n\r\nHello\r\n";
    let answer = Mta::connect(&running.socket()).send(&Mail::new(raw).by_client("198.51.100.1"));
    assert!(answer.results().contains("spf=pass"), "{}", answer.results());
    let answer = Mta::connect(&running.socket()).send(&Mail::new(raw).by_client("198.51.100.2"));
    assert!(answer.results().contains("spf=fail"), "{}", answer.results());
}

#[test]
fn a_connection_serves_many_messages_and_many_clients() {
    let running = Running::start("");
    let mut mta = Mta::connect(&running.socket());
    let mail = Mail::new(PLAIN);
    let first = mta.send(&mail);
    assert!(first.results().contains("spf=pass"));
    assert_eq!(mta.send_again(&mail), first);
    mta.begin(&mail);
    mta.say(&[mailproof_milter::protocol::Command::Abort]);
    assert_eq!(mta.send_again(&mail), first);
    mta.say(&[mailproof_milter::protocol::Command::NextConnection]);
    assert!(mta.send(&mail.clone().by_client("198.51.100.7")).results().contains("spf=fail"));
    mta.say(&[mailproof_milter::protocol::Command::Quit]);
    running.wait_for("the end", || running.page("/metrics").contains("mailproof_open_connections 0"));
}

#[test]
fn a_body_that_nobody_needs_is_not_sent() {
    let running = Running::start("");
    let body = "0123456789abcdef\r\n".repeat(50_000);
    let unsigned = format!("From: joe@example.com\r\n\r\n{body}");
    let answer = Mta::connect(&running.socket()).send(&Mail::new(&unsigned));
    assert_eq!((answer.chunks, answer.last), (1, 'c'));
    let answer = Mta::connect(&running.socket()).send(&Mail::new(&signed(&unsigned)));
    assert_eq!((answer.chunks, answer.last), (body.len().div_ceil(65_535), 'c'));
    assert!(answer.results().contains("dkim=pass"));
}
