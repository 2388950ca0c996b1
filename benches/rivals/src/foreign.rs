//! The inputs of a folder beside the repository, `MAILPROOF_BENCH`; nothing where it is not.
//!
//! What is packed there is looked for unpacked in `target/bench-inputs`, where `benches/run` puts it.

use std::fs;
use std::path::{Path, PathBuf};

const UNPACKED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/bench-inputs");
const DEFAULT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/bench");

pub(crate) fn folder() -> PathBuf {
    std::env::var_os("MAILPROOF_BENCH").map_or_else(|| DEFAULT.into(), PathBuf::from)
}

/// The message `name`, without `.eml`.
pub(crate) fn message(name: &str) -> Option<Vec<u8>> {
    let file = format!("{name}.eml");
    let found = fs::read(folder().join("messages").join(&file))
        .or_else(|_| fs::read(Path::new(UNPACKED).join(&file)));
    if found.is_err() {
        eprintln!("no {file}: left out");
    }
    found.ok()
}

/// The lines of `name`, cut at tabs.
pub(crate) fn table(name: &str) -> Vec<Vec<String>> {
    let text = fs::read_to_string(folder().join(name)).unwrap_or_default();
    text.lines().map(|line| line.split('\t').map(str::to_owned).collect()).collect()
}
