//! The signing cases of the ARC test suite of ValiMail: the same message and settings.
//!
//! Its `b=` cannot be reproduced: its key has 1024 bits, with which nothing is signed here (RFC 8301 §3.2), and it sorts
//! the tags of a field by name, where RFC 8617 §4.1.2 and §4.1.3 have `i=` first. So there is a key of our own, all other
//! tags are compared, and the seal validates. Of what the suite expects the message signature holds; its seals are over
//! other results than those it shows, and hold in no validator (dkimpy agrees).

use crate::arc_forge::{signing_key, verdict};
use crate::dkim_signer::Key;
use mailproof::arc::{Outcome, Policy, Sealer, SealingOptions};
use mailproof::authres::AuthResults;
use mailproof::dns::Zone;
use mailproof::message::{Message, with_crlf};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::PathBuf;

struct Case(Value);

impl Case {
    fn text(&self, name: &str) -> &str {
        self.0[name].as_str().unwrap()
    }

    fn message(&self) -> Vec<u8> {
        with_crlf(self.text("message").as_bytes()).into_owned()
    }

    fn zone(&self) -> Zone {
        let records = self.0["txt_records"].as_object().unwrap();
        let names = records.iter().map(|(name, record)| {
            let record = record.as_str().unwrap().replace('\n', "");
            (name.clone(), serde_json::json!({ "TXT": [record] }))
        });
        let own = (format!("own._domainkey.{}", self.text("domain")), Key::rsa2048().record());
        let names = names.chain([(own.0, serde_json::json!({ "TXT": [own.1] }))]);
        Zone::from_json_value(&Value::Object(names.collect())).unwrap()
    }

    fn sealer(&self) -> Sealer {
        let key = signing_key(include_bytes!("../data/keys/rsa2048.pk8"));
        let mut options = SealingOptions::default();
        options.signed = self.text("sig-headers").split(':').map(str::to_owned).collect();
        Sealer::new(self.text("domain"), "own", key, options).unwrap()
    }

    /// The results of its own authserv-id, which the suite has merged (RFC 8617 §4.1.1).
    fn results(&self, raw: &[u8]) -> AuthResults {
        let mut merged = AuthResults::new(self.text("srv-id"));
        for results in
            mailproof::authres::evidence(&Message::parse(raw).unwrap().headers, &[self.text("srv-id")])
        {
            results.entries().iter().for_each(|entry| merged.push(entry.clone()));
        }
        merged
    }
}

fn cases() -> Option<Vec<Case>> {
    let corpora = std::env::var("MAILPROOF_CORPORA")
        .map_or_else(|_| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/corpora"), PathBuf::from);
    let path = corpora.join("index/arc-sign.jsonl");
    let Ok(text) = std::fs::read_to_string(&path) else {
        println!("skipped: there are no cases at {}", path.display());
        return None;
    };
    Some(text.lines().map(|line| Case(serde_json::from_str(line).unwrap())).collect())
}

/// The tags of a field but `b=` and `s=`, without white space.
fn tags(value: &str) -> BTreeMap<String, String> {
    let dense: String = value.split_whitespace().collect();
    let tags = dense.split(';').filter_map(|tag| tag.split_once('='));
    tags.filter(|(name, _)| !matches!(*name, "b" | "s"))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

fn dense(value: &str) -> String {
    value.split_whitespace().collect()
}

#[test]
fn seals_as_the_suite_expects() {
    let Some(cases) = cases() else {
        return;
    };
    assert_eq!(cases.len(), 11);
    for case in cases {
        let id = case.text("id");
        let raw = case.message();
        let zone = case.zone();
        let judged = |raw: &[u8]| verdict(raw, &zone, &Policy::default());
        let now = case.0["t"].as_u64().unwrap();
        let message = Message::parse(&raw).unwrap();
        let chain = judged(&raw);
        let results = case.results(&raw);
        let set = case.sealer().seal(&message, &chain, &results, now).unwrap();
        let [seal, signature, results] = set.fields();
        assert_eq!(tags(seal.value()), tags(case.text("AS")), "{id}");
        assert_eq!(tags(signature.value()), tags(case.text("AMS")), "{id}");
        assert_eq!(dense(results.value()), dense(case.text("AAR")), "{id}");
        // Ours and theirs over the same message: a chain goes on, or has failed.
        let expected = if chain.outcome.word() == "fail" { "fail" } else { "pass" };
        let ours = [set.to_string().as_bytes(), &raw].concat();
        assert_eq!(judged(&ours).outcome.word(), expected, "{id}");
        let field =
            |name: &str, value: &str| format!("{name}: {}\r\n", value.trim_end().replace('\n', "\r\n "));
        let theirs = [
            field("ARC-Seal", case.text("AS")),
            field("ARC-Message-Signature", case.text("AMS")),
            field("ARC-Authentication-Results", case.text("AAR")),
        ];
        let theirs = judged(&[theirs.concat().as_bytes(), &raw].concat());
        if expected == "pass" {
            assert!(
                theirs.sets.last().unwrap().message_signature.outcome.is_pass(),
                "{id}: {}",
                theirs.outcome
            );
        }
        let is_new = chain.outcome == Outcome::None;
        assert_eq!(seal.value().contains("cv=none"), is_new, "{id}");
    }
}

#[test]
fn empty_names_pass_the_suite_when_they_are_accepted() {
    let corpora = std::env::var("MAILPROOF_CORPORA")
        .map_or_else(|_| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/corpora"), PathBuf::from);
    let Ok(text) = std::fs::read_to_string(corpora.join("cases/arc.jsonl")) else {
        println!("skipped: there are no cases at {}", corpora.display());
        return;
    };
    let mut policy = Policy::default();
    policy.accept_empty_names = true;
    let mut count = 0;
    for line in text.lines() {
        let case: Value = serde_json::from_str(line).unwrap();
        let raw = std::fs::read(corpora.join(case["message_path"].as_str().unwrap())).unwrap();
        let raw = if case["lf_to_crlf"] == true { with_crlf(&raw).into_owned() } else { raw };
        if Message::parse(&raw).is_err() {
            continue;
        }
        count += 1;
        let zone = Zone::from_json_value(&case["zone"]).unwrap();
        let outcome = verdict(&raw, &zone, &policy).outcome;
        assert_eq!(outcome.word(), case["expected"]["arc"], "{}: {outcome}", case["id"]);
    }
    assert_eq!(count, 107);
}
