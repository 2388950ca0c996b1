//! What DNS says of a domain that sends mail, or that somebody claims to send for.

use super::outcome::Part;
use mailproof::Name;
use mailproof::dmarc::{Applicable, Discovered, Finding, discover};
use mailproof::dns::{Answer, Kind, Outcome, Question, Records, Resolver, Txt};
use mailproof::eval::Evaluation;
use mailproof::spf::{self, Content, Limits, Listing, Policy, Trouble};
use mailproof_lint::{Severity, Wanted, audit};
use serde_json::{Value, json};

/// Exchanges that are told.
const EXCHANGES: usize = 50;

/// The SPF record, and what it includes: whether it is in order for every client.
pub(super) async fn spf_record<R: Resolver>(domain: &Name, resolver: &R) -> Part {
    let question = Question::new(domain.clone(), Kind::Txt);
    let answer = resolver.resolve(&question).await;
    let records: Vec<String> = answer.txt().iter().filter_map(spf_text).collect();
    let mut walk = spf::walk(domain.clone());
    // It asks for the record first.
    let _ = walk.step(&());
    walk.answer(question, answer);
    let listing = walk.run(resolver).await;
    let (result, word, problem) = judged(&listing);
    let value = json!({
        "result": result,
        "record": records.first(),
        "problem": problem,
        "lookups": listing.lookups,
        "void_lookups": listing.void_lookups,
    });
    Part { name: "spf", value, counts: vec![("spf", word)], is_temperror: result == "temperror" }
}

/// RFC 7208 §4.5: what begins like an SPF record.
fn spf_text(record: &Txt) -> Option<String> {
    let octets = record.octets();
    let version = octets.get(..6).filter(|begins| begins.eq_ignore_ascii_case(b"v=spf1"))?;
    let is_record = octets.get(version.len()).is_none_or(|octet| *octet == b' ');
    is_record.then(|| String::from_utf8_lossy(octets).into_owned())
}

/// The result, a word for the summary, and what is wrong.
fn judged(listing: &Listing) -> (&'static str, &'static str, Option<String>) {
    let limits = Limits::default();
    match &listing.policy.terms {
        Err(trouble @ Trouble::Absent(_)) => return ("none", "none", Some(trouble.to_string())),
        Err(trouble) => {
            let (result, word) = named(trouble);
            return (result, word, Some(trouble.to_string()));
        }
        Ok(_) => {}
    }
    if listing.lookups > limits.terms {
        let problem = format!("{} terms ask DNS; {} may", listing.lookups, limits.terms);
        return ("permerror", "permerror: lookups", Some(problem));
    }
    if let Some((domain, trouble)) = trouble_in(&listing.policy) {
        let (result, word) = named(trouble);
        return (result, word, Some(format!("{domain}: {trouble}")));
    }
    if listing.void_lookups > limits.void_lookups {
        let problem = format!("{} terms find nothing; {} may", listing.void_lookups, limits.void_lookups);
        return ("permerror", "permerror: void lookups", Some(problem));
    }
    ("valid", "valid", None)
}

const fn named(trouble: &Trouble) -> (&'static str, &'static str) {
    match trouble {
        Trouble::Absent(_) => ("permerror", "permerror: nothing to include"),
        Trouble::Failed { .. } => ("temperror", "temperror"),
        Trouble::Loop => ("permerror", "permerror: loop"),
        Trouble::Malformed(_) | Trouble::TargetMalformed => ("permerror", "permerror: syntax"),
        Trouble::Several(_) => ("permerror", "permerror: several records"),
        _ => ("permerror", "permerror: limits"),
    }
}

/// The first that stays, or else the first that may be gone on another day.
fn trouble_in(policy: &Policy) -> Option<(&Name, &Trouble)> {
    let mut temporary = None;
    let mut open = vec![policy];
    while let Some(policy) = open.pop() {
        let terms = match &policy.terms {
            Ok(terms) => terms.as_slice(),
            Err(trouble) if trouble.is_temporary() => {
                temporary.get_or_insert((&policy.domain, trouble));
                continue;
            }
            Err(trouble) => return Some((&policy.domain, trouble)),
        };
        for listed in terms {
            match &listed.content {
                Content::Policy(inner) => open.push(inner),
                Content::Trouble(trouble) if trouble.is_temporary() => {
                    temporary.get_or_insert((&policy.domain, trouble));
                }
                Content::Trouble(trouble) => return Some((&policy.domain, trouble)),
                _ => {}
            }
        }
    }
    temporary
}

/// The DMARC policy for mail of the domain (RFC 9989).
pub(super) async fn dmarc<R: Resolver>(domain: &Name, resolver: &R) -> Part {
    let found = discover(domain.clone(), &mailproof::dmarc::Settings::default()).run(resolver).await;
    let (word, is_temperror, reason) = match &found.finding {
        Finding::Applies(Applicable { policy: Ok(policy), .. }) => (policy.word(), false, None),
        Finding::Applies(Applicable { policy: Err(trouble), .. }) => {
            ("temperror", true, Some(trouble.to_string()))
        }
        Finding::None(none) => ("no record", false, Some(none.to_string())),
        Finding::Temperror(trouble) => ("temperror", true, Some(trouble.to_string())),
    };
    let (record_domain, record) = record_of(&found);
    let value = json!({
        "policy": if is_temperror || record.is_none() { None } else { Some(word) },
        "record_domain": record_domain,
        "record": record,
        "organizational_domain": found.organizational_domain.as_ref().map(Name::as_str),
        "undecided": is_temperror,
        "reason": reason,
    });
    Part { name: "dmarc", value, counts: vec![("dmarc", word)], is_temperror }
}

fn record_of(found: &Discovered) -> (Option<&str>, Option<String>) {
    match &found.finding {
        Finding::Applies(Applicable { published, .. }) => {
            (Some(published.domain.as_str()), Some(String::from_utf8_lossy(&published.text).into_owned()))
        }
        Finding::None(_) | Finding::Temperror(_) => (None, None),
    }
}

/// Whether there is anything at or below `_domainkey`: NXDOMAIN says that no key exists (RFC 8020).
pub(super) async fn domainkey<R: Resolver>(domain: &Name, resolver: &R) -> Part {
    let answer = match domain.child("_domainkey") {
        Ok(name) => resolver.resolve(&Question::new(name, Kind::Txt)).await,
        // A name too long to exist.
        Err(_) => Answer::new(Outcome::NxDomain, std::time::Duration::ZERO),
    };
    let (word, reason) = match answer.outcome() {
        Outcome::Failed(failure) => ("temperror", Some(failure.to_string())),
        // An alias to a name that does not exist is there itself.
        Outcome::NxDomain if answer.denies_name() => ("nxdomain", None),
        Outcome::Found(_) | Outcome::NoData | Outcome::NxDomain => ("exists", None),
    };
    let value = json!({ "domainkey": word, "reason": reason });
    Part { name: "dkim", value, counts: vec![("dkim", word)], is_temperror: word == "temperror" }
}

/// Where mail for the domain goes.
pub(super) async fn mx<R: Resolver>(domain: &Name, resolver: &R) -> Part {
    let answer = resolver.resolve(&Question::new(domain.clone(), Kind::Mx)).await;
    let (word, exchanges, reason) = match answer.outcome() {
        Outcome::Failed(failure) => ("temperror", Vec::new(), Some(failure.to_string())),
        Outcome::NxDomain => ("nxdomain", Vec::new(), None),
        Outcome::Found(Records::Mx(records)) => match records.as_slice() {
            // RFC 7505 §3.
            [only] if only.exchange.is_root() => ("null", Vec::new(), None),
            records => {
                let mut exchanges: Vec<_> =
                    records.iter().map(|mx| (mx.preference, mx.exchange.as_str())).collect();
                exchanges.sort_unstable();
                exchanges.truncate(EXCHANGES);
                ("listed", exchanges, None)
            }
        },
        // RFC 5321 §5.1: mail goes to the address of the domain itself.
        Outcome::Found(_) | Outcome::NoData => ("implicit", Vec::new(), None),
    };
    let exchanges: Vec<Value> = exchanges
        .into_iter()
        .map(|(preference, exchange)| json!({ "preference": preference, "exchange": exchange }))
        .collect();
    let value = json!({ "mx": word, "exchanges": exchanges, "reason": reason });
    Part { name: "mx", value, counts: vec![("mx", word)], is_temperror: word == "temperror" }
}

/// Everything that is wrong with the domain. What could not be asked may hide more.
pub(super) async fn lint<R: Resolver>(domain: &Name, resolver: &R) -> Part {
    let wanted = Wanted { domain: domain.clone(), selectors: Vec::new(), helo: Vec::new(), was: None };
    let report = audit(wanted).run(resolver).await;
    let severities =
        [(Severity::Error, "errors"), (Severity::Warning, "warnings"), (Severity::Info, "hints")];
    let worst = severities.into_iter().find(|(severity, _)| report.count(*severity) > 0);
    let is_temperror = !report.failures.is_empty();
    let value = crate::audit::show::domain(&report);
    let counts = vec![("lint", worst.map_or("clean", |(_, word)| word))];
    Part { name: "lint", value, counts, is_temperror }
}
