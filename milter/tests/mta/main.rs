//! The daemon behind a real Postfix, with real DNS servers.
//!
//! Each test has network and mount namespaces of its own, so ports and `/etc/resolv.conf` are its own, too. Without root
//! or the programs the tests say that they skip, unless MAILPROOF_REQUIRE_REAL is set.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::disallowed_methods,
    clippy::disallowed_types
)]

mod client;
mod daemon;
mod dns;
mod example;
mod load;
mod namespace;
mod postfix;
mod process;
mod seal;
mod sign;
mod sink;
mod verify;
mod world;
