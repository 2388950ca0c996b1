//! The signatures of a chain on their way to a verdict (RFC 8617 §5.2 steps 4 to 7).
//!
//! A signature that fails the chain before any key is known ends it. Otherwise all keys are asked for at once. Each
//! signature is verified as soon as its key is known, and none is left out for the failure of another, so that the order
//! of the answers makes no difference to the verdict. There are at most 100.

use super::Policy;
use super::cause::{Cause, Fault, FieldKind};
use super::parse::{self, Coverage, Mark};
use super::set::{self, ArcSet, Found};
use super::verdict::{Outcome, Set, Signature, SignatureOutcome, Verdict};
use crate::dkim::canon_header::{Canonicalization, append_field, append_own_field};
use crate::dkim::hash::{BodyHashes, BodySums, Ticket};
use crate::dkim::proof::{Proof, SignedBody, signed_octets};
use crate::dkim::select::Selection;
use crate::dkim::{Forbidden, Mismatch, Outcome as SignatureVerdict};
use crate::dns::{Answer, Kind, Question};
use crate::message::Headers;
use crate::name::Name;
use crate::tags::TagList;

/// A chain under validation. It borrows nothing.
#[derive(Debug)]
pub(crate) struct Chain {
    policy: Policy,
    verdict: Verdict,
    /// The canonical fields of all sets, oldest first, in the order in which seals cover them (RFC 8617 §5.1.1).
    fields: Vec<u8>,
    /// In the order of RFC 8617 §5.2: the newest message signature, the seals from the newest down, and the message
    /// signatures of the earlier sets from the newest down.
    trials: Vec<Trial>,
    keys: Vec<Key>,
}

/// One signature.
#[derive(Debug)]
struct Trial {
    kind: FieldKind,
    /// Which of the sets of the verdict.
    set: usize,
    state: State,
}

#[derive(Debug)]
enum State {
    /// The outcome in the verdict holds.
    Decided,
    /// The header hash verified; the body hash remains.
    Held(SignedBody),
    /// The key is asked for.
    Waiting(Box<Waiting>),
}

#[derive(Debug)]
struct Waiting {
    /// Which of [`Chain::keys`].
    key: usize,
    proof: Proof,
    /// How much of [`Chain::fields`] is signed, before `own`.
    fields: usize,
    /// The canonical header fields of the message, if any, and the signature field itself.
    own: Vec<u8>,
    body: Option<SignedBody>,
}

#[derive(Debug)]
struct Key {
    question: Question,
    is_answered: bool,
}

/// What is taken up, and what that may still cost.
struct Admission<'s, 'h, 'a> {
    selection: Selection<'h, 'a>,
    policy: &'s Policy,
    header_octets: usize,
    /// Spent so far.
    work: usize,
    body: &'s mut BodyHashes,
    keys: Vec<Key>,
    now: u64,
}

impl Chain {
    /// Reads the ARC fields of a message; the body hashes wanted are claimed from `body`. `now` is in Unix seconds.
    pub(crate) fn new(headers: &Headers<'_>, policy: &Policy, now: u64, body: &mut BodyHashes) -> Self {
        let mut chain = Self {
            policy: policy.clone(),
            verdict: Verdict::default(),
            fields: Vec::new(),
            trials: Vec::new(),
            keys: Vec::new(),
        };
        match set::find(headers) {
            Found::Nothing => {}
            Found::Broken(cause, instances) => chain.verdict = Verdict::fail(cause, instances),
            Found::Chain(sets) => chain.admit(&sets, headers, now, body),
        }
        chain
    }

    /// Whether there is any chain, sound or not.
    pub(crate) const fn exists(&self) -> bool {
        !matches!(self.verdict.outcome, Outcome::None)
    }

    /// The questions without an answer.
    pub(crate) fn open(&self) -> Vec<Question> {
        self.keys.iter().filter(|key| !key.is_answered).map(|key| key.question.clone()).collect()
    }

    /// Whether any key was ever asked for.
    pub(crate) const fn has_keys(&self) -> bool {
        !self.keys.is_empty()
    }

    /// Tells an answer to the signatures that wait for it, and whether there was any.
    pub(crate) fn answer(&mut self, question: &Question, answer: &Answer) -> bool {
        let is_open = |key: &Key| !key.is_answered && key.question == *question;
        let Some((index, key)) = self.keys.iter_mut().enumerate().find(|(_, key)| is_open(key)) else {
            return false;
        };
        key.is_answered = true;
        for trial in &mut self.trials {
            let Some(signature) = signature_mut(&mut self.verdict.sets, trial.set, trial.kind) else {
                continue;
            };
            trial.hear(index, question, answer, &self.fields, &self.policy, signature);
        }
        true
    }

    /// The body hashes still wanted.
    pub(crate) fn tickets(&self) -> impl Iterator<Item = Ticket> {
        self.trials.iter().filter_map(|trial| match &trial.state {
            State::Decided => None,
            State::Held(body) => Some(body.ticket),
            State::Waiting(waiting) => waiting.body.map(|body| body.ticket),
        })
    }

    /// The verdict, once there is no open question.
    pub(crate) fn decide(&mut self, sums: &BodySums) -> Verdict {
        let mut verdict = std::mem::take(&mut self.verdict);
        for trial in std::mem::take(&mut self.trials) {
            if let State::Held(body) = trial.state
                && let Some(sum) = sums.of(body.ticket)
                && let Some(set) = verdict.sets.get_mut(trial.set)
            {
                set.unsigned_body_octets = sum.unsigned;
                set.message_signature.outcome = outcome(body.judge(&sum, &self.policy.signatures));
            }
        }
        if verdict.outcome.is_pass() {
            conclude(&mut verdict, self.policy.find_oldest_pass);
        }
        verdict
    }

    /// Takes up every signature of a chain that is one by its form. It passes, unless a signature says otherwise.
    fn admit(&mut self, sets: &[ArcSet<'_, '_>], headers: &Headers<'_>, now: u64, body: &mut BodyHashes) {
        body.permit(self.policy.signatures.max_body_hashes);
        let ends = self.append_fields(sets);
        self.verdict = Verdict {
            outcome: Outcome::Pass,
            instances: u8::try_from(sets.len()).unwrap_or(set::MAX_SETS),
            oldest_pass: None,
            sets: sets.iter().map(describe).collect(),
        };
        let mut admission = Admission {
            selection: Selection::new(headers),
            policy: &self.policy,
            header_octets: self.policy.signatures.max_header_octets,
            work: 0,
            body,
            keys: Vec::new(),
            now,
        };
        let newest = sets.len().saturating_sub(1);
        let mut order = vec![(FieldKind::MessageSignature, newest)];
        order.extend((0..sets.len()).rev().map(|set| (FieldKind::Seal, set)));
        if self.policy.find_oldest_pass {
            order.extend((0..newest).rev().map(|set| (FieldKind::MessageSignature, set)));
        }
        for (kind, place) in order {
            let (Some(set), Some(end)) = (sets.get(place), ends.get(place)) else {
                continue;
            };
            let admitted = match kind {
                FieldKind::Seal => admission.seal(set, *end),
                _ => admission.message_signature(set, place == newest),
            };
            let fault = match admitted {
                Ok(waiting) => {
                    let state = State::Waiting(Box::new(waiting));
                    self.trials.push(Trial { kind, set: place, state });
                    continue;
                }
                Err(fault) => fault,
            };
            if let Some(signature) = signature_mut(&mut self.verdict.sets, place, kind) {
                signature.outcome = SignatureOutcome::Fail(fault);
            }
            // RFC 8617 §5.2 steps 4 and 6: "the algorithm stops here"; no key is worth asking for.
            if kind == FieldKind::Seal || place == newest {
                self.trials.clear();
                return;
            }
        }
        for trial in &self.trials {
            if let Some(signature) = signature_mut(&mut self.verdict.sets, trial.set, trial.kind) {
                signature.outcome = SignatureOutcome::Fail(Fault::Mismatch(Mismatch::Signature));
            }
        }
        self.keys = admission.keys;
    }

    /// Gathers the canonical fields of all sets, and says where the seal of each begins.
    fn append_fields(&mut self, sets: &[ArcSet<'_, '_>]) -> Vec<usize> {
        let mut begins = Vec::with_capacity(sets.len());
        for set in sets {
            append_field(&mut self.fields, Canonicalization::Relaxed, set.results);
            append_field(&mut self.fields, Canonicalization::Relaxed, set.message_signature.field);
            begins.push(self.fields.len());
            append_field(&mut self.fields, Canonicalization::Relaxed, set.seal.field);
        }
        begins
    }
}

impl<'a> Admission<'_, '_, 'a> {
    /// RFC 8617 §5.1.1: a seal covers all sets up to its own, itself last and without its `b=`.
    fn seal(&mut self, set: &ArcSet<'_, 'a>, fields: usize) -> Result<Waiting, Fault> {
        let mark = parse::seal(&set.seal.tags)?;
        self.work(&mark, self.policy.signatures.max_signature_work)?;
        self.spend(fields + set.seal.field.raw().len())?;
        let mut own = Vec::with_capacity(set.seal.field.raw().len());
        append_own_field(&mut own, Canonicalization::Relaxed, set.seal.field, mark.cut);
        Ok(self.wait(mark, fields, own, None))
    }

    fn message_signature(&mut self, set: &ArcSet<'_, 'a>, is_newest: bool) -> Result<Waiting, Fault> {
        let signature = &set.message_signature;
        let policy = &self.policy.signatures;
        let (mark, coverage) = parse::message_signature(&signature.tags, self.policy)?;
        // An earlier one decides nothing, and gets what is left of the first three quarters.
        let limit = policy.max_signature_work;
        self.work(&mark, if is_newest { limit } else { limit / 4 * 3 })?;
        // An earlier signature was for those who got the message then; the newest is for us.
        if is_newest {
            coverage.check_times(self.policy, self.now)?;
        }
        if coverage.name_count > policy.max_header_names {
            return Err(Forbidden::TooManyHeaderNames { limit: policy.max_header_names }.into());
        }
        let limit = policy.max_body_hashes;
        let fields = self.selection.select(coverage.names, coverage.name_count, signature.position);
        let octets: usize = fields.iter().map(|field| field.raw().len() + 2).sum();
        let octets = octets + signature.field.raw().len();
        self.spend(octets)?;
        let body = self.claim(&coverage).ok_or(Forbidden::TooManyBodyHashes { limit })?;
        let mut header = Vec::with_capacity(octets);
        for field in &fields {
            append_field(&mut header, coverage.header_canon, field);
        }
        append_own_field(&mut header, coverage.header_canon, signature.field, mark.cut);
        Ok(self.wait(mark, 0, header, Some(body)))
    }

    fn claim(&mut self, coverage: &Coverage<'_>) -> Option<SignedBody> {
        let ticket = self.body.claim(coverage.body_canon, coverage.length)?;
        Some(SignedBody { ticket, hash: coverage.body_hash, length: coverage.length })
    }

    fn spend(&mut self, octets: usize) -> Result<(), Forbidden> {
        let limit = self.policy.signatures.max_header_octets;
        self.header_octets =
            self.header_octets.checked_sub(octets).ok_or(Forbidden::HeaderOctets { limit })?;
        Ok(())
    }

    /// RFC 6376 §8.13: what a key costs is the sealer's choice.
    fn work(&mut self, mark: &Mark, limit: usize) -> Result<(), Forbidden> {
        let work = self.work.saturating_add(mark.scheme.work(mark.octets.len()));
        if work > limit {
            return Err(Forbidden::SignatureWork { limit });
        }
        self.work = work;
        Ok(())
    }

    fn wait(&mut self, mark: Mark, fields: usize, own: Vec<u8>, body: Option<SignedBody>) -> Waiting {
        let max_records = self.policy.signatures.max_key_records;
        let proof =
            Proof { scheme: mark.scheme, signature: mark.octets, is_identity_below: false, max_records };
        Waiting { key: self.key(mark.key_name), proof, fields, own, body }
    }

    /// The place of the key at `name`, which is asked for once however many signatures use it.
    fn key(&mut self, name: Name) -> usize {
        let question = Question::new(name, Kind::Txt);
        self.keys.iter().position(|key| key.question == question).unwrap_or_else(|| {
            self.keys.push(Key { question, is_answered: false });
            self.keys.len() - 1
        })
    }
}

impl Trial {
    /// The key this signature waits for, or the lack of it, is known.
    fn hear(
        &mut self,
        key: usize,
        question: &Question,
        answer: &Answer,
        fields: &[u8],
        policy: &Policy,
        signature: &mut Signature,
    ) {
        let State::Waiting(waiting) = &mut self.state else {
            return;
        };
        if waiting.key != key {
            return;
        }
        let before = fields.get(..waiting.fields).unwrap_or_default();
        let own = std::mem::take(&mut waiting.own);
        let covered = if before.is_empty() { own } else { [before, &own].concat() };
        let signed = signed_octets(waiting.proof.scheme, covered);
        let finding = waiting.proof.judge(&signed, question, answer, &policy.signatures);
        let body = waiting.body;
        signature.authentic = answer.is_authentic();
        signature.key_bits = finding.bits;
        self.state = State::Decided;
        signature.outcome = match (finding.outcome, body) {
            (SignatureVerdict::Pass, Some(body)) => {
                self.state = State::Held(body);
                SignatureOutcome::Fail(Fault::Mismatch(Mismatch::BodyHash))
            }
            (verdict, _) => outcome(verdict),
        };
    }
}

/// RFC 8617 §5.2 steps 4 to 7, with every signature decided.
fn conclude(verdict: &mut Verdict, finds_oldest_pass: bool) {
    let newest = verdict.sets.last().map(|set| (set.instance, &set.message_signature.outcome));
    if let Some((instance, SignatureOutcome::Fail(fault))) = newest {
        verdict.outcome = Outcome::Fail(Cause::MessageSignature { instance, fault: fault.clone() });
        return;
    }
    for set in verdict.sets.iter().rev() {
        if let SignatureOutcome::Fail(fault) = &set.seal.outcome {
            verdict.outcome = Outcome::Fail(Cause::Seal { instance: set.instance, fault: fault.clone() });
            return;
        }
    }
    if finds_oldest_pass {
        let broken = verdict.sets.iter().rfind(|set| !set.message_signature.outcome.is_pass());
        verdict.oldest_pass = Some(broken.map_or(0, |set| set.instance + 1));
    }
}

/// A set before its signatures are taken up.
fn describe(set: &ArcSet<'_, '_>) -> Set {
    Set {
        instance: set.instance,
        chain_status: set.chain_status,
        seal: signature(&set.seal.tags),
        message_signature: signature(&set.message_signature.tags),
        covers_from: parse::covers_from(&set.message_signature.tags),
        unsigned_body_octets: 0,
        results: set.payload.into(),
    }
}

fn signature(tags: &TagList<'_>) -> Signature {
    let (domain, selector, algorithm) = parse::claims(tags);
    Signature {
        outcome: SignatureOutcome::Untried,
        domain,
        selector,
        algorithm,
        key_bits: None,
        authentic: false,
    }
}

fn signature_mut(sets: &mut [Set], place: usize, kind: FieldKind) -> Option<&mut Signature> {
    let set = sets.get_mut(place)?;
    match kind {
        FieldKind::AuthenticationResults => None,
        FieldKind::MessageSignature => Some(&mut set.message_signature),
        FieldKind::Seal => Some(&mut set.seal),
    }
}

fn outcome(verdict: SignatureVerdict) -> SignatureOutcome {
    Fault::of(verdict).map_or(SignatureOutcome::Pass, SignatureOutcome::Fail)
}
