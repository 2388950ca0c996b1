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
//! Not here: signing, failure reports (RFC 6651), and ATPS (RFC 6541).

mod admit;
mod canon_body;
pub(crate) mod canon_header;
mod cause;
mod copies;
mod feed;
pub(crate) mod fold;
pub(crate) mod hash;
mod key;
pub(crate) mod line_ends;
pub(crate) mod parse;
mod policy;
pub(crate) mod proof;
mod scan;
pub(crate) mod select;
mod sign;
pub(crate) mod signature;
pub(crate) mod signed_names;
pub(crate) mod signer;
mod signing_error;
mod signing_options;
mod trial;
mod verdict;
mod verify;

pub use canon_header::Canonicalization;
pub use cause::{Absence, Forbidden, KeyFlaw, Malformed, Mismatch, Unavailable, Unusable};
pub use feed::SigningSession;
pub use policy::Policy;
pub use sign::{SignatureField, Signed, Signing};
pub use signer::Signer;
pub use signing_error::{InvalidSigner, SignError};
pub use signing_options::SigningOptions;
pub use verdict::{Algorithm, Outcome, Verdict};
pub use verify::{Appetite, Verification, Verifier, verify};
