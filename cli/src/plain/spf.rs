//! One SPF verdict for a person.

use super::coloured;
use crate::terminal::{folded, visible, width};
use mailproof::dns::Failure;
use mailproof::spf::{Absence, Limits, Matched, Mechanism, Neutral, Outcome, Term, Verdict};
use std::fmt::Write;

/// What was decided, by which record and term, at what cost, and why.
pub(crate) fn spf(verdict: &Verdict) -> String {
    let mut out = String::new();
    let mut line = |label: &str, text: &str| {
        let _ = writeln!(out, "{}", folded(label, &visible(text), width()));
    };
    line(&format!("{}  ", coloured(verdict.outcome.word())), &headline(verdict));
    if let Some(matched) = &verdict.matched {
        let through = match &verdict.domain {
            Some(domain) if domain != matched.domain() => " by redirect",
            _ => "",
        };
        line("  record   ", &format!("{} (of {}{through})", matched.record(), matched.domain()));
        line("  matched  ", &matched.to_string());
    }
    let limits = Limits::default();
    let spent = format!(
        "lookups {}/{} · void {}/{}",
        verdict.lookups, limits.terms, verdict.void_lookups, limits.void_lookups
    );
    line("  spent    ", &spent);
    if let Some(explanation) = &verdict.explanation {
        line("  says     ", explanation);
    }
    line("why: ", &why(verdict));
    if let Some(next) = next(verdict) {
        line("next: ", &next);
    }
    out
}

fn headline(verdict: &Verdict) -> String {
    let (domain, ip) = (verdict.domain_text(), verdict.ip);
    match &verdict.outcome {
        Outcome::Pass => format!("{domain} authorizes {ip}"),
        Outcome::Fail => format!("{domain} does not authorize {ip}"),
        Outcome::Softfail => format!("{domain} probably does not authorize {ip}"),
        Outcome::Neutral(_) => format!("{domain} says nothing about {ip}"),
        Outcome::None(Absence::Domain(_)) => "there is no domain whose policy could be asked for".to_owned(),
        Outcome::None(_) => format!("{domain} has no SPF policy"),
        Outcome::Temperror(_) => format!("whether {domain} authorizes {ip} cannot be decided now"),
        Outcome::Permerror(_) => format!("the SPF policy of {domain} cannot be interpreted"),
    }
}

fn why(verdict: &Verdict) -> String {
    let reason = verdict.reason();
    match &verdict.outcome {
        Outcome::Pass
        | Outcome::Fail
        | Outcome::Softfail
        | Outcome::Neutral(Neutral::Directive | Neutral::Default) => match &verdict.matched {
            Some(matched) => decision(verdict, matched),
            None => format!("{reason}."),
        },
        Outcome::None(_) => format!("{reason}."),
        Outcome::Temperror(cause) if cause.failure == Failure::Budget => {
            format!("{reason}. Allow more time with --timeout, or ask again later.")
        }
        Outcome::Temperror(_) => {
            format!("{reason}. This is a failure of DNS, not of the record: ask again later.")
        }
        Outcome::Permerror(_) => format!("{reason}. Only the owner of the domain can mend this."),
        _ => format!("{reason}."),
    }
}

fn decision(verdict: &Verdict, matched: &Matched) -> String {
    let ip = verdict.ip;
    match matched.mechanism() {
        Some(Mechanism::All) if is_first(matched) => format!("\"{matched}\" is said of every address."),
        Some(Mechanism::All) => {
            format!("nothing before \"{matched}\" covers {ip}, so this default of the record decides.")
        }
        Some(Mechanism::Include(target)) => {
            format!("\"{matched}\" covers {ip}, because the policy of {target} lets it pass.")
        }
        _ => format!("\"{matched}\" covers {ip}."),
    }
}

/// Whether the directive that decided is the first term of its record.
fn is_first(matched: &Matched) -> bool {
    match matched.record().terms().first() {
        Some(Term::Directive(directive)) => matched.directive() == Some(directive),
        Some(Term::Modifier(_)) | None => false,
    }
}

/// What can be done about a host that the record does not speak of.
fn next(verdict: &Verdict) -> Option<String> {
    if verdict.matched.as_ref().is_some_and(|matched| matched.mechanism() != Some(&Mechanism::All)) {
        return None;
    }
    match &verdict.outcome {
        Outcome::Fail | Outcome::Softfail | Outcome::Neutral(_) => {
            let mechanism = if verdict.ip.is_ipv4() { "ip4" } else { "ip6" };
            Some(format!(
                "is this a host of {}? Then its record lacks {mechanism}:{}. Was the mail forwarded? Then SPF \
                 cannot pass; see DKIM.",
                verdict.domain_text(),
                verdict.ip
            ))
        }
        Outcome::Pass | Outcome::None(_) | Outcome::Temperror(_) | Outcome::Permerror(_) => None,
    }
}
