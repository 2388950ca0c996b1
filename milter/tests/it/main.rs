//! Behaviour of the daemon and of its protocol.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::disallowed_methods,
    clippy::disallowed_types
)]

mod border;
mod config;
mod conversation;
mod hostile;
mod load;
mod mta;
mod operation;
mod protocol;
mod running;
mod seal;
mod seeds;
mod sign;
mod sockets;
mod verify;
