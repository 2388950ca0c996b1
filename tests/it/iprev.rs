//! The reverse name of the client, confirmed forward (RFC 8601 §2.7.3, §3).

use mailproof::dns::{Answer, Failure, Kind, Known, Question, Zone};
use mailproof::iprev::{self, Disagreement, NoName, Outcome, Verdict};
use mailproof::{Evaluation, Name, Step};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::net::IpAddr;

const IP: &str = "192.0.2.25";
const V6: &str = "2001:db8::25";

fn reverse(ip: &str) -> String {
    Name::reverse(ip.parse().unwrap()).to_string()
}

/// The zone in which `ip` has these names, beside what `others` holds.
fn named(ip: &str, names: &[&str], others: Value) -> Zone {
    let mut zone = others;
    zone[reverse(ip)] = json!({ "PTR": names });
    Zone::from_json_value(&zone).unwrap()
}

fn check(ip: &str, zone: &Zone) -> Verdict {
    match iprev::check(ip.parse().unwrap()).step(zone) {
        Step::Done(verdict) => verdict,
        Step::Ask(open) => panic!("a zone knows everything, also {open:?}"),
    }
}

fn name(verdict: &Verdict) -> Option<&str> {
    verdict.name.as_ref().map(Name::as_str)
}

#[test]
fn pass_is_a_name_that_points_back() {
    let zone = named(IP, &["mail.example.com"], json!({ "mail.example.com": { "A": ["198.51.100.1", IP] } }));
    let verdict = check(IP, &zone);
    assert_eq!((&verdict.outcome, name(&verdict)), (&Outcome::Pass, Some("mail.example.com")));
    assert_eq!(verdict.reason().to_string(), "mail.example.com points back to 192.0.2.25");
    let zone = named(V6, &["mail.example.com"], json!({ "mail.example.com": { "AAAA": [V6] } }));
    assert_eq!(check(V6, &zone).outcome, Outcome::Pass);
}

#[test]
fn the_family_of_the_address_is_asked_for() {
    let zone = named(V6, &["mail.example.com"], json!({ "mail.example.com": { "A": [IP] } }));
    let verdict = check(V6, &zone);
    assert_eq!((&verdict.outcome, name(&verdict)), (&Outcome::Fail(Disagreement::NoAddress), None));
}

#[test]
fn a_mapped_address_is_its_ipv4_address() {
    let zone = named(IP, &["mail.example.com"], json!({ "mail.example.com": { "A": [IP] } }));
    let verdict = check("::ffff:192.0.2.25", &zone);
    assert_eq!((verdict.outcome, verdict.ip), (Outcome::Pass, IP.parse().unwrap()));
}

#[test]
fn fail_is_names_of_which_none_points_back() {
    let zone = named(IP, &["a.example", "b.example"], json!({ "b.example": { "A": ["192.0.2.26"] } }));
    let verdict = check(IP, &zone);
    assert_eq!(verdict.outcome, Outcome::Fail(Disagreement::OtherAddress));
    assert_eq!(
        verdict.reason().to_string(),
        "the names of the address have other addresses: a.example, b.example"
    );
    // RFC 8601 §2.7.3: the forward query gave NXDOMAIN, or NOERROR without an answer.
    for others in [json!({}), json!({ "gone.example": { "TXT": ["x"] } })] {
        let verdict = check(IP, &named(IP, &["gone.example"], others));
        assert_eq!(verdict.outcome, Outcome::Fail(Disagreement::NoAddress));
    }
}

#[test]
fn permerror_is_an_address_without_a_name() {
    assert_eq!(check(IP, &Zone::new()).outcome, Outcome::Permerror(NoName::NxDomain));
    let zone = Zone::from_json_value(&json!({ reverse(IP): { "TXT": ["x"] } })).unwrap();
    let verdict = check(IP, &zone);
    assert_eq!(verdict.outcome, Outcome::Permerror(NoName::NoData));
    assert_eq!(verdict.reason().to_string(), "the address has no PTR record");
}

#[test]
fn temperror_is_dns_that_fails() {
    let broken = Zone::from_json_value(&json!({ reverse(IP): "SERVFAIL" })).unwrap();
    let verdict = check(IP, &broken);
    let Outcome::Temperror(cause) = &verdict.outcome else { panic!("{verdict:?}") };
    assert_eq!((cause.question.kind, cause.failure), (Kind::Ptr, Failure::Servfail));
    assert_eq!(verdict.reason().to_string(), "25.2.0.192.in-addr.arpa PTR: SERVFAIL");
    // A name that could not be asked for may be the one that points back; one that does decides.
    let others = json!({ "a.example": "TIMEOUT", "b.example": { "A": ["192.0.2.26"] } });
    let verdict = check(IP, &named(IP, &["b.example", "a.example"], others.clone()));
    assert_eq!(verdict.reason().to_string(), "a.example A: timeout");
    let mut others = others;
    others["c.example"] = json!({ "A": [IP] });
    let verdict = check(IP, &named(IP, &["b.example", "a.example", "c.example"], others));
    assert_eq!((&verdict.outcome, name(&verdict)), (&Outcome::Pass, Some("c.example")));
}

#[test]
fn ten_names_are_asked_for_all_at_once_and_no_more() {
    let names: Vec<_> = (0..24).map(|number| format!("n{number:02}.example")).collect();
    let texts: Vec<_> = names.iter().map(String::as_str).collect();
    let zone = named(IP, &texts, json!({ "n10.example": { "A": [IP] } }));
    let mut asked = iprev::check(IP.parse().unwrap());
    let Step::Ask(first) = asked.step(&()) else { panic!("nothing is known") };
    assert_eq!((first.len(), asked.rounds()), (1, 1));
    asked.answer(first[0].clone(), zone.lookup(&first[0]));
    let Step::Ask(second) = asked.step(&()) else { panic!("no address is known") };
    assert_eq!((second.len(), asked.rounds()), (iprev::NAMES, 2));
    // The eleventh would confirm.
    let verdict = check(IP, &zone);
    assert_eq!((verdict.names.len(), verdict.names_left_out), (10, 14));
    assert!(
        verdict
            .reason()
            .to_string()
            .ends_with("n00.example, n01.example, n02.example and 7 more; 14 more were not looked at")
    );
    let Step::Done(wider) = iprev::check(IP.parse().unwrap()).with_limit(11).step(&zone) else { panic!() };
    assert_eq!(wider.outcome, Outcome::Pass);
}

/// Servers rotate the records of an answer; ten names are looked at.
#[test]
fn the_order_of_many_names_changes_nothing() {
    let mut names: Vec<_> = (0..12).map(|number| format!("n{number:02}.example")).collect();
    let mut verdicts = Vec::new();
    for _ in 0..names.len() {
        names.rotate_left(1);
        let texts: Vec<_> = names.iter().map(String::as_str).collect();
        let zone = named(IP, &texts, json!({ "n05.example": { "A": [IP] }, "n11.example": "TIMEOUT" }));
        verdicts.push(check(IP, &zone));
    }
    assert!(verdicts.iter().all(|verdict| *verdict == verdicts[0]));
    assert_eq!((name(&verdicts[0]), verdicts[0].names_left_out), (Some("n05.example"), 2));
}

#[test]
fn a_name_told_twice_is_one_name() {
    let names: Vec<_> =
        (0..20).map(|number| if number % 2 == 0 { "a.example" } else { "B.example" }).collect();
    let verdict = check(IP, &named(IP, &names, json!({ "b.example": { "A": [IP] } })));
    assert_eq!((name(&verdict), verdict.names.len(), verdict.names_left_out), (Some("b.example"), 2, 0));
}

#[test]
fn of_several_names_the_first_in_the_alphabet_is_told() {
    let both = json!({ "a.example": { "A": [IP] }, "b.example": { "A": [IP] } });
    for names in [["a.example", "b.example"], ["b.example", "a.example"], ["B.example", "A.example"]] {
        assert_eq!(name(&check(IP, &named(IP, &names, both.clone()))), Some("a.example"));
    }
}

#[test]
fn what_was_told_once_stays_and_what_was_not_asked_changes_nothing() {
    let zone = named(IP, &["mail.example.com"], json!({ "mail.example.com": { "A": [IP] } }));
    let mut check = iprev::check(IP.parse().unwrap());
    let ptr = Question::new(reverse(IP).parse().unwrap(), Kind::Ptr);
    let forward = Question::new("mail.example.com".parse().unwrap(), Kind::A);
    check.answer(forward.clone(), Answer::failed(Failure::Servfail));
    check.answer(ptr.clone(), zone.lookup(&ptr));
    check.answer(ptr, Answer::failed(Failure::Servfail));
    assert_eq!(check.step(&()), Step::Ask(vec![forward.clone()]));
    check.answer(forward.clone(), zone.lookup(&forward));
    check.answer(forward, Answer::failed(Failure::Servfail));
    let Step::Done(verdict) = check.step(&()) else { panic!("all was told") };
    assert_eq!(verdict.outcome, Outcome::Pass);
}

/// Every answer there is, by a number; names of any octets.
struct Chaos(Vec<u8>);

impl Known for Chaos {
    fn recall(&self, question: &Question) -> Option<Answer> {
        use mailproof::dns::{Outcome, Records};
        let at = question.name.as_str().len() + question.name.label_count();
        let outcome = match self.0[at % self.0.len()] % 7 {
            0 => Outcome::NxDomain,
            1 => Outcome::NoData,
            2 => Outcome::Failed(Failure::Timeout),
            3 => Outcome::Found(Records::A(vec![[192, 0, 2, 25].into()])),
            4 => Outcome::Found(Records::Aaaa(vec![V6.parse().unwrap()])),
            5 => Outcome::Found(Records::Txt(Vec::new())),
            _ => Outcome::Found(Records::Ptr(
                self.0.iter().map(|octet| Name::parse(format!("n{octet}.(\"\\;.example")).unwrap()).collect(),
            )),
        };
        Some(Answer::new(outcome, std::time::Duration::ZERO))
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_answers_end_in_a_verdict_of_one_line(octets in prop::collection::vec(any::<u8>(), 1..60), v6 in any::<bool>()) {
        let ip: IpAddr = if v6 { V6 } else { IP }.parse().unwrap();
        let Step::Done(verdict) = iprev::check(ip).step(&Chaos(octets)) else { panic!("all is known") };
        prop_assert!(verdict.names.len() <= iprev::NAMES);
        prop_assert_eq!(verdict.outcome == Outcome::Pass, verdict.name.is_some());
        let reason = verdict.reason().to_string();
        prop_assert!(reason.len() < 1000 && reason.bytes().all(|octet| matches!(octet, b' '..=b'~')), "{}", reason);
    }
}
