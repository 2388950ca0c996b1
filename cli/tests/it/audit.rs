//! `audit`.

use super::real_server::RealServer;
use super::{NEWSLETTER_ZONE, run, run_with};
use std::io::Write;

/// A domain with a loop, a dead include and a null MX mistyped; and one with nothing wrong.
const ZONE: &str = r#"{
    "bad.example": { "A": ["192.0.2.1"], "MX": [[0, "nullmx"]], "TXT": ["v=spf1 include:loop.example include:gone.example -all"] },
    "loop.example": { "TXT": ["v=spf1 include:bad.example -all"] },
    "good.example": { "A": ["192.0.2.2"], "MX": [[10, "mx.good.example"]], "TXT": ["v=spf1 mx -all"] },
    "mx.good.example": { "A": ["192.0.2.3"] },
    "3.2.0.192.in-addr.arpa": { "PTR": ["mx.good.example"] },
    "_dmarc.good.example": { "TXT": ["v=DMARC1; p=reject; rua=mailto:dmarc@good.example"] },
    "defer.example": { "A": ["192.0.2.2"], "MX": [[10, "mx.good.example"]], "TXT": ["v=spf1 mx -all"] },
    "_dmarc.defer.example": "TIMEOUT"
}"#;

fn zone() -> tempfile::NamedTempFile {
    let mut file = tempfile::Builder::new().suffix(".json").tempfile().unwrap();
    file.write_all(ZONE.as_bytes()).unwrap();
    file
}

fn audit(arguments: &[&str]) -> super::Ended {
    let zone = zone();
    let zone = zone.path().to_str().unwrap().to_owned();
    run(&[&["audit", "--zone", &zone], arguments].concat())
}

#[test]
fn a_clean_domain_is_clean() {
    let ended = audit(&["good.example"]);
    assert_eq!(ended.code, 0, "{}", ended.out);
    assert!(ended.out.starts_with("good.example  nothing wrong · "), "{}", ended.out);
    assert!(ended.out.contains(" SPF   ✓ lookups 1/10 (mx 1) · void 0/2\n"), "{}", ended.out);
    assert!(ended.out.contains(" DMARC ✓ reject, by the record of good.example\n"), "{}", ended.out);
}

#[test]
fn everything_wrong_is_told_at_once() {
    let ended = audit(&["bad.example"]);
    assert_eq!(ended.code, 1);
    for id in ["SPF-008", "SPF-022", "DMARC-001", "DNS-014"] {
        assert!(ended.out.contains(id), "{id}: {}", ended.out);
    }
    assert!(ended.out.contains("bad.example > loop.example > bad.example"), "{}", ended.out);
    let verbose = audit(&["-v", "bad.example"]);
    assert!(verbose.out.contains("effect: ") && verbose.out.contains("^^^^^^^^^^^^"), "{}", verbose.out);
    assert!(audit(&["--ascii", "-v", "bad.example"]).out.is_ascii());
}

#[test]
fn exit_codes_tell_what_was_found() {
    // A question that failed leaves it open whether something is wrong, unless something is known to be.
    let defer = audit(&["defer.example", "--fail-on", "never"]);
    assert_eq!(defer.code, 75, "{}", defer.out);
    assert!(defer.out.contains("_dmarc.defer.example TXT: timeout"), "{}", defer.out);
    assert_eq!(audit(&["bad.example", "--fail-on", "never"]).code, 0);
    // Where no server can be asked, nothing is known to be wrong.
    let cut_off = run(&["audit", "good.example", "--server", "127.0.0.1:9", "--timeout", "1"]);
    assert_eq!(cut_off.code, 75, "{}", cut_off.out);
    assert!(cut_off.out.contains("no fault of the domain"), "{}", cut_off.out);
    assert!(cut_off.out.contains("no selector could be asked for"), "{}", cut_off.out);
    assert_eq!(run(&["audit"]).code, 2);
    assert_eq!(run(&["audit", "-f", "/nowhere"]).code, 65);
}

#[test]
fn domains_come_from_a_file_too() {
    let zone = zone();
    let zone = zone.path().to_str().unwrap();
    let ended = run_with(&["audit", "--zone", zone, "good.example", "-f", "-"], b"# more\nbad.example\n");
    assert!(ended.out.ends_with("2 domains: 1 with errors, 1 with warnings\n"), "{}", ended.out);
}

#[test]
fn json_has_a_schema() {
    let json = audit(&["bad.example", "good.example", "--json"]).json();
    assert_eq!(json["schema"], "mailproof.audit/1");
    assert_eq!(json["domains"][1]["findings"], serde_json::json!([]));
    assert_eq!(json["domains"][1]["spf"]["lookups"], 1);
    assert_eq!(json["domains"][1]["dmarc"]["policy"], "reject");
    let first = &json["domains"][0]["findings"][0];
    assert_eq!((first["id"].as_str(), first["severity"].as_str()), (Some("SPF-008"), Some("error")));
    assert_eq!(first["owner"], "loop.example");
}

#[test]
fn an_audit_can_be_recorded_and_replayed() {
    let folder = tempfile::tempdir().unwrap();
    let recording = folder.path().join("audit.json");
    let recording = recording.to_str().unwrap();
    let domains = ["bad.example", "good.example"];
    let first = audit(&[&domains[..], &["--record", recording]].concat());
    let again = run(&[&["audit"], &domains[..], &["--replay", recording]].concat());
    assert_eq!((again.code, again.out), (first.code, first.out));
}

#[test]
fn a_selector_and_a_flattened_record_are_looked_at() {
    let ended = audit(&["good.example", "--dkim-selectors", "own,other"]);
    assert!(ended.out.contains(" DKIM  · own absent · other absent\n"), "{}", ended.out);
    let source = "v=spf1 mx ip4:198.51.100.0/24 -all";
    let ended = audit(&["good.example", "--was", source]);
    assert!(ended.out.contains("SPF-052") && ended.out.contains("ip4:198.51.100.0/24"), "{}", ended.out);
    assert_eq!(audit(&["good.example", "--was", "hello"]).code, 2);
}

#[test]
fn the_example_of_the_readme_is_audited() {
    let ended = run(&["audit", "example.com", "--dkim-selectors", "2026a,2026e", "--zone", NEWSLETTER_ZONE]);
    assert!(ended.out.contains("2026a key"), "{}", ended.out);
}

/// Two name servers that disagree, and one that does not know the domain.
#[test]
fn name_servers_are_compared() {
    let zone = |origin: &str, text: &str| {
        format!(
            "$ORIGIN {origin}.\n$TTL 60\n@ SOA ns h 1 3600 600 86400 120\n@ NS ns\nns A 127.0.0.1\n@ TXT \"{text}\"\n"
        )
    };
    let start = |origin: &str, text: &str| RealServer::knot(&[(origin, &zone(origin, text))]);
    let Some(one) = start("good.example", "v=spf1 -all") else { return };
    let Some(two) = start("good.example", "v=spf1 mx -all") else { return };
    let Some(lame) = start("other.example", "x") else { return };
    let servers = [&one, &two, &lame].map(|server| server.address.to_string());
    let options: Vec<_> = servers.iter().flat_map(|server| ["--name-server", server]).collect();
    let ended = audit(&[&["good.example"], &options[..]].concat());
    assert_eq!(ended.code, 1, "{}", ended.out);
    assert!(
        ended.out.contains(&format!("{} and {} say different things", servers[1], servers[0])),
        "{}",
        ended.out
    );
    assert!(ended.out.contains(&format!("{}: good.example TXT: REFUSED", servers[2])), "{}", ended.out);
}

/// What a zone file tells and what a name server tells that serves it are the same.
#[test]
fn a_zone_file_and_real_dns_tell_the_same() {
    let head = "$TTL 300\n@ SOA ns.test. h.test. 1 3600 600 86400 120\n@ NS ns.test.\n";
    let forward = format!(
        "$ORIGIN test.\n{head}ns A 127.0.0.1\nbad TXT \"v=spf1 include:gone.test include:bad.test a:none.test -all\"\n\
         bad MX 10 mx.bad\nmx.bad A 192.0.2.25\ns1._domainkey.bad TXT \"v=DKIM1; k=rsa\"\n\
         _dmarc.bad TXT \"v=DMARC1; p=rejct; rua=mailto:a@other.test\"\nother A 192.0.2.7\n"
    );
    let reverse = format!("$ORIGIN in-addr.arpa.\n{head}25.2.0.192 PTR other.test.\n");
    let zones = [("test", forward.as_str()), ("in-addr.arpa", reverse.as_str())];
    let Some(server) = RealServer::knot(&zones) else { return };
    let mut file = tempfile::Builder::new().suffix(".zone").tempfile().unwrap();
    file.write_all(format!("{forward}{reverse}").as_bytes()).unwrap();
    let told = |source: [&str; 2]| -> Vec<String> {
        let json = run(&[&["audit", "bad.test", "--json"], &source[..]].concat()).json();
        assert_eq!(json["domains"][0]["failures"], serde_json::json!([]));
        let findings = json["domains"][0]["findings"].as_array().unwrap().iter();
        findings.map(|finding| format!("{}: {}", finding["id"], finding["message"])).collect()
    };
    let by_file = told(["--zone", file.path().to_str().unwrap()]);
    assert!(by_file.len() == 7, "{by_file:#?}");
    assert_eq!(by_file, told(["--server", &server.address.to_string()]));
}
