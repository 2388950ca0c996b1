//! The two lookups (RFC 8601 §3).

use super::verdict::{Disagreement, NoName, Outcome, Unavailable, Verdict};
use crate::cidr::unmapped;
use crate::dns::{self, Answer, Kind, Known, Question, Records};
use crate::eval::{Evaluation, Step};
use crate::name::Name;
use std::net::IpAddr;

/// Names of an address that are looked at, unless said otherwise. RFC 8601 §3 demands a limit and names that of RFC 7208
/// §4.6.4 as an example.
pub const NAMES: usize = 10;

/// Begins to check an address. An IPv4-mapped IPv6 address is the IPv4 address it holds.
pub fn check(ip: IpAddr) -> Check {
    let ip = unmapped(ip);
    let reverse = Lookup::new(Question::new(Name::reverse(ip), Kind::Ptr));
    Check { ip, limit: NAMES, reverse, forward: None, names_left_out: 0 }
}

/// A check under way.
#[derive(Clone, Debug)]
pub struct Check {
    ip: IpAddr,
    limit: usize,
    reverse: Lookup,
    /// The addresses of each name, in alphabetical order; once the names are known.
    forward: Option<Vec<Lookup>>,
    /// How many names are beyond the limit.
    names_left_out: usize,
}

#[derive(Clone, Debug)]
struct Lookup {
    question: Question,
    answer: Option<Answer>,
}

impl Check {
    /// The same for another number of names at most. The default is [`NAMES`].
    #[must_use]
    pub const fn with_limit(mut self, names: usize) -> Self {
        self.limit = names;
        self
    }

    /// How many questions it has asked one after the other: the names, then all addresses at once.
    pub fn rounds(&self) -> usize {
        1 + usize::from(self.forward.as_ref().is_some_and(|lookups| !lookups.is_empty()))
    }

    /// The lookups that stand next: of the names, once they are asked for, else of the address.
    fn pending(&mut self) -> &mut [Lookup] {
        match &mut self.forward {
            Some(lookups) => lookups,
            None => std::slice::from_mut(&mut self.reverse),
        }
    }

    /// Takes up the names, if they have just become known.
    fn look_forward(&mut self) {
        let Some(answer) = self.reverse.answer.as_ref().filter(|_| self.forward.is_none()) else {
            return;
        };
        let kind = Kind::of_address(self.ip);
        // Servers rotate their answers: the first in alphabetical order are the same ones each time.
        let names = answer.reverse_names(usize::MAX);
        self.names_left_out = names.len().saturating_sub(self.limit);
        let names = names.into_iter().take(self.limit);
        self.forward = Some(names.map(|name| Lookup::new(Question::new(name, kind))).collect());
    }

    /// The verdict, once every question is answered.
    fn verdict(&self) -> Option<Verdict> {
        let reverse = self.reverse.answer.as_ref()?;
        let forward: Vec<_> = self.forward.as_ref()?.iter().map(Lookup::told).collect::<Option<_>>()?;
        let confirmed = forward.iter().find(|(_, answer)| answer.holds(self.ip));
        let outcome = match confirmed {
            Some(_) => Outcome::Pass,
            None => self.without_confirmation(reverse, &forward),
        };
        let mut answers = std::iter::once(reverse).chain(forward.iter().map(|(_, answer)| *answer));
        Some(Verdict {
            ip: self.ip,
            outcome,
            name: confirmed.map(|(question, _)| question.name.clone()),
            names: forward.iter().map(|(question, _)| question.name.clone()).collect(),
            names_left_out: self.names_left_out,
            authentic: answers.all(Answer::is_authentic),
        })
    }

    fn without_confirmation(&self, reverse: &Answer, forward: &[(&Question, &Answer)]) -> Outcome {
        match reverse.outcome() {
            // RFC 8601 §2.7.3: "no PTR data are published": permerror.
            dns::Outcome::NxDomain => return Outcome::Permerror(NoName::NxDomain),
            dns::Outcome::NoData => return Outcome::Permerror(NoName::NoData),
            dns::Outcome::Found(Records::Ptr(names)) if names.is_empty() => {
                return Outcome::Permerror(NoName::NoData);
            }
            dns::Outcome::Failed(_) | dns::Outcome::Found(_) => {}
        }
        // RFC 8601 §2.7.3: temperror when a later attempt may end otherwise; one name that could not be asked for may be
        // the one that points back.
        let mut asked = std::iter::once((&self.reverse.question, reverse)).chain(forward.iter().copied());
        if let Some(cause) = asked.find_map(|(question, answer)| Unavailable::of(question, answer)) {
            return Outcome::Temperror(Box::new(cause));
        }
        // RFC 8601 §2.7.3: no agreement, or a forward lookup without a result: fail.
        let has_address =
            forward.iter().any(|(_, answer)| matches!(answer.outcome(), dns::Outcome::Found(_)));
        Outcome::Fail(if has_address { Disagreement::OtherAddress } else { Disagreement::NoAddress })
    }
}

impl Evaluation for Check {
    type Output = Verdict;

    fn step(&mut self, known: &dyn Known) -> Step<Verdict> {
        loop {
            for lookup in self.pending().iter_mut().filter(|lookup| lookup.answer.is_none()) {
                lookup.answer = known.recall(&lookup.question);
            }
            let open = |lookup: &&mut Lookup| lookup.answer.is_none();
            let open: Vec<_> =
                self.pending().iter_mut().filter(open).map(|lookup| lookup.question.clone()).collect();
            if !open.is_empty() {
                return Step::Ask(open);
            }
            match self.verdict() {
                Some(verdict) => return Step::Done(verdict),
                None => self.look_forward(),
            }
        }
    }

    fn answer(&mut self, question: Question, answer: Answer) {
        let asked = self.pending().iter_mut().find(|lookup| lookup.question == question);
        if let Some(lookup) = asked.filter(|lookup| lookup.answer.is_none()) {
            lookup.answer = Some(answer);
        }
    }
}

impl Lookup {
    const fn new(question: Question) -> Self {
        Self { question, answer: None }
    }

    fn told(&self) -> Option<(&Question, &Answer)> {
        Some((&self.question, self.answer.as_ref()?))
    }
}
