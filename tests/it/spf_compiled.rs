//! When a compiled policy is used, and when it must not be.

use super::spf_compiled_world::{Hot, World};
use super::spf_run::{from, run, zone};
use mailproof::dns::{
    Answer, Cache, CacheSettings, Freshness, Kind, Known, Override, Question, Recorder, Records, Source,
    StaleSettings, Txt, Zone, blocking,
};
use mailproof::message::Message;
use mailproof::spf::{self, Limits, Request};
use mailproof::{Authenticator, Connection, Evaluation, Name, Step};
use std::time::Duration;

const SENDER: &str = "jane@corp.example";

/// Five records, one of them for IPv6, and the mail exchanges of the first.
fn corp() -> Zone {
    zone(
        r#"{
        "corp.example": {"TXT": ["v=spf1 include:_spf.esp.example ip4:203.0.113.0/24 mx -all"],
                         "MX": [[10, "mx.corp.example"]]},
        "mx.corp.example": {"A": ["198.51.100.20"], "AAAA": ["2001:db8::20"]},
        "_spf.esp.example": {"TXT": ["v=spf1 -ip4:198.18.99.0/24 include:a.esp.example include:b.esp.example ~all"]},
        "a.esp.example": {"TXT": ["v=spf1 ip4:192.0.2.0/25 -ip4:192.0.2.128/26 ip4:192.0.2.128/25 ?all"]},
        "b.esp.example": {"TXT": ["v=spf1 ip6:2001:db8:1::/48 ip4:198.18.0.0/15 -all"]}
    }"#,
    )
}

fn world() -> World {
    let mut zone = corp();
    for (seconds, name) in [(50, "b.esp.example"), (300, "corp.example")] {
        let question = Question::new(name.parse().unwrap(), Kind::Txt);
        let records = Records::Txt(corp().lookup(&question).txt().to_vec());
        zone.insert(question.name, records, Duration::from_secs(seconds));
    }
    for (name, kind) in [
        ("corp.example", Kind::Mx),
        ("mx.corp.example", Kind::A),
        ("mx.corp.example", Kind::Aaaa),
        ("_spf.esp.example", Kind::Txt),
        ("a.esp.example", Kind::Txt),
    ] {
        let question = Question::new(name.parse().unwrap(), kind);
        let answer = corp().lookup(&question);
        if let mailproof::dns::Outcome::Found(records) = answer.outcome() {
            zone.insert(question.name, records.clone(), Duration::from_secs(200));
        }
    }
    World::new(zone)
}

fn texts(zone: &mut Zone, name: &str, text: &str, seconds: u64) {
    zone.insert(name.parse().unwrap(), Records::Txt(vec![Txt::new([text])]), Duration::from_secs(seconds));
}

#[test]
fn a_check_asks_for_one_answer_only_once_the_policy_is_compiled() {
    let world = world();
    let request = || from("198.18.0.1", SENDER);
    let first = world.hot(request());
    assert_eq!((first.queries, first.facts.len()), (4, 4));
    let recalls: Vec<_> = (0..4).map(|_| world.hot(request()).recalls).collect();
    assert_eq!(recalls, [4, 4, 1, 1]);
    let hot = world.hot(request());
    let cold = world.cold(request());
    assert!(hot.is_compiled() && !cold.is_compiled());
    assert_eq!((&hot.verdict, &hot.facts), (&cold.verdict, &cold.facts));
    assert_eq!(hot.verdict.matched.unwrap().to_string(), "include:_spf.esp.example");
    assert_eq!(hot.verdict.reusable, Some(Duration::from_secs(50)));
}

#[test]
fn all_clients_of_a_family_share_it() {
    let world = world();
    // The first asks for half of it, which is compiled; the next ones make it whole.
    assert_eq!(world.warm(&from("192.0.2.1", SENDER)).facts.len(), 3);
    assert!(world.hot(from("192.0.2.1", SENDER)).is_compiled());
    assert!(!world.hot(from("1.2.3.4", SENDER)).is_compiled());
    (0..9).for_each(|_| drop(world.hot(from("1.2.3.4", SENDER))));
    for (ip, word, facts) in [
        ("192.0.2.1", "pass", 3),
        ("192.0.2.200", "pass", 3),
        ("198.19.255.255", "pass", 4),
        ("203.0.113.9", "pass", 4),
        ("198.51.100.20", "pass", 6),
        ("198.51.100.21", "fail", 6),
        ("::ffff:192.0.2.1", "pass", 3),
    ] {
        let hot = world.hot(from(ip, SENDER));
        assert_eq!(
            (hot.verdict.outcome.word(), hot.facts.len(), hot.is_compiled()),
            (word, facts, true),
            "{ip}"
        );
        assert_eq!(hot.verdict, world.cold(from(ip, SENDER)).verdict);
    }
    // Whom an include refuses before it has asked for everything is the evaluator's, and so is the other family.
    let early = world.hot(from("198.18.99.1", SENDER));
    assert_eq!((early.verdict.outcome.word(), early.is_compiled()), ("fail", false));
    assert!(
        world.hot(from("192.0.2.130", SENDER)).is_compiled(),
        "it was refused, but after the same questions"
    );
    assert!(!world.hot(from("2001:db8:1::1", SENDER)).is_compiled());
    assert!(world.warm(&from("2001:db8:1::1", SENDER)).is_compiled());
}

#[test]
fn it_ends_with_the_first_answer_whose_time_is_over() {
    let world = world();
    let request = || from("198.18.0.1", SENDER);
    assert!(world.warm(&request()).is_compiled());
    world.advance(49);
    let hot = world.hot(request());
    assert!(hot.is_compiled());
    assert_eq!(hot.verdict.reusable, Some(Duration::from_secs(1)));
    assert_eq!(hot.facts.last().unwrap().1.freshness(), Freshness::Cached(Duration::from_secs(49)));
    // Nothing of the answer that is over is needed here.
    texts(&mut world.zone.borrow_mut(), "b.esp.example", "v=spf1 -all", 50);
    world.advance(1);
    assert!(world.hot(from("192.0.2.1", SENDER)).is_compiled());
    let late = world.hot(request());
    assert_eq!((late.verdict.outcome.word(), late.queries), ("fail", 3));
    // It is compiled anew after a while.
    assert!((0..20).any(|_| world.hot(request()).is_compiled()));
}

#[test]
fn it_ends_when_the_cache_forgets_or_hears_anew() {
    let request = || from("198.18.0.1", SENDER);
    let name = |text: &str| text.parse::<Name>().unwrap();
    type Forget = (&'static str, fn(&World));
    let forget: [Forget; 5] = [
        ("all", |world| world.cache.flush()),
        ("the name of an include", |world| world.cache.flush_name(&"b.esp.example".parse().unwrap())),
        ("what is below", |world| world.cache.flush_below(&"esp.example".parse().unwrap())),
        ("another answer came", |world| {
            let question = Question::new("b.esp.example".parse().unwrap(), Kind::Txt);
            let records = Records::Txt(vec![Txt::new(["v=spf1 -all"])]);
            let answer = Answer::new(mailproof::dns::Outcome::Found(records), Duration::from_secs(50));
            world.cache.store(question, answer, world.now.get());
        }),
        ("the name is denied", |world| {
            let question = Question::new("b.esp.example".parse().unwrap(), Kind::A);
            let answer = Answer::new(mailproof::dns::Outcome::NxDomain, Duration::from_secs(50));
            world.cache.store(question, answer, world.now.get());
        }),
    ];
    for (what, forget) in forget {
        let world = world();
        assert!(world.warm(&request()).is_compiled());
        texts(&mut world.zone.borrow_mut(), "b.esp.example", "v=spf1 -all", 50);
        forget(&world);
        let hot = world.hot(request());
        assert!(!hot.is_compiled(), "{what}");
        assert_ne!(hot.verdict.outcome.word(), "pass", "{what}");
        assert_eq!(hot.verdict, world.cold(request()).verdict, "{what}");
    }
    let world = world();
    assert!(world.warm(&request()).is_compiled());
    world.cache.flush_name(&name("mx.corp.example"));
    assert!(world.hot(request()).is_compiled(), "what is forgotten has no part in it");
}

#[test]
fn it_ends_when_an_answer_makes_room() {
    let settings = CacheSettings { entries: 8, octets: 1 << 20, ..CacheSettings::default() };
    let world = World::with(corp_lasting(), settings);
    let request = || from("198.18.0.1", SENDER);
    assert!(world.warm(&request()).is_compiled());
    for number in 0..40 {
        let question = Question::new(format!("n{number}.example").parse().unwrap(), Kind::A);
        let records = Records::A(vec![[192, 0, 2, 1].into()]);
        let answer = Answer::new(mailproof::dns::Outcome::Found(records), Duration::from_secs(300));
        for _ in 0..2 {
            world.cache.store(question.clone(), answer.clone(), world.now.get());
            world.cache.recall(&question, world.now.get());
        }
    }
    let hot = world.hot(request());
    assert!(hot.queries > 0 && !hot.is_compiled());
}

fn corp_lasting() -> Zone {
    world().zone.into_inner()
}

#[test]
fn another_source_does_not_use_it() {
    let world = world();
    let request = || from("198.18.0.1", SENDER);
    assert!(world.warm(&request()).is_compiled());
    // A second cache, which shares the first record but knows another policy behind it.
    let other = Cache::default();
    let first = Question::new("corp.example".parse().unwrap(), Kind::Txt);
    let shared = world.cache.recall(&first, world.now.get()).unwrap();
    other.store(first, shared, world.now.get());
    let records = Records::Txt(vec![Txt::new(["v=spf1 -ip4:198.18.0.0/15 ~all"])]);
    let answer = Answer::new(mailproof::dns::Outcome::Found(records), Duration::from_secs(90));
    other.store(Question::new("_spf.esp.example".parse().unwrap(), Kind::Txt), answer, world.now.get());
    for (name, kind) in [("corp.example", Kind::Mx), ("mx.corp.example", Kind::A)] {
        let question = Question::new(name.parse().unwrap(), kind);
        let answer = world.zone.borrow().lookup(&question);
        other.store(question, answer, world.now.get());
    }
    struct Other(Cache, Duration);
    impl Known for Other {
        fn recall(&self, question: &Question) -> Option<Answer> {
            self.0.recall(question, self.1)
        }
        fn source(&self) -> Option<&Source> {
            Some(self.0.source())
        }
    }
    let other = Other(other, world.now.get());
    for _ in 0..30 {
        let Step::Done(verdict) = spf::check(request()).step(&other) else { panic!("everything is known") };
        assert_eq!(verdict.outcome.word(), "fail");
        assert_eq!(world.hot(request()).verdict.outcome.word(), "pass");
    }
}

#[test]
fn a_layer_that_changes_answers_does_not_use_it() {
    let world = world();
    let request = || from("198.18.0.1", SENDER);
    assert!(world.warm(&request()).is_compiled());
    let mut above = Zone::new();
    above.assign("b.esp.example=v=spf1 -all").unwrap();
    let changed = spf::check(request()).run_blocking(&Override::new(above, Hot(&world)));
    assert_eq!(changed.outcome.word(), "fail");
    assert_eq!(world.hot(request()).verdict.outcome.word(), "pass");
}

#[test]
fn a_recorder_is_told_everything() {
    let world = world();
    let request = || from("198.18.0.1", SENDER);
    let told = world.warm(&request()).facts;
    let recorder = Recorder::new(Hot(&world));
    assert_eq!(spf::check(request()).run_blocking(&recorder).outcome.word(), "pass");
    let recording = recorder.recording();
    let questions =
        |facts: &[(Question, Answer)]| facts.iter().map(|(question, _)| question.clone()).collect::<Vec<_>>();
    assert_eq!(questions(recording.answers()), questions(&told));
}

#[test]
fn a_zone_that_was_changed_is_another_source() {
    let mut zone = corp();
    let judge = |zone: &Zone, ip| run(zone, from(ip, SENDER)).outcome.word();
    for _ in 0..5 {
        assert_eq!(judge(&zone, "198.18.0.1"), "pass");
    }
    let before = zone.clone();
    texts(&mut zone, "b.esp.example", "v=spf1 -all", 60);
    for _ in 0..20 {
        assert_eq!(judge(&zone, "198.18.0.1"), "fail");
        assert_eq!(judge(&before, "198.18.0.1"), "pass");
    }
}

#[test]
fn one_answer_for_many_names_is_compiled_for_one_of_them() {
    let zone = zone(
        r#"{"*.wild.example": {"TXT": ["v=spf1 a include:esp.example -all"]},
            "a.wild.example": {"TXT": ["v=spf1 a include:esp.example -all"]},
            "esp.example": {"TXT": ["v=spf1 ip4:192.0.2.1 -all"]}}"#,
    );
    for round in 0..40 {
        for name in ["x.wild.example", "y.wild.example", "a.wild.example"] {
            let mut check = spf::check(from("192.0.2.1", &format!("jane@{name}")));
            let Step::Done(verdict) = check.step(&zone) else { panic!("everything is known") };
            assert_eq!(verdict.matched.unwrap().domain().as_str(), name, "{round}");
            assert_eq!(check.facts()[1].0.name.as_str(), name, "{round}");
        }
    }
}

#[test]
fn a_lower_limit_is_kept() {
    let world = world();
    assert!(world.warm(&from("198.51.100.20", SENDER)).is_compiled());
    for (terms, word) in [(4, "pass"), (3, "permerror")] {
        let limits = Limits { terms, ..Limits::default() };
        let request = Request { limits, ..from("198.51.100.20", SENDER) };
        assert_eq!(world.hot(request).verdict.outcome.word(), word, "{terms}");
    }
    let limits = Limits { mx_names: 0, ..Limits::default() };
    let request = Request { limits, ..from("198.51.100.20", SENDER) };
    assert_eq!(world.hot(request).verdict.outcome.word(), "permerror");
}

#[test]
fn an_answer_beyond_its_time_is_not_compiled() {
    let settings = CacheSettings { stale: Some(StaleSettings::default()), ..CacheSettings::default() };
    let world = World::with(corp_lasting(), settings);
    let request = || from("198.18.0.1", SENDER);
    assert!(world.warm(&request()).is_compiled());
    world.advance(60);
    let failed = mailproof::dns::Rrset::Failed(mailproof::dns::Failure::Servfail);
    world.zone.borrow_mut().insert_rrset("b.esp.example".parse().unwrap(), Kind::Txt, failed, Duration::ZERO);
    for _ in 0..20 {
        let hot = world.hot(request());
        assert!(!hot.is_compiled());
        assert_eq!(hot.verdict.outcome.word(), "pass");
        assert!(matches!(hot.facts[3].1.freshness(), Freshness::Stale(_)));
    }
}

#[test]
fn a_policy_that_includes_itself_is_no_obstacle() {
    let world = World::new(zone(
        r#"{"a.example": {"TXT": ["v=spf1 ip4:192.0.2.0/24 include:b.example -all"]},
            "b.example": {"TXT": ["v=spf1 ip4:198.51.100.0/24 include:a.example -all"]}}"#,
    ));
    for (ip, word) in [("198.51.100.1", "pass"), ("192.0.2.1", "pass"), ("203.0.113.1", "permerror")] {
        for _ in 0..6 {
            for domain in ["a.example", "b.example"] {
                let request = || from(ip, &format!("jane@{domain}"));
                let (hot, cold) = (world.hot(request()), world.cold(request()));
                assert_eq!(hot.verdict.outcome.word(), word);
                assert_eq!((hot.verdict, hot.facts.len()), (cold.verdict, cold.facts.len()));
            }
        }
    }
}

#[test]
fn a_check_that_is_done_says_the_same_again() {
    let zone = corp();
    let request = || from("198.18.0.1", SENDER);
    let verdicts: Vec<_> = (0..5).map(|_| run(&zone, request())).collect();
    let mut check = spf::check(request());
    for _ in 0..3 {
        assert_eq!(check.step(&zone), Step::Done(verdicts[0].clone()));
        assert_eq!(check.facts().len(), 4);
    }
    assert!(verdicts.iter().all(|verdict| *verdict == verdicts[0]));
}

#[test]
fn an_inspection_pins_what_a_compiled_policy_used() {
    let world = world();
    let message = b"From: jane@corp.example\r\n\r\n";
    let report = |resolver: &dyn Fn(mailproof::Inspection) -> mailproof::Report| {
        let message = Message::parse(message).unwrap();
        let connection = Connection::new([198, 18, 0, 1].into(), "corp.example", SENDER);
        resolver(Authenticator::new("mx.example.org").check(&message, connection))
    };
    let hot = || report(&|inspection| inspection.run_blocking(&Hot(&world)));
    let first = hot();
    (0..6).for_each(|_| drop(hot()));
    let later = hot();
    let cold = report(&|inspection| inspection.run_blocking(&super::spf_compiled_world::Cold(&world)));
    assert_eq!(later, cold);
    assert_eq!((first.dns.questions, first.dns.rounds), (later.dns.questions, later.dns.rounds));
}

#[test]
fn a_question_asked_again_is_no_round_more() {
    let mut zone = Zone::new();
    texts(
        &mut zone,
        "d.example",
        "v=spf1 include:a.d.example include:a.d.example include:d2.example -all",
        60,
    );
    texts(&mut zone, "a.d.example", "v=spf1 ip4:203.0.113.1 -all", 60);
    texts(&mut zone, "d2.example", "v=spf1 include:a.d.example ip4:192.0.2.1 -all", 60);
    let world = World::new(zone);
    let rounds = |is_cold: bool| {
        let message = Message::parse(b"From: jane@d.example\r\n\r\n").unwrap();
        let connection = Connection::new([192, 0, 2, 1].into(), "192.0.2.1", "jane@d.example");
        let inspection = Authenticator::new("mx.example.org").check(&message, connection);
        let report = if is_cold {
            inspection.run_blocking(&super::spf_compiled_world::Cold(&world))
        } else {
            inspection.run_blocking(&Hot(&world))
        };
        (report.mail_from.unwrap().lookups, report.dns.rounds)
    };
    assert_eq!([0, 1, 2, 3].map(|_| rounds(false)), [(4, 3); 4]);
    assert_eq!(rounds(true), (4, 3));
    assert!(world.hot(from("192.0.2.1", "jane@d.example")).is_compiled());
}

/// The resolver of a door: what it knows is a cache.
#[cfg(feature = "resolver")]
#[test]
fn a_cached_resolver_hands_on_its_source() {
    use mailproof::resolver::Cached;
    use std::sync::Arc;
    struct Far(Zone);
    impl blocking::Resolver for Far {
        fn resolve(&self, question: &Question) -> Answer {
            self.0.lookup(question)
        }
    }
    let cached = Cached::new(Far(corp_lasting()), Arc::new(Cache::default()));
    let request = || from("198.18.0.1", SENDER);
    for _ in 0..5 {
        assert_eq!(spf::check(request()).run_blocking(&cached).outcome.word(), "pass");
    }
    let hits = cached.cache().statistics().hits;
    assert_eq!(spf::check(request()).run_blocking(&cached).outcome.word(), "pass");
    assert_eq!(cached.cache().statistics().hits, hits + 1);
    assert!(blocking::Resolver::known(&cached).source().is_some());
}
