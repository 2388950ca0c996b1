//! One query for all who ask the same at the same time: threads.
#![allow(clippy::disallowed_methods)]

use super::single_flight::{answer, question};
use mailproof::dns::blocking::Resolver;
use mailproof::dns::{Answer, Cache, Question};
use mailproof::resolver::Cached;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Barrier};
use std::thread;

/// Lets its first query wait until so many others wait for it, then does what it is told.
struct Upstream {
    cache: Arc<Cache>,
    asked: AtomicUsize,
    followers: u64,
    panics: bool,
}

impl Upstream {
    fn cached(followers: u64, panics: bool) -> (Arc<Self>, Arc<Cached<Arc<Self>>>) {
        let cache = Arc::new(Cache::default());
        let upstream = Self { cache: Arc::clone(&cache), asked: AtomicUsize::new(0), followers, panics };
        let upstream = Arc::new(upstream);
        (Arc::clone(&upstream), Arc::new(Cached::new(upstream, cache)))
    }
}

impl Resolver for Upstream {
    fn resolve(&self, _: &Question) -> Answer {
        if self.asked.fetch_add(1, SeqCst) == 0 {
            while self.cache.statistics().coalesced < self.followers {
                thread::yield_now();
            }
            assert!(!self.panics, "the first query meets a defect");
        }
        answer("for all", 60)
    }
}

fn ask_in_threads(resolver: &Arc<Cached<Arc<Upstream>>>, count: u64) -> Vec<thread::Result<Answer>> {
    let ask = |_| {
        let resolver = Arc::clone(resolver);
        thread::spawn(move || resolver.resolve(&question("busy.example")))
    };
    let threads: Vec<_> = (0..count).map(ask).collect();
    threads.into_iter().map(thread::JoinHandle::join).collect()
}

#[test]
fn sixteen_threads_make_one_query() {
    let (upstream, resolver) = Upstream::cached(15, false);
    for told in ask_in_threads(&resolver, 16) {
        assert_eq!(told.unwrap().txt(), answer("for all", 60).txt());
    }
    assert_eq!((upstream.asked.load(SeqCst), resolver.cache().statistics().coalesced), (1, 15));
}

#[test]
fn a_leader_that_panics_hangs_nobody() {
    let (upstream, resolver) = Upstream::cached(7, true);
    let told = ask_in_threads(&resolver, 8);
    let answered: Vec<_> = told.into_iter().filter_map(Result::ok).collect();
    assert_eq!(answered.len(), 7);
    assert!(answered.iter().all(|told| told.txt() == answer("for all", 60).txt()));
    // The one who panicked, and one for all others.
    assert_eq!(upstream.asked.load(SeqCst), 2);
}

#[test]
fn threads_that_lead_for_one_another_do_not_lock() {
    /// Says the name, and wants it asked again at once.
    struct Echo;
    impl Resolver for Echo {
        fn resolve(&self, question: &Question) -> Answer {
            answer(question.name.as_str(), 0)
        }
    }
    let resolver = Cached::new(Echo, Arc::new(Cache::default()));
    let names = ["a.example", "b.example", "c.example", "a.example"];
    let start = Barrier::new(4);
    thread::scope(|scope| {
        for shift in 0..4 {
            let (resolver, start) = (&resolver, &start);
            scope.spawn(move || {
                let mut names = names;
                names.rotate_left(shift);
                for _ in 0..500 {
                    start.wait();
                    let told = resolver.resolve_all(&names.map(question));
                    assert_eq!(told, names.map(|name| answer(name, 0)));
                }
            });
        }
    });
}
