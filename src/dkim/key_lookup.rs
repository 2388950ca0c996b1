//! The keys that a domain publishes, looked up without a signature (RFC 6376 §3.6.2).

use super::cause::{Absence, KeyFlaw, Malformed, Unavailable};
use super::key::{KeyRecord, KeySet};
use super::parse;
use crate::dns::{self, Answer, Kind, Known, Question};
use crate::eval::{Evaluation, Step};
use crate::name::Name;
use std::sync::Arc;

/// Looks up what stands at `selector._domainkey.domain`. Names may be in U-labels.
///
/// # Errors
/// [`Malformed`], when no signature could name this selector or this domain.
pub fn look_up_key(selector: &str, domain: &str) -> Result<KeyLookup, Malformed> {
    let domain = parse::domain(domain.as_bytes())?;
    let selector = parse::selector(selector.as_bytes())?;
    let name = domain.child(&format!("{selector}._domainkey")).map_err(|_| Malformed::Selector)?;
    Ok(KeyLookup { question: Question::new(name, Kind::Txt), publication: None })
}

/// A key being looked up: one question.
#[derive(Clone, Debug)]
pub struct KeyLookup {
    question: Question,
    publication: Option<Publication>,
}

/// What a domain publishes at a selector.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Publication {
    /// There is no record.
    Absent(Absence),
    /// Every TXT record, in the order received: a key, or why it is none. There is at least one.
    Records(Vec<Result<KeyRecord, KeyFlaw>>),
    /// DNS did not tell.
    Unavailable(Unavailable),
}

impl KeyLookup {
    /// Where the key should be.
    pub const fn name(&self) -> &Name {
        &self.question.name
    }
}

impl Evaluation for KeyLookup {
    type Output = Publication;

    fn step(&mut self, known: &dyn Known) -> Step<Publication> {
        if self.publication.is_none() {
            self.publication = known.recall(&self.question).map(|answer| read(&self.question, &answer));
        }
        match &self.publication {
            Some(publication) => Step::Done(publication.clone()),
            None => Step::Ask(vec![self.question.clone()]),
        }
    }

    fn answer(&mut self, question: Question, answer: Answer) {
        if self.publication.is_none() && question == self.question {
            self.publication = Some(read(&question, &answer));
        }
    }
}

fn read(question: &Question, answer: &Answer) -> Publication {
    match published(question, answer) {
        Ok(keys) => Publication::Records(keys.records.clone()),
        Err(Unpublished::Absent(absence)) => Publication::Absent(absence),
        Err(Unpublished::Unavailable(unavailable)) => Publication::Unavailable(unavailable),
    }
}

/// Why an answer holds no record at all.
pub(super) enum Unpublished {
    Absent(Absence),
    Unavailable(Unavailable),
}

/// The records in the answer to a question for a key.
pub(super) fn published(question: &Question, answer: &Answer) -> Result<Arc<KeySet>, Unpublished> {
    let absence = match (answer.outcome(), answer.aliases().last().cloned()) {
        (dns::Outcome::Failed(failure), _) => {
            return Err(Unpublished::Unavailable(Unavailable::new(question, *failure, answer)));
        }
        (dns::Outcome::Found(_), _) if !answer.txt().is_empty() => return Ok(answer.parsed(KeySet::parse)),
        (dns::Outcome::NoData | dns::Outcome::Found(_), None) => Absence::NoData,
        (dns::Outcome::NoData | dns::Outcome::Found(_), Some(target)) => Absence::AliasNoData { target },
        (dns::Outcome::NxDomain, None) => Absence::NxDomain,
        (dns::Outcome::NxDomain, Some(target)) => Absence::AliasNxDomain { target },
    };
    Err(Unpublished::Absent(absence))
}
