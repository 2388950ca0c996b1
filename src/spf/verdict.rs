//! What came of a check, and why.

use super::cause::{Absence, Neutral, Permerror, Temperror};
use super::dotted::Dotted;
use super::identity::Identity;
use super::malformed::Shown;
use super::record::{Directive, Mechanism, Qualifier, Record, Term};
use crate::name::Name;
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

/// The result of one check of one identity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The identity that was checked.
    pub identity: Identity,
    /// The address it was checked for, never IPv4-mapped.
    pub ip: IpAddr,
    /// The domain whose policy was sought; `None` when the identity holds none that could have one.
    pub domain: Option<Name>,
    /// What stood in place of the domain when `domain` is `None`, in printable ASCII and shortened.
    pub unusable_domain: Option<Box<str>>,
    /// The result with its cause.
    pub outcome: Outcome,
    /// The directive that decided; an include at the top stands for what matched inside it.
    pub matched: Option<Matched>,
    /// The record in force, where no directive of it matched.
    pub(super) record: Option<Arc<Record>>,
    /// For `fail`: what the domain owner wants to say about it, in printable ASCII. It is text of a third party
    /// (RFC 7208 §6.2, §11.5.2).
    pub explanation: Option<String>,
    /// Terms that asked DNS (RFC 7208 §4.6.4).
    pub lookups: u32,
    /// Terms whose query found nothing (RFC 7208 §4.6.4).
    pub void_lookups: u32,
    /// Whether every DNS answer used was authentic (AD bit).
    pub authentic: bool,
    /// How long this outcome holds for the same domain and address, whoever the sender: the smallest TTL used. `None`
    /// when a macro of the sender or the HELO name was expanded, or DNS failed (RFC 7208 §7.3).
    pub reusable: Option<Duration>,
}

/// A result of RFC 7208 §2.6.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The host may send for the domain.
    Pass,
    /// The host may not.
    Fail,
    /// The host probably may not.
    Softfail,
    /// The domain owner says nothing about the host; to be treated like `None` (RFC 7208 §8.2).
    Neutral(Neutral),
    /// There is no policy.
    None(Absence),
    /// DNS failed; later the result may be another.
    Temperror(Box<Temperror>),
    /// The policy cannot be interpreted.
    Permerror(Box<Permerror>),
}

/// The directive that decided, and the record it stands in; prints as it stands there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Matched {
    pub(super) record: Arc<Record>,
    /// Which term of it; always a directive.
    pub(super) term: usize,
    pub(super) domain: Name,
}

/// What an SMTP server says when it acts on a verdict (RFC 7372 §3.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The reply code.
    pub code: u16,
    /// The enhanced status code (RFC 3463).
    pub status: &'static str,
}

impl Outcome {
    /// The result as RFC 7208 §2.6 and RFC 8601 §2.7.2 write it.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Softfail => "softfail",
            Self::Neutral(_) => "neutral",
            Self::None(_) => "none",
            Self::Temperror(_) => "temperror",
            Self::Permerror(_) => "permerror",
        }
    }
}

impl From<Qualifier> for Outcome {
    fn from(qualifier: Qualifier) -> Self {
        match qualifier {
            Qualifier::Pass => Self::Pass,
            Qualifier::Fail => Self::Fail,
            Qualifier::Softfail => Self::Softfail,
            Qualifier::Neutral => Self::Neutral(Neutral::Directive),
        }
    }
}

impl Matched {
    /// The directive; `None` never happens to a verdict of this crate.
    pub fn directive(&self) -> Option<&Directive> {
        match self.record.terms().get(self.term)? {
            Term::Directive(directive) => Some(directive),
            Term::Modifier(_) => None,
        }
    }

    /// The mechanism, as `Received-SPF` names it.
    pub fn mechanism(&self) -> Option<&Mechanism> {
        self.directive().map(|directive| &directive.mechanism)
    }

    /// The record it stands in.
    pub fn record(&self) -> &Record {
        &self.record
    }

    /// Whose record that is: the domain checked, or the target of its `redirect`.
    pub const fn domain(&self) -> &Name {
        &self.domain
    }
}

impl Verdict {
    /// The domain for people to read: `domain`, or else what stood in its place.
    pub fn domain_text(&self) -> &str {
        match (&self.domain, &self.unusable_domain) {
            (Some(name), _) => name.as_str(),
            (None, text) => text.as_deref().unwrap_or_default(),
        }
    }

    /// The record in force, whatever came of it: that of the domain, or of the target of its `redirect`, never that of an
    /// include. `None` when none was found that could be read.
    pub fn record(&self) -> Option<&Record> {
        self.matched.as_ref().map(Matched::record).or(self.record.as_deref())
    }

    /// Why the result is what it is, in a line for a postmaster: visible ASCII and spaces, long terms shortened.
    pub fn reason(&self) -> impl fmt::Display + '_ {
        Reason(self)
    }

    /// The codes of RFC 7372 §3.2 for a server that rejects `fail` or `permerror`, or defers `temperror`. `None` for
    /// results that are no reason to do so: `softfail` alone must not be one (RFC 7208 §8.5).
    pub const fn reply(&self) -> Option<Reply> {
        match self.outcome {
            // RFC 7208 §8.4, RFC 7372 §3.2: X.7.23, SPF validation failed.
            Outcome::Fail => Some(Reply { code: 550, status: "5.7.23" }),
            // RFC 7208 §8.6, RFC 7372 §3.2: X.7.24, SPF validation error.
            Outcome::Temperror(_) => Some(Reply { code: 451, status: "4.7.24" }),
            // RFC 7208 §8.7, RFC 7372 §3.2: X.7.24, SPF validation error.
            Outcome::Permerror(_) => Some(Reply { code: 550, status: "5.7.24" }),
            Outcome::Pass | Outcome::Softfail | Outcome::Neutral(_) | Outcome::None(_) => None,
        }
    }
}

struct Reason<'a>(&'a Verdict);

impl fmt::Display for Reason<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdict = self.0;
        match (&verdict.outcome, &verdict.matched) {
            (Outcome::None(absence), _) if verdict.domain_text().is_empty() => write!(f, "{absence}"),
            (Outcome::None(absence), _) => write!(f, "{}: {absence}", verdict.domain_text()),
            (Outcome::Temperror(cause), _) => cause.fmt(f),
            (Outcome::Permerror(cause), _) => cause.fmt(f),
            (Outcome::Neutral(Neutral::Default), _) => {
                write!(f, "{}: {}", verdict.domain_text(), Neutral::Default)
            }
            (
                Outcome::Pass | Outcome::Fail | Outcome::Softfail | Outcome::Neutral(Neutral::Directive),
                Some(matched),
            ) => {
                write!(f, "{} of {} matches ", Shown(matched), matched.domain)?;
                match verdict.ip {
                    IpAddr::V4(v4) => f.write_str(Dotted::new(v4).as_str()),
                    IpAddr::V6(v6) => v6.fmt(f),
                }
            }
            (
                Outcome::Pass | Outcome::Fail | Outcome::Softfail | Outcome::Neutral(Neutral::Directive),
                None,
            ) => f.write_str(verdict.outcome.word()),
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl fmt::Display for Matched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.directive().map_or(Ok(()), |directive| directive.fmt(f))
    }
}

impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.code, self.status)
    }
}
