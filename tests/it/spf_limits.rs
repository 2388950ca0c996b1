//! What an evaluation may cost (RFC 7208 §4.6.4), and what its end says of it.

use super::spf_run::{CLIENT, from, published, questions, run, word, zone};
use mailproof::dns::{Answer, Failure, Kind, Zone};
use mailproof::spf::{self, Limits, Outcome, Problem};
use mailproof::{Evaluation, Step};
use std::time::Duration;

/// `count` names h0, h1, … below example.com with an address that is not the client's.
fn hosts(count: usize) -> String {
    let hosts: Vec<String> =
        (0..count).map(|host| format!(r#""h{host}.example.com": {{"A": ["198.51.100.1"]}}"#)).collect();
    hosts.join(",")
}

fn terms(count: usize) -> String {
    (0..count).map(|host| format!("a:h{host}.example.com ")).collect()
}

#[test]
fn ten_terms_may_ask_and_the_eleventh_may_not() {
    assert_eq!(word(&format!("v=spf1 {}ip4:192.0.2.1 -all", terms(10)), &hosts(11)), "pass");
    let verdict = published(&format!("v=spf1 {}ip4:192.0.2.1 -all", terms(11)), &hosts(11), CLIENT);
    assert_eq!((verdict.outcome.word(), verdict.lookups), ("permerror", 10));
    let Outcome::Permerror(cause) = &verdict.outcome else { unreachable!() };
    assert_eq!(cause.problem, Problem::LookupLimit { limit: 10 });
    assert_eq!(verdict.reason().to_string(), "a:h10.example.com: more than 10 terms that ask DNS");
    assert_eq!(
        word(&format!("v=spf1 ip4:192.0.2.1 {} -all", terms(11)), &hosts(11)),
        "pass",
        "never reached"
    );
}

#[test]
fn the_count_goes_over_all_records() {
    let others = |inner: usize| {
        format!(r#"{}, "in.example.com": {{"TXT": ["v=spf1 {}-all"]}}"#, hosts(11), terms(inner))
    };
    assert_eq!(word("v=spf1 a:h0.example.com include:in.example.com +all", &others(8)), "pass");
    assert_eq!(word("v=spf1 a:h0.example.com include:in.example.com +all", &others(9)), "permerror");
    assert_eq!(word("v=spf1 include:in.example.com redirect=in.example.com", &others(4)), "fail");
    assert_eq!(word("v=spf1 include:in.example.com redirect=in.example.com", &others(5)), "permerror");
    let all_kinds = "v=spf1 a mx ptr exists:h0.example.com include:in.example.com a a a a a +all";
    let others = format!(
        r#"{}, "in.example.com": {{"TXT": ["v=spf1"]}}, "example.com": {{"A": ["198.51.100.1"], "MX": [[1, "h0.example.com"]]}},
        "1.2.0.192.in-addr.arpa": {{"PTR": ["h0.example.com"]}}"#,
        hosts(1)
    )
    .replace(r#""h0.example.com": {"A": ["198.51.100.1"]}"#, r#""h0.example.com": {"AAAA": ["::1"]}"#);
    let verdict = published(all_kinds, &others, CLIENT);
    assert_eq!((verdict.outcome.word(), verdict.lookups), ("pass", 10));
    assert_eq!(word(&all_kinds.replace("+all", "a +all"), &others), "permerror");
}

#[test]
fn loops_end() {
    for record in
        ["v=spf1 include:example.com", "v=spf1 redirect=example.com", "v=spf1 a:x.%{d} include:%{d}"]
    {
        assert_eq!(word(record, r#""x.example.com": {"A": ["198.51.100.1"]}"#), "permerror", "{record}");
    }
    let chain: Vec<String> = (0..40)
        .map(|n| format!(r#""r{n}.example.com": {{"TXT": ["v=spf1 redirect=r{}.example.com"]}}"#, n + 1))
        .collect();
    let verdict = published("v=spf1 redirect=r0.example.com", &chain.join(","), CLIENT);
    assert_eq!((verdict.outcome.word(), verdict.lookups), ("permerror", 10));
}

#[test]
fn depth_is_bounded_even_without_a_limit_of_terms() {
    let mut request = from(CLIENT, "jane@example.com");
    request.limits = Limits { terms: u32::MAX, ..Limits::default() };
    let zone = zone(r#"{"example.com": {"TXT": ["v=spf1 include:example.com"]}}"#);
    let verdict = run(&zone, request);
    assert_eq!((verdict.outcome.word(), verdict.lookups), ("permerror", 100));
}

#[test]
fn two_queries_may_find_nothing_and_the_third_may_not() {
    for kind in ["a:n%.example", "exists:n%.example", "mx:n%.example"] {
        let terms = |count: usize| {
            (0..count).map(|n| kind.replace('%', &n.to_string())).collect::<Vec<_>>().join(" ")
        };
        let verdict = published(&format!("v=spf1 {} ip4:192.0.2.1", terms(2)), "", CLIENT);
        assert_eq!((verdict.outcome.word(), verdict.void_lookups), ("pass", 2), "{kind}");
        let verdict = published(&format!("v=spf1 {} ip4:192.0.2.1", terms(3)), "", CLIENT);
        assert!(
            verdict.reason().to_string().ends_with("more than 2 void lookups (queries that found nothing)")
        );
        assert_eq!((verdict.outcome.word(), verdict.void_lookups), ("permerror", 3), "{kind}");
    }
    let empty =
        r#""n0.example": {}, "n1.example": {"AAAA": ["::1"]}, "n2.example": {"CNAME": "gone.example"}"#;
    assert_eq!(word("v=spf1 a:n0.example a:n1.example a:n2.example ip4:192.0.2.1", empty), "permerror");
    assert_eq!(word("v=spf1 ptr ptr ptr ip4:192.0.2.1", ""), "permerror");
    assert_eq!(word("v=spf1 a:n0.example a:n1.example -all exp=n2.example", ""), "fail", "exp is free");
    let mut request = from(CLIENT, "jane@example.com");
    request.limits.void_lookups = 0;
    let zone = zone(r#"{"example.com": {"TXT": ["v=spf1 a:n0.example -all"]}}"#);
    assert_eq!(run(&zone, request).outcome.word(), "permerror");
}

#[test]
fn exchanges_without_addresses_are_void_only_where_wanted() {
    let zone = zone(
        r#"{"example.com": {"TXT": ["v=spf1 mx -all"], "MX": [[1, "a.example"], [2, "b.example"], [3, "c.example"]]}}"#,
    );
    let mut request = from(CLIENT, "jane@example.com");
    assert_eq!(run(&zone, request.clone()).outcome.word(), "fail");
    request.limits.void_mx_hosts = true;
    assert_eq!(run(&zone, request).outcome.word(), "permerror");
}

/// example.com with `count` exchanges, of which `matching` has the address of the client.
fn exchanges(count: usize, matching: usize) -> Zone {
    let mx: Vec<String> = (0..count).map(|n| format!(r#"[{n}, "m{n}.example.com"]"#)).collect();
    zone(&format!(
        r#"{{"example.com": {{"TXT": ["v=spf1 mx -all"], "MX": [{}]}}, "m{matching}.example.com": {{"A": ["{CLIENT}"]}}}}"#,
        mx.join(",")
    ))
}

#[test]
fn ten_exchanges_may_be_asked_for() {
    for (count, matching, expected) in [
        (10, 9, "pass"),
        (10, 10, "fail"),
        (11, 10, "permerror"),
        (11, 99, "permerror"),
        (11, 0, "permerror"),
    ] {
        let verdict = run(&exchanges(count, matching), from(CLIENT, "jane@example.com"));
        assert_eq!(verdict.outcome.word(), expected, "{count} {matching}");
        assert_eq!(verdict.lookups, 1);
    }
    // Records are counted, not names: the suite of openspf has eleven of one name.
    let twice: Vec<String> = (0..11).map(|n| format!(r#"[{n}, "m{}.example.com"]"#, n % 10)).collect();
    let others =
        format!(r#""example.com": {{"MX": [{}]}}, "m0.example.com": {{"A": ["{CLIENT}"]}}"#, twice.join(","));
    assert_eq!(word("v=spf1 mx -all", &others), "permerror");
    // None of too many is asked for.
    assert_eq!(questions(&exchanges(50, 99), from(CLIENT, "jane@example.com")).len(), 2);
}

#[test]
fn only_the_first_ten_names_of_the_client_count() {
    for (position, expected) in [(9, "pass"), (10, "fail")] {
        let mut names: Vec<String> = (0..11).map(|n| format!(r#""other{n}.example.com""#)).collect();
        names[position] = r#""mail.example.com""#.to_owned();
        let others = format!(
            r#""1.2.0.192.in-addr.arpa": {{"PTR": [{}]}}, "mail.example.com": {{"A": ["192.0.2.1"]}}"#,
            names.join(",")
        );
        assert_eq!(word("v=spf1 ptr -all", &others), expected, "{position}");
    }
}

/// The word when every question of `kind` is answered with `failure`, all others by the zone.
fn with_failure(zone: &Zone, kind: Kind, failure: Failure) -> &'static str {
    let mut check = spf::check(from(CLIENT, "jane@example.com"));
    loop {
        match check.step(&()) {
            Step::Done(verdict) => return verdict.outcome.word(),
            Step::Ask(open) => open.into_iter().for_each(|question| {
                let failed = question.kind == kind;
                let answer = if failed { Answer::failed(failure) } else { zone.lookup(&question) };
                check.answer(question, answer);
            }),
        }
    }
}

#[test]
fn a_spent_budget_is_temperror_where_other_failures_are_no_match() {
    let names = r#""1.2.0.192.in-addr.arpa": {"PTR": ["mail.example.com"]}, "mail.example.com": {"A": ["192.0.2.1"]}"#;
    for (record, kind) in [
        ("v=spf1 ptr -all", Kind::Ptr),
        ("v=spf1 ptr -all", Kind::A),
        ("v=spf1 include:%{p}.is.example -all", Kind::Ptr),
    ] {
        let zone = zone(&format!(
            r#"{{"example.com": {{"TXT": ["{record}"]}}, {names}, "unknown.is.example": {{"TXT": ["v=spf1 -all"]}}}}"#
        ));
        assert_eq!(with_failure(&zone, kind, Failure::Budget), "temperror", "{record}");
        assert_eq!(with_failure(&zone, kind, Failure::Timeout), "fail", "{record}");
    }
    let explained = zone(r#"{"example.com": {"TXT": ["v=spf1 -all exp=%{p}.example.com"]}}"#);
    assert_eq!(with_failure(&explained, Kind::Ptr, Failure::Budget), "fail", "the result is settled");
}

#[test]
fn a_verdict_says_how_long_it_holds_for_others() {
    use mailproof::dns::{Records, Txt};
    let mut zone = Zone::new();
    let mut put = |name: &str, text: &str, seconds| {
        let records = Records::Txt(vec![Txt::new([text])]);
        zone.insert(name.parse().unwrap(), records, Duration::from_secs(seconds));
    };
    put("example.com", "v=spf1 include:in.example.com -all", 300);
    put("in.example.com", "v=spf1 ip4:192.0.2.1", 60);
    for letter in ["l", "L1r-", "s", "o", "h"] {
        let text = format!("v=spf1 exists:%{{{letter}}}.example.com include:in.example.com");
        put(&format!("{}.example.com", letter.replace('-', "")), &text, 300);
    }
    put("shared.example.com", "v=spf1 exists:%{d}.%{i}.%{v}.%{p}.example.com include:in.example.com", 300);
    put("eai.example.com", "v=spf1 redirect=%{l}.example.com", 300);
    let reusable = |domain: &str| run(&zone, from(CLIENT, &format!("jane@{domain}"))).reusable;
    assert_eq!(reusable("example.com"), Some(Duration::from_secs(60)));
    for letter in ["l", "l1r", "s", "o", "h"] {
        assert_eq!(reusable(&format!("{letter}.example.com")), None, "{letter}");
    }
    assert_eq!(run(&zone, from(CLIENT, "j\u{fc}rgen@eai.example.com")).reusable, None);
}

#[test]
fn how_long_a_verdict_holds_does_not_depend_on_the_order_of_names() {
    use mailproof::dns::Records;
    let holds = |names: [&str; 2]| {
        let mut zone = zone(r#"{"example.com": {"TXT": ["v=spf1 ptr -all"]}}"#);
        let reverse = mailproof::Name::reverse([192, 0, 2, 1].into());
        let names = names.map(|name| name.parse().unwrap());
        zone.insert(reverse, Records::Ptr(names.into()), Duration::from_secs(300));
        for (name, seconds) in [("a.example.com", 200), ("b.example.com", 100)] {
            zone.insert(
                name.parse().unwrap(),
                Records::A(vec![[192, 0, 2, 1].into()]),
                Duration::from_secs(seconds),
            );
        }
        let verdict = run(&zone, from(CLIENT, "jane@example.com"));
        assert_eq!(verdict.outcome.word(), "pass");
        verdict.reusable
    };
    assert_eq!(holds(["a.example.com", "b.example.com"]), holds(["b.example.com", "a.example.com"]));
}
