//! Which TXT record is the policy (RFC 7208 §4.5), and what it says.

use super::compiled::Slot;
use super::draft::is_worthwhile;
use super::malformed::MalformedRecord;
use super::parse::begins_with_version;
use super::record::Record;
use crate::dns::{Answer, Kind, Txt};
use std::sync::Arc;

/// What the TXT records of a name hold.
#[derive(Debug)]
pub(super) enum Selection {
    Malformed(MalformedRecord),
    NoRecord,
    One(Policy),
    Several(usize),
}

/// A record, and what the policy that begins with it is compiled into.
#[derive(Debug)]
pub(super) struct Policy {
    pub(super) record: Arc<Record>,
    is_worthwhile: bool,
    v4: Slot,
    v6: Slot,
}

impl Selection {
    /// What is made of an answer, made once.
    pub(super) fn read(answer: &Answer) -> &Self {
        answer.read(Self::of)
    }

    /// Where the policy compiled for clients asked for by records of `kind` stands, if there may be one.
    pub(super) fn slot(&self, kind: Kind) -> Option<&Slot> {
        match self {
            Self::One(policy) if policy.is_worthwhile => {
                Some(if kind == Kind::A { &policy.v4 } else { &policy.v6 })
            }
            Self::Malformed(_) | Self::NoRecord | Self::One(_) | Self::Several(_) => None,
        }
    }

    /// Discards what does not begin with `v=spf1`, and parses what is left if it is a single record.
    fn of(answer: &Answer) -> Self {
        let mut records = answer.txt().iter().filter(|txt| begins_with_version(txt.octets()));
        match (records.next(), records.count()) {
            (None, _) => Self::NoRecord,
            (Some(txt), 0) => Self::parse(txt),
            (Some(_), others) => Self::Several(others + 1),
        }
    }

    fn parse(txt: &Txt) -> Self {
        match Record::parse(txt.octets()) {
            Ok(record) => {
                let is_worthwhile = is_worthwhile(&record);
                Self::One(Policy {
                    record: Arc::new(record),
                    is_worthwhile,
                    v4: Slot::default(),
                    v6: Slot::default(),
                })
            }
            Err(error) => Self::Malformed(error.judge_joints(txt.octets(), txt.joints())),
        }
    }
}
