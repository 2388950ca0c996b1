//! The `mailproof` command.

#![forbid(unsafe_code)]

mod arc;
mod asking;
mod audit;
mod bulk;
mod check;
mod compat;
mod completions;
mod conformance;
mod context;
mod dkim;
mod dmarc;
mod dns;
mod explain;
mod input;
mod lint;
mod listing;
mod man;
mod mx;
mod plain;
mod ptr;
mod resolve;
mod signatures;
mod spf;
mod terminal;
mod txt_record;
mod way_back;

use crate::input::Unreadable;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{CommandFactory, Parser, Subcommand};
use mailproof::Name;
use std::ffi::OsString;
use std::panic::AssertUnwindSafe;
use std::path::Path;
use std::process::ExitCode;

/// Says whether a mail is what it says it is, and why.
///
/// Exit codes: 0 authenticated (or found, or clean), 1 not, 2 usage, 65 input that cannot be read, 70 a defect of
/// mailproof, 75 cannot be decided now.
#[derive(Parser)]
#[command(name = "mailproof", version)]
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
    Compat(compat::Arguments),
    Completions(completions::Arguments),
    Conformance(conformance::Arguments),
    Dkim(dkim::Arguments),
    Dmarc(dmarc::Arguments),
    Dns(dns::Arguments),
    Explain(explain::Arguments),
    Lint(lint::Arguments),
    Man(man::Arguments),
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
    let words = compat::arguments(std::env::args_os());
    let arguments = Arguments::try_parse_from(&words).unwrap_or_else(|error| refuse(error, &words));
    arguments.manner.adopt();
    // A panic is a defect: its message is on stderr already, and the exit code must not look like a verdict.
    std::panic::catch_unwind(AssertUnwindSafe(|| run(arguments.command))).unwrap_or(Exit::Defect.into())
}

fn run(command: Command) -> ExitCode {
    let ended = match command {
        Command::Arc(arguments) => arc::run(&arguments).map_err(complain),
        Command::Audit(arguments) => audit::run(&arguments).map_err(complain),
        Command::Bulk(arguments) => {
            bulk::run(&arguments).map_err(|error| terminal::complain(&error.to_string()))
        }
        Command::Check(arguments) => check::run(&arguments).map_err(complain),
        // Exit codes of its own.
        Command::Compat(arguments) => match compat::run(&arguments) {
            Ok(code) => return code,
            Err(error) => {
                complain(error);
                Err(())
            }
        },
        Command::Completions(arguments) => completions::run(&arguments).map_err(complain),
        Command::Conformance(arguments) => match conformance::run(&arguments) {
            Ok(true) => Ok(Exit::Good),
            Ok(false) => Ok(Exit::Bad),
            Err(error) => {
                terminal::complain(&error.to_string());
                Err(())
            }
        },
        Command::Dkim(arguments) => dkim::run(&arguments).map_err(complain),
        Command::Dmarc(arguments) => dmarc::run(&arguments).map_err(complain),
        Command::Dns(arguments) => dns::run(&arguments).map_err(complain),
        Command::Explain(arguments) => Ok(explain::run(&arguments)),
        Command::Lint(arguments) => lint::run(&arguments).map_err(complain),
        Command::Man(arguments) => man::run(&arguments).map_err(complain),
        Command::Mx(arguments) => mx::run(&arguments).map_err(complain),
        Command::Ptr(arguments) => ptr::run(&arguments).map_err(complain),
        Command::Spf(arguments) => spf::run(&arguments).map_err(complain),
    };
    ended.unwrap_or(Exit::Unreadable).into()
}

/// Says why an input cannot be used, and what to do about it.
fn complain(why: Unreadable) {
    terminal::complain(&why.to_string());
    if let Some(help) = why.help() {
        terminal::complain(&format!("help: {help}"));
    }
}

/// Ends the process over a usage error that the parser of arguments cannot see.
fn refuse_usage(message: &str) -> ! {
    let mut command = Arguments::command();
    command.build();
    // Its usage is that of the command that was called.
    for word in compat::arguments(std::env::args_os()).iter().skip(1) {
        if let Some(inner) = command.find_subcommand(word).cloned() {
            command = inner;
        }
    }
    command.error(ErrorKind::ValueValidation, message).exit()
}

/// Ends the process over words that are no command line, with a tip where one can be guessed.
fn refuse(mut error: clap::Error, words: &[OsString]) -> ! {
    let word = |index: usize| words.get(index).and_then(|word| word.to_str()).unwrap_or_default();
    let tip = match error.kind() {
        ErrorKind::InvalidSubcommand if error.get(ContextKind::SuggestedSubcommand).is_none() => {
            let given = word(1);
            if Path::new(given).is_file() {
                Some(format!("to judge a message: mailproof check {given}"))
            } else if given.contains('.') && Name::parse(given).is_ok() {
                Some(format!("to look at a domain: mailproof audit {given}"))
            } else {
                None
            }
        }
        // A mistyped command is taken for what a command of that group may be given instead.
        ErrorKind::ArgumentConflict => Arguments::command()
            .find_subcommand(word(1))
            .filter(|group| group.has_subcommands() && group.find_subcommand(word(2)).is_none())
            .map(|group| {
                let names: Vec<_> = group.get_subcommands().map(|command| command.get_name()).collect();
                format!("the commands of {} are {}", group.get_name(), names.join(", "))
            }),
        _ => None,
    };
    if let Some(tip) = tip {
        let tip = terminal::visible(&tip).into_owned();
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![tip.into()]));
    }
    error.exit()
}
