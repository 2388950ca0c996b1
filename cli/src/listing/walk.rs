//! `mailproof spf walk`: every network of a policy, in the order of the records, with the way that leads there.

use super::source::{complain_of_lookups, exit_of, of_domain};
use crate::input::Unreadable;
use crate::resolve::Source;
use crate::{Exit, terminal};
use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use mailproof::spf::{Content, Listed, Listing, Network, Policy, Qualifier};
use serde_json::{Value, json};
use std::fmt::Write as _;

/// Lists every network a domain's SPF policy names, in the order of its records, with the terms that lead there.
///
/// Each line has a network (or "all"), the result a client in it gets unless an earlier line has it too, and the terms.
/// "except" is a network that an included policy names without passing it: that include does not match. Exit code 1: part of the
/// policy cannot be listed, which standard error tells; 75: DNS failed.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Whose policy.
    domain: String,
    #[command(flatten)]
    source: Source,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Exit, Unreadable> {
    let listing = of_domain(&arguments.source, &arguments.domain)?;
    let lines = lines(&listing.policy);
    if terminal::manner().json {
        terminal::print_json(&to_json(&listing, &lines));
    } else {
        terminal::print(&plain(&lines));
        lines.iter().filter_map(Line::gap).for_each(|gap| terminal::complain(&gap));
        complain_of_lookups(&listing);
    }
    Ok(exit_of(&listing))
}

/// A network, or a place where something cannot be listed.
pub(crate) struct Line {
    content: Named,
    /// `None`: an include that does not match.
    pub(crate) result: Option<Qualifier>,
    /// The terms that lead there.
    pub(crate) path: Vec<String>,
}

enum Named {
    Everyone,
    Network(Network),
    /// Why nothing is named, and whether another day may tell more.
    Nothing {
        reason: String,
        is_temporary: bool,
    },
}

impl Line {
    /// What is not listed there, and why.
    pub(crate) fn gap(&self) -> Option<String> {
        let Named::Nothing { reason, .. } = &self.content else {
            return None;
        };
        // The policy of the domain itself has no term that leads to it.
        let way = if self.path.is_empty() { String::new() } else { format!("{}: ", self.path.join(" ")) };
        Some(format!("not listed: {way}{reason}"))
    }

    /// The networks it names.
    pub(crate) fn networks(&self) -> Vec<IpNet> {
        match &self.content {
            Named::Everyone => vec![IpNet::V4(Ipv4Net::default()), IpNet::V6(Ipv6Net::default())],
            Named::Network(network) => IpNet::new(network.address(), network.prefix()).into_iter().collect(),
            Named::Nothing { .. } => Vec::new(),
        }
    }

    /// Whether it holds every address.
    pub(crate) const fn is_everyone(&self) -> bool {
        matches!(self.content, Named::Everyone)
    }

    fn result(&self) -> &'static str {
        match self.result {
            Some(Qualifier::Pass) => "pass",
            Some(Qualifier::Fail) => "fail",
            Some(Qualifier::Softfail) => "softfail",
            Some(Qualifier::Neutral) => "neutral",
            None => "except",
        }
    }
}

pub(super) fn lines(policy: &Policy) -> Vec<Line> {
    let mut lines = Vec::new();
    enter(policy, Around::Nobody, &mut Vec::new(), &mut lines);
    lines
}

/// What the policies around a record make of its results.
#[derive(Clone, Copy)]
enum Around {
    /// Nothing: they are those of the domain.
    Nobody,
    /// RFC 7208 §5.2: a pass becomes the result of the include, and everything else is no match.
    Include(Option<Qualifier>),
}

impl Around {
    fn result(self, inner: Qualifier) -> Option<Qualifier> {
        match (self, inner) {
            (Self::Nobody, inner) => Some(inner),
            (Self::Include(result), Qualifier::Pass) => result,
            (Self::Include(_), Qualifier::Fail | Qualifier::Softfail | Qualifier::Neutral) => None,
        }
    }
}

fn enter(policy: &Policy, around: Around, path: &mut Vec<String>, into: &mut Vec<Line>) {
    let terms = match &policy.terms {
        Ok(terms) => terms,
        Err(trouble) => {
            let reason = format!("{}: {trouble}", policy.domain);
            let content = Named::Nothing { reason, is_temporary: trouble.is_temporary() };
            into.push(Line { content, result: None, path: path.clone() });
            return;
        }
    };
    for listed in terms {
        path.push(listed.term.to_string());
        list(listed, around, path, into);
        path.pop();
    }
}

fn list(listed: &Listed, around: Around, path: &mut Vec<String>, into: &mut Vec<Line>) {
    let result = listed.qualifier().and_then(|qualifier| around.result(qualifier));
    let mut push = |content| into.push(Line { content, result, path: path.clone() });
    let nothing =
        |reason: &dyn ToString, is_temporary| Named::Nothing { reason: reason.to_string(), is_temporary };
    match &listed.content {
        // An include that does not match everyone else says nothing.
        Content::Everyone if result.is_none() => {}
        Content::Everyone => push(Named::Everyone),
        Content::Networks(networks) => networks.iter().for_each(|network| push(Named::Network(*network))),
        Content::Trouble(trouble) => push(nothing(trouble, trouble.is_temporary())),
        Content::Unlistable(why) => push(nothing(why, false)),
        Content::Policy(policy) => {
            // RFC 7208 §6.1: a redirect takes the other policy's results as they are.
            let around = if listed.qualifier().is_some() { Around::Include(result) } else { around };
            enter(policy, around, path, into);
        }
        // What a later version of the library lists.
        _ => push(nothing(&"of a kind unknown to this command", false)),
    }
}

fn plain(lines: &[Line]) -> String {
    let shown = |line: &Line| match &line.content {
        Named::Everyone => Some("all".to_owned()),
        Named::Network(network) => Some(network.to_string()),
        Named::Nothing { .. } => None,
    };
    let width = lines.iter().filter_map(shown).map(|name| name.len()).max().unwrap_or_default();
    let mut text = String::new();
    for line in lines {
        if let Some(name) = shown(line) {
            let path = line.path.join(" ");
            let _ = writeln!(text, "{name:width$}  {:8}  {}", line.result(), terminal::visible(&path));
        }
    }
    text
}

fn to_json(listing: &Listing, lines: &[Line]) -> Value {
    let mut networks = Vec::new();
    let mut gaps = Vec::new();
    for line in lines {
        let name = match &line.content {
            Named::Everyone => "all".to_owned(),
            Named::Network(network) => network.to_string(),
            Named::Nothing { reason, is_temporary } => {
                gaps.push(json!({ "path": line.path, "reason": reason, "temporary": is_temporary }));
                continue;
            }
        };
        networks.push(json!({ "network": name, "result": line.result(), "path": line.path }));
    }
    json!({
        "schema": "mailproof.spf-walk/1",
        "domain": listing.policy.domain.as_str(),
        "lookups": listing.lookups,
        "void_lookups": listing.void_lookups,
        "ttl": listing.ttl.as_secs(),
        "complete": gaps.is_empty(),
        "networks": networks,
        "not_listed": gaps,
    })
}
