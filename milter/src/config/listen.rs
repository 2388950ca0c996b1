//! Where MTAs connect.

use serde::Deserialize;
use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::str::FromStr;

/// A socket: `unix:/path`, `inet:address:port` or `inet6:[address]:port`; also in the way of sendmail,
/// `inet:port@address` and `local:/path`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum Listen {
    /// A TCP socket.
    Tcp(SocketAddr),
    /// A Unix socket.
    Unix(PathBuf),
}

/// Why a text is no place to listen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MalformedListen {
    /// Neither a known kind of socket.
    #[error("a socket is unix:/path, inet:address:port or inet6:[address]:port")]
    Kind,
    /// A relative path.
    #[error("the path of a socket is absolute")]
    Path,
    /// What should be an address and a port is none.
    #[error("not an IP address and a port, such as inet:127.0.0.1:8891")]
    Address,
}

impl FromStr for Listen {
    type Err = MalformedListen;

    fn from_str(text: &str) -> Result<Self, MalformedListen> {
        let (kind, place) = text.split_once(':').ok_or(MalformedListen::Kind)?;
        match kind {
            "unix" | "local" if place.starts_with('/') => Ok(Self::Unix(place.into())),
            "unix" | "local" => Err(MalformedListen::Path),
            "inet" | "inet6" => {
                let address = address(place, kind == "inet6").ok_or(MalformedListen::Address)?;
                if address.is_ipv6() == (kind == "inet6") {
                    Ok(Self::Tcp(address))
                } else {
                    Err(MalformedListen::Address)
                }
            }
            _ => Err(MalformedListen::Kind),
        }
    }
}

fn address(place: &str, is_v6: bool) -> Option<SocketAddr> {
    let Some((port, host)) = place.split_once('@') else {
        return place.parse().ok();
    };
    let host = match host {
        "localhost" if is_v6 => Ipv6Addr::LOCALHOST.into(),
        "localhost" => Ipv4Addr::LOCALHOST.into(),
        _ => host.trim_start_matches('[').trim_end_matches(']').parse().ok()?,
    };
    Some(SocketAddr::new(host, port.parse().ok()?))
}

impl TryFrom<String> for Listen {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse().map_err(|error| format!("{text}: {error}"))
    }
}

impl fmt::Display for Listen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) if address.is_ipv6() => write!(f, "inet6:{address}"),
            Self::Tcp(address) => write!(f, "inet:{address}"),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_both_ways_of_writing() {
        for (text, reads) in [
            ("unix:/run/m.sock", "unix:/run/m.sock"),
            ("local:/run/m.sock", "unix:/run/m.sock"),
            ("inet:127.0.0.1:8891", "inet:127.0.0.1:8891"),
            ("inet:8891@localhost", "inet:127.0.0.1:8891"),
            ("inet6:8891@::1", "inet6:[::1]:8891"),
            ("inet6:[::1]:8891", "inet6:[::1]:8891"),
        ] {
            assert_eq!(text.parse::<Listen>().unwrap().to_string(), reads);
        }
        for (text, error) in [
            ("8891", MalformedListen::Kind),
            ("tcp:127.0.0.1:1", MalformedListen::Kind),
            ("unix:run", MalformedListen::Path),
            ("inet:[::1]:1", MalformedListen::Address),
            ("inet:mx.example:1", MalformedListen::Address),
            ("inet:127.0.0.1:70000", MalformedListen::Address),
        ] {
            assert_eq!(text.parse::<Listen>(), Err(error), "{text}");
        }
    }
}
