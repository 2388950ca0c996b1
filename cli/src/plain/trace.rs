//! The trace of an SPF check as a tree.

use super::coloured;
use super::lookup::lookup;
use super::tree::{Branch, Cells, Tree};
use crate::terminal::{folded, visible};
use mailproof::dns::Question;
use mailproof::spf::{
    Mechanism, Modifier, Outcome, PolicyResult, PolicyTrace, Term, TermResult, TermTrace, Trace,
};
use mailproof::trace::Lookup;
use owo_colors::OwoColorize;
use std::fmt::Write;

/// Terms of one kind told one by one when several that mean little stand side by side; the rest are counted.
const SIDE_BY_SIDE: usize = 4;

/// The policy that was evaluated, its terms, and all policies below it; with `all`, no term is left out.
pub(super) fn tree(trace: &Trace, all: bool, width: Option<usize>) -> String {
    let Some(policy) = &trace.policy else {
        return String::new();
    };
    let mut out = String::new();
    let mut line = |label: &str, text: &str| {
        let _ = writeln!(out, "{}", folded(label, text, width));
    };
    line("  asked    ", &lookups(&policy.lookups, &[]).join("; "));
    if let Some(record) = &policy.record {
        line("  record   ", &visible(&record.to_string()));
    }
    if let Some(matched) = trace.verdict.as_ref().and_then(|verdict| verdict.matched.as_ref()) {
        let of = if *matched.domain() == policy.domain {
            String::new()
        } else {
            format!(" of {}, by redirect", matched.domain())
        };
        line("  matched  ", &visible(&format!("{matched}{of}")));
    }
    let mut tree = Tree::default();
    Telling { trace, all }.terms(&mut tree, &Branch::default(), policy);
    out.push_str(&tree.drawn(width));
    out
}

struct Telling<'a> {
    trace: &'a Trace,
    all: bool,
}

impl Telling<'_> {
    /// The terms of a policy.
    fn terms(&self, tree: &mut Tree, branch: &Branch, policy: &PolicyTrace) {
        let terms: Vec<_> = policy.terms().collect();
        let runs: Vec<_> =
            terms.chunk_by(|one, other| kind(one).is_some() && kind(one) == kind(other)).collect();
        for (place, run) in runs.iter().enumerate() {
            let is_last_run = place + 1 == runs.len();
            let told = if self.all || run.len() <= SIDE_BY_SIDE { run.len() } else { SIDE_BY_SIDE - 1 };
            for (index, (term, trace)) in run.iter().enumerate().take(told) {
                let is_last = is_last_run && index + 1 == run.len();
                let below = tree.row(branch, is_last, self.term(policy, term, trace));
                if let Some(policy) = &trace.policy {
                    self.terms(tree, &below, policy);
                }
            }
            if let (Some(kind), true) = (run.first().and_then(kind), told < run.len()) {
                let name = format!("… {} more", run.len() - told);
                let word = kind.to_owned();
                tree.row(branch, is_last_run, Cells { name, word, ..Cells::default() });
            }
        }
    }

    fn term(&self, policy: &PolicyTrace, term: &Term, trace: &TermTrace) -> Cells {
        let name = visible(&term.to_string()).into_owned();
        let count = trace.lookup_number.map(|number| format!("[{number}/{}]", self.trace.limits.terms));
        let mut details = Vec::new();
        if let Some(policy) = &trace.policy {
            details.extend(lookups(&policy.lookups, &[&name, policy.domain.as_str()]));
        }
        details.extend(lookups(&trace.lookups, &[&name]));
        let inner: u32 =
            trace.policy.iter().flat_map(|policy| &policy.terms).map(|term| term.void_lookups).sum();
        if trace.void_lookups > inner {
            details.push(format!("void {}/{}", trace.void_lookups_so_far, self.trace.limits.void_lookups));
        }
        if self.explains(policy, term) {
            details.extend(lookups(&self.trace.explanation, &[&name]));
        }
        details.extend(self.remark(term, trace));
        Cells { name, count: count.unwrap_or_default(), word: word(term, trace), details }
    }

    /// What a lookup does not tell.
    fn remark(&self, term: &Term, trace: &TermTrace) -> Option<String> {
        if let TermResult::Broken { here: true } = trace.result {
            return self.problem();
        }
        if let Some(policy) = &trace.policy {
            return match (&policy.result, term, trace.result) {
                (PolicyResult::Broken, ..) if policy.record.is_none() => self.problem(),
                (PolicyResult::Broken | PolicyResult::Open | PolicyResult::Absent(_), ..) => None,
                (_, Term::Modifier(_), _) | (_, _, TermResult::Matched) => None,
                // RFC 7208 §5.2.
                (result, ..) => Some(format!("its policy: {} (only pass matches)", result.word())),
            };
        }
        match term {
            Term::Modifier(Modifier::Explanation(_)) => Some("words for a fail".to_owned()),
            Term::Modifier(Modifier::Redirect(_)) if trace.result == TermResult::Aside => {
                Some("void beside an all".to_owned())
            }
            Term::Modifier(Modifier::Unknown { .. }) => Some("a modifier that SPF does not know".to_owned()),
            Term::Directive(directive)
                if directive.mechanism.asks()
                    && trace.lookups.is_empty()
                    && trace.result == TermResult::NoMatch =>
            {
                Some("its macros expand to no domain name".to_owned())
            }
            Term::Directive(_) | Term::Modifier(_) => None,
        }
    }

    /// What ended the check without a result, without the way there.
    fn problem(&self) -> Option<String> {
        match &self.trace.verdict.as_ref()?.outcome {
            Outcome::Permerror(cause) => Some(visible(&cause.problem.to_string()).into_owned()),
            // The lookup has told it.
            _ => None,
        }
    }

    /// Whether what was asked for the explanation was asked for this term.
    fn explains(&self, policy: &PolicyTrace, term: &Term) -> bool {
        let decided = self.trace.verdict.as_ref().and_then(|verdict| verdict.matched.as_ref());
        matches!(term, Term::Modifier(Modifier::Explanation(_)))
            && decided.is_some_and(|matched| *matched.domain() == policy.domain)
    }
}

/// The kind of terms that mean little side by side.
fn kind((term, trace): &(&Term, &TermTrace)) -> Option<&'static str> {
    match (trace.result, term) {
        (TermResult::NotReached, _) => Some("not reached"),
        (TermResult::Aside, Term::Modifier(Modifier::Unknown { .. })) => Some("-"),
        (TermResult::NoMatch, Term::Directive(directive)) => {
            matches!(directive.mechanism, Mechanism::Ip4 { .. } | Mechanism::Ip6 { .. }).then_some("no")
        }
        _ => None,
    }
}

fn word(term: &Term, trace: &TermTrace) -> String {
    match (trace.result, term) {
        (TermResult::Matched, Term::Directive(directive)) => {
            let result = Outcome::from(directive.qualifier);
            format!("{} {}", "match:".bold(), coloured(result.word()))
        }
        (TermResult::Matched, Term::Modifier(_)) => "followed".to_owned(),
        (TermResult::NoMatch, _) => "no".to_owned(),
        (TermResult::Broken { .. }, _) => "error".red().to_string(),
        (TermResult::NotReached, _) => "not reached".dimmed().to_string(),
        (TermResult::Open, _) => "open".to_owned(),
        (TermResult::Aside, _) => "-".to_owned(),
        (result, _) => result.word().to_owned(),
    }
}

fn lookups(lookups: &[Lookup], named: &[&str]) -> Vec<String> {
    let mut last: Option<&Question> = None;
    let mut told = Vec::new();
    for found in lookups {
        let mut named = named.to_vec();
        named.extend(last.map(|question| question.name.as_str()));
        told.push(lookup(found, &named));
        last = Some(&found.question);
    }
    told
}
