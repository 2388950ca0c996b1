//! `mailproof arc`: chains of forwarders (RFC 8617), which is legacy.

mod seal;
mod verify;

use crate::Exit;
use crate::input::Unreadable;

/// Verifies ARC chains and seals messages. ARC is an experiment on its way to historic: use it where others still ask for it.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    Seal(seal::Arguments),
    Verify(verify::Arguments),
}

pub(crate) fn run(arguments: &Arguments) -> Result<Exit, Unreadable> {
    match &arguments.command {
        Command::Seal(arguments) => seal::run(arguments),
        Command::Verify(arguments) => verify::run(arguments),
    }
}
