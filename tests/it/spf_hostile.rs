//! What a hostile domain owner or client can make a check cost: questions, time, and length of texts (RFC 7208 §11.1).

use super::spf_run::{CLIENT, from, published, run, zone};
use mailproof::dns::{Mx, Question, Records, Txt, Zone};
use mailproof::spf::{self, Flaw, Outcome, Problem, Request};
use mailproof::{Evaluation, Step};
use std::collections::HashSet;
use std::time::{Duration, Instant};

/// More than any of these takes by far, and less than quadratic work does.
const A_MOMENT: Duration = Duration::from_secs(5);

/// example.com with one record in strings of `octets` octets each.
fn in_strings(record: &str, octets: usize) -> Zone {
    let mut zone = Zone::new();
    let text = Records::Txt(vec![Txt::new(record.as_bytes().chunks(octets))]);
    zone.insert("example.com".parse().unwrap(), text, Duration::from_secs(60));
    zone
}

/// Every different question of a check, asked one at a time, and its word.
fn asked(zone: &Zone, request: Request) -> (HashSet<Question>, &'static str) {
    let mut check = spf::check(request);
    let mut asked = HashSet::new();
    loop {
        match check.step(&()) {
            Step::Done(verdict) => return (asked, verdict.outcome.word()),
            Step::Ask(open) => open.into_iter().for_each(|question| {
                assert!(asked.insert(question.clone()), "{question} is asked for again");
                let answer = zone.lookup(&question);
                check.answer(question, answer);
            }),
        }
    }
}

#[test]
fn no_zone_makes_a_check_ask_more_than_its_limits_say() {
    let list = |prefix: &str, count: usize| {
        (0..count).map(|n| format!(r#"[{n}, "{prefix}h{n}.example.com"]"#)).collect::<Vec<_>>().join(",")
    };
    let names: Vec<String> = (0..40).map(|n| format!(r#""p{n}.example.net""#)).collect();
    let addresses = (0..10).map(|n| format!(r#""p{n}.example.net": {{"A": ["198.51.100.1"]}}"#));
    // Ten mx with ten exchanges each; %{p}, which nobody validates, in the first of them and in the explanation.
    let exchanges = (0..10).map(|term| {
        let name =
            if term == 0 { "unknown.m.example.com".to_owned() } else { format!("t{term}.example.com") };
        format!(r#""{name}": {{"MX": [{}]}}"#, list(&format!("t{term}"), 10))
    });
    let terms: String = (1..10).map(|term| format!(" mx:t{term}.example.com")).collect();
    let all: Vec<String> = addresses.chain(exchanges).collect();
    let zone = zone(&format!(
        r#"{{"example.com": {{"TXT": ["v=spf1 mx:%{{p}}.m.example.com{terms} -all exp=%{{p}}.exp.example.com"]}},
        "1.2.0.192.in-addr.arpa": {{"PTR": [{}]}}, {}}}"#,
        names.join(","),
        all.join(",")
    ));
    let (questions, word) = asked(&zone, from(CLIENT, "jane@example.com"));
    assert_eq!((questions.len(), word), (123, "fail"));
}

#[test]
fn a_record_in_tiny_strings_is_judged_in_a_moment() {
    // One term of 32 kB in strings of one octet: what a TXT record of 64 kB can hold.
    for term in [format!("x={}%", "a".repeat(32_000)), format!("a:{}", "a".repeat(32_000))] {
        let zone = in_strings(&format!("v=spf1 {term}"), 1);
        let begin = Instant::now();
        let verdict = run(&zone, from(CLIENT, "jane@example.com"));
        assert!(begin.elapsed() < A_MOMENT, "{:?}", begin.elapsed());
        assert_eq!(verdict.outcome.word(), "permerror");
    }
    let glued =
        run(&in_strings("v=spf1 ip4:192.0.2.9ip4:192.0.2.8 -all", 1), from(CLIENT, "jane@example.com"));
    let Outcome::Permerror(cause) = &glued.outcome else { panic!("{glued:?}") };
    let Problem::Malformed { error, .. } = &cause.problem else { panic!("{cause:?}") };
    assert_eq!((error.flaw, error.glued_at), (Flaw::Network, Some(20)));
}

#[test]
fn macros_of_long_values_expand_in_a_moment() {
    // Each keeps one empty part of a value of many parts, so that no expansion ever becomes long.
    let hostile = ".".repeat(20_000);
    for text in ["%{l1}", "%{l1r}", "%{h1}", "%{H1r.}", "%{s1r}"] {
        let record = format!("v=spf1 exists:{}.example.com -all exp=why.example.com", text.repeat(10_000));
        let mut zone = in_strings(&record, 255);
        let why = Records::Txt(vec![Txt::new([text.repeat(10_000)])]);
        zone.insert("why.example.com".parse().unwrap(), why, Duration::from_secs(60));
        let path = format!("{hostile}@example.com");
        let begin = Instant::now();
        let verdict = run(&zone, Request::mail_from(CLIENT.parse().unwrap(), hostile.clone(), path));
        assert!(begin.elapsed() < A_MOMENT, "{text}: {:?}", begin.elapsed());
        assert_eq!(verdict.outcome.word(), "fail", "{text}");
    }
}

#[test]
fn ten_thousand_terms_and_a_hundred_questions_take_a_moment() {
    let networks: String = (0..5_000).map(|n| format!(" ip4:10.0.{}.{}", n / 250, n % 250)).collect();
    let others: Vec<String> = (0..9)
        .map(|n| {
            let exchanges: Vec<String> =
                (0..10).map(|host| format!(r#"[1, "m{host}.m{n}.example"]"#)).collect();
            format!(r#""m{n}.example": {{"MX": [{}]}}"#, exchanges.join(","))
        })
        .collect();
    let terms: String = (0..9).map(|n| format!(" mx:m{n}.example")).collect();
    let zone = zone(&format!(
        r#"{{"example.com": {{"TXT": ["v=spf1{networks} include:in.example.com -all"]}},
        "in.example.com": {{"TXT": ["v=spf1{networks}{terms}"]}}, {}}}"#,
        others.join(",")
    ));
    let begin = Instant::now();
    let (questions, word) = asked(&zone, from(CLIENT, "jane@example.com"));
    assert_eq!((questions.len(), word), (2 + 9 * 11, "fail"));
    assert!(begin.elapsed() < A_MOMENT, "{:?}", begin.elapsed());
}

#[test]
fn large_answers_told_one_by_one_take_a_moment() {
    let mut zone = Zone::new();
    let mut insert =
        |name: &str, records| zone.insert(name.parse().unwrap(), records, Duration::from_secs(60));
    let terms: String = (0..10).map(|n| format!(" mx:m{n}.example.com")).collect();
    insert("example.com", Records::Txt(vec![Txt::new(format!("v=spf1{terms} -all").as_bytes().chunks(255))]));
    for n in 0..10 {
        let hosts = (0..10).map(|host| format!("h{host}.m{n}.example.com"));
        for host in hosts.clone() {
            // More than an answer holds: whoever reads all of them again with each answer takes minutes.
            insert(&host, Records::A((0..200_000).map(|number| (10 << 24 | number).into()).collect()));
        }
        let exchanges = hosts.map(|host| Mx { preference: 1, exchange: host.parse().unwrap() });
        insert(&format!("m{n}.example.com"), Records::Mx(exchanges.collect()));
    }
    let begin = Instant::now();
    let (questions, word) = asked(&zone, from(CLIENT, "jane@example.com"));
    assert_eq!((questions.len(), word), (1 + 10 * 11, "fail"));
    assert!(begin.elapsed() < A_MOMENT, "{:?}", begin.elapsed());
}

#[test]
fn a_reason_stays_short() {
    let long = "x".repeat(20_000);
    for (record, others) in [
        (
            format!("v=spf1 exists:{long}.%{{d}}.%{{d2}}"),
            r#""example.com.example.com": {"A": ["127.0.0.2"]}"#,
        ),
        (format!("v=spf1 -all:{long}"), ""),
        (
            format!("v=spf1 include:{long}.%{{d}}.%{{d2}}"),
            r#""example.com.example.com": {"TXT": ["v=spf1 !"]}"#,
        ),
    ] {
        let verdict = published(&record, others, CLIENT);
        assert_ne!(verdict.outcome.word(), "neutral");
        let reason = verdict.reason().to_string();
        assert!(reason.len() < 600, "{} {}", verdict.outcome.word(), reason.len());
    }
}
