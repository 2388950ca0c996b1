//! What DMARC says of a message, and why.

use super::listing::{Absence, Visit};
use super::record::{Policy, Record};
use crate::dns::{Answer, Explained, ExtendedError, Failure, Question};
use crate::message::AuthorError;
use crate::name::Name;
use std::fmt;
use std::sync::Arc;

/// The verdict on one message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The result and its cause.
    pub outcome: Outcome,
    /// The domain of the author's address; none when the message has no such one domain.
    pub author_domain: Option<Name>,
    /// Its organizational domain, where it was needed: it is not when every identifier is compared strictly, nor
    /// when there is none to compare.
    pub organizational_domain: Option<Name>,
    /// The domain whose record applies, without `_dmarc`.
    pub record_domain: Option<Name>,
    /// The record that applies.
    pub record: Option<Arc<Record>>,
    /// What the domain owner asks for when mail of this author domain fails, after `sp`, `np` and `t`; none when
    /// there is no policy, or when it could not be told which one.
    pub policy: Option<Policy>,
    /// What that means for this message: the policy when it fails, none in every other case. What is done with the
    /// message is the receiver's decision (RFC 9989 §5.4).
    pub disposition: Policy,
    /// Whether SPF authenticated a domain that is aligned with the author's.
    pub spf_aligned: bool,
    /// Whether DKIM did.
    pub dkim_aligned: bool,
    /// Everything that was compared, SPF first.
    pub identifiers: Vec<Identifier>,
}

/// The result, by the words of RFC 8601 as RFC 9989 §9.1 registers them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// A policy applies, and no authenticated identifier is aligned.
    Fail,
    /// No policy applies.
    None(NoPolicy),
    /// A policy applies, and an authenticated identifier is aligned.
    Pass,
    /// The message has no one author domain.
    Permerror(AuthorError),
    /// It cannot be told now.
    Temperror(Undecidable),
}

/// Why no policy applies.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NoPolicy {
    /// Neither the author domain nor any above it that counts has a record.
    NoRecord {
        /// Where one was looked for, in order.
        visits: Vec<Visit>,
    },
    /// The record states no valid policy and names nobody to tell (RFC 9989 §4.10.1).
    NotStated {
        /// The domain that publishes it.
        domain: Name,
    },
}

/// Why it cannot be told now.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Undecidable {
    /// A question that decides has no usable answer.
    #[error("{0}")]
    Lookup(#[from] Trouble),
    /// A check that could have made it pass ended in a temporary error.
    #[error("{0}, which would be aligned")]
    Undecided(Undecided),
}

/// A question without a usable answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{question}: {}", Explained(*.failure, .extended_error.as_ref()))]
pub struct Trouble {
    /// The question.
    pub question: Question,
    /// What happened.
    pub failure: Failure,
    /// What the server said about that.
    pub extended_error: Option<ExtendedError>,
}

/// A check that ended in a temporary error.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("temporary error in {mechanism} of {domain}")]
pub struct Undecided {
    /// The mechanism.
    pub mechanism: Mechanism,
    /// The domain it would have authenticated.
    pub domain: Name,
}

/// An authentication mechanism (RFC 9989 §4.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Mechanism {
    /// DKIM.
    Dkim,
    /// SPF, of the MAIL FROM identity.
    Spf,
}

/// An authenticated identifier and how it compares with the author domain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identifier {
    /// What authenticated it.
    pub mechanism: Mechanism,
    /// The domain.
    pub domain: Name,
    /// How it compares.
    pub aligned: Aligned,
}

/// How an identifier compares with the author domain.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Aligned {
    /// It is the author domain.
    Identical,
    /// Its organizational domain is not the author's; or it is not the author domain, and alignment is strict.
    No,
    /// It has the author's organizational domain, and that is enough.
    Organizational,
    /// It was not compared: another one of the same mechanism is aligned, or the number of walks is spent.
    Skipped,
    /// It could not be compared.
    Undetermined(Trouble),
}

impl Trouble {
    pub(super) fn new(question: Question, failure: Failure, answer: &Answer) -> Self {
        Self { question, failure, extended_error: answer.details().extended_error.clone() }
    }
}

impl Verdict {
    /// The verdict on a message without one author domain: DMARC is not possible (RFC 9989 §5.3.1).
    pub fn unusable(error: AuthorError) -> Self {
        Self::new(None, Outcome::Permerror(error))
    }

    pub(super) fn new(author_domain: Option<Name>, outcome: Outcome) -> Self {
        Self {
            outcome,
            author_domain,
            organizational_domain: None,
            record_domain: None,
            record: None,
            policy: None,
            disposition: Policy::None,
            spf_aligned: false,
            dkim_aligned: false,
            identifiers: Vec::new(),
        }
    }

    /// The disposition after sampling by `pct` (RFC 7489 §6.6.4), where `draw` is a random number from 0 to 99. Only
    /// a receiver that still follows RFC 7489 asks for this; RFC 9989 has no sampling.
    pub fn sampled(&self, draw: u8) -> Policy {
        let pct = self.record.as_ref().and_then(|record| record.pct).unwrap_or(100);
        if draw < pct { self.disposition } else { self.disposition.lowered() }
    }

    /// Why, in a sentence: for logs and for the comment in Authentication-Results.
    pub fn reason(&self) -> String {
        match &self.outcome {
            Outcome::Fail => self.failure(),
            Outcome::None(cause) => cause.to_string(),
            Outcome::Pass => self.success(),
            Outcome::Permerror(cause) => cause.to_string(),
            Outcome::Temperror(cause) => cause.to_string(),
        }
    }

    fn success(&self) -> String {
        let aligned: Vec<_> =
            self.identifiers.iter().filter(|identifier| identifier.aligned.is_aligned()).collect();
        sentence("aligned", &aligned)
    }

    fn failure(&self) -> String {
        match self.identifiers.iter().collect::<Vec<_>>() {
            identifiers if identifiers.is_empty() => "no authenticated identifier".to_owned(),
            identifiers => sentence("not aligned", &identifiers),
        }
    }
}

/// Identifiers told in a sentence at most.
const TOLD: usize = 3;

fn sentence(what: &str, identifiers: &[&Identifier]) -> String {
    let mut text = String::from(what);
    for (index, identifier) in identifiers.iter().take(TOLD).enumerate() {
        text.push_str(if index == 0 { ": " } else { ", " });
        text.push_str(&format!("{} {}", identifier.mechanism, identifier.domain));
    }
    if identifiers.len() > TOLD {
        text.push_str(" and others");
    }
    text
}

impl Outcome {
    /// The word of RFC 8601.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Fail => "fail",
            Self::None(_) => "none",
            Self::Pass => "pass",
            Self::Permerror(_) => "permerror",
            Self::Temperror(_) => "temperror",
        }
    }
}

impl Aligned {
    /// Whether it is aligned for certain.
    pub const fn is_aligned(&self) -> bool {
        match self {
            Self::Identical | Self::Organizational => true,
            Self::No | Self::Skipped | Self::Undetermined(_) => false,
        }
    }
}

impl fmt::Display for Mechanism {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Dkim => "DKIM",
            Self::Spf => "SPF",
        })
    }
}

impl fmt::Display for NoPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoRecord { visits } => {
                f.write_str("no DMARC record at ")?;
                for (index, visit) in visits.iter().enumerate() {
                    f.write_str(if index == 0 { "" } else { ", nor at " })?;
                    write!(f, "_dmarc.{}", visit.domain)?;
                    write_absence(f, visit.listing.as_ref().err())?;
                }
                Ok(())
            }
            Self::NotStated { domain } => {
                write!(f, "the record at _dmarc.{domain} states no valid policy and no rua")
            }
        }
    }
}

fn write_absence(f: &mut fmt::Formatter<'_>, absence: Option<&Absence>) -> fmt::Result {
    match absence {
        Some(absence) => write!(f, " ({absence})"),
        None => f.write_str(" (not that of the organizational domain)"),
    }
}
