//! Verdicts in plain words.

mod advice;
mod dkim;
mod identities;
mod lookup;
mod next;
mod report;
mod spf;
mod table;
mod trace;
mod tree;

pub(crate) use dkim::dkim;
pub(crate) use identities::identities_json;
pub(crate) use report::{Telling, report};
pub(crate) use spf::{Cost, spf};

use owo_colors::OwoColorize;

/// A result in its colour, which is taken out again where the output is no terminal.
pub(crate) fn coloured(word: &str) -> String {
    match word.to_ascii_lowercase().as_str() {
        "pass" | "found" | "same" | "clean" | "fits" => word.green().to_string(),
        "fail" | "permerror" | "problem" | "problems" | "differ" | "broken" | "no key" | "other key"
        | "revoked" | "unusable" => word.red().to_string(),
        "softfail" | "defer" | "temperror" | "policy" | "failure" | "servfail" | "refused" | "timeout" => {
            word.yellow().to_string()
        }
        _ => word.to_owned(),
    }
}
