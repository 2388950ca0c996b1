//! `mailproof conformance`: runs suites that others wrote and says where we disagree.

mod case;
mod judge;
mod ledger;
mod openspf;

use crate::terminal::{manner, print, visible};
use case::Case;
use ledger::Ledger;
use std::path::{Path, PathBuf};

/// Runs suites and prints each case that disagrees.
///
/// Exit codes: 0 all agree, 1 not all do, 2 usage, 65 a suite that cannot be read.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// openspf suites (.yml, .yaml), or cases as JSON lines.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// A list of cases known to disagree, each with its reason; a listed case that agrees fails.
    #[arg(long, value_name = "FILE")]
    exceptions: Option<PathBuf>,
}

/// Why the suites could not be run.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unrunnable {
    /// A file could not be read.
    #[error("{}: {why}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        why: std::io::Error,
    },
    /// A file is no suite.
    #[error("{}: {what}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong, and where.
        what: String,
    },
}

/// How many cases went which way.
#[derive(Default)]
struct Tally {
    passed: usize,
    failed: usize,
    excepted: usize,
}

/// Runs every case of every file; `Ok(true)` when none failed.
pub(crate) fn run(arguments: &Arguments) -> Result<bool, Unrunnable> {
    if manner().json {
        crate::refuse_usage("--json: the cases that disagree are told as text only");
    }
    let mut ledger = match &arguments.exceptions {
        Some(path) => Ledger::parse(&read(path)?).map_err(|what| malformed(path, what))?,
        None => Ledger::default(),
    };
    let mut tally = Tally::default();
    for path in &arguments.files {
        for case in load(path)? {
            tally.count(&case, &mut ledger);
        }
    }
    let unmet = ledger.unmet(arguments.files.iter().map(PathBuf::as_path));
    for id in &unmet.stale {
        tally.fail(id, "is listed as an exception, but its suite holds no such case");
    }
    if !unmet.elsewhere.is_empty() {
        print(&format!("listed, but not met in this run: {}\n", visible(&told(&unmet.elsewhere))));
    }
    if tally.excepted > 0 {
        print(&format!("{} disagree as the exceptions say\n", tally.excepted));
    }
    print(&format!("{} passed, {} failed\n", tally.passed, tally.failed));
    Ok(tally.failed == 0)
}

/// Ids told by name, at most.
const IDS: usize = 5;

fn told(ids: &[String]) -> String {
    let named: Vec<_> = ids.iter().take(IDS).map(String::as_str).collect();
    let rest = match ids.len().saturating_sub(IDS) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    named.join(", ") + &rest
}

impl Tally {
    fn count(&mut self, case: &Case, ledger: &mut Ledger) {
        let disagreements = judge::disagreements(case);
        match (ledger.reason(&case.id), disagreements.is_empty()) {
            (None, true) => self.passed += 1,
            (Some(_), false) => self.excepted += 1,
            (Some(reason), true) => {
                self.fail(&case.id, &format!("agrees, but is listed as an exception: {reason}"));
            }
            (None, false) => self.fail(&case.id, &disagreements.join("; ")),
        }
    }

    fn fail(&mut self, id: &str, what: &str) {
        self.failed += 1;
        print(&format!("{}: {}\n", visible(id), visible(what)));
    }
}

fn load(path: &Path) -> Result<Vec<Case>, Unrunnable> {
    let text = read(path)?;
    let is_yaml = path.extension().is_some_and(|extension| extension == "yml" || extension == "yaml");
    let cases = if is_yaml {
        openspf::parse(&text)
    } else {
        let folder = path.parent().and_then(Path::parent).unwrap_or_else(|| Path::new(".."));
        case::parse_lines(&text, folder)
    };
    let cases = cases.map_err(|what| malformed(path, what))?;
    if cases.is_empty() { Err(malformed(path, "no case in it".to_owned())) } else { Ok(cases) }
}

/// The text of a file; octets that are no UTF-8 become what they are in latin-1, as the old suites hold them.
fn read(path: &Path) -> Result<String, Unrunnable> {
    let octets = std::fs::read(path).map_err(|why| Unrunnable::Unreadable { path: path.to_owned(), why })?;
    Ok(String::from_utf8(octets)
        .unwrap_or_else(|error| error.into_bytes().into_iter().map(char::from).collect()))
}

fn malformed(path: &Path, what: String) -> Unrunnable {
    Unrunnable::Malformed { path: path.to_owned(), what }
}
