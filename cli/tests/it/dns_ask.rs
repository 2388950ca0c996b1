//! `dns NAME TYPE`: what the evaluators would see.

use super::curt_server::{self, AD, RA};
use super::real_server::RealServer;
use super::rogue_server::RogueServer;
use super::{Ended, run};

const ZONE: &str = r#"{
    "text.example": { "TXT": [["v=spf1 \u001b\"", "\u00fc -all"], "two"] },
    "alias.example": { "CNAME": "text.example" },
    "dangling.example": { "CNAME": "gone.example" },
    "mx.example": { "MX": [[10, "a.example"], [0, "."]] },
    "1.2.0.192.in-addr.arpa": { "PTR": ["host.example"] },
    "broken.example": "SERVFAIL"
}"#;

fn ask(arguments: &[&str]) -> Ended {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("zone.json");
    std::fs::write(&path, ZONE).unwrap();
    run(&[&["dns"], arguments, &["--zone", path.to_str().unwrap()]].concat())
}

fn ask_rogue(server: &RogueServer, name: &str, more: &[&str]) -> Ended {
    let address = server.address.to_string();
    let patience = ["--query-timeout", "0.3", "--attempts", "1"];
    run(&[&["dns", name, "txt", "--server", &address], &patience[..], more].concat())
}

#[test]
fn each_outcome_has_its_word_and_exit_code() {
    for (name, kind, code, start) in [
        ("text.example", "TXT", 0, "found  text.example TXT\n"),
        ("text.example", "a", 1, "no data  text.example A\n"),
        ("none.example", "AAAA", 1, "NXDOMAIN  none.example AAAA\n"),
        ("broken.example", "TXT", 75, "SERVFAIL  broken.example TXT\n"),
        ("mx.example", "mx", 0, "found  mx.example MX\n"),
        ("192.0.2.1", "PTR", 0, "found  1.2.0.192.in-addr.arpa PTR\n"),
    ] {
        let ended = ask(&[name, kind]);
        assert_eq!((ended.code, ended.complaint.as_str()), (code, ""), "{}", ended.out);
        assert!(ended.out.starts_with(start), "{}", ended.out);
    }
    let exchanges = ask(&["mx.example", "MX"]);
    assert!(exchanges.out.contains("record   10 a.example\n  record   0 .\n"), "{}", exchanges.out);
}

#[test]
fn strings_joints_and_hops_are_visible() {
    let ended = ask(&["alias.example", "TXT"]);
    assert_eq!(ended.line("record"), r#"  record   "v=spf1 \027\"" "\252 -all""#);
    assert_eq!(ended.line("alias").trim(), "alias    CNAME text.example");
    let gone = ask(&["dangling.example", "TXT"]);
    assert_eq!(gone.code, 1);
    assert_eq!(gone.line("alias").trim(), "alias    CNAME gone.example, which does not exist");
}

#[test]
fn json_is_an_answer_as_it_is_recorded() {
    let ended = ask(&["alias.example", "TXT", "--json"]);
    let json = ended.json();
    assert_eq!(json["schema"], "mailproof.answer/1");
    assert_eq!(json["answer"]["outcome"], "found");
    assert_eq!(json["answer"]["aliases"][0], "text.example");
    assert_eq!(json["answer"]["records"][0][1], "\u{fc} -all");
    assert_eq!((&json["took_ms"], &json["ad_is_trusted"]), (&serde_json::Value::Null, &false.into()));
}

#[test]
fn how_the_answer_came_is_told() {
    let server = RogueServer::new();
    for (word, code, parts) in [
        ("honest", 0, &["over UDP, 1 query, ", "not believed"][..]),
        ("truncate", 0, &["over TCP, 2 queries, truncated over UDP first"]),
        ("formerr-edns", 0, &["over UDP, 2 queries, EDNS refused and left out"]),
        ("stale", 0, &["EDE 3, Stale Answer"]),
        ("empty", 1, &["no data", "odd: no SOA record"]),
        ("nxdomain", 1, &["NXDOMAIN", "the name does not exist"]),
        ("bogus", 75, &["SERVFAIL", "EDE 6, DNSSEC Bogus: \"no valid"]),
        ("refused", 75, &["REFUSED", "nothing is known"]),
        ("drop", 75, &["timeout"]),
        ("cname-loop", 75, &["CNAME loop", "the aliases lead nowhere"]),
        ("truncate-hang", 75, &["timeout", "over TCP, 2 queries, truncated over UDP first"]),
        ("garbage", 75, &["malformed reply"]),
    ] {
        let ended = ask_rogue(&server, &format!("{word}.test"), &[]);
        assert_eq!(ended.code, code, "{word}: {}", ended.out);
        for part in parts {
            assert!(ended.out.contains(part), "{word}: {part}: {}", ended.out);
        }
        assert!(ended.out.chars().all(|character| character == '\n' || !character.is_control()));
    }
    let out_of_time = ask_rogue(&server, "drop.test", &["--timeout", "0.1"]);
    assert!(out_of_time.out.contains("allow more with --timeout"), "{}", out_of_time.out);
    let json = ask_rogue(&server, "bogus.test", &["--json"]).json();
    assert_eq!(json["extended_error_purpose"], "DNSSEC Bogus");
    assert!(json["took_ms"].is_u64());
}

#[test]
fn every_option_of_the_resolver_reaches_it() {
    let server = RogueServer::new();
    let address = server.address.to_string();
    let over_tcp = format!("tcp://{address}");
    let ended = run(&["dns", "honest.test", "TXT", "--server", &over_tcp]);
    assert!(ended.line("from").contains("over TCP, 1 query"), "{}", ended.out);
    let mixed = ask_rogue(&server, "wrong-case.test", &["--0x20"]);
    assert!(mixed.line("from").contains("over TCP, 2 queries"), "{}", mixed.out);
    let patient =
        run(&["dns", "drop.test", "TXT", "--server", &address, "--query-timeout", "0.1", "--attempts", "3"]);
    assert!(patient.line("from").contains("3 queries"), "{}", patient.out);
    let ports = ask_rogue(&server, "honest.test", &["--source-ports", "42000-42999", "--edns", "512"]);
    assert_eq!(ports.code, 0);
    let servers = ["--server", &address, "--server", &address, "--servfail-is-final"];
    let final_word = run(&[&["dns", "servfail.test", "TXT"], &servers[..]].concat());
    assert!(final_word.line("from").contains("1 query"), "{}", final_word.out);
}

#[test]
fn the_ad_bit_counts_where_it_is_believed() {
    let address = curt_server::start(|_| RA | AD).to_string();
    let ask = |more: &[&str]| run(&[&["dns", "a.example", "TXT", "--server", &address], more].concat());
    let doubted = ask(&[]);
    assert_eq!(
        doubted.line("dnssec").trim(),
        "dnssec   not believed: the AD bit counts with --trust-ad alone"
    );
    let believed = ask(&["--trust-ad"]);
    assert_eq!(believed.line("dnssec").trim(), "dnssec   authentic: the AD bit is set, and believed");
    let json = ask(&["--trust-ad", "--json"]).json();
    assert_eq!((&json["ad_is_trusted"], &json["answer"]["authentic"]), (&true.into(), &true.into()));
}

#[test]
fn a_recursive_server_is_asked_as_it_is() {
    let zone = "$ORIGIN a.example.\n$TTL 600\n@ SOA ns h 1 3600 600 86400 120\n@ NS ns\nns A 127.0.0.1\nwww CNAME ns\n";
    let Some(knot) = RealServer::knot(&[("a.example", zone)]) else { return };
    let stub = format!("stub-zone:\n name: \"a.example.\"\n stub-addr: 127.0.0.1@{}\n", knot.address.port());
    let Some(unbound) = RealServer::unbound(&stub, "a.example") else { return };
    for server in [&knot, &unbound] {
        let address = server.address.to_string();
        let ask = |name, kind| run(&["dns", name, kind, "--server", &address]);
        let found = ask("www.a.example", "A");
        assert_eq!(found.code, 0, "{}", found.out);
        assert_eq!(found.line("record").trim(), "record   127.0.0.1");
        assert_eq!(found.line("alias").trim(), "alias    CNAME ns.a.example");
        assert!(found.line("from").contains(&format!("{address} over UDP, 1 query, ")), "{}", found.out);
        let negative = ask("none.a.example", "TXT");
        // A second or two go by where much else runs.
        let ttl = negative.line("ttl").trim();
        assert!(
            negative.out.starts_with("NXDOMAIN")
                && ["120 s", "119 s", "118 s"].iter().any(|end| ttl.ends_with(end)),
            "{}",
            negative.out
        );
        assert!(ask("a.example", "TXT").out.starts_with("no data"));
    }
}

#[test]
fn usage_errors_end_with_2() {
    for arguments in [
        &["dns"][..],
        &["dns", "a.example"],
        &["dns", "a.example", "SOA"],
        &["dns", "a..example", "TXT"],
        &["dns", "192.0.2.1", "TXT"],
        &["dns", "a.example", "TXT", "--server", "dns.example"],
        &["dns", "a.example", "TXT", "--edns", "100"],
        &["dns", "a.example", "TXT", "--attempts", "0"],
        &["dns", "a.example", "TXT", "--source-ports", "1-2"],
        &["dns", "a.example", "TXT", "--override", "a.example"],
        &["dns", "a.example", "TXT", "--replay", "x", "--server", "127.0.0.1"],
        &["dns", "a.example", "TXT", "--replay", "x", "--zone", "y"],
        &["dns", "compare", "a.example", "TXT"],
        &["dns", "compare", "a.example", "TXT", "--server", "127.0.0.1"],
        &["dns", "trace"],
        &["dns", "trace", "a..example"],
    ] {
        let ended = run(arguments);
        assert_eq!((ended.code, ended.out.as_str()), (2, ""), "{arguments:?}");
        assert!(!ended.complaint.is_empty());
    }
}
