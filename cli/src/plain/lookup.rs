//! A lookup in a few words.

use crate::terminal::visible;
use mailproof::dns::{Answer, Freshness, Outcome, Records};
use mailproof::trace::Lookup;
use std::fmt::Write;

/// Records told one by one.
const RECORDS: usize = 4;

/// What was asked and what came back: `MX mail.example.com, TTL 300`. The name is left out when one of `named` holds
/// it, so that the reader has it before the eyes.
pub(super) fn lookup(lookup: &Lookup, named: &[&str]) -> String {
    let Lookup { question, answer, is_repeated, .. } = lookup;
    let mut out = String::new();
    if !named.iter().any(|text| text.contains(question.name.as_str())) {
        let _ = write!(out, "{} ", question.name);
    }
    let _ = write!(out, "{} {}", question.kind, outcome(answer));
    if let Some(alias) = answer.aliases().last() {
        let _ = write!(out, " by alias {alias}");
    }
    if *is_repeated {
        out.push_str(", asked before");
    } else if !matches!(answer.outcome(), Outcome::Failed(_)) {
        let _ = write!(out, ", TTL {}", answer.ttl().as_secs());
        match answer.freshness() {
            Freshness::Fresh => {}
            Freshness::Cached(age) => {
                let _ = write!(out, " (cached for {} s)", age.as_secs());
            }
            Freshness::Stale(age) => {
                let _ = write!(out, " (stale: cached for {} s)", age.as_secs());
            }
        }
        if answer.details().lacks_soa {
            out.push_str(", odd: no SOA record");
        }
    }
    if let Some(error) = &answer.details().extended_error {
        let _ = write!(out, " ({error})");
    }
    visible(&out).into_owned()
}

fn outcome(answer: &Answer) -> String {
    match answer.outcome() {
        Outcome::Found(Records::A(found)) => listed(found),
        Outcome::Found(Records::Aaaa(found)) => listed(found),
        Outcome::Found(Records::Mx(found)) => listed(found.iter().map(|mx| &mx.exchange)),
        Outcome::Found(Records::Ptr(found)) => listed(found),
        Outcome::Found(Records::Txt(_)) => "found".to_owned(),
        Outcome::NoData => "no data".to_owned(),
        Outcome::NxDomain => "NXDOMAIN".to_owned(),
        Outcome::Failed(failure) => failure.to_string(),
    }
}

fn listed<T: ToString>(records: impl IntoIterator<Item = T>) -> String {
    let records: Vec<_> = records.into_iter().map(|record| record.to_string()).collect();
    let told = records.iter().take(RECORDS).map(String::as_str).collect::<Vec<_>>().join(" ");
    match records.len().saturating_sub(RECORDS) {
        0 => told,
        more => format!("{told} and {more} more"),
    }
}
