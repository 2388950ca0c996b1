//! Which policy applies to an author domain (RFC 9989 §4.10.1, RFC 7489 §6.6.3).

use super::listing::{Absence, Published, Visit};
use super::psl;
use super::record::{Policy, Psd, Stated};
use super::verdict::{NoPolicy, Trouble};
use super::walk::Lookups;
use super::{Discovery, Settings};
use crate::dns::{Answer, Known, Paused, Question, Tape};
use crate::eval::{Evaluation, Step};
use crate::few::Few;
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

    /// How many different questions it asked.
    pub(crate) fn distinct(&self) -> usize {
        self.tape.distinct()
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

/// What the search for a record came to.
pub(super) struct Search {
    /// Where it was looked for, the author domain first.
    visits: Few<Visit>,
    pub(super) organizational_domain: Option<Name>,
    /// What ended it too early.
    trouble: Option<Trouble>,
}

/// The record that applies, and its policy; or what there is in place of one.
pub(super) type Applying<'s> = Result<(&'s Published, Result<Policy, Trouble>), Lack>;

/// Why no record applies, or none is known.
pub(super) enum Lack {
    Answer(Trouble),
    Policy(NoPolicy),
}

impl Discovered {
    fn find(lookups: &mut Lookups<'_>, author: &Name, settings: &Settings) -> Result<Self, Paused> {
        let search = Search::of(lookups, author, settings)?;
        let finding = match search.applying(lookups, author, settings)? {
            Ok((published, policy)) => Finding::Applies(Applicable { published: published.clone(), policy }),
            Err(Lack::Answer(trouble)) => Finding::Temperror(trouble),
            Err(Lack::Policy(cause)) => Finding::None(cause),
        };
        Ok(Self {
            author_domain: author.clone(),
            settings: *settings,
            organizational_domain: search.organizational_domain,
            finding,
            visits: search.visits.into(),
        })
    }
}

impl Search {
    pub(super) fn of(lookups: &mut Lookups<'_>, author: &Name, settings: &Settings) -> Result<Self, Paused> {
        match settings.discovery {
            Discovery::PublicSuffixList => Self::by_list(lookups, author),
            Discovery::TreeWalk => Self::by_walk(lookups, author, settings),
        }
    }

    /// RFC 9989 §4.10.1: the author domain; else its organizational domain; else its public suffix.
    fn by_walk(lookups: &mut Lookups<'_>, author: &Name, settings: &Settings) -> Result<Self, Paused> {
        let own = match lookups.visit(author)? {
            Ok(visit) => visit,
            Err(trouble) => return Ok(Self::failed(trouble, None, Few::default())),
        };
        let is_own = own.listing.is_ok();
        // The walk goes on only when identifiers are to be compared, unless it ends here anyway.
        let ends_here = own.psd() != Psd::Unspecified;
        if is_own && (ends_here || !settings.walk_ahead) {
            let organizational_domain = ends_here.then(|| author.clone());
            return Ok(Self { visits: Few::One(Some(own)), organizational_domain, trouble: None });
        }
        // The walk that starts at the author domain passes the same names as the one that starts above it, and "the
        // domain where the walk started" is then the author domain for every rule of §4.10.2.
        let walk = lookups.walk_on(own)?;
        let organizational_domain =
            walk.trouble.is_none().then(|| walk.organizational_domain(author, settings));
        // What fails above a record that applies decides nothing.
        let trouble = walk.trouble.filter(|_| !is_own);
        Ok(Self { visits: walk.visits.into(), organizational_domain, trouble })
    }

    /// RFC 7489 §6.6.3 steps 1 to 5: the author domain; else the organizational domain.
    fn by_list(lookups: &mut Lookups<'_>, author: &Name) -> Result<Self, Paused> {
        let organization = psl::organizational_domain(author);
        let mut visits = Few::default();
        for domain in [author, &organization] {
            let visit = match lookups.visit(domain)? {
                Ok(visit) => visit,
                Err(trouble) => return Ok(Self::failed(trouble, Some(organization.clone()), visits)),
            };
            // Step 5: several records end the search; step 3 goes on only from none.
            let goes_on = visit.listing.as_ref().is_err_and(|absence| !absence.is_several());
            visits.push(visit);
            if !goes_on || *author == organization {
                break;
            }
        }
        Ok(Self { visits, organizational_domain: Some(organization), trouble: None })
    }

    fn failed(trouble: Trouble, organizational_domain: Option<Name>, visits: Few<Visit>) -> Self {
        Self { visits, organizational_domain, trouble: Some(trouble) }
    }

    /// RFC 9989 §4.10.1: which record applies, and which of its policies is meant, if any.
    pub(super) fn applying(
        &self,
        lookups: &mut Lookups<'_>,
        author: &Name,
        settings: &Settings,
    ) -> Result<Applying<'_>, Paused> {
        let published = match self.candidate(settings) {
            Ok(published) => published,
            Err(lack) => return Ok(Err(lack)),
        };
        let record = &published.record;
        let policy = if record.states_policy() {
            stated_policy(published, lookups, author)?
        } else if record.rua.is_empty() {
            let domain = published.domain.clone();
            return Ok(Err(Lack::Policy(NoPolicy::NotStated { domain })));
        } else {
            Ok(Policy::None)
        };
        // RFC 9989 §4.7, `t`: one level below the specified policy.
        let testing = record.testing;
        let policy = policy.map(|policy| if testing { policy.lowered() } else { policy });
        Ok(Ok((published, policy)))
    }

    /// The record that applies, or what there is in place of one.
    fn candidate(&self, settings: &Settings) -> Result<&Published, Lack> {
        if let Some(trouble) = &self.trouble {
            return Err(Lack::Answer(trouble.clone()));
        }
        let visits = self.visits.as_slice();
        if let Some(Visit { listing: Ok(own), .. }) = visits.first() {
            return Ok(own);
        }
        let applicable = |published: &&Published| {
            self.organizational_domain.as_ref() == Some(&published.domain)
                || published.psd(settings) == Psd::Yes
        };
        // §4.10.1: the record of the organizational domain, which is passed first, before that of the public suffix.
        let record = visits.iter().filter_map(|visit| visit.listing.as_ref().ok()).find(applicable);
        record.ok_or_else(|| Lack::Policy(NoPolicy::NoRecord { visits: visits.to_vec() }))
    }
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
