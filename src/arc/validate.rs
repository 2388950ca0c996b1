//! The validator's actions (RFC 8617 §5.2), in the order in which a message arrives.

use super::chain::Chain;
use super::{Policy, Verdict};
use crate::dkim::Appetite;
use crate::dkim::hash::{BodyHashes, BodySums};
use crate::dns::{Answer, Known, Question};
use crate::eval::{Evaluation, Step};
use crate::message::{Headers, Message};

/// The chain of one message under validation: the header section first, then the body in chunks. It borrows nothing.
///
/// The form of the chain is judged at once; a broken one asks for no key and wants no body. Signatures are verified as
/// soon as their keys are known. Keys that are not known when the body ends are asked for by the [`Validation`].
/// When the answers come makes no difference to the verdict.
#[derive(Debug)]
pub struct Validator {
    chain: Chain,
    body: BodyHashes,
}

/// A message that was seen whole, and perhaps keys that are still asked for.
///
/// It is done once; stepped again after that it knows of no chain.
#[derive(Debug)]
pub struct Validation {
    chain: Chain,
    body: BodySums,
}

/// Validates the chain of a whole message. `now` is in Unix seconds.
pub fn validate(message: &Message<'_>, policy: &Policy, now: u64) -> Validation {
    let mut validator = Validator::new(&message.headers, policy, now);
    let _ = validator.body(message.body);
    validator.finish()
}

impl Validator {
    /// Reads the ARC fields and gathers what they cover. `now` is in Unix seconds.
    pub fn new(headers: &Headers<'_>, policy: &Policy, now: u64) -> Self {
        let mut body = BodyHashes::new(0);
        let chain = Chain::new(headers, policy, now, &mut body);
        body.keep(chain.tickets());
        Self { chain, body }
    }

    /// The keys that are not known yet. They may be asked for, and answered, at any time.
    pub fn questions(&self) -> Vec<Question> {
        self.chain.open()
    }

    /// Takes the answer to a question; one that was not asked, or was answered before, changes nothing.
    pub fn answer(&mut self, question: &Question, answer: &Answer) {
        if self.chain.answer(question, answer) {
            self.body.keep(self.chain.tickets());
        }
    }

    /// Takes the next octets of the body.
    pub fn body(&mut self, chunk: &[u8]) -> Appetite {
        self.body.feed(chunk);
        self.appetite()
    }

    /// Whether any of the body is wanted; before the first octet of it, too.
    pub fn appetite(&self) -> Appetite {
        if self.body.is_hungry() { Appetite::Hungry } else { Appetite::Full }
    }

    /// The body has ended.
    pub fn finish(self) -> Validation {
        Validation::new(self.chain, self.body.finish())
    }
}

impl Validation {
    pub(crate) const fn new(chain: Chain, body: BodySums) -> Self {
        Self { chain, body }
    }

    /// Whether any key is needed.
    pub const fn needs_keys(&self) -> bool {
        self.chain.has_keys()
    }
}

impl Evaluation for Validation {
    type Output = Verdict;

    fn step(&mut self, known: &dyn Known) -> Step<Verdict> {
        for question in self.chain.open() {
            if let Some(answer) = known.recall(&question) {
                self.chain.answer(&question, &answer);
            }
        }
        let open = self.chain.open();
        if open.is_empty() { Step::Done(self.chain.decide(&self.body)) } else { Step::Ask(open) }
    }

    fn answer(&mut self, question: Question, answer: Answer) {
        self.chain.answer(&question, &answer);
    }
}
