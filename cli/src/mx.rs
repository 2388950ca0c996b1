//! `mailproof mx`: where mail for a domain goes, and whether that is in order.

use crate::context::Context;
use crate::input::{Unreadable, domain_name};
use crate::resolve::Source;
use crate::{Exit, plain, terminal};
use mailproof::Name;
use mailproof::dns::{Answer, Kind, Mx, Outcome, Question, Records, blocking};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::net::{IpAddr, Ipv4Addr};

/// Exchanges that are looked at; a domain with more has other troubles.
const EXCHANGES: usize = 50;

/// Lists the mail exchanges of a domain with their addresses, and what is wrong with them.
///
/// Exit code 0: mail can be delivered, or the domain says rightly that it takes none; 1: something is wrong; 75: DNS failed.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The domain.
    domain: String,
    // Last: its heading is that of all that follows.
    #[command(flatten)]
    source: Source,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Exit, Unreadable> {
    let domain = domain_name(&arguments.domain)?;
    let dns = arguments.source.open()?;
    let context = Context::new("mx", dns.time_of(None)).with("subject", &domain);
    let found = dns.ask(context, |resolver| Exchanges::of(&domain, resolver))?;
    if terminal::manner().json {
        terminal::print_json(&found.to_json());
    } else {
        terminal::print(&found.told());
    }
    Ok(found.exit())
}

/// Where mail for a domain goes.
struct Exchanges {
    domain: Name,
    way: Way,
    hosts: Vec<Host>,
}

enum Way {
    /// The domain does not exist.
    Absent,
    /// DNS did not tell.
    Failed(String),
    /// No MX record: mail goes to the address of the domain itself (RFC 5321 §5.1).
    Implicit,
    /// MX records.
    Listed,
    /// One null MX: the domain takes no mail (RFC 7505).
    Null,
}

struct Host {
    preference: Option<u16>,
    name: Name,
    addresses: Vec<IpAddr>,
    problem: Option<Problem>,
}

/// What is wrong with a mail exchange.
#[derive(Debug, thiserror::Error)]
enum Problem {
    #[error("an address in place of a name: no server delivers there (RFC 1035 §3.3.9)")]
    Address,
    #[error("an alias of {0}: an exchange must not be one (RFC 2181 §10.3)")]
    Alias(Name),
    #[error("{0}")]
    Failed(String),
    #[error("it has no address")]
    NoAddress,
    #[error("it does not exist (NXDOMAIN); was a null MX meant? That is \"0 .\" (RFC 7505 §3)")]
    NullTypo,
    #[error("a null MX beside others, which makes it void (RFC 7505 §3)")]
    NullBeside,
    #[error("it does not exist (NXDOMAIN)")]
    NxDomain,
}

impl Exchanges {
    fn of(domain: &Name, resolver: &dyn blocking::Resolver) -> Self {
        let answer = resolver.resolve(&Question::new(domain.clone(), Kind::Mx));
        let (way, exchanges) = match answer.outcome() {
            Outcome::NxDomain => (Way::Absent, Vec::new()),
            Outcome::Failed(failure) => (Way::Failed(failure.to_string()), Vec::new()),
            Outcome::Found(Records::Mx(records)) => match records.as_slice() {
                [only] if only.exchange.is_root() => (Way::Null, Vec::new()),
                records => (Way::Listed, sorted(records)),
            },
            Outcome::Found(_) | Outcome::NoData => (Way::Implicit, vec![(None, domain.clone())]),
        };
        let hosts = hosts(exchanges, resolver);
        Self { domain: domain.clone(), way, hosts }
    }

    fn exit(&self) -> Exit {
        let is_failed = |host: &Host| matches!(host.problem, Some(Problem::Failed(_)));
        match &self.way {
            Way::Null => Exit::Good,
            Way::Absent => Exit::Bad,
            Way::Failed(_) => Exit::Undecided,
            Way::Implicit | Way::Listed if self.hosts.iter().any(is_failed) => Exit::Undecided,
            Way::Implicit | Way::Listed if self.hosts.iter().any(|host| host.problem.is_some()) => Exit::Bad,
            Way::Implicit | Way::Listed => Exit::Good,
        }
    }

    fn headline(&self) -> (&'static str, String) {
        let domain = &self.domain;
        match &self.way {
            Way::Absent => ("none", format!("{domain} does not exist (NXDOMAIN)")),
            Way::Failed(failure) => ("temperror", format!("{domain}: {failure}")),
            Way::Null => ("found", format!("{domain} says that it takes no mail (null MX)")),
            Way::Implicit => ("found", format!("{domain} has no MX record: mail goes to its own address")),
            Way::Listed => match self.hosts.iter().filter(|host| host.problem.is_some()).count() {
                0 if self.hosts.len() == 1 => ("found", format!("{domain} has 1 mail exchange")),
                0 => ("found", format!("{domain} has {} mail exchanges", self.hosts.len())),
                troubled => (
                    "problem",
                    format!("{domain}: {troubled} of {} mail exchanges are not in order", self.hosts.len()),
                ),
            },
        }
    }

    fn told(&self) -> String {
        let (word, text) = self.headline();
        let label = format!("{}  ", plain::coloured(word));
        let mut out = terminal::folded(&label, &terminal::visible(&text), terminal::width()) + "\n";
        for host in &self.hosts {
            let preference =
                host.preference.map_or_else(|| "-".to_owned(), |preference| preference.to_string());
            let name = if host.name.is_root() { "." } else { host.name.as_str() };
            let addresses: Vec<String> = host.addresses.iter().map(IpAddr::to_string).collect();
            let told = [
                Some(addresses.join(", ")).filter(|text| !text.is_empty()),
                host.problem.as_ref().map(Problem::to_string),
            ];
            let told: Vec<String> = told.into_iter().flatten().collect();
            let label = format!("  {preference:>5}  {}  ", terminal::visible(name));
            let told = told.join("; ");
            let _ =
                writeln!(out, "{}", terminal::folded(&label, &terminal::visible(&told), terminal::width()));
        }
        out
    }

    fn to_json(&self) -> Value {
        let (way, reason) = match &self.way {
            Way::Absent => ("nxdomain", None),
            Way::Failed(failure) => ("failed", Some(failure)),
            Way::Implicit => ("implicit", None),
            Way::Listed => ("listed", None),
            Way::Null => ("null", None),
        };
        let hosts: Vec<Value> = self
            .hosts
            .iter()
            .map(|host| {
                json!({
                    "preference": host.preference,
                    "exchange": host.name.as_str(),
                    "addresses": host.addresses,
                    "problem": host.problem.as_ref().map(Problem::to_string),
                })
            })
            .collect();
        json!({ "schema": "mailproof.mx/1", "domain": self.domain.as_str(), "mx": way, "reason": reason, "exchanges": hosts })
    }
}

/// By preference, then by name.
fn sorted(records: &[Mx]) -> Vec<(Option<u16>, Name)> {
    let mut exchanges: Vec<_> = records.iter().map(|mx| (Some(mx.preference), mx.exchange.clone())).collect();
    exchanges.sort();
    exchanges.truncate(EXCHANGES);
    exchanges
}

/// The addresses of all exchanges, asked for at once.
fn hosts(exchanges: Vec<(Option<u16>, Name)>, resolver: &dyn blocking::Resolver) -> Vec<Host> {
    let questions: Vec<Question> = exchanges
        .iter()
        .flat_map(|(_, name)| [Kind::A, Kind::Aaaa].map(|kind| Question::new(name.clone(), kind)))
        .collect();
    let answers = resolver.resolve_all(&questions);
    let mut hosts = Vec::new();
    for ((preference, name), pair) in exchanges.into_iter().zip(answers.chunks(2)) {
        let addresses: Vec<IpAddr> = pair.iter().flat_map(addresses).collect();
        let problem = problem(&name, pair, addresses.is_empty());
        hosts.push(Host { preference, name, addresses, problem });
    }
    hosts
}

fn addresses(answer: &Answer) -> Vec<IpAddr> {
    match answer.outcome() {
        Outcome::Found(Records::A(found)) => found.iter().map(|address| (*address).into()).collect(),
        Outcome::Found(Records::Aaaa(found)) => found.iter().map(|address| (*address).into()).collect(),
        _ => Vec::new(),
    }
}

fn problem(name: &Name, answers: &[Answer], has_none: bool) -> Option<Problem> {
    if name.is_root() {
        return Some(Problem::NullBeside);
    }
    if name.as_str().parse::<Ipv4Addr>().is_ok() {
        return Some(Problem::Address);
    }
    if let Some(target) = answers.iter().find_map(|answer| answer.aliases().last()) {
        return Some(Problem::Alias(target.clone()));
    }
    if !has_none {
        return None;
    }
    let failure = answers.iter().find_map(|answer| match answer.outcome() {
        Outcome::Failed(failure) => Some(failure.to_string()),
        _ => None,
    });
    if let Some(failure) = failure {
        return Some(Problem::Failed(failure));
    }
    if !answers.iter().any(Answer::denies_name) {
        return Some(Problem::NoAddress);
    }
    // "MX 0 nullmx." and "MX 0 0." are what comes out when somebody means a null MX.
    let is_meant_null = name.label_count() == 1 || name.labels().any(|label| label.starts_with("null"));
    Some(if is_meant_null { Problem::NullTypo } else { Problem::NxDomain })
}
