//! DMARC of a domain.

use super::facts::{Facts, failure, is_void};
use super::{Report, State, Wanted};
use crate::finding::{Finding, shown};
use crate::record::{Protocol, Record, lint};
use mailproof::Name;
use mailproof::dmarc::{Discovered, Discovery, Finding as Found, Policy, ReportUri, Settings, discover};
use mailproof::dns::{Answer, Kind, Outcome, Records, Txt};
use std::sync::Arc;

/// Addresses for reports that are looked at.
const ADDRESSES: usize = 10;

pub(super) fn judge(facts: &mut Facts<'_>, wanted: &Wanted, report: &mut Report) {
    let domain = &wanted.domain;
    let own =
        domain.child("_dmarc").ok().and_then(|name| facts.ask(&name, Kind::Txt).map(|answer| (name, answer)));
    let walk = facts.run(discover(domain.clone(), &Settings { walk_ahead: true, ..Settings::default() }));
    let list = Settings { discovery: Discovery::PublicSuffixList, ..Settings::default() };
    let list = facts.run(discover(domain.clone(), &list));
    apex(facts, domain, report);
    if let Some((name, answer)) = &own {
        published(name, answer, report);
    }
    let Some(walk) = walk else {
        return;
    };
    let is_told = own.as_ref().is_some_and(|(_, answer)| !answer.txt().is_empty());
    match &walk.finding {
        Found::Applies(applicable) => {
            report.policy_domain = Some(applicable.published.domain.clone());
            report.policy = applicable.policy.as_ref().ok().copied();
            let record = &applicable.published.record;
            let uris: Vec<_> = record.rua.iter().chain(&record.ruf).take(ADDRESSES).collect();
            for uri in uris {
                address(facts, &applicable.published.domain, uri, report);
            }
            if let Some(list) = &list {
                disagreement(domain, &walk, list, report);
            }
        }
        Found::None(_) if !is_told => missing(facts, domain, report),
        Found::None(_) | Found::Temperror(_) => {}
    }
    let has_key = report.selectors.iter().any(|selector| selector.state == State::Key);
    let is_strict = report.policy.is_some_and(|policy| policy > Policy::None);
    if is_strict && report.spf_is_broken && !has_key {
        let message = "SPF is permerror, and no DKIM key was found: nothing can pass";
        report.push(Finding::dmarc(35, message).of(domain));
    }
}

/// What stands at `_dmarc` below the domain itself.
fn published(name: &Name, answer: &Answer, report: &mut Report) {
    let is_record = |txt: &&Txt| mailproof::dmarc::Record::parse(txt.octets()).is_ok();
    let records = answer.txt().iter().filter(is_record).count();
    if records > 1 {
        report.push(Finding::dmarc(2, format!("{name} has {records} DMARC records")).breaking().of(name));
        return;
    }
    for txt in answer.txt() {
        let mut findings = lint(&Record::found(Protocol::Dmarc, txt.clone(), name.clone()));
        // Beside a record, everything else is merely in the way.
        if records == 1 && !is_record(&txt) {
            findings =
                vec![Finding::dmarc(33, format!("\"{}\" stands beside the record", shown(txt.octets())))];
        }
        report.adopt(findings, name, txt);
    }
}

fn apex(facts: &mut Facts<'_>, domain: &Name, report: &mut Report) {
    let Some(answer) = facts.ask(domain, Kind::Txt) else {
        return;
    };
    let begins =
        |txt: &&Txt| txt.octets().get(..8).is_some_and(|begin| begin.eq_ignore_ascii_case(b"v=dmarc1"));
    if let Some(txt) = answer.txt().iter().find(begins) {
        let message = format!("a DMARC record stands at {domain}, not at _dmarc.{domain}");
        report.push(Finding::dmarc(3, message).of(domain).quoting(&Arc::from(txt.octets())));
    }
}

fn missing(facts: &mut Facts<'_>, domain: &Name, report: &mut Report) {
    let doubled = Name::parse(format!("_dmarc.{domain}.{domain}")).ok();
    if let Some(name) = doubled.filter(|name| !facts.own_txt(domain, name).is_empty()) {
        report.push(Finding::dmarc(4, format!("the record stands at {name}")).of(&name));
    }
    let message = format!("no DMARC record, neither at _dmarc.{domain} nor above it");
    report.push(Finding::dmarc(1, message).of(domain));
}

/// RFC 9990 §4: whether reports may and can be sent to an address.
fn address(facts: &mut Facts<'_>, policy_domain: &Name, uri: &ReportUri, report: &mut Report) {
    let Some(mailbox) = uri.mailbox() else {
        return;
    };
    let Some(host) = mailbox.rsplit_once('@').and_then(|(_, host)| Name::parse(host).ok()) else {
        return;
    };
    let finding = |number, message: String| Finding::dmarc(number, message).of(policy_domain);
    let exchanges = facts.ask(&host, Kind::Mx);
    let is_null = exchanges.as_ref().is_some_and(|answer| match answer.outcome() {
        Outcome::Found(Records::Mx(found)) => found.iter().all(|mx| mx.exchange.is_root()),
        _ => false,
    });
    if is_null {
        report.push(finding(17, format!("{mailbox}: {host} takes no mail (null MX)")));
    } else if exchanges.as_ref().is_some_and(is_void)
        && facts.addresses(&host).is_some_and(|addresses| addresses.is_void())
    {
        report.push(finding(17, format!("{mailbox}: {host} has no MX record and no address")));
    }
    let settings = Settings { walk_ahead: true, ..Settings::default() };
    let Some(theirs) = facts.run(discover(host.clone(), &settings)) else {
        return;
    };
    let Some(ours) = facts.run(discover(policy_domain.clone(), &settings)) else {
        return;
    };
    if theirs.organizational_domain == ours.organizational_domain
        || host.is_within(policy_domain)
        || policy_domain.is_within(&host) && host.label_count() > 1
    {
        return;
    }
    let Ok(permission) = Name::parse(format!("{policy_domain}._report._dmarc.{host}")) else {
        return;
    };
    let Some(answer) = facts.ask(&permission, Kind::Txt) else {
        return;
    };
    let permits = |txt: &Txt| mailproof::dmarc::Record::parse(txt.octets()).is_ok();
    if failure(&answer).is_none() && !answer.txt().iter().any(permits) {
        let help = format!("{permission} TXT \"v=DMARC1;\"");
        report.push(finding(18, format!("{mailbox}: there is no record at {permission}")).help(help));
    }
}

/// Whether receivers of RFC 9989 and of RFC 7489 come to the same.
fn disagreement(domain: &Name, walk: &Discovered, list: &Discovered, report: &mut Report) {
    let organization = |discovered: &Discovered| discovered.organizational_domain.clone();
    let policy = |discovered: &Discovered| match &discovered.finding {
        Found::Applies(applicable) => Some(applicable.published.domain.clone()),
        Found::None(_) | Found::Temperror(_) => None,
    };
    let (Some(by_walk), Some(by_list)) = (organization(walk), organization(list)) else {
        return;
    };
    if by_walk != by_list {
        let message = format!("organizational domain {by_walk} by the tree walk, {by_list} by the list");
        report.push(Finding::dmarc(36, message).of(domain));
    } else if let (Some(walked), Some(listed)) = (policy(walk), policy(list))
        && walked != listed
    {
        let message =
            format!("the record of {walked} applies by the tree walk, that of {listed} by the list");
        report.push(Finding::dmarc(36, message).of(domain));
    }
}
