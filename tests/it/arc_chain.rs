//! The form of a chain (RFC 8617 §4, §5.2 steps 1 to 3): decided without any key.

use crate::arc_forge::{Forge, Hop, outcome, patient, verdict, zone};
use crate::dkim_signer::NOW;
use mailproof::arc::{Cause, ChainStatus, FieldKind, Outcome, Policy, Validator, Verdict, validate};
use mailproof::dkim::Appetite;
use mailproof::message::Message;
use mailproof::{Evaluation, Step};

/// The verdict, for which nothing may be asked and no octet of the body be wanted.
fn at_once(raw: &[u8]) -> Verdict {
    let message = Message::parse(raw).unwrap();
    let validator = Validator::new(&message.headers, &Policy::default(), NOW);
    assert!(validator.questions().is_empty());
    assert_eq!(validator.appetite(), Appetite::Full);
    let Step::Done(verdict) = validator.finish().step(&()) else {
        panic!("asks for a key");
    };
    assert!(verdict.sets.is_empty());
    verdict
}

fn cause(forge: &Forge) -> Cause {
    match at_once(&forge.raw()).outcome {
        Outcome::Fail(cause) => cause,
        outcome => panic!("{outcome}"),
    }
}

#[test]
fn a_message_without_arc_fields_has_no_chain() {
    // RFC 8617 §5.2 step 1.
    let verdict = at_once(&Forge::new().raw());
    assert_eq!(verdict, Verdict::default());
    assert_eq!((verdict.outcome.word(), verdict.instances, verdict.oldest_pass), ("none", 0, None));
    let mut forge = Forge::new();
    forge.headers.push("ARC-Something: i=1".into());
    assert_eq!(at_once(&forge.raw()).outcome, Outcome::None);
}

#[test]
fn a_chain_of_any_length_up_to_50_passes() {
    // Of Ed25519, seven by default.
    for hops in [1, 2, 3, 7] {
        assert_eq!(Forge::passed(hops).verdict().outcome, Outcome::Pass, "{hops}");
    }
    for hops in [1, 2, 3, 50] {
        let verdict = verdict(&Forge::passed(hops).raw(), &zone(), &patient());
        assert_eq!((usize::from(verdict.instances), verdict.sets.len()), (hops, hops));
        assert_eq!((verdict.outcome, verdict.oldest_pass), (Outcome::Pass, Some(0)));
    }
}

#[test]
fn more_than_50_sets_fail() {
    // RFC 8617 §5.2 step 1.
    let mut forge = Forge::passed(1);
    for instance in 2..=60 {
        let set = forge.sets[0].clone().map(|field| field.replacen("i=1", &format!("i={instance}"), 1));
        forge.sets.push(set);
    }
    assert_eq!(cause(&forge), Cause::TooManySets { limit: 50 });
    // RFC 8617 §4.2.1: the instance itself is 50 at most, and so are the fields of one kind.
    for fields in [["i=51"; 3], ["i=99999999999999999999"; 3]] {
        let mut forge = Forge::passed(1);
        forge.sets.push([0, 1, 2].map(|kind| forge.sets[0][kind].replacen("i=1", fields[kind], 1)));
        assert_eq!(cause(&forge), Cause::TooManySets { limit: 50 });
    }
    let mut forge = Forge::passed(1);
    let seal = forge.sets[0][2].clone();
    forge.headers.extend(std::iter::repeat_n(seal, 50));
    assert_eq!(cause(&forge), Cause::TooManySets { limit: 50 });
}

#[test]
fn a_newest_seal_that_says_fail_ends_it() {
    // RFC 8617 §5.2 step 2, before the structure is looked at (step 3).
    let forge = Forge::passed(2).hop(Hop::new(3).seal("cv=pass", "cv=fail"));
    assert_eq!(cause(&forge), Cause::SealedAsFailed { instance: 3 });
    let mut broken = forge.clone();
    broken.sets.remove(0);
    assert_eq!(cause(&broken), Cause::SealedAsFailed { instance: 3 });
    assert_eq!(at_once(&broken.raw()).instances, 3);
    let forge = Forge::new().hop(Hop::new(1).seal("cv=none", "cv=fail"));
    assert_eq!(cause(&forge), Cause::SealedAsFailed { instance: 1 });
}

#[test]
fn every_set_has_each_field_once() {
    // RFC 8617 §5.2 step 3A.
    for (place, kind) in FieldKind::ALL.into_iter().enumerate() {
        for set in 0..3 {
            let instance = u8::try_from(set + 1).unwrap();
            let field = Forge::passed(3).sets[set][place].clone();
            let raw = Forge::passed(3).raw();
            let line = format!("{field}\r\n");
            let text = String::from_utf8(raw).unwrap();
            let missing = at_once(text.replacen(&line, "", 1).as_bytes());
            assert_eq!(missing.outcome, Outcome::Fail(Cause::Missing { kind, instance }));
            let twice = at_once(format!("{line}{text}").as_bytes());
            assert_eq!(twice.outcome, Outcome::Fail(Cause::Duplicate { kind, instance }));
        }
    }
}

#[test]
fn instances_have_no_gaps() {
    // RFC 8617 §5.2 step 3B.
    for gap in 0..3 {
        let mut forge = Forge::passed(4);
        forge.sets.remove(gap);
        let instance = u8::try_from(gap + 1).unwrap();
        assert_eq!(cause(&forge), Cause::MissingSet { instance });
    }
}

#[test]
fn each_seal_says_what_fits_its_place() {
    // RFC 8617 §5.2 step 3C: none in the first set, pass in the others.
    let first = |cv: &str| Forge::new().hop(Hop::new(1).seal("cv=none", cv));
    let second = |cv: &str| Forge::passed(1).hop(Hop::new(2).seal("cv=pass", cv));
    let inner = |cv: &str| Forge::passed(1).hop(Hop::new(2).seal("cv=pass", cv)).hop(Hop::new(3));
    for (forge, instance, stated) in [
        (first("cv=pass"), 1, Some(ChainStatus::Pass)),
        (second("cv=none"), 2, Some(ChainStatus::None)),
        (inner("cv=fail"), 2, Some(ChainStatus::Fail)),
        (inner("cv=none"), 2, Some(ChainStatus::None)),
        // RFC 8617 §4.4: nothing else, and in lower case.
        (first("cv=ok"), 1, None),
        (first("cv="), 1, None),
        (first("cv=NONE"), 1, None),
        (second("cv=Pass"), 2, None),
        (first("x=1"), 1, None),
    ] {
        assert_eq!(cause(&forge), Cause::ChainStatus { instance, stated });
    }
}

#[test]
fn instances_are_numbers_from_1_to_50() {
    // RFC 8617 §4.2.1, §3.9.
    for (instance, is_good) in [
        ("1", true),
        ("01", true),
        (" 1 ", true),
        ("001", false),
        ("0", false),
        ("", false),
        ("a", false),
        ("1a", false),
        ("-1", false),
        ("+1", false),
        ("1.0", false),
        ("1 1", false),
    ] {
        let value = format!("i={instance}");
        let good = Hop::new(1);
        let results = good.results.replacen("i=1", &value, 1);
        let forges = [
            (FieldKind::AuthenticationResults, Forge::new().hop(Hop::new(1).results(&results))),
            (FieldKind::MessageSignature, Forge::new().hop(Hop::new(1).signature("i=1", &value))),
            (FieldKind::Seal, Forge::new().hop(Hop::new(1).seal("i=1", &value))),
        ];
        for (kind, forge) in forges {
            if is_good {
                assert_eq!(forge.outcome(), "pass", "{value} {kind}");
            } else {
                assert_eq!(cause(&forge), Cause::Instance { kind }, "{value}");
            }
        }
    }
    let forge = Forge::new().hop(Hop::new(1).seal("i=1; ", ""));
    assert_eq!(cause(&forge), Cause::Instance { kind: FieldKind::Seal });
    let forge = Forge::new().hop(Hop::new(1).signature("i=1; ", ""));
    assert_eq!(cause(&forge), Cause::Instance { kind: FieldKind::MessageSignature });
}

#[test]
fn authentication_results_begin_with_the_instance() {
    // RFC 8617 §4.1.1; what follows may be anything.
    for (value, is_good) in [
        ("i=1; mx.example.com; none", true),
        ("(a (nested \\) comment)) i (b) = (c)\r\n 1 (d); what is this ;;", true),
        ("i=1;", true),
        ("i=1; ((((", true),
        ("mx.example.com; none", false),
        ("mx.example.com; i=1; none", false),
        ("i=1 mx.example.com; none", false),
        ("i=1", false),
        ("I=1; mx.example.com", false),
        ("i=; mx.example.com", false),
        ("(i=1; mx.example.com", false),
        ("", false),
    ] {
        let field = format!("ARC-Authentication-Results: {value}");
        let forge = Forge::new().hop(Hop::new(1).results(&field));
        if is_good {
            assert_eq!(forge.outcome(), "pass", "{value}");
        } else {
            assert_eq!(cause(&forge), Cause::Instance { kind: FieldKind::AuthenticationResults }, "{value}");
        }
    }
}

#[test]
fn signatures_are_tag_lists() {
    // RFC 6376 §3.2: unknown tags are ignored; names are unique and case-sensitive.
    let forge =
        Forge::new().hop(Hop::new(1).seal("t=12345", "zz=1; t=12345").signature("h=", "v=9; zz=1; h="));
    assert_eq!(forge.outcome(), "pass");
    let forge = Forge::new().hop(Hop::new(1).seal("t=12345", "d=example.com"));
    assert_eq!(
        at_once(&forge.raw()).outcome.to_string(),
        "fail (ARC-Seal syntax error: tag d= occurs twice)"
    );
    let forge = Forge::new().hop(Hop::new(1).signature("d=example.com;", "d=example.com;;"));
    let said = at_once(&forge.raw()).outcome.to_string();
    assert!(said.starts_with("fail (ARC-Message-Signature syntax error: an empty element"), "{said}");
    // Names of fields are not.
    let text = String::from_utf8(Forge::passed(1).raw()).unwrap();
    assert_eq!(outcome(text.replace("ARC-Seal", "arc-seal").as_bytes()), "pass");
}

#[test]
fn the_order_of_the_fields_makes_no_difference() {
    let mut forge = Forge::passed(3);
    let fields: Vec<String> = forge.sets.concat();
    forge.sets.clear();
    for turn in 0..fields.len() {
        let mut turned = forge.clone();
        turned.headers.extend(fields.iter().cycle().skip(turn).take(fields.len()).cloned());
        assert_eq!(turned.outcome(), "pass");
    }
}

#[test]
fn many_fields_take_linear_time() {
    let mut forge = Forge::new();
    let field = "ARC-Authentication-Results: i=1;".to_owned();
    forge.headers.extend(std::iter::repeat_n(field, 20_000));
    let start = std::time::Instant::now();
    assert_eq!(cause(&forge), Cause::TooManySets { limit: 50 });
    // Nested comments, quoted and not, without end.
    for value in ["(".repeat(1 << 19), "(\\".repeat(1 << 18), "()".repeat(1 << 18)] {
        let mut forge = Forge::new();
        forge.headers.push(format!("ARC-Authentication-Results: {value}i=1;"));
        assert!(!at_once(&forge.raw()).outcome.is_pass());
    }
    assert!(start.elapsed().as_secs() < 20, "{:?}", start.elapsed());
}

#[test]
fn questions_are_few_and_asked_once() {
    // RFC 8617 §9.2: 50 sets of two signatures, each under a key of its own.
    let forge = (1..=50).fold(Forge::new(), |forge, instance| {
        let (one, two) = (format!("s=a{instance}"), format!("s=b{instance}"));
        forge.hop(Hop::new(instance).signature("s=sel", &one).seal("s=sel", &two))
    });
    let raw = forge.raw();
    let message = Message::parse(&raw).unwrap();
    assert_eq!(Validator::new(&message.headers, &patient(), NOW).questions().len(), 100);
    let usual = Forge::passed(50).raw();
    let usual = Message::parse(&usual).unwrap();
    assert_eq!(Validator::new(&usual.headers, &patient(), NOW).questions().len(), 1);
    // All of them in one round.
    let mut validation = validate(&message, &patient(), NOW);
    let Step::Ask(open) = validation.step(&()) else { panic!() };
    assert_eq!(open.len(), 100);
    assert!(!matches!(verdict(&raw, &zone(), &Policy::default()).outcome, Outcome::Pass));
}

#[test]
fn earlier_message_signatures_get_what_the_seals_leave() {
    // RFC 6376 §8.13: six of Ed25519, of 8 each, within three quarters of 64. The newest and the seals come first.
    let oldest = |hops| Forge::passed(hops).verdict().oldest_pass.unwrap();
    assert_eq!((oldest(3), oldest(4), oldest(7)), (0, 3, 7));
    // With seals that cost more than the whole the chain does not hold.
    let mut policy = Policy::default();
    policy.signatures.max_signature_work = 17;
    let said = |hops: usize| verdict(&Forge::passed(hops).raw(), &zone(), &policy).outcome.to_string();
    assert_eq!(said(1), "pass");
    assert_eq!(
        said(2),
        "fail (ARC-Seal of set 1: not evaluated: signatures that cost more than 17 of 1024 bits)"
    );
}

#[test]
fn a_signature_that_cannot_hold_asks_for_no_key() {
    // RFC 8617 §5.2 steps 4 and 6 stop at the first; what is known without DNS comes before.
    for forge in [
        Forge::passed(2).hop(Hop::new(3).signature("b={b}", "x=1; b={b}")),
        Forge::passed(2).hop(Hop::new(3).signature("bh={bh}; ", "")),
        Forge::passed(2).hop(Hop::new(3).seal("t=12345", "h=from")),
        Forge::new().hop(Hop::new(1).seal("s=sel; ", "")).hop(Hop::new(2)),
    ] {
        let raw = forge.raw();
        let message = Message::parse(&raw).unwrap();
        let validator = Validator::new(&message.headers, &Policy::default(), NOW);
        assert_eq!((validator.questions(), validator.appetite()), (Vec::new(), Appetite::Full));
        let Step::Done(verdict) = validator.finish().step(&()) else {
            panic!("asks for a key");
        };
        assert_eq!((verdict.outcome.word(), verdict.sets.len()), ("fail", usize::from(verdict.instances)));
    }
    // An earlier message signature does not fail the chain.
    let odd = Forge::new().hop(Hop::new(1).signature("bh={bh}; ", "")).hop(Hop::new(2));
    assert_eq!((odd.outcome().as_str(), odd.verdict().oldest_pass), ("pass", Some(2)));
}
