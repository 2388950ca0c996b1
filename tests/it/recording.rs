//! Recordings: what is written is read again, octet for octet, and nothing else is.

use mailproof::Name;
use mailproof::dns::{
    Answer, Details, Exchange, ExtendedError, Failure, Freshness, Kind, Mx, Outcome, Question, Recording,
    Records, Transport, Txt,
};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};
use std::time::Duration;

fn name(text: &str) -> Name {
    Name::parse_with_spaces(text).unwrap()
}

#[test]
fn a_recording_is_written_like_this() {
    let question = |text, kind| Question::new(name(text), kind);
    let texts = vec![Txt::new(["v=spf1 mx -all"]), Txt::new([&b"one "[..], b"\xE9\x00"])];
    let exchange = Exchange {
        server: "[2001:db8::53]:53".parse().unwrap(),
        transport: Transport::Tcp,
        truncated: true,
        without_edns: false,
        attempts: 2,
    };
    let mx = Records::Mx(vec![Mx { preference: 0, exchange: Name::root() }]);
    let seconds = Duration::from_secs;
    let mut recording: Recording = [
        (
            question("example.com", Kind::Txt),
            Answer::new(Outcome::Found(Records::Txt(texts)), seconds(60))
                .aged(Duration::from_millis(59_250), Freshness::Cached(Duration::from_millis(750))),
        ),
        (
            question("a b.example.com", Kind::Mx),
            Answer::with_details(
                Outcome::Found(mx),
                seconds(5),
                Details {
                    authentic: true,
                    aliases: vec![name("example.net")],
                    exchange: Some(exchange),
                    ..Details::default()
                },
            ),
        ),
        (
            question("_dmarc.example.com", Kind::Txt),
            Answer::with_details(
                Outcome::Failed(Failure::Rcode(4)),
                seconds(0),
                Details {
                    extended_error: Some(ExtendedError { code: 6, text: "bogus".to_owned() }),
                    lacks_soa: true,
                    ..Details::default()
                },
            ),
        ),
        (
            question("example.org", Kind::Aaaa),
            Answer::new(Outcome::NxDomain, seconds(1)).aged(seconds(30), Freshness::Stale(seconds(90))),
        ),
    ]
    .into_iter()
    .collect();
    recording.context.insert("time".to_owned(), "1800000000".to_owned());
    recording.context.insert("ip".to_owned(), "192.0.2.1".to_owned());
    let written = r#"{"schema":"mailproof.dns/1","context":{"ip":"192.0.2.1","time":"1800000000"},"answers":[
{"name":"example.com","type":"TXT","outcome":"found","records":["v=spf1 mx -all",["one ","é\u0000"]],"ttl":"59.25","cached":"0.75"},
{"name":"a b.example.com","type":"MX","outcome":"found","records":[[0,"."]],"ttl":5,"authentic":true,"aliases":["example.net"],
"exchange":{"server":"[2001:db8::53]:53","transport":"TCP","attempts":2,"truncated":true}},
{"name":"_dmarc.example.com","type":"TXT","outcome":"failed","failure":"RCODE 4","ttl":0,"extended_error":{"code":6,"text":"bogus"},"lacks_soa":true},
{"name":"example.org","type":"AAAA","outcome":"nxdomain","ttl":30,"stale":90}]}"#;
    assert_eq!(recording.to_json().to_string(), written.replace('\n', ""));
    assert_eq!(Recording::from_json(written).unwrap(), recording);
}

#[test]
fn of_two_answers_to_one_question_the_first_is_recorded() {
    let question = Question::new(name("example.com"), Kind::A);
    let answers = [Outcome::NoData, Outcome::NxDomain].map(|outcome| Answer::new(outcome, Duration::ZERO));
    let recording: Recording = answers.into_iter().map(|answer| (question.clone(), answer)).collect();
    assert_eq!(recording.answers().len(), 1);
    assert_eq!(*recording.answers()[0].1.outcome(), Outcome::NoData);
}

/// A recording of one answer with `field` changed to `value`; none takes it away.
fn changed(path: &str, value: Option<Value>) -> String {
    let mut recording = json!({ "schema": "mailproof.dns/1", "context": { "ip": "192.0.2.1" }, "answers": [
        { "name": "example.com", "type": "A", "outcome": "found", "records": ["192.0.2.1"], "ttl": 1,
          "exchange": { "server": "192.0.2.53:53", "transport": "UDP", "attempts": 1 },
          "extended_error": { "code": 6, "text": "" } },
        { "name": "example.com", "type": "MX", "outcome": "found", "records": [[10, "mx.example.com"]], "ttl": 1 },
        { "name": "example.com", "type": "TXT", "outcome": "failed", "failure": "SERVFAIL", "ttl": 1 }
    ] });
    let (parent, field) = path.rsplit_once('/').unwrap();
    let parent = recording.pointer_mut(parent).unwrap().as_object_mut().unwrap();
    match value {
        Some(value) => parent.insert(field.to_owned(), value),
        None => parent.remove(field),
    };
    recording.to_string()
}

#[test]
fn an_error_names_its_place() {
    let answer = json!({ "name": "example.com", "type": "A", "outcome": "nodata", "ttl": 0 });
    let cases = [
        ("/schema", Some(json!("mailproof.dns/2")), "schema: the schema mailproof.dns/1 is needed"),
        ("/schema", None, "schema: a value is needed"),
        ("/answers", None, "answers: a value is needed"),
        ("/answers", Some(json!({})), "answers: a list is needed"),
        ("/answers", Some(json!([answer, answer])), "answers[1]: the question of an earlier answer"),
        ("/extra", Some(json!(1)), "extra: an unknown field"),
        ("/context/ip", Some(json!(1)), "context.ip: a text is needed"),
        ("/context/line\nbreak", Some(json!(1)), "context.line\\nbreak: a text is needed"),
        ("/answers/0/extra", Some(json!(1)), "answers[0].extra: an unknown field"),
        ("/answers/0/name", Some(json!("a..b")), "answers[0].name: no domain name: an empty label"),
        (
            "/answers/0/name",
            Some(json!("\u{e9}.b")),
            "answers[0].name: no domain name: a character that no domain name holds",
        ),
        ("/answers/0/type", Some(json!("SPF")), "answers[0].type: A, AAAA, MX, PTR or TXT is needed"),
        (
            "/answers/0/outcome",
            Some(json!("lost")),
            "answers[0].outcome: found, nodata, nxdomain or failed is needed",
        ),
        ("/answers/0/outcome", Some(json!("nodata")), "answers[0].records: not with this outcome"),
        ("/answers/0/failure", Some(json!("SERVFAIL")), "answers[0].failure: not with this outcome"),
        ("/answers/0/records", None, "answers[0].records: a value is needed"),
        ("/answers/0/records", Some(json!([])), "answers[0].records: at least one record is needed"),
        ("/answers/0/records", Some(json!(["1.2.3"])), "answers[0].records[0]: an IPv4 address is needed"),
        ("/answers/0/record_type", Some(json!("TXT")), ""),
        ("/answers/0/record_type", Some(json!("PTR")), ""),
        ("/answers/0/record_type", Some(json!("MX")), "answers[0].records[0]: a list is needed"),
        ("/answers/1/records", Some(json!([[10]])), "answers[1].records[0]: [preference, name] is needed"),
        (
            "/answers/1/records",
            Some(json!([[65_536, "."]])),
            "answers[1].records[0][0]: a whole number in its range is needed",
        ),
        ("/answers/1/records", Some(json!([[1, ""]])), "answers[1].records[0][1]: no domain name: empty"),
        ("/answers/1/record_type", Some(json!("TXT")), "answers[1].records[0][0]: a text is needed"),
        ("/answers/0/ttl", None, "answers[0].ttl: a value is needed"),
        (
            "/answers/0/ttl",
            Some(json!(-1)),
            "answers[0].ttl: seconds are needed, as a whole number or as a text such as 1.5",
        ),
        (
            "/answers/0/ttl",
            Some(json!(1.5)),
            "answers[0].ttl: seconds are needed, as a whole number or as a text such as 1.5",
        ),
        (
            "/answers/0/ttl",
            Some(json!("1.")),
            "answers[0].ttl: seconds are needed, as a whole number or as a text such as 1.5",
        ),
        (
            "/answers/0/ttl",
            Some(json!("1.0000000001")),
            "answers[0].ttl: seconds are needed, as a whole number or as a text such as 1.5",
        ),
        ("/answers/0/authentic", Some(json!("yes")), "answers[0].authentic: true or false is needed"),
        ("/answers/0/aliases", Some(json!([7])), "answers[0].aliases[0]: a text is needed"),
        (
            "/answers/0/exchange/server",
            Some(json!("192.0.2.53")),
            "answers[0].exchange.server: an address and port is needed",
        ),
        (
            "/answers/0/exchange/transport",
            Some(json!("smoke")),
            "answers[0].exchange.transport: UDP, TCP, TLS or HTTPS is needed",
        ),
        (
            "/answers/0/exchange/attempts",
            Some(json!(4_294_967_296_u64)),
            "answers[0].exchange.attempts: a whole number in its range is needed",
        ),
        ("/answers/0/exchange/rtt", Some(json!(1)), "answers[0].exchange.rtt: an unknown field"),
        ("/answers/0/extended_error/text", None, "answers[0].extended_error.text: a value is needed"),
        (
            "/answers/2/failure",
            Some(json!("RCODE +4")),
            "answers[2].failure: a failure such as SERVFAIL or RCODE 4 is needed",
        ),
        (
            "/answers/2/failure",
            Some(json!("RCODE 65536")),
            "answers[2].failure: a failure such as SERVFAIL or RCODE 4 is needed",
        ),
        (
            "/answers/2/failure",
            Some(json!("")),
            "answers[2].failure: a failure such as SERVFAIL or RCODE 4 is needed",
        ),
    ];
    for (path, value, error) in cases {
        let text = changed(path, value.clone());
        match Recording::from_json(&text) {
            Ok(_) => assert_eq!(error, "", "{path} {value:?}"),
            Err(found) => assert_eq!(found.to_string(), error, "{path} {value:?}"),
        }
    }
    assert_eq!(Recording::from_json("[]").unwrap_err().to_string(), "recording: an object is needed");
    assert!(Recording::from_json("{").unwrap_err().to_string().starts_with("not JSON: "));
}

#[test]
fn an_answer_is_cached_or_stale() {
    let both = changed("/answers/0/cached", Some(json!(1))).replace("\"cached\"", "\"stale\":1,\"cached\"");
    assert_eq!(
        Recording::from_json(&both).unwrap_err().to_string(),
        "answers[0]: an answer is cached or stale, not both"
    );
}

fn any_name() -> impl Strategy<Value = Name> {
    prop_oneof![
        "[!-~&&[^.]]{1,9}( [!-~&&[^.]])?(\\.[a-z]{1,5}){0,3}".prop_map(|text| name(&text)),
        Just(Name::root())
    ]
}

fn any_txt() -> impl Strategy<Value = Txt> {
    vec(vec(any::<u8>(), 0..40), 0..4).prop_map(Txt::new)
}

fn any_records() -> impl Strategy<Value = Records> {
    let mx = (any::<u16>(), any_name()).prop_map(|(preference, exchange)| Mx { preference, exchange });
    prop_oneof![
        vec(any::<[u8; 4]>().prop_map(Into::into), 1..4).prop_map(Records::A),
        vec(any::<[u8; 16]>().prop_map(Into::into), 1..4).prop_map(Records::Aaaa),
        vec(mx, 1..4).prop_map(Records::Mx),
        vec(any_name(), 1..4).prop_map(Records::Ptr),
        vec(any_txt(), 1..4).prop_map(Records::Txt),
    ]
}

fn any_failure() -> impl Strategy<Value = Failure> {
    prop_oneof![
        select(vec![
            Failure::AliasLoop,
            Failure::Budget,
            Failure::Malformed,
            Failure::Refused,
            Failure::Servfail,
            Failure::Timeout,
            Failure::Unreachable,
            Failure::Unrecorded,
        ]),
        any::<u16>().prop_map(Failure::Rcode),
    ]
}

fn any_duration() -> impl Strategy<Value = Duration> {
    (any::<u64>(), prop_oneof![Just(0), 0..1_000_000_000_u32])
        .prop_map(|(seconds, nanos)| Duration::new(seconds, nanos))
}

fn any_details() -> impl Strategy<Value = Details> {
    let extended_error =
        (any::<u16>(), any::<String>()).prop_map(|(code, text)| ExtendedError { code, text });
    let transport = select(vec![Transport::Https, Transport::Tcp, Transport::Tls, Transport::Udp]);
    let server = prop_oneof![
        any::<([u8; 4], u16)>().prop_map(|(ip, port)| (std::net::IpAddr::from(ip), port).into()),
        any::<([u8; 16], u16)>().prop_map(|(ip, port)| (std::net::IpAddr::from(ip), port).into()),
    ];
    let exchange = (server, transport, any::<(bool, bool, u32)>()).prop_map(|(server, transport, rest)| {
        let (truncated, without_edns, attempts) = rest;
        Exchange { server, transport, truncated, without_edns, attempts }
    });
    let parts = (
        any::<(bool, bool)>(),
        vec(any_name(), 0..3),
        proptest::option::of(extended_error),
        proptest::option::of(exchange),
    );
    parts.prop_map(|((authentic, lacks_soa), aliases, extended_error, exchange)| Details {
        authentic,
        aliases,
        extended_error,
        lacks_soa,
        exchange,
    })
}

fn any_answer() -> impl Strategy<Value = Answer> {
    let outcome = prop_oneof![
        any_records().prop_map(Outcome::Found),
        any_failure().prop_map(Outcome::Failed),
        Just(Outcome::NoData),
        Just(Outcome::NxDomain)
    ];
    let freshness = prop_oneof![
        Just(Freshness::Fresh),
        any_duration().prop_map(Freshness::Cached),
        any_duration().prop_map(Freshness::Stale)
    ];
    (outcome, any_duration(), any_details(), freshness).prop_map(|(outcome, ttl, details, freshness)| {
        Answer::with_details(outcome, ttl, details).aged(ttl, freshness)
    })
}

proptest! {
    #[test]
    fn nothing_is_lost(
        answers in vec((any_name(), select(Kind::ALL.to_vec()), any_answer()), 0..6),
        context in proptest::collection::btree_map(any::<String>(), any::<String>(), 0..3),
    ) {
        let answers = answers.into_iter().map(|(name, kind, answer)| (Question::new(name, kind), answer));
        let mut recording: Recording = answers.collect();
        recording.context = context;
        let written = recording.to_json().to_string();
        let read = Recording::from_json(&written).unwrap();
        prop_assert_eq!(&read, &recording);
        prop_assert_eq!(read.to_json().to_string(), written);
    }
}
