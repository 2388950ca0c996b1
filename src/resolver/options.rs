//! What a resolver is told.

use super::{Server, SourcePorts};
use crate::dns::Transport;
use hickory_resolver::system_conf::read_system_conf;
use std::time::Duration;

/// How a [`Stub`](super::Stub) asks.
#[derive(Clone, Debug)]
pub struct Options {
    /// How often a server that does not answer is asked in all; at least once. A server that answered, even with
    /// SERVFAIL, is not asked again. The default is 2 (RFC 9520 §3.1 allows three).
    pub attempts: u32,
    /// Whom servers of DNS over TLS and HTTPS must be certified by. The default is whom the system trusts.
    pub certificates: Certificates,
    /// Whether the letters of the name asked about are in random case, which the reply must repeat (draft-vixie-dnsext-
    /// dns0x20): harder to forge. A reply over UDP that does not is not believed, and the question is asked over TCP,
    /// where forging takes more and servers that do not keep the case do no harm. The default is no.
    pub mixed_case: bool,
    /// Whether the next server is asked when one says SERVFAIL, as it is for every other failure. The default is yes.
    /// Not wanted where some servers validate and some do not: SERVFAIL is also what a validating resolver says of a
    /// forged answer (RFC 4035 §5.5), which the next would pass on.
    pub pass_over_servfail: bool,
    /// Who is asked. The default is the configuration of the system.
    pub servers: Servers,
    /// The UDP ports to send from.
    pub source_ports: SourcePorts,
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
            certificates: Certificates::System,
            mixed_case: false,
            pass_over_servfail: true,
            servers: Servers::System,
            source_ports: SourcePorts::default(),
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
    Given(Vec<Server>),
    /// Those of the system's configuration, such as `/etc/resolv.conf`, read when the resolver is made.
    System,
}

/// Who may certify servers.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Certificates {
    /// These authorities, or servers themselves: X.509 certificates in DER.
    Given(Vec<Vec<u8>>),
    /// The authorities that the system trusts, read when the resolver is made.
    System,
}

/// Why nobody can be asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NoServers {
    /// There is no authority that could certify a server of DNS over TLS or HTTPS.
    #[error("no certificate to trust: {0}")]
    Certificates(String),
    /// The list given is empty.
    #[error("no DNS server is given")]
    Empty,
    /// A server is to be asked over a transport that this build leaves out (feature `encrypted-dns`).
    #[error("DNS over {0} is not part of this build")]
    NotBuilt(Transport),
    /// The configuration of the system names none, or cannot be read.
    #[error("the system's DNS configuration cannot be used: {0}")]
    System(String),
}

impl Servers {
    pub(super) fn list(&self) -> Result<Vec<Server>, NoServers> {
        let servers = match self {
            Self::Given(servers) => servers.clone(),
            Self::System => system_servers()?,
        };
        if servers.is_empty() { Err(NoServers::Empty) } else { Ok(servers) }
    }
}

fn system_servers() -> Result<Vec<Server>, NoServers> {
    let (configuration, _) = read_system_conf().map_err(|error| NoServers::System(error.to_string()))?;
    let servers = configuration.name_servers().iter();
    Ok(servers.map(|server| server.ip.into()).collect())
}
