//! `conformance`: suites of others, and the ledger of disagreements.

use super::{Ended, data, run};
use std::fmt::Write;

fn suite(path: &str) -> String {
    data(path).to_str().unwrap().to_owned()
}

fn with_ledger(suites: &[&str], ledger: &str) -> Ended {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("exceptions.toml");
    std::fs::write(&path, ledger).unwrap();
    let suites: Vec<_> = suites.iter().map(|path| suite(path)).collect();
    let mut arguments = vec!["conformance", "--exceptions", path.to_str().unwrap()];
    arguments.extend(suites.iter().map(String::as_str));
    run(&arguments)
}

fn row(id: &str, rest: &str) -> String {
    format!("[[case]]\nid = \"{id}\"\n{rest}\n")
}

/// Latin-1 messages and records, line ends, the time, evidence for DMARC alone.
#[test]
fn cases_that_agree_are_counted() {
    let ended = run(&["conformance", &suite("cases/agree.jsonl")]);
    assert_eq!((ended.code, ended.out.as_str()), (0, "6 passed, 0 failed\n"));
}

/// `SPF` in place of TXT, `TXT: NONE`, `TIMEOUT` for a type and for all, one explanation and the default one.
#[test]
fn the_quirks_of_the_openspf_suites_are_read() {
    let ended = run(&["conformance", &suite("quirks.yml")]);
    assert_eq!((ended.code, ended.out.as_str()), (0, "9 passed, 0 failed\n"));
}

#[test]
fn the_quirks_matter() {
    let text = std::fs::read_to_string(data("quirks.yml")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("other.yaml");
    for (quirk, other, id) in [
        ("- SPF: v=spf1 ip4:192.0.2.1 -all\n  both", "- A: 192.0.2.1\n  both", "spf-is-txt"),
        ("    - TXT: NONE\n", "", "txt-none"),
        ("- A: TIMEOUT", "- A: 192.0.2.1", "a-type-that-times-out"),
        ("all.time.example:\n    - TIMEOUT", "all.time.example:\n    - TXT: x", "all-types-time-out"),
        ("9 is none of ours", "9 is one of ours", "explained"),
        ("result: none", "result: [fail, pass]", "txt-none"),
    ] {
        let changed = text.replacen(quirk, other, 1);
        assert_ne!(changed, text, "{quirk}");
        std::fs::write(&path, changed).unwrap();
        let ended = run(&["conformance", path.to_str().unwrap()]);
        assert_eq!(ended.code, 1, "{quirk}");
        assert!(ended.out.starts_with(&format!("{id}: ")), "{}", ended.out);
        assert!(ended.out.ends_with("8 passed, 1 failed\n"), "{}", ended.out);
    }
}

#[test]
fn each_disagreement_is_printed() {
    let ended = run(&["conformance", &suite("cases/disagree.jsonl"), &suite("cases/agree.jsonl")]);
    assert_eq!(ended.code, 1);
    let lines: Vec<_> = ended.out.lines().collect();
    assert!(
        lines[0].starts_with("ours/wrong-1: spf expected pass, got none (shop.example: "),
        "{}",
        ended.out
    );
    assert_eq!(lines[1], "ours/no-address: 192.0.2. is no address");
    assert_eq!(lines[2..], ["7 passed, 2 failed"]);
}

#[test]
fn a_listed_case_is_excepted_only_while_it_disagrees() {
    let disagreeing =
        row("ours/wrong-1", "reason = 'we know better'") + &row("ours/no-address", "reason = 'so do we'");
    let excepted = with_ledger(&["cases/disagree.jsonl"], &disagreeing);
    assert_eq!(excepted.code, 0);
    assert_eq!(excepted.out, "2 disagree as the exceptions say\n1 passed, 0 failed\n");

    let agreeing = disagreeing + &row("ours/right-1", "reason = 'it once disagreed'");
    let reported = with_ledger(&["cases/disagree.jsonl"], &agreeing);
    assert_eq!(reported.code, 1);
    let expected = "ours/right-1: agrees, but is listed as an exception: it once disagreed\n";
    assert!(reported.out.starts_with(expected), "{}", reported.out);
    assert!(reported.out.ends_with("0 passed, 1 failed\n"), "{}", reported.out);
}

#[test]
fn a_listed_case_that_is_gone_does_not_stay_unnoticed() {
    let gone = |rest: &str| row("ours/gone", &format!("reason = 'once'\n{rest}"));
    // Its suite was run.
    let stale = with_ledger(&["cases/agree.jsonl"], &gone("suite = 'agree.jsonl'"));
    assert_eq!(stale.code, 1);
    assert_eq!(
        stale.out,
        "ours/gone: is listed as an exception, but its suite holds no such case\n6 passed, 1 failed\n"
    );
    // Its suite was not run, or nobody says which it is.
    let elsewhere = with_ledger(&["cases/agree.jsonl"], &gone("suite = 'other.jsonl'"));
    assert_eq!((elsewhere.code, elsewhere.out.as_str()), (0, "6 passed, 0 failed\n"));
    let unknown = with_ledger(&["cases/agree.jsonl"], &gone(""));
    assert_eq!(unknown.code, 0);
    assert_eq!(unknown.out, "listed, but not met in this run: ours/gone\n6 passed, 0 failed\n");
    let many: String = (0..7).map(|number| row(&format!("n{number}"), "reason = 'once'")).collect();
    let counted = with_ledger(&["cases/agree.jsonl"], &many);
    assert!(counted.out.starts_with("listed, but not met in this run: n0, n1, n2, n3, n4 and 2 more\n"));
}

#[test]
fn a_ledger_without_reasons_is_refused() {
    for (ledger, what) in [
        (row("ours/wrong-1", "reason = ' '"), "ours/wrong-1 is listed without a reason"),
        (row("ours/wrong-1", ""), "missing field `reason`"),
        (row("a", "reason = 'x'") + &row("a", "reason = 'y'"), "a is listed twice"),
        ("[[case]\n".to_owned(), "line 1"),
    ] {
        let ended = with_ledger(&["cases/disagree.jsonl"], &ledger);
        assert_eq!((ended.code, ended.out.as_str()), (65, ""));
        assert!(ended.complaint.contains(what), "{}", ended.complaint);
    }
}

#[test]
fn a_suite_that_cannot_be_read_is_named_with_the_place() {
    let folder = tempfile::tempdir().unwrap();
    let mut good = String::new();
    writeln!(good, r#"{{"id": "a", "ip": "192.0.2.1", "expected": {{}}}}"#).unwrap();
    for (name, text, what) in [
        ("broken.jsonl", format!("{good}{{\"id\": 1}}\n"), "line 2: "),
        ("cut.jsonl", format!("{good}\n{{"), "line 3: "),
        ("letters.jsonl", r#"{"id": "a", "message": "€", "expected": {}}"#.to_owned(), "over U+00FF"),
        (
            "lost.jsonl",
            r#"{"id": "a", "message_path": "no/such.eml", "expected": {}}"#.to_owned(),
            "no/such.eml",
        ),
        ("zone.jsonl", r#"{"id": "a", "zone": {"a.example": 7}, "expected": {}}"#.to_owned(), "a.example"),
        ("broken.yml", "---\ntests: [\n".to_owned(), "line"),
        ("zone.yml", "tests: {}\nzonedata: {a.example: 7}\n".to_owned(), "a.example"),
    ] {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        let ended = run(&["conformance", path.to_str().unwrap()]);
        assert_eq!((ended.code, ended.out.as_str()), (65, ""), "{name}");
        assert!(ended.complaint.contains(name) && ended.complaint.contains(what), "{}", ended.complaint);
    }
    assert_eq!(run(&["conformance", "/no/such/suite.jsonl"]).code, 65);
}

#[test]
fn the_suites_of_others_run_without_a_fault() {
    let corpora = std::env::var("MAILPROOF_CORPORA")
        .unwrap_or_else(|_| concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/corpora").to_owned());
    let cases = std::path::Path::new(&corpora).join("cases");
    if !cases.is_dir() {
        println!("skipped: no {}", cases.display());
        return;
    }
    for name in ["spf", "dkim", "dmarc", "disputed"] {
        let path = cases.join(format!("{name}.jsonl"));
        let ended = run(&["conformance", path.to_str().unwrap()]);
        let (passed, failed) = counts(&ended);
        let count = std::fs::read_to_string(&path).unwrap().lines().count();
        assert_eq!(
            (passed + failed, ended.code),
            (count, i32::from(failed > 0)),
            "{name}: {}",
            ended.complaint
        );
        // Where we differ we have reasons; more than that would be a defect of the command.
        assert!(passed > 2 * failed || name == "disputed", "{name}: {passed} passed, {failed} failed");
    }
}

fn counts(ended: &Ended) -> (usize, usize) {
    let words: Vec<_> = ended.out.lines().last().unwrap_or_default().split([' ', ',']).collect();
    match words[..] {
        [passed, "passed", "", failed, "failed"] => (passed.parse().unwrap(), failed.parse().unwrap()),
        _ => panic!("{}", ended.out),
    }
}

#[test]
fn a_list_of_exceptions_that_cannot_be_read_is_told_by_its_line() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("exceptions.toml");
    std::fs::write(&path, "# known\n[[case]]\nid =\n").unwrap();
    let suite = data("cases/agree.jsonl");
    let ended = run(&["conformance", "--exceptions", path.to_str().unwrap(), suite.to_str().unwrap()]);
    assert_eq!((ended.code, ended.complaint.lines().count()), (65, 1), "{}", ended.complaint);
    assert!(ended.complaint.contains("exceptions.toml: line 3: "), "{}", ended.complaint);
}
