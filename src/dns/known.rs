//! Who answers: what is known already, and whoever must be waited for.

use super::{Answer, Failure, Question, Source};
use std::future::Future;
use std::sync::Arc;

/// What can be told at once, without waiting: a cache, a zone, or nothing at all: `()`.
pub trait Known {
    /// The answer, if it is known now.
    fn recall(&self, question: &Question) -> Option<Answer>;

    /// Whose answers these are, if all of them are of one source; `None`, the default, when that cannot be told.
    ///
    /// With it, an evaluation may use what was made of answers told before, such as a compiled SPF policy, without
    /// recalling each of them. So only who tells exactly what another tells may hand on its source, for example what a
    /// [`Cache`](super::Cache) tells by a clock; who adds, changes or keeps back anything has none.
    fn source(&self) -> Option<&Source> {
        None
    }

    /// The same as [`Known::recall`], for what is only prepared: who takes note of what it tells does not do so here.
    fn peek(&self, question: &Question) -> Option<Answer> {
        self.recall(question)
    }

    /// Whether these facts, which [`Known::source`] told before and would tell again, may be used without being recalled;
    /// who takes note of what it tells does so now. The default is yes.
    fn admits(&self, facts: &mut dyn Iterator<Item = (&Question, &Answer)>) -> bool {
        let _ = facts;
        true
    }
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

    fn source(&self) -> Option<&Source> {
        (**self).source()
    }

    fn peek(&self, question: &Question) -> Option<Answer> {
        (**self).peek(question)
    }

    fn admits(&self, facts: &mut dyn Iterator<Item = (&Question, &Answer)>) -> bool {
        (**self).admits(facts)
    }
}

impl<K: Known + ?Sized> Known for Arc<K> {
    fn recall(&self, question: &Question) -> Option<Answer> {
        (**self).recall(question)
    }

    fn source(&self) -> Option<&Source> {
        (**self).source()
    }

    fn peek(&self, question: &Question) -> Option<Answer> {
        (**self).peek(question)
    }

    fn admits(&self, facts: &mut dyn Iterator<Item = (&Question, &Answer)>) -> bool {
        (**self).admits(facts)
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
