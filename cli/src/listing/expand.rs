//! `mailproof spf expand`: the fewest networks that hold exactly what a policy authorizes.

use super::addresses::Addresses;
use super::decided::Decided;
use super::source::{complain_of_lookups, exit_of, of_domain};
use crate::input::Unreadable;
use crate::resolve::Source;
use crate::{Exit, terminal};
use mailproof::spf::Listing;
use serde_json::{Value, json};

/// Prints the fewest networks that hold exactly the addresses a domain's SPF policy passes, one on a line.
///
/// What fails first is left out, and so is what cannot be listed (standard error counts it). Exit code 1: the list is not complete; 75:
/// DNS failed. `spf walk` tells where each network comes from.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Whose policy.
    domain: String,
    #[command(flatten)]
    source: Source,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Exit, Unreadable> {
    let listing = of_domain(&arguments.source, &arguments.domain)?;
    let decided = Decided::of(&listing.policy);
    let passed = decided.passed();
    let networks = passed.networks();
    if terminal::manner().json {
        terminal::print_json(&to_json(&listing, &decided, &passed));
    } else {
        let lines: String = networks.iter().map(|network| format!("{network}\n")).collect();
        terminal::print(&lines);
        tell(&listing, &decided, &passed);
    }
    Ok(exit_of(&listing))
}

fn tell(listing: &Listing, decided: &Decided, passed: &Addresses) {
    let (v4, v6) = passed.counts();
    if !terminal::manner().quiet {
        let networks = passed.networks().len();
        terminal::tell(&format!(
            "{}: {networks} {}, {v4} IPv4 {}, {v6} IPv6 /64; {} {} of 10\n",
            listing.policy.domain,
            if networks == 1 { "network" } else { "networks" },
            if v4 == 1 { "address" } else { "addresses" },
            listing.lookups,
            if listing.lookups == 1 { "lookup" } else { "lookups" },
        ));
    }
    if decided.unlisted() > 0 {
        let terms = if decided.unlisted() == 1 { "term" } else { "terms" };
        terminal::complain(&format!("not listed: {} {terms}; see `mailproof spf walk`", decided.unlisted()));
    }
    if exit_of(listing) == Exit::Undecided {
        terminal::complain("DNS failed on the way; see `mailproof spf walk`");
    }
    complain_of_lookups(listing);
}

fn to_json(listing: &Listing, decided: &Decided, passed: &Addresses) -> Value {
    let (v4, v6) = passed.counts();
    json!({
        "schema": "mailproof.spf-expand/1",
        "domain": listing.policy.domain.as_str(),
        "lookups": listing.lookups,
        "void_lookups": listing.void_lookups,
        "ttl": listing.ttl.as_secs(),
        "complete": exit_of(listing) == Exit::Good,
        "terms_not_listed": decided.unlisted(),
        "ipv4_addresses": count(v4),
        "ipv6_networks_of_64_bits": count(v6),
        "networks": passed.networks().iter().map(ToString::to_string).collect::<Vec<_>>(),
    })
}

/// As JSON can write it.
fn count(number: u128) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}
