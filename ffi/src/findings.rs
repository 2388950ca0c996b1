//! What a check found.

use crate::edits::Edit;
use mailproof::{Report, dkim, dmarc, spf};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

/// What a check found.
#[derive(Debug)]
pub(crate) enum Findings {
    Dkim(Vec<dkim::Verdict>),
    Spf { helo: Option<Box<spf::Verdict>>, mail_from: Option<Box<spf::Verdict>> },
    Whole(Box<Report>),
}

/// An identity that SPF checks.
#[repr(u32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Identity {
    /// The name of HELO or EHLO.
    Helo = 1,
    /// The reverse-path of MAIL FROM.
    MailFrom = 2,
}

/// What is made of the findings once it is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Text {
    ArcReason,
    AuthResults,
    AuthResultsField,
    DkimReason(usize),
    DmarcReason,
    IprevReason,
    Json,
    ReceivedSpf(Identity),
    SmtpReply,
    SpfReason(Identity),
}

/// Findings, and the texts that were lent of them.
#[derive(Debug)]
pub(crate) struct Results {
    pub(crate) findings: Findings,
    texts: BTreeMap<Text, Box<str>>,
    pub(crate) edits: Option<Vec<Edit>>,
}

impl Results {
    pub(crate) const fn new(findings: Findings) -> Self {
        Self { findings, texts: BTreeMap::new(), edits: None }
    }

    /// A text that stays in its place as long as the results do; it is made once.
    pub(crate) fn text(
        &mut self,
        which: Text,
        make: impl FnOnce(&Findings) -> Option<String>,
    ) -> Option<&str> {
        match self.texts.entry(which) {
            Entry::Occupied(made) => Some(&**made.into_mut()),
            Entry::Vacant(place) => Some(&**place.insert(make(&self.findings)?.into_boxed_str())),
        }
    }
}

impl Findings {
    pub(crate) fn spf(&self, identity: Identity) -> Option<&spf::Verdict> {
        match (self, identity) {
            (Self::Dkim(_), _) => None,
            (Self::Spf { helo, .. }, Identity::Helo) => helo.as_deref(),
            (Self::Spf { mail_from, .. }, Identity::MailFrom) => mail_from.as_deref(),
            (Self::Whole(report), Identity::Helo) => report.helo.as_ref(),
            (Self::Whole(report), Identity::MailFrom) => report.mail_from.as_ref(),
        }
    }

    pub(crate) fn dkim(&self) -> &[dkim::Verdict] {
        match self {
            Self::Dkim(verdicts) => verdicts,
            Self::Spf { .. } => &[],
            Self::Whole(report) => &report.dkim,
        }
    }

    pub(crate) fn dmarc(&self) -> Option<&dmarc::Verdict> {
        self.report().map(|report| &report.dmarc)
    }

    pub(crate) fn report(&self) -> Option<&Report> {
        match self {
            Self::Dkim(_) | Self::Spf { .. } => None,
            Self::Whole(report) => Some(report),
        }
    }
}
