//! One answer as it is kept.

use super::settings::{CacheSettings, FAILURE_TTL_LIMIT, StaleSettings};
use crate::dns::{Answer, Freshness, Outcome};
use std::ops::Deref;
use std::time::Duration;

/// An answer and its times.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) answer: Held,
    /// When it was kept.
    since: Duration,
    /// When its time is over.
    until: Duration,
    /// Until when it stands in for a failure, without anybody being asked.
    rest: Duration,
    /// How many failures in a row it is the last of; zero for what is no failure.
    failures: u32,
    /// What it takes of the heap.
    pub(super) octets: usize,
}

/// An answer in a cache. However it leaves the cache, it is withdrawn: nobody may take it for what the cache would tell.
#[derive(Clone, Debug)]
pub(super) struct Held(Answer);

impl Drop for Held {
    fn drop(&mut self) {
        self.0.withdraw();
    }
}

impl Deref for Held {
    type Target = Answer;

    fn deref(&self) -> &Answer {
        &self.0
    }
}

impl Entry {
    /// An answer that is kept for its time to live.
    pub(super) fn usable(answer: Answer, now: Duration, octets: usize) -> Self {
        let until = now.saturating_add(answer.ttl());
        Self { answer: Held(answer), since: now, until, rest: Duration::ZERO, failures: 0, octets }
    }

    /// The last of so many failures in a row, kept for its time to live.
    pub(super) fn failure(answer: Answer, failures: u32, now: Duration, octets: usize) -> Self {
        Self { failures, ..Self::usable(answer, now, octets) }
    }

    /// The answer, within its time.
    pub(super) fn fresh(&self, now: Duration) -> Option<Answer> {
        (now < self.until)
            .then(|| self.answer.aged(self.until.saturating_sub(now), Freshness::Cached(self.age(now))))
    }

    /// The answer beyond its time, if a failure may be replaced by it (RFC 8767 §5).
    pub(super) fn stale(&self, stale: &StaleSettings, now: Duration) -> Option<Answer> {
        let is_usable = !matches!(self.answer.outcome(), Outcome::Failed(_));
        let is_stale = now >= self.until && now < self.until.saturating_add(stale.max_age);
        // RFC 8767 §4: the TTL of stale data is more than zero, 30 seconds by preference.
        (is_usable && is_stale).then(|| self.answer.aged(stale.ttl, Freshness::Stale(self.age(now))))
    }

    /// The answer beyond its time, while it stands in for a failure.
    pub(super) fn resting(&self, stale: &StaleSettings, now: Duration) -> Option<Answer> {
        if now < self.rest { self.stale(stale, now) } else { None }
    }

    /// The same answer, standing in for a failure at `now`.
    pub(super) fn rested(self, stale: &StaleSettings, now: Duration) -> Self {
        let rest = now.saturating_add(stale.recheck.min(FAILURE_TTL_LIMIT));
        Self { rest, ..self }
    }

    /// How many failures in a row there were when another follows at `now`. A failure is forgotten 5 minutes after
    /// its time.
    pub(super) fn failures(&self, now: Duration) -> u32 {
        if now < self.until.saturating_add(FAILURE_TTL_LIMIT) { self.failures } else { 0 }
    }

    /// Whether nothing can come of it any more.
    pub(super) fn is_spent(&self, settings: &CacheSettings, now: Duration) -> bool {
        let after = match (self.answer.outcome(), &settings.stale) {
            (Outcome::Failed(_), _) => FAILURE_TTL_LIMIT,
            (_, Some(stale)) => stale.max_age,
            (_, None) => Duration::ZERO,
        };
        now >= self.until.saturating_add(after)
    }

    /// Whether its time is over.
    pub(super) fn is_over(&self, now: Duration) -> bool {
        now >= self.until
    }

    /// Whether it was kept no earlier than `since`.
    pub(super) fn is_newer(&self, since: Duration) -> bool {
        self.since >= since
    }

    pub(super) const fn since(&self) -> Duration {
        self.since
    }

    const fn age(&self, now: Duration) -> Duration {
        now.saturating_sub(self.since)
    }
}
