//! `mailproof dkim probe`: does a domain use DKIM at all?

use super::key_facts;
use crate::context::Context;
use crate::input::{Unreadable, domain_name};
use crate::resolve::Source;
use crate::{Exit, plain, terminal};
use mailproof::Name;
use mailproof::dkim::{KeyLookup, Publication, look_up_key};
use mailproof::dns::{Answer, Kind, Outcome, Question, blocking};
use mailproof::eval::{Evaluation, Step};
use mailproof_lint::audit::{PROBE, SELECTORS};
use serde_json::{Value, json};
use std::fmt::Write as _;

/// Selectors that mail systems and providers use by default, or did, besides those that an audit looks at.
const MORE_SELECTORS: [&str; 24] = [
    "email",
    "mx",
    "key1",
    "key2",
    "s1024",
    "s2048",
    "selector",
    "20161025",
    "20210112",
    "20230601",
    "20240725",
    "everlytickey1",
    "mxvault",
    "pm",
    "amazonses",
    "sendgrid",
    "m1",
    "hs1",
    "hs2",
    "mta",
    "postfix",
    "rsa",
    "ed25519",
    "dkim1",
];

/// Says whether a domain publishes DKIM keys: what `_domainkey` answers, which known selectors have a key, and whether a wildcard makes
/// that up.
///
/// Keys stand under names that only their users know, so a key that is not found here may exist all the same, unless `_domainkey` is
/// NXDOMAIN. Exit code 0: there are keys, or may be; 1: there are none; 75: DNS failed.
#[derive(clap::Args)]
pub(super) struct Arguments {
    /// The domain.
    domain: String,
    /// A selector to look at besides the known ones; may be given several times.
    #[arg(long = "selector", value_name = "SELECTOR")]
    selectors: Vec<String>,
    /// Look at no selector but those given.
    #[arg(long, requires = "selectors")]
    only: bool,
    // Last: its heading is that of all that follows.
    #[command(flatten)]
    source: Source,
}

pub(super) fn run(arguments: &Arguments) -> Result<Exit, Unreadable> {
    let domain = domain_name(&arguments.domain)?;
    let known = if arguments.only { [&[][..], &[]] } else { [&SELECTORS[..], &MORE_SELECTORS] };
    let given = arguments.selectors.iter().map(String::as_str);
    let mut lookups = Vec::new();
    for selector in given.chain(known.into_iter().flatten().copied()) {
        match look_up_key(selector, domain.as_str()) {
            Ok(lookup) => lookups.push((selector, lookup)),
            Err(why) => crate::refuse_usage(&format!("{selector}: {why}")),
        }
    }
    let dns = arguments.source.open()?;
    let context = Context::new("dkim probe", dns.time_of(None)).with("subject", &domain);
    let probe = dns.ask(context, |resolver| Probe::of(&domain, lookups, resolver))?;
    if terminal::manner().json {
        terminal::print_json(&probe.to_json());
    } else {
        terminal::print(&probe.told());
    }
    Ok(probe.exit())
}

/// What was found.
struct Probe {
    domain: Name,
    parent: Parent,
    /// What a name that nobody publishes answers.
    nobody: Nobody,
    /// Selectors that have any record, or could not be asked about.
    selectors: Vec<(String, Publication)>,
    asked: usize,
}

/// What `_domainkey` itself answers. There is no record there; what counts is whether the name exists (RFC 8020).
enum Parent {
    /// NXDOMAIN: nothing exists below it, so no key does.
    Nothing,
    /// It exists, so that something stands below it, or at it.
    Exists,
    /// It has a TXT record of its own, which is no key: the policy of DomainKeys, mostly (RFC 4870 §3.6).
    Described(String),
    /// DNS did not tell.
    Unknown(String),
}

/// What a name that nobody publishes answers: more than NXDOMAIN is a wildcard's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Nobody {
    /// Nothing: no wildcard, or one that reaches no further than `_domainkey`.
    Nothing,
    /// It exists, without a TXT record: a wildcard of other types, so that `_domainkey` may be the wildcard's, too.
    Exists,
    /// It has a TXT record, as every selector has.
    Answers,
}

impl Probe {
    fn of(domain: &Name, lookups: Vec<(&str, KeyLookup)>, resolver: &dyn blocking::Resolver) -> Self {
        let below = |label: &str| domain.child(label).ok();
        let parent = below("_domainkey").map(|name| Question::new(name, Kind::Txt));
        let nobody = below(&format!("{PROBE}._domainkey")).map(|name| Question::new(name, Kind::Txt));
        let questions: Vec<Question> = parent.into_iter().chain(nobody).collect();
        let answers = resolver.resolve_all(&questions);
        let parent = answers.first().map_or(Parent::Nothing, Parent::of);
        let nobody = answers.get(1).map_or(Nobody::Nothing, Nobody::of);
        let asked = lookups.len();
        let selectors = publications(lookups, resolver);
        Self { domain: domain.clone(), parent, nobody, selectors, asked }
    }

    /// Selectors with a key that is none of a wildcard's.
    fn keys(&self) -> impl Iterator<Item = &(String, Publication)> {
        let is_key = |publication: &Publication| match publication {
            Publication::Records(records) => records.iter().any(Result::is_ok),
            Publication::Absent(_) | Publication::Unavailable(_) => false,
        };
        self.selectors.iter().filter(move |(_, publication)| is_key(publication))
    }

    fn exit(&self) -> Exit {
        match (&self.parent, self.keys().next(), self.nobody) {
            (_, Some(_), Nobody::Nothing | Nobody::Exists) => Exit::Good,
            (Parent::Unknown(_), ..) => Exit::Undecided,
            (Parent::Exists | Parent::Described(_), None, Nobody::Nothing | Nobody::Exists) => Exit::Good,
            (Parent::Exists | Parent::Described(_) | Parent::Nothing, ..) => Exit::Bad,
        }
    }

    fn headline(&self) -> (&'static str, String) {
        let (domain, keys) = (&self.domain, self.keys().count());
        let asked = if self.asked == 1 { "selector".to_owned() } else { format!("{} selectors", self.asked) };
        match (&self.parent, keys, self.nobody) {
            (_, _, Nobody::Answers) => (
                "problem",
                format!(
                    "a wildcard answers for every name below _domainkey.{domain}: what is found there are not keys of their own"
                ),
            ),
            (Parent::Nothing, 0, _) => (
                "none",
                format!("{domain} publishes no DKIM key: _domainkey.{domain} does not exist (NXDOMAIN)"),
            ),
            (Parent::Nothing, ..) => (
                "problem",
                format!(
                    "_domainkey.{domain} is NXDOMAIN, and yet there are keys below it: resolvers that heed RFC 8020 do not find them"
                ),
            ),
            (Parent::Exists, 0, Nobody::Exists) => (
                "problem",
                format!(
                    "a wildcard answers for _domainkey.{domain}, so that nothing tells whether {domain} uses DKIM; there is no \
                     key under the {asked} asked for",
                ),
            ),
            (Parent::Described(text), 0, _) => (
                "problem",
                format!(
                    "_domainkey.{domain} has a TXT record of its own, \"{}\", where nobody looks for a key; that there are \
                     keys does not follow, and there is none under the {asked} asked for",
                    terminal::cut(text, 60)
                ),
            ),
            (Parent::Exists, 0, Nobody::Nothing) => (
                "found",
                format!(
                    "_domainkey.{domain} exists, so there are keys, or were; none that can be used is under the {asked} asked \
                     for"
                ),
            ),
            (Parent::Exists | Parent::Described(_) | Parent::Unknown(_), 1.., _) => {
                ("found", format!("{domain} publishes DKIM keys under known selectors"))
            }
            (Parent::Unknown(why), 0, _) => {
                ("temperror", format!("whether {domain} uses DKIM cannot be told: {why}"))
            }
        }
    }

    fn told(&self) -> String {
        let (word, text) = self.headline();
        let label = format!("{}  ", plain::coloured(word));
        let mut out = terminal::folded(&label, &terminal::visible(&text), terminal::width()) + "\n";
        let width = self.selectors.iter().map(|(selector, _)| selector.len()).max().unwrap_or_default();
        let is_told = |publication: &Publication| !matches!(publication, Publication::Unavailable(_));
        // Where nothing could be asked, the headline says why.
        if matches!(self.parent, Parent::Unknown(_))
            && !self.selectors.iter().any(|(_, found)| is_told(found))
        {
            return out;
        }
        for (selector, publication) in &self.selectors {
            for line in lines(publication) {
                let label = format!("  {selector:width$}  ");
                let _ = writeln!(
                    out,
                    "{}",
                    terminal::folded(&label, &terminal::visible(&line), terminal::width())
                );
            }
        }
        out
    }

    fn to_json(&self) -> Value {
        let (parent, reason, record) = match &self.parent {
            Parent::Nothing => ("nxdomain", None, None),
            Parent::Exists => ("exists", None, None),
            Parent::Described(text) => ("exists", None, Some(text)),
            Parent::Unknown(why) => ("unknown", Some(why), None),
        };
        let selectors: Vec<Value> = self
            .selectors
            .iter()
            .map(|(selector, publication)| json!({ "selector": selector, "found": lines(publication), "keys": keys_json(publication) }))
            .collect();
        json!({
            "schema": "mailproof.dkim-probe/1",
            "domain": self.domain.as_str(),
            "domainkey": parent,
            "reason": reason,
            "record": record,
            "wildcard": self.nobody != Nobody::Nothing,
            "asked": self.asked,
            "selectors": selectors,
        })
    }
}

impl Parent {
    fn of(answer: &Answer) -> Self {
        match answer.outcome() {
            Outcome::NxDomain if answer.denies_name() => Self::Nothing,
            Outcome::Failed(failure) => Self::Unknown(failure.to_string()),
            Outcome::Found(_) => answer.txt().first().map_or(Self::Exists, |record| {
                Self::Described(String::from_utf8_lossy(record.octets()).into_owned())
            }),
            Outcome::NoData | Outcome::NxDomain => Self::Exists,
        }
    }
}

impl Nobody {
    fn of(answer: &Answer) -> Self {
        match answer.outcome() {
            Outcome::Found(_) if !answer.txt().is_empty() => Self::Answers,
            // RFC 4592 §2.2.1: an existing `_domainkey` is the closest encloser, and no wildcard above it reaches below.
            Outcome::Found(_) | Outcome::NoData => Self::Exists,
            Outcome::NxDomain if !answer.denies_name() => Self::Exists,
            Outcome::NxDomain | Outcome::Failed(_) => Self::Nothing,
        }
    }
}

/// Everything is asked at once. What is absent is left out.
fn publications(
    lookups: Vec<(&str, KeyLookup)>,
    resolver: &dyn blocking::Resolver,
) -> Vec<(String, Publication)> {
    let questions: Vec<Question> =
        lookups.iter().map(|(_, lookup)| Question::new(lookup.name().clone(), Kind::Txt)).collect();
    let answers = resolver.resolve_all(&questions);
    let mut found = Vec::new();
    for ((selector, mut lookup), (question, answer)) in
        lookups.into_iter().zip(questions.into_iter().zip(answers))
    {
        let _ = lookup.step(&());
        lookup.answer(question, answer);
        match lookup.step(&()) {
            Step::Done(Publication::Absent(_)) | Step::Ask(_) => {}
            Step::Done(publication) => found.push((selector.to_owned(), publication)),
        }
    }
    found
}

fn lines(publication: &Publication) -> Vec<String> {
    match publication {
        Publication::Absent(absence) => vec![absence.to_string()],
        Publication::Unavailable(unavailable) => vec![unavailable.to_string()],
        Publication::Records(records) => records
            .iter()
            .map(|record| match record {
                Ok(key) => key_facts::kind(key),
                Err(flaw) => flaw.to_string(),
            })
            .collect(),
    }
}

fn keys_json(publication: &Publication) -> Vec<Value> {
    match publication {
        Publication::Records(records) => records.iter().flatten().map(key_facts::json).collect(),
        Publication::Absent(_) | Publication::Unavailable(_) => Vec::new(),
    }
}
