//! Counts beside those committed.

use crate::counts::Counts;
use std::fmt;

/// Growth in hundredths of a percent that fails, and shrinking that is worth committing.
const TOLERANCE: i64 = 200;
/// Another compiler makes other code of the same source; only what it cannot explain fails.
const TOLERANCE_OF_ANOTHER_COMPILER: i64 = 1000;

pub(crate) struct Comparison {
    rows: Vec<Row>,
    /// The compiler of the committed counts, where it is another.
    other_compiler: Option<String>,
}

struct Row {
    case: String,
    committed: Option<u64>,
    counted: Option<u64>,
    change: Change,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Change {
    Within(i64),
    Grew(i64),
    Shrank(i64),
    /// Not committed, or no case any more.
    Unpaired,
}

impl Comparison {
    pub(crate) fn new(committed: &Counts, counted: &Counts) -> Self {
        let same_compiler = committed.compiler == counted.compiler;
        let tolerance = if same_compiler { TOLERANCE } else { TOLERANCE_OF_ANOTHER_COMPILER };
        let mut names: Vec<&String> = committed.cases.keys().chain(counted.cases.keys()).collect();
        names.sort();
        names.dedup();
        let row = |name: &String| {
            let (before, now) = (committed.cases.get(name).copied(), counted.cases.get(name).copied());
            let change =
                before.zip(now).map_or(Change::Unpaired, |(before, now)| Change::of(before, now, tolerance));
            Row { case: name.clone(), committed: before, counted: now, change }
        };
        Self {
            rows: names.into_iter().map(row).collect(),
            other_compiler: (!same_compiler).then(|| committed.compiler.clone()),
        }
    }

    /// Whether nothing grew, and the committed cases are those counted.
    pub(crate) fn holds(&self) -> bool {
        self.rows.iter().all(|row| matches!(row.change, Change::Within(_) | Change::Shrank(_)))
    }
}

impl Change {
    fn of(before: u64, now: u64, tolerance: i64) -> Self {
        let (before, now) =
            (i64::try_from(before).unwrap_or(i64::MAX), i64::try_from(now).unwrap_or(i64::MAX));
        let change = now.saturating_sub(before).saturating_mul(10_000) / before.max(1);
        match change {
            _ if change > tolerance => Self::Grew(change),
            _ if change < -tolerance => Self::Shrank(change),
            _ => Self::Within(change),
        }
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(compiler) = &self.other_compiler {
            writeln!(f, "The committed counts are of {compiler}: only growth over 10 % fails.")?;
        }
        self.rows.iter().try_for_each(|row| write!(f, "{row}"))
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = |count: Option<u64>| count.map_or_else(|| "-".to_owned(), |count| count.to_string());
        write!(f, "{:<34}{:>10}{:>10}", self.case, number(self.committed), number(self.counted))?;
        let percent = |change: i64| {
            let sign = if change < 0 { '-' } else { '+' };
            format!("{sign}{}.{:02} %", change.abs() / 100, change.abs() % 100)
        };
        match self.change {
            Change::Within(change) => writeln!(f, "  {}", percent(change)),
            Change::Grew(change) => writeln!(f, "  {}  GREW", percent(change)),
            Change::Shrank(change) => writeln!(f, "  {}  shrank: commit the new count", percent(change)),
            Change::Unpaired => writeln!(f, "  NOT IN BOTH: commit the new counts"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(compiler: &str, cases: &[(&str, u64)]) -> Counts {
        let cases = cases.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect();
        Counts { compiler: compiler.to_owned(), cases }
    }

    fn compared(before: u64, now: u64) -> (bool, String) {
        let comparison =
            Comparison::new(&counts("rustc", &[("spf", before)]), &counts("rustc", &[("spf", now)]));
        (comparison.holds(), comparison.to_string())
    }

    #[test]
    fn growth_over_two_percent_fails() {
        for (before, now, holds) in [(10_000, 10_000, true), (10_000, 10_200, true), (10_000, 10_201, false)]
        {
            assert_eq!(compared(before, now).0, holds, "{before} to {now}");
        }
        assert!(compared(10_000, 10_500).1.contains("+5.00 %  GREW"));
    }

    #[test]
    fn shrinking_holds_and_asks_for_a_commit() {
        let (holds, text) = compared(10_000, 9_000);
        assert!(holds && text.contains("-10.00 %  shrank: commit the new count"), "{text}");
        assert!(!compared(10_000, 9_800).1.contains("shrank"));
    }

    #[test]
    fn a_case_that_is_not_in_both_fails() {
        let (one, two) = (counts("rustc", &[("spf", 1)]), counts("rustc", &[("spf", 1), ("dmarc", 2)]));
        assert!(!Comparison::new(&one, &two).holds());
        assert!(!Comparison::new(&two, &one).holds());
    }

    #[test]
    fn of_another_compiler_only_great_growth_fails() {
        let compared = |now| {
            Comparison::new(&counts("rustc 1", &[("spf", 10_000)]), &counts("rustc 2", &[("spf", now)]))
        };
        assert!(
            compared(11_000).holds()
                && compared(11_000).to_string().starts_with("The committed counts are of rustc 1")
        );
        assert!(!compared(11_001).holds());
    }
}
