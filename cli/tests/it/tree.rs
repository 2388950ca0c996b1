//! The tree of `spf`, as it stands on wide and narrow terminals, in ASCII, and in colour.

use super::{command, data};
use serde_json::Value;

/// What the command prints about a sender at 9.9.9.9, on a terminal of so many columns.
fn printed(domain: &str, columns: Option<&str>, more: &[&str]) -> String {
    let mut command = command();
    command.args(["spf", domain, "--ip", "9.9.9.9", "--zone"]).arg(data("tree/zone.json")).args(more);
    if let Some(columns) = columns {
        command.env("COLUMNS", columns);
    }
    String::from_utf8(command.output().unwrap().stdout).unwrap()
}

fn expected(file: &str) -> String {
    std::fs::read_to_string(data("tree").join(file)).unwrap()
}

#[test]
fn the_tree_on_every_kind_of_terminal() {
    for (file, columns, more) in [
        ("wide.txt", None, &[][..]),
        ("width100.txt", Some("100"), &[]),
        ("narrow.txt", Some("60"), &[]),
        ("ascii.txt", None, &["--ascii"]),
        ("colour.txt", None, &["--color", "always"]),
        ("all.txt", None, &["--trace"]),
    ] {
        assert_eq!(printed("good.example", columns, more), expected(file), "{file}");
    }
}

#[test]
fn narrow_lines_keep_within_the_terminal() {
    let text = printed("good.example", Some("60"), &[]);
    assert!(text.lines().all(|line| line.chars().count() <= 60), "{text}");
}

#[test]
fn every_way_to_end_has_its_tree_and_its_advice() {
    for name in ["many", "down", "gone", "typo", "moved"] {
        assert_eq!(
            printed(&format!("{name}.example"), None, &[]),
            expected(&format!("{name}.txt")),
            "{name}"
        );
    }
}

/// A record of more terms than anybody reads is counted, not told.
#[test]
fn a_flood_of_terms_is_short() {
    let zone = tempfile::NamedTempFile::with_suffix(".json").unwrap();
    let networks: String = (0..2000).map(|at| format!(" ip4:198.51.{}.{}", at / 250, at % 250)).collect();
    let json = serde_json::json!({ "long.example": { "TXT": [format!("v=spf1{networks} x=1{} -all", " y=2".repeat(900))] } });
    std::fs::write(zone.path(), json.to_string()).unwrap();
    let output = command()
        .args(["spf", "long.example", "--ip", "9.9.9.9", "--zone"])
        .arg(zone.path())
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.lines().count() < 20, "{text}");
    assert!(text.contains("… 1997 more") && text.contains("… 898 more"), "{text}");
}

#[test]
fn the_tree_in_json() {
    let json: Value = serde_json::from_str(&printed("good.example", None, &["--json"])).unwrap();
    let at = |pointer: &str| json.pointer(pointer).unwrap_or_else(|| panic!("{pointer}: {json:#}"));
    assert_eq!(*at("/schema"), "mailproof.spf/1");
    assert_eq!(*at("/trace/limits/lookups"), 10);
    assert_eq!(*at("/trace/policy/result"), "softfail");
    let include = "/trace/policy/terms/1";
    assert_eq!(*at(&format!("{include}/term")), "include:_spf.esp.example");
    assert_eq!(
        (at(&format!("{include}/result")), at(&format!("{include}/lookup"))),
        (&"no match".into(), &1.into())
    );
    assert_eq!(*at(&format!("{include}/policy/result")), "neutral");
    let exists = format!("{include}/policy/terms/1/policy/terms/6");
    assert_eq!(*at(&format!("{exists}/void_lookups_so_far")), 1);
    assert_eq!(*at(&format!("{exists}/questions/0/outcome")), "nxdomain");
    assert_eq!(*at("/trace/policy/terms/3/result"), "match");
}

/// What the command prints about `shop.example` when DNS told this.
fn replayed(answers: &Value) -> String {
    let recording = tempfile::NamedTempFile::new().unwrap();
    let json = serde_json::json!({ "schema": "mailproof.dns/1", "answers": answers });
    std::fs::write(recording.path(), json.to_string()).unwrap();
    let output = command()
        .args(["spf", "shop.example", "--ip", "192.0.2.9", "--replay"])
        .arg(recording.path())
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap()
}

/// The eleventh include is reached by some senders only: which are there to drop?
#[test]
fn story_04_the_tree_shows_eleven_of_ten() {
    let includes: String = (1..=11).map(|at| format!(" include:i{at}.example")).collect();
    let mut names = serde_json::json!({ "eleven.example": { "TXT": [format!("v=spf1{includes} -all")] } });
    for at in 1..=11 {
        names[format!("i{at}.example")] =
            serde_json::json!({ "TXT": [format!("v=spf1 ip4:192.0.2.{at} -all")] });
    }
    let zone = tempfile::NamedTempFile::with_suffix(".json").unwrap();
    std::fs::write(zone.path(), names.to_string()).unwrap();
    let printed = |ip: &str| {
        let output = command()
            .args(["spf", "eleven.example", "--ip", ip, "--zone"])
            .arg(zone.path())
            .output()
            .unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    };
    assert_eq!(printed("192.0.2.10").0, Some(0));
    let (code, text) = printed("192.0.2.11");
    assert_eq!(code, Some(1));
    let last = text.lines().find(|line| line.contains("[11/10]")).unwrap();
    assert!(
        last.starts_with("├─ include:i11.example ") && last.ends_with("  more than 10 terms that ask DNS"),
        "{text}"
    );
    let next = text.lines().last().unwrap();
    assert!(next.contains("until 10 are left") && next.contains("include:i1.example 1, "), "{text}");
}

/// A host that answers NOERROR with nothing, and without the SOA record that says how long that holds.
#[test]
fn story_07_an_odd_answer_is_called_odd() {
    let text = replayed(&serde_json::json!([
        { "name": "shop.example", "type": "TXT", "outcome": "found", "records": ["v=spf1 a:odd.example -all"], "ttl": 60 },
        { "name": "odd.example", "type": "A", "outcome": "nodata", "ttl": 0, "lacks_soa": true },
    ]));
    assert!(text.contains("A no data, TTL 0, odd: no SOA record; void 1/2\n"), "{text}");
}

/// A resolver keeps a poisoned answer: the age of each answer can be seen.
#[test]
fn story_08_the_age_of_an_answer_is_told() {
    let text = replayed(&serde_json::json!([
        { "name": "shop.example", "type": "TXT", "outcome": "found", "records": ["v=spf1 a:old.example -all"], "ttl": 60, "cached": 12 },
        { "name": "old.example", "type": "A", "outcome": "found", "records": ["192.0.2.9"], "ttl": 0, "stale": 172800 },
    ]));
    assert!(text.contains("· 2 cached\n"), "{text}");
    assert!(text.contains("shop.example TXT found, TTL 60 (cached for 12 s)\n"), "{text}");
    assert!(text.contains("A 192.0.2.9, TTL 0 (stale: cached for 172800 s)\n"), "{text}");
}
