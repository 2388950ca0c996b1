//! The answers that one inspection has seen.

use crate::dns::{Answer, Freshness, Known, Question, Source};
use std::cell::RefCell;
use std::collections::BTreeMap;

/// The answers seen so far, each fixed for the life of the inspection. They are few, so that comparing names costs
/// less than hashing them.
#[derive(Debug, Default)]
pub(super) struct Facts(RefCell<BTreeMap<Question, Answer>>);

/// The facts, and what else can be told without waiting, which becomes a fact as soon as it is told.
pub(super) struct Pinned<'a> {
    pub(super) facts: &'a Facts,
    pub(super) known: &'a dyn Known,
}

impl Facts {
    pub(super) fn pin(&self, question: Question, answer: Answer) {
        self.0.borrow_mut().entry(question).or_insert(answer);
    }

    pub(super) fn len(&self) -> usize {
        self.0.borrow().len()
    }

    /// The questions whose answers were kept beyond their time, sorted.
    pub(super) fn stale(&self) -> Vec<Question> {
        let facts = self.0.borrow();
        let stale = facts.iter().filter(|(_, answer)| matches!(answer.freshness(), Freshness::Stale(_)));
        stale.map(|(question, _)| question.clone()).collect()
    }
}

impl Known for Pinned<'_> {
    fn recall(&self, question: &Question) -> Option<Answer> {
        if let Some(answer) = self.facts.0.borrow().get(question) {
            return Some(answer.clone());
        }
        let answer = self.known.recall(question)?;
        self.facts.pin(question.clone(), answer.clone());
        Some(answer)
    }
    fn source(&self) -> Option<&Source> {
        self.known.source()
    }

    fn peek(&self, question: &Question) -> Option<Answer> {
        self.known.peek(question)
    }

    /// A fact that differs from what is pinned stays out, and so does what was made of it.
    fn admits(&self, facts: &mut dyn Iterator<Item = (&Question, &Answer)>) -> bool {
        let mut pinned = self.facts.0.borrow_mut();
        let mut facts = facts;
        Iterator::all(&mut facts, |(question, answer)| match pinned.get(question) {
            Some(fact) => fact.is_same(answer),
            None => pinned.insert(question.clone(), answer.clone()).is_none(),
        })
    }
}
