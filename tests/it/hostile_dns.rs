//! The resolver against servers that are broken, or lie: never a panic, never longer than was allowed.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)]

use super::real_server::free_port;
use hickory_proto::op::{Message, Query, ResponseCode};
use hickory_proto::rr::rdata::{CNAME, TXT};
use hickory_proto::rr::{Name as WireName, RData, Record};
use mailproof::Name;
use mailproof::dns::{Answer, Failure, Kind, Outcome, Question, blocking::Resolver};
use mailproof::resolver::{Blocking, NoServers, Options, Servers, Stub};
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// What a TCP server makes of a query, both with their length in front.
type Script = fn(&[u8]) -> Vec<u8>;

const TIMEOUT: Duration = Duration::from_millis(250);

/// A UDP server that says what its script says.
struct Liar {
    address: SocketAddr,
    asked: Arc<AtomicU32>,
    over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Liar {
    /// The script makes of each query, and of its number from 0, the replies.
    fn new(script: impl Fn(&Message, u32) -> Vec<Vec<u8>> + Send + 'static) -> Self {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, free_port())).unwrap();
        socket.set_read_timeout(Some(Duration::from_millis(20))).unwrap();
        let address = socket.local_addr().unwrap();
        let (asked, over) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicBool::new(false)));
        let (count, end) = (Arc::clone(&asked), Arc::clone(&over));
        let thread = std::thread::spawn(move || {
            let mut buffer = [0; 2048];
            while !end.load(Ordering::Relaxed) {
                let Ok((length, client)) = socket.recv_from(&mut buffer) else { continue };
                let query = Message::from_vec(&buffer[..length]).unwrap();
                for reply in script(&query, count.fetch_add(1, Ordering::Relaxed)) {
                    socket.send_to(&reply, client).unwrap();
                }
            }
        });
        Self { address, asked, over, thread: Some(thread) }
    }

    fn options(&self) -> Options {
        Options { servers: Servers::Given(vec![self.address.into()]), timeout: TIMEOUT, ..Options::default() }
    }

    fn asked(&self) -> u32 {
        self.asked.load(Ordering::Relaxed)
    }
}

impl Drop for Liar {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn ask(options: Options) -> Answer {
    let resolver = Blocking::new(Stub::new(options).unwrap()).unwrap();
    let start = Instant::now();
    let answer = resolver.resolve(&Question::new(Name::parse("a.example").unwrap(), Kind::Txt));
    assert!(start.elapsed() < TIMEOUT * 8, "{:?}", start.elapsed());
    answer
}

fn failure(options: Options) -> Failure {
    match ask(options).outcome() {
        Outcome::Failed(failure) => *failure,
        other => panic!("{other:?}"),
    }
}

fn wire(text: &str) -> WireName {
    WireName::from_ascii(text).unwrap()
}

/// A true reply with one text.
fn truth(query: &Message) -> Message {
    let mut reply = Message::response(query.id, query.op_code);
    reply.add_queries(query.queries.clone());
    let text = TXT::new(vec!["the truth".into()]);
    reply.add_answer(Record::from_rdata(query.queries[0].name().clone(), 60, RData::TXT(text)));
    reply
}

fn octets(reply: &Message) -> Vec<u8> {
    reply.to_vec().unwrap()
}

#[test]
fn silence_is_a_timeout_and_a_closed_port_is_unreachable() {
    let silent = Liar::new(|_, _| Vec::new());
    assert_eq!(failure(Options { attempts: 3, ..silent.options() }), Failure::Timeout);
    assert_eq!(silent.asked(), 3);
    let closed = Servers::Given(vec![SocketAddr::from((Ipv4Addr::LOCALHOST, free_port())).into()]);
    assert_eq!(failure(Options { servers: closed, ..silent.options() }), Failure::Unreachable);
    assert_eq!(
        Stub::new(Options { servers: Servers::Given(Vec::new()), ..silent.options() }).unwrap_err(),
        NoServers::Empty
    );
}

#[test]
fn garbage_is_malformed() {
    let with_id = |query: &Message, rest: &[u8]| [&query.id.to_be_bytes()[..], rest].concat();
    let garbage = Liar::new(move |query, _| vec![with_id(query, &[0xff; 600])]);
    assert_eq!(failure(garbage.options()), Failure::Malformed);
    // Question and answer whose names point at themselves.
    let looping = Liar::new(move |query, _| {
        let header = b"\x81\x80\x00\x01\x00\x01\x00\x00\x00\x00";
        vec![with_id(query, &[&header[..], b"\xc0\x0c\x00\x10\x00\x01\xc0\x12\x00\x10\x00\x01"].concat())]
    });
    assert_eq!(failure(looping.options()), Failure::Malformed);
    let cut = Liar::new(|query, _| {
        let mut reply = octets(&truth(query));
        reply.pop();
        vec![reply]
    });
    assert_eq!(failure(cut.options()), Failure::Malformed);
    let more = Liar::new(|query, _| vec![[octets(&truth(query)), vec![0]].concat()]);
    assert_eq!(failure(more.options()), Failure::Malformed);
}

#[test]
fn replies_to_something_else_are_not_heard() {
    let lies: [fn(&Message) -> Vec<u8>; 5] = [
        |_| vec![0],
        |query| {
            let mut reply = truth(query);
            reply.metadata.id = !query.id;
            octets(&reply)
        },
        |query| {
            let mut reply = truth(query);
            reply.queries[0] = Query::query(wire("b.example."), reply.queries[0].query_type());
            octets(&reply)
        },
        |query| {
            let mut reply = truth(query);
            reply.queries.clear();
            octets(&reply)
        },
        |_| vec![0; 3000],
    ];
    for lie in lies {
        let liar = Liar::new(move |query, _| vec![lie(query)]);
        assert_eq!(failure(Options { attempts: 1, ..liar.options() }), Failure::Timeout);
        // The true reply that follows is.
        let honest = Liar::new(move |query, _| vec![lie(query), octets(&truth(query))]);
        assert_eq!(ask(honest.options()).txt()[0].octets(), b"the truth");
        assert_eq!(honest.asked(), 1);
    }
}

#[test]
fn a_query_sent_back_is_no_reply() {
    let echo = Liar::new(|query, _| vec![octets(query)]);
    assert_eq!(failure(echo.options()), Failure::Malformed);
}

#[test]
fn truncation_goes_to_tcp_whatever_happens_there() {
    let truncated = |query: &Message, _| {
        let mut reply = truth(query);
        reply.metadata.truncation = true;
        vec![octets(&reply)]
    };
    // Nobody listens.
    let alone = Liar::new(truncated);
    assert_eq!(failure(alone.options()), Failure::Unreachable);
    // Somebody does, and hangs up, is silent, sends garbage, or truncates again.
    let scripts: [(Script, &[Failure]); 4] = [
        (|_| Vec::new(), &[Failure::Unreachable]),
        (|_| b"\x10\x00unfinished".to_vec(), &[Failure::Unreachable]),
        (
            |query| [b"\x00\x04", &query[2..4], b"\xff\xff"].concat(),
            &[Failure::Malformed, Failure::Unreachable],
        ),
        (
            |query| {
                let mut reply = query.to_vec();
                reply[4] |= 0x82;
                reply
            },
            &[Failure::Malformed],
        ),
    ];
    for (script, expected) in scripts {
        let liar = Liar::new(truncated);
        let listener = TcpListener::bind(liar.address).unwrap();
        let thread = std::thread::spawn(move || {
            // As often as the resolver tries.
            for stream in listener.incoming().take(2) {
                let mut stream = stream.unwrap();
                let mut query = [0; 512];
                let length = stream.read(&mut query).unwrap();
                let _ = stream.write_all(&script(&query[..length]));
            }
        });
        let failure = failure(liar.options());
        assert!(expected.contains(&failure), "{failure}");
        thread.join().unwrap();
    }
}

#[test]
fn a_server_without_edns_is_asked_without() {
    let old = Liar::new(|query, _| {
        let mut reply = truth(query);
        if query.edns.is_some() {
            reply.answers.clear();
            reply.metadata.response_code = ResponseCode::FormErr;
        }
        vec![octets(&reply)]
    });
    assert_eq!(ask(old.options()).txt()[0].octets(), b"the truth");
    assert_eq!(old.asked(), 2);
    let stubborn = Liar::new(|query, _| {
        let mut reply = truth(query);
        reply.metadata.response_code = ResponseCode::FormErr;
        vec![octets(&reply)]
    });
    assert_eq!(failure(stubborn.options()), Failure::Rcode(1));
    assert_eq!(stubborn.asked(), 2);
}

#[test]
fn queries_say_what_they_must() {
    let strict = Liar::new(|query, _| {
        let right = query.metadata.recursion_desired
            && !query.metadata.authentic_data
            && query.edns.as_ref().is_some_and(|edns| edns.max_payload() == 1232);
        if right { vec![octets(&truth(query))] } else { Vec::new() }
    });
    assert_eq!(ask(strict.options()).txt()[0].octets(), b"the truth");
}

#[test]
fn ids_cannot_be_foretold() {
    // RFC 5452 §9.2
    let (sender, seen) = std::sync::mpsc::channel();
    let witness = Liar::new(move |query, _| {
        sender.send(query.id).unwrap();
        Vec::new()
    });
    let options = Options { attempts: 8, timeout: Duration::from_millis(20), ..witness.options() };
    assert_eq!(failure(options), Failure::Timeout);
    drop(witness);
    let ids: std::collections::BTreeSet<u16> = seen.iter().collect();
    assert!(ids.len() >= 7, "{ids:?}");
}

#[test]
fn the_system_names_servers_or_the_error_says_that_it_does_not() {
    match Stub::system() {
        Ok(stub) => {
            assert!(
                !stub.servers().is_empty() && stub.servers().iter().all(|server| server.address.port() == 53)
            )
        }
        Err(error) => assert!(error.to_string().starts_with("the system's DNS configuration"), "{error}"),
    }
}

#[test]
fn the_ad_bit_is_asked_for_and_believed_only_when_configured() {
    let validating = Liar::new(|query, _| {
        let mut reply = truth(query);
        reply.metadata.authentic_data = true;
        vec![octets(&reply)]
    });
    assert!(!ask(validating.options()).is_authentic());
    assert!(ask(Options { trust_ad: true, ..validating.options() }).is_authentic());
    let on_request = Liar::new(|query, _| {
        let mut reply = truth(query);
        reply.metadata.authentic_data = query.metadata.authentic_data;
        vec![octets(&reply)]
    });
    assert!(ask(Options { trust_ad: true, ..on_request.options() }).is_authentic());
}

#[test]
fn a_server_that_spoke_is_not_asked_again() {
    let failing = Liar::new(|query, _| {
        let mut reply = truth(query);
        reply.answers.clear();
        reply.metadata.response_code = ResponseCode::ServFail;
        vec![octets(&reply)]
    });
    assert_eq!(failure(Options { attempts: 3, ..failing.options() }), Failure::Servfail);
    assert_eq!(failing.asked(), 1);
}

#[test]
fn an_endless_chain_of_aliases_ends() {
    // Every name is an alias of the next, one reply at a time.
    let endless = Liar::new(|query, number| {
        let mut reply = truth(query);
        let owner = query.queries[0].name().clone();
        let target = wire(&format!("n{number}.example."));
        reply.answers = vec![Record::from_rdata(owner, 60, RData::CNAME(CNAME(target)))];
        vec![octets(&reply)]
    });
    assert_eq!(failure(endless.options()), Failure::AliasLoop);
    assert_eq!(endless.asked(), 13);
    // Two names that are each other's alias, likewise.
    let pair = Liar::new(|query, number| {
        let mut reply = truth(query);
        let owner = query.queries[0].name().clone();
        let target = wire(if number % 2 == 0 { "b.example." } else { "a.example." });
        reply.answers = vec![Record::from_rdata(owner, 60, RData::CNAME(CNAME(target)))];
        vec![octets(&reply)]
    });
    assert_eq!(failure(pair.options()), Failure::AliasLoop);
    assert_eq!(pair.asked(), 2);
}

#[test]
fn a_blocking_resolver_may_be_used_and_dropped_inside_a_runtime() {
    let honest = Liar::new(|query, _| vec![octets(&truth(query))]);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let answer = runtime.block_on(async { ask(honest.options()) });
    assert_eq!(answer.txt()[0].octets(), b"the truth");
}
