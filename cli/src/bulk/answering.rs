//! Who answers the questions of many items at once.

use super::Unusable;
use crate::asking::Asking;
use mailproof::dns::{Answer, CacheSettings, Failure, Known, Question, Resolver, Statistics, Zone};
use mailproof::resolver::{Cached, Stub};
use std::path::Path;
use tokio::sync::Semaphore;

/// Octets that the cache may take.
const CACHE_OCTETS: usize = 48 << 20;

/// Files that may be open, if the system lets us: each question over the network is a socket of its own.
const OPEN_FILES: u64 = 10_000;

/// Files that are no sockets of questions: inputs, outputs, and what the runtime needs.
const OTHER_FILES: u64 = 100;

/// A zone, or servers behind a cache that all items share.
pub(super) enum Answering {
    Network(Box<Cached<Gate>>),
    Zone(Zone),
}

impl Answering {
    pub(super) fn open(asking: &Asking, zone: Option<&Path>) -> Result<Self, Unusable> {
        if let Some(path) = zone {
            return Ok(Self::Zone(crate::resolve::zone(path)?));
        }
        let allowed = rlimit::increase_nofile_limit(OPEN_FILES).unwrap_or(OPEN_FILES).min(OPEN_FILES);
        let seats = usize::try_from(allowed.saturating_sub(OTHER_FILES).max(1)).unwrap_or(1);
        let gate = Gate { resolver: asking.stub()?, seats: Semaphore::new(seats) };
        let settings = CacheSettings { octets: CACHE_OCTETS, ..CacheSettings::default() };
        let cached = Cached::seeded(gate, settings).map_err(|why| Unusable::Dns(why.to_string()))?;
        Ok(Self::Network(Box::new(cached)))
    }

    /// Whether another try may bring another answer.
    pub(super) const fn may_change(&self) -> bool {
        matches!(self, Self::Network(_))
    }

    /// What the cache did; `None` where there is none.
    pub(super) fn statistics(&self) -> Option<Statistics> {
        match self {
            Self::Network(cached) => Some(cached.cache().statistics()),
            Self::Zone(_) => None,
        }
    }
}

impl Resolver for Answering {
    async fn resolve(&self, question: &Question) -> Answer {
        match self {
            Self::Network(cached) => cached.resolve(question).await,
            Self::Zone(zone) => Resolver::resolve(zone, question).await,
        }
    }

    fn known(&self) -> &dyn Known {
        match self {
            Self::Network(cached) => Resolver::known(&**cached),
            Self::Zone(zone) => Resolver::known(zone),
        }
    }
}

/// Servers that are asked only so many questions at once as files may be open.
pub(super) struct Gate {
    resolver: Stub,
    seats: Semaphore,
}

impl Resolver for Gate {
    async fn resolve(&self, question: &Question) -> Answer {
        // It fails only when the semaphore is closed, which it never is.
        match self.seats.acquire().await {
            Ok(_seat) => self.resolver.resolve(question).await,
            Err(_) => Answer::failed(Failure::Unreachable),
        }
    }
}
