//! Instructions for one run of each case, and the compiler whose code was counted.

use std::collections::BTreeMap;
use std::fmt;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) compiler: String,
    pub(crate) cases: BTreeMap<String, u64>,
}

/// A line that is neither a comment nor a name and a value with a tab between them.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {0} is no name, tab and number")]
pub(crate) struct Unreadable(usize);

const COMPILER: &str = "compiler";

impl Counts {
    pub(crate) fn parse(text: &str) -> Result<Self, Unreadable> {
        let mut counts = Self::default();
        for (number, line) in (1..).zip(text.lines()) {
            if line.starts_with('#') {
                continue;
            }
            let (name, value) = line.split_once('\t').ok_or(Unreadable(number))?;
            if name == COMPILER {
                value.clone_into(&mut counts.compiler);
                continue;
            }
            counts.cases.insert(name.to_owned(), value.parse().map_err(|_| Unreadable(number))?);
        }
        Ok(counts)
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "# Instructions for one check; CONTRIBUTING.md says how to write them anew.")?;
        writeln!(f, "{COMPILER}\t{}", self.compiler)?;
        self.cases.iter().try_for_each(|(name, count)| writeln!(f, "{name}\t{count}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let cases = BTreeMap::from([("spf, trivial".to_owned(), 1234), ("dmarc".to_owned(), 5)]);
        let counts = Counts { compiler: "rustc 1.95.0".to_owned(), cases };
        assert_eq!(Counts::parse(&counts.to_string()), Ok(counts));
    }

    #[test]
    fn a_line_without_a_number_is_named() {
        assert_eq!(Counts::parse("# counts\ncompiler\trustc\ndmarc\tmany\n"), Err(Unreadable(3)));
        assert_eq!(Counts::parse("dmarc 5\n"), Err(Unreadable(1)));
    }
}
