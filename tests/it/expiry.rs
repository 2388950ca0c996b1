//! Answers that expire while a message is judged.

use super::authenticator::{MAIL, connection, zone};
use mailproof::dns::{Answer, Cache, CacheSettings, Failure, Question, Resolver, StaleSettings, blocking};
use mailproof::message::Message;
use mailproof::resolver::Cached;
use mailproof::{Authenticator, Evaluation, Inspection};
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Every query takes ten seconds of the clock; every answer holds for one. Who asks the same again hears of a failure.
struct Fleeting {
    clock: &'static AtomicU64,
    asked: Mutex<HashMap<Question, u32>>,
}

impl Fleeting {
    fn new(clock: &'static AtomicU64) -> Self {
        Self { clock, asked: Mutex::default() }
    }

    fn tell(&self, question: &Question) -> Answer {
        self.clock.fetch_add(10, SeqCst);
        let mut asked = self.asked.lock().unwrap();
        let times = asked.entry(question.clone()).or_insert(0);
        *times += 1;
        match *times {
            1 => Answer::new(zone().lookup(question).outcome().clone(), Duration::from_secs(1)),
            _ => Answer::failed(Failure::Servfail),
        }
    }

    fn asked_once(&self) -> bool {
        self.asked.lock().unwrap().values().all(|times| *times == 1)
    }
}

impl Resolver for Fleeting {
    async fn resolve(&self, question: &Question) -> Answer {
        self.tell(question)
    }
}

impl blocking::Resolver for Fleeting {
    fn resolve(&self, question: &Question) -> Answer {
        self.tell(question)
    }
}

fn inspect() -> Inspection {
    Authenticator::new("mx.example.org").check(&Message::parse(MAIL).unwrap(), connection())
}

#[tokio::test]
async fn an_answer_used_in_an_evaluation_stays_fixed() {
    static CLOCK: AtomicU64 = AtomicU64::new(0);
    let upstream = Arc::new(Fleeting::new(&CLOCK));
    let now = || Duration::from_secs(CLOCK.load(SeqCst));
    let cached = Cached::with_clock(Arc::clone(&upstream), Arc::new(Cache::default()), now);
    let report = inspect().run(&cached).await;
    assert_eq!(report.to_json(), inspect().run_blocking(&zone()).to_json());
    assert!(upstream.asked_once());
    // The next evaluation hears what is said then.
    let report = inspect().run(&cached).await;
    assert_eq!(report.dmarc.outcome.word(), "temperror");
}

#[test]
fn so_it_does_for_callers_that_wait() {
    static CLOCK: AtomicU64 = AtomicU64::new(0);
    let upstream = Arc::new(Fleeting::new(&CLOCK));
    let now = || Duration::from_secs(CLOCK.load(SeqCst));
    let cached = Cached::with_clock(Arc::clone(&upstream), Arc::new(Cache::default()), now);
    let report = inspect().run_blocking(&cached);
    assert_eq!(report.to_json(), inspect().run_blocking(&zone()).to_json());
    assert!(upstream.asked_once());
    assert_eq!(inspect().run_blocking(&cached).dmarc.outcome.word(), "temperror");
}

#[test]
fn stale_answers_give_the_verdict_and_are_marked_in_the_report() {
    static CLOCK: AtomicU64 = AtomicU64::new(0);
    let upstream = Arc::new(Fleeting::new(&CLOCK));
    let now = || Duration::from_secs(CLOCK.load(SeqCst));
    let settings = CacheSettings { stale: Some(StaleSettings::default()), ..CacheSettings::default() };
    let cached = Cached::with_clock(upstream, Arc::new(Cache::new(settings)), now);
    assert!(inspect().run_blocking(&cached).dns.stale.is_empty());
    // Every server fails now.
    let report = inspect().run_blocking(&cached);
    assert_eq!(report.dmarc.outcome.word(), "pass");
    let stale: Vec<_> = report.dns.stale.iter().map(ToString::to_string).collect();
    assert!(stale.contains(&"2026a._domainkey.example.com TXT".to_owned()), "{stale:?}");
    assert_eq!(report.to_json()["dns"]["stale"], serde_json::json!(stale));
}
