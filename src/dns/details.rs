//! What comes with an answer beside what it says.

use super::Failure;
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
    /// What the server says about a failure, or about an answer, such as 3 "Stale Answer" (RFC 8914).
    pub extended_error: Option<ExtendedError>,
    /// Whether a negative reply came without the SOA record that says how long it holds (RFC 2308 §5): an odd server.
    pub lacks_soa: bool,
    /// How the reply came over the network, or how the last query was sent that got none; none for what did not go
    /// there.
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

impl ExtendedError {
    /// The purpose of the code (RFC 8914 §4), if it is one of those.
    pub const fn purpose(&self) -> Option<&'static str> {
        Some(match self.code {
            0 => "Other Error",
            1 => "Unsupported DNSKEY Algorithm",
            2 => "Unsupported DS Digest Type",
            3 => "Stale Answer",
            4 => "Forged Answer",
            5 => "DNSSEC Indeterminate",
            6 => "DNSSEC Bogus",
            7 => "Signature Expired",
            8 => "Signature Not Yet Valid",
            9 => "DNSKEY Missing",
            10 => "RRSIGs Missing",
            11 => "No Zone Key Bit Set",
            12 => "NSEC Missing",
            13 => "Cached Error",
            14 => "Not Ready",
            15 => "Blocked",
            16 => "Censored",
            17 => "Filtered",
            18 => "Prohibited",
            19 => "Stale NXDOMAIN Answer",
            20 => "Not Authoritative",
            21 => "Not Supported",
            22 => "No Reachable Authority",
            23 => "Network Error",
            24 => "Invalid Data",
            _ => return None,
        })
    }
}

/// The code and its purpose, without the text of the server: `"EDE 6, DNSSEC Bogus"`.
impl fmt::Display for ExtendedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EDE {}", self.code)?;
        self.purpose().map_or(Ok(()), |purpose| write!(f, ", {purpose}"))
    }
}

/// A failure and what the server says about it, as reasons show it: `"SERVFAIL (EDE 6, DNSSEC Bogus)"`.
pub(crate) struct Explained<'a>(pub(crate) Failure, pub(crate) Option<&'a ExtendedError>);

impl fmt::Display for Explained<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)?;
        self.1.map_or(Ok(()), |error| write!(f, " ({error})"))
    }
}

/// How a reply came.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Exchange {
    /// The server asked last.
    pub server: SocketAddr,
    /// Over what.
    pub transport: Transport,
    /// Whether it was truncated over UDP first (RFC 7766 §5).
    pub truncated: bool,
    /// Whether the server refused EDNS and was asked again without (RFC 6891 §7).
    pub without_edns: bool,
    /// Queries sent in all for this question, to this server and those before it, along its aliases.
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
