//! A server to ask, and how it is asked.

use crate::name::{MalformedName, Name};
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

/// The port of DNS (RFC 1035 §4.2).
const DNS_PORT: u16 = 53;
/// The port of DNS over TLS (RFC 7858 §3.1).
const TLS_PORT: u16 = 853;
/// The port of HTTPS (RFC 9110 §4.2.2).
const HTTPS_PORT: u16 = 443;
/// Where servers of DNS over HTTPS are found, if nothing else is said.
const HTTPS_PATH: &str = "/dns-query";

/// A recursive server: its address, and how it is asked.
///
/// As text, with the protocol's own port unless another is given:
///
/// | text | meaning |
/// |---|---|
/// | `9.9.9.9`, `9.9.9.9:5353`, `2001:db8::1`, `[2001:db8::1]:53` | UDP, and TCP for what does not fit |
/// | `udp://9.9.9.9` | the same |
/// | `tcp://9.9.9.9` | TCP alone |
/// | `tls://9.9.9.9#dns.quad9.net` | DNS over TLS; the certificate is for the name after `#`, or for the address |
/// | `https://9.9.9.9/dns-query#dns.quad9.net` | DNS over HTTPS; likewise |
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Server {
    /// Where it listens.
    pub address: SocketAddr,
    /// How it is asked.
    pub protocol: Protocol,
}

/// How a server is asked.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Protocol {
    /// DNS over HTTPS (RFC 8484), by POST over HTTP/2.
    Https {
        /// The name in the certificate and in the URI; without one, the address.
        name: Option<Name>,
        /// The path of the URI.
        path: String,
    },
    /// TCP alone (RFC 7766).
    Tcp,
    /// DNS over TLS (RFC 7858), with the strict usage profile (RFC 8310 §5).
    Tls {
        /// The name in the certificate; without one, the address.
        name: Option<Name>,
    },
    /// UDP, and TCP for replies that do not fit (RFC 7766 §5).
    Udp,
}

/// Why a text names no server.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MalformedServer {
    /// No IP address, or no port behind it. A host name is no address: who would tell it?
    #[error("no IP address, such as 192.0.2.53, 192.0.2.53:53 or [2001:db8::53]:53")]
    Address,
    /// What follows `#` is no host name.
    #[error("the name after # is {0}")]
    Name(#[from] MalformedName),
    /// DNS over HTTPS to an IPv6 address without the server's name.
    #[error("https:// with an IPv6 address needs the server's name after #")]
    NameMissing,
    /// A path with characters that cannot stand in a URI (RFC 3986 §3.3).
    #[error("the path holds a character that no path can")]
    Path,
    /// Something but the address and the port, where nothing else may stand.
    #[error("only https:// has a path, and only tls:// and https:// have a name after #")]
    Rest,
    /// A scheme that is not known.
    #[error("an unknown protocol; known are udp://, tcp://, tls:// and https://")]
    Scheme,
}

impl From<SocketAddr> for Server {
    /// Over UDP, and TCP for what does not fit.
    fn from(address: SocketAddr) -> Self {
        Self { address, protocol: Protocol::Udp }
    }
}

impl From<IpAddr> for Server {
    /// At port 53, over UDP, and TCP for what does not fit.
    fn from(address: IpAddr) -> Self {
        SocketAddr::new(address, DNS_PORT).into()
    }
}

impl FromStr for Server {
    type Err = MalformedServer;

    fn from_str(text: &str) -> Result<Self, MalformedServer> {
        let (scheme, rest) = text.split_once("://").unwrap_or(("udp", text));
        let (rest, name) = match rest.split_once('#') {
            Some((rest, name)) => (rest, Some(name)),
            None => (rest, None),
        };
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let (protocol, port) = match scheme {
            "https" => (https(name, path, authority)?, HTTPS_PORT),
            _ if !path.is_empty() => return Err(MalformedServer::Rest),
            "tls" => (Protocol::Tls { name: name.map(Name::parse).transpose()? }, TLS_PORT),
            _ if name.is_some() => return Err(MalformedServer::Rest),
            "tcp" => (Protocol::Tcp, DNS_PORT),
            "udp" => (Protocol::Udp, DNS_PORT),
            _ => return Err(MalformedServer::Scheme),
        };
        Ok(Self { address: address(authority, port)?, protocol })
    }
}

fn https(name: Option<&str>, path: &str, authority: &str) -> Result<Protocol, MalformedServer> {
    let name = name.map(Name::parse).transpose()?;
    if name.is_none() && address(authority, HTTPS_PORT)?.is_ipv6() {
        return Err(MalformedServer::NameMissing);
    }
    let path = if path.is_empty() { HTTPS_PATH } else { path };
    let is_path = |octet: u8| octet.is_ascii_alphanumeric() || b"/-._~!$&'()*+,;=:@%?".contains(&octet);
    if !path.bytes().all(is_path) {
        return Err(MalformedServer::Path);
    }
    Ok(Protocol::Https { name, path: path.to_owned() })
}

/// An address, with `port` unless it says another.
fn address(text: &str, port: u16) -> Result<SocketAddr, MalformedServer> {
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    match bare.parse::<IpAddr>() {
        Ok(ip) => Ok(SocketAddr::new(ip, port)),
        Err(_) => text.parse().map_err(|_| MalformedServer::Address),
    }
}

/// The text that [`Server::from_str`] reads.
impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let address = self.address;
        let name = match &self.protocol {
            Protocol::Udp => return address.fmt(f),
            Protocol::Tcp => return write!(f, "tcp://{address}"),
            Protocol::Tls { name } => {
                write!(f, "tls://{address}")?;
                name
            }
            Protocol::Https { name, path } => {
                write!(f, "https://{address}{path}")?;
                name
            }
        };
        name.as_ref().map_or(Ok(()), |name| write!(f, "#{name}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> String {
        match text.parse::<Server>() {
            Ok(server) => {
                assert_eq!(server.to_string().parse::<Server>().as_ref(), Ok(&server));
                server.to_string()
            }
            Err(error) => format!("{error:?}"),
        }
    }

    #[test]
    fn reads_every_form() {
        for (text, read_as) in [
            ("9.9.9.9", "9.9.9.9:53"),
            ("9.9.9.9:5353", "9.9.9.9:5353"),
            ("2001:db8::1", "[2001:db8::1]:53"),
            ("[2001:db8::1]", "[2001:db8::1]:53"),
            ("[2001:db8::1]:5353", "[2001:db8::1]:5353"),
            ("udp://9.9.9.9", "9.9.9.9:53"),
            ("tcp://9.9.9.9", "tcp://9.9.9.9:53"),
            ("tls://1.1.1.1", "tls://1.1.1.1:853"),
            ("tls://1.1.1.1#Cloudflare-DNS.com", "tls://1.1.1.1:853#cloudflare-dns.com"),
            ("tls://[2001:db8::1]:8853#dns.example", "tls://[2001:db8::1]:8853#dns.example"),
            ("https://9.9.9.9", "https://9.9.9.9:443/dns-query"),
            ("https://9.9.9.9:8443/q/x#dns.example", "https://9.9.9.9:8443/q/x#dns.example"),
            (
                "https://[2001:db8::1]/dns-query#dns.example",
                "https://[2001:db8::1]:443/dns-query#dns.example",
            ),
        ] {
            assert_eq!(read(text), read_as, "{text}");
        }
    }

    #[test]
    fn says_what_is_wrong() {
        for (text, wrong) in [
            ("", "Address"),
            ("dns.example", "Address"),
            ("9.9.9.9:port", "Address"),
            ("9.9.9.9:65536", "Address"),
            ("9.9.9", "Address"),
            ("[9.9.9.9", "Address"),
            ("https://dns.example/dns-query", "Address"),
            ("https://dns.example/dns-query#dns.example", "Address"),
            ("quic://9.9.9.9", "Scheme"),
            ("9.9.9.9#dns.example", "Rest"),
            ("9.9.9.9/dns-query", "Rest"),
            ("tls://9.9.9.9/dns-query", "Rest"),
            ("tls://9.9.9.9#", "Name(Empty)"),
            ("tls://9.9.9.9#two words", "Name(Character)"),
            ("https://[2001:db8::1]/dns-query", "NameMissing"),
            ("https://9.9.9.9/dns query", "Path"),
            ("https://9.9.9.9/\r\nHost: x", "Path"),
        ] {
            assert_eq!(read(text), wrong, "{text}");
        }
    }
}
