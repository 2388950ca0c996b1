//! Who answers the questions of many items at once.

use super::{Arguments, Unusable};
use crate::asking::Asking;
use crate::resolve::{overrides, recorded_time, recording, zone};
use mailproof::dns::{
    Answer, CacheSettings, Failure, Known, Override, Question, Replay, Resolver, Statistics, Zone,
};
use mailproof::resolver::{Cached, Stub};
use std::sync::Arc;
use tokio::sync::Semaphore;

/// Octets that the cache may take.
const CACHE_OCTETS: usize = 48 << 20;

/// Files that may be open, if the system lets us: each question over the network is a socket of its own.
const OPEN_FILES: u64 = 10_000;

/// Files that are no sockets of questions: inputs, outputs, and what the runtime needs.
const OTHER_FILES: u64 = 100;

/// What answers, with the records of `--override` in front of it.
pub(super) struct Answering {
    base: Arc<Base>,
    laid_over: Option<Override<Arc<Base>>>,
    /// When what is replayed was recorded, in Unix seconds.
    pub(super) time: Option<u64>,
}

/// A zone, a recording, or servers behind a cache that all items share.
enum Base {
    Network(Box<Cached<Gate>>),
    Replay(Replay),
    Zone(Zone),
}

impl Answering {
    pub(super) fn open(arguments: &Arguments) -> Result<Self, Unusable> {
        let mut time = None;
        let base = match (&arguments.zone, &arguments.replay) {
            (Some(path), _) => Base::Zone(zone(path)?),
            (None, Some(path)) => {
                let recording = recording(path)?;
                time = recorded_time(&recording);
                Base::Replay(Replay::new(&recording))
            }
            (None, None) => Base::network(&arguments.asking)?,
        };
        let base = Arc::new(base);
        let laid_over = overrides(&arguments.overrides)?.map(|zone| Override::new(zone, Arc::clone(&base)));
        Ok(Self { base, laid_over, time })
    }

    /// Whether another try may bring another answer.
    pub(super) fn may_change(&self) -> bool {
        matches!(*self.base, Base::Network(_))
    }

    /// What the cache did; `None` where there is none.
    pub(super) fn statistics(&self) -> Option<Statistics> {
        match &*self.base {
            Base::Network(cached) => Some(cached.cache().statistics()),
            Base::Replay(_) | Base::Zone(_) => None,
        }
    }
}

impl Resolver for Answering {
    async fn resolve(&self, question: &Question) -> Answer {
        match &self.laid_over {
            Some(laid_over) => laid_over.resolve(question).await,
            None => self.base.resolve(question).await,
        }
    }

    fn known(&self) -> &dyn Known {
        match &self.laid_over {
            Some(laid_over) => Resolver::known(laid_over),
            None => Resolver::known(&*self.base),
        }
    }
}

impl Base {
    fn network(asking: &Asking) -> Result<Self, Unusable> {
        let allowed = rlimit::increase_nofile_limit(OPEN_FILES).unwrap_or(OPEN_FILES).min(OPEN_FILES);
        let seats = usize::try_from(allowed.saturating_sub(OTHER_FILES).max(1)).unwrap_or(1);
        let gate = Gate { resolver: asking.stub()?, seats: Semaphore::new(seats) };
        let settings = CacheSettings { octets: CACHE_OCTETS, ..CacheSettings::default() };
        let cached = Cached::seeded(gate, settings).map_err(|why| Unusable::Dns(why.to_string()))?;
        Ok(Self::Network(Box::new(cached)))
    }
}

impl Resolver for Base {
    async fn resolve(&self, question: &Question) -> Answer {
        match self {
            Self::Network(cached) => cached.resolve(question).await,
            Self::Replay(replay) => Resolver::resolve(replay, question).await,
            Self::Zone(zone) => Resolver::resolve(zone, question).await,
        }
    }

    fn known(&self) -> &dyn Known {
        match self {
            Self::Network(cached) => Resolver::known(&**cached),
            Self::Replay(replay) => Resolver::known(replay),
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
