//! What one evaluation asked and was told; and the same told again.

use super::{Answer, Failure, Known, Question, Resolver, blocking};
use std::collections::{BTreeMap, HashMap, HashSet};

/// Every question of one evaluation with its answer, in the order asked. [`Recorder`](super::Recorder) makes one.
///
/// With it and the same message, connection and settings, [`Replay`] leads to the same verdict for ever.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recording {
    /// What else the verdict depended on, for whoever replays it: texts under names such as `ip`, `helo`, `mail_from`,
    /// `time`, `authserv_id` and `message_sha256`. Nothing here is interpreted.
    pub context: BTreeMap<String, String>,
    answers: Vec<(Question, Answer)>,
}

impl Recording {
    /// The questions and their answers, in the order asked; no question stands here twice.
    pub fn answers(&self) -> &[(Question, Answer)] {
        &self.answers
    }
}

impl FromIterator<(Question, Answer)> for Recording {
    /// A recording without context. Of several answers to one question, the first counts.
    fn from_iter<I: IntoIterator<Item = (Question, Answer)>>(answers: I) -> Self {
        let mut asked = HashSet::new();
        let answers = answers.into_iter().filter(|(question, _)| asked.insert(question.clone())).collect();
        Self { context: BTreeMap::new(), answers }
    }
}

/// A resolver that tells what a [`Recording`] holds, and asks nobody. A question that is not in it fails with
/// [`Failure::Unrecorded`]: the message, the settings or the program is another one than when it was recorded.
#[derive(Clone, Debug)]
pub struct Replay {
    answers: HashMap<Question, Answer>,
}

impl Replay {
    /// Tells what `recording` holds.
    pub fn new(recording: &Recording) -> Self {
        Self { answers: recording.answers.iter().cloned().collect() }
    }

    /// The answer to a question.
    pub fn lookup(&self, question: &Question) -> Answer {
        self.answers.get(question).cloned().unwrap_or_else(|| Answer::failed(Failure::Unrecorded))
    }
}

impl Known for Replay {
    fn recall(&self, question: &Question) -> Option<Answer> {
        Some(self.lookup(question))
    }
}

impl Resolver for Replay {
    async fn resolve(&self, question: &Question) -> Answer {
        self.lookup(question)
    }

    fn known(&self) -> &dyn Known {
        self
    }
}

impl blocking::Resolver for Replay {
    fn resolve(&self, question: &Question) -> Answer {
        self.lookup(question)
    }

    fn known(&self) -> &dyn Known {
        self
    }
}
