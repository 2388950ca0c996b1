//! What happened in an evaluation, for people: the lookups, of which every protocol makes a tree of its own.
//!
//! An evaluation is a pure function of its facts, so a trace is made afterwards, by evaluating again with somebody who
//! listens. Who wants none pays nothing.

use crate::dns::{Answer, Freshness, Question};
use std::collections::HashSet;

/// A question and its answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lookup {
    /// What was asked.
    pub question: Question,
    /// What came back: outcome, records, time to live, and how old it was.
    pub answer: Answer,
    /// Whether the same was asked earlier in the evaluation, and DNS was not asked again.
    pub is_repeated: bool,
}

impl Lookup {
    /// Whether a cache had the answer.
    pub const fn is_cached(&self) -> bool {
        match self.answer.freshness() {
            Freshness::Fresh => false,
            Freshness::Cached(_) | Freshness::Stale(_) => true,
        }
    }
}

/// Makes lookups of questions and answers in the order in which they come.
#[derive(Debug, Default)]
pub(crate) struct Lookups {
    asked: HashSet<Question>,
}

impl Lookups {
    pub(crate) fn lookup(&mut self, question: Question, answer: &Answer) -> Lookup {
        let is_repeated = !self.asked.insert(question.clone());
        Lookup { question, answer: answer.clone(), is_repeated }
    }
}
