//! The author of a message: the domain of its From field (RFC 5322 §3.6.2, RFC 9989 §5.3.1).

use super::address::{Host, Malformed, read_hosts};
use super::{Field, Headers};
use crate::few::Few;
use crate::name::Name;
use memchr::{memchr2, memchr2_iter};
use std::fmt;

/// The one author domain of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Author {
    /// The domain, in A-labels.
    pub domain: Name,
}

/// Why a message has no one author domain.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AuthorError {
    /// The author's address has an address literal in place of a domain.
    #[error("the From address has an address literal in place of a domain")]
    AddressLiteral,
    /// Groups without a member, such as `undisclosed-recipients:;`.
    #[error("the From field holds only an empty group")]
    GroupOnly,
    /// What stands in place of the domain is none: a character no host name has, a label too long, bad Unicode.
    #[error("the domain of the From address is not a legal host name")]
    IllegalDomain,
    /// The field breaks the grammar of RFC 5322.
    #[error("the From field is malformed at offset {offset}")]
    Malformed {
        /// Octets of the field's value before the place.
        offset: usize,
        /// The domains before it.
        domains: Domains,
    },
    /// No From field.
    #[error("there is no From field")]
    Missing,
    /// A From field without an address.
    #[error("the From field holds no address")]
    NoAddress,
    /// Addresses of different domains.
    #[error("the From field holds addresses of several domains: {0}")]
    SeveralDomains(Domains),
    /// More than one From field.
    #[error("there are {count} From fields, of {domains}")]
    SeveralFields {
        /// How many.
        count: usize,
        /// The domains in them, as far as they can be read.
        domains: Domains,
    },
}

/// Domains kept of a message whose author is in doubt, at most.
pub const AUTHOR_DOMAINS: usize = 5;

/// Different domains in the order in which they were met, [`AUTHOR_DOMAINS`] of them at most.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Domains {
    names: Few<Name>,
    has_more: bool,
}

impl Domains {
    /// The domains.
    pub fn names(&self) -> &[Name] {
        self.names.as_slice()
    }

    /// Whether there are more than were kept.
    pub const fn has_more(&self) -> bool {
        self.has_more
    }

    fn insert(&mut self, name: Name) {
        if self.names().contains(&name) {
            return;
        }
        if self.names().len() < AUTHOR_DOMAINS {
            self.names.push(name);
        } else {
            self.has_more = true;
        }
    }
}

impl fmt::Display for Domains {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.names().is_empty() {
            return f.write_str("no readable domain");
        }
        for (index, name) in self.names().iter().enumerate() {
            f.write_str(if index == 0 { "" } else { ", " })?;
            write!(f, "{name}")?;
        }
        f.write_str(if self.has_more { " and more" } else { "" })
    }
}

impl Headers<'_> {
    /// The author domain.
    ///
    /// # Errors
    /// [`AuthorError`] says why there is not exactly one.
    pub fn author(&self) -> Result<Author, AuthorError> {
        let mut fields = self.named("From");
        let Some(first) = fields.next() else {
            return Err(AuthorError::Missing);
        };
        let mut count = 1;
        let mut reading = Reading::of(first.value());
        // RFC 9989 §4.4: with a repeated From field there is no author domain, even if all name the same one.
        for field in fields {
            count += 1;
            let other = Reading::of(field.value());
            other.domains.names.into_iter().for_each(|name| reading.domains.insert(name));
        }
        for value in self.hidden_from() {
            count += 1;
            let other = Reading::of(value);
            other.domains.names.into_iter().for_each(|name| reading.domains.insert(name));
        }
        match count {
            1 => reading.author(),
            _ => Err(AuthorError::SeveralFields { count, domains: reading.domains }),
        }
    }

    /// How many From fields there are for one or the other reader: those that only lone line ends make are among them.
    pub(crate) fn author_fields(&self) -> usize {
        self.named("From").count() + self.hidden_from().count()
    }

    /// The values of From fields that only those see who also end a line at a lone CR or LF, as many readers do: such
    /// a field inside another one could show an author that nobody authenticated.
    fn hidden_from(&self) -> impl Iterator<Item = &[u8]> {
        self.iter().filter(|field| may_hide_from(field.raw())).flat_map(|field| {
            let lines = memchr2_iter(b'\r', b'\n', field.raw()).filter_map(|end| field.raw().get(end + 1..));
            lines.filter_map(|rest| {
                rest.get(..4).filter(|name| name.eq_ignore_ascii_case(b"From"))?;
                let field = Field::new(rest.get(..memchr2(b'\r', b'\n', rest).unwrap_or(rest.len()))?);
                field.is_named("From").then(|| field.value())
            })
        })
    }
}

impl Author {
    /// The author domain of the value of one From field, as it stands behind the colon.
    ///
    /// Everything that a From field may hold is read: display names, comments, groups and their members, obsolete
    /// routes, U-labels, which become A-labels (RFC 9989 §5.3.1). One domain named several times is one domain.
    ///
    /// # Errors
    /// [`AuthorError`] says why there is not exactly one.
    pub fn parse(value: &[u8]) -> Result<Self, AuthorError> {
        Reading::of(value).author()
    }
}

/// What a From field names.
struct Reading {
    domains: Domains,
    groups: usize,
    /// The first thing that spoils it.
    spoiled: Option<AuthorError>,
    malformed: Option<Malformed>,
}

impl Reading {
    fn of(value: &[u8]) -> Self {
        let mut reading = Self { domains: Domains::default(), groups: 0, spoiled: None, malformed: None };
        match read_hosts(value, |host| reading.take(host)) {
            Ok(groups) => reading.groups = groups,
            Err(malformed) => reading.malformed = Some(malformed),
        }
        reading
    }

    fn take(&mut self, host: Host<'_>) {
        let spoiled = match host {
            Host::Domain(text) => match host_name(&text) {
                Some(name) => return self.domains.insert(name),
                None => AuthorError::IllegalDomain,
            },
            Host::Literal => AuthorError::AddressLiteral,
        };
        self.spoiled.get_or_insert(spoiled);
    }

    fn author(self) -> Result<Author, AuthorError> {
        if let Some(Malformed(offset)) = self.malformed {
            return Err(AuthorError::Malformed { offset, domains: self.domains });
        }
        if let Some(error) = self.spoiled {
            return Err(error);
        }
        match self.domains.names() {
            [] if self.groups > 0 => Err(AuthorError::GroupOnly),
            [] => Err(AuthorError::NoAddress),
            [domain] => Ok(Author { domain: domain.clone() }),
            _ => Err(AuthorError::SeveralDomains(self.domains)),
        }
    }
}

/// Whether an F stands behind a line end. It does in hardly any field: folds begin with white space.
fn may_hide_from(raw: &[u8]) -> bool {
    let behind = raw.get(1..).unwrap_or_default();
    // Without branches: the compiler judges many octets at once.
    raw.iter().zip(behind).fold(false, |any, (end, first)| {
        any | (((*end == b'\r') | (*end == b'\n')) & (*first | 0x20 == b'f'))
    })
}

/// A domain of letters, digits and hyphens (RFC 5321 §2.3.5), and underscores, which exist in the wild.
fn host_name(text: &[u8]) -> Option<Name> {
    let name = Name::parse(text).ok()?;
    let is_host = |octet: u8| octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'_' | b'.');
    name.as_str().bytes().all(is_host).then_some(name)
}
