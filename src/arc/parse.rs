//! The grammar of ARC-Message-Signature and ARC-Seal (RFC 8617 §4.1.2, §4.1.3): that of DKIM, with other tags.

use super::Policy;
use super::cause::{Fault, FieldKind};
use crate::crypto::DIGEST_OCTETS;
use crate::dkim::base64::base64;
use crate::dkim::canon_header::Canonicalization;
use crate::dkim::parse::{
    LENGTH_DIGITS, algorithm, canonicalization, count_field_names, domain, list, number, optional,
    query_method, required, selector,
};
use crate::dkim::signature::Scheme;
use crate::dkim::{Algorithm, Malformed, Mismatch, Outcome, Unusable};
use crate::name::Name;
use crate::tags::TagList;

/// What both kinds of signature have.
#[derive(Debug)]
pub(super) struct Mark {
    pub(super) scheme: Scheme,
    /// `b=`.
    pub(super) octets: Vec<u8>,
    /// Where the key is: `s._domainkey.d`.
    pub(super) key_name: Name,
    /// Where, in the value of the field, the value of `b=` stands.
    pub(super) cut: (usize, usize),
}

/// What ARC-Message-Signature has beside.
#[derive(Debug)]
pub(super) struct Coverage<'a> {
    pub(super) header_canon: Canonicalization,
    pub(super) body_canon: Canonicalization,
    /// `bh=`.
    pub(super) body_hash: [u8; DIGEST_OCTETS],
    /// `l=`.
    pub(super) length: Option<u64>,
    /// `h=`, which names this many fields.
    pub(super) names: &'a [u8],
    pub(super) name_count: usize,
    timestamp: Option<u64>,
    expiry: Option<u64>,
}

/// What a signature says of itself, as far as it can be read.
pub(super) fn claims(tags: &TagList<'_>) -> (Option<Name>, Option<Name>, Option<Algorithm>) {
    (
        tags.value("d").and_then(|value| domain(value).ok()),
        tags.value("s").and_then(|value| selector(value).ok()),
        tags.value("a").and_then(algorithm),
    )
}

/// Whether From is among the fields that a message signature covers.
pub(super) fn covers_from(tags: &TagList<'_>) -> bool {
    list(tags.value("h").unwrap_or_default()).any(|name| name.eq_ignore_ascii_case(b"From"))
}

/// Reads an ARC-Seal (RFC 8617 §4.1.3).
pub(super) fn seal(tags: &TagList<'_>) -> Result<Mark, Fault> {
    // RFC 8617 §4.1.3: "the DKIM "h" tag is NOT allowed and, if found, MUST result in a cv status of "fail"".
    if tags.value("h").is_some() {
        return Err(Fault::HeaderList);
    }
    let mark = mark(tags)?;
    number(tags, "t", usize::MAX)?;
    Ok(mark)
}

/// Reads an ARC-Message-Signature (RFC 8617 §4.1.2). A version is ignored; RFC 8617 asks for no From among the fields.
pub(super) fn message_signature<'a>(
    tags: &TagList<'a>,
    policy: &Policy,
) -> Result<(Mark, Coverage<'a>), Fault> {
    let [body_hash] = required(tags, ["bh"]).map_err(fault)?;
    let mark = mark(tags)?;
    let body_hash = base64(body_hash).ok_or(Malformed::Base64 { tag: "bh" })?;
    let body_hash = body_hash.try_into().map_err(|_| Malformed::BodyHashLength)?;
    let (header_canon, body_canon) = canonicalization(optional(tags, "c")?)?;
    query_method(optional(tags, "q")?)?;
    let names = tags.value("h").ok_or(Unusable::MissingTag { tag: "h" })?;
    let name_count = match names {
        names if policy.accept_empty_names => list(names).count(),
        [] => return Err(Malformed::Empty { tag: "h" }.into()),
        names => count_field_names(names)?,
    };
    // RFC 8617 §4.1.2 forbids all three fields. A signature over the seals of earlier sets holds no longer than their
    // order, and cannot be checked in its place; the others are harmless, and are in use.
    if list(names).any(|name| name.eq_ignore_ascii_case(FieldKind::Seal.name().as_bytes())) {
        return Err(Fault::CoversSeal);
    }
    let length = number(tags, "l", LENGTH_DIGITS)?;
    let timestamp = number(tags, "t", usize::MAX)?;
    let expiry = number(tags, "x", usize::MAX)?;
    // RFC 6376 §3.5: x= is later than t=.
    if let (Some(timestamp), Some(expiry)) = (timestamp, expiry)
        && expiry <= timestamp
        && timestamp != u64::MAX
    {
        return Err(Malformed::ExpiresTooEarly.into());
    }
    let coverage =
        Coverage { header_canon, body_canon, body_hash, length, names, name_count, timestamp, expiry };
    Ok((mark, coverage))
}

impl Coverage<'_> {
    /// RFC 6376 §3.5: `x=` against the clock, and `t=` when asked to.
    pub(super) fn check_times(&self, policy: &Policy, now: u64) -> Result<(), Fault> {
        let policy = &policy.signatures;
        if self.expiry.is_some_and(|expiry| now > expiry.saturating_add(policy.clock_skew)) {
            return Err(Fault::Mismatch(Mismatch::Expired));
        }
        let is_future = self.timestamp.is_some_and(|made| made > now.saturating_add(policy.clock_skew));
        if policy.reject_future && is_future {
            return Err(Fault::Forbidden(crate::dkim::Forbidden::Future));
        }
        Ok(())
    }
}

fn mark(tags: &TagList<'_>) -> Result<Mark, Fault> {
    let [name, octets, signing_domain, signing_selector] =
        required(tags, ["a", "b", "d", "s"]).map_err(fault)?;
    let scheme = match algorithm(name).ok_or(Malformed::Algorithm)? {
        Algorithm::Ed25519Sha256 => Scheme::Ed25519Sha256,
        Algorithm::RsaSha256 => Scheme::RsaSha256,
        // RFC 8301 §3.1: rsa-sha1 must not be verified.
        Algorithm::RsaSha1 => return Err(Unusable::Sha1.into()),
    };
    let octets = base64(octets).ok_or(Malformed::Base64 { tag: "b" })?;
    let signing_domain = domain(signing_domain)?;
    let signing_selector = selector(signing_selector)?;
    let key_name =
        signing_domain.child(&format!("{signing_selector}._domainkey")).map_err(|_| Malformed::Selector)?;
    Ok(Mark { scheme, octets, key_name, cut: tags.tag("b").map(|tag| tag.span).unwrap_or_default() })
}

/// What is wrong, of an outcome that is no pass.
fn fault(outcome: Outcome) -> Fault {
    Fault::of(outcome).unwrap_or(Fault::Mismatch(Mismatch::Signature))
}
