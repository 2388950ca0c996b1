//! Answers kept for as long as they hold.

mod settings;
mod statistics;

pub use settings::{CacheSettings, StaleSettings};
pub use statistics::Statistics;

use super::{Answer, Question};
use crate::name::Name;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Answers kept for as long as they hold.
///
/// Times are an argument: what has passed since an origin of the caller's choice, by a clock that never goes back.
#[derive(Debug)]
pub struct Cache {
    settings: CacheSettings,
    coalesced: AtomicU64,
}

impl Cache {
    /// An empty cache.
    pub fn new(settings: CacheSettings) -> Self {
        Self { settings, coalesced: AtomicU64::new(0) }
    }

    /// The answer, if it is known at `now`: aged by the time it was kept.
    pub fn recall(&self, question: &Question, now: Duration) -> Option<Answer> {
        let _ = (question, now, &self.settings);
        None
    }

    /// Keeps what a server said at `now`, and gives the answer to use.
    pub fn store(&self, question: Question, answer: Answer, now: Duration) -> Answer {
        let _ = (question, now);
        answer
    }

    /// Forgets everything.
    pub fn flush(&self) {}

    /// Forgets every answer about `name`, and every NXDOMAIN that speaks for it.
    pub fn flush_name(&self, name: &Name) {
        let _ = name;
    }

    /// Forgets every answer about `name` and all names below it, and every NXDOMAIN that speaks for it.
    pub fn flush_below(&self, name: &Name) {
        let _ = name;
    }

    /// Counts a question that waited for another's answer instead of being sent.
    pub fn count_coalesced(&self) {
        self.coalesced.fetch_add(1, Ordering::Relaxed);
    }

    /// What was done so far, and what is held.
    pub fn statistics(&self) -> Statistics {
        Statistics { coalesced: self.coalesced.load(Ordering::Relaxed), ..Statistics::default() }
    }
}

impl Default for Cache {
    fn default() -> Self {
        Self::new(CacheSettings::default())
    }
}
