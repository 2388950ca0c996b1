//! Foreign DKIM suites: every case agrees, or stands in the ledger below with its reason.

// Tests may read files; the core may not.
#![allow(clippy::disallowed_methods)]

use mailproof::dkim::{Policy, Verdict, verify};
use mailproof::dns::Zone;
use mailproof::message::{Message, with_crlf};
use mailproof::{Evaluation, Step};
use serde_json::Value;
use std::path::{Path, PathBuf};

/// Signed with rsa-sha1, which RFC 8301 §3.1 forbids to verify; the suites are older. (Where a case expects something
/// else of such a signature than a pass, it never comes to that.)
const SHA1: &[&str] = &[
    "mail-dkim-perl/badkey_14",
    "mail-dkim-perl/badkey_15",
    "mail-dkim-perl/good_1878523",
    "mail-dkim-perl/good_83176",
    "mail-dkim-perl/good_qp_1",
    "mail-dkim-perl/good_qp_2",
    "mail-dkim-perl/good_qp_3",
    "mail-dkim-perl/good_rfc4871_3",
    "mail-dkim-perl/good_rfc4871_4",
    "mail-dkim-perl/goodkey_1",
    "mail-dkim-perl/goodkey_2",
    "mail-dkim-perl/goodkey_3",
    "mail-dkim-perl/goodkey_4",
    "mail-dkim-perl/multiple_2",
    "exim/4500-1",
    "exim/4500-2",
    "exim/4500-4",
    "exim/4501-1",
    "exim/4502-1",
    "exim/4502-2",
    "exim/4502-3",
    "spamassassin/test-pass-01",
    "mail-dkim-perl/badkey_8",
    "mail-dkim-perl/badkey_9",
    "mail-dkim-perl/badkey_12",
    "mail-dkim-perl/badkey_13",
    "exim/4500-7",
    "exim/4502-5",
];

/// Signed with 768 bits: RFC 8301 §3.2 forbids to accept less than 1024.
const SHORT: &[&str] = &[
    "spamassassin/test-pass-02",
    "spamassassin/test-pass-03",
    "spamassassin/test-pass-04",
    "spamassassin/test-pass-05",
    "spamassassin/test-pass-06",
    "spamassassin/test-pass-07",
    "spamassassin/test-pass-08",
    "spamassassin/test-pass-17",
];

/// The keys were never recorded: the zone is empty.
const NO_ZONE: &[&str] = &[
    "spamassassin/test-pass-09",
    "spamassassin/test-pass-10",
    "spamassassin/test-pass-11",
    "spamassassin/test-pass-12",
    "spamassassin/test-pass-13",
    "spamassassin/test-pass-14",
    "spamassassin/test-pass-15",
    "spamassassin/test-pass-16",
    "spamassassin/test-pass-18",
    "spamassassin/test-pass-19",
    "spamassassin/test-pass-20",
    "spamassassin/test-pass-21",
    "spamassassin/test-pass-22",
    "spamassassin/test-pass-23",
];

/// The rest, each with its reason.
const OTHERS: &[(&str, &str)] = &[
    // DNS answers REFUSED, which another query may not (RFC 6376 §6.1.2 step 2): the suite counts it as permanent.
    ("chasquid/06-dns_perm_error", "REFUSED"),
    // Seven good signatures; the suite's implementation stops at five, ours at ten (RFC 6376 §6.1).
    ("chasquid/02-too_many_headers", "pass"),
];

/// What a case of the ledger must say instead.
fn excused(id: &str) -> Option<&'static str> {
    let lists =
        [(SHA1, "rsa-sha1 is not accepted"), (SHORT, "too short: 768 bits"), (NO_ZONE, "does not exist")];
    let listed = lists.iter().find_map(|(ids, reason)| ids.contains(&id).then_some(*reason));
    listed.or_else(|| OTHERS.iter().find_map(|(other, reason)| (*other == id).then_some(*reason)))
}

fn corpora() -> Option<PathBuf> {
    let told = std::env::var_os("MAILPROOF_CORPORA").map(PathBuf::from);
    let path = told.unwrap_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/corpora"));
    path.is_dir().then_some(path)
}

fn run(case: &Value, corpora: &Path) -> Vec<Verdict> {
    let raw = std::fs::read(corpora.join(case["message_path"].as_str().unwrap())).unwrap();
    let raw = if case["lf_to_crlf"].as_bool().unwrap_or(false) { with_crlf(&raw) } else { raw.into() };
    let zone = Zone::from_json_value(&case["zone"]).unwrap();
    let message = Message::parse(&raw).unwrap();
    let now = case["now"].as_u64().unwrap_or(1_700_000_000);
    match verify(&message, &Policy::default(), now).step(&zone) {
        Step::Done(verdicts) => verdicts,
        Step::Ask(open) => panic!("{open:?}"),
    }
}

/// What disagrees, in words.
fn disagreement(expected: &Value, verdicts: &[Verdict]) -> Option<String> {
    let ours: Vec<String> = verdicts.iter().map(|verdict| verdict.outcome.to_string()).collect();
    let passes = verdicts.iter().any(|verdict| verdict.outcome.is_pass());
    let agrees_overall = match expected["dkim_overall"].as_str() {
        None => true,
        Some("pass") => passes,
        Some("not-pass") => !passes,
        Some("none") => verdicts.is_empty(),
        Some("temperror") => verdicts.iter().any(|verdict| verdict.outcome.word() == "temperror"),
        Some(word) => panic!("{word}"),
    };
    let agrees_each = expected["dkim"].as_array().is_none_or(|each| {
        each.len() == verdicts.len()
            && each.iter().zip(verdicts).all(|(words, verdict)| {
                words.as_array().is_none_or(|words| words.iter().any(|word| word == verdict.outcome.word()))
            })
    });
    (!(agrees_overall && agrees_each)).then(|| format!("expected {expected}, ours {ours:?}"))
}

#[test]
fn foreign_suites_agree_or_are_excused() {
    let Some(corpora) = corpora() else {
        println!("skipped: no corpora");
        return;
    };
    let mut count = 0;
    let mut excuses = 0;
    let mut wrong = Vec::new();
    for file in ["cases/dkim.jsonl", "cases/disputed.jsonl"] {
        for line in std::fs::read_to_string(corpora.join(file)).unwrap().lines() {
            let case: Value = serde_json::from_str(line).unwrap();
            if case["expected"]["dkim"].is_null() && case["expected"]["dkim_overall"].is_null() {
                continue;
            }
            count += 1;
            let id = case["id"].as_str().unwrap();
            match (disagreement(&case["expected"], &run(&case, &corpora)), excused(id)) {
                (None, None) => {}
                (Some(why), Some(reason)) if why.contains(reason) => excuses += 1,
                (why, reason) => wrong.push(format!("{id}: {why:?}, excused with {reason:?}")),
            }
        }
    }
    println!("{count} cases, {excuses} excused, {} wrong", wrong.len());
    assert_eq!(wrong, [""; 0]);
}
