//! DNS over the network: the doors of this crate that open sockets and read clocks.
//!
//! * [`Stub`]: a stub resolver (RFC 1034 §5.3.1) for tokio. It asks recursive servers and keeps apart what they say.
//! * [`Blocking`]: the same, or any other [`dns::Resolver`], for callers without a runtime.
//! * [`Within`]: any resolver, with a deadline for a whole evaluation.
//! * [`answer_from_reply`]: a reply that somebody else fetched, as an answer.
//!
//! The wire format and the transport are hickory's. Its resolver is not used, because it folds SERVFAIL, REFUSED,
//! NXDOMAIN and NOERROR without records into one error and loses the aliases of an NXDOMAIN.
//!
//! There is no cache here, no search list, no `/etc/hosts` and no multicast: the names of mail are absolute names
//! of DNS.
//!
//! [`dns::Resolver`]: crate::dns::Resolver

mod blocking;
#[cfg(feature = "encrypted-dns")]
mod encrypted;
mod exchange;
mod inquiry;
mod options;
mod reply;
mod server;
mod source_ports;
mod stub;
mod within;

pub use blocking::{Blocking, BlockingWithin};
pub use options::{Certificates, NoServers, Options, Servers};
pub use reply::{TTL_LIMIT, answer_from_message, answer_from_reply};
pub use server::{MalformedServer, Protocol, Server};
pub use source_ports::{MalformedSourcePorts, SourcePorts};
pub use stub::Stub;
pub use within::{EVALUATION_TIME, Within};
