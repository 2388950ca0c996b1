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
    /// The organizational domain of the author domain, when it is known already: the walk for it ends where the
    /// record is found.
    pub organizational_domain: Option<Name>,
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
        let mut lookups = Lookups::new(self.tape.replay(known));
        match Discovered::find(&mut lookups, &self.author, &self.settings) {
            Ok(discovered) => Step::Done(discovered),
            Err(Paused) => Step::Ask(self.tape.open().cloned().into_iter().collect()),
        }
    }

    fn answer(&mut self, question: Question, answer: Answer) {
        self.tape.answer(&question, answer);
    }
}

/// A record that applies, before its policy is read.
struct Candidate {
    published: Published,
    organizational_domain: Option<Name>,
}

/// What the search for a record came to: a candidate or the reason for none, and where it was looked for.
type Search = (Result<Candidate, Finding>, Vec<Visit>);

impl Discovered {
    pub(super) fn find(
        lookups: &mut Lookups<'_>,
        author: &Name,
        settings: &Settings,
    ) -> Result<Self, Paused> {
        let (candidate, visits) = match settings.discovery {
            Discovery::PublicSuffixList => search_by_list(lookups, author)?,
            Discovery::TreeWalk => search_by_walk(lookups, author, settings)?,
        };
        let finding = match candidate {
            Ok(candidate) => candidate.judge(lookups, author)?,
            Err(finding) => finding,
        };
        Ok(Self { author_domain: author.clone(), settings: *settings, finding, visits })
    }
}

/// RFC 9989 §4.10.1: the author domain; else its organizational domain; else its public suffix.
fn search_by_walk(lookups: &mut Lookups<'_>, author: &Name, settings: &Settings) -> Result<Search, Paused> {
    let own = match lookups.visit(author)? {
        Ok(visit) => visit,
        Err(trouble) => return Ok((Err(Finding::Temperror(trouble)), Vec::new())),
    };
    if let Ok(published) = &own.listing {
        // The walk goes on only when identifiers are to be compared, unless it ends here anyway.
        let published = published.clone();
        if published.record.psd != Psd::Unspecified {
            let organizational_domain = Some(author.clone());
            return Ok((Ok(Candidate { published, organizational_domain }), vec![own]));
        }
        if !settings.walk_ahead {
            return Ok((Ok(Candidate { published, organizational_domain: None }), vec![own]));
        }
        let walk = lookups.walk(author)?;
        let organizational_domain =
            walk.trouble.is_none().then(|| walk.organizational_domain(author, settings));
        return Ok((Ok(Candidate { published, organizational_domain }), walk.visits));
    }
    // The walk that starts at the author domain passes the same names as the one that starts above it, and "the
    // domain where the walk started" is then the author domain for every rule of §4.10.2.
    let walk = lookups.walk(author)?;
    if let Some(trouble) = walk.trouble {
        return Ok((Err(Finding::Temperror(trouble)), walk.visits));
    }
    let organization = walk.organizational_domain(author, settings);
    let applicable =
        |published: &&Published| published.domain == organization || published.psd(settings) == Psd::Yes;
    // §4.10.1: the record of the organizational domain, which is passed first, before that of the public suffix.
    let record = walk.visits.iter().filter_map(|visit| visit.listing.as_ref().ok()).find(applicable);
    let candidate = match record {
        Some(published) => {
            Ok(Candidate { published: published.clone(), organizational_domain: Some(organization.clone()) })
        }
        None => Err(Finding::None(NoPolicy::NoRecord { visits: walk.visits.clone() })),
    };
    Ok((candidate, walk.visits))
}

/// RFC 7489 §6.6.3 steps 1 to 5: the author domain; else the organizational domain.
fn search_by_list(lookups: &mut Lookups<'_>, author: &Name) -> Result<Search, Paused> {
    let organization = psl::organizational_domain(author);
    let mut visits = Vec::with_capacity(2);
    for domain in [author, &organization] {
        let visit = match lookups.visit(domain)? {
            Ok(visit) => visit,
            Err(trouble) => return Ok((Err(Finding::Temperror(trouble)), visits)),
        };
        let listing = visit.listing.clone();
        visits.push(visit);
        match listing {
            Ok(published) => {
                let organizational_domain = Some(organization.clone());
                return Ok((Ok(Candidate { published, organizational_domain }), visits));
            }
            // Step 5: several records end the search; step 3 goes on only from none.
            Err(absence) if absence.is_several() || *author == organization => break,
            Err(_) => {}
        }
    }
    Ok((Err(Finding::None(NoPolicy::NoRecord { visits: visits.clone() })), visits))
}

impl Candidate {
    /// RFC 9989 §4.10.1: which of the record's policies is meant, if any.
    fn judge(self, lookups: &mut Lookups<'_>, author: &Name) -> Result<Finding, Paused> {
        let record = &self.published.record;
        let policy = if record.states_policy() {
            self.stated_policy(lookups, author)?
        } else if record.rua.is_empty() {
            let domain = self.published.domain;
            return Ok(Finding::None(NoPolicy::NotStated { domain }));
        } else {
            Ok(Policy::None)
        };
        // RFC 9989 §4.7, `t`: one level below the specified policy.
        let testing = record.testing;
        let policy = policy.map(|policy| if testing { policy.lowered() } else { policy });
        let Self { published, organizational_domain } = self;
        Ok(Finding::Applies(Applicable { published, organizational_domain, policy }))
    }

    fn stated_policy(
        &self,
        lookups: &mut Lookups<'_>,
        author: &Name,
    ) -> Result<Result<Policy, Trouble>, Paused> {
        let record = &self.published.record;
        let own = record.p.policy().unwrap_or_default();
        if self.published.domain == *author {
            return Ok(Ok(own));
        }
        let existing = record.sp.policy().unwrap_or(own);
        let Stated::Valid(absent) = record.np else {
            return Ok(Ok(existing));
        };
        if absent == existing {
            return Ok(Ok(existing));
        }
        let exists = lookups.exists(author)?;
        Ok(exists.map(|exists| if exists { existing } else { absent }))
    }
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
