//! The cache against a model of it: a list of everything that is known, read through from end to end.

use mailproof::Name;
use mailproof::dns::{
    Answer, Cache, CacheSettings, Details, Failure, Freshness, Kind, Outcome, Question, Records,
    StaleSettings, Txt,
};
use proptest::prelude::*;
use std::time::Duration;

const NAMES: [&str; 7] = ["a", "b.a", "c.b.a", "d.b.a", "x.c.b.a", "z", "y.z"];
const KINDS: [Kind; 2] = [Kind::A, Kind::Txt];
const FAILURE_MEMORY: u64 = 300;
const STALE_AGE: u64 = 40;
const STALE_TTL: u64 = 7;
const RECHECK: u64 = 9;
const TTL_MAX: u64 = 50;
const NEGATIVE_MAX: u64 = 30;
const UNSOURCED: u64 = 2;

#[derive(Clone, Debug)]
enum Step {
    Advance(u64),
    Flush,
    FlushBelow(usize),
    FlushName(usize),
    Recall(usize, usize),
    Store(usize, usize, Reply),
}

#[derive(Clone, Debug)]
struct Reply {
    outcome: u8,
    aliases: Vec<usize>,
    ttl: u64,
    lacks_soa: bool,
}

/// Something known: for one kind at a name or, as a denial, for the name.
#[derive(Clone, Debug)]
struct Fact {
    name: &'static str,
    kind: Option<Kind>,
    outcome: Outcome,
    aliases: Vec<&'static str>,
    since: u64,
    until: u64,
    rest: u64,
    failures: u32,
}

/// What is told: the outcome, the targets, the TTL, and whether it is new, cached or stale, and how old.
type Told = (Outcome, Vec<String>, u64, Freshness);

struct Model {
    facts: Vec<Fact>,
    cut: bool,
    stale: bool,
    now: u64,
}

fn within(name: &str, other: &str) -> bool {
    name == other || name.ends_with(&format!(".{other}"))
}

fn usable(outcome: &Outcome) -> bool {
    !matches!(outcome, Outcome::Failed(_))
}

impl Fact {
    fn told(&self, ttl: u64, freshness: Freshness) -> Told {
        (self.outcome.clone(), self.aliases.iter().map(|&alias| alias.to_owned()).collect(), ttl, freshness)
    }

    fn fresh(&self, now: u64) -> Option<Told> {
        let age = Duration::from_secs(now - self.since);
        (now < self.until).then(|| self.told(self.until - now, Freshness::Cached(age)))
    }

    fn stale(&self, now: u64) -> Option<Told> {
        let age = Duration::from_secs(now - self.since);
        let fits = usable(&self.outcome) && now >= self.until && now < self.until + STALE_AGE;
        fits.then(|| self.told(STALE_TTL, Freshness::Stale(age)))
    }
}

impl Model {
    fn at(&self, name: &str, kind: Option<Kind>) -> Option<&Fact> {
        self.facts.iter().find(|fact| fact.name == name && fact.kind == kind)
    }

    fn forget(&mut self, doomed: impl Fn(&Fact) -> bool) {
        self.facts.retain(|fact| !doomed(fact));
    }

    fn denials_above<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Fact> {
        self.facts.iter().filter(move |fact| {
            self.cut && fact.kind.is_none() && fact.name != name && within(name, fact.name)
        })
    }

    /// What holds, and whether it comes from above.
    fn holds(&self, name: &'static str, kind: Kind) -> Option<(Told, bool)> {
        let here = [Some(kind), None].iter().find_map(|kind| self.at(name, *kind)?.fresh(self.now));
        let nearest =
            self.denials_above(name).filter(|fact| self.now < fact.until).max_by_key(|fact| fact.name.len());
        here.map(|told| (told, false)).or_else(|| Some((nearest?.fresh(self.now)?, true)))
    }

    fn revoked(&self, fact: &Fact) -> bool {
        self.denials_above(fact.name).any(|denial| denial.since >= fact.since)
    }

    fn recall(&mut self, name: &'static str, kind: Kind) -> Option<Told> {
        let now = self.now;
        if let Some((told, from_above)) = self.holds(name, kind) {
            if from_above {
                self.forget(|fact| fact.name == name && fact.kind == Some(kind) && now >= fact.until);
            }
            return Some(told);
        }
        let fact = self.at(name, Some(kind)).filter(|fact| self.stale && now < fact.rest)?;
        if self.revoked(fact) { None } else { fact.stale(now) }
    }

    fn affirm(&mut self, name: &str) {
        self.forget(|fact| fact.kind.is_none() && within(name, fact.name));
        self.forget(|fact| fact.name == name && fact.outcome == Outcome::NxDomain && fact.aliases.is_empty());
    }

    fn put(&mut self, fact: Fact) {
        self.forget(|held| held.name == fact.name && held.kind == fact.kind);
        if fact.until > self.now {
            self.facts.push(fact);
        }
    }

    fn store(&mut self, name: &'static str, kind: Kind, reply: &Reply) -> Told {
        let outcome = outcome(reply.outcome);
        let aliases: Vec<_> = reply.aliases.iter().map(|&alias| NAMES[alias]).collect();
        let mut fact = Fact {
            name,
            kind: Some(kind),
            outcome: outcome.clone(),
            aliases: aliases.clone(),
            since: self.now,
            until: self.now,
            rest: 0,
            failures: 0,
        };
        if outcome == Outcome::Failed(Failure::Budget) {
            return fact.told(reply.ttl, Freshness::Fresh);
        }
        if !usable(&outcome) {
            return self.fail(fact);
        }
        let ttl = match outcome {
            Outcome::Found(_) => reply.ttl.min(TTL_MAX),
            _ if reply.lacks_soa => UNSOURCED,
            _ => reply.ttl.min(NEGATIVE_MAX),
        };
        fact.until += ttl;
        let told = fact.told(ttl, Freshness::Fresh);
        let is_denied = outcome == Outcome::NxDomain;
        let chain: Vec<_> = std::iter::once(name).chain(aliases).collect();
        let existing = if is_denied { &chain[..chain.len() - 1] } else { &chain[..] };
        existing.iter().for_each(|name| self.affirm(name));
        if is_denied {
            let last = *chain.last().unwrap();
            self.forget(|held| held.name == last);
            self.put(Fact { name: last, kind: None, aliases: Vec::new(), ..fact.clone() });
        }
        if !is_denied || chain.len() > 1 {
            self.put(fact);
        }
        told
    }

    fn fail(&mut self, mut fact: Fact) -> Told {
        let (name, now) = (fact.name, self.now);
        if let Some((told, _)) = self.holds(name, fact.kind.unwrap()) {
            return told;
        }
        let held = [fact.kind, None]
            .iter()
            .find_map(|kind| self.at(name, *kind).filter(|held| held.stale(now).is_some()));
        if let Some(held) = held.filter(|held| self.stale && !self.revoked(held)).cloned() {
            self.put(Fact { kind: fact.kind, rest: now + RECHECK, until: u64::MAX, ..held.clone() });
            self.facts.last_mut().unwrap().until = held.until;
            return held.stale(now).unwrap();
        }
        let before = self.at(name, fact.kind).filter(|held| now < held.until + FAILURE_MEMORY);
        fact.failures = before.map_or(0, |held| held.failures) + 1;
        let ttl = (1_u64 << (fact.failures - 1).min(10)).min(30);
        fact.until = now + ttl;
        let told = fact.told(ttl, Freshness::Fresh);
        self.put(fact);
        told
    }
}

fn outcome(number: u8) -> Outcome {
    match number {
        0 | 1 => Outcome::Found(Records::Txt(vec![Txt::new([[number]])])),
        2 => Outcome::NoData,
        3 => Outcome::NxDomain,
        4 => Outcome::Failed(Failure::Servfail),
        5 => Outcome::Failed(Failure::Timeout),
        _ => Outcome::Failed(Failure::Budget),
    }
}

fn answer(reply: &Reply) -> Answer {
    let aliases = reply.aliases.iter().map(|&alias| Name::parse(NAMES[alias]).unwrap()).collect();
    let details = Details { aliases, lacks_soa: reply.lacks_soa, ..Details::default() };
    Answer::with_details(outcome(reply.outcome), Duration::from_secs(reply.ttl), details)
}

fn told(answer: &Answer) -> Told {
    let aliases = answer.aliases().iter().map(|alias| alias.as_str().to_owned()).collect();
    (answer.outcome().clone(), aliases, answer.ttl().as_secs(), answer.freshness())
}

fn replies() -> impl Strategy<Value = Reply> {
    let ttl = prop_oneof![1 => Just(0_u64), 4 => 1..20_u64, 1 => 20..100_u64];
    let aliases = prop_oneof![
        3 => Just(Vec::new()),
        1 => proptest::collection::vec(0..NAMES.len(), 1..3),
    ];
    (0..7_u8, aliases, ttl, proptest::bool::weighted(0.2))
        .prop_map(|(outcome, aliases, ttl, lacks_soa)| Reply { outcome, aliases, ttl, lacks_soa })
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let name = 0..NAMES.len();
    let kind = 0..KINDS.len();
    let step = prop_oneof![
        6 => (name.clone(), kind.clone(), replies()).prop_map(|(name, kind, reply)| Step::Store(name, kind, reply)),
        6 => (name.clone(), kind).prop_map(|(name, kind)| Step::Recall(name, kind)),
        3 => (0..15_u64).prop_map(Step::Advance),
        1 => (0..400_u64).prop_map(Step::Advance),
        1 => name.clone().prop_map(Step::FlushName),
        1 => name.prop_map(Step::FlushBelow),
        1 => Just(Step::Flush),
    ];
    proptest::collection::vec(step, 1..120)
}

fn agree(steps: &[Step], cut: bool, stale: bool) -> Result<(), TestCaseError> {
    let stale_settings = StaleSettings {
        max_age: Duration::from_secs(STALE_AGE),
        ttl: Duration::from_secs(STALE_TTL),
        recheck: Duration::from_secs(RECHECK),
    };
    let settings = CacheSettings {
        octets: 1 << 20,
        ttl: Duration::ZERO..=Duration::from_secs(TTL_MAX),
        negative_ttl_max: Duration::from_secs(NEGATIVE_MAX),
        unsourced_ttl: Duration::from_secs(UNSOURCED),
        stale: stale.then_some(stale_settings),
        nxdomain_cut: cut,
        ..CacheSettings::default()
    };
    let cache = Cache::new(settings.clone());
    let mut model = Model { facts: Vec::new(), cut, stale, now: 10 };
    let name = |index: usize| Name::parse(NAMES[index]).unwrap();
    for (index, step) in steps.iter().enumerate() {
        let now = Duration::from_secs(model.now);
        match step {
            Step::Advance(seconds) => model.now += seconds,
            Step::Flush => {
                cache.flush();
                model.facts.clear();
            }
            Step::FlushBelow(at) => {
                cache.flush_below(&name(*at));
                model.forget(|fact| within(fact.name, NAMES[*at]));
                model.affirm(NAMES[*at]);
            }
            Step::FlushName(at) => {
                cache.flush_name(&name(*at));
                model.forget(|fact| fact.name == NAMES[*at]);
                model.affirm(NAMES[*at]);
            }
            Step::Recall(at, kind) => {
                let question = Question::new(name(*at), KINDS[*kind]);
                let ours = cache.recall(&question, now).as_ref().map(told);
                prop_assert_eq!(ours, model.recall(NAMES[*at], KINDS[*kind]), "step {}: {:?}", index, step);
            }
            Step::Store(at, kind, reply) => {
                let question = Question::new(name(*at), KINDS[*kind]);
                let ours = told(&cache.store(question, answer(reply), now));
                prop_assert_eq!(
                    ours,
                    model.store(NAMES[*at], KINDS[*kind], reply),
                    "step {}: {:?}",
                    index,
                    step
                );
            }
        }
    }
    let counts = cache.statistics();
    prop_assert_eq!((counts.evictions, counts.refused), (0, 0));
    // No octet stays charged but those of the tables, which hold no more than 21 answers.
    let empty = Cache::new(settings).statistics().octets;
    cache.flush_below(&Name::root());
    prop_assert_eq!(cache.statistics().entries, 0);
    prop_assert!(cache.statistics().octets <= empty + 4 * 1200);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn agrees_with_the_model(steps in steps(), cut: bool, stale: bool) {
        agree(&steps, cut, stale)?;
    }
}
