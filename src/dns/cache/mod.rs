//! Answers kept for as long as they hold: RFC 2308, RFC 8020, RFC 8767, RFC 9520.
//!
//! * What was found, or not found, holds for one question. NXDOMAIN holds for its name, whatever the type asked for,
//!   and for all names below. Behind aliases it is the last target that does not exist: the answer is kept for the
//!   question, and the denial at the target.
//! * A failure never replaces what still holds. Each one in a row is kept twice as long.
//! * What a server says replaces what it said before, also where the new answer is not kept: a denial ends what was
//!   known at the name, and a name that exists ends every denial of it or of a name above.
//! * An answer beyond its time stands in for a failure only where that is asked for, and never once the name
//!   was denied.
//!
//! The memory is bounded in answers and in octets, and is divided into shards by name.

mod entry;
mod key;
mod octets;
mod segment;
mod settings;
mod shard;
mod statistics;

pub use settings::{CacheSettings, StaleSettings};
pub use statistics::Statistics;

use super::{Answer, Details, Freshness, Kind, Outcome, Question, Source};
use crate::name::Name;
use entry::Entry;
use key::{Scope, Sought, Spread};
use settings::FAILURE_TTL_LIMIT;
use shard::{Bounds, Shard};
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Shards at most; each has its own lock.
const SHARDS: usize = 64;

/// A shard is no smaller than this, as far as there is a choice: the largest answer must fit into one.
const SHARD_OCTETS: usize = 1 << 20;

/// A shard holds no fewer answers than this, as far as there is a choice.
const SHARD_ENTRIES: usize = 64;

/// What is compiled from the answers takes no more than this part of what the answers may take.
const COMPILED_PART: usize = 8;

/// Answers kept for as long as they hold; shared by threads.
///
/// Times are an argument: what has passed since an origin of the caller's choice, by a clock that never goes back.
///
/// ```
/// use mailproof::dns::{Answer, Cache, Freshness, Kind, Outcome, Question};
/// use std::time::Duration;
///
/// let cache = Cache::default();
/// let question = Question::new("example.com".parse()?, Kind::Txt);
/// let ttl = Duration::from_secs(300);
/// cache.store(question.clone(), Answer::new(Outcome::NoData, ttl), Duration::from_secs(1000));
///
/// let answer = cache.recall(&question, Duration::from_secs(1100)).expect("it holds for 300 seconds");
/// assert_eq!(answer.ttl(), Duration::from_secs(200));
/// assert_eq!(answer.freshness(), Freshness::Cached(Duration::from_secs(100)));
/// assert_eq!(cache.recall(&question, Duration::from_secs(1300)), None);
/// # Ok::<(), mailproof::name::MalformedName>(())
/// ```
pub struct Cache {
    settings: CacheSettings,
    spread: Spread,
    /// The shards are a power of two, and this is one of them.
    last: Mutex<Shard>,
    others: Box<[Mutex<Shard>]>,
    coalesced: AtomicU64,
    source: Source,
}

impl Cache {
    /// An empty cache.
    pub fn new(settings: CacheSettings) -> Self {
        let shards = shard_count(&settings);
        let bounds = Bounds { entries: settings.entries / shards, octets: settings.octets / shards };
        let shard = || Mutex::new(Shard::new(bounds));
        Self {
            spread: Spread::new(settings.seed),
            last: shard(),
            others: (1..shards).map(|_| shard()).collect(),
            coalesced: AtomicU64::new(0),
            source: Source::new(settings.octets / COMPILED_PART),
            settings,
        }
    }

    /// The answer, if it is known at `now`: with what is left of its time to live, and marked with its age.
    pub fn recall(&self, question: &Question, now: Duration) -> Option<Answer> {
        let name = question.name.as_str();
        let spread = self.spread.hash(name);
        let sought = Sought::new(name, spread, Scope::Kind(question.kind));
        let resting = {
            let mut shard = self.shard(spread);
            if let Some(answer) = known_here(&mut shard, name, spread, question.kind, now) {
                shard.counts.count_hit(&answer);
                return Some(answer);
            }
            self.resting(&mut shard, sought, now)
        };
        if let Some(answer) = self.denied_above(name, now) {
            // Whoever was told that the name does not exist is not told later what it held.
            let mut shard = self.shard(spread);
            if shard.peek(sought).is_some_and(|entry| entry.is_over(now)) {
                shard.remove(sought);
            }
            shard.counts.count_hit(&answer);
            return Some(answer);
        }
        let resting =
            resting.filter(|(_, since)| !self.was_denied_above(name, *since)).map(|(answer, _)| answer);
        if let Some(answer) = &resting {
            self.shard(spread).counts.count_hit(answer);
        }
        resting
    }

    /// Whose answers [`Cache::recall`] tells, for a [`Known`](super::Known) that tells them by a clock.
    pub const fn source(&self) -> &Source {
        &self.source
    }

    /// Keeps what a server said at `now`, and gives the answer to use. That is the same answer, its time to live within
    /// the bounds of the settings; or, for a failure, what holds still, or what stands in for it, marked
    /// [`Freshness::Stale`].
    ///
    /// A failure of no server ([`Failure::is_local`](crate::dns::Failure::is_local)) and an answer that is stale already are given back and change
    /// nothing.
    pub fn store(&self, question: Question, answer: Answer, now: Duration) -> Answer {
        if matches!(answer.freshness(), Freshness::Stale(_)) {
            return answer;
        }
        if let Outcome::Failed(failure) = answer.outcome()
            && failure.is_local()
        {
            return answer;
        }
        self.shard(self.spread.hash(question.name.as_str())).counts.misses += 1;
        match answer.outcome() {
            Outcome::Failed(_) => self.store_failure(&question, answer, now),
            Outcome::Found(_) | Outcome::NoData => self.store_existing(&question, answer, now),
            Outcome::NxDomain => self.store_denial(&question, answer, now),
        }
    }

    /// Forgets everything.
    pub fn flush(&self) {
        self.shards().for_each(|mut shard| shard.clear());
    }

    /// Forgets every answer about `name`, and every NXDOMAIN that speaks for it. What an alias led to is an answer about
    /// the alias.
    pub fn flush_name(&self, name: &Name) {
        let spread = self.spread.hash(name.as_str());
        self.shard(spread).drop_names(|held| held == name.as_str());
        self.affirm(name);
    }

    /// Forgets every answer about `name` and all names below it, and every NXDOMAIN that speaks for it.
    pub fn flush_below(&self, name: &Name) {
        self.shards().for_each(|mut shard| shard.drop_names(|held| is_within(held, name.as_str())));
        self.affirm(name);
    }

    /// Counts a question that waited for another's answer instead of being sent.
    pub fn count_coalesced(&self) {
        self.coalesced.fetch_add(1, Ordering::Relaxed);
    }

    /// What was done so far, and what is held.
    pub fn statistics(&self) -> Statistics {
        let coalesced = self.coalesced.load(Ordering::Relaxed);
        self.shards().fold(Statistics { coalesced, ..Statistics::default() }, |sum, shard| sum.and(&shard))
    }

    fn store_existing(&self, question: &Question, answer: Answer, now: Duration) -> Answer {
        self.affirm(&question.name);
        answer.aliases().iter().for_each(|alias| self.affirm(alias));
        let answer = self.within_bounds(answer);
        self.keep(&question.name, Scope::Kind(question.kind), &answer, now);
        answer
    }

    fn store_denial(&self, question: &Question, answer: Answer, now: Duration) -> Answer {
        let answer = self.within_bounds(answer);
        // RFC 8020 §2: ‘the name that does not exist is the last of the chain and not the QNAME’
        let Some((denied, passed)) = answer.aliases().split_last() else {
            self.deny(&question.name, &answer, now);
            return answer;
        };
        self.affirm(&question.name);
        passed.iter().for_each(|alias| self.affirm(alias));
        let details = Details { aliases: Vec::new(), ..answer.details().clone() };
        self.deny(denied, &Answer::with_details(Outcome::NxDomain, answer.ttl(), details), now);
        self.keep(&question.name, Scope::Kind(question.kind), &answer, now);
        answer
    }

    /// RFC 8767 §4: what is no answer leaves any previous state intact.
    fn store_failure(&self, question: &Question, answer: Answer, now: Duration) -> Answer {
        let name = question.name.as_str();
        let spread = self.spread.hash(name);
        let held = known_here(&mut self.shard(spread), name, spread, question.kind, now);
        if let Some(held) = held.or_else(|| self.denied_above(name, now)) {
            return held;
        }
        if let Some(stale) = self.stand_in(name, spread, question.kind, now) {
            return stale;
        }
        let sought = Sought::new(name, spread, Scope::Kind(question.kind));
        let mut shard = self.shard(spread);
        let failures = shard.peek(sought).map_or(0, |entry| entry.failures(now)).saturating_add(1);
        let answer = answer.aged(self.backoff(failures), answer.freshness());
        if answer.ttl().is_zero() {
            shard.remove(sought);
        } else {
            let octets = octets::charge(name, &answer);
            shard.insert(sought, Entry::failure(answer.clone(), failures, now, octets));
        }
        answer
    }

    /// RFC 8767 §5: the answer beyond its time, after a refresh failed; nobody is asked again for a while.
    fn stand_in(&self, name: &str, spread: u64, kind: Kind, now: Duration) -> Option<Answer> {
        let settings = self.settings.stale.as_ref()?;
        let sought = Sought::new(name, spread, Scope::Kind(kind));
        let find = |shard: &Shard| {
            [sought, Sought::new(name, spread, Scope::Name)].into_iter().find_map(|sought| {
                let entry = shard.peek(sought)?;
                Some((entry.stale(settings, now)?, entry.clone()))
            })
        };
        let since = find(&self.shard(spread)).map(|(_, entry)| entry.since())?;
        if self.was_denied_above(name, since) {
            return None;
        }
        // What was found is looked for again: another thread may have been told better.
        let mut shard = self.shard(spread);
        let (answer, entry) = find(&shard)?;
        shard.insert(sought, entry.rested(settings, now));
        shard.counts.stale += 1;
        Some(answer)
    }

    fn keep(&self, name: &Name, scope: Scope, answer: &Answer, now: Duration) {
        let spread = self.spread.hash(name.as_str());
        let sought = Sought::new(name.as_str(), spread, scope);
        let mut shard = self.shard(spread);
        // RFC 8767 §4: TTL 0 is for the transaction in progress; what was known before is replaced all the same.
        if answer.ttl().is_zero() {
            shard.remove(sought);
            return;
        }
        let octets = octets::charge(name.as_str(), answer);
        shard.insert(sought, Entry::usable(answer.clone(), now, octets));
    }

    /// `name` does not exist: what was known of it is over, and the denial holds for every type (RFC 2308 §5).
    fn deny(&self, name: &Name, answer: &Answer, now: Duration) {
        let spread = self.spread.hash(name.as_str());
        {
            let mut shard = self.shard(spread);
            for kind in Kind::ALL {
                shard.remove(Sought::new(name.as_str(), spread, Scope::Kind(kind)));
            }
        }
        self.keep(name, Scope::Name, answer, now);
    }

    /// `name` exists, and so does every name above it: no denial of one of them holds.
    fn affirm(&self, name: &Name) {
        let spread = self.spread.hash(name.as_str());
        {
            let mut shard = self.shard(spread);
            for kind in Kind::ALL {
                let sought = Sought::new(name.as_str(), spread, Scope::Kind(kind));
                if shard.peek(sought).is_some_and(|entry| entry.answer.denies_name()) {
                    shard.remove(sought);
                }
            }
        }
        for name in std::iter::once(name.as_str()).chain(above(name.as_str())) {
            let spread = self.spread.hash(name);
            self.shard(spread).remove(Sought::new(name, spread, Scope::Name));
        }
    }

    /// RFC 8020 §2: the denial of a name above `name`.
    fn denied_above(&self, name: &str, now: Duration) -> Option<Answer> {
        self.find_denial(name, |shard, sought| shard.fresh(sought, now))
    }

    /// Whether a name above `name` was denied at `since` or later, for however long.
    fn was_denied_above(&self, name: &str, since: Duration) -> bool {
        self.find_denial(name, |shard, sought| shard.peek(sought)?.is_newer(since).then_some(())).is_some()
    }

    fn find_denial<T>(&self, name: &str, find: impl Fn(&mut Shard, Sought<'_>) -> Option<T>) -> Option<T> {
        if !self.settings.nxdomain_cut {
            return None;
        }
        above(name).find_map(|name| {
            let spread = self.spread.hash(name);
            find(&mut self.shard(spread), Sought::new(name, spread, Scope::Name))
        })
    }

    /// What stands in for a failure, and since when it is known; drops what nothing can come of.
    fn resting(&self, shard: &mut Shard, sought: Sought<'_>, now: Duration) -> Option<(Answer, Duration)> {
        let entry = shard.peek(sought)?;
        if entry.is_spent(&self.settings, now) {
            shard.remove(sought);
            return None;
        }
        Some((entry.resting(self.settings.stale.as_ref()?, now)?, entry.since()))
    }

    fn within_bounds(&self, answer: Answer) -> Answer {
        answer.aged(self.time_to_live(&answer), answer.freshness())
    }

    fn time_to_live(&self, answer: &Answer) -> Duration {
        let bounds = &self.settings.ttl;
        let ttl = match answer.outcome() {
            Outcome::NoData | Outcome::NxDomain if answer.details().lacks_soa => self.settings.unsourced_ttl,
            // RFC 2308 §5: no lower bound; a server that wants no negative caching says so with 0.
            Outcome::NoData | Outcome::NxDomain => answer.ttl(),
            Outcome::Found(_) | Outcome::Failed(_) => {
                return answer.ttl().max(*bounds.start()).min(*bounds.end());
            }
        };
        ttl.min(self.settings.negative_ttl_max).min(*bounds.end())
    }

    /// RFC 9520 §3.2: exponential backoff, no more than 5 minutes.
    fn backoff(&self, failures: u32) -> Duration {
        let doublings = failures.saturating_sub(1);
        let bounds = &self.settings.failure_ttl;
        let ttl = bounds.start().saturating_mul(2_u32.saturating_pow(doublings));
        ttl.min(*bounds.end()).min(FAILURE_TTL_LIMIT)
    }

    fn shard(&self, spread: u64) -> MutexGuard<'_, Shard> {
        // The low half of the hash finds the slot in the shard's table.
        let index = usize::try_from(spread >> 32).unwrap_or_default() & self.others.len();
        lock(self.others.get(index).unwrap_or(&self.last))
    }

    fn shards(&self) -> impl Iterator<Item = MutexGuard<'_, Shard>> {
        self.others.iter().chain(std::iter::once(&self.last)).map(lock)
    }
}

/// What holds at the name itself.
fn known_here(shard: &mut Shard, name: &str, spread: u64, kind: Kind, now: Duration) -> Option<Answer> {
    [Scope::Kind(kind), Scope::Name]
        .into_iter()
        .find_map(|scope| shard.fresh(Sought::new(name, spread, scope), now))
}

/// A shard is left consistent by whatever could panic in it.
fn lock(shard: &Mutex<Shard>) -> MutexGuard<'_, Shard> {
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The names above `name`, nearest first, the root last.
fn above(name: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(parent(name), |name| parent(name))
}

fn parent(name: &str) -> Option<&str> {
    (!name.is_empty()).then(|| name.split_once('.').map_or("", |(_, parent)| parent))
}

/// Whether `name` is `other` or stands below it; both as [`Name::as_str`] gives them.
fn is_within(name: &str, other: &str) -> bool {
    other.is_empty()
        || name.strip_suffix(other).is_some_and(|before| before.is_empty() || before.ends_with('.'))
}

fn shard_count(settings: &CacheSettings) -> usize {
    let fitting = (settings.octets / SHARD_OCTETS).min(settings.entries / SHARD_ENTRIES).clamp(1, SHARDS);
    1 << fitting.ilog2()
}

impl Default for Cache {
    fn default() -> Self {
        Self::new(CacheSettings::default())
    }
}

impl fmt::Debug for Cache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cache")
            .field("settings", &self.settings)
            .field("statistics", &self.statistics())
            .finish_non_exhaustive()
    }
}
