//! What happened to postmasters, as whole messages.

use super::dkim_signer::{BODY, FIELD, HEADERS, Key, NOW, Recipe};
use mailproof::dmarc::Discovery;
use mailproof::dns::Zone;
use mailproof::message::Message;
use mailproof::{Authenticator, Connection, Evaluation, Report};
use serde_json::{Value, json};

/// A mail from `author`, signed for `signer` when there is one.
fn mail(author: &str, signer: Option<&str>) -> Vec<u8> {
    let from = format!("From: Desk <desk@{author}>");
    let headers = [&from, HEADERS[1], HEADERS[2]];
    match signer {
        Some(signer) => {
            Recipe::of(&FIELD.replace("d=example.com", &format!("d={signer}"))).sign(&headers, BODY)
        }
        None => [headers.join("\r\n").as_bytes(), b"\r\n\r\n", BODY].concat(),
    }
}

fn zone(names: &Value) -> Zone {
    Zone::from_json_value(names).unwrap()
}

fn from(ip: [u8; 4], helo: &str, mail_from: &str) -> Connection {
    Connection::new(ip.into(), helo, mail_from).at(NOW)
}

fn check(mail: &[u8], connection: Connection, zone: &Zone) -> Report {
    Authenticator::new("mx.example.org").check(&Message::parse(mail).unwrap(), connection).run_blocking(zone)
}

/// Method and result of every entry of Authentication-Results.
fn told(report: &Report) -> Vec<String> {
    let results = report.auth_results();
    assert_eq!(report.auth_results_field(), results.field());
    results.entries().iter().map(|entry| format!("{}={}", entry.method(), entry.result())).collect()
}

/// An include target answers SERVFAIL for an hour.
#[test]
fn story_05_a_failing_include_defers_the_message() {
    let mut names = json!({
        "shop.example": { "TXT": ["v=spf1 include:_spf.esp.example -all"] },
        "_dmarc.shop.example": { "TXT": ["v=DMARC1; p=reject"] },
        "_spf.esp.example": "SERVFAIL",
    });
    let connection = || from([192, 0, 2, 1], "out.esp.example", "bounce@shop.example");
    let report = check(&mail("shop.example", None), connection(), &zone(&names));
    assert_eq!(
        told(&report),
        ["spf=none", "spf=temperror", "dkim=none", "dmarc=temperror", "iprev=permerror"]
    );
    assert_eq!((report.dmarc.disposition.word(), report.dmarc.policy.unwrap().word()), ("none", "reject"));
    let text = report.auth_results().to_string();
    assert!(text.contains("include:_spf.esp.example: _spf.esp.example TXT: SERVFAIL"), "{text}");
    assert!(text.contains("temporary error in SPF of shop.example, which would be aligned"), "{text}");
    // A signature of the author's domain needs no SPF, and an envelope of somebody else leaves nothing open.
    names["sel._domainkey.shop.example"] = json!({ "TXT": [Key::ed25519().record()] });
    let signed = check(&mail("shop.example", Some("shop.example")), connection(), &zone(&names));
    assert_eq!(told(&signed), ["spf=none", "spf=temperror", "dkim=pass", "dmarc=pass", "iprev=permerror"]);
    let forged = check(&mail("bank.example", None), connection(), &{
        names["_dmarc.bank.example"] = json!({ "TXT": ["v=DMARC1; p=reject"] });
        zone(&names)
    });
    assert_eq!((forged.dmarc.outcome.word(), forged.dmarc.disposition.word()), ("fail", "reject"));
}

/// A wildcard with SPF text answers for every selector and for `_dmarc`.
#[test]
fn story_13_a_wildcard_answers_for_the_selector_and_for_the_policy() {
    let names = json!({ "*.wurst.example": { "TXT": ["v=spf1 ip4:192.0.2.1 -all"] } });
    let mail = mail("user.wurst.example", Some("user.wurst.example"));
    let report =
        check(&mail, from([192, 0, 2, 1], "mail.wurst.example", "desk@user.wurst.example"), &zone(&names));
    assert_eq!(told(&report), ["spf=pass", "spf=pass", "dkim=permerror", "dmarc=none", "iprev=permerror"]);
    let reason = report.dkim[0].outcome.reason().unwrap();
    assert_eq!(reason, "no key for signature: the record at the selector is an SPF record");
    assert!(report.dmarc.reason().contains("_dmarc.user.wurst.example (its TXT record is an SPF record)"));
}

/// Customers below one wildcard, one signer and one policy at the parent.
#[test]
fn story_14_customers_are_signed_for_by_the_parent() {
    for (record, discovery, word) in [
        ("v=DMARC1; p=reject", Discovery::TreeWalk, "pass"),
        ("v=DMARC1; p=reject", Discovery::PublicSuffixList, "pass"),
        ("v=DMARC1; p=reject; adkim=s", Discovery::TreeWalk, "fail"),
        ("v=DMARC1; p=reject; adkim=s", Discovery::PublicSuffixList, "fail"),
    ] {
        let names = json!({
            "*.wurst.example": { "A": ["192.0.2.7"] },
            "sel._domainkey.wurst.example": { "TXT": [Key::ed25519().record()] },
            "_dmarc.wurst.example": { "TXT": [record] },
        });
        let mail = mail("user.wurst.example", Some("wurst.example"));
        let mut authenticator = Authenticator::new("mx.example.org");
        authenticator.dmarc.discovery = discovery;
        let connection = from([192, 0, 2, 7], "user.wurst.example", "desk@user.wurst.example");
        let report =
            authenticator.check(&Message::parse(&mail).unwrap(), connection).run_blocking(&zone(&names));
        assert_eq!(told(&report)[2..4], ["dkim=pass".to_owned(), format!("dmarc={word}")], "{record}");
        assert_eq!(report.dmarc.organizational_domain.unwrap().as_str(), "wurst.example");
        assert_eq!(report.dmarc.record_domain.unwrap().as_str(), "wurst.example");
    }
}

/// No PTR record, or one that does not come back.
#[test]
fn story_19_the_name_of_the_client_is_confirmed() {
    let names = json!({
        "shop.example": { "TXT": ["v=spf1 ip4:192.0.2.0/24 -all"] },
        "_dmarc.shop.example": { "TXT": ["v=DMARC1; p=reject"] },
        "out.shop.example": { "A": ["192.0.2.1"] },
        "1.2.0.192.in-addr.arpa": { "PTR": ["out.shop.example"] },
        "2.2.0.192.in-addr.arpa": { "PTR": ["out.shop.example"] },
        "4.2.0.192.in-addr.arpa": "SERVFAIL",
    });
    let mail = mail("shop.example", None);
    for (host, word, text) in [
        (1, "pass", "iprev=pass (out.shop.example) policy.iprev=192.0.2.1"),
        (
            2,
            "fail",
            "iprev=fail reason=\"the names of the address have other addresses: out.shop.example\" policy.iprev=192.0.2.2",
        ),
        (
            3,
            "permerror",
            "iprev=permerror reason=\"the address has no PTR record (NXDOMAIN)\" policy.iprev=192.0.2.3",
        ),
        (
            4,
            "temperror",
            "iprev=temperror reason=\"4.2.0.192.in-addr.arpa PTR: SERVFAIL\" policy.iprev=192.0.2.4",
        ),
    ] {
        let connection = || from([192, 0, 2, host], "out.shop.example", "desk@shop.example");
        let report = check(&mail, connection(), &zone(&names));
        assert!(report.auth_results().to_string().ends_with(text), "{}", report.auth_results());
        let name = (host == 1).then_some("out.shop.example");
        let json = &report.to_json()["iprev"];
        assert_eq!((&json["result"], &json["name"]), (&json!(word), &json!(name)));
        // Whatever it says, DMARC stays what it is.
        assert_eq!(report.dmarc.outcome.word(), "pass");
        let mut without = Authenticator::new("mx.example.org");
        without.iprev = false;
        let without =
            without.check(&Message::parse(&mail).unwrap(), connection()).run_blocking(&zone(&names));
        assert_eq!((without.iprev.as_ref(), &without.dmarc), (None, &report.dmarc));
        assert_eq!(without.to_json()["iprev"], json!({ "result": "none", "name": null, "reason": null }));
        assert!(without.dns.questions < report.dns.questions);
    }
}

/// A second hop of the same provider judges SPF by its own relay, and would bounce what the first hop had passed.
#[test]
fn story_20_spf_says_which_address_it_judged() {
    let names = json!({
        "shop.example": { "TXT": ["v=spf1 ip4:192.0.2.1 -all"] },
        "_dmarc.shop.example": { "TXT": ["v=DMARC1; p=reject"] },
    });
    let mail = mail("shop.example", None);
    let judged = |ip| check(&mail, from(ip, "relay.shop.example", "desk@shop.example"), &zone(&names));
    let ingress = judged([192, 0, 2, 1]);
    assert_eq!(told(&ingress), ["spf=none", "spf=pass", "dkim=none", "dmarc=pass", "iprev=permerror"]);
    let relay = judged([10, 0, 0, 7]);
    assert_eq!(told(&relay), ["spf=none", "spf=fail", "dkim=none", "dmarc=fail", "iprev=permerror"]);
    let text = relay.auth_results().to_string();
    assert!(text.contains("-all of shop.example matches 10.0.0.7"), "{text}");
    // An address that nobody knows is not guessed: SPF is left out, not failed.
    let unknown = check(&mail, Connection::unknown().at(NOW), &zone(&names));
    assert_eq!(told(&unknown), ["dkim=none", "dmarc=fail"]);
    assert_eq!(unknown.dmarc.reason(), "no authenticated identifier");
}

/// "Did not meet the sending domain's authentication policy": ours names identity, result and reason.
#[test]
fn story_21_a_refusal_names_identity_result_and_reason() {
    let names = json!({
        "shop.example": { "TXT": ["v=spf1 ip4:192.0.2.1 -all"] },
        "esp.example": { "TXT": ["v=spf1 ip4:198.51.100.4 -all"] },
        "_dmarc.shop.example": { "TXT": ["v=DMARC1; p=quarantine; sp=reject"] },
        "sel._domainkey.esp.example": { "TXT": [Key::ed25519().record()] },
    });
    let connection = from([198, 51, 100, 4], "out.esp.example", "bounce@esp.example");
    let report = check(&mail("news.shop.example", Some("esp.example")), connection, &zone(&names));
    let text = report.auth_results().to_string();
    for part in [
        "spf=pass reason=\"ip4:198.51.100.4 of esp.example matches 198.51.100.4\" smtp.mailfrom=esp.example;",
        "dkim=pass (256-bit key) header.d=esp.example header.i=@esp.example header.s=sel header.a=ed25519-sha256 header.b=",
        "dmarc=fail (p=quarantine sp=reject) reason=\"not aligned: SPF esp.example, DKIM esp.example\" \
         header.from=news.shop.example policy.dmarc=reject",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
}

/// A newsletter with five domains: which one is which?
#[test]
fn story_23_five_domains_are_told_apart() {
    let names = json!({
        "helo.esp.example": { "TXT": ["v=spf1 ip4:198.51.100.4 -all"] },
        "bounce.mailer.example": { "TXT": ["v=spf1 ip4:198.51.100.4 -all"] },
        "sel._domainkey.mail.shop.example": { "TXT": [Key::ed25519().record()] },
        "_dmarc.shop.example": { "TXT": ["v=DMARC1; p=reject"] },
    });
    let connection = from([198, 51, 100, 4], "helo.esp.example", "x-17@bounce.mailer.example");
    let report = check(&mail("news.shop.example", Some("mail.shop.example")), connection, &zone(&names));
    let domain = |verdict: &Option<mailproof::spf::Verdict>| {
        let verdict = verdict.as_ref().unwrap();
        format!("{} {} {}", verdict.identity.word(), verdict.domain_text(), verdict.outcome.word())
    };
    assert_eq!(domain(&report.helo), "helo helo.esp.example pass");
    assert_eq!(domain(&report.mail_from), "mailfrom bounce.mailer.example pass");
    assert_eq!(report.dkim[0].domain.as_ref().unwrap().as_str(), "mail.shop.example");
    let compared: Vec<_> = report
        .dmarc
        .identifiers
        .iter()
        .map(|one| format!("{} {} {}", one.mechanism, one.domain, one.aligned.is_aligned()))
        .collect();
    // HELO is none of them: it counts only in place of an empty reverse-path.
    assert_eq!(compared, ["SPF bounce.mailer.example false", "DKIM mail.shop.example true"]);
    assert_eq!((report.dmarc.spf_aligned, report.dmarc.dkim_aligned), (false, true));
    assert_eq!(report.dmarc.author_domain.as_ref().unwrap().as_str(), "news.shop.example");
    assert_eq!(report.dmarc.organizational_domain.as_ref().unwrap().as_str(), "shop.example");
    assert_eq!(report.dmarc.reason(), "aligned: DKIM mail.shop.example");
}
