//! One message that makes a receiver ask as much as it can: every protocol at its limit, in one evaluation.

use crate::arc_forge::{Forge, Hop};
use crate::dkim_signer::{BODY, Key, NOW, Recipe};
use mailproof::dns::{Answer, Kind, Question, Zone};
use mailproof::message::Message;
use mailproof::{Authenticator, Connection, Evaluation, Report, Step};
use serde_json::{Map, Value, json};
use std::collections::HashSet;

/// What the limits allow by default: `docs/manual/limits.md` says so, too.
const QUESTIONS: usize = 2 * SPF + SIGNATURES + ARC + DMARC + IPREV;
/// RFC 7208 §4.6.4: the record, ten mx of ten hosts, the names of the client and their addresses, the explanation.
const SPF: usize = 1 + 10 + 10 * 10 + 1 + 10 + 1;
const SIGNATURES: usize = 10;
/// RFC 8617 §5.2: fifty sets of two signatures.
const ARC: usize = 100;
/// RFC 9989 §4.10: eight questions for the author domain, one whether it exists, and eight for each of ten identifiers.
const DMARC: usize = 8 + 1 + 10 * 8;
/// RFC 8601 §3: the names of the client, and the addresses of ten.
const IPREV: usize = 1 + 10;

/// The policy of `domain`: ten mx of ten hosts each, names of the client in the first of them and in the explanation.
fn policy(zone: &mut Map<String, Value>, domain: &str) {
    let terms: String = (1..10).map(|term| format!(" mx:t{term}.{domain}")).collect();
    let record = format!("v=spf1 mx:%{{p}}.m.{domain}{terms} -all exp=%{{p}}.exp.{domain}");
    zone.insert(domain.to_owned(), json!({ "TXT": [record] }));
    for term in 0..10 {
        let name = if term == 0 { format!("unknown.m.{domain}") } else { format!("t{term}.{domain}") };
        let hosts: Vec<_> = (0..10).map(|host| json!([host, format!("t{term}h{host}.{domain}")])).collect();
        zone.insert(name, json!({ "MX": hosts }));
    }
}

fn hostile_zone() -> Zone {
    let mut zone = Map::new();
    policy(&mut zone, "helo.example");
    policy(&mut zone, "sender.example");
    let names: Vec<_> = (0..40).map(|name| format!("p{name}.example.net")).collect();
    zone.insert("25.2.0.192.in-addr.arpa".to_owned(), json!({ "PTR": names }));
    // The policy stands where the walk of the author domain ends.
    zone.insert("_dmarc.example".to_owned(), json!({ "TXT": ["v=DMARC1; p=reject; np=reject"] }));
    Zone::from_json_value(&Value::Object(zone)).unwrap()
}

/// Eight labels, none of which any other has.
fn deep(number: usize) -> String {
    ["a", "b", "c", "d", "e", "f", "g", "h"].map(|label| format!("{label}{number}")).join(".")
}

fn hostile_mail(sets: usize, signatures: usize) -> Vec<u8> {
    let mut forge = Forge::new();
    forge.headers = vec!["From: a@a.b.c.d.e.f.g.h.example".to_owned(), "Subject: x".to_owned()];
    let forge = (1..=sets).fold(forge, |forge, instance| {
        let (one, two) = (format!("s=a{instance}"), format!("s=b{instance}"));
        forge.hop(Hop::new(instance).signature("s=sel", &one).seal("s=sel", &two))
    });
    let headers = ["From: a@a.b.c.d.e.f.g.h.example", "Subject: x"];
    let signed: String = (0..signatures)
        .map(|number| {
            let domain = deep(number);
            let field = format!(
                "DKIM-Signature: v=1; a=ed25519-sha256; d={domain}; s=s; h=from:subject; bh={{bh}}; b={{b}}"
            );
            let raw = String::from_utf8(Recipe::of(&field).sign(&headers, BODY)).unwrap();
            format!("{}\r\n", raw.split_once("\r\n").unwrap().0)
        })
        .collect();
    [signed.as_bytes(), &forge.raw()].concat()
}

/// Every different question of a check, and what came of it. Whoever signed has a key.
fn asked(raw: &[u8], zone: &Zone) -> (HashSet<Question>, Report) {
    let key = crate::dkim_signer::zone(&[&Key::ed25519().record()]);
    let key = key.lookup(&Question::new("sel._domainkey.example.com".parse().unwrap(), Kind::Txt));
    let connection = Connection::new([192, 0, 2, 25].into(), "helo.example", "a@sender.example").at(NOW);
    let message = Message::parse(raw).unwrap();
    let mut authenticator = Authenticator::new("mx.example.org");
    // What the seals cost is another limit.
    authenticator.arc = crate::arc_forge::patient();
    let mut inspection = authenticator.check(&message, connection);
    let mut asked = HashSet::new();
    loop {
        match inspection.step(&()) {
            Step::Done(report) => return (asked, report),
            Step::Ask(open) => open.into_iter().for_each(|question| {
                assert!(asked.insert(question.clone()), "{question} is asked for again");
                let is_key = question.name.as_str().contains("._domainkey.");
                let answer: Answer = if is_key { key.clone() } else { zone.lookup(&question) };
                inspection.answer(question, answer);
            }),
        }
    }
}

#[test]
fn no_message_asks_more_than_the_limits_allow_together() {
    let (questions, report) = asked(&hostile_mail(50, 30), &hostile_zone());
    assert_eq!(report.arc.outcome.word(), "pass");
    assert_eq!(report.dkim.iter().filter(|verdict| verdict.outcome.is_pass()).count(), 5);
    assert_eq!(QUESTIONS, 456);
    // Both identities and iprev share the names of the client, and no name exists twice: little is missing to the bound.
    assert!((250..=QUESTIONS).contains(&questions.len()), "{}", questions.len());
    assert_eq!(report.dns.questions, questions.len());
}

#[test]
fn what_a_message_may_ask_is_cut_off_by_a_budget() {
    use mailproof::dns::{Budget, MESSAGE_QUESTIONS, blocking};
    use std::sync::atomic::{AtomicUsize, Ordering};

    /// A server that is asked, and counts.
    struct Server(Zone, AtomicUsize);

    impl blocking::Resolver for Server {
        fn resolve(&self, question: &Question) -> Answer {
            self.1.fetch_add(1, Ordering::Relaxed);
            self.0.lookup(question)
        }
    }

    let raw = hostile_mail(50, 30);
    let server = Server(hostile_zone(), AtomicUsize::new(0));
    let connection = Connection::new([192, 0, 2, 25].into(), "helo.example", "a@sender.example").at(NOW);
    let inspection = Authenticator::new("mx.example.org").check(&Message::parse(&raw).unwrap(), connection);
    let report = inspection.run_blocking(&Budget::new(&server, MESSAGE_QUESTIONS));
    assert_eq!(server.1.load(Ordering::Relaxed), 100);
    // What could not be asked is not taken for a fact.
    assert_ne!(report.dmarc.outcome.word(), "pass");
    assert!(report.auth_results_field().contains("temperror"), "{}", report.auth_results_field());
}
