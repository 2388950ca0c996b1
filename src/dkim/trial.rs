//! A signature on its way to a verdict: the key, then the header hash, then the body hash (RFC 6376 §6.1).

use super::Policy;
use super::hash::{BodySums, Ticket};
use super::proof::{Proof, SignedBody};
use super::verdict::{Outcome, Verdict};
use crate::dns::{Answer, Kind, Known, Question};
use crate::few::Few;
use crate::name::Name;

/// Every signature of a message, top to bottom, and the keys they wait for.
#[derive(Debug)]
pub(super) struct Trials {
    policy: Policy,
    trials: Vec<Trial>,
    keys: Few<Key>,
}

/// One signature.
#[derive(Debug)]
pub(super) struct Trial {
    /// Its outcome holds when the state is [`State::Decided`].
    pub(super) verdict: Verdict,
    pub(super) state: State,
}

#[derive(Debug)]
pub(super) enum State {
    Decided,
    /// The header hash verified; the body hash remains.
    Held(SignedBody),
    /// The key is asked for.
    Waiting(Signed),
}

/// What the signature is over, and what verifies it.
#[derive(Debug)]
pub(super) struct Signed {
    /// Which of [`Trials::keys`].
    pub(super) key: usize,
    pub(super) proof: Proof,
    /// The canonical header fields; for Ed25519 their hash (RFC 8463 §3).
    pub(super) header: Vec<u8>,
    pub(super) body: SignedBody,
}

#[derive(Debug)]
struct Key {
    question: Question,
    is_answered: bool,
}

impl Trials {
    pub(super) fn new(policy: &Policy) -> Self {
        Self { policy: policy.clone(), trials: Vec::new(), keys: Few::default() }
    }

    /// Makes room for `more` signatures.
    pub(super) fn reserve(&mut self, more: usize) {
        self.trials.reserve_exact(more);
    }

    pub(super) fn push(&mut self, trial: Trial) {
        self.trials.push(trial);
    }

    pub(super) fn get_mut(&mut self, index: usize) -> Option<&mut Trial> {
        self.trials.get_mut(index)
    }

    pub(super) const fn len(&self) -> usize {
        self.trials.len()
    }

    pub(super) fn iter(&self) -> std::slice::Iter<'_, Trial> {
        self.trials.iter()
    }

    pub(super) fn iter_mut(&mut self) -> std::slice::IterMut<'_, Trial> {
        self.trials.iter_mut()
    }

    /// The place of the key at `name`, which is asked for once however many signatures use it.
    pub(super) fn key(&mut self, name: Name) -> usize {
        let question = Question::new(name, Kind::Txt);
        let keys = self.keys.as_slice();
        let (known, new) = (keys.iter().position(|key| key.question == question), keys.len());
        known.unwrap_or_else(|| {
            self.keys.push(Key { question, is_answered: false });
            new
        })
    }

    /// Whether any key was ever asked for.
    pub(super) const fn has_keys(&self) -> bool {
        !self.keys.as_slice().is_empty()
    }

    /// Tells every answer that is known by now.
    pub(super) fn recall(&mut self, known: &dyn Known) {
        for place in 0..self.keys.as_slice().len() {
            let open = self.keys.as_slice().get(place).filter(|key| !key.is_answered);
            let Some(question) = open.map(|key| key.question.clone()) else {
                continue;
            };
            if let Some(answer) = known.recall(&question) {
                self.answer(&question, &answer);
            }
        }
    }

    /// The questions without an answer.
    pub(super) fn open(&self) -> Vec<Question> {
        self.keys.as_slice().iter().filter(|key| !key.is_answered).map(|key| key.question.clone()).collect()
    }

    /// Tells the answer to every signature that waits for it, and whether there was any.
    pub(super) fn answer(&mut self, question: &Question, answer: &Answer) -> bool {
        let is_open = |key: &Key| !key.is_answered && key.question == *question;
        let mut keys = self.keys.as_mut_slice().iter_mut().enumerate();
        let Some((index, key)) = keys.find(|(_, key)| is_open(key)) else {
            return false;
        };
        key.is_answered = true;
        for trial in &mut self.trials {
            trial.hear(index, question, answer, &self.policy);
        }
        true
    }

    /// The body hashes still wanted.
    pub(super) fn tickets(&self) -> impl Iterator<Item = Ticket> {
        self.trials.iter().filter_map(|trial| match &trial.state {
            State::Decided => None,
            State::Held(body) => Some(body.ticket),
            State::Waiting(signed) => Some(signed.body.ticket),
        })
    }

    /// The verdicts, once there is no open question.
    pub(super) fn decide(&mut self, sums: &BodySums) -> Vec<Verdict> {
        let policy = &self.policy;
        self.trials.drain(..).map(|trial| trial.decide(sums, policy)).collect()
    }
}

impl Trial {
    /// A signature that nothing more is done about.
    pub(super) fn end(&mut self, outcome: impl Into<Outcome>) {
        self.verdict.outcome = outcome.into();
        self.state = State::Decided;
    }

    /// The key this signature waits for, or the lack of it, is known.
    fn hear(&mut self, key: usize, question: &Question, answer: &Answer, policy: &Policy) {
        let State::Waiting(signed) = &self.state else {
            return;
        };
        if signed.key != key {
            return;
        }
        let body = signed.body;
        let finding = signed.proof.judge(&signed.header, question, answer, policy);
        self.verdict.authentic = answer.is_authentic();
        self.verdict.key_bits = finding.bits;
        self.verdict.testing = finding.is_testing;
        match finding.outcome {
            Outcome::Pass => self.state = State::Held(body),
            outcome => self.end(outcome),
        }
    }

    fn decide(mut self, sums: &BodySums, policy: &Policy) -> Verdict {
        if let State::Held(body) = self.state {
            self.judge_body(body, sums, policy);
        }
        self.verdict
    }

    fn judge_body(&mut self, body: SignedBody, sums: &BodySums, policy: &Policy) {
        let Some(sum) = sums.of(body.ticket) else {
            return;
        };
        self.verdict.signed_body_octets = sum.signed;
        self.verdict.unsigned_body_octets = sum.unsigned;
        self.end(body.judge(&sum, policy));
    }
}
