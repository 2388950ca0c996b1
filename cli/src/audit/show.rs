//! Audits for people and machines.

use crate::explain::ascii;
use crate::lint::show::{caret, counts, json as finding_json};
use crate::terminal::{folded, manner, visible, width};
use mailproof::Name;
use mailproof_lint::audit::{Selector, State};
use mailproof_lint::{Family, Finding, Report, Severity};
use owo_colors::OwoColorize;
use serde_json::{Value, json as value};
use std::fmt::Write;

/// Columns before the text of a finding.
const INDENT: &str = "          ";

/// Questions without an answer that are listed.
const FAILURES: usize = 5;

/// One domain: what was found in order of the protocols, and what is in order.
pub(super) fn plain(report: &Report, is_one_of_many: bool) -> String {
    let found =
        if report.findings.is_empty() { "nothing wrong".to_owned() } else { counts(&report.findings) };
    let mut out = format!("{}  {found} · {} questions\n", report.domain.bold(), report.questions);
    for family in Family::ALL {
        let own: Vec<_> = report.findings.iter().filter(|finding| finding.check.family == family).collect();
        if let Some(summary) = summary(family, report) {
            let is_good = own.is_empty() && (family != Family::Dkim || !report.keys.is_empty());
            let mark = if is_good { "✓".green().to_string() } else { "·".to_owned() };
            let label = format!(" {:5} {mark} ", family.word());
            let _ = writeln!(out, "{}", folded(&label, &summary, width()));
        }
        for finding in own {
            describe(&mut out, finding, Some(&report.domain));
        }
    }
    for (question, failure) in report.failures.iter().take(FAILURES) {
        let _ = writeln!(out, " {:5} {} {question}: {failure}", "", "?".yellow());
    }
    if let Some(more) = report.failures.len().checked_sub(FAILURES).filter(|more| *more > 0) {
        let _ = writeln!(out, " {:5} {} and {more} questions more without an answer", "", "?".yellow());
    }
    if is_one_of_many {
        out.push('\n');
    }
    out
}

fn describe(out: &mut String, finding: &Finding, domain: Option<&Name>) {
    let check = finding.check;
    let mark = match finding.severity() {
        Severity::Error => "✗".red().to_string(),
        Severity::Info => "·".cyan().to_string(),
        Severity::Warning => "!".yellow().to_string(),
    };
    let label = format!(" {:5} {mark} {check}  ", check.family.word());
    let mut message = finding.message.clone();
    // Where it stands, unless that is the domain or told already.
    let elsewhere = finding.owner.as_ref().filter(|owner| Some(*owner) != domain);
    if let Some(owner) = elsewhere.filter(|owner| !message.contains(owner.as_str())) {
        let _ = write!(message, " (at {owner})");
    }
    let _ = writeln!(out, "{}", folded(&label, &ascii(&visible(&message)), width()));
    if manner().is_verbose() {
        if let (Some(text), Some(span)) = (&finding.text, &finding.span) {
            caret(out, &String::from_utf8_lossy(text), span, "");
        }
        let _ = writeln!(out, "{}", folded(&format!("{INDENT}effect: "), &ascii(check.effect), width()));
    }
    // Our own text is drawn in ASCII where that is wanted, and what others wrote is escaped.
    let fix = finding.help.as_deref().map_or(ascii(check.fix), |help| ascii(&visible(help)));
    let _ = writeln!(out, "{}", folded(&format!("{INDENT}fix: "), &fix, width()));
}

/// What there is, in a line that can be printed.
fn summary(family: Family, report: &Report) -> Option<String> {
    match family {
        Family::Spf => {
            let budget = report.budget.as_ref()?;
            let terms: Vec<_> = budget
                .terms
                .iter()
                .map(|(term, lookups)| visible(&format!("{term} {lookups}")).into_owned())
                .collect();
            let terms = if terms.is_empty() { String::new() } else { format!(" ({})", terms.join(" · ")) };
            Some(format!("lookups {}/10{terms} · void {}/2", budget.lookups, budget.voids))
        }
        Family::Dkim => Some(selectors(&report.selectors)),
        Family::Dmarc => {
            let (domain, policy) = (report.policy_domain.as_ref()?, report.policy?);
            Some(format!("{policy}, by the record of {domain}"))
        }
        Family::Dns => None,
    }
}

fn selectors(selectors: &[Selector]) -> String {
    if selectors.is_empty() {
        return "no key at a common selector; name others with --dkim-selectors".to_owned();
    }
    if selectors.iter().all(|selector| selector.state == State::Unknown) {
        return "no selector could be asked for".to_owned();
    }
    let shown = selectors.iter().map(|selector| {
        let label = selector.name.as_str().split("._domainkey").next().unwrap_or_default();
        format!("{label} {}", state(selector.state))
    });
    shown.collect::<Vec<_>>().join(" · ")
}

const fn state(state: State) -> &'static str {
    match state {
        State::Absent => "absent",
        State::Broken => "broken",
        State::Key => "key",
        State::Revoked => "revoked",
        State::Unknown => "unknown",
    }
}

/// What is to be said of several domains together.
pub(super) fn together(reports: &[Report], shared: &[Finding]) -> String {
    let mut out = String::new();
    for finding in shared {
        describe(&mut out, finding, None);
    }
    let with = |severity| reports.iter().filter(|report| report.count(severity) > 0).count();
    let _ = writeln!(
        out,
        "{} domains: {} with errors, {} with warnings",
        reports.len(),
        with(Severity::Error),
        with(Severity::Warning)
    );
    out
}

/// All of it, for machines.
pub(super) fn json(reports: &[Report], shared: &[Finding]) -> Value {
    let domains: Vec<_> = reports.iter().map(domain).collect();
    let count = |severity| -> usize {
        let own: usize = reports.iter().map(|report| report.count(severity)).sum();
        own + shared.iter().filter(|finding| finding.severity() == severity).count()
    };
    value!({
        "schema": "mailproof.audit/1",
        "domains": domains,
        "shared": shared.iter().map(finding_json).collect::<Vec<_>>(),
        "errors": count(Severity::Error),
        "warnings": count(Severity::Warning),
        "infos": count(Severity::Info),
    })
}

pub(crate) fn domain(report: &Report) -> Value {
    let budget = report.budget.as_ref().map(|budget| {
        let terms: Vec<_> =
            budget.terms.iter().map(|(term, lookups)| value!({ "term": term, "lookups": lookups })).collect();
        value!({ "lookups": budget.lookups, "void_lookups": budget.voids, "terms": terms })
    });
    let selectors: Vec<_> = report
        .selectors
        .iter()
        .map(|selector| value!({ "name": selector.name.as_str(), "state": state(selector.state) }))
        .collect();
    let failures: Vec<_> = report
        .failures
        .iter()
        .map(|(question, failure)| value!({ "question": question.to_string(), "failure": failure.to_string() }))
        .collect();
    value!({
        "domain": report.domain.as_str(),
        "findings": report.findings.iter().map(finding_json).collect::<Vec<_>>(),
        "spf": budget,
        "selectors": selectors,
        "dmarc": {
            "record_domain": report.policy_domain.as_ref().map(Name::as_str),
            "policy": report.policy.map(|policy| policy.to_string()),
        },
        "questions": report.questions,
        "failures": failures,
    })
}
