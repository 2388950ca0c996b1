//! `mailproof dns`: what the evaluators see of DNS.

mod answer;
mod ask;
mod compare;
mod trace;

use crate::Exit;
use crate::input::{Unreadable, domain_argument};
use mailproof::Name;
use mailproof::dns::{Kind, Outcome};

/// Shows what DNS says to the evaluators: one question; the same of several servers; or all of a domain.
///
/// Exit codes: 0 found, 1 there is nothing, 2 usage, 75 DNS failed.
#[derive(clap::Args)]
#[group(skip)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    ask: ask::Arguments,
}

#[derive(clap::Subcommand)]
enum Command {
    Compare(compare::Arguments),
    Trace(trace::Arguments),
}

pub(crate) fn run(arguments: &Arguments) -> Result<Exit, Unreadable> {
    match &arguments.command {
        None => ask::run(&arguments.ask),
        Some(Command::Compare(arguments)) => compare::run(arguments),
        Some(Command::Trace(arguments)) => trace::run(arguments),
    }
}

/// A type the evaluators ask for, by its mnemonic in either case.
fn kind(text: &str) -> Result<Kind, String> {
    let mut kinds = Kind::ALL.into_iter();
    kinds
        .find(|kind| kind.mnemonic().eq_ignore_ascii_case(text))
        .ok_or_else(|| "known types are A, AAAA, MX, PTR and TXT".to_owned())
}

/// A name to ask about; an address is one whose reverse name is meant.
#[derive(Clone, Debug)]
struct Subject {
    name: Name,
    is_address: bool,
}

impl std::str::FromStr for Subject {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.parse() {
            Ok(address) => Ok(Self { name: Name::reverse(address), is_address: true }),
            Err(_) => Ok(Self { name: domain_argument(text)?, is_address: false }),
        }
    }
}

impl Subject {
    /// Refuses an address where none is meant.
    fn name_for(&self, kind: Kind) -> &Name {
        if self.is_address && kind != Kind::Ptr {
            crate::refuse_usage("an address in place of a name is for PTR");
        }
        &self.name
    }
}

/// Found is good; nothing there is bad; and without an answer nothing is said.
const fn exit(outcome: &Outcome) -> Exit {
    match outcome {
        Outcome::Found(_) => Exit::Good,
        Outcome::NoData | Outcome::NxDomain => Exit::Bad,
        Outcome::Failed(_) => Exit::Undecided,
    }
}
