//! Records that are really published (`MAILPROOF_CORPORA`).

use crate::contradiction::{agree, mends};
use mailproof_lint::{Protocol, Record, lint};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::PathBuf;

fn corpus() -> Option<String> {
    let folder = std::env::var_os("MAILPROOF_CORPORA").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/corpora")),
        PathBuf::from,
    );
    std::fs::read_to_string(folder.join("index/realworld.jsonl")).ok()
}

#[test]
fn what_is_published_is_judged_without_contradiction() {
    let Some(corpus) = corpus() else {
        println!("skipped: no corpora");
        return;
    };
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let mut judged = 0;
    for line in corpus.lines() {
        let case: Value = serde_json::from_str(line).unwrap();
        let protocol = match case["kind"].as_str().unwrap() {
            "spf" => Protocol::Spf,
            "dkim" => Protocol::Dkim,
            "dmarc" => Protocol::Dmarc,
            _ => continue,
        };
        let record = Record::of(protocol, case["txt"].as_str().unwrap());
        agree(&record);
        mends(&record);
        judged += 1;
        for finding in lint(&record) {
            *counts.entry(finding.check.to_string()).or_default() += 1;
            if std::env::var_os("MAILPROOF_SHOW_FINDINGS").is_some() {
                println!("{}\t{}\t{}\t{}", finding.check, case["id"], finding.message, record.text());
            }
        }
    }
    println!("{judged} records: {counts:#?}");
    assert!(judged > 300 && counts.len() > 20);
}

/// Whatever is looked for is looked for once: a search of a record of 64 KiB from each of its octets would take far longer
/// in a build for tests.
#[test]
fn long_records_take_no_time() {
    let parts = [
        "ip4:192.0.2.1 ",
        "include:a ",
        "ip4: 1 ",
        "a:b,c ",
        "- ",
        "\\;",
        "p=x; ",
        ";",
        "\"",
        "mailto:a@b.c;",
        "rua=x,",
        "%{",
        "k=1 k=2 ",
        "ip4:",
        "a b ",
        ",",
    ];
    for protocol in [Protocol::Spf, Protocol::Dkim, Protocol::Dmarc] {
        for part in parts {
            let begin = match protocol {
                Protocol::Spf => "v=spf1 ",
                Protocol::Dkim => "v=DKIM1; ",
                Protocol::Dmarc => "v=DMARC1; p=none; rua=",
            };
            let record = Record::of(protocol, format!("{begin}{}", part.repeat(65_000 / part.len())));
            let start = std::time::Instant::now();
            agree(&record);
            let time = start.elapsed();
            assert!(time.as_secs() < 4, "{protocol:?} {part:?}: {time:?}");
        }
    }
}

/// Half of all records published say `pct=100; rf=afrf; ri=86400`, which no receiver takes for more than nothing.
#[test]
fn what_was_the_default_of_a_removed_tag_is_no_warning() {
    let severities = |text: &str| -> Vec<_> {
        let findings = lint(&Record::of(Protocol::Dmarc, text));
        let removed = findings.iter().filter(|finding| finding.check.to_string() == "DMARC-022");
        removed.map(|finding| finding.severity().word()).collect()
    };
    let begin = "v=DMARC1; p=reject; rua=mailto:a@example.com; ruf=mailto:a@example.com";
    assert_eq!(severities(&format!("{begin}; pct=100; rf=afrf; ri=86400")), ["info", "info", "info"]);
    assert_eq!(severities(&format!("{begin}; pct=50; rf=iodef; ri=3600")), ["warning", "warning", "warning"]);
}

/// What stands in front of a wider network decides, unless nothing between them says something else.
#[test]
fn a_network_is_covered_only_where_it_never_decides_alone() {
    let covered = |text: &str| -> Vec<bool> {
        let findings = lint(&Record::of(Protocol::Spf, text));
        let covered = findings.iter().filter(|finding| finding.check.to_string() == "SPF-038");
        covered.map(|finding| !finding.mend.is_empty()).collect()
    };
    let (one, some, all) = ("ip4:192.0.2.1", "ip4:192.0.2.0/28", "ip4:192.0.2.0/24");
    assert_eq!(covered(&format!("v=spf1 {one} {all} -all")), [true]);
    assert_eq!(covered(&format!("v=spf1 {all} {one} -all")), [true]);
    // Without the first, -192.0.2.0/28 would fail it.
    assert!(covered(&format!("v=spf1 {one} -{some} {all} -all")).is_empty());
    assert!(covered(&format!("v=spf1 -{one} {all} -all")).is_empty());
    // It never decides, but somebody may have meant that it does.
    assert_eq!(covered(&format!("v=spf1 {all} -{one} -all")), [false]);
    assert_eq!(covered(&format!("v=spf1 {one} include:_spf.example.net {all} -all")), [false]);
    assert_eq!(covered(&format!("v=spf1 {all} include:_spf.example.net {one} -all")), [true]);
}

#[test]
fn a_version_without_its_semicolon_is_told_as_such() {
    let findings = lint(&Record::of(Protocol::Dmarc, "v=DMARC1 p=reject; rua=mailto:a@example.com"));
    let [finding] = findings.as_slice() else { panic!("{findings:?}") };
    assert_eq!(finding.check.to_string(), "DMARC-005");
    assert_eq!(finding.help.as_deref(), Some("a semicolon is missing behind v=DMARC1"));
}
