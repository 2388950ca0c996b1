//! Every check has a bad sample, in which it is found, and a good one, in which it is not.
//!
//! A line of `tests/data/*.jsonl` is one check. A sample is a record (`line`), perhaps with a private `key`; a domain
//! (`zone`, laid over `base.zone.json`, where null takes a name away; `answers` as a recording has them); the same zone
//! at several `servers`; or a `message`.

use mailproof::dns::{Answer, Known, Question, Recording, Txt, Zone};
use mailproof::message::Message;
use mailproof::{Evaluation, Name, SigningKey, Step};
use mailproof_lint::audit::{compare, questions, shared_keys};
use mailproof_lint::catalogue::{Family, all};
use mailproof_lint::{
    Damage, Finding, Protocol, Report, Wanted, audit, fixed, lint, other_key, read_line, signatures,
};
use serde_json::{Value, json};
use std::collections::HashMap;

const FILES: [(&str, Family); 4] = [
    (include_str!("../data/spf.jsonl"), Family::Spf),
    (include_str!("../data/dkim.jsonl"), Family::Dkim),
    (include_str!("../data/dmarc.jsonl"), Family::Dmarc),
    (include_str!("../data/dns.jsonl"), Family::Dns),
];

struct Sample {
    id: String,
    family: Family,
    bad: Value,
    good: Value,
}

fn samples() -> Vec<Sample> {
    let parse = |family: Family, line: &str| {
        let value: Value = serde_json::from_str(line).unwrap();
        let id = value["id"].as_str().unwrap().to_owned();
        Sample { id, family, bad: value["bad"].clone(), good: value["good"].clone() }
    };
    FILES.iter().flat_map(|(text, family)| text.lines().map(|line| parse(*family, line))).collect()
}

/// A zone, and answers that no zone can give.
struct World {
    zone: Zone,
    answers: HashMap<Question, Answer>,
}

impl Known for World {
    fn recall(&self, question: &Question) -> Option<Answer> {
        Some(self.answers.get(question).cloned().unwrap_or_else(|| self.zone.lookup(question)))
    }
}

fn zone(changes: &Value, more: &Value) -> Zone {
    let mut zone: Value = serde_json::from_str(include_str!("../data/base.zone.json")).unwrap();
    for changes in [changes, more] {
        for (name, records) in changes.as_object().into_iter().flatten() {
            match records {
                Value::Null => drop(zone.as_object_mut().unwrap().remove(name)),
                records => zone[name] = records.clone(),
            }
        }
    }
    Zone::from_json_value(&zone).unwrap()
}

fn world(sample: &Value) -> World {
    let answers = sample["answers"].as_array().cloned().unwrap_or_default();
    let recording = json!({ "schema": "mailproof.dns/1", "context": {}, "answers": answers });
    let recording = Recording::from_json_value(&recording).unwrap();
    World {
        zone: zone(&sample["zone"], &sample["add"]),
        answers: recording.answers().iter().cloned().collect(),
    }
}

fn words(value: &Value) -> Vec<String> {
    value.as_array().into_iter().flatten().map(|word| word.as_str().unwrap().to_owned()).collect()
}

fn report(world: &World, sample: &Value, domain: &str) -> Report {
    let wanted = Wanted {
        domain: Name::parse(domain).unwrap(),
        selectors: words(&sample["selectors"]),
        helo: words(&sample["helo"]).iter().map(|name| Name::parse(name).unwrap()).collect(),
        was: sample["was"].as_str().map(|text| Txt::new([text])),
    };
    match audit(wanted).step(world) {
        Step::Done(report) => report,
        Step::Ask(questions) => panic!("a zone knows everything: {questions:?}"),
    }
}

fn protocol(family: Family) -> Option<Protocol> {
    match family {
        Family::Dkim => Some(Protocol::Dkim),
        Family::Dmarc => Some(Protocol::Dmarc),
        Family::Spf => Some(Protocol::Spf),
        Family::Dns => None,
    }
}

fn findings(family: Family, sample: &Value) -> Vec<Finding> {
    if let Some(line) = sample["line"].as_str() {
        let record = read_line(line, protocol(family)).unwrap();
        let mut findings = lint(&record);
        if let Some(key) = sample["key"].as_str() {
            findings.extend(other_key(&record, &SigningKey::from_pem(key.as_bytes()).unwrap()));
        }
        return findings;
    }
    if let Some(message) = sample["message"].as_str() {
        let message = Message::parse(message.as_bytes()).unwrap();
        return signatures(&message, sample["now"].as_u64().unwrap());
    }
    let domain = sample["domain"].as_str().unwrap_or("example.com");
    if let Some(servers) = sample["servers"].as_array() {
        let domain = Name::parse(domain).unwrap();
        let told = |server: &Value| {
            let zone = zone(&server[1], &Value::Null);
            let answers =
                questions(&domain).into_iter().map(|question| (question.clone(), zone.lookup(&question)));
            (server[0].as_str().unwrap().to_owned(), answers.collect())
        };
        return compare(&domain, &servers.iter().map(told).collect::<Vec<_>>());
    }
    let world = world(sample);
    let mut reports = vec![report(&world, sample, domain)];
    for other in words(&sample["also"]) {
        reports.push(report(&world, sample, &other));
    }
    let mut findings = shared_keys(&reports);
    findings.extend(reports.into_iter().flat_map(|report| report.findings));
    findings
}

fn ids(findings: &[Finding]) -> Vec<String> {
    findings.iter().map(|finding| format!("{}: {}", finding.check, finding.message)).collect()
}

#[test]
fn every_check_finds_the_bad_sample_and_not_the_good_one() {
    let mut wrong = Vec::new();
    for sample in samples() {
        let found = |sample: &Sample, value: &Value| {
            let findings = findings(sample.family, value);
            (findings.iter().any(|finding| finding.check.to_string() == sample.id), ids(&findings))
        };
        let (bad, told) = found(&sample, &sample.bad);
        if !bad {
            wrong.push(format!("{}: not in the bad sample: {told:#?}", sample.id));
        }
        let (good, told) = found(&sample, &sample.good);
        if good {
            wrong.push(format!("{}: in the good sample: {told:#?}", sample.id));
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn every_check_has_its_samples() {
    let listed: Vec<_> = samples().into_iter().map(|sample| sample.id).collect();
    let wanted: Vec<_> = all().map(ToString::to_string).collect();
    assert_eq!(listed, wanted);
}

#[test]
fn what_is_mended_is_mended() {
    let mut changed = 0;
    for sample in samples() {
        let Some(line) = sample.bad["line"].as_str() else {
            continue;
        };
        let record = read_line(line, protocol(sample.family)).unwrap();
        let fixed = fixed(&record);
        let after = lint(&fixed.record);
        for finding in &fixed.mended {
            assert!(!after.iter().any(|other| other.check == finding.check), "{}: {line}", sample.id);
        }
        let text = fixed.record.octets();
        let engine = match record.protocol {
            Protocol::Dkim => mailproof::dkim::KeyRecord::parse(text).is_ok() || text.ends_with(b"p="),
            Protocol::Dmarc => mailproof::dmarc::Record::parse(text).is_ok(),
            Protocol::Spf => mailproof::spf::Record::parse(text).is_ok(),
        };
        let is_broken = after.iter().any(|finding| finding.damage == Damage::Record);
        assert_eq!(engine, !is_broken, "{}: {line} -> {}", sample.id, fixed.record.text());
        if fixed.is_changed {
            changed += 1;
            println!("{}\n  {line}\n  {}", sample.id, fixed.record.text());
        }
    }
    assert!(changed >= 40, "{changed}");
}

/// The zone that the samples spoil has nothing wrong with it.
#[test]
fn a_clean_domain_is_clean() {
    let report = report(&world(&json!({})), &json!({}), "example.com");
    assert_eq!(ids(&report.findings), [""; 0]);
    assert_eq!(report.budget.unwrap().lookups, 1);
    assert_eq!(report.policy_domain, Some(Name::parse("example.com").unwrap()));
}

/// What a wildcard answers stands at no name of its own.
#[test]
fn a_wildcard_is_told_as_such() {
    let sample = json!({
        "zone": {
            "example.com": { "A": ["192.0.2.1"], "MX": [[10, "mx.example.com"]] },
            "*.example.com": { "TXT": ["v=spf1 -all"] },
            "_dmarc.example.com": null,
            "s1._domainkey.example.com": null,
        },
        "selectors": ["s1"],
    });
    let report = report(&world(&sample), &sample, "example.com");
    let found: Vec<_> = report.findings.iter().map(|finding| finding.check.to_string()).collect();
    assert_eq!(found, ["SPF-005", "DKIM-028", "DMARC-032", "DNS-002"], "{:#?}", ids(&report.findings));
}

/// Answers may come one by one, in any order: the findings are the same as those of a zone that knows all at once.
#[test]
fn questions_asked_one_by_one_lead_to_the_same() {
    for sample in samples().iter().filter(|sample| sample.bad["zone"].is_object()) {
        let world = world(&sample.bad);
        let domain = sample.bad["domain"].as_str().unwrap_or("example.com");
        let at_once = report(&world, &sample.bad, domain);
        let wanted = Wanted {
            domain: Name::parse(domain).unwrap(),
            selectors: words(&sample.bad["selectors"]),
            helo: words(&sample.bad["helo"]).iter().map(|name| Name::parse(name).unwrap()).collect(),
            was: sample.bad["was"].as_str().map(|text| Txt::new([text])),
        };
        let mut evaluation = audit(wanted);
        let mut rounds = 0;
        let slowly = loop {
            match evaluation.step(&()) {
                Step::Done(report) => break report,
                Step::Ask(mut questions) => {
                    assert!(!questions.is_empty());
                    questions.reverse();
                    for question in questions {
                        let answer = world.recall(&question).unwrap();
                        evaluation.answer(question, answer);
                    }
                    rounds += 1;
                }
            }
        };
        assert!(rounds <= 12, "{}: {rounds} rounds", sample.id);
        let (mut one, mut two) = (ids(&slowly.findings), ids(&at_once.findings));
        one.sort();
        two.sort();
        assert_eq!(one, two, "{}", sample.id);
        assert_eq!(slowly.failures, at_once.failures, "{}", sample.id);
    }
}

/// A cache tells what is left of a TTL: that it is short is no fault of the domain for certain.
#[test]
fn a_short_ttl_may_be_the_rest_of_a_longer_one() {
    let told = |ttl: u64| {
        let answer = json!({
            "name": "s1._domainkey.example.com", "type": "TXT", "ttl": ttl, "outcome": "found", "records": ["v=DKIM1; p="],
        });
        let sample = json!({ "zone": {}, "answers": [answer] });
        let report = report(&world(&sample), &sample, "example.com");
        let found = report.findings.iter().find(|finding| finding.check.to_string() == "DNS-013");
        found.map(|finding| finding.message.clone())
    };
    assert_eq!(told(12).unwrap(), "s1._domainkey.example.com: TTL 12 s, or what a cache has left of it");
    assert_eq!(told(604_800).unwrap(), "s1._domainkey.example.com: TTL 604800 s");
    assert_eq!(told(300), None);
}

/// An include may let everyone pass, where it passes itself.
#[test]
fn an_include_of_everyone_is_told() {
    let ids = |record: &str| -> Vec<String> {
        let zone = json!({
            "example.com": { "TXT": [record], "A": ["192.0.2.1"], "MX": [[10, "mx.example.com"]] },
            "open.example.net": { "TXT": ["v=spf1 ip4:192.0.2.7 +all"] },
            "soft.example.net": { "TXT": ["v=spf1 ip4:192.0.2.7 ~all"] },
        });
        let sample = json!({ "zone": zone });
        let report = report(&world(&sample), &sample, "example.com");
        report
            .findings
            .iter()
            .map(|finding| finding.check.to_string())
            .filter(|id| id.starts_with("SPF-03"))
            .collect()
    };
    assert_eq!(ids("v=spf1 include:open.example.net -all"), ["SPF-032"]);
    assert_eq!(ids("v=spf1 redirect=open.example.net"), ["SPF-032"]);
    assert!(ids("v=spf1 ~include:open.example.net include:soft.example.net -all").is_empty());
    assert!(ids("v=spf1 ?a:mx.example.com/0 -ip4:0.0.0.0/0 -all").is_empty());
    assert_eq!(ids("v=spf1 a:mx.example.com/0 -all"), ["SPF-032"]);
    assert_eq!(ids("v=spf1 include:open.example.net all"), ["SPF-030"]);
}
