//! Sets of client addresses, and tables that say what each address leads to.

use crate::dns::Kind;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Addresses of one family as numbers, from the first to the last.
pub(super) type Range = (u128, u128);

/// The addresses of one family in a network; prefixes are read as [`v4_within`](crate::cidr::v4_within) reads them.
pub(super) fn v4_network(network: Ipv4Addr, prefix: u8) -> Range {
    let host = !u32::MAX.checked_shl(32_u32.saturating_sub(u32::from(prefix))).unwrap_or(0);
    let first = network.to_bits() & !host;
    (first.into(), (first | host).into())
}

/// The same for IPv6.
pub(super) fn v6_network(network: Ipv6Addr, prefix: u8) -> Range {
    let host = !u128::MAX.checked_shl(128_u32.saturating_sub(u32::from(prefix))).unwrap_or(0);
    let first = network.to_bits() & !host;
    (first, first | host)
}

/// A set of addresses of one family: ranges in ascending order that do not meet.
#[derive(Debug)]
pub(super) struct Addresses(Vec<Range>);

impl Addresses {
    /// All addresses that are asked for by records of `kind`: A or AAAA.
    pub(super) fn all(kind: Kind) -> Self {
        Self(vec![(0, if kind == Kind::A { u32::MAX.into() } else { u128::MAX })])
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) const fn len(&self) -> usize {
        self.0.len()
    }

    /// Takes out what lies within a range, and gives that.
    pub(super) fn take(&mut self, (first, last): Range) -> Vec<Range> {
        let start = self.0.partition_point(|(_, end)| *end < first);
        if self.0.get(start).is_none_or(|(low, _)| *low > last) {
            return Vec::new();
        }
        let (mut taken, mut kept) = (Vec::new(), Vec::new());
        for (low, high) in self.0.iter().skip(start).copied().take_while(|(low, _)| *low <= last) {
            taken.push((low.max(first), high.min(last)));
            kept.extend((low < first).then(|| (low, first.saturating_sub(1))));
            kept.extend((high > last).then(|| (last.saturating_add(1), high)));
        }
        self.0.splice(start..start + taken.len(), kept);
        taken
    }

    /// Takes out everything.
    pub(super) fn take_all(&mut self) -> Vec<Range> {
        std::mem::take(&mut self.0)
    }

    /// Puts back what was taken out.
    pub(super) fn put_back(&mut self, ranges: Vec<Range>) {
        self.0.extend(ranges);
        self.0.sort_unstable();
        self.0.dedup_by(|next, range| {
            let meets = range.1.checked_add(1) == Some(next.0);
            if meets {
                range.1 = next.1;
            }
            meets
        });
    }
}

/// What each address of a family leads to: where each range begins, and the number of what is there.
#[derive(Debug)]
pub(super) struct Table {
    starts: Starts,
    leads: Box<[Option<u16>]>,
}

#[derive(Debug)]
enum Starts {
    V4(Box<[u32]>),
    V6(Box<[u128]>),
}

impl Table {
    /// A table of ranges that do not meet; all other addresses lead nowhere.
    pub(super) fn new(kind: Kind, mut ranges: Vec<(Range, u16)>) -> Self {
        ranges.sort_unstable();
        let mut starts = Vec::new();
        let mut leads: Vec<Option<u16>> = Vec::new();
        let mut next = Some(0);
        for ((first, last), lead) in ranges {
            if let Some(gap) = next.filter(|next| *next < first) {
                starts.push(gap);
                leads.push(None);
            }
            if leads.last() != Some(&Some(lead)) {
                starts.push(first);
                leads.push(Some(lead));
            }
            next = last.checked_add(1);
        }
        if let Some(gap) = next {
            starts.push(gap);
            leads.push(None);
        }
        let starts = match kind {
            // What lies behind the last IPv4 address is asked for by nobody.
            Kind::A => Starts::V4(starts.iter().map_while(|start| u32::try_from(*start).ok()).collect()),
            _ => Starts::V6(starts.into()),
        };
        Self { starts, leads: leads.into() }
    }

    /// What an address leads to.
    pub(super) fn lead(&self, address: IpAddr) -> Option<u16> {
        let after = match (&self.starts, address) {
            (Starts::V4(starts), IpAddr::V4(v4)) => {
                let address = v4.to_bits();
                starts.partition_point(|start| *start <= address)
            }
            (Starts::V6(starts), IpAddr::V6(v6)) => {
                let address = v6.to_bits();
                starts.partition_point(|start| *start <= address)
            }
            (Starts::V4(_), IpAddr::V6(_)) | (Starts::V6(_), IpAddr::V4(_)) => return None,
        };
        *self.leads.get(after.checked_sub(1)?)?
    }

    /// Octets it takes.
    pub(super) fn octets(&self) -> usize {
        let starts = match &self.starts {
            Starts::V4(starts) => size_of_val::<[u32]>(starts),
            Starts::V6(starts) => size_of_val::<[u128]>(starts),
        };
        starts + size_of_val::<[Option<u16>]>(&self.leads)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_and_puts_back() {
        let mut addresses = Addresses::all(Kind::A);
        let network = v4_network([192, 0, 2, 77].into(), 24);
        let taken = addresses.take(network);
        assert_eq!(taken, [(0xc000_0200, 0xc000_02ff)]);
        assert_eq!(addresses.len(), 2);
        assert_eq!(addresses.take(network), []);
        assert_eq!(
            addresses.take((0xc000_01fe, 0xc000_0300)),
            [(0xc000_01fe, 0xc000_01ff), (0xc000_0300, 0xc000_0300)]
        );
        addresses.put_back(taken);
        addresses.put_back(vec![(0xc000_01fe, 0xc000_01ff), (0xc000_0300, 0xc000_0300)]);
        assert_eq!(addresses.take_all(), [(0, u32::MAX.into())]);
        assert!(addresses.is_empty());
    }

    #[test]
    fn a_prefix_of_zero_is_everybody() {
        assert_eq!(v4_network([1, 2, 3, 4].into(), 0), (0, u32::MAX.into()));
        assert_eq!(v4_network([1, 2, 3, 4].into(), 33), v4_network([1, 2, 3, 4].into(), 32));
        assert_eq!(v6_network(1.into(), 0), (0, u128::MAX));
        let mut addresses = Addresses::all(Kind::Aaaa);
        assert_eq!(addresses.take(v6_network(1.into(), 0)), [(0, u128::MAX)]);
        assert!(addresses.is_empty());
    }

    #[test]
    fn tables_tell_the_edges() {
        let table = Table::new(Kind::A, vec![((10, 19), 1), ((0, 4), 0), ((20, u32::MAX.into()), 1)]);
        let leads = |number: u32| table.lead(Ipv4Addr::from_bits(number).into());
        assert_eq!(
            [0, 4, 5, 9, 10, 19, 20, u32::MAX].map(leads),
            [Some(0), Some(0), None, None, Some(1), Some(1), Some(1), Some(1)]
        );
        assert_eq!(table.lead(Ipv6Addr::LOCALHOST.into()), None);
        let table = Table::new(Kind::Aaaa, vec![((1, 1), 7)]);
        let leads = |number: u128| table.lead(Ipv6Addr::from_bits(number).into());
        assert_eq!([0, 1, 2, u128::MAX].map(leads), [None, Some(7), None, None]);
        assert_eq!(Table::new(Kind::A, Vec::new()).lead([0, 0, 0, 0].into()), None);
    }
}
