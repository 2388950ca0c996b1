//! SPF of a domain.

use super::facts::{Facts, failure, is_void};
use super::tree::{Tree, is_spf, permits_anybody};
use super::{Budget, Mail, Report, Wanted};
use crate::catalogue::Family;
use crate::finding::{Damage, Finding, shown};
use crate::record::{Protocol, Record, lint};
use crate::spf::{NEARLY, Networks, TERMS, count};
use mailproof::Name;
use mailproof::dns::{Answer, Failure, Kind, Outcome, Txt};
use mailproof::spf::{self, Mechanism, Qualifier};
use std::sync::Arc;

/// Void lookups that are tolerated (RFC 7208 §4.6.4).
const VOIDS: usize = 2;

/// Names below a domain where its record is published by mistake.
const OTHER_NAMES: [&str; 2] = ["_spf", "spf"];

pub(super) fn judge(facts: &mut Facts<'_>, wanted: &Wanted, mail: &Mail, report: &mut Report) {
    let domain = &wanted.domain;
    for helo in &wanted.helo {
        let answer = facts.ask(helo, Kind::Txt);
        let lacks = |answer: &Answer| failure(answer).is_none() && !answer.txt().iter().any(is_spf);
        if answer.is_some_and(|answer| lacks(&answer)) {
            report.push(Finding::spf(51, format!("{helo} has no SPF record")).of(helo));
        }
    }
    let Some(answer) = facts.ask(domain, Kind::Txt) else {
        return;
    };
    if let Some(failure) = failure(&answer) {
        let finding = Finding::spf(7, format!("TXT of {domain}: {failure}")).of(domain);
        report.push(match failure {
            Failure::Unreachable => finding.help("no server could be asked, which is no fault of the domain"),
            _ => finding,
        });
        return;
    }
    let records: Vec<&Txt> = answer.txt().iter().filter(|txt| is_spf(txt)).collect();
    for sender_id in answer.txt().iter().filter(|txt| txt.octets().starts_with(b"spf2.0/")) {
        report.adopt(
            lint(&Record::found(Protocol::Spf, sender_id.clone(), domain.clone())),
            domain,
            sender_id,
        );
    }
    match records.as_slice() {
        [] => absent(facts, wanted, mail, &answer, report),
        [txt] => present(facts, wanted, mail, txt, report),
        several => {
            report.spf_is_broken = true;
            let texts: Vec<_> = several.iter().map(|txt| format!("\"{}\"", shown(txt.octets()))).collect();
            let message = format!("{} SPF records: {}", several.len(), texts.join(", "));
            report.push(Finding::spf(4, message).breaking().of(domain));
        }
    }
}

fn absent(facts: &mut Facts<'_>, wanted: &Wanted, mail: &Mail, answer: &Answer, report: &mut Report) {
    let domain = &wanted.domain;
    if answer.denies_name() {
        report.push(Finding::spf(6, format!("{domain} does not exist")).of(domain));
        return;
    }
    // A text that was meant as one.
    let meant = answer.txt().iter().filter(|txt| {
        let begin = txt.octets().get(..24).unwrap_or(txt.octets()).to_ascii_lowercase();
        begin.windows(5).any(|window| window == b"v=spf")
    });
    let mut is_told = false;
    for txt in meant {
        is_told = true;
        report.adopt(lint(&Record::found(Protocol::Spf, txt.clone(), domain.clone())), domain, txt);
    }
    for label in OTHER_NAMES {
        let Some(name) = domain.child(label).ok() else {
            continue;
        };
        if facts.own_txt(domain, &name).iter().any(is_spf) {
            is_told = true;
            report.push(Finding::spf(48, format!("the record stands at {name}, not at {domain}")).of(&name));
        }
    }
    if is_told {
        return;
    }
    if mail.is_absent {
        let message = format!("{domain} takes no mail, and has no SPF record");
        report.push(Finding::spf(50, message).of(domain));
    } else {
        report.push(Finding::spf(5, format!("{domain} has no SPF record")).of(domain));
    }
}

fn present(facts: &mut Facts<'_>, wanted: &Wanted, mail: &Mail, txt: &Txt, report: &mut Report) {
    let domain = &wanted.domain;
    let mut findings = lint(&Record::found(Protocol::Spf, txt.clone(), domain.clone()));
    // The whole tree is counted below.
    findings.retain(|finding| !matches!(finding.check.number, 1 | 2));
    report.spf_is_broken = findings.iter().any(|finding| finding.damage == Damage::Record);
    report.adopt(findings, domain, txt);
    report.spf_record = Some(txt.clone());
    let Ok(record) = spf::Record::parse(txt.octets()) else {
        return;
    };
    let mut tree = Tree::of(facts, domain, &record, txt.octets());
    report.findings.append(&mut tree.findings);
    let costs: Vec<_> = tree.budget.iter().map(|(term, lookups)| format!("{term} {lookups}")).collect();
    let budget = costs.join(", ");
    match tree.lookups {
        0..NEARLY => {}
        used @ NEARLY..=TERMS => {
            report.push(Finding::spf(2, format!("{used} of {TERMS} lookups: {budget}")).of(domain));
        }
        used => {
            report.spf_is_broken = true;
            report.push(Finding::spf(1, format!("{used} lookups, limit {TERMS}: {budget}")).of(domain));
        }
    }
    if tree.voids.len() > VOIDS {
        report.spf_is_broken = true;
        let message = format!("{} void lookups, limit {VOIDS}: {}", tree.voids.len(), tree.voids.join(", "));
        report.push(Finding::spf(3, message).of(domain));
    }
    let is_told = |finding: &Finding| matches!(finding.check.to_string().as_str(), "SPF-030" | "SPF-032");
    if Networks::union(tree.networks.iter().copied()).covers_family() && !report.findings.iter().any(is_told)
    {
        let message = "with all that it includes, the record lets every address pass";
        report.push(Finding::spf(32, message).of(domain).quoting(&Arc::from(txt.octets())));
    }
    let fatal = |finding: &Finding| {
        matches!(
            finding.check.to_string().as_str(),
            "SPF-004" | "SPF-008" | "SPF-009" | "SPF-021" | "SPF-022"
        )
    };
    let breaks = |finding: &Finding| finding.check.family == Family::Spf && finding.damage == Damage::Record;
    report.spf_is_broken |= report.findings.iter().any(|finding| fatal(finding) || breaks(finding));
    parked(&record, mail, domain, txt, report);
    if let Some(was) = &wanted.was {
        outgrown(facts, domain, was, &tree, report);
    }
    report.spf_permits = permits_anybody(&record);
    report.budget = Some(Budget { lookups: tree.lookups, voids: tree.voids.len(), terms: tree.budget });
}

/// A domain that takes no mail and lets nobody send should say so plainly.
fn parked(record: &spf::Record, mail: &Mail, domain: &Name, txt: &Txt, report: &mut Report) {
    let denies = record
        .directives()
        .any(|directive| directive.mechanism == Mechanism::All && directive.qualifier == Qualifier::Fail);
    if mail.is_absent && !permits_anybody(record) && !denies {
        let message = format!("{domain} takes no mail and lets nobody send, but does not end with -all");
        report.push(Finding::spf(50, message).of(domain).quoting(&Arc::from(txt.octets())));
    }
}

/// Whether the record that was flattened permits more by now than what was made of it.
fn outgrown(facts: &mut Facts<'_>, domain: &Name, was: &Txt, tree: &Tree, report: &mut Report) {
    let Ok(source) = spf::Record::parse(was.octets()) else {
        return;
    };
    let source = Tree::of(facts, domain, &source, was.octets());
    let published = Networks::union(tree.networks.iter().copied());
    let missing: Vec<_> = source.networks.iter().filter(|network| !published.covers(**network)).collect();
    if let Some(first) = missing.first() {
        let others = count(missing.len(), "network");
        let message = format!("the source permits {others} that the record lacks, such as {first}");
        report.push(Finding::spf(52, message).of(domain));
    }
}

impl Mail {
    /// Whether a domain takes mail: by its MX records, or by addresses of its own (RFC 5321 §5.1).
    pub(super) fn of(facts: &mut Facts<'_>, domain: &Name) -> Option<Self> {
        let exchanges = facts.ask(domain, Kind::Mx);
        let host = facts.addresses(domain);
        let exchanges = exchanges?;
        let is_null = matches!(exchanges.outcome(), Outcome::Found(mailproof::dns::Records::Mx(found))
            if found.iter().all(|mx| mx.exchange.is_root()));
        let is_absent = is_null || is_void(&exchanges) && host?.is_void();
        Some(Self { is_null, is_absent })
    }
}
