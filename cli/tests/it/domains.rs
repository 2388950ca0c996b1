//! `dmarc`, `dkim probe`, `mx` and `ptr`: what a domain publishes.

use super::{Ended, run};

fn ask(zone: &str, arguments: &[&str]) -> Ended {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("zone.json");
    std::fs::write(&path, zone).unwrap();
    let mut all = arguments.to_vec();
    all.extend(["--zone", path.to_str().unwrap()]);
    run(&all)
}

const POLICIES: &str = r#"{
  "_dmarc.example.com": { "TXT": ["v=DMARC1; p=reject; sp=quarantine; np=reject; aspf=s; rua=mailto:a@example.com; pct=50"] },
  "news.example.com": { "A": ["192.0.2.1"] },
  "none.example.net": { "A": ["192.0.2.1"] },
  "_dmarc.failing.example.org": "SERVFAIL",
  "_dmarc.a.b.example.biz": { "TXT": ["v=DMARC1; p=none; psd=n"] },
  "_dmarc.example.biz": { "TXT": ["v=DMARC1; p=reject"] },
  "_dmarc.b.example.biz": { "TXT": ["v=DMARC1; p=quarantine"] },
  "c.b.example.biz": { "A": ["192.0.2.1"] },
  "_dmarc.two.example": { "TXT": ["v=DMARC1; p=none", "v=DMARC1; p=reject"] }
}"#;

#[test]
fn the_walk_is_shown_step_by_step() {
    let own = ask(POLICIES, &["dmarc", "news.example.com"]);
    assert_eq!(
        own.out,
        "\
quarantine  news.example.com: by the record of example.com (RFC 9989, tree walk)
  _dmarc.news.example.com  no record: NXDOMAIN
  _dmarc.example.com  v=DMARC1; p=reject; sp=quarantine; np=reject; aspf=s; rua=mailto:a@example.com; pct=50
  _dmarc.com  no record: NXDOMAIN
  organizational domain  example.com: its names align with each other
  alignment  SPF strict, DKIM relaxed
  reports    mailto:a@example.com
"
    );
    assert_eq!(own.code, 0);
    // A name that does not exist has the policy of np.
    assert!(ask(POLICIES, &["dmarc", "gone.example.com"]).out.starts_with("reject  gone.example.com"));
}

#[test]
fn where_the_two_standards_disagree_both_are_told() {
    let both = ask(POLICIES, &["dmarc", "c.b.example.biz"]);
    assert!(
        both.out.starts_with("reject  c.b.example.biz: by the record of example.biz (RFC 9989, tree walk)"),
        "{}",
        both.out
    );
    assert!(!both.out.contains("RFC 7489"), "{}", both.out);
    // psd=n makes a.b.example.biz an organization of its own; the public suffix list knows nothing of that.
    let own = ask(POLICIES, &["dmarc", "a.b.example.biz"]);
    assert!(own.out.contains("organizational domain  a.b.example.biz"), "{}", own.out);
    assert!(
        own.out.contains("come to something else:\nnone  a.b.example.biz: by its own record (RFC 7489"),
        "{}",
        own.out
    );
    assert!(own.out.contains("organizational domain  example.biz"), "{}", own.out);
    let json = ask(POLICIES, &["dmarc", "a.b.example.biz", "--json"]).json();
    assert_eq!(json["found"]["organizational_domain"], "a.b.example.biz");
    assert_eq!(json["rfc7489"]["organizational_domain"], "example.biz");
    for only in ["--tree-walk", "--psl"] {
        assert_eq!(ask(POLICIES, &["dmarc", "a.b.example.biz", only]).out.matches("RFC").count(), 1);
    }
}

#[test]
fn no_policy_and_no_answer_are_told_apart() {
    let none = ask(POLICIES, &["dmarc", "none.example.net"]);
    assert_eq!(none.code, 1);
    assert!(none.out.starts_with("none  none.example.net"), "{}", none.out);
    let failing = ask(POLICIES, &["dmarc", "failing.example.org"]);
    assert_eq!(failing.code, 75);
    assert!(failing.out.contains("_dmarc.failing.example.org TXT: SERVFAIL"), "{}", failing.out);
    let two = ask(POLICIES, &["dmarc", "two.example"]);
    assert_eq!(two.code, 1);
    assert!(two.out.contains("2 DMARC records where one may be"), "{}", two.out);
    assert_eq!(ask(POLICIES, &["dmarc", "not a domain"]).code, 65);
}

/// A short RSA key would be refused; this is the Ed25519 key of RFC 8463.
const KEY: &str = "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";

#[test]
fn nxdomain_at_domainkey_says_that_there_is_no_key() {
    let none = ask(r#"{"example.com": {"A": ["192.0.2.1"]}}"#, &["dkim", "probe", "example.com"]);
    assert_eq!(
        none.out,
        "none  example.com publishes no DKIM key: _domainkey.example.com does not exist (NXDOMAIN)\n"
    );
    assert_eq!(none.code, 1);
}

#[test]
fn noerror_at_domainkey_says_that_there_are_keys_even_if_none_is_found() {
    let zone = format!(r#"{{"x7f3._domainkey.example.com": {{"TXT": ["{KEY}"]}}}}"#);
    let hidden = ask(&zone, &["dkim", "probe", "example.com"]);
    assert_eq!(hidden.code, 0);
    assert!(
        hidden.out.contains(
            "so there are keys, or were; none that can be used is under the 48 selectors asked for"
        ),
        "{}",
        hidden.out
    );
    let one = ask(&zone, &["dkim", "probe", "example.com", "--selector", "s1", "--only"]);
    assert!(one.out.ends_with("is under the selector asked for\n"), "{}", one.out);
    let given = ask(&zone, &["dkim", "probe", "example.com", "--selector", "x7f3", "--only"]);
    assert_eq!(given.out, "found  example.com publishes DKIM keys under known selectors\n  x7f3  Ed25519\n");
    assert_eq!(given.code, 0);
}

#[test]
fn broken_and_revoked_keys_are_told_with_their_cause() {
    let zone = r#"{"s1._domainkey.example.com": {"TXT": ["v=DKIM1; p="]}, "k1._domainkey.example.com": {"TXT": ["v=DKIM1; p=!!!"]},
                   "google._domainkey.example.com": {"CNAME": "gone.example.net"}, "mail._domainkey.example.com": "SERVFAIL"}"#;
    let told = ask(zone, &["dkim", "probe", "example.com"]);
    for (selector, what) in [("s1", "revoked"), ("k1", "base64"), ("mail", "SERVFAIL")] {
        let line = told.out.lines().find(|line| line.trim_start().starts_with(selector)).unwrap_or_default();
        assert!(line.contains(what), "{selector}: {}", told.out);
    }
}

#[test]
fn a_wildcard_is_no_key() {
    let zone = format!(r#"{{"*.example.com": {{"TXT": ["{KEY}"]}}}}"#);
    let wild = ask(&zone, &["dkim", "probe", "example.com"]);
    assert_eq!(wild.code, 1);
    assert!(
        wild.out.starts_with("problem  a wildcard answers for every name below _domainkey.example.com"),
        "{}",
        wild.out
    );
    assert_eq!(ask(&zone, &["dkim", "probe", "example.com", "--json"]).json()["wildcard"], true);
}

/// `*.example.com A` makes `_domainkey.example.com` exist, and every selector; then that proves nothing.
#[test]
fn a_wildcard_of_another_type_makes_domainkey_exist_and_proves_no_key() {
    let wild = ask(r#"{"*.example.com": {"A": ["192.0.2.1"]}}"#, &["dkim", "probe", "example.com"]);
    assert_eq!(wild.code, 0, "{}", wild.out);
    assert!(
        wild.out.starts_with("problem  a wildcard answers for _domainkey.example.com, so that nothing tells"),
        "{}",
        wild.out
    );
    let key = format!(
        r#"{{"*.example.com": {{"A": ["192.0.2.1"]}}, "s1._domainkey.example.com": {{"TXT": ["{KEY}"]}}}}"#
    );
    let found = ask(&key, &["dkim", "probe", "example.com"]);
    assert_eq!(found.out, "found  example.com publishes DKIM keys under known selectors\n  s1  Ed25519\n");
    assert_eq!(ask(&key, &["dkim", "probe", "example.com", "--json"]).json()["wildcard"], false);
}

/// The policy of DomainKeys, as some domains still have it, is no sign of a key.
#[test]
fn story_12_a_policy_of_domainkeys_is_told_from_keys() {
    let zone = r#"{"_domainkey.example.com": {"TXT": ["o=~; r=postmaster@example.com"]}}"#;
    let left = ask(zone, &["dkim", "probe", "example.com"]);
    assert_eq!(left.code, 0, "{}", left.out);
    assert!(
        left.out.starts_with(
            "problem  _domainkey.example.com has a TXT record of its own, \"o=~; r=postmaster@example.com\""
        ),
        "{}",
        left.out
    );
    let json = ask(zone, &["dkim", "probe", "example.com", "--json"]).json();
    assert_eq!(
        (&json["domainkey"], &json["record"]),
        (&"exists".into(), &"o=~; r=postmaster@example.com".into())
    );
}

#[test]
fn a_domain_that_cannot_be_asked_about_is_undecided() {
    let zone = r#"{"_domainkey.example.com": "SERVFAIL"}"#;
    let failing = ask(zone, &["dkim", "probe", "example.com"]);
    assert_eq!(failing.code, 75, "{}", failing.out);
    let cut_off = run(&["dkim", "probe", "example.com", "--server", "127.0.0.1:9", "--timeout", "1"]);
    assert_eq!((cut_off.code, cut_off.out.lines().count()), (75, 1), "{}", cut_off.out);
}

#[test]
fn null_mx_and_its_typos_are_told_apart() {
    for (zone, code, told) in [
        (r#"{"a.example": {"MX": [[0, "."]]}}"#, 0, "says that it takes no mail (null MX)"),
        (r#"{"a.example": {"MX": [[0, "nullmx"]]}}"#, 1, "was a null MX meant?"),
        (r#"{"a.example": {"MX": [[0, "null.invalid"]]}}"#, 1, "was a null MX meant?"),
        (r#"{"a.example": {"MX": [[0, "0"]]}}"#, 1, "was a null MX meant?"),
        (
            r#"{"a.example": {"MX": [[0, "."], [10, "mx.a.example"]]}, "mx.a.example": {"A": ["192.0.2.1"]}}"#,
            1,
            "makes it void",
        ),
        (
            r#"{"a.example": {"MX": [[10, "gone.a.example"]]}}"#,
            1,
            "gone.a.example  it does not exist (NXDOMAIN)",
        ),
        (r#"{"a.example": {"MX": [[10, "192.0.2.1"]]}}"#, 1, "an address in place of a name"),
        (
            r#"{"a.example": {"MX": [[10, "m.a.example"]]}, "m.a.example": {"CNAME": "h.a.example"}, "h.a.example": {"A": ["192.0.2.1"]}}"#,
            1,
            "an alias of h.a.example",
        ),
        (r#"{"a.example": {"A": ["192.0.2.1"]}}"#, 0, "no MX record: mail goes to its own address"),
        (r#"{"a.example": {"MX": [[10, "m.a.example"]]}, "m.a.example": "SERVFAIL"}"#, 75, "SERVFAIL"),
        (r#"{"a.example": "TIMEOUT"}"#, 75, "timeout"),
        ("{}", 1, "does not exist (NXDOMAIN)"),
    ] {
        let ended = ask(zone, &["mx", "a.example"]);
        assert_eq!(ended.code, code, "{zone}: {}", ended.out);
        assert!(ended.out.contains(told), "{zone}: {}", ended.out);
    }
    let two = r#"{"a.example": {"MX": [[20, "b.a.example"], [10, "a.a.example"]]}, "a.a.example": {"A": ["192.0.2.1"], "AAAA": ["2001:db8::1"]}, "b.a.example": {"A": ["192.0.2.2"]}}"#;
    assert_eq!(
        ask(two, &["mx", "a.example"]).out,
        "found  a.example has 2 mail exchanges\n     10  a.a.example  192.0.2.1, 2001:db8::1\n     20  b.a.example  192.0.2.2\n"
    );
}

#[test]
fn a_name_must_lead_back_to_its_address() {
    let zone = r#"{"1.2.0.192.in-addr.arpa": {"PTR": ["mx.example.com"]}, "mx.example.com": {"A": ["192.0.2.1"]},
                   "2.2.0.192.in-addr.arpa": {"PTR": ["mx.example.com"]}, "4.2.0.192.in-addr.arpa": "SERVFAIL"}"#;
    let good = ask(zone, &["ptr", "192.0.2.1"]);
    assert_eq!(
        good.out,
        "pass  192.0.2.1: mx.example.com points back to 192.0.2.1\n  asked for  1.2.0.192.in-addr.arpa\n  names      mx.example.com\n"
    );
    for (ip, code, told) in [
        ("192.0.2.1", 0, "points back"),
        ("192.0.2.2", 1, "the names of the address have other addresses: mx.example.com"),
        ("192.0.2.3", 1, "the address has no PTR record (NXDOMAIN)"),
        ("192.0.2.4", 75, "SERVFAIL"),
    ] {
        let ended = ask(zone, &["ptr", ip]);
        assert_eq!(ended.code, code, "{ip}: {}", ended.out);
        assert!(ended.out.contains(told), "{ip}: {}", ended.out);
        assert_eq!(ended.out.contains("next: "), code != 0, "{ip}");
    }
}
