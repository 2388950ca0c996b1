//! A report told result by result, as Authentication-Results lists them (RFC 8601 §2.7, RFC 6008, RFC 9989 §9.1).

use super::Report;
use crate::arc;
use crate::authres::Scribe;
use crate::dkim;
use crate::dmarc;
use crate::iprev;
use crate::name::Name;
use crate::spf;
use std::fmt;

/// Signatures that did not pass listed at most. A message may hold as many of them as its header section has room for;
/// each would become an entry several times its size.
const NOT_PASSED: usize = 20;

pub(super) fn tell(report: &Report, scribe: &mut impl Scribe) {
    tell_spf(report, scribe);
    tell_dkim(&report.dkim, scribe);
    if let Some(verdict) = &report.atps {
        tell_atps(verdict, scribe);
    }
    // Nothing is said of a message without a chain, as most are.
    if report.arc.outcome != arc::Outcome::None {
        tell_arc(report, scribe);
    }
    tell_dmarc(report, scribe);
    if let Some(verdict) = &report.iprev {
        tell_iprev(verdict, scribe);
    }
}

/// RFC 6008 §3: one entry for each signature; of those that passed there are no more than were evaluated.
fn tell_dkim(verdicts: &[dkim::Verdict], scribe: &mut impl Scribe) {
    if verdicts.is_empty() {
        scribe.result("dkim", "none");
        scribe.comment("no signature");
    }
    let mut room = NOT_PASSED;
    let mut left_out = 0_usize;
    for verdict in verdicts {
        if !verdict.outcome.is_pass() {
            let Some(less) = room.checked_sub(1) else {
                left_out += 1;
                continue;
            };
            room = less;
        }
        tell_signature(verdict, scribe);
    }
    if left_out > 0 {
        scribe.result("dkim", "neutral");
        scribe.reason(format_args!("{left_out} more signatures, none of which passed, are not listed"));
    }
}

/// One entry for each identity. With a null reverse-path both are the HELO name (RFC 7208 §2.4), which is said once.
fn tell_spf(report: &Report, scribe: &mut impl Scribe) {
    if let Some(verdict) = &report.helo {
        tell_identity(verdict, scribe);
    }
    if let Some(verdict) = &report.mail_from
        && (report.helo.is_none() || !is_null(&verdict.identity))
    {
        tell_identity(verdict, scribe);
    }
}

fn is_null(identity: &spf::Identity) -> bool {
    match identity {
        spf::Identity::Helo => false,
        spf::Identity::MailFrom(reverse_path) => reverse_path.is_empty(),
    }
}

fn tell_identity(verdict: &spf::Verdict, scribe: &mut impl Scribe) {
    let property = match &verdict.identity {
        spf::Identity::MailFrom(reverse_path) if !reverse_path.is_empty() => "mailfrom",
        spf::Identity::Helo | spf::Identity::MailFrom(_) => "helo",
    };
    scribe.result("spf", verdict.outcome.word());
    scribe.reason(verdict.reason());
    // RFC 8601 §2.7.2: the domain alone, since the local part was not authenticated.
    scribe.property("smtp", property, verdict.domain_text());
}

fn tell_signature(verdict: &dkim::Verdict, scribe: &mut impl Scribe) {
    scribe.result("dkim", verdict.outcome.word());
    scribe.comment(SignatureNotes(verdict));
    if let Some(reason) = verdict.outcome.reason() {
        scribe.reason(reason);
    }
    scribe.property("header", "d", verdict.domain.as_ref().map_or("", Name::as_str));
    scribe.property("header", "i", verdict.identity.as_deref().unwrap_or_default());
    scribe.property("header", "s", verdict.selector.as_ref().map_or("", Name::as_str));
    scribe.property("header", "a", verdict.algorithm.map(dkim::Algorithm::as_str).unwrap_or_default());
    // RFC 6008 §4: which of several signatures is meant.
    scribe.property("header", "b", verdict.signature_prefix.as_deref().unwrap_or_default());
}

/// RFC 8617 §6, §10.1.
pub(super) fn tell_arc(report: &Report, scribe: &mut impl Scribe) {
    let verdict = &report.arc;
    scribe.result("arc", verdict.outcome.word());
    if let Some(reason) = verdict.outcome.reason() {
        scribe.reason(reason);
    }
    if let Some(ip) = report.remote_ip {
        scribe.property("smtp", "remote-ip", &ip.to_string());
    }
    if let Some(instance) = verdict.oldest_pass {
        scribe.property("header", "oldest-pass", &instance.to_string());
    }
}

/// RFC 6541 §8.2; the domain alone, as for DMARC.
fn tell_atps(verdict: &dkim::atps::Verdict, scribe: &mut impl Scribe) {
    scribe.result("dkim-atps", verdict.outcome.word());
    if let Some(signer) = &verdict.signer {
        scribe.comment(format_args!("signed by {signer}"));
    }
    if let Some(reason) = verdict.outcome.reason() {
        scribe.reason(reason);
    }
    scribe.property("header", "from", verdict.author_domain.as_str());
}

fn tell_dmarc(report: &Report, scribe: &mut impl Scribe) {
    let verdict = &report.dmarc;
    scribe.result("dmarc", verdict.outcome.word());
    scribe.comment(PolicyNotes(report));
    if verdict.outcome != dmarc::Outcome::Pass {
        scribe.reason(verdict.reason());
    }
    scribe.property("header", "from", verdict.author_domain.as_ref().map_or("", Name::as_str));
    // RFC 9989 §9.1: the policy that applies, after sp, np and t.
    scribe.property("policy", "dmarc", verdict.policy.map(dmarc::Policy::word).unwrap_or_default());
}

/// RFC 8601 §2.7.3: the address is the property; the name that points back, which is not one, a comment.
fn tell_iprev(verdict: &iprev::Verdict, scribe: &mut impl Scribe) {
    scribe.result("iprev", verdict.outcome.word());
    match &verdict.name {
        Some(name) => scribe.comment(name.as_str()),
        None => scribe.reason(verdict.reason()),
    }
    scribe.property("policy", "iprev", &verdict.ip.to_string());
}

/// What is to be known of a signature besides its result.
struct SignatureNotes<'a>(&'a dkim::Verdict);

impl fmt::Display for SignatureNotes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(verdict) = self;
        let mut gap = "";
        if let Some(bits) = verdict.key_bits {
            write!(f, "{bits}-bit key")?;
            gap = ", ";
        }
        if verdict.testing {
            write!(f, "{gap}testing")?;
            gap = ", ";
        }
        if verdict.unsigned_body_octets > 0 {
            write!(f, "{gap}{} octets of the body are not signed", verdict.unsigned_body_octets)?;
        }
        Ok(())
    }
}

/// The policies as the record publishes them, and whose word counts for more.
struct PolicyNotes<'a>(&'a Report);

impl fmt::Display for PolicyNotes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(report) = self;
        let mut gap = "";
        if let Some(record) = &report.dmarc.record {
            for (tag, stated) in [("p", record.p), ("sp", record.sp), ("np", record.np)] {
                if let Some(policy) = stated.policy() {
                    write!(f, "{gap}{tag}={}", policy.word())?;
                    gap = " ";
                }
            }
            if record.testing {
                write!(f, "{gap}t=y")?;
                gap = " ";
            }
        }
        if let Some(excuse) = &report.dmarc_override {
            let gap = if gap.is_empty() { "" } else { "; " };
            write!(f, "{gap}local policy: {} reported {}=pass", excuse.sealer, excuse.testimony.word())?;
        }
        Ok(())
    }
}
