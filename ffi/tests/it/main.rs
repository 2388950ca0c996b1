//! The C library as C sees it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::disallowed_methods,
    clippy::disallowed_types
)]

mod dns_server;
mod examples;
mod header;
mod programs;
mod seeds;
mod symbols;
mod toolchain;
