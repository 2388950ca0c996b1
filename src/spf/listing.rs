//! What a policy lists, as data: a tree in the order of the records.

use super::cause::Absence;
use super::malformed::MalformedRecord;
use super::record::{Modifier, Qualifier, Term};
use crate::dns::{Explained, ExtendedError, Failure, Question};
use crate::name::Name;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

/// Everything the policy of a domain lists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listing {
    /// The policy, with all it includes.
    pub policy: Policy,
    /// How many terms ask DNS, over all records, whether an evaluation would reach them or not (RFC 7208 §4.6.4 allows
    /// ten).
    pub lookups: u32,
    /// How many of these find nothing, for clients of either family (RFC 7208 §4.6.4 recommends to allow two).
    pub void_lookups: u32,
    /// For how long it holds: the smallest TTL of all records; zero when a question failed.
    pub ttl: Duration,
}

/// The policy of one domain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Whose.
    pub domain: Name,
    /// Its terms in the order written, `redirect` last and without modifiers that decide nothing; or why there are none.
    pub terms: Result<Vec<Listed>, Trouble>,
}

/// A term, and what it lists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// A directive, or the modifier `redirect`.
    pub term: Term,
    /// What it lists.
    pub content: Content,
}

/// What a term lists.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Content {
    /// Every address there is: `all`.
    Everyone,
    /// These networks; none when the names behind an `a` or `mx` have no address.
    Networks(Vec<Network>),
    /// What the policy of another domain lists: `include` and `redirect`.
    Policy(Policy),
    /// It cannot be listed: an evaluation would end here.
    Trouble(Trouble),
    /// It depends on more than the policy.
    Unlistable(Unlistable),
}

/// Why a term cannot be listed, although an evaluation can judge it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum Unlistable {
    /// A macro stands for something of the client or the message (RFC 7208 §7.2).
    #[error("depends on the client or the message, by a macro")]
    Macro,
    /// `ptr`: whoever controls the reverse zone of an address decides (RFC 7208 §5.5).
    #[error("depends on the reverse name of the client")]
    ReverseName,
}

/// Why an evaluation that gets here ends in an error.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Trouble {
    /// There is no policy (RFC 7208 §5.2, §6.1).
    #[error("{0}")]
    Absent(Absence),
    /// A question without a usable answer.
    #[error("{question}: {}", Explained(*failure, extended_error.as_ref()))]
    Failed {
        /// The question.
        question: Question,
        /// What happened to it.
        failure: Failure,
        /// What the server said about that.
        extended_error: Option<ExtendedError>,
    },
    /// The walk has listed as much as it may.
    #[error("more than {0} terms: the rest is not listed")]
    ListLimit(usize),
    /// The policy includes itself.
    #[error("the policy includes itself: an evaluation goes round until its lookups are spent")]
    Loop,
    /// A syntax error.
    #[error("{0}")]
    Malformed(MalformedRecord),
    /// More mail exchanges than may be asked about (RFC 7208 §4.6.4).
    #[error("{count} mail exchanges; {limit} may be asked for")]
    MxLimit {
        /// How many there are.
        count: usize,
        /// How many are allowed.
        limit: usize,
    },
    /// Several SPF records (RFC 7208 §4.5).
    #[error("{0} SPF records; only one is allowed")]
    Several(usize),
    /// The target is no domain name.
    #[error("the target is no domain name")]
    TargetMalformed,
    /// The walk has spent what it may cost.
    #[error("more than {0} terms that ask DNS: not followed any further")]
    WalkLimit(u32),
}

/// A network of addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Network {
    address: IpAddr,
    prefix: u8,
}

impl Trouble {
    /// Whether it may be gone on another day: DNS failed, the policy may be in order.
    pub const fn is_temporary(&self) -> bool {
        matches!(self, Self::Failed { .. })
    }
}

impl Listed {
    /// The result an address gets that matches here; of a `redirect` the other policy decides.
    pub const fn qualifier(&self) -> Option<Qualifier> {
        match &self.term {
            Term::Directive(directive) => Some(directive.qualifier),
            Term::Modifier(Modifier::Redirect(_) | Modifier::Explanation(_) | Modifier::Unknown { .. }) => {
                None
            }
        }
    }
}

impl Network {
    /// The network of `address` with so many leading bits; more than an address has count as all of them.
    pub fn new(address: IpAddr, prefix: u8) -> Self {
        match address {
            IpAddr::V4(v4) => {
                let prefix = prefix.min(32);
                let mask = u32::MAX.checked_shl(32 - u32::from(prefix)).unwrap_or(0);
                Self { address: Ipv4Addr::from_bits(v4.to_bits() & mask).into(), prefix }
            }
            IpAddr::V6(v6) => {
                let prefix = prefix.min(128);
                let mask = u128::MAX.checked_shl(128 - u32::from(prefix)).unwrap_or(0);
                Self { address: Ipv6Addr::from_bits(v6.to_bits() & mask).into(), prefix }
            }
        }
    }

    /// The first address.
    pub const fn address(&self) -> IpAddr {
        self.address
    }

    /// The leading bits that all its addresses share.
    pub const fn prefix(&self) -> u8 {
        self.prefix
    }
}

impl fmt::Display for Network {
    /// With the prefix, always: `192.0.2.1/32`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.prefix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_begins_where_its_prefix_says() {
        for (address, prefix, shown) in [
            ("192.0.2.77", 24, "192.0.2.0/24"),
            ("192.0.2.77", 0, "0.0.0.0/0"),
            ("192.0.2.77", 32, "192.0.2.77/32"),
            ("192.0.2.77", 99, "192.0.2.77/32"),
            ("2001:db8::7", 64, "2001:db8::/64"),
            ("2001:db8::7", 0, "::/0"),
            ("2001:db8::7", 128, "2001:db8::7/128"),
        ] {
            assert_eq!(Network::new(address.parse().unwrap(), prefix).to_string(), shown);
        }
    }
}
