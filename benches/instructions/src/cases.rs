//! The nine checks. DNS is known, in answers that keep what they were parsed into.

#![allow(clippy::unwrap_used, reason = "fixed inputs")]

use crate::mail::{CHAIN, DMARC, EXISTING, HEADER, HELO, MACROS, TRIVIAL, prose};
use mailproof::dkim::{self, Policy, Signer, SigningOptions, Verifier};
use mailproof::dmarc::{self, Evidence, Settings};
use mailproof::dns::{Records, Txt, Zone};
use mailproof::message::Message;
use mailproof::spf::{self, Request};
use mailproof::{Authenticator, Connection, Evaluation, Name, SigningKey, Step};
use ring::digest::{SHA256, digest};
use ring::signature::{
    Ed25519KeyPair, KeyPair, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaKeyPair, UnparsedPublicKey,
};
use std::hint::black_box;
use std::net::IpAddr;
use std::time::Duration;

/// Runs of a case that are counted together.
pub(crate) const RUNS: u64 = 10;

const NOW: u64 = 1_800_000_000;
const SENDER: &str = "kitchen@example.com";
const ED25519: &[u8] = include_bytes!("../../../tests/data/keys/ed25519.pk8");
const RSA_2048: &[u8] = include_bytes!("../../../tests/data/keys/rsa2048.pk8");
const RSA_2048_PUBLIC: &[u8] = include_bytes!("../../../tests/data/keys/rsa2048.spki");
/// Octets of canonical header fields that a signature covers, about.
const SIGNED_HEADER: [u8; 1024] = [b'x'; 1024];

type Work = Box<dyn Fn()>;
type Make = fn() -> Case;

struct Case {
    work: Work,
    /// What of it is hash and signature.
    floor: Option<Work>,
}

/// What of a case is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Whole,
    /// Hash and signature alone; nothing, where the case has none.
    Floor,
}

const CASES: [(&str, Make); 9] = [
    ("spf, one ip4", || spf_of(zone(&[TRIVIAL]))),
    ("spf, five records", || spf_of(zone(&CHAIN))),
    ("spf, macros", || spf_of(macros())),
    ("dmarc, aligned dkim", dmarc_aligned),
    ("dkim verify, rsa, 5 KB", || verify(5 << 10)),
    ("dkim verify, rsa, 100 KB prose", || verify(100 << 10)),
    ("dkim body, relaxed, 100 KB spaced", spaced_body),
    ("whole report, rsa, 5 KB", whole_report),
    ("dkim sign, ed25519, 5 KB", sign),
];

pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    CASES.iter().map(|(name, _)| *name)
}

/// One part of a case [`RUNS`] times; whether there is such a case.
pub(crate) fn work(part: &str, name: &str) -> bool {
    let Some((_, make)) = CASES.iter().find(|(known, _)| *known == name) else {
        return false;
    };
    let case = make();
    let work = if part == Part::Floor.word() { case.floor } else { Some(case.work) };
    if let Some(work) = work {
        // What is set up once is not counted.
        work();
        work();
        counted(&work);
    }
    true
}

/// callgrind looks for this function by its name.
#[inline(never)]
fn counted(work: &Work) {
    for _ in 0..RUNS {
        work();
    }
}

impl Part {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Whole => "whole",
            Self::Floor => "floor",
        }
    }
}

impl Case {
    fn new<T>(work: impl Fn() -> T + 'static) -> Self {
        Self { work: opaque(work), floor: None }
    }

    fn above<T>(self, floor: impl Fn() -> T + 'static) -> Self {
        Self { floor: Some(opaque(floor)), ..self }
    }
}

fn opaque<T>(work: impl Fn() -> T + 'static) -> Work {
    Box::new(move || {
        black_box(work());
    })
}

fn zone(records: &[(&str, &str)]) -> Zone {
    let mut zone = Zone::new();
    for (name, record) in records {
        let set = Records::Txt(vec![Txt::new(record.as_bytes().chunks(255))]);
        zone.insert(Name::parse(name).unwrap(), set, Duration::from_secs(300));
    }
    zone
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

fn macros() -> Zone {
    let mut zone = zone(&[MACROS]);
    let address = Records::A(vec![[127, 0, 0, 2].into()]);
    zone.insert(Name::parse(EXISTING).unwrap(), address, Duration::from_secs(300));
    zone
}

fn spf_of(zone: Zone) -> Case {
    let work = move || done(spf::check(Request::mail_from(client(), HELO.0, SENDER)), &zone);
    assert_eq!(work().outcome, spf::Outcome::Pass);
    Case::new(work)
}

fn dmarc_aligned() -> Case {
    let zone = zone(&[DMARC]);
    let domain = Name::parse(TRIVIAL.0).unwrap();
    let work = move || {
        let evidence = Evidence { dkim: vec![domain.clone()], ..Evidence::default() };
        done(dmarc::check(domain.clone(), evidence, &Settings::default()), &zone)
    };
    assert_eq!(work().outcome, dmarc::Outcome::Pass);
    Case::new(work)
}

fn message(octets: usize) -> String {
    format!("{HEADER}{}", prose(octets, " ", ""))
}

fn signer(key: &[u8]) -> Signer {
    Signer::new(TRIVIAL.0, [("sel", SigningKey::from_der(key).unwrap())], SigningOptions::default()).unwrap()
}

fn signed(raw: &str) -> String {
    let field = signer(RSA_2048).sign(&Message::parse(raw.as_bytes()).unwrap(), NOW).unwrap();
    format!("{field}{raw}")
}

fn key_record() -> (String, String) {
    use base64::Engine;
    let public = base64::engine::general_purpose::STANDARD.encode(RSA_2048_PUBLIC);
    (format!("sel._domainkey.{}", TRIVIAL.0), format!("v=DKIM1; k=rsa; p={public}"))
}

/// The hash of a body, and a signature verified.
fn raw_verify(octets: usize) -> impl Fn() -> bool {
    let pair = RsaKeyPair::from_pkcs8(RSA_2048).unwrap();
    let mut signature = vec![0; 256];
    pair.sign(&RSA_PKCS1_SHA256, &ring::rand::SystemRandom::new(), &SIGNED_HEADER, &mut signature).unwrap();
    let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, pair.public_key().as_ref().to_vec());
    let body = prose(octets, " ", "");
    move || {
        black_box(digest(&SHA256, body.as_bytes()));
        key.verify(&SIGNED_HEADER, &signature).is_ok()
    }
}

fn verify(octets: usize) -> Case {
    let raw = signed(&message(octets));
    let (name, record) = key_record();
    let zone = zone(&[(&name, &record)]);
    let work = move || {
        let message = Message::parse(raw.as_bytes()).unwrap();
        done(dkim::verify(&message, &Policy::default(), NOW), &zone)
    };
    assert!(work().first().is_some_and(|verdict| verdict.outcome.is_pass()));
    Case::new(work).above(raw_verify(octets))
}

/// Runs of blanks between words and at the ends of lines, all of which the canonical form takes away.
fn spaced_body() -> Case {
    let raw = signed(&message(100));
    let spaced = prose(100 << 10, " \t ", "  ");
    let canonical = spaced.replace(" \t ", " ").replace("  \r\n", "\r\n");
    let work = move || {
        let message = Message::parse(raw.as_bytes()).unwrap();
        let mut verifier = Verifier::new(&message.headers, &Policy::default(), NOW);
        let appetite = verifier.body(spaced.as_bytes());
        (appetite, verifier.finish())
    };
    Case::new(work).above(move || digest(&SHA256, canonical.as_bytes()))
}

/// SPF of both identities, DKIM, DMARC, and the field that says so.
fn whole_report() -> Case {
    let raw = signed(&message(5 << 10));
    let (name, record) = key_record();
    let zone = zone(&[TRIVIAL, HELO, DMARC, (&name, &record)]);
    let mut authenticator = Authenticator::new("mx.example.org");
    authenticator.iprev = false;
    let work = move || {
        let message = Message::parse(raw.as_bytes()).unwrap();
        let connection = Connection::new(client(), HELO.0, SENDER).at(NOW);
        done(authenticator.check(&message, connection), &zone).auth_results_field()
    };
    assert_eq!(work().matches("=pass").count(), 4);
    Case::new(work).above(raw_verify(5 << 10))
}

fn sign() -> Case {
    let raw = message(5 << 10);
    let signer = signer(ED25519);
    let work = move || signer.sign(&Message::parse(raw.as_bytes()).unwrap(), NOW).unwrap().to_string();
    let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(ED25519).unwrap();
    let body = prose(5 << 10, " ", "");
    Case::new(work).above(move || {
        black_box(digest(&SHA256, body.as_bytes()));
        pair.sign(digest(&SHA256, &SIGNED_HEADER).as_ref())
    })
}
