//! ARC on its way through an inspection. It hashes nothing of the body itself: DKIM reads it for both.

use super::part::{Part, add};
use crate::arc::chain::Chain;
use crate::arc::{Policy, Validation, Verdict, has_arc_fields};
use crate::dkim::Verifier;
use crate::dkim::hash::BodySums;
use crate::dns::{Answer, Known, Question};
use crate::message::Headers;

#[derive(Debug, Default)]
pub(super) enum Arc {
    /// There is no chain, as in most messages.
    #[default]
    Absent,
    /// The body is still arriving.
    Reading(Box<Chain>),
    Judging(Box<Part<Validation>>),
}

impl Arc {
    /// Reads the ARC fields, and asks for what of the body they cover.
    pub(super) fn new(headers: &Headers<'_>, policy: &Policy, now: u64, verifier: &mut Verifier) -> Self {
        if !has_arc_fields(headers) {
            return Self::Absent;
        }
        let chain = Chain::new(headers, policy, now, verifier.body_hashes());
        if !chain.exists() {
            return Self::Absent;
        }
        verifier.lend(chain.tickets());
        Self::Reading(Box::new(chain))
    }

    /// The body has ended, and these are its hashes.
    pub(super) fn finish(self, sums: &BodySums) -> Self {
        match self {
            Self::Reading(chain) => {
                Self::Judging(Box::new(Part::Open(Validation::new(*chain, sums.clone()))))
            }
            Self::Absent | Self::Judging(_) => self,
        }
    }

    /// While the body arrives, `verifier` hashes it.
    pub(super) fn step(
        &mut self,
        verifier: Option<&mut Verifier>,
        known: &dyn Known,
        open: &mut Vec<Question>,
    ) {
        match self {
            Self::Absent => {}
            Self::Judging(validation) => validation.step(known, open),
            Self::Reading(chain) => {
                let mut has_heard = false;
                for question in chain.open() {
                    match known.recall(&question) {
                        Some(answer) => has_heard |= chain.answer(&question, &answer),
                        None => add(open, vec![question]),
                    }
                }
                if has_heard && let Some(verifier) = verifier {
                    verifier.lend(chain.tickets());
                }
            }
        }
    }

    pub(super) fn answer(&mut self, verifier: Option<&mut Verifier>, question: &Question, answer: &Answer) {
        match self {
            Self::Absent => {}
            Self::Judging(validation) => validation.answer(question, answer),
            Self::Reading(chain) => {
                if chain.answer(question, answer)
                    && let Some(verifier) = verifier
                {
                    verifier.lend(chain.tickets());
                }
            }
        }
    }

    pub(super) fn chain(&self) -> usize {
        match self {
            Self::Absent | Self::Reading(_) => 0,
            Self::Judging(validation) => validation.chain(),
        }
    }

    pub(super) const fn is_done(&self) -> bool {
        match self {
            Self::Absent => true,
            Self::Reading(_) => false,
            Self::Judging(validation) => validation.is_done(),
        }
    }

    pub(super) fn into_verdict(self) -> Option<Verdict> {
        match self {
            Self::Absent => Some(Verdict::default()),
            Self::Reading(_) => None,
            Self::Judging(validation) => validation.into_output(),
        }
    }
}
