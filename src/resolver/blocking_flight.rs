//! Questions under way, each sent once however many wait for it; for callers that are threads.

use crate::dns::{Answer, Question};
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Condvar, Mutex, PoisonError};

/// The flights of one resolver.
#[derive(Debug, Default)]
pub(super) struct BlockingFlights(Mutex<HashMap<Question, Arc<BlockingFlight>>>);

/// One question under way.
#[derive(Debug, Default)]
pub(super) struct BlockingFlight {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
enum State {
    #[default]
    Aloft,
    Landed(Answer),
    /// Whoever was to bring the answer is gone.
    Lost,
}

/// What a caller is to do about a question.
pub(super) enum Seat<'a> {
    /// Fetch the answer, and land with it.
    Leader(Landing<'a>),
    /// Wait for it.
    Follower(Arc<BlockingFlight>),
}

impl BlockingFlights {
    /// A seat in the flight for `question`.
    pub(super) fn join(&self, question: &Question) -> Seat<'_> {
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match open.entry(question.clone()) {
            Entry::Occupied(flight) => Seat::Follower(Arc::clone(flight.get())),
            Entry::Vacant(place) => {
                let flight = Arc::clone(place.insert(Arc::default()));
                Seat::Leader(Landing { flights: self, question: question.clone(), flight })
            }
        }
    }
}

impl BlockingFlight {
    /// Waits for the answer; none when the flight is lost.
    pub(super) fn wait(&self) -> Option<Answer> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let is_aloft = |state: &mut State| matches!(state, State::Aloft);
        match &*self.changed.wait_while(state, is_aloft).unwrap_or_else(PoisonError::into_inner) {
            State::Landed(answer) => Some(answer.clone()),
            State::Aloft | State::Lost => None,
        }
    }
}

/// The duty to bring an answer. Dropped without one, as in a panic, it lets those who wait ask themselves.
pub(super) struct Landing<'a> {
    flights: &'a BlockingFlights,
    question: Question,
    flight: Arc<BlockingFlight>,
}

impl Landing<'_> {
    /// Brings the answer to all who wait.
    pub(super) fn land(self, answer: Answer) {
        self.end(State::Landed(answer));
    }

    fn end(&self, state: State) {
        self.flights.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.question);
        *self.flight.state.lock().unwrap_or_else(PoisonError::into_inner) = state;
        self.flight.changed.notify_all();
    }
}

impl Drop for Landing<'_> {
    fn drop(&mut self) {
        let is_aloft =
            matches!(*self.flight.state.lock().unwrap_or_else(PoisonError::into_inner), State::Aloft);
        if is_aloft {
            self.end(State::Lost);
        }
    }
}
