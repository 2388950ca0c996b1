//! Records laid over another resolver: what if this were published?

use super::zone::{ALIAS_HOPS, Stated};
use super::{
    Answer, Details, Failure, Kind, Known, Outcome, Question, Records, Resolver, Rrset, Txt, Zone, blocking,
};
use crate::name::{MalformedName, Name};
use std::time::Duration;

/// Octets of one string of a TXT record at most (RFC 1035 §3.3.14).
const STRING_OCTETS: usize = 255;

/// A zone in front of another resolver: what the zone states about a name and a kind of record is the answer, all else
/// passes.
///
/// It is as if the records were published. An alias in the zone may lead out of it, and one that the resolver tells may
/// lead into it. A name that the zone holds exists, and so do the names above it, whatever the resolver says.
#[derive(Clone, Debug)]
pub struct Override<R> {
    zone: Zone,
    resolver: R,
}

/// Why a text assigns no TXT record to a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MalformedAssignment {
    /// There is no equals sign.
    #[error("NAME=TXT is needed")]
    Equals,
    /// What stands before the equals sign is no domain name.
    #[error("no domain name before the equals sign: {0}")]
    Name(#[from] MalformedName),
}

impl Zone {
    /// Takes `name=text` as a TXT record, beside those of the same name that the zone holds already. The text is taken
    /// octet for octet, and split into strings of 255.
    ///
    /// # Errors
    /// [`MalformedAssignment`], and the zone is as it was.
    pub fn assign(&mut self, assignment: &str) -> Result<(), MalformedAssignment> {
        let (name, text) = assignment.split_once('=').ok_or(MalformedAssignment::Equals)?;
        let name = Name::parse(name)?;
        let mut records = self.own_txt(&name);
        records.push(Txt::new(text.as_bytes().chunks(STRING_OCTETS)));
        self.insert_rrset(name, Kind::Txt, Rrset::Found(Records::Txt(records)), Duration::ZERO);
        Ok(())
    }
}

impl<R> Override<R> {
    /// `zone` in front of `resolver`.
    pub const fn new(zone: Zone, resolver: R) -> Self {
        Self { zone, resolver }
    }

    /// Goes on inside the zone; none when the resolver must be asked.
    fn inside(&self, course: &mut Course) -> Option<Answer> {
        while !course.is_loop() {
            match self.zone.stated(&course.asked)? {
                Stated::Answer(answer) => return Some(course.end(&answer)),
                Stated::Alias(target, ttl) => course.pass(&[target], ttl),
            }
        }
        Some(Answer::failed(Failure::AliasLoop))
    }

    /// Takes what the resolver says; none when that leads back into the zone.
    fn outside(&self, course: &mut Course, answer: &Answer) -> Option<Answer> {
        let is_stated =
            |alias: &Name| self.zone.stated(&Question::new(alias.clone(), course.asked.kind)).is_some();
        if let Some(last) = answer.aliases().iter().position(is_stated) {
            course.pass(answer.aliases().get(..=last).unwrap_or_default(), answer.ttl());
            return None;
        }
        let name = answer.aliases().last().unwrap_or(&course.asked.name);
        if *answer.outcome() == Outcome::NxDomain && self.zone.holds(name) {
            let there = Answer::with_details(Outcome::NoData, answer.ttl(), answer.details().clone());
            return Some(course.end(&there.aged(answer.ttl(), answer.freshness())));
        }
        Some(course.end(answer))
    }
}

/// How far a question has come.
struct Course {
    /// What was asked at first.
    name: Name,
    /// What is to be asked now.
    asked: Question,
    /// The targets of the aliases passed on the way.
    aliases: Vec<Name>,
    ttl: Duration,
}

impl Course {
    fn new(question: &Question) -> Self {
        Self { name: question.name.clone(), asked: question.clone(), aliases: Vec::new(), ttl: Duration::MAX }
    }

    fn pass(&mut self, aliases: &[Name], ttl: Duration) {
        self.aliases.extend_from_slice(aliases);
        self.ttl = self.ttl.min(ttl);
        if let Some(last) = aliases.last() {
            self.asked.name = last.clone();
        }
    }

    fn is_loop(&self) -> bool {
        let mut passed = self.aliases.iter().enumerate();
        self.aliases.len() > ALIAS_HOPS
            || self.aliases.contains(&self.name)
            || passed.any(|(index, alias)| self.aliases.iter().take(index).any(|before| before == alias))
    }

    /// `answer` as seen from where the course began.
    fn end(&self, answer: &Answer) -> Answer {
        if self.aliases.is_empty() {
            return answer.clone();
        }
        let mut aliases = self.aliases.clone();
        aliases.extend_from_slice(answer.aliases());
        // Nobody has validated an alias of the zone.
        let details = Details { aliases, authentic: false, ..answer.details().clone() };
        let ttl = self.ttl.min(answer.ttl());
        Answer::with_details(answer.outcome().clone(), ttl, details).aged(ttl, answer.freshness())
    }
}

impl<R> Known for Override<R> {
    /// What the zone alone can tell.
    fn recall(&self, question: &Question) -> Option<Answer> {
        self.inside(&mut Course::new(question))
    }
}

impl<R: Resolver> Resolver for Override<R> {
    async fn resolve(&self, question: &Question) -> Answer {
        let mut course = Course::new(question);
        loop {
            if let Some(answer) = self.inside(&mut course) {
                return answer;
            }
            let answer = self.resolver.resolve(&course.asked).await;
            if let Some(answer) = self.outside(&mut course, &answer) {
                return answer;
            }
        }
    }

    fn known(&self) -> &dyn Known {
        self
    }
}

impl<R: blocking::Resolver> blocking::Resolver for Override<R> {
    fn resolve(&self, question: &Question) -> Answer {
        let mut answers = self.resolve_all(std::slice::from_ref(question));
        answers.pop().unwrap_or_else(|| Answer::failed(Failure::Unreachable))
    }

    fn resolve_all(&self, questions: &[Question]) -> Vec<Answer> {
        let mut courses: Vec<_> = questions.iter().map(Course::new).collect();
        let mut answers: Vec<_> = courses.iter_mut().map(|course| self.inside(course)).collect();
        while answers.contains(&None) {
            let open = || courses.iter().zip(&answers).filter(|(_, answer)| answer.is_none());
            let asked: Vec<_> = open().map(|(course, _)| course.asked.clone()).collect();
            let mut told = self.resolver.resolve_all(&asked).into_iter();
            let waiting = courses.iter_mut().zip(&mut answers).filter(|(_, answer)| answer.is_none());
            for (course, answer) in waiting {
                let below = told.next().unwrap_or_else(|| Answer::failed(Failure::Unreachable));
                *answer = self.outside(course, &below).or_else(|| self.inside(course));
            }
        }
        answers.into_iter().flatten().collect()
    }

    fn known(&self) -> &dyn Known {
        self
    }
}
