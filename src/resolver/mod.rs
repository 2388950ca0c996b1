//! DNS over the network: the doors of this crate that open sockets and read clocks.
//!
//! * [`Stub`]: a stub resolver (RFC 1034 §5.3.1) for tokio. It asks recursive servers and keeps apart what they say.
//! * [`Blocking`]: the same, or any other [`dns::Resolver`], for callers without a runtime.
//! * [`Cached`]: any resolver, behind a cache; a question that many ask is sent once.
//! * [`Within`]: any resolver, with a deadline for a whole evaluation.
//! * [`query_message`] and [`answer_from_reply`]: a question for somebody else to send, and the reply that came, as an
//!   answer.
//!
//! The wire format and the transport are hickory's. Its resolver is not used, because it folds SERVFAIL, REFUSED,
//! NXDOMAIN and NOERROR without records into one error and loses the aliases of an NXDOMAIN.
//!
//! There is no search list here, no `/etc/hosts` and no multicast: the names of mail are absolute names of DNS.
//!
//! Layers go around one another in any order. What serves all messages stands below what serves one:
//!
//! ```no_run
//! use mailproof::dns::{Budget, CacheSettings, MESSAGE_QUESTIONS, Recorder};
//! use mailproof::resolver::{Cached, EVALUATION_TIME, Stub, Within};
//!
//! let shared = Cached::seeded(Stub::system()?, CacheSettings::default())?;
//! // For each message:
//! let resolver = Recorder::new(Budget::new(Within::new(&shared, EVALUATION_TIME), MESSAGE_QUESTIONS));
//! # drop(resolver);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! [`dns::Resolver`]: crate::dns::Resolver

mod blocking;
mod blocking_flight;
mod cached;
#[cfg(feature = "encrypted-dns")]
mod encrypted;
mod exchange;
mod flight;
mod inquiry;
mod options;
mod query;
mod reply;
mod server;
mod source_ports;
mod stub;
mod within;

pub use blocking::{Blocking, BlockingWithin};
pub use cached::Cached;
pub use options::{Certificates, NoServers, Options, Servers};
pub use query::query_message;
pub use reply::{TTL_LIMIT, answer_from_message, answer_from_reply};
pub use server::{MalformedServer, Protocol, Server};
pub use source_ports::{MalformedSourcePorts, SourcePorts};
pub use stub::Stub;
pub use within::{EVALUATION_TIME, Within};
