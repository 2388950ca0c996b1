//! A whole domain: SPF with everything it includes, DKIM keys, DMARC and where its reports go, mail exchanges, names of
//! addresses, and DNS itself.
//!
//! Questions that do not wait for each other are asked together. The same facts give the same findings, whether a zone
//! tells them or real DNS.

mod dkim;
mod dmarc;
mod dns;
mod facts;
mod mx;
mod servers;
mod spf;
mod tree;

pub use dkim::SELECTORS;
pub use facts::PROBE;
pub use servers::{compare, questions};

use crate::catalogue::Severity;
use crate::finding::Finding;
use facts::{Facts, Told};
use mailproof::dmarc::Policy;
use mailproof::dns::{Answer, Failure, Known, Question, Txt};
use mailproof::{Evaluation, KeyType, Name, Step};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Begins to audit a domain.
pub fn audit(wanted: Wanted) -> Audit {
    Audit { wanted, told: Told::default() }
}

/// What is to be audited.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// The domain.
    pub domain: Name,
    /// DKIM selectors that it uses, beside those that are tried anyway ([`SELECTORS`]).
    pub selectors: Vec<String>,
    /// Names that its hosts say in HELO.
    pub helo: Vec<Name>,
    /// The record that its SPF record was flattened from.
    pub was: Option<Txt>,
}

/// An audit under way.
#[derive(Clone, Debug)]
pub struct Audit {
    wanted: Wanted,
    told: Told,
}

/// What an audit has found.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Report {
    /// The domain.
    pub domain: Name,
    /// Everything that is wrong: by protocol, errors first.
    pub findings: Vec<Finding>,
    /// The SPF record.
    pub spf_record: Option<Txt>,
    /// What it costs.
    pub budget: Option<Budget>,
    /// Whether SPF is permerror, for all senders or for some.
    pub spf_is_broken: bool,
    /// Whether the SPF record lets anybody send.
    pub spf_permits: bool,
    /// The selectors that were asked for, or found.
    pub selectors: Vec<Selector>,
    /// The public keys found, each with its name.
    pub keys: Vec<(Name, Vec<u8>)>,
    /// The types of these keys.
    key_types: Vec<KeyType>,
    /// The domain whose DMARC record applies.
    pub policy_domain: Option<Name>,
    /// The DMARC policy for the domain.
    pub policy: Option<Policy>,
    /// Questions asked.
    pub questions: usize,
    /// Questions that DNS did not answer.
    pub failures: Vec<(Question, Failure)>,
}

/// What an SPF record costs, with all that it includes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Terms that ask DNS, of 10.
    pub lookups: usize,
    /// Terms whose name has no such record, of 2.
    pub voids: usize,
    /// The terms of the record itself that ask, each with its lookups.
    pub terms: Vec<(String, usize)>,
}

/// A DKIM selector.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selector {
    /// Where its key stands.
    pub name: Name,
    /// What stands there.
    pub state: State,
    /// Whether it was asked for by name.
    pub is_given: bool,
}

/// What stands at a selector.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Nothing.
    Absent,
    /// Something that is no usable key.
    Broken,
    /// A key.
    Key,
    /// A key that was revoked.
    Revoked,
    /// DNS did not tell.
    Unknown,
}

/// Whether a domain takes mail.
struct Mail {
    /// By a null MX it does not.
    is_null: bool,
    /// It does not, by a null MX or for want of any host.
    is_absent: bool,
}

impl Evaluation for Audit {
    type Output = Report;

    fn step(&mut self, known: &dyn Known) -> Step<Report> {
        let mut facts = Facts::new(&mut self.told, known);
        let mut report = Report::of(self.wanted.domain.clone());
        let mail = Mail::of(&mut facts, &self.wanted.domain).unwrap_or(Mail::UNKNOWN);
        spf::judge(&mut facts, &self.wanted, &mail, &mut report);
        dkim::judge(&mut facts, &self.wanted, &mut report);
        dmarc::judge(&mut facts, &self.wanted, &mut report);
        mx::judge(&mut facts, &self.wanted, &mail, &mut report);
        dns::judge(&mut facts, &self.wanted, &mut report);
        let open = facts.into_open();
        if !open.is_empty() {
            return Step::Ask(open);
        }
        report.sort();
        Step::Done(report)
    }

    fn answer(&mut self, question: Question, answer: Answer) {
        self.told.put(question, answer);
    }
}

impl Report {
    const fn of(domain: Name) -> Self {
        Self {
            domain,
            findings: Vec::new(),
            spf_record: None,
            budget: None,
            spf_is_broken: false,
            spf_permits: false,
            selectors: Vec::new(),
            keys: Vec::new(),
            key_types: Vec::new(),
            policy_domain: None,
            policy: None,
            questions: 0,
            failures: Vec::new(),
        }
    }

    fn push(&mut self, finding: Finding) {
        self.findings.push(finding);
    }

    /// Takes the findings of a record that stands at `owner`.
    fn adopt(&mut self, findings: Vec<Finding>, owner: &Name, txt: &Txt) {
        let text = Arc::from(txt.octets());
        self.findings.extend(findings.into_iter().map(|finding| finding.of(owner).quoting(&text)));
    }

    /// By protocol, errors first; each finding once.
    fn sort(&mut self) {
        self.findings.sort_by_key(|finding| {
            (finding.check.family, std::cmp::Reverse(finding.severity()), finding.check.number)
        });
        self.findings.dedup();
    }

    /// How many findings there are of a severity.
    pub fn count(&self, severity: Severity) -> usize {
        self.findings.iter().filter(|finding| finding.severity() == severity).count()
    }
}

/// Keys that several domains share, of several audits.
pub fn shared_keys(reports: &[Report]) -> Vec<Finding> {
    let mut owners: BTreeMap<&[u8], Vec<(&Name, &Name)>> = BTreeMap::new();
    for report in reports {
        for (name, key) in &report.keys {
            owners.entry(key).or_default().push((&report.domain, name));
        }
    }
    let mut findings = Vec::new();
    for owners in owners.values() {
        let Some((first_domain, first)) = owners.first() else {
            continue;
        };
        let others: Vec<_> = owners.iter().filter(|(domain, _)| domain != first_domain).collect();
        if let Some((_, other)) = others.first() {
            let message = match others.len() {
                1 => format!("{first} and {other} publish the same key"),
                more => format!("{first}, {other} and {} others publish the same key", more - 1),
            };
            findings.push(Finding::dkim(30, message).of(first));
        }
    }
    findings
}
