//! The SPF records that a domain's policy leads to.

use super::survey::{Log, Purpose};
use mailproof::Name;
use mailproof::dns::{Answer, Kind, Outcome, Question};
use mailproof::spf::{DomainSpec, Mechanism, Record};
use std::collections::HashSet;

/// Domains at most whose records are read; RFC 7208 §4.6.4 allows eleven.
const DOMAINS: usize = 40;

/// A domain whose SPF record is needed.
pub(super) struct Policy {
    pub(super) domain: Name,
    /// The term that led here; none for the domain of the survey.
    pub(super) term: Option<String>,
    pub(super) depth: usize,
    pub(super) found: Found,
}

/// What stands there.
pub(super) enum Found {
    /// DNS has no answer.
    Failed,
    Malformed(String),
    Nothing,
    One(Record),
    Several(usize),
}

/// What the records ask of other names.
#[derive(Default)]
pub(super) struct Hosts {
    pub(super) addresses: Vec<Name>,
    pub(super) exchanges: Vec<Name>,
}

/// Follows `include` and `redirect`, as far as no macro hides the name; level by level, each level asked at once.
pub(super) fn follow(log: &mut Log<'_>, domain: &Name) -> (Vec<Policy>, Hosts) {
    let (mut policies, mut hosts) = (Vec::new(), Hosts::default());
    let mut seen = HashSet::from([domain.clone()]);
    let mut level = vec![(domain.clone(), None)];
    let mut depth = 0;
    while !level.is_empty() {
        let questions: Vec<_> =
            level.iter().map(|(name, _)| Question::new(name.clone(), Kind::Txt)).collect();
        let purpose = if depth == 0 { Purpose::Policy } else { Purpose::Included };
        let answers = log.ask(purpose, &questions);
        let mut next = Vec::new();
        for ((domain, term), answer) in level.into_iter().zip(answers) {
            let found = Found::of(&answer);
            if let Found::One(record) = &found {
                let targets = targets(record, &domain, &mut hosts);
                next.extend(targets.into_iter().filter(|(name, _)| seen.insert(name.clone())));
            }
            policies.push(Policy { domain, term, depth, found });
        }
        next.truncate(DOMAINS.saturating_sub(policies.len()));
        level = next;
        depth += 1;
    }
    (policies, hosts)
}

/// Where a record leads, with the term that says so; names whose addresses it asks for go to `hosts`.
fn targets(record: &Record, domain: &Name, hosts: &mut Hosts) -> Vec<(Name, Option<String>)> {
    let mut targets = Vec::new();
    for directive in record.directives() {
        let target = directive.mechanism.target();
        match &directive.mechanism {
            Mechanism::A { .. } => hosts.addresses.extend(name_or(target, domain)),
            Mechanism::Mx { .. } => hosts.exchanges.extend(name_or(target, domain)),
            Mechanism::Include(target) => {
                targets.extend(name(target).map(|name| (name, Some(directive.mechanism.to_string()))));
            }
            Mechanism::All
            | Mechanism::Exists(_)
            | Mechanism::Ip4 { .. }
            | Mechanism::Ip6 { .. }
            | Mechanism::Ptr(_) => {}
        }
    }
    let redirect =
        record.redirect().and_then(|target| Some((name(target)?, Some(format!("redirect={target}")))));
    targets.extend(redirect);
    targets
}

fn name_or(target: Option<&DomainSpec>, domain: &Name) -> Option<Name> {
    target.map_or_else(|| Some(domain.clone()), name)
}

/// The name, if no macro hides it.
fn name(target: &DomainSpec) -> Option<Name> {
    Name::parse(target.text().literal()?).ok()
}

impl Found {
    /// RFC 7208 §4.5: what does not begin with the version is discarded.
    fn of(answer: &Answer) -> Self {
        if matches!(answer.outcome(), Outcome::Failed(_)) {
            return Self::Failed;
        }
        let mut records = answer.txt().iter().filter(|txt| is_spf(txt.octets()));
        match (records.next(), records.count()) {
            (None, _) => Self::Nothing,
            (Some(txt), 0) => match Record::parse(txt.octets()) {
                Ok(record) => Self::One(record),
                Err(error) => Self::Malformed(error.to_string()),
            },
            (Some(_), others) => Self::Several(others + 1),
        }
    }
}

/// Whether a text begins as an SPF record does.
pub(super) fn is_spf(text: &[u8]) -> bool {
    let version = b"v=spf1";
    text.get(..version.len()).is_some_and(|start| start.eq_ignore_ascii_case(version))
        && text.get(version.len()).is_none_or(|octet| *octet == b' ')
}
