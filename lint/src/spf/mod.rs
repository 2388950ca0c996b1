//! SPF records, without DNS.

mod networks;
mod policy;
mod syntax;

pub(crate) use networks::{Network, Networks};
pub(crate) use policy::{NEARLY, TERMS, count};

use crate::finding::{Finding, shown};
use crate::record::Record;
use mailproof::spf::{Flaw, MalformedRecord, Term};
use std::ops::Range;

/// Octets of a record that are safe in an answer over UDP, beside the rest of it (RFC 7208 §3.4).
const SAFE_OCTETS: usize = 450;

/// Octets of one string of a TXT record at most (RFC 1035 §3.3).
const STRING_OCTETS: usize = 255;

/// What every record begins with.
const VERSION: &[u8] = b"v=spf1";

/// A word between spaces: a term, or what should have been one.
pub(crate) struct Word<'a> {
    pub(crate) start: usize,
    pub(crate) text: &'a [u8],
    pub(crate) term: Result<Term, MalformedRecord>,
}

impl<'a> Word<'a> {
    fn new(start: usize, text: &'a [u8]) -> Self {
        Self { start, text, term: term(text) }
    }

    pub(crate) const fn span(&self) -> Range<usize> {
        self.start..self.start + self.text.len()
    }

    /// With the space in front of it: what has to go when the term goes.
    fn span_with_space(&self) -> Range<usize> {
        self.start.saturating_sub(1)..self.start + self.text.len()
    }
}

/// The engine's judgement of one term. It stops at the first error of a record, so it is asked about each term alone.
fn term(text: &[u8]) -> Result<Term, MalformedRecord> {
    let none = MalformedRecord { offset: 0, flaw: Flaw::UnknownMechanism, term: "".into(), glued_at: None };
    let record = mailproof::spf::Record::parse([VERSION, b" ", text].concat())?;
    record.terms().first().cloned().ok_or(none)
}

fn is_term(text: &[u8]) -> bool {
    !text.is_empty() && !text.contains(&b' ') && term(text).is_ok()
}

/// Everything that is wrong with a record.
pub(crate) fn lint(record: &Record) -> Vec<Finding> {
    let text = record.octets();
    let mut findings = Vec::new();
    if record.is_type_spf {
        findings.push(Finding::spf(47, "the record has the type SPF (99), which nobody asks for"));
    }
    if is_sender_id(text) {
        let message = "spf2.0 is Sender ID, which was given up";
        findings.push(Finding::spf(46, message).at(0..text.len().min(7)).breaking());
        return findings;
    }
    let (terms_start, version) = version(text);
    findings.extend(version);
    let words = syntax::judge(words(text, terms_start), record.txt.joints(), &mut findings);
    policy::judge(&words, &mut findings);
    size(record, &mut findings);
    findings
}

fn is_sender_id(text: &[u8]) -> bool {
    let text = text.trim_ascii_start();
    text.get(..7).is_some_and(|begin| begin.eq_ignore_ascii_case(b"spf2.0/"))
}

/// The words behind the version, each judged by the engine.
pub(crate) fn words(text: &[u8], start: usize) -> Vec<Word<'_>> {
    let mut next = start;
    let mut words = Vec::new();
    for word in text.get(start..).unwrap_or_default().split(|octet| *octet == b' ') {
        if !word.is_empty() {
            words.push(Word::new(next, word));
        }
        next += word.len() + 1;
    }
    words
}

/// Where the terms begin, and what is wrong with what stands before them.
fn version(text: &[u8]) -> (usize, Option<Finding>) {
    let begins =
        |text: &[u8]| text.get(..VERSION.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(VERSION));
    if begins(text) && matches!(text.get(VERSION.len()), None | Some(b' ')) {
        return (VERSION.len(), None);
    }
    let finding = |number, message: &str, end: usize| Finding::spf(number, message).at(0..end).breaking();
    let lower = text.to_ascii_lowercase();
    let found = lower.windows(VERSION.len()).position(|window| window == VERSION);
    // Something in front: quotation marks, spaces, a byte order mark.
    if let Some(at @ 1..) = found.filter(|at| *at < 8) {
        let message = "something stands in front of v=spf1, which has to be the very beginning";
        return (end_of_version(text, at), Some(finding(43, message, at).mended(0..at, *b"")));
    }
    if found == Some(0) {
        let behind = text.get(VERSION.len()).copied().unwrap_or_default();
        let end = VERSION.len() + 1;
        return match behind {
            b'\t' | b'"' | b'\r' | b'\n' | 0x80.. => {
                let run = text.iter().skip(VERSION.len());
                let run = run.take_while(|octet| !octet.is_ascii_graphic() || **octet == b'"').count();
                let span = VERSION.len()..VERSION.len() + run;
                let message = "v=spf1 is not followed by a space but by something that looks like one, or by a quotation mark";
                (span.end, Some(finding(43, message, span.end).mended(span, *b" ")))
            }
            b';' | b',' | b':' | b'.' => {
                let message = format!("v=spf1 is followed by \"{}\" in place of a space", char::from(behind));
                (end, Some(finding(42, &message, end).mended(VERSION.len()..end, *b" ")))
            }
            _ => {
                let word_end = text.iter().position(|octet| *octet == b' ').unwrap_or(text.len());
                let glued = text.get(VERSION.len()..word_end).unwrap_or_default();
                let message = format!(
                    "\"{}\" is not the version v=spf1",
                    shown(text.get(..word_end).unwrap_or_default())
                );
                let finding = finding(42, &message, word_end);
                if is_term(glued) && behind.is_ascii_alphabetic() {
                    return (VERSION.len(), Some(finding.mended(VERSION.len()..VERSION.len(), *b" ")));
                }
                (word_end, Some(finding))
            }
        };
    }
    // Close to a version: v=spf, v = spf1, vspf1, v=spf2.
    let word_end = end_of_version(text, 0);
    let dense: Vec<u8> = lower.iter().copied().filter(u8::is_ascii_graphic).take(6).collect();
    let spread =
        lower.iter().enumerate().filter(|(_, octet)| octet.is_ascii_graphic()).nth(5).map(|(at, _)| at + 1);
    if let (true, Some(end)) = (dense == VERSION, spread) {
        let message = "v=spf1 is written with spaces in it";
        return (end, Some(finding(42, message, end).mended(0..end, VERSION)));
    }
    let first = lower.get(..word_end).unwrap_or_default();
    let is_version = first.starts_with(b"v=") || first.starts_with(b"spf") || first.starts_with(b"vspf");
    let message = format!(
        "the record does not begin with v=spf1 but with \"{}\"",
        shown(text.get(..word_end).unwrap_or_default())
    );
    if is_version {
        let finding = finding(42, &message, word_end);
        let is_cut = matches!(first, b"v=spf" | b"spf1" | b"vspf1");
        return (word_end, Some(if is_cut { finding.mended(0..word_end, VERSION) } else { finding }));
    }
    (0, Some(finding(42, &message, word_end)))
}

fn end_of_version(text: &[u8], start: usize) -> usize {
    let rest = text.get(start..).unwrap_or_default();
    start + rest.iter().position(|octet| *octet == b' ').unwrap_or(rest.len())
}

fn size(record: &Record, findings: &mut Vec<Finding>) {
    let octets = record.wire_octets();
    if octets > SAFE_OCTETS {
        findings.push(Finding::spf(
            25,
            format!("{octets} octets; more than {SAFE_OCTETS} may not fit beside the rest of the answer"),
        ));
    }
    if record.is_split {
        for (start, string) in record.strings().filter(|(_, string)| string.len() > STRING_OCTETS) {
            let message = format!("a string of {} octets", string.len());
            findings.push(Finding::spf(24, message).at(start..start + string.len()));
        }
    }
}
