//! What was asked of a domain, and what came of it.

use super::policies::{Hosts, Policy, follow};
use mailproof::dmarc::{Discovered, Settings, discover};
use mailproof::dns::{Answer, Kind, Outcome, Question, Records, blocking};
use mailproof::name::Name;
use mailproof::{Evaluation, Step};
use mailproof_lint::audit::PROBE;
use std::collections::HashSet;

/// What big senders and usual programs call their keys.
const COMMON_SELECTORS: [&str; 9] =
    ["default", "dkim", "google", "k1", "mail", "s1", "s2", "selector1", "selector2"];

/// Hosts at most whose addresses are asked for.
const HOSTS: usize = 50;

/// Why a question was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// The SPF record of the domain.
    Policy,
    /// The SPF record of a domain that is included or redirected to.
    Included,
    /// Addresses that an `a` term asks for.
    Host,
    /// Mail exchanges, of the domain or for an `mx` term.
    Exchanges,
    /// The addresses of a mail exchange.
    Exchange,
    /// The DMARC record, of the domain or above.
    Dmarc,
    /// A key.
    Selector,
    /// A key under a name that is only guessed.
    Guess,
    /// Whether there are keys at all.
    Keys,
    /// A name that does not exist.
    Probe,
}

/// A question and its answer.
pub(super) struct Fact {
    pub(super) purpose: Purpose,
    pub(super) question: Question,
    pub(super) answer: Answer,
}

/// The facts so far, and who tells more.
pub(super) struct Log<'a> {
    resolver: &'a dyn blocking::Resolver,
    facts: Vec<Fact>,
}

/// Everything about a domain.
pub(super) struct Survey {
    pub(super) domain: Name,
    /// No question twice, in the order asked.
    pub(super) facts: Vec<Fact>,
    pub(super) policies: Vec<Policy>,
    pub(super) dmarc: Discovered,
}

impl Survey {
    pub(super) fn of(resolver: &dyn blocking::Resolver, domain: &Name, selectors: &[Name]) -> Self {
        let mut log = Log { resolver, facts: Vec::new() };
        let (policies, hosts) = follow(&mut log, domain);
        ask_hosts(&mut log, domain, &hosts);
        let dmarc = walk(&mut log, domain);
        ask_keys(&mut log, domain, selectors);
        let parents = [Some(domain.clone()), keys_of(domain)].into_iter().flatten();
        let probes = parents.filter_map(|parent| parent.child(PROBE).ok());
        let probes: Vec<_> = probes.map(|name| Question::new(name, Kind::Txt)).collect();
        log.ask(Purpose::Probe, &probes);
        Self { domain: domain.clone(), facts: log.facts, policies, dmarc }
    }

    /// The facts that were asked for this purpose.
    pub(super) fn of_purpose(&self, purpose: Purpose) -> impl Iterator<Item = &Fact> {
        self.facts.iter().filter(move |fact| fact.purpose == purpose)
    }

    /// What was told of a question.
    pub(super) fn answer(&self, name: &Name, kind: Kind) -> Option<&Answer> {
        let mut facts = self.facts.iter();
        let is_it = |fact: &&Fact| fact.question.name == *name && fact.question.kind == kind;
        facts.find(is_it).map(|fact| &fact.answer)
    }
}

impl Log<'_> {
    /// Asks at once what was not asked before; the answers stand in the order of the questions.
    pub(super) fn ask(&mut self, purpose: Purpose, questions: &[Question]) -> Vec<Answer> {
        let mut seen: HashSet<_> = self.facts.iter().map(|fact| fact.question.clone()).collect();
        let new: Vec<_> =
            questions.iter().filter(|question| seen.insert((*question).clone())).cloned().collect();
        let told = if new.is_empty() { Vec::new() } else { self.resolver.resolve_all(&new) };
        let facts = new.into_iter().zip(told);
        self.facts.extend(facts.map(|(question, answer)| Fact { purpose, question, answer }));
        let mut answers = Vec::new();
        for question in questions {
            let fact = self.facts.iter().find(|fact| fact.question == *question);
            answers.extend(fact.map(|fact| fact.answer.clone()));
        }
        answers
    }
}

/// `_domainkey` below the domain.
pub(super) fn keys_of(domain: &Name) -> Option<Name> {
    domain.child("_domainkey").ok()
}

fn addresses(names: impl IntoIterator<Item = Name>) -> Vec<Question> {
    let names = names.into_iter().filter(|name| !name.is_root()).take(HOSTS);
    names.flat_map(|name| [Kind::A, Kind::Aaaa].map(|kind| Question::new(name.clone(), kind))).collect()
}

fn ask_hosts(log: &mut Log<'_>, domain: &Name, hosts: &Hosts) {
    let owners = std::iter::once(domain.clone()).chain(hosts.exchanges.iter().cloned()).take(HOSTS);
    let questions: Vec<_> = owners.map(|name| Question::new(name, Kind::Mx)).collect();
    let mut exchanges = Vec::new();
    for answer in log.ask(Purpose::Exchanges, &questions) {
        if let Outcome::Found(Records::Mx(records)) = answer.outcome() {
            exchanges.extend(records.iter().map(|mx| mx.exchange.clone()));
        }
    }
    log.ask(Purpose::Exchange, &addresses(exchanges));
    log.ask(Purpose::Host, &addresses(hosts.addresses.iter().cloned()));
}

/// The search for the policy that applies to mail of the domain.
fn walk(log: &mut Log<'_>, domain: &Name) -> Discovered {
    let mut search = discover(domain.clone(), &Settings::default());
    loop {
        let open = match search.step(&()) {
            Step::Ask(open) => open,
            Step::Done(discovered) => return discovered,
        };
        let answers = log.ask(Purpose::Dmarc, &open);
        open.into_iter().zip(answers).for_each(|(question, answer)| search.answer(question, answer));
    }
}

fn ask_keys(log: &mut Log<'_>, domain: &Name, selectors: &[Name]) {
    let Some(keys) = keys_of(domain) else {
        return;
    };
    let below = |selector: &str| Name::parse(format!("{selector}.{keys}")).ok();
    let (purpose, names): (_, Vec<_>) = if selectors.is_empty() {
        (Purpose::Guess, COMMON_SELECTORS.into_iter().filter_map(below).collect())
    } else {
        (Purpose::Selector, selectors.iter().filter_map(|selector| below(selector.as_str())).collect())
    };
    let question = |name| Question::new(name, Kind::Txt);
    log.ask(purpose, &names.into_iter().map(question).collect::<Vec<_>>());
    // Afterwards: a cache that is told NXDOMAIN here asks nobody for the names below (RFC 8020).
    log.ask(Purpose::Keys, &[question(keys)]);
}
