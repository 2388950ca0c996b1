//! The evaluation of a whole message: SPF, DKIM, ARC, DMARC and iprev at once.

mod arc;
mod atps;
mod dkim;
mod dmarc;
mod facts;
mod part;

use self::arc::Arc;
use self::atps::Atps;
use self::dkim::Dkim;
use self::dmarc::Dmarc;
use self::facts::{Facts, Pinned};
use self::part::Part;
use crate::arc::{Policy as ArcPolicy, local_policy, may_excuse_later};
use crate::dkim::{Appetite, Outcome as DkimOutcome, Policy, Verifier};
use crate::dmarc::{Evidence, Mechanism, Settings, Undecided, discover};
use crate::dns::{Answer, Known, Question};
use crate::eval::{Evaluation, Step};
use crate::iprev;
use crate::message::Headers;
use crate::name::Name;
use crate::report::{DnsUse, Report};
use crate::spf;
use std::mem::take;
use std::net::IpAddr;

/// Everything that is asked about one message, as one [`Evaluation`] that ends in a [`Report`].
///
/// It asks the union of what its parts ask, so that their waits overlap: the number of DNS rounds is the length of
/// the longest chain, not the sum. One question has one answer for all parts and for the whole of its life.
///
/// It is done once; stepped again after that it judges a message of which nothing is known.
#[derive(Debug)]
pub struct Inspection {
    authserv_id: String,
    remote_ip: Option<IpAddr>,
    facts: Facts,
    /// What the last step asked for; nothing else is taken as an answer.
    open: Vec<Question>,
    helo: Option<Part<spf::Check>>,
    mail_from: Option<Part<spf::Check>>,
    dkim: Dkim,
    arc: Arc,
    trusted_sealers: Vec<Name>,
    atps: Atps,
    dmarc: Dmarc,
    iprev: Option<Part<iprev::Check>>,
    /// Questions asked one after the other, at most, on the way to alignment.
    chain: usize,
    /// Questions that alignment asked anew, one after the other.
    alignment_chain: usize,
}

/// What an inspection is made of, before the message is seen.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) authserv_id: String,
    pub(crate) remote_ip: Option<IpAddr>,
    pub(crate) helo: Option<spf::Request>,
    pub(crate) mail_from: Option<spf::Request>,
    pub(crate) dkim: Policy,
    pub(crate) arc: ArcPolicy,
    pub(crate) trusted_sealers: Vec<Name>,
    pub(crate) atps: bool,
    pub(crate) dmarc: Settings,
    /// The address whose name is confirmed, if it is to be.
    pub(crate) iprev: Option<IpAddr>,
    pub(crate) now: u64,
}

impl Inspection {
    /// Begins to judge a message whose header section is `headers`; the body follows through [`Inspection::body`].
    pub(crate) fn begin(plan: Plan, headers: &Headers<'_>) -> Self {
        let mut verifier = Verifier::new(headers, &plan.dkim, plan.now);
        let arc = Arc::new(headers, &plan.arc, plan.now, &mut verifier);
        let author = headers.author();
        let atps = match &author {
            Ok(author) if plan.atps => Atps::Waiting(author.domain.clone()),
            Ok(_) | Err(_) => Atps::LeftOut,
        };
        let dmarc = match author {
            Ok(author) => Dmarc::Discovering(Part::Open(discover(author.domain, &plan.dmarc))),
            Err(error) => Dmarc::Unusable(error),
        };
        Self {
            authserv_id: plan.authserv_id,
            remote_ip: plan.remote_ip,
            facts: Facts::default(),
            open: Vec::new(),
            helo: plan.helo.map(|request| Part::Open(spf::check(request))),
            mail_from: plan.mail_from.map(|request| Part::Open(spf::check(request))),
            dkim: Dkim::Reading(verifier),
            arc,
            trusted_sealers: plan.trusted_sealers,
            atps,
            dmarc,
            iprev: plan.iprev.map(|ip| Part::Open(iprev::check(ip))),
            chain: 0,
            alignment_chain: 0,
        }
    }

    /// Takes the next octets of the body.
    pub(crate) fn body(&mut self, chunk: &[u8]) -> Appetite {
        match &mut self.dkim {
            Dkim::Reading(verifier) => verifier.body(chunk),
            Dkim::Judging(_) => Appetite::Full,
        }
    }

    /// The body has ended.
    pub(crate) fn finish(self) -> Self {
        let Dkim::Reading(verifier) = self.dkim else {
            return self;
        };
        let verification = verifier.finish();
        let arc = self.arc.finish(verification.sums());
        Self { arc, dkim: Dkim::Judging(Part::Open(verification)), ..self }
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
        self.arc.step(self.dkim.verifier(), &pinned, &mut open);
        if let Some(signatures) = self.dkim.done() {
            self.atps.begin(signatures);
        }
        self.atps.step(&pinned, &mut open);
        if let Some(check) = &mut self.iprev {
            check.step(&pinned, &mut open);
        }
        self.dmarc_step(known, &mut open);
        // It waits for nothing that it does not judge: a reverse zone that is dead delays no policy.
        if self.begin_alignment() {
            self.dmarc_step(known, &mut open);
        }
        self.open = open;
        &self.open
    }

    fn dmarc_step(&mut self, known: &dyn Known, open: &mut Vec<Question>) {
        let facts = self.facts.len();
        self.dmarc.step(&Pinned { facts: &self.facts, known }, open);
        if matches!(self.dmarc, Dmarc::Aligning { .. }) {
            self.alignment_chain += self.facts.len() - facts;
        }
    }

    /// Takes the answer to an open question; one that is not open changes nothing.
    pub(crate) fn tell(&mut self, question: Question, answer: Answer) {
        let Some(asked) = self.open.iter().position(|open| *open == question) else {
            return;
        };
        self.open.swap_remove(asked);
        self.alignment_chain += usize::from(self.dmarc.aligns_by(&question));
        for check in [&mut self.helo, &mut self.mail_from].into_iter().flatten() {
            check.answer(&question, &answer);
        }
        self.dkim.answer(&question, &answer);
        self.arc.answer(self.dkim.verifier(), &question, &answer);
        self.atps.answer(&question, &answer);
        self.dmarc.answer(&question, &answer);
        if let Some(check) = &mut self.iprev {
            check.answer(&question, &answer);
        }
        self.facts.pin(question, answer);
    }

    /// Once it is known which names passed, compares them with the author domain.
    fn begin_alignment(&mut self) -> bool {
        let Dmarc::Discovering(Part::Done { chain, .. }) = &self.dmarc else {
            return false;
        };
        let Some(evidence) = self.evidence() else {
            return false;
        };
        let mail_from = self.mail_from.as_ref().map_or(0, Part::chain);
        self.chain = mail_from.max(self.dkim.chain()).max(*chain);
        self.dmarc.align(evidence);
        true
    }

    /// The names that SPF and DKIM authenticated, once both are decided.
    fn evidence(&self) -> Option<Evidence> {
        let mut evidence = Evidence::default();
        // RFC 9989 §3.2.4: MAIL FROM counts for DMARC, HELO only as what stands in for a null reverse-path, which the
        // check of MAIL FROM has done already (RFC 7208 §2.4).
        if let Some(check) = &self.mail_from {
            let verdict = check.done()?;
            match (&verdict.outcome, &verdict.domain) {
                (spf::Outcome::Pass, Some(domain)) => evidence.spf = Some(domain.clone()),
                (spf::Outcome::Temperror(_), Some(domain)) => {
                    evidence.undecided.push(undecided(Mechanism::Spf, domain));
                }
                _ => {}
            }
        }
        for verdict in self.dkim.done()? {
            match (&verdict.outcome, &verdict.domain) {
                (DkimOutcome::Pass, Some(domain)) => evidence.dkim.push(domain.clone()),
                (DkimOutcome::Temperror(_), Some(domain)) => {
                    evidence.undecided.push(undecided(Mechanism::Dkim, domain));
                }
                _ => {}
            }
        }
        Some(evidence)
    }

    /// Questions that SPF, DKIM, ARC or iprev asked one after the other.
    fn chain_without_dmarc(&self) -> usize {
        let spf = [&self.helo, &self.mail_from].into_iter().flatten().map(Part::chain);
        let iprev = self.iprev.as_ref().map_or(0, Part::chain);
        // ATPS begins when the signatures are judged.
        spf.chain([self.dkim.chain() + self.atps.chain(), self.arc.chain(), iprev]).max().unwrap_or(0)
    }

    fn is_decided(&self) -> bool {
        [&self.helo, &self.mail_from].into_iter().flatten().all(Part::is_done)
            && self.dkim.done().is_some()
            && self.arc.is_done()
            && self.atps.is_done()
            && self.dmarc.is_done()
            && self.iprev.as_ref().is_none_or(Part::is_done)
    }

    /// The report, once everything is decided. What is left judges a message of which nothing is known.
    fn report(&mut self) -> Option<Report> {
        if !self.is_decided() {
            return None;
        }
        let rounds = self.chain_without_dmarc().max(self.chain + self.alignment_chain);
        let arc = take(&mut self.arc).into_verdict()?;
        let dmarc = take(&mut self.dmarc).into_verdict()?;
        Some(Report {
            dmarc_override: local_policy(&arc, &dmarc, &self.trusted_sealers),
            awaits_override: may_excuse_later(&arc, &dmarc, &self.trusted_sealers),
            authserv_id: take(&mut self.authserv_id),
            remote_ip: self.remote_ip.take(),
            helo: self.helo.take().and_then(Part::into_output),
            mail_from: self.mail_from.take().and_then(Part::into_output),
            dkim: self.dkim.take_verdicts(),
            atps: take(&mut self.atps).into_verdict(),
            arc,
            dmarc,
            iprev: self.iprev.take().and_then(Part::into_output),
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

fn undecided(mechanism: Mechanism, domain: &Name) -> Undecided {
    Undecided { mechanism, domain: domain.clone() }
}
