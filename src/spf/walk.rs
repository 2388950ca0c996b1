//! Every address a policy lists, whoever the client is.

use super::cause::{Absence, UnusableDomain};
use super::listing::{Content, Listed, Listing, Network, Policy, Trouble, Unlistable};
use super::macros::{DomainSpec, Letter, Values};
use super::record::{Mechanism, Modifier, Prefixes, Record, Term};
use super::select::Selection;
use super::terms::Exchanges;
use crate::dns::{Answer, Failure, Kind, Known, Outcome, Question, Records};
use crate::eval::{Evaluation, Step};
use crate::name::Name;
use std::collections::{HashMap, HashSet};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

/// Begins to list what the policy of a domain authorizes, and what it does not, in the order of its records. All that
/// can be asked at once is asked at once.
pub fn walk(domain: Name) -> Walk {
    Walk { domain, limits: WalkLimits::default(), facts: HashMap::new(), open: Vec::new() }
}

/// Bounds of a walk.
///
/// An evaluation may ask ten terms only (RFC 7208 §4.6.4), but a policy that is over the limit is worth listing most of
/// all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WalkLimits {
    /// Terms that ask DNS, over all records; the walk goes no further than that. The default is 500; more than
    /// 10,000 counts as 10,000.
    pub terms: u32,
    /// How many includes and redirects stand inside each other at most. The default is 20; more than 100 counts as 100.
    pub depth: usize,
    /// Mail exchanges of one `mx`. The default is 10 (RFC 7208 §4.6.4).
    pub mx_names: usize,
    /// Terms in all, such as `ip4`, which ask nothing: a large record may be included many times. The default is 100,000,
    /// which is also the most.
    pub listed: usize,
}

/// A walk under way.
#[derive(Clone, Debug)]
pub struct Walk {
    domain: Name,
    limits: WalkLimits,
    facts: HashMap<Question, Answer>,
    /// What is still to be answered before it goes on.
    open: Vec<Question>,
}

const TERMS_EVER: u32 = 10_000;
const DEPTH_EVER: usize = 100;
const LISTED_EVER: usize = 100_000;

impl Default for WalkLimits {
    fn default() -> Self {
        Self { terms: 500, depth: 20, mx_names: 10, listed: LISTED_EVER }
    }
}

impl Walk {
    /// The same walk within other bounds.
    pub const fn within(mut self, limits: WalkLimits) -> Self {
        self.limits = limits;
        self
    }
}

impl Evaluation for Walk {
    type Output = Listing;

    fn step(&mut self, known: &dyn Known) -> Step<Listing> {
        // A tour begins at the root, so it waits for every answer the last one wanted: one for each depth of includes.
        if !self.open.is_empty() {
            return Step::Ask(self.open.clone());
        }
        let mut tour = Tour {
            limits: self.limits,
            known,
            facts: &mut self.facts,
            open: Vec::new(),
            wanted: HashSet::new(),
            path: Vec::new(),
            listed: 0,
            lookups: 0,
            void_lookups: 0,
            ttl: None,
        };
        let policy = tour.policy(&self.domain);
        if tour.open.is_empty() {
            let ttl = tour.ttl.unwrap_or_default();
            let Tour { lookups, void_lookups, .. } = tour;
            return Step::Done(Listing { policy, lookups, void_lookups, ttl });
        }
        self.open = tour.open;
        Step::Ask(self.open.clone())
    }

    fn answer(&mut self, question: Question, answer: Answer) {
        let Some(index) = self.open.iter().position(|open| *open == question) else {
            return;
        };
        self.open.remove(index);
        self.facts.insert(question, answer);
    }
}

/// One run over the facts told so far. Where a fact is missing it notes the question and goes on.
struct Tour<'a> {
    limits: WalkLimits,
    known: &'a dyn Known,
    facts: &'a mut HashMap<Question, Answer>,
    /// What is to be asked, in the order of the records.
    open: Vec<Question>,
    wanted: HashSet<Question>,
    /// The domains whose policies stand around the one at hand.
    path: Vec<Name>,
    listed: usize,
    lookups: u32,
    void_lookups: u32,
    ttl: Option<Duration>,
}

impl Tour<'_> {
    fn policy(&mut self, domain: &Name) -> Policy {
        let terms = self.record(domain).map(|record| {
            let Some(record) = record else {
                return Vec::new();
            };
            self.path.push(domain.clone());
            let terms = self.terms(&record, domain);
            self.path.pop();
            terms
        });
        Policy { domain: domain.clone(), terms }
    }

    /// RFC 7208 §4.3–§4.5; `None` while its question is open.
    fn record(&mut self, domain: &Name) -> Result<Option<Record>, Trouble> {
        if domain.label_count() < 2 {
            return Err(Trouble::Absent(Absence::Domain(UnusableDomain::SingleLabel)));
        }
        if self.path.contains(domain) {
            return Err(Trouble::Loop);
        }
        if self.path.len() > self.limits.depth.min(DEPTH_EVER) {
            return Err(Trouble::WalkLimit(self.terms_limit()));
        }
        let Some(answer) = self.ask(domain, Kind::Txt) else {
            return Ok(None);
        };
        match answer.outcome() {
            Outcome::NxDomain => return Err(Trouble::Absent(Absence::NxDomain)),
            Outcome::NoData => return Err(Trouble::Absent(Absence::NoRecord)),
            Outcome::Failed(failure) => return Err(failed(domain, Kind::Txt, *failure, &answer)),
            Outcome::Found(_) => {}
        }
        match Selection::read(&answer) {
            Selection::NoRecord => Err(Trouble::Absent(Absence::NoRecord)),
            Selection::Several(count) => Err(Trouble::Several(*count)),
            Selection::Malformed(error) => Err(Trouble::Malformed(error.clone())),
            Selection::One(policy) => Ok(Some(Record::clone(&policy.record))),
        }
    }

    fn terms(&mut self, record: &Record, domain: &Name) -> Vec<Listed> {
        let mut listed = Vec::new();
        for term in record.terms() {
            let Term::Directive(directive) = term else {
                continue;
            };
            self.listed += 1;
            if self.listed > self.limits.listed.min(LISTED_EVER) {
                let content = Content::Trouble(Trouble::ListLimit(self.limits.listed.min(LISTED_EVER)));
                listed.push(Listed { term: term.clone(), content });
                return listed;
            }
            let content = self.directive(&directive.mechanism, domain);
            listed.push(Listed { term: term.clone(), content });
            // RFC 7208 §5.1: what stands behind an "all" is never tested.
            if directive.mechanism == Mechanism::All {
                return listed;
            }
        }
        if let Some(target) = record.redirect() {
            let content =
                if self.spend_term() { self.target_policy(target, domain) } else { self.too_much() };
            listed.push(Listed { term: Term::Modifier(Modifier::Redirect(target.clone())), content });
        }
        listed
    }

    fn directive(&mut self, mechanism: &Mechanism, domain: &Name) -> Content {
        if mechanism.asks() && !self.spend_term() {
            return self.too_much();
        }
        match mechanism {
            Mechanism::All => Content::Everyone,
            Mechanism::Ip4 { network, prefix } => {
                Content::Networks(vec![Network::new((*network).into(), prefix.unwrap_or(32))])
            }
            Mechanism::Ip6 { network, prefix } => {
                Content::Networks(vec![Network::new((*network).into(), prefix.unwrap_or(128))])
            }
            Mechanism::Include(target) => self.target_policy(target, domain),
            Mechanism::A { target, prefixes } => match target_or(target.as_ref(), domain) {
                Ok(Some(target)) => self.a(&target, *prefixes),
                // RFC 7208 §4.8: a target that is no name does not match.
                Ok(None) => Content::Networks(Vec::new()),
                Err(why) => Content::Unlistable(why),
            },
            Mechanism::Mx { target, prefixes } => match target_or(target.as_ref(), domain) {
                Ok(Some(target)) => self.mx(&target, *prefixes),
                Ok(None) => Content::Networks(Vec::new()),
                Err(why) => Content::Unlistable(why),
            },
            Mechanism::Exists(target) => self.exists(target, domain),
            Mechanism::Ptr(_) => Content::Unlistable(Unlistable::ReverseName),
        }
    }

    fn target_policy(&mut self, target: &DomainSpec, domain: &Name) -> Content {
        match target_name(target, domain) {
            Ok(Some(target)) => Content::Policy(self.policy(&target)),
            Ok(None) => Content::Trouble(Trouble::TargetMalformed),
            Err(why) => Content::Unlistable(why),
        }
    }

    fn a(&mut self, target: &Name, prefixes: Prefixes) -> Content {
        self.hosts(std::slice::from_ref(target), prefixes, true)
    }

    fn mx(&mut self, target: &Name, prefixes: Prefixes) -> Content {
        let Some(answer) = self.ask(target, Kind::Mx) else {
            return Content::Networks(Vec::new());
        };
        if let Outcome::Failed(failure) = answer.outcome() {
            return Content::Trouble(failed(target, Kind::Mx, *failure, &answer));
        }
        self.note_void(&answer);
        let exchanges = answer.parsed(Exchanges::of);
        let (count, limit) = (exchanges.0.len(), self.limits.mx_names);
        if count > limit {
            return Content::Trouble(Trouble::MxLimit { count, limit });
        }
        self.hosts(&exchanges.0, prefixes, false)
    }

    /// The addresses of hosts, of both families.
    fn hosts(&mut self, hosts: &[Name], prefixes: Prefixes, void_counts: bool) -> Content {
        let mut networks = Vec::new();
        let mut trouble = None;
        for host in hosts {
            let (v4, v6) = (self.ask(host, Kind::A), self.ask(host, Kind::Aaaa));
            let mut found_any = false;
            for (kind, answer) in [(Kind::A, v4), (Kind::Aaaa, v6)] {
                let Some(answer) = answer else {
                    found_any = true;
                    continue;
                };
                match answer.outcome() {
                    Outcome::Failed(failure) => {
                        trouble = trouble.or_else(|| Some(failed(host, kind, *failure, &answer)));
                    }
                    Outcome::Found(Records::A(found)) => {
                        let network =
                            |address: &Ipv4Addr| Network::new((*address).into(), prefixes.v4_bits());
                        networks.extend(found.iter().map(network));
                        found_any = true;
                    }
                    Outcome::Found(Records::Aaaa(found)) => {
                        let network =
                            |address: &Ipv6Addr| Network::new((*address).into(), prefixes.v6_bits());
                        networks.extend(found.iter().map(network));
                        found_any = true;
                    }
                    Outcome::Found(_) | Outcome::NoData | Outcome::NxDomain => {}
                }
            }
            if void_counts && !found_any && trouble.is_none() {
                self.void_lookups += 1;
            }
        }
        trouble.map_or(Content::Networks(networks), Content::Trouble)
    }

    /// An `exists` without macros matches everyone or nobody.
    fn exists(&mut self, target: &DomainSpec, domain: &Name) -> Content {
        let target = match target_name(target, domain) {
            Ok(Some(target)) => target,
            Ok(None) => return Content::Networks(Vec::new()),
            Err(why) => return Content::Unlistable(why),
        };
        let Some(answer) = self.ask(&target, Kind::A) else {
            return Content::Networks(Vec::new());
        };
        self.note_void(&answer);
        match answer.outcome() {
            Outcome::Failed(failure) => Content::Trouble(failed(&target, Kind::A, *failure, &answer)),
            Outcome::Found(_) => Content::Everyone,
            Outcome::NoData | Outcome::NxDomain => Content::Networks(Vec::new()),
        }
    }

    /// The answer to a question; `None` while it is open.
    fn ask(&mut self, name: &Name, kind: Kind) -> Option<Answer> {
        let question = Question::new(name.clone(), kind);
        if self.wanted.contains(&question) {
            return None;
        }
        let told = self.facts.get(&question).cloned().or_else(|| self.known.recall(&question));
        let Some(answer) = told else {
            self.wanted.insert(question.clone());
            self.open.push(question);
            return None;
        };
        let ttl = match answer.outcome() {
            Outcome::Failed(_) => Some(Duration::ZERO),
            Outcome::Found(_) => Some(answer.ttl()),
            // What is not there lists nothing.
            Outcome::NoData | Outcome::NxDomain => None,
        };
        self.ttl = [self.ttl, ttl].into_iter().flatten().min();
        self.facts.entry(question).or_insert_with(|| answer.clone());
        Some(answer)
    }

    fn note_void(&mut self, answer: &Answer) {
        if matches!(answer.outcome(), Outcome::NoData | Outcome::NxDomain) {
            self.void_lookups += 1;
        }
    }

    fn spend_term(&mut self) -> bool {
        if self.lookups >= self.terms_limit() {
            return false;
        }
        self.lookups += 1;
        true
    }

    fn terms_limit(&self) -> u32 {
        self.limits.terms.min(TERMS_EVER)
    }

    fn too_much(&self) -> Content {
        Content::Trouble(Trouble::WalkLimit(self.terms_limit()))
    }
}

fn failed(name: &Name, kind: Kind, failure: Failure, answer: &Answer) -> Trouble {
    let extended_error = answer.details().extended_error.clone();
    Trouble::Failed { question: Question::new(name.clone(), kind), failure, extended_error }
}

fn target_or(target: Option<&DomainSpec>, domain: &Name) -> Result<Option<Name>, Unlistable> {
    target.map_or_else(|| Ok(Some(domain.clone())), |target| target_name(target, domain))
}

/// The target of a term in the record of `domain`, where it is the same for every client and message: `%{d}` is.
fn target_name(target: &DomainSpec, domain: &Name) -> Result<Option<Name>, Unlistable> {
    if target.text().macros().any(|found| found.letter != Letter::Domain) {
        return Err(Unlistable::Macro);
    }
    let nobody = Values {
        ip: IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        local_part: b"",
        sender_domain: b"",
        helo: b"",
        domain,
        validated_name: None,
        receiver: None,
        now: 0,
    };
    Ok(target.expand(&nobody))
}
