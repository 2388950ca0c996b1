//! What a signature costs, beside the raw operations that no signer can do without, and mail-auth.

use crate::messages::prose;
use crate::peer::DOMAIN;
use crate::{NOW, OURS, THEIRS};
use base64::Engine;
use criterion::{BenchmarkId, Criterion, Throughput};
use mail_auth::common::crypto::{Ed25519Key, RsaKey, Sha256};
use mail_auth::common::headers::HeaderWriter;
use mail_auth::dkim::{DkimSigner, Done};
use mailproof::SigningKey;
use mailproof::dkim::{Signer, SigningOptions};
use mailproof::message::{Message, with_crlf};
use ring::digest::{SHA256, digest};
use ring::signature::{Ed25519KeyPair, RSA_PKCS1_SHA256, RsaKeyPair};
use rustls_pki_types::PrivatePkcs8KeyDer;
use std::path::PathBuf;
use std::process::Command;

const ED25519: &[u8] = include_bytes!("../../tests/data/keys/ed25519.pk8");
const RSA_2048: &[u8] = include_bytes!("../../tests/data/keys/rsa2048.pk8");

/// The fields of the messages that both sign.
const NAMES: [&str; 10] = [
    "From",
    "To",
    "Subject",
    "Date",
    "Reply-To",
    "Message-ID",
    "MIME-Version",
    "Content-Type",
    "List-Id",
    "List-Unsubscribe",
];

/// Octets of canonical header fields that are signed, about.
const HEADER_OCTETS: usize = 1024;

pub(crate) fn sign(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("sign");
    let ed25519 = Ed25519KeyPair::from_pkcs8_maybe_unchecked(ED25519).unwrap();
    let rsa = RsaKeyPair::from_pkcs8(RSA_2048).unwrap();
    for (label, raw) in messages() {
        let raw = with_crlf(&raw);
        let message = Message::parse(&raw).unwrap();
        group.throughput(Throughput::Bytes(raw.len() as u64));
        group.sample_size(if raw.len() > 1 << 20 { 20 } else { 100 });
        for (kind, key) in [("ed25519", ED25519), ("rsa2048", RSA_2048)] {
            let label = format!("{label}_{kind}");
            let is_rsa = key.len() > 100;
            let limit = || {
                let hash = digest(&SHA256, message.body);
                if !is_rsa {
                    return (hash, ed25519.sign(hash.as_ref()).as_ref().to_vec());
                }
                let mut signature = vec![0; 256];
                let random = ring::rand::SystemRandom::new();
                rsa.sign(&RSA_PKCS1_SHA256, &random, &raw[..HEADER_OCTETS], &mut signature).unwrap();
                (hash, signature)
            };
            let signer = Signer::new(DOMAIN, [("sel", signing_key(key))], SigningOptions::default()).unwrap();
            let ours = || signer.sign(&Message::parse(&raw).unwrap(), NOW).unwrap().to_string();
            group.bench_function(BenchmarkId::new(&label, "limit"), |bencher| bencher.iter(limit));
            group.bench_function(BenchmarkId::new(&label, OURS), |bencher| bencher.iter(ours));
            if is_rsa {
                let peer =
                    peer(RsaKey::<Sha256>::from_key_der(PrivatePkcs8KeyDer::from(key).into()).unwrap());
                let theirs = || peer.sign(&raw).unwrap().to_header();
                group.bench_function(BenchmarkId::new(&label, THEIRS), |bencher| bencher.iter(theirs));
            } else {
                let peer = peer(Ed25519Key::from_pkcs8_maybe_unchecked_der(key).unwrap());
                let theirs = || peer.sign(&raw).unwrap().to_header();
                group.bench_function(BenchmarkId::new(&label, THEIRS), |bencher| bencher.iter(theirs));
            }
        }
    }
    group.finish();
}

fn peer<K: mail_auth::common::crypto::SigningKey>(key: K) -> DkimSigner<K, Done> {
    DkimSigner::from_key(key).domain(DOMAIN).selector("sel").headers(NAMES)
}

fn signing_key(der: &[u8]) -> SigningKey {
    let text = base64::engine::general_purpose::STANDARD.encode(der);
    SigningKey::from_pem(
        format!("-----BEGIN PRIVATE KEY-----\n{text}\n-----END PRIVATE KEY-----\n").as_bytes(),
    )
    .unwrap()
}

/// Made here, and those of the folder `messages` if it is there; `xz` unpacks them.
fn messages() -> Vec<(String, Vec<u8>)> {
    let header = format!(
        "Date: Fri, 20 Nov 2026 08:00:00 +0000\r\nFrom: Example Kitchen <kitchen@{DOMAIN}>\r\n\
         To: Reader <reader@example.org>\r\nSubject: Bread for the weekend,\r\n  and what  to do with the crumbs\r\n\
         Message-ID: <20261120080000.1@mail.{DOMAIN}>\r\nMIME-Version: 1.0\r\n\
         Content-Type: text/plain; charset=us-ascii\r\nX-Mailer: kneader 3.1\r\n\r\n"
    );
    let made = |octets| [header.as_bytes(), &prose(octets)].concat();
    let mut messages = vec![("5k".to_owned(), made(5 << 10)), ("5m".to_owned(), made(5 << 20))];
    let folder = std::env::var("MAILPROOF_BENCH")
        .map_or_else(|_| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/bench"), PathBuf::from);
    for (label, name) in [
        ("foreign_5k", "msg-5k.eml"),
        ("foreign_5m", "msg-5m.rsa2048-rr.eml.xz"),
        ("foreign_5m_text", "msg-5m-text.rsa2048-rr.eml.xz"),
    ] {
        let path = folder.join("messages").join(name);
        let reader = if name.ends_with(".xz") { "xz" } else { "cat" };
        let arguments: &[&str] = if name.ends_with(".xz") { &["-dc"] } else { &[] };
        match Command::new(reader).args(arguments).arg(&path).output() {
            Ok(output) if output.status.success() => messages.push((label.to_owned(), output.stdout)),
            _ => println!("{} cannot be read: left out", path.display()),
        }
    }
    messages
}
