//! The verifier's actions (RFC 6376 §6).

use super::{Policy, Verdict};
use crate::dns::{Answer, Known, Question};
use crate::eval::{Evaluation, Step};
use crate::message::{Headers, Message};

/// Whether more of the body is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Appetite {
    /// No signature needs any more of it: the rest may be withheld.
    Full,
    /// Go on.
    Hungry,
}

/// One message under verification: headers first, then the body in chunks. It borrows nothing.
#[derive(Debug)]
pub struct Verifier {}

/// A verification that has seen all of the message and perhaps still waits for keys.
#[derive(Debug)]
pub struct Verification {}

/// Verifies every signature of a whole message. `now` is in Unix seconds.
pub fn verify(message: &Message<'_>, policy: &Policy, now: u64) -> Verification {
    let mut verifier = Verifier::new(&message.headers, policy, now);
    let _ = verifier.body(message.body);
    verifier.finish()
}

impl Verifier {
    /// Reads every DKIM-Signature field. `now` is in Unix seconds.
    pub fn new(_headers: &Headers<'_>, _policy: &Policy, _now: u64) -> Self {
        Self {}
    }

    /// The keys that are not known yet. They may be asked for, and answered, at any time.
    pub fn questions(&self) -> Vec<Question> {
        Vec::new()
    }

    /// Takes the answer to a question; one that was not asked changes nothing.
    pub fn answer(&mut self, _question: Question, _answer: Answer) {}

    /// Takes the next octets of the body.
    pub fn body(&mut self, _chunk: &[u8]) -> Appetite {
        Appetite::Full
    }

    /// The body has ended.
    pub fn finish(self) -> Verification {
        Verification {}
    }
}

impl Verification {
    /// Whether any key was asked for.
    pub fn has_asked(&self) -> bool {
        false
    }
}

impl Evaluation for Verification {
    type Output = Vec<Verdict>;

    fn step(&mut self, _known: &dyn Known) -> Step<Vec<Verdict>> {
        Step::Done(Vec::new())
    }

    fn answer(&mut self, _question: Question, _answer: Answer) {}
}
