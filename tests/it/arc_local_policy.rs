//! When a chain excuses a message that fails DMARC (RFC 8617 §7.2.1): only for trusted sealers, one and all.

use crate::arc_forge::{Forge, Hop, zone};
use crate::dkim_signer::{Key, NOW};
use mailproof::arc::{Override, Testimony, local_policy};
use mailproof::dmarc::Policy;
use mailproof::dns::Zone;
use mailproof::message::Message;
use mailproof::{Authenticator, Connection, Evaluation, Name, Report};

/// The author domain is example.com; the sealers are below it, or forwarder.example and list.example.
fn world(record: &str) -> Zone {
    let key = Key::ed25519().record();
    Zone::from_json(&format!(
        r#"{{"_dmarc.example.com": {{"TXT": ["{record}"]}},
             "sel._domainkey.example.com": {{"TXT": ["{key}"]}},
             "slow._domainkey.example.com": {{"TXT": "TIMEOUT"}},
             "sel._domainkey.list.example": {{"TXT": ["{key}"]}},
             "sel._domainkey.a.list.example": {{"TXT": ["{key}"]}},
             "sel._domainkey.forwarder.example": {{"TXT": ["{key}"]}}}}"#
    ))
    .unwrap()
}

fn hop(instance: usize, sealer: &str, results: &str) -> Hop {
    Hop::new(instance)
        .seal("d=example.com", &format!("d={sealer}"))
        .results(&format!("ARC-Authentication-Results: i={instance}; mx.{sealer}; {results}"))
}

fn report_of(forge: &Forge, trusted: &[&str], record: &str) -> Report {
    let raw = forge.raw();
    let mut authenticator = Authenticator::new("mx.example.org");
    authenticator.trusted_sealers = trusted.iter().map(|name| Name::parse(name).unwrap()).collect();
    let connection =
        Connection::new("192.0.2.1".parse().unwrap(), "list.example", "bounce@list.example").at(NOW);
    authenticator.check(&Message::parse(&raw).unwrap(), connection).run_blocking(&world(record))
}

fn overridden(forge: &Forge, trusted: &[&str]) -> Option<Override> {
    report_of(forge, trusted, "v=DMARC1; p=reject").dmarc_override
}

const PASS: &str = "arc=none smtp.remote-ip=192.0.2.7; dmarc=pass header.from=example.com";
const FAIL: &str = "arc=pass; dmarc=fail header.from=example.com";

#[test]
fn nobody_is_trusted_by_default() {
    let forge = Forge::new().hop(hop(1, "list.example", PASS));
    let report = report_of(&forge, &[], "v=DMARC1; p=reject");
    assert!(report.arc.outcome.is_pass());
    assert_eq!(report.dmarc_override, None);
    assert_eq!((report.dmarc.outcome.word(), report.disposition()), ("fail", Policy::Reject));
    let json = report.to_json();
    assert_eq!(json["dmarc"]["disposition"], "reject");
    assert!(json["dmarc"]["override"].is_null());
}

#[test]
fn a_trusted_sealer_overrides_the_disposition_and_nothing_else() {
    let forge = Forge::new().hop(hop(1, "forwarder.example", PASS)).hop(hop(2, "list.example", FAIL));
    let report = report_of(&forge, &["list.example", "forwarder.example"], "v=DMARC1; p=reject");
    let why = report.dmarc_override.clone().unwrap();
    assert_eq!(
        (why.instance, why.sealer.as_str(), why.testimony),
        (1, "forwarder.example", Testimony::Dmarc)
    );
    // RFC 8617 §7.2.2.
    assert_eq!(
        why.comment,
        "arc=pass as[2].d=list.example as[2].s=sel as[1].d=forwarder.example as[1].s=sel remote-ip[1]=192.0.2.7"
    );
    assert_eq!((report.dmarc.outcome.word(), report.dmarc.disposition), ("fail", Policy::Reject));
    assert_eq!(report.disposition(), Policy::None);
    let json = report.to_json();
    assert_eq!(json["dmarc"]["result"], "fail");
    assert_eq!(json["dmarc"]["policy"], "reject");
    assert_eq!(json["dmarc"]["disposition"], "none");
    assert_eq!(json["dmarc"]["override"]["type"], "local_policy");
    assert_eq!(json["dmarc"]["override"]["comment"], why.comment.as_str());
    assert_eq!(report.auth_results_field(), report.auth_results().field());
    let field = report.auth_results().to_string();
    assert!(
        field.contains("dmarc=fail (p=reject; local policy: forwarder.example reported dmarc=pass)"),
        "{field}"
    );
}

#[test]
fn every_sealer_since_must_be_trusted() {
    let forge = Forge::new().hop(hop(1, "forwarder.example", PASS)).hop(hop(2, "list.example", FAIL));
    assert!(overridden(&forge, &["forwarder.example", "list.example"]).is_some());
    assert_eq!(overridden(&forge, &["forwarder.example"]), None);
    assert_eq!(overridden(&forge, &["list.example"]), None);
    // Whoever sealed before need not be.
    let forge = Forge::new().hop(hop(1, "forwarder.example", FAIL)).hop(hop(2, "list.example", PASS));
    assert_eq!(overridden(&forge, &["list.example"]).unwrap().instance, 2);
    // The name is the name, not one above it.
    let forge = Forge::new().hop(hop(1, "a.list.example", PASS));
    assert_eq!(overridden(&forge, &["list.example"]), None);
    assert!(overridden(&forge, &["A.List.example"]).is_some());
}

#[test]
fn a_chain_that_does_not_pass_says_nothing() {
    // RFC 8617 §5.2: "MUST be treated the same as a message with no Authenticated Received Chain".
    let mut forge = Forge::new().hop(hop(1, "list.example", PASS));
    forge.body.extend(b"more\r\n");
    assert_eq!(overridden(&forge, &["list.example"]), None);
    let forge = Forge::new().hop(hop(1, "list.example", PASS).seal("t=12345", "h=from"));
    assert_eq!(overridden(&forge, &["list.example"]), None);
}

#[test]
fn only_what_speaks_of_this_author_counts() {
    let told = |results: &str, record: &str| {
        let forge = Forge::new().hop(hop(1, "list.example", results));
        report_of(&forge, &["list.example"], record).dmarc_override.map(|why| why.testimony)
    };
    let relaxed = "v=DMARC1; p=reject";
    let strict = "v=DMARC1; p=reject; adkim=s; aspf=s";
    for (results, record, expected) in [
        ("dmarc=pass header.from=example.com", relaxed, Some(Testimony::Dmarc)),
        ("dmarc=pass header.from=Example.COM", relaxed, Some(Testimony::Dmarc)),
        ("dmarc=pass (p=reject) header.from=other.example", relaxed, None),
        ("dmarc=pass", relaxed, None),
        ("dmarc=fail header.from=example.com", relaxed, None),
        ("dmarc=none header.from=example.com", relaxed, None),
        ("dmarc/2=pass header.from=example.com", relaxed, None),
        ("dkim=pass header.d=example.com", strict, Some(Testimony::Dkim)),
        ("dkim=pass header.d=other.example", relaxed, None),
        ("dkim=pass header.i=@example.com", relaxed, None),
        ("dkim=fail header.d=example.com", relaxed, None),
        ("spf=pass smtp.mailfrom=joe@example.com", strict, Some(Testimony::Spf)),
        ("spf=pass smtp.mailfrom=example.com", relaxed, Some(Testimony::Spf)),
        ("spf=pass smtp.helo=example.com", relaxed, None),
        ("spf=softfail smtp.mailfrom=example.com", relaxed, None),
        ("none", relaxed, None),
        ("dmarc=pass header.from=example.com; (", relaxed, None),
        ("dkim=fail header.d=example.com; dkim=pass header.d=example.com", relaxed, Some(Testimony::Dkim)),
        // What it found of DMARC goes before what it was found from.
        ("dkim=pass header.d=example.com; dmarc=fail header.from=example.com", relaxed, None),
        ("spf=pass smtp.mailfrom=example.com; dmarc=permerror header.from=example.com", relaxed, None),
        ("dkim=pass header.d=example.com; dmarc=pass header.from=other.example", relaxed, None),
        ("dkim=pass header.d=example.com; dmarc=none header.from=other.example", relaxed, None),
        ("dmarc=pass header.from=example.com; dmarc=fail header.from=example.com", relaxed, None),
        (
            "dkim=pass header.d=example.com; dmarc=none header.from=example.com",
            relaxed,
            Some(Testimony::Dkim),
        ),
        // Twice the same property: who copied the sender's text into the field unquoted?
        ("dmarc=pass header.from=other.example header.from=example.com", relaxed, None),
        ("dmarc=pass header.from=example.com header.from=other.example", relaxed, None),
        ("spf=pass smtp.mailfrom=example.com smtp.mailfrom=other.example", relaxed, None),
        // Texts of others, quoted: they say nothing.
        (
            r#"spf=pass reason="dmarc=pass header.from=example.com" smtp.mailfrom=other.example"#,
            relaxed,
            None,
        ),
        ("spf=pass (; dmarc=pass header.from=example.com;) smtp.mailfrom=other.example", relaxed, None),
        (r#"spf=pass smtp.mailfrom="joe@example.com"@other.example"#, relaxed, None),
        // As Microsoft writes it.
        (
            "spf=pass (sender ip is 192.0.2.7) smtp.rcpttodomain=list.example smtp.mailfrom=example.com; \
             dmarc=pass (p=reject sp=none pct=100) action=none header.from=example.com; \
             dkim=pass (signature was verified) header.d=example.com; arc=none (0)",
            relaxed,
            Some(Testimony::Dmarc),
        ),
    ] {
        assert_eq!(told(results, record), expected, "{results}");
    }
}

#[test]
fn the_newest_message_signature_must_cover_from_and_the_whole_body() {
    // RFC 8617 asks for neither; without them anybody could have put another author or text under the report.
    let told = |hop: Hop| {
        let report = report_of(&Forge::new().hop(hop), &["list.example"], "v=DMARC1; p=reject");
        assert_eq!(report.arc.outcome.word(), "pass");
        report.dmarc_override.is_some()
    };
    let hop = || hop(1, "list.example", PASS);
    assert!(told(hop()));
    assert!(told(hop().signature("h=from:", "h= FROM :date:")));
    assert!(!told(hop().signature("h=from:", "h=date:")));
    assert!(!told(hop().signature("h=from:", "l=3; h=from:")));
    let whole = format!("l={}; h=from:", crate::dkim_signer::BODY.len());
    assert!(told(hop().signature("h=from:", &whole).signature("c=relaxed/relaxed", "c=relaxed/simple")));
    // Of an earlier one it makes no difference: those after it are trusted and saw the message.
    let forge =
        Forge::new().hop(hop().signature("h=from:", "h=date:")).hop(self::hop(2, "list.example", FAIL));
    assert_eq!(overridden(&forge, &["list.example"]).unwrap().instance, 1);
}

#[test]
fn the_organizational_domain_is_aligned_unless_the_record_is_strict() {
    let told = |record: &str| {
        let mut forge = Forge::new();
        forge.headers[0] = "From: joe@sub.example.com".into();
        let forge = forge.hop(hop(1, "list.example", "dkim=pass header.d=example.com"));
        report_of(&forge, &["list.example"], record).dmarc_override.map(|why| why.testimony)
    };
    assert_eq!(told("v=DMARC1; p=reject"), Some(Testimony::Dkim));
    assert_eq!(told("v=DMARC1; p=reject; adkim=s"), None);
}

#[test]
fn mail_that_passes_or_has_no_policy_needs_no_excuse() {
    let forge = Forge::new().hop(hop(1, "list.example", PASS));
    let raw = forge.raw();
    let mut authenticator = Authenticator::new("mx.example.org");
    authenticator.trusted_sealers = vec![Name::parse("list.example").unwrap()];
    let report = authenticator
        .check(&Message::parse(&raw).unwrap(), Connection::unknown().at(NOW))
        .run_blocking(&zone());
    assert_eq!((report.dmarc.outcome.word(), report.dmarc_override), ("none", None));
    assert_eq!(local_policy(&report.arc, &report.dmarc, &authenticator.trusted_sealers), None);
}

#[test]
fn nothing_of_the_sealer_gets_into_the_comment() {
    let odd = r#"arc=pass smtp.remote-ip="</comment>"; dmarc=pass header.from=example.com"#;
    let forge = Forge::new().hop(hop(1, "list.example", odd));
    let why = overridden(&forge, &["list.example"]).unwrap();
    assert_eq!(why.comment, "arc=pass as[1].d=list.example as[1].s=sel");
}

#[test]
fn a_failure_of_dns_for_a_trusted_chain_is_deferred_not_refused() {
    let slow = || hop(1, "list.example", PASS).signature("s=sel", "s=slow");
    let told = |hop: Hop, trusted: &[&str]| {
        let report = report_of(&Forge::new().hop(hop), trusted, "v=DMARC1; p=reject");
        assert_eq!((report.dmarc_override.clone(), report.disposition()), (None, Policy::Reject));
        (report.awaits_override, report.smtp_reply().unwrap().to_string())
    };
    let (awaits, reply) = told(slow(), &["list.example"]);
    assert!(awaits);
    assert_eq!(
        reply,
        "451 4.4.3 whether a trusted forwarder vouches for mail of example.com cannot be decided now"
    );
    // Nobody else keeps a forged message undecided.
    for (hop, trusted) in [
        (slow(), &[][..]),
        (slow(), &["other.example"][..]),
        (hop(1, "list.example", PASS).signature("s=sel", "s=none"), &["list.example"][..]),
    ] {
        let (awaits, reply) = told(hop, trusted);
        assert!(!awaits && reply.starts_with("550 "), "{reply}");
    }
}
