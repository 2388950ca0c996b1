//! What a cache holds at most, and whom it lets go.

use mailproof::Name;
use mailproof::dns::{Answer, Cache, CacheSettings, Kind, Outcome, Question, Records, Txt};
use std::net::Ipv4Addr;
use std::time::Duration;

const NOW: Duration = Duration::from_secs(7);
const TTL: Duration = Duration::from_secs(600);

fn host(number: usize) -> Question {
    Question::new(Name::parse(format!("host-{number}.example.net")).unwrap(), Kind::A)
}

fn address() -> Answer {
    Answer::new(Outcome::Found(Records::A(vec![Ipv4Addr::LOCALHOST])), TTL)
}

fn text(octets: usize) -> Answer {
    let strings = vec![b'x'; octets];
    Answer::new(Outcome::Found(Records::Txt(vec![Txt::new(strings.chunks(255))])), TTL)
}

fn bounded(entries: usize, octets: usize) -> Cache {
    Cache::new(CacheSettings { entries, octets, ..CacheSettings::default() })
}

#[test]
fn no_more_answers_are_held_than_allowed() {
    for entries in [0, 1, 2, 10, 63, 64, 100, 1000, 5000] {
        let cache = bounded(entries, 64 << 20);
        for number in 0..2 * entries + 3 {
            cache.store(host(number), address(), NOW);
            if number % 3 == 0 {
                cache.recall(&host(number), NOW);
            }
        }
        let counts = cache.statistics();
        assert!(counts.entries <= entries, "{} of {entries}", counts.entries);
        assert!(counts.entries >= entries * 3 / 4, "{} of {entries}", counts.entries);
        assert!(entries == 0 || counts.evictions > 0);
    }
}

#[test]
fn no_more_octets_are_held_than_allowed() {
    for octets in [4096, 100_000, 3 << 20] {
        let cache = bounded(1 << 30, octets);
        let filling = if octets < 1 << 20 { 2000 } else { 20_000 };
        for number in 0..filling {
            cache.store(host(number), address(), NOW);
            if number % 3 == 0 {
                cache.recall(&host(number / 2), NOW);
            }
            let held = cache.statistics().octets;
            assert!(number % 100 != 0 || held <= octets, "{held} of {octets}");
        }
        let held = cache.statistics().octets;
        assert!(held <= octets && held > octets * 3 / 4, "{held} of {octets}");
    }
}

#[test]
fn story_24_answers_made_up_for_any_name_end_after_their_minute_and_fill_nothing() {
    let cache = bounded(1000, 1 << 20);
    let minute = Duration::from_secs(60);
    let made_up = || Answer::new(Outcome::Found(Records::A(vec![Ipv4Addr::LOCALHOST])), minute);
    for number in 0..20_000 {
        cache.store(host(number), made_up(), NOW);
        let counts = cache.statistics();
        assert!(counts.entries <= 1000 && counts.octets <= 1 << 20, "{counts:?}");
    }
    cache.store(host(0), made_up(), NOW);
    let last = minute - Duration::from_secs(1);
    assert!(cache.recall(&host(0), NOW + last).is_some());
    assert!(cache.recall(&host(0), NOW + minute).is_none());
}

#[test]
fn large_answers_are_counted_by_their_size() {
    let cache = bounded(1 << 18, 4 << 20);
    for number in 0..500 {
        cache.store(host(number), text(65_000), NOW);
        assert!(cache.statistics().octets <= 4 << 20);
    }
    let counts = cache.statistics();
    assert!((8..=32).contains(&counts.entries), "{}", counts.entries);
}

#[test]
fn an_answer_larger_than_a_share_is_used_but_not_kept() {
    let cache = bounded(1 << 18, 1 << 20);
    cache.store(host(1), address(), NOW);
    cache.store(host(2), address(), NOW);
    let used = cache.store(host(1), text(800_000), NOW);
    assert_eq!(used.txt()[0].octets().len(), 800_000);
    // What it replaces is over all the same.
    assert_eq!(cache.recall(&host(1), NOW), None);
    assert!(cache.recall(&host(2), NOW).is_some());
    assert_eq!((cache.statistics().refused, cache.statistics().entries), (1, 1));
}

#[test]
fn a_record_of_nothing_but_terms_is_counted_by_what_it_is_parsed_into() {
    let plain = bounded(1 << 18, 8 << 20);
    plain.store(host(1), text(4000), NOW);
    let dense = bounded(1 << 18, 8 << 20);
    let terms = Txt::new(["all ".repeat(1000).as_bytes()]);
    dense.store(host(1), Answer::new(Outcome::Found(Records::Txt(vec![terms])), TTL), NOW);
    let grown = dense.statistics().octets - plain.statistics().octets;
    assert!(grown >= 80_000, "{grown}");
}

#[test]
fn a_scan_passes_by_what_is_in_use() {
    let cache = bounded(10_000, 64 << 20);
    let hot = 2000;
    for _ in 0..2 {
        for number in 0..hot {
            if cache.recall(&host(number), NOW).is_none() {
                cache.store(host(number), address(), NOW);
            }
        }
    }
    for number in hot..hot + 100_000 {
        cache.store(host(number), address(), NOW);
    }
    let survivors = (0..hot).filter(|number| cache.recall(&host(*number), NOW).is_some()).count();
    assert!(survivors >= hot * 9 / 10, "{survivors} of {hot}");
}

#[test]
fn the_least_recently_used_goes_first() {
    let cache = bounded(10, 1 << 20);
    for number in 0..10 {
        cache.store(host(number), address(), NOW);
    }
    cache.recall(&host(0), NOW);
    for number in 10..19 {
        cache.store(host(number), address(), NOW);
    }
    assert!(cache.recall(&host(0), NOW).is_some());
    assert_eq!(cache.recall(&host(1), NOW), None);
    assert!(cache.recall(&host(18), NOW).is_some());
}

#[test]
fn renewal_keeps_a_name_in_use() {
    let cache = bounded(10, 1 << 20);
    cache.store(host(0), address(), NOW);
    cache.recall(&host(0), NOW);
    cache.store(host(0), address(), NOW + TTL);
    for number in 1..100 {
        cache.store(host(number), address(), NOW + TTL);
    }
    assert!(cache.recall(&host(0), NOW + TTL).is_some());
}

#[test]
fn a_name_of_127_labels_is_answered() {
    let cache = Cache::default();
    let deep = Name::parse("a.".repeat(126) + "a").unwrap();
    assert_eq!(deep.label_count(), 127);
    let question = Question::new(deep, Kind::Txt);
    assert_eq!(cache.recall(&question, NOW), None);
    cache.store(Question::new(Name::parse("a").unwrap(), Kind::A), Answer::new(Outcome::NxDomain, TTL), NOW);
    assert!(cache.recall(&question, NOW).unwrap().denies_name());
}

#[test]
fn threads_share_it() {
    let cache = bounded(500, 4 << 20);
    std::thread::scope(|scope| {
        for start in 0..4 {
            let cache = &cache;
            scope.spawn(move || {
                for number in 0..20_000 {
                    let question = host((start * 7 + number) % 900);
                    match number % 50 {
                        0 => cache.flush_name(&question.name),
                        1 => cache.flush_below(&question.name),
                        2 => drop(cache.store(question, Answer::new(Outcome::NxDomain, TTL), NOW)),
                        _ if cache.recall(&question, NOW).is_some() => {}
                        _ => drop(cache.store(question, address(), NOW)),
                    }
                }
            });
        }
    });
    let counts = cache.statistics();
    assert!(counts.entries <= 500 && counts.octets <= 4 << 20 && counts.hits > 0);
    cache.flush();
    assert_eq!(cache.statistics().octets, bounded(500, 4 << 20).statistics().octets);
}

#[test]
fn seeds_change_nothing_but_the_spread() {
    for seed in [[0, 0], [1, 2], [u64::MAX, u64::MAX]] {
        let cache = Cache::new(CacheSettings { seed, ..CacheSettings::default() });
        cache.store(host(1), address(), NOW);
        assert!(cache.recall(&host(1), NOW).is_some() && cache.recall(&host(2), NOW).is_none());
    }
}
