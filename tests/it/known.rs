//! What is known, through whatever lends it.

use mailproof::Name;
use mailproof::dns::{ExtendedError, Kind, Known, Question, Zone, blocking};
use mailproof::spf;
use mailproof::{Evaluation, Step};
use std::sync::Arc;

fn zone() -> Zone {
    Zone::from_json(
        r#"{ "example.com": { "TXT": ["v=spf1 include:a.example -all"] }, "a.example": { "TXT": ["v=spf1 ip4:192.0.2.0/24"] } }"#,
    )
    .unwrap()
}

/// What a check finds, again and again: some time its policy is compiled, which the source decides.
fn results(known: &dyn Known) -> Vec<String> {
    let request = || spf::Request::mail_from([192, 0, 2, 1].into(), "mx.example.com", "a@example.com");
    (0..20)
        .map(|_| match spf::check(request()).step(known) {
            Step::Done(verdict) => format!("{} {}", verdict.outcome, verdict.lookups),
            Step::Ask(open) => panic!("asks {open:?} although everything is known"),
        })
        .collect()
}

#[test]
fn a_zone_tells_the_same_through_a_reference_and_an_arc() {
    let zone = zone();
    let shared = Arc::new(zone.clone());
    assert_eq!(results(&zone), vec!["pass 1"; 20]);
    assert_eq!(results(&&zone), vec!["pass 1"; 20]);
    assert_eq!(results(&shared), vec!["pass 1"; 20]);
    let question = Question::new(Name::parse("a.example").unwrap(), Kind::Txt);
    for known in [&&zone as &dyn Known, &shared, &zone] {
        assert_eq!(known.recall(&question), Some(zone.lookup(&question)));
        assert_eq!(known.peek(&question), zone.peek(&question));
        assert!(known.admits(&mut std::iter::empty()));
    }
    assert!((&&zone as &dyn Known).source() == Known::source(&zone) && Known::source(&zone).is_some());
    assert!(Known::source(&shared) == Known::source(&*shared));
    // Who knows nothing has no source.
    assert!(().source().is_none() && ().recall(&question).is_none());
}

#[test]
fn a_resolver_lends_what_it_knows_through_a_reference() {
    let zone = zone();
    let question = Question::new(Name::parse("example.com").unwrap(), Kind::Txt);
    let lent: &dyn blocking::Resolver = &zone;
    assert_eq!(blocking::Resolver::resolve(&lent, &question), zone.lookup(&question));
    assert_eq!(lent.known().recall(&question), Some(zone.lookup(&question)));
}

#[test]
fn every_extended_error_of_the_rfc_has_its_purpose() {
    let purpose = |code| ExtendedError { code, text: String::new() }.purpose();
    // RFC 8914 §4.1 to §4.25.
    let known: Vec<_> = (0..=24).map(|code| purpose(code).unwrap()).collect();
    let different: std::collections::HashSet<_> = known.iter().collect();
    assert_eq!(different.len(), 25);
    for (code, expected) in
        [(0, "Other Error"), (6, "DNSSEC Bogus"), (19, "Stale NXDOMAIN Answer"), (24, "Invalid Data")]
    {
        assert_eq!(known[code], expected);
    }
    assert_eq!((purpose(25), purpose(u16::MAX)), (None, None));
}
