//! What a policy decides about every address there is.

use super::addresses::{Addresses, Family};
use mailproof::spf::{Content, Listed, Network, Policy, Qualifier};
use rangemap::RangeInclusiveMap;
use std::ops::RangeInclusive;

/// The decision for each address that some term decides. The first term that matches decides (RFC 7208 §4.6.2). Terms that
/// cannot be listed decide nothing here, but are counted: each decision knows how many stand before it.
#[derive(Clone, Debug, Default)]
pub(super) struct Decided {
    v4: RangeInclusiveMap<u128, Decision>,
    v6: RangeInclusiveMap<u128, Decision>,
    unlisted: usize,
    rest: Option<Decision>,
}

/// What a client gets, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Decision {
    /// `None`: an error ends the evaluation.
    pub(super) result: Option<Qualifier>,
    /// How many terms that are not listed stand before: one of them may match the client first.
    pub(super) behind: usize,
}

impl Decided {
    /// What a policy decides.
    pub(super) fn of(policy: &Policy) -> Self {
        Self::of_all_but(policy, |_| false)
    }

    /// What a policy decides with all but some of its own terms, which count as not listed.
    pub(super) fn of_all_but(policy: &Policy, is_left_out: impl Fn(&Listed) -> bool) -> Self {
        let mut decided = Self::default();
        let Ok(terms) = &policy.terms else {
            decided.claim_everyone(None);
            return decided;
        };
        for listed in terms {
            if is_left_out(listed) {
                decided.unlisted += 1;
            } else {
                decided.enter(listed);
            }
        }
        decided
    }

    fn enter(&mut self, listed: &Listed) {
        let result = listed.qualifier();
        match &listed.content {
            Content::Everyone => self.claim_everyone(result),
            Content::Networks(networks) => networks.iter().for_each(|network| self.claim(network, result)),
            Content::Policy(policy) => self.claim_decided(&Self::of(policy), result),
            Content::Trouble(_) => self.claim_everyone(None),
            // It may match anyone, or nobody; and a later version of the library may list more.
            Content::Unlistable(_) | _ => self.unlisted += 1,
        }
    }

    /// What the policy of an include, or of a redirect (`None`), decides.
    fn claim_decided(&mut self, inner: &Self, include: Option<Qualifier>) {
        let outer = |decision: Decision| {
            let result = match (include, decision.result) {
                // RFC 7208 §6.1: a redirect takes the result as it is. §5.2: an error inside an include is one outside.
                (None, result) | (_, result @ None) => result,
                // RFC 7208 §5.2: an include matches where the other policy passes.
                (Some(include), Some(Qualifier::Pass)) => Some(include),
                (Some(_), Some(Qualifier::Fail | Qualifier::Softfail | Qualifier::Neutral)) => return None,
            };
            Some(Decision { result, behind: self.unlisted + decision.behind })
        };
        let mut claims = Vec::new();
        for family in Family::BOTH {
            for (range, decision) in inner.ranges(family).iter() {
                claims.extend(outer(*decision).map(|decision| (family, range.clone(), decision)));
            }
        }
        self.rest = self.rest.or_else(|| inner.rest.and_then(outer));
        claims.into_iter().for_each(|(family, range, decision)| self.claim_range(family, &range, decision));
        self.unlisted += inner.unlisted;
    }

    fn claim_everyone(&mut self, result: Option<Qualifier>) {
        let decision = Decision { result, behind: self.unlisted };
        self.rest = self.rest.or(Some(decision));
        for family in Family::BOTH {
            self.claim_range(family, &family.everyone(), decision);
        }
    }

    fn claim(&mut self, network: &Network, result: Option<Qualifier>) {
        let decision = Decision { result, behind: self.unlisted };
        let (family, first) = Family::position(network.address());
        let bits = if family == Family::V4 { 32 } else { 128 };
        let size = 1_u128.checked_shl(bits - u32::from(network.prefix()));
        let last = size.map_or(u128::MAX, |size| first.saturating_add(size - 1));
        self.claim_range(family, &(first..=last), decision);
    }

    /// Only what no earlier term decided.
    fn claim_range(&mut self, family: Family, range: &RangeInclusive<u128>, decision: Decision) {
        let ranges = match family {
            Family::V4 => &mut self.v4,
            Family::V6 => &mut self.v6,
        };
        let free: Vec<_> = ranges.gaps(range).collect();
        free.into_iter().for_each(|gap| ranges.insert(gap, decision));
    }

    /// How many terms there are that are not listed.
    pub(super) const fn unlisted(&self) -> usize {
        self.unlisted
    }

    /// What those get whom no network names; `None` where the policy ends without an answer.
    pub(super) const fn rest(&self) -> Option<Decision> {
        self.rest
    }

    /// Everyone who passes.
    pub(super) fn passed(&self) -> Addresses {
        self.decided_so(|decision| decision.result == Some(Qualifier::Pass))
    }

    /// Everyone whose decision is one of those wanted.
    pub(super) fn decided_so(&self, is_wanted: impl Fn(Decision) -> bool) -> Addresses {
        let mut addresses = Addresses::default();
        for family in Family::BOTH {
            let wanted = self.ranges(family).iter().filter(|(_, decision)| is_wanted(**decision));
            wanted.for_each(|(range, _)| addresses.insert(family, range.clone()));
        }
        addresses
    }

    const fn ranges(&self, family: Family) -> &RangeInclusiveMap<u128, Decision> {
        match family {
            Family::V4 => &self.v4,
            Family::V6 => &self.v6,
        }
    }
}
