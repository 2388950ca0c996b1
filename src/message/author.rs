//! The author of a message: the domain of its From field (RFC 5322 §3.6.2, RFC 9989 §5.3.1).

use super::Headers;
use crate::name::Name;

/// The author domain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Author {
    /// The domain.
    pub domain: Name,
}

/// Why a message has no one author domain.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AuthorError {
    /// No From field.
    #[error("there is no From field")]
    Missing,
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
