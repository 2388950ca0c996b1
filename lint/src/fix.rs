//! Mending what can be mended for certain.

use crate::finding::{Damage, Edit, Finding};
use crate::record::{Record, lint};
use mailproof::dns::Txt;
use std::collections::{BTreeMap, HashSet};

/// Rounds at most: mending one thing may bring another to light, such as a typo behind a pasted quotation mark.
const ROUNDS: usize = 8;

/// Octets of one string of a TXT record at most (RFC 1035 §3.3).
const STRING_OCTETS: usize = 255;

/// A record that was mended.
#[derive(Clone, Debug)]
pub struct Fixed {
    /// The record as it should be published, in strings of at most 255 octets.
    pub record: Record,
    /// What was found and is not found any more.
    pub mended: Vec<Finding>,
    /// What is still found.
    pub left: Vec<Finding>,
    /// Whether anything was mended.
    pub is_changed: bool,
}

/// Mends what can be mended for certain, and says what cannot.
pub fn fixed(record: &Record) -> Fixed {
    let mut current = record.clone();
    let mut seen = Vec::new();
    let mut left = lint(&current);
    for _ in 0..ROUNDS {
        let edits = edits(&left);
        let octets = apply(current.octets(), &edits);
        let is_changed =
            !edits.is_empty() || current.strings().any(|(_, string)| string.len() > STRING_OCTETS);
        let mended = Record { txt: Txt::new(octets.chunks(STRING_OCTETS)), ..current.clone() };
        let found = lint(&mended);
        // A semicolon between two tags may make a third one stand there twice: what was usable stays so.
        if breaks(&found) && !breaks(&left) {
            break;
        }
        seen.append(&mut left);
        (current, left) = (mended, found);
        if !is_changed {
            break;
        }
    }
    let still: HashSet<_> = left.iter().map(|finding| finding.check.to_string()).collect();
    let mut told = HashSet::new();
    let mut mended = seen;
    mended.retain(|finding| {
        let id = finding.check.to_string();
        !still.contains(&id) && told.insert((id, finding.message.clone()))
    });
    let was_long = record.is_split && record.strings().any(|(_, string)| string.len() > STRING_OCTETS);
    let is_changed = was_long || current.octets() != record.octets();
    Fixed { record: current, mended, left, is_changed }
}

/// Whether the record is of no use.
fn breaks(findings: &[Finding]) -> bool {
    findings.iter().any(|finding| finding.damage == Damage::Record)
}

/// The edits of all findings that can be made together, left to right. A finding is mended whole or, for now, not at all.
fn edits(findings: &[Finding]) -> Vec<&Edit> {
    let mut chosen: BTreeMap<usize, &Edit> = BTreeMap::new();
    for finding in findings.iter().filter(|finding| !finding.mend.is_empty()) {
        let is_free = |edit: &Edit| {
            let before = chosen.range(..=edit.span.start).next_back();
            let is_behind = before
                .is_none_or(|(start, other)| other.span.end <= edit.span.start && *start != edit.span.start);
            let behind = chosen.range(edit.span.start..).next();
            is_behind && behind.is_none_or(|(start, _)| edit.span.end <= *start)
        };
        if finding.mend.iter().all(is_free) {
            chosen.extend(finding.mend.iter().map(|edit| (edit.span.start, edit)));
        }
    }
    chosen.into_values().collect()
}

fn apply(octets: &[u8], edits: &[&Edit]) -> Vec<u8> {
    let mut out = Vec::with_capacity(octets.len());
    let mut next = 0;
    for edit in edits {
        out.extend_from_slice(octets.get(next..edit.span.start).unwrap_or_default());
        out.extend_from_slice(&edit.by);
        next = edit.span.end.max(next);
    }
    out.extend_from_slice(octets.get(next..).unwrap_or_default());
    out
}
