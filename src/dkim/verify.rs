//! The verifier's actions (RFC 6376 §6), in the order in which a message arrives.

use super::admit::admit;
use super::hash::{BodyHashes, BodySums, Ticket};
use super::trial::Trials;
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

/// One message under verification: the header section first, then the body in chunks. It borrows nothing.
///
/// Header fields are hashed at once, and each signature is verified as soon as its key is known; one that cannot
/// pass any more hashes no body. Keys that are not known when the body ends are asked for by the
/// [`Verification`]. When the answers come makes no difference to the verdicts.
#[derive(Debug)]
pub struct Verifier {
    trials: Trials,
    body: BodyHashes,
    /// Hashes that others want of this body.
    lent: Vec<Ticket>,
}

/// A message that was seen whole, and perhaps keys that are still asked for.
///
/// It is done once; stepped again after that it gives no verdicts.
#[derive(Debug)]
pub struct Verification {
    trials: Trials,
    body: BodySums,
}

/// Verifies every signature of a whole message. `now` is in Unix seconds.
pub fn verify(message: &Message<'_>, policy: &Policy, now: u64) -> Verification {
    let mut verifier = Verifier::new(&message.headers, policy, now);
    let _ = verifier.body(message.body);
    verifier.finish()
}

impl Verifier {
    /// Reads every DKIM-Signature field and hashes what those that are evaluated cover. `now` is in Unix seconds.
    pub fn new(headers: &Headers<'_>, policy: &Policy, now: u64) -> Self {
        let (trials, body) = admit(headers, policy, now);
        Self { trials, body, lent: Vec::new() }
    }

    /// The keys that are not known yet. They may be asked for, and answered, at any time.
    pub fn questions(&self) -> Vec<Question> {
        self.trials.open()
    }

    /// Takes the answer to a question; one that was not asked, or was answered before, changes nothing.
    pub fn answer(&mut self, question: &Question, answer: &Answer) {
        if self.trials.answer(question, answer) {
            self.keep();
        }
    }

    /// The hashes of the body, for others who want some of it; what they claim is kept once it is [lent](Self::lend).
    pub(crate) const fn body_hashes(&mut self) -> &mut BodyHashes {
        &mut self.body
    }

    /// From now on these hashes are computed too.
    pub(crate) fn lend(&mut self, tickets: impl Iterator<Item = Ticket>) {
        self.lent.clear();
        self.lent.extend(tickets);
        self.keep();
    }

    fn keep(&mut self) {
        self.body.keep(self.trials.tickets().chain(self.lent.iter().copied()));
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
    pub fn finish(self) -> Verification {
        Verification { trials: self.trials, body: self.body.finish() }
    }
}

impl Verification {
    /// Whether any key is needed.
    pub fn needs_keys(&self) -> bool {
        self.trials.has_keys()
    }

    /// The hashes of the body, those that were lent among them.
    pub(crate) const fn sums(&self) -> &BodySums {
        &self.body
    }
}

impl Evaluation for Verification {
    type Output = Vec<Verdict>;

    fn step(&mut self, known: &dyn Known) -> Step<Vec<Verdict>> {
        self.trials.recall(known);
        let open = self.trials.open();
        if open.is_empty() { Step::Done(self.trials.decide(&self.body)) } else { Step::Ask(open) }
    }

    fn answer(&mut self, question: Question, answer: Answer) {
        self.trials.answer(&question, &answer);
    }
}
