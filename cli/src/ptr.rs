//! `mailproof ptr`: the name of an address, and whether it leads back (RFC 8601 §3, iprev).

use crate::context::Context;
use crate::input::Unreadable;
use crate::resolve::Source;
use crate::{Exit, plain, terminal};
use mailproof::Name;
use mailproof::iprev::{self, Outcome, Verdict};
use serde_json::json;
use std::net::IpAddr;

/// Says which names an address has, and whether one of them has this address: what large receivers ask of a mail server.
///
/// Exit code 0: a name leads back; 1: none does; 75: DNS failed.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The address.
    ip: IpAddr,
    #[command(flatten)]
    source: Source,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Exit, Unreadable> {
    let dns = arguments.source.open()?;
    let context = Context::new("ptr", dns.time_of(None)).with("ip", arguments.ip);
    let verdict = dns.run(iprev::check(arguments.ip), context)?;
    if terminal::manner().json {
        terminal::print_json(&json!({
            "schema": "mailproof.ptr/1",
            "ip": verdict.ip.to_string(),
            "result": verdict.outcome.word(),
            "name": verdict.name.as_ref().map(Name::as_str),
            "names": verdict.names.iter().map(Name::as_str).collect::<Vec<_>>(),
            "names_left_out": verdict.names_left_out,
            "reason": verdict.reason().to_string(),
        }));
    } else {
        terminal::print(&told(&verdict));
    }
    Ok(match verdict.outcome {
        Outcome::Pass => Exit::Good,
        Outcome::Temperror(_) => Exit::Undecided,
        Outcome::Fail(_) | Outcome::Permerror(_) => Exit::Bad,
    })
}

fn told(verdict: &Verdict) -> String {
    let names: Vec<&str> = verdict.names.iter().map(Name::as_str).collect();
    let label = format!("{}  ", plain::coloured(verdict.outcome.word()));
    let text = format!("{}: {}", verdict.ip, verdict.reason());
    let mut out = terminal::folded(&label, &terminal::visible(&text), terminal::width()) + "\n";
    out.push_str(&format!("  asked for  {}\n", Name::reverse(verdict.ip)));
    if !names.is_empty() {
        out.push_str(&format!("  names      {}\n", terminal::visible(&names.join(", "))));
    }
    let next = match &verdict.outcome {
        Outcome::Pass => None,
        Outcome::Fail(_) => Some(
            "publish an address record for one of the names, or a PTR record with a name that has this address.",
        ),
        Outcome::Permerror(_) => Some(
            "ask whoever holds the address, mostly the hosting provider, for a PTR record; then give that name this address.",
        ),
        Outcome::Temperror(_) => Some("ask again later; `mailproof dns trace` tells which server failed."),
    };
    if let Some(next) = next {
        out.push_str(&terminal::folded("next: ", next, terminal::width()));
        out.push('\n');
    }
    out
}
