//! DKIM keys of a domain.

use super::facts::{Facts, PROBE};
use super::{Report, Selector, State, Wanted};
use crate::finding::{Finding, shown};
use crate::record::{Protocol, Record, lint};
use mailproof::dkim::{KeyFlaw, KeyRecord};
use mailproof::dns::{Answer, Kind, Outcome, Txt};
use mailproof::{KeyType, Name};
use std::sync::Arc;
use std::time::Duration;

/// Selectors that large senders and common software use.
pub const SELECTORS: [&str; 24] = [
    "default",
    "dkim",
    "google",
    "selector1",
    "selector2",
    "s1",
    "s2",
    "k1",
    "k2",
    "k3",
    "mail",
    "smtp",
    "mandrill",
    "mailjet",
    "zoho",
    "zmail",
    "fm1",
    "fm2",
    "fm3",
    "protonmail",
    "protonmail2",
    "protonmail3",
    "sig1",
    "cm",
];

/// TTLs of keys that are usual.
const TTLS: std::ops::RangeInclusive<Duration> = Duration::from_secs(60)..=Duration::from_secs(86_400);

pub(super) fn judge(facts: &mut Facts<'_>, wanted: &Wanted, report: &mut Report) {
    let Ok(zone) = wanted.domain.child("_domainkey") else {
        return;
    };
    let top = facts.ask(&zone, Kind::Txt);
    let probe = zone.child(PROBE).ok().and_then(|name| facts.ask(&name, Kind::Txt));
    // What a wildcard answers is no key of a selector.
    let wildcard: Vec<Txt> = probe.as_ref().map(|answer| answer.txt().to_vec()).unwrap_or_default();
    if let Some(txt) = wildcard.first() {
        let message = format!("any selector is answered with \"{}\"", shown(txt.octets()));
        report.push(Finding::dkim(28, message).of(&zone).quoting(&Arc::from(txt.octets())));
    }
    let common = SELECTORS.iter().map(|selector| ((*selector).to_owned(), false));
    let given = wanted.selectors.iter().map(|selector| (selector.clone(), true));
    for (selector, is_given) in given.chain(common.filter(|(common, _)| !wanted.selectors.contains(common))) {
        let Some(name) = zone.child(&selector).ok() else {
            continue;
        };
        let Some(answer) = facts.ask(&name, Kind::Txt) else {
            continue;
        };
        let state = judge_selector(facts, &name, &answer, &wildcard, report);
        if is_given && state == State::Absent {
            misplaced(facts, &wanted.domain, &selector, &name, report);
        }
        if is_given || state != State::Absent {
            report.selectors.push(Selector { name, state, is_given });
        }
    }
    let has_any = report
        .selectors
        .iter()
        .any(|selector| matches!(selector.state, State::Key | State::Revoked | State::Broken));
    if has_any && top.as_ref().is_some_and(Answer::denies_name) {
        report.push(Finding::dns(1, format!("{zone} is NXDOMAIN, though keys stand below it")).of(&zone));
    }
    let only_ed25519 = report.key_types.iter().all(|kind| *kind == KeyType::Ed25519);
    if only_ed25519 && !report.key_types.is_empty() {
        report.push(Finding::dkim(17, "every key that was found is Ed25519").of(&zone));
    }
}

fn judge_selector(
    facts: &mut Facts<'_>,
    name: &Name,
    answer: &Answer,
    wildcard: &[Txt],
    report: &mut Report,
) -> State {
    match answer.outcome() {
        Outcome::Failed(_) => return State::Unknown,
        Outcome::NxDomain if !answer.aliases().is_empty() => {
            let target = answer.aliases().last().map(Name::as_str).unwrap_or_default();
            report.push(
                Finding::dkim(24, format!("{name} is an alias of {target}, which does not exist")).of(name),
            );
            return State::Broken;
        }
        Outcome::NoData | Outcome::NxDomain => return State::Absent,
        Outcome::Found(_) => {}
    }
    let own: Vec<&Txt> = answer.txt().iter().filter(|txt| !wildcard.contains(txt)).collect();
    if own.is_empty() {
        return State::Absent;
    }
    if own.len() > 1 {
        report.push(Finding::dkim(1, format!("{name} has {} TXT records", own.len())).of(name));
    }
    if answer.aliases().is_empty() {
        let addresses = facts.ask(name, Kind::A);
        if addresses.is_some_and(|addresses| !addresses.aliases().is_empty()) {
            report.push(Finding::dkim(25, format!("{name} has a TXT record and is an alias")).of(name));
        }
    }
    if !TTLS.contains(&answer.ttl()) {
        // A resolver tells what is left of the TTL, which is short at times, whatever was published.
        let rest = if answer.ttl() < *TTLS.start() { ", or what a cache has left of it" } else { "" };
        report.push(Finding::dns(13, format!("{name}: TTL {} s{rest}", answer.ttl().as_secs())).of(name));
    }
    let mut state = State::Broken;
    for txt in own {
        let record = Record::found(Protocol::Dkim, txt.clone(), name.clone());
        report.adopt(lint(&record), name, txt);
        match KeyRecord::parse(txt.octets()) {
            Ok(key) => {
                state = State::Key;
                report.key_types.push(key.key_type());
                report.keys.push((name.clone(), key.public_key()));
            }
            Err(KeyFlaw::Revoked) if state != State::Key => state = State::Revoked,
            Err(_) => {}
        }
    }
    state
}

/// Where the record of a selector may have gone.
fn misplaced(facts: &mut Facts<'_>, domain: &Name, selector: &str, name: &Name, report: &mut Report) {
    let doubled = Name::parse(format!("{name}.{domain}")).ok();
    let without = domain.child(&format!("{selector}.domainkey")).ok();
    for (other, number) in [(doubled, 26), (without, 27)] {
        let Some(other) = other else {
            continue;
        };
        if !facts.own_txt(domain, &other).is_empty() {
            report.push(
                Finding::dkim(number, format!("the record stands at {other}, not at {name}")).of(&other),
            );
        }
    }
}
