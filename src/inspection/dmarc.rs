//! DMARC on its way through an inspection.

use super::part::Part;
use crate::dmarc::{Alignment, Discover, Verdict};
use crate::dns::{Answer, Known, Question};
use crate::message::AuthorError;

#[derive(Debug)]
pub(super) enum Dmarc {
    /// There is no one author domain, so there is nothing to discover (RFC 9989 §5.3.1).
    Unusable(AuthorError),
    Discovering(Part<Discover>),
    Aligning(Part<Alignment>),
}

impl Dmarc {
    pub(super) fn step(&mut self, known: &dyn Known, open: &mut Vec<Question>) {
        match self {
            Self::Unusable(_) => {}
            Self::Discovering(discovery) => discovery.step(known, open),
            Self::Aligning(alignment) => alignment.step(known, open),
        }
    }

    pub(super) fn answer(&mut self, question: &Question, answer: &Answer) {
        match self {
            Self::Unusable(_) => {}
            Self::Discovering(discovery) => discovery.answer(question, answer),
            Self::Aligning(alignment) => alignment.answer(question, answer),
        }
    }

    pub(super) fn verdict(&self) -> Option<Verdict> {
        match self {
            Self::Unusable(error) => Some(Verdict::unusable(error.clone())),
            Self::Discovering(_) => None,
            Self::Aligning(alignment) => alignment.done().cloned(),
        }
    }
}
