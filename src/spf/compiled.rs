//! A policy compiled: what each client address leads to, so long as every answer it was made of holds.
//!
//! It is kept in the answer that holds the policy's first record, one for each family of addresses. A check that finds
//! nothing on its tape recalls that answer as ever; the rest it need not recall if it would be told the same again:
//!
//! * Whoever tells is the [`Source`] that told when it was compiled. A zone that was changed, another
//!   cache, or a layer that adds or changes answers is another source, or none.
//! * No answer was withdrawn. A cache withdraws what leaves it for whatever reason, and so what it replaces. What is
//!   not withdrawn is where it was, and a cache tells what it found or did not find (no data) at a name before all else.
//!   NXDOMAIN and failures, which may come from elsewhere, are not compiled.
//! * No time to live has passed. The first answer was told before all others when the policy was compiled, and its age
//!   tells how much time has passed since, by the clock of the cache.
//!
//! An address leads to a decision, or to nothing: then the evaluator decides. It also does so when a limit of the
//! request is lower than what the decision cost, and now and then for no reason but that a cache sees what is in use.

use super::budget::{Limits, Spent};
use super::cause::Neutral;
use super::check::Check;
use super::record::{Qualifier, Record};
use super::select::Selection;
use super::verdict::{Matched, Outcome, Verdict};
use super::{addresses::Table, draft::Draft};
use crate::dns::{Answer, Charge, Kind, Known, Question, Remembered, Source};
use crate::name::Name;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock, PoisonError, RwLock};
use std::time::Duration;

/// Of so many evaluations one asks for every answer: a cache keeps what is asked for.
const ASKS_EVERY: u32 = 64;

/// Evaluations before a policy is compiled that was used once.
const FIRST_WAIT: u32 = 1;
/// Evaluations before it is compiled again, so that compiling never costs more than evaluating does.
const NEXT_WAIT: u32 = 8;
/// Evaluations before that is tried again where nothing came of it.
const VAIN_WAIT: u32 = 512;

/// A policy for the clients of one family.
#[derive(Debug)]
pub(super) struct Compiled {
    /// Whose policy.
    pub(super) domain: Name,
    /// How long the first answer had been kept.
    pub(super) age: Duration,
    /// The other answers, in the order asked.
    pub(super) facts: Box<[(Question, Remembered)]>,
    pub(super) table: Table,
    pub(super) decisions: Box<[Decision]>,
    /// Whether it went as far as it ever can; otherwise an answer was missing.
    pub(super) is_whole: bool,
    pub(super) charge: Charge,
    pub(super) uses: AtomicU32,
}

/// What the addresses of some networks lead to.
#[derive(Debug)]
pub(super) struct Decision {
    /// The record in force.
    pub(super) record: Arc<Record>,
    /// Whose record.
    pub(super) domain: Name,
    /// The directive that matches.
    pub(super) matched: Option<(usize, Qualifier)>,
    pub(super) cost: Cost,
}

/// What was asked and spent on the way to a decision.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Cost {
    pub(super) spent: Spent,
    /// Whether an address query for a mail exchange gave nothing.
    pub(super) has_void_mx_hosts: bool,
    /// The exchanges of the `mx` that has the most.
    pub(super) mx_names: usize,
    /// How many facts were asked for after the first.
    pub(super) facts: usize,
    /// How many of them only repeat another, or the first.
    pub(super) repeated: usize,
    pub(super) is_authentic: bool,
}

/// Where a compiled policy is kept.
#[derive(Debug)]
pub(super) struct Slot {
    compiled: RwLock<Option<Arc<Compiled>>>,
    /// How many evaluations more before it is made.
    wait: AtomicU32,
}

/// From which facts, after the first one on the tape, a compiled policy gave a verdict.
#[derive(Clone, Debug)]
pub(super) struct Told {
    compiled: Arc<Compiled>,
    answers: Vec<Answer>,
    /// How many of them only repeat another, or the first on the tape.
    repeated: usize,
    facts: OnceLock<Vec<(Question, Answer)>>,
}

/// Why the evaluator must decide.
pub(super) enum Gap {
    /// There is no compiled policy that holds.
    Uncompiled,
    /// There is one that leads nowhere, or there is not to be one.
    Undecided,
}

impl Default for Slot {
    fn default() -> Self {
        Self { compiled: RwLock::default(), wait: AtomicU32::new(FIRST_WAIT) }
    }
}

impl Slot {
    fn load(&self) -> Option<Arc<Compiled>> {
        self.compiled.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// One evaluation more was made without it. Compiles the policy when there were enough.
    pub(super) fn count(&self, first: &(Question, Answer), kind: Kind, known: &dyn Known) {
        let waited = |wait: u32| Some(wait.checked_sub(1).unwrap_or(NEXT_WAIT));
        if self.wait.fetch_update(Ordering::Relaxed, Ordering::Relaxed, waited) != Ok(0) {
            return;
        }
        let compiled = Draft::compile(first, kind, known);
        if compiled.is_none() {
            self.wait.store(VAIN_WAIT, Ordering::Relaxed);
        }
        *self.compiled.write().unwrap_or_else(PoisonError::into_inner) = compiled.map(Arc::new);
    }
}

impl Compiled {
    /// How much time has passed since it was made, if the first fact is the same as then, and told by the same source.
    fn elapsed(&self, question: &Question, first: &Answer, source: &Source) -> Option<Duration> {
        let is_same = source == self.charge.source() && question.name == self.domain && !first.is_withdrawn();
        first.age().filter(|_| is_same)?.checked_sub(self.age)
    }

    /// Whether it is time to ask.
    fn is_due(&self) -> bool {
        // Not exact when threads meet, nor need it be.
        let uses = self.uses.load(Ordering::Relaxed).wrapping_add(1);
        self.uses.store(uses, Ordering::Relaxed);
        uses.is_multiple_of(ASKS_EVERY)
    }

    fn decision(&self, ip: IpAddr, limits: &Limits) -> Result<&Decision, Gap> {
        let lead = self.table.lead(ip).and_then(|lead| self.decisions.get(usize::from(lead)));
        match lead {
            Some(decision) if decision.cost.is_within(limits) => Ok(decision),
            None if !self.is_whole => Err(Gap::Uncompiled),
            Some(_) | None => Err(Gap::Undecided),
        }
    }

    /// The answers that a decision was made from after the first, as they are told now.
    fn answers(&self, count: usize, elapsed: Duration) -> Option<Vec<Answer>> {
        let mut answers = Vec::with_capacity(count);
        for (_, remembered) in self.facts.iter().take(count) {
            answers.push(remembered.after(elapsed)?);
        }
        Some(answers)
    }

    fn questions(&self) -> impl Iterator<Item = &Question> {
        self.facts.iter().map(|(question, _)| question)
    }
}

impl Cost {
    /// Whether the evaluator would have come so far under these limits.
    fn is_within(&self, limits: &Limits) -> bool {
        self.spent.is_within(limits)
            && !(self.has_void_mx_hosts && limits.void_mx_hosts)
            && self.mx_names <= limits.mx_names
    }
}

impl Decision {
    fn outcome(&self) -> Outcome {
        self.matched.map_or(Outcome::Neutral(Neutral::Default), |(_, qualifier)| qualifier.into())
    }

    fn matched(&self) -> Option<Matched> {
        let (term, _) = self.matched?;
        Some(Matched { record: Arc::clone(&self.record), term, domain: self.domain.clone() })
    }

    /// The record, where no directive of it matched.
    fn record_alone(&self) -> Option<Arc<Record>> {
        self.matched.is_none().then(|| Arc::clone(&self.record))
    }
}

impl Check {
    /// The verdict that the compiled policy gives, if there is one, and it holds. The first fact was just told by `known`.
    pub(super) fn compiled(&mut self, known: &dyn Known) -> Result<Verdict, Gap> {
        let (verdict, told) = self.look_up(known)?;
        self.told = Some(told);
        Ok(verdict)
    }

    fn look_up(&self, known: &dyn Known) -> Result<(Verdict, Told), Gap> {
        let (question, first) = self.tape.facts().first().ok_or(Gap::Undecided)?;
        let ip = self.sender.client;
        let slot = Selection::read(first).slot(Kind::of_address(ip)).ok_or(Gap::Undecided)?;
        let source = known.source().ok_or(Gap::Undecided)?;
        let compiled = slot.load().ok_or(Gap::Uncompiled)?;
        let elapsed = compiled.elapsed(question, first, source).ok_or(Gap::Uncompiled)?;
        let decision = compiled.decision(ip, &self.request.limits)?;
        let answers = compiled.answers(decision.cost.facts, elapsed).ok_or(Gap::Uncompiled)?;
        if compiled.is_due() || !known.admits(&mut compiled.questions().zip(&answers)) {
            return Err(Gap::Undecided);
        }
        let ttl = answers.iter().map(Answer::ttl).fold(first.ttl(), Duration::min);
        let verdict = Verdict {
            identity: self.request.identity.clone(),
            ip,
            domain: Some(compiled.domain.clone()),
            unusable_domain: None,
            outcome: decision.outcome(),
            matched: decision.matched(),
            record: decision.record_alone(),
            explanation: None,
            lookups: decision.cost.spent.terms,
            void_lookups: decision.cost.spent.void_lookups,
            authentic: decision.cost.is_authentic,
            reusable: Some(ttl).filter(|ttl| !ttl.is_zero()),
        };
        let repeated = decision.cost.repeated;
        Ok((verdict, Told { compiled, answers, repeated, facts: OnceLock::new() }))
    }

    /// An evaluation for want of a compiled policy came to its end; the next one may have it.
    pub(super) fn count(&self, known: &dyn Known) {
        let kind = Kind::of_address(self.sender.client);
        if let Some(first) = self.tape.facts().first()
            && let Some(slot) = Selection::read(&first.1).slot(kind)
        {
            slot.count(first, kind, known);
        }
    }
}

impl Told {
    /// All facts, of which `first` stand on the tape.
    pub(super) fn facts(&self, first: &[(Question, Answer)]) -> &[(Question, Answer)] {
        self.facts.get_or_init(|| first.iter().cloned().chain(self.rest()).collect())
    }

    /// How many different questions were asked that do not stand on the tape.
    pub(super) fn distinct(&self) -> usize {
        self.answers.len() - self.repeated
    }

    /// The facts that do not stand on the tape.
    pub(super) fn rest(&self) -> impl Iterator<Item = (Question, Answer)> {
        let rest = self.compiled.questions().zip(&self.answers);
        rest.map(|(question, answer)| (question.clone(), answer.clone()))
    }
}
