//! `check` and `spf` over real DNS servers: what they say becomes a verdict, a reason and an exit code.
//!
//! Knot DNS and Unbound run on the loopback; where they are not installed these tests say so and skip.

use super::real_server::{RealServer, free_port};
use super::{Ended, NEWSLETTER, NEWSLETTER_ZONE, NOW, run};
use serde_json::Value;
use std::net::UdpSocket;

const SOA: &str = "$TTL 600\n@ SOA ns h 1 3600 600 86400 120\n@ NS ns\nns A 127.0.0.1\n";

const SESSION: [&str; 6] =
    ["--ip", "192.0.2.25", "--helo", "mail.example.com", "--mail-from", "kitchen@example.com"];

/// The names of the newsletter's zone below `origin`, as a master file, without those of which `is_left_out` holds.
fn master_file(origin: &str, is_left_out: impl Fn(&str) -> bool) -> String {
    let zone: Value = serde_json::from_str(&std::fs::read_to_string(NEWSLETTER_ZONE).unwrap()).unwrap();
    let mut text = format!("$ORIGIN {origin}.\n{SOA}");
    for (name, types) in zone.as_object().unwrap() {
        if !name.ends_with(origin) || is_left_out(name) {
            continue;
        }
        for (mnemonic, records) in types.as_object().unwrap() {
            for record in records.as_array().unwrap() {
                text += &format!("{name}. {mnemonic} {}\n", record_data(mnemonic, record));
            }
        }
    }
    text
}

fn record_data(mnemonic: &str, record: &Value) -> String {
    match (mnemonic, record) {
        ("MX", Value::Array(parts)) => format!("{} {}.", parts[0], parts[1].as_str().unwrap()),
        ("TXT", Value::Array(strings)) => {
            let strings: Vec<_> = strings.iter().map(|string| format!("{string}")).collect();
            strings.join(" ")
        }
        ("TXT", text) => text.to_string(),
        ("PTR", name) => format!("{}.", name.as_str().unwrap()),
        (_, text) => text.as_str().unwrap().to_owned(),
    }
}

fn is_key(name: &str) -> bool {
    name.contains("._domainkey.")
}

/// An authority for example.com, and for what else the newsletter needs.
fn authority(example: &str) -> Option<RealServer> {
    let net = master_file("example.net", |_| false);
    RealServer::knot(&[("example.com", example), ("example.net", &net), ("broken.test", "; no SOA record\n")])
}

fn check(server: &str, more: &[&str]) -> Ended {
    let mut arguments = vec!["check", NEWSLETTER, "--at", NOW, "--server", server];
    arguments.extend(more);
    run(&arguments)
}

fn word<'a>(report: &'a Value, method: &str) -> (&'a str, &'a str) {
    let entry = report[method].as_array().map_or(&report[method], |entries| entries.last().unwrap());
    (entry["result"].as_str().unwrap(), entry["reason"].as_str().unwrap_or_default())
}

#[test]
fn the_newsletter_passes_over_an_authority_and_a_recursive_server() {
    let Some(knot) = authority(&master_file("example.com", |_| false)) else { return };
    let port = knot.address.port();
    let stub = |zone: &str| format!("stub-zone:\n name: \"{zone}.\"\n stub-addr: 127.0.0.1@{port}\n");
    // What the tree walk asks of the world above is answered here, for there is no world.
    let zones =
        format!(" local-zone: \"_dmarc.com.\" static\n{}{}", stub("example.com"), stub("example.net"));
    let Some(unbound) = RealServer::unbound(&zones, "example.com") else { return };
    let silent = UdpSocket::bind("127.0.0.1:0").unwrap();
    let silent = silent.local_addr().unwrap().to_string();
    for server in [&knot, &unbound] {
        let address = server.address.to_string();
        let ended = check(&address, &SESSION);
        assert_eq!((ended.code, ended.complaint.as_str()), (0, ""), "{}", ended.out);
        assert!(ended.line("PASS").ends_with("this is mail of example.com"));
        assert_eq!(ended.out.matches("aligned  ").count(), 3, "{}", ended.out);
    }
    // A server that is silent is passed over for the next.
    let address = knot.address.to_string();
    let servers = ["--server", &silent, "--server", &address];
    let one_question = ["spf", "_spf.esp.example.net", "--ip", "198.51.100.9"];
    assert_eq!(run(&[&one_question[..], &servers].concat()).code, 0);
    let included = run(&["spf", "example.com", "--ip", "198.51.100.9", "--server", &address]);
    assert_eq!(included.line("matched").trim(), "matched  include:_spf.esp.example.net");
}

/// Large sets, several strings and aliases are nothing but DNS.
#[test]
fn what_is_large_or_elsewhere_is_found() {
    let example = master_file("example.com", |name| {
        name == "2026a._domainkey.example.com" || name.starts_with("_dmarc")
    });
    let key = master_file("example.com", |name| name != "2026a._domainkey.example.com");
    let key =
        key.lines().find(|line| line.contains("DKIM1")).unwrap().split_once(" TXT ").unwrap().1.to_owned();
    // The record of the key is longer than any UDP reply, its name an alias of an alias; and dozens of other texts stand
    // beside the SPF record.
    let notes: String = (0..20).map(|_| format!(" \"{}\"", "n".repeat(250))).collect();
    let key = key.replacen("v=DKIM1; ", &format!("v=DKIM1; n=\" {notes} \"; "), 1);
    let texts: String = (0..50).map(|number| format!("@ TXT \"{number} {}\"\n", "t".repeat(100))).collect();
    let example = format!(
        "{example}\n{texts}2026a._domainkey CNAME one.keys\none.keys CNAME two.keys\ntwo.keys TXT ( {key} )\n\
         _dmarc TXT \"v=DMARC1; p=rej\" \"ect\"\n"
    );
    let Some(knot) = authority(&example) else { return };
    let address = knot.address.to_string();
    let mut arguments = SESSION.to_vec();
    arguments.push("--json");
    let ended = check(&address, &arguments);
    assert_eq!(ended.code, 0, "{} {}", ended.out, ended.complaint);
    let report = ended.json();
    assert_eq!(word(&report, "spf"), ("pass", "mx of example.com matches 192.0.2.25"));
    assert_eq!(
        (&report["dkim"][0]["result"], &report["dkim"][1]["result"]),
        (&"pass".into(), &"pass".into())
    );
    assert_eq!(
        (&report["dkim"][1]["selector"], &report["dkim"][1]["key_bits"]),
        (&"2026a".into(), &2048.into())
    );
    assert_eq!(report["dmarc"]["policy"], "reject");
}

/// A key that is not there is the end of a signature, not a failure of DNS.
#[test]
fn what_is_not_there_is_told_apart_from_what_cannot_be_told() {
    let example = master_file("example.com", is_key);
    for (keys, result, reason, code) in [
        ("", "permerror", "the selector does not exist", 1),
        (
            "2026a._domainkey A 192.0.2.1\n2026e._domainkey A 192.0.2.1\n",
            "permerror",
            "the selector has no TXT record",
            1,
        ),
        (
            "2026a._domainkey CNAME gone.example.net.\n2026e._domainkey CNAME gone.example.net.\n",
            "permerror",
            "its alias gone.example.net does not exist",
            1,
        ),
        (
            "2026a._domainkey CNAME key.broken.test.\n2026e._domainkey CNAME key.broken.test.\n",
            "temperror",
            "SERVFAIL",
            75,
        ),
        (
            "2026a._domainkey CNAME key.elsewhere.test.\n2026e._domainkey CNAME key.elsewhere.test.\n",
            "temperror",
            "REFUSED",
            75,
        ),
    ] {
        let Some(knot) = authority(&format!("{example}{keys}")) else { return };
        let address = knot.address.to_string();
        let ended = check(&address, &["--json"]);
        let report = ended.json();
        let (told, why) = word(&report, "dkim");
        assert_eq!((told, ended.code), (result, code), "{}", ended.out);
        assert!(why.contains(reason), "{why}");
        let dmarc = if code == 75 { "temperror" } else { "fail" };
        assert_eq!(report["dmarc"]["result"], dmarc);
        // SPF is aligned, and enough.
        assert_eq!(check(&address, &SESSION).code, 0);
    }
}

#[test]
fn a_server_that_refuses_or_fails_leaves_the_verdict_open() {
    let Some(knot) = RealServer::knot(&[("example.net", &master_file("example.net", |_| false))]) else {
        return;
    };
    every_check_is_open(&knot.address.to_string(), &[], &["REFUSED"]);
    let zones = [
        ("example.net", master_file("example.net", |_| false)),
        ("example.com", "; no SOA record\n".to_owned()),
    ];
    let zones: Vec<_> = zones.iter().map(|(origin, text)| (*origin, text.as_str())).collect();
    let Some(knot) = RealServer::knot(&zones) else { return };
    every_check_is_open(&knot.address.to_string(), &[], &["SERVFAIL"]);
}

#[test]
fn a_server_that_is_not_there_leaves_the_verdict_open() {
    let closed = format!("127.0.0.1:{}", free_port());
    // Whether the system tells that nobody listens is its own matter.
    every_check_is_open(&closed, &["--timeout", "15"], &["no server reachable", "timeout"]);
    let silent = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = silent.local_addr().unwrap().to_string();
    let start = std::time::Instant::now();
    every_check_is_open(&address, &["--timeout", "0.5"], &["the budget of time or questions is spent"]);
    assert!(start.elapsed().as_secs() < 10, "{:?}", start.elapsed());
    let told = check(&address, &["--timeout", "0.3"]);
    assert!(told.out.contains("The time was up before DNS had answered."), "{}", told.out);
}

fn every_check_is_open(server: &str, more: &[&str], reasons: &[&str]) {
    let mut arguments = [&SESSION[..], more].concat();
    let spf = run(&[&["spf", "example.com", "--ip", "192.0.2.25", "--server", server], more].concat());
    assert_eq!(spf.code, 75, "{}", spf.out);
    assert!(reasons.iter().any(|reason| spf.line("why: example.com TXT").contains(reason)), "{}", spf.out);
    arguments.push("--json");
    let ended = check(server, &arguments);
    assert_eq!(ended.code, 75, "{}", ended.out);
    let report = ended.json();
    for method in ["spf", "dkim", "dmarc"] {
        let (result, why) = word(&report, method);
        assert_eq!(result, "temperror", "{method}: {}", ended.out);
        assert!(reasons.iter().any(|reason| why.contains(reason)), "{method}: {why}");
    }
    assert_eq!(report["dmarc"]["disposition"], "none");
}
