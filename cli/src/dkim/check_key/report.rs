//! What came of comparing a key, for a person and as JSON.

use super::judge::{Fit, Judgement};
use crate::dkim::key_facts;
use crate::plain::coloured;
use crate::terminal::visible;
use crate::txt_record::TxtRecord;
use mailproof::dkim::{KeyFlaw, KeyRecord};
use mailproof::dns::Failure;
use serde_json::{Value, json};
use std::fmt::Write;

/// The outcome, both keys, and what to do.
pub(super) fn plain(judgement: &Judgement, record: &TxtRecord) -> String {
    let mut out = format!("{}  {}\n", coloured(word(&judgement.fit)), headline(judgement, record));
    let mut line = |label: &str, text: &str| {
        let _ = writeln!(out, "  {label:<11} {}", visible(text));
    };
    line("key", &facts(&judgement.own));
    for other in judgement.others() {
        line("published", &facts(other));
    }
    if let Some(reason) = reason(&judgement.fit) {
        line("why", &reason);
    }
    for note in &judgement.notes {
        line("note", note);
    }
    if let Some(next) = next(judgement) {
        let _ = writeln!(out, "next: {next}");
    }
    if is_worth_publishing(judgement) {
        let _ = write!(out, "\n{}", record.plain());
    }
    out
}

/// The same as JSON.
pub(super) fn json(judgement: &Judgement, record: &TxtRecord) -> Value {
    let records: Vec<_> = judgement.records.iter().map(published).collect();
    json!({
        "schema": "mailproof.key-check/1",
        "name": record.name.to_string(),
        "result": json_word(&judgement.fit),
        "reason": reason(&judgement.fit),
        "key": key_facts::json(&judgement.own),
        "published": records,
        "notes": judgement.notes,
        "record": record.text,
    })
}

fn published(record: &Result<KeyRecord, KeyFlaw>) -> Value {
    match record {
        Ok(key) => json!({
            "key": key_facts::json(key),
            "flaw": null,
            "permits_sha256": key.permits_sha256(),
            "for_email": key.is_for_email(),
            "testing": key.is_testing(),
            "strict": key.is_strict(),
        }),
        Err(flaw) => json!({ "key": null, "flaw": flaw.to_string() }),
    }
}

const fn word(fit: &Fit) -> &'static str {
    match fit {
        Fit::Fits => "FITS",
        Fit::NoKey(KeyFlaw::Revoked) => "REVOKED",
        Fit::NoKey(KeyFlaw::Spf | KeyFlaw::Stray) | Fit::NotThere(_) => "NO KEY",
        Fit::NoKey(_) => "BROKEN",
        Fit::Other => "OTHER KEY",
        Fit::Undecided(_) => "DEFER",
        Fit::Unusable(_) => "UNUSABLE",
    }
}

const fn json_word(fit: &Fit) -> &'static str {
    match fit {
        Fit::Fits => "fits",
        Fit::NoKey(KeyFlaw::Revoked) => "revoked",
        Fit::NoKey(KeyFlaw::Spf | KeyFlaw::Stray) | Fit::NotThere(_) => "no_key",
        Fit::NoKey(_) => "broken",
        Fit::Other => "other_key",
        Fit::Undecided(_) => "temperror",
        Fit::Unusable(_) => "unusable",
    }
}

fn headline(judgement: &Judgement, record: &TxtRecord) -> String {
    let name = &record.name;
    match &judgement.fit {
        Fit::Fits => format!("{name} publishes this key: its signatures verify"),
        Fit::NoKey(KeyFlaw::Revoked) => format!("the key at {name} is revoked"),
        Fit::NoKey(KeyFlaw::Spf | KeyFlaw::Stray) => format!("what stands at {name} is no key record"),
        Fit::NotThere(_) => format!("there is no record at {name}"),
        Fit::NoKey(_) => format!("the key record at {name} cannot be used"),
        Fit::Other => format!("{name} publishes another key: signatures of this one do not verify"),
        Fit::Undecided(_) => format!("what {name} publishes is not known now"),
        Fit::Unusable(_) => format!("{name} publishes this key, but receivers cannot use it"),
    }
}

/// The cause, as a verifier would tell it.
fn reason(fit: &Fit) -> Option<String> {
    match fit {
        Fit::Fits | Fit::Other => None,
        Fit::NoKey(flaw) => Some(flaw.to_string()),
        Fit::NotThere(absence) => Some(absence.to_string()),
        Fit::Undecided(cause) => Some(cause.to_string()),
        Fit::Unusable(cause) => Some(cause.to_string()),
    }
}

fn facts(key: &KeyRecord) -> String {
    format!("{}, SHA-256 {}", key_facts::kind(key), key_facts::fingerprint(key))
}

fn next(judgement: &Judgement) -> Option<&'static str> {
    if judgement.is_betrayed() {
        return Some(
            "take the private key out of DNS, and never sign with it again: make a new one with a new selector \
             (mailproof dkim keygen).",
        );
    }
    match &judgement.fit {
        Fit::Fits => None,
        Fit::NoKey(KeyFlaw::Revoked) => {
            Some("make a new key with a new selector (mailproof dkim keygen), and sign with that.")
        }
        Fit::NoKey(KeyFlaw::Spf | KeyFlaw::Stray) => Some("publish this:"),
        Fit::NoKey(_) => Some("publish this in its place:"),
        Fit::NotThere(_) => Some("publish this; it may take a while until every server knows it:"),
        Fit::Other => Some("sign with the key that is published, or publish this in its place:"),
        Fit::Undecided(cause) if cause.failure == Failure::Budget => {
            Some("allow more time with --timeout, or ask again later.")
        }
        Fit::Undecided(_) => {
            Some("this is a failure of DNS, and says nothing about the key: ask again later.")
        }
        Fit::Unusable(_) => Some("publish this in its place:"),
    }
}

fn is_worth_publishing(judgement: &Judgement) -> bool {
    next(judgement).is_some_and(|next| next.ends_with(':'))
}
