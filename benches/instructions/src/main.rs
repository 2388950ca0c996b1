//! Counts the instructions of nine checks with callgrind, and compares them with `counts.tsv`: `check` (the default) fails
//! on growth, `write` writes the file anew. `work` is what callgrind watches.
//!
//! Instructions tell what time on a shared machine cannot: a change of one in a hundred. callgrind emulates a processor of
//! its own, so that libraries that look for what the processor can do find the same on every x86-64 with AVX2: neither
//! AVX-512 nor SHA extensions (valgrind 3.19). What hash and signature take is counted, too, and subtracted: it is not ours,
//! and would hide what is.
#![forbid(unsafe_code)]
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "starts valgrind, reads and writes counts"
)]

mod callgrind;
mod cases;
mod comparison;
mod counts;
mod mail;

use callgrind::Unwatched;
use comparison::Comparison;
use counts::{Counts, Unreadable};
use std::path::PathBuf;
use std::process::ExitCode;
use std::{env, fs, io};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/counts.tsv");
const USAGE: &str = "mailproof-instructions [check [FILE] | write [FILE] | work whole|floor CASE]";

/// Why nothing was compared.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("{0}")]
    Unwatched(#[from] Unwatched),
    #[error("{path}: {error}")]
    File { path: String, error: io::Error },
    #[error("{path}: {error}")]
    Unreadable { path: String, error: Unreadable },
}

fn main() -> ExitCode {
    let mut arguments = env::args().skip(1);
    let verb = arguments.next();
    let operand = arguments.next();
    let file = operand.as_ref().map_or_else(|| PathBuf::from(FILE), PathBuf::from);
    let done = match verb.as_deref().unwrap_or("check") {
        "check" => check(&file),
        "write" => write(&file),
        "work" => Ok(cases::work(&operand.unwrap_or_default(), &arguments.next().unwrap_or_default())),
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(failure) => {
            eprintln!("{failure}");
            ExitCode::from(70)
        }
    }
}

fn check(path: &PathBuf) -> Result<bool, Failure> {
    let shown = path.display().to_string();
    let text = fs::read_to_string(path).map_err(|error| Failure::File { path: shown.clone(), error })?;
    let committed = Counts::parse(&text).map_err(|error| Failure::Unreadable { path: shown, error })?;
    let comparison = Comparison::new(&committed, &callgrind::count()?);
    print!("{comparison}");
    Ok(comparison.holds())
}

fn write(path: &PathBuf) -> Result<bool, Failure> {
    let counts = callgrind::count()?;
    let shown = path.display().to_string();
    fs::write(path, counts.to_string()).map_err(|error| Failure::File { path: shown, error })?;
    print!("{counts}");
    Ok(true)
}
