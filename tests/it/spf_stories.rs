//! What happened to postmasters, as far as SPF is concerned.

use super::spf_run::{from, published, run, word, zone};
use mailproof::spf::{Absence, Outcome, Problem};

#[test]
fn story_01_a_record_of_two_strings_with_the_sender_in_the_second() {
    let networks: String = (0..15).map(|n| format!(" ip4:198.51.100.{n}")).collect();
    let zone = zone(&format!(
        r#"{{"example.com": {{"TXT": [["v=spf1{networks} ip4:203.0.1", "13.9 ip4:192.0.2.1 -all"]]}}}}"#
    ));
    let verdict = run(&zone, from("192.0.2.1", "jane@example.com"));
    assert_eq!(verdict.outcome, Outcome::Pass);
    assert_eq!(verdict.reason().to_string(), "ip4:192.0.2.1 of example.com matches 192.0.2.1");
    assert_eq!(run(&zone, from("203.0.113.9", "jane@example.com")).outcome, Outcome::Pass);
}

#[test]
fn story_02_two_strings_glue_two_terms() {
    let zone = zone(
        r#"{"example.com": {"TXT": [["v=spf1 ip4:10.11.12.13", "ip4:192.168.100.12 -all"]]},
            "typo.example": {"TXT": [["v=spf1 ip4:10.11", ".12.1333 -all"]]}}"#,
    );
    let verdict = run(&zone, from("192.0.2.1", "jane@example.com"));
    let Outcome::Permerror(cause) = &verdict.outcome else { panic!("{verdict:?}") };
    let Problem::Malformed { error, .. } = &cause.problem else { panic!("{cause:?}") };
    assert_eq!((error.glued_at, &*error.term), (Some(22), "ip4:10.11.12.13ip4:192.168.100.12"));
    assert_eq!(
        verdict.reason().to_string(),
        "record of example.com: syntax error in ip4:10.11.12.13ip4:192.168.100.12 at offset 11: not an address of \
         this kind; the strings of the TXT record break at offset 22 and glue two terms, a space is missing there"
    );
    let typo = run(&zone, from("192.0.2.1", "jane@typo.example"));
    assert!(!typo.reason().to_string().contains("glue"), "a break inside a wrong term is not to blame");
}

#[test]
fn story_03_one_record_among_dozens_and_two_records() {
    let others: Vec<String> = (0..59).map(|n| format!(r#""verification-{n}=abc""#)).collect();
    let texts = |records: &str| format!(r#"{{"example.com": {{"TXT": [{}, {records}]}}}}"#, others.join(","));
    let request = || from("192.0.2.1", "jane@example.com");
    assert_eq!(run(&zone(&texts(r#""v=spf1 ip4:192.0.2.1 -all""#)), request()).outcome, Outcome::Pass);
    let two = run(&zone(&texts(r#""v=spf1 ip4:192.0.2.1 -all", "v=spf1 mx -all""#)), request());
    assert_eq!(two.outcome.word(), "permerror");
    assert_eq!(two.reason().to_string(), "example.com has 2 SPF records; only one is allowed");
}

#[test]
fn story_04_the_eleventh_include_is_reached_by_some_senders_only() {
    let includes: String = (1..=11).map(|n| format!(" include:s{n}.example.net")).collect();
    let others: Vec<String> = (1..=11)
        .map(|n| format!(r#""s{n}.example.net": {{"TXT": ["v=spf1 ip4:192.0.2.{n} -all"]}}"#))
        .collect();
    let record = format!("v=spf1{includes} -all");
    for n in 1..=10 {
        let verdict = published(&record, &others.join(","), &format!("192.0.2.{n}"));
        assert_eq!((verdict.outcome.word(), verdict.lookups), ("pass", n), "{n}");
        assert_eq!(verdict.matched.unwrap().to_string(), format!("include:s{n}.example.net"));
    }
    let verdict = published(&record, &others.join(","), "192.0.2.11");
    assert_eq!((verdict.outcome.word(), verdict.lookups), ("permerror", 10));
    assert_eq!(verdict.reason().to_string(), "include:s11.example.net: more than 10 terms that ask DNS");
}

#[test]
fn story_05_an_include_target_answers_servfail() {
    let record = "v=spf1 include:_spf.esp.example -all";
    let verdict = published(record, r#""_spf.esp.example": "SERVFAIL""#, "192.0.2.1");
    assert_eq!(verdict.outcome.word(), "temperror");
    assert_eq!(verdict.reason().to_string(), "include:_spf.esp.example: _spf.esp.example TXT: SERVFAIL");
    let nested =
        r#""_spf.esp.example": {"TXT": ["v=spf1 a:mail.esp.example -all"]}, "mail.esp.example": "TIMEOUT""#;
    let verdict = published(record, nested, "192.0.2.1");
    assert_eq!(
        verdict.reason().to_string(),
        "include:_spf.esp.example: a:mail.esp.example: mail.esp.example A: timeout"
    );
    let Outcome::Temperror(cause) = verdict.outcome else { panic!() };
    let domains: Vec<&str> = cause.path.iter().map(|place| place.domain.as_str()).collect();
    assert_eq!(domains, ["example.com", "_spf.esp.example"]);
}

#[test]
fn story_06_an_include_target_does_not_exist_any_more() {
    let gone = published("v=spf1 include:_spf.gone.example -all", "", "192.0.2.1");
    let Outcome::Permerror(cause) = &gone.outcome else { panic!("{gone:?}") };
    assert!(matches!(&cause.problem, Problem::TargetWithoutRecord { target, absence: Absence::NxDomain }
        if target.as_str() == "_spf.gone.example"));
    assert_eq!(
        gone.reason().to_string(),
        "include:_spf.gone.example: _spf.gone.example: the domain does not exist (NXDOMAIN)"
    );
    let bare =
        published("v=spf1 redirect=bare.example", r#""bare.example": {"TXT": ["hello"]}"#, "192.0.2.1");
    assert_eq!(bare.outcome.word(), "permerror");
    assert_eq!(bare.reason().to_string(), "redirect=bare.example: bare.example: no SPF record");
}

#[test]
fn a_policy_that_ends_in_nothing_is_said_of_the_policy_not_of_its_first_record() {
    let redirected =
        published("v=spf1 redirect=bare.example", r#""bare.example": {"TXT": ["v=spf1"]}"#, "192.0.2.1");
    assert_eq!(
        redirected.reason().to_string(),
        "example.com: no mechanism matches, and the policy does not end in an all"
    );
}

#[test]
fn story_13_a_wildcard_that_answers_for_every_name() {
    let zone = zone(r#"{"example.com": {}, "*.example.com": {"TXT": ["v=spf1 ip4:192.0.2.1 -all"]}}"#);
    assert_eq!(run(&zone, from("192.0.2.1", "jane@any.example.com")).outcome, Outcome::Pass);
    assert_eq!(run(&zone, from("192.0.2.1", "jane@example.com")).outcome, Outcome::None(Absence::NoRecord));
    assert_eq!(word("v=spf1 include:*.example.com -all", ""), "permerror");
}
