//! A survey and its findings, for a person and as JSON.

use super::super::answer;
use super::judge::{Finding, Severity, is_key};
use super::policies::Found;
use super::survey::{Fact, Purpose, Survey, keys_of};
use crate::Exit;
use crate::plain::coloured;
use crate::terminal::visible;
use mailproof::dmarc;
use mailproof::dns::{Kind, Outcome};
use serde_json::{Value, json};
use std::fmt::Write;

/// Questions that a finding names before it only counts.
const NAMED: usize = 3;

pub(super) fn plain(survey: &Survey, findings: &[Finding], exit: Exit) -> String {
    let count = |severity| findings.iter().filter(|finding| finding.severity == severity).count();
    let (failures, problems) = (count(Severity::Failure), count(Severity::Problem));
    let mut out = format!(
        "{}  {}: {}, {}, {}\n",
        coloured(summary(exit)),
        survey.domain,
        counted(problems, "problem"),
        counted(failures, "failure"),
        counted(survey.facts.len(), "question")
    );
    let mut line = |label: &str, text: &str| {
        let _ = writeln!(out, "  {label:<7} {}", visible(text));
    };
    for policy in &survey.policies {
        let what = match (&policy.found, survey.answer(&policy.domain, Kind::Txt)) {
            (Found::One(record), _) => record.to_string(),
            (Found::Several(count), _) => format!("{count} records"),
            (Found::Malformed(_), _) => "malformed".to_owned(),
            (Found::Nothing, Some(answer)) if !answer.txt().is_empty() => "no SPF record".to_owned(),
            (Found::Nothing | Found::Failed, answer) => answer.map(answer::word).unwrap_or_default(),
        };
        let term = policy.term.as_ref().map(|term| format!("{term}  ")).unwrap_or_default();
        let label = if policy.depth == 0 { "SPF" } else { "" };
        line(label, &format!("{}{term}{what}", "  ".repeat(policy.depth)));
    }
    for fact in survey.of_purpose(Purpose::Exchanges).filter(|fact| fact.question.name == survey.domain) {
        let records = answer::records(&fact.answer);
        let what = if records.is_empty() { answer::word(&fact.answer) } else { records.join(", ") };
        line("MX", &what);
    }
    line("DMARC", &policy_text(survey));
    line("DKIM", &keys_text(survey));
    for finding in findings {
        let _ = writeln!(out, "{}: {}", coloured(finding.severity.word()), visible(&finding.what));
        let _ = writeln!(out, "  asked: {}", visible(&named(finding)));
        let _ = writeln!(out, "  next:  {}", finding.advice);
    }
    out
}

/// Every question with its outcome, in the order asked.
pub(super) fn questions(survey: &Survey) -> String {
    let word = |fact: &Fact| answer::word(&fact.answer);
    let width = survey.facts.iter().map(|fact| word(fact).len()).max().unwrap_or(0);
    let mut out = "asked:\n".to_owned();
    for fact in &survey.facts {
        let how = fact.answer.details().exchange.as_ref().map(answer::exchange_text);
        let how = how.map(|how| format!("  {how}")).unwrap_or_default();
        let ttl = fact.answer.ttl().as_secs();
        let line = format!("  {:width$}  ttl {ttl:<6}  {}{how}", word(fact), fact.question);
        let _ = writeln!(out, "{}", visible(&line));
    }
    out
}

pub(super) fn json(survey: &Survey, findings: &[Finding], exit: Exit) -> Value {
    let policies: Vec<_> = survey
        .policies
        .iter()
        .map(|policy| {
            let record = match &policy.found {
                Found::One(record) => Some(record.to_string()),
                Found::Failed | Found::Malformed(_) | Found::Nothing | Found::Several(_) => None,
            };
            json!({
                "domain": policy.domain.to_string(),
                "term": policy.term,
                "depth": policy.depth,
                "record": record,
            })
        })
        .collect();
    let findings: Vec<_> = findings
        .iter()
        .map(|finding| {
            json!({
                "severity": finding.severity.word(),
                "what": finding.what,
                "advice": finding.advice,
                "questions": finding.questions.iter().map(ToString::to_string).collect::<Vec<_>>(),
            })
        })
        .collect();
    let answers: Vec<_> =
        survey.facts.iter().map(|fact| answer::json(&fact.question, &fact.answer)).collect();
    json!({
        "schema": "mailproof.trace/1",
        "domain": survey.domain.to_string(),
        "result": summary(exit).to_ascii_lowercase(),
        "findings": findings,
        "spf": policies,
        "dmarc": policy_text(survey),
        "dkim": keys_text(survey),
        "answers": answers,
    })
}

const fn summary(exit: Exit) -> &'static str {
    match exit {
        Exit::Good => "CLEAN",
        Exit::Bad => "PROBLEMS",
        Exit::Undecided | Exit::Unreadable | Exit::Defect | Exit::Interrupted => "DEFER",
    }
}

fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

fn named(finding: &Finding) -> String {
    let named: Vec<_> = finding.questions.iter().take(NAMED).map(ToString::to_string).collect();
    let more = finding.questions.len().saturating_sub(NAMED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{more}", named.join(", "))
}

fn policy_text(survey: &Survey) -> String {
    match &survey.dmarc.finding {
        dmarc::Finding::Applies(applicable) => {
            let dmarc::Published { domain, record, .. } = &applicable.published;
            format!("_dmarc.{domain}: {record}")
        }
        dmarc::Finding::None(_) => "no policy".to_owned(),
        dmarc::Finding::Temperror(trouble) => trouble.to_string(),
    }
}

/// Does the domain use DKIM at all?
fn keys_text(survey: &Survey) -> String {
    let asked: Vec<_> =
        survey.of_purpose(Purpose::Selector).chain(survey.of_purpose(Purpose::Guess)).collect();
    let is_probed = |fact: &&Fact| fact.answer.txt().iter().any(|txt| is_key(txt.octets()));
    let keys: Vec<_> = asked.iter().copied().filter(is_probed).map(selector).collect();
    if !keys.is_empty() {
        return format!("keys at {}", keys.join(", "));
    }
    let answer = keys_of(&survey.domain).and_then(|keys| survey.answer(&keys, Kind::Txt));
    match answer.map(mailproof::dns::Answer::outcome) {
        Some(Outcome::NxDomain) => "not used: _domainkey does not exist (NXDOMAIN), so no selector does",
        Some(Outcome::NoData) => {
            "names exist below _domainkey: there are keys under other selectors (--selector)"
        }
        Some(Outcome::Found(_)) => "no key at the selectors asked; _domainkey itself has a TXT record",
        Some(Outcome::Failed(_)) | None => "not known: _domainkey cannot be asked",
    }
    .to_owned()
}

fn selector(fact: &Fact) -> String {
    let name = fact.question.name.as_str();
    name.split_once("._domainkey.").map_or(name, |(selector, _)| selector).to_owned()
}
