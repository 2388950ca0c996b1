//! Behaviour of the whole crate.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::as_conversions)]

mod dkim_canon;
mod dkim_corpora;
mod dkim_flow;
mod dkim_hostile;
mod dkim_key;
mod dkim_properties;
mod dkim_signature;
mod dkim_signer;
mod dkim_vectors;
