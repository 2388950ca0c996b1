//! A misbehaving DNS server, and what a whole check makes of it: every behaviour to its verdicts and their reasons.

use super::rogue_server::{RogueServer, TIMEOUT, WORDS, signed_mail};
use mailproof::dns::{Answer, Kind, Question, Resolver, Transport, blocking};
use mailproof::message::Message;
use mailproof::resolver::{Blocking, Options, Servers, SourcePorts, Stub};
use mailproof::{Authenticator, Connection, Evaluation, Report};
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

/// What is expected of SPF, DKIM and DMARC: the word, and what the reason says among other things.
type Expected = [(&'static str, &'static str); 3];

/// All three say that DNS failed, and how.
const fn failed(how: &'static str) -> Expected {
    [("temperror", how), ("temperror", how), ("temperror", how)]
}

const HONEST: Expected = [("pass", "ip4:192.0.2.0/24"), ("pass", ""), ("pass", "aligned: SPF")];

/// What becomes of mail from a domain whose DNS behaves so.
fn expected(word: &str) -> Expected {
    match word {
        "honest" | "delay" | "truncate" | "big" | "formerr-edns" | "wrong-case" | "cname-beside"
        | "dname" | "stale" => HONEST,
        "drop" | "late" | "wrong-id" | "wrong-question" | "no-question" | "truncate-hang" => {
            failed("timeout")
        }
        "servfail" => failed("SERVFAIL"),
        "bogus" => failed("SERVFAIL (EDE 6, DNSSEC Bogus)"),
        "refused" => failed("REFUSED"),
        "formerr" => failed("response code 1"),
        "notimp" => failed("response code 4"),
        "garbage" | "query-back" | "short" | "truncate-again" => failed("malformed reply"),
        "truncate-close" | "truncate-cut" => failed("no server reachable"),
        // Whether the garbage or the end of the connection is noticed first is a matter of chance.
        "truncate-garbage" => failed(""),
        "cname-loop" | "cname-endless" => failed("CNAME loop or chain too long"),
        "empty" => [("none", "no SPF record"), ("permerror", "no key"), ("none", "no TXT record")],
        "nxdomain" => [("none", "NXDOMAIN"), ("permerror", "does not exist"), ("none", "NXDOMAIN")],
        // SPF believes it; what stands below is found all the same.
        "nxdomain-above" => [("none", "NXDOMAIN"), ("pass", ""), ("pass", "aligned: DKIM")],
        other => panic!("{other}"),
    }
}

fn resolver(options: Options) -> Blocking<Stub> {
    Blocking::new(Stub::new(options).unwrap()).unwrap()
}

pub(crate) fn connection(domain: &str) -> Connection {
    Connection::new([192, 0, 2, 1].into(), "localhost", format!("a@{domain}")).at(1_800_000_000)
}

fn check(domain: &str, resolver: &impl blocking::Resolver) -> Report {
    let mail = signed_mail(domain);
    let inspection =
        Authenticator::new("mx.example.org").check(&Message::parse(&mail).unwrap(), connection(domain));
    inspection.run_blocking(resolver)
}

/// The word and the reason of each verdict.
pub(crate) fn verdicts(report: &Report) -> [(&'static str, String); 3] {
    let spf = report.mail_from.as_ref().unwrap();
    let dkim = &report.dkim[0].outcome;
    [
        (spf.outcome.word(), spf.reason().to_string()),
        (dkim.word(), dkim.reason().unwrap_or_default()),
        (report.dmarc.outcome.word(), report.dmarc.reason()),
    ]
}

/// Checks a message from a domain whose DNS behaves as `word` says.
fn judge(word: &str, resolver: &impl blocking::Resolver, expected: Expected) {
    let domain = format!("{word}.test");
    let report = check(&domain, resolver);
    let found = verdicts(&report);
    let asked = [domain.clone(), format!("s._domainkey.{domain} TXT"), format!("_dmarc.{domain} TXT")];
    for (((found_word, reason), (expected_word, part)), asked) in found.iter().zip(expected).zip(asked) {
        assert_eq!(*found_word, expected_word, "{word}: {found:?}");
        assert!(reason.contains(part), "{word}: {reason:?} should say {part:?}");
        assert_eq!(reason.is_empty(), part.is_empty() && *found_word == "pass", "{word}: {found:?}");
        // A failure names the question.
        assert!(*found_word != "temperror" || reason.contains(&asked), "{word}: {reason}");
        assert!(reason.bytes().all(|octet| (b' '..=b'~').contains(&octet)), "{word}: {reason:?}");
    }
}

#[test]
fn every_behaviour_has_its_verdicts_and_reasons() {
    let server = RogueServer::new();
    let resolver = resolver(server.options());
    for word in WORDS {
        let start = Instant::now();
        judge(word, &resolver, expected(word));
        // At most a few rounds, each of at most two transports.
        assert!(start.elapsed() < TIMEOUT * 8, "{word}: {:?}", start.elapsed());
    }
}

#[test]
fn truncation_where_nobody_listens_for_tcp_is_unreachable() {
    let server = RogueServer::without_tcp();
    judge("truncate", &resolver(server.options()), failed("no server reachable"));
    judge("honest", &resolver(server.options()), HONEST);
}

#[test]
fn an_upstream_that_never_answers_costs_the_deadline_and_no_more() {
    let server = RogueServer::new();
    let patient = Options { timeout: Duration::from_secs(30), attempts: 3, ..server.options() };
    let resolver = resolver(patient);
    for word in ["drop", "truncate-hang"] {
        let start = Instant::now();
        judge(word, &resolver.within(TIMEOUT), failed("the budget of time or questions is spent"));
        assert!(start.elapsed() >= TIMEOUT, "{word}: {:?}", start.elapsed());
        assert!(start.elapsed() < TIMEOUT * 3, "{word}: {:?}", start.elapsed());
    }
}

/// The answer for TXT at `name`.
fn ask(options: Options, name: &str) -> Answer {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let question = Question::new(name.parse().unwrap(), Kind::Txt);
    runtime.block_on(async { Stub::new(options).unwrap().resolve(&question).await })
}

#[test]
fn an_answer_tells_how_it_came() {
    let server = RogueServer::new();
    for (word, transport, truncated, without_edns, attempts) in [
        ("honest", Transport::Udp, false, false, 1),
        ("truncate", Transport::Tcp, true, false, 2),
        ("big", Transport::Tcp, true, false, 2),
        ("truncate-cut", Transport::Tcp, true, false, 2),
        ("formerr-edns", Transport::Udp, false, true, 2),
        ("formerr", Transport::Udp, false, true, 2),
        ("drop", Transport::Udp, false, false, 1),
        ("cname-endless", Transport::Udp, false, false, 13),
    ] {
        let answer = ask(server.options(), &format!("{word}.test"));
        let exchange = answer.details().exchange.as_ref().unwrap();
        assert_eq!(exchange.server, server.address, "{word}");
        assert_eq!(
            (exchange.transport, exchange.truncated, exchange.without_edns, exchange.attempts),
            (transport, truncated, without_edns, attempts),
            "{word}"
        );
    }
    let twice = ask(Options { attempts: 3, ..server.options() }, "drop.test");
    assert_eq!(twice.details().exchange.as_ref().unwrap().attempts, 3);
    assert_eq!(ask(server.options(), "big.test").txt()[1].octets().len(), 250 * 255);
}

#[test]
fn what_a_server_says_about_itself_is_kept() {
    let server = RogueServer::new();
    let bogus = ask(server.options(), "bogus.test");
    let error = bogus.details().extended_error.as_ref().unwrap();
    assert_eq!((error.code, error.text.as_str()), (6, "no valid???[31msignature?"));
    assert_eq!(error.to_string(), "EDE 6, DNSSEC Bogus");
    let stale = ask(server.options(), "stale.test");
    assert_eq!((stale.txt().len(), stale.details().extended_error.as_ref().unwrap().code), (1, 3));
    assert!(ask(server.options(), "honest.test").details().extended_error.is_none());

    for (word, lacks_soa, ttl) in [("empty", true, 0), ("nxdomain", false, 60), ("honest", false, 60)] {
        let answer = ask(server.options(), &format!("{word}.test"));
        assert_eq!((answer.details().lacks_soa, answer.ttl().as_secs()), (lacks_soa, ttl), "{word}");
    }
}

#[test]
fn a_server_that_changes_the_case_is_asked_over_tcp() {
    let server = RogueServer::new();
    let mixed = Options { mixed_case: true, ..server.options() };
    let transport = |options: &Options, word: &str| {
        let answer = ask(options.clone(), &format!("an-honest-word.{word}.test"));
        answer.details().exchange.as_ref().unwrap().transport
    };
    assert_eq!(transport(&mixed, "honest"), Transport::Udp);
    assert_eq!(transport(&mixed, "wrong-case"), Transport::Tcp);
    assert_eq!(transport(&server.options(), "wrong-case"), Transport::Udp);
    let resolver = resolver(mixed);
    judge("wrong-case", &resolver, HONEST);
    judge("servfail", &resolver, failed("SERVFAIL"));
    // Without TCP such a reply is not believed.
    let alone = RogueServer::without_tcp();
    let mixed = Options { mixed_case: true, ..alone.options() };
    judge("wrong-case", &self::resolver(mixed), failed("no server reachable"));
}

#[test]
fn queries_leave_from_the_ports_allowed() {
    let (first, last) = (41_000, 41_063);
    let socket = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    let options = Options {
        attempts: 24,
        servers: Servers::Given(vec![socket.local_addr().unwrap().into()]),
        source_ports: SourcePorts::new(first..=last).unwrap(),
        timeout: Duration::from_millis(10),
        ..Options::default()
    };
    ask(options, "drop.test");
    let mut buffer = [0; 512];
    let ports: BTreeSet<u16> = (0..24).map(|_| socket.recv_from(&mut buffer).unwrap().1.port()).collect();
    assert!(ports.iter().all(|port| (first..=last).contains(port)), "{ports:?}");
    assert!(ports.len() > 8, "{ports:?}");
}

#[test]
fn servfail_ends_the_round_of_servers_when_told_so() {
    let (first, second) = (RogueServer::new(), RogueServer::new());
    let servers = Servers::Given(vec![first.address.into(), second.address.into()]);
    let options = Options { servers, ..first.options() };
    let asked_second = |pass_over_servfail, word: &str| {
        let before = second.asked();
        ask(Options { pass_over_servfail, ..options.clone() }, &format!("{word}.test"));
        second.asked() - before
    };
    assert_eq!(asked_second(true, "servfail"), 1);
    assert_eq!(asked_second(false, "servfail"), 0);
    assert_eq!(asked_second(false, "refused"), 1);
}
