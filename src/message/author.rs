//! The author of a message: the domain of its From field (RFC 5322 §3.6.2, RFC 9989 §5.3.1).

use super::Headers;
use crate::name::Name;
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
    names: Vec<Name>,
    has_more: bool,
}

impl Domains {
    /// The domains.
    pub fn names(&self) -> &[Name] {
        &self.names
    }

    /// Whether there are more than were kept.
    pub const fn has_more(&self) -> bool {
        self.has_more
    }

    fn insert(&mut self, name: Name) {
        if self.names.contains(&name) {
            return;
        }
        if self.names.len() < AUTHOR_DOMAINS {
            self.names.push(name);
        } else {
            self.has_more = true;
        }
    }
}

impl fmt::Display for Domains {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.names.is_empty() {
            return f.write_str("no readable domain");
        }
        for (index, name) in self.names.iter().enumerate() {
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
        Err(AuthorError::Missing)
    }
}
