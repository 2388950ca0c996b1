//! One SPF verdict for a person.

use super::coloured;
use crate::terminal::visible;
use mailproof::dns::Failure;
use mailproof::spf::{Absence, Limits, Matched, Mechanism, Neutral, Outcome, Verdict};
use std::fmt::Write;

/// What was decided, by which record and term, at what cost, and why.
pub(crate) fn spf(verdict: &Verdict) -> String {
    let mut out = String::new();
    let mut line = |label: &str, text: &str| {
        let _ = writeln!(out, "{label}{}", visible(text));
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
    match matched.mechanism() {
        Some(Mechanism::All) => {
            format!(
                "nothing before it names {}, so {matched}, the record's own default, applies.",
                verdict.ip
            )
        }
        Some(Mechanism::Include(target)) => {
            format!("{matched} names {}, because the policy of {target} passes it.", verdict.ip)
        }
        _ => format!("{matched} names {}.", verdict.ip),
    }
}
