//! Who sends: what an MTA tells of its client before the message.

use crate::config::Ingress;
use crate::protocol::{Address, Family, Macros};
use mailproof::cidr::unmapped;
use std::net::IpAddr;

/// An SMTP client.
#[derive(Clone, Debug, Default)]
pub(crate) struct Client {
    /// Its address, as far as it is known.
    pub(crate) ip: Option<IpAddr>,
    /// Whether it is the machine itself, which hands mail over without a connection.
    pub(crate) is_local: bool,
    /// What it said at HELO.
    pub(crate) helo: Vec<u8>,
}

/// What is done with the mail of a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// It comes from outside, and is judged.
    Verify,
    /// It is our own, and is signed.
    Sign,
}

impl Client {
    pub(crate) fn connect(address: &Address<'_>) -> Self {
        let ip = match address.family {
            Family::Inet | Family::Inet6 => ip(address.address),
            Family::Unix | Family::Unknown => None,
        };
        // Postfix says `unknown` of a client that was gone before it could be asked who it is.
        let is_known = !address.host.eq_ignore_ascii_case(b"unknown");
        let is_local = matches!(address.family, Family::Unix | Family::Unknown) && is_known;
        Self { ip, is_local, helo: Vec::new() }
    }

    /// What is done with its next message.
    pub(crate) fn mode(&self, ingress: &Ingress, macros: &Macros) -> Mode {
        let is_told = |name| macros.value(name).is_some_and(|value| !value.is_empty());
        let is_authenticated = is_told("auth_type") || is_told("auth_authen");
        let daemon = macros.value("daemon_name").unwrap_or_default();
        let is_submission = ingress.submission_daemons.iter().any(|name| name.as_bytes() == daemon);
        let is_own =
            self.is_trusted(ingress) || is_submission || (is_authenticated && !ingress.judge_authenticated);
        if is_own { Mode::Sign } else { Mode::Verify }
    }

    /// Whether it is the machine itself, or a host that is as good.
    pub(crate) fn is_trusted(&self, ingress: &Ingress) -> bool {
        self.is_local || self.ip.is_some_and(|ip| ingress.trusted_networks.contain(ip))
    }
}

/// An address as MTAs write it.
fn ip(address: &[u8]) -> Option<IpAddr> {
    let text = std::str::from_utf8(address).ok()?;
    // Sendmail writes IPv6 addresses as SMTP does (RFC 5321 §4.1.3).
    let text = match text.get(..5) {
        Some(tag) if tag.eq_ignore_ascii_case("IPv6:") => text.get(5..)?,
        _ => text,
    };
    // RFC 4007 §11: the zone of a link-local address.
    let text = text.split_once('%').map_or(text, |(address, _)| address);
    text.parse().ok().map(unmapped)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_machine_itself_is_trusted_without_an_address() {
        let ingress = Ingress { trusted_networks: toml_networks(), ..Ingress::default() };
        let client = |host: &[u8], family, address: &[u8]| {
            let client = Client::connect(&Address { host, family, port: 1, address });
            (client.ip.map(|ip| ip.to_string()), client.is_trusted(&ingress))
        };
        let some = |ip: &str| Some(ip.to_owned());
        assert_eq!(client(b"localhost", Family::Unknown, b""), (None, true));
        assert_eq!(client(b"localhost", Family::Unix, b"/run/x"), (None, true));
        assert_eq!(client(b"unknown", Family::Unknown, b""), (None, false));
        assert_eq!(client(b"x", Family::Inet, b"nonsense"), (None, false));
        assert_eq!(client(b"x", Family::Inet6, b"fe80::1%eth0"), (some("fe80::1"), false));
        assert_eq!(client(b"x", Family::Inet6, b"IPv6:2001:db8::1"), (some("2001:db8::1"), false));
        assert_eq!(client(b"x", Family::Inet6, b"::ffff:192.0.2.1"), (some("192.0.2.1"), true));
        assert_eq!(client(b"x", Family::Inet6, b"IPv6:::FFFF:192.0.2.1"), (some("192.0.2.1"), true));
        assert!(!Client::default().is_trusted(&ingress));
    }

    fn toml_networks() -> crate::config::Networks {
        #[derive(serde::Deserialize)]
        struct Table {
            networks: crate::config::Networks,
        }
        toml::from_str::<Table>("networks = [\"192.0.2.0/24\"]").unwrap().networks
    }
}
