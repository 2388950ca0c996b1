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
mod arc_chain;
#[cfg(feature = "json")]
mod arc_forge;
#[cfg(feature = "json")]
mod arc_local_policy;
#[cfg(feature = "json")]
mod arc_peers;
#[cfg(feature = "json")]
mod arc_properties;
#[cfg(feature = "json")]
mod arc_report;
#[cfg(feature = "json")]
mod arc_seal;
#[cfg(feature = "json")]
mod arc_signatures;
#[cfg(feature = "json")]
mod arc_vectors;
#[cfg(feature = "json")]
mod atps;
#[cfg(feature = "json")]
mod attack_amplification;
#[cfg(feature = "json")]
mod attack_identity;
mod attack_keys;
mod attacks;
mod authenticator;
mod author;
#[cfg(feature = "json")]
mod authres_engine;
mod authres_evidence;
mod authres_forgery;
mod authres_parse;
mod authres_properties;
mod authres_suite;
#[cfg(feature = "json")]
mod bad_input;
mod cache;
mod cache_bounds;
mod cache_model;
mod cache_stale;
mod dkim_canon;
mod dkim_diagnosis;
mod dkim_flow;
mod dkim_hostile;
mod dkim_key;
mod dkim_key_lookup;
mod dkim_properties;
#[cfg(feature = "json")]
mod dkim_reporting;
mod dkim_sign;
mod dkim_sign_misuse;
mod dkim_sign_peers;
mod dkim_sign_properties;
mod dkim_signature;
mod dkim_signer;
#[cfg(feature = "json")]
mod dkim_stories;
mod dkim_vectors;
mod dmarc_discovery;
mod dmarc_evaluation;
#[cfg(feature = "json")]
mod dmarc_psl;
mod dmarc_record;
mod dmarc_stories;
mod dmarc_world;
mod edits;
mod edits_milter;
#[cfg(all(feature = "json", feature = "resolver"))]
mod expiry;
mod floors;
#[cfg(feature = "resolver")]
mod hostile_dns;
#[cfg(feature = "json")]
mod iprev;
#[cfg(feature = "json")]
mod known;
#[cfg(all(feature = "json", feature = "resolver"))]
mod layers;
mod limits;
mod oracle;
#[cfg(feature = "json")]
mod orders;
mod peer;
#[cfg(feature = "resolver")]
mod query;
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
#[cfg(all(feature = "json", feature = "resolver"))]
mod rounds;
#[cfg(all(feature = "json", feature = "resolver", feature = "zone-file"))]
mod seeds;
mod session;
mod signing_key;
mod signing_key_properties;
mod signing_key_wrong;
#[cfg(feature = "resolver")]
mod single_flight;
#[cfg(feature = "resolver")]
mod single_flight_threads;
#[cfg(feature = "json")]
mod smtp_reply;
#[cfg(feature = "resolver")]
mod soak;
#[cfg(feature = "json")]
mod spf_compiled;
#[cfg(feature = "json")]
mod spf_compiled_properties;
#[cfg(feature = "json")]
mod spf_compiled_world;
#[cfg(feature = "json")]
mod spf_explanation;
#[cfg(feature = "json")]
mod spf_grammar;
#[cfg(feature = "json")]
mod spf_hostile;
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
mod spf_trace;
mod spf_walk;
#[cfg(feature = "json")]
mod stories;
mod supply;
#[cfg(all(feature = "json", feature = "zone-file"))]
mod zone;
#[cfg(feature = "zone-file")]
mod zone_file;
