//! What is wrong with the answers, in words, and what to do about each.

use super::policies::{Found, Policy, is_spf};
use super::survey::{Fact, Purpose, Survey, keys_of};
use crate::Exit;
use mailproof::dmarc::Absence;
use mailproof::dns::{Answer, ExtendedError, Failure, Kind, Outcome, Question};
use std::time::Duration;

/// A time to live below this is told.
const LOW_TTL: Duration = Duration::from_secs(60);

/// How much a finding weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Severity {
    /// Something could not be asked.
    Failure,
    /// Something is wrong.
    Problem,
    /// Something is worth knowing.
    Note,
}

/// Something to tell, and of which questions.
#[derive(Debug)]
pub(super) struct Finding {
    pub(super) severity: Severity,
    pub(super) questions: Vec<Question>,
    pub(super) what: String,
    pub(super) advice: &'static str,
}

impl Severity {
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Failure => "failure",
            Self::Problem => "problem",
            Self::Note => "note",
        }
    }
}

/// Every finding, the heaviest first; the same of several questions is told once.
pub(super) fn findings(survey: &Survey) -> Vec<Finding> {
    let mut found = Findings::default();
    for fact in &survey.facts {
        judge_transport(&mut found, fact);
        judge_outcome(&mut found, survey, fact);
    }
    survey.policies.iter().for_each(|policy| judge_policy(&mut found, survey, policy));
    judge_hosts(&mut found, survey);
    judge_dmarc(&mut found, survey);
    judge_keys(&mut found, survey);
    judge_wildcards(&mut found, survey);
    found.0.sort_by_key(|finding| finding.severity);
    found.0
}

/// Something that could not be asked leaves the whole open.
pub(super) fn exit(findings: &[Finding]) -> Exit {
    match findings.first().map(|finding| finding.severity) {
        Some(Severity::Failure) => Exit::Undecided,
        Some(Severity::Problem) => Exit::Bad,
        Some(Severity::Note) | None => Exit::Good,
    }
}

#[derive(Default)]
struct Findings(Vec<Finding>);

impl Findings {
    fn add(
        &mut self,
        severity: Severity,
        question: &Question,
        what: impl Into<String>,
        advice: &'static str,
    ) {
        let what = what.into();
        match self.0.iter_mut().find(|finding| finding.what == what) {
            Some(finding) => finding.questions.push(question.clone()),
            None => self.0.push(Finding { severity, questions: vec![question.clone()], what, advice }),
        }
    }
}

/// What is odd about how the answer came, whatever it says.
fn judge_transport(found: &mut Findings, fact: &Fact) {
    let Fact { question, answer, .. } = fact;
    let details = answer.details();
    if details.exchange.as_ref().is_some_and(|exchange| exchange.without_edns) {
        found.add(
            Severity::Problem,
            question,
            "the server refuses EDNS; it was asked again without",
            "update the server, or the firewall before it, so that it takes queries with an OPT record (RFC 6891)",
        );
    }
    if details.lacks_soa {
        found.add(
            Severity::Problem,
            question,
            format!(
                "an odd answer: {}, without the SOA record that says how long that holds",
                absent(answer)
            ),
            "look at the authority: it answers every question with nothing, or leaves out its SOA (RFC 2308)",
        );
    }
    if matches!(&details.extended_error, Some(ExtendedError { code: 3 | 19, .. })) {
        found.add(
            Severity::Note,
            question,
            "the server says that its answer is stale: it cannot reach the authority",
            "see whether the nameservers of the zone answer",
        );
    }
    let is_found = matches!(answer.outcome(), Outcome::Found(_));
    let is_from_file = details.exchange.is_none() && answer.ttl().is_zero();
    if is_found && answer.ttl() < LOW_TTL && !is_from_file {
        found.add(
            Severity::Note,
            question,
            "a time to live below 60 seconds",
            "if that is what the zone says, and not what a cache has left of it, raise it: receivers ask again and again",
        );
    }
    if is_found && details.exchange.as_ref().is_some_and(|exchange| exchange.truncated) {
        found.add(
            Severity::Note,
            question,
            "the answer does not fit UDP, and came over TCP",
            "keep TCP open at all nameservers, or publish fewer and shorter records at this name",
        );
    }
}

fn absent(answer: &Answer) -> &'static str {
    if *answer.outcome() == Outcome::NxDomain { "NXDOMAIN" } else { "NOERROR with no record" }
}

/// What the outcome means by itself.
fn judge_outcome(found: &mut Findings, survey: &Survey, fact: &Fact) {
    let Fact { purpose, question, answer } = fact;
    match answer.outcome() {
        Outcome::Failed(failure) => {
            let (severity, what, advice) = failed(*failure, answer);
            found.add(severity, question, what, advice);
        }
        Outcome::NxDomain if !answer.aliases().is_empty() && *purpose != Purpose::Probe => {
            let hops = answer.aliases().len();
            let gone = answer.aliases().last().map(ToString::to_string).unwrap_or_default();
            found.add(
                Severity::Problem,
                question,
                format!("the CNAME leads nowhere: {gone}, hop {hops} of {hops}, does not exist"),
                "publish the target again, or remove the CNAME; ask the provider who owns the target",
            );
        }
        Outcome::NxDomain if question.name == survey.domain && question.kind == Kind::Txt => found.add(
            Severity::Problem,
            question,
            "the domain does not exist (NXDOMAIN)",
            "look at the spelling, the registration and the delegation of the domain",
        ),
        Outcome::NxDomain if *purpose == Purpose::Selector => found.add(
            Severity::Problem,
            question,
            "the selector does not exist (NXDOMAIN): signatures that name it end in permerror",
            "publish the key at this name, or sign with a selector that is published",
        ),
        Outcome::NoData if *purpose == Purpose::Selector => found.add(
            Severity::Problem,
            question,
            "the selector's name exists and has no TXT record",
            "publish the key as TXT at exactly this name",
        ),
        Outcome::Found(_) | Outcome::NoData | Outcome::NxDomain => {}
    }
}

fn failed(failure: Failure, answer: &Answer) -> (Severity, String, &'static str) {
    let details = answer.details();
    let said = details.extended_error.as_ref().map(|error| format!(" ({error})")).unwrap_or_default();
    let needs_tcp = details.exchange.as_ref().is_some_and(|exchange| exchange.truncated);
    let (what, advice) = match failure {
        Failure::AliasLoop => {
            let what = "the CNAME records loop, or the chain is too long".to_owned();
            return (Severity::Problem, what, "let the CNAME point at the name that holds the record");
        }
        Failure::Timeout | Failure::Unreachable | Failure::Malformed if needs_tcp => (
            format!("truncated over UDP, and over TCP: {failure}"),
            "open TCP port 53 at the server and in every firewall before it, or make the record set smaller",
        ),
        Failure::Servfail => (
            "SERVFAIL: the server cannot say whether the name exists".to_owned(),
            servfail(details.extended_error.as_ref()),
        ),
        Failure::Refused => (
            "REFUSED: the server does not answer for this name, or not for you".to_owned(),
            "ask a recursive server that serves you (--server); a nameserver that refuses its own zone is lame",
        ),
        Failure::Timeout => (
            "timeout: the server is silent".to_owned(),
            "is it up, and does UDP from here reach it? Try --source-ports, --edns 512, tcp:// or another --server",
        ),
        Failure::Unreachable => (
            "no server reachable".to_owned(),
            "look at the address and port of the server and at the network in between",
        ),
        Failure::Malformed => (
            "a malformed reply".to_owned(),
            "something in between changes DNS, or the server is broken: try tcp:// or another --server",
        ),
        Failure::Budget => ("the time was up".to_owned(), "allow more with --timeout"),
        Failure::Unrecorded => (
            "not in the recording".to_owned(),
            "replay the command that was recorded, with the same arguments",
        ),
        other => (
            format!("{other}: the server does not take the question"),
            "update the server, or ask another with --server",
        ),
    };
    (Severity::Failure, format!("{what}{said}"), advice)
}

fn servfail(error: Option<&ExtendedError>) -> &'static str {
    match error.map(|error| error.code) {
        Some(1 | 2 | 5..=12) => {
            "DNSSEC is broken: sign the zone anew, or let the DS record at the parent match its keys"
        }
        Some(22 | 23) => {
            "the nameservers of the zone are silent or lame: look at the delegation, and at each of them"
        }
        _ => {
            "the nameservers are silent or lame, or DNSSEC is broken: ask them one by one with mailproof dns compare"
        }
    }
}

fn judge_policy(found: &mut Findings, survey: &Survey, policy: &Policy) {
    let question = Question::new(policy.domain.clone(), Kind::Txt);
    let answer = survey.answer(&policy.domain, Kind::Txt);
    match (&policy.found, &policy.term) {
        (Found::Malformed(why), _) => found.add(
            Severity::Problem,
            &question,
            format!("the SPF record of {} is malformed: {why}", policy.domain),
            "mend the record: every receiver answers permerror",
        ),
        (Found::Several(count), _) => found.add(
            Severity::Problem,
            &question,
            format!("{count} SPF records at {}, where one may be", policy.domain),
            "merge them into one record: every receiver answers permerror",
        ),
        (Found::Nothing, Some(term)) => {
            let (what, advice) = if answer.is_some_and(Answer::denies_name) {
                (
                    format!("{term}: the domain does not exist any more (NXDOMAIN)"),
                    "remove the term: SPF ends in permerror, and whoever registers the domain sends in your name",
                )
            } else {
                (
                    format!(
                        "{term}: there is no SPF record ({})",
                        answer.map(super::super::answer::word).unwrap_or_default()
                    ),
                    "remove the term, or have its owner publish the record: SPF ends in permerror",
                )
            };
            found.add(Severity::Problem, &question, what, advice);
        }
        (Found::Nothing, None) if answer.is_some_and(|answer| !answer.denies_name()) => found.add(
            Severity::Note,
            &question,
            "no SPF record",
            "publish one; \"v=spf1 -all\" if the domain sends no mail",
        ),
        (Found::Nothing | Found::One(_) | Found::Failed, _) => {}
    }
}

/// Hosts that are named and have no address.
fn judge_hosts(found: &mut Findings, survey: &Survey) {
    for fact in survey.facts.iter().filter(|fact| fact.question.kind == Kind::A) {
        let what = match fact.purpose {
            Purpose::Exchange => "a mail exchange without any address",
            Purpose::Host => "an \"a\" term whose name has no address: a void lookup",
            _ => continue,
        };
        let is_void = |answer: &Answer| matches!(answer.outcome(), Outcome::NoData | Outcome::NxDomain);
        let other = survey.answer(&fact.question.name, Kind::Aaaa);
        if is_void(&fact.answer) && other.is_some_and(is_void) {
            let advice = "give the name an address, or take it out of the record that names it";
            found.add(Severity::Problem, &fact.question, what, advice);
        }
    }
}

fn judge_dmarc(found: &mut Findings, survey: &Survey) {
    let visits = &survey.dmarc.visits;
    for visit in visits {
        let Ok(name) = visit.domain.child("_dmarc") else { continue };
        let question = Question::new(name, Kind::Txt);
        match &visit.listing {
            Err(Absence::Several { count }) => found.add(
                Severity::Problem,
                &question,
                format!("{count} DMARC records at one name: all of them are discarded"),
                "leave one",
            ),
            Err(Absence::Stray(_)) if visit.domain == survey.domain => found.add(
                Severity::Problem,
                &question,
                format!(
                    "no DMARC record: {}",
                    visit.listing.as_ref().err().map(ToString::to_string).unwrap_or_default()
                ),
                "let the record begin with v=DMARC1; see whether a wildcard answers in its place",
            ),
            _ => {}
        }
    }
    if let mailproof::dmarc::Finding::None(_) = survey.dmarc.finding
        && let Ok(name) = survey.domain.child("_dmarc")
    {
        let advice = "publish v=DMARC1; p=none; rua=mailto:... at this name and read the reports";
        found.add(Severity::Note, &Question::new(name, Kind::Txt), "no DMARC policy applies", advice);
    }
}

/// RFC 6376 §3.6.2.1: keys stand below `_domainkey`; whether that exists tells whether there are any.
fn judge_keys(found: &mut Findings, survey: &Survey) {
    let Some(keys) = keys_of(&survey.domain) else { return };
    let question = Question::new(keys, Kind::Txt);
    let Some(answer) = survey.answer(&question.name, Kind::Txt) else { return };
    let below = || survey.of_purpose(Purpose::Selector).chain(survey.of_purpose(Purpose::Guess));
    let is_there = |fact: &Fact| {
        matches!(fact.answer.outcome(), Outcome::Found(_) | Outcome::NoData)
            || !fact.answer.aliases().is_empty()
    };
    let mut there = below().filter(|fact| is_there(fact));
    match answer.outcome() {
        Outcome::NxDomain if answer.denies_name() && there.next().is_some() => found.add(
            Severity::Problem,
            &question,
            "NXDOMAIN for a name that has names below it: resolvers may take all selectors for absent",
            "update the nameserver: an empty non-terminal is NOERROR (RFC 8020)",
        ),
        Outcome::Found(_) if !answers_for_all(survey) => found.add(
            Severity::Note,
            &question,
            "a TXT record stands at _domainkey itself: the policy of DomainKeys (RFC 4870), which nobody reads",
            "remove it",
        ),
        _ => {}
    }
    for fact in survey.of_purpose(Purpose::Selector).filter(|fact| !fact.answer.txt().is_empty()) {
        if !fact.answer.txt().iter().any(|txt| is_key(txt.octets())) {
            let what = "TXT records at the selector, but none with a p= tag: no key";
            found.add(
                Severity::Problem,
                &fact.question,
                what,
                "publish the key record as the signer's program prints it",
            );
        }
    }
}

/// Whether a text looks like a key record: a tag `p`.
pub(super) fn is_key(text: &[u8]) -> bool {
    text.split(|octet| *octet == b';').any(|tag| {
        let tag = tag.trim_ascii();
        tag.first() == Some(&b'p') && tag.get(1..).unwrap_or_default().trim_ascii_start().starts_with(b"=")
    })
}

fn answers_for_all(survey: &Survey) -> bool {
    survey.of_purpose(Purpose::Probe).any(|fact| matches!(fact.answer.outcome(), Outcome::Found(_)))
}

fn judge_wildcards(found: &mut Findings, survey: &Survey) {
    for fact in survey.of_purpose(Purpose::Probe) {
        if let Some(txt) = fact.answer.txt().first() {
            let what = if is_spf(txt.octets()) {
                "a wildcard answers for every name with an SPF record: for selectors and _dmarc, too"
            } else {
                "a wildcard answers for every name with a TXT record: for selectors and _dmarc, too"
            };
            let advice = "publish TXT records at the names that need them, and take TXT out of the wildcard";
            found.add(Severity::Problem, &fact.question, what, advice);
        }
    }
}
