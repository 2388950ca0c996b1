//! The C library over `mailproof`: `include/mailproof.h` is written from these files.
//!
//! One file is one noun of the header. Every entry goes through `boundary`: pointers are judged there, panics end there,
//! and a handle is lent to one caller at a time. What happens inside is safe Rust.

#![deny(unsafe_op_in_unsafe_fn)]
#![deny(clippy::undocumented_unsafe_blocks, clippy::missing_safety_doc)]

mod answer;
mod asking;
mod boundary;
mod cache;
mod check;
mod clock;
mod context;
mod dkim_only;
mod dns;
mod feed;
mod findings;
mod last_error;
mod lookup;
mod number;
mod questions;
mod results_dkim;
mod results_dmarc;
mod results_spf;
mod results_text;
mod spf_only;
mod status;
mod str;
mod version;
mod word;

pub use answer::*;
pub use cache::*;
pub use check::*;
pub use clock::*;
pub use context::*;
pub use dns::*;
pub use feed::*;
pub use findings::Identity;
pub use last_error::*;
pub use lookup::*;
pub use number::*;
pub use questions::*;
pub use results_dkim::*;
pub use results_dmarc::*;
pub use results_spf::*;
pub use results_text::*;
pub use status::*;
pub use str::*;
pub use version::*;
pub use word::*;
