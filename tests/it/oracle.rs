//! Agreement with mail-auth: what it signs we verify, what was changed since we do not.
//!
//! The messages are legal mail with CRLF line ends only. mail-auth takes a lone LF for a line end and drops a lone CR;
//! here both are content (RFC 6376 §3.4, RFC 5322 §2.3), so on such mail the two differ by intent.
//!
//! Nor are bodies compared whose last lines hold white space and nothing else. By RFC 6376 §3.4.4 the relaxed algorithm
//! first takes away the white space at the ends of lines and then the empty lines at the end, so they vanish; this
//! version of mail-auth keeps them as empty lines.

use super::peer::{DOMAIN, Key, Peer, Relaxed, SELECTOR};
use mailproof::dkim::{self, Outcome, Policy};
use mailproof::dns::{Records, Txt, Zone};
use mailproof::message::Message;
use mailproof::{Evaluation, Name};
use proptest::prelude::*;
use std::time::Duration;

const NAMES: [&str; 4] = ["From", "To", "Subject", "X-Odd"];
/// Cases of each property; signing with RSA is slow.
const CASES: u32 = 64;

/// Text without line ends: words, and white space of all kinds between, before and behind them.
fn line() -> impl Strategy<Value = String> {
    let piece = prop_oneof![4 => "[!-~]{1,9}", 3 => "[ \t]{1,3}", 1 => Just(" \t ".to_owned())];
    proptest::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

/// A field value: lines folded with white space, none of them of white space only (RFC 5322 §3.2.2).
fn value() -> impl Strategy<Value = String> {
    let continuation = ("[ \t]{1,3}", "[!-~]{1,6}", line());
    let fold = continuation.prop_map(|(white, word, rest)| format!("\r\n{white}{word}{rest}"));
    let folds = proptest::collection::vec(fold, 0..3);
    ("[ \t]{0,2}", "[!-~]{1,6}", line(), folds)
        .prop_map(|(white, word, rest, folds)| format!("{white}{word}{rest}{}", folds.concat()))
}

/// Lines, many of them empty or blank, the last one perhaps without its CRLF.
fn body() -> impl Strategy<Value = String> {
    let text = prop_oneof![3 => line(), 1 => Just(String::new()), 1 => Just(" \t".to_owned())];
    let lines = (proptest::collection::vec(text, 0..12), any::<bool>()).prop_map(|(lines, ends)| {
        let body = lines.join("\r\n");
        if ends { body + "\r\n" } else { body }
    });
    lines.prop_filter("blank lines at the end", |body| !ends_in_blank_lines(body.as_bytes()))
}

/// Whether a line of white space only stands among the last lines, behind all text.
fn ends_in_blank_lines(body: &[u8]) -> bool {
    let behind_text = body.iter().rposition(u8::is_ascii_graphic).map_or(body, |last| {
        let rest = &body[last + 1..];
        rest.iter().position(|octet| *octet == b'\r').map_or(&[], |end_of_line| &rest[end_of_line..])
    });
    behind_text.contains(&b' ') || behind_text.contains(&b'\t')
}

/// A message, with names in odd case, fields that stand several times, and white space before the colon never, since
/// RFC 5322 §4.5 makes that obsolete.
fn message() -> impl Strategy<Value = String> {
    let name = prop_oneof![Just("To"), Just("SUBJECT"), Just("x-odd"), Just("X-Odd"), Just("X-Unsigned")];
    let fields = proptest::collection::vec((name, value()), 0..6);
    (fields, body()).prop_map(|(fields, body)| {
        let fields: String = fields.iter().map(|(name, value)| format!("{name}:{value}\r\n")).collect();
        format!("From: Joe <joe@{DOMAIN}>\r\n{fields}\r\n{body}")
    })
}

fn key() -> impl Strategy<Value = Key> {
    prop_oneof![Just(Key::Ed25519), Just(Key::Rsa2048)]
}

fn relaxed() -> impl Strategy<Value = Relaxed> {
    any::<(bool, bool)>().prop_map(|(header, body)| Relaxed { header, body })
}

fn verdict(raw: &[u8], key: Key) -> Outcome {
    let mut zone = Zone::new();
    let name = Name::parse(key_name()).unwrap();
    let record = key.record();
    zone.insert(name, Records::Txt(vec![Txt::new(record.as_bytes().chunks(255))]), Duration::ZERO);
    let message = Message::parse(raw).unwrap();
    let mut verdicts = dkim::verify(&message, &Policy::default(), 1_800_000_000).run_blocking(&zone);
    assert_eq!(verdicts.len(), 1);
    verdicts.pop().unwrap().outcome
}

fn key_name() -> String {
    format!("{SELECTOR}._domainkey.{DOMAIN}")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: CASES, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn verifies_what_another_implementation_signs(
        message in message(), key in key(), relaxed in relaxed()
    ) {
        let signed = key.sign(message.as_bytes(), &NAMES, relaxed);
        prop_assert_eq!(verdict(&signed, key), Outcome::Pass, "{:?}", String::from_utf8_lossy(&signed));
    }

    /// One octet of what is signed becomes another letter: in the From field, or in the body.
    #[test]
    fn does_not_verify_what_was_changed(
        message in message(), key in key(), relaxed in relaxed(), place in any::<prop::sample::Index>()
    ) {
        let mut signed = key.sign(message.as_bytes(), &NAMES, relaxed);
        let start = signed.len() - message.len();
        let end_of_header = start + message.find("\r\n\r\n").unwrap();
        let end_of_from = start + message.find("\r\n").unwrap();
        let may_change = |at: &usize| {
            signed[*at].is_ascii_graphic()
                && ((start + "From:".len()..end_of_from).contains(at) || *at >= end_of_header)
        };
        let places: Vec<usize> = (start..signed.len()).filter(may_change).collect();
        let at = places[place.index(places.len())];
        signed[at] = if signed[at] == b'x' { b'y' } else { b'x' };
        let outcome = verdict(&signed, key);
        prop_assert!(matches!(outcome, Outcome::Fail(_)), "{outcome} {:?}", String::from_utf8_lossy(&signed));
    }

    /// Lines and white space are put in, taken out and changed; whether that matters depends on the canonicalization,
    /// and both must say the same.
    #[test]
    fn agrees_about_white_space(
        message in message(), key in key(), relaxed in relaxed(),
        place in any::<prop::sample::Index>(),
        white in prop_oneof![Just(" "), Just("\t"), Just("\r\n"), Just(" \r\n"), Just("\r\n\r\n")]
    ) {
        let signed = key.sign(message.as_bytes(), &NAMES, relaxed);
        let start_of_body = signed.len() - message.len() + message.find("\r\n\r\n").unwrap() + 4;
        let mut at = start_of_body + place.index(signed.len() - start_of_body + 1);
        // Not between CR and LF, which would leave each alone.
        at -= usize::from(at > start_of_body && signed[at - 1] == b'\r');
        let changed = [&signed[..at], white.as_bytes(), &signed[at..]].concat();
        prop_assume!(!ends_in_blank_lines(&changed[start_of_body..]));
        let peer = Peer::new().with(&key_name(), &key.record());
        let ours = verdict(&changed, key).is_pass();
        prop_assert_eq!(ours, peer.verifies(&changed), "{:?}", String::from_utf8_lossy(&changed));
    }
}

#[test]
fn every_pair_of_canonicalizations_is_signed() {
    for header in [false, true] {
        for body in [false, true] {
            for key in [Key::Ed25519, Key::Rsa2048] {
                let message = format!("From: joe@{DOMAIN}\r\nSubject: a\t b \r\n  c\r\n\r\n x \t y \r\n\r\n");
                let signed = key.sign(message.as_bytes(), &NAMES, Relaxed { header, body });
                let canonicalization = format!("c={}/{}", word(header), word(body));
                assert!(String::from_utf8_lossy(&signed).contains(&canonicalization), "{canonicalization}");
                assert_eq!(verdict(&signed, key), Outcome::Pass, "{canonicalization} {key:?}");
            }
        }
    }
}

fn word(relaxed: bool) -> &'static str {
    if relaxed { "relaxed" } else { "simple" }
}
