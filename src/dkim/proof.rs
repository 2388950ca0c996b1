//! What a signature is checked against: its key (RFC 6376 §6.1.2), the header fields, and the body (§6.1.3).

use super::Policy;
use super::cause::{Absence, Forbidden, KeyFlaw, Mismatch, Unusable};
use super::hash::{BodySum, Ticket};
use super::key::{KeyRecord, KeySet, PublicKey};
use super::key_lookup::{Unpublished, published};
use super::signature::Scheme;
use super::verdict::Outcome;
use crate::crypto::{DIGEST_OCTETS, Sha256};
use crate::dns::{Answer, Question};

/// A signature, without what it is over.
#[derive(Debug)]
pub(crate) struct Proof {
    pub(crate) scheme: Scheme,
    pub(crate) signature: Vec<u8>,
    pub(crate) is_identity_below: bool,
    /// Key records tried at most.
    pub(crate) max_records: usize,
}

/// What the signature says of the body.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SignedBody {
    pub(crate) ticket: Ticket,
    pub(crate) hash: [u8; DIGEST_OCTETS],
    pub(crate) length: Option<u64>,
}

/// What a key, or the lack of one, means for a signature.
pub(crate) struct Finding {
    pub(crate) outcome: Outcome,
    pub(crate) bits: Option<u32>,
    pub(crate) is_testing: bool,
}

impl SignedBody {
    /// Whether the body is the one that was signed.
    pub(crate) fn judge(&self, sum: &BodySum, policy: &Policy) -> Outcome {
        match self.length {
            // RFC 6376 §3.5: "This value MUST NOT be larger than the actual number of octets in the canonicalized
            // message body."
            Some(signed) if signed > sum.signed => Mismatch::BodyTooShort { signed }.into(),
            _ if sum.hash != self.hash => Mismatch::BodyHash.into(),
            // RFC 6376 §8.2: a verifier may refuse a signature that does not cover the body.
            _ if policy.reject_partial_body && sum.unsigned > 0 => {
                Forbidden::PartialBody { octets: sum.unsigned }.into()
            }
            _ => Outcome::Pass,
        }
    }
}

impl Proof {
    /// RFC 6376 §6.1.2, then the header hash of §6.1.3. A pass means that the body remains.
    /// `signed` is the canonical header fields; for Ed25519 their hash (RFC 8463 §3).
    pub(crate) fn judge(
        &self,
        signed: &[u8],
        question: &Question,
        answer: &Answer,
        policy: &Policy,
    ) -> Finding {
        match published(question, answer) {
            Ok(keys) => self.try_keys(signed, &keys, policy),
            Err(Unpublished::Absent(absence)) => Finding::without_key(Unusable::NoKey(absence)),
            Err(Unpublished::Unavailable(unavailable)) => Finding::without_key(unavailable),
        }
    }

    /// RFC 6376 §6.1.2: with several records, each is tried; the first that verifies decides, and if there is none,
    /// the one that came closest says why.
    fn try_keys(&self, signed: &[u8], keys: &KeySet, policy: &Policy) -> Finding {
        let mut best: Option<Finding> = None;
        let mut tried = 0;
        for record in &keys.records {
            let is_stray = matches!(record, Err(KeyFlaw::Spf | KeyFlaw::Stray));
            if !is_stray && tried >= self.max_records {
                break;
            }
            tried += usize::from(!is_stray);
            let finding = match record {
                Ok(record) => self.try_key(signed, record, policy),
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

    fn try_key(&self, signed: &[u8], record: &KeyRecord, policy: &Policy) -> Finding {
        let outcome = match self.check_key(record, policy) {
            Err(misfit) => misfit.into(),
            Ok(()) if self.verifies(signed, &record.key) => Outcome::Pass,
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

    fn verifies(&self, signed: &[u8], key: &PublicKey) -> bool {
        match key {
            PublicKey::Ed25519(key) => key.verify(signed, &self.signature),
            PublicKey::Rsa(key) => key.verify(signed, &self.signature),
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
pub(crate) fn signed_octets(scheme: Scheme, mut header: Vec<u8>) -> Vec<u8> {
    match scheme {
        Scheme::Ed25519Sha256 => {
            let hash = Sha256::of(&header);
            header.clear();
            header.extend_from_slice(&hash);
        }
        Scheme::RsaSha256 => {}
    }
    header
}
