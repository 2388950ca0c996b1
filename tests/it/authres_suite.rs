//! The Authentication-Results cases of Mail::AuthenticationResults, mox, MimeKit and go-msgauth. What we judge otherwise
//! stands in `tests/exceptions.toml`, suite `authres`; a listed case that agrees fails.

use mailproof::authres::{AuthResults, Entry, MalformedAuthResults};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

const FIELD_NAME: &str = "authentication-results:";

/// The value of a case as it would stand in a field: files have LF, and lines that begin without white space would be
/// fields of their own.
fn value(input: &str) -> String {
    let name = input.get(..FIELD_NAME.len()).filter(|name| name.eq_ignore_ascii_case(FIELD_NAME));
    let value = input.get(name.map_or(0, str::len)..).unwrap_or_default();
    let lines: Vec<_> = value.trim_end_matches(['\r', '\n']).lines().collect();
    let folded = |(index, line): (usize, &&str)| match line.starts_with([' ', '\t']) || index == 0 {
        true => (*line).to_owned(),
        false => format!(" {line}"),
    };
    lines.iter().enumerate().map(folded).collect::<Vec<_>>().join("\r\n")
}

/// The ids of the cases that are listed for this suite.
fn ledger() -> BTreeSet<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/exceptions.toml");
    let text = std::fs::read_to_string(path).unwrap();
    let of = |row: &str, key: &str| {
        let line = row.lines().find_map(|line| line.strip_prefix(key)?.trim().strip_prefix('='));
        line.map(|value| value.trim().trim_matches('"').to_owned())
    };
    let rows = text.split("[[case]]").skip(1);
    let ours = rows.filter(|row| of(row, "suite").as_deref() == Some("authres"));
    ours.map(|row| {
        assert!(of(row, "reason").is_some_and(|reason| !reason.is_empty()), "a row without a reason: {row}");
        of(row, "id").unwrap()
    })
    .collect()
}

#[test]
fn the_suites_of_others_agree_or_stand_in_the_ledger() {
    let corpora = std::env::var("MAILPROOF_CORPORA")
        .map_or_else(|_| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpora"), PathBuf::from);
    let Ok(index) = std::fs::read_to_string(corpora.join("index/authres.jsonl")) else {
        println!("skipped: there are no cases at {}", corpora.display());
        return;
    };
    let ledger = ledger();
    let (mut agreeing, mut seen) = (0, BTreeSet::new());
    let mut wrong = Vec::new();
    for line in index.lines() {
        let case: serde_json::Value = serde_json::from_str(line).unwrap();
        let id = case["id"].as_str().unwrap();
        let value = value(case["input"].as_str().unwrap());
        let disagreement = disagreement(&case["expected"], AuthResults::parse(value.as_bytes()));
        agreeing += usize::from(disagreement.is_none());
        match disagreement {
            Some(what) if !ledger.contains(id) => wrong.push(format!("{id}: {what}: {value:?}")),
            None if ledger.contains(id) => wrong.push(format!("{id} is listed and agrees")),
            Some(_) | None => {}
        }
        seen.insert(id.to_owned());
    }
    wrong.extend(ledger.difference(&seen).map(|id| format!("{id} is listed and no case")));
    println!("{agreeing} of {} agree, {} are listed", seen.len(), ledger.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What is judged otherwise, if anything is.
fn disagreement(
    expected: &serde_json::Value,
    read: Result<AuthResults, MalformedAuthResults>,
) -> Option<String> {
    let results = match (expected["parses"].as_bool().unwrap(), read) {
        (true, Ok(results)) => results,
        (true, Err(error)) => return Some(error.to_string()),
        (false, Ok(_)) => return Some("should not be read".to_owned()),
        (false, Err(_)) => return None,
    };
    // Mail::AuthenticationResults: a tree. mox: methods and properties. MimeKit: what it prints. go-msgauth: the id.
    if expected["tree"].is_object() {
        return tree_disagreement(&expected["tree"], &results);
    }
    if expected["parsed"].is_object() {
        let theirs = built(&expected["parsed"]);
        let ours = results.entries().iter().map(without_comment);
        return (!ours.eq(theirs.iter().cloned())).then(|| format!("{results} in place of {theirs:?}"));
    }
    if let Some(canonical) = expected["canonical"].as_str() {
        let theirs = AuthResults::parse(value(canonical).as_bytes());
        return (theirs.as_ref() != Ok(&results)).then(|| format!("{results} in place of {canonical}"));
    }
    let id = expected["authserv_id"].as_str().filter(|id| *id != results.authserv_id());
    id.map(|id| format!("{} in place of {id}", results.authserv_id()))
}

/// The entries that mox found.
fn built(parsed: &serde_json::Value) -> Vec<Entry> {
    let text = |node: &serde_json::Value, key: &str| node[key].as_str().unwrap().to_owned();
    let methods = parsed["Methods"].as_array().into_iter().flatten();
    let entry = |method: &serde_json::Value| {
        let entry = Entry::new(text(method, "Method"), text(method, "Result"));
        let entry = entry.with_reason(text(method, "Reason"));
        method["Props"].as_array().into_iter().flatten().fold(entry, |entry, property| {
            entry.with(text(property, "Type"), text(property, "Property"), text(property, "Value"))
        })
    };
    methods.map(entry).collect()
}

fn without_comment(entry: &Entry) -> Entry {
    entry.clone().with_comment("")
}

fn tree_disagreement(tree: &serde_json::Value, results: &AuthResults) -> Option<String> {
    let id = tree["authserv_id"]["value"].as_str().unwrap();
    if id != results.authserv_id() {
        return Some(format!("{} in place of {id}", results.authserv_id()));
    }
    let of_type = |node: &serde_json::Value, wanted: &str| -> Vec<serde_json::Value> {
        let children = node["children"].as_array().unwrap();
        children.iter().filter(|child| child["type"] == wanted).cloned().collect()
    };
    let text = |node: &serde_json::Value, key: &str| node[key].as_str().unwrap_or_default().to_owned();
    let mut theirs = Vec::new();
    for entry in of_type(tree, "entry") {
        theirs.push(format!("{}={}", text(&entry, "key"), text(&entry, "value")));
        let mut details: Vec<_> = of_type(&entry, "subentry")
            .iter()
            .map(|detail| format!("{}={}", text(detail, "key"), text(detail, "value")))
            .collect();
        details.sort();
        theirs.extend(details);
    }
    let mut ours = Vec::new();
    for entry in results.entries() {
        ours.push(format!("{}={}", entry.method(), entry.result()));
        let properties = entry.properties().iter();
        let mut details: Vec<_> =
            properties.map(|it| format!("{}.{}={}", it.ptype, it.name, it.value)).collect();
        details.extend(entry.reason().map(|reason| format!("reason={reason}")));
        details.sort();
        ours.extend(details);
    }
    (ours != theirs).then(|| format!("{ours:?} in place of {theirs:?}"))
}
