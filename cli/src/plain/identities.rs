//! Every identity of a message beside the author domain: which is which, and what DMARC makes of it.

use super::coloured;
use crate::terminal::{columns, folded, visible};
use mailproof::dmarc::{Aligned, AlignmentMode, Mechanism};
use mailproof::{Name, Report, dkim, dmarc, spf};
use serde_json::{Value, json};
use std::fmt::Write;

/// One identity.
struct Identity {
    what: &'static str,
    domain: String,
    result: &'static str,
    /// How it stands to the author domain, in a word or two.
    standing: &'static str,
    /// Why it does.
    why: String,
}

/// A line for each identity.
pub(crate) fn identities(report: &Report, width: Option<usize>) -> String {
    let rows = rows(report);
    let widest = |cell: fn(&Identity) -> usize| rows.iter().map(cell).max().unwrap_or(0);
    let domain_width = widest(|row| columns(&row.domain)).min(40);
    let result_width = widest(|row| columns(row.result));
    let mut out = String::from("identities\n");
    for Identity { what, domain, result, standing, why } in rows {
        let pad = |text: &str, width: usize| " ".repeat(width.saturating_sub(columns(text)));
        let label = format!(
            "  {what:9}  {domain}{}  {}{}  ",
            pad(&domain, domain_width),
            coloured(result),
            pad(result, result_width)
        );
        let text = if why.is_empty() { standing.to_owned() } else { format!("{standing}: {why}") };
        let is_narrow = width.is_some_and(|width| columns(&label) + 24 > width);
        if is_narrow {
            let _ = writeln!(out, "{}\n{}", label.trim_end(), folded("             ", &text, width));
        } else {
            let _ = writeln!(out, "{}", folded(&label, &text, width).trim_end());
        }
    }
    out
}

/// The same as JSON.
pub(crate) fn identities_json(report: &Report) -> Value {
    rows(report)
        .into_iter()
        .map(|Identity { what, domain, result, standing, why }| {
            json!({ "identity": what, "domain": domain, "result": result, "alignment": standing, "reason": why })
        })
        .collect()
}

fn rows(report: &Report) -> Vec<Identity> {
    let author = report.dmarc.author_domain.as_ref().map(ToString::to_string).unwrap_or_default();
    let mut rows = vec![Identity {
        what: "From",
        domain: visible(&author).into_owned(),
        result: report.dmarc.outcome.word(),
        standing: "the author domain",
        why: String::new(),
    }];
    let is_bounce = report
        .mail_from
        .as_ref()
        .is_some_and(|verdict| matches!(&verdict.identity, spf::Identity::MailFrom(path) if path.is_empty()));
    for verdict in [&report.mail_from, &report.helo].into_iter().flatten() {
        let (what, counts) = match &verdict.identity {
            spf::Identity::MailFrom(_) => ("MAIL FROM", true),
            // RFC 7208 §2.4: with a null reverse-path the HELO name is the identity of both.
            spf::Identity::Helo if is_bounce => ("HELO", true),
            spf::Identity::Helo => ("HELO", false),
        };
        let (standing, why) = if counts {
            let has_passed = verdict.outcome == spf::Outcome::Pass;
            standing(&report.dmarc, Mechanism::Spf, verdict.domain.as_ref(), has_passed)
        } else {
            ("not compared", "DMARC uses HELO only when MAIL FROM is empty".to_owned())
        };
        rows.push(Identity {
            what,
            domain: visible(verdict.domain_text()).into_owned(),
            result: verdict.outcome.word(),
            standing,
            why,
        });
    }
    for verdict in report.dkim.iter().take(super::dkim::SIGNATURES) {
        signature_rows(&mut rows, report, verdict);
    }
    rows
}

fn signature_rows(rows: &mut Vec<Identity>, report: &Report, verdict: &dkim::Verdict) {
    let domain = verdict.domain.as_ref().map(ToString::to_string).unwrap_or_default();
    let (standing, why) =
        standing(&report.dmarc, Mechanism::Dkim, verdict.domain.as_ref(), verdict.outcome.is_pass());
    let result = verdict.outcome.word();
    let is_default = verdict.identity.as_ref().is_none_or(|identity| *identity == format!("@{domain}"));
    rows.push(Identity { what: "d=", domain: visible(&domain).into_owned(), result, standing, why });
    if let Some(identity) = verdict.identity.as_ref().filter(|_| !is_default) {
        rows.push(Identity {
            what: "i=",
            domain: visible(identity).into_owned(),
            result,
            standing: "not compared",
            why: "DMARC compares d=".to_owned(),
        });
    }
}

fn standing(
    dmarc: &dmarc::Verdict,
    mechanism: Mechanism,
    domain: Option<&Name>,
    has_passed: bool,
) -> (&'static str, String) {
    let (Some(domain), Some(author)) = (domain, &dmarc.author_domain) else {
        return ("not compared", "there is no domain".to_owned());
    };
    let Some(record) = &dmarc.record else {
        return ("not compared", format!("no DMARC record for {author}"));
    };
    if !has_passed {
        let standing = if domain == author { "would be aligned" } else { "not compared" };
        return (standing, "it did not pass".to_owned());
    }
    let mode = match mechanism {
        Mechanism::Spf => record.aspf,
        _ => record.adkim,
    };
    let found =
        dmarc.identifiers.iter().find(|found| found.mechanism == mechanism && found.domain == *domain);
    match found.map(|found| &found.aligned) {
        Some(Aligned::Identical) => {
            ("aligned", "the same domain, which is enough for strict alignment".to_owned())
        }
        Some(Aligned::Organizational) => {
            let organization = dmarc.organizational_domain.as_ref();
            let of = organization.map(|domain| format!(" {domain}")).unwrap_or_default();
            ("aligned", format!("the same organizational domain{of}; alignment is relaxed"))
        }
        Some(Aligned::No) if mode == AlignmentMode::Strict => {
            ("not aligned", format!("alignment is strict, and it is not {author} itself"))
        }
        Some(Aligned::No) => ("not aligned", format!("its organizational domain is not that of {author}")),
        Some(Aligned::Undetermined(trouble)) => ("unknown", visible(&trouble.to_string()).into_owned()),
        Some(_) | None => ("not compared", "another one is aligned already".to_owned()),
    }
}
