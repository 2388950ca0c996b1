//! The milter daemon over `mailproof`.
//!
//! [`protocol`] is the milter protocol as a codec without sockets; everything else is the daemon.

#![forbid(unsafe_code)]

pub mod config;
pub mod protocol;
pub mod signing;

mod daemon;

pub use daemon::{Daemon, NoDaemon, NoDns, NoPrivileges, NoSocket, Unusable, UnusableSealer};
