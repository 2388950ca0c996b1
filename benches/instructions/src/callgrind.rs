//! Runs the cases under callgrind.

use crate::cases::{self, Part, RUNS};
use crate::counts::Counts;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::{env, fs, io};

/// The function whose calls are counted; what it calls counts, too.
const COUNTED: &str = "*cases::counted*";

/// Why there are no counts.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unwatched {
    #[error("{program} cannot be run: {error}")]
    Program { program: &'static str, error: io::Error },
    #[error("valgrind failed:\n{0}")]
    Failed(String),
    #[error("no instructions counted for {0}")]
    Uncounted(&'static str),
    #[error("{0}")]
    Files(#[from] io::Error),
}

pub(crate) fn count() -> Result<Counts, Unwatched> {
    let own = env::current_exe()?;
    let mut counted = BTreeMap::new();
    for name in cases::names() {
        let [whole, floor] = [Part::Whole, Part::Floor].map(|part| total(&own, name, part));
        counted.insert(name.to_owned(), whole?.saturating_sub(floor?) / RUNS);
    }
    let compiler = run("rustc", Command::new("rustc").arg("--version"))?.stdout;
    Ok(Counts { compiler: String::from_utf8_lossy(&compiler).trim().to_owned(), cases: counted })
}

/// Instructions of one part of a case, in a process of its own.
fn total(own: &Path, case: &'static str, part: Part) -> Result<u64, Unwatched> {
    let dump = own.with_extension("callgrind");
    let output = run(
        "valgrind",
        Command::new("valgrind")
            .args(["--tool=callgrind", "--collect-atstart=no"])
            .arg(format!("--toggle-collect={COUNTED}"))
            .arg(format!("--callgrind-out-file={}", dump.display()))
            .arg(own)
            .args(["work", part.word(), case]),
    )?;
    if !output.status.success() {
        return Err(Unwatched::Failed(String::from_utf8_lossy(&output.stderr).into_owned()));
    }
    let text = fs::read_to_string(dump)?;
    let line = text.lines().find_map(|line| line.strip_prefix("totals: "));
    let total = line.and_then(|line| line.trim().parse().ok());
    total.filter(|total| *total > 0 || part == Part::Floor).ok_or(Unwatched::Uncounted(case))
}

fn run(program: &'static str, command: &mut Command) -> Result<std::process::Output, Unwatched> {
    command.output().map_err(|error| Unwatched::Program { program, error })
}
