//! The signer's actions (RFC 6376 §5) on one message, once its header section is known.

use super::canon_header::append_own_field;
use super::fold::FoldedTags;
use super::hash::{BodyHashes, SLICE, Ticket};
use super::line_ends::LineEnds;
use super::signature::Scheme;
use super::signer::{Pen, Plan};
use super::{Algorithm, SignError};
use crate::crypto::Sha256;
use crate::message::Field;
use crate::name::Name;
use std::fmt;
use std::sync::Arc;

/// Octets of the line ends and of the value of `b=` that a field has room for from the beginning: RSA of 2048 bits.
const SIGNATURE_OCTETS: usize = 400;

/// A message being signed, whose body arrives in any chunks. It keeps nothing of the body.
#[derive(Debug)]
pub struct Signing {
    plan: Arc<Plan>,
    /// What every field has from the time of signing on.
    tail: FoldedTags,
    /// The canonical header fields that are signed.
    header: Vec<u8>,
    body: BodyHashes,
    ticket: Option<Ticket>,
    line_ends: LineEnds,
}

/// The signatures of one message, one for each key. `Display` writes them as they stand on top of the message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    fields: Vec<SignatureField>,
}

/// A DKIM-Signature field. It is folded to lines of less than 78 columns, and of ASCII only.
///
/// It verifies as it stands: with simple canonicalization of the header, not one octet of it may change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignatureField {
    selector: Name,
    algorithm: Algorithm,
    /// With the CRLF that ends it.
    text: String,
}

impl Signing {
    pub(super) fn new(plan: Arc<Plan>, tail: FoldedTags, header: Vec<u8>) -> Self {
        let mut body = BodyHashes::new(1);
        let ticket = body.claim(plan.options.body_canonicalization, None);
        Self { plan, tail, header, body, ticket, line_ends: LineEnds::default() }
    }

    /// Takes the next octets of the body.
    pub fn body(&mut self, chunk: &[u8]) {
        for slice in chunk.chunks(SLICE) {
            self.body.feed(slice);
            if !self.plan.options.accept_lone_line_ends {
                self.line_ends.feed(slice);
            }
        }
    }

    /// The body has ended: the signatures, in the order of the keys.
    ///
    /// # Errors
    /// [`SignError`], when the body is none that should be signed.
    pub fn finish(self) -> Result<Signed, SignError> {
        let Self { plan, mut tail, mut header, body, ticket, line_ends } = self;
        if line_ends.finish() {
            return Err(SignError::BodyLineEnd);
        }
        let sums = body.finish();
        let sum = ticket.and_then(|ticket| sums.of(ticket)).ok_or(SignError::Crypto)?;
        tail.base64_of("bh", &sum.hash);
        tail.base64("b", "");
        let others = header.len();
        let mut fields = Vec::with_capacity(plan.pens.len());
        for pen in &plan.pens {
            header.truncate(others);
            fields.push(pen.sign(&tail, &mut header)?);
        }
        Ok(Signed { fields })
    }
}

impl Pen {
    /// The field of this key over these canonical header fields, to which its own canonical form is added.
    fn sign(&self, tail: &FoldedTags, header: &mut Vec<u8>) -> Result<SignatureField, SignError> {
        let mut field = self.prefix.with_room(tail.as_str().len() + SIGNATURE_OCTETS);
        field.append(tail);
        // RFC 6376 §3.7: the field itself, with an empty b=, which stands last.
        let own = Field::new(field.as_str().as_bytes());
        let end = own.value().len();
        append_own_field(header, self.header_canonicalization, &own, (end, end));
        let signature = match self.scheme {
            // RFC 8463 §3: the hash of the header fields is signed in their place; RSA hashes for itself.
            Scheme::Ed25519Sha256 => self.key.sign(&Sha256::of(header)),
            Scheme::RsaSha256 => self.key.sign(header),
        };
        field.push_base64(&signature.ok_or(SignError::Crypto)?);
        Ok(SignatureField {
            selector: self.selector.clone(),
            algorithm: self.scheme.algorithm(),
            text: field.finish(),
        })
    }
}

impl Signed {
    /// The fields, in the order of the keys, which is the order in which they stand in the message.
    pub fn fields(&self) -> &[SignatureField] {
        &self.fields
    }
}

impl fmt::Display for Signed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.fields.iter().try_for_each(|field| field.fmt(f))
    }
}

impl SignatureField {
    /// The name of the field.
    pub const NAME: &str = "DKIM-Signature";

    /// The whole field with the CRLF that ends it, to be put on top of the message.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// What stands behind the name, the colon and one space, up to the CRLF that ends the field: what a milter
    /// inserts, which is told a fold as a bare LF.
    pub fn value(&self) -> &str {
        let value = self.text.get(Self::NAME.len() + 2..).unwrap_or_default();
        value.strip_suffix("\r\n").unwrap_or(value)
    }

    /// `s=`.
    pub const fn selector(&self) -> &Name {
        &self.selector
    }

    /// `a=`.
    pub const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }
}

impl fmt::Display for SignatureField {
    /// The whole field with the CRLF that ends it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
