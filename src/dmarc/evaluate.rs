//! From a policy and authenticated names to a verdict (RFC 9989 §5.3).

use super::Settings;
use super::align::Comparison;
use super::discover::{Applicable, Discovered, Finding, Lack, Search};
use super::listing::Published;
use super::record::{AlignmentMode, Policy, Record};
use super::verdict::{Aligned, Identifier, Mechanism, Outcome, Trouble, Undecidable, Undecided, Verdict};
use super::walk::Lookups;
use crate::dns::{Answer, Known, Paused, Question, Tape};
use crate::eval::{Evaluation, Step};
use crate::name::Name;
use std::sync::Arc;

/// What the authentication mechanisms have said of a message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Evidence {
    /// The domain for which SPF passed: that of MAIL FROM or, when the reverse-path is empty, of HELO (RFC 9989
    /// §3.2.4).
    pub spf: Option<Name>,
    /// The domains (`d=`) of the DKIM signatures that passed.
    pub dkim: Vec<Name>,
    /// The checks that ended in a temporary error.
    pub undecided: Vec<Undecided>,
}

/// Compares what was authenticated with the author domain.
pub fn evaluate(discovered: Discovered, evidence: Evidence) -> Alignment {
    Alignment { discovered, evidence, tape: Tape::default() }
}

/// Finds the policy that applies to an author domain and compares with it what was authenticated.
pub fn check(author: Name, evidence: Evidence, settings: &Settings) -> Check {
    Check { author, settings: *settings, evidence, tape: Tape::default() }
}

/// The evaluation that [`evaluate`] starts.
#[derive(Clone, Debug)]
pub struct Alignment {
    discovered: Discovered,
    evidence: Evidence,
    tape: Tape,
}

/// The evaluation that [`check`] starts.
#[derive(Clone, Debug)]
pub struct Check {
    author: Name,
    settings: Settings,
    evidence: Evidence,
    tape: Tape,
}

impl Alignment {
    /// The DNS questions asked so far and their answers, in order.
    pub fn facts(&self) -> &[(Question, Answer)] {
        self.tape.facts()
    }

    /// How many different questions it asked.
    pub(crate) fn distinct(&self) -> usize {
        self.tape.distinct()
    }
}

impl Evaluation for Alignment {
    type Output = Verdict;

    fn step(&mut self, known: &dyn Known) -> Step<Verdict> {
        let mut lookups = Lookups::new(self.tape.replay(known), &self.discovered.visits);
        match self.discovered.verdict(&mut lookups, &self.evidence) {
            Ok(verdict) => Step::Done(verdict),
            Err(Paused) => Step::Ask(self.tape.open().cloned().into_iter().collect()),
        }
    }

    fn answer(&mut self, question: Question, answer: Answer) {
        self.tape.answer(&question, answer);
    }
}

impl Evaluation for Check {
    type Output = Verdict;

    fn step(&mut self, known: &dyn Known) -> Step<Verdict> {
        match self.verdict(known) {
            Ok(verdict) => Step::Done(verdict),
            Err(Paused) => Step::Ask(self.tape.open().cloned().into_iter().collect()),
        }
    }

    fn answer(&mut self, question: Question, answer: Answer) {
        self.tape.answer(&question, answer);
    }
}

impl Discovered {
    fn verdict(&self, lookups: &mut Lookups<'_>, evidence: &Evidence) -> Result<Verdict, Paused> {
        let (author, settings) = (&self.author_domain, &self.settings);
        let organizational_domain = self.organizational_domain.as_ref();
        let outcome = match &self.finding {
            Finding::Applies(Applicable { published, policy }) => {
                let case = Case { author, settings, organizational_domain, published, policy };
                return case.judge(lookups, evidence);
            }
            Finding::None(cause) => Outcome::None(cause.clone()),
            Finding::Temperror(trouble) => Outcome::Temperror(Undecidable::Lookup(trouble.clone())),
        };
        Ok(without_record(author, organizational_domain, outcome))
    }
}

impl Check {
    fn verdict(&mut self, known: &dyn Known) -> Result<Verdict, Paused> {
        let (author, settings) = (&self.author, &self.settings);
        let mut lookups = Lookups::new(self.tape.replay(known), &[]);
        let search = Search::of(&mut lookups, author, settings)?;
        let organizational_domain = search.organizational_domain.as_ref();
        let outcome = match search.applying(&mut lookups, author, settings)? {
            Ok((published, policy)) => {
                let case = Case { author, settings, organizational_domain, published, policy: &policy };
                return case.judge(&mut lookups, &self.evidence);
            }
            Err(Lack::Answer(trouble)) => Outcome::Temperror(Undecidable::Lookup(trouble)),
            Err(Lack::Policy(cause)) => Outcome::None(cause),
        };
        Ok(without_record(author, organizational_domain, outcome))
    }
}

/// Whatever was authenticated: nothing can pass or fail where no policy applies.
fn without_record(author: &Name, organizational_domain: Option<&Name>, outcome: Outcome) -> Verdict {
    let organizational_domain = organizational_domain.cloned();
    Verdict { organizational_domain, ..Verdict::new(Some(author.clone()), outcome) }
}

/// An author domain and the record that applies to it.
struct Case<'a> {
    author: &'a Name,
    settings: &'a Settings,
    /// When it is known already.
    organizational_domain: Option<&'a Name>,
    published: &'a Published,
    policy: &'a Result<Policy, Trouble>,
}

impl Case<'_> {
    /// RFC 9989 §5.3.4–5.3.6.
    fn judge(&self, lookups: &mut Lookups<'_>, evidence: &Evidence) -> Result<Verdict, Paused> {
        let record = &self.published.record;
        let mut comparison = Comparison::new(self.author, self.settings);
        let spf = evidence.spf.as_slice();
        let mut identifiers = Vec::with_capacity(spf.len() + evidence.dkim.len());
        let spf_aligned = compare(lookups, &mut comparison, record, Mechanism::Spf, spf, &mut identifiers)?;
        let dkim_aligned =
            compare(lookups, &mut comparison, record, Mechanism::Dkim, &evidence.dkim, &mut identifiers)?;

        let outcome = if spf_aligned || dkim_aligned {
            Outcome::Pass
        } else {
            match open_cause(lookups, &mut comparison, record, &identifiers, &evidence.undecided)? {
                // RFC 9989 §5.3.6: what could still have passed has neither passed nor failed.
                Some(cause) => Outcome::Temperror(cause),
                None => match self.policy {
                    Ok(_) => Outcome::Fail,
                    Err(trouble) => Outcome::Temperror(Undecidable::Lookup(trouble.clone())),
                },
            }
        };
        let policy = self.policy.as_ref().ok().copied();
        let organizational_domain = self
            .organizational_domain
            .cloned()
            .or_else(|| comparison.organizational_domain())
            .or_else(|| common_domain(&identifiers));
        Ok(Verdict {
            disposition: match outcome {
                Outcome::Fail => policy.unwrap_or_default(),
                Outcome::None(_) | Outcome::Pass | Outcome::Permerror(_) | Outcome::Temperror(_) => {
                    Policy::None
                }
            },
            outcome,
            author_domain: Some(self.author.clone()),
            organizational_domain,
            record_domain: Some(self.published.domain.clone()),
            record: Some(Arc::clone(record)),
            policy,
            spf_aligned,
            dkim_aligned,
            identifiers,
        })
    }
}

/// Adds the identifiers of one mechanism; true when one is aligned. Once one is, the others need no walk.
fn compare(
    lookups: &mut Lookups<'_>,
    comparison: &mut Comparison<'_>,
    record: &Record,
    mechanism: Mechanism,
    domains: &[Name],
    identifiers: &mut Vec<Identifier>,
) -> Result<bool, Paused> {
    let mode = mechanism.mode(record);
    let mut is_settled = domains.iter().any(|domain| comparison.is_author(domain));
    for domain in domains {
        let aligned = match is_settled {
            true if comparison.is_author(domain) => Aligned::Identical,
            true => Aligned::Skipped,
            false => comparison.compare(lookups, domain, mode)?,
        };
        is_settled |= aligned.is_aligned();
        identifiers.push(Identifier { mechanism, domain: domain.clone(), aligned });
    }
    Ok(is_settled)
}

/// What leaves it open that the message could have passed.
fn open_cause(
    lookups: &mut Lookups<'_>,
    comparison: &mut Comparison<'_>,
    record: &Record,
    identifiers: &[Identifier],
    undecided: &[Undecided],
) -> Result<Option<Undecidable>, Paused> {
    for identifier in identifiers {
        if let Aligned::Undetermined(trouble) = &identifier.aligned {
            return Ok(Some(Undecidable::Lookup(trouble.clone())));
        }
    }
    for check in undecided {
        match comparison.compare(lookups, &check.domain, check.mechanism.mode(record))? {
            Aligned::Identical | Aligned::Organizational => {
                return Ok(Some(Undecidable::Undecided(check.clone())));
            }
            Aligned::Undetermined(trouble) => return Ok(Some(Undecidable::Lookup(trouble))),
            Aligned::No | Aligned::Skipped => {}
        }
    }
    Ok(None)
}

/// RFC 9989 §4.10.2: an identifier that is the author domain, whose record applies, makes it the organizational
/// domain as far as this message is concerned.
fn common_domain(identifiers: &[Identifier]) -> Option<Name> {
    let identical = identifiers.iter().find(|identifier| identifier.aligned == Aligned::Identical)?;
    Some(identical.domain.clone())
}

impl Mechanism {
    const fn mode(self, record: &Record) -> AlignmentMode {
        match self {
            Self::Dkim => record.adkim,
            Self::Spf => record.aspf,
        }
    }
}
