//! Who listens to a check and makes its [`Trace`].

use super::budget::Spent;
use super::cause::Stop;
use super::check::Found;
use super::identity::Request;
use super::record::{Modifier, Record, Term};
use super::trace::{PolicyResult, PolicyTrace, TermResult, TermTrace, Trace};
use super::verdict::Verdict;
use crate::dns::{Answer, Question};
use crate::name::Name;
use crate::trace::{Lookup, Lookups};
use std::sync::Arc;

/// What a check has told so far.
#[derive(Debug, Default)]
pub(super) struct Journal {
    lookups: Lookups,
    /// The policies under way, outermost first.
    open: Vec<Frame>,
    /// The policy of the domain checked, once it has ended.
    policy: Option<PolicyTrace>,
    explanation: Vec<Lookup>,
}

/// A policy under way, and the term of it that is.
#[derive(Debug)]
struct Frame {
    policy: PolicyTrace,
    term: Option<TermUnderWay>,
}

#[derive(Debug)]
struct TermUnderWay {
    index: usize,
    void_lookups_before: u32,
    term: TermTrace,
}

impl Journal {
    /// The policy of `domain` is sought.
    pub(super) fn begin_policy(&mut self, domain: &Name) {
        let policy = PolicyTrace {
            domain: domain.clone(),
            lookups: Vec::new(),
            record: None,
            terms: Vec::new(),
            result: PolicyResult::Open,
        };
        self.open.push(Frame { policy, term: None });
    }

    /// It is this one.
    pub(super) fn record(&mut self, record: &Arc<Record>) {
        if let Some(frame) = self.open.last_mut() {
            frame.policy.terms = unreached(record);
            frame.policy.record = Some(Arc::clone(record));
        }
    }

    /// A directive is evaluated.
    pub(super) fn begin_term(&mut self, index: usize, asks: bool, spent: Spent) {
        if let Some(frame) = self.open.last_mut() {
            let mut term = TermTrace::new(TermResult::Open);
            term.lookup_number = asks.then(|| spent.terms.saturating_add(1));
            frame.term = Some(TermUnderWay { index, void_lookups_before: spent.void_lookups, term });
        }
    }

    /// The redirect of the record is followed.
    pub(super) fn begin_redirect(&mut self, spent: Spent) {
        let record = self.open.last().and_then(|frame| frame.policy.record.as_deref());
        if let Some(index) = record.and_then(|record| record.terms().iter().position(is_redirect)) {
            self.begin_term(index, true, spent);
        }
    }

    /// A question was answered.
    pub(super) fn lookup(&mut self, question: Question, answer: &Answer) {
        let lookup = self.lookups.lookup(question, answer);
        match self.open.last_mut() {
            Some(Frame { term: Some(under_way), .. }) => under_way.term.lookups.push(lookup),
            Some(Frame { policy, term: None }) => policy.lookups.push(lookup),
            None => self.explanation.push(lookup),
        }
    }

    /// The term under way was evaluated.
    pub(super) fn end_term(&mut self, matches: Result<bool, &Stop>, spent: Spent) {
        let Some(frame) = self.open.last_mut() else {
            return;
        };
        let Some(TermUnderWay { index, void_lookups_before, mut term }) = frame.term.take() else {
            return;
        };
        let is_broken_below =
            term.policy.as_ref().is_some_and(|policy| matches!(policy.result, PolicyResult::Broken));
        term.result = match matches {
            Ok(true) => TermResult::Matched,
            Ok(false) => TermResult::NoMatch,
            Err(Stop::Paused) => TermResult::Open,
            Err(Stop::Permanent(_) | Stop::Temporary(_)) => TermResult::Broken { here: !is_broken_below },
        };
        term.void_lookups = spent.void_lookups.saturating_sub(void_lookups_before);
        term.void_lookups_so_far = spent.void_lookups;
        if let Some(place) = frame.policy.terms.get_mut(index) {
            *place = term;
        }
    }

    /// The policy under way has ended.
    pub(super) fn end_policy(&mut self, found: &Result<Found, Stop>) {
        let Some(mut frame) = self.open.pop() else {
            return;
        };
        frame.policy.result = match found {
            Ok(Found::Absent(absence)) => PolicyResult::Absent(*absence),
            Ok(Found::Decided(decision)) => match decision.matched {
                Some((_, qualifier)) => PolicyResult::Decided(qualifier),
                None => PolicyResult::Default,
            },
            Err(Stop::Paused) => PolicyResult::Open,
            Err(Stop::Permanent(_) | Stop::Temporary(_)) => PolicyResult::Broken,
        };
        match self.open.last_mut().and_then(|parent| parent.term.as_mut()) {
            Some(under_way) => under_way.term.policy = Some(Box::new(frame.policy)),
            None => self.policy = Some(frame.policy),
        }
    }

    /// The check has ended, or waits for an answer.
    pub(super) fn finish(self, request: &Request, verdict: Option<Verdict>) -> Trace {
        let Self { policy, explanation, .. } = self;
        Trace { verdict, limits: request.limits.clone(), policy, explanation }
    }
}

/// The terms of a record before any of them is evaluated.
fn unreached(record: &Record) -> Vec<TermTrace> {
    let has_redirect = record.redirect().is_some();
    let result = |term: &Term| match term {
        Term::Directive(_) => TermResult::NotReached,
        Term::Modifier(Modifier::Redirect(_)) if has_redirect => TermResult::NotReached,
        Term::Modifier(_) => TermResult::Aside,
    };
    record.terms().iter().map(|term| TermTrace::new(result(term))).collect()
}

const fn is_redirect(term: &Term) -> bool {
    matches!(term, Term::Modifier(Modifier::Redirect(_)))
}
