//! Verdicts in plain words.

use anstream::AutoStream;
use mailproof::{Report, dkim, dmarc, spf};
use owo_colors::OwoColorize;
use std::fmt::Write;
use std::net::IpAddr;

/// The whole report for a person.
pub(crate) fn report(report: &Report, ip: Option<IpAddr>) -> String {
    let mut out = headline(report);
    match ip {
        Some(ip) => {
            for verdict in [&report.helo, &report.mail_from].into_iter().flatten() {
                row(&mut out, "SPF", verdict.outcome.word(), &spf_text(verdict));
            }
            let _ = writeln!(out, "         SPF judged {ip}, the address given with --ip");
        }
        None => {
            row(&mut out, "SPF", "-", "left out: no --ip, and which host sent the message is not guessed")
        }
    }
    if report.dkim.is_empty() {
        row(&mut out, "DKIM", "none", "the message has no signature");
    }
    for verdict in &report.dkim {
        row(&mut out, "DKIM", verdict.outcome.word(), &dkim_text(verdict));
    }
    row(&mut out, "DMARC", report.dmarc.outcome.word(), &dmarc_text(&report.dmarc));
    if let Some(advice) = advice(report) {
        let _ = writeln!(out, "{advice}");
    }
    out.push_str(&report.auth_results().field().replace("\r\n", "\n"));
    out
}

/// One SPF verdict for a person.
pub(crate) fn spf(verdict: &spf::Verdict) -> String {
    let mut out = String::new();
    let word = verdict.outcome.word();
    let _ = writeln!(
        out,
        "{}  {} and {}: {}",
        coloured(word),
        verdict.domain_text(),
        verdict.ip,
        verdict.reason()
    );
    let _ = writeln!(out, "lookups {}, void lookups {}", verdict.lookups, verdict.void_lookups);
    if let Some(explanation) = &verdict.explanation {
        let _ = writeln!(out, "the domain says: {explanation}");
    }
    out
}

fn headline(report: &Report) -> String {
    let verdict = &report.dmarc;
    let author = verdict.author_domain.as_ref().map(ToString::to_string).unwrap_or_default();
    let policy = verdict.policy.map_or("none", dmarc::Policy::word);
    let (word, text) = match &verdict.outcome {
        dmarc::Outcome::Pass => ("PASS", format!("this is mail of {author}")),
        dmarc::Outcome::Fail => {
            ("FAIL", format!("nothing shows that this is mail of {author}, which asks for: {policy}"))
        }
        dmarc::Outcome::None(_) => {
            ("NONE", format!("{author} has no DMARC policy; each check stands for itself"))
        }
        dmarc::Outcome::Permerror(_) => ("FAIL", "nobody can say whose mail this is".to_owned()),
        dmarc::Outcome::Temperror(_) => {
            ("DEFER", format!("whether this is mail of {author} cannot be decided now"))
        }
    };
    format!("{}  {text}\n", coloured(word))
}

fn row(out: &mut String, method: &str, word: &str, text: &str) {
    // Padding is counted before colour is put on.
    let padding = " ".repeat(10_usize.saturating_sub(word.len()));
    let _ = writeln!(out, "  {method:6} {}{padding} {text}", coloured(word));
}

fn spf_text(verdict: &spf::Verdict) -> String {
    let identity = match &verdict.identity {
        spf::Identity::Helo => "HELO",
        spf::Identity::MailFrom(_) => "MAIL FROM",
    };
    let mut text = format!("{identity} {}: {}", verdict.domain_text(), verdict.reason());
    if let Some(explanation) = &verdict.explanation {
        let _ = write!(text, "; the domain says: {explanation}");
    }
    text
}

fn dkim_text(verdict: &dkim::Verdict) -> String {
    let or_unknown = |part: Option<String>| part.unwrap_or_else(|| "?".to_owned());
    let mut text = format!(
        "d={} s={}",
        or_unknown(verdict.domain.as_ref().map(ToString::to_string)),
        or_unknown(verdict.selector.as_ref().map(ToString::to_string)),
    );
    if let Some(algorithm) = verdict.algorithm {
        let _ = write!(text, " {algorithm}");
    }
    if let Some(bits) = verdict.key_bits {
        let _ = write!(text, " {bits} bits");
    }
    if let Some(reason) = verdict.outcome.reason() {
        let _ = write!(text, ": {reason}");
    }
    if verdict.unsigned_body_octets > 0 {
        let _ =
            write!(text, "; {} octets at the end of the body are not signed", verdict.unsigned_body_octets);
    }
    if verdict.testing {
        text.push_str("; the domain only tests DKIM");
    }
    text
}

fn dmarc_text(verdict: &dmarc::Verdict) -> String {
    let mut text = verdict.reason();
    if let (Some(domain), Some(record)) = (&verdict.record_domain, &verdict.record) {
        let _ = write!(text, "; _dmarc.{domain} says {record}");
    }
    text
}

/// What a reader could take wrongly.
fn advice(report: &Report) -> Option<&'static str> {
    match &report.dmarc.outcome {
        dmarc::Outcome::Temperror(_) => {
            Some("This is a failure of DNS, not of the message: ask again later.")
        }
        dmarc::Outcome::Pass
        | dmarc::Outcome::Fail
        | dmarc::Outcome::None(_)
        | dmarc::Outcome::Permerror(_) => None,
    }
}

/// A result in its colour, which is taken out again where the output is no terminal.
fn coloured(word: &str) -> String {
    match word.to_ascii_lowercase().as_str() {
        "pass" => word.green().to_string(),
        "fail" | "permerror" => word.red().to_string(),
        "softfail" | "defer" | "temperror" | "policy" => word.yellow().to_string(),
        _ => word.to_owned(),
    }
}

/// Writes to standard output; a reader that went away is no error.
pub(crate) fn print(text: &str) {
    use std::io::Write as _;
    let _ = AutoStream::auto(std::io::stdout()).write_all(text.as_bytes());
}
