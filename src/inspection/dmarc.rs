//! DMARC on its way through an inspection.

use super::part::{Part, add};
use crate::dmarc::{Alignment, Discover, Evidence, Verdict, evaluate};
use crate::dns::{Answer, Known, Question};
use crate::message::AuthorError;

#[derive(Debug)]
pub(super) enum Dmarc {
    /// There is no one author domain, so there is nothing to discover (RFC 9989 §5.3.1).
    Unusable(AuthorError),
    Discovering(Part<Discover>),
    Aligning {
        alignment: Part<Alignment>,
        /// What it asked for in its last step.
        awaited: Vec<Question>,
    },
}

impl Default for Dmarc {
    /// That of a message without any field.
    fn default() -> Self {
        Self::Unusable(AuthorError::Missing)
    }
}

impl Dmarc {
    pub(super) fn step(&mut self, known: &dyn Known, open: &mut Vec<Question>) {
        match self {
            Self::Unusable(_) => {}
            Self::Discovering(discovery) => discovery.step(known, open),
            Self::Aligning { alignment, awaited } => {
                awaited.clear();
                alignment.step(known, awaited);
                add(open, awaited.clone());
            }
        }
    }

    pub(super) fn answer(&mut self, question: &Question, answer: &Answer) {
        match self {
            Self::Unusable(_) => {}
            Self::Discovering(discovery) => discovery.answer(question, answer),
            Self::Aligning { alignment, .. } => alignment.answer(question, answer),
        }
    }

    /// Whether alignment waits for this answer.
    pub(super) fn aligns_by(&self, question: &Question) -> bool {
        matches!(self, Self::Aligning { awaited, .. } if awaited.contains(question))
    }

    /// The policy was found: now `evidence` can be compared with the author domain. Before that nothing changes.
    pub(super) fn align(&mut self, evidence: Evidence) {
        let discovering = std::mem::take(self);
        *self = match discovering {
            Self::Discovering(Part::Done { output: discovered, .. }) => {
                Self::Aligning { alignment: Part::Open(evaluate(discovered, evidence)), awaited: Vec::new() }
            }
            Self::Unusable(_) | Self::Discovering(Part::Open(_)) | Self::Aligning { .. } => discovering,
        };
    }

    pub(super) const fn is_done(&self) -> bool {
        match self {
            Self::Unusable(_) => true,
            Self::Discovering(_) => false,
            Self::Aligning { alignment, .. } => alignment.is_done(),
        }
    }

    pub(super) fn into_verdict(self) -> Option<Verdict> {
        match self {
            Self::Unusable(error) => Some(Verdict::unusable(error)),
            Self::Discovering(_) => None,
            Self::Aligning { alignment, .. } => alignment.into_output(),
        }
    }
}
