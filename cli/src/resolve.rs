//! Where a command gets its DNS from: a zone file, or the system's resolvers.

use crate::input::{Unreadable, read};
use mailproof::Evaluation;
use mailproof::dns::Zone;
use mailproof::resolver::{Blocking, EVALUATION_TIME, Options, Stub};
use std::path::{Path, PathBuf};

/// The choice every command offers.
#[derive(clap::Args)]
pub(crate) struct Source {
    /// Take DNS from this file alone: JSON (.json) or an RFC 1035 master file.
    #[arg(long, value_name = "FILE")]
    zone: Option<PathBuf>,
}

impl Source {
    /// Runs an evaluation to its end.
    pub(crate) fn run<E: Evaluation>(&self, evaluation: E) -> Result<E::Output, Unreadable> {
        if let Some(path) = &self.zone {
            return Ok(evaluation.run_blocking(&load(path)?));
        }
        let stub = Stub::new(Options::default()).map_err(|error| Unreadable::Dns(error.to_string()))?;
        let resolver = Blocking::new(stub).map_err(|error| Unreadable::Dns(error.to_string()))?;
        Ok(evaluation.run_blocking(&resolver.within(EVALUATION_TIME)))
    }
}

fn load(path: &Path) -> Result<Zone, Unreadable> {
    let octets = read(path)?;
    let malformed = |why: String| Unreadable::Zone { path: path.display().to_string(), why };
    let text = String::from_utf8(octets).map_err(|error| malformed(error.to_string()))?;
    if path.extension().is_some_and(|extension| extension == "json") {
        Zone::from_json(&text).map_err(|error| malformed(error.to_string()))
    } else {
        Zone::from_master_file(&text, None).map_err(|error| malformed(error.to_string()))
    }
}
