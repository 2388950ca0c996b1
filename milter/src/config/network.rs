//! Networks: addresses with a common prefix.

use mailproof::cidr::{unmapped, v4_within, v6_within};
use serde::Deserialize;
use std::net::IpAddr;
use std::str::FromStr;

/// A network, such as `192.0.2.0/24`, or one address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Network {
    address: IpAddr,
    prefix: u8,
}

/// Some networks.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Networks(Vec<Network>);

/// Why a text is no network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MalformedNetwork {
    /// No address.
    #[error("not a network, such as 192.0.2.0/24 or 2001:db8::/32")]
    Address,
    /// A length that addresses of this kind do not have.
    #[error("the length of the prefix is none")]
    Prefix,
    /// Bits behind the prefix.
    #[error("bits are set behind the prefix")]
    HostBits,
}

impl Network {
    /// Whether an address belongs to it. An IPv4-mapped address is the IPv4 address it holds.
    pub fn contains(&self, address: IpAddr) -> bool {
        match (unmapped(address), self.address) {
            (IpAddr::V4(address), IpAddr::V4(network)) => v4_within(address, network, self.prefix),
            (IpAddr::V6(address), IpAddr::V6(network)) => v6_within(address, network, self.prefix),
            (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => false,
        }
    }
}

impl Networks {
    /// Whether an address belongs to one of them.
    pub fn contain(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(address))
    }

    /// Whether there is none.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromStr for Network {
    type Err = MalformedNetwork;

    fn from_str(text: &str) -> Result<Self, MalformedNetwork> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| MalformedNetwork::Address)?;
        let longest = if address.is_ipv4() { 32 } else { 128 };
        let prefix = match prefix {
            Some(prefix) => prefix.parse().map_err(|_| MalformedNetwork::Prefix)?,
            None => longest,
        };
        if prefix > longest {
            return Err(MalformedNetwork::Prefix);
        }
        if has_host_bits(address, prefix) {
            return Err(MalformedNetwork::HostBits);
        }
        // Clients are unmapped, so a network of mapped addresses is, too.
        match (unmapped(address), prefix.checked_sub(96)) {
            (address @ IpAddr::V4(_), Some(prefix)) if longest == 128 => Ok(Self { address, prefix }),
            _ => Ok(Self { address, prefix }),
        }
    }
}

fn has_host_bits(address: IpAddr, prefix: u8) -> bool {
    match address {
        IpAddr::V4(v4) => v4.to_bits().checked_shl(prefix.into()).unwrap_or(0) != 0,
        IpAddr::V6(v6) => v6.to_bits().checked_shl(prefix.into()).unwrap_or(0) != 0,
    }
}

impl TryFrom<String> for Network {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse().map_err(|error| format!("{text}: {error}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holds_what_it_says() {
        let holds = |network: &str, address: &str| {
            network.parse::<Network>().unwrap().contains(address.parse().unwrap())
        };
        assert!(holds("192.0.2.0/24", "192.0.2.255") && !holds("192.0.2.0/24", "192.0.3.0"));
        assert!(holds("192.0.2.1", "::ffff:192.0.2.1") && !holds("192.0.2.1", "192.0.2.2"));
        assert!(holds("0.0.0.0/0", "255.1.2.3") && !holds("0.0.0.0/0", "::1"));
        assert!(holds("2001:db8::/32", "2001:db8:ffff::1") && holds("::1", "::1"));
        assert!(holds("::ffff:192.0.2.0/120", "192.0.2.9") && !holds("::ffff:192.0.2.0/120", "192.0.3.9"));
        assert!(holds("::ffff:192.0.2.1", "::ffff:192.0.2.1"));
        assert_eq!("192.0.2.1/24".parse::<Network>(), Err(MalformedNetwork::HostBits));
        assert_eq!("192.0.2.0/33".parse::<Network>(), Err(MalformedNetwork::Prefix));
        assert_eq!("mx.example".parse::<Network>(), Err(MalformedNetwork::Address));
    }
}
