//! A signature on its way to a verdict: the key, then the header hash, then the body hash (RFC 6376 §6.1).

use super::Policy;
use super::cause::{Absence, Forbidden, KeyFlaw, Mismatch, Unavailable, Unusable};
use super::hash::{BodySums, Ticket};
use super::key::{KeyRecord, KeySet, PublicKey};
use super::signature::Scheme;
use super::verdict::{Outcome, Verdict};
use crate::crypto::{DIGEST_OCTETS, Sha256};
use crate::dns::{self, Answer, Kind, Question};
use crate::name::Name;

/// Every signature of a message, top to bottom, and the keys they wait for.
#[derive(Debug)]
pub(super) struct Trials {
    policy: Policy,
    trials: Vec<Trial>,
    keys: Vec<Key>,
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
    Waiting(Box<Signed>),
}

/// What the signature is over, and what verifies it.
#[derive(Debug)]
pub(super) struct Signed {
    /// Which of [`Trials::keys`].
    pub(super) key: usize,
    pub(super) scheme: Scheme,
    pub(super) signature: Vec<u8>,
    /// The canonical header fields; for Ed25519 their hash (RFC 8463 §3).
    pub(super) header: Vec<u8>,
    pub(super) is_identity_below: bool,
    pub(super) body: SignedBody,
}

/// What the signature says of the body.
#[derive(Clone, Copy, Debug)]
pub(super) struct SignedBody {
    pub(super) ticket: Ticket,
    pub(super) hash: [u8; DIGEST_OCTETS],
    pub(super) length: Option<u64>,
}

#[derive(Debug)]
struct Key {
    question: Question,
    is_answered: bool,
}

/// What a key, or the lack of one, means for a signature.
struct Finding {
    outcome: Outcome,
    bits: Option<u32>,
    is_testing: bool,
}

impl Trials {
    pub(super) fn new(policy: &Policy) -> Self {
        Self { policy: policy.clone(), trials: Vec::new(), keys: Vec::new() }
    }

    pub(super) fn push(&mut self, trial: Trial) {
        self.trials.push(trial);
    }

    pub(super) fn get_mut(&mut self, index: usize) -> Option<&mut Trial> {
        self.trials.get_mut(index)
    }

    pub(super) fn iter_mut(&mut self) -> std::slice::IterMut<'_, Trial> {
        self.trials.iter_mut()
    }

    /// The place of the key at `name`, which is asked for once however many signatures use it.
    pub(super) fn key(&mut self, name: Name) -> usize {
        let question = Question::new(name, Kind::Txt);
        self.keys.iter().position(|key| key.question == question).unwrap_or_else(|| {
            self.keys.push(Key { question, is_answered: false });
            self.keys.len() - 1
        })
    }

    /// Whether any key was ever asked for.
    pub(super) const fn has_keys(&self) -> bool {
        !self.keys.is_empty()
    }

    /// The questions without an answer.
    pub(super) fn open(&self) -> Vec<Question> {
        self.keys.iter().filter(|key| !key.is_answered).map(|key| key.question.clone()).collect()
    }

    /// Tells the answer to every signature that waits for it, and whether there was any.
    pub(super) fn answer(&mut self, question: &Question, answer: &Answer) -> bool {
        let is_open = |key: &Key| !key.is_answered && key.question == *question;
        let Some((index, key)) = self.keys.iter_mut().enumerate().find(|(_, key)| is_open(key)) else {
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
        let finding = signed.try_answer(question, answer, policy);
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
        match body.length {
            // RFC 6376 §3.5: "This value MUST NOT be larger than the actual number of octets in the canonicalized
            // message body."
            Some(signed) if signed > sum.signed => self.end(Mismatch::BodyTooShort { signed }),
            _ if sum.hash != body.hash => self.end(Mismatch::BodyHash),
            // RFC 6376 §8.2: a verifier may refuse a signature that does not cover the body.
            _ if policy.reject_partial_body && sum.unsigned > 0 => {
                self.end(Forbidden::PartialBody { octets: sum.unsigned });
            }
            _ => self.end(Outcome::Pass),
        }
    }
}

impl Signed {
    /// RFC 6376 §6.1.2, then the header hash of §6.1.3. A pass means that the body remains.
    fn try_answer(&self, question: &Question, answer: &Answer, policy: &Policy) -> Finding {
        let aliases = answer.aliases();
        let absence = match (answer.outcome(), aliases.last().cloned()) {
            (dns::Outcome::Failed(failure), _) => {
                return Finding::without_key(Unavailable::new(question, *failure, answer));
            }
            (dns::Outcome::Found(_), _) if !answer.txt().is_empty() => {
                return self.try_keys(&answer.parsed(KeySet::parse), policy);
            }
            (dns::Outcome::NoData | dns::Outcome::Found(_), None) => Absence::NoData,
            (dns::Outcome::NoData | dns::Outcome::Found(_), Some(target)) => Absence::AliasNoData { target },
            (dns::Outcome::NxDomain, None) => Absence::NxDomain,
            (dns::Outcome::NxDomain, Some(target)) => Absence::AliasNxDomain { target },
        };
        Finding::without_key(Unusable::NoKey(absence))
    }

    /// RFC 6376 §6.1.2: with several records, each is tried; the first that verifies decides, and if there is none,
    /// the one that came closest says why.
    fn try_keys(&self, keys: &KeySet, policy: &Policy) -> Finding {
        let mut best: Option<Finding> = None;
        let mut tried = 0;
        for record in &keys.records {
            let is_stray = matches!(record, Err(KeyFlaw::Spf | KeyFlaw::Stray));
            if !is_stray && tried >= policy.max_key_records {
                break;
            }
            tried += usize::from(!is_stray);
            let finding = match record {
                Ok(record) => self.try_key(record, policy),
                Err(flaw) => Finding::without_key(Unusable::Key(flaw.clone())),
            };
            if finding.outcome.is_pass() {
                return finding;
            }
            if best.as_ref().is_none_or(|best| finding.closeness() > best.closeness()) {
                best = Some(finding);
            }
        }
        best.unwrap_or_else(|| Finding::without_key(Unusable::NoKey(Absence::NoData)))
    }

    fn try_key(&self, record: &KeyRecord, policy: &Policy) -> Finding {
        let outcome = match self.check_key(record, policy) {
            Err(misfit) => misfit.into(),
            Ok(()) if self.verifies(&record.key) => Outcome::Pass,
            Ok(()) => Mismatch::Signature.into(),
        };
        Finding { outcome, bits: Some(record.key.bits()), is_testing: record.is_testing }
    }

    /// Whether the key may be used for this signature.
    fn check_key(&self, record: &KeyRecord, policy: &Policy) -> Result<(), Unusable> {
        // RFC 6376 §3.6.1: s= without email and without *.
        if !record.is_for_email {
            return Err(Unusable::OtherService);
        }
        // RFC 6376 §6.1.2 step 6.
        if !record.permits_sha256 {
            return Err(Unusable::HashNotPermitted);
        }
        let bits = match (self.scheme, &record.key) {
            (Scheme::Ed25519Sha256, PublicKey::Ed25519(_)) => None,
            (Scheme::RsaSha256, PublicKey::Rsa(key)) => Some(key.bits()),
            // RFC 6376 §6.1.2 step 8.
            (Scheme::Ed25519Sha256, PublicKey::Rsa(_)) | (Scheme::RsaSha256, PublicKey::Ed25519(_)) => {
                return Err(Unusable::OtherAlgorithm);
            }
        };
        // RFC 6376 §3.6.1: t=s.
        if record.is_strict && self.is_identity_below {
            return Err(Unusable::IdentityBelow);
        }
        match bits {
            // RFC 8301 §3.2: "Verifiers MUST NOT consider signatures using RSA keys of less than 1024 bits as valid".
            Some(bits) if bits < policy.min_rsa_bits.max(1024) => Err(Unusable::KeyTooShort { bits }),
            Some(bits) if bits > policy.max_rsa_bits.min(8192) => Err(Unusable::KeyTooLong { bits }),
            _ => Ok(()),
        }
    }

    fn verifies(&self, key: &PublicKey) -> bool {
        match key {
            PublicKey::Ed25519(key) => key.verify(&self.header, &self.signature),
            PublicKey::Rsa(key) => key.verify(&self.header, &self.signature),
        }
    }
}

impl Finding {
    fn without_key(outcome: impl Into<Outcome>) -> Self {
        Self { outcome: outcome.into(), bits: None, is_testing: false }
    }

    /// How far a record was from verifying the signature.
    const fn closeness(&self) -> u8 {
        match &self.outcome {
            Outcome::Pass => 4,
            Outcome::Fail(_) => 3,
            Outcome::Permerror(Unusable::Key(KeyFlaw::Spf | KeyFlaw::Stray)) => 0,
            Outcome::Permerror(Unusable::Key(_)) => 1,
            Outcome::Permerror(_) | Outcome::Policy(_) | Outcome::Neutral(_) | Outcome::Temperror(_) => 2,
        }
    }
}

/// The octets that RFC 8463 §3 signs in place of the header fields: their hash; RSA hashes for itself.
pub(crate) fn signed_octets(scheme: Scheme, header: Vec<u8>) -> Vec<u8> {
    match scheme {
        Scheme::Ed25519Sha256 => Sha256::of(&header).to_vec(),
        Scheme::RsaSha256 => header,
    }
}
