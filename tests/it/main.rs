//! Behaviour of the whole crate.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::as_conversions)]

#[cfg(feature = "json")]
mod spf_cases;
