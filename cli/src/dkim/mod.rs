//! `mailproof dkim`: keys and signatures, without the rest of a check.

mod check_key;
mod key_facts;
pub(crate) mod key_file;
mod keygen;
mod probe;
mod sign;
mod verify;

pub(crate) use key_file::read as read_key;
pub(crate) use verify::verdicts_json;

use crate::input::Unreadable;
use crate::{Exit, lint};

/// Makes DKIM keys, signs with them, verifies signatures, and says whether a key is the one that DNS publishes.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    CheckKey(check_key::Arguments),
    Keygen(keygen::Arguments),
    Lint(lint::door::Dkim),
    Probe(probe::Arguments),
    Sign(sign::Arguments),
    Verify(verify::Arguments),
}

pub(crate) fn run(arguments: &Arguments) -> Result<Exit, Unreadable> {
    match &arguments.command {
        Command::CheckKey(arguments) => check_key::run(arguments),
        Command::Keygen(arguments) => keygen::run(arguments),
        Command::Lint(door) => lint::run(&door.into()),
        Command::Probe(arguments) => probe::run(arguments),
        Command::Sign(arguments) => sign::run(arguments),
        Command::Verify(arguments) => verify::run(arguments),
    }
}
