//! What is checked, and for whom (RFC 7208 §2.3, §2.4, §4.1, §4.3).

use super::budget::Limits;
use super::cause::UnusableDomain;
use crate::cidr::unmapped;
use crate::name::Name;
use std::net::{IpAddr, Ipv4Addr};

/// Which identity of an SMTP session is checked.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Identity {
    /// The argument of HELO or EHLO (RFC 7208 §2.3).
    Helo,
    /// The reverse-path of MAIL FROM, without angle brackets; an empty one stands for `postmaster` at the HELO name
    /// (RFC 7208 §2.4).
    MailFrom(Vec<u8>),
}

impl Identity {
    /// The word for it in `Received-SPF` (RFC 7208 §9.1): `helo` or `mailfrom`.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Helo => "helo",
            Self::MailFrom(_) => "mailfrom",
        }
    }
}

/// Everything `check_host()` is given (RFC 7208 §4.1), and what macros may ask for besides (§7.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The address of the SMTP client; an IPv4-mapped IPv6 address is the IPv4 address it holds (§5).
    pub ip: IpAddr,
    /// The argument of the last HELO or EHLO, as received.
    pub helo: Vec<u8>,
    /// Whose authorization is checked.
    pub identity: Identity,
    /// The name of the host that checks, for `%{r}` and the comment of `Received-SPF`; `None` says `unknown`.
    pub receiver: Option<Name>,
    /// The time in Unix seconds, for `%{t}`.
    pub now: u64,
    /// What the check may cost.
    pub limits: Limits,
}

impl Request {
    /// A check of the HELO identity, at time 0, by nobody in particular, with the default limits.
    pub fn helo(ip: IpAddr, helo: impl Into<Vec<u8>>) -> Self {
        Self::new(ip, helo.into(), Identity::Helo)
    }

    /// A check of the MAIL FROM identity, at time 0, by nobody in particular, with the default limits. The
    /// reverse-path has no angle brackets; an empty one is that of a bounce.
    pub fn mail_from(ip: IpAddr, helo: impl Into<Vec<u8>>, reverse_path: impl Into<Vec<u8>>) -> Self {
        Self::new(ip, helo.into(), Identity::MailFrom(reverse_path.into()))
    }

    fn new(ip: IpAddr, helo: Vec<u8>, identity: Identity) -> Self {
        Self { ip, helo, identity, receiver: None, now: 0, limits: Limits::default() }
    }

    /// The address that is compared.
    pub(super) fn client(&self) -> IpAddr {
        unmapped(self.ip)
    }
}

/// The sender of RFC 7208 §4.1: `local-part@domain` as macros see it.
#[derive(Clone, Debug)]
pub(super) struct Sender {
    local_part: Vec<u8>,
    domain: Vec<u8>,
    /// The domain to begin with, or why there is none.
    pub(super) name: Result<Name, UnusableDomain>,
}

impl Sender {
    pub(super) fn of(request: &Request) -> Self {
        match &request.identity {
            Identity::MailFrom(path) if !path.is_empty() => Self::of_path(path),
            // RFC 7208 §2.4: when the reverse-path is null, the identity is "postmaster" at the HELO name.
            Identity::Helo | Identity::MailFrom(_) => Self::of_helo(&request.helo),
        }
    }

    fn of_helo(helo: &[u8]) -> Self {
        // RFC 8616 §4: a HELO name is never a U-label.
        let name = if helo.is_ascii() { checked_domain(helo) } else { Err(UnusableDomain::NotAscii) };
        Self { local_part: b"postmaster".to_vec(), domain: without_final_dot(helo).to_vec(), name }
    }

    fn of_path(path: &[u8]) -> Self {
        let path = without_route(path);
        let (local_part, domain) = match path.iter().rposition(|octet| *octet == b'@') {
            Some(at) => (path.get(..at).unwrap_or_default(), path.get(at + 1..).unwrap_or_default()),
            None => (&[][..], path),
        };
        // RFC 7208 §4.3: a sender without local-part is "postmaster".
        let local_part = if local_part.is_empty() { b"postmaster" } else { local_part };
        let name = checked_domain(domain);
        let domain = match &name {
            // RFC 8616 §4: macros see A-labels.
            Ok(name) if !domain.is_ascii() => name.as_str().as_bytes(),
            Ok(_) | Err(_) => without_final_dot(domain),
        };
        Self { local_part: local_part.to_vec(), domain: domain.to_vec(), name }
    }

    pub(super) fn local_part(&self) -> &[u8] {
        &self.local_part
    }

    /// The domain as received, without a final dot; U-labels as A-labels.
    pub(super) fn domain(&self) -> &[u8] {
        &self.domain
    }
}

/// RFC 5321 §4.1.1.3: the route `@relay,@relay:` in front of a mailbox is ignored.
fn without_route(path: &[u8]) -> &[u8] {
    if !path.starts_with(b"@") {
        return path;
    }
    match path.iter().position(|octet| *octet == b':') {
        Some(colon) => path.get(colon + 1..).unwrap_or_default(),
        None => path,
    }
}

fn without_final_dot(domain: &[u8]) -> &[u8] {
    domain.strip_suffix(b".").unwrap_or(domain)
}

/// RFC 7208 §4.3: a domain that is malformed, or of one label only, has no policy.
pub(super) fn checked_domain(text: &[u8]) -> Result<Name, UnusableDomain> {
    if text.is_empty() {
        return Err(UnusableDomain::Empty);
    }
    if is_address(text) {
        return Err(UnusableDomain::Address);
    }
    let name = Name::parse(text).map_err(UnusableDomain::Malformed)?;
    if name.label_count() < 2 { Err(UnusableDomain::SingleLabel) } else { Ok(name) }
}

fn is_address(text: &[u8]) -> bool {
    text.starts_with(b"[") || std::str::from_utf8(text).is_ok_and(|text| text.parse::<Ipv4Addr>().is_ok())
}
