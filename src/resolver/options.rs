//! What a resolver is told.

use hickory_resolver::system_conf::read_system_conf;
use std::net::SocketAddr;
use std::time::Duration;

/// The port of DNS (RFC 1035 §4.2).
const DNS_PORT: u16 = 53;

/// How a [`Stub`](super::Stub) asks.
#[derive(Clone, Debug)]
pub struct Options {
    /// How often a server that does not answer is asked in all; at least once. A server that answered, even with
    /// SERVFAIL, is not asked again. The default is 2 (RFC 9520 §3.1 allows three).
    pub attempts: u32,
    /// Who is asked. The default is the configuration of the system.
    pub servers: Servers,
    /// How long one server is waited for, each time and over each transport. The default is 3 seconds; what a whole
    /// evaluation may take is a matter of [`Within`](super::Within).
    pub timeout: Duration,
    /// Whether the AD bit of replies is believed (RFC 6840 §5.7–5.8). Only where the servers validate and the path to
    /// them cannot be tampered with, such as a validating resolver on the loopback. The default is no.
    pub trust_ad: bool,
    /// Octets of a reply over UDP at most, told to the server by EDNS (RFC 6891 §6.2.3); larger replies come over TCP.
    /// The default is 1232, which no IPv6 path fragments (DNS flag day 2020; RFC 9715 §3 allows up to 1400).
    pub udp_payload: u16,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            attempts: 2,
            servers: Servers::System,
            timeout: Duration::from_secs(3),
            trust_ad: false,
            udp_payload: 1232,
        }
    }
}

/// Whom to ask.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Servers {
    /// These, in this order.
    Given(Vec<SocketAddr>),
    /// Those of the system's configuration, such as `/etc/resolv.conf`, read when the resolver is made.
    System,
}

/// There is no server to ask.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NoServers {
    /// The list given is empty.
    #[error("no DNS server is given")]
    Empty,
    /// The configuration of the system names none, or cannot be read.
    #[error("the system's DNS configuration cannot be used: {0}")]
    System(String),
}

impl Servers {
    pub(super) fn addresses(&self) -> Result<Vec<SocketAddr>, NoServers> {
        let addresses = match self {
            Self::Given(addresses) => addresses.clone(),
            Self::System => system_addresses()?,
        };
        if addresses.is_empty() { Err(NoServers::Empty) } else { Ok(addresses) }
    }
}

fn system_addresses() -> Result<Vec<SocketAddr>, NoServers> {
    let (configuration, _) = read_system_conf().map_err(|error| NoServers::System(error.to_string()))?;
    let servers = configuration.name_servers().iter();
    Ok(servers.map(|server| SocketAddr::new(server.ip, DNS_PORT)).collect())
}
