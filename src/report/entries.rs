//! A report as Authentication-Results entries (RFC 8601 §2.7, RFC 6008, RFC 9989 §9.1).

use super::Report;
use crate::authres::Entry;
use crate::dkim;
use crate::dmarc;
use crate::spf;

pub(super) fn entries(report: &Report) -> Vec<Entry> {
    let mut entries: Vec<_> = spf_entries(report).collect();
    if report.dkim.is_empty() {
        entries.push(Entry::new("dkim", "none").with_reason("no signature"));
    }
    entries.extend(report.dkim.iter().map(dkim_entry));
    entries.push(dmarc_entry(&report.dmarc));
    entries
}

/// One entry for each identity; with a null reverse-path both are the HELO name, which is said once.
fn spf_entries(report: &Report) -> impl Iterator<Item = Entry> {
    let mail_from = report.mail_from.as_ref().map(|verdict| spf_entry(verdict, report.helo.is_some()));
    report.helo.as_ref().map(|verdict| spf_entry(verdict, false)).into_iter().chain(mail_from.flatten().into_iter())
}

fn dkim_entry(verdict: &dkim::Verdict) -> Entry {
    let mut entry = Entry::new("dkim", verdict.outcome.word());
    let bits = verdict.key_bits.map(|bits| format!("{bits}-bit key"));
    let testing = verdict.testing.then(|| "testing".to_owned());
    let unsigned = (verdict.unsigned_body_octets > 0)
        .then(|| format!("{} octets of the body are not signed", verdict.unsigned_body_octets));
    let comments: Vec<_> = [bits, testing, unsigned].into_iter().flatten().collect();
    entry = entry.with_comment(comments.join(", ")).with_reason(verdict.outcome.reason().unwrap_or_default());
    let text = |part: Option<String>| part.unwrap_or_default();
    entry
        .with("header", "d", text(verdict.domain.as_ref().map(ToString::to_string)))
        .with("header", "i", text(verdict.identity.clone()))
        .with("header", "s", text(verdict.selector.as_ref().map(ToString::to_string)))
        .with("header", "a", text(verdict.algorithm.as_ref().map(ToString::to_string)))
        // RFC 6008 §4: which of several signatures is meant.
        .with("header", "b", text(verdict.signature_prefix.clone()))
}
