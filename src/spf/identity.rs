//! What is checked, and for whom (RFC 7208 §2.3, §2.4, §4.1, §4.3).

use super::budget::Limits;
use super::cause::UnusableDomain;
use crate::cidr::unmapped;
use crate::name::Name;
use std::net::{IpAddr, Ipv4Addr};
use std::ops::Range;

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
}

/// The sender of RFC 7208 §4.1, as parts of the identity of a request, and the address it comes from.
#[derive(Clone, Debug)]
pub(super) struct Sender {
    /// The address that is compared.
    pub(super) client: IpAddr,
    /// Where the local part stands; empty for one that is to be "postmaster".
    local_part: Range<usize>,
    /// Where the domain stands, without a final dot.
    domain: Range<usize>,
    /// The domain to begin with, or why there is none.
    pub(super) name: Result<Name, UnusableDomain>,
}

impl Sender {
    pub(super) fn of(request: &Request) -> Self {
        let source = source(request);
        let start = route_octets(source);
        let path = source.get(start..).unwrap_or_default();
        let (local_part, domain) = match path.iter().rposition(|octet| *octet == b'@') {
            Some(at) if is_mailbox(request) => (start..start + at, start + at + 1..source.len()),
            Some(_) | None => (0..0, start..source.len()),
        };
        let text = source.get(domain.clone()).unwrap_or_default();
        // RFC 8616 §4: a HELO name is never a U-label.
        let name = if text.is_ascii() || is_mailbox(request) {
            checked_domain(text)
        } else {
            Err(UnusableDomain::NotAscii)
        };
        let end = domain.end - usize::from(text.ends_with(b"."));
        Self { client: unmapped(request.ip), local_part, domain: domain.start..end, name }
    }

    pub(super) fn local_part<'r>(&self, request: &'r Request) -> &'r [u8] {
        match source(request).get(self.local_part.clone()) {
            // RFC 7208 §4.3: a sender without local-part is "postmaster"; §2.4 says the same of HELO.
            None | Some([]) => b"postmaster",
            Some(local_part) => local_part,
        }
    }

    /// The domain as received, without a final dot; U-labels as A-labels.
    pub(super) fn domain<'r>(&'r self, request: &'r Request) -> &'r [u8] {
        let domain = source(request).get(self.domain.clone()).unwrap_or_default();
        match &self.name {
            // RFC 8616 §4: macros see A-labels.
            Ok(name) if !domain.is_ascii() => name.as_str().as_bytes(),
            Ok(_) | Err(_) => domain,
        }
    }
}

/// RFC 7208 §2.4: when the reverse-path is null, the identity is "postmaster" at the HELO name.
fn is_mailbox(request: &Request) -> bool {
    matches!(&request.identity, Identity::MailFrom(path) if !path.is_empty())
}

fn source(request: &Request) -> &[u8] {
    match &request.identity {
        Identity::MailFrom(path) if !path.is_empty() => path,
        Identity::Helo | Identity::MailFrom(_) => &request.helo,
    }
}

/// RFC 5321 §4.1.1.3: the route `@relay,@relay:` in front of a mailbox is ignored.
fn route_octets(path: &[u8]) -> usize {
    if !path.starts_with(b"@") {
        return 0;
    }
    path.iter().position(|octet| *octet == b':').map_or(0, |colon| colon + 1)
}

/// RFC 7208 §4.3: a domain that is malformed, or of one label only, has no policy.
pub(super) fn checked_domain(text: &[u8]) -> Result<Name, UnusableDomain> {
    if text.is_empty() {
        return Err(UnusableDomain::Empty);
    }
    if text.starts_with(b"[") {
        return Err(UnusableDomain::Address);
    }
    let name = Name::parse(text).map_err(UnusableDomain::Malformed)?;
    if is_address(&name) {
        return Err(UnusableDomain::Address);
    }
    if has_one_label(&name) { Err(UnusableDomain::SingleLabel) } else { Ok(name) }
}

/// Whether a name, which is not the root, is no multi-label domain name (RFC 7208 §4.3).
pub(super) fn has_one_label(name: &Name) -> bool {
    !name.as_str().as_bytes().contains(&b'.')
}

fn is_address(name: &Name) -> bool {
    let text = name.as_str();
    text.ends_with(|last: char| last.is_ascii_digit()) && text.parse::<Ipv4Addr>().is_ok()
}
