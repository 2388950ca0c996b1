//! DKIM verification (RFC 6376, with RFC 8301, RFC 8463 and RFC 8616).
//!
//! [`verify`] takes a whole message; [`Verifier`] takes the header section first and the body in any chunks, so that
//! keys may be asked for, and bad signatures given up, while the body still arrives. Both end in a
//! [`Verification`], which gives one [`Verdict`] for each DKIM-Signature field, top to bottom.
//!
//! Only CRLF ends a line. A lone CR or LF is content and is hashed as it stands.
//!
//! ```
//! use mailproof::dkim::{Policy, verify};
//! use mailproof::dns::Zone;
//! use mailproof::message::Message;
//! use mailproof::{Evaluation, Step};
//!
//! let raw = b"DKIM-Signature: v=1; a=rsa-sha1; d=example.com; s=x; h=from; bh=; b=\r\nFrom: a@example.com\r\n\r\n";
//! let message = Message::parse(raw)?;
//! let Step::Done(verdicts) = verify(&message, &Policy::default(), 1_700_000_000).step(&Zone::new()) else {
//!     unreachable!("a zone knows everything");
//! };
//! assert_eq!(verdicts[0].outcome.to_string(), "neutral (tag b= is empty)");
//! # Ok::<(), mailproof::message::MalformedMessage>(())
//! ```
//!
//! Beside it: [`atps`], signatures of others that the author domain has authorized (RFC 6541), and [`reporting`], whom to
//! tell of signatures that fail (RFC 6651). Neither changes a verdict, and neither is asked for unless wanted.
//!
//! Not here: signing.

mod admit;
pub mod atps;
mod canon_body;
mod canon_header;
mod cause;
mod hash;
mod key;
mod parse;
mod policy;
pub mod reporting;
mod scan;
mod select;
mod signature;
mod trial;
mod verdict;
mod verify;

pub use cause::{Absence, Forbidden, KeyFlaw, Malformed, Mismatch, Unavailable, Unusable};
pub use policy::Policy;
pub use verdict::{Algorithm, Outcome, Verdict};
pub use verify::{Appetite, Verification, Verifier, verify};
