//! The answers one evaluation has seen, in the order in which it asked.
//!
//! An evaluation written as a plain function is run again from its beginning whenever a fact is missing; its i-th
//! question of every run is its i-th fact, so the facts are a tape that each run reads with a cursor. A fact once
//! seen stays, whatever its TTL: an evaluation cannot be told two truths.

use super::{Answer, Known, Question};

/// The facts told so far to one evaluation.
#[derive(Clone, Debug, Default)]
pub struct Tape {
    facts: Vec<(Question, Answer)>,
    open: Option<Question>,
}

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
            self.facts.push((question, answer));
        }
    }

    /// Asks the first question of an evaluation whose tape is empty.
    pub(crate) fn begin(&mut self, known: &dyn Known, question: Question) -> Result<(), Paused> {
        match known.recall(&question) {
            Some(answer) => self.facts.push((question, answer)),
            None => self.open = Some(question),
        }
        if self.facts.is_empty() { Err(Paused) } else { Ok(()) }
    }

    /// Puts a fact on the tape that nobody asked for through it.
    pub(crate) fn extend(&mut self, fact: (Question, Answer)) {
        self.facts.push(fact);
    }

    /// Everything asked and told, in order.
    pub fn facts(&self) -> &[(Question, Answer)] {
        &self.facts
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
        if let Some((_, answer)) = self.tape.facts.get(self.cursor) {
            self.cursor += 1;
            return Ok(answer.clone());
        }
        let question = question();
        let told =
            self.tape.facts.iter().find(|(asked, _)| *asked == question).map(|(_, answer)| answer.clone());
        let Some(answer) = told.or_else(|| self.known.recall(&question)) else {
            self.tape.open = Some(question);
            return Err(Paused);
        };
        self.tape.facts.push((question, answer.clone()));
        self.cursor += 1;
        Ok(answer)
    }

    /// The fact that [`Reader::ask`] told last, with its question.
    pub fn last(&self) -> Option<&(Question, Answer)> {
        self.tape.facts.get(self.cursor.checked_sub(1)?)
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
