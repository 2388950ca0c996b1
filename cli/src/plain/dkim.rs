//! Signatures for a person.

use super::coloured;
use super::table::{Row, Table};
use crate::signatures::Background;
use crate::terminal::width;
use mailproof::Name;
use mailproof::dkim::{Outcome, Verdict};

/// Signatures told in rows of their own, at most.
pub(super) const SIGNATURES: usize = 20;

/// What the signatures of a message come to, and a row for each.
pub(crate) fn dkim(verdicts: &[Verdict], background: &[Background], all: bool) -> String {
    let mut table = Table::default();
    for verdict in verdicts.iter().take(SIGNATURES) {
        table.row(Row {
            method: "DKIM",
            word: verdict.outcome.word(),
            identity: identity(verdict),
            why: why(verdict),
            ..Row::default()
        });
    }
    notes(&mut table, verdicts, background, all);
    further(&mut table, verdicts);
    format!("{}\n{}", headline(verdicts), table.drawn(width()))
}

fn headline(verdicts: &[Verdict]) -> String {
    let count = verdicts.len();
    let passed = verdicts.iter().filter(|verdict| verdict.outcome.is_pass()).count();
    let is_undecided = verdicts.iter().any(|verdict| matches!(verdict.outcome, Outcome::Temperror(_)));
    let (word, text) = match (count, passed) {
        (0, _) => ("NONE", "the message has no signature".to_owned()),
        (1, 1) => ("PASS", "the signature holds".to_owned()),
        (_, 1..) => ("PASS", format!("{passed} of {count} signatures hold")),
        (_, 0) if is_undecided => {
            ("DEFER", "no signature holds; that of some cannot be decided now".to_owned())
        }
        (1, 0) => ("FAIL", "the signature does not hold".to_owned()),
        (_, 0) => ("FAIL", format!("none of {count} signatures holds")),
    };
    format!("{}  {text}", coloured(word))
}

/// Whose signature it says it is.
pub(super) fn identity(verdict: &Verdict) -> String {
    let text = |name: &Option<Name>| name.as_ref().map_or_else(|| "?".to_owned(), ToString::to_string);
    format!("d={} s={}", text(&verdict.domain), text(&verdict.selector))
}

/// What is known of the signature and its key, and why it does not hold.
pub(super) fn why(verdict: &Verdict) -> String {
    let parts = [
        verdict.outcome.reason(),
        verdict.algorithm.map(|algorithm| algorithm.to_string()),
        verdict.key_bits.map(|bits| format!("{bits}-bit key")),
        (verdict.unsigned_body_octets > 0).then(|| {
            format!("{} octets at the end of the body are not signed", verdict.unsigned_body_octets)
        }),
        verdict.testing.then(|| "the domain only tests DKIM".to_owned()),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join("; ")
}

/// What was done to the message since signatures that fail were made; with `all`, the keys too.
pub(super) fn notes(table: &mut Table, verdicts: &[Verdict], background: &[Background], all: bool) {
    let mut found: Vec<(String, Vec<String>)> = Vec::new();
    for (verdict, background) in verdicts.iter().zip(background).take(SIGNATURES) {
        let selector = verdict.selector.as_ref().map(|selector| format!("s={selector}")).unwrap_or_default();
        for sentence in background.diagnosis.sentences() {
            match found.iter_mut().find(|(other, _)| *other == sentence) {
                Some((_, selectors)) => selectors.push(selector.clone()),
                None => found.push((sentence, vec![selector.clone()])),
            }
        }
    }
    for (sentence, selectors) in found {
        // What is found of all signatures needs not be told of each.
        let whose =
            if selectors.len() == verdicts.len() { String::new() } else { selectors.join(" ") + ": " };
        table.note("changed", &format!("{whose}{sentence}"));
    }
    for key in background.iter().take(SIGNATURES).filter(|_| all).filter_map(Background::key_text) {
        table.note("key", &key);
    }
}

/// The note that stands for the signatures beyond [`SIGNATURES`].
pub(super) fn further(table: &mut Table, verdicts: &[Verdict]) {
    let further = verdicts.len().saturating_sub(SIGNATURES);
    if further > 0 {
        table.note("more", &format!("{further} further signatures; --json tells them all"));
    }
}
