//! The validated names of the client: `ptr` (RFC 7208 §5.5) and `%{p}` (§7.3).

use super::cause::Stop;
use super::check::Run;
use super::macros::{Letter, MacroString};
use super::record::Prefixes;
use super::terms::holds;
use crate::dns::{Failure, Kind, Outcome, Question};
use crate::name::Name;

/// The names that the address of the client points to, asked for once in an evaluation: the first ten of the answer,
/// in alphabetical order.
#[derive(Clone, Debug, Default)]
pub(super) struct ReverseNames {
    names: Vec<Candidate>,
    /// Whether the query found nothing.
    is_void: bool,
}

#[derive(Clone, Debug)]
struct Candidate {
    name: Name,
    /// Whether it points back to the client, once that is known.
    validated: Option<bool>,
}

impl Run<'_> {
    /// RFC 7208 §5.5: whether a validated name equals the target or stands below it. (The bullets at the end of the
    /// section say it the other way round; its procedure and its example do not.)
    pub(super) fn ptr(&mut self, target: &Name) -> Result<bool, Stop> {
        self.learn_reverse_names()?;
        if self.state.reverse.as_ref().is_some_and(|reverse| reverse.is_void) {
            self.state.spent.void_lookup(&self.request.limits)?;
        }
        // Only names that could match are worth validating.
        for index in self.candidates(|name| name.is_within(target)) {
            if self.validates(index)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// What `%{p}` stands for, if it occurs in `text`: RFC 7208 §7.3 wants the domain itself if it is validated, else
    /// a name below it, else any; of several, the first in alphabetical order. `None` expands to "unknown".
    pub(super) fn validated_name_for(
        &mut self,
        text: &MacroString,
        domain: &Name,
    ) -> Result<Option<Name>, Stop> {
        if !text.mentions(Letter::ValidatedName) {
            return Ok(None);
        }
        self.learn_reverse_names()?;
        let mut candidates = self.candidates(|_| true);
        // Stable: of one rank, names stay in alphabetical order.
        candidates.sort_by_key(|index| {
            self.candidate(*index).map_or(2, |Candidate { name, .. }| match () {
                () if name == domain => 0,
                () if name.is_within(domain) => 1,
                () => 2,
            })
        });
        for index in candidates {
            if self.validates(index)? {
                return Ok(self.candidate(index).map(|candidate| candidate.name.clone()));
            }
        }
        Ok(None)
    }

    fn learn_reverse_names(&mut self) -> Result<(), Stop> {
        if self.state.reverse.is_some() {
            return Ok(());
        }
        let name = Name::reverse(self.ip);
        let answer = self.ask(&name, Kind::Ptr)?;
        let mut reverse = ReverseNames::default();
        match answer.outcome() {
            // RFC 7208 §4.6.4: all records other than the first 10 are ignored.
            Outcome::Found(_) => {
                let names = answer.reverse_names(self.request.limits.ptr_names);
                reverse.names = names.into_iter().map(|name| Candidate { name, validated: None }).collect();
            }
            Outcome::NoData | Outcome::NxDomain => reverse.is_void = true,
            Outcome::Failed(failure) => refuse_budget(&name, Kind::Ptr, *failure)?,
        }
        self.state.reverse = Some(reverse);
        self.keep_reverse_names();
        Ok(())
    }

    fn candidates(&self, wanted: impl Fn(&Name) -> bool) -> Vec<usize> {
        let names = self.state.reverse.as_ref().map_or(&[][..], |reverse| &reverse.names);
        (0..).zip(names).filter(|(_, candidate)| wanted(&candidate.name)).map(|(index, _)| index).collect()
    }

    fn candidate(&self, index: usize) -> Option<&Candidate> {
        self.state.reverse.as_ref()?.names.get(index)
    }

    /// Whether a name of the client points back to it.
    fn validates(&mut self, index: usize) -> Result<bool, Stop> {
        let Some(candidate) = self.candidate(index) else {
            return Ok(false);
        };
        if let Some(validated) = candidate.validated {
            return Ok(validated);
        }
        let name = candidate.name.clone();
        // RFC 7208 §5: A for IPv4 clients, AAAA for IPv6 clients.
        let kind = Kind::of_address(self.ip);
        let answer = self.ask(&name, kind)?;
        // RFC 7208 §5.5: a name whose address lookup fails is skipped.
        if let Outcome::Failed(failure) = answer.outcome() {
            refuse_budget(&name, kind, *failure)?;
        }
        let validated = holds(&answer, self.ip, Prefixes::default());
        if let Some(candidate) = self.state.reverse.as_mut().and_then(|reverse| reverse.names.get_mut(index))
        {
            candidate.validated = Some(validated);
        }
        self.keep_reverse_names();
        Ok(validated)
    }
}

/// RFC 7208 §4.6.4: time that has run out is temperror, also where a DNS error is only "no match". So is what a recording
/// lacks: a replay does not guess.
pub(super) fn refuse_budget(name: &Name, kind: Kind, failure: Failure) -> Result<(), Stop> {
    if failure.is_local() {
        return Err(Stop::temporary(Question::new(name.clone(), kind), failure, None));
    }
    Ok(())
}
