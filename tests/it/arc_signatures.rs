//! The signatures of a chain (RFC 8617 §5.2 steps 4 to 7).

use crate::arc_forge::{Forge, Hop, patient, verdict, zone};
use crate::dkim_signer::{Key, NOW};
use mailproof::arc::{Cause, Fault, Outcome, Policy, SignatureOutcome, Validator, validate};
use mailproof::dkim::{self, Appetite};
use mailproof::dns::{Answer, Failure, Known, Zone};
use mailproof::message::Message;
use mailproof::{Evaluation, Step};

/// The outcome of a chain of one set.
fn one(hop: Hop) -> String {
    Forge::new().hop(hop).outcome()
}

#[test]
fn the_newest_message_signature_must_hold() {
    // RFC 8617 §5.2 step 4: header and body.
    let mut forge = Forge::passed(2);
    forge.body.extend(b"footer\r\n");
    assert_eq!(forge.outcome(), "fail (ARC-Message-Signature of set 2: body hash did not verify)");
    let mut forge = Forge::passed(2);
    forge.headers[2] = "Subject: [list] Dinner".into();
    assert_eq!(forge.outcome(), "fail (ARC-Message-Signature of set 2: signature did not verify)");
    let verdict = forge.verdict();
    assert_eq!(verdict.oldest_pass, None);
    assert!(verdict.sets[1].seal.outcome.is_pass() && !verdict.sets[1].message_signature.outcome.is_pass());
}

#[test]
fn earlier_message_signatures_tell_the_oldest_pass() {
    // RFC 8617 §5.2 step 5: it is the lowest instance that still holds, or 0, and changes nothing else.
    for hops in 1..=4 {
        for changed_after in 0..hops {
            let mut forge = Forge::passed(changed_after);
            forge.headers[2] = "Subject: [list] Dinner".into();
            for instance in changed_after + 1..=hops {
                forge = forge.hop(Hop::new(instance));
            }
            let verdict = verdict(&forge.raw(), &zone(), &patient());
            assert_eq!(verdict.outcome, Outcome::Pass);
            let oldest = if changed_after == 0 { 0 } else { changed_after + 1 };
            assert_eq!(verdict.oldest_pass, Some(u8::try_from(oldest).unwrap()));
        }
    }
}

#[test]
fn earlier_message_signatures_may_be_of_any_kind() {
    // They are part of what the seals cover, and need to be no more than in their place.
    for (from, to) in [
        ("a=ed25519-sha256", "a=rsa-sha1"),
        ("bh={bh}", "bh=?"),
        ("h=from:subject;", ""),
        ("h=from:subject", "h=from:arc-seal"),
        ("s=sel", "s=gone"),
        ("s=sel", "s=slow"),
        ("d=example.com", "d=com"),
    ] {
        let forge = Forge::new().hop(Hop::new(1).signature(from, to)).hop(Hop::new(2));
        let verdict = forge.verdict();
        assert_eq!(verdict.outcome, Outcome::Pass, "{to}");
        assert_eq!(verdict.oldest_pass, Some(2), "{to}");
    }
}

#[test]
fn the_oldest_pass_is_not_looked_for_when_not_wanted() {
    let forge = Forge::new().hop(Hop::new(1).signature("s=sel", "s=other")).hop(Hop::new(2));
    let raw = forge.raw();
    let message = Message::parse(&raw).unwrap();
    let mut policy = Policy::default();
    policy.find_oldest_pass = false;
    let validator = Validator::new(&message.headers, &policy, NOW);
    assert_eq!(validator.questions().len(), 1);
    let verdict = verdict(&raw, &zone(), &policy);
    assert_eq!((verdict.outcome, verdict.oldest_pass), (Outcome::Pass, None));
    assert_eq!(verdict.sets[0].message_signature.outcome, SignatureOutcome::Untried);
}

#[test]
fn every_seal_must_hold() {
    // RFC 8617 §5.2 step 6, from the newest down.
    for broken in 0..3 {
        let mut forge = Forge::passed(3);
        forge.sets[broken][2] = forge.sets[broken][2].replacen("t=12345", "t=12346", 1);
        // The newest seal covers the one that was changed.
        assert_eq!(forge.outcome(), "fail (ARC-Seal of set 3: signature did not verify)", "{broken}");
    }
    let mut forge = Forge::new().hop(Hop::new(1).seal("s=sel", "s=gone"));
    forge = forge.hop(Hop::new(2));
    assert_eq!(
        forge.outcome(),
        "fail (ARC-Seal of set 1: no key for signature: the selector does not exist)"
    );
    // A seal of another message.
    let mut stolen = Forge::passed(1);
    stolen.sets[0][2] =
        Forge::new().hop(Hop::new(1).results("ARC-Authentication-Results: i=1; x")).sets[0][2].clone();
    assert_eq!(stolen.outcome(), "fail (ARC-Seal of set 1: signature did not verify)");
}

#[test]
fn seals_cover_every_set_up_to_their_own() {
    // RFC 8617 §5.1.1: all three fields of each.
    for set in 0..2 {
        for kind in 0..3 {
            let mut forge = Forge::passed(2);
            let field = &mut forge.sets[set][kind];
            field.push_str(" x");
            assert!(!forge.verdict().outcome.is_pass(), "{set} {kind}");
        }
    }
    // Relaxed canonicalization alone (§4.1.3): folds and the case of names may change.
    let mut forge = Forge::passed(2);
    for field in forge.sets.iter_mut().flatten().filter(|field| !field.starts_with("ARC-Message")) {
        *field = field.replacen("; ", ";\r\n\t ", 1).replacen("ARC-", "aRc-", 1);
    }
    assert_eq!(forge.outcome(), "pass");
}

#[test]
fn seals_have_no_header_list() {
    // RFC 8617 §4.1.3: "if found, MUST result in a cv status of "fail"".
    assert_eq!(one(Hop::new(1).seal("t=12345", "h=from")), "fail (ARC-Seal of set 1: it has a tag h=)");
    // Other tags of DKIM have no meaning there.
    assert_eq!(one(Hop::new(1).seal("t=12345", "bh=?; c=?; l=?; q=?; x=1; v=2")), "pass");
}

#[test]
fn seals_need_their_tags() {
    for (from, to, said) in [
        ("a=ed25519-sha256; ", "", "signature missing required tag a="),
        ("d=example.com; ", "", "signature missing required tag d="),
        ("s=sel; ", "", "signature missing required tag s="),
        ("; b={b}", "", "signature missing required tag b="),
        ("b={b}", "b=", "tag b= is empty"),
        ("b={b}", "b=?", "tag b= is not base64"),
        ("a=ed25519-sha256", "a=rsa-md5", "unknown signature algorithm"),
        ("a=ed25519-sha256", "a=rsa-sha1", "rsa-sha1 is not accepted"),
        ("t=12345", "t=", "tag t= is empty"),
        ("t=12345", "t=now", "tag t= is no number"),
        ("d=example.com", "d=com", "tag d= is no domain name of two labels or more"),
        ("s=sel", "s=-?", "tag s= is no selector"),
        ("s=sel", "s=rsa", "inappropriate key algorithm: the key is not for this signature's algorithm"),
    ] {
        let expected = format!("fail (ARC-Seal of set 1: {said})");
        assert_eq!(one(Hop::new(1).seal(from, to)), expected, "{to}");
    }
    assert_eq!(one(Hop::new(1).seal("t=12345; ", "")), "pass");
}

#[test]
fn message_signatures_are_those_of_dkim() {
    // RFC 8617 §4.1.2: the same syntax, without v= and with another i=.
    for (from, to, said) in [
        ("bh={bh}; ", "", "signature missing required tag bh="),
        ("h=from:subject; ", "", "signature missing required tag h="),
        ("h=from:subject", "h=", "tag h= is empty"),
        ("h=from:subject", "h=from::subject", "tag h= is no list of field names"),
        ("c=relaxed/relaxed", "c=", "tag c= is empty"),
        ("c=relaxed/relaxed", "c=nofws", "unknown canonicalization"),
        ("h=from:subject", "h=from; q=x", "unknown query method"),
        ("h=from:subject", "h=from; t=2; x=1", "the signature expires before it was made"),
        ("h=from:subject", "h=from; x=1", "signature expired"),
        ("h=from:subject", "h=from; t=x", "tag t= is no number"),
        ("h=from:subject", "h=from:ARC-Seal", "it covers an ARC-Seal field"),
        ("bh={bh}", "bh=AAAA", "tag bh= is not as long as a hash"),
        ("bh={bh}", "bh=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "body hash did not verify"),
        ("a=ed25519-sha256", "a=rsa-sha1", "rsa-sha1 is not accepted"),
        ("s=sel", "s=slow", "key unavailable: slow._domainkey.example.com TXT: timeout"),
        ("h=from:subject", "h=from; l=99999", "the body is shorter than the 99999 octets signed"),
    ] {
        let expected = format!("fail (ARC-Message-Signature of set 1: {said})");
        assert_eq!(one(Hop::new(1).signature(from, to)), expected, "{to}");
    }
    for (from, to) in [
        ("c=relaxed/relaxed; ", ""),
        ("c=relaxed/relaxed", "c=relaxed"),
        ("c=relaxed/relaxed", "c=simple/simple"),
        // A version means nothing, and neither does what an identity would be.
        ("h=from:subject", "v=99; h=from:subject"),
        // RFC 8617 asks for no From.
        ("h=from:subject", "h=subject"),
        // Other fields of ARC, which a sealer must not cover, do no harm.
        ("h=from:subject", "h=from:arc-authentication-results:arc-message-signature"),
        ("h=from:subject", "h=from:subject; l=5"),
        ("a=ed25519-sha256; c=relaxed/relaxed; d=example.com; s=sel", "a=rsa-sha256; d=example.com; s=rsa"),
    ] {
        assert_eq!(one(Hop::new(1).signature(from, to)), "pass", "{to}");
    }
    assert_eq!(one(Hop::new(1).seal("a=ed25519-sha256", "a=rsa-sha256").seal("s=sel", "s=rsa")), "pass");
}

#[test]
fn an_earlier_signature_may_have_expired() {
    let hop = || Hop::new(1).signature("h=from:subject", "h=from; x=1");
    let verdict = Forge::new().hop(hop()).hop(Hop::new(2)).verdict();
    assert_eq!((verdict.outcome, verdict.oldest_pass), (Outcome::Pass, Some(0)));
}

#[test]
fn empty_names_are_accepted_when_asked_to() {
    let mut policy = Policy::default();
    policy.accept_empty_names = true;
    for names in ["h=", "h=from::subject"] {
        let mut forge = Forge::new().hop(Hop::new(1).signature("h=from:subject", names));
        assert_eq!(verdict(&forge.raw(), &zone(), &policy).outcome, Outcome::Pass);
        // Nothing that is no field is ever covered.
        forge.headers.push("no field at all".into());
        assert_eq!(verdict(&forge.raw(), &zone(), &policy).outcome, Outcome::Pass);
    }
}

#[test]
fn short_keys_and_strict_rules_are_those_of_dkim() {
    let forge = Forge::new()
        .hop(Hop::new(1).signature("a=ed25519-sha256", "a=rsa-sha256").signature("s=sel", "s=rsa"));
    let mut policy = Policy::default();
    policy.signatures.min_rsa_bits = 3072;
    let said = verdict(&forge.raw(), &zone(), &policy).outcome.to_string();
    assert_eq!(said, "fail (ARC-Message-Signature of set 1: the key is too short: 2048 bits)");
    let forge = Forge::new().hop(Hop::new(1).signature("h=from", "h=from; l=5; z=x:y; q=dns/txt"));
    let mut policy = Policy::default();
    policy.signatures.reject_partial_body = true;
    let said = verdict(&forge.raw(), &zone(), &policy).outcome.to_string();
    assert!(said.contains("octets of the body are not signed"), "{said}");
}

#[test]
fn internationalized_names_are_read() {
    // RFC 8617 §4.1.4.
    let record = Key::ed25519().record();
    let zone =
        Zone::from_json(&format!(r#"{{"sel._domainkey.xn--bcher-kva.example": {{"TXT": ["{record}"]}}}}"#))
            .unwrap();
    let hop = Hop::new(1).signature("d=example.com", "d=bücher.example");
    let forge = Forge::new().hop(hop.seal("d=example.com", "d=bücher.example"));
    let verdict = verdict(&forge.raw(), &zone, &Policy::default());
    assert_eq!(verdict.outcome, Outcome::Pass);
    assert_eq!(verdict.sets[0].seal.domain.as_ref().unwrap().as_str(), "xn--bcher-kva.example");
}

#[test]
fn failures_of_dns_are_permanent_and_told_apart() {
    // RFC 8617 §5.2.1.
    for hop in [Hop::new(1).seal("s=sel", "s=slow"), Hop::new(1).signature("s=sel", "s=slow")] {
        let verdict = Forge::new().hop(hop).verdict();
        assert_eq!(verdict.outcome.word(), "fail");
        assert_eq!(verdict.unavailable().unwrap().failure, Failure::Timeout);
    }
    let gone = Forge::new().hop(Hop::new(1).seal("s=sel", "s=gone")).verdict();
    assert_eq!((gone.outcome.word(), gone.unavailable()), ("fail", None));
}

#[test]
fn the_order_of_the_answers_makes_no_difference() {
    let forge = Forge::new()
        .hop(Hop::new(1).signature("s=sel", "s=gone"))
        .hop(Hop::new(2).seal("s=sel", "s=slow"))
        .hop(Hop::new(3).signature("s=sel", "s=rsa").seal("s=sel", "s=other"));
    let raw = forge.raw();
    let message = Message::parse(&raw).unwrap();
    let whole = verdict(&raw, &zone(), &Policy::default());
    let expected = Fault::Unusable(dkim::Unusable::OtherAlgorithm);
    let cause = Cause::MessageSignature { instance: 3, fault: expected };
    assert_eq!(whole.outcome, Outcome::Fail(cause));
    let questions = Validator::new(&message.headers, &Policy::default(), NOW).questions();
    assert_eq!(questions.len(), 5);
    for turn in 0..5 {
        for early in 0..=5 {
            let mut order = questions.clone();
            order.rotate_left(turn);
            let answers: Vec<_> = order.iter().map(|question| zone().recall(question).unwrap()).collect();
            let mut validator = Validator::new(&message.headers, &Policy::default(), NOW);
            for (question, answer) in order.iter().zip(&answers).take(early) {
                validator.answer(question, answer);
                validator.answer(question, &Answer::failed(Failure::Timeout));
            }
            for chunk in message.body.chunks(3) {
                let _ = validator.body(chunk);
            }
            let mut validation = validator.finish();
            for (question, answer) in order.iter().zip(&answers).skip(early) {
                assert!(matches!(validation.step(&()), Step::Ask(_)));
                validation.answer(question.clone(), answer.clone());
            }
            assert_eq!(validation.step(&()), Step::Done(whole.clone()));
        }
    }
}

#[test]
fn a_body_nobody_needs_is_not_wanted() {
    let mut forge = Forge::passed(1);
    forge.headers[2] = "Subject: [list] Dinner".into();
    let raw = forge.raw();
    let message = Message::parse(&raw).unwrap();
    let mut validator = Validator::new(&message.headers, &Policy::default(), NOW);
    assert_eq!(validator.appetite(), Appetite::Hungry);
    for question in validator.questions() {
        validator.answer(&question, &zone().recall(&question).unwrap());
    }
    assert_eq!(validator.appetite(), Appetite::Full);
}

#[test]
fn header_octets_are_bounded() {
    let mut forge = Forge::passed(0);
    forge.headers.push(format!("X: {}", "x".repeat(40_000)));
    let hop = |instance| Hop::new(instance).signature("h=from", "h=x:from");
    for instance in 1..=30 {
        forge = forge.hop(hop(instance));
    }
    // The newest message signature and the seals come first; the earlier ones do with what is left.
    let verdict = verdict(&forge.raw(), &zone(), &patient());
    assert_eq!(verdict.outcome, Outcome::Pass);
    let limit = 1 << 20;
    let oldest_pass = usize::from(verdict.oldest_pass.unwrap());
    assert!((10..=12).contains(&oldest_pass), "{oldest_pass}");
    let beyond = &verdict.sets[oldest_pass - 2].message_signature.outcome;
    assert_eq!(*beyond, SignatureOutcome::Fail(Fault::Forbidden(dkim::Forbidden::HeaderOctets { limit })));
    // One that is too long by itself.
    let forge = Forge::new()
        .hop(Hop::new(1).results(&format!("ARC-Authentication-Results: i=1; {}", "x".repeat(900_000))));
    let mut policy = Policy::default();
    policy.signatures.max_header_octets = 1 << 19;
    let said = crate::arc_forge::verdict(&forge.raw(), &zone(), &policy).outcome.to_string();
    assert_eq!(
        said,
        "fail (ARC-Seal of set 1: not evaluated: more than 524288 octets of signed header fields)"
    );
}

#[test]
fn body_hashes_are_bounded_and_the_newest_comes_first() {
    let forge = (1..=20).fold(Forge::new(), |forge, instance| {
        forge.hop(Hop::new(instance).signature("h=from", &format!("l={instance}; h=from")))
    });
    let verdict = verdict(&forge.raw(), &zone(), &patient());
    assert_eq!((verdict.outcome, verdict.oldest_pass), (Outcome::Pass, Some(13)));
}

#[test]
fn a_set_tells_who_sealed_and_what_was_found() {
    let forge = Forge::passed(1).hop(Hop::new(2).seal("s=sel", "s=rsa").seal("ed25519", "rsa"));
    let verdict = verdict(&forge.raw(), &zone(), &patient());
    let set = &verdict.sets[1];
    assert_eq!((set.instance, set.chain_status.word()), (2, "pass"));
    assert_eq!(set.seal.domain.as_ref().unwrap().as_str(), "example.com");
    assert_eq!(set.seal.selector.as_ref().unwrap().as_str(), "rsa");
    assert_eq!((set.seal.key_bits, set.seal.algorithm), (Some(2048), Some(dkim::Algorithm::RsaSha256)));
    assert_eq!(set.message_signature.key_bits, Some(256));
    assert_eq!(&*set.results, b" mx.example.com; spf=pass");
    assert!(set.seal.outcome.is_pass() && set.message_signature.outcome.is_pass());
}

#[test]
fn a_validation_runs_like_any_evaluation() {
    let raw = Forge::passed(2).raw();
    let message = Message::parse(&raw).unwrap();
    let validation = validate(&message, &Policy::default(), NOW);
    assert!(validation.needs_keys());
    assert_eq!(validation.run_blocking(&zone()).outcome, Outcome::Pass);
}
