//! How long DNS has been failing, so that mail does not wait for ever.

use lru::LruCache;
use std::num::NonZeroUsize;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Failures remembered at most; the one not seen for longest is forgotten first, and begins anew.
const FAILURES: NonZeroUsize = NonZeroUsize::new(10_000).unwrap();

/// When each failure was first seen, by what failed.
#[derive(Debug)]
pub(crate) struct Troubles(Mutex<LruCache<String, Trouble>>);

#[derive(Debug)]
struct Trouble {
    first: Instant,
    last: Instant,
}

impl Default for Troubles {
    fn default() -> Self {
        Self(Mutex::new(LruCache::new(FAILURES)))
    }
}

impl Troubles {
    /// How long this has been failing, by this failure at `now`. One not seen for twice the time of `cap` begins anew.
    pub(crate) fn failed(&self, what: &str, now: Instant, cap: Duration) -> Duration {
        let mut troubles = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let trouble = troubles.get_or_insert_mut_ref(what, || Trouble { first: now, last: now });
        if now.saturating_duration_since(trouble.last) > cap.saturating_mul(2) {
            trouble.first = now;
        }
        trouble.last = now;
        now.saturating_duration_since(trouble.first)
    }

    /// This works again.
    pub(crate) fn works(&self, what: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).pop(what);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_from_the_first_failure_until_it_works() {
        let (troubles, start) = (Troubles::default(), Instant::now());
        let at = |minutes: u64| start + Duration::from_secs(minutes * 60);
        let cap = Duration::from_secs(60 * 60);
        assert_eq!(troubles.failed("a", at(0), cap), Duration::ZERO);
        assert_eq!(troubles.failed("a", at(59), cap), Duration::from_secs(59 * 60));
        assert_eq!(troubles.failed("b", at(59), cap), Duration::ZERO);
        troubles.works("a");
        assert_eq!(troubles.failed("a", at(60), cap), Duration::ZERO);
        assert_eq!(troubles.failed("a", at(60 + 121), cap), Duration::ZERO, "it was another failure");
    }

    #[test]
    fn remembers_no_more_than_it_may() {
        let (troubles, now) = (Troubles::default(), Instant::now());
        for number in 0..2 * FAILURES.get() {
            troubles.failed(&number.to_string(), now, Duration::from_secs(60));
        }
        assert!(troubles.0.lock().unwrap().len() <= FAILURES.get());
    }
}
