//! What a reader of a report could take wrongly, and what to do next.

use crate::Exit;
use mailproof::dmarc::Aligned;
use mailproof::dns::{Failure, Question};
use mailproof::{Report, dkim, dmarc, spf};
use std::fmt::Write;

/// Sentences for the end of a report, each a line.
pub(super) fn advice(report: &Report, exit: Exit) -> Vec<String> {
    match exit {
        Exit::Undecided => {
            let failures = failures(report);
            if failures.iter().any(|(_, failure)| *failure == Failure::Budget) {
                let text = "The time was up before DNS had answered. Nothing is said against the message: allow more \
                            with --timeout, or ask again later.";
                return vec![text.to_owned()];
            }
            let mut next = "next: ask again later".to_owned();
            if let Some((question, _)) = failures.first() {
                let _ = write!(next, "; to look closer: mailproof dns {question}");
            }
            vec!["This is not a bad signature and no forgery, but a failure of DNS.".to_owned(), next]
        }
        Exit::Bad if report.dmarc.outcome == dmarc::Outcome::Fail => vec![unaligned(report)],
        Exit::Bad if matches!(report.dmarc.outcome, dmarc::Outcome::Permerror(_)) => {
            let author = report.dmarc.author_domain.iter().next();
            author
                .map(|author| format!("next: to see its records: mailproof dmarc {author}"))
                .into_iter()
                .collect()
        }
        Exit::Good | Exit::Bad | Exit::Unreadable | Exit::Defect | Exit::Interrupted => Vec::new(),
    }
}

/// What the owner of the author domain can do about mail of theirs that fails.
fn unaligned(report: &Report) -> String {
    let author = report.dmarc.author_domain.as_ref().map(ToString::to_string).unwrap_or_default();
    let others: Vec<_> = report
        .dmarc
        .identifiers
        .iter()
        .filter(|identifier| matches!(identifier.aligned, Aligned::No))
        .map(|identifier| format!("{} of {}", identifier.mechanism, identifier.domain))
        .collect();
    if !others.is_empty() {
        return format!(
            "next: what passes is {}, which does not speak for {author}. Is it sent by order of {author}? Then have it \
             signed as d={author}, or use a MAIL FROM in {author}.",
            others.join(" and ")
        );
    }
    let own = || report.dkim.iter().filter(|verdict| verdict.domain == report.dmarc.author_domain);
    if own().any(|verdict| matches!(verdict.outcome, dkim::Outcome::Fail(_))) {
        return format!(
            "next: {author} has signed a message, but not this text: something on the way has changed it, or somebody \
             has. A sender cannot mend that; whoever forwards mail should leave it as it is."
        );
    }
    if own().any(|verdict| matches!(verdict.outcome, dkim::Outcome::Neutral(_))) {
        return format!(
            "next: {author} has signed this message, in a field that nobody can read. Its signer is to be mended; what a good \
             field is: mailproof dkim sign"
        );
    }
    let unusable = own().find(|verdict| matches!(verdict.outcome, dkim::Outcome::Permerror(_)));
    if let Some(selector) = unusable.and_then(|verdict| verdict.selector.as_ref()) {
        return format!(
            "next: {author} has signed this message, in a way that nobody can verify. What is wrong with the key: mailproof \
             audit {author} --dkim-selectors {selector}; with the signature: mailproof dkim lint --message FILE"
        );
    }
    let spf = report.remote_ip.map(|ip| format!(", or list {ip} in the SPF record of its MAIL FROM domain"));
    format!(
        "next: is this mail of {author}? Then sign it with DKIM as d={author}{}. The keys it has: mailproof dkim probe {author}",
        spf.unwrap_or_default()
    )
}

/// The questions that had no usable answer, as far as verdicts tell them.
fn failures(report: &Report) -> Vec<(&Question, Failure)> {
    let spf = [&report.helo, &report.mail_from].into_iter().flatten().filter_map(|verdict| {
        match &verdict.outcome {
            spf::Outcome::Temperror(cause) => Some((&cause.question, cause.failure)),
            _ => None,
        }
    });
    let dkim = report.dkim.iter().filter_map(|verdict| match &verdict.outcome {
        dkim::Outcome::Temperror(cause) => Some((&cause.question, cause.failure)),
        _ => None,
    });
    let dmarc = match &report.dmarc.outcome {
        dmarc::Outcome::Temperror(dmarc::Undecidable::Lookup(trouble)) => {
            Some((&trouble.question, trouble.failure))
        }
        _ => None,
    };
    dmarc.into_iter().chain(dkim).chain(spf).collect()
}
