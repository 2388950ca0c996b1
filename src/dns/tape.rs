//! The answers one evaluation has seen, in the order in which it asked.
//!
//! An evaluation written as a plain function is run again from its beginning whenever a fact is missing; its i-th
//! question of every run is its i-th fact, so the facts are a tape that each run reads with a cursor. A fact once
//! seen stays, whatever its TTL: an evaluation cannot be told two truths.

use super::{Answer, Known, Question};
use crate::few::Few;
use std::collections::BTreeMap;

/// Facts among which a question is looked for one by one.
const FEW: usize = 8;

/// The facts told so far to one evaluation.
#[derive(Clone, Debug, Default)]
pub struct Tape {
    facts: Few<(Question, Answer)>,
    /// Once there are more than a few.
    places: Option<Box<Places>>,
    open: Option<Question>,
}

/// Where each question stands among the facts.
#[derive(Clone, Debug)]
struct Places(BTreeMap<Question, usize>);

/// Says that a run cannot go on before the tape's open question is answered; passed up with `?`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Paused;

impl Tape {
    /// A run from the beginning, which may also use what `known` can tell.
    pub fn replay<'a>(&'a mut self, known: &'a dyn Known) -> Reader<'a> {
        self.open = None;
        Reader { tape: self, known, cursor: 0 }
    }

    /// The question the last run paused at.
    pub const fn open(&self) -> Option<&Question> {
        self.open.as_ref()
    }

    /// Puts the answer to the open question on the tape; the answer to any other question changes nothing.
    pub fn answer(&mut self, question: &Question, answer: Answer) {
        if self.open.as_ref() == Some(question)
            && let Some(question) = self.open.take()
        {
            self.extend((question, answer));
        }
    }

    /// Asks the first question of an evaluation whose tape is empty.
    pub(crate) fn begin(&mut self, known: &dyn Known, question: Question) -> Result<(), Paused> {
        self.ask(question, known)
    }

    /// Finds the answer to the next question of a run.
    fn ask(&mut self, question: Question, known: &dyn Known) -> Result<(), Paused> {
        match self.told(&question).cloned().or_else(|| known.recall(&question)) {
            Some(answer) => self.extend((question, answer)),
            None => {
                self.open = Some(question);
                return Err(Paused);
            }
        }
        Ok(())
    }

    /// The answer on the tape to a question.
    fn told(&self, question: &Question) -> Option<&Answer> {
        let place = match &self.places {
            Some(places) => *places.0.get(question)?,
            None => self.facts().iter().position(|(asked, _)| asked == question)?,
        };
        self.facts().get(place).map(|(_, answer)| answer)
    }

    /// Puts the next fact on the tape.
    pub(crate) fn extend(&mut self, fact: (Question, Answer)) {
        if let Some(places) = &mut self.places {
            places.0.insert(fact.0.clone(), self.facts.as_slice().len());
        }
        self.facts.push(fact);
        if self.places.is_none() && self.facts().len() > FEW {
            let places = (0..).zip(self.facts()).map(|(place, (question, _))| (question.clone(), place));
            self.places = Some(Box::new(Places(places.collect())));
        }
    }

    /// How many different questions were asked.
    pub(crate) fn distinct(&self) -> usize {
        if let Some(places) = &self.places {
            return places.0.len();
        }
        let facts = self.facts();
        let is_new = |(place, (question, _)): &(usize, &(Question, Answer))| {
            !facts.iter().take(*place).any(|(earlier, _)| earlier == question)
        };
        facts.iter().enumerate().filter(is_new).count()
    }

    /// Everything asked and told, in order.
    pub fn facts(&self) -> &[(Question, Answer)] {
        self.facts.as_slice()
    }
}

/// One run over a [`Tape`].
pub struct Reader<'a> {
    tape: &'a mut Tape,
    known: &'a dyn Known,
    cursor: usize,
}

impl Reader<'_> {
    /// The next fact. `question` is called only when the fact is not on the tape yet; a question that was asked
    /// before in this evaluation has the same answer again.
    ///
    /// # Errors
    /// [`Paused`] when nobody can tell yet; the question is then the tape's open one.
    pub fn ask(&mut self, question: impl FnOnce() -> Question) -> Result<Answer, Paused> {
        self.learn(question).map(|(_, answer)| answer.clone())
    }

    /// The same, lent, with its question.
    pub(crate) fn learn(
        &mut self,
        question: impl FnOnce() -> Question,
    ) -> Result<&(Question, Answer), Paused> {
        if self.cursor >= self.tape.facts().len() {
            self.tape.ask(question(), self.known)?;
        }
        self.cursor += 1;
        self.last().ok_or(Paused)
    }

    /// Where the fact told last stands on the tape, from 1; the same facts stand at the same places in every run.
    pub(crate) const fn place(&self) -> usize {
        self.cursor
    }

    /// Goes to a place where the run has been, or an earlier one.
    pub(crate) const fn seek(&mut self, place: usize) {
        self.cursor = place;
    }

    /// The fact that [`Reader::ask`] told last, with its question.
    pub fn last(&self) -> Option<&(Question, Answer)> {
        self.tape.facts().get(self.cursor.checked_sub(1)?)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Kind, Outcome};
    use super::*;
    use crate::name::Name;
    use std::time::Duration;

    fn run(reader: &mut Reader<'_>) -> Result<Vec<Outcome>, Paused> {
        ["one.example", "two.example"]
            .iter()
            .map(|name| {
                let answer = reader.ask(|| Question::new(Name::parse(name).unwrap(), Kind::Txt))?;
                Ok(answer.outcome().clone())
            })
            .collect()
    }

    #[test]
    fn pauses_at_each_missing_fact_and_keeps_what_was_told() {
        let mut tape = Tape::default();
        assert_eq!(run(&mut tape.replay(&())), Err(Paused));
        let first = tape.open().unwrap().clone();
        let stranger = Question::new(Name::parse("x.example").unwrap(), Kind::A);
        tape.answer(&stranger, Answer::new(Outcome::NoData, Duration::ZERO));
        assert!(tape.facts().is_empty());
        tape.answer(&first, Answer::new(Outcome::NoData, Duration::ZERO));
        assert_eq!(run(&mut tape.replay(&())), Err(Paused));
        let second = tape.open().unwrap().clone();
        assert_eq!(second.name.as_str(), "two.example");
        tape.answer(&second, Answer::new(Outcome::NxDomain, Duration::ZERO));
        assert_eq!(run(&mut tape.replay(&())), Ok(vec![Outcome::NoData, Outcome::NxDomain]));
    }

    #[test]
    fn a_question_asked_twice_is_answered_once() {
        let mut tape = Tape::default();
        let question = Question::new(Name::parse("one.example").unwrap(), Kind::Txt);
        assert_eq!(tape.replay(&()).ask(|| question.clone()), Err(Paused));
        tape.answer(&question, Answer::new(Outcome::NxDomain, Duration::ZERO));
        let mut reader = tape.replay(&());
        for _ in 0..2 {
            assert_eq!(*reader.ask(|| question.clone()).unwrap().outcome(), Outcome::NxDomain);
        }
        assert_eq!(tape.facts().len(), 2);
    }
}
