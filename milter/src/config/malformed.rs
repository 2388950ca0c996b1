//! What is wrong with a configuration, and where.

use std::fmt;

/// A fault in a configuration, with its line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MalformedConfig {
    /// The line, from 1, if the fault stands in one.
    pub line: Option<usize>,
    /// What is wrong.
    pub what: String,
}

impl MalformedConfig {
    pub(super) fn from_toml(text: &str, error: &toml::de::Error) -> Self {
        let line = error.span().map(|span| line_of(text, span.start));
        Self { line, what: error.message().to_owned() }
    }

    /// A fault of a key, which is looked for as it stands at the beginning of a line, alone or in brackets.
    pub(super) fn at_key(text: &str, key: &str, what: &str) -> Self {
        let is_key = |line: &str| {
            let line = line.trim_start().trim_start_matches('[');
            line.strip_prefix(key).is_some_and(|rest| rest.trim_start().starts_with(['=', ']', '.']))
        };
        let line = text.lines().position(is_key).map(|above| above + 1);
        Self { line, what: format!("{key}: {what}") }
    }
}

fn line_of(text: &str, at: usize) -> usize {
    text.bytes().take(at).filter(|octet| *octet == b'\n').count() + 1
}

impl fmt::Display for MalformedConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line {
            write!(f, "line {line}: ")?;
        }
        f.write_str(self.what.trim_end())
    }
}

impl std::error::Error for MalformedConfig {}
