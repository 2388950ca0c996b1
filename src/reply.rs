//! What an SMTP server says when it acts on a report (RFC 7372).

use crate::dkim;
use crate::dmarc;
use crate::report::Report;
use crate::spf;

/// A reply that refuses or defers a message: prints as `550 5.7.26 text`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SmtpReply {
    /// The reply code: 451 or 550.
    pub code: u16,
    /// The enhanced status code (RFC 3463).
    pub status: &'static str,
    /// Why, in one line of visible ASCII and spaces.
    pub text: String,
}

/// Octets of the text at most: with both codes it fits a reply line of 512 octets (RFC 5321 §4.5.3.1.5).
const TEXT_OCTETS: usize = 480;

impl Report {
    /// What a server says that does what the domain owner asks for: it refuses what fails under a policy of `reject`, and
    /// defers what cannot be decided now and may be such. `None` where mail is to be taken.
    ///
    /// SPF alone is no reason here, nor is a missing signature: DMARC weighs both. A server that acts on SPF finds the
    /// codes in [`spf::Verdict::reply`].
    pub fn smtp_reply(&self) -> Option<SmtpReply> {
        let verdict = &self.dmarc;
        let owner = verdict.record_domain.as_ref().or(verdict.author_domain.as_ref());
        let owner = owner.map_or("the author", |domain| domain.as_str());
        match &verdict.outcome {
            dmarc::Outcome::Fail if self.awaits_override && self.disposition() == dmarc::Policy::Reject => {
                let text =
                    format!("whether a trusted forwarder vouches for mail of {owner} cannot be decided now");
                // RFC 3463 §3.5: X.4.3, directory server failure.
                Some(SmtpReply::new(451, "4.4.3", &text))
            }
            dmarc::Outcome::Fail if self.disposition() == dmarc::Policy::Reject => {
                let text = format!("refused by the DMARC policy of {owner}: {}", verdict.reason());
                Some(SmtpReply::new(550, self.refusal(), &text))
            }
            dmarc::Outcome::Temperror(_) if may_be_reject(verdict) => {
                let text = format!("DMARC of {owner} cannot be decided now: {}", verdict.reason());
                Some(SmtpReply::new(451, self.deferral(), &text))
            }
            dmarc::Outcome::Fail
            | dmarc::Outcome::None(_)
            | dmarc::Outcome::Pass
            | dmarc::Outcome::Permerror(_)
            | dmarc::Outcome::Temperror(_) => None,
        }
    }

    /// RFC 7372 §4: when more than one check failed, the code says so, and does not name the first.
    fn refusal(&self) -> &'static str {
        let spf_failed = self.mail_from.as_ref().is_some_and(|verdict| match verdict.outcome {
            spf::Outcome::Fail | spf::Outcome::Permerror(_) => true,
            spf::Outcome::Pass
            | spf::Outcome::Softfail
            | spf::Outcome::Neutral(_)
            | spf::Outcome::None(_)
            | spf::Outcome::Temperror(_) => false,
        });
        let any = |is: fn(&dkim::Outcome) -> bool| self.dkim.iter().any(|verdict| is(&verdict.outcome));
        if spf_failed {
            // RFC 7372 §3.4: X.7.26, for DKIM has no aligned signature either.
            "5.7.26"
        } else if any(dkim::Outcome::is_pass) {
            // RFC 7372 §3.1: X.7.22, no valid author-matched DKIM signature found.
            "5.7.22"
        } else if any(|outcome| matches!(outcome, dkim::Outcome::Policy(_))) {
            // RFC 7372 §3.1: X.7.21, no acceptable DKIM signature found.
            "5.7.21"
        } else {
            // RFC 7372 §3.1: X.7.20, no passing DKIM signature found.
            "5.7.20"
        }
    }

    fn deferral(&self) -> &'static str {
        let reply = self.mail_from.as_ref().and_then(spf::Verdict::reply);
        match reply {
            // RFC 7372 §3.2: X.7.24, SPF validation error.
            Some(reply) if reply.code == 451 => reply.status,
            // RFC 3463 §3.5: X.4.3, directory server failure.
            Some(_) | None => "4.4.3",
        }
    }
}

/// Whether the policy is `reject`, or is not known.
fn may_be_reject(verdict: &dmarc::Verdict) -> bool {
    verdict.policy.is_none_or(|policy| policy == dmarc::Policy::Reject)
}

impl SmtpReply {
    fn new(code: u16, status: &'static str, text: &str) -> Self {
        let visible = |character: char| match character {
            ' '..='~' => character,
            _ => '?',
        };
        Self { code, status, text: text.chars().map(visible).take(TEXT_OCTETS).collect() }
    }
}

impl std::fmt::Display for SmtpReply {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {} {}", self.code, self.status, self.text)
    }
}
