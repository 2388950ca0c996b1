//! The ports that queries leave from.

use ring::rand::{SystemRandom, generate};
use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::ops::RangeInclusive;
use std::str::FromStr;
use tokio::net::UdpSocket;

/// Ports below are privileged or well known, and never used.
const FIRST_PORT: u16 = 1024;
/// Ports tried for one query at most.
const TRIES: usize = 256;

/// The UDP ports that queries leave from: a random one for each query (RFC 5452 §9.2).
///
/// The default is all ports from 1024 on (RFC 6056 §3.2). A narrow range, such as a firewall may ask for, makes replies
/// easier to forge, and holds no more questions at once than it has ports: one that finds none free is answered
/// [`Failure::Unreachable`](crate::dns::Failure::Unreachable). As text: `"40000-49999"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SourcePorts {
    first: u16,
    last: u16,
}

/// Why these are no ports to send from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MalformedSourcePorts {
    /// The first is after the last.
    #[error("the first port is after the last")]
    Empty,
    /// Ports below 1024 belong to services.
    #[error("ports below 1024 are not used")]
    Privileged,
    /// Not two numbers with a hyphen between.
    #[error("not two port numbers, such as 40000-49999")]
    Syntax,
}

impl SourcePorts {
    /// The ports from the first to the last.
    ///
    /// # Errors
    /// [`MalformedSourcePorts`] when there is none, or one below 1024.
    pub const fn new(ports: RangeInclusive<u16>) -> Result<Self, MalformedSourcePorts> {
        let (first, last) = (*ports.start(), *ports.end());
        if first > last {
            return Err(MalformedSourcePorts::Empty);
        }
        if first < FIRST_PORT {
            return Err(MalformedSourcePorts::Privileged);
        }
        Ok(Self { first, last })
    }

    /// The ports.
    pub const fn range(self) -> RangeInclusive<u16> {
        self.first..=self.last
    }

    /// A socket at a random port of these, or the next that is free (RFC 6056 §3.3.1, algorithm 1).
    pub(super) async fn bind(self, server: SocketAddr) -> io::Result<UdpSocket> {
        let here = match server {
            SocketAddr::V4(_) => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
            SocketAddr::V6(_) => IpAddr::V6(Ipv6Addr::UNSPECIFIED),
        };
        let start = self.random_port()?;
        let mut refusal = io::Error::from(io::ErrorKind::AddrInUse);
        for port in (start..=self.last).chain(self.first..start).take(TRIES) {
            match UdpSocket::bind((here, port)).await {
                Ok(socket) => return Ok(socket),
                Err(error) if is_taken(&error) => refusal = error,
                Err(error) => return Err(error),
            }
        }
        Err(refusal)
    }

    fn random_port(self) -> io::Result<u16> {
        let random = generate::<[u8; 4]>(&SystemRandom::new())
            .map_err(|_| io::Error::other("the system grants no random numbers"))?;
        let count = u32::from(self.last - self.first) + 1;
        let offset = u32::from_be_bytes(random.expose()) % count;
        // Below `count`, so it fits.
        Ok(self.first.saturating_add(u16::try_from(offset).unwrap_or_default()))
    }
}

fn is_taken(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::AddrInUse | io::ErrorKind::PermissionDenied)
}

impl Default for SourcePorts {
    fn default() -> Self {
        Self { first: FIRST_PORT, last: u16::MAX }
    }
}

impl FromStr for SourcePorts {
    type Err = MalformedSourcePorts;

    fn from_str(text: &str) -> Result<Self, MalformedSourcePorts> {
        let (first, last) = text.split_once('-').ok_or(MalformedSourcePorts::Syntax)?;
        let port = |text: &str| text.trim().parse().map_err(|_| MalformedSourcePorts::Syntax);
        Self::new(port(first)?..=port(last)?)
    }
}

impl fmt::Display for SourcePorts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.first, self.last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn are_a_range_above_the_services() {
        let read = |text: &str| text.parse::<SourcePorts>().map(|ports| ports.to_string());
        assert_eq!(read("40000-49999"), Ok("40000-49999".to_owned()));
        assert_eq!(read("1024-65535").unwrap(), SourcePorts::default().to_string());
        assert_eq!(read("1023-2000"), Err(MalformedSourcePorts::Privileged));
        assert_eq!(read("2000-1999"), Err(MalformedSourcePorts::Empty));
        for text in ["", "2000", "2000-", "-2000", "2000-70000", "a-b"] {
            assert_eq!(read(text), Err(MalformedSourcePorts::Syntax), "{text:?}");
        }
    }

    #[test]
    fn are_drawn_from_the_whole_range() {
        let ports = SourcePorts::new(5000..=5003).unwrap();
        let drawn: std::collections::BTreeSet<u16> = (0..200).map(|_| ports.random_port().unwrap()).collect();
        assert_eq!(drawn.into_iter().collect::<Vec<_>>(), [5000, 5001, 5002, 5003]);
    }
}
