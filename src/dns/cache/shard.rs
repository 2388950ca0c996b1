//! A part of a cache under one lock, within its share of the bounds.
//!
//! New answers are on probation; one that is used again is protected. Room is made among those on probation, so a
//! scan of names that are asked for once passes by what is in use.

use super::entry::Entry;
use super::key::{Key, Sought};
use super::segment::Segment;
use super::statistics::Statistics;
use crate::dns::Answer;
use std::time::Duration;

/// What a shard holds at most.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    pub(super) entries: usize,
    pub(super) octets: usize,
}

/// A part of the names, each with all that is known of it.
#[derive(Debug)]
pub(super) struct Shard {
    bounds: Bounds,
    probation: Segment,
    protected: Segment,
    pub(super) counts: Statistics,
}

impl Shard {
    pub(super) fn new(bounds: Bounds) -> Self {
        Self { bounds, probation: Segment::new(), protected: Segment::new(), counts: Statistics::default() }
    }

    pub(super) fn entries(&self) -> usize {
        self.probation.len() + self.protected.len()
    }

    pub(super) const fn octets(&self) -> usize {
        size_of::<Self>() + self.probation.octets() + self.protected.octets()
    }

    pub(super) fn peek(&self, sought: Sought<'_>) -> Option<&Entry> {
        self.protected.peek(sought).or_else(|| self.probation.peek(sought))
    }

    /// The answer, within its time; it is in use from now on.
    pub(super) fn fresh(&mut self, sought: Sought<'_>, now: Duration) -> Option<Answer> {
        if let Some(entry) = self.protected.touch(sought) {
            return entry.fresh(now);
        }
        let answer = self.probation.peek(sought)?.fresh(now)?;
        let (key, entry) = self.probation.remove(sought)?;
        self.protected.push(key, entry);
        self.settle();
        Some(answer)
    }

    pub(super) fn remove(&mut self, sought: Sought<'_>) -> Option<(Key, Entry)> {
        self.protected.remove(sought).or_else(|| self.probation.remove(sought))
    }

    /// Keeps an answer instead of the one that was there, if it is not too large.
    pub(super) fn insert(&mut self, sought: Sought<'_>, entry: Entry) {
        let (was_protected, held) = match self.protected.remove(sought) {
            Some((key, _)) => (true, Some(key)),
            None => (false, self.probation.remove(sought).map(|(key, _)| key)),
        };
        if entry.octets > self.bounds.octets || self.bounds.entries == 0 {
            self.counts.refused += 1;
            return;
        }
        let key = held.unwrap_or_else(|| sought.to_key());
        // A name in use stays so when its answer is renewed.
        let segment = if was_protected { &mut self.protected } else { &mut self.probation };
        segment.push(key, entry);
        self.settle();
    }

    pub(super) fn drop_names(&mut self, doomed: impl Fn(&str) -> bool) {
        self.probation.drop_names(&doomed);
        self.protected.drop_names(&doomed);
    }

    pub(super) fn clear(&mut self) {
        self.probation = Segment::new();
        self.protected = Segment::new();
    }

    /// Four fifths at most are protected.
    fn is_overprotective(&self) -> bool {
        self.protected.len() > self.bounds.entries - self.bounds.entries / 5
            || self.protected.octets() > self.bounds.octets - self.bounds.octets / 5
    }

    /// Keeps the bounds.
    fn settle(&mut self) {
        while self.is_overprotective()
            && let Some((key, entry)) = self.protected.remove_last()
        {
            self.probation.push(key, entry);
        }
        while self.entries() > self.bounds.entries || self.octets() > self.bounds.octets {
            // The answer that needs the room is in front of the list; what is protected goes before it.
            let evicted = match self.probation.len() {
                0 | 1 => self.protected.remove_last().or_else(|| self.probation.remove_last()),
                _ => self.probation.remove_last(),
            };
            if evicted.is_none() {
                return;
            }
            self.counts.evictions += 1;
        }
    }
}
