//! `mailproof spf`: may this host send for this domain?

use crate::context::Context;
use crate::input::{Unreadable, reverse_path};
use crate::resolve::Source;
use crate::{Exit, listing, plain, terminal};
use mailproof::spf;
use std::net::IpAddr;

/// Says whether a host may send mail for a domain (SPF), and why.
#[derive(clap::Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Option<listing::Command>,
    /// The MAIL FROM address, or a domain.
    #[arg(required = true)]
    sender: Option<String>,
    /// The address of the SMTP client.
    #[arg(long, value_name = "ADDR", required = true)]
    ip: Option<IpAddr>,
    /// What the client said in HELO or EHLO.
    #[arg(long, value_name = "NAME", default_value = "")]
    helo: String,
    // Last: its heading is that of all that follows.
    #[command(flatten)]
    source: Source,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Exit, Unreadable> {
    let (sender, ip) = match (&arguments.command, &arguments.sender, arguments.ip) {
        (Some(command), ..) => return listing::run(command),
        (None, Some(sender), Some(ip)) => (reverse_path(sender), ip),
        (None, ..) => crate::refuse_usage("a sender and --ip are needed"),
    };
    let mut request = spf::Request::mail_from(ip, arguments.helo.as_str(), sender);
    let dns = arguments.source.open()?;
    request.now = dns.time_of(None);
    let context = Context::new("spf", request.now)
        .with("ip", ip)
        .with("helo", &arguments.helo)
        .with("mail_from", sender);
    let verdict = dns.run(spf::check(request), context)?;
    if terminal::manner().json {
        terminal::print_json(&verdict.to_json());
    } else {
        terminal::print(&plain::spf(&verdict));
    }
    Ok(match verdict.outcome {
        spf::Outcome::Pass => Exit::Good,
        spf::Outcome::Temperror(_) => Exit::Undecided,
        spf::Outcome::Fail
        | spf::Outcome::Softfail
        | spf::Outcome::Neutral(_)
        | spf::Outcome::None(_)
        | spf::Outcome::Permerror(_) => Exit::Bad,
    })
}
