//! Authorized third-party signatures (RFC 6541).

use super::dkim_signer::{BODY, FIELD, HEADERS, Key, NOW, Recipe};
use mailproof::dkim::atps::{self, HashFlaw, NameHash, Outcome, Unaskable, Unauthorized};
use mailproof::dkim::{self, Policy};
use mailproof::dns::Zone;
use mailproof::message::Message;
use mailproof::{Authenticator, Connection, Evaluation, Name, Report, Step};
use proptest::prelude::*;
use serde_json::{Value, json};

/// A signature of a domain with further tags.
fn field(signer: &str, tags: &str) -> String {
    let names = FIELD.replace("d=example.com", &format!("d={signer}"));
    names.replace("; bh=", &format!("; {tags}; bh="))
}

/// A mail of example.com that bears each of these signatures.
fn mail(fields: &[String]) -> Vec<u8> {
    let mut mail = Vec::new();
    for field in fields {
        let signed = Recipe::of(field).sign(&HEADERS, BODY);
        let end = signed.windows(2).position(|pair| pair == b"\r\n").unwrap();
        mail.extend(&signed[..end + 2]);
    }
    mail.extend([HEADERS.join("\r\n").as_bytes(), b"\r\n\r\n", BODY].concat());
    mail
}

/// A zone in which everybody has the key, beside what `names` holds.
fn zone(names: Value) -> Zone {
    let mut names = names;
    for signer in ["example.com", "one.example.net", "two.example.net"] {
        names[format!("sel._domainkey.{signer}")] = json!({ "TXT": [Key::ed25519().record()] });
    }
    Zone::from_json_value(&names).unwrap()
}

fn signatures(mail: &[u8], zone: &Zone) -> Vec<dkim::Verdict> {
    dkim::verify(&Message::parse(mail).unwrap(), &Policy::default(), NOW).run_blocking(zone)
}

fn author() -> Name {
    Name::parse("example.com").unwrap()
}

fn judge(fields: &[String], names: Value) -> atps::Verdict {
    let zone = zone(names);
    let Step::Done(verdict) = atps::check(&signatures(&mail(fields), &zone), author()).step(&zone) else {
        panic!("a zone knows everything")
    };
    verdict
}

/// What is asked for, for signatures that verify.
fn asked(fields: &[String]) -> Vec<String> {
    match atps::check(&signatures(&mail(fields), &zone(json!({}))), author()).step(&()) {
        Step::Ask(open) => open.iter().map(ToString::to_string).collect(),
        Step::Done(_) => Vec::new(),
    }
}

const ONE: &str = "qsp4i4d24crhopdz3o3ziu2ksgs3x6z6._atps.example.com";
const TWO: &str = "ztzgrrv3f45a4u6hldkbf3zcow4v2ajx._atps.example.com";

#[test]
fn the_example_of_appendix_a() {
    let fields =
        ["one.example.net", "two.example.net"].map(|signer| field(signer, "atps=example.com; atpsh=sha1"));
    assert_eq!(asked(&fields), [format!("{ONE} TXT"), format!("{TWO} TXT")]);
    let verdict = judge(&fields, json!({ TWO: { "TXT": ["v=ATPS1; d=two.example.net"] } }));
    assert_eq!((verdict.outcome, verdict.signer.unwrap().as_str()), (Outcome::Pass, "two.example.net"));
    assert_eq!(judge(&fields, json!({})).outcome, Outcome::Fail(Unauthorized::NoRecord));
}

/// RFC 6541 §4.3: the name is in lower case, hashed or plain, and base32 is not padded.
#[test]
fn each_hash_has_its_name() {
    for (hash, label) in [
        ("none", "one.example.net"),
        ("sha1", "qsp4i4d24crhopdz3o3ziu2ksgs3x6z6"),
        ("sha256", "sqwhepkqyg5kriog6f7lpedttnoif7dqusvco2pchsh3qugxakha"),
    ] {
        for domain in ["example.com", "EXAMPLE.com"] {
            let field = field("One.Example.NET", &format!("atps={domain}; atpsh={hash}"));
            assert_eq!(asked(&[field]), [format!("{label}._atps.example.com TXT")]);
        }
    }
}

#[test]
fn only_verified_signatures_for_the_author_domain_count() {
    let records = || json!({ ONE: { "TXT": ["v=ATPS1"] }, TWO: { "TXT": ["v=ATPS1"] } });
    let without = field("one.example.net", "q=dns/txt");
    assert_eq!(judge(&[], records()).outcome, Outcome::None);
    assert_eq!(judge(&[without], records()).outcome, Outcome::None);
    // A name that is none is as if there were no atps=.
    for broken in ["atps=; atpsh=sha1", "atps=com; atpsh=sha1", "atps=a b; atpsh=sha1"] {
        assert_eq!(judge(&[field("one.example.net", broken)], records()).outcome, Outcome::None);
    }
    let other = field("one.example.net", "atps=shop.example; atpsh=sha1");
    assert_eq!(
        judge(std::slice::from_ref(&other), records()).outcome,
        Outcome::Fail(Unauthorized::OtherDomain)
    );
    let below = field("one.example.net", "atps=mail.example.com; atpsh=sha1");
    assert_eq!(judge(&[below], records()).outcome, Outcome::Fail(Unauthorized::OtherDomain));
    let good = field("one.example.net", "atps=example.com; atpsh=sha1");
    assert_eq!(judge(&[other, good.clone()], records()).outcome, Outcome::Pass);
    // The same signature over another body.
    let zone = zone(records());
    let mut forged = mail(&[good]);
    forged.extend(b"more\r\n");
    let signatures = signatures(&forged, &zone);
    assert_eq!(signatures[0].outcome.word(), "fail");
    assert!(signatures[0].delegation.is_some());
    let Step::Done(verdict) = atps::check(&signatures, author()).step(&()) else { panic!("nothing to ask") };
    assert_eq!(verdict.outcome, Outcome::None);
}

#[test]
fn a_hash_that_is_not_known_asks_for_nothing() {
    for (tags, flaw) in [
        ("atps=example.com", HashFlaw::Missing),
        ("atps=example.com; atpsh=md5", HashFlaw::Unknown),
        ("atps=example.com; atpsh=", HashFlaw::Unknown),
        ("atps=example.com; atpsh=SHA1", HashFlaw::Unknown),
    ] {
        let fields = [field("one.example.net", tags)];
        assert!(asked(&fields).is_empty());
        assert_eq!(judge(&fields, json!({})).outcome, Outcome::Permerror(Unaskable::Hash(flaw)));
    }
    let zone = zone(json!({}));
    let read = signatures(&mail(&[field("one.example.net", "atps=Example.com; atpsh=none")]), &zone);
    let delegation = read[0].delegation.clone().unwrap();
    assert_eq!((delegation.domain, delegation.hash), (author(), Ok(NameHash::Plain)));
    assert!(!read[0].has_unknown_tags);
}

#[test]
fn a_name_too_long_to_ask_for_is_a_permanent_error() {
    let label = "a".repeat(63);
    let signer = format!("{label}.{label}.{label}.{}.net", "b".repeat(40));
    let mut signatures =
        signatures(&mail(&[field("one.example.net", "atps=example.com; atpsh=none")]), &zone(json!({})));
    signatures[0].domain = Some(Name::parse(&signer).unwrap());
    let Step::Done(verdict) = atps::check(&signatures, author()).step(&()) else { panic!("nothing to ask") };
    assert!(matches!(verdict.outcome, Outcome::Permerror(Unaskable::Name(_))), "{verdict:?}");
    // Hashed it is short.
    signatures[0].delegation.as_mut().unwrap().hash = Ok(NameHash::Sha256);
    assert!(matches!(atps::check(&signatures, author()).step(&()), Step::Ask(_)));
}

/// RFC 6541 §4.4.
#[test]
fn a_reply_is_valid_or_not() {
    let fields = [field("one.example.net", "atps=example.com; atpsh=sha1")];
    for (records, word) in [
        (vec!["v=ATPS1"], "pass"),
        (vec!["v=ATPS1; d=one.example.net"], "pass"),
        (vec!["d=ONE.example.net ; v=ATPS1;"], "pass"),
        (vec!["v=ATPS1; unknown=1"], "pass"),
        (vec!["v=spf1 -all", "v=ATPS1"], "pass"),
        (vec!["v=ATPS1; d=two.example.net"], "fail"),
        (vec!["v=ATPS1; d="], "fail"),
        (vec!["v=atps1"], "fail"),
        (vec!["v=ATPS2"], "fail"),
        (vec!["d=one.example.net"], "fail"),
        (vec!["v=ATPS1; v=ATPS1"], "fail"),
        (vec![""], "fail"),
    ] {
        assert_eq!(judge(&fields, json!({ ONE: { "TXT": records } })).outcome.word(), word, "{records:?}");
    }
    assert_eq!(judge(&fields, json!({ ONE: { "A": ["192.0.2.1"] } })).outcome.word(), "fail");
    let failed = judge(&fields, json!({ ONE: "SERVFAIL" })).outcome;
    assert_eq!(failed.reason().unwrap(), format!("authorization unavailable: {ONE} TXT: SERVFAIL"));
    assert_eq!(failed.word(), "temperror");
}

#[test]
fn an_authorization_outweighs_an_error_and_an_error_a_denial() {
    let fields =
        ["one.example.net", "two.example.net"].map(|signer| field(signer, "atps=example.com; atpsh=sha1"));
    assert_eq!(judge(&fields, json!({ ONE: "TIMEOUT" })).outcome.word(), "temperror");
    assert_eq!(judge(&fields, json!({ ONE: "TIMEOUT", TWO: { "TXT": ["v=ATPS1"] } })).outcome.word(), "pass");
    let [one, _] = fields;
    let broken = field("two.example.net", "atps=example.com; atpsh=md5");
    assert_eq!(judge(&[broken, one], json!({})).outcome, Outcome::Fail(Unauthorized::NoRecord));
}

fn report(is_wanted: bool, names: Value) -> Report {
    let mut names = names;
    names["_dmarc.example.com"] = json!({ "TXT": ["v=DMARC1; p=reject"] });
    let mail = mail(&[field("one.example.net", "atps=example.com; atpsh=sha1")]);
    let mut authenticator = Authenticator::new("mx.example.org");
    authenticator.atps = is_wanted;
    let inspection = authenticator.check(&Message::parse(&mail).unwrap(), Connection::unknown().at(NOW));
    inspection.run_blocking(&zone(names))
}

#[test]
fn a_report_tells_it_where_it_is_wanted_and_dmarc_never_counts_it() {
    let records = || json!({ ONE: { "TXT": ["v=ATPS1"] } });
    let told = report(true, records());
    assert_eq!(told.dmarc.outcome.word(), "fail");
    assert_eq!(told.auth_results_field(), told.auth_results().field());
    let text = told.auth_results().to_string();
    assert!(
        text.contains("; dkim-atps=pass (signed by one.example.net) header.from=example.com; dmarc=fail"),
        "{text}"
    );
    assert_eq!(told.to_json()["atps"]["signer"], "one.example.net");
    let silent = report(false, records());
    assert_eq!((silent.atps.as_ref(), &silent.dmarc), (None, &told.dmarc));
    assert!(!silent.auth_results().to_string().contains("atps") && silent.to_json()["atps"].is_null());
    // One question more, after the key; DMARC asks two, one after the other, at the same time.
    assert_eq!((told.dns.questions, told.dns.rounds), (silent.dns.questions + 1, 2));
    let failed = report(true, json!({})).auth_results().to_string();
    assert!(failed.contains(
        "dkim-atps=fail reason=\"the author domain does not authorize the signer\" header.from=example.com"
    ));
}

/// The author is in doubt, so that there is nobody who could have authorized anyone.
#[test]
fn without_one_author_domain_it_is_left_out() {
    let mail = b"From: a@example.com\r\nFrom: b@example.net\r\n\r\n";
    let mut authenticator = Authenticator::new("mx.example.org");
    authenticator.atps = true;
    let inspection = authenticator.check(&Message::parse(mail).unwrap(), Connection::unknown());
    assert_eq!(inspection.run_blocking(&Zone::new()).atps, None);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_octets_in_records_and_tags_end_in_a_verdict(
        record in prop::collection::vec(any::<u8>(), 0..80), tail in "[ -~\u{80}-\u{ff}]{0,20}", tags in "[ -~]{0,30}",
    ) {
        // A zone in JSON writes an octet as the character of its number.
        let record: String = record.into_iter().map(char::from).collect();
        for record in [record.clone(), format!("v=ATPS1;{record}"), format!("v=ATPS1; d={tail}")] {
            let zone = zone(json!({ ONE: { "TXT": [record] } }));
            let fields = [field("one.example.net", "atps=example.com; atpsh=sha1")];
            let signatures = signatures(&mail(&fields), &zone);
            prop_assert!(matches!(atps::check(&signatures, author()).step(&zone), Step::Done(_)));
        }
        let mut mail = format!("DKIM-Signature: v=1; d=one.example.net; atps={tags}; atpsh={tags}\r\n").into_bytes();
        mail.extend(b"From: a@example.com\r\n\r\n");
        let read = signatures(&mail, &Zone::new());
        prop_assert_eq!(read.len(), 1);
    }
}
