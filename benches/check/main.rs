//! What a check costs, beside mail-auth on the same input in the same run.
//!
//! DNS is known on both sides: a zone whose answers keep what they were parsed into, a cache of parsed records there.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
#![allow(clippy::disallowed_methods, clippy::as_conversions)]

#[allow(dead_code)]
mod messages;
#[allow(dead_code)]
#[path = "../../tests/it/peer.rs"]
mod peer;
mod signing;
mod verdicts;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use mail_auth::{AuthenticatedMessage, AuthenticationResults, DkimResult, DmarcResult, SpfResult};
use mailproof::dkim::{self, Policy, Verifier};
use mailproof::dmarc::{self, Evidence, Settings};
use mailproof::dns::{Records, Txt, Zone};
use mailproof::message::{Message, with_crlf};
use mailproof::spf::{self, Request};
use mailproof::{Authenticator, Connection, Evaluation, Name, Step};
use messages::{Signed, foreign, prose, signed};
use peer::{DOMAIN, Key, Peer};
use std::hint::black_box;
use std::net::IpAddr;
use std::time::Duration;

const NOW: u64 = 1_800_000_000;
const OURS: &str = "mailproof";
const THEIRS: &str = "mail-auth";
const HELO: &str = "mail.example.com";
const SENDER: &str = "kitchen@example.com";

/// One policy, and one that leads over four others to the network of the client, which is the last of them.
const TRIVIAL: [(&str, &str); 1] = [("example.com", "v=spf1 ip4:192.0.2.0/24 -all")];
const CHAIN: [(&str, &str); 5] = [
    ("example.com", "v=spf1 include:_spf.esp.example.net -all"),
    (
        "_spf.esp.example.net",
        "v=spf1 include:a.esp.example.net include:b.esp.example.net include:c.esp.example.net ~all",
    ),
    (
        "a.esp.example.net",
        "v=spf1 ip4:35.190.247.0/24 ip4:64.233.160.0/19 ip4:66.102.0.0/20 ip4:66.249.80.0/20 ip4:72.14.192.0/18 \
         ip4:74.125.0.0/16 ip4:108.177.8.0/21 ip4:173.194.0.0/16 ip4:209.85.128.0/17 ip4:216.58.192.0/19 \
         ip4:216.239.32.0/19 ip4:198.51.100.0/25 ~all",
    ),
    (
        "b.esp.example.net",
        "v=spf1 ip6:2001:4860:4000::/36 ip6:2404:6800:4000::/36 ip6:2607:f8b0:4000::/36 ip6:2800:3f0:4000::/36 \
         ip6:2a00:1450:4000::/36 ip6:2c0f:fb50:4000::/36 ip4:40.92.0.0/15 ip4:40.107.0.0/16 ip4:52.100.0.0/15 \
         ip4:52.102.0.0/16 ip4:52.103.0.0/17 ip4:104.47.0.0/17 ~all",
    ),
    (
        "c.esp.example.net",
        "v=spf1 ip4:172.217.0.0/19 ip4:172.217.32.0/20 ip4:172.217.128.0/19 ip4:172.217.160.0/20 ip4:172.217.192.0/19 \
         ip4:172.253.56.0/21 ip4:172.253.112.0/20 ip4:108.177.96.0/19 ip4:35.191.0.0/16 ip4:130.211.0.0/22 \
         ip4:167.89.0.0/17 ip4:208.117.48.0/20 ip4:192.0.2.0/24 ~all",
    ),
];
const DMARC: (&str, &str) =
    ("_dmarc.example.com", "v=DMARC1; p=reject; sp=quarantine; rua=mailto:dmarc@example.com");

/// The same records on both sides.
fn world(records: &[(&str, &str)]) -> (Zone, Peer) {
    let mut zone = Zone::new();
    let mut peer = Peer::new();
    for (name, record) in records {
        let set = Records::Txt(vec![Txt::new(record.as_bytes().chunks(255))]);
        zone.insert(Name::parse(name).unwrap(), set, Duration::from_secs(300));
        peer = peer.with(name, record);
    }
    (zone, peer)
}

fn done<E: Evaluation>(mut evaluation: E, zone: &Zone) -> E::Output {
    match evaluation.step(zone) {
        Step::Done(output) => output,
        Step::Ask(_) => panic!("asks although everything is known"),
    }
}

fn client() -> IpAddr {
    IpAddr::from([192, 0, 2, 25])
}

fn spf(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("spf");
    for (label, records) in [("trivial", &TRIVIAL[..]), ("include_chain", &CHAIN[..])] {
        let (zone, peer) = world(records);
        let ours = || done(spf::check(Request::mail_from(client(), HELO, SENDER)), &zone);
        let theirs = || peer.spf(client(), HELO, SENDER);
        assert_eq!((ours().outcome, theirs().result()), (spf::Outcome::Pass, SpfResult::Pass));
        group.bench_function(BenchmarkId::new(label, OURS), |bencher| bencher.iter(ours));
        group.bench_function(BenchmarkId::new(label, THEIRS), |bencher| bencher.iter(theirs));
    }
    group.finish();
}

fn mail() -> Vec<Signed> {
    let mut mail = vec![
        signed("rsa2048_5k", Key::Rsa2048, 5 << 10),
        signed("rsa2048_100k", Key::Rsa2048, 100 << 10),
        signed("ed25519_5k", Key::Ed25519, 5 << 10),
    ];
    mail.extend(foreign());
    mail
}

fn dkim(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("dkim_verify");
    for Signed { label, raw, key_name, key_record } in mail() {
        let raw = with_crlf(&raw);
        let (zone, peer) = world(&[(&key_name, &key_record)]);
        let ours = || {
            let message = Message::parse(&raw).unwrap();
            done(dkim::verify(&message, &Policy::default(), NOW), &zone)
        };
        let theirs = || {
            let message = AuthenticatedMessage::parse(&raw).unwrap();
            *peer.dkim(&message)[0].result() == DkimResult::Pass
        };
        assert!(ours()[0].outcome.is_pass() && theirs(), "{label}: {:?}", ours());
        group.throughput(Throughput::Bytes(raw.len() as u64));
        group.bench_function(BenchmarkId::new(&label, OURS), |bencher| bencher.iter(ours));
        group.bench_function(BenchmarkId::new(&label, THEIRS), |bencher| bencher.iter(theirs));
    }
    group.finish();
}

/// Canonicalization and hash of a body, with nothing to verify them for; the header section is small beside it.
fn body(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("body_hash_5m");
    let text = prose(5 << 20);
    let Signed { raw, .. } = signed("", Key::Ed25519, 5 << 20);
    let message = Message::parse(&raw).unwrap();
    group.throughput(Throughput::Bytes(text.len() as u64)).sample_size(20);
    group.bench_function(OURS, |bencher| {
        bencher.iter(|| {
            let mut verifier = Verifier::new(&message.headers, &Policy::default(), NOW);
            let appetite = verifier.body(message.body);
            black_box((appetite, verifier.finish()))
        });
    });
    group.bench_function(THEIRS, |bencher| bencher.iter(|| AuthenticatedMessage::parse(&raw).unwrap()));
    group.bench_function("sha256 alone", |bencher| {
        bencher.iter(|| ring::digest::digest(&ring::digest::SHA256, &text));
    });
    group.finish();
}

fn dmarc(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("dmarc");
    let Signed { raw, key_name, key_record, .. } = signed("", Key::Ed25519, 100);
    let (zone, peer) = world(&[DMARC, TRIVIAL[0], (&key_name, &key_record)]);
    let domain = Name::parse(DOMAIN).unwrap();
    let ours = || {
        let evidence = Evidence { dkim: vec![domain.clone()], ..Evidence::default() };
        done(dmarc::check(domain.clone(), evidence, &Settings::default()), &zone)
    };
    let message = AuthenticatedMessage::parse(&raw).unwrap();
    let (signatures, sender) = (peer.dkim(&message), peer.spf(client(), HELO, SENDER));
    let theirs = || peer.dmarc(&message, &signatures, DOMAIN, &sender);
    assert_eq!(ours().outcome, dmarc::Outcome::Pass);
    assert_eq!(*theirs().dkim_result(), DmarcResult::Pass);
    group.bench_function(OURS, |bencher| bencher.iter(ours));
    group.bench_function(THEIRS, |bencher| bencher.iter(theirs));
    group.finish();
}

/// A whole message: SPF of both identities, DKIM, DMARC, and the field that says so.
fn pipeline(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("whole_message");
    for (label, key) in [("rsa2048_5k", Key::Rsa2048), ("ed25519_5k", Key::Ed25519)] {
        let Signed { raw, key_name, key_record, .. } = signed(label, key, 5 << 10);
        let helo = (HELO, "v=spf1 ip4:192.0.2.25 -all");
        let (zone, peer) = world(&[TRIVIAL[0], helo, DMARC, (&key_name, &key_record)]);
        let mut authenticator = Authenticator::new("mx.example.org");
        // The other one looks for no reverse name here.
        authenticator.iprev = false;
        let ours = || {
            let message = Message::parse(&raw).unwrap();
            let connection = Connection::new(client(), HELO, SENDER).at(NOW);
            done(authenticator.check(&message, connection), &zone).auth_results().field()
        };
        let theirs = || {
            let message = AuthenticatedMessage::parse(&raw).unwrap();
            let (helo, sender) = (peer.spf_helo(client(), HELO), peer.spf(client(), HELO, SENDER));
            let signatures = peer.dkim(&message);
            let dmarc = peer.dmarc(&message, &signatures, DOMAIN, &sender);
            AuthenticationResults::new("mx.example.org")
                .with_spf_ehlo_result(&helo, client(), HELO)
                .with_spf_mailfrom_result(&sender, client(), SENDER, HELO)
                .with_dkim_results(&signatures, message.from())
                .with_dmarc_result(&dmarc)
                .to_string()
        };
        for field in [ours(), theirs()] {
            assert_eq!(field.matches("=pass").count(), 4, "{field}");
        }
        group.bench_function(BenchmarkId::new(label, OURS), |bencher| bencher.iter(ours));
        group.bench_function(BenchmarkId::new(label, THEIRS), |bencher| bencher.iter(theirs));
    }
    group.finish();
}

criterion_group! {
    name = checks;
    config = Criterion::default().warm_up_time(Duration::from_secs(1)).measurement_time(Duration::from_secs(3));
    targets = spf, dkim, body, dmarc, pipeline, signing::sign
}
criterion_main!(checks);
