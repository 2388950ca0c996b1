//! Behaviour of the whole crate.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::as_conversions)]

mod author;
#[cfg(feature = "json")]
mod dmarc_cases;
mod dmarc_discovery;
mod dmarc_evaluation;
mod dmarc_record;
mod dmarc_stories;
mod dmarc_world;
