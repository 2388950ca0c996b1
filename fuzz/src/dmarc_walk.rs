//! Policy discovery and alignment over invented zones.

use super::field::assert_printable;
use super::walk_reference::{Psd, STATIONS, Said, organizational_domain, stations};
use arbitrary::{Arbitrary, Result, Unstructured};
use mailproof::dmarc::{
    self, Discovered, Discovery, Evidence, Finding, Mechanism, NoPolicy, Outcome, Settings, Undecided,
    Verdict, WALKS,
};
use mailproof::dns::{Failure, Kind, Question, Records, Rrset, Txt, Zone};
use mailproof::{Evaluation, Name, Step};
use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

/// Labels of a name at most: some more than a walk has stations.
const LABELS: usize = 12;

/// Identifiers at most: some more than are walked for.
const IDENTIFIERS: usize = WALKS + 3;

/// Records at one name at most.
const RECORDS: usize = 3;

/// An invented zone and message.
#[derive(Debug)]
struct Case {
    author: Name,
    evidence: Evidence,
    settings: Settings,
    /// By the name above `_dmarc`.
    listings: BTreeMap<Name, Listing>,
    /// What is said of the author domain itself.
    author_exists: Existence,
}

#[derive(Clone, Debug)]
enum Listing {
    Failure,
    NoData,
    Records(Vec<Record>),
}

#[derive(Clone, Debug, Arbitrary)]
enum Existence {
    No,
    Unknown,
    Yes,
}

/// Tags of a record: of each value that is listed here one, or none.
#[derive(Clone, Debug, Arbitrary)]
struct Record {
    is_dmarc: bool,
    p: u8,
    sp: u8,
    np: u8,
    psd: u8,
    others: u8,
}

/// Walks ask about at most eight names, each of them once and in the order of RFC 9989 §4.10, and lead to the
/// organizational domain of the plain reference, which is its own; whether answers are there at once or come one by one
/// changes nothing; identifiers are aligned when the reference says so; and a verdict that does not wait for a question
/// that failed would be the same with any answer to it.
pub fn dmarc_walk(octets: &[u8]) {
    let Ok(case) = Case::invented(&mut Unstructured::new(octets)) else {
        return;
    };
    let zone = case.zone(None);
    let discovered = case.discover(&zone);
    if case.settings.discovery == Discovery::TreeWalk {
        case.assert_walks(&discovered);
    }
    let verdict = case.check(&zone);
    case.assert_agrees(&discovered, &verdict);
    let does_fail = case.listings.values().any(|listing| matches!(listing, Listing::Failure));
    if does_fail && !matches!(verdict.outcome, Outcome::Temperror(_)) {
        for listing in Listing::each() {
            let told = case.check(&case.zone(Some(&listing)));
            assert_eq!(told.outcome.word(), verdict.outcome.word(), "{listing:?} in {case:#?}");
            assert_eq!(told.disposition, verdict.disposition, "{listing:?} in {case:#?}");
        }
    }
}

impl Case {
    fn invented(u: &mut Unstructured<'_>) -> Result<Self> {
        let settings = Settings {
            discovery: *u.choose(&[Discovery::TreeWalk, Discovery::TreeWalk, Discovery::PublicSuffixList])?,
            refuse_tld_organization: u.arbitrary()?,
            walk_ahead: u.arbitrary()?,
            walks: *u.choose(&[WALKS, WALKS, 1, 0])?,
        };
        let author_exists = u.arbitrary()?;
        let author = name(u)?;
        let mut names = vec![author.clone()];
        for _ in 0..u.int_in_range(0..=IDENTIFIERS)? {
            let chosen = u.choose(&names)?.clone();
            names.push(relative(u, chosen)?);
        }
        let mut evidence = Evidence::default();
        for name in names.iter().skip(usize::from(u.ratio(3, 4)?)) {
            match u.int_in_range(0..=5)? {
                0 => evidence.spf = Some(name.clone()),
                1 => evidence.undecided.push(undecided(Mechanism::Spf, name)),
                2 => evidence.undecided.push(undecided(Mechanism::Dkim, name)),
                _ => evidence.dkim.push(name.clone()),
            }
        }
        let mut listings = BTreeMap::new();
        while !u.is_empty() {
            let chosen = u.choose(&names)?;
            let name = chosen.last_labels(u.int_in_range(1..=chosen.label_count())?);
            let listing = Listing::invented(u)?;
            listings.insert(name, listing);
        }
        Ok(Self { author, evidence, settings, listings, author_exists })
    }

    /// What DNS says; with `told` in place of every failure of a listing.
    fn zone(&self, told: Option<&Listing>) -> Zone {
        let mut zone = Zone::new();
        match self.author_exists {
            Existence::No => {}
            Existence::Unknown => {
                zone.insert_rrset(self.author.clone(), Kind::Txt, Rrset::Failed(Failure::Timeout), TTL);
            }
            Existence::Yes => zone.insert_name(self.author.clone()),
        }
        for (name, listing) in &self.listings {
            let Ok(name) = name.child("_dmarc") else {
                continue;
            };
            match (listing, told) {
                (Listing::Failure, Some(Listing::Records(records))) | (Listing::Records(records), _) => {
                    let texts = records.iter().map(|record| Txt::new([record.to_string()])).collect();
                    zone.insert(name, Records::Txt(texts), TTL);
                }
                (Listing::Failure, Some(Listing::NoData)) | (Listing::NoData, _) => zone.insert_name(name),
                (Listing::Failure, _) => {
                    zone.insert_rrset(name, Kind::Txt, Rrset::Failed(Failure::Servfail), TTL);
                }
            }
        }
        // What was put below it lets a name exist.
        if matches!(self.author_exists, Existence::No) {
            zone.insert_rrset(self.author.clone(), Kind::Txt, Rrset::NxDomain, TTL);
        }
        zone
    }

    fn discover(&self, zone: &Zone) -> Discovered {
        let discover = || dmarc::discover(self.author.clone(), &self.settings);
        let mut at_once = discover();
        let Step::Done(discovered) = at_once.step(zone) else {
            panic!("asks although everything is known");
        };
        let asked: Vec<_> = at_once.facts().iter().map(|(question, _)| question.clone()).collect();
        // The names of the walk, and whether the author domain exists.
        assert!(asked.len() <= STATIONS + 1, "{asked:?}");
        assert_each_once(&asked);
        assert_eq!(one_by_one(discover(), zone), (discovered.clone(), asked));
        discovered
    }

    fn check(&self, zone: &Zone) -> Verdict {
        let check = || dmarc::check(self.author.clone(), self.evidence.clone(), &self.settings);
        let Step::Done(verdict) = check().step(zone) else {
            panic!("asks although everything is known");
        };
        let (later, asked) = one_by_one(check(), zone);
        assert_eq!(later, verdict, "one by one");
        assert!(asked.len() <= STATIONS * (1 + self.settings.walks) + 1, "{} questions", asked.len());
        assert_each_once(&asked);
        let discovered = dmarc::discover(self.author.clone(), &self.settings).run_blocking(zone);
        let later = dmarc::evaluate(discovered, self.evidence.clone()).run_blocking(zone);
        assert_eq!(later, verdict, "in two parts");
        assert_printable(&verdict.reason());
        verdict
    }

    fn assert_walks(&self, discovered: &Discovered) {
        let said = |name: &Name| self.said(name);
        let visited: Vec<_> = discovered.visits.iter().map(|visit| visit.domain.clone()).collect();
        let expected = stations(&self.author, said);
        assert!(expected.starts_with(&visited), "{visited:?} is no part of {expected:?}");
        let is_whole = visited.len() == expected.len();
        if let Some(domain) = &discovered.organizational_domain {
            assert!(is_whole);
            assert_eq!(organizational_domain(&self.author, said).as_ref(), Some(domain), "{self:#?}");
            // One that the walk has passed over, below a public suffix of seven labels, may have no answer.
            let own = organizational_domain(domain, said);
            assert!(own.is_none() || own.as_ref() == Some(domain), "not its own: {self:#?}");
        }
        match &discovered.finding {
            Finding::Applies(applicable) => {
                let domain = &applicable.published.domain;
                let expected = self.record_domain();
                assert_eq!(Some(domain), expected.as_ref(), "{self:#?}");
            }
            Finding::None(NoPolicy::NoRecord { .. }) => assert_eq!(self.record_domain(), None, "{self:#?}"),
            Finding::None(_) | Finding::Temperror(_) => {}
        }
    }

    /// RFC 9989 §4.10.1: the author domain, its organizational domain or its public suffix, whichever first has a record
    /// among those that the walk has found.
    fn record_domain(&self) -> Option<Name> {
        let said = |name: &Name| self.said(name);
        let organization = organizational_domain(&self.author, said);
        let stations = stations(&self.author, said);
        let is_record = |name: &Name| matches!(said(name), Said::Record(_)) && stations.contains(name);
        let suffix = stations.iter().find(|name| said(name) == Said::Record(Psd::Yes)).cloned();
        [Some(self.author.clone()), organization, suffix].into_iter().flatten().find(is_record)
    }

    fn assert_agrees(&self, discovered: &Discovered, verdict: &Verdict) {
        assert_eq!(verdict.outcome == Outcome::Pass, verdict.spf_aligned || verdict.dkim_aligned);
        let is_applied = matches!(discovered.finding, Finding::Applies(_));
        assert!(is_applied || !matches!(verdict.outcome, Outcome::Pass | Outcome::Fail));
        let does_walk = self.settings.discovery == Discovery::TreeWalk;
        let Some(record) = verdict.record.as_ref().filter(|_| does_walk) else {
            return;
        };
        let said = |name: &Name| self.said(name);
        let author = organizational_domain(&self.author, said);
        for identifier in &verdict.identifiers {
            let other = organizational_domain(&identifier.domain, said);
            let mode = match identifier.mechanism {
                Mechanism::Dkim => record.adkim,
                _ => record.aspf,
            };
            let is_related = mode == dmarc::AlignmentMode::Relaxed && other == author;
            let expected = identifier.domain == self.author || is_related;
            match identifier.aligned {
                dmarc::Aligned::Skipped | dmarc::Aligned::Undetermined(_) => {}
                _ if author.is_none() || other.is_none() => {}
                _ => assert_eq!(identifier.aligned.is_aligned(), expected, "{identifier:?} in {self:#?}"),
            }
        }
    }

    /// What counts of a listing; the choice to refuse a top-level domain as an organization makes it a public suffix.
    fn said(&self, name: &Name) -> Said {
        let is_guarded = self.settings.refuse_tld_organization && name.label_count() == 1;
        match self.listed(name) {
            Said::Record(Psd::Unspecified) if is_guarded => Said::Record(Psd::Yes),
            said => said,
        }
    }

    fn listed(&self, name: &Name) -> Said {
        if name.child("_dmarc").is_err() {
            return Said::Nothing;
        }
        match self.listings.get(name) {
            None | Some(Listing::NoData) => Said::Nothing,
            Some(Listing::Failure) => Said::Failure,
            Some(Listing::Records(records)) => {
                let mut records = records.iter().filter(|record| record.is_dmarc);
                match (records.next(), records.next()) {
                    (Some(record), None) => Said::Record(record.psd()),
                    _ => Said::Nothing,
                }
            }
        }
    }
}

const TTL: Duration = Duration::from_secs(60);

/// A name of few labels or many, and of few different ones.
fn name(u: &mut Unstructured<'_>) -> Result<Name> {
    let mut labels = Vec::new();
    for _ in 0..u.int_in_range(1..=LABELS)? {
        labels.push(*u.choose(&["a", "b", "co", "com", "example", "uk", LONG])?);
    }
    Ok(Name::parse(labels.join(".")).unwrap_or_else(|_| Name::parse("example.com").expect("a name")))
}

/// With it a name becomes too long for `_dmarc`.
const LONG: &str = "a-label-of-sixty-octets-for-names-that-are-nearly-too-long-a";

/// A name above another, below it, or beside it.
fn relative(u: &mut Unstructured<'_>, name: Name) -> Result<Name> {
    let kept = name.last_labels(u.int_in_range(1..=name.label_count())?);
    Ok(match u.int_in_range(0..=3)? {
        0 => kept,
        1 => self::name(u)?,
        label => kept.child(["a", "b", "c"][label % 3]).unwrap_or(kept),
    })
}

fn undecided(mechanism: Mechanism, domain: &Name) -> Undecided {
    Undecided { mechanism, domain: domain.clone() }
}

fn assert_each_once(asked: &[Question]) {
    let different: HashSet<_> = asked.iter().collect();
    assert_eq!(different.len(), asked.len(), "asked twice: {asked:?}");
}

/// The result, and what was asked for it.
fn one_by_one<E: Evaluation>(mut evaluation: E, zone: &Zone) -> (E::Output, Vec<Question>) {
    let mut asked = Vec::new();
    loop {
        match evaluation.step(&()) {
            Step::Ask(questions) => {
                assert!(!questions.is_empty() && asked.len() <= STATIONS * (1 + WALKS) + 1, "does not end");
                for question in questions {
                    evaluation.answer(question.clone(), zone.lookup(&question));
                    asked.push(question);
                }
            }
            Step::Done(output) => return (output, asked),
        }
    }
}

impl Listing {
    /// Mostly one record.
    fn invented(u: &mut Unstructured<'_>) -> Result<Self> {
        let records = match u.int_in_range(0..=9)? {
            0 => return Ok(Self::Failure),
            1 => return Ok(Self::NoData),
            2 => u.int_in_range(0..=RECORDS)?,
            _ => 1,
        };
        Ok(Self::Records((0..records).map(|_| u.arbitrary()).collect::<Result<_>>()?))
    }

    /// What an answer may say, in kinds.
    fn each() -> impl Iterator<Item = Self> {
        let record = |psd| Record { is_dmarc: true, p: 3, sp: 0, np: 0, psd, others: 0 };
        let records = (0..4).map(move |psd| Self::Records(vec![record(psd)]));
        records.chain([Self::NoData])
    }
}

impl Record {
    fn psd(&self) -> Psd {
        match self.psd % 4 {
            1 => Psd::Yes,
            2 => Psd::No,
            _ => Psd::Unspecified,
        }
    }
}

impl std::fmt::Display for Record {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.is_dmarc { "v=DMARC1" } else { "v=DMARC2" })?;
        for (tag, value) in [("p", self.p), ("sp", self.sp), ("np", self.np)] {
            let policies = ["", "none", "quarantine", "reject", "bogus"];
            match policies[usize::from(value) % policies.len()] {
                "" => {}
                policy => write!(f, "; {tag}={policy}")?,
            }
        }
        f.write_str(["", "; psd=y", "; psd=n", "; psd=u"][usize::from(self.psd) % 4])?;
        for (bit, tag) in ["; adkim=s", "; aspf=s", "; t=y", "; rua=mailto:a@b.example"].iter().enumerate() {
            if self.others & (1 << bit) != 0 {
                f.write_str(tag)?;
            }
        }
        Ok(())
    }
}
