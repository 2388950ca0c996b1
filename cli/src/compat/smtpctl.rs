//! `smtpctl spf walk` of OpenSMTPD.

use crate::input::{Unreadable, domain_name, read, shown, text};
use crate::listing::{Line, exit_of, lines_of};
use crate::resolve::Source;
use crate::{Exit, terminal};
use ipnet::IpNet;
use mailproof::spf::Qualifier;
use std::collections::HashSet;
use std::path::Path;

const MISUSED: u8 = 255;

/// For what else smtpctl can do.
pub(super) fn refuse() -> u8 {
    terminal::tell("invalid command\n");
    terminal::complain("of smtpctl there is only: smtpctl spf walk");
    MISUSED
}

pub(super) fn walk(source: &Source, words: &[String]) -> Result<u8, Unreadable> {
    if !words.is_empty() {
        return Ok(refuse());
    }
    let path = Path::new("-");
    let input = text(read(path)?).map_err(|why| Unreadable::Text { path: shown(path), why })?;
    let dns = source.open()?;
    let mut told = HashSet::new();
    for domain in input.split_whitespace() {
        let name = match domain_name(domain) {
            Ok(name) => name,
            Err(why) => {
                terminal::complain(&why.to_string());
                continue;
            }
        };
        let (listing, lines) = lines_of(&dns, name)?;
        for line in &lines {
            for network in networks(line).filter(|network| told.insert(network.clone())) {
                terminal::print(&format!("{network}\n"));
            }
            if let Some(gap) = line.gap() {
                terminal::complain(&gap);
            } else if line.is_everyone() && line.result == Some(Qualifier::Pass) {
                terminal::complain(&format!("{domain}: everybody passes: {}", line.path.join(" ")));
            }
        }
        if exit_of(&listing) == Exit::Undecided {
            terminal::complain(&format!("{domain}: DNS failed; the list is not complete"));
        }
    }
    Ok(0)
}

/// What the original lists: what a policy passes, and what it is neutral about.
fn networks(line: &Line) -> impl Iterator<Item = String> {
    let is_listed = matches!(line.result, Some(Qualifier::Pass | Qualifier::Neutral)) && !line.is_everyone();
    line.networks().into_iter().filter(move |_| is_listed).map(|network| {
        let is_host = match network {
            IpNet::V4(v4) => v4.prefix_len() == 32,
            IpNet::V6(v6) => v6.prefix_len() == 128,
        };
        if is_host { network.addr().to_string() } else { network.to_string() }
    })
}
