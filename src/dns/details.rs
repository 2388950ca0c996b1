//! What comes with an answer beside what it says.

use crate::name::Name;
use std::fmt;
use std::net::SocketAddr;

/// What came with an outcome.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Details {
    /// The AD bit of the reply (RFC 6840 §5.7), where the path is trusted to carry it.
    pub authentic: bool,
    /// The targets of the CNAME records passed on the way, first to last.
    pub aliases: Vec<Name>,
    /// What the server says about a failure (RFC 8914).
    pub extended_error: Option<ExtendedError>,
    /// Whether a negative reply came without the SOA record that says how long it holds (RFC 2308 §5): an odd server.
    pub lacks_soa: bool,
    /// How the reply came over the network; none for what did not.
    pub exchange: Option<Exchange>,
}

/// An extended DNS error (RFC 8914 §2).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ExtendedError {
    /// The INFO-CODE, such as 6 "DNSSEC Bogus" or 22 "No Reachable Authority".
    pub code: u16,
    /// The EXTRA-TEXT, in visible ASCII and spaces.
    pub text: String,
}

/// How a reply came.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Exchange {
    /// The server that sent it.
    pub server: SocketAddr,
    /// Over what.
    pub transport: Transport,
    /// Whether it was truncated over UDP first (RFC 7766 §5).
    pub truncated: bool,
    /// Whether the server refused EDNS and was asked again without (RFC 6891 §7).
    pub without_edns: bool,
    /// Queries sent to this server and those before it, this one included.
    pub attempts: u32,
}

/// What carries a query.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Transport {
    /// DNS over HTTPS (RFC 8484).
    Https,
    /// TCP.
    Tcp,
    /// DNS over TLS (RFC 7858).
    Tls,
    /// UDP.
    Udp,
}

impl fmt::Display for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Https => "HTTPS",
            Self::Tcp => "TCP",
            Self::Tls => "TLS",
            Self::Udp => "UDP",
        })
    }
}
