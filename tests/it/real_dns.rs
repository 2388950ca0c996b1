//! The resolver against real servers: what they say arrives unflattened.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)]

use super::real_server::{RealServer, free_port};
use mailproof::Name;
use mailproof::dns::{Answer, Failure, Kind, Outcome, Question, Records, Resolver, blocking};
use mailproof::resolver::{Blocking, Options, Servers, Stub, Within};
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

const SOA: &str = "$TTL 600\n@ SOA ns h 1 3600 600 86400 120\n@ NS ns\nns A 127.0.0.1\n";

fn example_zone() -> String {
    // Two sets of more than 4 kB: one record of many strings, and many records.
    let long: String = (0..20).map(|number| format!(" \"{number:03}{}\"", "x".repeat(247))).collect();
    let many: String =
        (0..50).map(|number| format!("many TXT \"{number:02} {}\"\n", "y".repeat(100))).collect();
    format!(
        "$ORIGIN example.\n{SOA}@ A 192.0.2.1\nlong TXT ({long} )\n{many}\
         strings TXT \"v=spf1 a:exam\" \"ple.com \" \"-all\"\n\
         octets TXT \"\\255\\000\\195\"\n\
         two 60 TXT \"first\"\ntwo 60 TXT \"second\"\n\
         short 5 CNAME one\none 50 CNAME end\nend 500 TXT \"end\"\n\
         dangling CNAME nowhere.example.\nout CNAME end.example.net.\nempty-end CNAME end\n\
         loop CNAME pool\npool CNAME loop\n\
         sub.ent A 192.0.2.9\n*.wild TXT \"wild\"\nhost.wild A 192.0.2.8\n\
         @ MX 20 mx2\n@ MX 10 mx1\nnull MX 0 .\nmx1 AAAA 2001:db8::1\nmx1 A 192.0.2.3\n\
         _under._score TXT \"score\"\n"
    )
}

fn authority() -> Option<RealServer> {
    let example = example_zone();
    // A zone that cannot be loaded: SERVFAIL.
    let broken = "; no SOA record\n";
    let net = format!("$ORIGIN example.net.\n{SOA}end 100 TXT \"the end of out\"\n");
    let reverse = format!("$ORIGIN 2.0.192.in-addr.arpa.\n{SOA}1 PTR mx1.example.\n1 PTR Mail.Example.\n");
    RealServer::knot(&[
        ("example", &example),
        ("example.net", &net),
        ("2.0.192.in-addr.arpa", &reverse),
        ("broken", broken),
    ])
}

/// A recursive server before the authority; it refuses one name itself.
fn recursive(authority: &RealServer) -> Option<RealServer> {
    let knot = format!("127.0.0.1@{}", authority.address.port());
    let zones: String = ["example", "example.net", "2.0.192.in-addr.arpa", "broken"]
        .iter()
        .map(|zone| format!("stub-zone:\n name: \"{zone}.\"\n stub-addr: {knot}\n"))
        .collect();
    RealServer::unbound(&format!(" local-zone: \"refused.\" refuse\n{zones}"), "example")
}

fn question(name: &str, kind: Kind) -> Question {
    Question::new(Name::parse(name).unwrap(), kind)
}

/// The same question through both doors; both must say the same. TTLs count down in a recursive server.
fn ask(options: &Options, name: &str, kind: Kind) -> Answer {
    let question = question(name, kind);
    let stub = Stub::new(options.clone()).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let waited = runtime.block_on(stub.resolve(&question));
    let blocked = blocking::Resolver::resolve(&Blocking::new(stub).unwrap(), &question);
    assert_eq!(sorted(waited.clone()), sorted(blocked));
    waited
}

/// Without TTL, and texts in order: servers rotate a set (RFC 2181 §5).
fn sorted(answer: Answer) -> (Vec<Vec<u8>>, Option<Outcome>, Vec<Name>) {
    let mut texts: Vec<_> = answer.txt().iter().map(|txt| txt.octets().to_vec()).collect();
    texts.sort();
    let outcome = match answer.outcome() {
        Outcome::Found(Records::Txt(_) | Records::Mx(_) | Records::Ptr(_)) => None,
        other => Some(other.clone()),
    };
    (texts, outcome, answer.aliases().to_vec())
}

fn texts(answer: &Answer) -> Vec<String> {
    let mut texts: Vec<_> =
        answer.txt().iter().map(|txt| String::from_utf8_lossy(txt.octets()).into_owned()).collect();
    texts.sort();
    texts
}

/// What must hold whichever server is asked.
fn every_outcome(options: &Options) {
    let ask = |name, kind| ask(options, name, kind);
    let outcome = |name, kind| ask(name, kind).outcome().clone();

    // More than fits into a UDP reply: over TCP.
    let long = ask("long.example", Kind::Txt);
    assert_eq!((long.txt()[0].octets().len(), long.txt()[0].joints().len()), (5000, 19));
    assert!(long.txt()[0].octets()[4750..].starts_with(b"019xxx"));
    assert_eq!(ask("many.example", Kind::Txt).txt().len(), 50);

    let strings = ask("strings.example", Kind::Txt);
    assert_eq!(strings.txt()[0].octets(), b"v=spf1 a:example.com -all");
    assert_eq!(strings.txt()[0].joints(), [13, 21]);
    assert_eq!(ask("octets.example", Kind::Txt).txt()[0].octets(), b"\xff\x00\xc3");
    assert_eq!(texts(&ask("TWO.Example.", Kind::Txt)), ["first", "second"]);
    assert_eq!(texts(&ask("_under._score.example", Kind::Txt)), ["score"]);

    let alias = ask("short.example", Kind::Txt);
    assert_eq!(texts(&alias), ["end"]);
    assert_eq!(alias.aliases(), [Name::parse("one.example").unwrap(), Name::parse("end.example").unwrap()]);
    assert!(alias.ttl() <= Duration::from_secs(5));
    assert_eq!(outcome("empty-end.example", Kind::A), Outcome::NoData);

    let dangling = ask("dangling.example", Kind::Txt);
    assert_eq!(*dangling.outcome(), Outcome::NxDomain);
    assert_eq!(dangling.aliases(), [Name::parse("nowhere.example").unwrap()]);
    assert!(!dangling.denies_name());
    let out = ask("out.example", Kind::Txt);
    assert_eq!((texts(&out), out.aliases().len()), (vec!["the end of out".into()], 1));
    assert!(out.ttl() <= Duration::from_secs(100));

    let nobody = ask("nobody.example", Kind::Txt);
    assert!(nobody.denies_name() && nobody.ttl() <= Duration::from_secs(120) && !nobody.ttl().is_zero());
    let between = ask("ent.example", Kind::A);
    assert_eq!(*between.outcome(), Outcome::NoData);
    assert!(between.ttl() <= Duration::from_secs(120) && !between.ttl().is_zero());
    assert_eq!(outcome("example", Kind::Txt), Outcome::NoData);

    assert_eq!(texts(&ask("any.thing.wild.example", Kind::Txt)), ["wild"]);
    assert_eq!(outcome("host.wild.example", Kind::Txt), Outcome::NoData);

    let Outcome::Found(Records::Mx(mut exchanges)) = outcome("example", Kind::Mx) else { panic!("no MX") };
    exchanges.sort_by_key(|mx| mx.preference);
    let exchanges: Vec<_> = exchanges.iter().map(|mx| (mx.preference, mx.exchange.as_str())).collect();
    assert_eq!(exchanges, [(10, "mx1.example"), (20, "mx2.example")]);
    let Outcome::Found(Records::Mx(null)) = outcome("null.example", Kind::Mx) else { panic!("no MX") };
    assert!(null[0].exchange.is_root());
    assert_eq!(outcome("mx1.example", Kind::A), Outcome::Found(Records::A(vec![[192, 0, 2, 3].into()])));
    let v6 = "2001:db8::1".parse().unwrap();
    assert_eq!(outcome("mx1.example", Kind::Aaaa), Outcome::Found(Records::Aaaa(vec![v6])));
    assert_eq!(outcome("www.broken", Kind::A), Outcome::Failed(Failure::Servfail));
    let reverse = Name::reverse([192, 0, 2, 1].into());
    let Outcome::Found(Records::Ptr(mut names)) = outcome(reverse.as_str(), Kind::Ptr) else {
        panic!("no PTR")
    };
    names.sort();
    assert_eq!(names, [Name::parse("mail.example").unwrap(), Name::parse("mx1.example").unwrap()]);
}

#[test]
fn an_authority_is_understood() {
    let Some(knot) = authority() else { return };
    let options = knot.options();
    every_outcome(&options);
    assert_eq!(*ask(&options, "elsewhere.test", Kind::A).outcome(), Outcome::Failed(Failure::Refused));
    assert_eq!(*ask(&options, "loop.example", Kind::Txt).outcome(), Outcome::Failed(Failure::AliasLoop));
    assert_eq!(ask(&options, "two.example", Kind::Txt).ttl(), Duration::from_secs(60));
    assert_eq!(ask(&options, "nobody.example", Kind::Txt).ttl(), Duration::from_secs(120));
}

#[test]
fn a_recursive_server_is_understood() {
    let Some(knot) = authority() else { return };
    let Some(unbound) = recursive(&knot) else { return };
    let options = unbound.options();
    every_outcome(&options);
    assert_eq!(*ask(&options, "x.refused", Kind::A).outcome(), Outcome::Failed(Failure::Refused));
}

#[test]
fn another_server_is_asked_when_one_is_of_no_use() {
    let Some(knot) = authority() else { return };
    let silent = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let closed = SocketAddr::from((Ipv4Addr::LOCALHOST, free_port()));
    let servers =
        Servers::Given(vec![closed.into(), silent.local_addr().unwrap().into(), knot.address.into()]);
    let options = Options { servers, timeout: Duration::from_millis(200), ..Options::default() };
    assert_eq!(texts(&ask(&options, "end.example", Kind::Txt)), ["end"]);
    // Of the failures the one that tells most: the word of the server that spoke.
    assert_eq!(*ask(&options, "elsewhere.test", Kind::A).outcome(), Outcome::Failed(Failure::Refused));
}

#[test]
fn questions_asked_together_are_under_way_together() {
    let Some(knot) = authority() else { return };
    let silent = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let servers = Servers::Given(vec![silent.local_addr().unwrap().into(), knot.address.into()]);
    let options = Options { servers, timeout: Duration::from_millis(400), ..Options::default() };
    let resolver = Blocking::new(Stub::new(options).unwrap()).unwrap();
    let questions: Vec<_> = ["end", "nobody", "ent", "two", "strings"]
        .iter()
        .map(|host| question(&format!("{host}.example"), Kind::Txt))
        .collect();
    let start = Instant::now();
    let answers = blocking::Resolver::resolve_all(&resolver, &questions);
    assert!(start.elapsed() < Duration::from_millis(1200), "{:?}", start.elapsed());
    assert_eq!(texts(&answers[0]), ["end"]);
    assert_eq!(*answers[1].outcome(), Outcome::NxDomain);
    assert_eq!(*answers[2].outcome(), Outcome::NoData);
    assert_eq!(texts(&answers[3]), ["first", "second"]);
    assert_eq!(answers[4].txt().len(), 1);
}

#[test]
fn an_evaluation_is_told_when_its_time_is_over() {
    let silent = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let options =
        Options { servers: Servers::Given(vec![silent.local_addr().unwrap().into()]), ..Options::default() };
    let stub = Stub::new(options).unwrap();
    let asked = question("a.example", Kind::Txt);
    let spent = Outcome::Failed(Failure::Budget);
    let start = Instant::now();

    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let limited = stub.within(Duration::from_millis(200));
        assert_eq!(*limited.resolve(&asked).await.outcome(), spent);
        // From then on nothing is asked, not even of a resolver that would know.
        let late = Within::new(&stub, Duration::ZERO);
        assert_eq!(*late.resolve(&asked).await.outcome(), spent);
    });
    let resolver = Blocking::new(stub).unwrap();
    let limited = resolver.within(Duration::from_millis(200));
    let answers = blocking::Resolver::resolve_all(&limited, &[asked.clone(), asked.clone()]);
    assert!(answers.iter().all(|answer| *answer.outcome() == spent));
    assert_eq!(*blocking::Resolver::resolve(&limited, &asked).outcome(), spent);
    assert!(start.elapsed() < Duration::from_secs(2));
}
