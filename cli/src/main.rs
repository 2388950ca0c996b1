//! The `mailproof` command.

#![forbid(unsafe_code)]

mod arc;
mod asking;
mod audit;
mod bulk;
mod check;
mod conformance;
mod context;
mod dkim;
mod dmarc;
mod dns;
mod explain;
mod input;
mod lint;
mod listing;
mod mx;
mod plain;
mod ptr;
mod resolve;
mod signatures;
mod spf;
mod terminal;
mod txt_record;

use clap::error::ErrorKind;
use clap::{CommandFactory, Parser, Subcommand};
use std::panic::AssertUnwindSafe;
use std::process::ExitCode;

/// Says whether a mail is what it says it is, and why.
///
/// Exit codes: 0 authenticated (or found, or clean), 1 not, 2 usage, 65 input that cannot be read, 70 a defect of
/// mailproof, 75 cannot be decided now.
#[derive(Parser)]
#[command(name = "mailproof", version, about)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    manner: terminal::Manner,
}

#[derive(Subcommand)]
enum Command {
    Arc(arc::Arguments),
    Audit(audit::Arguments),
    Bulk(Box<bulk::Arguments>),
    Check(check::Arguments),
    Conformance(conformance::Arguments),
    Dkim(dkim::Arguments),
    Dmarc(dmarc::Arguments),
    Dns(dns::Arguments),
    Explain(explain::Arguments),
    Lint(lint::Arguments),
    Mx(mx::Arguments),
    Ptr(ptr::Arguments),
    Spf(spf::Arguments),
}

/// How a command ended, in words a shell understands (`sysexits.h` where it has them).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Exit {
    /// The mail is authenticated; nothing disagreed.
    Good,
    /// It is not.
    Bad,
    /// `EX_DATAERR`: the input cannot be read.
    Unreadable,
    /// `EX_SOFTWARE`: a defect of ours.
    Defect,
    /// Somebody stopped it (128 and SIGINT, as shells have it).
    Interrupted,
    /// `EX_TEMPFAIL`: it cannot be decided now.
    Undecided,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Good => 0,
            Exit::Bad => 1,
            Exit::Unreadable => 65,
            Exit::Defect => 70,
            Exit::Undecided => 75,
            Exit::Interrupted => 130,
        })
    }
}

fn main() -> ExitCode {
    // A usage error ends here, with exit code 2.
    let arguments = Arguments::parse();
    arguments.manner.adopt();
    // A panic is a defect: its message is on stderr already, and the exit code must not look like a verdict.
    std::panic::catch_unwind(AssertUnwindSafe(|| run(arguments.command))).unwrap_or(Exit::Defect).into()
}

fn run(command: Command) -> Exit {
    let ended = match command {
        Command::Arc(arguments) => arc::run(&arguments).map_err(|error| error.to_string()),
        Command::Audit(arguments) => audit::run(&arguments).map_err(|error| error.to_string()),
        Command::Bulk(arguments) => bulk::run(&arguments).map_err(|error| error.to_string()),
        Command::Check(arguments) => check::run(&arguments).map_err(|error| error.to_string()),
        Command::Conformance(arguments) => match conformance::run(&arguments) {
            Ok(true) => Ok(Exit::Good),
            Ok(false) => Ok(Exit::Bad),
            Err(error) => Err(error.to_string()),
        },
        Command::Dkim(arguments) => dkim::run(&arguments).map_err(|error| error.to_string()),
        Command::Dmarc(arguments) => dmarc::run(&arguments).map_err(|error| error.to_string()),
        Command::Dns(arguments) => dns::run(&arguments).map_err(|error| error.to_string()),
        Command::Explain(arguments) => Ok(explain::run(&arguments)),
        Command::Lint(arguments) => lint::run(&arguments).map_err(|error| error.to_string()),
        Command::Mx(arguments) => mx::run(&arguments).map_err(|error| error.to_string()),
        Command::Ptr(arguments) => ptr::run(&arguments).map_err(|error| error.to_string()),
        Command::Spf(arguments) => spf::run(&arguments).map_err(|error| error.to_string()),
    };
    ended.unwrap_or_else(|error| {
        terminal::complain(&error);
        Exit::Unreadable
    })
}

/// Ends the process over a usage error that the parser of arguments cannot see.
fn refuse_usage(message: &str) -> ! {
    Arguments::command().error(ErrorKind::ValueValidation, message).exit()
}
