//! ATPS on its way through an inspection.

use super::part::Part;
use crate::dkim::Verdict as Signature;
use crate::dkim::atps::{Check, Verdict, check};
use crate::dns::{Answer, Known, Question};
use crate::name::Name;

#[derive(Debug, Default)]
pub(super) enum Atps {
    /// Not wanted, or there is no one author domain.
    #[default]
    LeftOut,
    /// The signatures are not judged yet; this is the author domain.
    Waiting(Name),
    Judging(Part<Check>),
}

impl Atps {
    /// The signatures are judged: RFC 6541 §4.3 begins then.
    pub(super) fn begin(&mut self, signatures: &[Signature]) {
        if let Self::Waiting(author_domain) = self {
            *self = Self::Judging(Part::Open(check(signatures, author_domain.clone())));
        }
    }

    pub(super) fn step(&mut self, known: &dyn Known, open: &mut Vec<Question>) {
        if let Self::Judging(check) = self {
            check.step(known, open);
        }
    }

    pub(super) fn answer(&mut self, question: &Question, answer: &Answer) {
        if let Self::Judging(check) = self {
            check.answer(question, answer);
        }
    }

    pub(super) fn chain(&self) -> usize {
        match self {
            Self::LeftOut | Self::Waiting(_) => 0,
            Self::Judging(check) => check.chain(),
        }
    }

    /// Whether there is a verdict, or none to wait for.
    pub(super) const fn is_done(&self) -> bool {
        match self {
            Self::LeftOut => true,
            Self::Waiting(_) => false,
            Self::Judging(check) => check.is_done(),
        }
    }

    pub(super) fn into_verdict(self) -> Option<Verdict> {
        match self {
            Self::LeftOut | Self::Waiting(_) => None,
            Self::Judging(check) => check.into_output(),
        }
    }
}
