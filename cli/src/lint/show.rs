//! Findings for people and machines.

use crate::explain::ascii;
use crate::plain::coloured;
use crate::terminal::{folded, visible, width};
use mailproof_lint::{Finding, Severity};
use owo_colors::OwoColorize;
use serde_json::{Value, json};
use std::collections::HashSet;
use std::fmt::Write;
use std::ops::Range;

/// Columns of a record that are shown around a place.
const COLUMNS: usize = 100;

/// A finding, for machines: `span` counts octets of the record.
pub(crate) fn json(finding: &Finding) -> Value {
    let check = finding.check;
    json!({
        "id": check.to_string(),
        "severity": finding.severity().word(),
        "title": check.title,
        "message": finding.message,
        "effect": check.effect,
        "fix": check.fix,
        "help": finding.help,
        "source": check.source,
        "owner": finding.owner.as_ref().map(mailproof::Name::as_str),
        "record": finding.text.as_ref().map(|text| String::from_utf8_lossy(text).into_owned()),
        "span": finding.span.as_ref().map(|span| json!([span.start, span.end])),
        "mendable": !finding.mend.is_empty(),
    })
}

/// Every finding with its place, and how many there are; or that there is none.
pub(super) fn findings(text: &str, clean: &str, findings: &[Finding]) -> String {
    if findings.is_empty() {
        return format!("{}  {clean}\n", coloured("clean"));
    }
    let mut out = String::new();
    let mut told = HashSet::new();
    for finding in findings {
        let check = finding.check;
        let _ = writeln!(out, "{}[{check}]: {}", severity(finding.severity()), visible(&finding.message));
        let own = finding.text.as_ref().map(|text| String::from_utf8_lossy(text).into_owned());
        let text = own.as_deref().unwrap_or(text);
        let help = finding.help.as_deref().map(|help| format!("help: {help}"));
        match &finding.span {
            Some(span) => caret(&mut out, text, span, help.as_deref().unwrap_or_default()),
            None => {
                let _ = help.iter().try_for_each(|help| writeln!(out, "  {}", visible(help)));
            }
        }
        // What follows from it is told once.
        if told.insert(check.to_string()) {
            let _ = writeln!(out, "{}", folded("  effect: ", &ascii(check.effect), width()));
            let fix = format!("{} ({})", check.fix, check.source);
            let _ = writeln!(out, "{}", folded("  fix: ", &ascii(&fix), width()));
        }
    }
    let _ = writeln!(out, "{}", counts(findings));
    out
}

/// `2 errors · 1 warning`.
pub(crate) fn counts(findings: &[Finding]) -> String {
    let mut parts = Vec::new();
    for (severity, noun) in
        [(Severity::Error, "error"), (Severity::Warning, "warning"), (Severity::Info, "info")]
    {
        let number = findings.iter().filter(|finding| finding.severity() == severity).count();
        match number {
            0 => {}
            1 => parts.push(format!("1 {noun}")),
            number => parts.push(format!("{number} {noun}s")),
        }
    }
    parts.join(" · ")
}

/// A severity in its colour.
pub(crate) fn severity(severity: Severity) -> String {
    let word = severity.word();
    match severity {
        Severity::Error => word.red().to_string(),
        Severity::Info => word.cyan().to_string(),
        Severity::Warning => word.yellow().to_string(),
    }
}

/// The record, or what stands around the place, and a caret below it. However long the record is, no more of it is looked
/// at than is shown.
pub(crate) fn caret(out: &mut String, text: &str, span: &Range<usize>, help: &str) {
    let room = width().unwrap_or(COLUMNS).saturating_sub(4).max(16);
    // An octet offset may fall within a character.
    let boundary =
        |offset: usize| (0..=offset.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    let (start, end) = (boundary(span.start), boundary(span.end.max(span.start)));
    let seen = |part: &str| -> Vec<char> {
        let part: String = part.chars().take(room + 1).collect();
        visible(&part).chars().collect()
    };
    let is_short = text.len() <= room * 4 && visible(text).chars().count() <= room;
    let before: String = text.get(..start).unwrap_or_default().chars().rev().take(room + 1).collect();
    let before: Vec<char> = visible(&before.chars().rev().collect::<String>()).chars().collect();
    let skipped = if is_short { 0 } else { before.len().saturating_sub(room / 3) };
    let marked = seen(text.get(start..end).unwrap_or_default());
    let after = seen(text.get(end..).unwrap_or_default());
    let indent = before.len() - skipped;
    let dots = if skipped > 0 { "…" } else { "" };
    let all = before.into_iter().skip(skipped).chain(marked.iter().copied()).chain(after);
    let mut window: String = all.clone().take(room).collect();
    if all.count() > room {
        window.pop();
        window.push('…');
    }
    let marks = marked.len().min(room.saturating_sub(indent)).max(1);
    let _ = writeln!(out, "  {dots}{window}");
    let line = format!("  {}{} {help}", " ".repeat(indent + dots.chars().count()), "^".repeat(marks));
    let _ = writeln!(out, "{}", visible(&line).trim_end());
}
