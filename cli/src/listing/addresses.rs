//! A set of addresses.

use ipnet::{IpNet, Ipv4Subnets, Ipv6Subnets};
use rangemap::RangeInclusiveSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::ops::RangeInclusive;

/// Addresses of both families, as ranges that neither overlap nor touch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Addresses {
    v4: RangeInclusiveSet<u128>,
    v6: RangeInclusiveSet<u128>,
}

/// The two kinds of addresses. Where one stands among its own is a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Family {
    V4,
    V6,
}

impl Family {
    pub(super) const BOTH: [Self; 2] = [Self::V4, Self::V6];

    /// Every address.
    pub(super) const fn everyone(self) -> RangeInclusive<u128> {
        match self {
            Self::V4 => 0..=0xffff_ffff,
            Self::V6 => 0..=u128::MAX,
        }
    }

    /// The family of an address, and where it stands in it.
    pub(super) fn position(address: IpAddr) -> (Self, u128) {
        match address {
            IpAddr::V4(v4) => (Self::V4, v4.to_bits().into()),
            IpAddr::V6(v6) => (Self::V6, v6.to_bits()),
        }
    }
}

/// The family of a network, and its first and last address.
pub(super) fn range_of(network: &IpNet) -> (Family, RangeInclusive<u128>) {
    let (family, first) = Family::position(network.network());
    let (_, last) = Family::position(network.broadcast());
    (family, first..=last)
}

impl Addresses {
    /// Adds a range.
    pub(super) fn insert(&mut self, family: Family, range: RangeInclusive<u128>) {
        self.of_mut(family).insert(range);
    }

    /// Takes a range out, and gives what of it was in the set.
    pub(super) fn take(&mut self, family: Family, range: &RangeInclusive<u128>) -> Self {
        let mut taken = Self::default();
        let there = self
            .of_mut(family)
            .overlapping(range)
            .map(|found| (*found.start()).max(*range.start())..=(*found.end()).min(*range.end()));
        there.collect::<Vec<_>>().into_iter().for_each(|part| taken.insert(family, part));
        self.of_mut(family).remove(range.clone());
        taken
    }

    /// What is in this set and not in the other.
    pub(super) fn without(mut self, other: &Self) -> Self {
        for family in Family::BOTH {
            other.of(family).iter().for_each(|range| self.of_mut(family).remove(range.clone()));
        }
        self
    }

    /// Whether there is none.
    pub(super) fn is_empty(&self) -> bool {
        self.v4.is_empty() && self.v6.is_empty()
    }

    /// The fewest networks that hold exactly these, IPv4 first, in order.
    pub(super) fn networks(&self) -> Vec<IpNet> {
        let v4_address = |position: u128| Ipv4Addr::from_bits(u32::try_from(position).unwrap_or(u32::MAX));
        let v4 = self.v4.iter().flat_map(|range| {
            Ipv4Subnets::new(v4_address(*range.start()), v4_address(*range.end()), 0).map(IpNet::V4)
        });
        let v6 = self.v6.iter().flat_map(|range| {
            let (first, last) = (Ipv6Addr::from_bits(*range.start()), Ipv6Addr::from_bits(*range.end()));
            Ipv6Subnets::new(first, last, 0).map(IpNet::V6)
        });
        v4.chain(v6).collect()
    }

    /// How many IPv4 addresses there are, and how many networks of 64 bits IPv6 ones fill: what a person compares.
    pub(super) fn counts(&self) -> (u128, u128) {
        let size = |range: &RangeInclusive<u128>| (range.end() - range.start()).saturating_add(1);
        let v4 = self.v4.iter().map(size).sum();
        let v6 = self.v6.iter().map(|range| size(range) >> 64).fold(0, u128::saturating_add);
        (v4, v6)
    }

    const fn of(&self, family: Family) -> &RangeInclusiveSet<u128> {
        match family {
            Family::V4 => &self.v4,
            Family::V6 => &self.v6,
        }
    }

    const fn of_mut(&mut self, family: Family) -> &mut RangeInclusiveSet<u128> {
        match family {
            Family::V4 => &mut self.v4,
            Family::V6 => &mut self.v6,
        }
    }
}

impl FromIterator<IpNet> for Addresses {
    fn from_iter<I: IntoIterator<Item = IpNet>>(networks: I) -> Self {
        let mut addresses = Self::default();
        for network in networks {
            let (family, range) = range_of(&network);
            addresses.insert(family, range);
        }
        addresses
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(networks: &[&str]) -> Addresses {
        networks.iter().map(|network| network.parse::<IpNet>().unwrap()).collect()
    }

    fn shown(addresses: &Addresses) -> Vec<String> {
        addresses.networks().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn neighbours_are_one_network_and_the_edges_hold() {
        assert_eq!(shown(&set(&["192.0.2.0/25", "192.0.2.128/25"])), ["192.0.2.0/24"]);
        assert_eq!(shown(&set(&["128.0.0.0/1", "0.0.0.0/1", "::/1", "8000::/1"])), ["0.0.0.0/0", "::/0"]);
    }

    #[test]
    fn what_is_taken_out_is_gone() {
        let mut addresses = set(&["192.0.2.0/24", "2001:db8::/32"]);
        let taken = addresses.take(Family::V4, &range_of(&"192.0.2.128/25".parse().unwrap()).1);
        assert_eq!(shown(&taken), ["192.0.2.128/25"]);
        assert_eq!(shown(&addresses), ["192.0.2.0/25", "2001:db8::/32"]);
        assert_eq!(
            shown(&addresses.without(&set(&["2001:db8::/33"]))),
            ["192.0.2.0/25", "2001:db8:8000::/33"]
        );
    }

    #[test]
    fn counts_addresses_and_networks() {
        assert_eq!(set(&["0.0.0.0/0", "2001:db8::/48"]).counts(), (1 << 32, 65536));
    }
}
