//! SPF evaluation.

use super::field::{assert_printable, assert_well_formed};
use super::scene::{connection, zone};
use mailproof::dns::Zone;
use mailproof::spf::{self, Check, Request, Verdict};
use mailproof::{Connection, Evaluation, Step};

/// Questions that the limits of RFC 7208 §4.6.4 leave room for: the policy; ten terms that ask for a name and then
/// for ten hosts; the names of the client and ten addresses of them, for `%{p}`; an explanation.
const QUESTIONS: usize = 1 + 10 * (1 + 10) + (1 + 10) + 1;

/// Any zone and any request: the evaluation ends within its limits, the same way whether DNS is known at once or
/// answers one by one, and shows nothing unprintable.
///
/// The first line is the connection, each further one a record: [`connection`], [`zone`].
pub fn check(octets: &[u8]) {
    let mut lines = octets.split(|octet| *octet == b'\n');
    let Some(request) = lines.next().map(connection).map(request) else {
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

fn request(connection: Connection) -> Request {
    let Connection { ip, helo, mail_from, received_at: now, .. } = connection;
    Request { now, ..Request::mail_from(ip.expect("the client has an address"), helo, mail_from) }
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
