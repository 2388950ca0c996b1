//! The rules of the cache, one by one.

use mailproof::Name;
use mailproof::dns::{
    Answer, Cache, CacheSettings, Details, ExtendedError, Failure, Freshness, Kind, Outcome, Question,
    Records, StaleSettings, Txt,
};
use std::sync::Arc;
use std::time::Duration;

const NOW: Duration = Duration::from_secs(1_000_000);

fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

fn after(count: u64) -> Duration {
    NOW + seconds(count)
}

fn name(text: &str) -> Name {
    if text.is_empty() { Name::root() } else { Name::parse(text).unwrap() }
}

fn txt_of(text: &str) -> Question {
    Question::new(name(text), Kind::Txt)
}

fn a_of(text: &str) -> Question {
    Question::new(name(text), Kind::A)
}

fn found(text: &str, ttl: u64) -> Answer {
    Answer::new(Outcome::Found(Records::Txt(vec![Txt::new([text])])), seconds(ttl))
}

fn no_data(ttl: u64) -> Answer {
    Answer::new(Outcome::NoData, seconds(ttl))
}

fn denied(ttl: u64) -> Answer {
    Answer::new(Outcome::NxDomain, seconds(ttl))
}

fn through(outcome: Outcome, aliases: &[&str], ttl: u64) -> Answer {
    let aliases = aliases.iter().map(|alias| name(alias)).collect();
    Answer::with_details(outcome, seconds(ttl), Details { aliases, ..Details::default() })
}

fn unsourced(outcome: Outcome) -> Answer {
    Answer::with_details(outcome, Duration::ZERO, Details { lacks_soa: true, ..Details::default() })
}

fn servfail() -> Answer {
    Answer::failed(Failure::Servfail)
}

fn serving_stale() -> Cache {
    Cache::new(CacheSettings { stale: Some(StaleSettings::default()), ..CacheSettings::default() })
}

/// What is told: the outcome, the time left and the age in seconds.
fn told(cache: &Cache, question: &Question, at: u64) -> Option<(Outcome, u64, Freshness)> {
    let answer = cache.recall(question, after(at))?;
    Some((answer.outcome().clone(), answer.ttl().as_secs(), answer.freshness()))
}

fn cached(age: u64) -> Freshness {
    Freshness::Cached(seconds(age))
}

#[test]
fn an_answer_holds_for_its_time_to_live_and_shows_its_age() {
    let cache = Cache::default();
    let question = txt_of("example.com");
    assert_eq!(told(&cache, &question, 0), None);
    let used = cache.store(question.clone(), found("v", 60), NOW);
    assert_eq!((used.ttl(), used.freshness()), (seconds(60), Freshness::Fresh));
    assert_eq!(told(&cache, &question, 0).unwrap().1, 60);
    let outcome = used.outcome().clone();
    assert_eq!(told(&cache, &question, 59), Some((outcome, 1, cached(59))));
    assert_eq!(told(&cache, &question, 60), None);
    assert_eq!(told(&cache, &a_of("example.com"), 1), None);
    assert_eq!(told(&cache, &txt_of("www.example.com"), 1), None);
}

#[test]
fn a_clock_that_seems_to_go_back_harms_nothing() {
    let cache = Cache::default();
    cache.store(txt_of("example.com"), found("v", 60), NOW);
    let earlier = cache.recall(&txt_of("example.com"), NOW - seconds(5)).unwrap();
    assert_eq!(earlier.freshness(), cached(0));
    cache.store(txt_of("example.net"), found("v", 60), Duration::MAX);
    cache.store(txt_of("example.org"), servfail(), Duration::MAX);
    assert_eq!(cache.recall(&txt_of("example.net"), Duration::MAX), None);
}

// RFC 8767 §4: ‘Zero values … should not be cached’.
#[test]
fn ttl_zero_is_for_now_only() {
    let cache = Cache::default();
    let question = txt_of("example.com");
    assert_eq!(*cache.store(question.clone(), found("v", 0), NOW).outcome(), *found("v", 0).outcome());
    assert_eq!(told(&cache, &question, 0), None);
    cache.store(a_of("a.example"), denied(0), NOW);
    assert_eq!(told(&cache, &a_of("b.a.example"), 0), None);
    assert_eq!(cache.statistics().entries, 0);
}

#[test]
fn ttl_zero_still_replaces_what_was_known() {
    let cache = serving_stale();
    cache.store(txt_of("k.example"), found("key", 60), NOW);
    cache.store(txt_of("k.example"), no_data(0), after(60));
    assert_eq!(*cache.store(txt_of("k.example"), servfail(), after(61)).outcome(), *servfail().outcome());
    cache.store(txt_of("l.example"), found("key", 60), NOW);
    cache.store(a_of("l.example"), denied(0), after(60));
    assert_eq!(*cache.store(txt_of("l.example"), servfail(), after(61)).outcome(), *servfail().outcome());
}

// RFC 8767 §4: ‘Values SHOULD be capped’.
#[test]
fn story_08_a_poisoned_answer_with_a_ttl_of_two_days_ends_within_one_and_can_be_flushed() {
    let cache = Cache::default();
    let used = cache.store(txt_of("example.com"), found("poison", 2 * 86_400), NOW);
    assert_eq!(used.ttl(), seconds(86_400));
    assert!(told(&cache, &txt_of("example.com"), 86_399).is_some());
    assert_eq!(told(&cache, &txt_of("example.com"), 86_400), None);
    cache.store(txt_of("example.com"), found("poison", u64::from(u32::MAX)), NOW);
    assert_eq!(told(&cache, &txt_of("example.com"), 86_400), None);

    for question in [txt_of("example.com"), txt_of("_dmarc.example.com"), txt_of("example.net")] {
        cache.store(question, found("poison", 2 * 86_400), NOW);
    }
    cache.flush_below(&name("example.com"));
    assert_eq!(told(&cache, &txt_of("_dmarc.example.com"), 1), None);
    assert_eq!(told(&cache, &txt_of("example.net"), 5).map(|(_, _, freshness)| freshness), Some(cached(5)));
}

#[test]
fn the_bounds_of_the_ttl_are_the_settings() {
    let settings = CacheSettings { ttl: seconds(30)..=seconds(100), ..CacheSettings::default() };
    let cache = Cache::new(settings);
    assert_eq!(cache.store(txt_of("a.example"), found("v", 0), NOW).ttl(), seconds(30));
    assert_eq!(cache.store(txt_of("b.example"), found("v", 50), NOW).ttl(), seconds(50));
    assert_eq!(cache.store(txt_of("c.example"), found("v", 500), NOW).ttl(), seconds(100));
    assert_eq!(cache.store(txt_of("d.example"), denied(500), NOW).ttl(), seconds(100));
    // A server that wants no negative caching has its way.
    assert_eq!(cache.store(txt_of("e.example"), no_data(0), NOW).ttl(), Duration::ZERO);
    let (low, high) = (seconds(9), seconds(3));
    let turned = Cache::new(CacheSettings { ttl: low..=high, ..CacheSettings::default() });
    assert_eq!(turned.store(txt_of("a.example"), found("v", 50), NOW).ttl(), seconds(3));
}

// RFC 2308 §5.
#[test]
fn a_negative_answer_holds_for_an_hour_at_most() {
    let cache = Cache::default();
    assert_eq!(cache.store(txt_of("a.example"), no_data(60), NOW).ttl(), seconds(60));
    assert_eq!(cache.store(txt_of("a.example"), no_data(86_400), NOW).ttl(), seconds(3600));
    assert_eq!(cache.store(txt_of("b.example"), denied(86_400), NOW).ttl(), seconds(3600));
    assert!(told(&cache, &a_of("b.example"), 3599).is_some());
    assert_eq!(told(&cache, &a_of("b.example"), 3600), None);
}

// RFC 2308 §5: ‘Negative responses without SOA records SHOULD NOT be cached’.
#[test]
fn a_negative_answer_without_soa_holds_for_seconds() {
    let cache = Cache::default();
    for (question, outcome) in
        [(txt_of("a.example"), Outcome::NoData), (txt_of("b.example"), Outcome::NxDomain)]
    {
        assert_eq!(cache.store(question.clone(), unsourced(outcome), NOW).ttl(), seconds(5));
        assert!(told(&cache, &question, 4).is_some());
        assert_eq!(told(&cache, &question, 5), None);
    }
    let strict = Cache::new(CacheSettings { unsourced_ttl: Duration::ZERO, ..CacheSettings::default() });
    strict.store(txt_of("a.example"), unsourced(Outcome::NoData), NOW);
    assert_eq!(told(&strict, &txt_of("a.example"), 0), None);
}

// RFC 2308 §5: NODATA for <QNAME, QTYPE, QCLASS>, NXDOMAIN for <QNAME, QCLASS>.
#[test]
fn no_data_holds_for_its_type_and_nxdomain_for_every_type() {
    let cache = Cache::default();
    cache.store(txt_of("a.example"), no_data(60), NOW);
    assert_eq!(told(&cache, &a_of("a.example"), 1), None);
    cache.store(txt_of("b.example"), denied(60), NOW);
    for kind in Kind::ALL {
        let question = Question::new(name("b.example"), kind);
        assert_eq!(told(&cache, &question, 1), Some((Outcome::NxDomain, 59, cached(1))));
    }
}

// RFC 8020 §2.
#[test]
fn nothing_is_below_a_name_that_does_not_exist() {
    let cache = Cache::default();
    cache.store(a_of("a.example"), denied(60), NOW);
    for below in ["b.a.example", "x.y.z.a.example"] {
        let answer = cache.recall(&txt_of(below), after(10)).unwrap();
        assert!(answer.denies_name());
        assert_eq!((answer.ttl(), answer.freshness()), (seconds(50), cached(10)));
    }
    for other in ["example", "ba.example", "a.example.net", ""] {
        assert_eq!(told(&cache, &txt_of(other), 10), None, "{other}");
    }
    assert_eq!(told(&cache, &txt_of("b.a.example"), 60), None);
    cache.store(a_of(""), denied(60), NOW);
    assert!(told(&cache, &txt_of("anything.example"), 1).is_some());
}

#[test]
fn the_cut_has_a_switch() {
    let cache = Cache::new(CacheSettings { nxdomain_cut: false, ..CacheSettings::default() });
    cache.store(a_of("a.example"), denied(60), NOW);
    assert!(told(&cache, &txt_of("a.example"), 1).is_some());
    assert_eq!(told(&cache, &txt_of("b.a.example"), 1), None);
}

// RFC 8020 §2: ‘it MAY continue to send it as a reply (until the TTL of this cached data expires)’.
#[test]
fn what_is_known_below_a_cut_holds_for_its_time() {
    let cache = Cache::default();
    cache.store(txt_of("b.a.example"), found("v", 20), NOW);
    cache.store(a_of("a.example"), denied(60), after(1));
    assert_eq!(told(&cache, &txt_of("b.a.example"), 19).unwrap().0, *found("v", 0).outcome());
    assert_eq!(told(&cache, &txt_of("b.a.example"), 20).unwrap().0, Outcome::NxDomain);
}

#[test]
fn a_denial_ends_what_was_known_at_the_name() {
    let cache = Cache::default();
    cache.store(txt_of("a.example"), found("v", 60), NOW);
    cache.store(a_of("a.example"), denied(60), after(1));
    assert_eq!(told(&cache, &txt_of("a.example"), 2).unwrap().0, Outcome::NxDomain);
}

#[test]
fn a_name_that_exists_ends_the_denials_of_it_and_above() {
    for proof in [found("v", 60), found("v", 0), no_data(60)] {
        let cache = Cache::default();
        cache.store(a_of("a.example"), denied(60), NOW);
        cache.store(a_of("b.a.example"), denied(60), NOW);
        cache.store(txt_of("c.b.a.example"), proof, after(1));
        assert_eq!(told(&cache, &a_of("b.a.example"), 2), None);
        assert_eq!(told(&cache, &a_of("x.a.example"), 2), None);
    }
}

// RFC 2308 §2.1, RFC 8020 §2: ‘the name that does not exist is the last of the chain’.
#[test]
fn behind_aliases_the_last_target_does_not_exist() {
    let cache = Cache::default();
    let answer = through(Outcome::NxDomain, &["one.example", "two.example"], 60);
    cache.store(txt_of("alias.example"), answer, NOW);
    let same = cache.recall(&txt_of("alias.example"), after(1)).unwrap();
    assert_eq!((same.aliases().len(), same.denies_name()), (2, false));
    for open in
        [a_of("alias.example"), txt_of("x.alias.example"), txt_of("one.example"), txt_of("x.one.example")]
    {
        assert_eq!(told(&cache, &open, 1), None, "{open}");
    }
    for closed in [txt_of("two.example"), a_of("two.example"), txt_of("x.two.example")] {
        let answer = cache.recall(&closed, after(1)).unwrap();
        assert!(answer.denies_name() && answer.ttl() == seconds(59), "{closed}");
    }
}

#[test]
fn an_alias_that_leads_somewhere_ends_denials_on_the_way() {
    let cache = Cache::default();
    for denied_before in ["alias.example", "one.example"] {
        cache.store(a_of(denied_before), denied(60), NOW);
    }
    cache.store(txt_of("alias.example"), through(Outcome::NoData, &["one.example"], 60), after(1));
    assert_eq!(told(&cache, &a_of("alias.example"), 2), None);
    assert_eq!(told(&cache, &a_of("x.one.example"), 2), None);
}

// RFC 9520 §3.2.
#[test]
fn failures_in_a_row_are_kept_twice_as_long_each() {
    let cache = Cache::default();
    let question = txt_of("a.example");
    let mut at = 0;
    for kept in [1, 2, 4, 8, 16, 30, 30] {
        assert_eq!(cache.store(question.clone(), servfail(), after(at)).ttl(), seconds(kept));
        let outcome = Outcome::Failed(Failure::Servfail);
        assert_eq!(told(&cache, &question, at), Some((outcome, kept, cached(0))));
        at += kept;
        assert_eq!(told(&cache, &question, at), None);
    }
    assert_eq!(told(&cache, &a_of("a.example"), 0), None);
    cache.store(question.clone(), found("v", 1), after(at));
    assert_eq!(cache.store(question.clone(), servfail(), after(at + 1)).ttl(), seconds(1));
    assert_eq!(cache.store(question.clone(), servfail(), after(at + 2)).ttl(), seconds(2));
    // 5 minutes after its time a failure is forgotten.
    assert_eq!(cache.store(question, servfail(), after(at + 304)).ttl(), seconds(1));
}

#[test]
fn a_failure_is_kept_for_five_minutes_at_most() {
    let failure_ttl = seconds(200)..=seconds(3600);
    let cache = Cache::new(CacheSettings { failure_ttl, ..CacheSettings::default() });
    cache.store(txt_of("a.example"), servfail(), NOW);
    assert_eq!(cache.store(txt_of("a.example"), servfail(), after(200)).ttl(), seconds(300));
}

#[test]
fn a_failure_keeps_what_the_server_says_of_it() {
    let cache = Cache::default();
    let bogus = ExtendedError { code: 6, text: "signature expired".into() };
    let details = Details { extended_error: Some(bogus.clone()), ..Details::default() };
    let failure = Answer::with_details(Outcome::Failed(Failure::Servfail), Duration::ZERO, details);
    cache.store(txt_of("a.example"), failure, NOW);
    let answer = cache.recall(&txt_of("a.example"), NOW).unwrap();
    assert_eq!(answer.details().extended_error, Some(bogus));
}

#[test]
fn a_failure_takes_nothing_away() {
    let cache = Cache::default();
    cache.store(txt_of("a.example"), found("v", 60), NOW);
    cache.store(a_of("b.example"), denied(60), NOW);
    let used = cache.store(txt_of("a.example"), servfail(), after(10));
    assert_eq!((used.outcome(), used.freshness()), (found("v", 0).outcome(), cached(10)));
    assert!(cache.store(txt_of("x.b.example"), servfail(), after(10)).denies_name());
    assert!(told(&cache, &txt_of("a.example"), 11).is_some());
}

#[test]
fn a_spent_budget_says_nothing_about_dns() {
    for cache in [Cache::default(), serving_stale()] {
        cache.store(txt_of("a.example"), found("v", 10), NOW);
        let used = cache.store(txt_of("a.example"), Answer::failed(Failure::Budget), after(20));
        assert_eq!(*used.outcome(), Outcome::Failed(Failure::Budget));
        assert_eq!(told(&cache, &txt_of("a.example"), 20), None);
        assert_eq!(
            cache.store(txt_of("b.example"), Answer::failed(Failure::Budget), NOW).ttl(),
            Duration::ZERO
        );
        assert_eq!(told(&cache, &txt_of("b.example"), 0), None);
    }
}

#[test]
fn records_are_parsed_once_however_often_they_are_told() {
    let cache = Cache::default();
    let mut runs = 0;
    let fresh = cache.store(txt_of("a.example"), found("v=spf1 -all", 60), NOW);
    let first = fresh.parsed(|answer| {
        runs += 1;
        answer.txt().len()
    });
    for at in 0..50 {
        let answer = cache.recall(&txt_of("a.example"), after(at)).unwrap();
        let again = answer.parsed(|answer| {
            runs += 1;
            answer.txt().len()
        });
        assert!(Arc::ptr_eq(&first, &again));
    }
    assert_eq!(runs, 1);
}
