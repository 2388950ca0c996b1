//! `mailproof dmarc`: which policy applies to mail of a domain, and how that was found.

use crate::context::Context;
use crate::input::{Unreadable, domain_name};
use crate::resolve::{Dns, Source};
use crate::terminal::{folded, width};
use crate::{Exit, lint, plain, terminal};
use mailproof::dmarc::{Applicable, Discovered, Discovery, Finding, Published, Settings, Visit, discover};
use mailproof::{Name, eval::Evaluation};
use serde_json::{Value, json};
use std::fmt::Write as _;

/// Says which DMARC policy applies to mail of a domain, and which names were asked on the way.
///
/// By default as RFC 9989 finds it, by the tree walk; where RFC 7489, by the public suffix list, comes to something else, that is told,
/// too. Exit code 0: a policy applies; 1: none does; 75: DNS failed.
#[derive(clap::Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true, after_help = HELP)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    /// The author domain: what stands behind the @ in From.
    #[arg(required = true)]
    domain: Option<String>,
    /// Only as RFC 9989 finds it.
    #[arg(long, conflicts_with = "psl")]
    tree_walk: bool,
    /// Only as RFC 7489 finds it, by the public suffix list.
    #[arg(long)]
    psl: bool,
    #[command(flatten)]
    source: Source,
}

#[derive(clap::Subcommand)]
enum Command {
    Lint(lint::door::Dmarc),
}

const HELP: &str = "\
Examples:
  mailproof dmarc example.com
  mailproof dmarc shop.example.com --override '_dmarc.example.com=v=DMARC1; p=reject'
  mailproof dmarc lint 'v=DMARC1; p=reject'    asks no DNS";

pub(crate) fn run(arguments: &Arguments) -> Result<Exit, Unreadable> {
    let author = match (&arguments.command, &arguments.domain) {
        (Some(Command::Lint(door)), _) => return lint::run(&door.into()),
        (None, Some(domain)) => domain_name(domain)?,
        (None, None) => crate::refuse_usage("a domain is needed"),
    };
    let dns = arguments.source.open()?;
    let first = if arguments.psl { Discovery::PublicSuffixList } else { Discovery::TreeWalk };
    let found = find(&dns, &author, first)?;
    let other = if arguments.psl || arguments.tree_walk {
        None
    } else {
        Some(find(&dns, &author, Discovery::PublicSuffixList)?).filter(|other| differs(&found, other))
    };
    if terminal::manner().json {
        terminal::print_json(&json!({
            "schema": "mailproof.dmarc/1",
            "author_domain": author.as_str(),
            "found": to_json(&found),
            "rfc7489": other.as_ref().map(to_json),
        }));
    } else {
        let mut out = told(&found);
        if let Some(other) = &other {
            out.push_str("Receivers that still follow RFC 7489 come to something else:\n");
            out.push_str(&told(other));
        }
        terminal::print(&out);
    }
    Ok(match found.finding {
        Finding::Applies(Applicable { policy: Ok(_), .. }) => Exit::Good,
        Finding::None(_) => Exit::Bad,
        Finding::Applies(Applicable { policy: Err(_), .. }) | Finding::Temperror(_) => Exit::Undecided,
    })
}

fn find(dns: &Dns<'_>, author: &Name, discovery: Discovery) -> Result<Discovered, Unreadable> {
    let settings = Settings { discovery, walk_ahead: true, ..Settings::default() };
    let context = Context::new("dmarc", dns.time_of(None)).with("subject", author);
    let found = discover(author.clone(), &settings);
    dns.ask(context, |resolver| found.run_blocking(resolver))
}

/// Whether two ways to find a policy come to different ones, or to different organizational domains.
fn differs(one: &Discovered, other: &Discovered) -> bool {
    if let (Finding::Temperror(_), Finding::Temperror(_)) = (&one.finding, &other.finding) {
        return false;
    }
    let outcome = |found: &Discovered| match &found.finding {
        Finding::Applies(applicable) => {
            Some((applicable.published.domain.clone(), applicable.policy.as_ref().ok().copied()))
        }
        Finding::None(_) | Finding::Temperror(_) => None,
    };
    outcome(one) != outcome(other) || one.organizational_domain != other.organizational_domain
}

fn told(found: &Discovered) -> String {
    let (word, text) = headline(found);
    let mut out = folded(&format!("{}  ", plain::coloured(word)), &text, width()) + "\n";
    for visit in &found.visits {
        let label = format!("  _dmarc.{}  ", visit.domain);
        let _ = writeln!(out, "{}", folded(&label, &terminal::visible(&seen(visit)), width()));
    }
    if let Some(organization) = &found.organizational_domain {
        let text = format!("{organization}: its names align with each other");
        let _ = writeln!(out, "{}", folded("  organizational domain  ", &text, width()));
    }
    let Finding::Applies(applicable) = &found.finding else {
        return out;
    };
    let record = &applicable.published.record;
    let word = |strict| if strict { "strict" } else { "relaxed" };
    let strict = mailproof::dmarc::AlignmentMode::Strict;
    let _ = writeln!(
        out,
        "  alignment  SPF {}, DKIM {}",
        word(record.aspf == strict),
        word(record.adkim == strict)
    );
    let reports: Vec<String> = record.rua.iter().map(ToString::to_string).collect();
    let reports = if reports.is_empty() { "to nobody".to_owned() } else { reports.join(", ") };
    let _ = writeln!(out, "{}", folded("  reports    ", &terminal::visible(&reports), width()));
    for fault in &record.faults {
        let _ = writeln!(out, "{}", folded("  ignored    ", &terminal::visible(&fault.to_string()), width()));
    }
    out
}

fn headline(found: &Discovered) -> (&'static str, String) {
    let (author, way) = (&found.author_domain, way(found.settings.discovery));
    match &found.finding {
        Finding::Applies(Applicable { published, policy: Ok(policy) }) => {
            let whose = if published.domain == *author { "its own record" } else { "the record of" };
            let domain =
                if published.domain == *author { String::new() } else { format!(" {}", published.domain) };
            let testing = if published.record.testing { ", one level lower for testing (t=y)" } else { "" };
            (policy.word(), format!("{author}: by {whose}{domain}{testing} ({way})"))
        }
        Finding::Applies(Applicable { policy: Err(trouble), .. }) => {
            ("temperror", format!("{author}: whether it exists decides, and {trouble} ({way})"))
        }
        Finding::None(none) => ("none", format!("{author}: {none} ({way})")),
        Finding::Temperror(trouble) => ("temperror", format!("{author}: {trouble} ({way})")),
    }
}

const fn way(discovery: Discovery) -> &'static str {
    match discovery {
        Discovery::TreeWalk => "RFC 9989, tree walk",
        Discovery::PublicSuffixList => "RFC 7489, public suffix list",
        _ => "another way",
    }
}

fn seen(visit: &Visit) -> String {
    match &visit.listing {
        Ok(Published { text, .. }) => String::from_utf8_lossy(text).into_owned(),
        Err(absence) => format!("no record: {absence}"),
    }
}

fn to_json(found: &Discovered) -> Value {
    let visits: Vec<Value> = found.visits.iter().map(visit_json).collect();
    let (record_domain, policy, reason) = match &found.finding {
        Finding::Applies(Applicable { published, policy: Ok(policy) }) => {
            (Some(published.domain.as_str()), Some(policy.word()), None)
        }
        Finding::Applies(Applicable { published, policy: Err(trouble) }) => {
            (Some(published.domain.as_str()), None, Some(trouble.to_string()))
        }
        Finding::None(none) => (None, None, Some(none.to_string())),
        Finding::Temperror(trouble) => (None, None, Some(trouble.to_string())),
    };
    let discovery = match found.settings.discovery {
        Discovery::PublicSuffixList => "rfc7489",
        _ => "rfc9989",
    };
    json!({
        "discovery": discovery,
        "policy": policy,
        "record_domain": record_domain,
        "organizational_domain": found.organizational_domain.as_ref().map(Name::as_str),
        "reason": reason,
        "undecided": matches!(found.finding, Finding::Temperror(_) | Finding::Applies(Applicable { policy: Err(_), .. })),
        "visits": visits,
    })
}

fn visit_json(visit: &Visit) -> Value {
    match &visit.listing {
        Ok(Published { text, .. }) => {
            json!({ "domain": visit.domain.as_str(), "record": String::from_utf8_lossy(text), "absence": null })
        }
        Err(absence) => {
            json!({ "domain": visit.domain.as_str(), "record": null, "absence": absence.to_string() })
        }
    }
}
