//! The DNS tree walk (RFC 9989 §4.10) and the organizational domain it leads to (§4.10.2).

use super::Settings;
use super::listing::{Absence, Published, Visit, read};
use super::record::Psd;
use super::verdict::Trouble;
use crate::dns::{Kind, Outcome, Paused, Question, Reader};
use crate::name::Name;

/// Labels of every name but the first that a walk asks about, at most.
const WALKED_LABELS: usize = 7;

/// The questions of one evaluation; what is asked twice has its answer on the tape.
pub(super) struct Lookups<'a> {
    reader: Reader<'a>,
    /// What an earlier evaluation has learned.
    remembered: &'a [Visit],
}

/// A walk from a name towards the root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Walk {
    /// The names passed, the start first.
    pub(super) visits: Vec<Visit>,
    /// What ended it too early.
    pub(super) trouble: Option<Trouble>,
}

impl<'a> Lookups<'a> {
    /// Lookups after an earlier evaluation, which has learned what is `remembered`.
    pub(super) const fn new(reader: Reader<'a>, remembered: &'a [Visit]) -> Self {
        Self { reader, remembered }
    }

    /// What stands at `_dmarc` below `domain`.
    pub(super) fn visit(&mut self, domain: &Name) -> Result<Result<Visit, Trouble>, Paused> {
        if let Some(visit) = self.remembered.iter().find(|visit| visit.domain == *domain) {
            return Ok(Ok(visit.clone()));
        }
        Ok(match domain.child("_dmarc") {
            Ok(name) => {
                let (question, answer) = self.reader.learn(|| Question::new(name, Kind::Txt))?;
                read(domain, answer).map_err(|failure| Trouble::new(question.clone(), failure, answer))
            }
            Err(malformed) => Ok(Visit { domain: domain.clone(), listing: Err(Absence::from(malformed)) }),
        })
    }

    /// Whether a domain exists: any answer but NXDOMAIN for the name itself (RFC 9989 §3.2.13). An alias exists even
    /// when its target does not (RFC 8020 §2).
    pub(super) fn exists(&mut self, domain: &Name) -> Result<Result<bool, Trouble>, Paused> {
        // Any type tells the same; TXT is likely known already, for SPF asks for it.
        let (question, answer) = self.reader.learn(|| Question::new(domain.clone(), Kind::Txt))?;
        Ok(match answer.outcome() {
            Outcome::Failed(failure) => Err(Trouble::new(question.clone(), *failure, answer)),
            Outcome::Found(_) | Outcome::NoData | Outcome::NxDomain => Ok(!answer.denies_name()),
        })
    }

    /// The walk from `start`, until a record says `psd=y` or `psd=n`, or no label remains.
    pub(super) fn walk(&mut self, start: &Name) -> Result<Walk, Paused> {
        match self.visit(start)? {
            Ok(visit) => self.walk_on(visit),
            Err(trouble) => Ok(Walk { visits: Vec::new(), trouble: Some(trouble) }),
        }
    }

    /// The walk whose first visit was `start`.
    pub(super) fn walk_on(&mut self, start: Visit) -> Result<Walk, Paused> {
        let mut above = stations_above(&start.domain);
        let mut visits = Vec::with_capacity(start.domain.label_count().clamp(1, WALKED_LABELS + 1));
        visits.push(start);
        let mut walk = Walk { visits, trouble: None };
        while walk.visits.last().is_some_and(|visit| visit.psd() == Psd::Unspecified)
            && let Some(domain) = above.next()
        {
            match self.visit(&domain)? {
                Ok(visit) => walk.visits.push(visit),
                Err(trouble) => return Ok(Walk { trouble: Some(trouble), ..walk }),
            }
        }
        Ok(walk)
    }
}

/// RFC 9989 §4.10 steps 4 and 7: from the start its parent or, when it has eight labels or more, its last seven; then
/// one label less each time. The root is not among them.
fn stations_above(start: &Name) -> impl Iterator<Item = Name> + use<> {
    let second = start.parent().map(|parent| parent.last_labels(WALKED_LABELS));
    std::iter::successors(second, Name::parent).filter(|name| !name.is_root())
}

impl Walk {
    /// The organizational domain of the name the walk started from, by the records it has passed.
    pub(super) fn organizational_domain(&self, start: &Name, settings: &Settings) -> Name {
        let mut shortest = start;
        for published in self.visits.iter().filter_map(|visit| visit.listing.as_ref().ok()) {
            match published.psd(settings) {
                // RFC 9989 §4.10.2 rule 1.
                Psd::No => return published.domain.clone(),
                // Rule 2: the name one label below, unless the walk started here.
                Psd::Yes if published.domain != *start => {
                    return start.last_labels(published.domain.label_count() + 1);
                }
                // Rule 3: the fewest labels.
                Psd::Unspecified | Psd::Yes => shortest = &published.domain,
            }
        }
        shortest.clone()
    }
}

impl Visit {
    pub(super) fn psd(&self) -> Psd {
        self.listing.as_ref().map_or(Psd::Unspecified, |published| published.record.psd)
    }
}

impl Published {
    /// What the record says of its domain being a public suffix.
    pub(super) fn psd(&self, settings: &Settings) -> Psd {
        // Deviation, see `Settings::refuse_tld_organization`.
        let is_guarded = settings.refuse_tld_organization && self.domain.label_count() == 1;
        match self.record.psd {
            Psd::Unspecified if is_guarded => Psd::Yes,
            psd => psd,
        }
    }
}
