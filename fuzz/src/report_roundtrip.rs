//! A whole check, and everything a report is written as and read from.

use super::field::assert_well_formed;
use super::scene::{connection, zone};
use mailproof::authres::{AuthResults, Entry};
use mailproof::dns::{Recorder, Recording, Replay};
use mailproof::message::Message;
use mailproof::{Authenticator, Evaluation, Name, Report};
use serde_json::Value;

/// Signatures that did not pass listed at most.
const NOT_PASSED: usize = 20;

/// Octets of the longest address (RFC 5321 §4.5.3.1).
const ADDRESS_OCTETS: usize = 320;

/// Any message from any client, judged with any zone: the report in JSON and the one in Authentication-Results say the same
/// when they are read again; and what was recorded of DNS, written and read again, leads to the same report.
///
/// The first line is the connection, each further one up to the first empty line a record ([`connection`], [`zone`]); behind
/// that stands the message.
pub fn report(octets: &[u8]) {
    let Some(end) = octets.windows(2).position(|pair| pair == b"\n\n") else {
        return;
    };
    let (scene, raw) = (&octets[..end], &octets[end + 2..]);
    let Ok(message) = Message::parse(raw) else {
        return;
    };
    let mut lines = scene.split(|octet| *octet == b'\n');
    let connection = connection(lines.next().unwrap_or_default());
    let zone = zone(lines);
    let mut receiver = Authenticator::new("mx.example.org");
    receiver.atps = true;
    receiver.trusted_sealers.extend(Name::parse("example.com"));
    let report = receiver.check(&message, connection.clone()).run_blocking(&zone);

    let recorder = Recorder::new(zone);
    assert_eq!(receiver.check(&message, connection.clone()).run_blocking(&recorder), report, "recorded");
    let recording = recorder.recording();
    assert_eq!(recording.answers().len(), report.dns.questions);
    let again = Recording::from_json(&recording.to_json().to_string()).expect("what was written can be read");
    assert_eq!(again, recording);
    let replayed = receiver.check(&message, connection).run_blocking(&Replay::new(&again));
    assert_eq!(replayed, report, "replayed");

    let json = report.to_json();
    let json_again: Value = serde_json::from_str(&json.to_string()).expect("JSON");
    assert_eq!(json_again, json);
    assert_well_formed(&report.auth_results().field());
    assert_agree(&json_again, &results_again(&report));
}

/// The field, written and read.
fn results_again(report: &Report) -> AuthResults {
    let results = report.auth_results();
    let field = results.field();
    let value = field.strip_prefix("Authentication-Results:").expect("a name");
    let again = AuthResults::parse(value.as_bytes()).expect("what was written can be read");
    assert_eq!(again, results, "{field:?}");
    again
}

fn assert_agree(json: &Value, results: &AuthResults) {
    let of = |method: &'static str| results.entries().iter().filter(move |entry| entry.method() == method);
    let one = |method| {
        let mut entries = of(method);
        let entry = entries.next();
        assert!(entries.next().is_none(), "{method} twice: {results}");
        entry
    };
    let dmarc = one("dmarc").expect("DMARC is always told");
    assert_tells(
        dmarc,
        &json["dmarc"],
        &[("header", "from", "author_domain"), ("policy", "dmarc", "policy")],
    );
    assert_eq!(
        json["dmarc"]["result"] == "pass",
        json["dmarc"]["spf_aligned"] == true || json["dmarc"]["dkim_aligned"] == true
    );
    for (method, key) in [("arc", "arc"), ("iprev", "iprev"), ("dkim-atps", "atps")] {
        let is_told =
            json[key]["result"].as_str().is_some_and(|word| word != "none" || method == "dkim-atps");
        let entry = one(method);
        assert_eq!(entry.is_some(), is_told, "{method}: {results}");
        if let Some(entry) = entry {
            assert_tells(entry, &json[key], &[]);
        }
    }
    let spf: Vec<_> = of("spf").collect();
    let verdicts = list(&json["spf"]);
    // With a null reverse-path both identities are the HELO name, which is told once.
    assert!(spf.len() == verdicts.len() || spf.len() == 1 && verdicts.len() == 2, "{results}");
    for (entry, verdict) in spf.iter().zip(verdicts) {
        let property = ["mailfrom", "helo"].into_iter().find_map(|name| entry.property("smtp", name));
        assert_eq!(entry.result(), verdict["result"]);
        // What is longer than any address is no value of a property.
        let domain = verdict["domain"].as_str().filter(|domain| domain.len() <= ADDRESS_OCTETS);
        assert_eq!(property.unwrap_or_default(), domain.unwrap_or_default(), "{results}");
    }
    let signatures = list(&json["dkim"]);
    if signatures.len() <= NOT_PASSED {
        let entries: Vec<_> = of("dkim").collect();
        assert_eq!(entries.len(), signatures.len().max(1));
        for (entry, verdict) in entries.iter().zip(signatures) {
            assert_tells(
                entry,
                verdict,
                &[("header", "d", "domain"), ("header", "s", "selector"), ("header", "a", "algorithm")],
            );
        }
    }
    let passed = signatures.iter().filter(|verdict| verdict["result"] == "pass").count();
    assert_eq!(of("dkim").filter(|entry| entry.result() == "pass").count(), passed);
}

/// The result of an entry, and those of its properties that JSON has under another name.
fn assert_tells(entry: &Entry, json: &Value, properties: &[(&str, &str, &str)]) {
    assert_eq!(entry.result(), json["result"], "{entry:?}");
    for (ptype, name, key) in properties {
        assert_eq!(entry.property(ptype, name), json[key].as_str(), "{entry:?}");
    }
}

fn list(json: &Value) -> &[Value] {
    json.as_array().map(Vec::as_slice).unwrap_or_default()
}
