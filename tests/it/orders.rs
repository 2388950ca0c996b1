//! Whatever DNS holds and wherever it fails, the order of the answers does not matter: neither to the verdicts nor to
//! what they are said to have cost.

use super::dkim_signer::{BODY, FIELD, HEADERS, Key, NOW, Recipe};
use mailproof::dns::{Answer, Kind, Question, Zone};
use mailproof::message::Message;
use mailproof::{Authenticator, Connection, Evaluation, Inspection, Name, Report, Step};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

/// What stands at a name, or fails there.
fn contents() -> impl Strategy<Value = Value> {
    prop::sample::select(vec![
        json!({ "TXT": ["v=spf1 include:_spf.example.com a mx -all"], "A": ["192.0.2.9"] }),
        json!({ "TXT": ["v=spf1 exists:%{l}.example.com redirect=news.example.com"], "MX": [[1, "mail.example.com"]] }),
        json!({ "TXT": ["v=spf1 +all"] }),
        json!({ "TXT": ["v=DMARC1; p=reject; np=none", "v=spf1 a -all"] }),
        json!({ "TXT": ["v=DMARC1; p=quarantine; psd=n"], "A": "TIMEOUT" }),
        json!({ "TXT": ["v=DMARC1; p=reject; psd=y"], "A": ["192.0.2.1"] }),
        json!({ "TXT": ["v=DMARC1; p=reject; sp=none; adkim=s"] }),
        json!({ "TXT": [Key::ed25519().record()] }),
        json!({ "CNAME": "mail.example.com" }),
        json!({}),
        json!("SERVFAIL"),
        json!("REFUSED"),
        json!({ "TXT": "TIMEOUT", "A": ["192.0.2.1"] }),
    ])
}

const NAMES: [&str; 14] = [
    "com",
    "example.com",
    "news.example.com",
    "_spf.example.com",
    "mail.example.com",
    "_dmarc.com",
    "_dmarc.example.com",
    "_dmarc.news.example.com",
    "_dmarc.list.example.com",
    "sel._domainkey.example.com",
    "sel._domainkey.list.example.com",
    "sel._domainkey.news.example.com",
    "list.example.com",
    "joe.example.com",
];

fn zones() -> impl Strategy<Value = Zone> {
    prop::collection::vec(prop::option::of(contents()), NAMES.len()).prop_map(|contents| {
        let names = NAMES.into_iter().zip(contents);
        let names: Map<_, _> =
            names.filter_map(|(name, content)| Some((name.to_owned(), content?))).collect();
        Zone::from_json_value(&names.into()).unwrap()
    })
}

/// Signed by three domains, which share a key; one signature is broken.
fn mail(author: &str) -> Vec<u8> {
    let from = format!("From: Joe <joe@{author}>");
    let headers = [&from, HEADERS[1], HEADERS[2]];
    let signed = Recipe::of(FIELD).sign(&headers, BODY);
    let field = |domain: &str| {
        let raw = Recipe::of(&FIELD.replace("d=example.com", &format!("d={domain}"))).sign(&headers, BODY);
        let end = raw.windows(7).position(|window| window == b"\r\nFrom:").unwrap();
        [&raw[..end], b"\r\n"].concat()
    };
    let broken = b"DKIM-Signature: v=1; a=rsa-sha256; d=example.com; s=other; h=from; bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=; b=AAAA\r\n";
    [&field("list.example.com")[..], broken, &field("news.example.com"), &signed].concat()
}

/// Answers one open question at a time, chosen by `choices`, or all at once, in turn.
fn answered(mut inspection: Inspection, zone: &Zone, choices: &[usize]) -> Report {
    for turn in 0..1000 {
        let open = match inspection.step(&()) {
            Step::Done(report) => return report,
            Step::Ask(open) => open,
        };
        assert!(!open.is_empty(), "it waits for nothing");
        let choice = choices[turn % choices.len()];
        let stranger = Question::new(Name::parse("stranger.example").unwrap(), Kind::Txt);
        inspection.answer(stranger, Answer::failed(mailproof::dns::Failure::Servfail));
        let count = if choice.is_multiple_of(4) { open.len() } else { 1 };
        for step in 0..count {
            let question = &open[(choice + step) % open.len()];
            inspection.answer(question.clone(), zone.lookup(question));
        }
    }
    panic!("it never ends")
}

/// The same, with some answers while the body arrives.
fn fed(mail: &[u8], connection: Connection, zone: &Zone, choices: &[usize]) -> Report {
    let mut session = Authenticator::new("mx.example.org").session(connection);
    for (piece, choice) in mail.chunks(mail.len() / 8 + 1).zip(choices.iter().cycle()) {
        let _ = session.feed(piece).unwrap();
        let open = session.advance(&()).to_vec();
        if let Some(question) = open.get(choice % (open.len() + 1)) {
            session.answer(question.clone(), zone.lookup(question));
        }
    }
    answered(session.finish().unwrap(), zone, choices)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_order_of_answers_gives_the_same_report_whatever_dns_holds(
        zone in zones(), choices in prop::collection::vec(any::<usize>(), 1..12),
        author in prop::sample::select(vec!["example.com", "news.example.com", "a.b.news.example.com", "com", "x.org"]),
        sender in prop::sample::select(vec!["", "joe@example.com", "joe@news.example.com", "joe@joe.example.com", "x@[1]"]),
        helo in prop::sample::select(vec!["mail.example.com", "example.com", "[192.0.2.1]", ""]),
        walk_ahead in any::<bool>(),
    ) {
        let mail = mail(author);
        let message = Message::parse(&mail).unwrap();
        let mut authenticator = Authenticator::new("mx.example.org");
        let connection = || Connection::new([192, 0, 2, 1].into(), helo, sender).at(NOW);
        let known = authenticator.check(&message, connection()).run_blocking(&zone);
        prop_assert_eq!(&fed(&mail, connection(), &zone, &choices), &known);
        authenticator.dmarc.walk_ahead = walk_ahead;
        let inspect = || authenticator.check(&message, connection());
        let Step::Done(known) = inspect().step(&zone) else { panic!("a zone knows everything") };
        prop_assert_eq!(&answered(inspect(), &zone, &choices), &known);
        prop_assert!(known.dns.rounds <= known.dns.questions);
        prop_assert!(known.dmarc.disposition.word() == "none" || known.dmarc.outcome.word() == "fail");
    }
}
