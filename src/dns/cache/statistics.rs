//! What a cache counts.

use super::shard::Shard;
use crate::dns::{Answer, Freshness, Outcome};

/// What a [`Cache`](super::Cache) has done since it was made, and what it holds now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Statistics {
    /// Questions answered, with whatever is counted in the three fields that follow.
    pub hits: u64,
    /// Questions answered with no data or NXDOMAIN.
    pub negative_hits: u64,
    /// Questions answered with a failure.
    pub failure_hits: u64,
    /// Questions answered with an answer beyond its time, and failures replaced by one.
    pub stale: u64,
    /// Questions that had to be asked: answers handed to [`Cache::store`](super::Cache::store).
    pub misses: u64,
    /// Questions that waited for another's answer instead of being sent.
    pub coalesced: u64,
    /// Answers dropped before their time to make room.
    pub evictions: u64,
    /// Answers too large to be kept.
    pub refused: u64,
    /// Answers held now.
    pub entries: usize,
    /// Octets of memory held now.
    pub octets: usize,
}

impl Statistics {
    pub(super) fn count_hit(&mut self, answer: &Answer) {
        self.hits += 1;
        match answer.outcome() {
            Outcome::Failed(_) => self.failure_hits += 1,
            Outcome::Found(_) => {}
            Outcome::NoData | Outcome::NxDomain => self.negative_hits += 1,
        }
        if matches!(answer.freshness(), Freshness::Stale(_)) {
            self.stale += 1;
        }
    }

    /// The sum of these and those of a shard.
    pub(super) fn and(self, shard: &Shard) -> Self {
        let counts = &shard.counts;
        Self {
            hits: self.hits + counts.hits,
            negative_hits: self.negative_hits + counts.negative_hits,
            failure_hits: self.failure_hits + counts.failure_hits,
            stale: self.stale + counts.stale,
            misses: self.misses + counts.misses,
            coalesced: self.coalesced + counts.coalesced,
            evictions: self.evictions + counts.evictions,
            refused: self.refused + counts.refused,
            entries: self.entries + shard.entries(),
            octets: self.octets + shard.octets(),
        }
    }
}
