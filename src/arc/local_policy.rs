//! When a chain excuses a message that fails DMARC (RFC 8617 §7.2.1): local policy, for sealers that are trusted by name.

use super::verdict::{Set, Verdict};
use crate::authres::{AuthResults, Entry};
use crate::dmarc::{self, AlignmentMode, Record};
use crate::name::Name;
use std::fmt::Write as _;
use std::net::IpAddr;

/// Why a message that fails DMARC is taken as authenticated all the same: a trusted forwarder says that it passed when
/// it arrived there, and everybody since is trusted too.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Override {
    /// The set whose sealer says so.
    pub instance: u8,
    /// Its sealer.
    pub sealer: Name,
    /// What it says.
    pub testimony: Testimony,
    /// The comment of the reason `local_policy` in an aggregate report (RFC 8617 §7.2.2), such as `arc=pass
    /// as[1].d=example.org as[1].s=arc remote-ip[1]=192.0.2.1`.
    pub comment: String,
}

/// What a trusted sealer found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Testimony {
    /// A DKIM signature of a domain that is aligned with the author domain passed.
    Dkim,
    /// DMARC passed for the author domain.
    Dmarc,
    /// SPF passed for a domain that is aligned with the author domain.
    Spf,
}

impl Testimony {
    /// The method as in Authentication-Results.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Dkim => "dkim",
            Self::Dmarc => "dmarc",
            Self::Spf => "spf",
        }
    }
}

/// Whether a chain excuses a message that fails DMARC.
///
/// It does when the chain passes, and the sealer of some set says that DMARC, or SPF or DKIM of an aligned domain, passed
/// for the author domain that the message has now, and it and the sealers of all later sets are among the `trusted`:
/// each of them could have made the message up. Names are those of `d=` in ARC-Seal, compared as they are: a domain
/// below a trusted one is another.
///
/// Nothing is looked up, so that a domain of SPF or DKIM counts as aligned when it is the author domain or, unless the
/// record demands more, its organizational domain.
pub fn local_policy(chain: &Verdict, dmarc: &dmarc::Verdict, trusted: &[Name]) -> Option<Override> {
    let (true, dmarc::Outcome::Fail) = (chain.outcome.is_pass(), &dmarc.outcome) else {
        return None;
    };
    let (Some(author), Some(record)) = (&dmarc.author_domain, &dmarc.record) else {
        return None;
    };
    let claim = Claim { author, organizational: dmarc.organizational_domain.as_ref(), record };
    for set in chain.sets.iter().rev() {
        let sealer = set.seal.domain.as_ref().filter(|domain| trusted.contains(domain))?;
        if let Some(testimony) = claim.supported_by(set) {
            return Some(Override {
                instance: set.instance,
                sealer: sealer.clone(),
                testimony,
                comment: comment(chain),
            });
        }
    }
    None
}

/// Who a message says its author is.
struct Claim<'a> {
    author: &'a Name,
    organizational: Option<&'a Name>,
    record: &'a Record,
}

impl Claim<'_> {
    fn supported_by(&self, set: &Set) -> Option<Testimony> {
        let results = AuthResults::parse(&set.results).ok()?;
        let passed = |method: &str, supports: &dyn Fn(&Entry) -> bool| {
            results.entries().iter().any(|entry| {
                entry.method() == method
                    && entry.method_version() == 1
                    && entry.result() == "pass"
                    && supports(entry)
            })
        };
        let is_author = |entry: &Entry| {
            entry.property("header", "from").and_then(domain_of).is_some_and(|domain| domain == *self.author)
        };
        if passed("dmarc", &is_author) {
            return Some(Testimony::Dmarc);
        }
        let is_aligned = |entry: &Entry, ptype, property, mode| {
            entry
                .property(ptype, property)
                .and_then(domain_of)
                .is_some_and(|domain| self.is_aligned(&domain, mode))
        };
        if passed("dkim", &|entry| is_aligned(entry, "header", "d", self.record.adkim)) {
            return Some(Testimony::Dkim);
        }
        if passed("spf", &|entry| is_aligned(entry, "smtp", "mailfrom", self.record.aspf)) {
            return Some(Testimony::Spf);
        }
        None
    }

    fn is_aligned(&self, domain: &Name, mode: AlignmentMode) -> bool {
        let is_relaxed = mode == AlignmentMode::Relaxed;
        domain == self.author || (is_relaxed && self.organizational == Some(domain))
    }
}

/// The domain of an address, or of a text that is one.
fn domain_of(text: &str) -> Option<Name> {
    let domain = text.rsplit_once('@').map_or(text, |(_, domain)| domain);
    Name::parse(domain).ok().filter(|name| !name.is_root())
}

/// RFC 8617 §7.2.2: the state of the chain, who sealed, and where the message came from first.
fn comment(chain: &Verdict) -> String {
    let mut comment = "arc=pass".to_owned();
    for set in chain.sets.iter().rev() {
        if let (Some(domain), Some(selector)) = (&set.seal.domain, &set.seal.selector) {
            let instance = set.instance;
            // A string takes whatever is written to it.
            let _ = write!(comment, " as[{instance}].d={domain} as[{instance}].s={selector}");
        }
    }
    if let Some(ip) = chain.sets.first().and_then(remote_ip) {
        let _ = write!(comment, " remote-ip[1]={ip}");
    }
    comment
}

/// RFC 8617 §6: the address of the client of a sealer.
fn remote_ip(set: &Set) -> Option<IpAddr> {
    let results = AuthResults::parse(&set.results).ok()?;
    let arc = results.entries().iter().find(|entry| entry.method() == "arc")?;
    arc.property("smtp", "remote-ip")?.parse().ok()
}
