//! Whether an identifier is aligned with the author domain (RFC 9989 §4.10.2, RFC 7489 §3.1).

use super::record::AlignmentMode;
use super::verdict::Aligned;
use super::walk::{Lookups, Walk};
use super::{Discovery, Settings, psl};
use crate::dns::Paused;
use crate::name::Name;
use std::collections::BTreeMap;

/// The author domain, as identifiers are compared with it.
pub(super) struct Comparison<'a> {
    author: &'a Name,
    settings: &'a Settings,
    /// Found when the first identifier needs it.
    author_walk: Option<Walk>,
    compared: BTreeMap<Name, Aligned>,
    walks: usize,
}

impl<'a> Comparison<'a> {
    pub(super) fn new(author: &'a Name, settings: &'a Settings) -> Self {
        Self { author, settings, author_walk: None, compared: BTreeMap::new(), walks: settings.walks }
    }

    pub(super) fn is_author(&self, domain: &Name) -> bool {
        domain == self.author
    }

    /// How `domain` compares with the author domain.
    pub(super) fn compare(
        &mut self,
        lookups: &mut Lookups<'_>,
        domain: &Name,
        mode: AlignmentMode,
    ) -> Result<Aligned, Paused> {
        // RFC 9989 §4.10.2: nothing to look up when the names are the same, or must be.
        if domain == self.author {
            return Ok(Aligned::Identical);
        }
        if mode == AlignmentMode::Strict {
            return Ok(Aligned::No);
        }
        if self.settings.discovery == Discovery::PublicSuffixList {
            let is_same = psl::organizational_domain(domain) == psl::organizational_domain(self.author);
            return Ok(if is_same { Aligned::Organizational } else { Aligned::No });
        }
        if let Some(aligned) = self.compared.get(domain) {
            return Ok(aligned.clone());
        }
        let aligned = self.compare_walks(lookups, domain)?;
        self.compared.insert(domain.clone(), aligned.clone());
        Ok(aligned)
    }

    fn compare_walks(&mut self, lookups: &mut Lookups<'_>, domain: &Name) -> Result<Aligned, Paused> {
        // Domains without a common top level can have no organizational domain in common.
        if domain.last_labels(1) != self.author.last_labels(1) {
            return Ok(Aligned::No);
        }
        let author = self.walk_author(lookups)?;
        let organization = author.organizational_domain(self.author, self.settings);
        if author.trouble.is_none() && !domain.is_within(&organization) {
            return Ok(Aligned::No);
        }
        let Some(walks) = self.walks.checked_sub(1) else {
            return Ok(Aligned::Skipped);
        };
        self.walks = walks;
        let other = lookups.walk(domain)?;
        let is_same = other.organizational_domain(domain, self.settings) == organization;
        // When both walks break off at the same name, everything above it is the same for both. If what they passed
        // below leads to the same domain, it does so, or gives way to a common one, whatever stands above.
        Ok(match (author.trouble, other.trouble) {
            (None, None) if is_same => Aligned::Organizational,
            (None, None) => Aligned::No,
            (Some(one), Some(two)) if is_same && one.question == two.question => Aligned::Organizational,
            (Some(trouble), _) | (None, Some(trouble)) => Aligned::Undetermined(trouble),
        })
    }

    fn walk_author(&mut self, lookups: &mut Lookups<'_>) -> Result<Walk, Paused> {
        if let Some(walk) = &self.author_walk {
            return Ok(walk.clone());
        }
        let walk = lookups.walk(self.author)?;
        self.author_walk = Some(walk.clone());
        Ok(walk)
    }

    /// The author's organizational domain, if it had to be found.
    pub(super) fn organizational_domain(&self) -> Option<Name> {
        let walk = self.author_walk.as_ref().filter(|walk| walk.trouble.is_none())?;
        Some(walk.organizational_domain(self.author, self.settings))
    }
}
