//! From a policy and authenticated names to a verdict (RFC 9989 §5.3).

use super::Settings;
use super::align::Comparison;
use super::discover::{Applicable, Discovered, Finding};
use super::record::{AlignmentMode, Policy, Record};
use super::verdict::{Aligned, Identifier, Mechanism, Outcome, Undecidable, Undecided, Verdict};
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
}

impl Evaluation for Alignment {
    type Output = Verdict;

    fn step(&mut self, known: &dyn Known) -> Step<Verdict> {
        let mut lookups = Lookups::new(self.tape.replay(known), &self.discovered.visits);
        match decide(&mut lookups, &self.discovered, &self.evidence) {
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
        let mut lookups = Lookups::new(self.tape.replay(known), &[]);
        let verdict = Discovered::find(&mut lookups, &self.author, &self.settings)
            .and_then(|discovered| decide(&mut lookups, &discovered, &self.evidence));
        match verdict {
            Ok(verdict) => Step::Done(verdict),
            Err(Paused) => Step::Ask(self.tape.open().cloned().into_iter().collect()),
        }
    }

    fn answer(&mut self, question: Question, answer: Answer) {
        self.tape.answer(&question, answer);
    }
}

fn decide(
    lookups: &mut Lookups<'_>,
    discovered: &Discovered,
    evidence: &Evidence,
) -> Result<Verdict, Paused> {
    let outcome = match &discovered.finding {
        Finding::Applies(applicable) => return judge(lookups, discovered, applicable, evidence),
        Finding::None(cause) => Outcome::None(cause.clone()),
        Finding::Temperror(trouble) => Outcome::Temperror(Undecidable::Lookup(trouble.clone())),
    };
    let organizational_domain = discovered.organizational_domain.clone();
    Ok(Verdict { organizational_domain, ..Verdict::new(Some(discovered.author_domain.clone()), outcome) })
}

/// RFC 9989 §5.3.4–5.3.6.
fn judge(
    lookups: &mut Lookups<'_>,
    discovered: &Discovered,
    applicable: &Applicable,
    evidence: &Evidence,
) -> Result<Verdict, Paused> {
    let record = &applicable.published.record;
    let mut comparison = Comparison::new(&discovered.author_domain, &discovered.settings);
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
            None => match &applicable.policy {
                Ok(_) => Outcome::Fail,
                Err(trouble) => Outcome::Temperror(Undecidable::Lookup(trouble.clone())),
            },
        }
    };
    let policy = applicable.policy.as_ref().ok().copied();
    let organizational_domain = discovered
        .organizational_domain
        .clone()
        .or_else(|| comparison.organizational_domain())
        .or_else(|| common_domain(&identifiers));
    Ok(Verdict {
        disposition: match outcome {
            Outcome::Fail => policy.unwrap_or_default(),
            Outcome::None(_) | Outcome::Pass | Outcome::Permerror(_) | Outcome::Temperror(_) => Policy::None,
        },
        outcome,
        author_domain: Some(discovered.author_domain.clone()),
        organizational_domain,
        record_domain: Some(applicable.published.domain.clone()),
        record: Some(Arc::clone(record)),
        policy,
        spf_aligned,
        dkim_aligned,
        identifiers,
    })
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
        let aligned = if is_settled && !comparison.is_author(domain) {
            Aligned::Skipped
        } else {
            comparison.compare(lookups, domain, mode)?
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
