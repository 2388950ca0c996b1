//! `mailproof spf walk | expand | flatten | diff`: what a policy authorizes, whoever the client is.

mod addresses;
mod decided;
mod diff;
mod expand;
mod flatten;
mod source;
mod walk;

use crate::Exit;
use crate::input::Unreadable;

/// What is done with everything a policy lists.
#[derive(clap::Subcommand)]
pub(crate) enum Command {
    Diff(diff::Arguments),
    Expand(expand::Arguments),
    Flatten(flatten::Arguments),
    Walk(walk::Arguments),
}

pub(crate) fn run(command: &Command) -> Result<Exit, Unreadable> {
    match command {
        Command::Diff(arguments) => diff::run(arguments),
        Command::Expand(arguments) => expand::run(arguments),
        Command::Flatten(arguments) => flatten::run(arguments),
        Command::Walk(arguments) => walk::run(arguments),
    }
}
