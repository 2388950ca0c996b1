//! Which policy applies to an author domain (RFC 9989 §4.10.1, RFC 7489 §6.6.3).

use super::listing::{Absence, Published, Visit};
use super::psl;
use super::record::{Policy, Psd, Stated};
use super::verdict::{NoPolicy, Trouble};
use super::walk::Lookups;
use super::{Discovery, Settings};
use crate::dns::{Answer, Known, Paused, Question, Tape};
use crate::eval::{Evaluation, Step};
use crate::name::Name;

/// Finds the policy that applies to an author domain.
pub fn discover(author: Name, settings: &Settings) -> Discover {
    Discover { author, settings: *settings, tape: Tape::default() }
}

/// The evaluation that [`discover`] starts.
#[derive(Clone, Debug)]
pub struct Discover {
    author: Name,
    settings: Settings,
    tape: Tape,
}

/// What is known of an author domain before anything is compared with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Discovered {
    /// The author domain.
    pub author_domain: Name,
    /// The settings it was found with.
    pub settings: Settings,
    /// The organizational domain of the author domain, when it is known already: the walk for it ends where the
    /// record is found.
    pub organizational_domain: Option<Name>,
    /// What was found.
    pub finding: Finding,
    /// Where records were looked for, in order.
    pub visits: Vec<Visit>,
}

/// Whether a policy applies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// This one.
    Applies(Applicable),
    /// None.
    None(NoPolicy),
    /// It cannot be told: a question that decides has no usable answer.
    Temperror(Trouble),
}

/// A record that applies, and what it says of the author domain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applicable {
    /// The record and where it stands.
    pub published: Published,
    /// The policy for the author domain, after `sp`, `np` and `t`; or the question that leaves it open whether the
    /// author domain exists.
    pub policy: Result<Policy, Trouble>,
}

impl Discover {
    /// The DNS questions asked so far and their answers, in order.
    pub fn facts(&self) -> &[(Question, Answer)] {
        self.tape.facts()
    }
}

impl Evaluation for Discover {
    type Output = Discovered;

    fn step(&mut self, known: &dyn Known) -> Step<Discovered> {
        let mut lookups = Lookups::new(self.tape.replay(known), &[]);
        match Discovered::find(&mut lookups, &self.author, &self.settings) {
            Ok(discovered) => Step::Done(discovered),
            Err(Paused) => Step::Ask(self.tape.open().cloned().into_iter().collect()),
        }
    }

    fn answer(&mut self, question: Question, answer: Answer) {
        self.tape.answer(&question, answer);
    }
}

/// What the search for a record came to, before its policy is read.
struct Search {
    /// The record that applies, or what there is in place of one.
    candidate: Result<Published, Finding>,
    organizational_domain: Option<Name>,
    /// Where it was looked for.
    visits: Vec<Visit>,
}

impl Discovered {
    pub(super) fn find(
        lookups: &mut Lookups<'_>,
        author: &Name,
        settings: &Settings,
    ) -> Result<Self, Paused> {
        let Search { candidate, organizational_domain, visits } = match settings.discovery {
            Discovery::PublicSuffixList => search_by_list(lookups, author)?,
            Discovery::TreeWalk => search_by_walk(lookups, author, settings)?,
        };
        let finding = match candidate {
            Ok(published) => judge(published, lookups, author)?,
            Err(finding) => finding,
        };
        Ok(Self {
            author_domain: author.clone(),
            settings: *settings,
            organizational_domain,
            finding,
            visits,
        })
    }
}

/// RFC 9989 §4.10.1: the author domain; else its organizational domain; else its public suffix.
fn search_by_walk(lookups: &mut Lookups<'_>, author: &Name, settings: &Settings) -> Result<Search, Paused> {
    let own = match lookups.visit(author)? {
        Ok(visit) => visit,
        Err(trouble) => return Ok(Search::failed(trouble, None, Vec::new())),
    };
    if let Ok(published) = &own.listing {
        let candidate = Ok(published.clone());
        // The walk goes on only when identifiers are to be compared, unless it ends here anyway.
        if published.record.psd != Psd::Unspecified {
            let organizational_domain = Some(author.clone());
            return Ok(Search { candidate, organizational_domain, visits: vec![own] });
        }
        if !settings.walk_ahead {
            return Ok(Search { candidate, organizational_domain: None, visits: vec![own] });
        }
        let walk = lookups.walk_on(own)?;
        let organizational_domain =
            walk.trouble.is_none().then(|| walk.organizational_domain(author, settings));
        return Ok(Search { candidate, organizational_domain, visits: walk.visits });
    }
    // The walk that starts at the author domain passes the same names as the one that starts above it, and "the
    // domain where the walk started" is then the author domain for every rule of §4.10.2.
    let walk = lookups.walk_on(own)?;
    if let Some(trouble) = walk.trouble {
        return Ok(Search::failed(trouble, None, walk.visits));
    }
    let organization = walk.organizational_domain(author, settings);
    let applicable =
        |published: &&Published| published.domain == organization || published.psd(settings) == Psd::Yes;
    // §4.10.1: the record of the organizational domain, which is passed first, before that of the public suffix.
    let record = walk.visits.iter().filter_map(|visit| visit.listing.as_ref().ok()).find(applicable);
    let candidate = match record {
        Some(published) => Ok(published.clone()),
        None => Err(Finding::None(NoPolicy::NoRecord { visits: walk.visits.clone() })),
    };
    Ok(Search { candidate, organizational_domain: Some(organization), visits: walk.visits })
}

/// RFC 7489 §6.6.3 steps 1 to 5: the author domain; else the organizational domain.
fn search_by_list(lookups: &mut Lookups<'_>, author: &Name) -> Result<Search, Paused> {
    let organization = psl::organizational_domain(author);
    let mut visits = Vec::with_capacity(2);
    for domain in [author, &organization] {
        let visit = match lookups.visit(domain)? {
            Ok(visit) => visit,
            Err(trouble) => return Ok(Search::failed(trouble, Some(organization.clone()), visits)),
        };
        let listing = visit.listing.clone();
        visits.push(visit);
        match listing {
            Ok(published) => {
                return Ok(Search {
                    candidate: Ok(published),
                    organizational_domain: Some(organization.clone()),
                    visits,
                });
            }
            // Step 5: several records end the search; step 3 goes on only from none.
            Err(absence) if absence.is_several() || *author == organization => break,
            Err(_) => {}
        }
    }
    let candidate = Err(Finding::None(NoPolicy::NoRecord { visits: visits.clone() }));
    Ok(Search { candidate, organizational_domain: Some(organization), visits })
}

impl Search {
    fn failed(trouble: Trouble, organizational_domain: Option<Name>, visits: Vec<Visit>) -> Self {
        Self { candidate: Err(Finding::Temperror(trouble)), organizational_domain, visits }
    }
}

/// RFC 9989 §4.10.1: which of the record's policies is meant, if any.
fn judge(published: Published, lookups: &mut Lookups<'_>, author: &Name) -> Result<Finding, Paused> {
    let record = &published.record;
    let policy = if record.states_policy() {
        stated_policy(&published, lookups, author)?
    } else if record.rua.is_empty() {
        return Ok(Finding::None(NoPolicy::NotStated { domain: published.domain }));
    } else {
        Ok(Policy::None)
    };
    // RFC 9989 §4.7, `t`: one level below the specified policy.
    let testing = record.testing;
    let policy = policy.map(|policy| if testing { policy.lowered() } else { policy });
    Ok(Finding::Applies(Applicable { published, policy }))
}

fn stated_policy(
    published: &Published,
    lookups: &mut Lookups<'_>,
    author: &Name,
) -> Result<Result<Policy, Trouble>, Paused> {
    let record = &published.record;
    let own = record.p.policy().unwrap_or_default();
    if published.domain == *author {
        return Ok(Ok(own));
    }
    let existing = record.sp.policy().unwrap_or(own);
    let Stated::Valid(absent) = record.np else {
        return Ok(Ok(existing));
    };
    // With `t=y` policies that differ may come to the same.
    if absent == existing || record.testing && absent.lowered() == existing.lowered() {
        return Ok(Ok(existing));
    }
    let exists = lookups.exists(author)?;
    Ok(exists.map(|exists| if exists { existing } else { absent }))
}

impl Absence {
    fn is_several(&self) -> bool {
        match self {
            Self::Alias { absence, .. } => absence.is_several(),
            Self::Several { .. } => true,
            Self::NameTooLong | Self::NoData | Self::NxDomain | Self::Stray(_) => false,
        }
    }
}
