//! Questions as DNS messages, and what they are sent from.

use hickory_proto::op::Message;
use mailproof::Name;
use mailproof::dns::{Answer, CacheSettings, Kind, Outcome, Question, Records, Resolver, Txt, Zone};
use mailproof::resolver::{Cached, MalformedSourcePorts, SourcePorts, query_message};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

#[test]
fn a_query_carries_its_number_its_question_and_what_may_come_back() {
    let question = Question::new(Name::parse("_dmarc.example.com").unwrap(), Kind::Txt);
    let octets = query_message(&question, 0x1234, 1232, true).unwrap();
    // RFC 1035 §4.1.1: the number, and a recursive query; RFC 6840 §5.7: AD asks whether it is authentic.
    assert_eq!(octets[..4], [0x12, 0x34, 0x01, 0x20]);
    assert_eq!(octets[12..32], *b"\x06_dmarc\x07example\x03com\x00");
    let message = Message::from_vec(&octets).unwrap();
    assert_eq!(message.edns.as_ref().unwrap().max_payload(), 1232);
    assert_eq!(message.queries.len(), 1);
    let octets = query_message(&question, 7, 4096, false).unwrap();
    assert_eq!(octets[..4], [0, 7, 0x01, 0x00]);
    assert_eq!(Message::from_vec(&octets).unwrap().edns.unwrap().max_payload(), 4096);
}

#[test]
fn whatever_is_a_name_can_be_asked_for() {
    for kind in [Kind::A, Kind::Aaaa, Kind::Mx, Kind::Ptr, Kind::Txt] {
        for name in ["com", &"a.".repeat(126), &format!("{}.example", "x".repeat(63)), "mta_sts.example"] {
            let question = Question::new(Name::parse(name).unwrap(), kind);
            let octets = query_message(&question, 1, 1232, false).unwrap();
            let asked = Message::from_vec(&octets).unwrap().queries.remove(0);
            assert_eq!(asked.name().to_ascii().trim_end_matches('.'), question.name.as_str());
        }
    }
}

/// Names and types that a zone is asked for, which counts.
struct Server(Zone, AtomicUsize);

impl Resolver for Server {
    async fn resolve(&self, question: &Question) -> Answer {
        self.1.fetch_add(1, Ordering::Relaxed);
        self.0.lookup(question)
    }
}

#[tokio::test]
async fn a_seeded_cache_asks_once() {
    let mut zone = Zone::new();
    let question = Question::new(Name::parse("example.com").unwrap(), Kind::Txt);
    let records = Records::Txt(vec![Txt::new(["v=spf1 -all"])]);
    zone.insert(question.name.clone(), records, Duration::from_secs(60));
    let server = Arc::new(Server(zone, 0.into()));
    // The seed that is told is not the one that is used.
    let cached = Cached::seeded(Arc::clone(&server), CacheSettings::default()).unwrap();
    for _ in 0..3 {
        assert!(matches!(cached.resolve(&question).await.outcome(), Outcome::Found(Records::Txt(_))));
    }
    assert_eq!(server.1.load(Ordering::Relaxed), 1);
}

#[test]
fn source_ports_are_a_range_of_what_anybody_may_use() {
    assert_eq!(SourcePorts::new(40_000..=40_100).unwrap().range(), 40_000..=40_100);
    assert_eq!(SourcePorts::new(53..=2000), Err(MalformedSourcePorts::Privileged));
    let (first, last) = (3000, 2999);
    assert_eq!(SourcePorts::new(first..=last), Err(MalformedSourcePorts::Empty));
}
