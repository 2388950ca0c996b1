//! What holds for every message: chunks and the order of answers make no difference, canonical bodies are what the
//! standard's plain reading gives, and nothing panics.

use crate::dkim_signer::{BODY, FIELD, HEADERS, Key, NOW, Recipe, outcome, verdicts, zone};
use mailproof::dkim::{Policy, Verdict, Verifier};
use mailproof::dns::{Known, Zone};
use mailproof::message::{Headers, Message};
use mailproof::{Evaluation, Step};
use proptest::collection::vec;
use proptest::prelude::*;

/// Octets among which line ends and white space are likely.
fn octets(length: usize) -> impl Strategy<Value = Vec<u8>> {
    let weighted = prop_oneof![
        6 => Just(b"\r\n".to_vec()),
        3 => Just(b"\r".to_vec()),
        2 => Just(b"\n".to_vec()),
        4 => Just(b" ".to_vec()),
        2 => Just(b"\t".to_vec()),
        3 => Just(b"a".to_vec()),
        2 => Just(b"some words of prose, long enough to fill a block of the scan, and then more".to_vec()),
        1 => any::<u8>().prop_map(|octet| vec![octet]),
    ];
    vec(weighted, 0..length).prop_map(|pieces| pieces.concat())
}

fn canon() -> impl Strategy<Value = &'static str> {
    prop_oneof![
        Just("simple/simple"),
        Just("relaxed/relaxed"),
        Just("simple/relaxed"),
        Just("relaxed/simple")
    ]
}

fn finish(verifier: Verifier, zone: &Zone) -> Vec<Verdict> {
    match verifier.finish().step(zone) {
        Step::Done(verdicts) => verdicts,
        Step::Ask(open) => panic!("{open:?}"),
    }
}

/// The message without its topmost field, and that field.
fn split_top(raw: &[u8]) -> (&[u8], &[u8]) {
    let end = raw.windows(2).position(|pair| pair == b"\r\n").unwrap() + 2;
    raw.split_at(end)
}

/// A header section of four signatures over the usual fields, one of them with an unknown key, one over another body.
fn four_signatures(body: &[u8]) -> Vec<u8> {
    let tags = |tags: &str| FIELD.replace("s=sel;", tags);
    let fields = [
        (tags("s=sel; c=relaxed/relaxed;"), body),
        (tags("s=other; c=simple/simple;"), body),
        (tags("s=sel; l=3;"), body),
        (tags("s=gone; c=relaxed/relaxed;"), body),
        (tags("s=sel; c=relaxed/simple;"), &b"another body"[..]),
    ];
    let mut raw = Vec::new();
    for (field, body) in fields {
        let signed = Recipe::of(&field).sign(&HEADERS, body);
        raw.extend(split_top(&signed).0);
    }
    raw.extend(HEADERS.join("\r\n").bytes());
    raw.extend(b"\r\n\r\n");
    raw.extend(body);
    raw
}

fn zone_of_two() -> Zone {
    let key = Key::ed25519().record();
    Zone::from_json(&format!(
        r#"{{"sel._domainkey.example.com": {{"TXT": ["{key}"]}}, "other._domainkey.example.com": {{"TXT": ["{key}"]}}}}"#
    ))
    .unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn canonical_bodies_are_those_of_a_plain_reading(body in octets(40), canon in canon(), length in 0_usize..40) {
        // The signer canonicalizes line by line, with no regard for speed.
        let recipe = Recipe::of(&FIELD.replace("s=sel;", &format!("s=sel; c={canon};")));
        let raw = recipe.sign(&HEADERS, &body);
        let zone = zone(&[&recipe.key.record()]);
        prop_assert_eq!(outcome(&raw, &zone, &Policy::default()), "pass");
        let whole = verdicts(&raw, &zone, &Policy::default()).remove(0).signed_body_octets;
        let recipe = Recipe::of(&FIELD.replace("s=sel;", &format!("s=sel; l={length}; c={canon};")));
        let raw = recipe.sign(&HEADERS, &body);
        let is_shorter = u64::try_from(length).unwrap() > whole;
        let word = verdicts(&raw, &zone, &Policy::default()).remove(0).outcome.word();
        prop_assert_eq!(word, if is_shorter { "fail" } else { "pass" });
    }

    #[test]
    fn canonical_fields_are_those_of_a_plain_reading(value in octets(20), canon in canon()) {
        // A field cannot hold a line end that is not a fold.
        let value = String::from_utf8_lossy(&value).replace("\r\n", "\r\n ");
        let subject = format!("SuBject \t:{value}x");
        let recipe = Recipe::of(&FIELD.replace("s=sel;", &format!("s=sel; c={canon};")));
        let raw = recipe.sign(&[HEADERS[0], &subject], BODY);
        prop_assert_eq!(outcome(&raw, &zone(&[&recipe.key.record()]), &Policy::default()), "pass");
    }

    #[test]
    fn chunks_and_the_order_of_answers_make_no_difference(
        body in octets(30),
        cuts in vec(any::<prop::sample::Index>(), 0..6),
        turns in vec((0_usize..3, any::<prop::sample::Index>()), 0..3),
    ) {
        let raw = four_signatures(&body);
        let zone = zone_of_two();
        let whole = verdicts(&raw, &zone, &Policy::default());
        let message = Message::parse(&raw).unwrap();
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(message.body.len() + 1)).collect();
        cuts.extend([0, message.body.len()]);
        cuts.sort_unstable();
        let mut verifier = Verifier::new(&message.headers, &Policy::default(), NOW);
        let keys = verifier.questions();
        prop_assert_eq!(keys.len(), 3);
        for (place, cut) in cuts.windows(2).enumerate() {
            // Some keys are answered while the body arrives, the rest at the end.
            for (key, _) in turns.iter().filter(|(_, turn)| turn.index(cuts.len()) == place) {
                verifier.answer(&keys[*key], &zone.recall(&keys[*key]).unwrap());
            }
            let _ = verifier.body(&message.body[cut[0]..cut[1]]);
        }
        prop_assert_eq!(finish(verifier, &zone), whole);
    }

    #[test]
    fn no_message_panics(
        field in "[ -~\r\n\t\u{80}-\u{ff}]{0,80}",
        tags in vec(("(v|a|b|bh|c|d|h|i|l|q|s|t|x|z)", "[ -:<-~\r\n]{0,12}|1|rsa-sha256|relaxed/simple|example.com|from:from"), 0..14),
        record in "[ -~]{0,60}|v=DKIM1; ?(k=(rsa|ed25519);)? ?p=[A-Za-z0-9+/=]{0,60}",
        body in octets(8),
    ) {
        let list: Vec<String> = tags.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let raw = format!(
            "DKIM-Signature:{field}\r\nDKIM-Signature: {}\r\nFrom: a@example.com\r\n\r\n",
            list.join(";")
        );
        let raw = [raw.as_bytes(), &body].concat();
        if let Ok(message) = Message::parse(&raw) {
            let verifier = Verifier::new(&message.headers, &Policy::default(), NOW);
            let questions = verifier.questions();
            let zone = zone(&[&record]);
            for verdict in finish(verifier, &zone) {
                let text = verdict.outcome.to_string();
                prop_assert!(text.bytes().all(|octet| matches!(octet, b' '..=b'~')), "{text:?}");
            }
            prop_assert!(questions.len() <= 2);
        }
    }

    #[test]
    fn no_key_record_panics(record in vec(any::<u8>(), 0..40), der in vec(any::<u8>(), 0..40)) {
        use base64::Engine;
        let p = base64::engine::general_purpose::STANDARD.encode(&der);
        let raw = Recipe::of(&FIELD.replace("ed25519-sha256", "rsa-sha256")).sign(&HEADERS, BODY);
        for record in [String::from_utf8_lossy(&record).into_owned(), format!("p={p}"), format!("k=ed25519; p={p}")] {
            prop_assert_ne!(outcome(&raw, &zone(&[&record]), &Policy::default()), "pass");
        }
    }
}

#[test]
fn every_split_of_awkward_bodies_gives_the_same_verdicts() {
    let zone = zone_of_two();
    for body in
        [&b"a \r\n\r\n \t\r\n b\r\r\n\r\n\r"[..], b"\r\n\r\nx \t \r", b" \r\n \r\n", b"\r\r\n\n\r\n \r\r\n "]
    {
        let raw = four_signatures(body);
        let whole = verdicts(&raw, &zone, &Policy::default());
        assert_eq!(whole.iter().filter(|verdict| verdict.outcome.is_pass()).count(), 3);
        let header = Message::parse(&raw).unwrap().headers;
        for first in 0..=body.len() {
            for second in first..=body.len() {
                let mut verifier = Verifier::new(&header, &Policy::default(), NOW);
                for chunk in [&body[..first], &body[first..second], &body[second..]] {
                    let _ = verifier.body(chunk);
                }
                assert_eq!(finish(verifier, &zone), whole, "{first} {second} {}", body.escape_ascii());
            }
        }
    }
}

#[test]
fn a_verifier_borrows_nothing_and_moves_between_threads() {
    fn start(raw: &[u8]) -> Verifier {
        Verifier::new(&Headers::parse(raw).unwrap(), &Policy::default(), NOW)
    }
    fn movable<T: Send + 'static>(it: T) -> T {
        it
    }
    let verifier = movable(start(&Recipe::of(FIELD).sign(&HEADERS, BODY)));
    let _verification = movable(verifier.finish());
}
