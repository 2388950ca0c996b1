//! `dkim check-key`: each state in which DNS can be, told for what it is.

use super::dkim_keys::{Keys, tells_nothing_of};
use super::{Ended, run};
use serde_json::{Value, json};

const NAME: &str = "key._domainkey.example.com";

/// A key, and what its record says.
fn key(keys: &Keys) -> String {
    keys.keygen("key", &["--type", "ed25519"])["record"].as_str().unwrap().to_owned()
}

fn check(keys: &Keys, zone: &Value, more: &[&str]) -> Ended {
    let zone = keys.write("zone.json", zone.to_string());
    let path = keys.path("key");
    let mut arguments = vec!["dkim", "check-key", NAME, "--key", &path, "--zone", &zone];
    arguments.extend(more);
    let ended = run(&arguments);
    tells_nothing_of(&keys.read("key"), &ended);
    assert_eq!(ended.complaint, "", "{}", ended.out);
    ended
}

fn txt(records: &[&str]) -> Value {
    json!({ NAME: { "TXT": records } })
}

#[test]
fn a_key_that_fits_is_told_in_two_lines() {
    let keys = Keys::new();
    let told = keys.keygen("key", &[]);
    let zone = keys.zone(&[("key", told["record"].as_str().unwrap())]);
    let path = keys.path("key");
    let by_name = run(&["dkim", "check-key", NAME, "--key", &path, "--zone", &zone]);
    let expected = format!(
        "FITS  {NAME} publishes this key: its signatures verify\n  key         RSA 2048 bits, SHA-256 {}\n",
        told["key"]["sha256"].as_str().unwrap()
    );
    assert_eq!((by_name.code, by_name.out.as_str(), by_name.complaint.as_str()), (0, expected.as_str(), ""));
    let parts = ["--domain", "Example.COM", "--selector", "key", "--key", &path, "--zone", &zone];
    assert_eq!(run(&[&["dkim", "check-key"][..], &parts].concat()).out, expected);
}

#[test]
fn every_state_of_dns_has_its_own_word_and_code() {
    let keys = Keys::new();
    let own = key(&keys);
    let other = keys.keygen("other", &["--type", "ed25519"])["record"].as_str().unwrap().to_owned();
    let with = |tag: &str| own.replace("; p=", &format!("; {tag}; p="));
    let wrapped = format!("v=DKIM1; k=ed25519; p=-----BEGIN PUBLIC KEY-----{}", &own[27..]);
    for (zone, code, result, word, what) in [
        (txt(&[&own]), 0, "fits", "FITS", "publishes this key"),
        (txt(&[&other]), 1, "other_key", "OTHER KEY", "publishes another key"),
        (json!({}), 1, "no_key", "NO KEY", "the selector does not exist"),
        (json!({ NAME: { "A": ["192.0.2.1"] } }), 1, "no_key", "NO KEY", "the selector has no TXT record"),
        (
            json!({ NAME: { "CNAME": "x.example.net" } }),
            1,
            "no_key",
            "NO KEY",
            "its alias x.example.net does not",
        ),
        (txt(&["v=spf1 -all"]), 1, "no_key", "NO KEY", "is an SPF record"),
        (txt(&["v=DKIM1; p="]), 1, "revoked", "REVOKED", "is revoked"),
        (txt(&[&own[..own.len() - 8]]), 1, "broken", "BROKEN", "no Ed25519 public key"),
        (txt(&["v=DKIM1; k=rsa"]), 1, "broken", "BROKEN", "there is no p="),
        (txt(&[&own.replace(';', "\\;")]), 1, "broken", "BROKEN", "semicolons are escaped"),
        (txt(&[&wrapped]), 1, "broken", "BROKEN", "PEM armour"),
        (txt(&[&with("h=sha1")]), 1, "unusable", "UNUSABLE", "does not permit sha256"),
        (txt(&[&with("s=tlsrpt")]), 1, "unusable", "UNUSABLE", "not for email"),
        (json!({ NAME: "SERVFAIL" }), 75, "temperror", "DEFER", "SERVFAIL"),
        (json!({ NAME: "TIMEOUT" }), 75, "temperror", "DEFER", "timeout"),
    ] {
        let ended = check(&keys, &zone, &[]);
        assert_eq!(ended.code, code, "{zone}: {}", ended.out);
        assert!(
            ended.out.starts_with(&format!("{word}  ")) && ended.out.contains(what),
            "{zone}: {}",
            ended.out
        );
        let report = check(&keys, &zone, &["--json"]).json();
        assert_eq!((&report["schema"], &report["result"]), (&json!("mailproof.key-check/1"), &json!(result)));
        assert_eq!((&report["name"], &report["record"]), (&json!(NAME), &json!(own)));
        assert_eq!((&report["key"]["type"], &report["key"]["bits"]), (&json!("ed25519"), &json!(256)));
        // Where publishing the record helps, it is there to be copied.
        let helps = !matches!(result, "fits" | "revoked" | "temperror");
        assert_eq!(ended.out.contains(&format!("\n{own}\n")), helps, "{}", ended.out);
        assert_eq!(ended.out.contains("next: "), result != "fits", "{}", ended.out);
    }
}

#[test]
fn both_keys_are_told_by_their_digests() {
    let keys = Keys::new();
    let own = keys.keygen("key", &["--type", "ed25519"]);
    let other = keys.keygen("other", &[]);
    let ended = check(&keys, &txt(&[other["record"].as_str().unwrap()]), &[]);
    let digest = |told: &Value| told["key"]["sha256"].as_str().unwrap().to_owned();
    assert!(ended.line("key").ends_with(&format!("Ed25519, SHA-256 {}", digest(&own))), "{}", ended.out);
    assert!(ended.line("published").ends_with(&format!("RSA 2048 bits, SHA-256 {}", digest(&other))));
}

#[test]
fn flags_and_further_records_are_noted() {
    let keys = Keys::new();
    let own = key(&keys);
    let ended = check(&keys, &txt(&[&own.replace("; p=", "; t=y:s; p=")]), &[]);
    assert_eq!(ended.code, 0);
    assert!(ended.out.contains("note        t=y: the domain only tests DKIM"), "{}", ended.out);
    assert!(ended.out.contains("t=s: signatures whose identity (i=) is below"), "{}", ended.out);

    let several = check(&keys, &txt(&["v=DKIM1; p=", &own]), &["--json"]);
    assert_eq!(several.code, 0);
    let report = several.json();
    assert_eq!(report["published"][0], json!({ "key": null, "flaw": "key revoked" }));
    assert_eq!(report["published"][1]["testing"], false);
    assert!(report["notes"][0].as_str().unwrap().starts_with("2 TXT records at one name"));
}

/// The worst that can stand there: said first, and not repeated.
#[test]
fn a_private_key_in_dns_is_never_used_again() {
    let keys = Keys::new();
    let own = key(&keys);
    let private: String = keys.read("key").lines().filter(|line| !line.starts_with('-')).collect();
    for records in
        [&[format!("v=DKIM1; k=ed25519; p={private}")][..], &[own, format!("k=ed25519; p={private}")]]
    {
        let zone = json!({ NAME: { "TXT": records } });
        let ended = check(&keys, &zone, &[]);
        assert!(ended.line("next").contains("take the private key out of DNS"), "{}", ended.out);
        assert!(!ended.out.contains("publish this"), "{}", ended.out);
        assert_eq!(ended.code, if records.len() == 1 { 1 } else { 0 });
    }
}

#[test]
fn names_that_are_no_place_of_a_key_are_usage() {
    let keys = Keys::new();
    key(&keys);
    let path = keys.path("key");
    for (arguments, what) in [
        (&["key.example.com"][..], "SELECTOR._domainkey.DOMAIN"),
        (&["key._domainkey.com"], "two labels"),
        (&["a b._domainkey.example.com"], "selector"),
        (&[NAME, "--domain", "example.com"], "cannot be used with"),
        (&["--domain", "example.com"], "required"),
        (&[], "required"),
    ] {
        let ended = run(&[&["dkim", "check-key", "--key", &path][..], arguments].concat());
        assert_eq!((ended.code, ended.out.as_str()), (2, ""), "{arguments:?}");
        assert!(ended.complaint.contains(what), "{arguments:?}: {}", ended.complaint);
    }
    let missing = run(&["dkim", "check-key", NAME, "--key", "/no/such.pem"]);
    assert_eq!((missing.code, missing.out.as_str()), (65, ""));
    assert!(missing.complaint.starts_with("mailproof: /no/such.pem: "), "{}", missing.complaint);
}

#[test]
fn what_was_seen_can_be_replayed() {
    let keys = Keys::new();
    let own = key(&keys);
    let recording = keys.path("recording.json");
    let live = check(&keys, &txt(&[&own]), &["--record", &recording]);
    let path = keys.path("key");
    let replayed = run(&["dkim", "check-key", NAME, "--key", &path, "--replay", &recording]);
    assert_eq!((replayed.code, replayed.out), (0, live.out));
    assert!(!std::fs::read_to_string(&recording).unwrap().contains("PRIVATE"));
    let overridden = ["--override", "key._domainkey.example.com=v=DKIM1; p="];
    let what_if = run(&[
        &["dkim", "check-key", NAME, "--key", &path, "--replay", &recording][..],
        &overridden,
    ]
    .concat());
    assert!(what_if.code == 1 && what_if.out.starts_with("REVOKED  "), "{}", what_if.out);
}
