//! The C library over `mailproof`: `include/mailproof.h` is written from these files.
//!
//! One file is one noun of the header. Every entry goes through `boundary`: pointers are judged there, panics end there,
//! and a handle is lent to one caller at a time. What happens inside is safe Rust.

#![deny(unsafe_op_in_unsafe_fn)]
#![deny(clippy::undocumented_unsafe_blocks, clippy::missing_safety_doc)]

// The header has them in this order.
mod str;

mod status;

mod last_error;

mod version;

mod word;

mod context;

mod number;

mod clock;

mod dns;

mod lookup;

mod cache;

mod check;

mod feed;

mod questions;

mod answer;

mod findings;

mod results_spf;

mod results_dkim;

mod results_dmarc;

mod results_arc;

mod results_iprev;

mod results_text;

mod edits;

mod signer;

mod signing;

mod sealer;

mod seal;

mod asking;
mod boundary;
mod dkim_only;
#[cfg(test)]
mod panics;
mod spf_only;

pub use answer::*;
pub use cache::*;
pub use check::*;
pub use clock::*;
pub use context::*;
pub use dns::*;
pub use edits::{
    EditKind, mailproof_check_edit, mailproof_check_edit_count, mailproof_context_add_authserv_id,
};
pub use feed::*;
pub use findings::Identity;
pub use last_error::*;
pub use lookup::*;
pub use number::*;
pub use questions::*;
pub use results_arc::*;
pub use results_dkim::*;
pub use results_dmarc::*;
pub use results_iprev::*;
pub use results_spf::*;
pub use results_text::*;
pub use seal::{
    mailproof_check_seal, mailproof_check_seal_field, mailproof_check_seal_message,
    mailproof_check_use_sealer,
};
pub use sealer::*;
pub use signer::*;
pub use signing::*;
pub use status::*;
pub use str::*;
pub use version::*;
pub use word::*;
