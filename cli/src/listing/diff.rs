//! `mailproof spf diff`: who was added, and who is gone.

use super::addresses::{Addresses, range_of};
use super::decided::Decided;
use super::source::{exit_of, of_name, of_text};
use super::walk::{Line, lines};
use crate::input::{Unreadable, domain_name, read, text};
use crate::resolve::{Dns, Source};
use crate::{Exit, terminal};
use ipnet::IpNet;
use mailproof::spf::Qualifier;
use serde_json::{Value, json};
use std::path::Path;

/// Tells which addresses pass by one SPF policy and not by another, and which terms say so.
///
/// Each side is a domain, a record ("v=spf1 …"), or @FILE with one network on a line, as `spf expand` writes it. Exit code 0: both pass
/// the same; 1: they differ, or one cannot be listed; 75: DNS failed.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The policy as it was.
    old: String,
    /// The policy as it is.
    new: String,
    /// The domain in whose place a record stands, where its terms name none.
    #[arg(long, value_name = "NAME")]
    domain: Option<String>,
    #[command(flatten)]
    source: Source,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Exit, Unreadable> {
    let dns = arguments.source.open()?;
    let domain = arguments.domain.as_deref();
    let old = Side::of(&dns, &arguments.old, domain)?;
    let new = Side::of(&dns, &arguments.new, domain)?;
    let gone = old.beyond(&new);
    let added = new.beyond(&old);
    if terminal::manner().json {
        let complete = old.exit == Exit::Good && new.exit == Exit::Good;
        terminal::print_json(&json!({
            "schema": "mailproof.spf-diff/1",
            "complete": complete,
            "added": added.iter().map(Change::to_json).collect::<Vec<_>>(),
            "gone": gone.iter().map(Change::to_json).collect::<Vec<_>>(),
        }));
    } else {
        let mut out = String::new();
        gone.iter().for_each(|change| change.write('-', &mut out));
        added.iter().for_each(|change| change.write('+', &mut out));
        terminal::print(&out);
    }
    for (side, name) in [(&old, &arguments.old), (&new, &arguments.new)] {
        if side.exit != Exit::Good {
            terminal::complain(&format!("{name}: not listed in full; see `mailproof spf walk`"));
        }
    }
    Ok(match (old.exit, new.exit) {
        (Exit::Undecided, _) | (_, Exit::Undecided) => Exit::Undecided,
        (Exit::Good, Exit::Good) if gone.is_empty() && added.is_empty() => Exit::Good,
        _ => Exit::Bad,
    })
}

/// One of the two policies.
struct Side {
    lines: Vec<Line>,
    passed: Addresses,
    exit: Exit,
}

/// Networks that pass on one side only, and the terms that name them.
struct Change {
    network: IpNet,
    path: Vec<String>,
}

impl Side {
    fn of(dns: &Dns<'_>, given: &str, domain: Option<&str>) -> Result<Self, Unreadable> {
        if let Some(path) = given.strip_prefix('@') {
            let passed = networks(Path::new(path))?;
            return Ok(Self { lines: Vec::new(), passed, exit: Exit::Good });
        }
        let is_record = given.get(..6).is_some_and(|start| start.eq_ignore_ascii_case("v=spf1"));
        if !is_record && given.contains('=') {
            crate::refuse_usage(&format!("{given}: neither a domain nor a record \"v=spf1 ...\" nor @FILE"));
        }
        let listing =
            if is_record { of_text(dns, given, domain)? } else { of_name(dns, domain_name(given)?)? };
        Ok(Self {
            lines: lines(&listing.policy),
            passed: Decided::of(&listing.policy).passed(),
            exit: exit_of(&listing),
        })
    }

    /// What passes here and not on the other side, by the terms that name it.
    fn beyond(&self, other: &Self) -> Vec<Change> {
        let mut left = self.passed.clone().without(&other.passed);
        let mut changes = Vec::new();
        for line in self.lines.iter().filter(|line| line.result == Some(Qualifier::Pass)) {
            for network in line.networks() {
                let (family, range) = range_of(&network);
                let named = left.take(family, &range).networks();
                changes.extend(named.into_iter().map(|network| Change { network, path: line.path.clone() }));
            }
        }
        // From a file nobody knows which term it was.
        changes.extend(left.networks().into_iter().map(|network| Change { network, path: Vec::new() }));
        changes
    }
}

impl Change {
    fn write(&self, sign: char, into: &mut String) {
        let line = format!("{sign} {}  {}", self.network, terminal::visible(&self.path.join(" ")));
        into.push_str(line.trim_end());
        into.push('\n');
    }

    fn to_json(&self) -> Value {
        json!({ "network": self.network.to_string(), "path": self.path })
    }
}

/// A file of networks, one on a line; what stands behind the first word of a line is for people.
fn networks(path: &Path) -> Result<Addresses, Unreadable> {
    let malformed = |why: String| Unreadable::Zone { path: crate::input::shown(path), why };
    let content = text(read(path)?).map_err(malformed)?;
    let mut addresses = Vec::new();
    for (index, line) in content.lines().enumerate() {
        let Some(word) = line.split_whitespace().next().filter(|word| !word.starts_with('#')) else {
            continue;
        };
        let network =
            word.parse::<IpNet>().or_else(|_| word.parse().map(|address: std::net::IpAddr| address.into()));
        addresses.push(network.map_err(|_| malformed(format!("line {}: {word}: no network", index + 1)))?);
    }
    Ok(addresses.into_iter().collect())
}
