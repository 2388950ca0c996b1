//! Why a result is what it is. Every text is one line of visible ASCII and spaces.

use super::malformed::{MalformedRecord, Shown};
use crate::dns::{Explained, ExtendedError, Failure, Question};
use crate::name::{MalformedName, Name};
use std::fmt;

/// Why `neutral`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum Neutral {
    /// No mechanism matched, and there is no `redirect` (RFC 7208 §4.7).
    #[error("no mechanism matches, and the policy does not end in an all")]
    Default,
    /// A directive with the qualifier `?` matched.
    #[error("a directive with ? matches")]
    Directive,
}

/// Why `none`: there is no policy to judge by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Absence {
    /// The domain of the identity cannot have one (RFC 7208 §4.3).
    #[error(transparent)]
    Domain(UnusableDomain),
    /// The name exists, or may exist, but no TXT record begins with `v=spf1` (RFC 7208 §4.5).
    #[error("no SPF record")]
    NoRecord,
    /// The name does not exist (RFC 7208 §4.3).
    #[error("the domain does not exist (NXDOMAIN)")]
    NxDomain,
}

/// Why an identity holds no domain that can be checked (RFC 7208 §4.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UnusableDomain {
    /// An IP address, with or without brackets, in place of a domain.
    #[error("an address is no domain")]
    Address,
    /// Nothing at all.
    #[error("no domain")]
    Empty,
    /// Text that is no domain name.
    #[error("not a domain name: {0}")]
    Malformed(MalformedName),
    /// A HELO name outside ASCII (RFC 8616 §4).
    #[error("a HELO name outside ASCII")]
    NotAscii,
    /// A name of one label.
    #[error("a name of one label is not fully qualified")]
    SingleLabel,
}

/// A term of a record on the way to a cause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Whose record.
    pub domain: Name,
    /// The term as it prints, shortened when it is long.
    pub term: Box<str>,
}

/// Why `temperror`: a question without a usable answer (RFC 7208 §2.6.6).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Temperror {
    /// The terms that led there, from the first record to the last; empty for the first lookup.
    pub path: Vec<Place>,
    /// The question.
    pub question: Question,
    /// What happened to it.
    pub failure: Failure,
    /// What the server said about that.
    pub extended_error: Option<ExtendedError>,
}

/// Why `permerror`: a policy that cannot be interpreted (RFC 7208 §2.6.7).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Permerror {
    /// The terms that led there, from the first record to the last; empty when the first record itself is wrong.
    pub path: Vec<Place>,
    /// What is wrong.
    pub problem: Problem,
}

/// What is wrong with a policy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// One term more that asks DNS than allowed (RFC 7208 §4.6.4).
    #[error("more than {limit} terms that ask DNS")]
    LookupLimit {
        /// How many are allowed.
        limit: u32,
    },
    /// A syntax error anywhere in a record (RFC 7208 §4.6).
    #[error("record of {domain}: {error}")]
    Malformed {
        /// Whose record.
        domain: Name,
        /// What is wrong and where.
        error: MalformedRecord,
    },
    /// More mail exchanges than may be asked about (RFC 7208 §4.6.4).
    #[error("{domain} has {count} mail exchanges; {limit} may be asked for")]
    MxLimit {
        /// Whose mail exchanges.
        domain: Name,
        /// How many there are.
        count: usize,
        /// How many are allowed.
        limit: usize,
    },
    /// More than one record (RFC 7208 §4.5).
    #[error("{domain} has {count} SPF records; only one is allowed")]
    SeveralRecords {
        /// Whose records.
        domain: Name,
        /// How many there are.
        count: usize,
    },
    /// The target of an include or redirect whose macros do not expand to a domain name (RFC 7208 §6.1).
    #[error("the target expands to no domain name")]
    TargetMalformed,
    /// The target of an include or redirect has no policy (RFC 7208 §5.2, §6.1).
    #[error("{target}: {absence}")]
    TargetWithoutRecord {
        /// The target.
        target: Name,
        /// Why it has none.
        absence: Absence,
    },
    /// One query more without a record than allowed (RFC 7208 §4.6.4).
    #[error("more than {limit} void lookups (queries that found nothing)")]
    VoidLimit {
        /// How many are allowed.
        limit: u32,
    },
}

/// What ends an evaluation before its result.
#[derive(Clone, Debug)]
pub(super) enum Stop {
    /// A question is open.
    Paused,
    Permanent(Box<Permerror>),
    Temporary(Box<Temperror>),
}

impl Stop {
    pub(super) fn permanent(problem: Problem) -> Self {
        Self::Permanent(Box::new(Permerror { path: Vec::new(), problem }))
    }

    pub(super) fn temporary(
        question: Question,
        failure: Failure,
        extended_error: Option<&ExtendedError>,
    ) -> Self {
        let extended_error = extended_error.cloned();
        Self::Temporary(Box::new(Temperror { path: Vec::new(), question, failure, extended_error }))
    }

    /// The same, reached through `term` in the record of `domain`.
    pub(super) fn through(mut self, domain: &Name, term: &dyn fmt::Display) -> Self {
        let path = match &mut self {
            Self::Paused => return self,
            Self::Permanent(cause) => &mut cause.path,
            Self::Temporary(cause) => &mut cause.path,
        };
        path.insert(0, Place { domain: domain.clone(), term: Shown(term).to_string().into() });
        self
    }
}

impl From<crate::dns::Paused> for Stop {
    fn from(_: crate::dns::Paused) -> Self {
        Self::Paused
    }
}

impl From<Problem> for Stop {
    fn from(problem: Problem) -> Self {
        Self::permanent(problem)
    }
}

impl fmt::Display for Temperror {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_path(f, &self.path)?;
        let failure = Explained(self.failure, self.extended_error.as_ref());
        write!(f, "{}: {failure}", self.question)
    }
}

impl fmt::Display for Permerror {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_path(f, &self.path)?;
        self.problem.fmt(f)
    }
}

fn write_path(f: &mut fmt::Formatter<'_>, path: &[Place]) -> fmt::Result {
    path.iter().try_for_each(|place| write!(f, "{}: ", place.term))
}
