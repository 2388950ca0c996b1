//! The daemon: sockets, clocks, signals.

mod asking;
mod client;
mod conclusion;
mod connection;
mod dns;
mod entrance;
mod figures;
mod judgement;
mod logs;
mod page;
mod privileges;
mod received;
mod sealing;
mod server;
mod service;
mod shared;
mod signals;
mod sockets;
mod text;
mod transaction;
mod trouble;

pub use dns::NoDns;
pub use privileges::NoPrivileges;
pub use server::{Daemon, NoDaemon};
pub use service::{Unusable, UnusableSealer};
pub use sockets::NoSocket;
