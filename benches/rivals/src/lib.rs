//! The same work by mailproof, by mail-auth, and what of it nobody can do without, as cases to be timed.
//!
//! DNS is known on both sides: a zone whose answers keep what they were parsed into here, a cache of parsed records there.

#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used, reason = "a bench that cannot begin has nothing to say")]

mod case;
mod clock;
mod dkim;
mod foreign;
mod limits;
mod made;
mod peer;
mod policies;
mod world;

pub use case::{Case, LIMIT, OURS, Side, THEIRS};
pub use clock::Clock;
pub use dkim::{signer, streamed};
pub use made::{Key, header, prose};
pub use world::{NOW, World};

/// The library that computes for mailproof in this build.
pub const BACKEND: &str = if cfg!(feature = "aws-lc") { "aws-lc" } else { "ring" };

/// All cases whose inputs are to be had, in the order of the tables.
pub fn cases() -> Vec<Case> {
    let mut cases = limits::cases();
    cases.extend(dkim::verifying());
    cases.extend(dkim::hostile());
    cases.extend(dkim::signing());
    cases.extend(policies::cases());
    cases.extend(dkim::growth());
    cases
}
