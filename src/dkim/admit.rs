//! Which signatures of a message are evaluated, and what each of them covers in the header section.

use super::Policy;
use super::canon_header::{append_field, append_own_field};
use super::cause::{Forbidden, Mismatch};
use super::hash::BodyHashes;
use super::parse::{Claims, Draft};
use super::proof::{Proof, SignedBody, signed_octets};
use super::select::Selection;
use super::signature::Signature;
use super::trial::{Signed, State, Trial, Trials};
use super::verdict::{Outcome, Verdict};
use crate::few::Few;
use crate::message::{Field, Headers};
use crate::name::Name;

const FIELD: &str = "DKIM-Signature";

/// Characters of `b=` shown at least (RFC 6008 §4).
const PREFIX_CHARACTERS: usize = 8;
/// Octets of a character in UTF-8 at most.
const CHARACTER_OCTETS: usize = 4;
/// Octets of `b=` that are shown at most.
const SIGNATURE_OCTETS: usize = 64;

/// A signature that could be evaluated.
struct Candidate<'h, 'a> {
    /// Its place among the signatures.
    trial: usize,
    position: usize,
    field: &'h Field<'a>,
    domain: Option<Name>,
    /// `None` where there are more than can be evaluated: those that are will be read again.
    signature: Option<Signature<'a>>,
}

/// What may still be spent on this message.
struct Budget {
    signatures: usize,
    work: usize,
    /// For key records beyond the first of a selector.
    more_work: usize,
    header_octets: usize,
}

/// Takes up every DKIM-Signature field of a message.
pub(super) fn admit(headers: &Headers<'_>, policy: &Policy, now: u64) -> (Trials, BodyHashes) {
    let mut trials = Trials::new(policy);
    let mut body = BodyHashes::new(policy.max_body_hashes);
    let mut candidates = read(headers, policy, now, &mut trials);
    if candidates.as_slice().is_empty() {
        return (trials, body);
    }
    prefer_author(headers, candidates.as_mut_slice());
    let selection = Selection::new(headers);
    let mut budget = Budget {
        signatures: policy.max_signatures,
        work: policy.max_signature_work,
        more_work: policy.max_signature_work / 4,
        header_octets: policy.max_header_octets,
    };
    for candidate in candidates {
        let place = candidate.trial;
        let admitted = candidate.admit(&selection, policy, now, &mut budget, &mut trials, &mut body);
        let Some(trial) = trials.get_mut(place) else {
            continue;
        };
        match admitted {
            Ok(signed) => trial.state = State::Waiting(signed),
            Err(why) => trial.end(why),
        }
    }
    (trials, body)
}

/// Reads every signature; what cannot be read, or is past its time, is decided already.
fn read<'h, 'a>(
    headers: &'h Headers<'a>,
    policy: &Policy,
    now: u64,
    trials: &mut Trials,
) -> Few<Candidate<'h, 'a>> {
    let count = headers.named(FIELD).count();
    let are_few = count <= policy.max_signatures;
    let shown = if count > 1 { SIGNATURE_OCTETS } else { PREFIX_CHARACTERS * CHARACTER_OCTETS };
    let mut candidates = Few::default();
    trials.reserve(count.min(policy.max_signatures));
    let fields = headers.iter().enumerate().filter(|(_, field)| field.is_named(FIELD));
    for (trial, (position, field)) in fields.take(count).enumerate() {
        if trial >= policy.max_fields {
            let mut verdict = verdict(position, Claims::default());
            verdict.outcome = Forbidden::TooManyFields { limit: policy.max_fields }.into();
            trials.push(Trial { verdict, state: State::Decided });
            break;
        }
        let draft = Draft::read(field.value());
        let claims = draft.as_ref().map(|draft| draft.claims(shown)).unwrap_or_default();
        let domain = claims.domain.clone();
        let mut verdict = verdict(position, claims);
        let signature = draft
            .map_err(Outcome::from)
            .and_then(|draft| if are_few { evaluable(draft, policy, now).map(Some) } else { Ok(None) });
        match signature {
            Ok(signature) => candidates.push(Candidate { trial, position, field, domain, signature }),
            Err(outcome) => verdict.outcome = outcome,
        }
        trials.push(Trial { verdict, state: State::Decided });
    }
    shorten(trials);
    candidates
}

fn evaluable<'a>(draft: Draft<'a>, policy: &Policy, now: u64) -> Result<Signature<'a>, Outcome> {
    check_times(draft.signature()?, policy, now)
}

/// RFC 6376 §3.5: `x=` against the clock, and `t=` when asked to.
fn check_times<'a>(signature: Signature<'a>, policy: &Policy, now: u64) -> Result<Signature<'a>, Outcome> {
    if signature.expiry.is_some_and(|expiry| now > expiry.saturating_add(policy.clock_skew)) {
        return Err(Mismatch::Expired.into());
    }
    let is_future = signature.timestamp.is_some_and(|made| made > now.saturating_add(policy.clock_skew));
    if policy.reject_future && is_future {
        return Err(Forbidden::Future.into());
    }
    Ok(signature)
}

/// Puts the signatures of the author's own domain, those above and those below it first: they matter most, and a
/// flood of others must not crowd them out.
fn prefer_author(headers: &Headers<'_>, candidates: &mut [Candidate<'_, '_>]) {
    if candidates.len() < 2 {
        return;
    }
    let Ok(author) = headers.author() else {
        return;
    };
    let author = &author.domain;
    let is_related = |domain: &Name| domain.is_within(author) || author.is_within(domain);
    candidates.sort_by_key(|candidate| !candidate.domain.as_ref().is_some_and(is_related));
}

impl<'a> Candidate<'_, 'a> {
    /// Makes room for the signature and gathers what it covers.
    fn admit(
        self,
        selection: &Selection<'_, 'a>,
        policy: &Policy,
        now: u64,
        budget: &mut Budget,
        trials: &mut Trials,
        body: &mut BodyHashes,
    ) -> Result<Signed, Outcome> {
        let too_many = Forbidden::TooManySignatures { limit: policy.max_signatures };
        let signature = match self.signature {
            Some(signature) => signature,
            None if budget.signatures == 0 => return Err(too_many.into()),
            None => evaluable(Draft::read(self.field.value())?, policy, now)?,
        };
        if signature.name_count > policy.max_header_names {
            return Err(Forbidden::TooManyHeaderNames { limit: policy.max_header_names }.into());
        }
        // RFC 6376 §6.1: "a Verifier MAY limit the number of signatures it tries".
        budget.signatures = budget.signatures.checked_sub(1).ok_or(too_many)?;
        // RFC 6376 §8.13: what a key costs is the sender's choice. Its size is that of the signature, or it does not fit.
        let work = signature.scheme.work(signature.octets.len());
        budget.work = budget
            .work
            .checked_sub(work)
            .ok_or(Forbidden::SignatureWork { limit: policy.max_signature_work })?;
        let fields = selection.select(signature.names, signature.name_count, self.position);
        let octets: usize = fields.iter().map(|field| field.raw().len() + 2).sum();
        budget.header_octets = budget
            .header_octets
            .checked_sub(octets + self.field.raw().len())
            .ok_or(Forbidden::HeaderOctets { limit: policy.max_header_octets })?;
        let ticket = body
            .claim(signature.body_canon, signature.length)
            .ok_or(Forbidden::TooManyBodyHashes { limit: policy.max_body_hashes })?;
        let mut header = Vec::with_capacity(octets + self.field.raw().len());
        for field in &fields {
            append_field(&mut header, signature.header_canon, field);
        }
        append_own_field(&mut header, signature.header_canon, self.field, signature.cut);
        if let Some(trial) = trials.get_mut(self.trial) {
            trial.verdict.signed_fields = fields.len();
        }
        let max_records = budget.records(work, policy.max_key_records);
        Ok(Signed {
            key: trials.key(signature.key_name),
            proof: Proof {
                scheme: signature.scheme,
                signature: signature.octets,
                is_identity_below: signature.is_identity_below,
                max_records,
            },
            header: signed_octets(signature.scheme, header),
            body: SignedBody { ticket, hash: signature.body_hash, length: signature.length },
        })
    }
}

impl Budget {
    /// How many key records a signature of so much work may try, of `most`: known before any key is, so that the order of
    /// the answers makes no difference.
    fn records(&mut self, work: usize, most: usize) -> usize {
        let others = self.more_work.checked_div(work).unwrap_or(most).min(most.saturating_sub(1));
        self.more_work -= work.saturating_mul(others);
        most.min(others + 1)
    }
}

/// A verdict before anything is known: it fails unless something better is found.
fn verdict(position: usize, claims: Claims) -> Verdict {
    Verdict {
        outcome: Mismatch::Signature.into(),
        field: position,
        domain: claims.domain,
        selector: claims.selector,
        identity: claims.identity,
        algorithm: claims.algorithm,
        key_bits: None,
        signature_prefix: claims.signature,
        testing: false,
        authentic: false,
        signed_fields: 0,
        signed_body_octets: 0,
        unsigned_body_octets: 0,
        delegation: claims.delegation,
        wants_report: claims.wants_report,
        has_unknown_tags: claims.has_unknown_tags,
    }
}

/// RFC 6008 §4: of each signature at least eight characters, and as far as it goes enough to tell it from the others.
fn shorten(trials: &mut Trials) {
    let lengths = if trials.len() > 1 { telling_lengths(trials) } else { Vec::new() };
    for (place, trial) in trials.iter_mut().enumerate() {
        let length = lengths.get(place).copied().unwrap_or(PREFIX_CHARACTERS);
        if let Some(prefix) = &mut trial.verdict.signature_prefix
            && let Some((end, _)) = prefix.char_indices().nth(length)
        {
            prefix.truncate(end);
        }
    }
}

fn telling_lengths(trials: &Trials) -> Vec<usize> {
    let signatures: Vec<&str> =
        trials.iter().map(|trial| trial.verdict.signature_prefix.as_deref().unwrap_or_default()).collect();
    let mut sorted = signatures.clone();
    sorted.sort_unstable();
    sorted.dedup();
    signatures.into_iter().map(|signature| telling_length(signature, &sorted)).collect()
}

/// Characters that tell a signature from the others, all of which are sorted.
fn telling_length(signature: &str, sorted: &[&str]) -> usize {
    let Ok(place) = sorted.binary_search(&signature) else {
        return PREFIX_CHARACTERS;
    };
    let neighbours = [place.checked_sub(1), place.checked_add(1)];
    let neighbours = neighbours.into_iter().filter_map(|neighbour| sorted.get(neighbour?));
    let shared = neighbours.map(|neighbour| shared_characters(signature, neighbour)).max().unwrap_or(0);
    PREFIX_CHARACTERS.max(shared + 1)
}

fn shared_characters(one: &str, other: &str) -> usize {
    one.chars().zip(other.chars()).take_while(|(one, other)| one == other).count()
}
