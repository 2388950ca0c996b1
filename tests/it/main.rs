//! Behaviour of the whole crate.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::disallowed_methods,
    clippy::disallowed_types
)]

mod floors;
mod oracle;
#[allow(dead_code)]
mod peer;

#[cfg(feature = "resolver")]
mod hostile_dns;
#[cfg(feature = "resolver")]
mod real_dns;
#[cfg(feature = "resolver")]
mod real_server;
#[cfg(feature = "resolver")]
mod reply;
#[cfg(all(feature = "json", feature = "resolver", feature = "zone-file"))]
mod seeds;
#[cfg(all(feature = "json", feature = "zone-file"))]
mod zone;
#[cfg(feature = "zone-file")]
mod zone_file;
