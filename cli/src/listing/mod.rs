//! `mailproof spf walk | expand | flatten | diff`: what a policy authorizes, whoever the client is.

mod addresses;
mod decided;
mod diff;
mod expand;
mod flatten;
mod source;
mod walk;

pub(crate) use source::exit_of;
pub(crate) use walk::Line;

use crate::input::Unreadable;
use crate::resolve::Dns;
use crate::{Exit, lint};
use mailproof::Name;
use mailproof::spf::Listing;

/// What is done with everything a policy lists.
#[derive(clap::Subcommand)]
pub(crate) enum Command {
    Diff(diff::Arguments),
    Expand(expand::Arguments),
    Flatten(flatten::Arguments),
    Lint(lint::door::Spf),
    Walk(walk::Arguments),
}

pub(crate) fn run(command: &Command) -> Result<Exit, Unreadable> {
    match command {
        Command::Diff(arguments) => diff::run(arguments),
        Command::Expand(arguments) => expand::run(arguments),
        Command::Flatten(arguments) => flatten::run(arguments),
        Command::Lint(door) => lint::run(&door.into()),
        Command::Walk(arguments) => walk::run(arguments),
    }
}

/// The policy of a domain, and every network in the order of its records.
pub(crate) fn lines_of(dns: &Dns<'_>, domain: Name) -> Result<(Listing, Vec<Line>), Unreadable> {
    let listing = source::of_name(dns, domain)?;
    let lines = walk::lines(&listing.policy);
    Ok((listing, lines))
}
