//! A list of answers by their last use, whose table grows only where it is told to.

use super::entry::Entry;
use super::key::{BringsHash, Identity, Key, Sought};
use super::octets::{NODE, allocation};
use lru::LruCache;
use std::num::NonZeroUsize;

/// Slots of the smallest table, and how many answers they hold.
const LEAST: (usize, usize) = (16, 7);

/// Octets of a slot of the table: a pointer to the key, one to the node, and the control octet.
const SLOT: usize = 2 * size_of::<usize>() + 1;

/// What follows the slots: a group of control octets.
const GROUP: usize = 16;

/// Answers, the last used first.
#[derive(Debug)]
pub(super) struct Segment {
    list: LruCache<Key, Entry, BringsHash>,
    /// The slots of the table. No more than 7 in 16 are used: half of what the table would hold, so that it clears
    /// its deleted slots in place and never grows of its own.
    slots: usize,
    /// What the answers take.
    charged: usize,
}

impl Segment {
    pub(super) fn new() -> Self {
        Self { list: LruCache::unbounded_with_hasher(BringsHash::default()), slots: 0, charged: 0 }
    }

    pub(super) fn len(&self) -> usize {
        self.list.len()
    }

    /// What it takes of the heap: answers, table, and the two ends of the list. The table counts twice, because the
    /// smaller ones it grew out of leave holes among the answers that only other sizes would fill.
    pub(super) const fn octets(&self) -> usize {
        let table = if self.slots == 0 { 0 } else { allocation(self.slots * SLOT + GROUP) };
        self.charged + 2 * table + 2 * NODE
    }

    pub(super) fn peek(&self, sought: Sought<'_>) -> Option<&Entry> {
        self.list.peek::<dyn Identity>(&sought)
    }

    /// An answer, which becomes the last used.
    pub(super) fn touch(&mut self, sought: Sought<'_>) -> Option<&Entry> {
        self.list.get::<dyn Identity>(&sought)
    }

    /// Puts an answer in front; there is none under its key.
    pub(super) fn push(&mut self, key: Key, entry: Entry) {
        if self.list.len() >= self.room() {
            self.widen();
        }
        self.charged += entry.octets;
        self.list.push(key, entry);
    }

    pub(super) fn remove(&mut self, sought: Sought<'_>) -> Option<(Key, Entry)> {
        let found = self.list.pop_entry::<dyn Identity>(&sought)?;
        self.charged -= found.1.octets;
        Some(found)
    }

    pub(super) fn remove_last(&mut self) -> Option<(Key, Entry)> {
        let found = self.list.pop_lru()?;
        self.charged -= found.1.octets;
        Some(found)
    }

    /// Drops every answer whose name is `doomed`.
    pub(super) fn drop_names(&mut self, doomed: impl Fn(&str) -> bool) {
        let charged = &mut self.charged;
        self.list.retain(|key, entry| {
            let keeps = !doomed(key.name());
            if !keeps {
                *charged -= entry.octets;
            }
            keeps
        });
    }

    const fn room(&self) -> usize {
        self.slots / LEAST.0 * LEAST.1
    }

    /// Moves to a table twice as large.
    fn widen(&mut self) {
        let slots = if self.slots == 0 { LEAST.0 } else { self.slots * 2 };
        // A table of so many slots is what hashbrown makes for this many answers: 7 in 8.
        let holds = NonZeroUsize::new(slots / LEAST.0 * LEAST.1 * 2).unwrap_or(NonZeroUsize::MIN);
        let mut list = LruCache::with_hasher(holds, BringsHash::default());
        while let Some((key, entry)) = self.list.pop_lru() {
            list.push(key, entry);
        }
        (self.list, self.slots) = (list, slots);
    }
}
