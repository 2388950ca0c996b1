//! What an evaluation may cost (RFC 7208 §4.6.4).

use super::cause::Problem;

/// Bounds of one evaluation.
///
/// Together they bound its DNS questions. By default there are 123 of them at most: the first record, ten `mx` with ten
/// exchanges each, the names of the client and the addresses of ten of them (asked for once, however often `ptr` and
/// `%{p}` occur), and an explanation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Terms that ask DNS (include, a, mx, ptr, exists, redirect), over all records of the evaluation; the next one is
    /// `permerror`. The default is 10 (RFC 7208 §4.6.4: MUST). More than 100 counts as 100.
    pub terms: u32,
    /// Terms whose query gave NXDOMAIN or no record; the next one is `permerror`. The default is 2 (RFC 7208 §4.6.4:
    /// RECOMMENDED).
    pub void_lookups: u32,
    /// Whether an address query for a mail exchange that gives nothing counts as a void lookup too. The default is
    /// no: RFC 7208 §4.6.4 speaks of terms, and a host without AAAA records is no sign of a broken policy.
    pub void_mx_hosts: bool,
    /// Mail exchanges of one `mx`; one with more is `permerror` before any of them is asked for. The default is 10 (RFC
    /// 7208 §4.6.4: MUST).
    pub mx_names: usize,
    /// Names of the client that are looked at; the others are ignored. The default is 10 (RFC 7208 §4.6.4: MUST).
    pub ptr_names: usize,
    /// Octets of an explanation; the rest is cut off. The default is 400: with its code and a preface it fits a reply
    /// line of 512 octets (RFC 5321 §4.5.3.1.5).
    pub explanation_octets: usize,
}

/// Terms at most, whatever the limits say: it bounds the depth of includes.
const TERMS_EVER: u32 = 100;

impl Default for Limits {
    fn default() -> Self {
        Self {
            terms: 10,
            void_lookups: 2,
            void_mx_hosts: false,
            mx_names: 10,
            ptr_names: 10,
            explanation_octets: 400,
        }
    }
}

/// What was spent so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Spent {
    pub(super) terms: u32,
    pub(super) void_lookups: u32,
}

impl Spent {
    /// One more term that asks DNS.
    pub(super) fn term(&mut self, limits: &Limits) -> Result<(), Problem> {
        let limit = limits.terms.min(TERMS_EVER);
        if self.terms >= limit {
            return Err(Problem::LookupLimit { limit });
        }
        self.terms += 1;
        Ok(())
    }

    /// One more query without a record.
    pub(super) fn void_lookup(&mut self, limits: &Limits) -> Result<(), Problem> {
        self.void_lookups = self.void_lookups.saturating_add(1);
        if self.void_lookups > limits.void_lookups {
            return Err(Problem::VoidLimit { limit: limits.void_lookups });
        }
        Ok(())
    }

    /// Whether no limit was passed on the way.
    pub(super) fn is_within(self, limits: &Limits) -> bool {
        self.terms <= limits.terms.min(TERMS_EVER) && self.void_lookups <= limits.void_lookups
    }
}
