//! The policy record as a value (RFC 9989 §4.7). It prints back as the text it was read from, in canonical form.

use super::parse::Fault;
use super::uri::ReportUri;
use std::fmt;

/// A DMARC policy record.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Record {
    /// `p`: the policy for the domain itself, and for those below it that no other tag speaks of.
    pub p: Stated,
    /// `sp`: the policy for subdomains that exist.
    pub sp: Stated,
    /// `np`: the policy for subdomains that do not exist.
    pub np: Stated,
    /// `adkim`: what DKIM domains are compared by.
    pub adkim: AlignmentMode,
    /// `aspf`: what the SPF domain is compared by.
    pub aspf: AlignmentMode,
    /// `psd`: whether this is a public suffix.
    pub psd: Psd,
    /// `t=y`: the policy is only being tested, and is to be applied one level lower.
    pub testing: bool,
    /// `fo`: when failure reports are wanted; see [`Record::failure_options`].
    pub fo: FailureOptions,
    /// `rua`: where aggregate reports go, of any scheme; those that are no URIs are left out.
    pub rua: Vec<ReportUri>,
    /// `ruf`: where failure reports go, of any scheme; those that are no URIs are left out.
    pub ruf: Vec<ReportUri>,
    /// `pct` of RFC 7489 §6.3, in percent; RFC 9989 knows it no more (appendix A.6). See
    /// [`Verdict::sampled`](super::Verdict::sampled).
    pub pct: Option<u8>,
    /// What was wrong and therefore discarded (RFC 9989 §4.8), at most [`FAULTS`](super::FAULTS) of it.
    pub faults: Vec<Fault>,
}

/// What a domain owner asks for when a message fails; none is the mildest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Policy {
    /// No preference.
    #[default]
    None,
    /// Treat as suspicious.
    Quarantine,
    /// Treat as forged.
    Reject,
}

/// What a record says in `p`, `sp` or `np`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Stated {
    /// Nothing: the tag is not there.
    #[default]
    Absent,
    /// Something that is no policy, or two policies that contradict each other.
    Invalid,
    /// This policy.
    Valid(Policy),
}

/// How close an identifier must be to the author domain (RFC 9989 §3.2.10).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AlignmentMode {
    /// The same organizational domain.
    #[default]
    Relaxed,
    /// The same domain.
    Strict,
}

/// What the `psd` tag says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Psd {
    /// `n`: the domain is an organizational domain.
    No,
    /// `u`: it may or may not be one; the default.
    #[default]
    Unspecified,
    /// `y`: the domain is a public suffix.
    Yes,
}

/// When failure reports are wanted (RFC 9989 §4.7, `fo`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FailureOptions {
    /// `1` in place of `0`: when any mechanism gives no aligned pass, not only when all give none.
    pub any: bool,
    /// `d`: when a DKIM signature fails, aligned or not.
    pub dkim: bool,
    /// `s`: when SPF fails, aligned or not.
    pub spf: bool,
    /// Whether neither `0` nor `1` stands beside `d` or `s`: then no DMARC failure report is asked for.
    pub only_mechanisms: bool,
}

impl Policy {
    /// The word of the grammar.
    pub const fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Quarantine => "quarantine",
            Self::Reject => "reject",
        }
    }

    /// One level below: what `t=y` makes of a policy (RFC 9989 §4.7), and `pct` of a message that is not in the
    /// sample (RFC 7489 §6.6.4).
    #[must_use]
    pub const fn lowered(self) -> Self {
        match self {
            Self::None | Self::Quarantine => Self::None,
            Self::Reject => Self::Quarantine,
        }
    }
}

impl fmt::Display for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl Stated {
    /// The policy, if a valid one is stated.
    pub const fn policy(self) -> Option<Policy> {
        match self {
            Self::Valid(policy) => Some(policy),
            Self::Absent | Self::Invalid => None,
        }
    }
}

impl Record {
    /// Whether the record states its policies as RFC 9989 §4.10.1 demands: a valid `p`, and no `sp` or `np` that is
    /// not valid.
    pub fn states_policy(&self) -> bool {
        matches!(self.p, Stated::Valid(_)) && self.sp != Stated::Invalid && self.np != Stated::Invalid
    }

    /// When failure reports are wanted: never, when `ruf` names nobody, whatever `fo` says (RFC 9989 §4.7).
    pub fn failure_options(&self) -> Option<FailureOptions> {
        (!self.ruf.is_empty()).then_some(self.fo)
    }
}

impl fmt::Display for FailureOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let general = match (self.only_mechanisms, self.any) {
            (true, _) => None,
            (false, true) => Some("1"),
            (false, false) => Some("0"),
        };
        let parts = [general, self.dkim.then_some("d"), self.spf.then_some("s")];
        f.write_str(&parts.into_iter().flatten().collect::<Vec<_>>().join(":"))
    }
}

/// The canonical text: tags in the order of the fields, defaults and discarded values left out.
impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("v=DMARC1")?;
        for (tag, stated) in [("p", self.p), ("sp", self.sp), ("np", self.np)] {
            if let Stated::Valid(policy) = stated {
                write!(f, "; {tag}={policy}")?;
            }
        }
        for (tag, mode) in [("adkim", self.adkim), ("aspf", self.aspf)] {
            if mode == AlignmentMode::Strict {
                write!(f, "; {tag}=s")?;
            }
        }
        match self.psd {
            Psd::No => f.write_str("; psd=n")?,
            Psd::Unspecified => {}
            Psd::Yes => f.write_str("; psd=y")?,
        }
        if self.testing {
            f.write_str("; t=y")?;
        }
        if self.fo != FailureOptions::default() {
            write!(f, "; fo={}", self.fo)?;
        }
        for (tag, uris) in [("rua", &self.rua), ("ruf", &self.ruf)] {
            for (index, uri) in uris.iter().enumerate() {
                if index == 0 {
                    write!(f, "; {tag}={uri}")?;
                } else {
                    write!(f, ",{uri}")?;
                }
            }
        }
        if let Some(pct) = self.pct {
            write!(f, "; pct={pct}")?;
        }
        Ok(())
    }
}
