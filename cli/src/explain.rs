//! `mailproof explain`: what an id of lint and audit means.

use crate::terminal::{folded, manner, print, print_json, width};
use crate::{Exit, refuse_usage};
use mailproof_lint::catalogue::{Check, all, find};
use serde_json::{Value, json};
use std::fmt::Write;

/// Says what an id of lint and audit means: what receivers will do, and what to do about it. Without an id, lists all.
///
/// Exit codes: 0 told, 2 usage or no such id.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Ids, such as SPF-001, or SPF, DKIM, DMARC or DNS for all of them.
    #[arg(value_name = "ID")]
    ids: Vec<String>,
}

pub(crate) fn run(arguments: &Arguments) -> Exit {
    let chosen: Vec<&Check> = if arguments.ids.is_empty() {
        all().collect()
    } else {
        arguments.ids.iter().flat_map(|id| found(id)).collect()
    };
    if manner().json {
        let checks: Vec<_> = chosen.iter().map(|check| check_json(check)).collect();
        print_json(&json!({ "schema": "mailproof.explain/1", "checks": checks }));
    } else if arguments.ids.is_empty() {
        let lines = chosen
            .iter()
            .map(|check| format!("{:10} {:8} {}\n", check.to_string(), check.severity.word(), check.title));
        print(&lines.collect::<String>());
    } else {
        let texts: Vec<_> = chosen.iter().map(|check| plain(check)).collect();
        print(&texts.join("\n"));
    }
    Exit::Good
}

/// The check of this id, or all of a family.
fn found(id: &str) -> Vec<&'static Check> {
    let family: Vec<_> = all().filter(|check| check.family.word().eq_ignore_ascii_case(id)).collect();
    if !family.is_empty() {
        return family;
    }
    match find(id) {
        Some(check) => vec![check],
        None => refuse_usage(&format!("no such id: {id:?}; without an id all are listed")),
    }
}

fn check_json(check: &Check) -> Value {
    let Check { severity, title, effect, fix, source, .. } = check;
    json!({
        "id": check.to_string(), "severity": severity.word(), "title": title, "effect": effect, "fix": fix, "source": source,
    })
}

fn plain(check: &Check) -> String {
    let mut out = format!("{check}  {}\n", check.title);
    let rows = [
        ("severity  ", check.severity.word()),
        ("effect    ", check.effect),
        ("fix       ", check.fix),
        ("source    ", check.source),
    ];
    for (label, text) in rows {
        let _ = writeln!(out, "{}", folded(&format!("  {label}"), &ascii(text), width()));
    }
    out
}

/// The catalogue's text in the characters there are.
pub(crate) fn ascii(text: &str) -> String {
    if manner().ascii { text.replace('§', "section ").replace('…', "...") } else { text.to_owned() }
}
