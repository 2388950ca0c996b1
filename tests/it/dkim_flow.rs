//! Header selection and the course of a verification: RFC 6376 §5.4, §6.1.

use crate::dkim_signer::{BODY, FIELD, HEADERS, Key, NOW, Recipe, outcome, selector, verdicts, zone};
use mailproof::dkim::{Appetite, Policy, Verifier};
use mailproof::dns::{Answer, Known, Question, Zone};
use mailproof::message::Message;
use mailproof::{Evaluation, Step};

fn good_zone() -> Zone {
    zone(&[&Key::ed25519().record()])
}

/// The outcome after the header section, as text, was changed.
fn outcome_after(names: &str, headers: &[&str], change: impl Fn(String) -> String) -> String {
    let raw = Recipe::of(&FIELD.replace("from:subject", names)).sign(headers, BODY);
    let raw = change(String::from_utf8(raw).unwrap());
    outcome(raw.as_bytes(), &good_zone(), &Policy::default())
}

const FROM: &str = "From: a@example.com";
const BROKEN: &str = "fail (signature did not verify)";

#[test]
fn takes_repeated_fields_from_the_bottom_up() {
    let headers = ["Received: A", "Received: B", "Received: C", FROM];
    // RFC 6376 §5.4.2: two listings of Received cover C and B.
    let judge =
        |from: &str, to: &str| outcome_after("received:from:RECEIVED", &headers, |raw| raw.replace(from, to));
    assert_eq!(judge("Received: A", "Received: X"), "pass");
    assert_eq!(judge("Received: A\r\n", ""), "pass");
    assert_eq!(judge("Received: A", "Received: 0\r\nReceived: A"), "pass");
    assert_eq!(judge("Received: B", "Received: X"), BROKEN);
    assert_eq!(judge("Received: C", "Received: X"), BROKEN);
    assert_eq!(judge("Received: C\r\n", ""), BROKEN);
    assert_eq!(judge("Received: C", "Received: C\r\nReceived: D"), BROKEN);
}

#[test]
fn fields_are_hashed_in_the_order_listed() {
    let headers = ["Subject: x", "To: y", FROM];
    assert_eq!(outcome_after("from:to:subject", &headers, |raw| raw), "pass");
    let moved = |raw: String| raw.replace("Subject: x\r\nTo: y", "To: y\r\nSubject: x");
    assert_eq!(outcome_after("from:to:subject", &headers, moved), "pass");
}

#[test]
fn what_is_listed_and_absent_must_stay_absent() {
    let add = |field: &'static str| move |raw: String| raw.replace(FROM, &format!("{FROM}\r\n{field}"));
    assert_eq!(outcome_after("from:from:x-none", &[FROM], |raw| raw), "pass");
    assert_eq!(outcome_after("from:x-none", &[FROM], add("X-None:")), BROKEN);
    assert_eq!(outcome_after("from", &[FROM], add("X-None:")), "pass");
    // RFC 6376 §8.15: a second From, above the first one or below it.
    let above = |raw: String| raw.replace(FROM, &format!("From: evil@example.net\r\n{FROM}"));
    assert_eq!(outcome_after("from", &[FROM], above), "pass");
    assert_eq!(outcome_after("from:from", &[FROM], above), BROKEN);
    assert_eq!(outcome_after("from", &[FROM], add("From: evil@example.net")), BROKEN);
}

#[test]
fn a_signature_covers_other_signatures_but_never_itself() {
    let other = "DKIM-Signature: v=1; x=y";
    let headers = ["X: 1", other, FROM];
    for names in ["from:dkim-signature", "from:dkim-signature:dkim-signature"] {
        assert_eq!(outcome_after(names, &headers, |raw| raw), "pass");
        assert_eq!(outcome_after(names, &headers, |raw| raw.replace("x=y", "x=z")), BROKEN);
    }
    // Its own field stands below the other one now: still only the other one is listed.
    let swap = |raw: String| {
        let (own, rest) = raw.split_once("\r\n").unwrap();
        rest.replace(other, &format!("{other}\r\n{own}"))
    };
    let raw = Recipe::of(&FIELD.replace("from:subject", "from:dkim-signature")).sign(&headers, BODY);
    let raw = swap(String::from_utf8(raw).unwrap());
    let outcomes: Vec<_> = verdicts(raw.as_bytes(), &good_zone(), &Policy::default())
        .into_iter()
        .map(|verdict| (verdict.field, verdict.outcome.word()))
        .collect();
    assert_eq!(outcomes, [(1, "permerror"), (2, "pass")]);
}

#[test]
fn lines_that_are_no_fields_are_never_selected() {
    let noise = |raw: String| raw.replace("To:", "no colon here\r\nbad name: x\r\nTo:");
    assert_eq!(outcome_after("from:subject:no", &HEADERS, noise), "pass");
    // RFC 5322 §4.5: white space before the colon belongs to neither name nor value.
    assert_eq!(outcome_after("from:subject", &[FROM, "Subject : x"], |raw| raw), "pass");
    let added = |raw: String| raw.replace(FROM, &format!("{FROM}\r\nSubject \t: x"));
    assert_eq!(outcome_after("from:subject", &[FROM], added), BROKEN);
}

#[test]
fn names_are_ascii_and_values_may_be_utf8() {
    let headers = ["From: J\u{f6}rg <j\u{f6}rg@example.com>", "Subject: \u{df}\u{130}"];
    assert_eq!(outcome_after("from:subject", &headers, |raw| raw), "pass");
}

#[test]
fn signatures_are_judged_each_for_itself() {
    let good = String::from_utf8(Recipe::of(FIELD).sign(&HEADERS, BODY)).unwrap();
    let (field, rest) = good.split_once("\r\n").unwrap();
    let bad = field.replace("s=sel", "s=none");
    let broken = field.replace("bh=", "bh=A");
    let raw = format!("{bad}\r\n{field}\r\nDKIM-Signature: junk\r\n{broken}\r\n{field}\r\n{rest}");
    let words: Vec<_> = verdicts(raw.as_bytes(), &good_zone(), &Policy::default())
        .into_iter()
        .map(|verdict| verdict.outcome.word())
        .collect();
    assert_eq!(words, ["permerror", "pass", "neutral", "neutral", "pass"]);
    assert!(verdicts(b"From: a@b.c\r\n\r\n", &good_zone(), &Policy::default()).is_empty());
}

#[test]
fn evaluates_no_more_signatures_than_allowed() {
    let mut policy = Policy::default();
    policy.max_signature_work = usize::MAX;
    let good = String::from_utf8(Recipe::of(FIELD).sign(&HEADERS, BODY)).unwrap();
    let (field, rest) = good.split_once("\r\n").unwrap();
    let mut raw = "DKIM-Signature: junk\r\n".to_owned();
    for number in 0..12 {
        raw += &format!("{}\r\n", field.replace("s=sel", &format!("s=sel{number}")));
    }
    raw += rest;
    let message = Message::parse(raw.as_bytes()).unwrap();
    let verifier = Verifier::new(&message.headers, &policy, NOW);
    assert_eq!(verifier.questions().len(), 10);
    let all = verdicts(raw.as_bytes(), &good_zone(), &policy);
    assert_eq!(all.len(), 13);
    let excess = "policy (not evaluated: more than 10 signatures)";
    let skipped: Vec<_> = all.iter().filter(|verdict| verdict.outcome.to_string() == excess).collect();
    assert_eq!(skipped.iter().map(|verdict| verdict.field).collect::<Vec<_>>(), [11, 12]);
    assert_eq!(skipped[0].domain.as_ref().unwrap().as_str(), "example.com");
}

#[test]
fn the_author_s_own_signature_is_not_crowded_out() {
    let good = String::from_utf8(Recipe::of(FIELD).sign(&HEADERS, BODY)).unwrap();
    let (field, rest) = good.split_once("\r\n").unwrap();
    let other = format!("{}\r\n", field.replace("d=example.com", "d=flood.example"));
    let raw = format!("{}{field}\r\n{rest}", other.repeat(20));
    let message = Message::parse(raw.as_bytes()).unwrap();
    let last = verdicts(raw.as_bytes(), &good_zone(), &Policy::default()).remove(20);
    let expected = if message.headers.author().is_ok() { "pass" } else { "policy" };
    assert_eq!(last.outcome.word(), expected);
}

#[test]
fn limits_are_named_when_they_end_a_signature() {
    let mut policy = Policy::default();
    policy.max_header_names = 2;
    policy.max_header_octets = 500;
    policy.max_body_hashes = 2;
    let tags = |text: &str| FIELD.replace("s=sel;", &format!("s=sel; {text};"));
    let judge = |raw: &[u8], policy: &Policy| -> Vec<String> {
        let all = verdicts(raw, &good_zone(), policy);
        all.iter().map(|verdict| verdict.outcome.to_string()).collect()
    };
    let many = Recipe::of(&FIELD.replace("from:subject", "from:subject:to")).sign(&HEADERS, BODY);
    assert_eq!(judge(&many, &policy), ["policy (not evaluated: more than 2 names in h=)"]);
    let long = "X: ".to_owned() + &"x".repeat(500);
    let large = Recipe::of(&FIELD.replace("from:subject", "from:x")).sign(&[HEADERS[0], &long], BODY);
    assert_eq!(
        judge(&large, &policy),
        ["policy (not evaluated: more than 500 octets of signed header fields)"]
    );
    policy = Policy::default();
    policy.max_body_hashes = 2;
    let mut raw = Recipe::of(&tags("l=1")).sign(&HEADERS, BODY);
    for field in [tags("l=2"), tags("l=3"), tags("l=1; n=x"), tags("c=simple/relaxed")] {
        let signed = Recipe::of(&field).sign(&HEADERS, BODY);
        let end = signed.windows(2).position(|pair| pair == b"\r\n").unwrap() + 2;
        raw = [&signed[..end], &raw].concat();
    }
    let excess = "policy (not evaluated: more than 2 different body hashes)";
    // From the top: relaxed, l=1, l=3, l=2, l=1; the author's domain is the same for all.
    assert_eq!(judge(&raw, &policy), ["pass", "pass", excess, excess, "pass"]);
}

/// Feeds the body to a verifier of this message octet by octet.
fn feed(verifier: &mut Verifier, body: &[u8]) -> Vec<Appetite> {
    body.chunks(1).map(|chunk| verifier.body(chunk)).collect()
}

#[test]
fn a_dead_signature_wants_no_body() {
    let raw = Recipe::of(FIELD).sign(&HEADERS, BODY);
    let message = Message::parse(&raw).unwrap();
    let question = Question::new(selector(), mailproof::dns::Kind::Txt);
    let start = || Verifier::new(&message.headers, &Policy::default(), NOW);

    let mut hungry = start();
    assert_eq!(hungry.questions(), std::slice::from_ref(&question));
    assert_eq!(hungry.appetite(), Appetite::Hungry);
    hungry.answer(&question, &good_zone().recall(&question).unwrap());
    assert!(hungry.questions().is_empty());
    assert!(feed(&mut hungry, message.body).iter().all(|appetite| *appetite == Appetite::Hungry));
    let Step::Done(verdicts) = hungry.finish().step(&()) else { panic!() };
    assert!(verdicts[0].outcome.is_pass());

    // No key, or one that does not fit: nothing of the body can help.
    for records in [&[][..], &["v=DKIM1; p="][..]] {
        let mut dead = start();
        dead.answer(&question, &zone(records).recall(&question).unwrap());
        assert_eq!(dead.appetite(), Appetite::Full);
        assert_eq!(dead.body(message.body), Appetite::Full);
        let Step::Done(verdicts) = dead.finish().step(&()) else { panic!() };
        assert_eq!(verdicts[0].outcome.word(), "permerror");
    }
    let unsigned = Message::parse(b"From: a@example.com\r\n\r\n").unwrap();
    assert_eq!(Verifier::new(&unsigned.headers, &Policy::default(), NOW).appetite(), Appetite::Full);
}

#[test]
fn a_stranger_s_answer_and_a_second_one_change_nothing() {
    let raw = Recipe::of(FIELD).sign(&HEADERS, BODY);
    let message = Message::parse(&raw).unwrap();
    let question = Question::new(selector(), mailproof::dns::Kind::Txt);
    let mut verifier = Verifier::new(&message.headers, &Policy::default(), NOW);
    let mut stranger = question.clone();
    stranger.kind = mailproof::dns::Kind::A;
    let failed = Answer::failed(mailproof::dns::Failure::Timeout);
    verifier.answer(&stranger, &failed);
    assert_eq!(verifier.questions(), std::slice::from_ref(&question));
    verifier.answer(&question, &good_zone().recall(&question).unwrap());
    verifier.answer(&question, &failed);
    assert_eq!(verifier.body(message.body), Appetite::Hungry);
    let Step::Done(verdicts) = verifier.finish().step(&()) else { panic!() };
    assert!(verdicts[0].outcome.is_pass());
}

#[test]
fn the_field_decides_before_the_key_and_the_key_before_the_hashes() {
    // RFC 6376 §6.1: every later step would fail as well.
    let tags = |text: &str| {
        let raw = Recipe::of(&FIELD.replace("s=sel;", &format!("s=sel; {text}"))).sign(&HEADERS, BODY);
        String::from_utf8(raw).unwrap().replace("lost", "won").replace("Dinner", "Lunch")
    };
    let judge = |raw: &str, record: &str| outcome(raw.as_bytes(), &zone(&[record]), &Policy::default());
    let strict = format!("{}; t=y:s", Key::ed25519().record());
    let outside = "permerror (domain mismatch: i= is not within d=)";
    assert_eq!(judge(&tags("i=@example.net; x=1;"), "v=DKIM1; p="), outside);
    assert_eq!(judge(&tags("x=1;"), "v=DKIM1; p="), "fail (signature expired)");
    assert_eq!(judge(&tags(""), "v=DKIM1; k=x; h=x; s=x; p="), "permerror (key revoked)");
    let below = "permerror (domain mismatch: the key demands that i= be in d= itself)";
    assert_eq!(judge(&tags("i=@a.example.com;"), &strict), below);
    assert_eq!(judge(&tags(""), &strict), BROKEN);
}

#[test]
fn field_names_are_compared_as_ascii() {
    // RFC 8616 §5: no other letter is the lower case of an ASCII one; U+212A is not `k`.
    let kelvin = |raw: String| raw.replace(FROM, &format!("{FROM}\r\n\u{212a}ey: 2"));
    assert_eq!(outcome_after("from:key", &[FROM, "Key: 1"], kelvin), "pass");
    let listed = "neutral (tag h= is no list of field names)";
    assert_eq!(outcome_after("from:\u{212a}ey", &[FROM, "Key: 1"], |raw| raw), listed);
}

#[test]
fn a_body_that_differs_is_told_apart_from_a_header_that_does() {
    let raw = String::from_utf8(Recipe::of(FIELD).sign(&HEADERS, BODY)).unwrap();
    let judge = |raw: &str| outcome(raw.as_bytes(), &good_zone(), &Policy::default());
    assert_eq!(judge(&raw.replace("lost", "won")), "fail (body hash did not verify)");
    assert_eq!(judge(&raw.replace("Dinner", "Lunch")), BROKEN);
    assert_eq!(judge(&raw.replace("Dinner", "Lunch").replace("lost", "won")), BROKEN);
}
