//! ARC within the check of a whole message.

use crate::arc_forge::{Forge, Hop, sealer, zone};
use crate::dkim_signer::{NOW, Recipe};
use mailproof::arc::{Outcome, SealingOptions};
use mailproof::dkim::Appetite;
use mailproof::dns::Known;
use mailproof::message::Message;
use mailproof::{Authenticator, Connection, Evaluation, Report, Step};

fn connection() -> Connection {
    Connection::new("2001:db8::1".parse().unwrap(), "mail.example.com", "joe@example.com").at(NOW)
}

fn report(raw: &[u8]) -> Report {
    Authenticator::new("mx.example.org")
        .check(&Message::parse(raw).unwrap(), connection())
        .run_blocking(&zone())
}

#[test]
fn a_message_without_a_chain_says_nothing_of_arc() {
    let report = report(&Forge::new().raw());
    assert_eq!(report.arc.outcome, Outcome::None);
    assert!(!report.auth_results().to_string().contains(" arc="));
    // RFC 8617 §6: a seal says it all the same.
    let results = report.sealing_results().to_string();
    assert!(results.ends_with(r#"arc=none smtp.remote-ip="2001:db8::1""#), "{results}");
    let json = report.to_json();
    assert_eq!(json["arc"]["result"], "none");
    assert_eq!((&json["arc"]["instances"], &json["arc"]["oldest_pass"]), (&0.into(), &0.into()));
    assert!(json["arc"]["reason"].is_null());
}

#[test]
fn the_result_and_its_properties_are_told() {
    // RFC 8617 §6, §10.1.
    let mut forge = Forge::passed(1);
    forge.body.extend(b"footer\r\n");
    let passed = report(&forge.clone().hop(Hop::new(2)).raw());
    assert_eq!(passed.auth_results_field(), passed.auth_results().field());
    let field = passed.auth_results().to_string();
    assert!(field.contains(r#"; arc=pass smtp.remote-ip="2001:db8::1" header.oldest-pass=2;"#), "{field}");
    assert_eq!(passed.to_json()["arc"]["oldest_pass"], 2);
    let failed = report(&forge.raw());
    let field = failed.auth_results().to_string();
    let reason = "ARC-Message-Signature of set 1: body hash did not verify";
    assert!(
        field.contains(&format!(r#"; arc=fail reason="{reason}" smtp.remote-ip="2001:db8::1";"#)),
        "{field}"
    );
    assert_eq!(failed.to_json()["arc"]["reason"], reason);
    assert_eq!(failed.to_json()["arc"]["instances"], 1);
}

#[test]
fn keys_of_arc_and_dkim_are_asked_for_in_one_round() {
    let forge = Forge::passed(1).hop(Hop::new(2).seal("s=sel", "s=rsa").seal("ed25519", "rsa"));
    let raw = forge.raw();
    let message = Message::parse(&raw).unwrap();
    let mut inspection = Authenticator::new("mx.example.org").check(&message, Connection::unknown().at(NOW));
    let Step::Ask(open) = inspection.step(&()) else { panic!() };
    let names: Vec<_> = open.iter().map(|question| question.name.as_str()).collect();
    for selector in ["sel", "rsa"] {
        assert!(names.contains(&format!("{selector}._domainkey.example.com").as_str()), "{names:?}");
    }
    let report = inspection.run_blocking(&zone());
    assert_eq!(report.arc.outcome, Outcome::Pass);
}

#[test]
fn a_body_is_read_as_long_as_dkim_or_arc_needs_it() {
    let forge = Forge::passed(2);
    let fields = String::from_utf8(forge.raw()).unwrap();
    let (header, body) = fields.split_once("\r\n\r\n").unwrap();
    let mut signed = Vec::new();
    for (canon, selector) in [("simple/simple", "sel"), ("relaxed/relaxed", "gone")] {
        let field = format!(
            "DKIM-Signature: v=1; a=ed25519-sha256; c={canon}; d=example.com; s={selector}; h=from; l=7; \
             bh={{bh}}; b={{b}}"
        );
        let lines: Vec<&str> = header.split("\r\n").collect();
        signed.push(Recipe::of(&field).sign(&lines, body.as_bytes()));
    }
    signed.push(fields.into_bytes());
    for raw in signed {
        let whole = report(&raw);
        assert_eq!(whole.arc.outcome, Outcome::Pass);
        for early in [false, true] {
            let mut session = Authenticator::new("mx.example.org").session(connection());
            let message = Message::parse(&raw).unwrap();
            for field in message.headers.iter() {
                session.header(field.name(), field.value()).unwrap();
            }
            session.end_of_header().unwrap();
            let mut appetite = Appetite::Hungry;
            for chunk in message.body.chunks(5) {
                if early {
                    for question in session.advance(&()).to_vec() {
                        session.answer(question.clone(), zone().recall(&question).unwrap());
                    }
                }
                appetite = session.body(chunk).unwrap();
            }
            assert_eq!(appetite, Appetite::Hungry);
            assert_eq!(session.finish().unwrap().run_blocking(&zone()), whole);
        }
    }
}

#[test]
fn what_a_forwarder_sealed_says_what_it_found() {
    let raw = Forge::new().raw();
    let arrived = report(&raw);
    let sealer = sealer(SealingOptions::default());
    let set =
        sealer.seal(&Message::parse(&raw).unwrap(), &arrived.arc, &arrived.sealing_results(), NOW).unwrap();
    let sealed = [set.to_string().as_bytes(), &raw].concat();
    let next = report(&sealed);
    assert_eq!(next.arc.outcome, Outcome::Pass);
    let results = String::from_utf8(next.arc.sets[0].results.to_vec()).unwrap().replace("\r\n", "");
    assert!(
        results.starts_with(r#" mx.example.org; arc=none smtp.remote-ip="2001:db8::1"; spf="#),
        "{results}"
    );
}
