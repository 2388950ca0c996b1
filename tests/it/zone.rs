//! What a zone answers, whichever way it was made.

use mailproof::Name;
use mailproof::dns::{Answer, Failure, Kind, Outcome, Question, Records, Zone};

fn name(text: &str) -> Name {
    Name::parse(text).unwrap()
}

fn ask(zone: &Zone, name_text: &str, kind: Kind) -> Answer {
    zone.lookup(&Question::new(name(name_text), kind))
}

fn outcome(zone: &Zone, name_text: &str, kind: Kind) -> Outcome {
    ask(zone, name_text, kind).outcome().clone()
}

/// The first TXT record, as text.
fn text(zone: &Zone, name_text: &str) -> String {
    match ask(zone, name_text, Kind::Txt).txt() {
        [first, ..] => first.octets().iter().map(|octet| char::from(*octet)).collect(),
        [] => format!("{:?}", outcome(zone, name_text, Kind::Txt)),
    }
}

fn zone(json: &str) -> Zone {
    Zone::from_json(json).unwrap()
}

/// The zone of RFC 4592 §2.2.1, with texts that name their owner.
fn rfc4592_json() -> Zone {
    zone(
        r#"{
        "example": { "TXT": ["apex"] },
        "*.example": { "TXT": ["wild"], "MX": [[10, "host1.example."]] },
        "sub.*.example": { "TXT": ["below the asterisk"] },
        "host1.example": { "A": ["192.0.2.1"] },
        "_ssh._tcp.host1.example": { "SRV": [] },
        "_ssh._tcp.host2.example": { "SRV": [] },
        "subdel.example": { "NS": [] }
    }"#,
    )
}

fn rfc4592_file() -> Zone {
    let text = r#"
$ORIGIN example.
example.                 3600 IN  SOA   ns.example.com. h.example. 1 7200 900 1209600 3600
example.                 3600     NS    ns.example.com.
example.                 3600     TXT   "apex"
*.example.               3600     TXT   "wild"
*.example.               3600     MX    10 host1.example.
sub.*.example.           3600     TXT   "below the asterisk"
host1.example.           3600     A     192.0.2.1
_ssh._tcp.host1.example. 3600     SRV   0 0 22 host1.example.
_ssh._tcp.host2.example. 3600     SRV   0 0 22 host2.example.
subdel.example.          3600     NS    ns.example.com.
"#;
    Zone::from_master_file(text, None).unwrap()
}

#[test]
fn wildcards_answer_as_rfc4592_section_2_2_1_says() {
    for zone in [rfc4592_json(), rfc4592_file()] {
        // Synthesized.
        assert_eq!(
            ask(&zone, "host3.example", Kind::Mx).outcome(),
            ask(&zone, "*.example", Kind::Mx).outcome()
        );
        assert!(matches!(outcome(&zone, "host3.example", Kind::Mx), Outcome::Found(Records::Mx(_))));
        assert_eq!(outcome(&zone, "host3.example", Kind::A), Outcome::NoData);
        assert_eq!(text(&zone, "foo.bar.example"), "wild");
        // Not synthesized: the name exists, or an ancestor of it below the wildcard's parent does.
        assert_eq!(outcome(&zone, "host1.example", Kind::Mx), Outcome::NoData);
        assert_eq!(outcome(&zone, "sub.*.example", Kind::Mx), Outcome::NoData);
        assert_eq!(outcome(&zone, "_telnet._tcp.host1.example", Kind::Txt), Outcome::NxDomain);
        assert_eq!(outcome(&zone, "host.subdel.example", Kind::A), Outcome::NxDomain);
        assert_eq!(outcome(&zone, "ghost.*.example", Kind::Mx), Outcome::NxDomain);
        // The closest encloser of host2's names is host2, an empty non-terminal.
        assert_eq!(outcome(&zone, "host2.example", Kind::Txt), Outcome::NoData);
        assert_eq!(outcome(&zone, "x.host2.example", Kind::Txt), Outcome::NxDomain);
        assert_eq!(text(&zone, "*.example"), "wild");
    }
}

#[test]
fn empty_non_terminals_exist() {
    let zone = zone(r#"{ "a.b.c.example": { "TXT": ["deep"] } }"#);
    for between in ["b.c.example", "c.example", "example"] {
        let answer = ask(&zone, between, Kind::Txt);
        assert_eq!(*answer.outcome(), Outcome::NoData, "{between}");
        assert!(!answer.denies_name());
    }
    assert!(ask(&zone, "x.c.example", Kind::Txt).denies_name());
    assert!(ask(&Zone::new(), "example", Kind::Txt).denies_name());
}

#[test]
fn aliases_are_followed_and_told() {
    let zone = zone(
        r#"{
        "one.example": { "CNAME": "TWO.example." }, "two.example": { "CNAME": "three.example" },
        "three.example": { "TXT": ["end"] },
        "dangling.example": { "CNAME": "nowhere.example" },
        "empty.example": { "CNAME": "three.example" },
        "loop.example": { "CNAME": "pool.example" }, "pool.example": { "CNAME": "loop.example" },
        "self.example": { "CNAME": "self.example" },
        "into.example": { "CNAME": "loop.example" },
        "*.wild.example": { "CNAME": "three.example" },
        "to-failure.example": { "CNAME": "broken.example" }, "broken.example": "SERVFAIL"
    }"#,
    );
    let answer = ask(&zone, "one.example", Kind::Txt);
    assert_eq!(answer.txt()[0].octets(), b"end");
    assert_eq!(answer.aliases(), [name("two.example"), name("three.example")]);

    let dangling = ask(&zone, "dangling.example", Kind::Txt);
    assert_eq!(*dangling.outcome(), Outcome::NxDomain);
    assert_eq!(dangling.aliases(), [name("nowhere.example")]);
    // RFC 8020 §2: the alias itself exists.
    assert!(!dangling.denies_name());
    assert!(ask(&zone, "nowhere.example", Kind::Txt).denies_name());

    assert_eq!(outcome(&zone, "empty.example", Kind::A), Outcome::NoData);
    for looping in ["loop.example", "self.example", "into.example"] {
        assert_eq!(outcome(&zone, looping, Kind::A), Outcome::Failed(Failure::AliasLoop), "{looping}");
    }
    assert_eq!(text(&zone, "anything.wild.example"), "end");
    assert_eq!(outcome(&zone, "to-failure.example", Kind::A), Outcome::Failed(Failure::Servfail));
}

#[test]
fn twelve_hops_are_followed_and_no_more() {
    let chain = |hops: usize| {
        let mut zone = Zone::new();
        for hop in 0..hops {
            let alias = name(&format!("h{hop}.example"));
            zone.insert_alias(
                alias,
                name(&format!("h{}.example", hop + 1)),
                std::time::Duration::from_secs(9),
            );
        }
        zone.insert_name(name(&format!("h{hops}.example")));
        outcome(&zone, "h0.example", Kind::A)
    };
    assert_eq!(chain(12), Outcome::NoData);
    assert_eq!(chain(13), Outcome::Failed(Failure::AliasLoop));
}

#[test]
fn failures_stand_for_a_name_or_for_a_type() {
    let zone = zone(
        r#"{
        "broken.example": "SERVFAIL", "no.example": "REFUSED", "slow.example": "TIMEOUT", "gone.example": "NXDOMAIN",
        "half.example": { "TXT": "TIMEOUT", "A": ["192.0.2.2"], "MX": "NXDOMAIN" },
        "*.w.example": "SERVFAIL"
    }"#,
    );
    for kind in Kind::ALL {
        assert_eq!(outcome(&zone, "broken.example", kind), Outcome::Failed(Failure::Servfail));
        assert_eq!(outcome(&zone, "no.example", kind), Outcome::Failed(Failure::Refused));
        assert_eq!(outcome(&zone, "slow.example", kind), Outcome::Failed(Failure::Timeout));
        assert_eq!(outcome(&zone, "gone.example", kind), Outcome::NxDomain);
        assert_eq!(outcome(&zone, "any.w.example", kind), Outcome::Failed(Failure::Servfail));
    }
    assert_eq!(outcome(&zone, "half.example", Kind::Txt), Outcome::Failed(Failure::Timeout));
    assert_eq!(outcome(&zone, "half.example", Kind::Mx), Outcome::NxDomain);
    assert_eq!(outcome(&zone, "half.example", Kind::Ptr), Outcome::NoData);
    assert!(matches!(outcome(&zone, "half.example", Kind::A), Outcome::Found(Records::A(_))));
}

#[test]
fn a_name_that_is_said_not_to_exist_lets_none_above_it_exist() {
    let mut zone = zone(r#"{ "x.y.example": "NXDOMAIN" }"#);
    assert_eq!(outcome(&zone, "y.example", Kind::A), Outcome::NxDomain);
    zone.insert_name(name("a.x.y.example"));
    assert_eq!(outcome(&zone, "y.example", Kind::A), Outcome::NoData);
    assert_eq!(outcome(&zone, "x.y.example", Kind::A), Outcome::NxDomain);
}

#[test]
fn names_have_no_case_and_may_end_in_a_dot() {
    let zone =
        zone(r#"{ "WWW.Example.COM.": { "txt": ["here"] }, "MÜLLER.example": { "TXT": ["u-label"] } }"#);
    for spelling in ["www.example.com", "WWW.EXAMPLE.COM.", "Www.eXample.com"] {
        assert_eq!(text(&zone, spelling), "here");
    }
    assert_eq!(text(&zone, "xn--mller-kva.example"), "u-label");
}

#[test]
fn a_text_is_octets_in_strings() {
    let zone = zone(
        r#"{ "a.example": { "TXT": ["p=\u00ff\u0000\u00e9", ["v=spf1 a:exam", "ple.com", "", " -all"]] } }"#,
    );
    let answer = ask(&zone, "a.example", Kind::Txt);
    let [latin1, joined] = answer.txt() else { panic!("{answer:?}") };
    assert_eq!(latin1.octets(), b"p=\xff\x00\xe9");
    assert_eq!(joined.octets(), b"v=spf1 a:example.com -all");
    assert_eq!(joined.joints(), [13, 20, 20]);
}

#[test]
fn records_keep_their_order_and_the_null_exchange() {
    let zone = zone(
        r#"{ "a.example": { "MX": [[20, "B.example."], [10, "a.example"], [0, "."]], "PTR": ["z.example", "y.example"] } }"#,
    );
    let Outcome::Found(Records::Mx(exchanges)) = outcome(&zone, "a.example", Kind::Mx) else { panic!() };
    let exchanges: Vec<_> = exchanges.iter().map(|mx| (mx.preference, mx.exchange.to_string())).collect();
    assert_eq!(exchanges, [(20, "b.example".into()), (10, "a.example".into()), (0, ".".into())]);
    assert_eq!(
        outcome(&zone, "a.example", Kind::Ptr),
        Outcome::Found(Records::Ptr(vec![name("z.example"), name("y.example")]))
    );
}

#[test]
fn what_is_wrong_in_json_is_told_with_its_place() {
    let cases = [
        (r#"{ "a.example": 7 }"#, "a.example: "),
        (r#"{ "a.example": "SERVEFAIL" }"#, "a.example: "),
        (r#"{ "a.example": { "A": ["192.0.2.256"] } }"#, "a.example: A needs"),
        (r#"{ "a.example": { "AAAA": ["192.0.2.1"] } }"#, "a.example: AAAA needs"),
        (r#"{ "a.example": { "MX": ["mx.example"] } }"#, "a.example: MX needs"),
        (r#"{ "a.example": { "MX": [[65536, "mx.example"]] } }"#, "a.example: MX needs"),
        (r#"{ "a.example": { "TXT": ["\u0100"] } }"#, "a.example: TXT needs"),
        (r#"{ "a.example": { "TXT": "v=spf1 -all" } }"#, "a.example: a list"),
        (r#"{ "a.example": { "CNAME": ["b.example"] } }"#, "a.example: CNAME needs"),
        (r#"{ "a..example": {} }"#, "\"a..example\" is no domain name: an empty label"),
        (r#"{ "a.example": { "PTR": ["b c.example"] } }"#, "\"b c.example\" is no domain name"),
        ("{ \"a.example\": {\n", "not JSON: EOF while parsing an object at line 2"),
        ("[]", "zone: "),
    ];
    for (json, beginning) in cases {
        let error = Zone::from_json(json).unwrap_err().to_string();
        assert!(error.starts_with(beginning), "{error}");
    }
}
