//! From what was found to what is done.

use super::trouble::Troubles;
use crate::config::{Action, Exemption, Policy};
use mailproof::message::AuthorError;
use mailproof::{Report, dkim, dmarc, spf};
use std::net::IpAddr;
use std::time::{Duration, Instant};

/// What is done with a message, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Judgement {
    pub(crate) action: Action,
    /// For the log and the mark of quarantine; plain ASCII of our own.
    pub(crate) reason: String,
    /// What the client is told if it is not accepted.
    pub(crate) reply: String,
    /// Whether DNS failed so that the message could not be judged.
    pub(crate) is_trouble: bool,
}

/// What exemptions are judged by.
#[derive(Debug)]
pub(crate) struct Circumstances<'a> {
    pub(crate) ip: Option<IpAddr>,
    pub(crate) sender: &'a [u8],
    pub(crate) recipients: &'a [Vec<u8>],
    /// The identifier in List-Id, in lower case.
    pub(crate) list: Option<&'a str>,
}

/// Judges a message by the policy. Of all that applies the severest is done.
pub(crate) fn judge(
    policy: &Policy,
    exemptions: &[Exemption],
    report: &Report,
    circumstances: &Circumstances<'_>,
    troubles: &Troubles,
) -> Judgement {
    let mut judgement = by_author(policy, report)
        .into_iter()
        .chain(by_dmarc(policy, report, troubles))
        .chain(by_spf(policy, report))
        .chain(by_dkim(policy, report))
        .reduce(Judgement::or_severer)
        .unwrap_or_else(|| Judgement::accept("nothing speaks against it"));
    if judgement.action != Action::Accept
        && exemptions.iter().any(|exemption| exemption.applies(report, circumstances))
    {
        judgement.reason = format!("exempt from {}: {}", judgement.action.word(), judgement.reason);
        judgement.action = Action::Accept;
    }
    judgement
}

impl Judgement {
    fn accept(reason: &str) -> Self {
        Self { action: Action::Accept, reason: reason.to_owned(), reply: String::new(), is_trouble: false }
    }

    /// `permanent` and `temporary` are enhanced status codes (RFC 3463).
    fn new(action: Action, reason: String, permanent: &str, temporary: &str) -> Self {
        let reply = match action {
            Action::Tempfail => format!("451 {temporary} {reason}"),
            Action::Accept | Action::Quarantine | Action::Reject => format!("550 {permanent} {reason}"),
        };
        Self { action, reason, reply, is_trouble: false }
    }

    fn or_severer(self, other: Self) -> Self {
        let is_trouble = self.is_trouble || other.is_trouble;
        let severer = if other.action > self.action { other } else { self };
        Self { is_trouble, ..severer }
    }
}

fn by_author(policy: &Policy, report: &Report) -> Option<Judgement> {
    let dmarc::Outcome::Permerror(error) = &report.dmarc.outcome else {
        return None;
    };
    let action = match error {
        AuthorError::Missing | AuthorError::NoAddress | AuthorError::GroupOnly => policy.author.missing,
        AuthorError::SeveralDomains(_) | AuthorError::SeveralFields { .. } => policy.author.several,
        // What cannot be read, and every kind of that to come.
        _ => policy.author.malformed,
    };
    // RFC 5322 §3.6: one From field. RFC 3463 §3.7: 5.6.0 is another error of the content.
    Some(Judgement::new(action, error.to_string(), "5.6.0", "4.6.0"))
}

fn by_dmarc(policy: &Policy, report: &Report, troubles: &Troubles) -> Option<Judgement> {
    let domain = report.dmarc.author_domain.as_ref()?;
    match &report.dmarc.outcome {
        dmarc::Outcome::Temperror(cause) => {
            let cap = Duration::from_secs(policy.trouble.cap.saturating_mul(60));
            let time = troubles.failed(domain.as_str(), Instant::now(), cap);
            let code = match cause {
                // RFC 7372 §3.2: X.7.24, SPF validation error.
                dmarc::Undecidable::Undecided(undecided) if undecided.mechanism == dmarc::Mechanism::Spf => {
                    "4.7.24"
                }
                // RFC 3463 §3.5: X.4.3, directory server failure.
                _ => "4.4.3",
            };
            let reason = format!("DMARC of {domain} cannot be decided now: {cause}");
            let action = if time < cap { policy.trouble.action } else { Action::Accept };
            let mut judgement = Judgement::new(action, reason, "5.4.3", code);
            judgement.is_trouble = true;
            if time >= cap && policy.trouble.action != Action::Accept {
                judgement.reason = format!("{}, for {} minutes", judgement.reason, time.as_secs() / 60);
            }
            Some(judgement)
        }
        dmarc::Outcome::Fail => {
            troubles.works(domain.as_str());
            // What trusted forwarders say for a message counts here.
            let asked = report.disposition();
            let action = match asked {
                dmarc::Policy::None => policy.dmarc.none,
                dmarc::Policy::Quarantine => policy.dmarc.quarantine,
                dmarc::Policy::Reject => policy.dmarc.reject,
            };
            let reason = format!("DMARC of {domain} fails, which asks for p={}", asked.word());
            // RFC 7372 §3.2: X.7.26, multiple authentication checks failed.
            Some(Judgement::new(action, reason, "5.7.26", "4.7.26"))
        }
        dmarc::Outcome::None(_) | dmarc::Outcome::Pass | dmarc::Outcome::Permerror(_) => {
            troubles.works(domain.as_str());
            None
        }
    }
}

fn by_spf(policy: &Policy, report: &Report) -> Option<Judgement> {
    let verdict = report.mail_from.as_ref()?;
    let (action, permanent, temporary) = match verdict.outcome {
        spf::Outcome::Fail => (policy.spf.fail, "5.7.23", "4.7.23"),
        spf::Outcome::Softfail => (policy.spf.softfail, "5.7.23", "4.7.23"),
        spf::Outcome::Permerror(_) => (policy.spf.permerror, "5.7.24", "4.7.24"),
        spf::Outcome::Temperror(_) => (policy.spf.temperror, "5.7.24", "4.7.24"),
        spf::Outcome::Pass | spf::Outcome::Neutral(_) | spf::Outcome::None(_) => return None,
    };
    let reason = format!("SPF of {} is {}", plain(verdict.domain_text()), verdict.outcome.word());
    Some(Judgement::new(action, reason, permanent, temporary))
}

fn by_dkim(policy: &Policy, report: &Report) -> Option<Judgement> {
    let is_fail = |verdict: &dkim::Verdict| {
        // RFC 6376 §3.6.1: failures of a domain that tests DKIM are as if there were no signature.
        matches!(verdict.outcome, dkim::Outcome::Fail(_)) && !verdict.testing
    };
    if report.dkim.iter().any(|verdict| verdict.outcome.is_pass()) || !report.dkim.iter().any(is_fail) {
        return None;
    }
    // RFC 7372 §3.1: X.7.20, no passing DKIM signature found.
    Some(Judgement::new(policy.dkim_fail, "no DKIM signature passes".to_owned(), "5.7.20", "4.7.20"))
}

impl Exemption {
    /// Whether all that is stated holds; nothing stated exempts nobody.
    fn applies(&self, report: &Report, circumstances: &Circumstances<'_>) -> bool {
        let is_signed = |report: &Report| {
            let mut passed = report.dkim.iter().filter(|verdict| verdict.outcome.is_pass());
            passed.any(|verdict| verdict.domain.as_ref().is_some_and(|domain| self.signers.contains(domain)))
        };
        let sent_by = |sender: &[u8]| self.senders.iter().any(|pattern| pattern.matches_address(sender));
        let is_proven = |report: &Report| {
            let passes = |verdict: &spf::Verdict| matches!(verdict.outcome, spf::Outcome::Pass);
            self.has_proof() || report.mail_from.as_ref().is_some_and(passes)
        };
        let sent_to =
            |recipient: &Vec<u8>| self.recipients.iter().any(|pattern| pattern.matches_address(recipient));
        let stated = [
            (!self.networks.is_empty()).then(|| circumstances.ip.is_some_and(|ip| self.networks.contain(ip))),
            (!self.senders.is_empty()).then(|| sent_by(circumstances.sender) && is_proven(report)),
            (!self.recipients.is_empty()).then(|| {
                !circumstances.recipients.is_empty() && circumstances.recipients.iter().all(sent_to)
            }),
            (!self.lists.is_empty()).then(|| {
                circumstances
                    .list
                    .is_some_and(|list| self.lists.iter().any(|of| of.eq_ignore_ascii_case(list)))
            }),
            (!self.signers.is_empty()).then(|| is_signed(report)),
        ];
        stated.iter().any(Option::is_some) && stated.into_iter().flatten().all(|holds| holds)
    }
}

/// Text of somebody else for a reply: visible ASCII, not long.
fn plain(text: &str) -> String {
    text.chars().filter(char::is_ascii_graphic).take(100).collect()
}
