//! What a cache is told.

use std::ops::RangeInclusive;
use std::time::Duration;

/// Failures are never kept longer, whatever the settings say: RFC 2308 §7, RFC 9520 §3.2.
pub(super) const FAILURE_TTL_LIMIT: Duration = Duration::from_secs(5 * 60);

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// How a [`Cache`](super::Cache) keeps answers.
#[derive(Clone, Debug)]
pub struct CacheSettings {
    /// Answers kept at most. The default is 262 144.
    pub entries: usize,
    /// Octets of memory taken at most, as [`Statistics::octets`](super::Statistics::octets) counts them. The default
    /// is 64 MiB, which holds some 130 000 answers of one record. SPF policies that were compiled from the answers take
    /// up to an eighth of this besides.
    pub octets: usize,
    /// The bounds of the time to live. A positive answer is kept no shorter than the lower one: zero by default, so
    /// that an answer of TTL 0 serves one evaluation only (RFC 8767 §4). No answer is kept longer than the upper
    /// one: a day by default, because what was forged upstream should not outlive the repair by a TTL of its own
    /// choice (RFC 8767 §4 recommends a week at most).
    pub ttl: RangeInclusive<Duration>,
    /// How long a negative answer is kept at most. The default is one hour: RFC 2308 §5 found one to three to work
    /// well.
    pub negative_ttl_max: Duration,
    /// How long a negative answer is kept that came without the SOA record which would say so. RFC 2308 §5 would
    /// not have it kept at all, lest two servers tell each other for ever; this cache stands at the end of the line.
    /// The default is 5 seconds, zero follows the letter.
    pub unsourced_ttl: Duration,
    /// How long a failure is kept: the first time, and, doubling with each failure in a row, at most. The default is
    /// 1 to 30 seconds (RFC 9520 §3.2); more than 5 minutes counts as 5 minutes.
    pub failure_ttl: RangeInclusive<Duration>,
    /// Whether an answer whose time is over stands in for a failure (RFC 8767). The default is no.
    pub stale: Option<StaleSettings>,
    /// Whether NXDOMAIN for a name speaks for all names below it (RFC 8020 §2). The default is yes; servers that
    /// deny an empty non-terminal (RFC 8020 §3.1) are a reason to switch it off.
    pub nxdomain_cut: bool,
    /// A secret by which names are spread, so that nobody can choose names that collide. The default is fixed: whoever
    /// has a source of randomness sets it, as `resolver::Cached::seeded` does.
    pub seed: [u64; 2],
}

/// How answers are used whose time is over (RFC 8767 §5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StaleSettings {
    /// How long after its time an answer is used at most. The default is one day; RFC 8767 §5 suggests one to three.
    pub max_age: Duration,
    /// The time to live such an answer is given. The default is 30 seconds (RFC 8767 §4).
    pub ttl: Duration,
    /// How long after a failure nobody is asked again. The default is 30 seconds (RFC 8767 §5); more than 5 minutes
    /// counts as 5 minutes (RFC 8767 §6).
    pub recheck: Duration,
}

impl Default for CacheSettings {
    fn default() -> Self {
        Self {
            entries: 1 << 18,
            octets: 64 << 20,
            ttl: Duration::ZERO..=DAY,
            negative_ttl_max: Duration::from_secs(60 * 60),
            unsourced_ttl: Duration::from_secs(5),
            failure_ttl: Duration::from_secs(1)..=Duration::from_secs(30),
            stale: None,
            nxdomain_cut: true,
            seed: [0x6d61_696c_7072_6f6f, 0x6620_444e_5320_6361],
        }
    }
}

impl Default for StaleSettings {
    fn default() -> Self {
        Self { max_age: DAY, ttl: Duration::from_secs(30), recheck: Duration::from_secs(30) }
    }
}
