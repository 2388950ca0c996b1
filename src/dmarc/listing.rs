//! What stands at `_dmarc` below a domain (RFC 9989 §4.10 steps 2 and 6).

use super::parse::{NotDmarc, is_dmarc};
use super::record::Record;
use crate::dns::{Answer, Failure, Outcome};
use crate::name::{MalformedName, Name};
use std::fmt;
use std::sync::Arc;

/// A domain whose `_dmarc` name was asked about, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visit {
    /// The domain, without `_dmarc`.
    pub domain: Name,
    /// The record; or why there is none.
    pub listing: Result<Published, Absence>,
}

/// A DMARC record where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published {
    /// The domain it is published for, without `_dmarc`.
    pub domain: Name,
    /// The record.
    pub record: Arc<Record>,
    /// The text it was read from, strings joined.
    pub text: Arc<[u8]>,
    /// Whether the answer was authenticated by DNSSEC.
    pub authentic: bool,
}

/// Why a domain has no DMARC record.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Absence {
    /// The CNAME at `_dmarc` leads to a name without one.
    Alias {
        /// The last name of the chain.
        target: Name,
        /// Why there is none.
        absence: Box<Self>,
    },
    /// `_dmarc` in front makes the name too long to exist.
    NameTooLong,
    /// There is no TXT record.
    NoData,
    /// The name does not exist.
    NxDomain,
    /// More than one: all are discarded (RFC 9989 §4.10).
    Several {
        /// How many.
        count: usize,
    },
    /// TXT records, but none that is a DMARC record.
    Stray(Stray),
}

/// TXT records that are no DMARC records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stray {
    /// How many there are.
    pub count: usize,
    /// Why the first of those that come closest is none.
    pub reason: NotDmarc,
}

/// What an answer's TXT records say, independent of where they stand; made once for each answer.
enum Reading {
    Absent(Absence),
    One { record: Arc<Record>, text: Arc<[u8]> },
}

/// Reads the answer to the question for TXT records at `_dmarc` below `domain`.
pub(super) fn read(domain: &Name, answer: &Answer) -> Result<Visit, Failure> {
    if let Outcome::Failed(failure) = answer.outcome() {
        return Err(*failure);
    }
    let listing = match answer.read(Reading::new) {
        Reading::Absent(absence) => Err(absence.clone()),
        Reading::One { record, text } => Ok(Published {
            domain: domain.clone(),
            record: Arc::clone(record),
            text: Arc::clone(text),
            authentic: answer.is_authentic(),
        }),
    };
    Ok(Visit { domain: domain.clone(), listing })
}

impl Reading {
    fn new(answer: &Answer) -> Self {
        // RFC 9989 §4.10: records of another version are discarded, and so are several of this one.
        let mut candidates = answer.txt().iter().filter(|txt| is_dmarc(txt.octets()).is_ok());
        if let (Some(txt), None) = (candidates.next(), candidates.next())
            && let Ok(record) = Record::parse(txt.octets())
        {
            return Self::One { record: Arc::new(record), text: txt.octets().into() };
        }
        let absence = Absence::new(answer);
        Self::Absent(match answer.aliases().last() {
            Some(target) => Absence::Alias { target: target.clone(), absence: Box::new(absence) },
            None => absence,
        })
    }
}

impl Absence {
    fn new(answer: &Answer) -> Self {
        match answer.outcome() {
            Outcome::NxDomain => Self::NxDomain,
            Outcome::Failed(_) | Outcome::NoData => Self::NoData,
            Outcome::Found(_) => Self::among(answer),
        }
    }

    fn among(answer: &Answer) -> Self {
        let reasons = answer.txt().iter().filter_map(|txt| is_dmarc(txt.octets()).err());
        let strays = reasons.clone().count();
        let count = answer.txt().len();
        match reasons.min() {
            Some(reason) if strays == count => Self::Stray(Stray { count, reason }),
            _ => Self::Several { count: count - strays },
        }
    }
}

impl From<MalformedName> for Absence {
    fn from(_: MalformedName) -> Self {
        Self::NameTooLong
    }
}

impl fmt::Display for Absence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Alias { target, absence } => write!(f, "CNAME to {target}: {absence}"),
            Self::NameTooLong => f.write_str("the name would be too long"),
            Self::NoData => f.write_str("no TXT record"),
            Self::NxDomain => f.write_str("NXDOMAIN"),
            Self::Several { count } => write!(f, "{count} DMARC records where one may be"),
            Self::Stray(Stray { count: 1, reason }) => write!(f, "its TXT record is {reason}"),
            Self::Stray(Stray { count, reason }) => {
                write!(f, "none of its {count} TXT records is one: {reason}")
            }
        }
    }
}
