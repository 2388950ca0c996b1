//! What is allocated for a message. It is a program of its own, since it counts whatever the whole process allocates.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use mailproof::dkim::{Policy, Signer, SigningOptions, Verdict, Verifier, verify};
use mailproof::dns::{Records, Txt, Zone};
use mailproof::message::Message;
use mailproof::{Evaluation, Name, SigningKey, Step};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use std::alloc::System;
use std::time::Duration;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const NOW: u64 = 1_800_000_000;
const DOMAIN: &str = "example.com";

/// For parsing a message of the usual size and for its verdict; a third of them are names. Ed25519, since libraries
/// have allocations of their own for RSA.
const FOR_A_VERDICT: usize = 21;

/// Octets of a body that is streamed; without optimization fewer are enough to see whether memory grows with them.
const STREAMED: usize = if cfg!(debug_assertions) { 8 << 20 } else { 100 << 20 };

/// Octets for all of such a message, whatever they are for.
const FOR_A_STREAM: usize = 1 << 20;

/// One test, so that no other allocates beside it.
#[test]
fn few_allocations_make_a_verdict_and_none_grows_with_the_body() {
    let key = SigningKey::from_der(include_bytes!("data/keys/ed25519.pk8")).unwrap();
    let zone = zone(&key);
    let signer = Signer::new(DOMAIN, [("sel", key)], SigningOptions::default()).unwrap();
    let mail = signed(&signer, &b"Are you hungry yet?  Dinner is at eight. \r\n".repeat(80));
    // Other threads of the test harness may allocate now and then; the key is read with the first verdict.
    let least = (0..10).map(|_| count(&mail, &zone)).min().unwrap();
    assert!(least <= FOR_A_VERDICT, "{least} allocations");

    let piece = b"Words of prose  with white space that changes, \t and lines.\r\n\r\n".repeat(1024);
    let pieces = STREAMED / piece.len();
    let region = Region::new(ALLOCATOR);
    let (before, passed) = stream(&signer, &zone, &piece, pieces, &region);
    assert!(passed);
    let octets = region.change().bytes_allocated - before;
    assert!(octets < FOR_A_STREAM, "{octets} octets");
}

fn zone(key: &SigningKey) -> Zone {
    let mut zone = Zone::new();
    let name = Name::parse(format!("sel._domainkey.{DOMAIN}")).unwrap();
    zone.insert(name, Records::Txt(vec![Txt::new([key.record()])]), Duration::from_secs(300));
    zone
}

fn header() -> String {
    let fields = "Received: from mail.example.com\r\n\tby mx.example.org with ESMTPS id 4VqX0k3T\r\n\
                  Date: Fri, 20 Nov 2026 08:00:00 +0000\r\nFrom: Example Kitchen <kitchen@example.com>\r\n\
                  To: Reader <reader@example.org>\r\nSubject: Bread for the weekend,\r\n  and what  to do with it\r\n\
                  Message-ID: <20261120080000.1@mail.example.com>\r\nMIME-Version: 1.0\r\n\
                  Content-Type: text/plain; charset=us-ascii\r\n\r\n";
    fields.to_owned()
}

fn signed(signer: &Signer, body: &[u8]) -> Vec<u8> {
    let raw = [header().as_bytes(), body].concat();
    let field = signer.sign(&Message::parse(&raw).unwrap(), NOW).unwrap();
    [field.to_string().as_bytes(), &raw].concat()
}

/// Allocations for parsing a message and its verdicts.
fn count(raw: &[u8], zone: &Zone) -> usize {
    let region = Region::new(ALLOCATOR);
    let message = Message::parse(raw).unwrap();
    let verdicts = done(verify(&message, &Policy::default(), NOW), zone);
    let allocations = region.change().allocations;
    assert!(verdicts.len() == 1 && verdicts[0].outcome.is_pass());
    allocations
}

fn done(mut verification: impl Evaluation<Output = Vec<Verdict>>, zone: &Zone) -> Vec<Verdict> {
    match verification.step(zone) {
        Step::Done(verdicts) => verdicts,
        Step::Ask(_) => panic!("asks although everything is known"),
    }
}

/// Signs and verifies a body made of pieces: how much the region had before the verifier, and whether it passed.
fn stream(
    signer: &Signer,
    zone: &Zone,
    piece: &[u8],
    pieces: usize,
    region: &Region<'_, System>,
) -> (usize, bool) {
    let mut session = signer.session(NOW);
    session.feed(header().as_bytes()).unwrap();
    (0..pieces).for_each(|_| session.feed(piece).unwrap());
    let field = session.finish().unwrap().to_string();
    let raw = [field.as_bytes(), header().as_bytes()].concat();
    let before = region.change().bytes_allocated;
    assert!(before < FOR_A_STREAM, "{before} octets");
    let message = Message::parse(&raw).unwrap();
    let mut verifier = Verifier::new(&message.headers, &Policy::default(), NOW);
    (0..pieces).for_each(|_| assert!(verifier.body(piece) == mailproof::dkim::Appetite::Hungry));
    (before, done(verifier.finish(), zone)[0].outcome.is_pass())
}
