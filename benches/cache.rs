//! What the cache costs: a hit with its parsed value, a miss, a cut, a store, and two threads at once.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::disallowed_methods)]

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use mailproof::Name;
use mailproof::dns::{Answer, Cache, Kind, Outcome, Question, Records, Txt};
use mailproof::spf::Record;
use std::hint::black_box;
use std::sync::Barrier;
use std::time::{Duration, Instant};

const NOW: Duration = Duration::from_secs(1000);
const TTL: Duration = Duration::from_secs(3600);
const POLICY: &str = "v=spf1 ip4:192.0.2.0/24 ip6:2001:db8::/32 include:_spf.example.net mx -all";

fn question(number: u64) -> Question {
    Question::new(Name::parse(format!("mail-{number}.example.com")).unwrap(), Kind::Txt)
}

fn policy() -> Answer {
    Answer::new(Outcome::Found(Records::Txt(vec![Txt::new([POLICY])])), TTL)
}

/// What an evaluator does with an answer it is told.
fn use_parsed(cache: &Cache, question: &Question) -> usize {
    let answer = cache.recall(question, NOW).unwrap();
    answer.parsed(|answer| Record::parse(answer.txt()[0].octets()).unwrap()).terms().len()
}

fn filled(count: u64) -> (Cache, Vec<Question>) {
    let cache = Cache::default();
    let questions: Vec<_> = (0..count).map(question).collect();
    for question in &questions {
        cache.store(question.clone(), policy(), NOW);
        use_parsed(&cache, question);
    }
    (cache, questions)
}

fn hits(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("cache");
    for count in [1, 1000, 20_000] {
        let (cache, questions) = filled(count);
        let mut turn = questions.iter().cycle();
        group.bench_function(format!("hit with a parsed value, {count} names in use"), |bencher| {
            bencher.iter(|| use_parsed(&cache, black_box(turn.next().unwrap())));
        });
    }
    let (cache, _) = filled(1000);
    let absent: Vec<_> = (5000..6000).map(question).collect();
    let mut turn = absent.iter().cycle();
    group.bench_function("miss, three labels", |bencher| {
        bencher.iter(|| cache.recall(black_box(turn.next().unwrap()), NOW).is_none());
    });
    let deep = Question::new(Name::parse("a.".repeat(126) + "a").unwrap(), Kind::Txt);
    group.bench_function("miss, 127 labels", |bencher| {
        bencher.iter(|| cache.recall(black_box(&deep), NOW).is_none());
    });
    let gone = Name::parse("gone.example").unwrap();
    cache.store(Question::new(gone, Kind::A), Answer::new(Outcome::NxDomain, TTL), NOW);
    let below = Question::new(Name::parse("_dmarc.gone.example").unwrap(), Kind::Txt);
    group.bench_function("hit of a name below an NXDOMAIN", |bencher| {
        bencher.iter(|| cache.recall(black_box(&below), NOW).is_some());
    });
    let mut number = 0;
    group.bench_function("store of a new name, the cache being full", |bencher| {
        let next = || {
            number += 1;
            (question(number + 1_000_000), policy())
        };
        bencher.iter_batched(
            next,
            |(question, answer)| cache.store(question, answer, NOW),
            BatchSize::SmallInput,
        );
    });
    group.finish();
}

fn threads(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("cache, two threads");
    group.throughput(Throughput::Elements(2));
    for count in [1, 1000, 20_000] {
        let (cache, questions) = filled(count);
        group.bench_function(format!("a hit each, {count} names in use"), |bencher| {
            bencher.iter_custom(|hits| two_threads(&cache, &questions, hits));
        });
    }
    group.finish();
}

/// How long two threads take for so many hits each.
fn two_threads(cache: &Cache, questions: &[Question], hits: u64) -> Duration {
    let start = Barrier::new(3);
    std::thread::scope(|scope| {
        let half = questions.len() / 2;
        let workers: Vec<_> = [0, half]
            .into_iter()
            .map(|first| {
                let start = &start;
                scope.spawn(move || {
                    let mut turn = questions.iter().cycle().skip(first);
                    start.wait();
                    for _ in 0..hits {
                        black_box(use_parsed(cache, turn.next().unwrap()));
                    }
                })
            })
            .collect();
        start.wait();
        let began = Instant::now();
        workers.into_iter().for_each(|worker| worker.join().unwrap());
        began.elapsed()
    })
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(20).measurement_time(Duration::from_secs(2)).warm_up_time(Duration::from_secs(1));
    targets = hits, threads
}
criterion_main!(benches);
