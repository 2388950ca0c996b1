//! `mailproof bulk`: many domains or messages.

mod action;
mod answering;
mod domain;
mod feed;
mod fields;
mod item;
mod kind;
mod lines;
mod mbox;
mod order;
mod outcome;
mod output;
mod progress;
mod queue;
mod tally;

use crate::Exit;
use crate::asking::Asking;
use crate::context::unix_now;
use crate::input::Unreadable;
use crate::resolve::assignment;
use crate::terminal;
use action::{Action, Plan};
use answering::Answering;
use kind::{Kind, Opened};
use output::Output;
use progress::Progress;
use queue::{Ended, Run};
use std::io::IsTerminal;
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;

/// Items under way at once, if nothing else is said.
const JOBS: usize = 200;

/// Looks at many domains or messages: one line of JSON for each, in the order of the input.
///
/// What an input is, its name or its beginning tells: a folder is a Maildir; .txt, .jsonl, .csv, .mbox and .eml are what they
/// say; else { begins JSON lines, "From " a mailbox, and anything else is a domain or an address on each line. On a terminal a bar
/// shows how far it is, and at the end comes a summary; -q leaves out both. Ctrl-C keeps what is done.
///
/// Exit codes: 0 all is decided; 65 some input was unreadable; 75 some is undecided, since DNS failed; 130 it was interrupted.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Files, Maildirs, or - for standard input.
    #[arg(required = true, value_name = "INPUT")]
    inputs: Vec<PathBuf>,
    /// What the inputs are, if not what their names and beginnings tell.
    #[arg(long, value_enum, value_name = "KIND")]
    input: Option<Kind>,
    /// What is done with each item; by default check for messages, spf where a client is known, domain for everything else.
    #[arg(long = "do", value_enum, value_name = "WHAT")]
    action: Option<Action>,
    /// The address of the client, for items that name none.
    #[arg(long, value_name = "ADDR")]
    ip: Option<IpAddr>,
    /// What the client said in HELO or EHLO, for items that do not tell.
    #[arg(long, value_name = "NAME", default_value = "")]
    helo: String,
    /// The time of arrival, in Unix seconds; that of the recording that is replayed, or now, if not given.
    #[arg(long, value_name = "UNIXTIME")]
    at: Option<u64>,
    /// Write the results to this file.
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Go on behind the last complete line of that file, if it is there; the inputs must be the same.
    #[arg(long, requires = "output", conflicts_with = "force")]
    resume: bool,
    /// Replace that file, if it is there.
    #[arg(long, requires = "output")]
    force: bool,
    /// Items under way at once at most.
    #[arg(long, value_name = "COUNT", default_value_t = JOBS, value_parser = jobs)]
    jobs: usize,
    /// How often an item is tried again, later, that a failure of DNS left undecided.
    #[arg(long, value_name = "COUNT", default_value_t = 2, value_parser = clap::value_parser!(u32).range(..=10))]
    retries: u32,
    /// Take DNS from this file alone: JSON (.json) or an RFC 1035 master file.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["servers", "replay"], help_heading = "DNS")]
    zone: Option<PathBuf>,
    /// As if this TXT record were published, whatever DNS says; may be given several times.
    #[arg(long = "override", value_name = "NAME=TXT", value_parser = assignment, help_heading = "DNS")]
    overrides: Vec<String>,
    /// Take every answer from this file, which --record of another command wrote, and ask nobody.
    #[arg(long, value_name = "FILE", conflicts_with = "servers", help_heading = "DNS")]
    replay: Option<PathBuf>,
    // Last: its heading is that of all that follows.
    #[command(flatten)]
    asking: Asking,
}

/// Why the run cannot begin, or go on.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unusable {
    /// The results of an earlier run are not those of this input.
    #[error("{path}: line {line}: {why}; --resume needs the results of the same inputs")]
    Differs {
        /// The file of results.
        path: String,
        /// The line, from 1.
        line: u64,
        /// How it differs.
        why: String,
    },
    /// There is no way to ask DNS.
    #[error("DNS: {0}")]
    Dns(String),
    /// The file of results is there already.
    #[error("{0} is there already; --resume goes on with it, --force replaces it")]
    Exists(String),
    /// An input cannot be read.
    #[error("{path}: {why}")]
    Input {
        /// The input.
        path: String,
        /// What is wrong with it.
        why: String,
    },
    /// The results cannot be written.
    #[error("{path}: {why}")]
    Output {
        /// Where they go.
        path: String,
        /// What the system says.
        why: String,
    },
    /// Something else cannot be read.
    #[error(transparent)]
    Other(#[from] Unreadable),
}

pub(crate) fn run(arguments: &Arguments) -> Result<Exit, Unusable> {
    let mut inputs = Vec::new();
    for path in &arguments.inputs {
        inputs.push((path.clone(), kind::open(path, arguments.input)?));
    }
    let answering = Arc::new(Answering::open(arguments)?);
    let (output, earlier) = match &arguments.output {
        None => (Output::standard(), None),
        Some(path) if arguments.resume => Output::resume(path)?,
        Some(path) => (Output::create(path, arguments.force)?, None),
    };
    let is_bar_wanted = arguments.output.is_some() || !std::io::stdout().is_terminal();
    let progress = Progress::start(octets_of(&inputs), is_bar_wanted);
    let plan = Plan {
        action: arguments.action,
        ip: arguments.ip,
        helo: arguments.helo.clone(),
        time: arguments.at.or(answering.time).unwrap_or_else(unix_now),
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|why| Unusable::Dns(why.to_string()))?;
    let run = Run {
        answering: Arc::clone(&answering),
        plan: Arc::new(plan),
        jobs: arguments.jobs,
        retries: arguments.retries,
        time: arguments.asking.time(),
        output,
        progress,
    };
    let ended = runtime.block_on(async {
        let feed = feed::start(inputs, tokio::runtime::Handle::current());
        run.perform(feed, earlier, interrupted()).await
    });
    // What is still under way need not be waited for.
    runtime.shutdown_background();
    let ended = ended?;
    if !terminal::manner().quiet {
        let [earlier, ..] = ended.earlier;
        terminal::tell(&ended.tally.summary(ended.took, answering.statistics().as_ref(), earlier));
        if ended.is_interrupted {
            terminal::complain(&interrupted_note(arguments));
        }
    }
    Ok(exit(&ended))
}

/// How much there is to read, where that can be told.
fn octets_of(inputs: &[(PathBuf, Opened)]) -> Option<u64> {
    let octets = inputs.iter().map(|(_, opened)| match opened {
        Opened::Files { octets, .. } => Some(*octets),
        Opened::Stream { octets, .. } => *octets,
    });
    octets.sum()
}

/// Ends with the first Ctrl-C. The second ends the process at once, should the first not be heard.
async fn interrupted() {
    if tokio::signal::ctrl_c().await.is_err() {
        return std::future::pending().await;
    }
    tokio::spawn(async {
        if tokio::signal::ctrl_c().await.is_ok() {
            std::process::exit(130);
        }
    });
}

fn interrupted_note(arguments: &Arguments) -> String {
    match &arguments.output {
        Some(path) => format!("interrupted; --resume goes on behind what {} holds", path.display()),
        None => "interrupted".to_owned(),
    }
}

/// Input that must be mended is told before DNS that may mend itself.
const fn exit(ended: &Ended) -> Exit {
    let [_, undecided, unreadable] = ended.earlier;
    if ended.is_interrupted {
        Exit::Interrupted
    } else if ended.tally.unreadable + unreadable > 0 {
        Exit::Unreadable
    } else if ended.tally.undecided + undecided > 0 {
        Exit::Undecided
    } else {
        Exit::Good
    }
}

fn jobs(text: &str) -> Result<usize, String> {
    let jobs = text.parse().ok().filter(|jobs| (1..=10_000).contains(jobs));
    jobs.ok_or_else(|| "a number from 1 to 10000 is needed".to_owned())
}
