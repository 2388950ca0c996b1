//! Everything an evaluation was told, written down.

use super::{Answer, Failure, Known, Question, Recording, Resolver, ask_rest, blocking};
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A resolver that keeps every question and answer of one evaluation, in the order asked.
///
/// A question asked again has the same answer again, so that what a [`Replay`](super::Replay) tells is what was told.
/// Of all layers it belongs outermost: what stands above it is not recorded. A question that was given up, because
/// whoever asked it did not wait, is recorded as [`Failure::Budget`], which is what a deadline says.
#[derive(Debug)]
pub struct Recorder<R> {
    resolver: R,
    log: Mutex<Log>,
}

#[derive(Debug, Default)]
struct Log {
    entries: Vec<(Question, Option<Answer>)>,
    places: HashMap<Question, usize>,
}

impl<R> Recorder<R> {
    /// `resolver`, with nothing recorded.
    pub fn new(resolver: R) -> Self {
        Self { resolver, log: Mutex::default() }
    }

    /// What was asked and told so far.
    pub fn recording(&self) -> Recording {
        let told =
            |answer: &Option<Answer>| answer.clone().unwrap_or_else(|| Answer::failed(Failure::Budget));
        self.log().entries.iter().map(|(question, answer)| (question.clone(), told(answer))).collect()
    }

    /// Notes that `question` is asked; the answer it had before.
    fn ask(&self, question: &Question) -> Option<Answer> {
        let mut log = self.log();
        let Log { entries, places } = &mut *log;
        if let Some((_, answer)) = places.get(question).and_then(|place| entries.get(*place)) {
            return answer.clone();
        }
        places.insert(question.clone(), entries.len());
        entries.push((question.clone(), None));
        None
    }

    /// Notes the answer to `question`; the first one stays.
    fn tell(&self, question: &Question, answer: Answer) -> Answer {
        let mut log = self.log();
        let Log { entries, places } = &mut *log;
        match places.get(question).and_then(|place| entries.get_mut(*place)) {
            Some((_, first)) => first.get_or_insert(answer).clone(),
            None => answer,
        }
    }

    fn log(&self) -> MutexGuard<'_, Log> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<R> Known for Recorder<R> {
    /// What was told before. What the resolver knows is asked of it, so that it is recorded.
    fn recall(&self, question: &Question) -> Option<Answer> {
        let log = self.log();
        log.places.get(question).and_then(|place| log.entries.get(*place)?.1.clone())
    }
}

impl<R: Resolver> Resolver for Recorder<R> {
    async fn resolve(&self, question: &Question) -> Answer {
        match self.ask(question) {
            Some(answer) => answer,
            None => self.tell(question, self.resolver.resolve(question).await),
        }
    }

    fn known(&self) -> &dyn Known {
        self
    }
}

impl<R: blocking::Resolver> blocking::Resolver for Recorder<R> {
    fn resolve(&self, question: &Question) -> Answer {
        match self.ask(question) {
            Some(answer) => answer,
            None => self.tell(question, self.resolver.resolve(question)),
        }
    }

    fn resolve_all(&self, questions: &[Question]) -> Vec<Answer> {
        let answers = ask_rest(&self.resolver, questions, |question| self.ask(question));
        questions.iter().zip(answers).map(|(question, answer)| self.tell(question, answer)).collect()
    }

    fn known(&self) -> &dyn Known {
        self
    }
}
