//! Patterns of mail addresses.

use mailproof::Name;
use mailproof::name::MalformedName;
use serde::Deserialize;
use std::str::FromStr;

/// Some addresses: `joe@example.com`, one; `example.com`, all of the domain; `.example.com`, all below the domain; `*`,
/// all.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(try_from = "String")]
pub enum AddressPattern {
    /// One address: the local part octet for octet, and the domain.
    Address(String, Name),
    /// Every address.
    All,
    /// The addresses below a domain.
    Below(Name),
    /// The addresses of a domain.
    Domain(Name),
}

/// Why a text is no pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MalformedPattern {
    /// The domain is none.
    #[error("the domain is {0}")]
    Domain(#[from] MalformedName),
    /// An address without its local part.
    #[error("there is nothing before the @")]
    LocalPart,
}

impl AddressPattern {
    /// Whether an address is meant: what stands before its last `@`, and its domain.
    pub fn matches(&self, local_part: &str, domain: &Name) -> bool {
        match self {
            Self::Address(local, of) => local == local_part && of == domain,
            Self::All => true,
            Self::Below(of) => domain.is_below(of),
            Self::Domain(of) => of == domain,
        }
    }

    /// Whether an address, with or without angle brackets, is meant. The empty one is that of bounces: only `*` does.
    pub fn matches_address(&self, address: &[u8]) -> bool {
        match split(address) {
            Some((local_part, domain)) => self.matches(&local_part, &domain),
            None => *self == Self::All,
        }
    }
}

/// The local part and the domain of an address.
pub(crate) fn split(address: &[u8]) -> Option<(String, Name)> {
    let address = address.strip_prefix(b"<").unwrap_or(address);
    let address = address.strip_suffix(b">").unwrap_or(address);
    let at = memchr::memrchr(b'@', address)?;
    let (local_part, domain) = address.split_at(at);
    let domain = Name::parse(domain.get(1..)?).ok()?;
    Some((String::from_utf8_lossy(local_part).into_owned(), domain))
}

impl FromStr for AddressPattern {
    type Err = MalformedPattern;

    fn from_str(text: &str) -> Result<Self, MalformedPattern> {
        if text == "*" {
            return Ok(Self::All);
        }
        if let Some(domain) = text.strip_prefix('.') {
            return Ok(Self::Below(Name::parse(domain)?));
        }
        match text.rsplit_once('@') {
            Some(("", _)) => Err(MalformedPattern::LocalPart),
            Some(("*", domain)) => Ok(Self::Domain(Name::parse(domain)?)),
            Some((local_part, domain)) => Ok(Self::Address(local_part.to_owned(), Name::parse(domain)?)),
            None => Ok(Self::Domain(Name::parse(text)?)),
        }
    }
}

impl TryFrom<String> for AddressPattern {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse().map_err(|error| format!("{text}: {error}"))
    }
}
