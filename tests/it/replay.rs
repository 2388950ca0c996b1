//! The same message over a recording gives the same report, octet for octet.

use super::authenticator::{MAIL, NOW, connection};
use super::session::answered_in_order;
use mailproof::dns::{
    Answer, Failure, Freshness, Kind, Question, Recorder, Recording, Replay, Zone, blocking,
};
use mailproof::message::Message;
use mailproof::{Authenticator, Connection, Evaluation, Inspection, Name, Report};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};
use std::time::Duration;

fn inspect(mail: &[u8], connection: Connection) -> Inspection {
    Authenticator::new("mx.example.org").check(&Message::parse(mail).unwrap(), connection)
}

/// Knows nothing beforehand, as a network does, and tells each answer with a different age.
struct Network(Zone);

impl blocking::Resolver for Network {
    fn resolve(&self, question: &Question) -> Answer {
        let length = question.name.as_str().len();
        let age = Duration::from_millis(length as u64 * 100);
        let freshness = if length.is_multiple_of(2) { Freshness::Cached(age) } else { Freshness::Stale(age) };
        self.0.lookup(question).aged(Duration::from_secs(7), freshness)
    }
}

fn any_mail() -> impl Strategy<Value = Vec<u8>> {
    let text = String::from_utf8(MAIL.to_vec()).unwrap();
    select(vec![
        text.clone(),
        text.replace("no kneading", "much kneading"),
        text.replace("kitchen@example.com", "kitchen@news.example.com"),
        text.replace("s=2026a", "s=none"),
        text.replace("d=example.com", "d=esp.example.net"),
        "From: kitchen@example.com\r\n\r\nSend money.\r\n".to_owned(),
        "From: a@example.com\r\nFrom: b@example.net\r\n\r\n".to_owned(),
    ])
    .prop_map(String::into_bytes)
}

fn any_connection() -> impl Strategy<Value = Connection> {
    let ip = select(vec![[192, 0, 2, 25], [198, 51, 100, 7], [203, 0, 113, 9]]);
    let helo = select(vec!["mail.example.com", "esp.example.net", "[192.0.2.25]", ""]);
    let mail_from = select(vec!["kitchen@example.com", "x@esp.example.net", "y@sub.example.com", ""]);
    (ip, helo, mail_from)
        .prop_map(|(ip, helo, mail_from)| Connection::new(ip.into(), helo, mail_from).at(NOW))
}

/// What a name answers instead of what it does in the example.
fn any_content() -> impl Strategy<Value = Value> {
    select(vec![
        json!("SERVFAIL"),
        json!("REFUSED"),
        json!("TIMEOUT"),
        json!("NXDOMAIN"),
        json!({}),
        json!({ "TXT": "TIMEOUT", "A": ["192.0.2.25"] }),
        json!({ "TXT": ["v=spf1 include:_spf.esp.example.net include:example.com ?all"] }),
        json!({ "TXT": ["v=spf1 mx ptr exists:%{ir}.%{l}.example.net redirect=esp.example.net"] }),
        json!({ "TXT": ["v=spf1 -all exp=why.example.com", ["v=DMARC1; p=quar", "antine; np=reject"]] }),
        json!({ "TXT": ["v=DMARC1; p=none; sp=reject; np=quarantine; psd=y"] }),
        json!({ "CNAME": "_spf.esp.example.net" }),
        json!({ "CNAME": "example.com" }),
        json!({ "MX": [[10, "mail.example.com"], [20, "."]], "TXT": ["not \u{e9} for you %{x}"] }),
    ])
}

fn any_zone() -> impl Strategy<Value = Zone> {
    let name = select(vec![
        "example.com",
        "mail.example.com",
        "news.example.com",
        "sub.example.com",
        "why.example.com",
        "_spf.esp.example.net",
        "esp.example.net",
        "2026a._domainkey.example.com",
        "2026e._domainkey.example.com",
        "2026a._domainkey.esp.example.net",
        "_dmarc.example.com",
        "_dmarc.news.example.com",
        "_dmarc.com",
        "25.2.0.192.in-addr.arpa",
    ]);
    vec((name, any_content()), 0..6).prop_map(|changes| {
        let mut names: Value =
            serde_json::from_str(include_str!("../../examples/mail/newsletter.zone.json")).unwrap();
        for (name, content) in changes {
            names[name] = content;
        }
        Zone::from_json_value(&names).unwrap()
    })
}

fn bytes(report: &Report) -> String {
    report.to_json().to_string()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn a_replay_gives_the_same_report(
        mail in any_mail(), connection in any_connection(), zone in any_zone(),
        order in vec(any::<usize>(), 0..40), other_order in vec(any::<usize>(), 0..40),
    ) {
        let recorder = Recorder::new(Network(zone));
        let report = answered_in_order(inspect(&mail, connection.clone()), &recorder, &order);
        let written = recorder.recording().to_json().to_string();
        let replay = Replay::new(&Recording::from_json(&written).unwrap());

        // At once, as the answers are all known; and in another order.
        let again = inspect(&mail, connection.clone()).run_blocking(&replay);
        prop_assert_eq!(bytes(&again), bytes(&report));
        prop_assert_eq!(&again, &report);
        let otherwise = answered_in_order(inspect(&mail, connection.clone()), &replay, &other_order);
        prop_assert_eq!(bytes(&otherwise), bytes(&report));
        prop_assert_eq!(&otherwise, &report);

        // A recording of the replay, asked in the same order, is the recording.
        let copier = Recorder::new(replay);
        let _ = answered_in_order(inspect(&mail, connection), &copier, &order);
        prop_assert_eq!(copier.recording().to_json().to_string(), written);
    }
}

#[test]
fn what_a_recording_lacks_is_said() {
    let recorder = Recorder::new(super::authenticator::zone());
    let report = inspect(MAIL, connection()).run_blocking(&recorder);
    let recording: Recording = recorder.recording();
    assert_eq!(recording.answers().len(), report.dns.questions);

    // Another sender: his record was not asked for then.
    let other = Connection::new([192, 0, 2, 25].into(), "mail.example.com", "x@example.net").at(NOW);
    let report = inspect(MAIL, other).run_blocking(&Replay::new(&recording));
    let text = report.auth_results().to_string();
    assert_eq!(report.mail_from.unwrap().outcome.word(), "temperror");
    assert!(text.contains("example.net TXT: not in the recording"), "{text}");
}

#[test]
fn where_dns_errors_are_forgiven_a_gap_in_the_recording_is_not() {
    let zone = Zone::from_json(
        r#"{"example.com": {"TXT": ["v=spf1 ptr -all"]}, "25.2.0.192.in-addr.arpa": {"PTR": ["mail.example.com"]}}"#,
    );
    let recorder = Recorder::new(zone.unwrap());
    let request =
        || mailproof::spf::Request::mail_from([192, 0, 2, 25].into(), "mail.example.com", "x@example.com");
    let _ = mailproof::spf::check(request()).run_blocking(&recorder);
    let recording = recorder.recording();
    assert!(recording.answers().iter().any(|(question, _)| question.kind == Kind::Ptr));
    let without: Recording =
        recording.answers().iter().filter(|(question, _)| question.kind != Kind::Ptr).cloned().collect();
    let verdict = mailproof::spf::check(request()).run_blocking(&Replay::new(&without));
    assert_eq!(verdict.outcome.word(), "temperror");
}

#[test]
fn a_recorder_tells_no_question_two_answers() {
    struct Fickle(std::cell::Cell<u64>);
    impl blocking::Resolver for Fickle {
        fn resolve(&self, _: &Question) -> Answer {
            self.0.set(self.0.get() + 1);
            Answer::new(mailproof::dns::Outcome::NoData, Duration::from_secs(self.0.get()))
        }
    }
    let question = |text| Question::new(Name::parse(text).unwrap(), Kind::Txt);
    let recorder = Recorder::new(Fickle(std::cell::Cell::new(0)));
    let (one, two) = (question("one.example"), question("two.example"));
    let told = blocking::Resolver::resolve_all(&recorder, &[one.clone(), two.clone(), one.clone()]);
    assert_eq!(told[0], told[2]);
    assert_eq!(blocking::Resolver::resolve(&recorder, &one), told[0]);
    let recording = recorder.recording();
    assert_eq!(recording.answers(), [(one, told[0].clone()), (two, told[1].clone())]);
    assert_eq!(
        *Replay::new(&recording).lookup(&question("three.example")).outcome(),
        mailproof::dns::Outcome::Failed(Failure::Unrecorded)
    );
}
