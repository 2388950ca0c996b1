//! A limit on the questions of one evaluation.

use super::{Answer, Failure, Known, Question, Resolver, ask_rest, blocking};
use std::sync::atomic::{AtomicU32, Ordering};

/// A resolver that is asked a limited number of questions; each one more is answered [`Failure::Budget`]. One is made
/// for each evaluation. What the resolver can tell without waiting costs nothing.
///
/// The time of an evaluation is limited by `resolver::Within`.
#[derive(Debug)]
pub struct Budget<R> {
    resolver: R,
    left: AtomicU32,
}

/// Questions that one message may ask, for those who have no better number. The limits of the protocols allow some 450
/// together (twice 123 for RFC 7208 §4.6.4, a key for each of ten signatures, walks of eight for RFC 9989 §4.10, two
/// keys for each of fifty sets of RFC 8617, eleven for RFC 8601 §3); honest mail asks fewer than thirty.
pub const MESSAGE_QUESTIONS: u32 = 100;

impl<R> Budget<R> {
    /// `resolver`, for `questions` questions.
    pub const fn new(resolver: R, questions: u32) -> Self {
        Self { resolver, left: AtomicU32::new(questions) }
    }

    /// How many questions are left.
    pub fn left(&self) -> u32 {
        self.left.load(Ordering::Relaxed)
    }

    /// What is known to `known` already; or pays for the question, and is the failure when nothing is left.
    fn tell(&self, known: &dyn Known, question: &Question) -> Option<Answer> {
        // A layer around this one asks what it could have recalled.
        if let Some(answer) = known.recall(question) {
            return Some(answer);
        }
        let spent = self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
        spent.is_err().then(|| Answer::failed(Failure::Budget))
    }
}

impl<R: Resolver> Resolver for Budget<R> {
    async fn resolve(&self, question: &Question) -> Answer {
        let told = self.tell(self.resolver.known(), question);
        match told {
            Some(answer) => answer,
            None => self.resolver.resolve(question).await,
        }
    }

    fn known(&self) -> &dyn Known {
        self.resolver.known()
    }
}

impl<R: blocking::Resolver> blocking::Resolver for Budget<R> {
    fn resolve(&self, question: &Question) -> Answer {
        self.tell(self.resolver.known(), question).unwrap_or_else(|| self.resolver.resolve(question))
    }

    fn resolve_all(&self, questions: &[Question]) -> Vec<Answer> {
        ask_rest(&self.resolver, questions, |question| self.tell(self.resolver.known(), question))
    }

    fn known(&self) -> &dyn Known {
        self.resolver.known()
    }
}
