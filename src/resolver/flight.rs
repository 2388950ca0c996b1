//! Questions under way, each sent once however many wait for it; for callers that are futures.

use crate::dns::{Answer, Question};
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared, WeakShared};
use std::collections::HashMap;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Brings the answer; none when the resolver panicked.
type Fetch = BoxFuture<'static, Option<Answer>>;

/// A seat in a flight.
pub(super) type Flight = Shared<Fetch>;

/// The flights of one resolver.
///
/// Whoever waits for a flight drives it, so that it needs no runtime and goes on as long as anybody waits. When all have
/// given up it is dropped, and the query with it.
#[derive(Debug, Default)]
pub(super) struct Flights(Mutex<Open>);

#[derive(Debug, Default)]
struct Open {
    flights: HashMap<Question, (u64, WeakShared<Fetch>)>,
    /// The number of the last flight.
    last: u64,
}

impl Flights {
    /// The flight for `question` that is under way, or the one that `start` begins; and whether it was under way.
    pub(super) fn join<F>(self: &Arc<Self>, question: &Question, start: impl FnOnce() -> F) -> (Flight, bool)
    where
        F: Future<Output = Answer> + Send + 'static,
    {
        let mut open = self.open();
        if let Some(flight) = open.flights.get(question).and_then(|(_, flight)| flight.upgrade()) {
            return (flight, true);
        }
        open.last += 1;
        let landing = Landing { flights: Arc::clone(self), question: question.clone(), number: open.last };
        let fetch = AssertUnwindSafe(start()).catch_unwind();
        let fetch = async move {
            let answer = fetch.await.ok();
            drop(landing);
            answer
        };
        let flight = fetch.boxed().shared();
        if let Some(weak) = flight.downgrade() {
            let number = open.last;
            open.flights.insert(question.clone(), (number, weak));
        }
        (flight, false)
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Ends a flight when it is dropped: with the answer, or because nobody waits.
struct Landing {
    flights: Arc<Flights>,
    question: Question,
    number: u64,
}

impl Drop for Landing {
    fn drop(&mut self) {
        let mut open = self.flights.open();
        // A flight that nobody waited for may have been followed by another.
        if open.flights.get(&self.question).is_some_and(|(number, _)| *number == self.number) {
            open.flights.remove(&self.question);
        }
    }
}
