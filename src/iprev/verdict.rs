//! What came of a check, and why (RFC 8601 §2.7.3).

use crate::dns::{self, Answer, Explained, ExtendedError, Failure, Question};
use crate::name::Name;
use std::fmt;
use std::net::IpAddr;

/// Names that a reason lists at most.
const NAMES_SHOWN: usize = 3;

/// The result for one address.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Verdict {
    /// The address that was checked, never IPv4-mapped.
    pub ip: IpAddr,
    /// The result with its cause.
    pub outcome: Outcome,
    /// For `pass`: the name that points back; of several the first in alphabetical order.
    pub name: Option<Name>,
    /// The names whose addresses were asked for, in alphabetical order. Whoever holds the address has chosen them.
    pub names: Vec<Name>,
    /// Names beyond the limit, which were not looked at: the last in alphabetical order.
    pub names_left_out: usize,
    /// Whether every DNS answer used was authentic (AD bit).
    pub authentic: bool,
}

/// A result of RFC 8601 §2.7.3; there is no `none`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// A name of the address points back to it.
    Pass,
    /// The address has names, and none points back.
    Fail(Disagreement),
    /// DNS failed; later the result may be another.
    Temperror(Box<Unavailable>),
    /// The address has no name.
    Permerror(NoName),
}

/// Why no name points back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum Disagreement {
    /// None of the names has an address of this family.
    #[error("no name of the address has an address itself")]
    NoAddress,
    /// Names have addresses, and this one is not among them.
    #[error("the names of the address have other addresses")]
    OtherAddress,
}

/// Why there is no name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum NoName {
    /// The reverse name exists and has no PTR record.
    #[error("the address has no PTR record")]
    NoData,
    /// The reverse name does not exist.
    #[error("the address has no PTR record (NXDOMAIN)")]
    NxDomain,
}

/// DNS did not tell the names, or the addresses of one of them.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{question}: {}", Explained(*.failure, .extended_error.as_ref()))]
#[non_exhaustive]
pub struct Unavailable {
    /// What was asked.
    pub question: Question,
    /// How it failed.
    pub failure: Failure,
    /// What the server said about that.
    pub extended_error: Option<ExtendedError>,
}

impl Unavailable {
    /// The failure of a question, if it failed.
    pub(super) fn of(question: &Question, answer: &Answer) -> Option<Self> {
        let dns::Outcome::Failed(failure) = answer.outcome() else {
            return None;
        };
        let extended_error = answer.details().extended_error.clone();
        Some(Self { question: question.clone(), failure: *failure, extended_error })
    }
}

impl Outcome {
    /// The result as RFC 8601 §2.7.3 writes it.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail(_) => "fail",
            Self::Temperror(_) => "temperror",
            Self::Permerror(_) => "permerror",
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl Verdict {
    /// Why the result is what it is, in a line for a postmaster: visible ASCII and spaces.
    pub fn reason(&self) -> impl fmt::Display + '_ {
        Reason(self)
    }
}

struct Reason<'a>(&'a Verdict);

impl fmt::Display for Reason<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdict = self.0;
        match (&verdict.outcome, &verdict.name) {
            (Outcome::Pass, Some(name)) => write!(f, "{name} points back to {}", verdict.ip),
            (Outcome::Pass, None) => f.write_str(verdict.outcome.word()),
            (Outcome::Temperror(cause), _) => cause.fmt(f),
            (Outcome::Permerror(cause), _) => cause.fmt(f),
            (Outcome::Fail(cause), _) => {
                write!(f, "{cause}: ")?;
                verdict.write_names(f)
            }
        }
    }
}

impl Verdict {
    fn write_names(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, name) in self.names.iter().take(NAMES_SHOWN).enumerate() {
            write!(f, "{}{name}", if index == 0 { "" } else { ", " })?;
        }
        let more = self.names.len().saturating_sub(NAMES_SHOWN);
        if more > 0 {
            write!(f, " and {more} more")?;
        }
        match self.names_left_out {
            0 => Ok(()),
            count => write!(f, "; {count} more were not looked at"),
        }
    }
}
