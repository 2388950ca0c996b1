//! What the cache takes of the heap under 10 million distinct names, and what a scan leaves of a set in use.
//!
//! The heap is measured by a counting allocator: the octets asked for, and what malloc adds to each allocation. The
//! growth of the resident set stands beside it, which also holds the pages that malloc keeps in pieces.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::as_conversions, clippy::disallowed_methods)]

use lru::LruCache;
use mailproof::Name;
use mailproof::dns::{Answer, Cache, CacheSettings, Kind, Outcome, Question, Records, Txt};
use mailproof::spf::Record;
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};
use std::alloc::System;
use std::net::Ipv4Addr;
use std::num::NonZeroUsize;
use std::process::Command;
use std::time::Duration;

#[global_allocator]
static HEAP: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const NAMES: usize = 10_000_000;
const NOW: Duration = Duration::from_secs(1000);
const TTL: Duration = Duration::from_secs(3600);
/// What malloc adds to an allocation in the mean: 8 octets, and half of 8 to round up to 16.
const MALLOC: usize = 12;
const MIB: f64 = (1 << 20) as f64;

const CASES: [Case; 5] = [
    Case { label: "64 MiB, addresses", octets: 64 << 20, answer: address },
    Case { label: "64 MiB, NXDOMAIN", octets: 64 << 20, answer: denied },
    Case { label: "64 MiB, policies, parsed", octets: 64 << 20, answer: policy },
    Case { label: "64 MiB, a mix", octets: 64 << 20, answer: mixed },
    Case { label: "256 MiB, a mix", octets: 256 << 20, answer: mixed },
];

struct Case {
    label: &'static str,
    octets: usize,
    answer: fn(usize) -> Answer,
}

/// Each case has a process of its own: what one frees is not there for the next to fill.
fn main() {
    let arguments: Vec<_> = std::env::args().collect();
    if let Some(case) = arguments.get(1).and_then(|argument| argument.parse::<usize>().ok()) {
        return memory(&CASES[case]);
    }
    // `cargo test --benches` comes without it.
    if !arguments.iter().any(|argument| argument == "--bench") {
        return;
    }
    println!("| bound | answers | counted | heap | resident | resident / bound |");
    println!("|---|---|---|---|---|---|");
    for case in 0..CASES.len() {
        let run = Command::new(&arguments[0]).arg(case.to_string()).status().unwrap();
        assert!(run.success());
    }
    println!();
    println!(
        "| of 100 000 answers in use | between two uses of one, names scanned | plain LRU | this cache |"
    );
    println!("|---|---|---|---|");
    for hot in [10_000, 40_000, 75_000] {
        for gap in [None, Some(1), Some(10), Some(100)] {
            scan(hot, gap);
        }
    }
}

fn question(number: usize, kind: Kind) -> Question {
    Question::new(Name::parse(format!("host-{number}.mail.example.org")).unwrap(), kind)
}

fn address(number: usize) -> Answer {
    Answer::new(Outcome::Found(Records::A(vec![Ipv4Addr::from(number as u32)])), TTL)
}

fn denied(_: usize) -> Answer {
    Answer::new(Outcome::NxDomain, TTL)
}

fn policy(number: usize) -> Answer {
    let text = format!(
        "v=spf1 ip4:192.0.2.{}/32 a:mail-{number}.example.org include:_spf.example.net -all",
        number % 256
    );
    let answer = Answer::new(Outcome::Found(Records::Txt(vec![Txt::new([text])])), TTL);
    answer.parsed(|answer| Record::parse(answer.txt()[0].octets()).unwrap());
    answer
}

fn key(_: usize) -> Answer {
    let text = format!("v=DKIM1; k=rsa; p={}", "M".repeat(392));
    Answer::new(Outcome::Found(Records::Txt(vec![Txt::new(text.as_bytes().chunks(255))])), TTL)
}

fn mixed(number: usize) -> Answer {
    match number % 8 {
        0..3 => address(number),
        3 | 4 => policy(number),
        5 => key(number),
        6 => Answer::new(Outcome::NoData, TTL),
        _ => denied(number),
    }
}

fn memory(case: &Case) {
    let Case { label, octets, answer } = *case;
    let (heap_before, resident_before) = (heap(), resident());
    let cache = Cache::new(CacheSettings { octets, entries: usize::MAX, ..CacheSettings::default() });
    let mut highest = 0;
    for number in 0..NAMES {
        let kind = if number % 2 == 0 { Kind::Txt } else { Kind::A };
        cache.store(question(number, kind), answer(number), NOW);
        if number % 3 == 0 {
            cache.recall(&question(number, kind), NOW);
        }
        if number % 1_000_000 == 999_999 {
            highest = highest.max(resident().saturating_sub(resident_before));
        }
    }
    let counts = cache.statistics();
    println!(
        "| {label} | {} | {:.1} MiB | {:.1} MiB | {:.1} MiB | {:.3} |",
        counts.entries,
        counts.octets as f64 / MIB,
        (heap() - heap_before) as f64 / MIB,
        highest as f64 / MIB,
        highest as f64 / octets as f64,
    );
}

fn heap() -> usize {
    let stats = HEAP.stats();
    let asked = stats.bytes_allocated - stats.bytes_deallocated;
    asked + (stats.allocations - stats.deallocations) * MALLOC
}

fn resident() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<usize>().unwrap() * 1024
}

/// A set in use, then a million names that are asked for once; with a gap, the set stays in use meanwhile.
fn scan(hot: usize, gap: Option<usize>) {
    const CAPACITY: usize = 100_000;
    const SCANNED: usize = 1_000_000;
    let cache = Cache::new(CacheSettings { entries: CAPACITY, octets: 1 << 30, ..CacheSettings::default() });
    let mut plain = LruCache::new(NonZeroUsize::new(CAPACITY).unwrap());
    let answer = address(0);
    let hot_set: Vec<_> = (0..hot).map(|number| question(number, Kind::A)).collect();
    for question in hot_set.iter().chain(&hot_set) {
        ask(&cache, &mut plain, question, &answer);
    }
    let (mut uses, mut kept, mut kept_plain) = (0, 0, 0);
    let mut turn = hot_set.iter().cycle();
    for number in 0..SCANNED {
        ask(&cache, &mut plain, &question(CAPACITY + number, Kind::A), &answer);
        if gap.is_some_and(|gap| number % gap == 0) {
            let (ours, theirs) = ask(&cache, &mut plain, turn.next().unwrap(), &answer);
            (uses, kept, kept_plain) = (uses + 1, kept + usize::from(ours), kept_plain + usize::from(theirs));
        }
    }
    if gap.is_none() {
        for question in &hot_set {
            let (ours, theirs) = ask(&cache, &mut plain, question, &answer);
            (uses, kept, kept_plain) = (uses + 1, kept + usize::from(ours), kept_plain + usize::from(theirs));
        }
    }
    let gap = gap.map_or_else(|| "all 1 000 000".to_owned(), |gap| gap.to_string());
    let percent = |kept: usize| 100.0 * kept as f64 / uses as f64;
    println!("| {hot} | {gap} | {:.1} % | {:.1} % |", percent(kept_plain), percent(kept));
}

/// Whether each told it; now both know it.
fn ask(
    cache: &Cache,
    plain: &mut LruCache<Question, Answer>,
    question: &Question,
    answer: &Answer,
) -> (bool, bool) {
    let ours = cache.recall(question, NOW).is_some();
    if !ours {
        cache.store(question.clone(), answer.clone(), NOW);
    }
    let theirs = plain.get(question).is_some();
    if !theirs {
        plain.put(question.clone(), answer.clone());
    }
    (ours, theirs)
}
