//! Answers beyond their time (RFC 8767), and what is forgotten on request.

use mailproof::Name;
use mailproof::dns::{
    Answer, Cache, CacheSettings, Details, Failure, Freshness, Kind, Outcome, Question, Records,
    StaleSettings, Txt,
};
use std::time::Duration;

fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

fn name(text: &str) -> Name {
    if text.is_empty() { Name::root() } else { Name::parse(text).unwrap() }
}

fn txt_of(text: &str) -> Question {
    Question::new(name(text), Kind::Txt)
}

fn found(ttl: u64) -> Answer {
    Answer::new(Outcome::Found(Records::Txt(vec![Txt::new(["key"])])), seconds(ttl))
}

fn denied(ttl: u64) -> Answer {
    Answer::new(Outcome::NxDomain, seconds(ttl))
}

fn failure() -> Answer {
    Answer::failed(Failure::Timeout)
}

fn serving_stale() -> Cache {
    Cache::new(CacheSettings { stale: Some(StaleSettings::default()), ..CacheSettings::default() })
}

fn fails(cache: &Cache, question: &Question, at: u64) -> bool {
    *cache.store(question.clone(), failure(), seconds(at)).outcome() == *failure().outcome()
}

#[test]
fn nothing_is_stale_unless_asked_for() {
    let cache = Cache::default();
    cache.store(txt_of("a.example"), found(60), seconds(0));
    assert!(fails(&cache, &txt_of("a.example"), 60));
    assert_eq!(cache.statistics().stale, 0);
}

// RFC 8767 §4: a TTL of 30 seconds; §5: asked again no more often than every 30 seconds.
#[test]
fn a_stale_answer_stands_in_for_a_failure_and_says_so() {
    let cache = serving_stale();
    let question = txt_of("a.example");
    cache.store(question.clone(), found(60), seconds(0));
    // First of all the servers are asked.
    assert_eq!(cache.recall(&question, seconds(100)), None);
    let used = cache.store(question.clone(), failure(), seconds(100));
    assert_eq!(used, found(30).aged(seconds(30), Freshness::Stale(seconds(100))));
    let again = cache.recall(&question, seconds(129)).unwrap();
    assert_eq!(again, found(30).aged(seconds(30), Freshness::Stale(seconds(129))));
    assert_eq!(cache.recall(&question, seconds(130)), None);
    cache.store(question.clone(), failure(), seconds(130));
    assert!(cache.recall(&question, seconds(159)).is_some());
    assert_eq!(cache.statistics().stale, 4);
    let fresh = cache.store(question.clone(), found(60), seconds(160));
    assert_eq!(fresh.freshness(), Freshness::Fresh);
    assert_eq!(cache.recall(&question, seconds(161)).unwrap().freshness(), Freshness::Cached(seconds(1)));
}

#[test]
fn a_stale_answer_ends_after_a_day() {
    let cache = serving_stale();
    cache.store(txt_of("a.example"), found(60), seconds(0));
    assert!(!fails(&cache, &txt_of("a.example"), 60 + 86_399));
    assert_eq!(cache.recall(&txt_of("a.example"), seconds(60 + 86_400)), None);
    cache.store(txt_of("b.example"), found(60), seconds(0));
    assert!(fails(&cache, &txt_of("b.example"), 60 + 86_400));
}

#[test]
fn every_failure_of_dns_may_be_stood_in_for() {
    let failures =
        [Failure::AliasLoop, Failure::Malformed, Failure::Rcode(4), Failure::Refused, Failure::Unreachable];
    for failure in failures {
        let cache = serving_stale();
        cache.store(txt_of("a.example"), found(60), seconds(0));
        let used = cache.store(txt_of("a.example"), Answer::failed(failure), seconds(70));
        assert_eq!(used.freshness(), Freshness::Stale(seconds(70)), "{failure}");
    }
}

#[test]
fn a_denial_stands_in_too_for_every_type() {
    let cache = serving_stale();
    cache.store(txt_of("a.example"), denied(60), seconds(0));
    let address = Question::new(name("a.example"), Kind::A);
    let used = cache.store(address.clone(), failure(), seconds(70));
    assert_eq!((used.outcome(), used.freshness()), (&Outcome::NxDomain, Freshness::Stale(seconds(70))));
    assert!(cache.recall(&address, seconds(71)).is_some());
    // Only what was asked for rests.
    assert_eq!(cache.recall(&txt_of("a.example"), seconds(71)), None);
    // What is below was never asked for.
    assert!(fails(&cache, &txt_of("b.a.example"), 71));
    // The name exists after all.
    cache.store(txt_of("a.example"), found(60), seconds(72));
    assert_eq!(cache.recall(&address, seconds(73)), None);
    assert!(fails(&cache, &address, 73));
}

// The revocation of a key must win over every memory of it.
#[test]
fn what_was_denied_never_comes_back() {
    let key = txt_of("s._domainkey.example.com");
    let no_data = Answer::new(Outcome::NoData, seconds(10));
    for denial in [no_data, denied(10), denied(0)] {
        let cache = serving_stale();
        cache.store(key.clone(), found(60), seconds(0));
        let used = cache.store(key.clone(), denial.clone(), seconds(61));
        assert_eq!((used.outcome(), used.freshness()), (denial.outcome(), Freshness::Fresh));
        let later = cache.store(key.clone(), failure(), seconds(80));
        assert_ne!(later.outcome(), found(0).outcome());
    }
}

#[test]
fn a_cut_above_ends_what_is_stale_below() {
    let key = txt_of("s._domainkey.example.com");
    let above = || txt_of("_domainkey.example.com");
    // The cut holds no longer, but is newer.
    let cache = serving_stale();
    cache.store(key.clone(), found(60), seconds(0));
    cache.store(above(), denied(10), seconds(61));
    assert!(fails(&cache, &key, 100));
    // Somebody was told of the cut, and then it is gone.
    let cache = serving_stale();
    cache.store(key.clone(), found(60), seconds(0));
    cache.store(above(), denied(10), seconds(61));
    assert!(cache.recall(&key, seconds(62)).unwrap().denies_name());
    cache.store(txt_of("t._domainkey.example.com"), found(10), seconds(63));
    assert!(fails(&cache, &key, 100));
    // The key already stands in when the cut comes.
    let cache = serving_stale();
    cache.store(key.clone(), found(60), seconds(0));
    assert!(!fails(&cache, &key, 70));
    cache.store(above(), denied(10), seconds(71));
    assert!(cache.recall(&key, seconds(72)).unwrap().denies_name());
    assert_eq!(cache.recall(&key, seconds(82)), None);
}

#[test]
fn a_cut_comes_first_while_it_holds() {
    let cache = serving_stale();
    cache.store(txt_of("b.a.example"), found(60), seconds(0));
    cache.store(txt_of("a.example"), denied(600), seconds(61));
    assert!(cache.store(txt_of("b.a.example"), failure(), seconds(70)).denies_name());
}

#[test]
fn a_stale_answer_of_another_cache_is_not_new() {
    let cache = Cache::default();
    let stale = found(30).aged(seconds(30), Freshness::Stale(seconds(500)));
    assert_eq!(cache.store(txt_of("a.example"), stale.clone(), seconds(0)), stale);
    assert_eq!(cache.recall(&txt_of("a.example"), seconds(0)), None);
}

fn filled() -> Cache {
    let cache = Cache::default();
    for held in ["example", "a.example", "b.a.example", "c.b.a.example", "ba.example"] {
        cache.store(txt_of(held), found(600), seconds(0));
        cache.store(
            Question::new(name(held), Kind::Mx),
            Answer::new(Outcome::NoData, seconds(600)),
            seconds(0),
        );
    }
    cache.store(Question::new(name("a.example"), Kind::A), failure(), seconds(0));
    cache
}

fn held(cache: &Cache) -> Vec<&'static str> {
    let names = ["example", "a.example", "b.a.example", "c.b.a.example", "ba.example"];
    let kinds = [Kind::Txt, Kind::Mx, Kind::A];
    let holds = |held: &str| {
        kinds.iter().any(|kind| cache.recall(&Question::new(name(held), *kind), seconds(0)).is_some())
    };
    names.into_iter().filter(|name| holds(name)).collect()
}

#[test]
fn a_name_is_forgotten_with_every_type() {
    let cache = filled();
    cache.flush_name(&name("a.example"));
    assert_eq!(held(&cache), ["example", "b.a.example", "c.b.a.example", "ba.example"]);
}

#[test]
fn a_tree_is_forgotten() {
    let cache = filled();
    cache.flush_below(&name("a.example"));
    assert_eq!(held(&cache), ["example", "ba.example"]);
    let cache = filled();
    cache.flush_below(&Name::root());
    assert_eq!(held(&cache), [""; 0]);
    assert_eq!(cache.statistics().entries, 0);
}

#[test]
fn everything_is_forgotten() {
    let cache = filled();
    let empty = Cache::default().statistics().octets;
    assert!(cache.statistics().octets > empty);
    cache.flush();
    assert_eq!(held(&cache), [""; 0]);
    assert_eq!((cache.statistics().entries, cache.statistics().octets), (0, empty));
}

#[test]
fn denials_that_cover_a_name_are_forgotten_with_it() {
    let forget: [fn(&Cache); 2] =
        [|cache| cache.flush_name(&name("b.a.example")), |cache| cache.flush_below(&name("b.a.example"))];
    for forget in forget {
        let cache = Cache::default();
        cache.store(txt_of("a.example"), denied(600), seconds(0));
        let details = Details { aliases: vec![name("b.a.example")], ..Details::default() };
        cache.store(
            txt_of("alias.example"),
            Answer::with_details(Outcome::NxDomain, seconds(600), details),
            seconds(0),
        );
        assert!(cache.recall(&txt_of("b.a.example"), seconds(1)).is_some());
        forget(&cache);
        assert_eq!(cache.recall(&txt_of("b.a.example"), seconds(1)), None);
        assert!(cache.recall(&txt_of("alias.example"), seconds(1)).is_some());
    }
}

#[test]
fn what_happened_is_counted() {
    let cache = serving_stale();
    cache.recall(&txt_of("a.example"), seconds(0));
    cache.store(txt_of("a.example"), found(60), seconds(0));
    cache.store(txt_of("b.example"), denied(60), seconds(0));
    cache.store(txt_of("c.example"), failure(), seconds(0));
    for hit in ["a.example", "b.example", "x.b.example", "c.example"] {
        assert!(cache.recall(&txt_of(hit), seconds(0)).is_some());
    }
    cache.store(txt_of("a.example"), failure(), seconds(60));
    assert!(cache.recall(&txt_of("a.example"), seconds(61)).is_some());
    cache.count_coalesced();
    let counts = cache.statistics();
    assert_eq!((counts.hits, counts.negative_hits, counts.failure_hits), (5, 2, 1));
    assert_eq!((counts.stale, counts.misses, counts.coalesced, counts.entries), (2, 4, 1, 3));
}
