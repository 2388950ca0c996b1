//! Who answers: what is known already, and whoever must be waited for.

use super::{Answer, Failure, Question};
use std::future::Future;
use std::sync::Arc;

/// What can be told at once, without waiting: a cache, a zone, or nothing at all: `()`.
pub trait Known {
    /// The answer, if it is known now.
    fn recall(&self, question: &Question) -> Option<Answer>;
}

impl Known for () {
    fn recall(&self, _: &Question) -> Option<Answer> {
        None
    }
}

impl<K: Known + ?Sized> Known for &K {
    fn recall(&self, question: &Question) -> Option<Answer> {
        (**self).recall(question)
    }
}

impl<K: Known + ?Sized> Known for Arc<K> {
    fn recall(&self, question: &Question) -> Option<Answer> {
        (**self).recall(question)
    }
}

/// Who answers questions in any async runtime. It cannot fail: failures are answers.
pub trait Resolver: Sync {
    /// Asks DNS.
    fn resolve(&self, question: &Question) -> impl Future<Output = Answer> + Send;

    /// What this resolver can tell without waiting.
    fn known(&self) -> &dyn Known {
        &()
    }
}

impl<R: Resolver + ?Sized> Resolver for &R {
    fn resolve(&self, question: &Question) -> impl Future<Output = Answer> + Send {
        (**self).resolve(question)
    }

    fn known(&self) -> &dyn Known {
        (**self).known()
    }
}

impl<R: Resolver + Send + ?Sized> Resolver for Arc<R> {
    fn resolve(&self, question: &Question) -> impl Future<Output = Answer> + Send {
        (**self).resolve(question)
    }

    fn known(&self) -> &dyn Known {
        (**self).known()
    }
}

/// Answers what `told` can tell, in the order of the questions, and asks `resolver` all the rest at once.
pub(super) fn ask_rest<R: blocking::Resolver + ?Sized>(
    resolver: &R,
    questions: &[Question],
    told: impl Fn(&Question) -> Option<Answer>,
) -> Vec<Answer> {
    let answers: Vec<_> = questions.iter().map(told).collect();
    let open = questions.iter().zip(&answers).filter(|(_, answer)| answer.is_none());
    let open: Vec<_> = open.map(|(question, _)| question.clone()).collect();
    let mut rest = if open.is_empty() { Vec::new() } else { resolver.resolve_all(&open) }.into_iter();
    let or_rest = |answer: Option<Answer>| answer.or_else(|| rest.next());
    answers
        .into_iter()
        .map(or_rest)
        .map(|answer| answer.unwrap_or_else(|| Answer::failed(Failure::Unreachable)))
        .collect()
}

/// Answers without a runtime.
pub mod blocking {
    use super::{Answer, Known, Question};
    use std::sync::Arc;

    /// Who answers questions and makes the caller wait. It cannot fail: failures are answers.
    pub trait Resolver {
        /// Asks DNS.
        fn resolve(&self, question: &Question) -> Answer;

        /// Asks DNS several questions at once; the answers stand in the order of the questions.
        fn resolve_all(&self, questions: &[Question]) -> Vec<Answer> {
            questions.iter().map(|question| self.resolve(question)).collect()
        }

        /// What this resolver can tell without waiting.
        fn known(&self) -> &dyn Known {
            &()
        }
    }

    impl<R: Resolver + ?Sized> Resolver for &R {
        fn resolve(&self, question: &Question) -> Answer {
            (**self).resolve(question)
        }

        fn resolve_all(&self, questions: &[Question]) -> Vec<Answer> {
            (**self).resolve_all(questions)
        }

        fn known(&self) -> &dyn Known {
            (**self).known()
        }
    }

    impl<R: Resolver + ?Sized> Resolver for Arc<R> {
        fn resolve(&self, question: &Question) -> Answer {
            (**self).resolve(question)
        }

        fn resolve_all(&self, questions: &[Question]) -> Vec<Answer> {
            (**self).resolve_all(questions)
        }

        fn known(&self) -> &dyn Known {
            (**self).known()
        }
    }
}
