//! Cases of other implementations: DMARC evidence in, verdict out; and the public suffix list's own tests.

use crate::dmarc_world::World;
use mailproof::dmarc::{self, Discovery, Evidence, Mechanism, Settings, Undecided};
use mailproof::dns::Zone;
use mailproof::{Evaluation, Name};
use serde_json::Value;
use std::path::PathBuf;

/// Cases that we judge otherwise, and why.
const EXCEPTIONS: [(&str, &str); 11] = [
    ("mail-dmarc-perl/04.PurePerl-validate-5", NOT_STATED),
    ("mail-dmarc-perl/06.Result-validate-3", "its test makes the policy strict behind DNS's back"),
    ("mail-dmarc-perl/30.Validate-validate-1", HANDED_OVER),
    ("mail-dmarc-perl/30.Validate-validate-2", HANDED_OVER),
    ("mail-dmarc-perl/30.Validate-validate-3", HANDED_OVER),
    ("mail-dmarc-perl/30.Validate-validate-5", HANDED_OVER),
    ("mail-dmarc-perl/30.Validate-validate-6", HANDED_OVER),
    ("mail-dmarc-perl/30.Validate-validate-7", HANDED_OVER),
    ("mail-dmarc-perl/30.Validate-validate-9", HANDED_OVER),
    ("mail-dmarc-perl/30.Validate-validate-10", HANDED_OVER),
    ("mail-dmarc-perl/30.Validate-validate-11", HANDED_OVER),
];
/// RFC 9989 §4.10.1: without a valid `p` and without `rua` no DMARC processing; §4.7 refers to it.
const NOT_STATED: &str = "v=DMARC1; psd=y: neither p nor rua";
const HANDED_OVER: &str = "its test hands the policy to the evaluator; the zone holds no record";
/// Of the disputed cases: `v=DMARC1; p=none; bogus` is a record, the syntax error behind the version is discarded
/// (RFC 9989 §4.8, RFC 7489 §6.3).
const DISPUTED: [&str; 1] = ["mox/verify-14"];

#[expect(clippy::disallowed_methods, reason = "foreign cases are files")]
fn corpora(path: &str) -> Option<String> {
    let root =
        std::env::var_os("MAILPROOF_CORPORA").map_or_else(|| "../shared/corpora".into(), PathBuf::from);
    let text = std::fs::read_to_string(root.join(path)).ok();
    if text.is_none() {
        println!("{path} is not here (MAILPROOF_CORPORA): skipped");
    }
    text
}

/// The evidence of a case: only MAIL FROM counts (RFC 9989 §4.4.2).
fn evidence(case: &Value) -> Evidence {
    let mut evidence = Evidence::default();
    let spf = case["spf_results"].as_array().into_iter().flatten().filter(|one| one["scope"] != "helo");
    let dkim = case["dkim_results"].as_array().into_iter().flatten();
    for (mechanism, one) in spf.map(|one| (Mechanism::Spf, one)).chain(dkim.map(|one| (Mechanism::Dkim, one)))
    {
        let Ok(domain) = Name::parse(one["domain"].as_str().unwrap()) else { continue };
        match (one["result"].as_str().unwrap(), mechanism) {
            ("pass", Mechanism::Spf) => evidence.spf = Some(domain),
            ("pass", _) => evidence.dkim.push(domain),
            ("temperror", _) => evidence.undecided.push(Undecided { mechanism, domain }),
            _ => {}
        }
    }
    evidence
}

/// What of a case's expectations is not met.
fn disagreement(case: &Value) -> Option<String> {
    let zone: Zone = Zone::from_json(&case["zone"].to_string()).unwrap();
    let discovery = if case["mode"] == "rfc7489" { Discovery::PublicSuffixList } else { Discovery::TreeWalk };
    let settings = Settings { discovery, ..Settings::default() };
    let author = Name::parse(case["author"].as_str().unwrap()).unwrap();
    let verdict = dmarc::check(author, evidence(case), &settings).run_blocking(&zone);
    let ours = [
        ("dmarc", Some(verdict.outcome.word())),
        ("policy", verdict.policy.map(|policy| policy.word())),
        ("disposition", Some(verdict.disposition.word())),
    ];
    let wrong = ours.iter().find(|(key, got)| {
        case["expected"].get(key).is_some_and(|expected| !expected.is_null() && expected.as_str() != *got)
    })?;
    Some(format!("{wrong:?}, expected {}: {}", case["expected"], verdict.reason()))
}

fn disagreements(file: &str, is_ours: impl Fn(&Value) -> bool) -> Vec<String> {
    let mut ids = Vec::new();
    let mut count = 0;
    for line in corpora(file).unwrap_or_default().lines() {
        let case: Value = serde_json::from_str(line).unwrap();
        if !is_ours(&case) {
            continue;
        }
        count += 1;
        if let Some(why) = disagreement(&case) {
            println!("{}: {why}", case["id"]);
            ids.push(case["id"].as_str().unwrap().to_owned());
        }
    }
    println!("{file}: {count} cases, {} disagree", ids.len());
    ids
}

#[test]
fn cases_agree_but_for_the_exceptions() {
    let ids = disagreements("cases/dmarc.jsonl", |_| true);
    if corpora("cases/dmarc.jsonl").is_some() {
        assert_eq!(ids, EXCEPTIONS.map(|(id, _)| id));
    }
}

#[test]
fn disputed_cases() {
    let ids = disagreements("cases/disputed.jsonl", |case| case["expected"].get("dmarc").is_some());
    if corpora("cases/disputed.jsonl").is_some() {
        assert_eq!(ids, DISPUTED);
    }
}

/// `checkPublicSuffix(name, registered domain)` lines of the list's own tests.
#[test]
fn the_public_suffix_list_tests() {
    let Some(text) = corpora("dmarc/publicsuffix/test_psl.txt") else { return };
    let mut count = 0;
    for line in text.lines() {
        let Some(arguments) = line.strip_prefix("checkPublicSuffix(").and_then(|rest| rest.split(')').next())
        else {
            continue;
        };
        let mut arguments = arguments.split(',').map(|argument| argument.trim().trim_matches('\''));
        let (Some(input), Some(expected)) = (arguments.next(), arguments.next()) else { panic!("{line}") };
        let Ok(author) = Name::parse(input) else { continue };
        if input == "null" {
            continue;
        }
        let world = World::new(&[]).by_list();
        world.discover(author.as_str());
        let expected = if expected == "null" { author } else { Name::parse(expected).unwrap() };
        assert_eq!(world.asked().last().unwrap(), &format!("_dmarc.{expected}"), "{line}");
        count += 1;
    }
    println!("{count} public suffix tests");
}
