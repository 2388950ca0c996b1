//! The sealer's actions (RFC 8617 §5.1) on one message, once its header section is known.

use super::cause::FieldKind;
use super::sealer::Plan;
use super::{NotSealed, SealingOptions};
use crate::dkim::SignError;
use crate::dkim::canon_header::{Canonicalization, append_field, append_own_field};
use crate::dkim::fold::FoldedTags;
use crate::dkim::hash::{BodyHashes, Ticket};
use crate::dkim::line_ends::LineEnds;
use crate::dkim::proof::signed_octets;
use crate::message::Field;
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use std::fmt;
use std::sync::Arc;

/// A message being sealed, whose body arrives in any chunks. It keeps nothing of the body.
#[derive(Debug)]
pub struct Sealing {
    plan: Arc<Plan>,
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

/// The body of a message to be sealed, in any chunks; nothing of it is kept. For whoever sees the body before the chain is
/// judged, as a milter does: it is judged when the body has ended. See [`Sealer::body`](super::Sealer::body).
#[derive(Debug)]
pub struct SealingBody {
    hashes: BodyHashes,
    ticket: Option<Ticket>,
    /// None where lone line ends are accepted.
    line_ends: Option<LineEnds>,
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
    pub(super) fn new(
        plan: Arc<Plan>,
        instance: u8,
        results: String,
        signature: FoldedTags,
        header: Vec<u8>,
        seal: FoldedTags,
        chain: Vec<u8>,
    ) -> Self {
        let body = SealingBody::new(&plan.options);
        Self { plan, instance, results, signature, header, seal, chain, body }
    }

    /// Takes the next octets of the body.
    pub fn body(&mut self, chunk: &[u8]) {
        self.body.feed(chunk);
    }

    /// Takes a body that the same sealer has seen before, in place of what it was given here.
    #[must_use]
    pub fn with_body(self, body: SealingBody) -> Self {
        Self { body, ..self }
    }

    /// The body has ended.
    ///
    /// # Errors
    /// [`NotSealed`], when the body is none that should be signed.
    pub fn finish(self) -> Result<Seal, NotSealed> {
        let Self { plan, instance, results, mut signature, header, seal, mut chain, body } = self;
        if body.line_ends.is_some_and(LineEnds::finish) {
            return Err(SignError::BodyLineEnd.into());
        }
        let sums = body.hashes.finish();
        let sum = body.ticket.and_then(|ticket| sums.of(ticket)).ok_or(SignError::Crypto)?;
        signature.base64("bh", &BASE64.encode(sum.hash));
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
        &self.plan.options
    }
}

impl SealingBody {
    pub(super) fn new(options: &SealingOptions) -> Self {
        let mut hashes = BodyHashes::new(1);
        let ticket = hashes.claim(options.body_canonicalization, None);
        let line_ends = (!options.accept_lone_line_ends).then(LineEnds::default);
        Self { hashes, ticket, line_ends }
    }

    /// Takes the next octets of the body.
    pub fn feed(&mut self, chunk: &[u8]) {
        if let Some(line_ends) = &mut self.line_ends {
            line_ends.feed(chunk);
        }
        self.hashes.feed(chunk);
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
    /// ARC-Authentication-Results. Who inserts each of them on top of the others begins with the last.
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
