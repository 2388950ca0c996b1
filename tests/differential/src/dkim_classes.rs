//! The classes of disagreements about DKIM.

use crate::dkim::Case;
use crate::judge::{Class, Right};
use mailproof::dkim::Verdict;

/// One disagreement: the case, ours, theirs.
pub struct Facts<'c> {
    pub case: &'c Case,
    pub ours: &'c [Verdict],
    /// Their words, between commas.
    pub words: &'c str,
    /// What they say about them.
    pub detail: &'c str,
}

pub type Holds = fn(&Facts<'_>) -> bool;

pub const CLASSES: &[Class<Holds>] = &[];
