//! `check_host()` (RFC 7208 §4).

use super::budget::Spent;
use super::cause::{Absence, Neutral, Problem, Stop, UnusableDomain};
use super::compiled::{Gap, Told};
use super::identity::{Request, Sender, has_one_label};
use super::journal::Journal;
use super::malformed::shown;
use super::progress::{Progress, State};
use super::record::{Directive, Qualifier, Record, Term};
use super::select::Selection;
use super::trace::Trace;
use super::verdict::{Matched, Outcome, Verdict};
use crate::dns::{self, Answer, Kind, Known, Paused, Question, Reader, Tape};
use crate::eval::{Evaluation, Step};
use crate::name::Name;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

/// Begins to check an identity.
pub fn check(request: Request) -> Check {
    let sender = Sender::of(&request);
    Check { request, sender, tape: Tape::default(), told: None, progress: None }
}

/// A check under way: the request, and the DNS answers seen so far.
#[derive(Clone, Debug)]
pub struct Check {
    pub(super) request: Request,
    pub(super) sender: Sender,
    pub(super) tape: Tape,
    /// What a compiled policy told without the tape.
    pub(super) told: Option<Told>,
    /// How far it came, once it had to wait.
    progress: Option<Box<Progress>>,
}

impl Check {
    /// What is checked.
    pub const fn request(&self) -> &Request {
        &self.request
    }

    /// The DNS questions asked so far and their answers, in order.
    pub fn facts(&self) -> &[(Question, Answer)] {
        match &self.told {
            Some(told) => told.facts(self.tape.facts()),
            None => self.tape.facts(),
        }
    }

    /// How many different questions were asked so far.
    pub(crate) fn distinct(&self) -> usize {
        self.tape.distinct() + self.told.as_ref().map_or(0, Told::distinct)
    }

    /// What the check does, term by term: it is evaluated again over its facts and over what `known` can tell beside
    /// them. Where neither is enough, the trace ends there.
    pub fn trace(&self, known: &dyn Known) -> Trace {
        let mut again = self.clone();
        again.unfold();
        let mut journal = Journal::default();
        let verdict = again.evaluate(known, Some(&mut journal));
        journal.finish(&self.request, verdict)
    }

    /// Puts the facts of a compiled policy on the tape.
    fn unfold(&mut self) {
        if let Some(told) = self.told.take() {
            told.rest().for_each(|fact| self.tape.extend(fact));
        }
    }

    /// Asks for the first record, as every evaluation does that finds an empty tape.
    fn begin(&mut self, known: &dyn Known) -> Result<(), Paused> {
        match &self.sender.name {
            Ok(name) => self.tape.begin(known, Question::new(name.clone(), Kind::Txt)),
            Err(_) => Ok(()),
        }
    }

    /// Decides by the facts on the tape and what `known` can tell: the reference for what is compiled.
    fn evaluate(&mut self, known: &dyn Known, journal: Option<&mut Journal>) -> Option<Verdict> {
        let mut run = Run {
            request: &self.request,
            sender: &self.sender,
            ip: self.sender.client,
            reader: self.tape.replay(known),
            state: State::default(),
            list: None,
            record: None,
            progress: self.progress.as_deref_mut().filter(|_| journal.is_none()),
            journal,
        };
        run.verdict()
    }

    fn ask(&self) -> Step<Verdict> {
        Step::Ask(self.tape.open().cloned().into_iter().collect())
    }
}

impl Evaluation for Check {
    type Output = Verdict;

    fn step(&mut self, known: &dyn Known) -> Step<Verdict> {
        // It was done already.
        self.unfold();
        let is_new = self.tape.facts().is_empty();
        if is_new && self.begin(known).is_err() {
            self.progress.get_or_insert_default();
            return self.ask();
        }
        let gap = if is_new { self.compiled(known) } else { Err(Gap::Undecided) };
        let gap = match gap {
            Ok(verdict) => return Step::Done(verdict),
            Err(gap) => gap,
        };
        let Some(verdict) = self.evaluate(known, None) else {
            self.progress.get_or_insert_default();
            return self.ask();
        };
        if matches!(gap, Gap::Uncompiled) {
            self.count(known);
        }
        Step::Done(verdict)
    }

    fn answer(&mut self, question: Question, answer: Answer) {
        self.tape.answer(&question, answer);
    }
}

/// One run over the facts told so far.
pub(super) struct Run<'a> {
    pub(super) request: &'a Request,
    pub(super) sender: &'a Sender,
    pub(super) ip: IpAddr,
    pub(super) reader: Reader<'a>,
    pub(super) state: State,
    /// By which fact the list stands whose item is under way.
    pub(super) list: Option<usize>,
    /// The record in force, where no directive of it matched: of the domain, or of the target of its `redirect`; never
    /// that of an include.
    record: Option<Arc<Record>>,
    /// How far earlier runs came.
    pub(super) progress: Option<&'a mut Progress>,
    /// Who is told what happens.
    journal: Option<&'a mut Journal>,
}

/// What a record says about the client.
pub(super) struct Decision {
    record: Arc<Record>,
    /// Whose record.
    domain: Name,
    /// The directive that matched: which term, and its qualifier.
    pub(super) matched: Option<(usize, Qualifier)>,
}

/// What `check_host()` found for a domain.
pub(super) enum Found {
    Absent(Absence),
    Decided(Decision),
}

impl Run<'_> {
    /// The whole check; `None` when a question is open.
    fn verdict(&mut self) -> Option<Verdict> {
        let name = match &self.sender.name {
            Ok(name) => name,
            Err(flaw) => return Some(self.conclude(Outcome::None(Absence::Domain(*flaw)), None)),
        };
        match self.check_host(name) {
            Ok(Found::Absent(absence)) => Some(self.conclude(Outcome::None(absence), None)),
            Ok(Found::Decided(decision)) => self.decided(decision),
            Err(Stop::Paused) => None,
            Err(Stop::Permanent(cause)) => Some(self.conclude(Outcome::Permerror(cause), None)),
            Err(Stop::Temporary(cause)) => Some(self.conclude(Outcome::Temperror(cause), None)),
        }
    }

    fn decided(&mut self, decision: Decision) -> Option<Verdict> {
        let Decision { record, domain, matched } = decision;
        let Some((term, qualifier)) = matched else {
            self.record = Some(record);
            return Some(self.conclude(Outcome::Neutral(Neutral::Default), None));
        };
        // RFC 7208 §6.2: only a "fail" due to a mechanism match is explained, by the record that decided.
        if qualifier != Qualifier::Fail || record.explanation().is_none() {
            return Some(self.conclude(qualifier.into(), Some(Matched { record, term, domain })));
        }
        let matched = Matched { record: Arc::clone(&record), term, domain: domain.clone() };
        let verdict = self.conclude(qualifier.into(), Some(matched));
        let explanation = match record.explanation() {
            Some(target) => self.explanation(target, &domain).ok()?,
            None => None,
        };
        Some(Verdict { explanation, ..verdict })
    }

    fn conclude(&mut self, outcome: Outcome, matched: Option<Matched>) -> Verdict {
        let (domain, unusable_domain) = match &self.sender.name {
            Ok(name) => (Some(name.clone()), None),
            Err(_) => (None, Some(shown(self.sender.domain(self.request)).into())),
        };
        Verdict {
            identity: self.request.identity.clone(),
            ip: self.ip,
            domain,
            unusable_domain,
            outcome,
            record: if matched.is_none() { self.record.take() } else { None },
            matched,
            explanation: None,
            lookups: self.state.spent.terms,
            void_lookups: self.state.spent.void_lookups,
            authentic: !self.state.is_unproven && self.state.ttl.is_some(),
            reusable: self.state.ttl.filter(|ttl| !self.state.is_personal && !ttl.is_zero()),
        }
    }

    /// RFC 7208 §4.3–§4.7 for one domain.
    fn check_host(&mut self, domain: &Name) -> Result<Found, Stop> {
        self.note(|journal, _| journal.begin_policy(domain));
        let found = self.find(domain);
        self.note(|journal, _| journal.end_policy(&found));
        found
    }

    fn find(&mut self, domain: &Name) -> Result<Found, Stop> {
        // RFC 7208 §4.3: not a multi-label domain name: none.
        if has_one_label(domain) {
            return Ok(Found::Absent(Absence::Domain(UnusableDomain::SingleLabel)));
        }
        // RFC 7208 §4.4: type TXT only; any error is temperror.
        let (question, answer) = self.learn(|| Question::new(domain.clone(), Kind::Txt))?;
        let selection = match answer.outcome() {
            // RFC 7208 §4.3: NXDOMAIN is none.
            dns::Outcome::NxDomain => return Ok(Found::Absent(Absence::NxDomain)),
            dns::Outcome::NoData => return Ok(Found::Absent(Absence::NoRecord)),
            dns::Outcome::Failed(failure) => {
                let extended_error = answer.details().extended_error.as_ref();
                return Err(Stop::temporary(question.clone(), *failure, extended_error));
            }
            dns::Outcome::Found(_) => Selection::read(answer),
        };
        match selection {
            // RFC 7208 §4.5: no record: none; more than one: permerror.
            Selection::NoRecord => Ok(Found::Absent(Absence::NoRecord)),
            Selection::Several(count) => {
                Err(Problem::SeveralRecords { domain: domain.clone(), count: *count }.into())
            }
            // RFC 7208 §4.6: a syntax error anywhere in the record: permerror.
            Selection::Malformed(error) => {
                Err(Problem::Malformed { domain: domain.clone(), error: error.clone() }.into())
            }
            Selection::One(policy) => {
                let record = Arc::clone(&policy.record);
                self.evaluate(record, domain).map(Found::Decided)
            }
        }
    }

    /// RFC 7208 §4.6.2: mechanisms from left to right, then `redirect`, then the default.
    fn evaluate(&mut self, record: Arc<Record>, domain: &Name) -> Result<Decision, Stop> {
        self.note(|journal, _| journal.record(&record));
        let list = self.place();
        let mut next = self.resume();
        while let Some((index, directive)) = self.next_directive(&record, next) {
            self.reach(list, index);
            next = index + 1;
            self.note(|journal, spent| journal.begin_term(index, directive.mechanism.asks(), spent));
            let matches = self.matches(&directive.mechanism, domain);
            self.note(|journal, spent| journal.end_term(matches.as_ref().copied(), spent));
            match matches {
                Ok(false) => {}
                Ok(true) => {
                    let matched = Some((index, directive.qualifier));
                    return Ok(Decision { record, domain: domain.clone(), matched });
                }
                Err(stop) => {
                    let stop = stop.through(domain, &directive.mechanism);
                    self.record = Some(record);
                    return Err(stop);
                }
            }
        }
        self.reach(list, record.terms().len());
        let redirect = record.redirect().inspect(|target| self.note_personal(target));
        // RFC 8616 §4: a term that would expand a local part outside ASCII has no effect.
        let Some(target) = redirect.filter(|target| !self.never_matches(target)) else {
            // RFC 7208 §4.7: neutral, as if "?all" stood last.
            return Ok(Decision { record, domain: domain.clone(), matched: None });
        };
        // It is in force until the target's is found.
        self.record = Some(Arc::clone(&record));
        self.note(|journal, spent| journal.begin_redirect(spent));
        let decision = self.redirect(target, domain);
        self.note(|journal, spent| journal.end_term(decision.as_ref().map(|_| true), spent));
        decision.map_err(|stop| stop.through(domain, &format_args!("redirect={target}")))
    }

    /// The first directive at or behind a term that may match.
    fn next_directive<'r>(&self, record: &'r Record, from: usize) -> Option<(usize, &'r Directive)> {
        let is_traced = self.journal.is_some();
        (from..).zip(record.terms().get(from..)?).find_map(|(index, term)| match term {
            // Most terms of a long record are networks, and not the client's.
            Term::Directive(directive) if is_traced || !directive.mechanism.excludes(self.ip) => {
                Some((index, directive))
            }
            Term::Directive(_) | Term::Modifier(_) => None,
        })
    }

    /// RFC 7208 §6.1.
    fn redirect(&mut self, target: &super::DomainSpec, domain: &Name) -> Result<Decision, Stop> {
        self.spend_term()?;
        let Some(target) = self.target(target, domain)? else {
            return Err(Problem::TargetMalformed.into());
        };
        self.policy_of(target)
    }

    /// RFC 7208 §5.2: whether the record of the target gives `pass`.
    pub(super) fn includes(&mut self, target: Name) -> Result<bool, Stop> {
        let decision = self.policy_of(target)?;
        Ok(matches!(decision.matched, Some((_, Qualifier::Pass))))
    }

    /// The policy of the target of an include or a redirect, which must have one.
    fn policy_of(&mut self, target: Name) -> Result<Decision, Stop> {
        match self.check_host(&target)? {
            Found::Decided(decision) => Ok(decision),
            Found::Absent(absence) => {
                // RFC 7208 §4.6.4: a TXT query that finds nothing is a void lookup like any other; here it is counted
                // only to be told, the result is permerror anyway.
                let is_void = self.reader.last().is_some_and(|(_, answer)| {
                    matches!(answer.outcome(), dns::Outcome::NoData | dns::Outcome::NxDomain)
                });
                if is_void && !matches!(absence, Absence::Domain(_)) {
                    self.state.spent.void_lookups = self.state.spent.void_lookups.saturating_add(1);
                }
                Err(Problem::TargetWithoutRecord { target, absence }.into())
            }
        }
    }

    /// RFC 7208 §4.6.4: one more term that asks DNS.
    pub(super) fn spend_term(&mut self) -> Result<(), Stop> {
        Ok(self.state.spent.term(&self.request.limits)?)
    }

    /// Where the fact told last stands on the tape.
    pub(super) const fn place(&self) -> usize {
        self.reader.place()
    }

    /// Tells the journal, if there is one.
    fn note(&mut self, tell: impl FnOnce(&mut Journal, Spent)) {
        if let Some(journal) = &mut self.journal {
            tell(journal, self.state.spent);
        }
    }

    /// The answer to a question.
    pub(super) fn ask(&mut self, name: &Name, kind: Kind) -> Result<Answer, Stop> {
        self.learn(|| Question::new(name.clone(), kind)).map(|(_, answer)| answer.clone())
    }

    /// The same, lent, with its question.
    pub(super) fn learn(&mut self, question: impl FnOnce() -> Question) -> Result<&(Question, Answer), Stop> {
        let fact = self.reader.learn(question)?;
        let (question, answer) = fact;
        if let Some(journal) = &mut self.journal {
            journal.lookup(question.clone(), answer);
        }
        self.state.is_unproven |= !answer.is_authentic();
        let ttl = match answer.outcome() {
            dns::Outcome::Failed(_) => Duration::ZERO,
            dns::Outcome::Found(_) | dns::Outcome::NoData | dns::Outcome::NxDomain => answer.ttl(),
        };
        self.state.ttl = Some(self.state.ttl.map_or(ttl, |smallest| smallest.min(ttl)));
        Ok(fact)
    }
}
