//! Networks as ranges of addresses: how many addresses they hold together, and which of them others cover.

use mailproof::spf::{Directive, Mechanism, Prefixes};
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A network in one address family, first and last address as numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Network {
    pub(crate) is_v6: bool,
    pub(crate) first: u128,
    pub(crate) last: u128,
}

/// A set of networks, in order of their first addresses, joined where they touch.
#[derive(Clone, Debug, Default)]
pub(crate) struct Networks {
    v4: Vec<(u128, u128)>,
    v6: Vec<(u128, u128)>,
}

impl Network {
    /// The network of an `ip4` or `ip6` mechanism.
    pub(crate) fn of(directive: &Directive) -> Option<Self> {
        match &directive.mechanism {
            Mechanism::Ip4 { network, prefix } => {
                Some(Self::new(false, u128::from(network.to_bits()), prefix.unwrap_or(32)))
            }
            Mechanism::Ip6 { network, prefix } => {
                Some(Self::new(true, network.to_bits(), prefix.unwrap_or(128)))
            }
            _ => None,
        }
    }

    /// The network of an address.
    pub(crate) fn around(address: IpAddr, prefixes: Prefixes) -> Self {
        match address {
            IpAddr::V4(v4) => Self::new(false, u128::from(v4.to_bits()), prefixes.v4.unwrap_or(32)),
            IpAddr::V6(v6) => Self::new(true, v6.to_bits(), prefixes.v6.unwrap_or(128)),
        }
    }

    /// Every address there is.
    pub(crate) const fn everyone() -> [Self; 2] {
        [Self { is_v6: false, first: 0, last: 0xffff_ffff }, Self { is_v6: true, first: 0, last: u128::MAX }]
    }

    fn new(is_v6: bool, address: u128, prefix: u8) -> Self {
        let bits = if is_v6 { 128_u32 } else { 32 };
        let host_bits = bits.saturating_sub(u32::from(prefix));
        let hosts = 1_u128.checked_shl(host_bits).map_or(u128::MAX, |size| size - 1);
        Self { is_v6, first: address & !hosts, last: address | hosts }
    }
}

impl Networks {
    /// The union of networks.
    pub(crate) fn union(networks: impl IntoIterator<Item = Network>) -> Self {
        let mut union = Self::default();
        for network in networks {
            let list = if network.is_v6 { &mut union.v6 } else { &mut union.v4 };
            list.push((network.first, network.last));
        }
        join(&mut union.v4);
        join(&mut union.v6);
        union
    }

    /// How many IPv4 addresses there are.
    pub(crate) fn v4_addresses(&self) -> u128 {
        self.v4.iter().map(|(first, last)| last - first + 1).sum()
    }

    /// Whether every address of a family is in it.
    pub(crate) fn covers_family(&self) -> bool {
        self.v4.first() == Some(&(0, u128::from(u32::MAX))) || self.v6.first() == Some(&(0, u128::MAX))
    }

    /// Whether a network lies in it.
    pub(crate) fn covers(&self, network: Network) -> bool {
        let list = if network.is_v6 { &self.v6 } else { &self.v4 };
        let behind = list.partition_point(|(first, _)| *first <= network.first);
        let before = behind.checked_sub(1).and_then(|index| list.get(index));
        before.is_some_and(|(_, last)| *last >= network.last)
    }
}

fn join(list: &mut Vec<(u128, u128)>) {
    list.sort_unstable();
    let mut joined: Vec<(u128, u128)> = Vec::with_capacity(list.len());
    for (first, last) in list.drain(..) {
        match joined.last_mut() {
            Some((_, end)) if first <= end.saturating_add(1) => *end = last.max(*end),
            _ => joined.push((first, last)),
        }
    }
    *list = joined;
}

/// The first address, and the number of addresses as a prefix where it is one.
impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host_bits = (self.last - self.first).count_ones();
        match u32::try_from(self.first) {
            Ok(first) if !self.is_v6 => {
                write!(f, "ip4:{}/{}", Ipv4Addr::from_bits(first), 32_u32.saturating_sub(host_bits))
            }
            _ => write!(f, "ip6:{}/{}", Ipv6Addr::from_bits(self.first), 128 - host_bits),
        }
    }
}

/// Which networks another one of the list covers; of equal ones, the later. Sorted and swept once.
pub(crate) fn covered(networks: &[(usize, Network)]) -> Vec<(usize, usize)> {
    let mut order: Vec<&(usize, Network)> = networks.iter().collect();
    order.sort_by_key(|(index, network)| {
        (network.is_v6, network.first, std::cmp::Reverse(network.last), *index)
    });
    let mut covered = Vec::new();
    let mut widest: Option<&(usize, Network)> = None;
    for item in order {
        match widest {
            Some(wide) if wide.1.is_v6 == item.1.is_v6 && item.1.last <= wide.1.last => {
                covered.push((item.0, wide.0))
            }
            _ => widest = Some(item),
        }
    }
    covered
}

#[cfg(test)]
mod tests {
    use super::*;

    fn v4(text: &str, prefix: u8) -> Network {
        Network::new(false, u128::from(text.parse::<Ipv4Addr>().unwrap().to_bits()), prefix)
    }

    #[test]
    fn halves_cover_the_whole() {
        let halves = Networks::union([v4("128.0.0.0", 1), v4("0.0.0.0", 1)]);
        assert!(halves.covers_family());
        assert_eq!(halves.v4_addresses(), 1 << 32);
        assert!(!Networks::union([v4("0.0.0.0", 1)]).covers_family());
        assert!(Networks::union([Network::new(true, 0, 0)]).covers_family());
    }

    #[test]
    fn finds_what_is_covered() {
        let list = [
            (0, v4("192.0.2.0", 28)),
            (1, v4("192.0.2.0", 24)),
            (2, v4("192.0.3.0", 24)),
            (3, v4("192.0.3.0", 24)),
        ];
        assert_eq!(covered(&list), [(0, 1), (3, 2)]);
        let union = Networks::union([v4("192.0.2.0", 24)]);
        assert!(union.covers(v4("192.0.2.9", 32)) && !union.covers(v4("192.0.3.0", 32)));
    }
}
