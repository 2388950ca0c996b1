//! What happened to postmasters, at the command: each story that a person reads the end of.

use super::curt_server::{self, RA};
use super::real_server::RealServer;
use super::rogue_server::RogueServer;
use super::{Ended, run};
use std::fmt::Write;
use std::net::UdpSocket;

fn ask(zone: &str, arguments: &[&str]) -> Ended {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("zone.json");
    std::fs::write(&path, zone).unwrap();
    run(&[arguments, &["--zone", path.to_str().unwrap()]].concat())
}

/// A port for the client which nobody else has: a firewall is best obeyed by one.
fn free_port() -> u16 {
    UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

#[test]
fn story_09_queries_from_some_ports_vanish() {
    let open = free_port();
    let server = curt_server::start_for(move |client| client.port() == open, |_| RA).to_string();
    let patience = ["--server", &server, "--query-timeout", "0.3", "--attempts", "1"];
    let from =
        |ports: &str| run(&[&["dns", "a.example", "TXT", "--source-ports", ports], &patience[..]].concat());
    let closed = free_port();
    let vanished = from(&format!("{closed}-{closed}"));
    assert_eq!(vanished.code, 75, "{}", vanished.out);
    assert!(vanished.out.contains("timeout"), "{}", vanished.out);
    let answered = from(&format!("{open}-{open}"));
    assert_eq!(answered.code, 1, "{}", answered.out);
    assert!(answered.out.contains("no data"), "{}", answered.out);
    let told = run(&[&["dns", "trace", "a.example"], &patience[..]].concat());
    assert_eq!(told.code, 75, "{}", told.out);
    assert!(told.out.contains("Try --source-ports"), "{}", told.out);
}

#[test]
fn story_10_edns_is_dropped_and_tcp_refused() {
    let spf = |server: &RogueServer, word: &str| {
        let address = server.address.to_string();
        let patience = ["--server", &address, "--query-timeout", "0.3", "--attempts", "1"];
        run(&[&["spf", &format!("{word}.test"), "--ip", "192.0.2.1"], &patience[..]].concat())
    };
    let server = RogueServer::new();
    for word in ["formerr-edns", "truncate", "big"] {
        let passed = spf(&server, word);
        assert_eq!(passed.code, 0, "{word}: {}", passed.out);
        assert!(passed.out.starts_with("pass"), "{word}: {}", passed.out);
    }
    let refused = spf(&RogueServer::without_tcp(), "truncate");
    assert_eq!(refused.code, 75, "{}", refused.out);
    assert!(refused.out.starts_with("temperror"), "{}", refused.out);
    assert!(refused.out.contains("no server reachable"), "{}", refused.out);
}

#[test]
fn story_11_answers_differ_by_resolver() {
    let zone = |address: &str| {
        format!(
            "$ORIGIN a.test.\n$TTL 30\n@ SOA ns h 1 3600 600 86400 120\n@ NS ns\nns A 127.0.0.1\n\
             @ TXT \"v=spf1 ip4:{address} -all\"\n"
        )
    };
    let Some(here) = RealServer::knot(&[("a.test", &zone("192.0.2.1"))]) else { return };
    let Some(there) = RealServer::knot(&[("a.test", &zone("192.0.2.2"))]) else { return };
    let [one, two] = [here.address.to_string(), there.address.to_string()];
    let compared = run(&["dns", "compare", "a.test", "TXT", "--server", &one, "--server", &two]);
    assert_eq!(compared.code, 1, "{}", compared.out);
    for (server, address) in [(&one, "192.0.2.1"), (&two, "192.0.2.2")] {
        let only = format!("only {server}: \"v=spf1 ip4:{address} -all\"");
        assert!(compared.out.contains(&only), "{only}: {}", compared.out);
    }
}

#[test]
fn story_12_does_this_domain_use_dkim() {
    let probe = |zone: &str| ask(zone, &["dkim", "probe", "a.example"]);
    let unused = probe(r#"{"a.example": {"A": ["192.0.2.1"]}}"#);
    assert!(unused.out.contains("does not exist (NXDOMAIN)"), "{}", unused.out);
    let used = probe(r#"{"x7f3._domainkey.a.example": {"TXT": ["v=DKIM1; p="]}}"#);
    assert!(used.out.contains("exists, so there are keys"), "{}", used.out);
    // A policy of DomainKeys (RFC 4870 §3.6) makes the name exist, and says nothing about keys.
    let left_over = probe(r#"{"_domainkey.a.example": {"TXT": ["t=y; o=~"]}}"#);
    assert!(!left_over.out.contains("so there are keys"), "{}", left_over.out);
    assert!(left_over.out.contains("\"t=y; o=~\", where nobody looks for a key"), "{}", left_over.out);
    // RFC 8020 §2: what has names below it exists; a server that denies it hides no selector that is asked for.
    let address = curt_server::start(|name| if name.starts_with(b"\x0a_domainkey") { RA | 3 } else { RA });
    let denied = run(&["dns", "trace", "a.example", "--server", &address.to_string()]);
    assert!(denied.out.contains("NXDOMAIN for a name that has names below it"), "{}", denied.out);
}

#[test]
fn story_17_a_null_mx_that_is_none() {
    for (exchange, words) in [
        (r#"[0, "nullmx"]"#, "was a null MX meant"),
        (r#"[0, "0"]"#, "was a null MX meant"),
        (r#"[10, "a-example.mail.protection.outlok.com"]"#, "it does not exist (NXDOMAIN)"),
    ] {
        let zone = format!(r#"{{"a.example": {{"TXT": ["v=spf1 -all"], "MX": [{exchange}]}}}}"#);
        let told = ask(&zone, &["mx", "a.example"]);
        assert_eq!(told.code, 1, "{}", told.out);
        assert!(told.out.contains(words), "{words}: {}", told.out);
        let audited = ask(&zone, &["audit", "a.example"]);
        let id = if words.starts_with("was") { "DNS-014" } else { "DNS-017" };
        assert!(audited.out.contains(id), "{id}: {}", audited.out);
    }
    let null = ask(r#"{"a.example": {"MX": [[0, "."]]}}"#, &["mx", "a.example"]);
    assert_eq!(null.code, 0, "{}", null.out);
    assert!(null.out.contains("takes no mail (null MX)"), "{}", null.out);
}

#[test]
fn story_22_every_address_a_provider_authorizes() {
    // 81 networks over three records, none beside another.
    let networks: Vec<String> = (0..81).map(|number| format!("198.18.{}.0/24", number * 2)).collect();
    let mut zone = String::from(
        r#"{"a.example": {"TXT": ["v=spf1 include:_a.example include:_b.example include:_c.example -all"]}"#,
    );
    for (label, part) in ["_a", "_b", "_c"].iter().zip(networks.chunks(27)) {
        let terms: Vec<String> = part.iter().map(|network| format!("ip4:{network}")).collect();
        write!(zone, r#", "{label}.example": {{"TXT": ["v=spf1 {} -all"]}}"#, terms.join(" ")).unwrap();
    }
    let whole = format!("{zone}}}");
    let listed = ask(&whole, &["spf", "expand", "a.example"]);
    assert_eq!(
        (listed.code, listed.out.lines().collect::<Vec<_>>()),
        (0, networks.iter().map(String::as_str).collect())
    );
    let walked = ask(&whole, &["spf", "walk", "a.example"]);
    assert!(
        walked.line("198.18.160.0/24").ends_with("include:_c.example ip4:198.18.160.0/24"),
        "{}",
        walked.out
    );

    // One of the three fails: what is known is listed, what is not is told, and no script takes it for all.
    let failing = whole.replace(r#""_c.example": {"#, r#""_c.example": "SERVFAIL", "gone.example": {"#);
    let part = ask(&failing, &["spf", "expand", "a.example"]);
    assert_eq!((part.code, part.out.lines().count()), (75, 54), "{}", part.out);
    let told = ask(&failing, &["spf", "walk", "a.example"]);
    assert_eq!(told.code, 75, "{}", told.out);
    assert!(told.complaint.contains("_c.example TXT: SERVFAIL"), "{}", told.complaint);
}
