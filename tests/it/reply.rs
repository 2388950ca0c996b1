//! What a DNS message says about a question.

use hickory_proto::op::{Edns, Message, MessageType, OpCode, Query, ResponseCode};
use hickory_proto::rr::rdata::{A, CNAME, MX, PTR, SOA, TXT};
use hickory_proto::rr::{DNSClass, Name as WireName, RData, Record, RecordType};
use mailproof::Name;
use mailproof::dns::{Answer, Failure, Kind, Outcome, Question, Records};
use mailproof::resolver::{TTL_LIMIT, answer_from_message, answer_from_reply};
use proptest::prelude::*;
use std::time::Duration;

const ASKED: &str = "a.example.";

fn wire(text: &str) -> WireName {
    WireName::from_ascii(text).unwrap()
}

fn question(kind: Kind) -> Question {
    Question::new(Name::parse(ASKED).unwrap(), kind)
}

fn message(kind: RecordType, rcode: ResponseCode, answers: Vec<Record>) -> Message {
    let mut message = Message::new(7, MessageType::Response, OpCode::Query);
    message.add_query(Query::query(wire(ASKED), kind));
    message.metadata.response_code = rcode;
    message.metadata.recursion_available = true;
    message.insert_answers(answers);
    message
}

fn found(answers: Vec<Record>) -> Message {
    message(RecordType::TXT, ResponseCode::NoError, answers)
}

fn txt(owner: &str, ttl: u32, strings: &[&[u8]]) -> Record {
    Record::from_rdata(wire(owner), ttl, RData::TXT(TXT::from_bytes(strings.to_vec())))
}

fn alias(owner: &str, ttl: u32, target: &str) -> Record {
    Record::from_rdata(wire(owner), ttl, RData::CNAME(CNAME(wire(target))))
}

fn soa(owner: &str, ttl: u32, minimum: u32) -> Record {
    let soa = SOA::new(wire("ns.example."), wire("h.example."), 1, 2, 3, 4, minimum);
    Record::from_rdata(wire(owner), ttl, RData::SOA(soa))
}

/// The answer for TXT, which is the same from octets and from the message.
fn answer(message: &Message) -> Answer {
    let answer = answer_from_reply(&question(Kind::Txt), &message.to_vec().unwrap(), true);
    assert_eq!(answer, answer_from_message(&question(Kind::Txt), message, true));
    answer
}

fn failure(message: &Message) -> Failure {
    match answer(message).outcome() {
        Outcome::Failed(failure) => *failure,
        other => panic!("{other:?}"),
    }
}

fn seconds(answer: &Answer) -> u64 {
    answer.ttl().as_secs()
}

#[test]
fn records_are_found_with_their_octets_and_smallest_ttl() {
    let answer = answer(&found(vec![
        txt(ASKED, 60, &[b"v=spf1 ", b"\xff\x00-all"]),
        txt("A.Example.", 30, &[b"other"]),
    ]));
    assert_eq!(answer.txt()[0].octets(), b"v=spf1 \xff\x00-all");
    assert_eq!(answer.txt()[0].joints(), [7]);
    assert_eq!(answer.txt()[1].octets(), b"other");
    assert_eq!((seconds(&answer), answer.aliases().len()), (30, 0));
}

#[test]
fn a_name_with_a_space_is_answered() {
    // RFC 7208 §7.1: a macro puts any local part into a name.
    let asked = Question::new(Name::parse_with_spaces("a b.example").unwrap(), Kind::A);
    let owner = WireName::from_labels([&b"a B"[..], b"example"]).unwrap();
    let mut reply = Message::new(7, MessageType::Response, OpCode::Query);
    reply.add_query(Query::query(owner.clone(), RecordType::A));
    reply.insert_answers(vec![Record::from_rdata(owner, 60, RData::A(A::new(127, 0, 0, 2)))]);
    let answer = answer_from_reply(&asked, &reply.to_vec().unwrap(), false);
    assert!(matches!(answer.outcome(), Outcome::Found(Records::A(_))), "{answer:?}");
}

#[test]
fn only_the_records_of_the_question_and_its_chain_are_used() {
    let mut reply = found(vec![
        txt("stranger.example.", 60, &[b"poison"]),
        txt("c.example.", 60, &[b"end"]),
        alias("b.example.", 50, "C.example."),
        alias(ASKED, 90, "b.example."),
        alias("stranger.example.", 1, "a.example."),
    ]);
    reply.add_additional(txt(ASKED, 60, &[b"additional"]));
    reply.add_authority(txt(ASKED, 60, &[b"authority"]));
    let answer = answer(&reply);
    let aliases: Vec<_> = answer.aliases().iter().map(Name::as_str).collect();
    assert_eq!(aliases, ["b.example", "c.example"]);
    assert_eq!((answer.txt().len(), answer.txt()[0].octets()), (1, b"end".as_slice()));
    assert_eq!(seconds(&answer), 50);

    let mut chaos = txt(ASKED, 60, &[b"another class"]);
    chaos.dns_class = DNSClass::CH;
    assert_eq!(*self::answer(&found(vec![chaos])).outcome(), Outcome::NoData);
}

#[test]
fn negative_answers_live_as_long_as_the_soa_says() {
    for (rcode, outcome) in
        [(ResponseCode::NoError, Outcome::NoData), (ResponseCode::NXDomain, Outcome::NxDomain)]
    {
        // RFC 2308 §5
        for (ttl, minimum, lives) in [(3600, 60, 60), (60, 3600, 60), (0, 0, 0)] {
            let mut reply = message(RecordType::TXT, rcode, Vec::new());
            reply.add_authority(soa("example.", ttl, minimum));
            assert_eq!((answer(&reply).outcome(), seconds(&answer(&reply))), (&outcome, lives));
        }
        let mut without = message(RecordType::TXT, rcode, Vec::new());
        assert_eq!((answer(&without).outcome(), seconds(&answer(&without))), (&outcome, 0));
        without.add_authority(soa("elsewhere.", 3600, 3600));
        assert_eq!(seconds(&answer(&without)), 0);
    }
}

#[test]
fn a_name_that_does_not_exist_behind_an_alias_keeps_the_alias() {
    let mut reply =
        message(RecordType::TXT, ResponseCode::NXDomain, vec![alias(ASKED, 300, "gone.example.")]);
    reply.add_authority(soa("example.", 3600, 900));
    let answer = answer(&reply);
    assert_eq!(*answer.outcome(), Outcome::NxDomain);
    assert_eq!((answer.aliases()[0].as_str(), answer.denies_name()), ("gone.example", false));
    assert_eq!(seconds(&answer), 300);
}

#[test]
fn loops_and_long_chains_are_failures() {
    assert_eq!(failure(&found(vec![alias(ASKED, 9, ASKED)])), Failure::AliasLoop);
    let looping = vec![
        alias(ASKED, 9, "b.example."),
        alias("b.example.", 9, "c.example."),
        alias("c.example.", 9, "b.example."),
    ];
    assert_eq!(failure(&found(looping)), Failure::AliasLoop);
    let chain = |hops: u32| {
        let link = |hop: u32| if hop == 0 { ASKED.into() } else { format!("h{hop}.example.") };
        let mut records: Vec<_> = (0..hops).map(|hop| alias(&link(hop), 9, &link(hop + 1))).collect();
        records.push(txt(&link(hops), 9, &[b"end"]));
        found(records)
    };
    assert_eq!(answer(&chain(12)).txt()[0].octets(), b"end");
    assert_eq!(failure(&chain(13)), Failure::AliasLoop);
}

#[test]
fn response_codes_stay_apart() {
    let rcode = |rcode| failure(&message(RecordType::TXT, rcode, Vec::new()));
    assert_eq!(rcode(ResponseCode::ServFail), Failure::Servfail);
    assert_eq!(rcode(ResponseCode::Refused), Failure::Refused);
    assert_eq!(rcode(ResponseCode::FormErr), Failure::Rcode(1));
    assert_eq!(rcode(ResponseCode::NotImp), Failure::Rcode(4));
    // RFC 6672 §2.2: a DNAME substitution that becomes too long.
    assert_eq!(rcode(ResponseCode::YXDomain), Failure::Rcode(6));
    // RFC 6891 §6.1.3: the upper bits of an extended code stand in the OPT record.
    let mut extended = message(RecordType::TXT, ResponseCode::BADVERS, Vec::new());
    let mut edns = Edns::new();
    edns.set_rcode_high(1);
    extended.set_edns(edns);
    assert_eq!(failure(&extended), Failure::Rcode(16));
}

#[test]
fn a_reply_must_be_one_and_to_this_question() {
    let good = found(vec![txt(ASKED, 60, &[b"x"])]);
    assert!(matches!(answer(&good).outcome(), Outcome::Found(_)));
    let changes: [fn(&mut Message); 8] = [
        |reply| reply.queries.clear(),
        |reply| reply.queries[0] = Query::query(wire("b.example."), RecordType::TXT),
        |reply| reply.queries[0] = Query::query(wire(ASKED), RecordType::A),
        |reply| {
            reply.queries[0].set_query_class(DNSClass::CH);
        },
        |reply| reply.queries.push(Query::query(wire(ASKED), RecordType::TXT)),
        |reply| reply.metadata.message_type = MessageType::Query,
        |reply| reply.metadata.op_code = OpCode::Notify,
        |reply| reply.metadata.truncation = true,
    ];
    for change in changes {
        let mut reply = good.clone();
        change(&mut reply);
        assert_eq!(failure(&reply), Failure::Malformed);
    }
    // A record without data.
    let mut empty = good.clone();
    empty.add_answer(Record::update0(wire(ASKED), 60, RecordType::TXT));
    assert_eq!(failure(&empty), Failure::Malformed);
    // Records and NXDOMAIN contradict each other.
    assert_eq!(failure(&message(RecordType::TXT, ResponseCode::NXDomain, good.answers)), Failure::Malformed);
}

#[test]
fn octets_that_are_no_message_are_malformed() {
    let good = found(vec![txt(ASKED, 60, &[b"x"])]).to_vec().unwrap();
    let outcome = |reply: &[u8]| answer_from_reply(&question(Kind::Txt), reply, false).outcome().clone();
    let malformed = Outcome::Failed(Failure::Malformed);
    for length in 0..good.len() {
        assert_eq!(outcome(&good[..length]), malformed, "the first {length} octets");
    }
    assert_eq!(outcome(&[good.as_slice(), b"\0"].concat()), malformed);
    // A pointer to itself in place of the question's name, and one that leads back to the name it ends.
    for name in [&b"\xc0\x0c"[..], b"\x01a\xc0\x0c"] {
        let header = b"\x00\x07\x80\x00\x00\x01\x00\x00\x00\x00\x00\x00";
        assert_eq!(outcome(&[&header[..], name, b"\x00\x10\x00\x01"].concat()), malformed);
    }
}

#[test]
fn targets_that_cannot_be_asked_for_are_passed_over() {
    let odd = WireName::from_labels([&b"with space"[..], b"example"]).unwrap();
    let dotted = WireName::from_labels([&b"with.dot"[..], b"example"]).unwrap();
    let ask = |kind, reply: &Message| answer_from_reply(&question(kind), &reply.to_vec().unwrap(), false);
    let record = |data| Record::from_rdata(wire(ASKED), 60, data);

    let mut exchanges =
        vec![record(RData::MX(MX::new(10, odd.clone()))), record(RData::MX(MX::new(0, WireName::root())))];
    let answer = ask(Kind::Mx, &message(RecordType::MX, ResponseCode::NoError, exchanges.clone()));
    let Outcome::Found(Records::Mx(usable)) = answer.outcome() else { panic!("{answer:?}") };
    assert!(usable.len() == 1 && usable[0].exchange.is_root());
    exchanges.pop();
    let nothing = ask(Kind::Mx, &message(RecordType::MX, ResponseCode::NoError, exchanges));
    assert_eq!(*nothing.outcome(), Outcome::NoData);

    let names = vec![record(RData::PTR(PTR(dotted))), record(RData::PTR(PTR(wire("MAIL.example."))))];
    let answer = ask(Kind::Ptr, &message(RecordType::PTR, ResponseCode::NoError, names));
    assert_eq!(*answer.outcome(), Outcome::Found(Records::Ptr(vec![Name::parse("mail.example").unwrap()])));

    let alias = record(RData::CNAME(CNAME(odd)));
    let answer = ask(Kind::A, &message(RecordType::A, ResponseCode::NoError, vec![alias]));
    assert_eq!(*answer.outcome(), Outcome::Failed(Failure::Malformed));
}

#[test]
fn the_ad_bit_counts_only_where_it_is_trusted() {
    let mut reply = found(vec![txt(ASKED, 60, &[b"x"])]);
    let ask = |reply: &Message, trust| answer_from_message(&question(Kind::Txt), reply, trust).is_authentic();
    assert!(!ask(&reply, true));
    reply.metadata.authentic_data = true;
    assert!(ask(&reply, true) && !ask(&reply, false));
}

#[test]
fn a_time_to_live_is_a_week_at_most() {
    assert_eq!(answer(&found(vec![txt(ASKED, u32::MAX, &[b"x"])])).ttl(), TTL_LIMIT);
    assert_eq!(TTL_LIMIT, Duration::from_secs(604_800));
}

proptest! {
    #[test]
    fn no_octets_make_it_panic(octets in proptest::collection::vec(any::<u8>(), 0..200)) {
        for kind in Kind::ALL {
            let _ = answer_from_reply(&question(kind), &octets, true);
        }
    }

    /// A reply with some octets changed: past the header, mostly still a message.
    #[test]
    fn no_change_to_a_reply_makes_it_panic(changes in proptest::collection::vec((0_usize..120, any::<u8>()), 1..6)) {
        let record = |data| Record::from_rdata(wire(ASKED), 60, data);
        let mut reply = found(vec![
            alias(ASKED, 60, "b.example."), txt("b.example.", 60, &[b"x", b"yy"]), record(RData::A(A([192, 0, 2, 1].into()))),
        ]);
        reply.add_authority(soa("example.", 60, 60));
        let mut octets = reply.to_vec().unwrap();
        for (place, octet) in changes {
            let place = place % octets.len();
            octets[place] = octet;
        }
        for kind in Kind::ALL {
            let _ = answer_from_reply(&question(kind), &octets, true);
        }
    }
}
