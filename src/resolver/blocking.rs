//! Any asynchronous resolver, for callers that wait.

use super::Within;
use super::within::deadline;
use crate::dns::{self, Answer, Failure, Known, Question};
use std::io;
use std::sync::{Arc, mpsc};
use std::time::Duration;
use tokio::runtime::{Builder, Runtime};
use tokio::time::Instant;

/// An asynchronous resolver with a runtime of its own, shared by as many threads as like. Questions asked together are
/// under way at once.
///
/// The runtime is one thread, which does not survive a `fork`: make the resolver afterwards.
#[derive(Debug)]
pub struct Blocking<R> {
    resolver: Arc<R>,
    /// Always there until the drop.
    runtime: Option<Runtime>,
}

impl<R: dns::Resolver + Send + 'static> Blocking<R> {
    /// `resolver`, with a runtime.
    ///
    /// # Errors
    /// When the system grants no thread or no event queue.
    pub fn new(resolver: R) -> io::Result<Self> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("mailproof-dns")
            .enable_all()
            .build()?;
        Ok(Self { resolver: Arc::new(resolver), runtime: Some(runtime) })
    }

    /// This resolver, for one evaluation that may take `time` from now on; see [`Within`].
    pub fn within(&self, time: Duration) -> BlockingWithin<'_, R> {
        BlockingWithin { resolver: self, deadline: deadline(time) }
    }

    fn resolve_until(&self, questions: &[Question], deadline: Option<Instant>) -> Vec<Answer> {
        let mut answers = vec![Answer::failed(Failure::Unreachable); questions.len()];
        let Some(runtime) = &self.runtime else {
            return answers;
        };
        let (sender, receiver) = mpsc::channel();
        for (index, question) in questions.iter().cloned().enumerate() {
            let resolver = Arc::clone(&self.resolver);
            let sender = sender.clone();
            runtime.spawn(async move {
                let answer = match deadline {
                    Some(deadline) => {
                        dns::Resolver::resolve(&Within::until(&*resolver, deadline), &question).await
                    }
                    None => resolver.resolve(&question).await,
                };
                // Nobody waits any more only if the caller's thread is gone.
                let _ = sender.send((index, answer));
            });
        }
        drop(sender);
        for (index, answer) in receiver {
            if let Some(place) = answers.get_mut(index) {
                *place = answer;
            }
        }
        answers
    }
}

impl<R> Drop for Blocking<R> {
    /// Does not wait, so that it may be dropped anywhere.
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl<R: dns::Resolver + Send + 'static> dns::blocking::Resolver for Blocking<R> {
    fn resolve(&self, question: &Question) -> Answer {
        only(self.resolve_until(std::slice::from_ref(question), None))
    }

    fn resolve_all(&self, questions: &[Question]) -> Vec<Answer> {
        self.resolve_until(questions, None)
    }

    fn known(&self) -> &dyn Known {
        self.resolver.known()
    }
}

/// A [`Blocking`] resolver whose time is limited, as that of [`Within`] is.
#[derive(Debug)]
pub struct BlockingWithin<'a, R> {
    resolver: &'a Blocking<R>,
    deadline: Instant,
}

impl<R: dns::Resolver + Send + 'static> dns::blocking::Resolver for BlockingWithin<'_, R> {
    fn resolve(&self, question: &Question) -> Answer {
        only(self.resolve_all(std::slice::from_ref(question)))
    }

    fn resolve_all(&self, questions: &[Question]) -> Vec<Answer> {
        self.resolver.resolve_until(questions, Some(self.deadline))
    }

    fn known(&self) -> &dyn Known {
        self.resolver.resolver.known()
    }
}

fn only(answers: Vec<Answer>) -> Answer {
    answers.into_iter().next().unwrap_or_else(|| Answer::failed(Failure::Unreachable))
}
