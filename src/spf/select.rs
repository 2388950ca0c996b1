//! Which TXT record is the policy (RFC 7208 §4.5), and what it says.

use super::malformed::MalformedRecord;
use super::parse::begins_with_version;
use super::record::Record;
use crate::dns::{Answer, Txt};
use std::sync::Arc;

/// What the TXT records of a name hold.
#[derive(Clone, Debug)]
pub(super) enum Selection {
    Malformed(MalformedRecord),
    NoRecord,
    One(Arc<Record>),
    Several(usize),
}

impl Selection {
    /// Discards what does not begin with `v=spf1`, and parses what is left if it is a single record.
    pub(super) fn of(answer: &Answer) -> Self {
        let mut records = answer.txt().iter().filter(|txt| begins_with_version(txt.octets()));
        match (records.next(), records.count()) {
            (None, _) => Self::NoRecord,
            (Some(txt), 0) => Self::parse(txt),
            (Some(_), others) => Self::Several(others + 1),
        }
    }

    fn parse(txt: &Txt) -> Self {
        match Record::parse(txt.octets()) {
            Ok(record) => Self::One(Arc::new(record)),
            Err(error) => Self::Malformed(error.judge_joints(txt.octets(), txt.joints())),
        }
    }
}
