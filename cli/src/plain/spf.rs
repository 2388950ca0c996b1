//! One SPF verdict for a person.

use super::coloured;
use super::next::next;
use super::trace::tree;
use crate::terminal::{folded, visible, width};
use mailproof::dns::Failure;
use mailproof::spf::{Absence, Matched, Mechanism, Neutral, Outcome, Term, Trace, Verdict};
use std::fmt::Write;
use std::time::Duration;

/// What an evaluation cost beside what SPF counts.
pub(crate) struct Cost {
    /// How long DNS took, where it was asked.
    pub(crate) took: Option<Duration>,
    /// Whether every term is told.
    pub(crate) all: bool,
}

/// What was decided, at what cost, the tree of what happened, why, and what to do next.
pub(crate) fn spf(verdict: &Verdict, trace: &Trace, cost: &Cost) -> String {
    let mut out = String::new();
    let line = |out: &mut String, label: &str, text: &str| {
        let _ = writeln!(out, "{}", folded(label, text, width()));
    };
    line(&mut out, &format!("{}  ", coloured(verdict.outcome.word())), &visible(&headline(verdict)));
    line(&mut out, "  spent    ", &spent(verdict, trace, cost.took));
    if let Some(explanation) = &verdict.explanation {
        line(&mut out, "  says     ", &visible(explanation));
    }
    out.push_str(&tree(trace, cost.all, width()));
    line(&mut out, "why: ", &visible(&why(verdict)));
    if let Some(next) = next(verdict, Some(trace)) {
        line(&mut out, "next: ", &visible(&next));
    }
    out
}

/// What the check cost, against what it may cost.
pub(super) fn spent(verdict: &Verdict, trace: &Trace, took: Option<Duration>) -> String {
    let mut out = format!(
        "lookups {}/{} · void {}/{}",
        verdict.lookups, trace.limits.terms, verdict.void_lookups, trace.limits.void_lookups
    );
    if let Some(took) = took {
        let _ = write!(out, " · {} ms", took.as_millis());
    }
    let cached = trace.lookups().iter().filter(|lookup| lookup.is_cached()).count();
    if cached > 0 {
        let _ = write!(out, " · {cached} cached");
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
            format!("{reason}. This is a failure of DNS, not of the record.")
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
