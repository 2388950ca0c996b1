//! One evaluation among those of an inspection.

use crate::arc;
use crate::dkim;
use crate::dmarc;
use crate::dns::{Answer, Known, Question};
use crate::eval::{Evaluation, Step};
use crate::iprev;
use crate::spf;

/// A part of the inspection.
#[derive(Debug)]
pub(super) enum Part<E: Evaluation> {
    Open(E),
    Done {
        output: E::Output,
        /// Questions it asked one after the other.
        chain: usize,
    },
}

/// An evaluation that knows how many questions it asked one after the other; one asked again has its answer already.
pub(super) trait Chained: Evaluation {
    fn chain(&self) -> usize;
}

impl Chained for spf::Check {
    fn chain(&self) -> usize {
        self.distinct()
    }
}

impl Chained for dkim::Verification {
    /// All keys are asked for at once.
    fn chain(&self) -> usize {
        usize::from(self.needs_keys())
    }
}

impl Chained for arc::Validation {
    /// All keys are asked for at once.
    fn chain(&self) -> usize {
        usize::from(self.needs_keys())
    }
}

impl Chained for dkim::atps::Check {
    /// All authorizations are asked for at once.
    fn chain(&self) -> usize {
        usize::from(self.needs_records())
    }
}

impl Chained for dmarc::Discover {
    fn chain(&self) -> usize {
        self.distinct()
    }
}

impl Chained for dmarc::Alignment {
    fn chain(&self) -> usize {
        self.distinct()
    }
}

impl Chained for iprev::Check {
    fn chain(&self) -> usize {
        self.rounds()
    }
}

impl<E: Chained> Part<E> {
    pub(super) fn step(&mut self, known: &dyn Known, open: &mut Vec<Question>) {
        let Self::Open(evaluation) = self else {
            return;
        };
        match evaluation.step(known) {
            Step::Ask(questions) => add(open, questions),
            Step::Done(output) => *self = Self::Done { chain: evaluation.chain(), output },
        }
    }

    pub(super) fn answer(&mut self, question: &Question, answer: &Answer) {
        if let Self::Open(evaluation) = self {
            evaluation.answer(question.clone(), answer.clone());
        }
    }

    pub(super) const fn done(&self) -> Option<&E::Output> {
        match self {
            Self::Open(_) => None,
            Self::Done { output, .. } => Some(output),
        }
    }

    pub(super) const fn done_mut(&mut self) -> Option<&mut E::Output> {
        match self {
            Self::Open(_) => None,
            Self::Done { output, .. } => Some(output),
        }
    }

    pub(super) const fn is_done(&self) -> bool {
        self.done().is_some()
    }

    pub(super) fn into_output(self) -> Option<E::Output> {
        match self {
            Self::Open(_) => None,
            Self::Done { output, .. } => Some(output),
        }
    }

    pub(super) const fn chain(&self) -> usize {
        match self {
            Self::Open(_) => 0,
            Self::Done { chain, .. } => *chain,
        }
    }
}

pub(super) fn add(open: &mut Vec<Question>, questions: Vec<Question>) {
    for question in questions {
        if !open.contains(&question) {
            open.push(question);
        }
    }
}
