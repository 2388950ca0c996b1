//! A cache over a zone that changes, and two ways to ask it: with its source, so that compiled policies are used, and
//! without, so that the evaluator decides.

use mailproof::dns::{Answer, Cache, CacheSettings, Known, Question, Source, Zone, blocking};
use mailproof::spf::{self, Request, Verdict};
use mailproof::{Evaluation, Step};
use std::cell::{Cell, RefCell};
use std::time::Duration;

pub(crate) struct World {
    pub(crate) zone: RefCell<Zone>,
    pub(crate) cache: Cache,
    pub(crate) now: Cell<Duration>,
    /// Questions that the cache was asked.
    recalls: Cell<u32>,
    /// Questions that it could not answer.
    queries: Cell<u32>,
}

/// What came of a check.
#[derive(Debug)]
pub(crate) struct Judged {
    pub(crate) verdict: Verdict,
    pub(crate) facts: Vec<(Question, Answer)>,
    pub(crate) recalls: u32,
    pub(crate) queries: u32,
}

impl Judged {
    /// Whether more facts were used than asked for.
    pub(crate) fn is_compiled(&self) -> bool {
        self.recalls == 1 && self.queries == 0 && self.facts.len() > 1
    }
}

impl World {
    pub(crate) fn new(zone: Zone) -> Self {
        Self::with(zone, CacheSettings::default())
    }

    pub(crate) fn with(zone: Zone, settings: CacheSettings) -> Self {
        Self {
            zone: RefCell::new(zone),
            cache: Cache::new(settings),
            now: Cell::default(),
            recalls: Cell::default(),
            queries: Cell::default(),
        }
    }

    pub(crate) fn advance(&self, seconds: u64) {
        self.now.set(self.now.get() + Duration::from_secs(seconds));
    }

    /// With compiled policies.
    pub(crate) fn hot(&self, request: Request) -> Judged {
        self.judge(&Hot(self), request)
    }

    /// By the evaluator alone.
    pub(crate) fn cold(&self, request: Request) -> Judged {
        self.judge(&Cold(self), request)
    }

    /// The same as [`World::hot`], often enough for a policy to be compiled.
    pub(crate) fn warm(&self, request: &Request) -> Judged {
        (0..3).for_each(|_| drop(self.hot(request.clone())));
        self.hot(request.clone())
    }

    fn judge(&self, resolver: &impl blocking::Resolver, request: Request) -> Judged {
        self.recalls.set(0);
        self.queries.set(0);
        let mut check = spf::check(request);
        loop {
            match check.step(resolver.known()) {
                Step::Done(verdict) => {
                    let (recalls, queries) = (self.recalls.get(), self.queries.get());
                    assert_eq!(check.facts(), check.clone().facts());
                    return Judged { verdict, facts: check.facts().to_vec(), recalls, queries };
                }
                Step::Ask(open) => open.into_iter().for_each(|question| {
                    let answer = resolver.resolve(&question);
                    check.answer(question, answer);
                }),
            }
        }
    }

    fn recall(&self, question: &Question) -> Option<Answer> {
        self.recalls.set(self.recalls.get() + 1);
        self.cache.recall(question, self.now.get())
    }

    fn resolve(&self, question: &Question) -> Answer {
        self.queries.set(self.queries.get() + 1);
        let answer = self.zone.borrow().lookup(question);
        // As from a network: no two replies are one.
        let answer = Answer::with_details(answer.outcome().clone(), answer.ttl(), answer.details().clone());
        self.cache.store(question.clone(), answer, self.now.get())
    }
}

pub(crate) struct Hot<'a>(pub(crate) &'a World);

pub(crate) struct Cold<'a>(pub(crate) &'a World);

impl Known for Hot<'_> {
    fn recall(&self, question: &Question) -> Option<Answer> {
        self.0.recall(question)
    }

    fn source(&self) -> Option<&Source> {
        Some(self.0.cache.source())
    }

    fn peek(&self, question: &Question) -> Option<Answer> {
        self.0.cache.recall(question, self.0.now.get())
    }
}

impl Known for Cold<'_> {
    fn recall(&self, question: &Question) -> Option<Answer> {
        self.0.recall(question)
    }
}

impl blocking::Resolver for Hot<'_> {
    fn resolve(&self, question: &Question) -> Answer {
        self.0.resolve(question)
    }

    fn known(&self) -> &dyn Known {
        self
    }
}

impl blocking::Resolver for Cold<'_> {
    fn resolve(&self, question: &Question) -> Answer {
        self.0.resolve(question)
    }

    fn known(&self) -> &dyn Known {
        self
    }
}
