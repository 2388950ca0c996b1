//! The milter daemon over `mailproof`.
//!
//! [`protocol`] is the milter protocol as a codec without sockets; everything else is the daemon.

#![forbid(unsafe_code)]

pub mod protocol;
