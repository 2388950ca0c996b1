//! DNS itself: what the answers tell beside what they say.

use super::facts::{Facts, PROBE, failure, is_void};
use super::{Report, Wanted};
use crate::finding::Finding;
use mailproof::Name;
use mailproof::dmarc::{Discovery, Settings, discover};
use mailproof::dns::{Answer, Failure, Kind, Outcome, Question, Records};
use std::time::Duration;

/// Aliases in a row that resolvers follow.
const ALIASES: usize = 8;

/// Octets of an answer that fits any path over UDP.
const UDP_OCTETS: usize = 1232;

/// Octets of an answer beside its records: the header, the question without its name, and EDNS.
const ENVELOPE_OCTETS: usize = 12 + 4 + 11;

/// How long it may be remembered that a record is missing.
const NEGATIVE_TTL: Duration = Duration::from_secs(3600);

/// Extended errors that speak of DNSSEC (RFC 8914 §4.7–4.13).
const DNSSEC_ERRORS: std::ops::RangeInclusive<u16> = 6..=12;

pub(super) fn judge(facts: &mut Facts<'_>, wanted: &Wanted, report: &mut Report) {
    let domain = &wanted.domain;
    if let Some(answer) = domain.child(PROBE).ok().and_then(|name| facts.ask(&name, Kind::Txt))
        && !answer.txt().is_empty()
    {
        report.push(Finding::dns(2, format!("*.{domain} has a TXT record")).of(domain));
    }
    apex(facts, domain, report);
    let mut told: Vec<_> =
        facts.told().iter().map(|(question, answer)| (question.clone(), answer.clone())).collect();
    // In whichever order the answers came.
    told.sort_by(|(one, _), (two, _)| one.cmp(two));
    let mut seen = Vec::new();
    for (question, answer) in &told {
        for finding in judge_answer(domain, question, answer) {
            // One of a kind tells it; the same fault is on every answer of a server.
            let is_frequent = matches!(finding.check.number, 6 | 7 | 8 | 11 | 19);
            if is_frequent && seen.contains(&finding.check.number) {
                continue;
            }
            seen.push(finding.check.number);
            report.push(finding);
        }
    }
    for (question, answer) in &told {
        if let Some(failure) = failure(answer) {
            report.failures.push((question.clone(), failure));
        }
    }
    report.questions = told.len();
}

/// An alias at the top of a domain, always or now and then.
fn apex(facts: &mut Facts<'_>, domain: &Name, report: &mut Report) {
    let answers: Vec<_> =
        [Kind::Txt, Kind::Mx, Kind::A].into_iter().filter_map(|kind| facts.ask(domain, kind)).collect();
    let Some(alias) = answers.iter().find_map(|answer| answer.aliases().first()) else {
        return;
    };
    let list = Settings { discovery: Discovery::PublicSuffixList, ..Settings::default() };
    let registered = facts.run(discover(domain.clone(), &list));
    let is_top = registered.is_some_and(|found| found.organizational_domain.as_ref() == Some(domain));
    let is_intermittent =
        answers.iter().any(|answer| answer.aliases().is_empty() && failure(answer).is_none());
    if is_top || is_intermittent {
        let when = if is_intermittent { "for some types only" } else { "for every type" };
        report.push(Finding::dns(3, format!("{domain} is an alias of {alias}, {when}")).of(domain));
    }
}

fn judge_answer(domain: &Name, question: &Question, answer: &Answer) -> Vec<Finding> {
    let details = answer.details();
    let finding =
        |number, message: String| Finding::dns(number, format!("{question}: {message}")).of(&question.name);
    let mut findings = Vec::new();
    if answer.aliases().len() > ALIASES {
        findings.push(finding(4, format!("{} aliases in a row", answer.aliases().len())));
    }
    let exchange = details.exchange.as_ref();
    if let Some(failure) = failure(answer) {
        let error = details.extended_error.as_ref();
        let is_dnssec = error.is_some_and(|error| DNSSEC_ERRORS.contains(&error.code));
        let was_truncated = exchange.is_some_and(|exchange| exchange.truncated);
        findings.extend(match failure {
            Failure::AliasLoop => Some(finding(4, failure.to_string())),
            _ if is_dnssec => {
                let error = error.map(ToString::to_string).unwrap_or_default();
                Some(finding(8, format!("{failure} ({error})")))
            }
            _ if was_truncated => Some(finding(9, format!("truncated over UDP, then {failure} over TCP"))),
            Failure::Refused | Failure::Servfail | Failure::Timeout if question.name.is_within(domain) => {
                Some(finding(6, failure.to_string()))
            }
            _ => None,
        });
        return findings;
    }
    if exchange.is_some_and(|exchange| exchange.without_edns) {
        findings.push(finding(11, "the server answers only without EDNS".to_owned()));
    }
    if details.lacks_soa {
        let number = if *answer.outcome() == Outcome::NxDomain { 19 } else { 7 };
        findings.push(finding(number, "the answer has no SOA record".to_owned()));
    }
    let octets = octets(question, answer);
    if octets > UDP_OCTETS && question.name.is_within(domain) {
        findings.push(finding(10, format!("about {octets} octets; {UDP_OCTETS} fit everywhere")));
    }
    let is_policy = question.kind == Kind::Txt
        && (question.name == *domain || domain.child("_dmarc").is_ok_and(|name| name == question.name));
    if is_policy && is_void(answer) && answer.ttl() > NEGATIVE_TTL {
        findings.push(finding(12, format!("the absence is remembered for {} s", answer.ttl().as_secs())));
    }
    findings
}

/// About how many octets an answer takes: names are compressed to two octets each.
fn octets(question: &Question, answer: &Answer) -> usize {
    const RECORD: usize = 12;
    let records: usize = match answer.outcome() {
        Outcome::Found(Records::Txt(found)) => {
            found.iter().map(|txt| RECORD + txt.octets().len() + txt.joints().len() + 1).sum()
        }
        Outcome::Found(Records::Mx(found)) => {
            found.iter().map(|mx| RECORD + 4 + mx.exchange.as_str().len()).sum()
        }
        _ => 0,
    };
    ENVELOPE_OCTETS + question.name.as_str().len() + 2 + records
}
