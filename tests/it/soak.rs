//! Many checks at once against the misbehaving server: none hangs, each is explained, nothing is left behind.
//!
//! Three seconds, or as many as MAILPROOF_SOAK says. It runs in a process of its own, where it can count.

use super::rogue_dns::{connection, verdicts};
use super::rogue_server::{RogueServer, TIMEOUT, WORDS, signed_mail};
use mailproof::dns::{Cache, CacheSettings, Resolver};
use mailproof::message::Message;
use mailproof::resolver::{Cached, Stub, Within};
use mailproof::{Authenticator, Evaluation};
use std::collections::BTreeMap;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::runtime::Builder;

const TASKS: usize = 64;
/// What one message may take.
const DEADLINE: Duration = Duration::from_millis(800);
/// How much later than the deadline a check may end on a busy machine.
const SLACK: Duration = Duration::from_secs(4);
/// What the cache may hold: less than it is told.
const ENTRIES: usize = 200;
const OCTETS: usize = 400_000;

#[test]
fn a_soak_ends_with_everything_explained_and_nothing_left() {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["soak::in_a_process_of_its_own", "--exact", "--ignored", "--nocapture"])
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{told}\n{}", String::from_utf8_lossy(&output.stderr));
    let summary = told.lines().find(|line| line.contains("checks in")).unwrap();
    println!("{summary}");
}

#[test]
#[ignore = "run by the test above"]
fn in_a_process_of_its_own() {
    let seconds = std::env::var("MAILPROOF_SOAK").map_or(3, |text| text.parse().unwrap());
    let server = RogueServer::new();
    let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let stub = Arc::new(Stub::new(server.options()).unwrap());
    let settings = CacheSettings { entries: ENTRIES, octets: OCTETS, ..CacheSettings::default() };
    let cache = Arc::new(Cache::new(settings));
    let empty = cache.statistics().octets;
    let cached = Arc::new(Cached::new(Stub::clone(&stub), Arc::clone(&cache)));
    // What is opened once and kept, is open before it is counted.
    let mut tally = Tally::default();
    runtime.block_on(check(&*stub, "honest", "honest.test", &mut tally));
    assert_eq!(tally.words["honest"], 1);
    let open = descriptors();

    let start = Instant::now();
    let end = start + Duration::from_secs(seconds);
    // Half of them ask themselves, and half share a cache.
    let tasks: Vec<_> = (0..TASKS)
        .map(|task| match task % 2 {
            0 => runtime.spawn(worker(Arc::clone(&stub), task, end)),
            _ => runtime.spawn(worker(Arc::clone(&cached), task, end)),
        })
        .collect();
    let tally = runtime.block_on(async {
        let mut whole = Tally::default();
        for task in tasks {
            let done = tokio::time::timeout_at((end + DEADLINE + SLACK).into(), task).await;
            whole.add(done.expect("a task hangs").unwrap());
        }
        whole
    });
    assert_eq!(tally.words.len(), WORDS.len(), "{:?}", tally.words);
    println!("{} checks in {:?}, the longest {:?}", tally.checks, start.elapsed(), tally.longest);
    let held = cache.statistics();
    println!("{held:?}");
    assert!(held.octets <= OCTETS && held.entries <= ENTRIES && held.entries > 0, "{held:?}");
    assert!(held.hits > 0 && held.evictions > 0, "{held:?}");
    cache.flush();
    let held = cache.statistics();
    assert_eq!((held.octets, held.entries), (empty, 0));

    // The server gives up on clients that are gone when it next hears of them.
    let settled = (0..50).any(|_| {
        std::thread::sleep(Duration::from_millis(100));
        descriptors() <= open && runtime.metrics().num_alive_tasks() == 0
    });
    let tasks = runtime.metrics().num_alive_tasks();
    assert!(settled, "{} files open, {open} before; {tasks} tasks alive", descriptors());
}

/// What was seen.
#[derive(Default)]
struct Tally {
    checks: usize,
    words: BTreeMap<&'static str, usize>,
    longest: Duration,
}

impl Tally {
    fn add(&mut self, other: Self) {
        self.checks += other.checks;
        self.longest = self.longest.max(other.longest);
        for (word, times) in other.words {
            *self.words.entry(word).or_default() += times;
        }
    }
}

async fn worker<R: Resolver>(resolver: Arc<R>, task: usize, end: Instant) -> Tally {
    let mut tally = Tally::default();
    // Each task begins elsewhere and goes through all in steps of its own.
    let mut turn = task;
    while Instant::now() < end {
        let word = WORDS[turn % WORDS.len()];
        let domain =
            if turn.is_multiple_of(3) { format!("{word}.test") } else { format!("n{turn}.{word}.test") };
        check(&*resolver, word, &domain, &mut tally).await;
        turn += 2 * task + 1;
    }
    tally
}

async fn check<R: Resolver>(resolver: &R, word: &'static str, domain: &str, tally: &mut Tally) {
    let mail = signed_mail(domain);
    let inspection =
        Authenticator::new("mx.example.org").check(&Message::parse(&mail).unwrap(), connection(domain));
    let start = Instant::now();
    let report = inspection.run(&Within::new(resolver, DEADLINE)).await;
    let took = start.elapsed();
    assert!(took < DEADLINE + SLACK, "{word}: {took:?}");
    for (result, reason) in verdicts(&report) {
        assert!(result == "pass" || !reason.is_empty(), "{word}: {result} without a reason");
    }
    tally.checks += 1;
    tally.longest = tally.longest.max(took);
    *tally.words.entry(word).or_default() += 1;
    // Truth wins where time allows; a deadline on a busy machine is a temporary error, never another result.
    if TIMEOUT * 2 > took && matches!(word, "honest" | "delay" | "truncate" | "big" | "wrong-case") {
        let [(spf, _), (dkim, _), (dmarc, _)] = verdicts(&report);
        assert!([spf, dkim, dmarc].iter().all(|result| ["pass", "temperror"].contains(result)), "{word}");
    }
}

/// Files and sockets that this process has open; none where the system does not tell.
fn descriptors() -> usize {
    std::fs::read_dir("/proc/self/fd").map_or(0, Iterator::count)
}
