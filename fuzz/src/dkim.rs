//! DKIM signatures and keys.

use super::chunks::chunks;
use super::field::assert_printable;
use mailproof::dkim::{self, Outcome, Policy, Verdict, Verifier};
use mailproof::dns::{Known, Records, Txt, Zone};
use mailproof::message::{Headers, Message};
use mailproof::{Evaluation, Name, Step};
use std::time::Duration;

/// A message signed with `KEY`.
const SIGNED: &[u8] = b"DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed; d=example.com; s=ed; \
    h=from:subject; bh=Z9uxmd3TqkxKC7iVtjup289z5SZYlsf9yZN7McQ03o0=; \
    b=lNI5FpYAA+r8U+Z4gg+WKTeyTIjJt+oNi5w/4gst/wWWnnSggRH5PSSw7CvkwURRL/pEGil5xklACFgz/OsoDQ==\r\n\
    From: Kitchen <kitchen@example.com>\r\nSubject: Bread\r\n\r\nHello Joe,\r\n\r\nbread  and butter.\r\n";
const KEY: &str = "fGlnWb9BXRfqJB0Um+t+kLa81DwLyeB7LvyGlC0o8KM=";
const NOW: u64 = 1_795_200_000;

/// Any value of a DKIM-Signature field gives one verdict that shows nothing unprintable, and never a pass.
pub fn signature(octets: &[u8]) {
    let mut section = b"DKIM-Signature:".to_vec();
    section.extend_from_slice(octets);
    section.extend_from_slice(b"\r\nFrom: Kitchen <kitchen@example.com>\r\n");
    let Ok(headers) = Headers::parse(&section) else {
        return;
    };
    let mut verdicts = in_chunks(&headers, b"Hello Joe,\r\n", &key_zone(KEY.as_bytes()));
    let verdict = verdicts.pop().expect("one verdict for the field");
    assert!(!verdict.outcome.is_pass());
    assert_shows_nothing_odd(&verdict);
}

/// Any message gives the same verdicts whole and in pieces, whether its keys are known early or late, and the sums of
/// octets add up.
pub fn verify(octets: &[u8]) {
    let Ok(message) = Message::parse(octets) else {
        return;
    };
    let policy = Policy::default();
    let zone = key_zone(KEY.as_bytes());
    let Step::Done(whole) = dkim::verify(&message, &policy, NOW).step(&zone) else {
        panic!("asks although everything is known");
    };
    assert_eq!(whole.len(), message.headers.named("DKIM-Signature").count());
    assert_eq!(in_chunks(&message.headers, message.body, &zone), whole, "early keys, pieces");
    assert_eq!(dkim::verify(&message, &policy, NOW).run_blocking(&zone), whole, "late keys, whole");
    for verdict in &whole {
        assert_shows_nothing_odd(verdict);
        assert!(verdict.signed_fields <= message.headers.len());
    }
}

/// Any key record: the signature of the example passes only if the record holds the very key that made it.
pub fn key(octets: &[u8]) {
    let message = Message::parse(SIGNED).expect("the example is a message");
    let zone = key_zone(octets);
    let verdicts = dkim::verify(&message, &Policy::default(), NOW).run_blocking(&zone);
    let [verdict] = &verdicts[..] else {
        panic!("one signature, {} verdicts", verdicts.len());
    };
    assert_shows_nothing_odd(verdict);
    assert!(!matches!(verdict.outcome, Outcome::Neutral(_) | Outcome::Temperror(_)), "{verdict:?}");
    let dense: Vec<u8> = octets.iter().copied().filter(|octet| !octet.is_ascii_whitespace()).collect();
    // The last character holds bits that are no part of the key, and padding may be missing.
    let key = &KEY.as_bytes()[..42];
    assert!(!verdict.outcome.is_pass() || dense.windows(key.len()).any(|part| part == key), "a forged key");
}

/// The verdicts with every key answered before the body.
fn in_chunks(headers: &Headers<'_>, body: &[u8], zone: &Zone) -> Vec<Verdict> {
    let mut verifier = Verifier::new(headers, &Policy::default(), NOW);
    for question in verifier.questions() {
        let answer = zone.recall(&question).expect("a zone always knows");
        verifier.answer(&question, &answer);
    }
    for chunk in chunks(body) {
        if verifier.body(chunk) == dkim::Appetite::Full {
            break;
        }
    }
    verifier.finish().run_blocking(zone)
}

/// `record` as the key of every selector of `example.com`.
fn key_zone(record: &[u8]) -> Zone {
    let record = if record == KEY.as_bytes() { [b"k=ed25519; p=", record].concat() } else { record.to_vec() };
    let mut zone = Zone::new();
    let name = Name::parse("*._domainkey.example.com").expect("a name");
    zone.insert(name, Records::Txt(vec![Txt::new(record.chunks(255))]), Duration::from_secs(60));
    zone
}

fn assert_shows_nothing_odd(verdict: &Verdict) {
    let has_control =
        |text: &Option<String>| text.as_ref().is_some_and(|text| text.chars().any(char::is_control));
    assert!(!has_control(&verdict.identity) && !has_control(&verdict.signature_prefix));
    assert_printable(&verdict.outcome.reason().unwrap_or_default());
}
