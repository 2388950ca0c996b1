//! Who sends: what an MTA tells of its client before the message.

use crate::config::Ingress;
use crate::protocol::{Address, Family, Macros};
use mailproof::cidr::unmapped;
use std::net::IpAddr;

/// An SMTP client.
#[derive(Clone, Debug, Default)]
pub(crate) struct Client {
    /// Its address; none for mail from the machine itself.
    pub(crate) ip: Option<IpAddr>,
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
        let text = std::str::from_utf8(address.address).unwrap_or_default();
        // Sendmail writes IPv6 addresses as SMTP does (RFC 5321 §4.1.3).
        let text = match text.get(..5) {
            Some(tag) if tag.eq_ignore_ascii_case("IPv6:") => text.get(5..).unwrap_or_default(),
            _ => text,
        };
        let ip = match address.family {
            Family::Inet | Family::Inet6 => text.parse().ok().map(unmapped),
            Family::Unix | Family::Unknown => None,
        };
        Self { ip, helo: Vec::new() }
    }

    /// What is done with its next message.
    pub(crate) fn mode(&self, ingress: &Ingress, macros: &Macros) -> Mode {
        let is_told = |name| macros.value(name).is_some_and(|value| !value.is_empty());
        let is_authenticated = is_told("auth_type") || is_told("auth_authen");
        let daemon = macros.value("daemon_name").unwrap_or_default();
        let is_submission = ingress.submission_daemons.iter().any(|name| name.as_bytes() == daemon);
        let is_trusted = match self.ip {
            Some(ip) => ingress.trusted_networks.contain(ip),
            // Only the machine itself sends mail without an address.
            None => true,
        };
        if is_trusted || is_submission || (is_authenticated && !ingress.judge_authenticated) {
            Mode::Sign
        } else {
            Mode::Verify
        }
    }
}
