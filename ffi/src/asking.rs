//! What a check asks, numbered, and the ways in which it is answered.

use crate::Status;
use crate::boundary::Refusal;
use crate::context::Shared;
use crate::dns::{Dns, Shelf};
use mailproof::dns::{Answer, Budget, Failure, Question, blocking};
use mailproof::{Evaluation, Step};

/// The open questions of one check, each with a number that is never used again.
#[derive(Debug)]
pub(crate) struct Asking {
    open: Vec<Open>,
    last: u32,
    /// Questions that may still be asked.
    left: u32,
}

/// A question, and its number.
#[derive(Clone, Debug)]
pub(crate) struct Open {
    pub(crate) id: u32,
    pub(crate) question: Question,
}

impl Asking {
    pub(crate) const fn new(questions: u32) -> Self {
        Self { open: Vec::new(), last: 0, left: questions }
    }

    /// The open questions, in the order in which they came up.
    pub(crate) fn open(&self) -> &[Open] {
        &self.open
    }

    pub(crate) fn find(&self, id: u32) -> Result<&Open, Refusal> {
        let open = self.open.iter().find(|open| open.id == id);
        open.ok_or_else(|| Refusal::new(Status::Unasked, "no open question has this number"))
    }

    pub(crate) fn close(&mut self, id: u32) {
        self.open.retain(|open| open.id != id);
    }

    pub(crate) fn clear(&mut self) {
        self.open.clear();
    }

    /// These are the questions now; gives back those for which there is no budget.
    pub(crate) fn list(&mut self, questions: &[Question]) -> Vec<Question> {
        self.open.retain(|open| questions.contains(&open.question));
        let mut beyond = Vec::new();
        for question in questions {
            if self.open.iter().any(|open| open.question == *question) {
                continue;
            }
            let Some(left) = self.left.checked_sub(1) else {
                beyond.push(question.clone());
                continue;
            };
            self.left = left;
            self.last = self.last.wrapping_add(1);
            self.open.push(Open { id: self.last, question: question.clone() });
        }
        beyond
    }
}

impl Shared {
    /// Runs to the end, where the library can wait for DNS; else as far as what was answered allows.
    pub(crate) fn run<E: Evaluation>(&self, evaluation: &mut E, asking: &mut Asking) -> Option<E::Output> {
        match &self.dns {
            Dns::Lookup(lookup) => Some(wait(evaluation, &Budget::new(lookup, self.questions))),
            Dns::Network(network) => {
                Some(wait(evaluation, &Budget::new(network.within(self.time), self.questions)))
            }
            Dns::Steps(shelf) => step(evaluation, shelf, asking),
            Dns::Zone(zone) => Some(wait(evaluation, zone)),
        }
    }
}

fn wait<E: Evaluation, R: blocking::Resolver>(evaluation: &mut E, resolver: &R) -> E::Output {
    loop {
        let open = match evaluation.step(resolver.known()) {
            Step::Ask(open) => open,
            Step::Done(output) => return output,
        };
        let answers = resolver.resolve_all(&open);
        for (question, answer) in open.into_iter().zip(answers) {
            evaluation.answer(question, answer);
        }
    }
}

fn step<E: Evaluation>(evaluation: &mut E, shelf: &Shelf, asking: &mut Asking) -> Option<E::Output> {
    loop {
        let questions = match evaluation.step(shelf) {
            Step::Ask(questions) => questions,
            Step::Done(output) => {
                asking.clear();
                return Some(output);
            }
        };
        let beyond = asking.list(&questions);
        if beyond.is_empty() {
            return None;
        }
        for question in beyond {
            evaluation.answer(question, Answer::failed(Failure::Budget));
        }
    }
}

impl Shared {
    /// Whether answers come from outside.
    pub(crate) const fn is_stepped(&self) -> bool {
        matches!(self.dns, Dns::Steps(_))
    }
}
