//! A misbehaving DNS server on the loopback, over UDP and TCP.
//!
//! What it does wrong is said by the label below `test` of the name asked about: `drop.test`, `_dmarc.drop.test` and
//! `s._domainkey.drop.test` are never answered. Beneath its behaviour each domain, and each below it, publishes the same: SPF for
//! 192.0.2.0/24, DMARC with `p=reject`, and the key of [`signed_mail`].

use super::real_server::free_port;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hickory_proto::op::{Edns, Message, Query, ResponseCode};
use hickory_proto::rr::rdata::opt::EdnsOption;
use hickory_proto::rr::rdata::{CNAME, NULL, SOA, TXT};
use hickory_proto::rr::{Name, RData, Record, RecordType};
use mailproof::resolver::{Options, Servers};
use ring::signature::{Ed25519KeyPair, KeyPair};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::runtime::{Builder, Runtime};

/// How long a resolver under test waits for a reply.
pub(crate) const TIMEOUT: Duration = Duration::from_millis(300);
/// A delay that a resolver sits out, and one that it does not.
const DELAY: Duration = Duration::from_millis(60);
const TOO_LATE: Duration = Duration::from_millis(900);

/// Every word it knows. Others are answered truly, such as `honest`.
pub(crate) const WORDS: [&str; 32] = [
    "big",
    "bogus",
    "cname-beside",
    "cname-endless",
    "cname-loop",
    "delay",
    "dname",
    "drop",
    "empty",
    "formerr",
    "formerr-edns",
    "garbage",
    "honest",
    "late",
    "no-question",
    "notimp",
    "nxdomain",
    "nxdomain-above",
    "query-back",
    "refused",
    "servfail",
    "short",
    "stale",
    "truncate",
    "truncate-again",
    "truncate-close",
    "truncate-cut",
    "truncate-garbage",
    "truncate-hang",
    "wrong-case",
    "wrong-id",
    "wrong-question",
];

/// The server; it ends when it is dropped.
pub(crate) struct RogueServer {
    pub(crate) address: SocketAddr,
    asked: Arc<AtomicU32>,
    runtime: Option<Runtime>,
}

/// What it does with a query.
#[derive(Default)]
struct Reaction {
    wait: Duration,
    /// Over TCP with their length in front.
    replies: Vec<Vec<u8>>,
    /// Over TCP, these octets as they are, and then the end.
    last_octets: Option<Vec<u8>>,
}

impl RogueServer {
    pub(crate) fn new() -> Self {
        Self::start(true)
    }

    /// Nobody listens for TCP.
    pub(crate) fn without_tcp() -> Self {
        Self::start(false)
    }

    /// How often it was asked, over UDP and TCP.
    pub(crate) fn asked(&self) -> u32 {
        self.asked.load(Ordering::Relaxed)
    }

    pub(crate) fn options(&self) -> Options {
        let servers = Servers::Given(vec![self.address.into()]);
        Options { attempts: 1, servers, timeout: TIMEOUT, ..Options::default() }
    }

    fn start(with_tcp: bool) -> Self {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let asked = Arc::new(AtomicU32::new(0));
        // Somebody else may take the port between its choice and its use.
        let (address, udp, tcp) = (0..5)
            .find_map(|_| {
                let address = SocketAddr::from((Ipv4Addr::LOCALHOST, free_port()));
                let udp = runtime.block_on(UdpSocket::bind(address)).ok()?;
                let tcp = runtime.block_on(TcpListener::bind(address)).ok()?;
                Some((address, udp, with_tcp.then_some(tcp)))
            })
            .unwrap();
        runtime.spawn(serve_udp(Arc::new(udp), Arc::clone(&asked)));
        if let Some(tcp) = tcp {
            runtime.spawn(serve_tcp(tcp, Arc::clone(&asked)));
        }
        Self { address, asked, runtime: Some(runtime) }
    }
}

impl Drop for RogueServer {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

async fn serve_udp(socket: Arc<UdpSocket>, asked: Arc<AtomicU32>) {
    let mut buffer = [0; 4096];
    loop {
        // The news that a client is gone is no reason to stop.
        let Ok((length, client)) = socket.recv_from(&mut buffer).await else { continue };
        asked.fetch_add(1, Ordering::Relaxed);
        let reaction = react(&Message::from_vec(&buffer[..length]).unwrap(), false);
        let socket = Arc::clone(&socket);
        tokio::spawn(async move {
            tokio::time::sleep(reaction.wait).await;
            for reply in reaction.replies {
                let _ = socket.send_to(&reply, client).await;
            }
        });
    }
}

async fn serve_tcp(listener: TcpListener, asked: Arc<AtomicU32>) {
    loop {
        let Ok((stream, _)) = listener.accept().await else { continue };
        asked.fetch_add(1, Ordering::Relaxed);
        // The client may hang up at any time.
        tokio::spawn(async move {
            let _ = serve_connection(stream).await;
        });
    }
}

async fn serve_connection(mut stream: TcpStream) -> std::io::Result<()> {
    loop {
        let length = stream.read_u16().await?;
        let mut query = vec![0; length.into()];
        stream.read_exact(&mut query).await?;
        let reaction = react(&Message::from_vec(&query).unwrap(), true);
        tokio::time::sleep(reaction.wait).await;
        for reply in reaction.replies {
            stream.write_u16(reply.len().try_into().unwrap()).await?;
            stream.write_all(&reply).await?;
        }
        if let Some(octets) = reaction.last_octets {
            return stream.write_all(&octets).await;
        }
    }
}

impl Reaction {
    fn reply(message: &Message) -> Self {
        Self::octets(message.to_vec().unwrap())
    }

    fn octets(octets: Vec<u8>) -> Self {
        Self { replies: vec![octets], ..Self::default() }
    }

    fn silence() -> Self {
        Self::default()
    }

    fn end(octets: &[u8]) -> Self {
        Self { last_octets: Some(octets.to_vec()), ..Self::default() }
    }
}

fn react(query: &Message, over_tcp: bool) -> Reaction {
    let name = query.queries[0].name();
    let word = word(name);
    let id = query.id.to_be_bytes();
    let mut reply = truth(query);
    match word.as_str() {
        "drop" => return Reaction::silence(),
        "delay" => return Reaction { wait: DELAY, ..Reaction::reply(&reply) },
        "late" => return Reaction { wait: TOO_LATE, ..Reaction::reply(&reply) },
        "garbage" => return Reaction::octets([&id[..], &[0xff; 60]].concat()),
        "short" => return Reaction::octets(id.to_vec()),
        "query-back" => return Reaction::reply(query),
        "truncate" | "big" if !over_tcp => truncate(&mut reply),
        "truncate-hang" if over_tcp => return Reaction::silence(),
        "truncate-close" if over_tcp => return Reaction::end(b""),
        "truncate-cut" if over_tcp => return Reaction::end(&[b"\x10\x00", &id[..], b"\x81\x80"].concat()),
        "truncate-garbage" if over_tcp => return Reaction::end(&[b"\x00\x06", &id[..], &[0xff; 4]].concat()),
        word if word.starts_with("truncate-") => truncate(&mut reply),
        "wrong-id" => reply.metadata.id ^= 1,
        "wrong-question" => reply.queries[0] = Query::query(wire("else.test."), RecordType::TXT),
        "no-question" => reply.queries.clear(),
        "refused" => fail(&mut reply, ResponseCode::Refused),
        "servfail" => fail(&mut reply, ResponseCode::ServFail),
        "formerr" => fail(&mut reply, ResponseCode::FormErr),
        "notimp" => fail(&mut reply, ResponseCode::NotImp),
        "formerr-edns" if query.edns.is_some() => fail(&mut reply, ResponseCode::FormErr),
        "bogus" => {
            fail(&mut reply, ResponseCode::ServFail);
            explain(&mut reply, 6, b"no valid\r\n\x1b[31msignature\xff");
        }
        "stale" => explain(&mut reply, 3, b""),
        "empty" => reply.answers.clear(),
        "nxdomain" => deny(&mut reply),
        // The name exists, if only because others stand below it.
        "nxdomain-above" if name.num_labels() == 2 => deny(&mut reply),
        "cname-loop" => reply.answers = vec![alias(name, &wire("b.test.")), alias(&wire("b.test."), name)],
        "cname-endless" => {
            let next = Name::from_labels([format!("n{}", query.id).as_bytes(), b"cname-endless", b"test"]);
            reply.answers = vec![alias(name, &next.unwrap())];
            reply.authorities.clear();
            reply.metadata.response_code = ResponseCode::NoError;
        }
        "cname-beside" => reply.answers.insert(0, alias(name, &wire("drop.test."))),
        "dname" if name.num_labels() > 2 => substitute(&mut reply, name),
        "big" => {
            let strings = (0..250).map(|number| format!("{number:03}{}", "x".repeat(252)));
            reply.add_answer(Record::from_rdata(name.clone(), 60, RData::TXT(TXT::new(strings.collect()))));
        }
        "wrong-case" => {
            let kind = reply.queries[0].query_type();
            reply.queries[0] = Query::query(in_capitals(name), kind);
            for answer in &mut reply.answers {
                answer.name = in_capitals(name);
            }
        }
        _ => {}
    }
    Reaction::reply(&reply)
}

/// The label below `test`.
fn word(name: &Name) -> String {
    let labels: Vec<_> = name.iter().collect();
    let label = labels.iter().rev().nth(1).copied().unwrap_or_default();
    String::from_utf8_lossy(label).to_ascii_lowercase()
}

/// The reply of an honest server.
fn truth(query: &Message) -> Message {
    let mut reply = Message::response(query.id, query.op_code);
    reply.add_queries(query.queries.clone());
    reply.metadata.recursion_available = true;
    let asked = &query.queries[0];
    match (asked.query_type(), text_at(asked.name())) {
        (RecordType::TXT, Some(text)) => {
            let text = RData::TXT(TXT::new(vec![text]));
            reply.add_answer(Record::from_rdata(asked.name().clone(), 60, text));
        }
        (_, Some(_)) => {
            reply.add_authority(soa());
        }
        (_, None) => deny(&mut reply),
    }
    reply
}

fn text_at(name: &Name) -> Option<String> {
    let labels: Vec<_> = name.iter().map(|label| label.to_ascii_lowercase()).collect();
    let labels: Vec<_> = labels.iter().map(Vec::as_slice).collect();
    let is_host = |label: &[u8]| !label.starts_with(b"_");
    match labels.as_slice() {
        [b"_dmarc", .., word, b"test"] if is_host(word) => Some("v=DMARC1; p=reject".to_owned()),
        [b"s", b"_domainkey", .., word, b"test"] if is_host(word) => {
            let key = STANDARD.encode(key_pair().public_key().as_ref());
            Some(format!("v=DKIM1; k=ed25519; p={key}"))
        }
        [.., word, b"test"] if is_host(word) => Some("v=spf1 ip4:192.0.2.0/24 -all".to_owned()),
        _ => None,
    }
}

fn truncate(reply: &mut Message) {
    reply.answers.clear();
    reply.metadata.truncation = true;
}

fn fail(reply: &mut Message, code: ResponseCode) {
    reply.answers.clear();
    reply.metadata.response_code = code;
}

fn deny(reply: &mut Message) {
    fail(reply, ResponseCode::NXDomain);
    reply.authorities = vec![soa()];
}

fn explain(reply: &mut Message, code: u16, text: &[u8]) {
    let mut edns = Edns::new();
    edns.options_mut().insert(EdnsOption::Unknown(15, [&code.to_be_bytes()[..], text].concat()));
    reply.set_edns(edns);
}

/// RFC 6672 §3.1: a DNAME record and the CNAME record made from it.
fn substitute(reply: &mut Message, name: &Name) {
    let first: Vec<_> = name.iter().take(usize::from(name.num_labels()) - 2).collect();
    let target = Name::from_labels(first.into_iter().chain([&b"honest"[..], b"test"])).unwrap();
    let dname =
        RData::Unknown { code: RecordType::DNAME, rdata: NULL::with(b"\x06honest\x04test\x00".to_vec()) };
    let text = TXT::new(vec![text_at(&target).unwrap()]);
    reply.answers = vec![
        Record::from_rdata(wire("dname.test."), 60, dname),
        alias(name, &target),
        Record::from_rdata(target, 60, RData::TXT(text)),
    ];
}

fn alias(owner: &Name, target: &Name) -> Record {
    Record::from_rdata(owner.clone(), 60, RData::CNAME(CNAME(target.clone())))
}

fn soa() -> Record {
    let soa = SOA::new(wire("ns.test."), wire("h.test."), 1, 2, 3, 4, 60);
    Record::from_rdata(wire("test."), 60, RData::SOA(soa))
}

fn in_capitals(name: &Name) -> Name {
    Name::from_labels(name.iter().map(<[u8]>::to_ascii_uppercase)).unwrap()
}

fn wire(text: &str) -> Name {
    Name::from_ascii(text).unwrap()
}

fn key_pair() -> Ed25519KeyPair {
    Ed25519KeyPair::from_seed_unchecked(&[7; 32]).unwrap()
}

/// A message of `a@domain`, signed by `domain`.
pub(crate) fn signed_mail(domain: &str) -> Vec<u8> {
    let digest = |octets: &[u8]| ring::digest::digest(&ring::digest::SHA256, octets);
    let body = "hi\r\n";
    let from = format!("From: a@{domain}\r\n");
    let signature = format!(
        "DKIM-Signature: v=1; a=ed25519-sha256; c=simple/simple; d={domain}; s=s; h=from; bh={}; b=",
        STANDARD.encode(digest(body.as_bytes()))
    );
    // RFC 6376 §3.7: the signature field comes last, without its signature and line end.
    let signed = key_pair().sign(digest(format!("{from}{signature}").as_bytes()).as_ref());
    format!("{signature}{}\r\n{from}\r\n{body}", STANDARD.encode(signed)).into_bytes()
}
