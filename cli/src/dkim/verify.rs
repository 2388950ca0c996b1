//! `mailproof dkim verify`: do the signatures of a message hold?

use crate::context::Context;
use crate::input::{Unreadable, read, shown, wire_octets};
use crate::resolve::Source;
use crate::signatures::{Background, background};
use crate::terminal::{manner, print, print_json};
use crate::{Exit, plain};
use mailproof::dkim::{Outcome, Policy, Verdict, verify};
use mailproof::dns::Replay;
use mailproof::message::Message;
use serde_json::{Value, json};
use std::path::PathBuf;

/// Verifies the DKIM signatures of a message, and nothing else: whose mail it is, `check` says.
///
/// What was done to the message on its way is told where it can be found out. With --json: an object whose `dkim` is
/// that of the report, an element for each signature.
///
/// Exit codes: 0 at least one signature holds, 1 none does, 75 cannot be decided now.
#[derive(clap::Args)]
pub(super) struct Arguments {
    /// The message, or - for standard input.
    file: PathBuf,
    /// The time of arrival, in Unix seconds; that of the recording that is replayed, or now, if not given.
    #[arg(long, value_name = "UNIXTIME")]
    at: Option<u64>,
    /// Take the file as wire octets: a bare LF is content, even in a file of bare LF line ends.
    #[arg(long)]
    raw: bool,
    // Last: its heading is that of all that follows.
    #[command(flatten)]
    source: Source,
}

pub(super) fn run(arguments: &Arguments) -> Result<Exit, Unreadable> {
    let octets = wire_octets(read(&arguments.file)?, arguments.raw);
    let message =
        Message::parse(&octets).map_err(|why| Unreadable::Message { path: shown(&arguments.file), why })?;
    let dns = arguments.source.open()?;
    let time = dns.time_of(arguments.at);
    let context = Context::new("dkim verify", time).with_message(&octets);
    let policy = Policy::default();
    let (verdicts, recording) = dns.run_recorded(verify(&message, &policy, time), context)?;
    let background = background(&message, &verdicts, &policy, &Replay::new(&recording));
    if manner().json {
        print_json(&json!({ "schema": "mailproof.dkim/1", "dkim": verdicts_json(&verdicts, &background) }));
    } else {
        print(&plain::dkim(&verdicts, &background, manner().is_verbose()));
    }
    Ok(exit(&verdicts))
}

/// RFC 6376 §6.1: one signature that holds is enough, whatever the others do.
fn exit(verdicts: &[Verdict]) -> Exit {
    if verdicts.iter().any(|verdict| verdict.outcome.is_pass()) {
        Exit::Good
    } else if verdicts.iter().any(|verdict| matches!(verdict.outcome, Outcome::Temperror(_))) {
        Exit::Undecided
    } else {
        Exit::Bad
    }
}

/// The report's `dkim`, with what is known of each signature beside its verdict.
pub(crate) fn verdicts_json(verdicts: &[Verdict], background: &[Background]) -> Value {
    let one = |(verdict, background): (&Verdict, &Background)| {
        let mut shown = verdict.to_json();
        background.put_into(&mut shown);
        shown
    };
    verdicts.iter().zip(background).map(one).collect()
}
