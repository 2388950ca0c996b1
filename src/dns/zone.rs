//! A zone as a value: the DNS of tests, demonstrations and offline checks.

use super::{
    Answer, Details, Failure, Kind, Known, Outcome, Question, Records, Resolver, Source, Txt, blocking,
};
use crate::name::Name;
use std::collections::HashMap;
use std::sync::LazyLock;
use std::time::Duration;

/// CNAME records followed at most (RFC 1034 §3.6.2 asks for a bound; 12 is what common resolvers allow).
pub(crate) const ALIAS_HOPS: usize = 12;

/// What is said of all that was never mentioned.
static NX_DOMAIN: LazyLock<Answer> = LazyLock::new(|| Answer::new(Outcome::NxDomain, Duration::ZERO));
static NO_DATA: LazyLock<Answer> = LazyLock::new(|| Answer::new(Outcome::NoData, Duration::ZERO));

/// Everything some part of DNS says: records, wildcards (RFC 4592), aliases and failures.
///
/// A name that was never mentioned answers NXDOMAIN; one that only has names below it, and one without records of
/// the kind asked for, answers NOERROR with nothing. CNAME records are followed inside the zone.
#[derive(Clone, Debug)]
pub struct Zone {
    nodes: HashMap<Name, Node>,
    /// Another one after each change. Zones that are equal because one was cloned have the same.
    source: Source,
}

#[derive(Clone, Debug, Default)]
struct Node {
    answers: Vec<(Kind, Answer)>,
    alias: Option<(Name, Duration)>,
    /// What every question about this name is answered with.
    always: Option<Answer>,
}

/// What a zone says about one kind of record at one name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rrset {
    /// The question fails.
    Failed(Failure),
    /// The records.
    Found(Records),
    /// The answer is NXDOMAIN, whatever else the zone holds.
    NxDomain,
}

/// What a zone states at one name about one kind of record.
pub(super) enum Stated {
    Alias(Name, Duration),
    Answer(Answer),
}

impl From<Rrset> for Outcome {
    fn from(rrset: Rrset) -> Self {
        match rrset {
            Rrset::Failed(failure) => Self::Failed(failure),
            Rrset::Found(records) => Self::Found(records),
            Rrset::NxDomain => Self::NxDomain,
        }
    }
}

impl Default for Zone {
    fn default() -> Self {
        Self { nodes: HashMap::default(), source: source() }
    }
}

/// A zone is no larger than its owner makes it, and so is what is made of it.
fn source() -> Source {
    Source::new(usize::MAX)
}

impl Zone {
    /// A zone that answers NXDOMAIN to everything.
    pub fn new() -> Self {
        Self::default()
    }

    /// Lets `name` exist, even without a record.
    pub fn insert_name(&mut self, name: Name) {
        self.node(name);
    }

    /// Sets all records at `name`; a first label of `*` makes them a wildcard.
    pub fn insert(&mut self, name: Name, records: Records, ttl: Duration) {
        self.insert_rrset(name, records.kind(), Rrset::Found(records), ttl);
    }

    /// Sets what questions for `kind` at `name` are answered with.
    pub fn insert_rrset(&mut self, name: Name, kind: Kind, rrset: Rrset, ttl: Duration) {
        let node = self.node(name);
        node.answers.retain(|(present, _)| *present != kind);
        node.answers.push((kind, Answer::new(rrset.into(), ttl)));
    }

    /// Makes `name` an alias of `target`.
    pub fn insert_alias(&mut self, name: Name, target: Name, ttl: Duration) {
        self.node(name).alias = Some((target, ttl));
    }

    /// Sets what every question about `name` is answered with. [`Rrset::NxDomain`] says nothing of the names above;
    /// anything else lets them exist.
    pub fn insert_always(&mut self, name: Name, rrset: Rrset) {
        let node = match rrset {
            Rrset::NxDomain => self.entry(name),
            Rrset::Failed(_) | Rrset::Found(_) => self.node(name),
        };
        node.always = Some(Answer::new(rrset.into(), Duration::ZERO));
    }

    /// The answer to a question.
    pub fn lookup(&self, question: &Question) -> Answer {
        let mut aliases = Vec::new();
        let mut ttl = Duration::MAX;
        let mut name = &question.name;
        while let Some(node) = self.find(name) {
            if let Some(answer) = node.answer(question.kind) {
                return behind(aliases, ttl, answer);
            }
            let Some((target, alias_ttl)) = &node.alias else {
                return behind(aliases, ttl, &NO_DATA);
            };
            if aliases.len() >= ALIAS_HOPS || aliases.contains(target) || *target == question.name {
                return behind(aliases, ttl, &Answer::failed(Failure::AliasLoop));
            }
            ttl = ttl.min(*alias_ttl);
            name = target;
            aliases.push(target.clone());
        }
        behind(aliases, ttl, &NX_DOMAIN)
    }

    /// What the zone itself states about a question, for whoever lays it over the rest of DNS.
    pub(super) fn stated(&self, question: &Question) -> Option<Stated> {
        let node = self.find(&question.name)?;
        match (node.answer(question.kind), &node.alias) {
            (Some(answer), _) => Some(Stated::Answer(answer.clone())),
            (None, Some((target, ttl))) => Some(Stated::Alias(target.clone(), *ttl)),
            (None, None) => None,
        }
    }

    /// The TXT records that stand at `name` itself.
    pub(super) fn own_txt(&self, name: &Name) -> Vec<Txt> {
        let answer = self.nodes.get(name).and_then(|node| node.answer(Kind::Txt));
        answer.map(|answer| answer.txt().to_vec()).unwrap_or_default()
    }

    /// Whether `name` exists here, if only for a name below it.
    pub(super) fn holds(&self, name: &Name) -> bool {
        self.find(name).is_some()
    }

    /// The node of a name: its own, or the wildcard below its closest encloser (RFC 4592 §3.3.1).
    fn find(&self, name: &Name) -> Option<&Node> {
        if let Some(node) = self.nodes.get(name) {
            return Some(node);
        }
        let mut encloser = name.parent()?;
        while !self.nodes.contains_key(&encloser) {
            encloser = encloser.parent()?;
        }
        self.nodes.get(&encloser.child("*").ok()?)
    }

    /// The node of `name`, made together with the empty non-terminals above it.
    fn node(&mut self, name: Name) -> &mut Node {
        let mut above = name.parent();
        while let Some(name) = above {
            above = name.parent();
            self.entry(name);
        }
        self.entry(name)
    }

    /// The place of `name` alone; every change begins here.
    fn entry(&mut self, name: Name) -> &mut Node {
        self.source = source();
        self.nodes.entry(name).or_default()
    }
}

impl Node {
    fn answer(&self, kind: Kind) -> Option<&Answer> {
        if self.always.is_some() {
            return self.always.as_ref();
        }
        self.answers.iter().find_map(|(present, answer)| (*present == kind).then_some(answer))
    }
}

/// `answer` as seen through the aliases passed on the way to it.
fn behind(aliases: Vec<Name>, ttl: Duration, answer: &Answer) -> Answer {
    if aliases.is_empty() {
        return answer.clone();
    }
    let details = Details { aliases, ..Details::default() };
    Answer::with_details(answer.outcome().clone(), ttl.min(answer.ttl()), details)
}

impl Known for Zone {
    fn recall(&self, question: &Question) -> Option<Answer> {
        Some(self.lookup(question))
    }

    fn source(&self) -> Option<&Source> {
        Some(&self.source)
    }
}

impl Resolver for Zone {
    async fn resolve(&self, question: &Question) -> Answer {
        self.lookup(question)
    }

    fn known(&self) -> &dyn Known {
        self
    }
}

impl blocking::Resolver for Zone {
    fn resolve(&self, question: &Question) -> Answer {
        self.lookup(question)
    }

    fn known(&self) -> &dyn Known {
        self
    }
}
