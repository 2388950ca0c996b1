//! `--json` keeps the promise of schema `mailproof.report/1`.

use super::{NEWSLETTER, NEWSLETTER_ZONE, NOW, run, run_with};
use serde_json::{Value, json};

const SESSION: [&str; 6] =
    ["--ip", "192.0.2.25", "--helo", "mail.example.com", "--mail-from", "kitchen@example.com"];

fn newsletter(more: &[&str]) -> super::Ended {
    let mut arguments = vec!["check", NEWSLETTER, "--zone", NEWSLETTER_ZONE, "--at", NOW, "--json"];
    arguments.extend(more);
    run(&arguments)
}

#[test]
fn the_example_mail_has_the_report_promised() {
    let ended = newsletter(&SESSION);
    assert_eq!(ended.code, 0);
    let report = ended.json();
    assert_eq!(report["schema"], "mailproof.report/1");
    let spf = |identity: &str, domain: &str, matched: &str| {
        json!({
            "identity": identity, "domain": domain, "result": "pass",
            "reason": format!("{matched} of {domain} matches 192.0.2.25"), "matched": matched, "explanation": null,
            "lookups": 1, "void_lookups": 0,
        })
    };
    contains(&report["spf"][0], &spf("helo", "mail.example.com", "a"));
    contains(&report["spf"][1], &spf("mailfrom", "example.com", "mx"));
    assert_eq!(report["spf"].as_array().unwrap().len(), 2);
    let dkim = |selector: &str, algorithm: &str, bits: u32| {
        json!({
            "result": "pass", "domain": "example.com", "selector": selector, "identity": "@example.com", "algorithm": algorithm,
            "key_bits": bits, "reason": null, "unsigned_body_octets": 0, "testing": false,
        })
    };
    contains(&report["dkim"][0], &dkim("2026e", "ed25519-sha256", 256));
    contains(&report["dkim"][1], &dkim("2026a", "rsa-sha256", 2048));
    assert_eq!(report["dkim"].as_array().unwrap().len(), 2);
    let dmarc = json!({
        "result": "pass", "author_domain": "example.com", "organizational_domain": "example.com", "record_domain": "example.com",
        "policy": "reject", "disposition": "none", "spf_aligned": true, "dkim_aligned": true,
    });
    contains(&report["dmarc"], &dmarc);
    assert!(report["dmarc"]["reason"].is_string());
    contains(&report["arc"], &json!({ "result": "none", "instances": 0, "oldest_pass": 0 }));
    assert!(report["arc"].as_object().unwrap().contains_key("reason"));
    contains(&report["iprev"], &json!({}));
    let iprev = report["iprev"].as_object().unwrap();
    assert!(iprev["result"].is_string() && iprev.contains_key("name"));
    assert!(
        report["dns"]["questions"].as_u64().unwrap() >= 7 && report["dns"]["rounds"].as_u64().unwrap() >= 1
    );
    let results = report["authentication_results"].as_str().unwrap();
    assert!(results.starts_with("localhost; spf=pass ") && !results.contains(['\r', '\n']));
    assert!(results.contains("dkim=pass ") && results.contains("dmarc=pass "));
}

/// Every field of `part` is in `whole` with this value; there may be more.
fn contains(whole: &Value, part: &Value) {
    for (key, value) in part.as_object().unwrap() {
        assert_eq!(whole.get(key), Some(value), "{key} of {whole:#}");
    }
}

/// Whatever the outcome, every key is there, with a value of its type.
#[test]
fn every_report_has_the_same_shape() {
    let dead = ["--ip", "192.0.2.25", "--helo", "[", "--mail-from", "x@nowhere.example"];
    let garbage = b"DKIM-Signature: \xff;=\r\nSubject: \0\r\n\r\n";
    let source = ["check", "-", "--json", "--zone", NEWSLETTER_ZONE, "--ip", "192.0.2.1"];
    for ended in [newsletter(&SESSION), newsletter(&[]), newsletter(&dead), run_with(&source, garbage)] {
        let report = ended.json();
        let spf = report["spf"].as_array().unwrap();
        let dkim = report["dkim"].as_array().unwrap();
        for entry in spf {
            assert!(matches!(entry["identity"].as_str(), Some("helo" | "mailfrom")));
            has_word(entry, &["pass", "fail", "softfail", "neutral", "none", "temperror", "permerror"]);
            has(entry, &["domain", "reason"], Value::is_string);
            has(entry, &["matched", "explanation"], is_text_or_null);
            has(entry, &["lookups", "void_lookups"], Value::is_u64);
        }
        for entry in dkim {
            has_word(entry, &["pass", "fail", "neutral", "policy", "none", "temperror", "permerror"]);
            has(entry, &["domain", "selector", "identity", "algorithm", "reason"], is_text_or_null);
            has(entry, &["key_bits"], |value| value.is_u64() || value.is_null());
            has(entry, &["unsigned_body_octets"], Value::is_u64);
            has(entry, &["testing"], Value::is_boolean);
        }
        has_word(&report["arc"], &["none", "pass", "fail"]);
        has(&report["arc"], &["instances", "oldest_pass"], Value::is_u64);
        has(&report["arc"], &["reason"], is_text_or_null);
        let dmarc = &report["dmarc"];
        has_word(dmarc, &["pass", "fail", "none", "temperror", "permerror"]);
        has(
            dmarc,
            &["author_domain", "organizational_domain", "record_domain", "policy", "reason"],
            is_text_or_null,
        );
        has(dmarc, &["spf_aligned", "dkim_aligned"], Value::is_boolean);
        assert!(matches!(dmarc["disposition"].as_str(), Some("none" | "quarantine" | "reject")));
        has_word(&report["iprev"], &["pass", "fail", "temperror", "permerror", "none"]);
        has(&report["iprev"], &["name"], is_text_or_null);
        has(&report, &["authentication_results", "schema"], Value::is_string);
        has(&report["dns"], &["questions", "rounds"], Value::is_u64);
    }
}

fn has(object: &Value, keys: &[&str], is_right: impl Fn(&Value) -> bool) {
    for key in keys {
        let value = object.get(key).unwrap_or_else(|| panic!("no {key} in {object:#}"));
        assert!(is_right(value), "{key} of {object:#}");
    }
}

fn has_word(object: &Value, words: &[&str]) {
    has(object, &["result"], |value| value.as_str().is_some_and(|word| words.contains(&word)));
}

fn is_text_or_null(value: &Value) -> bool {
    value.is_string() || value.is_null()
}

#[test]
fn a_report_comes_with_every_verdict() {
    let unsigned = "From: a@example.com\n\nx\n";
    let failed = run_with(&["check", "-", "--zone", NEWSLETTER_ZONE, "--json"], unsigned.as_bytes());
    assert_eq!(failed.code, 1);
    let report = failed.json();
    assert_eq!(
        (&report["dmarc"]["result"], &report["dmarc"]["disposition"]),
        (&json!("fail"), &json!("reject"))
    );
    assert_eq!((&report["dkim"], &report["spf"]), (&json!([]), &json!([])));
    assert!(report["authentication_results"].as_str().unwrap().contains("dkim=none"));

    let closed = ["check", NEWSLETTER, "--json", "--server", "127.0.0.1:9", "--timeout", "0.2"];
    let undecided = run(&closed);
    assert_eq!(undecided.code, 75);
    assert_eq!(undecided.json()["dmarc"]["result"], "temperror");
}
