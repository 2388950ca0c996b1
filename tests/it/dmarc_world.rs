//! A small DNS for DMARC tests, which remembers what it was asked. Every check runs in four ways that must agree.

use mailproof::dmarc::{self, Discovered, Discovery, Evidence, Settings, Verdict};
use mailproof::dns::{Answer, Failure, Known, Question, Records, Rrset, Txt, Zone};
use mailproof::{Evaluation, Name, Step};
use std::cell::RefCell;
use std::time::Duration;

const TTL: Duration = Duration::from_secs(300);

pub(crate) struct World {
    pub(crate) zone: Zone,
    pub(crate) settings: Settings,
    asked: RefCell<Vec<String>>,
}

pub(crate) fn name(text: &str) -> Name {
    Name::parse(text).unwrap()
}

/// Evidence that SPF passed for the first name and DKIM for the others.
pub(crate) fn passed(spf: Option<&str>, dkim: &[&str]) -> Evidence {
    Evidence { spf: spf.map(name), dkim: dkim.iter().copied().map(name).collect(), undecided: Vec::new() }
}

pub(crate) fn txt(zone: &mut Zone, owner: &str, texts: &[&str]) {
    let records = texts.iter().map(|text| Txt::new([text])).collect();
    zone.insert(name(owner), Records::Txt(records), TTL);
}

impl World {
    /// TXT records: an owner may stand several times.
    pub(crate) fn new(records: &[(&str, &str)]) -> Self {
        let mut zone = Zone::new();
        for (owner, _) in records {
            let texts: Vec<_> =
                records.iter().filter(|(other, _)| other == owner).map(|(_, text)| *text).collect();
            txt(&mut zone, owner, &texts);
        }
        Self { zone, settings: Settings::default(), asked: RefCell::default() }
    }

    pub(crate) fn by_list(mut self) -> Self {
        self.settings.discovery = Discovery::PublicSuffixList;
        self
    }

    pub(crate) fn failing(mut self, owner: &str) -> Self {
        self.zone.insert_always(name(owner), Rrset::Failed(Failure::Servfail));
        self
    }

    pub(crate) fn alias(mut self, owner: &str, target: &str) -> Self {
        self.zone.insert_alias(name(owner), name(target), TTL);
        self
    }

    /// The questions since the last call, in order, without `TXT`.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.take()
    }

    pub(crate) fn discover(&self, author: &str) -> Discovered {
        let Step::Done(discovered) = dmarc::discover(name(author), &self.settings).step(self) else {
            panic!("a zone knows everything");
        };
        discovered
    }

    pub(crate) fn check(&self, author: &str, evidence: &Evidence) -> Verdict {
        let whole = || dmarc::check(name(author), evidence.clone(), &self.settings);
        let Step::Done(verdict) = whole().step(self) else { panic!("a zone knows everything") };
        assert_eq!(verdict, whole().run_blocking(&self.zone));
        assert_eq!(verdict, answered_one_by_one(whole(), &self.zone));
        let discovered = dmarc::discover(name(author), &self.settings).run_blocking(&self.zone);
        assert_eq!(verdict, dmarc::evaluate(discovered, evidence.clone()).run_blocking(&self.zone));
        verdict
    }
}

/// Drives an evaluation that nobody helps, with a wrong answer before each right one.
fn answered_one_by_one<E: Evaluation + Clone>(mut evaluation: E, zone: &Zone) -> E::Output {
    for _ in 0..1000 {
        let open = match evaluation.step(&()) {
            Step::Ask(open) => open,
            Step::Done(output) => return output,
        };
        assert_eq!(open.len(), 1);
        let stranger = Question::new(name("not.asked.example"), open[0].kind);
        evaluation.answer(stranger, Answer::failed(Failure::Timeout));
        evaluation = evaluation.clone();
        evaluation.answer(open[0].clone(), zone.lookup(&open[0]));
    }
    panic!("it never ends");
}

impl Known for World {
    fn recall(&self, question: &Question) -> Option<Answer> {
        self.asked.borrow_mut().push(question.name.to_string());
        Some(self.zone.lookup(question))
    }
}
