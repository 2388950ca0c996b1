//! `dns trace`: what is wrong with a domain, in words.

use super::curt_server::{self, NXDOMAIN, RA};
use super::real_server::RealServer;
use super::rogue_server::RogueServer;
use super::{Ended, NEWSLETTER_ZONE, run};

fn trace(zone: &str, more: &[&str]) -> Ended {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("zone.json");
    std::fs::write(&path, zone).unwrap();
    run(&[&["dns", "trace", "a.example", "--zone", path.to_str().unwrap()], more].concat())
}

fn trace_rogue(server: &RogueServer, word: &str, more: &[&str]) -> Ended {
    let (address, domain) = (server.address.to_string(), format!("{word}.test"));
    let patience = ["--query-timeout", "0.3", "--attempts", "1", "--timeout", "30"];
    run(&[&["dns", "trace", &domain, "--server", &address], &patience[..], more].concat())
}

#[test]
fn a_domain_in_order_is_clean_and_told_shortly() {
    let ended = run(&["dns", "trace", "example.com", "--selector", "2026a", "--zone", NEWSLETTER_ZONE]);
    assert_eq!((ended.code, ended.complaint.as_str()), (0, ""), "{}", ended.out);
    let expected = "\
CLEAN  example.com: 0 problems, 0 failures, 10 questions
  SPF     v=spf1 mx include:_spf.esp.example.net -all
            include:_spf.esp.example.net  v=spf1 ip4:198.51.100.0/24 ip6:2001:db8:100::/40 -all
  MX      10 mail.example.com
  DMARC   _dmarc.example.com: v=DMARC1; p=reject; rua=mailto:dmarc@example.com
  DKIM    keys at 2026a
";
    assert_eq!(ended.out, expected);
    let told =
        run(&["dns", "trace", "example.com", "--selector", "2026a", "--zone", NEWSLETTER_ZONE, "--verbose"]);
    let questions = told.out.strip_prefix(expected).unwrap();
    assert_eq!(questions.lines().count(), 11);
    assert!(questions.contains("\n  found     ttl 3600    mail.example.com AAAA\n"), "{questions}");
}

/// Each problem is named, and has one line that says what to do.
#[test]
fn what_is_wrong_in_a_zone_is_said() {
    let base = r#""a.example": { "TXT": ["v=spf1 -all"], "A": ["192.0.2.1"] }, "_dmarc.a.example": { "TXT": ["v=DMARC1; p=reject"] }"#;
    for (zone, code, words) in [
        (format!("{{ {base} }}"), 0, "not used: _domainkey does not exist (NXDOMAIN)"),
        ("{}".to_owned(), 1, "the domain does not exist (NXDOMAIN)"),
        (r#"{ "a.example": { "TXT": ["v=spf1 include:gone.example -all"] } }"#.to_owned(), 1, "does not exist any more"),
        (
            r#"{ "a.example": { "TXT": ["v=spf1 redirect=b.example"] }, "b.example": { "A": ["192.0.2.1"] } }"#.to_owned(),
            1,
            "redirect=b.example: there is no SPF record (no data)",
        ),
        (
            r#"{ "a.example": { "TXT": ["v=spf1 include:b.example"] }, "b.example": "SERVFAIL" }"#.to_owned(),
            75,
            "SERVFAIL: the server cannot say whether the name exists",
        ),
        (r#"{ "a.example": { "TXT": ["v=spf1 -all", "v=spf1 mx"] } }"#.to_owned(), 1, "2 SPF records at a.example"),
        (r#"{ "a.example": { "TXT": ["v=spf1 ipv4:1.2.3.4 -all"] } }"#.to_owned(), 1, "is malformed"),
        (r#"{ "a.example": { "TXT": ["v=spf1 a:none.example -all"] } }"#.to_owned(), 1, "a void lookup"),
        (
            r#"{ "a.example": { "TXT": ["v=spf1 -all"], "MX": [[1, "m.example"]] } }"#.to_owned(),
            1,
            "a mail exchange without any address",
        ),
        (
            format!(r#"{{ {base}, "default._domainkey.a.example": {{ "CNAME": "k.gone.example" }} }}"#),
            1,
            "the CNAME leads nowhere: k.gone.example, hop 1 of 1, does not exist",
        ),
        (
            format!(r#"{{ {base}, "s1._domainkey.a.example": {{ "CNAME": "s2._domainkey.a.example" }}, "s2._domainkey.a.example": {{ "CNAME": "s1._domainkey.a.example" }} }}"#),
            1,
            "the CNAME records loop",
        ),
        (
            r#"{ "a.example": { "TXT": ["v=spf1 -all"] }, "*.a.example": { "TXT": ["v=spf1 -all"] } }"#.to_owned(),
            1,
            "a wildcard answers for every name with an SPF record",
        ),
        (
            format!(r#"{{ {base}, "_domainkey.a.example": {{ "TXT": ["o=~"] }} }}"#),
            0,
            "the policy of DomainKeys (RFC 4870)",
        ),
        (
            r#"{ "a.example": { "TXT": ["v=spf1 -all"] }, "_dmarc.a.example": { "TXT": ["v=DMARC1; p=none", "v=DMARC1; p=reject"] } }"#.to_owned(),
            1,
            "2 DMARC records at one name",
        ),
    ] {
        let ended = trace(&zone, &[]);
        assert_eq!(ended.code, code, "{zone}: {}", ended.out);
        assert!(ended.out.contains(words), "{words}: {}", ended.out);
        let findings = ["failure: ", "problem: ", "note: "];
        let count = ended.out.lines().filter(|line| findings.iter().any(|start| line.starts_with(start))).count();
        assert_eq!(ended.out.lines().filter(|line| line.starts_with("  next:  ")).count(), count);
    }
}

#[test]
fn a_selector_that_is_given_must_be_there() {
    let zone = r#"{
        "a.example": { "TXT": ["v=spf1 -all"] },
        "_dmarc.a.example": { "TXT": ["v=DMARC1; p=reject"] },
        "old._domainkey.a.example": { "TXT": ["gone fishing"] },
        "empty._domainkey.a.example": { "A": ["192.0.2.1"] },
        "key._domainkey.a.example": { "TXT": ["v=DKIM1; p="] }
    }"#;
    for (selector, code, words) in [
        ("key", 0, "keys at key"),
        ("none", 1, "the selector does not exist (NXDOMAIN)"),
        ("empty", 1, "has no TXT record"),
        ("old", 1, "none with a p= tag"),
    ] {
        let ended = trace(zone, &["--selector", selector]);
        assert_eq!(ended.code, code, "{}", ended.out);
        assert!(ended.out.contains(words), "{words}: {}", ended.out);
    }
}

#[test]
fn what_a_server_does_wrong_is_said() {
    let server = RogueServer::new();
    for (word, code, words) in [
        ("honest", 1, "a wildcard answers for every name with an SPF record"),
        ("empty", 1, "an odd answer: NOERROR with no record, without the SOA"),
        ("formerr-edns", 1, "the server refuses EDNS"),
        ("servfail", 75, "SERVFAIL: the server cannot say"),
        ("bogus", 75, "let the DS record at the parent match its keys"),
        ("refused", 75, "REFUSED: the server does not answer for this name"),
        ("drop", 75, "timeout: the server is silent"),
        ("truncate-hang", 75, "truncated over UDP, and over TCP: timeout"),
        ("truncate", 1, "the answer does not fit UDP, and came over TCP"),
        ("stale", 1, "its answer is stale"),
    ] {
        let ended = trace_rogue(&server, word, &["--selector", "s"]);
        assert_eq!(ended.code, code, "{word}: {}", ended.out);
        assert!(ended.out.contains(words), "{word}: {words}: {}", ended.out);
    }
    let json = trace_rogue(&server, "servfail", &["--json"]).json();
    assert_eq!((&json["schema"], &json["result"]), (&"mailproof.trace/1".into(), &"defer".into()));
    assert_eq!(json["findings"][0]["severity"], "failure");
    assert!(
        json["answers"].as_array().unwrap().iter().all(|answer| answer["failure"] == "SERVFAIL"),
        "{json}"
    );
    let refused = trace_rogue(&RogueServer::without_tcp(), "truncate", &[]);
    assert!(refused.out.contains("truncated over UDP, and over TCP: no server reachable"), "{}", refused.out);
    assert!(refused.out.contains("open TCP port 53"), "{}", refused.out);
}

/// RFC 8020 §2: what has names below it exists.
#[test]
fn a_server_that_denies_an_empty_non_terminal_is_told() {
    let deny_keys = |name: &[u8]| if name.starts_with(b"\x0a_domainkey") { RA | NXDOMAIN } else { RA };
    let address = curt_server::start(deny_keys).to_string();
    let ended = run(&["dns", "trace", "a.example", "--server", &address]);
    assert_eq!(ended.code, 1, "{}", ended.out);
    let words =
        "problem: NXDOMAIN for a name that has names below it: resolvers may take all selectors for absent";
    assert_eq!(ended.line("problem: NXDOMAIN for"), words);
}

/// An empty non-terminal is NOERROR with a real server, and so says that there are keys.
#[test]
fn a_real_server_tells_whether_there_are_keys() {
    let zone = |key: &str| {
        format!(
            "$ORIGIN a.test.\n$TTL 30\n@ SOA ns h 1 3600 600 86400 120\n@ NS ns\nns A 127.0.0.1\n\
             @ TXT \"v=spf1 mx -all\"\n@ MX 10 ns\n_dmarc TXT \"v=DMARC1; p=reject; psd=n\"\n{key}\n"
        )
    };
    for (key, words) in [
        ("", "not used: _domainkey does not exist"),
        ("odd._domainkey TXT \"v=DKIM1; p=\"", "names exist below _domainkey"),
        ("s1._domainkey TXT \"v=DKIM1; p=\"", "keys at s1"),
    ] {
        let Some(knot) = RealServer::knot(&[("a.test", &zone(key))]) else { return };
        let ended = run(&["dns", "trace", "a.test", "--server", &knot.address.to_string()]);
        assert_eq!(ended.code, 0, "{}", ended.out);
        assert!(ended.line("DKIM").contains(words), "{}", ended.out);
        assert!(ended.out.contains("note: a time to live below 60 seconds"), "{}", ended.out);
    }
}
