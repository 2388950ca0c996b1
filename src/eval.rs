//! The one shape every check has, and the drivers that run it.
//!
//! An [`Evaluation`] never waits. [`Evaluation::step`] either is done or asks DNS questions; whoever drives it
//! brings the answers in any order and calls `step` again. [`Evaluation::run`] does so in any async runtime,
//! [`Evaluation::run_blocking`] without one; a test whose zone knows everything needs a single `step`.

use crate::dns::{Answer, Known, Question, Resolver, blocking};
use futures_util::stream::{FuturesUnordered, StreamExt};
use std::collections::HashSet;
use std::future::Future;

/// How far an evaluation has come.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub enum Step<T> {
    /// It cannot end before some of these are answered; there is always at least one. Questions that were asked
    /// before and are still open are among them.
    Ask(Vec<Question>),
    /// The result.
    Done(T),
}

/// A check that asks DNS and gives a result.
pub trait Evaluation: Sized {
    /// The result.
    type Output;

    /// Goes as far as what was told, and what `known` can tell, allows. Call it again after every answer; calling
    /// it early repeats the same questions. What it was told once stays true for it.
    fn step(&mut self, known: &dyn Known) -> Step<Self::Output>;

    /// Takes the answer to a question; one that was not asked changes nothing.
    fn answer(&mut self, question: Question, answer: Answer);

    /// Runs to the end in any async runtime. All open questions are under way at once, and every answer is used as
    /// soon as it arrives.
    fn run<R: Resolver + ?Sized>(mut self, resolver: &R) -> impl Future<Output = Self::Output> + Send
    where
        Self: Send,
        Self::Output: Send,
    {
        async move {
            let mut under_way = FuturesUnordered::new();
            let mut asked = HashSet::new();
            loop {
                let open = match self.step(resolver.known()) {
                    Step::Ask(open) => open,
                    Step::Done(output) => return output,
                };
                for question in open {
                    if asked.insert(question.clone()) {
                        under_way.push(async move {
                            let answer = resolver.resolve(&question).await;
                            (question, answer)
                        });
                    }
                }
                // An evaluation that is not done has an open question, so something is under way.
                if let Some((question, answer)) = under_way.next().await {
                    asked.remove(&question);
                    self.answer(question, answer);
                }
            }
        }
    }

    /// Runs to the end on this thread.
    fn run_blocking<R: blocking::Resolver + ?Sized>(mut self, resolver: &R) -> Self::Output {
        loop {
            let open = match self.step(resolver.known()) {
                Step::Ask(open) => open,
                Step::Done(output) => return output,
            };
            let answers = resolver.resolve_all(&open);
            for (question, answer) in open.into_iter().zip(answers) {
                self.answer(question, answer);
            }
        }
    }
}
