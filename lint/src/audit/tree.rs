//! The tree of an SPF record: everything it includes, and what that costs.

use super::facts::{Facts, failure, is_void};
use crate::finding::{Damage, Finding};
use crate::record::{Protocol, Record};
use crate::spf::Network;
use mailproof::Name;
use mailproof::dns::{Kind, Outcome, Records, Txt};
use mailproof::spf::{self, DomainSpec, Mechanism, Modifier, Prefixes, Qualifier, Term};
use std::sync::Arc;

/// Records read at most, and how deep.
const RECORDS: usize = 100;
const DEPTH: usize = 20;

/// Findings of one tree at most: whoever has more knows what to do.
const FINDINGS: usize = 100;

/// Mail exchanges of one `mx` at most (RFC 7208 §4.6.4).
const EXCHANGES: usize = 10;

/// What a record costs and permits, with all that it includes.
#[derive(Debug)]
pub(crate) struct Tree {
    /// Terms that ask DNS.
    pub(crate) lookups: usize,
    /// Terms whose name has no such record.
    pub(crate) voids: Vec<String>,
    /// The terms of the record itself that ask DNS, each with its lookups.
    pub(crate) budget: Vec<(String, usize)>,
    /// What may send.
    pub(crate) networks: Vec<Network>,
    pub(crate) findings: Vec<Finding>,
    records: usize,
    /// Whether what matches at this place passes in the end: no term on the way says otherwise (RFC 7208 §5.2).
    is_passing: bool,
}

/// Whether a text is an SPF record (RFC 7208 §4.5).
pub(crate) fn is_spf(txt: &Txt) -> bool {
    let octets = txt.octets();
    let begins = octets.get(..6).is_some_and(|begin| begin.eq_ignore_ascii_case(b"v=spf1"));
    begins && matches!(octets.get(6), None | Some(b' '))
}

impl Tree {
    /// The tree of a record published at `owner`, with everything known of it.
    pub(crate) fn of(facts: &mut Facts<'_>, owner: &Name, record: &spf::Record, text: &[u8]) -> Self {
        let mut tree = Self {
            lookups: 0,
            voids: Vec::new(),
            budget: Vec::new(),
            networks: Vec::new(),
            findings: Vec::new(),
            records: 0,
            is_passing: true,
        };
        tree.read(facts, owner, record, &Arc::from(text), &mut vec![owner.clone()]);
        tree
    }

    fn read(
        &mut self,
        facts: &mut Facts<'_>,
        owner: &Name,
        record: &spf::Record,
        text: &Arc<[u8]>,
        path: &mut Vec<Name>,
    ) {
        self.records += 1;
        let is_passing = self.is_passing;
        for term in record.terms() {
            let Term::Directive(directive) = term else {
                continue;
            };
            self.is_passing = is_passing && directive.qualifier == Qualifier::Pass;
            if directive.mechanism == Mechanism::All {
                // That of the record itself is seen without asking anybody.
                if path.len() > 1 && self.is_passing {
                    self.networks.extend(Network::everyone());
                }
                break;
            }
            if self.findings.len() >= FINDINGS {
                break;
            }
            let before = self.lookups;
            if self.is_passing {
                self.networks.extend(Network::of(directive));
            }
            self.lookups += usize::from(directive.mechanism.asks());
            let place = Place { owner, text, term: directive.to_string() };
            self.mechanism(facts, &directive.mechanism, &place, path);
            if path.len() == 1 && self.lookups > before {
                self.budget.push((place.term, self.lookups - before));
            }
        }
        self.is_passing = is_passing;
        if let Some(target) = record.redirect() {
            let before = self.lookups;
            self.lookups += 1;
            let place = Place { owner, text, term: format!("redirect={target}") };
            self.follow(facts, target, 9, &place, path);
            if path.len() == 1 {
                self.budget.push((place.term, self.lookups - before));
            }
        }
        if let (1, Some(target)) = (path.len(), record.explanation()) {
            self.explanation(facts, target, &Place { owner, text, term: format!("exp={target}") });
        }
    }

    fn mechanism(
        &mut self,
        facts: &mut Facts<'_>,
        mechanism: &Mechanism,
        place: &Place<'_>,
        path: &mut Vec<Name>,
    ) {
        let named = |target: &Option<DomainSpec>| match target {
            Some(target) => literal(target),
            None => Some(place.owner.clone()),
        };
        match mechanism {
            Mechanism::Include(target) => self.follow(facts, target, 8, place, path),
            Mechanism::A { target, prefixes } => {
                if let Some(host) = named(target) {
                    self.hosts(facts, &[host], *prefixes, Some(place));
                }
            }
            Mechanism::Mx { target, prefixes } => {
                if let Some(domain) = named(target) {
                    self.exchanges(facts, &domain, *prefixes, place);
                }
            }
            Mechanism::Exists(target) => {
                let answer = literal(target).and_then(|name| facts.ask(&name, Kind::A));
                if answer.is_some_and(|answer| is_void(&answer)) {
                    self.void(place, "has no A record");
                }
            }
            Mechanism::All | Mechanism::Ip4 { .. } | Mechanism::Ip6 { .. } | Mechanism::Ptr(_) => {}
        }
    }

    fn void(&mut self, place: &Place<'_>, why: &str) {
        self.voids.push(place.term.clone());
        self.findings.push(place.finding(36, format!("\"{}\" {why}", place.term)));
    }

    fn hosts(
        &mut self,
        facts: &mut Facts<'_>,
        hosts: &[Name],
        prefixes: Prefixes,
        place: Option<&Place<'_>>,
    ) {
        for host in hosts {
            let Some(found) = facts.addresses(host) else {
                continue;
            };
            if let Some(place) = place.filter(|_| found.is_void()) {
                self.void(place, "has no address");
            }
            if self.is_passing {
                let addresses = found.addresses().into_iter();
                self.networks.extend(addresses.map(|address| Network::around(address, prefixes)));
            }
        }
    }

    fn exchanges(&mut self, facts: &mut Facts<'_>, domain: &Name, prefixes: Prefixes, place: &Place<'_>) {
        let Some(answer) = facts.ask(domain, Kind::Mx) else {
            return;
        };
        if is_void(&answer) {
            return self.void(place, "has no MX record");
        }
        let Outcome::Found(Records::Mx(exchanges)) = answer.outcome() else {
            return;
        };
        if exchanges.len() > EXCHANGES {
            let message = format!("\"{}\" has {} mail exchanges", place.term, exchanges.len());
            self.findings.push(place.finding(35, message));
            return;
        }
        let hosts: Vec<_> =
            exchanges.iter().map(|mx| mx.exchange.clone()).filter(|host| !host.is_root()).collect();
        if hosts.is_empty() {
            let message = format!("\"{}\" has a null MX: nothing ever matches", place.term);
            self.findings.push(place.finding(36, message));
        }
        self.hosts(facts, &hosts, prefixes, None);
    }

    /// Goes on at the target of an include or a redirect; `loop_id` is what a way back is called.
    fn follow(
        &mut self,
        facts: &mut Facts<'_>,
        target: &DomainSpec,
        loop_id: u16,
        place: &Place<'_>,
        path: &mut Vec<Name>,
    ) {
        let Some(name) = literal(target) else {
            return;
        };
        if path.contains(&name) {
            let way = path.iter().map(Name::as_str).chain([name.as_str()]).collect::<Vec<_>>().join(" > ");
            self.findings.push(place.finding(loop_id, format!("\"{}\" leads back: {way}", place.term)));
            return;
        }
        if path.len() >= DEPTH || self.records >= RECORDS {
            return;
        }
        let Some(answer) = facts.ask(&name, Kind::Txt) else {
            return;
        };
        if let Some(failure) = failure(&answer) {
            let message = format!("\"{}\": TXT of {name}: {failure}", place.term);
            self.findings.push(place.finding(7, message));
            return;
        }
        if is_void(&answer) {
            self.voids.push(place.term.clone());
        }
        let records: Vec<_> = answer.txt().iter().filter(|txt| is_spf(txt)).collect();
        match records.as_slice() {
            [] if *answer.outcome() == Outcome::NxDomain => {
                self.findings.push(place.finding(22, format!("\"{}\": {name} does not exist", place.term)));
            }
            [] => {
                let message = format!("\"{}\": {name} has no SPF record", place.term);
                self.findings.push(place.finding(21, message));
            }
            [txt] => match spf::Record::parse(txt.octets()) {
                Ok(record) => {
                    path.push(name.clone());
                    self.read(facts, &name, &record, &Arc::from(txt.octets()), path);
                    path.pop();
                }
                Err(_) => self.findings.extend(broken(txt, &name)),
            },
            several => {
                let message = format!("{name} has {} SPF records", several.len());
                self.findings.push(Finding::spf(4, message).breaking().of(&name));
            }
        }
    }

    fn explanation(&mut self, facts: &mut Facts<'_>, target: &DomainSpec, place: &Place<'_>) {
        let Some(answer) = literal(target).and_then(|name| facts.ask(&name, Kind::Txt)) else {
            return;
        };
        let is_told = failure(&answer).is_none();
        if is_told && answer.txt().len() != 1 {
            let message = format!("\"{}\" has {} TXT records", place.term, answer.txt().len());
            self.findings.push(place.finding(41, message));
        }
    }
}

/// What breaks a record that somebody else publishes.
fn broken(txt: &Txt, owner: &Name) -> impl Iterator<Item = Finding> {
    let record = Record::found(Protocol::Spf, txt.clone(), owner.clone());
    let text = Arc::from(txt.octets());
    let owner = owner.clone();
    let findings = crate::record::lint(&record).into_iter();
    let breaking = findings.filter(|finding| finding.damage == Damage::Record);
    breaking.map(move |finding| finding.of(&owner).quoting(&text))
}

/// A term of a record.
struct Place<'a> {
    owner: &'a Name,
    text: &'a Arc<[u8]>,
    term: String,
}

impl Place<'_> {
    fn finding(&self, number: u16, message: String) -> Finding {
        let finding = Finding::spf(number, message).of(self.owner).quoting(self.text);
        // The term as printed is the term as written, but for case and a plus sign.
        let written = self.text.to_ascii_lowercase();
        let term = self.term.to_ascii_lowercase();
        let at = written.windows(term.len().max(1)).position(|window| window == term.as_bytes());
        match at {
            Some(at) => finding.at(at..at + term.len()),
            None => finding,
        }
    }
}

/// The name that a target without macros stands for.
fn literal(target: &DomainSpec) -> Option<Name> {
    target.text().literal().and_then(|text| Name::parse(text).ok())
}

/// Whether a record lets anybody send.
pub(crate) fn permits_anybody(record: &spf::Record) -> bool {
    let may_pass = |directive: &spf::Directive| directive.qualifier == Qualifier::Pass;
    let goes_on = record.modifiers().any(|modifier| matches!(modifier, Modifier::Redirect(_)));
    goes_on || record.directives().any(may_pass)
}
