//! One record, and the verb that judges it.

use crate::finding::Finding;
use crate::{dkim, dmarc, spf};
use mailproof::Name;
use mailproof::dns::Txt;
use std::borrow::Cow;

/// What a record is meant to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Protocol {
    /// A DKIM key record.
    Dkim,
    /// A DMARC policy record.
    Dmarc,
    /// An SPF record.
    Spf,
}

/// A record as somebody wants to publish it.
#[derive(Clone, Debug)]
pub struct Record {
    /// What it is meant to be.
    pub protocol: Protocol,
    /// Its strings.
    pub txt: Txt,
    /// Where it is published, if that is known.
    pub owner: Option<Name>,
    /// Whether it is of the obsolete type SPF, 99, in place of TXT.
    pub is_type_spf: bool,
    /// Whether the strings are those that will be published; without it the text will be split by whoever publishes it.
    pub is_split: bool,
}

/// Everything that is wrong with a record, in the order in which it stands there.
pub fn lint(record: &Record) -> Vec<Finding> {
    let mut findings = match record.protocol {
        Protocol::Dkim => dkim::lint(record),
        Protocol::Dmarc => dmarc::lint(record),
        Protocol::Spf => spf::lint(record),
    };
    findings.sort_by_key(|finding| finding.span.as_ref().map_or((1, 0), |span| (0, span.start)));
    findings
}

impl Protocol {
    /// What a text, published at `owner`, is likely meant to be.
    pub fn guess(text: &[u8], owner: Option<&Name>) -> Option<Self> {
        let mut labels = owner.into_iter().flat_map(Name::labels);
        if let Some(protocol) = labels.find_map(|label| match label {
            "_dmarc" => Some(Self::Dmarc),
            "_domainkey" | "domainkey" => Some(Self::Dkim),
            _ => None,
        }) {
            return Some(protocol);
        }
        let text = String::from_utf8_lossy(text).to_ascii_lowercase();
        let is_among = |words: &[&str]| words.iter().any(|word| text.contains(word));
        if is_among(&["v=spf", "spf2.0/"]) {
            return Some(Self::Spf);
        }
        if is_among(&["v=dkim", "k=rsa", "k=ed25519", "begin public key", "p=mii", "p=;"]) {
            return Some(Self::Dkim);
        }
        if is_among(&["dmarc", "rua=", "p=none", "p=reject", "p=quarantine"]) {
            return Some(Self::Dmarc);
        }
        is_among(&["include:", "ip4:", "-all", "~all", "?all"]).then_some(Self::Spf)
    }

    /// `SPF`, `DKIM` or `DMARC`.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Dkim => "DKIM",
            Self::Dmarc => "DMARC",
            Self::Spf => "SPF",
        }
    }
}

impl Record {
    /// A record of which the text alone is known.
    pub fn of(protocol: Protocol, text: impl AsRef<[u8]>) -> Self {
        Self { protocol, txt: Txt::new([text]), owner: None, is_type_spf: false, is_split: false }
    }

    /// A record found at `owner`.
    pub fn found(protocol: Protocol, txt: Txt, owner: Name) -> Self {
        Self { protocol, txt, owner: Some(owner), is_type_spf: false, is_split: true }
    }

    /// The text, its strings joined.
    pub fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(self.txt.octets())
    }

    /// The octets, the strings joined.
    pub fn octets(&self) -> &[u8] {
        self.txt.octets()
    }

    /// Octets that the record takes in DNS: its text, and one for the length of each string.
    pub(crate) fn wire_octets(&self) -> usize {
        self.octets().len() + self.txt.joints().len() + 1
    }

    /// The strings one by one, each with where it begins.
    pub(crate) fn strings(&self) -> impl Iterator<Item = (usize, &[u8])> {
        let ends = self.txt.joints().iter().copied().chain([self.octets().len()]);
        ends.scan(0, |next, end| {
            let start = std::mem::replace(next, end);
            Some((start, self.octets().get(start..end).unwrap_or_default()))
        })
    }
}
