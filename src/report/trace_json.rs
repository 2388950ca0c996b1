//! The trace of an SPF check as JSON: the `trace` of one element of a report's `spf`.

use crate::dns::Recording;
use crate::spf::{PolicyTrace, Term, TermTrace, Trace};
use crate::trace::Lookup;
use serde_json::{Value, json};

impl Trace {
    /// The trace as JSON. A lookup is written as an answer of a [`Recording`], with `repeated` where DNS was not asked
    /// again.
    pub fn to_json(&self) -> Value {
        json!({
            "limits": { "lookups": self.limits.terms, "void_lookups": self.limits.void_lookups },
            "policy": self.policy.as_ref().map(policy_json),
            "explanation": lookups_json(&self.explanation),
        })
    }
}

fn policy_json(policy: &PolicyTrace) -> Value {
    let terms: Vec<_> = policy.terms().map(|(term, told)| term_json(term, told)).collect();
    json!({
        "domain": policy.domain.as_str(),
        "questions": lookups_json(&policy.lookups),
        "record": policy.record.as_ref().map(ToString::to_string),
        "result": policy.result.word(),
        "terms": terms,
    })
}

fn term_json(term: &Term, told: &TermTrace) -> Value {
    json!({
        "term": term.to_string(),
        "result": told.result.word(),
        "lookup": told.lookup_number,
        "void_lookups": told.void_lookups,
        "void_lookups_so_far": told.void_lookups_so_far,
        "questions": lookups_json(&told.lookups),
        "policy": told.policy.as_deref().map(policy_json),
    })
}

fn lookups_json(lookups: &[Lookup]) -> Value {
    lookups.iter().map(lookup_json).collect()
}

fn lookup_json(lookup: &Lookup) -> Value {
    let recording: Recording = std::iter::once((lookup.question.clone(), lookup.answer.clone())).collect();
    let mut shown = recording.to_json().pointer("/answers/0").cloned().unwrap_or_default();
    if lookup.is_repeated
        && let Some(fields) = shown.as_object_mut()
    {
        fields.insert("repeated".to_owned(), true.into());
    }
    shown
}
