//! The ledger of disagreements: cases that we know we judge otherwise, and why.
//!
//! ```toml
//! [[case]]
//! id = "suite/case-1"
//! suite = "spf.jsonl"     # optional: the file that holds the case
//! reason = "…"
//! ```

use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::path::Path;

/// Cases listed with their reasons.
#[derive(Default)]
pub(super) struct Ledger {
    rows: BTreeMap<String, Row>,
    met: BTreeSet<String>,
}

/// Listed cases that no suite of a run held.
#[derive(Default)]
pub(super) struct Unmet {
    /// Their suite was run: the case is gone, or was renamed.
    pub(super) stale: Vec<String>,
    /// Nobody knows whether their suite was run.
    pub(super) elsewhere: Vec<String>,
}

#[derive(Deserialize)]
struct File {
    #[serde(default)]
    case: Vec<Row>,
}

/// What a row holds beside these, what is expected and what is ours, is for people.
#[derive(Deserialize)]
struct Row {
    id: String,
    reason: String,
    suite: Option<String>,
}

impl Ledger {
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let file: File = toml::from_str(text).map_err(|error| {
            let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
            let line = before.matches('\n').count() + 1;
            format!("line {line}: {}", error.message().replace('\n', ", "))
        })?;
        let mut rows = BTreeMap::new();
        for row in file.case {
            if row.reason.trim().is_empty() {
                return Err(format!("{} is listed without a reason", row.id));
            }
            if let Some(twice) = rows.insert(row.id.clone(), row) {
                return Err(format!("{} is listed twice", twice.id));
            }
        }
        Ok(Self { rows, met: BTreeSet::new() })
    }

    /// Why a case is listed, if it is. The case counts as met from now on.
    pub(super) fn reason(&mut self, id: &str) -> Option<&str> {
        let row = self.rows.get(id)?;
        self.met.insert(row.id.clone());
        Some(&row.reason)
    }

    /// The listed cases that were not met in a run of `suites`.
    pub(super) fn unmet<'a>(&self, suites: impl Iterator<Item = &'a Path>) -> Unmet {
        let run: BTreeSet<_> = suites.filter_map(Path::file_name).collect();
        let mut unmet = Unmet::default();
        for row in self.rows.values().filter(|row| !self.met.contains(&row.id)) {
            match &row.suite {
                Some(suite) if run.contains(OsStr::new(suite)) => unmet.stale.push(row.id.clone()),
                Some(_) => {}
                None => unmet.elsewhere.push(row.id.clone()),
            }
        }
        unmet
    }
}
