//! Mail exchanges of a domain, and the names of their addresses.

use super::facts::{Facts, Host};
use super::{Mail, Report, Wanted};
use crate::finding::Finding;
use mailproof::Name;
use mailproof::dns::{Answer, Kind, Mx, Outcome, Records};
use mailproof::iprev;
use std::net::{IpAddr, Ipv4Addr};

/// Mail exchanges, and addresses of all of them, that are looked at.
const EXCHANGES: usize = 10;
const ADDRESSES: usize = 12;

/// What people write where they mean a null MX.
const NULLS: [&str; 9] = ["nullmx", "null", "0", "none", "nomx", "no-mx", "nomail", "no-mail", "0.0.0.0"];

pub(super) fn judge(facts: &mut Facts<'_>, wanted: &Wanted, mail: &Mail, report: &mut Report) {
    let domain = &wanted.domain;
    let Some(answer) = facts.ask(domain, Kind::Mx) else {
        return;
    };
    let exchanges: Vec<Mx> = match answer.outcome() {
        Outcome::Found(Records::Mx(found)) => found.clone(),
        _ => Vec::new(),
    };
    if exchanges.iter().any(|mx| mx.exchange.is_root()) && exchanges.len() > 1 {
        let message = format!("a null MX stands beside {} others", exchanges.len() - 1);
        report.push(Finding::dns(15, message).of(domain));
    }
    if mail.is_null && report.spf_permits {
        let message = format!("{domain} takes no mail (null MX), but its SPF record lets somebody send");
        report.push(Finding::dns(16, message).of(domain));
    }
    let mut addresses = Vec::new();
    for mx in exchanges.iter().filter(|mx| !mx.exchange.is_root()).take(EXCHANGES) {
        if is_null_typo(&mx.exchange) {
            let message = format!("MX {} {} is no null MX", mx.preference, mx.exchange);
            report.push(Finding::dns(14, message).of(domain));
            continue;
        }
        if let Some(why) = no_host(&mx.exchange) {
            report.push(Finding::dns(17, format!("MX {}: {why}", mx.exchange)).of(domain));
            continue;
        }
        let Some(host) = facts.addresses(&mx.exchange) else {
            continue;
        };
        if let Some(why) = undeliverable(&host) {
            report.push(Finding::dns(17, format!("MX {}: {why}", mx.exchange)).of(domain));
        }
        addresses.extend(host.addresses());
    }
    addresses.sort_unstable();
    addresses.dedup();
    for address in addresses.into_iter().take(ADDRESSES) {
        reverse(facts, domain, address, report);
    }
}

fn is_null_typo(exchange: &Name) -> bool {
    let first = exchange.labels().next().unwrap_or_default();
    NULLS.contains(&exchange.as_str()) || matches!(first, "nullmx" | "null-mx") && exchange.label_count() < 4
}

/// A name that cannot be one of a host.
fn no_host(exchange: &Name) -> Option<&'static str> {
    let text = exchange.as_str();
    if text.parse::<Ipv4Addr>().is_ok() {
        return Some("an address in place of a name");
    }
    let is_local = text == "localhost" || text.ends_with(".localhost") || text.ends_with(".localdomain");
    is_local.then_some("the host that asks")
}

fn undeliverable(host: &Host) -> Option<String> {
    if let Some(target) = host.alias() {
        return Some(format!("an alias of {target}"));
    }
    let denied = Answer::denies_name(&host.v4) || Answer::denies_name(&host.v6);
    if denied {
        return Some("it does not exist".to_owned());
    }
    let is_loopback = |address: &IpAddr| address.is_loopback() || address.is_unspecified();
    let addresses = host.addresses();
    if !addresses.is_empty() && addresses.iter().all(is_loopback) {
        return Some("it has the address of the host that asks".to_owned());
    }
    host.is_void().then(|| "it has no address".to_owned())
}

/// RFC 8601 §3: the address has a name that has this address.
fn reverse(facts: &mut Facts<'_>, domain: &Name, address: IpAddr, report: &mut Report) {
    let Some(verdict) = facts.run(iprev::check(address)) else {
        return;
    };
    let message = match &verdict.outcome {
        iprev::Outcome::Temperror(_) => return,
        iprev::Outcome::Pass => match verdict.name.as_ref().filter(|name| is_generic(name, address)) {
            Some(name) => format!("{address}: the name {name} is one that a provider gives to any customer"),
            None => return,
        },
        iprev::Outcome::Fail(_) | iprev::Outcome::Permerror(_) => format!("{address}: {}", verdict.reason()),
    };
    report.push(Finding::dns(18, message).of(domain));
}

/// Whether a name is made of the address itself.
fn is_generic(name: &Name, address: IpAddr) -> bool {
    let IpAddr::V4(v4) = address else {
        return false;
    };
    let [a, b, c, d] = v4.octets();
    let text = name.as_str();
    [[a, b, c, d], [d, c, b, a]].iter().any(|[one, two, three, four]| {
        ["-", "."].iter().any(|joint| {
            let written = [one, two, three, four].map(ToString::to_string).join(joint);
            text.contains(&written)
        })
    })
}

impl Mail {
    /// Nothing is known.
    pub(super) const UNKNOWN: Self = Self { is_null: false, is_absent: false };
}
