//! `mailproof completions`: what a shell needs to complete its command line.

use crate::input::Unreadable;
use crate::{Exit, terminal};
use clap::CommandFactory;

/// Prints the completions of a shell.
///
/// Exit codes: 0 printed, 2 usage, 65 not all could be written.
#[derive(clap::Args)]
#[command(after_help = HELP)]
pub(crate) struct Arguments {
    /// The shell.
    shell: clap_complete::Shell,
}

const HELP: &str = "\
Examples:
  source <(mailproof completions bash)
  mailproof completions bash >/etc/bash_completion.d/mailproof
  mailproof completions zsh >\"${fpath[1]}/_mailproof\"
  mailproof completions fish >~/.config/fish/completions/mailproof.fish";

pub(crate) fn run(arguments: &Arguments) -> Result<Exit, Unreadable> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut crate::Arguments::command(), "mailproof", &mut script);
    terminal::write_page(&script)?;
    Ok(Exit::Good)
}
