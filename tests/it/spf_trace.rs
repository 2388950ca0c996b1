//! The trace of a check: the same run, told as a tree.

use mailproof::dns::{Outcome, Zone};
use mailproof::spf::{self, PolicyResult, PolicyTrace, Qualifier, TermResult, Trace};
use mailproof::{Evaluation, Step};
use serde_json::json;

fn request(domain: &str, ip: &str) -> spf::Request {
    spf::Request::mail_from(ip.parse().unwrap(), "mx.example.com", format!("joe@{domain}"))
}

fn trace(zone: &Zone, domain: &str, ip: &str) -> Trace {
    spf::check(request(domain, ip)).trace(zone)
}

fn zone() -> Zone {
    Zone::from_json_value(&json!({
        "good.example": { "TXT": ["v=spf1 ip4:192.0.2.0/24 include:_spf.esp.example ~all"] },
        "_spf.esp.example": { "TXT": ["v=spf1 ip4:198.51.100.0/24 include:_spf2.esp.example"] },
        "_spf2.esp.example": {
            "TXT": ["v=spf1 ip4:203.0.113.0/24 a:out.esp.example exists:%{ir}.list.example -all"]
        },
        "out.esp.example": { "A": ["198.51.100.77"] },
        "late.example": { "TXT": ["v=spf1 redirect=deny.example ip4:192.0.2.1 x=y"] },
        "deny.example": { "TXT": ["v=spf1 a:nowhere.example -all exp=text.deny.example"] },
        "text.deny.example": { "TXT": ["no"] },
        "void.example": { "TXT": ["v=spf1 redirect=deny.example mx all"] },
        "broken.example": { "TXT": ["v=spf1 include:typo.example -all"] },
        "typo.example": { "TXT": ["v=spf1 ipv4:192.0.2.1 -all"] },
        "gone.example": { "TXT": ["v=spf1 include:nowhere.example -all"] },
        "down.example": { "TXT": ["v=spf1 a:servfail.example -all"] },
        "servfail.example": "SERVFAIL",
    }))
    .unwrap()
}

/// Each term with what came of it, and in brackets what stands below it.
fn told(policy: &PolicyTrace) -> String {
    let terms: Vec<_> = policy
        .terms()
        .map(|(term, told)| {
            let number = told.lookup_number.map(|number| format!(" #{number}")).unwrap_or_default();
            let below =
                told.policy.as_ref().map(|policy| format!(" [{}]", self::told(policy))).unwrap_or_default();
            format!("{term}: {}{number}{below}", told.result.word())
        })
        .collect();
    format!("{}; {}", terms.join(", "), policy.result.word())
}

#[test]
fn every_term_is_told_with_its_place_in_the_count() {
    let trace = trace(&zone(), "good.example", "9.9.9.9");
    let policy = trace.policy.as_ref().unwrap();
    assert_eq!(
        told(policy),
        "ip4:192.0.2.0/24: no match, include:_spf.esp.example: no match #1 [ip4:198.51.100.0/24: no match, \
         include:_spf2.esp.example: no match #2 [ip4:203.0.113.0/24: no match, a:out.esp.example: no match #3, \
         exists:%{ir}.list.example: no match #4, -all: match; fail]; neutral], ~all: match; softfail"
    );
    let verdict = trace.verdict.as_ref().unwrap();
    assert_eq!((verdict.outcome.word(), verdict.lookups, verdict.void_lookups), ("softfail", 4, 1));
    let inner = policy.terms[1].policy.as_ref().unwrap().terms[1].policy.as_ref().unwrap();
    assert_eq!(inner.result, PolicyResult::Decided(Qualifier::Fail));
    assert_eq!((inner.terms[2].void_lookups, inner.terms[2].void_lookups_so_far), (1, 1));
    assert_eq!(inner.terms[2].lookups[0].question.to_string(), "9.9.9.9.list.example A");
    assert_eq!(*inner.terms[2].lookups[0].answer.outcome(), Outcome::NxDomain);
    // What happened inside counts for the include as well.
    assert_eq!(policy.terms[1].void_lookups, 1);
    assert_eq!(trace.lookups().len(), 5);
}

#[test]
fn what_was_not_reached_and_what_has_no_part_are_told_apart() {
    let first = trace(&zone(), "good.example", "192.0.2.7");
    assert_eq!(
        told(first.policy.as_ref().unwrap()),
        "ip4:192.0.2.0/24: match, include:_spf.esp.example: not reached, ~all: not reached; pass"
    );
    let redirected = trace(&zone(), "late.example", "9.9.9.9");
    assert_eq!(
        told(redirected.policy.as_ref().unwrap()),
        "redirect=deny.example: match #1 [a:nowhere.example: no match #2, -all: match, exp=text.deny.example: aside; \
         fail], ip4:192.0.2.1: no match, x=y: aside; fail"
    );
    assert_eq!(redirected.explanation[0].question.to_string(), "text.deny.example TXT");
    assert!(redirected.verdict.unwrap().explanation.is_some());
    let before = trace(&zone(), "late.example", "192.0.2.1");
    assert!(told(before.policy.as_ref().unwrap()).starts_with("redirect=deny.example: not reached, ip4"));
    let beside_all = trace(&zone(), "void.example", "192.0.2.1");
    assert!(told(beside_all.policy.as_ref().unwrap()).starts_with("redirect=deny.example: aside, mx: no"));
}

#[test]
fn it_broke_where_it_broke() {
    for (domain, expected, here) in [
        ("broken.example", "include:typo.example: error #1 [; error], -all: not reached; error", false),
        ("gone.example", "include:nowhere.example: error #1 [; none], -all: not reached; error", true),
        ("down.example", "a:servfail.example: error #1, -all: not reached; error", true),
    ] {
        let trace = trace(&zone(), domain, "192.0.2.1");
        let policy = trace.policy.as_ref().unwrap();
        assert_eq!(told(policy), expected);
        assert_eq!(policy.terms[0].result, TermResult::Broken { here });
    }
}

#[test]
fn a_trace_needs_the_facts_alone_and_ends_where_they_do() {
    let zone = zone();
    let mut check = spf::check(request("good.example", "9.9.9.9"));
    let empty = check.trace(&());
    assert_eq!((empty.verdict, empty.policy.unwrap().result), (None, PolicyResult::Open));
    let mut seen = 0;
    let verdict = loop {
        match check.step(&()) {
            Step::Done(verdict) => break verdict,
            Step::Ask(open) => {
                let question = open[0].clone();
                let answer = zone.lookup(&question);
                check.answer(question, answer);
                seen += 1;
                assert_eq!(check.trace(&()).lookups().len(), seen);
            }
        }
    };
    assert_eq!(check.trace(&()).verdict, Some(verdict));
    assert_eq!(check.trace(&()).lookups().len(), check.facts().len());
}

#[test]
fn an_identity_without_a_domain_has_no_tree() {
    let trace = trace(&zone(), "[192.0.2.1]", "192.0.2.1");
    assert_eq!((trace.policy, trace.verdict.unwrap().outcome.word()), (None, "none"));
}

#[test]
fn as_json_a_trace_is_the_tree_with_its_answers() {
    let told = trace(&zone(), "good.example", "198.51.100.77").to_json();
    assert_eq!(told["limits"], json!({ "lookups": 10, "void_lookups": 2 }));
    let policy = &told["policy"];
    assert_eq!((&policy["domain"], &policy["result"]), (&json!("good.example"), &json!("pass")));
    assert_eq!(policy["record"], "v=spf1 ip4:192.0.2.0/24 include:_spf.esp.example ~all");
    let include = &policy["terms"][1];
    assert_eq!((&include["term"], &include["lookup"]), (&json!("include:_spf.esp.example"), &json!(1)));
    assert_eq!(include["policy"]["domain"], "_spf.esp.example");
    assert_eq!(include["policy"]["questions"][0]["name"], "_spf.esp.example");
    assert_eq!(include["policy"]["terms"][0]["result"], "match");
    // The same question a second time does not go to DNS.
    let again =
        Zone::from_json_value(&json!({ "a.example": { "TXT": ["v=spf1 a a/24 -all"], "A": ["192.0.2.1"] } }));
    let told = trace(&again.unwrap(), "a.example", "203.0.113.1").to_json();
    let questions = |term: usize| told["policy"]["terms"][term]["questions"][0].clone();
    assert_eq!(questions(0)["type"], "A");
    assert!(questions(0).get("repeated").is_none());
    assert_eq!(questions(1)["repeated"], true);
    // Where there is no policy there is nothing to tell of it.
    assert!(trace(&zone(), "nobody.example", "192.0.2.1").to_json()["policy"]["record"].is_null());
}
