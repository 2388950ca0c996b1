//! A report as Authentication-Results entries (RFC 8601 §2.7, RFC 6008, RFC 9989 §9.1).

use super::Report;
use crate::arc;
use crate::authres::Entry;
use crate::dkim;
use crate::dmarc;
use crate::iprev;
use crate::name::Name;
use crate::spf;

/// Signatures that did not pass listed at most. A message may hold as many of them as its header section has room for;
/// each would become an entry several times its size.
const NOT_PASSED: usize = 20;

pub(super) fn entries(report: &Report) -> Vec<Entry> {
    let mut entries: Vec<_> = spf_entries(report).collect();
    if report.dkim.is_empty() {
        entries.push(Entry::new("dkim", "none").with_comment("no signature"));
    }
    entries.extend(dkim_entries(&report.dkim));
    entries.extend(report.atps.as_ref().map(atps_entry));
    // Nothing is said of a message without a chain, as most are.
    if report.arc.outcome != arc::Outcome::None {
        entries.push(arc_entry(report));
    }
    entries.push(dmarc_entry(report));
    entries.extend(report.iprev.as_ref().map(iprev_entry));
    entries
}

/// RFC 6008 §3: one entry for each signature; of those that passed there are no more than were evaluated.
fn dkim_entries(verdicts: &[dkim::Verdict]) -> Vec<Entry> {
    let mut room = NOT_PASSED;
    let mut entries = Vec::new();
    let mut left_out = 0_usize;
    for verdict in verdicts {
        if !verdict.outcome.is_pass() {
            let Some(less) = room.checked_sub(1) else {
                left_out += 1;
                continue;
            };
            room = less;
        }
        entries.push(dkim_entry(verdict));
    }
    if left_out > 0 {
        let reason = format!("{left_out} more signatures, none of which passed, are not listed");
        entries.push(Entry::new("dkim", "neutral").with_reason(reason));
    }
    entries
}

/// One entry for each identity. With a null reverse-path both are the HELO name (RFC 7208 §2.4), which is said once.
fn spf_entries(report: &Report) -> impl Iterator<Item = Entry> {
    let helo = report.helo.iter();
    let mail_from =
        report.mail_from.iter().filter(|verdict| report.helo.is_none() || !is_null(&verdict.identity));
    helo.chain(mail_from).map(spf_entry)
}

fn is_null(identity: &spf::Identity) -> bool {
    match identity {
        spf::Identity::Helo => false,
        spf::Identity::MailFrom(reverse_path) => reverse_path.is_empty(),
    }
}

fn spf_entry(verdict: &spf::Verdict) -> Entry {
    let entry = Entry::new("spf", verdict.outcome.word()).with_reason(verdict.reason().to_string());
    let property = match &verdict.identity {
        spf::Identity::MailFrom(reverse_path) if !reverse_path.is_empty() => "mailfrom",
        spf::Identity::Helo | spf::Identity::MailFrom(_) => "helo",
    };
    // RFC 8601 §2.7.2: the domain alone, since the local part was not authenticated.
    entry.with("smtp", property, verdict.domain_text())
}

fn dkim_entry(verdict: &dkim::Verdict) -> Entry {
    let mut entry = Entry::new("dkim", verdict.outcome.word());
    let bits = verdict.key_bits.map(|bits| format!("{bits}-bit key"));
    let testing = verdict.testing.then(|| "testing".to_owned());
    let unsigned = (verdict.unsigned_body_octets > 0)
        .then(|| format!("{} octets of the body are not signed", verdict.unsigned_body_octets));
    let comments: Vec<_> = [bits, testing, unsigned].into_iter().flatten().collect();
    entry = entry.with_comment(comments.join(", ")).with_reason(verdict.outcome.reason().unwrap_or_default());
    entry
        .with("header", "d", verdict.domain.as_ref().map_or("", Name::as_str))
        .with("header", "i", verdict.identity.as_deref().unwrap_or_default())
        .with("header", "s", verdict.selector.as_ref().map_or("", Name::as_str))
        .with("header", "a", verdict.algorithm.map(dkim::Algorithm::as_str).unwrap_or_default())
        // RFC 6008 §4: which of several signatures is meant.
        .with("header", "b", verdict.signature_prefix.as_deref().unwrap_or_default())
}

/// RFC 8617 §6, §10.1.
pub(super) fn arc_entry(report: &Report) -> Entry {
    let verdict = &report.arc;
    let oldest_pass = verdict.oldest_pass.map(|instance| instance.to_string());
    Entry::new("arc", verdict.outcome.word())
        .with_reason(verdict.outcome.reason().unwrap_or_default())
        .with("smtp", "remote-ip", report.remote_ip.map(|ip| ip.to_string()).unwrap_or_default())
        .with("header", "oldest-pass", oldest_pass.unwrap_or_default())
}

/// RFC 6541 §8.2; the domain alone, as for DMARC.
fn atps_entry(verdict: &dkim::atps::Verdict) -> Entry {
    let signer = verdict.signer.as_ref().map(|signer| format!("signed by {signer}"));
    Entry::new("dkim-atps", verdict.outcome.word())
        .with_comment(signer.unwrap_or_default())
        .with_reason(verdict.outcome.reason().unwrap_or_default())
        .with("header", "from", verdict.author_domain.as_str())
}

fn dmarc_entry(report: &Report) -> Entry {
    let verdict = &report.dmarc;
    let published = verdict.record.as_ref().map(|record| published(record)).filter(|text| !text.is_empty());
    let excuse = report
        .dmarc_override
        .as_ref()
        .map(|excuse| format!("local policy: {} reported {}=pass", excuse.sealer, excuse.testimony.word()));
    let comments: Vec<_> = [published, excuse].into_iter().flatten().collect();
    let mut entry = Entry::new("dmarc", verdict.outcome.word()).with_comment(comments.join("; "));
    if verdict.outcome != dmarc::Outcome::Pass {
        entry = entry.with_reason(verdict.reason());
    }
    let author = verdict.author_domain.as_ref().map_or("", Name::as_str);
    // RFC 9989 §9.1: the policy that applies, after sp, np and t.
    let policy = verdict.policy.map(dmarc::Policy::word).unwrap_or_default();
    entry.with("header", "from", author).with("policy", "dmarc", policy)
}

/// RFC 8601 §2.7.3: the address is the property; the name that points back, which is not one, a comment.
fn iprev_entry(verdict: &iprev::Verdict) -> Entry {
    let entry = Entry::new("iprev", verdict.outcome.word());
    let entry = match &verdict.name {
        Some(name) => entry.with_comment(name.as_str()),
        None => entry.with_reason(verdict.reason().to_string()),
    };
    entry.with("policy", "iprev", verdict.ip.to_string())
}

/// The policies as the record publishes them.
fn published(record: &dmarc::Record) -> String {
    let mut text = String::new();
    for (tag, stated) in [("p", record.p), ("sp", record.sp), ("np", record.np)] {
        if let Some(policy) = stated.policy() {
            let space = if text.is_empty() { "" } else { " " };
            text.extend([space, tag, "=", policy.word()]);
        }
    }
    if record.testing {
        text.push_str(if text.is_empty() { "t=y" } else { " t=y" });
    }
    text
}
