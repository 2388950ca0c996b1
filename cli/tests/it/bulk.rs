//! `bulk`: every kind of input, in order, with what cannot be read told by its line.

use super::{Ended, NEWSLETTER, NEWSLETTER_ZONE, NOW, run, run_with};
use serde_json::Value;
use std::path::Path;

pub(super) const ZONE: &str = r#"{
  "good.example": { "TXT": ["v=spf1 include:_spf.esp.example -all"], "MX": [[10, "mx.good.example"]] },
  "_dmarc.good.example": { "TXT": ["v=DMARC1; p=reject"] },
  "s._domainkey.good.example": { "TXT": ["v=DKIM1; p="] },
  "_spf.esp.example": { "TXT": ["v=spf1 ip4:192.0.2.0/24 ~all"] },
  "silent.example": { "TXT": ["v=spf1 -all"], "MX": [[0, "."]] },
  "two.example": { "TXT": ["v=spf1 -all", "v=spf1 ~all"], "A": ["192.0.2.1"] },
  "typo.example": { "TXT": ["v=spf1 ipv4:192.0.2.1 -all"] },
  "hollow.example": { "TXT": ["v=spf1 include:gone.example -all"] },
  "many.example": { "TXT": ["v=spf1 a a a a a a a a a a a -all"], "A": ["192.0.2.1"] },
  "void.example": { "TXT": ["v=spf1 a:x.void.example a:y.void.example a:z.void.example -all"] },
  "stuck.example": { "TXT": ["v=spf1 include:servfail.example -all"] },
  "servfail.example": "SERVFAIL"
}"#;

/// A folder with the zone in it.
pub(super) fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("zone.json"), ZONE).unwrap();
    folder
}

pub(super) fn zone_of(folder: &tempfile::TempDir) -> String {
    folder.path().join("zone.json").display().to_string()
}

pub(super) fn lines(ended: &Ended) -> Vec<Value> {
    ended.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn bulk(arguments: &[&str], input: &[u8]) -> Ended {
    let folder = folder();
    let zone = zone_of(&folder);
    let mut all = vec!["bulk"];
    all.extend(arguments);
    all.extend(["--zone", &zone]);
    run_with(&all, input)
}

/// A file in a folder of its own, looked at.
fn bulk_file(name: &str, content: &[u8], arguments: &[&str]) -> Ended {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, content).unwrap();
    let mut all = vec![path.to_str().unwrap()];
    all.extend(arguments);
    bulk(&all, b"")
}

#[test]
fn domains_are_looked_at_in_the_order_of_the_input() {
    let ended = bulk(&["-"], b"good.example\nsilent.example\ntwo.example\nmany.example\nabsent.example\n");
    assert_eq!(ended.code, 0, "{}", ended.complaint);
    let lines = lines(&ended);
    let told = |part: &str, field: &str| -> Vec<&str> {
        lines.iter().map(|line| line[part][field].as_str().unwrap_or("-")).collect()
    };
    assert_eq!(told("spf", "result"), ["valid", "valid", "permerror", "permerror", "none"]);
    assert_eq!(told("dmarc", "policy"), ["reject", "-", "-", "-", "-"]);
    assert_eq!(told("dkim", "domainkey"), ["exists", "nxdomain", "nxdomain", "nxdomain", "nxdomain"]);
    assert_eq!(told("mx", "mx"), ["listed", "null", "implicit", "implicit", "nxdomain"]);
    assert_eq!(lines[0]["schema"], "mailproof.bulk/1");
    assert_eq!(lines[0]["spf"]["lookups"], 1);
    let numbers: Vec<_> = lines.iter().map(|line| line["item"].as_u64().unwrap()).collect();
    assert_eq!(numbers, [1, 2, 3, 4, 5]);
    assert!(ended.complaint.contains("5 items in "), "{}", ended.complaint);
    assert!(ended.complaint.contains("permerror: lookups 1 (20.0%)"), "{}", ended.complaint);
}

#[test]
fn what_is_wrong_with_a_record_is_told_apart() {
    for (domain, result, problem) in [
        ("typo.example", "permerror", "ipv4"),
        ("two.example", "permerror", "2 SPF records"),
        ("hollow.example", "permerror", "gone.example: the domain does not exist"),
        ("many.example", "permerror", "11 terms ask DNS; 10 may"),
        ("void.example", "permerror", "3 terms find nothing; 2 may"),
        ("stuck.example", "temperror", "servfail.example TXT: SERVFAIL"),
    ] {
        let ended = bulk(&["-", "--do", "spf-record"], domain.as_bytes());
        let line = &lines(&ended)[0];
        assert_eq!(line["spf"]["result"], result, "{domain}");
        assert!(line["spf"]["problem"].as_str().unwrap().contains(problem), "{line}");
        assert_eq!(ended.code, if result == "temperror" { 75 } else { 0 }, "{domain}");
        assert!(line.get("mx").is_none());
    }
}

#[test]
fn unreadable_lines_are_told_by_their_numbers_and_stop_nothing() {
    let long = "x".repeat(70_000);
    let text =
        format!("good.example\n# a note\n\nbad..example\n192.0.2.1\n{long}\n\u{fc}ber.example\nlast.example");
    let mut octets = text.into_bytes();
    octets.extend(b"\n\xff\xfe\n");
    let ended = bulk(&["-"], &octets);
    assert_eq!(ended.code, 65);
    let results: Vec<_> = lines(&ended)
        .iter()
        .map(|line| (line["at"].as_str().unwrap().to_owned(), line["result"].as_str().unwrap().to_owned()))
        .collect();
    let results: Vec<_> = results.iter().map(|(at, result)| (at.as_str(), result.as_str())).collect();
    assert_eq!(
        results,
        [
            ("-:1", "done"),
            ("-:4", "unreadable"),
            ("-:5", "unreadable"),
            ("-:6", "unreadable"),
            ("-:7", "done"),
            ("-:8", "done"),
            ("-:9", "unreadable"),
        ]
    );
    for complaint in
        ["-:4: no domain name: an empty label", "-:5: an IP address", "-:6: a line of more", "-:9: not UTF-8"]
    {
        assert!(ended.complaint.contains(complaint), "{complaint}: {}", ended.complaint);
    }
    assert!(ended.complaint.contains("4 unreadable"));
}

#[test]
fn a_flood_of_unreadable_lines_is_told_once() {
    let ended = bulk(&["-"], "bad..example\n".repeat(100).as_bytes());
    assert_eq!(ended.complaint.matches("an empty label").count(), 20, "{}", ended.complaint);
    assert_eq!(ended.complaint.matches("further unreadable items").count(), 1);
}

#[test]
fn json_lines_say_what_they_are() {
    let input = format!(
        "{}\n{}\n{}\n[1]\n{}\n",
        r#"{"domain":"good.example"}"#,
        r#"{"ip":"192.0.2.9","mail_from":"<joe@good.example>","helo":"h.example","more":{}}"#,
        r#"{"ip":"192.0.2","domain":"good.example"}"#,
        serde_json::json!({ "message_path": NEWSLETTER }),
    );
    let ended = bulk_file("in.jsonl", input.as_bytes(), &[]);
    let lines = lines(&ended);
    let words: Vec<_> = lines.iter().map(|line| line["do"].as_str().unwrap_or("-")).collect();
    assert_eq!(words, ["domain", "spf", "-", "-", "check"]);
    assert_eq!(lines[1]["spf"]["result"], "pass");
    assert_eq!(lines[1]["input"], "<joe@good.example>");
    assert!(lines[2]["reason"].as_str().unwrap().contains("192.0.2: no IP address"));
    assert_eq!(lines[4]["report"]["schema"], "mailproof.report/1");
    assert_eq!(ended.code, 65);
}

#[test]
fn a_table_is_read_by_its_header() {
    let table = "rank,Domain,ip\n1,good.example,192.0.2.1\n2,\"good.example\",198.51.100.1\n3,silent.example,\n4,\"open\n5,good.example,::1\n";
    let ended = bulk_file("in.csv", table.as_bytes(), &[]);
    let told: Vec<_> =
        lines(&ended).iter().map(|line| line["spf"]["result"].as_str().unwrap_or("-").to_owned()).collect();
    // A quotation mark that is left open swallows nothing beyond its line.
    assert_eq!(told, ["pass", "fail", "valid", "-", "fail"]);
    let headless = bulk_file("in.csv", b"1,good.example\n", &[]);
    assert_eq!((headless.code, headless.out.as_str()), (65, ""));
    assert!(headless.complaint.contains("no header"), "{}", headless.complaint);
}

#[test]
fn one_client_may_be_meant_for_all() {
    let ended = bulk(&["-", "--ip", "192.0.2.3"], b"good.example\njoe@silent.example\n");
    let told: Vec<_> = lines(&ended).iter().map(|line| line["spf"]["result"].clone()).collect();
    assert_eq!(told, ["pass", "fail"]);
    let without = bulk(&["-", "--do", "spf"], b"good.example\n");
    assert_eq!(without.code, 65);
    assert!(without.complaint.contains("-:1: no IP address"), "{}", without.complaint);
}

#[test]
fn lint_finds_what_audit_finds() {
    let ended = bulk(&["-", "--do", "lint"], b"typo.example\n");
    assert!(ended.out.contains(r#""id":"SPF-"#), "{}", ended.out);
    assert_eq!(ended.code, 0);
}

/// The newsletter in a mailbox of three, quoted and with a note in between.
fn mailbox() -> Vec<u8> {
    let mail = std::fs::read_to_string(NEWSLETTER).unwrap().replace("\r\n", "\n");
    format!("From kitchen Thu\n{mail}\nFrom joe Fri\nFrom: joe@good.example\n\n>From here\n\nFrom kitchen Sat\n{mail}\n").into_bytes()
}

fn dmarc(ended: &Ended) -> Vec<String> {
    lines(ended).iter().map(|line| line["report"]["dmarc"]["result"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn mailboxes_hold_messages() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("in.mbox");
    std::fs::write(&path, mailbox()).unwrap();
    let arguments = ["--zone", NEWSLETTER_ZONE, "--at", NOW];
    let mut named = vec!["bulk", path.to_str().unwrap()];
    named.extend(arguments);
    let ended = run(&named);
    assert_eq!(dmarc(&ended), ["pass", "none", "pass"], "{}", ended.complaint);
    assert_eq!(lines(&ended)[0]["at"], format!("{}@0", path.display()));
    let mut piped = vec!["bulk", "-"];
    piped.extend(arguments);
    assert_eq!(dmarc(&run_with(&piped, &mailbox())), ["pass", "none", "pass"]);
    assert!(ended.complaint.contains("dmarc  pass 2 (66.6%), none 1 (33.3%)"), "{}", ended.complaint);
}

#[test]
fn a_maildir_is_read_file_by_file() {
    let folder = tempfile::tempdir().unwrap();
    let mail = std::fs::read(NEWSLETTER).unwrap();
    for (part, name) in [("cur", "3:2,S"), ("new", "1"), ("tmp", "0"), ("cur", ".hidden"), ("new", "2")] {
        std::fs::create_dir_all(folder.path().join(part)).unwrap();
        let content = if name == "2" { b"From: a@b.example\n\n".as_slice() } else { &mail };
        std::fs::write(folder.path().join(part).join(name), content).unwrap();
    }
    let ended = run(&["bulk", folder.path().to_str().unwrap(), "--zone", NEWSLETTER_ZONE, "--at", NOW]);
    assert_eq!(dmarc(&ended), ["pass", "none", "pass"], "{}", ended.complaint);
    let names: Vec<_> = lines(&ended)
        .iter()
        .map(|line| Path::new(line["input"].as_str().unwrap()).file_name().unwrap().to_owned())
        .collect();
    assert_eq!(names, ["1", "2", "3:2,S"]);
}

#[test]
fn inputs_that_are_not_there_are_told_before_anything_is_done() {
    let missing = bulk(&["/nowhere/domains.txt"], b"");
    assert_eq!((missing.code, missing.out.as_str()), (65, ""));
    assert!(missing.complaint.contains("/nowhere/domains.txt: "), "{}", missing.complaint);
    let folder = tempfile::tempdir().unwrap();
    let no_maildir = bulk(&[folder.path().to_str().unwrap()], b"");
    assert!(no_maildir.complaint.contains("no Maildir"), "{}", no_maildir.complaint);
    let no_message = bulk(&["-", "--do", "check"], b"good.example\n");
    assert!(no_message.complaint.contains("-:1: no message to check"), "{}", no_message.complaint);
    assert_eq!(no_message.code, 65);
}

#[test]
fn quiet_leaves_the_results_and_no_more() {
    let ended = bulk(&["-", "-q"], b"good.example\n");
    assert_eq!((ended.code, ended.complaint.as_str(), lines(&ended).len()), (0, "", 1));
}

/// What an audit was told, told again; and what would be if a record were published.
#[test]
fn answers_may_be_replayed_and_records_laid_over_them() {
    let folder = folder();
    let zone = zone_of(&folder);
    let list = folder.path().join("domains.txt").display().to_string();
    std::fs::write(&list, "good.example\nsilent.example\n").unwrap();
    let recording = folder.path().join("recording.json").display().to_string();
    let audited = run(&["audit", "-f", &list, "--zone", &zone, "--record", &recording, "--fail-on", "never"]);
    assert_eq!(audited.code, 0, "{}", audited.complaint);
    let lint = |more: &[&str]| run(&[&["bulk", &list, "--do", "lint", "-q"], more].concat());
    let live = lint(&["--zone", &zone]);
    let replayed = lint(&["--replay", &recording]);
    assert_eq!((replayed.code, &replayed.out), (0, &live.out));
    assert_eq!(lint(&["--replay", &recording, "--zone", &zone]).code, 2);
    // What the recording does not hold is not decided.
    let other = run_with(&["bulk", "-", "-q", "--replay", &recording], b"two.example\n");
    assert_eq!(other.code, 75, "{}", other.out);
    let published = "_dmarc.silent.example=v=DMARC1; p=quarantine";
    for source in [["--zone", &zone], ["--replay", &recording]] {
        let words = [&["bulk", "-", "--do", "dmarc", "-q", "--override", published], &source[..]].concat();
        let ended = run_with(&words, b"silent.example\n");
        assert_eq!(lines(&ended)[0]["dmarc"]["policy"], "quarantine", "{}", ended.out);
    }
    assert_eq!(run(&["bulk", &list, "--override", "no equals sign"]).code, 2);
}
