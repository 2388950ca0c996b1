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
/// The newest message signature must cover From and the whole body, which RFC 8617 does not ask for: otherwise anybody
/// could put another author or another text under what a trusted sealer said.
///
/// What a set says of DMARC goes before the rest: SPF and DKIM count only where it says nothing of DMARC, or that the
/// author domain has no policy. Which authserv-id it names makes no difference, as the seal says who speaks.
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
    if !chain.sets.last().is_some_and(covers_message) {
        return None;
    }
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

/// Whether DNS failed for a key of a chain that could excuse a message which fails DMARC: its last seal bears the name of
/// a trusted sealer. RFC 8617 §5.2.1 has the chain fail for good; a receiver that trusts somebody would rather have the
/// sender try again than refuse what may be honest.
pub fn may_excuse_later(chain: &Verdict, dmarc: &dmarc::Verdict, trusted: &[Name]) -> bool {
    let sealer = chain.sets.last().and_then(|set| set.seal.domain.as_ref());
    dmarc.outcome == dmarc::Outcome::Fail
        && chain.unavailable().is_some()
        && sealer.is_some_and(|sealer| trusted.contains(sealer))
}

fn covers_message(set: &Set) -> bool {
    set.covers_from && set.unsigned_body_octets == 0
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
        let of = |method: &'static str| {
            results
                .entries()
                .iter()
                .filter(move |entry| entry.method() == method && entry.method_version() == 1)
        };
        let is_author =
            |entry: &Entry| domain(entry, "header", "from").is_some_and(|name| name == *self.author);
        // What was found of DMARC is about the author of then, and knows more than what it was found from.
        let mut is_dmarc_pass = false;
        for entry in of("dmarc") {
            match entry.result() {
                "pass" if is_author(entry) => is_dmarc_pass = true,
                "none" if is_author(entry) => {}
                _ => return None,
            }
        }
        if is_dmarc_pass {
            return Some(Testimony::Dmarc);
        }
        let is_aligned_pass = |entry: &Entry, ptype, property, mode| {
            entry.result() == "pass"
                && domain(entry, ptype, property).is_some_and(|name| self.is_aligned(&name, mode))
        };
        if of("dkim").any(|entry| is_aligned_pass(entry, "header", "d", self.record.adkim)) {
            return Some(Testimony::Dkim);
        }
        if of("spf").any(|entry| is_aligned_pass(entry, "smtp", "mailfrom", self.record.aspf)) {
            return Some(Testimony::Spf);
        }
        None
    }

    fn is_aligned(&self, domain: &Name, mode: AlignmentMode) -> bool {
        let is_relaxed = mode == AlignmentMode::Relaxed;
        domain == self.author || (is_relaxed && self.organizational == Some(domain))
    }
}

/// The domain in a property, which is an address or a domain. One that occurs twice says nothing: a sealer that writes
/// the sender's texts as they come could have been told the second.
fn domain(entry: &Entry, ptype: &str, name: &str) -> Option<Name> {
    let mut values =
        entry.properties().iter().filter(|property| property.ptype == ptype && property.name == name);
    let (Some(property), None) = (values.next(), values.next()) else {
        return None;
    };
    let text = property.value.as_str();
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
