//! Where a command gets its DNS from: a zone file, a recording, servers that are named, or the system's resolvers.

use crate::asking::Asking;
use crate::context::{Context, unix_now};
use crate::input::{Unreadable, read, shown, text};
use mailproof::Evaluation;
use mailproof::dns::{MalformedAssignment, Override, Recorder, Recording, Replay, Zone, blocking};
use mailproof::resolver::{Blocking, Cached, Stub};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The choice every command that asks DNS offers.
#[derive(clap::Args)]
#[command(next_help_heading = "DNS")]
pub(crate) struct Source {
    #[command(flatten)]
    pub(crate) asking: Asking,
    /// Take DNS from this file alone: JSON (.json) or an RFC 1035 master file.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["servers", "replay"])]
    zone: Option<PathBuf>,
    /// As if this TXT record were published, whatever DNS says; may be given several times.
    #[arg(long = "override", value_name = "NAME=TXT", value_parser = assignment)]
    overrides: Vec<String>,
    /// Write every question and answer to this file.
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
    /// Take every answer from this file, which --record wrote, and ask nobody.
    #[arg(long, value_name = "FILE", conflicts_with = "servers")]
    replay: Option<PathBuf>,
}

/// DNS, ready to be asked.
pub(crate) struct Dns<'a> {
    base: Base,
    overrides: Option<Zone>,
    record: Option<&'a Path>,
    time: Duration,
}

/// Who answers what no override does.
enum Base {
    Network(Blocking<Cached<Stub>>),
    Recording(Recording),
    Zone(Zone),
}

impl Source {
    /// Reads the files and prepares the resolver.
    pub(crate) fn open(&self) -> Result<Dns<'_>, Unreadable> {
        let base = match (&self.zone, &self.replay) {
            (Some(path), _) => Base::Zone(zone(path)?),
            (None, Some(path)) => Base::Recording(recording(path)?),
            (None, None) => Base::Network(self.asking.resolver()?),
        };
        let overrides = overrides(&self.overrides)?;
        Ok(Dns { base, overrides, record: self.record.as_deref(), time: self.asking.time() })
    }
}

impl Dns<'_> {
    /// The time of the evaluation in Unix seconds: `given`, or that of the recording, or now.
    pub(crate) fn time_of(&self, given: Option<u64>) -> u64 {
        let recorded = match &self.base {
            Base::Recording(recording) => recorded_time(recording),
            Base::Network(_) | Base::Zone(_) => None,
        };
        given.or(recorded).unwrap_or_else(unix_now)
    }

    /// Whether answers come over the network, and so take time.
    pub(crate) const fn is_network(&self) -> bool {
        matches!(self.base, Base::Network(_))
    }

    /// Whether what is told is written down: then it is asked for in one go.
    pub(crate) const fn is_recorded(&self) -> bool {
        self.record.is_some()
    }

    /// Runs an evaluation to its end.
    pub(crate) fn run<E: Evaluation>(
        &self,
        evaluation: E,
        context: Context,
    ) -> Result<E::Output, Unreadable> {
        self.ask(context, |resolver| evaluation.run_blocking(resolver))
    }

    /// Runs an evaluation to its end, and tells what it was told.
    pub(crate) fn run_recorded<E: Evaluation>(
        &self,
        evaluation: E,
        context: Context,
    ) -> Result<(E::Output, Recording), Unreadable> {
        self.ask(context, |resolver| {
            let recorder = Recorder::new(resolver);
            let output = evaluation.run_blocking(&recorder);
            (output, recorder.recording())
        })
    }

    /// Does `work` with a resolver, for the time allowed, and writes down what that told.
    ///
    /// What is recorded is what the evaluators saw, overrides included: a replay needs no options again.
    pub(crate) fn ask<T>(
        &self,
        context: Context,
        work: impl FnOnce(&dyn blocking::Resolver) -> T,
    ) -> Result<T, Unreadable> {
        if let Base::Recording(recording) = &self.base {
            context.complain_of_differences(&recording.context);
        }
        let (replay, network);
        let base: &dyn blocking::Resolver = match &self.base {
            Base::Network(resolver) => {
                network = resolver.within(self.time);
                &network
            }
            Base::Recording(recording) => {
                replay = Replay::new(recording);
                &replay
            }
            Base::Zone(zone) => zone,
        };
        let laid_over;
        let resolver: &dyn blocking::Resolver = match &self.overrides {
            Some(zone) => {
                laid_over = Override::new(zone.clone(), base);
                &laid_over
            }
            None => base,
        };
        let Some(path) = self.record else {
            return Ok(work(resolver));
        };
        // What cannot be written is told before anybody is asked.
        let file = File::options().create(true).truncate(false).write(true).open(path);
        file.map_err(|why| Unreadable::File { path: shown(path), why })?;
        let recorder = Recorder::new(resolver);
        let outcome = work(&recorder);
        let mut recording = recorder.recording();
        recording.context = context.into_facts();
        write(path, &recording)?;
        Ok(outcome)
    }
}

/// When a recording was made, in Unix seconds.
pub(crate) fn recorded_time(recording: &Recording) -> Option<u64> {
    recording.context.get("time").and_then(|time| time.parse().ok())
}

/// The records of `--override`, if there are any.
pub(crate) fn overrides(assignments: &[String]) -> Result<Option<Zone>, Unreadable> {
    if assignments.is_empty() {
        return Ok(None);
    }
    let mut zone = Zone::new();
    for assignment in assignments {
        zone.assign(assignment).map_err(|error| Unreadable::Dns(error.to_string()))?;
    }
    Ok(Some(zone))
}

/// An `--override`, for the parser of arguments.
pub(crate) fn assignment(text: &str) -> Result<String, MalformedAssignment> {
    Zone::new().assign(text)?;
    Ok(text.to_owned())
}

/// Reads a zone.
pub(crate) fn zone(path: &Path) -> Result<Zone, Unreadable> {
    let malformed = |why: String| Unreadable::Zone { path: shown(path), why };
    let text = text(read(path)?).map_err(malformed)?;
    if path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json")) {
        Zone::from_json(&text).map_err(|error| malformed(error.to_string()))
    } else {
        Zone::from_master_file(&text, None).map_err(|error| malformed(error.to_string()))
    }
}

/// Reads a recording.
pub(crate) fn recording(path: &Path) -> Result<Recording, Unreadable> {
    let malformed = |why: String| Unreadable::Recording { path: shown(path), why };
    let text = text(read(path)?).map_err(malformed)?;
    Recording::from_json(&text).map_err(|error| malformed(error.to_string()))
}

fn write(path: &Path, recording: &Recording) -> Result<(), Unreadable> {
    let text = format!("{:#}\n", recording.to_json());
    std::fs::write(path, text).map_err(|why| Unreadable::File { path: shown(path), why })
}
