//! `spf::walk`: every address a policy lists.

use mailproof::Name;
use mailproof::dns::blocking::Resolver as _;
use mailproof::dns::{Answer, Failure, Kind, Question, Zone};
use mailproof::eval::{Evaluation, Step};
use mailproof::spf::{self, Content, Listing, Network, Policy, Trouble, Unlistable, WalkLimits};
use serde_json::{Value, json};

fn name(text: &str) -> Name {
    Name::parse(text).unwrap()
}

fn zone(zone: &Value) -> Zone {
    Zone::from_json(&zone.to_string()).unwrap()
}

fn listed(walk: spf::Walk, dns: &Zone) -> Listing {
    walk.run_blocking(dns)
}

/// Every network, wherever it stands.
fn networks_of(policy: &Policy) -> Vec<String> {
    let mut found = Vec::new();
    for listed in policy.terms.iter().flatten() {
        match &listed.content {
            Content::Networks(networks) => found.extend(networks.iter().map(Network::to_string)),
            Content::Policy(policy) => found.extend(networks_of(policy)),
            _ => {}
        }
    }
    found
}

/// Every trouble, wherever it stands.
fn troubles(policy: &Policy) -> Vec<Trouble> {
    let terms = match &policy.terms {
        Err(trouble) => return vec![trouble.clone()],
        Ok(terms) => terms,
    };
    let of = |content: &Content| match content {
        Content::Policy(policy) => troubles(policy),
        Content::Trouble(trouble) => vec![trouble.clone()],
        _ => Vec::new(),
    };
    terms.iter().flat_map(|listed| of(&listed.content)).collect()
}

#[test]
fn what_can_be_asked_at_once_is_asked_at_once() {
    let dns = zone(&json!({
        "example.com": { "TXT": ["v=spf1 include:a.example include:b.example a mx -all"],
                         "A": ["192.0.2.1"], "MX": [[10, "mx.example.com"]] },
        "mx.example.com": { "AAAA": ["2001:db8::1"] },
        "a.example": { "TXT": ["v=spf1 ip4:198.51.100.0/24"] },
        "b.example": { "TXT": ["v=spf1 ip4:203.0.113.0/24"] },
    }));
    let mut walk = spf::walk(name("example.com"));
    let mut rounds = Vec::new();
    let listing = loop {
        let open = match walk.step(&()) {
            Step::Done(listing) => break listing,
            Step::Ask(open) => open,
        };
        rounds.push(open.len());
        // Answers come in any order, and a stranger's changes nothing.
        walk.answer(Question::new(name("stranger.example"), Kind::A), Answer::failed(Failure::Servfail));
        for question in open.into_iter().rev() {
            let answer = dns.resolve(&question);
            walk.answer(question, answer);
        }
    };
    // The record; both includes, the A and AAAA of the domain, and its MX; the addresses of the exchange.
    assert_eq!(rounds, [1, 5, 2]);
    assert_eq!(
        networks_of(&listing.policy),
        ["198.51.100.0/24", "203.0.113.0/24", "192.0.2.1/32", "2001:db8::1/128"]
    );
    assert_eq!((listing.lookups, listing.void_lookups), (4, 0));
}

#[test]
fn each_trouble_stands_where_it_is() {
    let dns = zone(&json!({
        "example.com": { "TXT": ["v=spf1 include:none.example include:two.example include:bad.example include:slow.example mx:many.example include:%{d} a:servfail.example -all"] },
        "none.example": { "A": ["192.0.2.1"] },
        "two.example": { "TXT": ["v=spf1 -all", "v=spf1 ?all"] },
        "bad.example": { "TXT": ["v=spf1 ipv4:192.0.2.1 -all"] },
        "slow.example": { "TXT": "TIMEOUT" },
        "many.example": { "MX": (0..11).map(|n| json!([n, format!("mx{n}.example")])).collect::<Vec<_>>() },
        "servfail.example": "SERVFAIL",
    }));
    let listing = listed(spf::walk(name("example.com")), &dns);
    let told: Vec<String> = troubles(&listing.policy).iter().map(ToString::to_string).collect();
    assert_eq!(told.len(), 7, "{told:?}");
    for (index, expected) in [
        "no SPF record",
        "2 SPF records",
        "ipv4",
        "slow.example TXT: timeout",
        "11 mail exchanges; 10 may be asked for",
        "includes itself",
        "servfail.example A: SERVFAIL",
    ]
    .iter()
    .enumerate()
    {
        assert!(told[index].contains(expected), "{expected}: {}", told[index]);
    }
    assert_eq!(listing.ttl.as_secs(), 0);
}

#[test]
fn what_depends_on_the_message_is_told_apart_from_trouble() {
    let dns = zone(&json!({
        "example.com": { "TXT": ["v=spf1 exists:%{i}.example.com ptr include:%{l}.example.com a:%{d} exists:fixed.example.com -all"],
                         "A": ["192.0.2.1"] },
        "fixed.example.com": { "A": ["127.0.0.2"] },
    }));
    let listing = listed(spf::walk(name("example.com")), &dns);
    let contents: Vec<Content> =
        listing.policy.terms.unwrap().into_iter().map(|listed| listed.content).collect();
    assert_eq!(
        contents,
        [
            Content::Unlistable(Unlistable::Macro),
            Content::Unlistable(Unlistable::ReverseName),
            Content::Unlistable(Unlistable::Macro),
            Content::Networks(vec![Network::new([192, 0, 2, 1].into(), 32)]),
            Content::Everyone,
            Content::Everyone,
        ]
    );
}

#[test]
fn a_policy_that_fans_out_without_end_costs_what_the_limits_say() {
    // Each record includes the two of the next level: 2^40 policies in all.
    let mut records = serde_json::Map::new();
    for level in 0..40 {
        let next = level + 1;
        let record = format!("v=spf1 include:a.l{next}.example include:b.l{next}.example -all");
        records.insert(format!("a.l{level}.example"), json!({ "TXT": [record] }));
        records.insert(format!("b.l{level}.example"), json!({ "TXT": [record] }));
    }
    let listing = listed(spf::walk(name("a.l0.example")), &zone(&Value::Object(records)));
    assert_eq!(listing.lookups, 500);
    assert!(troubles(&listing.policy).iter().any(|trouble| matches!(trouble, Trouble::WalkLimit(500))));
}

#[test]
fn a_long_record_that_is_included_often_is_not_listed_without_end() {
    let record = format!("v=spf1{}", " ip4:192.0.2.1".repeat(100));
    let root = format!("v=spf1{}", " include:long.example".repeat(50));
    let dns = zone(&json!({ "example.com": { "TXT": [root] }, "long.example": { "TXT": [record] } }));
    let limits = WalkLimits { listed: 1000, ..WalkLimits::default() };
    let listing = listed(spf::walk(name("example.com")).within(limits), &dns);
    assert!(networks_of(&listing.policy).len() <= 1000);
    assert!(troubles(&listing.policy).iter().any(|trouble| matches!(trouble, Trouble::ListLimit(1000))));
}

#[test]
fn what_is_missing_or_never_tested_lists_nothing() {
    let dns = zone(&json!({
        "example.com": { "TXT": ["v=spf1 a:gone.example mx:gone.example exists:gone.example include:gone.example all ip4:192.0.2.1"] },
        "v6.example": { "TXT": ["v=spf1 ip6:2001:db8::1 ip6:2001:db8:1::/48 redirect=end.example"] },
        "end.example": { "TXT": ["v=spf1 mx:servfail.example exists:servfail.example"] },
        "servfail.example": "SERVFAIL",
    }));
    let listing = listed(spf::walk(name("example.com")), &dns);
    let terms = listing.policy.terms.clone().unwrap();
    assert_eq!(terms.len(), 5, "what stands behind all is never tested");
    assert_eq!(networks_of(&listing.policy), [""; 0]);
    let told: Vec<_> = troubles(&listing.policy).iter().map(Trouble::is_temporary).collect();
    assert_eq!(told, [false]);
    assert_eq!(terms[4].qualifier(), Some(spf::Qualifier::Pass));
    let single = listed(spf::walk(name("org")), &dns).policy.terms.unwrap_err();
    assert_eq!(single.to_string(), "a name of one label is not fully qualified");
    let listing = listed(spf::walk(name("v6.example")), &dns);
    assert_eq!(networks_of(&listing.policy), ["2001:db8::1/128", "2001:db8:1::/48"]);
    assert_eq!(listing.policy.terms.clone().unwrap()[2].qualifier(), None);
    let told: Vec<_> = troubles(&listing.policy).iter().map(Trouble::is_temporary).collect();
    assert_eq!(told, [true, true]);
}

#[test]
fn a_network_is_its_leading_bits() {
    for (address, prefix, expected) in [
        ("192.0.2.77", 24, "192.0.2.0/24"),
        ("192.0.2.77", 99, "192.0.2.77/32"),
        ("192.0.2.77", 0, "0.0.0.0/0"),
        ("2001:db8::ffff", 32, "2001:db8::/32"),
        ("2001:db8::ffff", 200, "2001:db8::ffff/128"),
        ("2001:db8::ffff", 0, "::/0"),
    ] {
        let network = Network::new(address.parse().unwrap(), prefix);
        assert_eq!(network.to_string(), expected);
        assert_eq!(format!("{}/{}", network.address(), network.prefix()), expected);
    }
}
