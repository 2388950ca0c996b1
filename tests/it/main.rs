//! Behaviour of the whole crate.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::disallowed_methods,
    clippy::disallowed_types
)]

mod authenticator;
mod author;
mod cache;
mod cache_bounds;
mod cache_model;
mod cache_stale;
#[cfg(feature = "json")]
mod dmarc_cases;
mod dmarc_discovery;
mod dmarc_evaluation;
mod dmarc_record;
mod dmarc_stories;
mod dmarc_world;
#[cfg(feature = "resolver")]
mod expiry;
mod floors;
#[cfg(feature = "resolver")]
mod hostile_dns;
#[cfg(feature = "resolver")]
mod layers;
#[cfg(feature = "resolver")]
mod real_dns;
#[cfg(feature = "resolver")]
mod real_dnssec;
#[cfg(feature = "encrypted-dns")]
mod real_encrypted;
#[cfg(feature = "resolver")]
mod real_server;
#[cfg(feature = "json")]
mod recording;
#[cfg(feature = "json")]
mod replay;
#[cfg(feature = "resolver")]
mod reply;
#[cfg(feature = "resolver")]
mod rogue_dns;
#[cfg(feature = "resolver")]
mod rogue_server;
mod rounds;
mod session;
#[cfg(feature = "resolver")]
mod single_flight;
#[cfg(feature = "resolver")]
mod single_flight_threads;
#[cfg(feature = "resolver")]
mod soak;
#[cfg(all(feature = "json", feature = "zone-file"))]
mod zone;
#[cfg(feature = "zone-file")]
mod zone_file;

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
