//! The facts of an audit: what was asked, what was told, and what is still open.

use mailproof::dns::{Answer, Failure, Kind, Known, Outcome, Question, Records, Txt};
use mailproof::{Evaluation, Name, Step};
use std::collections::HashMap;
use std::net::IpAddr;

/// Questions at most. A domain needs some dozens; one that includes half of the world gets no more than this.
const QUESTIONS: usize = 500;

/// A label that nobody publishes: what answers for it answers for every name.
pub const PROBE: &str = "mailproof-probe";

/// Everything told so far, in the order in which it was first asked for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Told {
    answers: HashMap<Question, Answer>,
    order: Vec<Question>,
}

/// One run over what was told. A missing answer becomes an open question, and the run goes on with what else there is.
pub(crate) struct Facts<'a> {
    told: &'a mut Told,
    known: &'a dyn Known,
    open: Vec<Question>,
}

impl Told {
    pub(crate) fn put(&mut self, question: Question, answer: Answer) {
        if !self.answers.contains_key(&question) {
            self.order.push(question.clone());
            self.answers.insert(question, answer);
        }
    }

    /// Every question and its answer.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&Question, &Answer)> {
        self.order.iter().filter_map(|question| Some((question, self.answers.get(question)?)))
    }
}

impl Known for Told {
    fn recall(&self, question: &Question) -> Option<Answer> {
        self.answers.get(question).cloned()
    }
}

impl<'a> Facts<'a> {
    pub(crate) fn new(told: &'a mut Told, known: &'a dyn Known) -> Self {
        Self { told, known, open: Vec::new() }
    }

    pub(crate) fn into_open(self) -> Vec<Question> {
        self.open
    }

    pub(crate) fn told(&self) -> &Told {
        self.told
    }

    /// The answer, if it is known; it is asked for if not.
    pub(crate) fn ask(&mut self, name: &Name, kind: Kind) -> Option<Answer> {
        self.answer(&Question::new(name.clone(), kind))
    }

    fn answer(&mut self, question: &Question) -> Option<Answer> {
        if let Some(answer) = self.told.answers.get(question) {
            return Some(answer.clone());
        }
        if self.told.order.len() + self.open.len() >= QUESTIONS {
            return Some(Answer::failed(Failure::Budget));
        }
        if let Some(answer) = self.known.recall(question) {
            self.told.put(question.clone(), answer.clone());
            return Some(answer);
        }
        if !self.open.contains(question) {
            self.open.push(question.clone());
        }
        None
    }

    /// The TXT records at a name below `domain` that no wildcard record has put there (RFC 4592 §3.3). Nothing, as long
    /// as that cannot be told.
    pub(crate) fn own_txt(&mut self, domain: &Name, name: &Name) -> Vec<Txt> {
        let wildcard = domain.child(PROBE).ok().and_then(|name| self.ask(&name, Kind::Txt));
        let (Some(wildcard), Some(answer)) = (wildcard, self.ask(name, Kind::Txt)) else {
            return Vec::new();
        };
        answer.txt().iter().filter(|txt| !wildcard.txt().contains(txt)).cloned().collect()
    }

    /// The result of a check of the engine, if all it asks is known.
    pub(crate) fn run<E: Evaluation>(&mut self, mut evaluation: E) -> Option<E::Output> {
        loop {
            match evaluation.step(&*self.told) {
                Step::Done(output) => return Some(output),
                Step::Ask(questions) => {
                    let mut answers = Vec::new();
                    for question in questions {
                        let answer = self.answer(&question);
                        answers.push(answer.map(|answer| (question, answer)));
                    }
                    if answers.iter().all(Option::is_none) {
                        return None;
                    }
                    for (question, answer) in answers.into_iter().flatten() {
                        evaluation.answer(question, answer);
                    }
                }
            }
        }
    }

    /// The addresses of a host, as far as they are known, and whether both families were told.
    pub(crate) fn addresses(&mut self, host: &Name) -> Option<Host> {
        let (v4, v6) = (self.ask(host, Kind::A), self.ask(host, Kind::Aaaa));
        Some(Host { v4: v4?, v6: v6? })
    }
}

/// What DNS says of a host.
pub(crate) struct Host {
    pub(crate) v4: Answer,
    pub(crate) v6: Answer,
}

impl Host {
    pub(crate) fn addresses(&self) -> Vec<IpAddr> {
        let mut addresses = Vec::new();
        if let Outcome::Found(Records::A(found)) = self.v4.outcome() {
            addresses.extend(found.iter().map(|address| IpAddr::from(*address)));
        }
        if let Outcome::Found(Records::Aaaa(found)) = self.v6.outcome() {
            addresses.extend(found.iter().map(|address| IpAddr::from(*address)));
        }
        addresses
    }

    /// Whether it is known that there is no address.
    pub(crate) fn is_void(&self) -> bool {
        is_void(&self.v4) && is_void(&self.v6)
    }

    pub(crate) fn alias(&self) -> Option<&Name> {
        self.v4.aliases().first().or_else(|| self.v6.aliases().first())
    }
}

/// Whether the answer is that there is nothing (RFC 7208 §4.6.4: a void lookup).
pub(crate) fn is_void(answer: &Answer) -> bool {
    matches!(answer.outcome(), Outcome::NoData | Outcome::NxDomain)
}

/// How a question failed, if it did.
pub(crate) fn failure(answer: &Answer) -> Option<Failure> {
    match answer.outcome() {
        Outcome::Failed(failure) => Some(*failure),
        Outcome::Found(_) | Outcome::NoData | Outcome::NxDomain => None,
    }
}
