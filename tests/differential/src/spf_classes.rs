//! The classes of disagreements about SPF.

use crate::judge::{Class, Right};
use crate::spf::Case;
use mailproof::spf::{Limits, Outcome, Verdict};

/// One disagreement: the case, ours, theirs.
pub struct Facts<'c> {
    pub case: &'c Case,
    pub ours: &'c Verdict,
    /// Their result word.
    pub word: &'c str,
    /// What they say about it.
    pub detail: &'c str,
}

pub type Holds = fn(&Facts<'_>) -> bool;

pub const CLASSES: &[Class<Holds>] = &[];
