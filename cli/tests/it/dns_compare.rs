//! `dns compare`: do several servers say the same?

use super::real_server::RealServer;
use super::rogue_server::RogueServer;
use super::{Ended, run};
use std::net::SocketAddr;

fn zone(ttl: u32, rest: &str) -> String {
    format!("$ORIGIN c.test.\n$TTL {ttl}\n@ SOA ns h 1 3600 600 86400 120\n@ NS ns\nns A 127.0.0.1\n{rest}")
}

fn compare(name: &str, servers: &[SocketAddr], more: &[&str]) -> Ended {
    let servers: Vec<_> =
        servers.iter().flat_map(|server| ["--server".to_owned(), server.to_string()]).collect();
    let servers: Vec<_> = servers.iter().map(String::as_str).collect();
    let patience = ["--query-timeout", "0.3", "--attempts", "1"];
    run(&[&["dns", "compare", name, "TXT"], &servers[..], &patience, more].concat())
}

#[test]
fn order_and_time_to_live_are_no_difference() {
    let Some(one) = RealServer::knot(&[("c.test", &zone(600, "@ TXT \"a\"\n@ TXT \"b\"\n"))]) else { return };
    let Some(two) = RealServer::knot(&[("c.test", &zone(60, "@ TXT \"b\"\n@ TXT \"a\"\n"))]) else { return };
    let ended = compare("c.test", &[one.address, two.address], &[]);
    assert_eq!((ended.code, ended.complaint.as_str()), (0, ""), "{}", ended.out);
    assert!(ended.out.starts_with("SAME  c.test TXT\n"), "{}", ended.out);
    assert!(ended.line(&one.address.to_string()).contains("ttl 600"));
    assert!(ended.line(&two.address.to_string()).contains("ttl 60 "));
}

/// A secondary that is stale, and one that does not know the zone.
#[test]
fn what_differs_is_named() {
    let Some(one) = RealServer::knot(&[("c.test", &zone(600, "@ TXT \"new\"\n@ TXT \"both\"\n"))]) else {
        return;
    };
    let Some(two) = RealServer::knot(&[("c.test", &zone(600, "@ TXT \"old\"\n@ TXT \"both\"\n"))]) else {
        return;
    };
    let Some(lame) = RealServer::knot(&[("d.test", &zone(600, "").replace("c.test", "d.test"))]) else {
        return;
    };
    let ended = compare("c.test", &[one.address, two.address], &[]);
    assert_eq!(ended.code, 1, "{}", ended.out);
    assert_eq!(ended.line("only").trim(), format!("only {}: \"new\"", one.address));
    assert!(ended.out.contains(&format!("only {}: \"old\"", two.address)) && !ended.out.contains("\"both\""));

    let ended = compare("c.test", &[one.address, lame.address], &["--json"]);
    let json = ended.json();
    assert_eq!((ended.code, &json["result"]), (1, &"differ".into()));
    assert_eq!(json["differences"][0]["in"], "outcome");
    assert_eq!(json["differences"][0]["values"], serde_json::json!(["found", "REFUSED"]));
    assert_eq!(json["servers"][1]["answer"]["failure"], "REFUSED");
}

#[test]
fn a_server_that_is_silent_leaves_it_open() {
    let server = RogueServer::new();
    let ended = compare("drop.test", &[server.address, server.address], &[]);
    assert_eq!(ended.code, 75, "{}", ended.out);
    assert!(
        ended.out.starts_with("DEFER  drop.test TXT\n") && ended.out.contains("timeout"),
        "{}",
        ended.out
    );
    // SERVFAIL is a word; the same of both is the same.
    let ended = compare("servfail.test", &[server.address, server.address], &[]);
    assert_eq!(ended.code, 0, "{}", ended.out);
}
