//! Who answers: what is known already, and whoever must be waited for.

use super::{Answer, Question};
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

/// Answers without a runtime.
pub mod blocking {
    use super::{Answer, Known, Question};

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
}
