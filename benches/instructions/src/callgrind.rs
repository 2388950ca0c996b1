//! Runs the cases under callgrind.

use crate::cases::{self, RUNS};
use crate::counts::Counts;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::{env, fs, io};

/// The function whose calls are counted, one after the other; what it calls counts, too.
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
    let folder = own.with_extension("callgrind");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder)?;
    let output = run(
        "valgrind",
        Command::new("valgrind")
            .args(["--tool=callgrind", "--collect-atstart=no"])
            .args([format!("--toggle-collect={COUNTED}"), format!("--dump-after={COUNTED}")])
            .arg(format!("--callgrind-out-file={}", folder.join("out").display()))
            .arg(&own)
            .arg("work"),
    )?;
    if !output.status.success() {
        return Err(Unwatched::Failed(String::from_utf8_lossy(&output.stderr).into_owned()));
    }
    let mut dumps = 1_u32..;
    let mut next = |case| {
        let dump = dumps.next().map(|number| folder.join(format!("out.{number}")));
        dump.and_then(|dump| total(&dump)).ok_or(Unwatched::Uncounted(case))
    };
    let mut counted = BTreeMap::new();
    for (case, has_floor) in cases::names() {
        let whole = next(case)?;
        let floor = if has_floor { next(case)? } else { 0 };
        counted.insert(case.to_owned(), whole.saturating_sub(floor) / RUNS);
    }
    let compiler = run("rustc", Command::new("rustc").arg("--version"))?.stdout;
    Ok(Counts { compiler: String::from_utf8_lossy(&compiler).trim().to_owned(), cases: counted })
}

fn run(program: &'static str, command: &mut Command) -> Result<std::process::Output, Unwatched> {
    command.output().map_err(|error| Unwatched::Program { program, error })
}

/// What a dump counts in all.
fn total(dump: &Path) -> Option<u64> {
    let text = fs::read_to_string(dump).ok()?;
    let line =
        text.lines().find_map(|line| line.strip_prefix("totals: ").or(line.strip_prefix("summary: ")))?;
    line.trim().parse().ok()
}
