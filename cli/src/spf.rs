//! `mailproof spf`: may this host send for this domain?

use crate::context::Context;
use crate::input::{NoDomain, Unreadable, domain_name, reverse_path};
use crate::plain::Cost;
use crate::resolve::Source;
use crate::terminal::{manner, print, print_json};
use crate::{Exit, listing, plain};
use mailproof::dns::Replay;
use mailproof::spf;
use serde_json::Value;
use std::net::IpAddr;
use std::time::Instant;

/// Says whether a host may send mail for a domain (SPF), and why: a tree of all that was evaluated.
///
/// With --json: one element of the report's `spf`, with its `trace`.
///
/// Exit codes: 0 pass, 1 not, 75 cannot be decided now.
#[derive(clap::Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true, after_help = HELP)]
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
    /// Tell every term, also where many side by side mean little.
    #[arg(long)]
    trace: bool,
    // Last: its heading is that of all that follows.
    #[command(flatten)]
    source: Source,
}

const HELP: &str = "\
Examples:
  mailproof spf jane@example.com --ip 192.0.2.1 --helo mx.example.com
  mailproof spf example.com --ip 192.0.2.1 --override 'example.com=v=spf1 mx -all'
  mailproof spf walk example.com     needs no --ip";

pub(crate) fn run(arguments: &Arguments) -> Result<Exit, Unreadable> {
    let (sender, ip) = match (&arguments.command, &arguments.sender, arguments.ip) {
        (Some(command), ..) => return listing::run(command),
        (None, Some(sender), Some(_)) if sender.contains("://") => return Err(refused(sender)),
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
    let start = Instant::now();
    let (verdict, recording) = dns.run_recorded(spf::check(request.clone()), context)?;
    let took = dns.is_network().then(|| start.elapsed());
    let trace = spf::check(request).trace(&Replay::new(&recording));
    if manner().json {
        print_json(&json(&verdict, &trace));
    } else {
        let all = arguments.trace || manner().is_verbose();
        print(&plain::spf(&verdict, &trace, &Cost { took, all }));
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

/// What is wrong with a sender that is a URL.
fn refused(sender: &str) -> Unreadable {
    match domain_name(sender) {
        Err(why) => why,
        Ok(_) => Unreadable::NoDomain(NoDomain::Empty),
    }
}

/// One element of a report's `spf`, with its trace.
fn json(verdict: &spf::Verdict, trace: &spf::Trace) -> Value {
    let mut json = verdict.to_json();
    if let Some(fields) = json.as_object_mut() {
        fields.insert("schema".to_owned(), "mailproof.spf/1".into());
        fields.insert("trace".to_owned(), trace.to_json());
    }
    json
}
