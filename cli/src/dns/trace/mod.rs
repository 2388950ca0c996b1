//! `mailproof dns trace`: everything that DNS says of a domain's mail authentication, and what is wrong with it.

mod judge;
mod policies;
mod report;
mod survey;

use crate::context::Context;
use crate::input::{Unreadable, domain_argument};
use crate::resolve::Source;
use crate::{Exit, terminal};
use mailproof::Name;

/// Asks all that mail authentication of a domain needs, and says in words what is wrong with the answers.
///
/// Exit codes: 0 nothing is wrong, 1 problems were found, 75 something could not be asked.
#[derive(clap::Args)]
pub(super) struct Arguments {
    /// The domain.
    #[arg(value_parser = domain_argument)]
    domain: Name,
    /// A DKIM selector of the domain, the s= of its signatures; may be given several times. Without one, a few common
    /// selectors are tried.
    #[arg(long = "selector", value_name = "SELECTOR")]
    selectors: Vec<Name>,
    // Last: its heading is that of all that follows.
    #[command(flatten)]
    source: Source,
}

pub(super) fn run(arguments: &Arguments) -> Result<Exit, Unreadable> {
    let dns = arguments.source.open()?;
    let context = Context::new("dns trace", dns.time_of(None)).with("subject", &arguments.domain);
    let survey =
        dns.ask(context, |resolver| survey::Survey::of(resolver, &arguments.domain, &arguments.selectors))?;
    let findings = judge::findings(&survey);
    let exit = judge::exit(&findings);
    if terminal::manner().json {
        terminal::print_json(&report::json(&survey, &findings, exit));
    } else {
        terminal::print(&report::plain(&survey, &findings, exit));
        if terminal::manner().is_verbose() {
            terminal::print(&report::questions(&survey));
        }
    }
    Ok(exit)
}
