//! How often a check asks for memory, once DNS is known and its answers are parsed. A binary of its own, with one test:
//! the counts are those of the whole process.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use mailproof::dkim::{self, Policy, Signer, SigningOptions};
use mailproof::dmarc::{self, Evidence, Settings};
use mailproof::dns::{Records, Txt, Zone};
use mailproof::message::Message;
use mailproof::spf::{self, Request};
use mailproof::{Authenticator, Connection, Evaluation, Name, Report, SigningKey, Step};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use std::alloc::System;
use std::time::Duration;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const NOW: u64 = 1_800_000_000;
const CLIENT: [u8; 4] = [192, 0, 2, 25];
const HELO: &str = "mail7.example.com";
const SENDER: &str = "bounces@example.com";

/// Allocations at most, growth of what was allocated counted as one.
const PARTS: [(&str, usize); 6] = [
    ("SPF of HELO", 1),
    ("SPF of MAIL FROM", 3),
    ("DMARC", 3),
    ("field", 3),
    // What a verdict costs beyond DKIM: both identities, DMARC with the search for the organizational domain, and
    // the author, the answers and the report.
    ("verdict without DKIM", 11),
    ("verdict", 23),
];

/// Allocations of `work` when it has been done before.
fn count<T>(mut work: impl FnMut() -> T) -> usize {
    for _ in 0..3 {
        work();
    }
    let region = Region::new(ALLOCATOR);
    let made = work();
    let counts = region.change();
    drop(made);
    counts.allocations + counts.reallocations
}

fn done<E: Evaluation>(mut evaluation: E, zone: &Zone) -> E::Output {
    match evaluation.step(zone) {
        Step::Done(output) => output,
        Step::Ask(open) => panic!("asks {open:?} although everything is known"),
    }
}

#[test]
fn a_typical_message_stays_within_its_budget() {
    let (raw, zone) = (message(), zone());
    let author = Name::parse("example.com").unwrap();
    let mut authenticator = Authenticator::new("mx.example.org");
    authenticator.iprev = false;
    let check = || -> Report {
        let message = Message::parse(&raw).unwrap();
        let connection = Connection::new(CLIENT.into(), HELO, SENDER).at(NOW);
        done(authenticator.check(&message, connection), &zone)
    };
    let report = check();
    assert_eq!(report.auth_results_field().matches("=pass").count(), 4, "{}", report.auth_results());

    let helo = count(|| done(spf::check(Request::helo(CLIENT.into(), HELO)), &zone));
    let mail_from = count(|| done(spf::check(Request::mail_from(CLIENT.into(), HELO, SENDER)), &zone));
    let signatures = count(|| {
        let message = Message::parse(&raw).unwrap();
        done(dkim::verify(&message, &Policy::default(), NOW), &zone)
    });
    let alignment = count(|| {
        let evidence = Evidence { dkim: vec![author.clone()], ..Evidence::default() };
        done(dmarc::check(author.clone(), evidence, &Settings::default()), &zone)
    });
    let field = count(|| report.auth_results_field());
    let verdict = count(check);

    let counts = [helo, mail_from, alignment, field, verdict - signatures, verdict];
    println!("DKIM, with the reading of the header section: {signatures}");
    let lines = PARTS.iter().zip(counts).map(|((part, limit), count)| format!("{part}: {count} of {limit}"));
    let told = lines.collect::<Vec<_>>().join("\n");
    println!("{told}");
    assert!(
        PARTS.iter().zip(counts).all(|((_, limit), count)| count <= *limit),
        "too many allocations\n{told}"
    );
}

fn zone() -> Zone {
    let key = STANDARD.encode(include_bytes!("data/keys/rsa2048.spki"));
    let mut zone = Zone::new();
    for (name, record) in [
        ("example.com", "v=spf1 ip4:192.0.2.0/24 -all"),
        (HELO, "v=spf1 ip4:192.0.2.25 -all"),
        ("_dmarc.example.com", "v=DMARC1; p=reject; sp=quarantine; rua=mailto:dmarc@example.com"),
        ("s2026._domainkey.example.com", &format!("v=DKIM1; k=rsa; p={key}")),
    ] {
        let records = Records::Txt(vec![Txt::new(record.as_bytes().chunks(255))]);
        zone.insert(Name::parse(name).unwrap(), records, Duration::from_secs(300));
    }
    zone
}

/// 5 KB, signed by the author's domain.
fn message() -> Vec<u8> {
    let header = "Received: from mail7.example.com (mail7.example.com [192.0.2.25])\r\n\tby mx.example.org with ESMTPS;\r\n\t\
                  Fri, 20 Nov 2026 08:00:03 +0000\r\n\
                  Date: Fri, 20 Nov 2026 08:00:00 +0000\r\n\
                  From: Example Kitchen <kitchen@example.com>\r\n\
                  Reply-To: Kitchen Support <support@example.com>\r\n\
                  To: Reader <reader@example.org>\r\n\
                  Subject: Bread for the weekend,\r\n  and what  to do with the crumbs\r\n\
                  Message-ID: <20261120080000.1@mail7.example.com>\r\n\
                  MIME-Version: 1.0\r\n\
                  Content-Type: text/plain; charset=us-ascii\r\n\
                  X-Mailer: kneader 3.1\r\n";
    let body = "Knead the dough for ten minutes, let it rest for an hour, and knead it again.\r\n".repeat(64);
    let message = [header, "\r\n", &body].concat();
    let pem = STANDARD.encode(include_bytes!("data/keys/rsa2048.pk8"));
    let key = format!("-----BEGIN PRIVATE KEY-----\n{pem}\n-----END PRIVATE KEY-----\n");
    let key = SigningKey::from_pem(key.as_bytes()).unwrap();
    let signer = Signer::new("example.com", [("s2026", key)], SigningOptions::default()).unwrap();
    let signed = signer.sign(&Message::parse(message.as_bytes()).unwrap(), NOW).unwrap();
    [signed.to_string().as_bytes(), message.as_bytes()].concat()
}
