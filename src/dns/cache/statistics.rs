//! What a cache counts.

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
    /// Questions not answered.
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
