//! Questions under way, each sent once however many wait for it; for callers that are futures.

use crate::dns::{Answer, Question};
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared, WeakShared};
use std::collections::HashMap;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::runtime::{Handle, Id};

/// Brings the answer; none when the resolver panicked.
type Fetch = BoxFuture<'static, Option<Answer>>;

/// A seat in a flight.
pub(super) type Flight = Shared<Fetch>;

/// The flights of one resolver.
///
/// Whoever waits for a flight drives it, so that it needs no runtime and goes on as long as anybody waits. When all have
/// given up it is dropped, and the query with it.
///
/// Timers and sockets are those of the runtime of tokio in which the flight began, and stand still when nobody drives it
/// any more. So each runtime has flights of its own.
#[derive(Debug, Default)]
pub(super) struct Flights(Mutex<Open>);

/// What is asked, and in which runtime of tokio; none in another executor.
type Route = (Question, Option<Id>);

#[derive(Debug, Default)]
struct Open {
    flights: HashMap<Route, (u64, WeakShared<Fetch>)>,
    /// The number of the last flight.
    last: u64,
}

impl Flights {
    /// The flight for `question` that is under way, or the one that `start` begins; and whether it was under way.
    pub(super) fn join<F>(self: &Arc<Self>, question: &Question, start: impl FnOnce() -> F) -> (Flight, bool)
    where
        F: Future<Output = Answer> + Send + 'static,
    {
        let route = (question.clone(), Handle::try_current().ok().map(|runtime| runtime.id()));
        let mut open = self.open();
        if let Some(flight) = open.flights.get(&route).and_then(|(_, flight)| flight.upgrade()) {
            return (flight, true);
        }
        open.last += 1;
        let landing = Landing { flights: Arc::clone(self), route: route.clone(), number: open.last };
        let fetch = AssertUnwindSafe(start()).catch_unwind();
        let fetch = async move {
            let answer = fetch.await.ok();
            drop(landing);
            answer
        };
        let flight = fetch.boxed().shared();
        if let Some(weak) = flight.downgrade() {
            let number = open.last;
            open.flights.insert(route, (number, weak));
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
    route: Route,
    number: u64,
}

impl Drop for Landing {
    fn drop(&mut self) {
        let mut open = self.flights.open();
        // A flight that nobody waited for may have been followed by another.
        if open.flights.get(&self.route).is_some_and(|(number, _)| *number == self.number) {
            open.flights.remove(&self.route);
        }
    }
}
