//! Edits of a header section: what they say, and what becomes of a message.

use super::dkim_signer::{FIELD, Key, NOW, Recipe, outcome, zone};
use mailproof::authres::{AuthResults, Strip, StripReason};
use mailproof::dkim::Policy;
use mailproof::dns::Zone;
use mailproof::edits::{HeaderEdit, MalformedField, apply, removals, to_json};
use mailproof::message::{Headers, Message};
use mailproof::{Authenticator, Connection, Evaluation};

const MAIL: &[u8] = b"Received: from x\r\n\
    Authentication-Results: mx.example.org; dkim=pass header.d=bank.example\r\n\
    Authentication-Results: foreign.example; spf=pass\r\n\
    Subject: x\nAuthentication-Results: mx.example.org; dkim=pass\r\n\
    no field\nAuthentication-Results: mx.example.org; dkim=pass\r\n\
    authentication-results : filter.example.org; dmarc=pass\r\n\
    From: joe@example.com\r\n\r\nHello\nAuthentication-Results: mx.example.org; dkim=pass\r\n";

fn edits(raw: &[u8]) -> Vec<HeaderEdit> {
    let message = Message::parse(raw).unwrap();
    let authenticator = Authenticator::new("mx.example.org");
    let report = authenticator.check(&message, Connection::unknown()).run_blocking(&Zone::new());
    report.edits(&message.headers, &Strip::new(["filter.example.org"]))
}

#[test]
fn deletions_run_from_the_bottom_up_and_ours_comes_last() {
    let edits = edits(MAIL);
    let json = to_json(&edits);
    let mut rows = json.as_array().unwrap().clone();
    let inserted = rows.pop().unwrap();
    assert_eq!(
        serde_json::Value::from(rows),
        serde_json::json!([
            { "op": "delete", "name": "authentication-results", "index": 3, "position": 5 },
            { "op": "delete", "name": "", "index": 1, "position": 4 },
            { "op": "change", "name": "Subject", "index": 1, "position": 3,
              "value": " x Authentication-Results: mx.example.org; dkim=pass" },
            { "op": "delete", "name": "Authentication-Results", "index": 1, "position": 1 },
        ])
    );
    assert_eq!((&inserted["op"], &inserted["position"]), (&"insert".into(), &0.into()));
    let value = inserted["value"].as_str().unwrap();
    assert_eq!(AuthResults::parse(value.as_bytes()).unwrap().authserv_id(), "mx.example.org");
}

#[test]
fn the_message_keeps_every_octet_that_no_edit_names() {
    let edited = apply(&edits(MAIL), MAIL);
    let ours = edited.windows(12).position(|octets| octets == b"Received: fr").unwrap();
    assert!(edited.starts_with(b"Authentication-Results: mx.example.org;"));
    assert_eq!(
        edited[ours..].escape_ascii().to_string(),
        b"Received: from x\r\n\
          Authentication-Results: foreign.example; spf=pass\r\n\
          Subject: x Authentication-Results: mx.example.org; dkim=pass\r\n\
          From: joe@example.com\r\n\r\nHello\nAuthentication-Results: mx.example.org; dkim=pass\r\n"
            .escape_ascii()
            .to_string()
    );
    // Nothing is left to strip but what is ours now.
    let headers = Message::parse(&edited).unwrap().headers;
    let left = Strip::new(["mx.example.org", "filter.example.org"]).find(&headers);
    assert_eq!(
        left.iter().map(|left| (left.position, left.reason)).collect::<Vec<_>>(),
        [(0, StripReason::Own)]
    );
}

/// RFC 8601 §5: what a signature covers is verified as it came, and goes afterwards.
#[test]
fn a_signature_over_a_forged_field_is_verified_before_the_field_goes() {
    let field = FIELD.replace("from:subject", "from:authentication-results");
    let forged = "Authentication-Results: mx.example.org; dkim=pass header.d=bank.example";
    let mail = Recipe::of(&field).sign(&[forged, "From: joe@example.com"], b"Hello\r\n");
    let zone = zone(&[&Key::ed25519().record()]);
    let message = Message::parse(&mail).unwrap();
    let connection = Connection::unknown().at(NOW);
    let report = Authenticator::new("mx.example.org").check(&message, connection).run_blocking(&zone);
    let edits = report.edits(&message.headers, &Strip::default());
    assert!(matches!(edits[0], HeaderEdit::Delete { position: 1, index: 1, .. }), "{edits:?}");
    let edited = apply(&edits, &mail);
    let told =
        Message::parse(&edited).unwrap().headers.named("authentication-results").copied().collect::<Vec<_>>();
    assert_eq!(told.len(), 1);
    let told = AuthResults::parse(told[0].value()).unwrap();
    let dkim = told.entries().iter().find(|entry| entry.method() == "dkim").unwrap();
    assert_eq!((dkim.result(), dkim.property("header", "d")), ("pass", Some("example.com")));
    // In the other order it would not have passed.
    assert_ne!(outcome(&edited, &zone, &Policy::default()), outcome(&mail, &zone, &Policy::default()));
}

#[test]
fn what_is_pushed_later_stands_higher() {
    let edits = [
        HeaderEdit::insert("A", " 1").unwrap(),
        HeaderEdit::insert_field("DKIM-Signature: v=1;\r\n d=x\r\n").unwrap(),
        HeaderEdit::insert("Received-SPF", Vec::new()).unwrap(),
    ];
    let expected = b"Received-SPF:\r\nDKIM-Signature: v=1;\r\n d=x\r\nA: 1\r\nFrom: x\r\n\r\n";
    assert_eq!(apply(&edits, b"From: x\r\n\r\n"), expected);
    assert_eq!(edits[1].milter_value(false), b"v=1;\n d=x");
    assert_eq!(edits[1].milter_value(true), b" v=1;\n d=x");
    assert_eq!(removals(&Headers::parse(b"From: x").unwrap(), &Strip::default()), []);
}

#[test]
fn nothing_but_one_field_is_inserted() {
    for name in ["", "a b", "a:", "a\r\nB", "é", "a\0"] {
        assert_eq!(HeaderEdit::insert(name, " x"), Err(MalformedField::Name), "{name:?}");
    }
    for value in ["a\nb", "a\rb", "a\r\nb", "a\r\n", "a\0", "a\r\n b\r\n\r\n c", "a\n b"] {
        assert_eq!(HeaderEdit::insert("X", value), Err(MalformedField::Value), "{value:?}");
    }
    assert_eq!(HeaderEdit::insert_field("no colon"), Err(MalformedField::Name));
    assert_eq!(HeaderEdit::insert_field("A: 1\r\nB: 2\r\n"), Err(MalformedField::Value));
    assert!(HeaderEdit::insert("X", "a\r\n\tb\r\n c").is_ok());
}

#[test]
fn a_message_without_its_last_line_end_or_without_a_header_is_edited_as_well() {
    let insert = [HeaderEdit::insert("A", " 1").unwrap()];
    let delete = |name: &str, position: usize| HeaderEdit::Delete { name: name.into(), index: 1, position };
    assert_eq!(apply(&insert, b"B: 2"), b"A: 1\r\nB: 2");
    assert_eq!(apply(&insert, b""), b"A: 1\r\n");
    assert_eq!(apply(&insert, b"\r\nbody"), b"A: 1\r\n\r\nbody");
    assert_eq!(apply(&[delete("c", 1)], b"B: 2\r\nC: 3"), b"B: 2\r\n");
    assert_eq!(apply(&[delete("B", 0)], b"B: 2\r\nC: 3"), b"C: 3");
    assert_eq!(apply(&[delete("B", 0)], b"B: 2\r\n\r\nbody"), b"\r\nbody");
    let below = HeaderEdit::Insert { position: 9, name: "A".into(), value: b" 1".to_vec() };
    assert_eq!(apply(&[below], b"B: 2"), b"B: 2\r\nA: 1\r\n");
    // A list made for another message.
    assert_eq!(apply(&[delete("X", 0), delete("B", 7)], b"B: 2\r\n\r\nbody"), b"B: 2\r\n\r\nbody");
}

#[test]
fn thousands_of_edits_take_linear_time() {
    let mut mail = "Authentication-Results: mx.example.org; none\r\n".repeat(20_000).into_bytes();
    mail.extend_from_slice(b"From: a@b\r\n\r\n");
    let headers = Message::parse(&mail).unwrap().headers;
    let edits = removals(&headers, &Strip::new(["mx.example.org"]));
    assert_eq!(edits.len(), 20_000);
    assert_eq!(apply(&edits, &mail), b"From: a@b\r\n\r\n");
}
