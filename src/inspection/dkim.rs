//! DKIM on its way through an inspection.

use super::part::{Part, add};
use crate::dkim::{Verdict, Verification, Verifier};
use crate::dns::{Answer, Known, Question};

// There is one for each message, and it is moved once: a box would only cost an allocation.
#[allow(clippy::large_enum_variant)]
#[derive(Debug)]
pub(super) enum Dkim {
    /// The body is still arriving.
    Reading(Verifier),
    Judging(Part<Verification>),
}

impl Dkim {
    pub(super) fn step(&mut self, known: &dyn Known, open: &mut Vec<Question>) {
        match self {
            Self::Reading(verifier) => {
                for question in verifier.questions() {
                    match known.recall(&question) {
                        Some(answer) => verifier.answer(&question, &answer),
                        None => add(open, vec![question]),
                    }
                }
            }
            Self::Judging(verification) => verification.step(known, open),
        }
    }

    pub(super) fn answer(&mut self, question: &Question, answer: &Answer) {
        match self {
            Self::Reading(verifier) => verifier.answer(question, answer),
            Self::Judging(verification) => verification.answer(question, answer),
        }
    }

    /// What reads the body, while it arrives.
    pub(super) fn verifier(&mut self) -> Option<&mut Verifier> {
        match self {
            Self::Reading(verifier) => Some(verifier),
            Self::Judging(_) => None,
        }
    }

    pub(super) fn chain(&self) -> usize {
        match self {
            Self::Reading(_) => 0,
            Self::Judging(verification) => verification.chain(),
        }
    }

    pub(super) fn done(&self) -> Option<&[Verdict]> {
        match self {
            Self::Reading(_) => None,
            Self::Judging(verification) => verification.done().map(Vec::as_slice),
        }
    }

    /// The verdicts, once they are there; none are left.
    pub(super) fn take_verdicts(&mut self) -> Vec<Verdict> {
        match self {
            Self::Reading(_) => Vec::new(),
            Self::Judging(verification) => verification.done_mut().map(std::mem::take).unwrap_or_default(),
        }
    }
}
