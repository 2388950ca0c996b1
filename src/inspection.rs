//! The evaluation of a whole message: SPF, DKIM and DMARC at once.

use crate::dkim;
use crate::dmarc;
use crate::dns::{Answer, Freshness, Known, Question};
use crate::eval::{Evaluation, Step};
use crate::message::{AuthorError, Headers};
use crate::name::Name;
use crate::report::{DnsUse, Report};
use crate::spf;
use std::cell::RefCell;
use std::collections::BTreeMap;

/// Everything that is asked about one message, as one [`Evaluation`] that ends in a [`Report`].
///
/// It asks the union of what its parts ask, so that their waits overlap: the number of DNS rounds is the length of
/// the longest chain, not the sum. One question has one answer for all parts and for the whole of its life.
#[derive(Debug)]
pub struct Inspection {
    authserv_id: String,
    facts: Facts,
    /// What the last step asked for; nothing else is taken as an answer.
    open: Vec<Question>,
    helo: Option<Part<spf::Check>>,
    mail_from: Option<Part<spf::Check>>,
    dkim: Dkim,
    dmarc: Dmarc,
    /// Questions asked one after the other, at most, before alignment was judged.
    chain: usize,
    facts_before_alignment: usize,
}

/// What an inspection is made of, before the message is seen.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) authserv_id: String,
    pub(crate) helo: Option<spf::Request>,
    pub(crate) mail_from: Option<spf::Request>,
    pub(crate) dkim: dkim::Policy,
    pub(crate) dmarc: dmarc::Settings,
    pub(crate) now: u64,
}

/// The answers seen so far, each fixed for the life of the inspection. They are few, so that comparing names costs
/// less than hashing them.
#[derive(Debug, Default)]
struct Facts(RefCell<BTreeMap<Question, Answer>>);

/// The facts, and what else can be told without waiting, which becomes a fact as soon as it is told.
struct Pinned<'a> {
    facts: &'a Facts,
    known: &'a dyn Known,
}

/// A part of the inspection.
#[derive(Debug)]
enum Part<E: Evaluation> {
    Open(E),
    Done {
        output: E::Output,
        /// Questions it asked one after the other.
        chain: usize,
    },
}

/// An evaluation that knows how many questions it asked one after the other.
trait Chained: Evaluation {
    fn chain(&self) -> usize;
}

impl Chained for spf::Check {
    fn chain(&self) -> usize {
        distinct(self.facts())
    }
}

impl Chained for dkim::Verification {
    /// All keys are asked for at once.
    fn chain(&self) -> usize {
        usize::from(self.needs_keys())
    }
}

impl Chained for dmarc::Discover {
    fn chain(&self) -> usize {
        distinct(self.facts())
    }
}

impl Chained for dmarc::Alignment {
    fn chain(&self) -> usize {
        distinct(self.facts())
    }
}

#[derive(Debug)]
enum Dkim {
    /// The body is still arriving.
    Reading(Box<dkim::Verifier>),
    Judging(Box<Part<dkim::Verification>>),
}

#[derive(Debug)]
enum Dmarc {
    /// There is no one author domain, so there is nothing to discover (RFC 9989 §5.3.1).
    Unusable(AuthorError),
    Discovering(Part<dmarc::Discover>),
    Aligning(Part<dmarc::Alignment>),
}

impl Inspection {
    /// Begins to judge a message whose header section is `headers`; the body follows through [`Inspection::body`].
    pub(crate) fn begin(plan: Plan, headers: &Headers<'_>) -> Self {
        let verifier = dkim::Verifier::new(headers, &plan.dkim, plan.now);
        let dmarc = match headers.author() {
            Ok(author) => Dmarc::Discovering(Part::Open(dmarc::discover(author.domain, &plan.dmarc))),
            Err(error) => Dmarc::Unusable(error),
        };
        Self {
            authserv_id: plan.authserv_id,
            facts: Facts::default(),
            open: Vec::new(),
            helo: plan.helo.map(|request| Part::Open(spf::check(request))),
            mail_from: plan.mail_from.map(|request| Part::Open(spf::check(request))),
            dkim: Dkim::Reading(Box::new(verifier)),
            dmarc,
            chain: 0,
            facts_before_alignment: 0,
        }
    }

    /// Takes the next octets of the body.
    pub(crate) fn body(&mut self, chunk: &[u8]) -> dkim::Appetite {
        match &mut self.dkim {
            Dkim::Reading(verifier) => verifier.body(chunk),
            Dkim::Judging(_) => dkim::Appetite::Full,
        }
    }

    /// The body has ended.
    pub(crate) fn finish(self) -> Self {
        let dkim = match self.dkim {
            Dkim::Reading(verifier) => Dkim::Judging(Box::new(Part::Open(verifier.finish()))),
            judging @ Dkim::Judging(_) => judging,
        };
        Self { dkim, ..self }
    }

    /// Goes as far as possible; gives what is open then. Nothing is, once only the body, or nothing at all, is
    /// missing.
    pub(crate) fn advance(&mut self, known: &dyn Known) -> &[Question] {
        let mut open = Vec::new();
        let pinned = Pinned { facts: &self.facts, known };
        for check in [&mut self.helo, &mut self.mail_from].into_iter().flatten() {
            check.step(&pinned, &mut open);
        }
        self.dkim.step(&pinned, &mut open);
        self.dmarc.step(&pinned, &mut open);
        if open.is_empty() && self.begin_alignment() {
            self.dmarc.step(&Pinned { facts: &self.facts, known }, &mut open);
        }
        self.open = open;
        &self.open
    }

    /// Takes the answer to an open question; one that is not open changes nothing.
    pub(crate) fn tell(&mut self, question: Question, answer: Answer) {
        let Some(asked) = self.open.iter().position(|open| *open == question) else {
            return;
        };
        self.open.swap_remove(asked);
        for check in [&mut self.helo, &mut self.mail_from].into_iter().flatten() {
            check.answer(&question, &answer);
        }
        self.dkim.answer(&question, &answer);
        self.dmarc.answer(&question, &answer);
        self.facts.pin(question, answer);
    }

    /// With all else decided, compares the names that passed with the author domain.
    fn begin_alignment(&mut self) -> bool {
        let (Dmarc::Discovering(Part::Done { output: discovered, chain }), Some(evidence)) =
            (&self.dmarc, self.evidence())
        else {
            return false;
        };
        self.chain = self.chain_without_dmarc().max(*chain);
        self.facts_before_alignment = self.facts.len();
        self.dmarc = Dmarc::Aligning(Part::Open(dmarc::evaluate(discovered.clone(), evidence)));
        true
    }

    /// The names that SPF and DKIM authenticated, once both are decided.
    fn evidence(&self) -> Option<dmarc::Evidence> {
        let mut evidence = dmarc::Evidence::default();
        // RFC 9989 §3.2.4: MAIL FROM counts for DMARC, HELO only as what stands in for a null reverse-path, which the
        // check of MAIL FROM has done already (RFC 7208 §2.4).
        if let Some(check) = &self.mail_from {
            let verdict = check.done()?;
            match (&verdict.outcome, &verdict.domain) {
                (spf::Outcome::Pass, Some(domain)) => evidence.spf = Some(domain.clone()),
                (spf::Outcome::Temperror(_), Some(domain)) => {
                    evidence.undecided.push(undecided(dmarc::Mechanism::Spf, domain));
                }
                _ => {}
            }
        }
        for verdict in self.dkim.done()? {
            match (&verdict.outcome, &verdict.domain) {
                (dkim::Outcome::Pass, Some(domain)) => evidence.dkim.push(domain.clone()),
                (dkim::Outcome::Temperror(_), Some(domain)) => {
                    evidence.undecided.push(undecided(dmarc::Mechanism::Dkim, domain));
                }
                _ => {}
            }
        }
        Some(evidence)
    }

    /// Questions that SPF or DKIM asked one after the other.
    fn chain_without_dmarc(&self) -> usize {
        let spf = [&self.helo, &self.mail_from].into_iter().flatten().map(Part::chain);
        spf.chain([self.dkim.chain()]).max().unwrap_or(0)
    }

    /// The report, once everything is decided.
    fn report(&self) -> Option<Report> {
        let done = |check: &Option<Part<spf::Check>>| match check {
            Some(check) => check.done().cloned().map(Some),
            None => Some(None),
        };
        let rounds = match &self.dmarc {
            Dmarc::Unusable(_) => self.chain_without_dmarc(),
            // What alignment asked anew, it asked after all else.
            Dmarc::Discovering(_) | Dmarc::Aligning(_) => {
                self.chain + self.facts.len() - self.facts_before_alignment
            }
        };
        Some(Report {
            authserv_id: self.authserv_id.clone(),
            helo: done(&self.helo)?,
            mail_from: done(&self.mail_from)?,
            dkim: self.dkim.done()?.to_vec(),
            dmarc: self.dmarc.verdict()?,
            dns: DnsUse { questions: self.facts.len(), rounds, stale: self.facts.stale() },
        })
    }
}

impl Evaluation for Inspection {
    type Output = Report;

    fn step(&mut self, known: &dyn Known) -> Step<Report> {
        if self.advance(known).is_empty()
            && let Some(report) = self.report()
        {
            return Step::Done(report);
        }
        Step::Ask(self.open.clone())
    }

    fn answer(&mut self, question: Question, answer: Answer) {
        self.tell(question, answer);
    }
}

impl<E: Chained> Part<E> {
    fn step(&mut self, known: &dyn Known, open: &mut Vec<Question>) {
        let Self::Open(evaluation) = self else {
            return;
        };
        match evaluation.step(known) {
            Step::Ask(questions) => add(open, questions),
            Step::Done(output) => *self = Self::Done { chain: evaluation.chain(), output },
        }
    }

    fn answer(&mut self, question: &Question, answer: &Answer) {
        if let Self::Open(evaluation) = self {
            evaluation.answer(question.clone(), answer.clone());
        }
    }

    const fn done(&self) -> Option<&E::Output> {
        match self {
            Self::Open(_) => None,
            Self::Done { output, .. } => Some(output),
        }
    }

    const fn chain(&self) -> usize {
        match self {
            Self::Open(_) => 0,
            Self::Done { chain, .. } => *chain,
        }
    }
}

impl Dkim {
    fn step(&mut self, known: &dyn Known, open: &mut Vec<Question>) {
        match self {
            Self::Reading(verifier) => {
                for question in verifier.questions() {
                    match known.recall(&question) {
                        Some(answer) => verifier.answer(&question, &answer),
                        None => add(open, vec![question]),
                    }
                }
            }
            Self::Judging(verification) => verification.step(known, open),
        }
    }

    fn answer(&mut self, question: &Question, answer: &Answer) {
        match self {
            Self::Reading(verifier) => verifier.answer(question, answer),
            Self::Judging(verification) => verification.answer(question, answer),
        }
    }

    fn chain(&self) -> usize {
        match self {
            Self::Reading(_) => 0,
            Self::Judging(verification) => verification.chain(),
        }
    }

    fn done(&self) -> Option<&[dkim::Verdict]> {
        match self {
            Self::Reading(_) => None,
            Self::Judging(verification) => verification.done().map(Vec::as_slice),
        }
    }
}

impl Dmarc {
    fn step(&mut self, known: &dyn Known, open: &mut Vec<Question>) {
        match self {
            Self::Unusable(_) => {}
            Self::Discovering(discovery) => discovery.step(known, open),
            Self::Aligning(alignment) => alignment.step(known, open),
        }
    }

    fn answer(&mut self, question: &Question, answer: &Answer) {
        match self {
            Self::Unusable(_) => {}
            Self::Discovering(discovery) => discovery.answer(question, answer),
            Self::Aligning(alignment) => alignment.answer(question, answer),
        }
    }

    fn verdict(&self) -> Option<dmarc::Verdict> {
        match self {
            Self::Unusable(error) => Some(dmarc::Verdict::unusable(error.clone())),
            Self::Discovering(_) => None,
            Self::Aligning(alignment) => alignment.done().cloned(),
        }
    }
}

impl Facts {
    fn pin(&self, question: Question, answer: Answer) {
        self.0.borrow_mut().entry(question).or_insert(answer);
    }

    fn len(&self) -> usize {
        self.0.borrow().len()
    }

    /// The questions whose answers were kept beyond their time, sorted.
    fn stale(&self) -> Vec<Question> {
        let facts = self.0.borrow();
        let stale = facts.iter().filter(|(_, answer)| matches!(answer.freshness(), Freshness::Stale(_)));
        stale.map(|(question, _)| question.clone()).collect()
    }
}

impl Known for Pinned<'_> {
    fn recall(&self, question: &Question) -> Option<Answer> {
        if let Some(answer) = self.facts.0.borrow().get(question) {
            return Some(answer.clone());
        }
        let answer = self.known.recall(question)?;
        self.facts.pin(question.clone(), answer.clone());
        Some(answer)
    }
}

/// A question asked again has its answer already.
fn distinct(facts: &[(Question, Answer)]) -> usize {
    let mut questions: Vec<_> = facts.iter().map(|(question, _)| question).collect();
    questions.sort_unstable();
    questions.dedup();
    questions.len()
}

fn undecided(mechanism: dmarc::Mechanism, domain: &Name) -> dmarc::Undecided {
    dmarc::Undecided { mechanism, domain: domain.clone() }
}

fn add(open: &mut Vec<Question>, questions: Vec<Question>) {
    for question in questions {
        if !open.contains(&question) {
            open.push(question);
        }
    }
}
