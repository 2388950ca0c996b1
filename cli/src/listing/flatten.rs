//! `mailproof spf flatten`: the same policy with addresses in place of names.

use super::addresses::Addresses;
use super::decided::{Decided, Decision};
use super::source::{exit_of, of_domain};
use crate::input::{Unreadable, domain_name};
use crate::resolve::Source;
use crate::txt_record::TxtRecord;
use crate::{Exit, terminal};
use ipnet::IpNet;
use mailproof::Name;
use mailproof::spf::{Content, Limits, Listed, Listing, Qualifier, Term};
use serde_json::json;
use std::fmt::Write as _;
use std::time::Duration;

/// Prints an SPF policy that names networks in place of includes, so that it asks DNS as little as possible.
///
/// What cannot be listed stays as it is, and so do the includes named by --keep. A policy that is too long for one record is spread over
/// records of their own (_spf1 and so on). Exit code 1: the policy is broken, or does not fit; 75: DNS failed.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Whose policy.
    domain: String,
    /// Leave the include or redirect of this name as it is; may be given several times.
    #[arg(long, value_name = "NAME")]
    keep: Vec<String>,
    /// Octets of one record at most: with name and header, the answer is to fit a small UDP reply.
    #[arg(long, value_name = "OCTETS", default_value_t = 450, value_parser = clap::value_parser!(u16).range(100..=4000))]
    octets: u16,
    #[command(flatten)]
    source: Source,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Exit, Unreadable> {
    let keep = arguments.keep.iter().map(|name| domain_name(name)).collect::<Result<Vec<_>, _>>()?;
    let listing = of_domain(&arguments.source, &arguments.domain)?;
    let flattened = flatten(&listing, &keep, arguments.octets.into());
    let records = match flattened {
        Ok(records) => records,
        Err(refusal) => {
            terminal::complain(&format!("{}: {refusal}", listing.policy.domain));
            let exit = exit_of(&listing);
            return Ok(if exit == Exit::Undecided { exit } else { Exit::Bad });
        }
    };
    if terminal::manner().json {
        let shown: Vec<_> = records
            .iter()
            .map(|record| json!({ "name": record.name.as_str(), "txt": record.text }))
            .collect();
        terminal::print_json(&json!({
            "schema": "mailproof.spf-flatten/1",
            "domain": listing.policy.domain.as_str(),
            "ttl": listing.ttl.as_secs(),
            "records": shown,
        }));
        return Ok(Exit::Good);
    }
    let lines: String = records.iter().map(|record| record.zone_file() + "\n").collect();
    terminal::print(&lines);
    if !terminal::manner().quiet {
        terminal::tell(&advice(&listing, &records));
    }
    Ok(Exit::Good)
}

/// Why a policy cannot be flattened.
#[derive(Debug, thiserror::Error)]
enum Refusal {
    #[error("an evaluation of the policy may end in an error; `mailproof spf walk` tells where")]
    Broken,
    #[error("the policy needs several records, and there is no room for another label before the name")]
    NameTooLong,
    #[error("{needed} lookups would be needed and 10 are allowed; --keep an include with many networks")]
    TooLong { needed: usize },
}

fn flatten(listing: &Listing, keep: &[Name], octets: usize) -> Result<Vec<TxtRecord>, Refusal> {
    let is_kept = |listed: &Listed| is_named(listed, keep) || has_unlistable(&listed.content);
    let kept: Vec<&Listed> = listing.policy.terms.iter().flatten().filter(|listed| is_kept(listed)).collect();
    let decided = Decided::of_all_but(&listing.policy, is_kept);
    if !decided.decided_so(|decision| decision.result.is_none()).is_empty() || listing.policy.terms.is_err() {
        return Err(Refusal::Broken);
    }
    let pieces = pieces(&decided, &kept);
    let end = decided
        .rest()
        .and_then(|rest| rest.result)
        .map_or(String::new(), |result| format!(" {}all", sign(result)));
    let records = written(&listing.policy.domain, &pieces, &end, octets)?;
    let limit = usize::try_from(Limits::default().terms).unwrap_or(usize::MAX);
    let asking = kept.iter().map(|listed| lookups(listed)).sum::<usize>();
    let needed = asking + records.len().saturating_sub(1);
    if needed > limit { Err(Refusal::TooLong { needed }) } else { Ok(records) }
}

fn is_named(listed: &Listed, keep: &[Name]) -> bool {
    matches!(&listed.content, Content::Policy(policy) if keep.contains(&policy.domain))
}

fn has_unlistable(content: &Content) -> bool {
    match content {
        Content::Policy(policy) => {
            policy.terms.iter().flatten().any(|listed| has_unlistable(&listed.content))
        }
        Content::Unlistable(_) => true,
        _ => false,
    }
}

/// Terms that ask DNS in a term and all it includes.
fn lookups(listed: &Listed) -> usize {
    let own = match &listed.term {
        Term::Directive(directive) => usize::from(directive.mechanism.asks()),
        Term::Modifier(_) => 1,
    };
    let inner = match &listed.content {
        Content::Policy(policy) => policy.terms.iter().flatten().map(lookups).sum(),
        _ => 0,
    };
    own + inner
}

/// A part of the policy, in order.
enum Piece {
    /// A term as it is. Networks that do not pass are among them: an include could not say so.
    Term(String),
    /// A network that passes: it may stand in a record that is included.
    Passing(String),
}

fn pieces(decided: &Decided, kept: &[&Listed]) -> Vec<Piece> {
    let mut pieces = Vec::new();
    for behind in 0..=decided.unlisted() {
        for result in [Qualifier::Pass, Qualifier::Fail, Qualifier::Softfail, Qualifier::Neutral] {
            let here = Decision { result: Some(result), behind };
            if decided.rest() == Some(here) {
                continue;
            }
            let networks: Addresses = decided.decided_so(|decision| decision == here);
            pieces.extend(networks.networks().iter().map(|network| match result {
                Qualifier::Pass => Piece::Passing(mechanism(network)),
                Qualifier::Fail | Qualifier::Softfail | Qualifier::Neutral => {
                    Piece::Term(format!("{}{}", sign(result), mechanism(network)))
                }
            }));
        }
        pieces.extend(kept.get(behind).map(|listed| Piece::Term(listed.term.to_string())));
    }
    pieces
}

/// The records: one, or one that includes others in which the networks stand.
fn written(domain: &Name, pieces: &[Piece], end: &str, octets: usize) -> Result<Vec<TxtRecord>, Refusal> {
    let mut whole = "v=spf1".to_owned();
    for Piece::Term(term) | Piece::Passing(term) in pieces {
        let _ = write!(whole, " {term}");
    }
    whole.push_str(end);
    if whole.len() <= octets {
        return Ok(vec![TxtRecord { name: domain.clone(), text: whole }]);
    }
    let mut root = "v=spf1".to_owned();
    let mut others: Vec<TxtRecord> = Vec::new();
    let mut is_open = false;
    for piece in pieces {
        let term = match piece {
            Piece::Term(term) => {
                is_open = false;
                let _ = write!(root, " {term}");
                continue;
            }
            Piece::Passing(term) => term,
        };
        let open = others
            .last_mut()
            .filter(|record| is_open && record.text.len() + 1 + term.len() + END.len() <= octets);
        match open {
            Some(record) => {
                let _ = write!(record.text, " {term}");
            }
            None => {
                let name =
                    domain.child(&format!("_spf{}", others.len() + 1)).map_err(|_| Refusal::NameTooLong)?;
                let _ = write!(root, " include:{name}");
                others.push(TxtRecord { name, text: format!("v=spf1 {term}") });
                is_open = true;
            }
        }
    }
    root.push_str(end);
    others.iter_mut().for_each(|record| record.text.push_str(END));
    Ok(std::iter::once(TxtRecord { name: domain.clone(), text: root }).chain(others).collect())
}

/// How a record ends that is only included: what it says of others does not matter (RFC 7208 §5.2), but whoever finds it is to see
/// that it is complete.
const END: &str = " -all";

const fn sign(result: Qualifier) -> &'static str {
    match result {
        Qualifier::Pass => "",
        Qualifier::Fail => "-",
        Qualifier::Softfail => "~",
        Qualifier::Neutral => "?",
    }
}

fn mechanism(network: &IpNet) -> String {
    let name = if matches!(network, IpNet::V4(_)) { "ip4" } else { "ip6" };
    if network.prefix_len() == network.max_prefix_len() {
        return format!("{name}:{}", network.addr());
    }
    format!("{name}:{network}")
}

fn advice(listing: &Listing, records: &[TxtRecord]) -> String {
    let octets: usize = records.iter().map(|record| record.text.len()).sum();
    let hours = Duration::from_secs(listing.ttl.as_secs().max(3600)).as_secs() / 3600;
    format!(
        "{octets} octets in {}. The names behind it hold for {} s: compare with `mailproof spf diff` every {}, and publish with a TTL no longer than that.\n",
        if records.len() == 1 { "one record".to_owned() } else { format!("{} records", records.len()) },
        listing.ttl.as_secs(),
        if hours == 1 { "hour".to_owned() } else { format!("{hours} hours") },
    )
}
