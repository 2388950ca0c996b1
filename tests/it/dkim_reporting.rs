//! Whom to tell of signatures that fail (RFC 6651).

use super::dkim_signer::{BODY, FIELD, HEADERS, Key, NOW, Recipe};
use mailproof::dkim::reporting::{
    Finding, Incident, LookUp, MalformedReporting, ReportKind, Reporting, Silence, look_up,
};
use mailproof::dkim::{
    Absence, Forbidden, KeyFlaw, Malformed, Mismatch, Outcome, Policy, Unusable, Verdict, verify,
};
use mailproof::dns::Zone;
use mailproof::message::Message;
use mailproof::{Authenticator, Connection, Evaluation, Name, Step};
use proptest::prelude::*;
use serde_json::{Value, json};

const RECORD: &str = "_report._domainkey.example.com";

fn zone(names: Value) -> Zone {
    let mut names = names;
    names["sel._domainkey.example.com"] = json!({ "TXT": [Key::ed25519().record()] });
    Zone::from_json_value(&names).unwrap()
}

fn verdicts(mail: &[u8]) -> Vec<Verdict> {
    verify(&Message::parse(mail).unwrap(), &Policy::default(), NOW).run_blocking(&zone(json!({})))
}

/// The verdict on one signature with further tags, over a body that was changed or not.
fn signed(tags: &str, is_changed: bool) -> Verdict {
    let field = FIELD.replace("; bh=", &format!("; {tags}; bh="));
    let mut mail = Recipe::of(&field).sign(&HEADERS, BODY);
    if is_changed {
        mail.extend(b"more\r\n");
    }
    verdicts(&mail).remove(0)
}

fn done(mut check: LookUp, zone: &Zone) -> Vec<Finding> {
    match check.step(zone) {
        Step::Done(findings) => findings,
        Step::Ask(open) => panic!("a zone knows everything, also {open:?}"),
    }
}

fn found(record: Value) -> Finding {
    done(look_up(&[signed("r=y", true)]), &zone(json!({ RECORD: record }))).remove(0)
}

/// RFC 6651 §3.1, §3.3: a signature that failed, and asks with `r=y`, in lower case.
#[test]
fn only_failures_that_ask_for_it_are_looked_up() {
    let failed = signed("r=y", true);
    assert_eq!((failed.outcome.word(), failed.wants_report), ("fail", true));
    let Step::Ask(open) = look_up(&[failed]).step(&()) else { panic!("a record to ask for") };
    assert_eq!(open.iter().map(ToString::to_string).collect::<Vec<_>>(), [format!("{RECORD} TXT")]);
    for (tags, is_changed) in
        [("r=y", false), ("q=dns/txt", true), ("r=Y", true), ("r=", true), ("r=yes", true)]
    {
        let verdict = signed(tags, is_changed);
        assert_eq!(verdict.outcome.is_pass(), !is_changed, "{tags}: the result is what it is without");
        assert_eq!(look_up(&[verdict]).step(&()), Step::Done(Vec::new()), "{tags}");
    }
}

/// RFC 6651 §3.3 steps 3 and 5.
#[test]
fn silence_has_a_cause() {
    for (record, silence) in [
        (json!({ "A": ["192.0.2.1"] }), Silence::NoRecord),
        (json!({ "TXT": ["ra=one", "ra=two"] }), Silence::SeveralRecords { count: 2 }),
        (json!({ "TXT": ["ra=a b@c"] }), Silence::Malformed(MalformedReporting::LocalPart)),
    ] {
        assert_eq!(found(record).reporting, Err(silence));
    }
    assert_eq!(done(look_up(&[signed("r=y", true)]), &zone(json!({})))[0].reporting, Err(Silence::NoRecord));
    let failed = found(json!("SERVFAIL")).reporting.unwrap_err();
    assert_eq!(failed.to_string(), format!("reporting record unavailable: {RECORD} TXT: SERVFAIL"));
    let mut long = signed("r=y", true);
    long.domain = Some(Name::parse(vec!["a".repeat(60); 4].join(".")).unwrap());
    assert!(matches!(done(look_up(&[long]), &zone(json!({})))[0].reporting, Err(Silence::Name(_))));
}

/// RFC 6651 §3.2.
#[test]
fn a_record_says_where_how_often_and_of_what() {
    use ReportKind::{Dns, Expired, UnknownTags, Verification};
    let all = || ReportKind::ALL.to_vec();
    for (record, local_part, percentage, kinds, text) in [
        ("ra=postmaster", Some("postmaster"), 100, all(), None),
        ("ra=post=2Dmaster; rp=0; rr=v:x", Some("post-master"), 0, vec![Expired, Verification], None),
        ("rr=D : u; rp=007; ra = dkim", Some("dkim"), 7, vec![Dns, UnknownTags], None),
        ("ra=a; rr=x:all", Some("a"), 100, all(), None),
        ("ra=a; rr=zz:v; unknown=1", Some("a"), 100, vec![Verification], None),
        ("ra=a; rr=zz", Some("a"), 100, vec![], None),
        ("ra=\"a=20b\"; rs=Please=20call=20us", Some("\"a b\""), 100, all(), Some("Please call us")),
        // Without ra=: rp= and rr= are ignored, whatever they hold.
        ("rp=1000; rr=:; rs=no", None, 100, all(), Some("no")),
        ("n=nothing", None, 100, all(), None),
    ] {
        let read = Reporting::parse(record.as_bytes()).unwrap();
        assert_eq!(read.local_part.as_deref(), local_part.map(str::as_bytes), "{record}");
        assert_eq!((read.percentage, read.kinds), (percentage, kinds), "{record}");
        assert_eq!(read.reply_text.as_deref(), text, "{record}");
    }
    for (record, cause) in [
        ("ra=", MalformedReporting::LocalPart),
        ("ra=a=0D=0Ab", MalformedReporting::LocalPart),
        ("ra=a=40example.net", MalformedReporting::LocalPart),
        ("ra=a,b", MalformedReporting::LocalPart),
        ("ra=a=zz", MalformedReporting::LocalPart),
        ("ra=a; rp=101", MalformedReporting::Percentage),
        ("ra=a; rp=", MalformedReporting::Percentage),
        ("ra=a; rp=0100", MalformedReporting::Percentage),
        ("ra=a; rp=99999999999999999999", MalformedReporting::Percentage),
        ("ra=a; rp=+1", MalformedReporting::Percentage),
        ("ra=a; rr=", MalformedReporting::Requests),
        ("ra=a; rr=v::x", MalformedReporting::Requests),
        ("ra=a; rs=x=0D=0Ay", MalformedReporting::ReplyText),
        ("rs==C3=BC", MalformedReporting::ReplyText),
    ] {
        assert_eq!(Reporting::parse(record.as_bytes()), Err(cause), "{record}");
    }
    assert!(matches!(Reporting::parse(b"ra=a; ra=b"), Err(MalformedReporting::Tags(_))));
    let long = format!("rs={}", "x".repeat(9000));
    assert_eq!(Reporting::parse(long.as_bytes()).unwrap().reply_text.unwrap().len(), 400);
}

#[test]
fn the_address_is_within_the_domain_of_the_signature() {
    let finding = found(json!({ "TXT": [["ra=dkim", "-errors"]] }));
    let address = finding.reporting.as_ref().unwrap().address(&finding.domain);
    assert_eq!(address.as_deref(), Some(&b"dkim-errors@example.com"[..]));
    assert_eq!(finding.wanted().count(), 1);
    let silent = found(json!({ "TXT": ["rs=sorry"] }));
    assert_eq!(silent.reporting.as_ref().unwrap().address(&silent.domain), None);
    assert_eq!(silent.wanted().count(), 0);
}

/// RFC 6651 §5.1.
#[test]
fn every_failure_is_of_a_kind() {
    for (outcome, token) in [
        (Outcome::Fail(Mismatch::BodyHash), "v"),
        (Outcome::Fail(Mismatch::BodyTooShort { signed: 9 }), "v"),
        (Outcome::Fail(Mismatch::Signature), "v"),
        (Outcome::Fail(Mismatch::Expired), "x"),
        (Outcome::Policy(Forbidden::PartialBody { octets: 1 }), "p"),
        (Outcome::Permerror(Unusable::KeyTooShort { bits: 512 }), "p"),
        (Outcome::Neutral(Malformed::Selector), "s"),
        (Outcome::Permerror(Unusable::MissingTag { tag: "h" }), "s"),
        (Outcome::Permerror(Unusable::Key(KeyFlaw::Base64)), "s"),
        (Outcome::Permerror(Unusable::NoKey(Absence::NxDomain)), "d"),
        (Outcome::Permerror(Unusable::Key(KeyFlaw::Stray)), "d"),
        (Outcome::Permerror(Unusable::Key(KeyFlaw::Revoked)), "o"),
        (Outcome::Neutral(Malformed::Algorithm), "o"),
        (Outcome::Permerror(Unusable::Sha1), "o"),
    ] {
        assert_eq!(ReportKind::of(&outcome).map(ReportKind::token), Some(token), "{outcome}");
    }
    assert_eq!(ReportKind::of(&Outcome::Pass), None);
    let failing = Zone::from_json_value(&json!({ "sel._domainkey.example.com": "TIMEOUT" })).unwrap();
    let mail = Recipe::of(FIELD).sign(&HEADERS, BODY);
    let verdicts = verify(&Message::parse(&mail).unwrap(), &Policy::default(), NOW).run_blocking(&failing);
    assert_eq!(ReportKind::of(&verdicts[0].outcome), Some(ReportKind::Dns));
}

#[test]
fn only_the_kinds_asked_for_are_wanted() {
    let incident = |kind, has_unknown_tags| Incident { field: 0, kind, has_unknown_tags };
    for kind in ReportKind::ALL {
        for asked in ReportKind::ALL {
            let record = format!("ra=a; rr={}", asked.token());
            let reporting = Reporting::parse(record.as_bytes()).unwrap();
            assert_eq!(reporting.wants(&incident(kind, false)), kind == asked, "{record}");
            let with_tags = kind == asked || asked == ReportKind::UnknownTags;
            assert_eq!(reporting.wants(&incident(kind, true)), with_tags, "{record}");
        }
        assert!(Reporting::parse(b"ra=a").unwrap().wants(&incident(kind, false)));
        assert!(!Reporting::parse(b"ra=a; rp=0").unwrap().wants(&incident(kind, false)));
    }
    assert!(signed("r=y; foo=1", true).has_unknown_tags);
    assert!(!signed("r=y; z=From:x; q=dns/txt; t=1; atps=a.example; atpsh=none; l=3", true).has_unknown_tags);
}

/// RFC 6651 §3.3: one report to a domain at most, and an upper bound on all.
#[test]
fn a_domain_is_asked_once_and_ten_domains_at_most() {
    let failed = signed("r=y", true);
    let mut several: Vec<_> = (0..40)
        .map(|number| {
            let domain = Name::parse(format!("d{}.example", number % 20)).unwrap();
            let mut verdict = failed.clone();
            (verdict.field, verdict.domain) = (number, Some(domain));
            verdict
        })
        .collect();
    let mut nameless = failed;
    nameless.domain = None;
    several.push(nameless);
    let mut check = look_up(&several);
    let Step::Ask(open) = check.step(&()) else { panic!("records to ask for") };
    assert_eq!(open.len(), 10);
    let findings = done(check, &Zone::new());
    assert!(findings.iter().all(|finding| finding.incidents.len() == 2));
    let fields: Vec<_> = findings[3].incidents.iter().map(|incident| incident.field).collect();
    assert_eq!(fields, [3, 23]);
}

#[test]
fn an_inspection_asks_for_no_report() {
    let mut mail = Recipe::of(&FIELD.replace("; bh=", "; r=y; bh=")).sign(&HEADERS, BODY);
    mail.extend(b"more\r\n");
    let check = |names| {
        let message = Message::parse(&mail).unwrap();
        Authenticator::new("mx").check(&message, Connection::unknown().at(NOW)).run_blocking(&zone(names))
    };
    assert_eq!(check(json!({})), check(json!({ RECORD: { "TXT": ["ra=a"] } })));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_octets_are_read_or_refused(begin in "(ra=a;)?(rp=|rr=|rs=|ra=)?", octets in prop::collection::vec(any::<u8>(), 0..120)) {
        let record = [begin.as_bytes(), &octets].concat();
        if let Ok(reporting) = Reporting::parse(&record) {
            let is_plain = |octet: &u8| matches!(octet, b' '..=b'~');
            let address = reporting.address(&Name::parse("example.com").unwrap()).unwrap_or_default();
            prop_assert!(address.iter().all(is_plain));
            prop_assert!(reporting.percentage <= 100 && reporting.kinds.len() <= 7);
            prop_assert!(reporting.reply_text.unwrap_or_default().bytes().all(|octet| is_plain(&octet)));
        }
    }
}
