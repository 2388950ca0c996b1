//! What came back for a question.

use super::{Details, Kind};
use crate::name::Name;
use std::any::Any;
use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock, Weak};
use std::time::Duration;

/// The result of one query; cheap to clone.
///
/// An answer also remembers what its records were parsed into ([`Answer::parsed`]), so that an answer kept in a
/// cache is never parsed twice. The records stay the truth: what one reader made of them cannot change what
/// another sees.
#[derive(Clone)]
pub struct Answer {
    shared: Arc<Shared>,
    ttl: Duration,
    freshness: Freshness,
}

struct Shared {
    outcome: Outcome,
    details: Details,
    parsed: ParsedSlot,
    /// Whether somebody who kept it has dropped it.
    withdrawn: AtomicBool,
}

/// An answer that was told by a source, remembered without being kept.
#[derive(Debug)]
pub(crate) struct Remembered {
    shared: Weak<Shared>,
    ttl: Duration,
    freshness: Freshness,
}

/// Whether an answer is new.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Freshness {
    /// It was asked for now.
    #[default]
    Fresh,
    /// A cache kept it for so long, within its time to live.
    Cached(Duration),
    /// A cache kept it for so long, beyond its time to live, and nobody could tell anything newer (RFC 8767).
    Stale(Duration),
}

/// What a question led to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// No usable answer: nothing is known about the name.
    Failed(Failure),
    /// At least one record of the kind asked for.
    Found(Records),
    /// NOERROR with no record of this kind: the name exists (RFC 2308 §2.2).
    NoData,
    /// NXDOMAIN: neither the name nor anything below it exists (RFC 8020). With [`Answer::aliases`], it is the last
    /// alias's target that does not exist.
    NxDomain,
}

/// Why a question has no usable answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum Failure {
    /// CNAME records that loop, or a chain longer than is followed.
    #[error("CNAME loop or chain too long")]
    AliasLoop,
    /// The time or the number of questions allowed for the whole evaluation is spent; no server is to blame.
    #[error("the budget of time or questions is spent")]
    Budget,
    /// A reply that breaks the DNS message format.
    #[error("malformed reply")]
    Malformed,
    /// Another response code (RFC 6895 §2.3), such as 1 FORMERR or 4 NOTIMP.
    #[error("response code {0}")]
    Rcode(u16),
    /// REFUSED.
    #[error("REFUSED")]
    Refused,
    /// SERVFAIL, which is also what a validating resolver says of a forged answer (RFC 4035 §5.5).
    #[error("SERVFAIL")]
    Servfail,
    /// No reply in time.
    #[error("timeout")]
    Timeout,
    /// No server could be reached.
    #[error("no server reachable")]
    Unreachable,
    /// The recording that is replayed has no answer to this question; no server is to blame.
    #[error("not in the recording")]
    Unrecorded,
}

/// Records of one kind; never empty inside [`Outcome::Found`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Records {
    /// IPv4 addresses.
    A(Vec<Ipv4Addr>),
    /// IPv6 addresses.
    Aaaa(Vec<Ipv6Addr>),
    /// Mail exchanges, in the order received.
    Mx(Vec<Mx>),
    /// Names of an address, in the order received.
    Ptr(Vec<Name>),
    /// Texts, in the order received.
    Txt(Vec<Txt>),
}

impl Failure {
    /// Whether it was made here and tells nothing about the name or its servers: another evaluation could have been
    /// answered.
    pub const fn is_local(self) -> bool {
        match self {
            Self::Budget | Self::Unrecorded => true,
            Self::AliasLoop
            | Self::Malformed
            | Self::Rcode(_)
            | Self::Refused
            | Self::Servfail
            | Self::Timeout
            | Self::Unreachable => false,
        }
    }
}

impl Records {
    /// The type of these records.
    pub const fn kind(&self) -> Kind {
        match self {
            Self::A(_) => Kind::A,
            Self::Aaaa(_) => Kind::Aaaa,
            Self::Mx(_) => Kind::Mx,
            Self::Ptr(_) => Kind::Ptr,
            Self::Txt(_) => Kind::Txt,
        }
    }

    /// Whether there is none.
    pub const fn is_empty(&self) -> bool {
        match self {
            Self::A(records) => records.is_empty(),
            Self::Aaaa(records) => records.is_empty(),
            Self::Mx(records) => records.is_empty(),
            Self::Ptr(records) => records.is_empty(),
            Self::Txt(records) => records.is_empty(),
        }
    }
}

/// A mail exchange record (RFC 1035 §3.3.9).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mx {
    /// Lower is tried first.
    pub preference: u16,
    /// The host; the root means that the domain takes no mail (RFC 7505).
    pub exchange: Name,
}

/// A TXT record: one or more strings, which every protocol of this crate reads joined with nothing between them
/// (RFC 7208 §3.3, RFC 6376 §3.6.2.2, RFC 9989 §4.7).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Txt {
    octets: Box<[u8]>,
    /// Where each string but the last ends.
    joints: Box<[usize]>,
}

impl Txt {
    /// A record of the given strings.
    pub fn new<S: AsRef<[u8]>>(strings: impl IntoIterator<Item = S>) -> Self {
        let mut octets = Vec::new();
        let mut joints = Vec::new();
        for string in strings {
            octets.extend_from_slice(string.as_ref());
            joints.push(octets.len());
        }
        joints.pop();
        Self { octets: octets.into(), joints: joints.into() }
    }

    /// The strings joined with nothing between them.
    pub fn octets(&self) -> &[u8] {
        &self.octets
    }

    /// Where, in [`Txt::octets`], one string ends and the next begins.
    pub fn joints(&self) -> &[usize] {
        &self.joints
    }
}

impl Answer {
    /// Octets of what all clones share, without what its parts hold elsewhere.
    pub(super) const SHARED_OCTETS: usize = size_of::<Shared>();

    /// An answer that says `outcome`, valid for `ttl`.
    ///
    /// `Found` without a record becomes `NoData`: an empty set is not found.
    pub fn new(outcome: Outcome, ttl: Duration) -> Self {
        Self::with_details(outcome, ttl, Details::default())
    }

    /// The same, with what came with it.
    pub fn with_details(outcome: Outcome, ttl: Duration, details: Details) -> Self {
        let outcome = match outcome {
            Outcome::Found(records) if records.is_empty() => Outcome::NoData,
            outcome => outcome,
        };
        let shared =
            Shared { outcome, details, parsed: ParsedSlot::default(), withdrawn: AtomicBool::new(false) };
        Self { shared: Arc::new(shared), ttl, freshness: Freshness::Fresh }
    }

    /// No usable answer, and why.
    pub fn failed(failure: Failure) -> Self {
        Self::new(Outcome::Failed(failure), Duration::ZERO)
    }

    /// What the question led to.
    pub fn outcome(&self) -> &Outcome {
        &self.shared.outcome
    }

    /// How long the answer may be kept: the smallest TTL of all records in it (RFC 2181 §5.2), or the negative TTL
    /// (RFC 2308 §5).
    pub const fn ttl(&self) -> Duration {
        self.ttl
    }

    /// Whether it is new, or a cache kept it, and for how long.
    pub const fn freshness(&self) -> Freshness {
        self.freshness
    }

    /// The same answer as a cache tells it: what is left of its time to live, and how long it was kept.
    pub fn aged(&self, ttl: Duration, freshness: Freshness) -> Self {
        Self { shared: Arc::clone(&self.shared), ttl, freshness }
    }

    /// What came with the outcome.
    pub fn details(&self) -> &Details {
        &self.shared.details
    }

    /// Whether the reply carried the AD bit over a path that is trusted to carry it (RFC 6840 §5.7–5.8).
    pub fn is_authentic(&self) -> bool {
        self.shared.details.authentic
    }

    /// The targets of the CNAME records passed on the way, first to last.
    pub fn aliases(&self) -> &[Name] {
        &self.shared.details.aliases
    }

    /// Whether the name asked about is known not to exist. NXDOMAIN behind a CNAME speaks of the alias's target:
    /// the alias itself exists (RFC 8020 §2).
    pub fn denies_name(&self) -> bool {
        self.shared.outcome == Outcome::NxDomain && self.aliases().is_empty()
    }

    /// The TXT records found; none for every other outcome.
    pub fn txt(&self) -> &[Txt] {
        match &self.shared.outcome {
            Outcome::Found(Records::Txt(records)) => records,
            _ => &[],
        }
    }

    /// What `parse` makes of this answer, made once for each type `T` however often it is asked for.
    pub fn parsed<T: Any + Send + Sync>(&self, parse: impl FnOnce(&Self) -> T) -> Arc<T> {
        self.shared.parsed.find_or_insert(|| parse(self), |value| Arc::clone(value).downcast().ok())
    }

    /// The same, lent.
    pub(crate) fn read<T: Any + Send + Sync>(&self, parse: impl FnOnce(&Self) -> T) -> &T {
        self.shared.parsed.find_or_insert(|| parse(self), |value| (**value).downcast_ref())
    }

    /// Whether both are clones of one answer, of whatever age.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.shared, &other.shared)
    }

    /// Whoever kept this answer to tell it again does so no more.
    pub(super) fn withdraw(&self) {
        self.shared.withdrawn.store(true, Ordering::Release);
    }

    /// Whether somebody who told this answer may tell another one now.
    pub(crate) fn is_withdrawn(&self) -> bool {
        self.shared.withdrawn.load(Ordering::Acquire)
    }

    /// How long a cache has kept it within its time to live; `None` beyond it.
    pub(crate) const fn age(&self) -> Option<Duration> {
        match self.freshness {
            Freshness::Fresh => Some(Duration::ZERO),
            Freshness::Cached(age) => Some(age),
            Freshness::Stale(_) => None,
        }
    }

    /// A way to find it again for as long as somebody keeps it.
    pub(crate) fn remember(&self) -> Remembered {
        Remembered { shared: Arc::downgrade(&self.shared), ttl: self.ttl, freshness: self.freshness }
    }
}

impl Remembered {
    /// The answer as its source tells it so much later: `None` when its time is over, or it was withdrawn.
    pub(crate) fn after(&self, elapsed: Duration) -> Option<Answer> {
        // No time has passed in a zone, whatever the time to live there.
        if elapsed >= self.ttl && !elapsed.is_zero() {
            return None;
        }
        let shared = self.shared.upgrade()?;
        let freshness = match self.freshness {
            Freshness::Cached(age) => Freshness::Cached(age.saturating_add(elapsed)),
            Freshness::Fresh | Freshness::Stale(_) => self.freshness,
        };
        let answer = Answer { shared, ttl: self.ttl.saturating_sub(elapsed), freshness };
        (!answer.is_withdrawn()).then_some(answer)
    }
}

impl PartialEq for Answer {
    fn eq(&self, other: &Self) -> bool {
        self.ttl == other.ttl
            && self.freshness == other.freshness
            && self.shared.outcome == other.shared.outcome
            && self.shared.details == other.shared.details
    }
}

impl Eq for Answer {}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer")
            .field("outcome", &self.shared.outcome)
            .field("ttl", &self.ttl)
            .field("freshness", &self.freshness)
            .field("details", &self.shared.details)
            .finish()
    }
}

/// A value for each type that asked for one: a list that only grows, read without a lock. Its length is the number
/// of readers this crate has for one kind of record, so it is short.
#[derive(Default)]
struct ParsedSlot(OnceLock<Box<ParsedNode>>);

struct ParsedNode {
    value: Arc<dyn Any + Send + Sync>,
    next: ParsedSlot,
}

impl ParsedSlot {
    fn find_or_insert<'a, T: Any + Send + Sync, V>(
        &'a self,
        make: impl FnOnce() -> T,
        view: impl Fn(&'a Arc<dyn Any + Send + Sync>) -> Option<V>,
    ) -> V {
        let mut make = Some(make);
        let mut slot = self;
        loop {
            let node = slot.0.get_or_init(|| {
                let value: Arc<dyn Any + Send + Sync> = match make.take() {
                    Some(make) => Arc::new(make()),
                    None => Arc::new(()),
                };
                Box::new(ParsedNode { value, next: Self::default() })
            });
            if let Some(value) = view(&node.value) {
                return value;
            }
            slot = &node.next;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn joins_strings_with_nothing_between_them() {
        let txt = Txt::new(["v=spf1 a:exam", "ple.com ", "-all"]);
        assert_eq!(txt.octets(), b"v=spf1 a:example.com -all");
        assert_eq!(txt.joints(), [13, 21]);
        assert_eq!(Txt::new(["one"]).joints(), [0_usize; 0]);
    }

    #[test]
    fn an_empty_set_is_no_data() {
        let answer = Answer::new(Outcome::Found(Records::Txt(Vec::new())), Duration::ZERO);
        assert_eq!(*answer.outcome(), Outcome::NoData);
    }

    #[test]
    fn parses_once_for_each_type_and_for_every_clone() {
        let answer = Answer::new(Outcome::NoData, Duration::ZERO);
        let first = answer.parsed(|_| 7_u32);
        let text = answer.parsed(|_| String::from("seven"));
        assert_eq!(*answer.clone().parsed(|_| 8_u32), 7);
        assert_eq!(*answer.aged(Duration::from_secs(1), Freshness::Fresh).parsed(|_| String::new()), "seven");
        assert!(Arc::ptr_eq(&first, &answer.parsed(|_| 9_u32)) && text.len() == 5);
    }
}
