//! What holds for every input, as plain functions: each takes octets and panics when its property does not hold.
//!
//! The fuzz targets run them over what libFuzzer invents, and `tests/it/seeds.rs` over the seeds in `corpus/`.

pub mod arc;
pub mod author;
pub mod authres;
pub mod canon_chunks;
mod canon_reference;
mod chunks;
pub mod dkim;
pub mod dmarc;
pub mod dmarc_walk;
mod field;
pub mod message;
pub mod name;
pub mod reply;
pub mod report_roundtrip;
mod scene;
pub mod spf_check;
pub mod spf_record;
pub mod tags;
mod walk_reference;
pub mod zone;
