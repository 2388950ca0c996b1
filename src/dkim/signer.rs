//! Who signs, with which keys, and how: everything about signatures that is the same for all messages.

use super::canon_header::append_field;
use super::copies::{copy_fields, quoted};
use super::fold::FoldedTags;
use super::line_ends::LineEnds;
use super::parse;
use super::signature::Scheme;
use super::signed_names::SignedNames;
use super::{
    Canonicalization, InvalidSigner, Malformed, SignError, Signed, Signing, SigningOptions, SigningSession,
};
use crate::crypto::SigningKey;
use crate::message::{Field, Headers, Message};
use crate::name::{MalformedName, Name};
use std::fmt;
use std::sync::Arc;

/// Names of fields that may not be signed (RFC 6376 §5.4.1, RFC 8601 §5, RFC 8617 §4.1.2).
const UNSIGNABLE: [&str; 7] = [
    "ARC-Authentication-Results",
    "ARC-Message-Signature",
    "ARC-Seal",
    "Authentication-Results",
    "DKIM-Signature",
    "Received",
    "Return-Path",
];

/// The last time that `t=` and `x=` can hold: 12 digits (RFC 6376 §3.5).
const LAST_SECOND: u64 = 999_999_999_999;

/// Octets of a local part at most (RFC 5321 §4.5.3.1.1).
const LOCAL_PART_OCTETS: usize = 64;

/// Octets that the part of a field behind the names of the signer, and up to `bh=`, has room for from the beginning.
const TAIL_OCTETS: usize = 640;

/// Octets that the part before it has room for in the canonical header from the beginning.
const PREFIX_OCTETS: usize = 128;

/// Signs messages for one domain, with one key or several. It is shared by all threads; a clone is the same signer.
///
/// With several keys every message gets a signature of each, from one pass over its body: RSA for everybody, and
/// Ed25519 for those who know it (RFC 8463 §6). Put what it makes on top of the message (RFC 6376 §5.6), after every
/// other change (§5.5).
#[derive(Clone)]
pub struct Signer(Arc<Plan>);

pub(super) struct Plan {
    domain: Name,
    pub(super) pens: Vec<Pen>,
    names: SignedNames,
    pub(super) options: SigningOptions,
}

/// A key, and the part of its signatures that is always the same.
pub(super) struct Pen {
    pub(super) selector: Name,
    pub(super) key: SigningKey,
    pub(super) scheme: Scheme,
    pub(super) header_canonicalization: Canonicalization,
    /// Everything up to the time of signing.
    pub(super) prefix: FoldedTags,
}

impl Signer {
    /// A signer for `domain` (`d=`), with keys and the selectors (`s=`) under which they are published. Names may be
    /// in U-labels; signatures have A-labels, which every verifier knows (RFC 8616).
    ///
    /// # Errors
    /// [`InvalidSigner`], when signatures made so could not be verified.
    pub fn new<S: AsRef<str>>(
        domain: &str,
        keys: impl IntoIterator<Item = (S, SigningKey)>,
        options: SigningOptions,
    ) -> Result<Self, InvalidSigner> {
        let domain = read_domain(domain)?;
        // RFC 6376 §3.5: "The value of the "x=" tag MUST be greater than the value of the "t=" tag if both are
        // present."
        if options.expires_after == Some(0) {
            return Err(InvalidSigner::ExpiresAtOnce);
        }
        let identity = options.identity.as_deref().map(|text| identity(text, &domain)).transpose()?;
        let names = SignedNames::new(&options.oversigned, &options.signed, &UNSIGNABLE)?;
        let mut pens: Vec<Pen> = Vec::new();
        for (selector, key) in keys {
            let selector = read_selector(selector.as_ref(), &domain)?;
            if pens.iter().any(|pen| pen.selector == selector) {
                return Err(InvalidSigner::RepeatedSelector);
            }
            pens.push(Pen::new(selector, key, &domain, identity.as_deref(), &options));
        }
        if pens.is_empty() {
            return Err(InvalidSigner::NoKey);
        }
        Ok(Self(Arc::new(Plan { domain, pens, names, options })))
    }

    /// The signing domain, in A-labels. DMARC asks that it be aligned with the author domain.
    pub fn domain(&self) -> &Name {
        &self.0.domain
    }

    /// The selectors, in the order of the signatures.
    pub fn selectors(&self) -> impl Iterator<Item = &Name> {
        self.0.pens.iter().map(|pen| &pen.selector)
    }

    /// The choices.
    pub fn options(&self) -> &SigningOptions {
        &self.0.options
    }

    /// Signs a whole message. `now` is in Unix seconds.
    ///
    /// Eight-bit content is signed as it stands; where a next hop may convert it, encode it before (RFC 6376 §5.3).
    ///
    /// # Errors
    /// [`SignError`], when the message is none that should be signed.
    pub fn sign(&self, message: &Message<'_>, now: u64) -> Result<Signed, SignError> {
        let mut signing = self.begin(&message.headers, now)?;
        signing.body(message.body);
        signing.finish()
    }

    /// Begins to sign a message of which the header section is known; the body follows in any chunks. `now` is in
    /// Unix seconds.
    ///
    /// # Errors
    /// [`SignError`], when the header section is none that should be signed.
    pub fn begin(&self, headers: &Headers<'_>, now: u64) -> Result<Signing, SignError> {
        // One second is left for x= to be greater than t=.
        if now >= LAST_SECOND {
            return Err(SignError::Time);
        }
        // RFC 6376 §3.8: "DKIM's design is predicated on valid input."
        if !headers.iter().all(Field::is_well_formed) {
            return Err(SignError::HeaderLine);
        }
        // RFC 5322 §3.6: exactly one From field.
        let count = headers.author_fields();
        if count != 1 {
            return Err(SignError::From { count });
        }
        let plan = &self.0;
        let fields = plan.names.select(headers)?;
        let mut tail = FoldedTags::continuation(TAIL_OCTETS);
        plan.write_times(&mut tail, now);
        plan.names.write(&mut tail, &fields);
        let octets: usize = fields.iter().map(|(_, field)| field.raw().len() + 2).sum();
        let mut header = Vec::with_capacity(octets + TAIL_OCTETS + PREFIX_OCTETS);
        for (_, field) in &fields {
            append_field(&mut header, plan.options.header_canonicalization, field);
        }
        // Canonicalization keeps a lone CR or LF, and what it puts beside one makes no line end of it.
        if !plan.options.accept_lone_line_ends && LineEnds::has_lone_in(&header) {
            return Err(SignError::HeaderLineEnd);
        }
        if plan.options.copy_header {
            copy_fields(&mut tail, fields.iter().map(|(_, field)| *field));
        }
        Ok(Signing::new(Arc::clone(plan), tail, header))
    }

    /// Begins to sign a message that is told field by field, as a milter is told. `now` is in Unix seconds.
    pub fn session(&self, now: u64) -> SigningSession {
        SigningSession::new(self.clone(), now)
    }
}

impl Plan {
    /// `t=` and `x=`.
    fn write_times(&self, tail: &mut FoldedTags, now: u64) {
        if self.options.timestamp {
            tail.number("t", now);
        }
        if let Some(seconds) = self.options.expires_after {
            tail.number("x", now.saturating_add(seconds).min(LAST_SECOND));
        }
    }
}

impl Pen {
    fn new(
        selector: Name,
        key: SigningKey,
        domain: &Name,
        identity: Option<&str>,
        options: &SigningOptions,
    ) -> Self {
        let scheme = Scheme::of(key.key_type());
        let mut prefix = FoldedTags::field("DKIM-Signature", 0);
        prefix.tag("v", "1");
        prefix.tag("a", scheme.algorithm().as_str());
        let canonicalizations =
            [options.header_canonicalization.as_str(), options.body_canonicalization.as_str()];
        prefix.tag("c", &canonicalizations.join("/"));
        prefix.tag("d", domain.as_str());
        prefix.tag("s", selector.as_str());
        if let Some(identity) = identity {
            prefix.tag("i", identity);
        }
        // RFC 6651 §3.1.
        if options.request_reports {
            prefix.tag("r", "y");
        }
        Self { selector, key, scheme, header_canonicalization: options.header_canonicalization, prefix }
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let selectors: Vec<_> = self.pens.iter().map(|pen| &pen.selector).collect();
        f.debug_struct("Signer")
            .field("domain", &self.domain)
            .field("selectors", &selectors)
            .field("options", &self.options)
            .finish()
    }
}

/// `d=` of a signature to be made.
pub(crate) fn read_domain(text: &str) -> Result<Name, InvalidSigner> {
    let domain = parse::domain(text.as_bytes()).map_err(InvalidSigner::Domain)?;
    if is_host(&domain) {
        Ok(domain)
    } else {
        Err(InvalidSigner::Domain(Malformed::Domain(MalformedName::Character)))
    }
}

/// `s=` of a signature to be made.
pub(crate) fn read_selector(text: &str, domain: &Name) -> Result<Name, InvalidSigner> {
    let selector = parse::selector(text.as_bytes()).map_err(InvalidSigner::Selector)?;
    let is_published = domain.child(&format!("{selector}._domainkey")).is_ok();
    if is_host(&selector) && is_published {
        Ok(selector)
    } else {
        Err(InvalidSigner::Selector(Malformed::Selector))
    }
}

/// `i=` as it is written: the local part quoted, the domain in A-labels.
fn identity(text: &str, domain: &Name) -> Result<String, InvalidSigner> {
    let (local, host) = text.rsplit_once('@').ok_or(InvalidSigner::Identity)?;
    // Some verifiers look for the first at sign, some for the last, and some decode before.
    if local.len() > LOCAL_PART_OCTETS || local.contains(|other: char| other == '@' || other.is_control()) {
        return Err(InvalidSigner::Identity);
    }
    let host = Name::parse(host).map_err(|_| InvalidSigner::Identity)?;
    // RFC 6376 §3.5: "The domain part of the address MUST be the same as, or a subdomain of, the value of the "d="
    // tag."
    if !host.is_within(domain) {
        return Err(InvalidSigner::IdentityOutside);
    }
    if !is_host(&host) {
        return Err(InvalidSigner::Identity);
    }
    Ok(format!("{}@{host}", quoted(local.as_bytes())))
}

/// Labels of letters, digits and hyphens, none of which begins or ends with a hyphen (RFC 5321 §4.1.2 `sub-domain`).
fn is_host(name: &Name) -> bool {
    let is_ldh = |octet: u8| octet.is_ascii_alphanumeric() || octet == b'-';
    name.labels().all(|label| label.bytes().all(is_ldh) && !label.starts_with('-') && !label.ends_with('-'))
}
