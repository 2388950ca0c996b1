//! What holds for every chain: what is sealed validates, after any number of hops and in any chunks, and nothing that
//! is covered can be changed.

use crate::arc_forge::{signing_key, verdict, zone};
use crate::dkim_signer::NOW;
use mailproof::arc::{Outcome, Sealer, SealingOptions, Validator, Verdict};
use mailproof::authres::{AuthResults, Entry};
use mailproof::dkim::Canonicalization;
use mailproof::dns::Known;
use mailproof::message::Message;
use mailproof::{Evaluation, Step};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

/// A header section and a body without lone line ends.
fn mail() -> impl Strategy<Value = (Vec<String>, String)> {
    let line = "[ -~\t]{0,40}";
    let name = prop_oneof![
        Just("Subject"),
        Just("To"),
        Just("DKIM-Signature"),
        Just("X-Other"),
        Just("MIME-Version"),
        Just("Received")
    ];
    let field =
        (name, "[!-~]{1,9}", line).prop_map(|(name, first, rest)| format!("{name}: {first}\r\n {rest}x"));
    (vec(field, 0..6), vec(line, 0..6)).prop_map(|(mut fields, lines)| {
        fields.insert(fields.len() / 2, "From: joe@example.com".into());
        (fields, lines.iter().map(|line| format!("{line}\r\n")).collect())
    })
}

fn sealer(is_simple: bool) -> Sealer {
    let mut options = SealingOptions::default();
    options.permit_ed25519 = true;
    if is_simple {
        options.header_canonicalization = Canonicalization::Simple;
        options.body_canonicalization = Canonicalization::Simple;
    }
    let key = signing_key(include_bytes!("../data/keys/ed25519.pk8"));
    Sealer::new("example.com", "sel", key, options).unwrap()
}

fn judged(raw: &[u8]) -> Verdict {
    verdict(raw, &zone(), &crate::arc_forge::patient())
}

fn hop(raw: &[u8], is_simple: bool) -> Vec<u8> {
    let mut results = AuthResults::new("mx.example.com");
    results.push(
        Entry::new("spf", "pass").with_reason("a long enough reason to be folded over some lines of text"),
    );
    let message = Message::parse(raw).unwrap();
    let seal = sealer(is_simple).seal(&message, &judged(raw), &results, NOW).unwrap();
    [seal.to_string().as_bytes(), raw].concat()
}

fn raw((fields, body): &(Vec<String>, String)) -> Vec<u8> {
    format!("{}\r\n\r\n{body}", fields.join("\r\n")).into_bytes()
}

/// The verdict, with some keys told early, and the body in chunks.
fn in_pieces(raw: &[u8], cuts: &[Index], early: bool) -> Verdict {
    let message = Message::parse(raw).unwrap();
    let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(message.body.len() + 1)).collect();
    cuts.extend([0, message.body.len()]);
    cuts.sort_unstable();
    let mut validator = Validator::new(&message.headers, &crate::arc_forge::patient(), NOW);
    for question in if early { validator.questions() } else { Vec::new() } {
        validator.answer(&question, &zone().recall(&question).unwrap());
    }
    for pair in cuts.windows(2) {
        let _ = validator.body(&message.body[pair[0]..pair[1]]);
    }
    match validator.finish().step(&zone()) {
        Step::Done(verdict) => verdict,
        Step::Ask(open) => panic!("{open:?}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_sealed_validates(
        mail in mail(),
        hops in prop_oneof![4 => 1_usize..6, 1 => 6_usize..51],
        changed in any::<Index>(),
        simple in vec(any::<bool>(), 50),
        cuts in vec(any::<Index>(), 0..5),
        early in any::<bool>(),
    ) {
        let mut raw = raw(&mail);
        // Before one of the hops, or none, something is added that every signature before covers.
        let changed = changed.index(hops + 1);
        for (instance, is_simple) in simple.iter().copied().enumerate().take(hops) {
            let chain = judged(&raw);
            prop_assert_eq!(usize::from(chain.instances), instance);
            if instance == changed && instance > 0 {
                let mut changed = raw.clone();
                changed.extend(b"a footer\r\n");
                let message = Message::parse(&changed).unwrap();
                let seal = sealer(is_simple).seal(&message, &chain, &AuthResults::new("x.example"), NOW);
                raw = [seal.unwrap().to_string().as_bytes(), &changed].concat();
            } else {
                raw = hop(&raw, is_simple);
            }
        }
        let verdict = judged(&raw);
        prop_assert_eq!(&verdict.outcome, &Outcome::Pass);
        let oldest = if (1..hops).contains(&changed) { changed + 1 } else { 0 };
        prop_assert_eq!(verdict.oldest_pass, Some(u8::try_from(oldest).unwrap()));
        prop_assert_eq!(in_pieces(&raw, &cuts, early), verdict);
    }

    #[test]
    fn nothing_that_is_covered_can_be_changed(
        mail in mail(),
        hops in 1_usize..4,
        place in any::<Index>(),
        octet in 0x21_u8..0x7f,
    ) {
        let raw = (0..hops).fold(raw(&mail), |raw, _| hop(&raw, false));
        let place = place.index(raw.len());
        // White space may change in relaxed canonicalization.
        prop_assume!(raw[place].is_ascii_graphic() && raw[place] != octet);
        let mut changed = raw.clone();
        changed[place] = octet;
        let Ok(message) = Message::parse(&changed) else {
            return Ok(());
        };
        let verdict = judged(&changed);
        let field = field_at(&raw, place);
        let is_free = match &field {
            // What stands in no field that is signed, or in the case of a name.
            Some(name) if ["X-Other", "Received"].contains(&name.as_str()) => true,
            Some(_) => same_but_for_names(&raw, &changed),
            None => false,
        };
        // The last character of base64 may hold bits that mean nothing, and other digits may mean the same.
        let is_same = verdict.outcome.is_pass() && is_in_base64(&raw, place);
        prop_assert!(is_free || is_same || !verdict.outcome.is_pass(), "{}", message.headers.len());
    }
}

/// The name of the field at an octet; none in the body.
fn field_at(raw: &[u8], place: usize) -> Option<String> {
    let message = Message::parse(raw).unwrap();
    if place + message.body.len() >= raw.len() {
        return None;
    }
    let mut start = 0;
    for field in message.headers.iter() {
        start += field.raw().len() + 2;
        if place < start {
            return Some(String::from_utf8_lossy(field.name()).into_owned());
        }
    }
    None
}

/// Whether only the case of field names differs.
fn same_but_for_names(one: &[u8], other: &[u8]) -> bool {
    let (one, other) = (Message::parse(one).unwrap(), Message::parse(other).unwrap());
    one.body == other.body
        && one.headers.len() == other.headers.len()
        && one
            .headers
            .iter()
            .zip(other.headers.iter())
            .all(|(one, other)| one.name().eq_ignore_ascii_case(other.name()) && one.value() == other.value())
}

/// Whether an octet stands just before padding or the end of a base64 value.
fn is_in_base64(raw: &[u8], place: usize) -> bool {
    matches!(raw.get(place + 1), Some(b'=' | b';' | b'\r')) || raw[place] == b'='
}
