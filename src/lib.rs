//! mailproof decides whether a mail is what it says it is.

#![forbid(unsafe_code)]

mod ascii;
pub mod cidr;
mod cursor;
pub mod name;

mod crypto;
pub mod dns;
pub mod eval;
pub mod message;
pub mod tags;

pub mod dkim;

pub use eval::{Evaluation, Step};
pub use name::Name;
