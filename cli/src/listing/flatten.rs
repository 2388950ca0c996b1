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
use mailproof::spf::{Content, Limits, Listed, Listing, Qualifier, Term, Trouble};
use serde_json::{Value, json};
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
            if terminal::manner().json {
                terminal::print_json(&to_json(&listing, &[], Some(&refusal)));
            }
            terminal::complain(&format!("{}: {refusal}", listing.policy.domain));
            let exit = exit_of(&listing);
            return Ok(if exit == Exit::Undecided { exit } else { Exit::Bad });
        }
    };
    if terminal::manner().json {
        terminal::print_json(&to_json(&listing, &records, None));
        return Ok(Exit::Good);
    }
    let lines: String = records.iter().map(|record| record.zone_file() + "\n").collect();
    terminal::print(&lines);
    if !terminal::manner().quiet {
        terminal::tell(&advice(&listing, &records));
    }
    Ok(Exit::Good)
}

fn to_json(listing: &Listing, records: &[TxtRecord], refusal: Option<&Refusal>) -> Value {
    let shown: Vec<_> =
        records.iter().map(|record| json!({ "name": record.name.as_str(), "txt": record.text })).collect();
    json!({
        "schema": "mailproof.spf-flatten/1",
        "domain": listing.policy.domain.as_str(),
        "ttl": listing.ttl.as_secs(),
        "records": shown,
        "reason": refusal.map(ToString::to_string),
    })
}

/// Why a policy cannot be flattened.
#[derive(Debug, thiserror::Error)]
enum Refusal {
    #[error("{0}")]
    Absent(Trouble),
    #[error("an evaluation of the policy may end in an error; `mailproof spf walk` tells where")]
    Broken,
    #[error("the policy needs several records, and there is no room for another label before the name")]
    NameTooLong,
    #[error("{needed} lookups would be needed and 10 are allowed; --keep an include with many networks")]
    TooLong { needed: usize },
}

fn flatten(listing: &Listing, keep: &[Name], octets: usize) -> Result<Vec<TxtRecord>, Refusal> {
    if let Err(trouble) = &listing.policy.terms {
        return Err(Refusal::Absent(trouble.clone()));
    }
    let is_kept = |listed: &Listed| is_named(listed, keep) || has_unlistable(&listed.content);
    let mut kept: Vec<&Listed> =
        listing.policy.terms.iter().flatten().filter(|listed| is_kept(listed)).collect();
    let decided = Decided::of_all_but(&listing.policy, is_kept);
    if !decided.decided_so(|decision| decision.result.is_none()).is_empty() {
        return Err(Refusal::Broken);
    }
    // What stands behind a term that matches everyone is never tested, and the record ends with that term.
    if let Some(rest) = decided.rest() {
        kept.truncate(rest.behind);
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

#[cfg(test)]
mod tests {
    use super::*;
    use mailproof::dns::Zone;
    use mailproof::eval::{Evaluation, Step};
    use mailproof::spf;
    use proptest::prelude::*;
    use serde_json::Map;
    use std::net::IpAddr;

    const NAMES: [&str; 4] = ["a", "b", "c", "d"];

    /// Addresses close together, so that networks overlap and touch.
    fn address() -> impl Strategy<Value = IpAddr> {
        prop_oneof![
            3 => (0_u8..16).prop_map(|last| IpAddr::from([192, 0, 2, last])),
            1 => (0_u16..8).prop_map(|last| IpAddr::from([0x2001, 0xdb8, 0, 0, 0, 0, 0, last])),
        ]
    }

    fn term() -> impl Strategy<Value = String> {
        let network = (address(), 0_u8..4).prop_map(|(address, host_bits)| match address {
            IpAddr::V4(v4) => format!("ip4:{v4}/{}", 32 - host_bits),
            IpAddr::V6(v6) => format!("ip6:{v6}/{}", 128 - host_bits),
        });
        let mechanism = prop_oneof![
            8 => network,
            2 => ("[a-d]", 28_u8..33, 125_u8..129).prop_map(|(host, v4, v6)| format!("a:{host}.host.example/{v4}//{v6}")),
            1 => "[a-d]".prop_map(|host| format!("mx:{host}.host.example")),
            3 => "[b-d]".prop_map(|name| format!("include:{name}.example")),
            2 => "[a-d]".prop_map(|list| format!("exists:%{{i}}.{list}.list.example")),
            1 => Just("all".to_owned()),
        ];
        ("[-~?+]?", mechanism).prop_map(|(sign, mechanism)| sign + &mechanism)
    }

    fn record() -> impl Strategy<Value = String> {
        let redirect = prop_oneof![
            3 => Just(String::new()),
            1 => "[b-d]".prop_map(|name| format!(" redirect={name}.example")),
        ];
        (prop::collection::vec(term(), 0..8), redirect).prop_map(|(terms, redirect)| {
            format!("v=spf1 {}{redirect}", terms.join(" ")).trim_end().to_owned()
        })
    }

    /// What a client gets, whatever it costs.
    fn judged(zone: &Value, client: IpAddr, terms: u32) -> spf::Outcome {
        let zone = Zone::from_json(&zone.to_string()).unwrap();
        let mut request = spf::Request::mail_from(client, "x.example", "joe@a.example");
        request.limits = Limits { terms, void_lookups: 1000, ..Limits::default() };
        spf::check(request).run_blocking(&zone).outcome
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]

        /// RFC 7208 §4.6.2: the same result for every client, whatever was put in place of what.
        #[test]
        fn a_flattened_policy_says_what_the_policy_says(
            records in prop::collection::vec(record(), 4),
            hosts in prop::collection::vec(prop::collection::vec(address(), 0..3), 4),
            listed in prop::collection::vec((address(), "[a-d]"), 0..6),
            keep in prop::collection::vec("[b-d]", 0..2),
            octets in 100_usize..500,
            clients in prop::collection::vec(address(), 12),
        ) {
            let mut zone = Map::new();
            for ((name, record), addresses) in NAMES.iter().zip(&records).zip(&hosts) {
                zone.insert(format!("{name}.example"), json!({ "TXT": [record] }));
                let (v4, v6): (Vec<IpAddr>, Vec<IpAddr>) = addresses.iter().partition(|address| address.is_ipv4());
                let host = format!("{name}.host.example");
                zone.insert(host.clone(), json!({ "A": v4, "AAAA": v6, "MX": [[10, host]] }));
            }
            for (address, list) in listed.iter().filter(|(address, _)| address.is_ipv4()) {
                zone.insert(format!("{address}.{list}.list.example"), json!({ "A": ["127.0.0.2"] }));
            }
            let mut zone = Value::Object(zone);
            let before = Zone::from_json(&zone.to_string()).unwrap();
            let Step::Done(listing) = spf::walk(Name::parse("a.example").unwrap()).step(&before) else {
                panic!("a zone knows everything");
            };
            let keep: Vec<Name> = keep.iter().map(|name| Name::parse(format!("{name}.example")).unwrap()).collect();
            let Ok(flat) = flatten(&listing, &keep, octets) else {
                return Ok(());
            };
            let expected: Vec<_> = clients.iter().map(|client| judged(&zone, *client, 100).word()).collect();
            for record in &flat {
                if flat.len() > 1 {
                    let is_root = record.name.as_str() == "a.example";
                    prop_assert!(is_root || record.text.len() <= octets, "{} octets", record.text.len());
                }
                zone[record.name.as_str()] = json!({ "TXT": [record.text] });
            }
            for (client, expected) in clients.iter().zip(expected) {
                prop_assert_eq!(judged(&zone, *client, 10).word(), expected, "{} {:?} {:?}", client, &records, &flat);
            }
        }
    }
}
