//! What a check did, as a tree: policies, their terms, and the lookups of each.

use super::budget::Limits;
use super::cause::Absence;
use super::record::{Qualifier, Record, Term};
use super::verdict::Verdict;
use crate::name::Name;
use crate::trace::Lookup;
use std::sync::Arc;

/// What a check did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trace {
    /// What it came to; `None` while a question is open.
    pub verdict: Option<Verdict>,
    /// What it was allowed to cost.
    pub limits: Limits,
    /// The policy of the domain checked; `None` when the identity holds no domain.
    pub policy: Option<PolicyTrace>,
    /// What was asked for the explanation of a `fail` (RFC 7208 §6.2).
    pub explanation: Vec<Lookup>,
}

/// What became of the policy of one domain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyTrace {
    /// Whose policy.
    pub domain: Name,
    /// How it was looked up; nothing is for a name that can have none (RFC 7208 §4.3).
    pub lookups: Vec<Lookup>,
    /// The record, where there is a single one that can be read.
    pub record: Option<Arc<Record>>,
    /// What became of each term of the record, in the order written.
    pub terms: Vec<TermTrace>,
    /// What it came to.
    pub result: PolicyResult,
}

/// What became of one term.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TermTrace {
    /// What came of it.
    pub result: TermResult,
    /// Which of the terms that ask DNS it is, the first being 1 (RFC 7208 §4.6.4); `None` when it asks nothing, or was
    /// not reached. Beyond [`Limits::terms`] the check ended here.
    pub lookup_number: Option<u32>,
    /// Void lookups counted in this term, those of the policies below it included (RFC 7208 §4.6.4).
    pub void_lookups: u32,
    /// Void lookups counted up to the end of this term, from the beginning of the check; 0 when it was not reached.
    pub void_lookups_so_far: u32,
    /// What was asked for it, in order. The lookup of the policy below it is told there.
    pub lookups: Vec<Lookup>,
    /// The policy that an include or a redirect led to.
    pub policy: Option<Box<PolicyTrace>>,
}

/// What a policy came to.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PolicyResult {
    /// There is none, or no single one.
    Absent(Absence),
    /// It cannot be evaluated, or DNS failed; the verdict says why.
    Broken,
    /// A directive with this qualifier matched, here or in the target of its redirect.
    Decided(Qualifier),
    /// Nothing matched (RFC 7208 §4.7).
    Default,
    /// A question is open.
    Open,
}

/// What came of a term.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TermResult {
    /// A modifier that has no part in the result: `exp`, an unknown one, or a `redirect` that is void beside an `all`.
    Aside,
    /// The check ended in it without a result; the verdict says why.
    Broken {
        /// Whether it was this term itself that broke, and none of the policy below it.
        here: bool,
    },
    /// It matched; a `redirect` was followed.
    Matched,
    /// It did not match.
    NoMatch,
    /// The check had its result before.
    NotReached,
    /// A question is open.
    Open,
}

impl Trace {
    /// Every lookup, in the order made.
    pub fn lookups(&self) -> Vec<&Lookup> {
        let mut found = Vec::new();
        if let Some(policy) = &self.policy {
            policy.collect(&mut found);
        }
        found.extend(&self.explanation);
        found
    }
}

impl PolicyTrace {
    /// Each term of the record with what became of it.
    pub fn terms(&self) -> impl Iterator<Item = (&Term, &TermTrace)> {
        self.record.iter().flat_map(|record| record.terms()).zip(&self.terms)
    }

    fn collect<'a>(&'a self, found: &mut Vec<&'a Lookup>) {
        found.extend(&self.lookups);
        for term in &self.terms {
            // The name of an include is made before its policy is looked up.
            found.extend(&term.lookups);
            if let Some(policy) = &term.policy {
                policy.collect(found);
            }
        }
    }
}

impl TermTrace {
    pub(super) const fn new(result: TermResult) -> Self {
        Self {
            result,
            lookup_number: None,
            void_lookups: 0,
            void_lookups_so_far: 0,
            lookups: Vec::new(),
            policy: None,
        }
    }
}

impl PolicyResult {
    /// The result of RFC 7208 §2.6, or `error`, or `open`.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Absent(_) => "none",
            Self::Broken => "error",
            Self::Decided(Qualifier::Pass) => "pass",
            Self::Decided(Qualifier::Fail) => "fail",
            Self::Decided(Qualifier::Softfail) => "softfail",
            Self::Decided(Qualifier::Neutral) | Self::Default => "neutral",
            Self::Open => "open",
        }
    }
}

impl TermResult {
    /// `match`, `no match`, `not reached`, `error`, `open`, or `aside`.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Aside => "aside",
            Self::Broken { .. } => "error",
            Self::Matched => "match",
            Self::NoMatch => "no match",
            Self::NotReached => "not reached",
            Self::Open => "open",
        }
    }
}
