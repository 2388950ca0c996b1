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
        let before = self.unlisted;
        let outer = |decision: Decision| {
            let result = match (include, decision.result) {
                // RFC 7208 §6.1: a redirect takes the result as it is. §5.2: an error inside an include is one outside.
                (None, result) | (_, result @ None) => result,
                // RFC 7208 §5.2: an include matches where the other policy passes.
                (Some(include), Some(Qualifier::Pass)) => Some(include),
                (Some(_), Some(Qualifier::Fail | Qualifier::Softfail | Qualifier::Neutral)) => return None,
            };
            Some(Decision { result, behind: before + decision.behind })
        };
        let mut claims = Vec::new();
        for family in Family::BOTH {
            for (range, decision) in inner.ranges(family).iter() {
                claims.extend(outer(*decision).map(|decision| (family, range.clone(), decision)));
            }
        }
        claims.into_iter().for_each(|(family, range, decision)| self.claim_range(family, &range, decision));
        // Whom the other policy decides about without a pass, an include leaves to the terms behind it.
        if self.rest.is_none() && (include.is_none() || self.is_complete()) {
            self.rest = inner.rest.and_then(outer);
        }
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

    /// Whether every client is decided about.
    fn is_complete(&self) -> bool {
        Family::BOTH.into_iter().all(|family| self.ranges(family).gaps(&family.everyone()).next().is_none())
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

#[cfg(test)]
mod tests {
    use super::*;
    use mailproof::dns::Zone;
    use mailproof::eval::{Evaluation, Step};
    use mailproof::{Name, spf};
    use proptest::prelude::*;
    use std::net::IpAddr;

    impl Decided {
        /// The decision for one address; `None` where the policy ends without any.
        fn about(&self, address: IpAddr) -> Option<Decision> {
            let (family, position) = Family::position(address);
            self.ranges(family).get(&position).copied()
        }
    }

    /// Addresses close together, so that networks overlap and touch.
    fn address() -> impl Strategy<Value = IpAddr> {
        prop_oneof![
            (0_u8..8).prop_map(|last| IpAddr::from([192, 0, 2, last])),
            (0_u16..8).prop_map(|last| IpAddr::from([0x2001, 0xdb8, 0, 0, 0, 0, 0, last])),
        ]
    }

    fn term() -> impl Strategy<Value = String> {
        let network = (address(), 0_u8..4).prop_map(|(address, host_bits)| match address {
            IpAddr::V4(v4) => format!("ip4:{v4}/{}", 32 - host_bits),
            IpAddr::V6(v6) => format!("ip6:{v6}/{}", 128 - host_bits),
        });
        let mechanism = prop_oneof![
            6 => network,
            2 => "[a-d]".prop_map(|host| format!("a:{host}.host.example")),
            1 => "[a-d]".prop_map(|host| format!("mx:{host}.host.example")),
            3 => "[a-e]".prop_map(|name| format!("include:{name}.example")),
            1 => Just("all".to_owned()),
        ];
        ("[-~?+]?", mechanism).prop_map(|(sign, mechanism)| sign + &mechanism)
    }

    fn record() -> impl Strategy<Value = String> {
        let redirect = prop_oneof![4 => Just(String::new()), 1 => "[a-e]".prop_map(|name| format!(" redirect={name}.example"))];
        (prop::collection::vec(term(), 0..6), redirect).prop_map(|(terms, redirect)| {
            format!("v=spf1 {}{redirect}", terms.join(" ")).trim_end().to_owned()
        })
    }

    proptest! {
        #[test]
        fn the_ranges_say_what_an_evaluation_says(
            // The policy of e.example does not exist.
            records in prop::collection::vec(record(), 4),
            hosts in prop::collection::vec(prop::collection::vec(address(), 0..3), 4),
            clients in prop::collection::vec(address(), 8),
        ) {
            let mut zone = serde_json::Map::new();
            for (name, record) in ["a", "b", "c", "d"].iter().zip(&records) {
                zone.insert(format!("{name}.example"), serde_json::json!({ "TXT": [record] }));
            }
            for (name, addresses) in ["a", "b", "c", "d"].iter().zip(&hosts) {
                let (v4, v6): (Vec<IpAddr>, Vec<IpAddr>) = addresses.iter().partition(|address| address.is_ipv4());
                let host = format!("{name}.host.example");
                zone.insert(host.clone(), serde_json::json!({ "A": v4, "AAAA": v6, "MX": [[10, host]] }));
            }
            let zone = Zone::from_json(&serde_json::Value::Object(zone).to_string()).unwrap();
            let Step::Done(listing) = spf::walk(Name::parse("a.example").unwrap()).step(&zone) else {
                panic!("a zone knows everything");
            };
            let decided = Decided::of(&listing.policy);
            for client in clients {
                let mut request = spf::Request::mail_from(client, "x.example", "joe@a.example");
                request.limits = spf::Limits { terms: 100, void_lookups: 1000, ..spf::Limits::default() };
                let verdict = spf::check(request).run_blocking(&zone);
                let expected = match verdict.outcome {
                    spf::Outcome::Pass => Some(Some(Qualifier::Pass)),
                    spf::Outcome::Fail => Some(Some(Qualifier::Fail)),
                    spf::Outcome::Softfail => Some(Some(Qualifier::Softfail)),
                    spf::Outcome::Neutral(_) if verdict.matched.is_some() => Some(Some(Qualifier::Neutral)),
                    spf::Outcome::Neutral(_) => None,
                    spf::Outcome::None(_) | spf::Outcome::Permerror(_) | spf::Outcome::Temperror(_) => Some(None),
                };
                prop_assert_eq!(decided.about(client).map(|decision| decision.result), expected, "{} {:?}", client, records);
            }
        }
    }
}
