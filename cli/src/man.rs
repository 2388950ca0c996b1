//! `mailproof man`: the help of every command as man pages.

use crate::input::{Unreadable, shown};
use crate::{Exit, terminal};
use clap::CommandFactory;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Writes the man pages: one for each command into a folder, or that of mailproof itself to standard output.
///
/// Exit codes: 0 written, 2 usage, 65 not all could be written.
#[derive(clap::Args)]
#[command(after_help = HELP)]
pub(crate) struct Arguments {
    /// The folder; it is made where it is not there.
    #[arg(value_name = "DIR")]
    folder: Option<PathBuf>,
}

const HELP: &str = "\
Examples:
  mailproof man | man -l -
  mailproof man /usr/local/share/man/man1";

pub(crate) fn run(arguments: &Arguments) -> Result<Exit, Unreadable> {
    let command = crate::Arguments::command().disable_help_subcommand(true);
    let Some(folder) = &arguments.folder else {
        let mut page = Vec::new();
        clap_mangen::Man::new(command).render(&mut page).map_err(|why| unwritten(Path::new("-"), why))?;
        terminal::write_page(&page)?;
        return Ok(Exit::Good);
    };
    fs::create_dir_all(folder).map_err(|why| unwritten(folder, why))?;
    clap_mangen::generate_to(command, folder).map_err(|why| unwritten(folder, why))?;
    Ok(Exit::Good)
}

fn unwritten(path: &Path, why: io::Error) -> Unreadable {
    Unreadable::File { path: shown(path), why }
}
