//! Sealing (RFC 8617 §5.1).

use crate::arc_forge::{Forge, Hop, sealer, signing_key, verdict, zone};
use crate::dkim_signer::{BODY, HEADERS, NOW};
use mailproof::arc::{FieldKind, InvalidSealer, NotSealed, Outcome, Seal, Sealer, SealingOptions, Verdict};
use mailproof::authres::{AuthResults, Entry};
use mailproof::dkim::{Canonicalization, InvalidSigner, SignError};
use mailproof::edits::{self, HeaderEdit};
use mailproof::message::Message;

fn results() -> AuthResults {
    let mut results = AuthResults::new("mx.example.net");
    results.push(Entry::new("spf", "pass").with("smtp", "mailfrom", "example.com"));
    results.push(Entry::new("dmarc", "pass").with("header", "from", "example.com"));
    results
}

fn judged(raw: &[u8]) -> Verdict {
    verdict(raw, &zone(), &crate::arc_forge::patient())
}

/// Seals a message as it stands, after validating it.
fn seal_with(sealer: &Sealer, raw: &[u8]) -> Result<Seal, NotSealed> {
    sealer.seal(&Message::parse(raw).unwrap(), &judged(raw), &results(), NOW)
}

fn seal(raw: &[u8]) -> Result<Seal, NotSealed> {
    seal_with(&sealer(SealingOptions::default()), raw)
}

fn on_top(seal: &Seal, raw: &[u8]) -> Vec<u8> {
    [seal.to_string().as_bytes(), raw].concat()
}

fn tag<'a>(field: &'a str, name: &str) -> Option<&'a str> {
    let value = field.split_once(':')?.1;
    value.split(';').find_map(|tag| tag.trim().strip_prefix(name)?.strip_prefix('=')).map(str::trim)
}

#[test]
fn the_first_set_says_none_and_the_next_pass() {
    // RFC 8617 §5.1 steps 3 and 4, §5.2 step 3C.
    let mut raw = Forge::new().raw();
    for instance in 1..=3_u8 {
        let set = seal(&raw).unwrap();
        assert_eq!(set.instance(), instance);
        let [seal, signature, results] = set.fields();
        let number = instance.to_string();
        for field in [seal, signature, results] {
            assert_eq!(tag(field.as_str(), "i"), Some(number.as_str()));
        }
        let cv = if instance == 1 { "none" } else { "pass" };
        assert_eq!(tag(seal.as_str(), "cv"), Some(cv));
        assert!(
            results.value().starts_with(&format!("i={instance}; mx.example.net;\r\n arc={cv};\r\n spf=pass"))
        );
        raw = on_top(&set, &raw);
        let verdict = judged(&raw);
        assert_eq!((verdict.outcome, verdict.instances), (Outcome::Pass, instance));
        assert_eq!(verdict.oldest_pass, Some(0));
    }
}

#[test]
fn fields_stand_in_the_order_of_the_standard() {
    let set = seal(&Forge::new().raw()).unwrap();
    let kinds = set.fields().each_ref().map(|field| field.kind());
    assert_eq!(kinds, [FieldKind::Seal, FieldKind::MessageSignature, FieldKind::AuthenticationResults]);
    for field in set.fields() {
        assert_eq!(field.as_str(), format!("{}: {}\r\n", field.name(), field.value()));
        assert!(field.as_str().lines().all(|line| line.len() < 78), "{field}");
        assert!(field.as_str().lines().skip(1).all(|line| line.starts_with(' ') && line.trim() != ""));
        // RFC 8617 §4.1: the instance comes first.
        assert!(field.value().starts_with("i=1;"), "{field}");
    }
    assert_eq!(tag(set.fields()[0].as_str(), "t"), Some("1700000000"));
    assert_eq!(tag(set.fields()[0].as_str(), "h"), None);
    assert_eq!(tag(set.fields()[1].as_str(), "v"), None);
}

#[test]
fn a_set_is_put_on_top_by_edits_from_the_bottom_up() {
    let raw = Forge::new().raw();
    let mut options = SealingOptions::default();
    // Every octet counts.
    options.header_canonicalization = Canonicalization::Simple;
    let set = seal_with(&sealer(options), &raw).unwrap();
    let fields = set.fields().iter().rev();
    let edits: Vec<_> = fields.map(|field| HeaderEdit::insert_field(field.as_str()).unwrap()).collect();
    let sealed = edits::apply(&edits, &raw);
    assert_eq!(sealed, on_top(&set, &raw));
    assert_eq!(judged(&sealed).outcome, Outcome::Pass);
}

#[test]
fn a_broken_chain_is_sealed_as_failed_alone() {
    // RFC 8617 §5.1.2: the instance goes on, the seal covers its own set only.
    let mut changed = Forge::passed(2);
    changed.headers[2] = "Subject: changed".into();
    let mut gap = Forge::passed(3);
    gap.sets.remove(1);
    let mut no_instance = Forge::new();
    no_instance.headers.push("ARC-Seal: nothing".into());
    for (raw, instance) in [(changed.raw(), 3), (gap.raw(), 4), (no_instance.raw(), 1)] {
        let set = seal(&raw).unwrap();
        assert_eq!(set.instance(), instance);
        assert_eq!(tag(set.fields()[0].as_str(), "cv"), Some("fail"));
        assert!(set.fields()[2].value().contains(" arc=fail"));
        // The same set alone, had it said none, would be a chain: so its seal covers nothing else.
        let bare = on_top(&set, &Forge::new().raw());
        let found = judged(&bare).outcome.to_string();
        assert!(found.contains("says that the chain had failed before"), "{found}");
    }
}

#[test]
fn a_failed_seal_verifies_as_if_its_set_were_the_only_one() {
    use crate::dkim_signer::{Canon, canonical_field};
    use base64::Engine;
    let mut forge = Forge::passed(1);
    forge.headers[2] = "Subject: changed".into();
    let set = seal(&forge.raw()).unwrap();
    let [seal, signature, results] = set.fields().each_ref().map(|field| field.as_str().trim_end());
    let (bare, b) = seal.split_once("; b=").unwrap();
    let mut covered = Vec::new();
    for field in [results, signature] {
        covered.extend(canonical_field(Canon::Relaxed, field.as_bytes()));
        covered.extend(b"\r\n");
    }
    covered.extend(canonical_field(Canon::Relaxed, format!("{bare}; b=").as_bytes()));
    let b: String = b.split_whitespace().collect();
    let b = base64::engine::general_purpose::STANDARD.decode(b).unwrap();
    let key = ring::signature::RsaKeyPair::from_pkcs8(include_bytes!("../data/keys/rsa2048.pk8")).unwrap();
    let key = ring::signature::UnparsedPublicKey::new(
        &ring::signature::RSA_PKCS1_2048_8192_SHA256,
        key.public().as_ref().to_vec(),
    );
    key.verify(&covered, &b).unwrap();
}

#[test]
fn what_failed_before_is_not_sealed_again() {
    // RFC 8617 §5.1 step 2.
    let forge = Forge::passed(1).hop(Hop::new(2).seal("cv=pass", "cv=fail"));
    assert_eq!(seal(&forge.raw()), Err(NotSealed::FailedBefore { instance: 2 }));
}

#[test]
fn the_51st_set_is_not_added() {
    // RFC 8617 §4.2.1, §5.2 step 1.
    let raw = Forge::passed(49).raw();
    let set = seal(&raw).unwrap();
    let raw = on_top(&set, &raw);
    assert_eq!(judged(&raw).outcome, Outcome::Pass);
    assert_eq!(seal(&raw), Err(NotSealed::TooManySets { limit: 50 }));
    let raw = format!("ARC-Seal: i=51\r\n{}", String::from_utf8(Forge::new().raw()).unwrap());
    assert_eq!(seal(raw.as_bytes()), Err(NotSealed::TooManySets { limit: 50 }));
}

#[test]
fn the_verdict_must_be_about_the_chain() {
    let sealer = sealer(SealingOptions::default());
    let messages = [Forge::new().raw(), Forge::passed(1).raw(), Forge::passed(2).raw()];
    let mut broken = Forge::passed(2);
    broken.sets.remove(0);
    for raw in messages.iter().chain([&broken.raw()]) {
        for other in &messages {
            let sealed = sealer.seal(&Message::parse(raw).unwrap(), &judged(other), &results(), NOW);
            if raw == other {
                assert!(sealed.is_ok());
            } else {
                assert_eq!(sealed, Err(NotSealed::OtherChain));
            }
        }
    }
}

#[test]
fn a_message_that_was_changed_is_sealed_with_the_verdict_of_before() {
    // RFC 8617 §5.1 step 1: changes come first, and the chain was judged before them.
    let before = Forge::passed(1);
    let chain = before.verdict();
    let mut after = before.clone();
    after.headers[2] = "Subject: [list] Dinner".into();
    after.body.extend(b"footer\r\n");
    let raw = after.raw();
    let sealer = sealer(SealingOptions::default());
    let set = sealer.seal(&Message::parse(&raw).unwrap(), &chain, &results(), NOW).unwrap();
    let verdict = judged(&on_top(&set, &raw));
    assert_eq!((verdict.outcome, verdict.oldest_pass), (Outcome::Pass, Some(2)));
}

#[test]
fn the_results_say_what_the_chain_was() {
    // RFC 8617 §6; what somebody else says of the chain is put right.
    let raw = Forge::passed(1).raw();
    let message = Message::parse(&raw).unwrap();
    let sealer = sealer(SealingOptions::default());
    let mut told = AuthResults::new("mx.example.net");
    told.push(Entry::new("spf", "pass"));
    told.push(Entry::new("arc", "pass").with("smtp", "remote-ip", "2001:db8::1"));
    let value = |results: &AuthResults| {
        let set = sealer.seal(&message, &judged(&raw), results, NOW).unwrap();
        set.fields()[2].value().replace("\r\n", "")
    };
    assert_eq!(value(&told), r#"i=2; mx.example.net; arc=pass smtp.remote-ip="2001:db8::1"; spf=pass"#);
    let mut wrong = AuthResults::new("mx.example.net");
    wrong.push(Entry::new("ARC", "none"));
    wrong.push(Entry::new("arc", "fail"));
    assert_eq!(value(&wrong), "i=2; mx.example.net; arc=pass");
}

#[test]
fn message_signatures_cover_what_stays() {
    // RFC 8617 §4.1.2: DKIM-Signature fields, but neither Authentication-Results nor ARC.
    let mut forge = Forge::passed(1);
    forge.headers.extend(
        [
            "Authentication-Results: x; none",
            "DKIM-Signature: v=1; a",
            "DKIM-Signature: v=1; b",
            "Received: x",
        ]
        .map(str::to_owned),
    );
    let set = seal(&forge.raw()).unwrap();
    let names: String = tag(set.fields()[1].as_str(), "h").unwrap().split_whitespace().collect();
    assert_eq!(names, "From:To:Subject:DKIM-Signature:DKIM-Signature");
    for name in ["arc-seal", "ARC-Message-Signature", "arc-authentication-results", "Authentication-Results"]
    {
        let mut options = SealingOptions::default();
        options.signed.push(name.to_owned());
        let key = signing_key(include_bytes!("../data/keys/rsa2048.pk8"));
        let refused = Sealer::new("example.com", "rsa", key, options).unwrap_err();
        assert!(matches!(refused, InvalidSealer::Signer(InvalidSigner::Unsignable { .. })), "{name}");
    }
}

#[test]
fn ed25519_seals_only_when_permitted() {
    let key = || signing_key(include_bytes!("../data/keys/ed25519.pk8"));
    let refused = Sealer::new("example.com", "sel", key(), SealingOptions::default());
    assert_eq!(refused.unwrap_err(), InvalidSealer::Ed25519);
    let mut options = SealingOptions::default();
    options.permit_ed25519 = true;
    let sealer = Sealer::new("example.com", "sel", key(), options).unwrap();
    let raw = Forge::new().raw();
    let set = seal_with(&sealer, &raw).unwrap();
    assert_eq!(tag(set.fields()[0].as_str(), "a"), Some("ed25519-sha256"));
    assert_eq!(judged(&on_top(&set, &raw)).outcome, Outcome::Pass);
}

#[test]
fn names_that_cannot_be_published_are_refused() {
    let key = || signing_key(include_bytes!("../data/keys/rsa2048.pk8"));
    for (domain, selector) in
        [("com", "s"), ("exa mple.com", "s"), ("example.com", ""), ("example.com", "a_b")]
    {
        assert!(
            Sealer::new(domain, selector, key(), SealingOptions::default()).is_err(),
            "{domain} {selector}"
        );
    }
    let sealer = Sealer::new("Bücher.example", "S1", key(), SealingOptions::default()).unwrap();
    assert_eq!(sealer.domain().as_str(), "xn--bcher-kva.example");
    assert_eq!(sealer.selector().as_str(), "s1");
    assert!(!format!("{sealer:?}").contains("RsaKeyPair"));
}

#[test]
fn lone_line_ends_are_refused_unless_accepted() {
    let raw = format!("{}\r\n\r\nlone\nline end\r\n", HEADERS.join("\r\n")).into_bytes();
    assert_eq!(seal(&raw), Err(NotSealed::Sign(SignError::BodyLineEnd)));
    let header = format!("{}\rx\r\n\r\n", HEADERS.join("\r\n")).into_bytes();
    assert_eq!(seal(&header), Err(NotSealed::Sign(SignError::HeaderLineEnd)));
    let mut options = SealingOptions::default();
    options.accept_lone_line_ends = true;
    for raw in [raw, header] {
        let set = seal_with(&sealer(options.clone()), &raw).unwrap();
        assert_eq!(judged(&on_top(&set, &raw)).outcome, Outcome::Pass);
    }
}

#[test]
fn chunks_make_no_difference_and_every_canonicalization_verifies() {
    let raw = Forge::passed(1).raw();
    let message = Message::parse(&raw).unwrap();
    let canons = [Canonicalization::Relaxed, Canonicalization::Simple];
    for (header, body) in canons.into_iter().flat_map(|header| canons.map(|body| (header, body))) {
        let mut options = SealingOptions::default();
        options.header_canonicalization = header;
        options.body_canonicalization = body;
        options.oversigned = vec!["Subject".into(), "Reply-To".into()];
        let sealer = sealer(options);
        let whole = sealer.seal(&message, &judged(&raw), &results(), NOW).unwrap();
        for size in [1, 2, 7, BODY.len()] {
            let mut sealing = sealer.begin(&message.headers, &judged(&raw), &results(), NOW).unwrap();
            message.body.chunks(size).for_each(|chunk| sealing.body(chunk));
            assert_eq!(sealing.finish(), Ok(whole.clone()));
        }
        let sealed = on_top(&whole, &raw);
        assert_eq!(judged(&sealed).outcome, Outcome::Pass);
        // What is oversigned cannot be added.
        let forged = [b"Reply-To: eve@example.org\r\n", &sealed[..]].concat();
        assert_eq!(judged(&forged).outcome.word(), "fail");
    }
}

#[test]
fn a_body_seen_before_the_chain_was_judged_is_sealed_the_same() {
    let raw = Forge::passed(1).raw();
    let message = Message::parse(&raw).unwrap();
    let sealer = sealer(SealingOptions::default());
    let mut body = sealer.body();
    message.body.chunks(3).for_each(|chunk| body.feed(chunk));
    let seal = body.seal(&message.headers, &judged(&raw), &results(), NOW);
    assert_eq!(seal, sealer.seal(&message, &judged(&raw), &results(), NOW));
}
