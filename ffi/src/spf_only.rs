//! SPF alone: no message is needed.

use crate::findings::Findings;
use mailproof::dns::{Answer, Known, Question};
use mailproof::spf::{self, Verdict};
use mailproof::{Evaluation, Step};

/// The checks of both identities, as one evaluation.
#[derive(Debug)]
pub(crate) struct SpfOnly {
    helo: Option<Half>,
    mail_from: Option<Half>,
}

#[derive(Debug)]
enum Half {
    Open(Box<spf::Check>),
    Done(Box<Verdict>),
}

impl SpfOnly {
    pub(crate) fn new(helo: Option<spf::Request>, mail_from: Option<spf::Request>) -> Self {
        let open = |request| Half::Open(Box::new(spf::check(request)));
        Self { helo: helo.map(open), mail_from: mail_from.map(open) }
    }
}

impl Half {
    fn step(&mut self, known: &dyn Known) -> Vec<Question> {
        let Self::Open(check) = self else {
            return Vec::new();
        };
        match check.step(known) {
            Step::Ask(questions) => questions,
            Step::Done(verdict) => {
                *self = Self::Done(Box::new(verdict));
                Vec::new()
            }
        }
    }

    fn verdict(&self) -> Option<Verdict> {
        match self {
            Self::Open(_) => None,
            Self::Done(verdict) => Some((**verdict).clone()),
        }
    }
}

impl Evaluation for SpfOnly {
    type Output = Findings;

    fn step(&mut self, known: &dyn Known) -> Step<Findings> {
        let halves = [&mut self.helo, &mut self.mail_from].into_iter().flatten();
        let mut open: Vec<Question> = halves.flat_map(|half| half.step(known)).collect();
        open.dedup();
        if !open.is_empty() {
            return Step::Ask(open);
        }
        let verdict = |half: &Option<Half>| half.as_ref().and_then(Half::verdict).map(Box::new);
        Step::Done(Findings::Spf { helo: verdict(&self.helo), mail_from: verdict(&self.mail_from) })
    }

    fn answer(&mut self, question: Question, answer: Answer) {
        for half in [&mut self.helo, &mut self.mail_from].into_iter().flatten() {
            if let Half::Open(check) = half {
                check.answer(question.clone(), answer.clone());
            }
        }
    }
}
