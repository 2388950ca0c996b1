//! Who seals, with which key, and how (RFC 8617 §5.1): everything that is the same for all messages.

use super::cause::Cause;
use super::seal::{Sealing, SealingBody};
use super::set::{self, ArcSet, Found, MAX_SETS};
use super::verdict::{ChainStatus, Verdict};
use super::{InvalidSealer, NotSealed, Seal, SealingOptions};
use crate::authres::{AuthResults, Entry};
use crate::crypto::{KeyType, SigningKey};
use crate::dkim::SignError;
use crate::dkim::canon_header::{Canonicalization, append_field};
use crate::dkim::fold::FoldedTags;
use crate::dkim::line_ends::LineEnds;
use crate::dkim::signature::Scheme;
use crate::dkim::signed_names::SignedNames;
use crate::dkim::signer::{read_domain, read_selector};
use crate::message::{Field, Headers, Message};
use crate::name::Name;
use std::fmt;
use std::sync::Arc;

/// Names of fields that may not be covered by a message signature (RFC 8617 §4.1.2), or are changed on the way (RFC 6376
/// §5.4.1).
const UNSIGNABLE: [&str; 6] = [
    "ARC-Authentication-Results",
    "ARC-Message-Signature",
    "ARC-Seal",
    "Authentication-Results",
    "Received",
    "Return-Path",
];

/// Adds ARC sets for one domain. It is shared by all threads; a clone is the same sealer.
///
/// Put what it makes on top of the message, after every other change and after its own DKIM signature (RFC 8617 §5.1
/// step 1).
#[derive(Clone)]
pub struct Sealer(Arc<Plan>);

pub(super) struct Plan {
    domain: Name,
    selector: Name,
    pub(super) key: SigningKey,
    pub(super) scheme: Scheme,
    names: SignedNames,
    pub(super) options: SealingOptions,
}

impl Sealer {
    /// A sealer for `domain` (`d=`), whose key is published under `selector` (`s=`). Names may be in U-labels; seals have
    /// A-labels.
    ///
    /// # Errors
    /// [`InvalidSealer`], when seals made so could not be verified.
    pub fn new(
        domain: &str,
        selector: &str,
        key: SigningKey,
        options: SealingOptions,
    ) -> Result<Self, InvalidSealer> {
        if key.key_type() != KeyType::Rsa && !options.permit_ed25519 {
            return Err(InvalidSealer::Ed25519);
        }
        let domain = read_domain(domain)?;
        let selector = read_selector(selector, &domain)?;
        let names = SignedNames::new(&options.oversigned, &options.signed, &UNSIGNABLE)?;
        let scheme = Scheme::of(key.key_type());
        Ok(Self(Arc::new(Plan { domain, selector, key, scheme, names, options })))
    }

    /// The sealing domain, in A-labels: what others put on their list of trusted sealers.
    pub fn domain(&self) -> &Name {
        &self.0.domain
    }

    /// The selector.
    pub fn selector(&self) -> &Name {
        &self.0.selector
    }

    /// The choices.
    pub fn options(&self) -> &SealingOptions {
        &self.0.options
    }

    /// Seals a whole message as it leaves. `chain` is what its chain was found to be when it arrived, before anything
    /// was changed; `results` is everything that was found then, in one field (RFC 8617 §4.1.1). `now` is in Unix
    /// seconds.
    ///
    /// `results` should hold an entry `arc` with the address of the client (RFC 8617 §6), such as
    /// `Report::sealing_results` gives; one that is missing, or says anything else
    /// than `chain`, is put right.
    ///
    /// # Errors
    /// [`NotSealed`], when there is nothing to seal, or it cannot be done.
    pub fn seal(
        &self,
        message: &Message<'_>,
        chain: &Verdict,
        results: &AuthResults,
        now: u64,
    ) -> Result<Seal, NotSealed> {
        let mut sealing = self.begin(&message.headers, chain, results, now)?;
        sealing.body(message.body);
        sealing.finish()
    }

    /// Begins to seal a message of which the header section is known; the body follows in any chunks. See
    /// [`Sealer::seal`].
    ///
    /// # Errors
    /// [`NotSealed`], when there is nothing to seal, or it cannot be done.
    pub fn begin(
        &self,
        headers: &Headers<'_>,
        chain: &Verdict,
        results: &AuthResults,
        now: u64,
    ) -> Result<Sealing, NotSealed> {
        Plan::begin(self.body(), headers, chain, results, now)
    }

    /// Begins to hash the body of a message that may be sealed later.
    pub fn body(&self) -> SealingBody {
        SealingBody::new(Arc::clone(&self.0))
    }
}

/// The instance of the new set, what it says of the chain before, and the sets that its seal covers.
fn judge<'s, 'h, 'a>(
    found: &'s Found<'h, 'a>,
    verdict: &Verdict,
) -> Result<(u8, ChainStatus, &'s [ArcSet<'h, 'a>]), NotSealed> {
    let highest = match found {
        Found::Nothing => 0,
        Found::Chain(sets) => u8::try_from(sets.len()).unwrap_or(MAX_SETS),
        // RFC 8617 §5.1 step 2.
        Found::Broken(Cause::SealedAsFailed { instance }, _) => {
            return Err(NotSealed::FailedBefore { instance: *instance });
        }
        Found::Broken(Cause::TooManySets { limit }, _) => {
            return Err(NotSealed::TooManySets { limit: *limit });
        }
        Found::Broken(_, highest) => *highest,
    };
    let status = verdict.outcome.status();
    let is_possible = match (found, status) {
        (Found::Nothing, ChainStatus::None)
        | (Found::Chain(_), ChainStatus::Pass | ChainStatus::Fail)
        | (Found::Broken(..), ChainStatus::Fail) => true,
        (Found::Nothing, ChainStatus::Pass | ChainStatus::Fail)
        | (Found::Chain(_), ChainStatus::None)
        | (Found::Broken(..), ChainStatus::None | ChainStatus::Pass) => false,
    };
    if !is_possible || verdict.instances != highest {
        return Err(NotSealed::OtherChain);
    }
    // RFC 8617 §5.1 step 3, §5.2 step 1.
    if highest >= MAX_SETS {
        return Err(NotSealed::TooManySets { limit: MAX_SETS });
    }
    let sets = match (found, status) {
        (Found::Chain(sets), ChainStatus::Pass) => sets.as_slice(),
        // RFC 8617 §5.1.2: after a failure the seal covers its own set only.
        _ => &[],
    };
    Ok((highest + 1, status, sets))
}

/// ARC-Authentication-Results, without the CRLF that ends it (RFC 8617 §4.1.1).
fn results_field(instance: u8, status: ChainStatus, given: &AuthResults) -> String {
    let mut results = AuthResults::new(given.authserv_id());
    let is_arc = |entry: &&Entry| entry.method().eq_ignore_ascii_case("arc");
    let own = given.entries().iter().find(is_arc).filter(|entry| entry.result() == status.word());
    results.push(own.cloned().unwrap_or_else(|| Entry::new("arc", status.word())));
    for entry in given.entries().iter().filter(|entry| !is_arc(entry)) {
        results.push(entry.clone());
    }
    let field = results.field();
    let (_, value) = field.split_once(':').unwrap_or_default();
    format!("ARC-Authentication-Results: i={instance};{}", value.trim_end())
}

impl Plan {
    /// A message of which the header section is known, and `body` what was hashed of the body.
    pub(super) fn begin(
        body: SealingBody,
        headers: &Headers<'_>,
        chain: &Verdict,
        results: &AuthResults,
        now: u64,
    ) -> Result<Sealing, NotSealed> {
        let plan = body.plan();
        let found = set::find(headers);
        let (instance, status, sets) = judge(&found, chain)?;
        let results = results_field(instance, status, results);
        let mut signature = plan.begin_field("ARC-Message-Signature", instance);
        signature.tag("c", &plan.canonicalizations());
        plan.write_origin(&mut signature);
        signature.tag("t", &now.to_string());
        let fields = plan.names.select(headers)?;
        plan.names.write(&mut signature, &fields);
        let has_lone = || fields.iter().any(|(_, field)| LineEnds::has_lone_in(field.raw()));
        if !plan.options.accept_lone_line_ends && has_lone() {
            return Err(SignError::HeaderLineEnd.into());
        }
        let mut header = Vec::new();
        for (_, field) in &fields {
            append_field(&mut header, plan.options.header_canonicalization, field);
        }
        let mut seal = plan.begin_field("ARC-Seal", instance);
        seal.tag("t", &now.to_string());
        seal.tag("cv", status.word());
        plan.write_origin(&mut seal);
        seal.tag("b", "");
        // RFC 8617 §5.1.1: all sets before this one, and then its own fields.
        let mut chain = Vec::new();
        for set in sets {
            for field in [set.results, set.message_signature.field, set.seal.field] {
                append_field(&mut chain, Canonicalization::Relaxed, field);
            }
        }
        append_field(&mut chain, Canonicalization::Relaxed, &Field::new(results.as_bytes()));
        Ok(Sealing::new(instance, results, signature, header, seal, chain, body))
    }

    /// RFC 8617 §4.1.2, §4.1.3: the instance is the first tag.
    fn begin_field(&self, name: &str, instance: u8) -> FoldedTags {
        let mut field = FoldedTags::field(name, 0);
        field.tag("i", &instance.to_string());
        field.tag("a", self.scheme.algorithm().as_str());
        field
    }

    fn write_origin(&self, field: &mut FoldedTags) {
        field.tag("d", self.domain.as_str());
        field.tag("s", self.selector.as_str());
    }

    fn canonicalizations(&self) -> String {
        let options = &self.options;
        [options.header_canonicalization.as_str(), options.body_canonicalization.as_str()].join("/")
    }
}

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sealer")
            .field("domain", &self.domain)
            .field("selector", &self.selector)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}
