//! Behaviour of the whole crate.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::disallowed_methods,
    clippy::disallowed_types
)]

#[cfg(feature = "json")]
mod spf_cases;
#[cfg(feature = "json")]
mod spf_explanation;
#[cfg(feature = "json")]
mod spf_grammar;
#[cfg(feature = "json")]
mod spf_identity;
#[cfg(feature = "json")]
mod spf_limits;
#[cfg(feature = "json")]
mod spf_macros;
#[cfg(feature = "json")]
mod spf_properties;
#[cfg(feature = "json")]
mod spf_received;
#[cfg(feature = "json")]
mod spf_run;
#[cfg(feature = "json")]
mod spf_stories;
#[cfg(feature = "json")]
mod spf_terms;
