//! SPF evaluation.

use super::field::{assert_printable, assert_well_formed};
use mailproof::dns::{Failure, Kind, Mx, Records, Rrset, Txt, Zone};
use mailproof::spf::{self, Check, Request, Verdict};
use mailproof::{Evaluation, Name, Step};
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

/// Questions that the limits of RFC 7208 §4.6.4 leave room for: the policy; ten terms that ask for a name and then
/// for ten hosts; the names of the client and ten addresses of them, for `%{p}`; an explanation.
const QUESTIONS: usize = 1 + 10 * (1 + 10) + (1 + 10) + 1;

/// Any zone and any request: the evaluation ends within its limits, the same way whether DNS is known at once or
/// answers one by one, and shows nothing unprintable.
///
/// The first line is the client's address, its HELO name and the reverse-path, separated by tabs. Each further line
/// is a record: owner, type and content, separated by tabs; a line that is none is a TXT record of `example.com`.
pub fn check(octets: &[u8]) {
    let mut lines = octets.split(|octet| *octet == b'\n');
    let Some(request) = lines.next().map(request) else {
        return;
    };
    let zone = zone(lines);
    for request in [request.clone(), Request::helo(request.ip, request.helo)] {
        let mut at_once = spf::check(request.clone());
        let Step::Done(verdict) = at_once.step(&zone) else {
            panic!("asks although everything is known");
        };
        assert!(at_once.facts().len() <= QUESTIONS, "{} questions", at_once.facts().len());
        assert_eq!(one_by_one(spf::check(request.clone()), &zone), verdict);
        assert_within_limits(&verdict, &request);
    }
}

fn request(line: &[u8]) -> Request {
    let mut words = line.split(|octet| *octet == b'\t');
    let mut word = || words.next().unwrap_or_default();
    let ip = parsed(word()).unwrap_or(IpAddr::from([192, 0, 2, 1]));
    let helo = word().to_vec();
    Request { now: 1_795_200_000, ..Request::mail_from(ip, helo, word()) }
}

fn zone<'a>(lines: impl Iterator<Item = &'a [u8]>) -> Zone {
    let mut sets: BTreeMap<(Name, Kind), Records> = BTreeMap::new();
    let mut zone = Zone::new();
    for line in lines {
        let words: Vec<_> = line.splitn(3, |octet| *octet == b'\t').collect();
        let (owner, kind, content) = match words[..] {
            [owner, kind, content] => (Name::parse_with_spaces(owner), kind, content),
            _ => (Name::parse("example.com"), &b"TXT"[..], line),
        };
        let Ok(owner) = owner else {
            continue;
        };
        let name = || Name::parse(content).ok();
        let record = match kind {
            b"A" => parsed(content).map(|address| Records::A(vec![address])),
            b"AAAA" => parsed(content).map(|address| Records::Aaaa(vec![address])),
            b"MX" => name().map(|exchange| Records::Mx(vec![Mx { preference: 10, exchange }])),
            b"PTR" => name().map(|name| Records::Ptr(vec![name])),
            b"TXT" => Some(Records::Txt(vec![Txt::new(content.chunks(255))])),
            b"CNAME" => {
                if let Some(target) = name() {
                    zone.insert_alias(owner.clone(), target, Duration::from_secs(60));
                }
                None
            }
            b"SERVFAIL" => {
                zone.insert_always(owner.clone(), Rrset::Failed(Failure::Servfail));
                None
            }
            _ => None,
        };
        if let Some(record) = record {
            add(&mut sets, owner, record);
        }
    }
    for ((owner, _), records) in sets {
        zone.insert(owner, records, Duration::from_secs(60));
    }
    zone
}

fn add(sets: &mut BTreeMap<(Name, Kind), Records>, owner: Name, record: Records) {
    let key = (owner, record.kind());
    match (sets.get_mut(&key), record) {
        (Some(Records::A(set)), Records::A(more)) => set.extend(more),
        (Some(Records::Aaaa(set)), Records::Aaaa(more)) => set.extend(more),
        (Some(Records::Mx(set)), Records::Mx(more)) => set.extend(more),
        (Some(Records::Ptr(set)), Records::Ptr(more)) => set.extend(more),
        (Some(Records::Txt(set)), Records::Txt(more)) => set.extend(more),
        (_, record) => {
            sets.insert(key, record);
        }
    }
}

fn parsed<T: std::str::FromStr>(text: &[u8]) -> Option<T> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

fn one_by_one(mut check: Check, zone: &Zone) -> Verdict {
    // No honest evaluation needs as many steps as there may be questions, twice.
    for _ in 0..=2 * QUESTIONS {
        match check.step(&()) {
            Step::Ask(questions) => {
                assert!(!questions.is_empty(), "neither done nor asking");
                for question in questions {
                    let answer = zone.lookup(&question);
                    check.answer(question, answer);
                }
            }
            Step::Done(verdict) => return verdict,
        }
    }
    panic!("does not end");
}

fn assert_within_limits(verdict: &Verdict, request: &Request) {
    let limits = &request.limits;
    assert!(verdict.lookups <= limits.terms, "{} terms", verdict.lookups);
    assert!(verdict.void_lookups <= limits.void_lookups + 1, "{} void lookups", verdict.void_lookups);
    assert_printable(&verdict.reason().to_string());
    assert_printable(verdict.domain_text());
    if let Some(explanation) = &verdict.explanation {
        assert!(explanation.len() <= limits.explanation_octets);
        assert_printable(explanation);
    }
    assert_well_formed(&(verdict.received_spf(request) + "\r\n"));
}
