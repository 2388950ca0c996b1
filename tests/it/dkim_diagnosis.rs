//! What was done to a message whose signature fails.

use super::dkim_signer::{Key, NOW, Recipe};
use mailproof::dkim::diagnosis::{BodyChange, Diagnosis, HeaderChange, diagnose};
use mailproof::dkim::{Policy, verify};
use mailproof::dns::{Known, Zone};
use mailproof::message::Message;
use mailproof::{Evaluation, Step};
use serde_json::json;
use std::time::Instant;

const RELAXED: &str = "DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed; d=example.com; s=sel; \
                       h=from:subject:reply-to:content-transfer-encoding; bh={bh}; b={b}";
const HEADERS: [&str; 3] =
    ["From: Joe <joe@example.com>", "Subject: Dinner on Friday", "Content-Transfer-Encoding: 8bit"];
const BODY: &str = "Dear all,\r\n\r\nFrom eight on.\r\n.\r\nJoe\r\n";

fn zone() -> Zone {
    let names = json!({ "sel._domainkey.example.com": { "TXT": [Key::ed25519().record()] } });
    Zone::from_json_value(&names).unwrap()
}

fn signed(field: &str) -> String {
    String::from_utf8(Recipe::of(field).sign(&HEADERS, BODY.as_bytes())).unwrap()
}

fn diagnosis_with(mail: &str, known: &dyn Known) -> Diagnosis {
    let message = Message::parse(mail.as_bytes()).unwrap();
    let Step::Done(verdicts) = verify(&message, &Policy::default(), NOW).step(&zone()) else {
        unreachable!()
    };
    diagnose(&message, &verdicts[0], &Policy::default(), known)
}

fn diagnosis(mail: &str) -> Diagnosis {
    diagnosis_with(mail, &zone())
}

fn changed(field: &str, from: &str, to: &str) -> Diagnosis {
    let mail = signed(field);
    assert!(mail.contains(from), "{from}: {mail}");
    diagnosis(&mail.replacen(from, to, 1))
}

#[test]
fn a_signature_that_holds_has_nothing_to_be_found() {
    assert_eq!(diagnosis(&signed(RELAXED)), Diagnosis::default());
}

#[test]
fn a_footer_is_found_with_its_place() {
    for field in [RELAXED, &RELAXED.replace("relaxed/relaxed", "relaxed/simple")] {
        let found =
            diagnosis(&format!("{}\r\n-- \r\nlist@example.net\r\nunsubscribe\r\n\r\n", signed(field)));
        assert_eq!(found.body, Some(BodyChange::Footer { intact: 5, added: 4 }));
        assert_eq!((found.is_body_intact, found.header.len()), (Some(false), 0));
        assert_eq!(found.sentences(), ["the body matches up to line 5: 4 lines were added behind it"]);
    }
}

#[test]
fn what_programs_do_to_bodies_is_found() {
    for (from, to, expected) in [
        ("Dear all", "CAUTION: external\r\n\r\nDear all", BodyChange::Banner { added: 2 }),
        ("From eight", ">From eight", BodyChange::Mailbox),
        ("\r\n.\r\n", "\r\n..\r\n", BodyChange::Dots),
        ("on.\r\n", "on.\n", BodyChange::BareLineEnds),
    ] {
        let found = changed(RELAXED, from, to);
        assert_eq!((found.body, found.is_body_intact), (Some(expected), Some(false)), "{to:?}");
    }
    assert_eq!(changed(RELAXED, "eight", "nine").body, None);
}

#[test]
fn what_forwarders_do_to_header_sections_is_found() {
    let tag = |tag: &str| HeaderChange::SubjectTag { tag: tag.to_owned() };
    let added = HeaderChange::Added { name: "Reply-To".to_owned() };
    for (from, to, expected) in [
        ("Subject: ", "Subject: [list] ", &[tag("[list]")][..]),
        ("Subject: ", "Subject: *** SPAM *** ", &[tag("*** SPAM ***")]),
        ("Subject: ", "Subject: EXTERNAL: ", &[tag("EXTERNAL:")]),
        ("Content-T", "Reply-To: list@example.net\r\nContent-T", std::slice::from_ref(&added)),
        ("Subject: ", "Reply-To: list@example.net\r\nSubject: [list] ", &[tag("[list]"), added.clone()]),
        (
            "From: Joe <joe@example.com>",
            "X-Original-From: Joe <joe@example.com>\r\nFrom: Joe via list <list@example.net>",
            &[HeaderChange::From { source: "X-Original-From" }],
        ),
        ("Encoding: 8bit", "Encoding: base64", &[HeaderChange::Encoding { was: "8bit" }]),
        ("Subject: Dinner", "Subject: Lunch", &[]),
    ] {
        let found = changed(RELAXED, from, to);
        assert_eq!((found.header.as_slice(), found.is_body_intact), (expected, Some(true)), "{to:?}");
    }
    let simple = RELAXED.replace("relaxed/relaxed", "simple/simple");
    let found = changed(&simple, "Subject: Dinner on", "Subject: Dinner\r\n on");
    assert_eq!(found.header, [HeaderChange::Folding]);
}

#[test]
fn a_list_does_both() {
    let found =
        diagnosis(&format!("{}footer\r\n", signed(RELAXED).replace("Subject: ", "Subject: Re: [x] ")));
    assert!(found.header.is_empty(), "the mark is not the signer's: {found:?}");
    let found = diagnosis(&format!("{}footer\r\n", signed(RELAXED).replace("Subject: ", "Subject: [x] ")));
    assert_eq!(
        found.sentences(),
        [
            "the signature verifies without this change: \"[x]\" was put before the subject",
            "the body matches up to line 5: 1 line was added behind it"
        ]
    );
}

#[test]
fn z_names_the_field() {
    let field =
        RELAXED.replace("bh=", "z=From:Joe=20<joe@example.com>|Subject:Dinner=20on=20Friday|Date:today; bh=");
    let found = changed(&field, "Dinner on", "Lunch on");
    // Date stands in z= and is not signed: that it is not there changes nothing.
    let [HeaderChange::Copied(subject), HeaderChange::Copied(date)] = found.header.as_slice() else {
        panic!("{found:?}");
    };
    assert_eq!(
        (subject.name.as_str(), subject.was.as_str(), subject.is_gone),
        ("Subject", "Dinner on Friday", false)
    );
    assert!(date.is_gone);
    assert!(found.sentences()[0].contains("Subject has changed: it was \"Dinner on Friday\""));
    // Without the key nothing can be tried: z= is hearsay.
    let mail = signed(&field).replace("Dinner on", "Lunch on");
    let unproven = diagnosis_with(&mail, &());
    assert!(unproven.header.is_empty() && unproven.differing.len() == 2, "{unproven:?}");
    assert!(unproven.sentences()[0].starts_with("z= says that Subject has changed"), "{unproven:?}");
}

#[test]
fn sentences_hold_nothing_that_a_terminal_obeys() {
    let hostile = "Subject: [\u{1b}[2J\u{202e}] ";
    let found = changed(RELAXED, "Subject: ", hostile);
    assert_eq!(found.header.len(), 1);
    assert!(found.sentences().concat().bytes().all(|octet| (b' '..=b'~').contains(&octet)), "{found:?}");
}

/// The time grows with the message and no faster, and what is too large is left alone.
#[test]
fn hostile_messages_are_looked_into_for_a_short_time() {
    let start = Instant::now();
    let many = "Subject: [a][a]\r\n".repeat(12_000);
    let copies = format!("z={}; bh=", "a:b|".repeat(20_000));
    let mail = signed(RELAXED);
    let _ = diagnosis(&mail.replace("Subject: ", &format!("{many}Subject: ")));
    let _ = diagnosis(&mail.replace("bh=", &copies));
    let _ = diagnosis(&format!("{mail}{}", "\r\n.".repeat(1 << 20)));
    let _ = diagnosis(&format!("{mail}{}", "x".repeat(17 << 20)));
    assert!(start.elapsed().as_secs() < 60, "{:?}", start.elapsed());
}
