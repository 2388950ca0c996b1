//! How long a message waits for DNS: as many round trips as its longest chain of questions has links.

use super::authenticator::{MAIL, connection, zone_with};
use mailproof::dns::{Answer, Cache, Kind, Question, Resolver, Zone};
use mailproof::message::Message;
use mailproof::resolver::Cached;
use mailproof::{Authenticator, Connection, Evaluation, Report};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;
use tokio::time::Instant;

const ROUND_TRIP: Duration = Duration::from_millis(20);

/// Every question takes one round trip.
struct Far {
    zone: Zone,
    queries: AtomicUsize,
}

impl Resolver for Far {
    async fn resolve(&self, question: &Question) -> Answer {
        self.queries.fetch_add(1, SeqCst);
        tokio::time::sleep(ROUND_TRIP).await;
        // A zone gives what it lacks no time to live.
        let answer = self.zone.lookup(question);
        answer.aged(answer.ttl().max(Duration::from_secs(60)), answer.freshness())
    }
}

/// SPF three includes deep, two signatures with a key each, DMARC.
fn far() -> Far {
    let zone = zone_with(
        r#"{
            "example.com": { "TXT": ["v=spf1 include:one.example.net -all"] },
            "one.example.net": { "TXT": ["v=spf1 include:two.example.net -all"] },
            "two.example.net": { "TXT": ["v=spf1 include:three.example.net -all"] },
            "three.example.net": { "TXT": ["v=spf1 ip4:192.0.2.0/24 -all"] }
        }"#,
    );
    Far { zone, queries: AtomicUsize::new(0) }
}

/// The report, and how long it took.
async fn timed(resolver: &impl Resolver) -> (Report, Duration) {
    let start = Instant::now();
    let message = Message::parse(MAIL).unwrap();
    let report = Authenticator::new("mx.example.org").check(&message, connection()).run(resolver).await;
    let words = [&report.helo, &report.mail_from].map(|verdict| verdict.as_ref().unwrap().outcome.word());
    assert_eq!((words, report.dmarc.outcome.word()), (["pass", "pass"], "pass"));
    assert!(report.dkim.len() == 2 && report.dkim.iter().all(|verdict| verdict.outcome.word() == "pass"));
    (report, start.elapsed())
}

#[tokio::test(start_paused = true)]
async fn a_message_waits_for_its_longest_chain_only() {
    let far = far();
    let (report, elapsed) = timed(&far).await;
    // MAIL FROM: its record and three includes, one after the other. Beside it HELO (its record, an address), two keys,
    // DMARC (the author domain, the level above), and iprev (the name of the client, whose address HELO asks for too).
    assert_eq!((report.dns.rounds, report.dns.questions), (4, 11));
    assert_eq!(far.queries.load(SeqCst), 11);
    assert_eq!(elapsed, ROUND_TRIP * 4);
}

#[tokio::test(start_paused = true)]
async fn a_second_message_waits_for_nothing() {
    let far = Arc::new(far());
    let cached = Cached::with_clock(Arc::clone(&far), Arc::new(Cache::default()), || Duration::ZERO);
    let (first, elapsed) = timed(&cached).await;
    assert_eq!((elapsed, far.queries.load(SeqCst)), (ROUND_TRIP * 4, 11));
    let (second, elapsed) = timed(&cached).await;
    assert_eq!(elapsed, Duration::ZERO);
    assert_eq!(second.to_json(), first.to_json());
}

#[tokio::test(start_paused = true)]
async fn messages_that_arrive_together_ask_once() {
    let far = Arc::new(far());
    let cached = Cached::with_clock(Arc::clone(&far), Arc::new(Cache::default()), || Duration::ZERO);
    let (one, two, three) = tokio::join!(timed(&cached), timed(&cached), timed(&cached));
    for (report, elapsed) in [&one, &two, &three] {
        assert_eq!((report, *elapsed), (&one.0, ROUND_TRIP * 4));
    }
    assert_eq!(far.queries.load(SeqCst), 11);
}

/// A reverse zone that is slow to answer.
struct SlowReverse(Zone);

impl Resolver for SlowReverse {
    async fn resolve(&self, question: &Question) -> Answer {
        tokio::time::sleep(ROUND_TRIP * if question.kind == Kind::Ptr { 50 } else { 1 }).await;
        self.0.lookup(question)
    }
}

/// The author domain and the one that SPF authenticated are siblings, so that alignment has to ask for itself.
#[tokio::test(start_paused = true)]
async fn alignment_does_not_wait_for_the_name_of_the_client() {
    let zone = zone_with(
        r#"{
            "bounce.example.com": { "TXT": ["v=spf1 ip4:192.0.2.0/24 -all"] },
            "mail.example.com": { "TXT": ["v=spf1 -all"] },
            "_dmarc.example.com": { "TXT": ["v=DMARC1; p=reject"] }
        }"#,
    );
    let message = Message::parse(b"From: a@news.example.com\r\n\r\n").unwrap();
    let connection = Connection::new([192, 0, 2, 25].into(), "mail.example.com", "b@bounce.example.com");
    let inspect = || Authenticator::new("mx.example.org").check(&message, connection.clone());
    let at_once = inspect().run_blocking(&zone);
    assert_eq!(at_once.dmarc.outcome.word(), "pass", "{:?}", at_once.dmarc);
    let start = Instant::now();
    let report = inspect().run(&SlowReverse(zone)).await;
    // The slow answer, and the address of the name it holds; alignment was judged meanwhile.
    assert_eq!(start.elapsed(), ROUND_TRIP * 51);
    assert_eq!(report.dns, at_once.dns);
    assert_eq!(report.dmarc, at_once.dmarc);
}
