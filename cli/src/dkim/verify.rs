//! `mailproof dkim verify`: do the signatures of a message hold?

use crate::context::Context;
use crate::input::{Unreadable, read, shown, wire_octets};
use crate::resolve::Source;
use crate::{Exit, plain, terminal};
use mailproof::dkim::{Outcome, Policy, Verdict, verify};
use mailproof::message::Message;
use std::path::PathBuf;

/// Verifies the DKIM signatures of a message, and nothing else: whose mail it is, `check` says.
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
    let verdicts = dns.run(verify(&message, &Policy::default(), time), context)?;
    if terminal::manner().json {
        terminal::print_json(&verdicts.iter().map(Verdict::to_json).collect());
    } else {
        terminal::print(&plain::dkim(&verdicts));
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
