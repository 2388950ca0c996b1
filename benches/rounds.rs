//! How long a message waits for DNS, ours beside mail-auth: a server on the loopback answers after 20 ms. Prints a table
//! for `docs/benchmarks.md`.
//!
//! The message has SPF three includes deep, two DKIM signatures and DMARC; HELO and MAIL FROM are both checked.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
#![allow(clippy::disallowed_methods, clippy::disallowed_types, clippy::as_conversions)]

use hickory_proto::op::{Message as Packet, ResponseCode};
use hickory_proto::rr::rdata::{A, TXT};
use hickory_proto::rr::{RData, Record, RecordType};
use mail_auth::dmarc::verify::DmarcParameters;
use mail_auth::hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolverConfig, ResolverOpts};
use mail_auth::spf::verify::SpfParameters;
use mail_auth::{AuthenticatedMessage, DkimResult, DmarcResult, MessageAuthenticator};
use mailproof::dns::{Kind, Outcome, Question, Records, Zone};
use mailproof::message::Message;
use mailproof::resolver::{Options, Servers, Stub};
use mailproof::{Authenticator, Connection, Evaluation, Name};
use serde_json::Value;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::{Duration, Instant};
use tokio::net::UdpSocket;

const MAIL: &[u8] = include_bytes!("../examples/mail/newsletter.eml");
const NOW: u64 = 1_795_162_000;
const ROUND_TRIP: Duration = Duration::from_millis(20);
const RUNS: usize = 5;

fn zone() -> Zone {
    let mut names: Value =
        serde_json::from_str(include_str!("../examples/mail/newsletter.zone.json")).unwrap();
    for (name, record) in [
        ("example.com", "v=spf1 include:one.example.net -all"),
        ("one.example.net", "v=spf1 include:two.example.net -all"),
        ("two.example.net", "v=spf1 include:three.example.net -all"),
        ("three.example.net", "v=spf1 ip4:192.0.2.0/24 -all"),
    ] {
        names[name] = serde_json::json!({ "TXT": [record] });
    }
    Zone::from_json_value(&names).unwrap()
}

/// Answers every query after one round trip, and counts them.
async fn serve(socket: UdpSocket, zone: Arc<Zone>, queries: Arc<AtomicUsize>) {
    let socket = Arc::new(socket);
    let mut buffer = [0; 4096];
    loop {
        let (length, client) = socket.recv_from(&mut buffer).await.unwrap();
        let query = Packet::from_vec(&buffer[..length]).unwrap();
        queries.fetch_add(1, SeqCst);
        let (socket, zone) = (Arc::clone(&socket), Arc::clone(&zone));
        tokio::spawn(async move {
            tokio::time::sleep(ROUND_TRIP).await;
            socket.send_to(&reply(&query, &zone).to_vec().unwrap(), client).await.unwrap();
        });
    }
}

fn reply(query: &Packet, zone: &Zone) -> Packet {
    let mut reply = Packet::response(query.id, query.op_code);
    reply.add_queries(query.queries.clone());
    reply.metadata.recursion_available = true;
    let asked = &query.queries[0];
    let kind = match asked.query_type() {
        RecordType::A => Kind::A,
        _ => Kind::Txt,
    };
    let name = Name::parse(asked.name().to_ascii()).unwrap();
    let data: Vec<RData> = match zone.lookup(&Question::new(name, kind)).outcome() {
        Outcome::Found(Records::A(addresses)) => {
            addresses.iter().map(|address| RData::A(A(*address))).collect()
        }
        Outcome::Found(Records::Txt(texts)) => {
            texts.iter().map(|text| RData::TXT(strings(text.octets()))).collect()
        }
        Outcome::NxDomain => {
            reply.metadata.response_code = ResponseCode::NXDomain;
            Vec::new()
        }
        _ => Vec::new(),
    };
    for data in data {
        reply.add_answer(Record::from_rdata(asked.name().clone(), 300, data));
    }
    reply
}

fn strings(octets: &[u8]) -> TXT {
    TXT::new(octets.chunks(255).map(|chunk| String::from_utf8(chunk.to_vec()).unwrap()).collect())
}

async fn ours(server: SocketAddr) {
    let servers = Servers::Given(vec![server.into()]);
    let stub = Stub::new(Options { servers, ..Options::default() }).unwrap();
    let connection =
        Connection::new([192, 0, 2, 25].into(), "mail.example.com", "kitchen@example.com").at(NOW);
    let message = Message::parse(MAIL).unwrap();
    let mut authenticator = Authenticator::new("mx.example.org");
    // The other one asks for no reverse name unless told to.
    authenticator.iprev = false;
    let report = authenticator.check(&message, connection).run(&stub).await;
    assert!(report.dkim.iter().all(|verdict| verdict.outcome.is_pass()), "{report:?}");
    assert_eq!(report.dmarc.outcome.word(), "pass");
}

async fn theirs(server: SocketAddr) {
    let mut connection = ConnectionConfig::udp();
    connection.port = server.port();
    let server = NameServerConfig::new(server.ip(), true, vec![connection]);
    let config = ResolverConfig::from_parts(None, Vec::new(), vec![server]);
    let peer = MessageAuthenticator::new(config, ResolverOpts::default()).unwrap();
    let ip = [192, 0, 2, 25].into();
    let message = AuthenticatedMessage::parse(MAIL).unwrap();
    // The order of its own manual: one after the other.
    let _ = peer.verify_spf(SpfParameters::verify_ehlo(ip, "mail.example.com", "mx.example.org")).await;
    let request =
        SpfParameters::verify_mail_from(ip, "mail.example.com", "mx.example.org", "kitchen@example.com");
    let spf = peer.verify_spf(request).await;
    let dkim = peer.verify_dkim(&message).await;
    assert!(dkim.iter().all(|output| *output.result() == DkimResult::Pass));
    let dmarc = peer.verify_dmarc(DmarcParameters::new(&message, &dkim, "example.com", &spf)).await;
    assert_eq!(*dmarc.dkim_result(), DmarcResult::Pass);
}

#[tokio::main]
async fn main() {
    let socket = UdpSocket::bind(("127.0.0.1", 0)).await.unwrap();
    let server = socket.local_addr().unwrap();
    let queries = Arc::new(AtomicUsize::new(0));
    tokio::spawn(serve(socket, Arc::new(zone()), Arc::clone(&queries)));
    println!("| | round trips | queries | waited |\n|---|---|---|---|");
    for name in ["mailproof", "mail-auth 0.13.3"] {
        let (mut best, mut asked) = (Duration::MAX, 0);
        for _ in 0..RUNS {
            queries.store(0, SeqCst);
            let start = Instant::now();
            if name == "mailproof" {
                ours(server).await
            } else {
                theirs(server).await
            }
            best = best.min(start.elapsed());
            asked = queries.load(SeqCst);
        }
        let rounds = (best.as_secs_f64() / ROUND_TRIP.as_secs_f64()).floor();
        println!("| {name} | {rounds} | {asked} | {} ms |", best.as_millis());
    }
}
