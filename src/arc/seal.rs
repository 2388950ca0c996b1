//! The sealer's actions (RFC 8617 §5.1) on one message, once its header section is known.

use super::cause::FieldKind;
use super::sealer::Plan;
use super::{NotSealed, SealingOptions, Verdict};
use crate::authres::AuthResults;
use crate::dkim::SignError;
use crate::dkim::canon_header::{Canonicalization, append_field, append_own_field};
use crate::dkim::fold::FoldedTags;
use crate::dkim::hash::{BodyHashes, SLICE, Ticket};
use crate::dkim::line_ends::LineEnds;
use crate::dkim::proof::signed_octets;
use crate::message::{Field, Headers};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use std::fmt;
use std::sync::Arc;

/// A message being sealed, whose body arrives in any chunks. It keeps nothing of the body.
#[derive(Debug)]
pub struct Sealing {
    instance: u8,
    /// ARC-Authentication-Results.
    results: String,
    /// ARC-Message-Signature up to `h=`.
    signature: FoldedTags,
    /// The canonical header fields that it covers.
    header: Vec<u8>,
    /// ARC-Seal up to `b=`.
    seal: FoldedTags,
    /// The canonical fields that it covers, up to ARC-Authentication-Results of its own set.
    chain: Vec<u8>,
    body: SealingBody,
}

/// The body of a message that may be sealed, hashed while it arrives: before it is known what the seal is to say, and
/// whether there will be one. [`Sealer::body`](super::Sealer::body) begins it. It keeps nothing of the body.
#[derive(Debug)]
pub struct SealingBody {
    plan: Arc<Plan>,
    hashes: BodyHashes,
    ticket: Option<Ticket>,
    line_ends: LineEnds,
}

/// A new set. `Display` writes it as it stands on top of the message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seal {
    instance: u8,
    fields: [SealField; 3],
}

/// One field of a new set. It is folded to lines of less than 78 columns where its words allow it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealField {
    kind: FieldKind,
    /// With the CRLF that ends it.
    text: String,
}

impl Sealing {
    pub(super) const fn new(
        instance: u8,
        results: String,
        signature: FoldedTags,
        header: Vec<u8>,
        seal: FoldedTags,
        chain: Vec<u8>,
        body: SealingBody,
    ) -> Self {
        Self { instance, results, signature, header, seal, chain, body }
    }

    /// Takes the next octets of the body.
    pub fn body(&mut self, chunk: &[u8]) {
        self.body.feed(chunk);
    }

    /// The body has ended.
    ///
    /// # Errors
    /// [`NotSealed`], when the body is none that should be signed.
    pub fn finish(self) -> Result<Seal, NotSealed> {
        let Self { instance, results, mut signature, header, seal, mut chain, body } = self;
        let (plan, hash) = body.finish()?;
        signature.base64("bh", &hash);
        signature.base64("b", "");
        let signature = plan.sign(signature, header, plan.options.header_canonicalization)?;
        append_field(&mut chain, Canonicalization::Relaxed, &Field::new(signature.as_bytes()));
        let seal = plan.sign(seal, chain, Canonicalization::Relaxed)?;
        let field = |kind, text: String| SealField { kind, text: text + "\r\n" };
        Ok(Seal {
            instance,
            fields: [
                field(FieldKind::Seal, seal),
                field(FieldKind::MessageSignature, signature),
                field(FieldKind::AuthenticationResults, results),
            ],
        })
    }

    /// The choices of the sealer.
    pub fn options(&self) -> &SealingOptions {
        &self.body.plan.options
    }
}

impl SealingBody {
    pub(super) fn new(plan: Arc<Plan>) -> Self {
        let mut hashes = BodyHashes::new(1);
        let ticket = hashes.claim(plan.options.body_canonicalization, None);
        Self { plan, hashes, ticket, line_ends: LineEnds::default() }
    }

    /// Takes the next octets of the body.
    pub fn feed(&mut self, chunk: &[u8]) {
        for slice in chunk.chunks(SLICE) {
            self.hashes.feed(slice);
            if !self.plan.options.accept_lone_line_ends {
                self.line_ends.feed(slice);
            }
        }
    }

    /// Seals the message whose body this was, now that all is known. See [`Sealer::seal`](super::Sealer::seal).
    ///
    /// # Errors
    /// [`NotSealed`], when there is nothing to seal, or it cannot be done.
    pub fn seal(
        self,
        headers: &Headers<'_>,
        chain: &Verdict,
        results: &AuthResults,
        now: u64,
    ) -> Result<Seal, NotSealed> {
        Plan::begin(self, headers, chain, results, now)?.finish()
    }

    pub(super) const fn plan(&self) -> &Arc<Plan> {
        &self.plan
    }

    /// The plan, and `bh=`.
    fn finish(self) -> Result<(Arc<Plan>, String), SignError> {
        let Self { plan, hashes, ticket, line_ends } = self;
        if line_ends.finish() {
            return Err(SignError::BodyLineEnd);
        }
        let sums = hashes.finish();
        let sum = ticket.and_then(|ticket| sums.of(ticket)).ok_or(SignError::Crypto)?;
        Ok((plan, BASE64.encode(sum.hash)))
    }
}

impl Plan {
    /// Ends a field whose last tag is `b=` with the signature over `covered` and itself, without the CRLF.
    fn sign(
        &self,
        mut field: FoldedTags,
        mut covered: Vec<u8>,
        canonicalization: Canonicalization,
    ) -> Result<String, SignError> {
        let own = Field::new(field.as_str().as_bytes());
        let end = own.value().len();
        append_own_field(&mut covered, canonicalization, &own, (end, end));
        let signature = self.key.sign(&signed_octets(self.scheme, covered)).ok_or(SignError::Crypto)?;
        field.push_anywhere(&BASE64.encode(signature));
        Ok(field.as_str().to_owned())
    }
}

impl Seal {
    /// `i=` of the new set.
    pub const fn instance(&self) -> u8 {
        self.instance
    }

    /// The three fields in the order in which they stand on top of the message: ARC-Seal, ARC-Message-Signature,
    /// ARC-Authentication-Results.
    pub const fn fields(&self) -> &[SealField; 3] {
        &self.fields
    }
}

impl fmt::Display for Seal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.fields.iter().try_for_each(|field| field.fmt(f))
    }
}

impl SealField {
    /// Which of the three it is.
    pub const fn kind(&self) -> FieldKind {
        self.kind
    }

    /// The name of the field.
    pub const fn name(&self) -> &'static str {
        self.kind.name()
    }

    /// The whole field with the CRLF that ends it.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// What stands behind the name, the colon and one space, up to the CRLF that ends the field: what a milter inserts,
    /// which is told a fold as a bare LF.
    pub fn value(&self) -> &str {
        let value = self.text.get(self.name().len() + 2..).unwrap_or_default();
        value.strip_suffix("\r\n").unwrap_or(value)
    }
}

impl fmt::Display for SealField {
    /// The whole field with the CRLF that ends it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
