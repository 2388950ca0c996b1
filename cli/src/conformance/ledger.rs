//! The ledger of disagreements: cases that we know we judge otherwise, and why.

use serde::Deserialize;
use std::collections::HashMap;

/// Cases listed with their reasons.
#[derive(Default)]
pub(super) struct Ledger {
    reasons: HashMap<String, String>,
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
}

impl Ledger {
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let file: File = toml::from_str(text).map_err(|error| error.to_string())?;
        let mut reasons = HashMap::new();
        for row in file.case {
            if row.reason.trim().is_empty() {
                return Err(format!("{} is listed without a reason", row.id));
            }
            reasons.insert(row.id, row.reason);
        }
        Ok(Self { reasons })
    }

    /// Why a case is listed, if it is.
    pub(super) fn reason(&self, id: &str) -> Option<&str> {
        self.reasons.get(id).map(String::as_str)
    }
}
