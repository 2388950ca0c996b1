//! From an address to its names, and back.

use super::{Answer, Kind, Outcome, Records};
use crate::name::Name;
use std::net::IpAddr;

impl Kind {
    /// The type of record that holds addresses of this family.
    pub(crate) const fn of_address(address: IpAddr) -> Self {
        match address {
            IpAddr::V4(_) => Self::A,
            IpAddr::V6(_) => Self::Aaaa,
        }
    }
}

impl Answer {
    /// The names that PTR records hold, in alphabetical order, each once: those of the first `limit` records of the answer
    /// (RFC 7208 §4.6.4).
    pub(crate) fn reverse_names(&self, limit: usize) -> Vec<Name> {
        let Outcome::Found(Records::Ptr(names)) = self.outcome() else {
            return Vec::new();
        };
        let mut names: Vec<_> = names.iter().take(limit).cloned().collect();
        names.sort();
        names.dedup();
        names
    }

    /// Whether `address` is among the addresses found.
    pub(crate) fn holds(&self, address: IpAddr) -> bool {
        match (self.outcome(), address) {
            (Outcome::Found(Records::A(found)), IpAddr::V4(v4)) => found.contains(&v4),
            (Outcome::Found(Records::Aaaa(found)), IpAddr::V6(v6)) => found.contains(&v6),
            _ => false,
        }
    }
}
