//! A compiled policy gives what the evaluator gives, whatever is published, asked and forgotten meanwhile.

use super::spf_compiled_world::World;
use mailproof::Name;
use mailproof::dns::{Failure, Kind, Mx, Records, Rrset, Txt, Zone};
use mailproof::spf::{Limits, Request};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use std::cell::Cell;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

const NAMES: [&str; 5] = ["d.example", "a.d.example", "b.d.example", "c.example", "e.example"];

const CLIENTS: [&str; 14] = [
    "192.0.2.0",
    "192.0.2.1",
    "192.0.2.127",
    "192.0.2.128",
    "192.0.2.255",
    "192.0.3.0",
    "198.51.100.7",
    "0.0.0.0",
    "255.255.255.255",
    "::ffff:192.0.2.1",
    "2001:db8::1",
    "2001:db8:8000::1",
    "::",
    "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
];

/// What stands at a name, with the seconds that each holds.
type Content = Vec<(Rrset, u64)>;

/// What happens between two checks.
#[derive(Clone, Debug)]
enum Event {
    Advance(u64),
    Flush,
    FlushName(usize),
    FlushBelow(usize),
    /// Everything but the cache forgets.
    Change(usize, Content),
}

fn term() -> impl Strategy<Value = String> {
    let name = || prop::sample::select(NAMES.to_vec());
    let networks = vec![
        "ip4:192.0.2.0/24",
        "ip4:192.0.2.128/25",
        "ip4:192.0.2.1",
        "ip4:198.51.100.5/30",
        "ip4:128.0.0.0/1",
        "ip4:0.0.0.0/0",
        "ip6:2001:db8::/32",
        "ip6:2001:db8:8000::/33",
        "ip6:::/0",
    ];
    let qualifier = prop::sample::select(vec!["", "", "", "-", "~", "?"]);
    let mechanism = prop_oneof![
        8 => prop::sample::select(networks).prop_map(str::to_owned),
        8 => name().prop_map(|name| format!("include:{name}")),
        2 => (name(), prop::sample::select(vec!["", "/24", "//64", "/25//33"])).prop_map(|(name, prefix)| format!("a:{name}{prefix}")),
        2 => (name(), prop::sample::select(vec!["", "/24//64"])).prop_map(|(name, prefix)| format!("mx:{name}{prefix}")),
        1 => prop::sample::select(vec!["a", "mx", "all", "ptr", "exists:%{i}.d.example", "a:%{l}.d.example", "include:%{d2}", "include:x..example", "include:com", "oops"]).prop_map(str::to_owned),
    ];
    (qualifier, mechanism).prop_map(|(qualifier, mechanism)| format!("{qualifier}{mechanism}"))
}

fn record() -> impl Strategy<Value = String> {
    let name = || prop::sample::select(NAMES.to_vec());
    let end = prop_oneof![
        3 => Just(String::new()),
        5 => prop::sample::select(vec![" -all", " ~all", " ?all", " +all"]).prop_map(str::to_owned),
        2 => name().prop_map(|name| format!(" redirect={name}")),
        1 => Just(" redirect=%{d2} exp=e.example".to_owned()),
        1 => name().prop_map(|name| format!(" -all exp={name}")),
    ];
    (prop::collection::vec(term(), 0..6), end)
        .prop_map(|(terms, end)| format!("v=spf1 {}{end}", terms.join(" ")))
}

fn rrsets() -> impl Strategy<Value = Content> {
    let name = || prop::sample::select(NAMES.to_vec()).prop_map(|name| name.parse::<Name>().unwrap());
    let found = prop_oneof![
        1 => prop::collection::vec((0_u16..3, name()), 1..4).prop_map(|hosts| Records::Mx(
            hosts.into_iter().map(|(preference, exchange)| Mx { preference, exchange }).collect()
        )),
        2 => prop::sample::select(vec![[192, 0, 2, 1], [192, 0, 2, 200], [198, 51, 100, 7]]).prop_map(|address| Records::A(vec![address.into()])),
        1 => Just(Records::Aaaa(vec!["2001:db8:8000::1".parse().unwrap(), "::".parse().unwrap()])),
    ];
    let kind = prop::sample::select(vec![Kind::Txt, Kind::A, Kind::Mx]);
    let rrset = prop_oneof![
        9 => found.prop_map(Rrset::Found),
        1 => kind.prop_map(|_| Rrset::Failed(Failure::Servfail)),
    ];
    let texts = prop_oneof![
        12 => record().prop_map(|text| vec![text]),
        1 => prop::collection::vec(record(), 2..3),
    ];
    let text = texts.prop_map(|texts| {
        Rrset::Found(Records::Txt(texts.into_iter().map(|text| Txt::new([text])).collect()))
    });
    let ttl = || prop::sample::select(vec![0, 1, 5, 60, 60, 3600]);
    (prop::option::weighted(0.9, (text, ttl())), prop::collection::vec((rrset, ttl()), 0..3))
        .prop_map(|(text, rest)| text.into_iter().chain(rest).collect())
}

fn publish(zone: &mut Zone, name: &str, rrsets: &[(Rrset, u64)]) {
    let name: Name = name.parse().unwrap();
    for (rrset, ttl) in rrsets {
        let kind = if let Rrset::Found(records) = rrset { records.kind() } else { Kind::A };
        zone.insert_rrset(name.clone(), kind, rrset.clone(), Duration::from_secs(*ttl));
    }
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        6 => prop::sample::select(vec![0, 1, 2, 4, 10, 59, 100]).prop_map(Event::Advance),
        1 => Just(Event::Flush),
        1 => (0..NAMES.len()).prop_map(Event::FlushName),
        1 => (0..NAMES.len()).prop_map(Event::FlushBelow),
        2 => (0..NAMES.len(), rrsets()).prop_map(|(name, rrsets)| Event::Change(name, rrsets)),
    ]
}

fn limits() -> impl Strategy<Value = Limits> {
    prop_oneof![
        4 => Just(Limits::default()),
        1 => (0_u32..5).prop_map(|terms| Limits { terms, ..Limits::default() }),
        1 => (0_u32..2).prop_map(|void_lookups| Limits { void_lookups, ..Limits::default() }),
        1 => Just(Limits { mx_names: 1, ..Limits::default() }),
        1 => Just(Limits { void_mx_hosts: true, void_lookups: 0, ..Limits::default() }),
        1 => Just(Limits { terms: 100, void_lookups: 100, mx_names: 100, ..Limits::default() }),
    ]
}

fn happen(world: &World, event: &Event) {
    let name = |index: &usize| NAMES[*index].parse::<Name>().unwrap();
    match event {
        Event::Advance(seconds) => world.advance(*seconds),
        Event::Flush => world.cache.flush(),
        Event::FlushName(index) => world.cache.flush_name(&name(index)),
        Event::FlushBelow(index) => world.cache.flush_below(&name(index)),
        Event::Change(index, rrsets) => publish(&mut world.zone.borrow_mut(), NAMES[*index], rrsets),
    }
}

/// Every client is judged by what is compiled first and by the evaluator then. Gives how often the first did it.
fn agree(world: &World, domain: &str, helo: &str, limits: &Limits, clients: &[IpAddr]) -> u32 {
    let mut compiled = 0;
    for ip in clients {
        let request =
            Request { limits: limits.clone(), ..Request::mail_from(*ip, helo, format!("jane@{domain}")) };
        let hot = world.hot(request.clone());
        let cold = world.cold(request.clone());
        assert_eq!(hot.verdict, cold.verdict);
        assert_eq!(hot.verdict.record(), cold.verdict.record());
        if hot.queries == 0 {
            assert_eq!(hot.facts, cold.facts);
            assert_eq!(cold.queries, 0, "the cache does not know any more what was used");
        }
        compiled += u32::from(hot.is_compiled());
    }
    compiled
}

#[test]
fn compiled_policies_decide_as_the_evaluator_does() {
    let clients: Vec<IpAddr> = CLIENTS.iter().map(|ip| ip.parse().unwrap()).collect();
    let compiled = Cell::new(0);
    let strategy =
        (prop::collection::vec(rrsets(), NAMES.len()), prop::collection::vec((event(), limits()), 0..10));
    let property = |(content, events): (Vec<Content>, Vec<(Event, Limits)>)| {
        let mut zone = Zone::new();
        for (name, rrsets) in NAMES.iter().zip(&content) {
            publish(&mut zone, name, rrsets);
        }
        let world = World::new(zone);
        compiled.set(compiled.get() + agree(&world, NAMES[0], "h.example", &Limits::default(), &clients));
        for (event, limits) in events {
            happen(&world, &event);
            compiled.set(compiled.get() + agree(&world, NAMES[0], "h.example", &limits, &clients));
        }
        Ok(())
    };
    TestRunner::default().run(&strategy, property).unwrap();
    // Some two thirds of what is published here can be compiled in part.
    assert!(compiled.get() > 1000, "{} verdicts were compiled", compiled.get());
}

/// Every case of the suites, for its own client and all others.
#[test]
fn compiled_policies_of_the_suites_decide_as_the_evaluator_does() {
    let corpora =
        std::env::var_os("MAILPROOF_CORPORA").map_or_else(|| "../shared/corpora".into(), PathBuf::from);
    let Ok(cases) = std::fs::read_to_string(corpora.join("cases/spf.jsonl")) else {
        println!("there are no suites at {} (MAILPROOF_CORPORA): skipped", corpora.display());
        return;
    };
    let clients = CLIENTS.iter().map(|ip| ip.parse::<IpAddr>().unwrap());
    let mut judged = 0;
    let mut compiled = 0;
    for case in cases.lines() {
        let case: serde_json::Value = serde_json::from_str(case).unwrap();
        let mut zone = case["zone"].clone();
        if let Some(names) = zone.as_object_mut() {
            names.retain(|name, _| Zone::from_json_value(&serde_json::json!({ name: {} })).is_ok());
        }
        let (Ok(zone), Some(Ok(ip))) = (Zone::from_json_value(&zone), case["ip"].as_str().map(str::parse))
        else {
            continue;
        };
        let Some((_, domain)) = case["mail_from"].as_str().and_then(|path| path.rsplit_once('@')) else {
            continue;
        };
        judged += 1;
        let world = World::new(zone);
        let clients: Vec<IpAddr> = [ip; 4].into_iter().chain(clients.clone()).chain([ip; 4]).collect();
        compiled +=
            agree(&world, domain, case["helo"].as_str().unwrap_or_default(), &Limits::default(), &clients);
    }
    assert!(judged > 500 && compiled > 500, "{judged} cases judged, {compiled} verdicts compiled");
}
