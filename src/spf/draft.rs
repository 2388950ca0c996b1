//! The evaluation of a policy for all addresses of a family at once.
//!
//! It goes the way of the evaluator with the set of those who matched nothing so far. All of them have seen the same
//! answers, so that what a directive takes out of the set leads to one decision. It ends where the way depends on
//! more than the address, where a limit is met, or where an answer is none that can be relied on; whoever has come so far
//! is left to the evaluator.

use super::addresses::{Addresses, Range, Table, v4_network, v6_network};
use super::budget::Limits;
use super::compiled::{Compiled, Cost, Decision};
use super::identity::has_one_label;
use super::macros::DomainSpec;
use super::record::{Mechanism, Prefixes, Qualifier, Record, Term};
use super::select::Selection;
use super::terms::Exchanges;
use crate::dns::{Answer, Kind, Known, Outcome, Question, Records};
use crate::name::Name;
use std::sync::Arc;
use std::sync::atomic::AtomicU32;

/// Ranges of addresses at most.
const RANGES: usize = 1024;
/// Networks at most, of records and of addresses: compiling costs more for each than evaluating.
const NETWORKS: usize = 512;
/// Terms of one record at most; those of longer ones are evaluated each time.
const RECORD_TERMS: usize = 1024;
/// Answers at most.
const FACTS: usize = 40;
/// Terms for which it is worth while when nothing is asked; fewer are compared as fast.
const TERMS: usize = 8;

/// A compiled policy in the making.
pub(super) struct Draft<'a> {
    known: &'a dyn Known,
    /// A for IPv4 clients, AAAA for IPv6 clients.
    kind: Kind,
    limits: Limits,
    /// Who matched nothing so far.
    rest: Addresses,
    /// What was asked so far, the first included.
    facts: Vec<(Question, Answer)>,
    /// What it cost so far.
    cost: Cost,
    /// Networks compared so far.
    networks: usize,
    decided: Vec<(Range, u16)>,
    decisions: Vec<Decision>,
}

/// Here the evaluator takes over.
enum End {
    /// For good.
    Reached,
    /// For now: an answer is not known, or not one that can be relied on.
    Unknown,
}

/// What `pass` of an included record comes to: the directive of the first record, or of the target of its `redirect`,
/// through which it is included.
#[derive(Clone, Copy)]
struct Deciding<'r> {
    record: &'r Arc<Record>,
    domain: &'r Name,
    term: usize,
    qualifier: Qualifier,
}

/// Those whom an included record decided otherwise than by `pass`, and what that had cost.
type Refused = Vec<(Vec<Range>, Cost)>;

impl<'a> Draft<'a> {
    /// The policy that begins with the first fact; `None` when there is no use in it.
    pub(super) fn compile(first: &(Question, Answer), kind: Kind, known: &'a dyn Known) -> Option<Compiled> {
        let source = known.source()?;
        let (question, told) = first;
        // What was told before all that is asked now.
        let answer = known.peek(question).filter(|answer| answer.is_same(told) && !answer.is_withdrawn())?;
        let age = answer.age()?;
        let Selection::One(policy) = Selection::read(told) else {
            return None;
        };
        let mut draft = Draft {
            known,
            kind,
            limits: Limits::default(),
            rest: Addresses::all(kind),
            cost: Cost { is_authentic: answer.is_authentic(), ..Cost::default() },
            facts: vec![(question.clone(), answer)],
            networks: 0,
            decided: Vec::new(),
            decisions: Vec::new(),
        };
        // However it ends, what was decided until then stays so.
        let end = draft.record(&policy.record, &question.name, None);
        if draft.decisions.is_empty() {
            return None;
        }
        let facts: Box<[_]> = draft
            .facts
            .iter()
            .skip(1)
            .map(|(question, answer)| (question.clone(), answer.remember()))
            .collect();
        let table = Table::new(kind, draft.decided);
        // Names and records are shared with those of the answers, as a rule.
        let octets = table.octets()
            + draft.decisions.capacity() * size_of::<Decision>()
            + draft
                .decisions
                .iter()
                .map(|decision| TERM_OCTETS * decision.record.terms().len())
                .sum::<usize>()
            + facts.iter().map(|(question, _)| OCTETS + question.name.as_str().len()).sum::<usize>()
            + OCTETS;
        Some(Compiled {
            domain: question.name.clone(),
            age,
            facts,
            table,
            decisions: draft.decisions.into(),
            is_whole: !matches!(end, Err(End::Unknown)),
            charge: source.charge(octets)?,
            uses: AtomicU32::new(0),
        })
    }

    /// The record of `domain`; `within` for one that is included.
    fn record(
        &mut self,
        record: &Arc<Record>,
        domain: &Name,
        within: Option<Deciding<'_>>,
    ) -> Result<(), End> {
        if record.terms().len() > RECORD_TERMS {
            return Err(End::Reached);
        }
        let mut refused = Refused::new();
        for (term, directive) in record.terms().iter().enumerate() {
            if self.rest.is_empty() {
                break;
            }
            let Term::Directive(directive) = directive else {
                continue;
            };
            let qualifier = directive.qualifier;
            let deciding = match within {
                None => Some(Deciding { record, domain, term, qualifier }),
                Some(_) if qualifier != Qualifier::Pass => None,
                within => within,
            };
            self.directive(&directive.mechanism, domain, deciding, &mut refused)?;
        }
        if !self.rest.is_empty() {
            match (record.redirect(), within) {
                (Some(target), _) => {
                    self.spend_term()?;
                    self.policy(fixed(target)?, within)?;
                }
                (None, None) => {
                    let ranges = self.rest.take_all();
                    self.decide(ranges, record, domain, None)?;
                }
                (None, Some(_)) => {}
            }
        }
        // They go on behind the include like those whom nothing matched, if they have seen as much as those.
        let cost = self.cost;
        refused
            .into_iter()
            .filter(|(_, then)| *then == cost)
            .for_each(|(ranges, _)| self.rest.put_back(ranges));
        Ok(())
    }

    fn directive(
        &mut self,
        mechanism: &Mechanism,
        domain: &Name,
        deciding: Option<Deciding<'_>>,
        refused: &mut Refused,
    ) -> Result<(), End> {
        if mechanism.asks() {
            self.spend_term()?;
        }
        match mechanism {
            Mechanism::All => {
                let ranges = self.rest.take_all();
                self.matched(ranges, deciding, refused)
            }
            Mechanism::Ip4 { network, prefix } if self.kind == Kind::A => {
                self.network(v4_network(*network, prefix.unwrap_or(32)), deciding, refused)
            }
            Mechanism::Ip6 { network, prefix } if self.kind == Kind::Aaaa => {
                self.network(v6_network(*network, prefix.unwrap_or(128)), deciding, refused)
            }
            Mechanism::Ip4 { .. } | Mechanism::Ip6 { .. } => Ok(()),
            // Within an include, only a policy that is included by a plain include can decide.
            Mechanism::Include(target) => self.policy(fixed(target)?, Some(deciding.ok_or(End::Reached)?)),
            Mechanism::A { target, prefixes } => {
                let answer = self.query(fixed_or(target.as_ref(), domain)?, self.kind)?;
                self.count_void(&answer)?;
                self.hosts(&answer, *prefixes, deciding, refused)
            }
            Mechanism::Mx { target, prefixes } => {
                let answer = self.query(fixed_or(target.as_ref(), domain)?, Kind::Mx)?;
                self.count_void(&answer)?;
                let hosts = answer.parsed(Exchanges::of);
                if hosts.0.len() > self.limits.mx_names {
                    return Err(End::Reached);
                }
                self.cost.mx_names = self.cost.mx_names.max(hosts.0.len());
                for host in &hosts.0 {
                    if self.rest.is_empty() {
                        break;
                    }
                    let answer = self.query(host, self.kind)?;
                    self.cost.has_void_mx_hosts |= *answer.outcome() == Outcome::NoData;
                    self.hosts(&answer, *prefixes, deciding, refused)?;
                }
                Ok(())
            }
            Mechanism::Exists(_) | Mechanism::Ptr(_) => Err(End::Reached),
        }
    }

    /// The policy of the target of an include or a redirect.
    fn policy(&mut self, target: &Name, within: Option<Deciding<'_>>) -> Result<(), End> {
        if has_one_label(target) {
            return Err(End::Reached);
        }
        let answer = self.query(target, Kind::Txt)?;
        match Selection::read(&answer) {
            Selection::One(policy) => self.record(&policy.record, target, within),
            Selection::Malformed(_) | Selection::NoRecord | Selection::Several(_) => Err(End::Reached),
        }
    }

    fn network(
        &mut self,
        network: Range,
        deciding: Option<Deciding<'_>>,
        refused: &mut Refused,
    ) -> Result<(), End> {
        self.networks += 1;
        if self.networks > NETWORKS {
            return Err(End::Reached);
        }
        let ranges = self.rest.take(network);
        self.matched(ranges, deciding, refused)
    }

    /// The networks of the addresses found.
    fn hosts(
        &mut self,
        answer: &Answer,
        prefixes: Prefixes,
        deciding: Option<Deciding<'_>>,
        refused: &mut Refused,
    ) -> Result<(), End> {
        match answer.outcome() {
            Outcome::Found(Records::A(found)) => found.iter().try_for_each(|address| {
                self.network(v4_network(*address, prefixes.v4_bits()), deciding, refused)
            }),
            Outcome::Found(Records::Aaaa(found)) => found.iter().try_for_each(|address| {
                self.network(v6_network(*address, prefixes.v6_bits()), deciding, refused)
            }),
            _ => Ok(()),
        }
    }

    fn matched(
        &mut self,
        ranges: Vec<Range>,
        deciding: Option<Deciding<'_>>,
        refused: &mut Refused,
    ) -> Result<(), End> {
        if ranges.is_empty() {
            return Ok(());
        }
        match deciding {
            Some(Deciding { record, domain, term, qualifier }) => {
                self.decide(ranges, record, domain, Some((term, qualifier)))
            }
            None => {
                refused.push((ranges, self.cost));
                Ok(())
            }
        }
    }

    fn decide(
        &mut self,
        ranges: Vec<Range>,
        record: &Arc<Record>,
        domain: &Name,
        matched: Option<(usize, Qualifier)>,
    ) -> Result<(), End> {
        // An explanation has macros, as a rule.
        if matches!(matched, Some((_, Qualifier::Fail))) && record.explanation().is_some() {
            return Ok(());
        }
        let same = |last: &Decision| {
            last.matched == matched && last.cost == self.cost && Arc::ptr_eq(&last.record, record)
        };
        if !self.decisions.last().is_some_and(same) {
            self.decisions.push(Decision {
                record: Arc::clone(record),
                domain: domain.clone(),
                matched,
                cost: self.cost,
            });
        }
        let lead = u16::try_from(self.decisions.len() - 1).map_err(|_| End::Reached)?;
        self.decided.extend(ranges.into_iter().map(|range| (range, lead)));
        if self.decided.len() + self.rest.len() > RANGES { Err(End::Reached) } else { Ok(()) }
    }

    fn spend_term(&mut self) -> Result<(), End> {
        self.cost.spent.term(&self.limits).map_err(|_| End::Reached)
    }

    fn count_void(&mut self, answer: &Answer) -> Result<(), End> {
        match answer.outcome() {
            Outcome::NoData => self.cost.spent.void_lookup(&self.limits).map_err(|_| End::Reached),
            _ => Ok(()),
        }
    }

    /// An answer that is told, and is told again, at the name itself.
    fn query(&mut self, name: &Name, kind: Kind) -> Result<Answer, End> {
        if self.facts.len() > FACTS {
            return Err(End::Reached);
        }
        let question = Question::new(name.clone(), kind);
        let told = self.facts.iter().find(|(asked, _)| *asked == question).map(|(_, answer)| answer.clone());
        let is_repeated = told.is_some();
        let answer = told.or_else(|| self.known.peek(&question)).ok_or(End::Unknown)?;
        if matches!(answer.outcome(), Outcome::Failed(_)) || answer.age().is_none() {
            return Err(End::Unknown);
        }
        let is_told_again = self.known.peek(&question).is_some_and(|again| again.is_same(&answer));
        if *answer.outcome() == Outcome::NxDomain || !is_told_again || answer.is_withdrawn() {
            return Err(End::Reached);
        }
        self.cost.facts += 1;
        self.cost.repeated += usize::from(is_repeated);
        self.cost.is_authentic &= answer.is_authentic();
        self.facts.push((question, answer.clone()));
        Ok(answer)
    }
}

/// What a term takes of a record that is kept for a decision; a token of the cache's reckoning.
const TERM_OCTETS: usize = 128;

/// What one answer, and what it is remembered by, takes besides its name; so does the policy itself.
const OCTETS: usize = 320;

/// The target of an include or a redirect, if it is the same for all.
fn fixed(target: &DomainSpec) -> Result<&Name, End> {
    target.fixed().ok_or(End::Reached)
}

fn fixed_or<'n>(target: Option<&'n DomainSpec>, domain: &'n Name) -> Result<&'n Name, End> {
    target.map_or(Ok(domain), fixed)
}

/// Whether a policy may gain by being compiled.
pub(super) fn is_worthwhile(record: &Record) -> bool {
    let asks = record.directives().any(|directive| directive.mechanism.asks());
    asks || record.redirect().is_some() || record.terms().len() > TERMS
}
