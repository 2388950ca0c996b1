//! Whose answers they are: what lets something be made of several answers once, and used for as long as they hold.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A body of answers, such as a cache or a zone, told apart from every other one.
///
/// Who has it tells the same answer to the same question again, until the answer's time to live has passed or the answer
/// was withdrawn. A cache keeps its source and withdraws what it drops or replaces; a zone has a new one after each
/// change. See [`Known::source`](super::Known::source).
#[derive(Clone)]
pub struct Source(Arc<Ledger>);

/// What is made of the answers, in octets.
struct Ledger {
    spent: AtomicUsize,
    limit: usize,
}

/// A share of what a source may have made of its answers; given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Charge {
    source: Source,
    octets: usize,
}

impl Source {
    /// A source unlike all others, of whose answers so many octets may be made.
    pub(super) fn new(limit: usize) -> Self {
        Self(Arc::new(Ledger { spent: AtomicUsize::new(0), limit }))
    }

    /// Room for something that takes `octets`, if there is so much.
    pub(crate) fn charge(&self, octets: usize) -> Option<Charge> {
        let fits = |spent: usize| spent.checked_add(octets).filter(|sum| *sum <= self.0.limit);
        self.0.spent.fetch_update(Ordering::Relaxed, Ordering::Relaxed, fits).ok()?;
        Some(Charge { source: self.clone(), octets })
    }
}

impl Charge {
    /// Of whose answers it is made.
    pub(crate) const fn source(&self) -> &Source {
        &self.source
    }
}

impl Drop for Charge {
    fn drop(&mut self) {
        self.source.0.spent.fetch_sub(self.octets, Ordering::Relaxed);
    }
}

impl PartialEq for Source {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Source {}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Source").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grants_no_more_than_its_limit_and_takes_back() {
        let source = Source::new(100);
        let most = source.charge(80).unwrap();
        assert!(source.charge(21).is_none() && source.charge(usize::MAX).is_none());
        let rest = source.charge(20);
        assert!(rest.is_some());
        drop((most, rest));
        assert!(source.charge(100).is_some());
        assert!(source == source.clone() && source != Source::new(100));
    }
}
