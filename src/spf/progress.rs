//! How far the runs of a check came, for the run after them.
//!
//! A check runs again from its beginning with each answer it waited for. The same facts lead it the same way, so that a
//! run may go on where the last one was in a record, or in the hosts of an `mx`: then a policy costs about as much when
//! its answers are told one by one as when all of them are known.

use super::budget::Spent;
use super::check::Run;
use super::reverse::ReverseNames;
use crate::name::Name;
use std::collections::BTreeMap;
use std::time::Duration;

/// What an evaluation has come to.
#[derive(Clone, Debug, Default)]
pub(super) struct State {
    pub(super) spent: Spent,
    /// Whether an answer was not authentic.
    pub(super) is_unproven: bool,
    /// The smallest TTL seen; zero after a failure.
    pub(super) ttl: Option<Duration>,
    /// Whether a macro of the sender or the HELO name was expanded.
    pub(super) is_personal: bool,
    /// The names of the client, once they were asked for.
    pub(super) reverse: Option<ReverseNames>,
}

/// How far runs came in each list, by the place on the tape of the fact that holds it.
#[derive(Clone, Debug, Default)]
pub(super) struct Progress(BTreeMap<usize, Point>);

/// Where all runs are alike that have seen the same facts.
#[derive(Clone, Debug)]
struct Point {
    /// The term or host that is next.
    item: usize,
    /// The fact told last.
    place: usize,
    state: State,
    /// What the target of the item expands to, once that is known.
    target: Option<Name>,
}

impl Run<'_> {
    /// Begins with the list that the fact told last holds, or goes on in it: the item that is next.
    pub(super) fn resume(&mut self) -> usize {
        let Some(point) = self.progress.as_ref().and_then(|progress| progress.0.get(&self.place())) else {
            return 0;
        };
        self.state.clone_from(&point.state);
        self.reader.seek(point.place);
        point.item
    }

    /// An item of the list in the fact at a place is next, those before it did not match.
    pub(super) fn reach(&mut self, list: usize, item: usize) {
        self.list = Some(list);
        let place = self.place();
        if let Some(progress) = &mut self.progress
            && progress.0.get(&list).is_none_or(|point| point.item != item)
        {
            progress.0.insert(list, Point { item, place, state: self.state.clone(), target: None });
        }
    }

    /// What the item under way has learned of the names of the client need not be learned again. Nothing else was asked
    /// for it.
    pub(super) fn keep_reverse_names(&mut self) {
        let (place, state) = (self.place(), self.progress.is_some().then(|| self.state.clone()));
        if let (Some(point), Some(state)) = (self.point(), state) {
            point.place = place;
            point.state = State { spent: point.state.spent, ..state };
        }
    }

    /// What the target of the item under way expands to.
    pub(super) fn expanded(&mut self, expand: impl FnOnce(&Self) -> Option<Name>) -> Option<Name> {
        if let Some(target) = self.point().and_then(|point| point.target.clone()) {
            return Some(target);
        }
        let target = expand(self);
        if let Some(point) = self.point() {
            point.target.clone_from(&target);
        }
        target
    }

    fn point(&mut self) -> Option<&mut Point> {
        self.progress.as_mut()?.0.get_mut(&self.list?)
    }
}
