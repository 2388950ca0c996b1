//! Checks a case and compares what comes of it with what is expected.

use super::case::{Case, Evidence, Expected, Finding, Words};
use mailproof::dmarc;
use mailproof::dns::Zone;
use mailproof::message::Message;
use mailproof::{Authenticator, Connection, Evaluation, Name, Report, spf};
use std::net::IpAddr;

/// A line for each thing that is not as expected.
pub(super) fn disagreements(case: &Case) -> Vec<String> {
    let compared = match (&case.evidence, &case.message) {
        (Some(evidence), _) => {
            dmarc_verdict(evidence, &case.zone).map(|verdict| compare_dmarc(&case.expected, &verdict))
        }
        (None, Some(message)) => report(case, message).map(|report| compare_report(&case.expected, &report)),
        (None, None) => spf_verdict(case).map(|verdict| compare_spf(&case.expected, &verdict)),
    };
    compared.unwrap_or_else(|cannot| vec![cannot])
}

fn spf_verdict(case: &Case) -> Result<spf::Verdict, String> {
    let ip = address(case)?.ok_or("the case names no ip")?;
    let request = spf::Request {
        now: case.now,
        ..spf::Request::mail_from(ip, case.helo.clone(), case.mail_from.clone())
    };
    Ok(spf::check(request).run_blocking(&case.zone))
}

fn address(case: &Case) -> Result<Option<IpAddr>, String> {
    let parse = |text: &String| text.parse().map_err(|_| format!("{text} is no address"));
    case.ip.as_ref().map(parse).transpose()
}

fn report(case: &Case, message: &[u8]) -> Result<Report, String> {
    let message = Message::parse(message).map_err(|error| error.to_string())?;
    let connection = match address(case)? {
        Some(ip) => Connection::new(ip, case.helo.clone(), case.mail_from.clone()),
        None => Connection::unknown(),
    };
    let authenticator = Authenticator::new("conformance.invalid");
    Ok(authenticator.check(&message, connection.at(case.now)).run_blocking(&case.zone))
}

fn dmarc_verdict(given: &Evidence, zone: &Zone) -> Result<dmarc::Verdict, String> {
    let mut settings = dmarc::Settings::default();
    if given.is_rfc7489 {
        settings.discovery = dmarc::Discovery::PublicSuffixList;
    }
    let author = Name::parse(&given.author).map_err(|error| format!("{}: {error}", given.author))?;
    Ok(dmarc::check(author, evidence(given), &settings).run_blocking(zone))
}

/// What passed, and what could not be decided. SPF counts for MAIL FROM only (RFC 9989 §3.2.4).
fn evidence(given: &Evidence) -> dmarc::Evidence {
    let mail_from = |finding: &&Finding| finding.scope.as_deref().is_none_or(|scope| scope != "helo");
    let names = |findings: &[&Finding], result: &str| -> Vec<Name> {
        let matching = findings.iter().filter(|finding| finding.result.eq_ignore_ascii_case(result));
        matching.filter_map(|finding| Name::parse(&finding.domain).ok()).collect()
    };
    let spf: Vec<_> = given.spf.iter().filter(mail_from).collect();
    let dkim: Vec<_> = given.dkim.iter().collect();
    let undecided = [
        (dmarc::Mechanism::Spf, names(&spf, "temperror")),
        (dmarc::Mechanism::Dkim, names(&dkim, "temperror")),
    ]
    .into_iter()
    .flat_map(|(mechanism, domains)| {
        domains.into_iter().map(move |domain| dmarc::Undecided { mechanism, domain })
    });
    dmarc::Evidence {
        spf: names(&spf, "pass").into_iter().next(),
        dkim: names(&dkim, "pass"),
        undecided: undecided.collect(),
    }
}

fn compare_report(expected: &Expected, report: &Report) -> Vec<String> {
    let mut wrong = Vec::new();
    if let Some(words) = &expected.dkim {
        let ours: Vec<_> = report.dkim.iter().map(|verdict| verdict.outcome.word()).collect();
        let agrees = words.len() == ours.len()
            && words
                .iter()
                .zip(&ours)
                .all(|(words, word)| words.as_ref().is_none_or(|words| words.accept(word)));
        if !agrees {
            let shown: Vec<_> =
                words.iter().map(|words| words.as_ref().map_or("any".into(), Words::to_string)).collect();
            wrong.push(format!("dkim expected [{}], got [{}]", shown.join(", "), told(report)));
        }
    }
    if let Some(overall) = &expected.dkim_overall
        && !is_overall(report, overall)
    {
        wrong.push(format!("dkim expected {overall} over all, got [{}]", told(report)));
    }
    if let Some(words) = &expected.arc
        && !words.accept(report.arc.outcome.word())
    {
        wrong.push(format!("arc expected {words}, got {}", report.arc.outcome));
    }
    match &report.mail_from {
        Some(verdict) => wrong.extend(compare_spf(expected, verdict)),
        None if expected.spf.is_some() => wrong.push("spf expected, but the case names no ip".to_owned()),
        None => {}
    }
    wrong.extend(compare_dmarc(expected, &report.dmarc));
    wrong
}

/// Every DKIM verdict with its reason.
fn told(report: &Report) -> String {
    let verdicts: Vec<_> = report.dkim.iter().map(|verdict| verdict.outcome.to_string()).collect();
    verdicts.join(", ")
}

/// What all signatures amount to: one that passes is enough (RFC 6376 §6.1).
fn is_overall(report: &Report, word: &str) -> bool {
    let has = |word: &str| report.dkim.iter().any(|verdict| verdict.outcome.word() == word);
    match word {
        "pass" => has("pass"),
        "not-pass" => !has("pass"),
        "none" => report.dkim.is_empty(),
        other => !has("pass") && has(other),
    }
}

fn compare_spf(expected: &Expected, verdict: &spf::Verdict) -> Vec<String> {
    let mut wrong = Vec::new();
    let word = verdict.outcome.word();
    if let Some(words) = &expected.spf
        && !words.accept(word)
    {
        wrong.push(format!("spf expected {words}, got {word} ({})", verdict.reason()));
    }
    if let Some(text) = &expected.explanation {
        // The suites write DEFAULT for the checker's own text; ours is none.
        let text = Some(text.as_str()).filter(|text| *text != "DEFAULT");
        if verdict.explanation.as_deref() != text {
            wrong.push(format!("explanation expected {text:?}, got {:?}", verdict.explanation));
        }
    }
    wrong
}

fn compare_dmarc(expected: &Expected, verdict: &dmarc::Verdict) -> Vec<String> {
    let mut wrong = Vec::new();
    if let Some(words) = &expected.dmarc
        && !words.accept(verdict.outcome.word())
    {
        wrong.push(format!("dmarc expected {words}, got {} ({})", verdict.outcome.word(), verdict.reason()));
    }
    let policy = verdict.policy.map_or("none", dmarc::Policy::word);
    for (what, expected, ours) in [
        ("policy", &expected.policy, policy),
        ("disposition", &expected.disposition, verdict.disposition.word()),
    ] {
        if let Some(word) = expected
            && word != ours
        {
            wrong.push(format!("{what} expected {word}, got {ours}"));
        }
    }
    wrong
}
