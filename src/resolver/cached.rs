//! Any resolver, behind a cache.

use super::blocking_flight::{BlockingFlights, Seat};
use super::flight::Flights;
use crate::dns::{self, Answer, Cache, CacheSettings, Failure, Known, Outcome, Question, Source, blocking};
use ring::rand::{SystemRandom, generate};
use std::io;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::time::Instant;

/// A resolver behind a cache, which may be shared. Of those who ask the same question at the same time one sends it,
/// and all have its answer.
///
/// Whoever gives up gives up alone: the question stays under way as long as anybody waits for the answer. It is meant to
/// be kept and shared by all evaluations; what belongs to one of them, such as a deadline, a budget or a recorder, goes
/// around it. It answers futures over a [`dns::Resolver`] in any runtime, and threads over a [`blocking::Resolver`].
/// Futures wait for one another within one runtime of tokio, since another's may stop being driven; the cache they share.
///
/// What the resolver below can tell without waiting is passed on and not kept, nor is a failure that tells nothing
/// about the name ([`Failure::is_local`]).
#[derive(Debug)]
pub struct Cached<R> {
    resolver: Arc<R>,
    shelf: Shelf,
    flights: Arc<Flights>,
    blocking_flights: BlockingFlights,
}

/// A cache, with the time.
#[derive(Clone, Debug)]
struct Shelf {
    cache: Arc<Cache>,
    clock: fn() -> Duration,
}

impl<R> Cached<R> {
    /// `resolver` behind `cache`.
    pub fn new(resolver: R, cache: Arc<Cache>) -> Self {
        Self::with_clock(resolver, cache, since_start)
    }

    /// `resolver` behind a cache of its own, whose places nobody outside can foretell: whatever
    /// [`CacheSettings::seed`] says, the seed is random.
    ///
    /// # Errors
    /// When the system grants no random numbers.
    pub fn seeded(resolver: R, settings: CacheSettings) -> io::Result<Self> {
        let seed = [random_word()?, random_word()?];
        Ok(Self::new(resolver, Arc::new(Cache::new(CacheSettings { seed, ..settings }))))
    }

    /// The same as [`Cached::new`] by another clock, one that never goes back. All who share a cache need the same clock.
    pub fn with_clock(resolver: R, cache: Arc<Cache>, clock: fn() -> Duration) -> Self {
        Self {
            resolver: Arc::new(resolver),
            shelf: Shelf { cache, clock },
            flights: Arc::default(),
            blocking_flights: BlockingFlights::default(),
        }
    }

    /// The cache.
    pub const fn cache(&self) -> &Arc<Cache> {
        &self.shelf.cache
    }
}

impl Shelf {
    /// What the cache, or else `known`, can tell.
    fn recall_or(&self, known: &dyn Known, question: &Question) -> Option<Answer> {
        self.recall(question).or_else(|| known.recall(question))
    }

    /// Keeps an answer, and gives the one to use.
    fn keep(&self, question: Question, answer: Answer) -> Answer {
        match answer.outcome() {
            Outcome::Failed(failure) if failure.is_local() => answer,
            _ => self.cache.store(question, answer, (self.clock)()),
        }
    }
}

impl Known for Shelf {
    fn recall(&self, question: &Question) -> Option<Answer> {
        self.cache.recall(question, (self.clock)())
    }

    fn source(&self) -> Option<&Source> {
        Some(self.cache.source())
    }
}

fn random_word() -> io::Result<u64> {
    let random = generate::<[u8; 8]>(&SystemRandom::new())
        .map_err(|_| io::Error::other("the system grants no random numbers"))?;
    Ok(u64::from_ne_bytes(random.expose()))
}

/// The time since this process first asked for it.
fn since_start() -> Duration {
    static START: OnceLock<Instant> = OnceLock::new();
    START.get_or_init(Instant::now).elapsed()
}

impl<R: dns::Resolver + Send + 'static> dns::Resolver for Cached<R> {
    async fn resolve(&self, question: &Question) -> Answer {
        if let Some(answer) = self.shelf.recall_or(self.resolver.known(), question) {
            return answer;
        }
        let (flight, is_joined) = self.flights.join(question, || {
            let (resolver, shelf, question) =
                (Arc::clone(&self.resolver), self.shelf.clone(), question.clone());
            async move {
                // Another flight may have landed since the cache was asked.
                match shelf.recall(&question) {
                    Some(answer) => answer,
                    None => {
                        let answer = resolver.resolve(&question).await;
                        shelf.keep(question, answer)
                    }
                }
            }
        });
        if is_joined {
            self.shelf.cache.count_coalesced();
        }
        match flight.await {
            Some(answer) => answer,
            // A resolver that panics does so before each who asks it.
            None => self.resolver.resolve(question).await,
        }
    }

    fn known(&self) -> &dyn Known {
        &self.shelf
    }
}

impl<R: blocking::Resolver> blocking::Resolver for Cached<R> {
    fn resolve(&self, question: &Question) -> Answer {
        let mut answers = blocking::Resolver::resolve_all(self, std::slice::from_ref(question));
        answers.pop().unwrap_or_else(|| Answer::failed(Failure::Unreachable))
    }

    /// Sends together what nobody else is asking, then waits for the others.
    fn resolve_all(&self, questions: &[Question]) -> Vec<Answer> {
        let known = self.resolver.known();
        let recall = |question| self.shelf.recall_or(known, question);
        let mut answers: Vec<_> = questions.iter().map(recall).collect();
        while answers.contains(&None) {
            self.fetch(questions, &mut answers);
        }
        answers.into_iter().flatten().collect()
    }

    fn known(&self) -> &dyn Known {
        &self.shelf
    }
}

impl<R: blocking::Resolver> Cached<R> {
    /// Fetches what is missing; only what others failed to bring is missing afterwards.
    fn fetch(&self, questions: &[Question], answers: &mut [Option<Answer>]) {
        let (mut led, mut followed) = (Vec::new(), Vec::new());
        let missing = questions.iter().zip(answers.iter_mut()).filter(|(_, answer)| answer.is_none());
        for (question, place) in missing {
            match self.blocking_flights.join(question) {
                Seat::Follower(flight) => {
                    self.shelf.cache.count_coalesced();
                    followed.push((flight, place));
                }
                // Another flight may have landed since the cache was asked.
                Seat::Leader(landing) => match self.shelf.recall(question) {
                    Some(answer) => {
                        landing.land(answer.clone());
                        *place = Some(answer);
                    }
                    None => led.push((question.clone(), landing, place)),
                },
            }
        }
        let asked: Vec<_> = led.iter().map(|(question, ..)| question.clone()).collect();
        let mut told =
            if asked.is_empty() { Vec::new() } else { self.resolver.resolve_all(&asked) }.into_iter();
        for (question, landing, place) in led {
            let answer = told.next().unwrap_or_else(|| Answer::failed(Failure::Unreachable));
            let answer = self.shelf.keep(question, answer);
            landing.land(answer.clone());
            *place = Some(answer);
        }
        for (flight, place) in followed {
            *place = flight.wait();
        }
    }
}
