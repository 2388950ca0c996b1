//! mailproof decides whether a mail is what it says it is: SPF, DKIM, DMARC and ARC as one engine that says why.
//!
//! ```
//! use mailproof::dns::Zone;
//! use mailproof::message::Message;
//! use mailproof::{Authenticator, Connection, Evaluation};
//!
//! let raw = b"From: joe@example.com\r\n\r\nHello\r\n";
//! let zone = Zone::from_json(r#"{
//!     "example.com": { "TXT": ["v=spf1 ip4:192.0.2.0/24 -all"] },
//!     "_dmarc.example.com": { "TXT": ["v=DMARC1; p=reject"] }
//! }"#)?;
//!
//! let message = Message::parse(raw)?;
//! let connection = Connection::new("192.0.2.1".parse()?, "mail.example.com", "joe@example.com").at(1_800_000_000);
//! let report = Authenticator::new("mx.example.org").check(&message, connection).run_blocking(&zone);
//!
//! assert_eq!(report.dmarc.outcome.word(), "pass");
//! assert!(report.auth_results().to_string().starts_with("mx.example.org; spf="));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Every check is an [`Evaluation`] that never waits: it asks DNS questions and takes answers. Run it with
//! [`Evaluation::run`] in any async runtime, with [`Evaluation::run_blocking`] without one, or step it by hand.
//!
//! * [`Authenticator`], [`Session`], [`Report`]: a whole message, at once or in pieces.
//! * [`spf`], [`dkim`], [`dmarc`], [`iprev`]: one protocol alone; [`arc`], which is legacy.
//! * [`authres`]: Authentication-Results, written, read and taken away; [`edits`]: what to do to a header section.
//! * [`dns`]: the vocabulary of questions and answers, and [`dns::Zone`], a zone as a value.
//! * `resolver` (feature `resolver`): DNS over the network.
//!
//! The crate opens no socket, reads no clock and starts no thread, save in `resolver`.

#![forbid(unsafe_code)]

mod ascii;
pub mod cidr;
mod cursor;
mod few;
pub mod name;

pub mod authres;
mod crypto;
pub mod dns;
pub mod eval;
pub mod message;
pub mod tags;
pub mod trace;

pub mod dkim;
pub mod dmarc;
pub mod iprev;
pub mod spf;

pub mod arc;

mod authenticator;
pub mod edits;
mod inspection;
mod reply;
mod report;
mod session;

#[cfg(feature = "resolver")]
pub mod resolver;

pub use authenticator::{Authenticator, Connection};
pub use crypto::{ForeignKey, KeyType, SigningKey, UnusableKey};
pub use eval::{Evaluation, Step};
pub use inspection::Inspection;
pub use name::Name;
pub use reply::SmtpReply;
pub use report::{DnsUse, Report};
pub use session::Session;

/// The examples of the README run as tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub struct Readme;

/// The examples of the manual for Rust run as tests.
#[cfg(all(doctest, feature = "json", feature = "resolver"))]
#[doc = include_str!("../docs/manual/rust.md")]
pub struct ManualForRust;
