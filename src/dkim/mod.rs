//! DKIM, verification and signing (RFC 6376, with RFC 8301, RFC 8463 and RFC 8616).
//!
//! [`verify`] takes a whole message; [`Verifier`] takes the header section first and the body in any chunks, so that
//! keys may be asked for, and bad signatures given up, while the body still arrives. Both end in a
//! [`Verification`], which gives one [`Verdict`] for each DKIM-Signature field, top to bottom.
//!
//! Only CRLF ends a line. A lone CR or LF is content: the verifier hashes it as it stands, and the signer refuses it.
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
//! A [`Signer`] signs whole messages ([`Signer::sign`]), those of which the header section is known
//! ([`Signer::begin`]), and those that arrive field by field ([`Signer::session`]). With several keys it makes as
//! many signatures from one pass over the body. [`SigningOptions`] has every choice, with its default.
//!
//! ```
//! use mailproof::SigningKey;
//! use mailproof::dkim::{Signer, SigningOptions};
//! use mailproof::message::Message;
//!
//! // The key of RFC 8032 §7.1, test 1: anybody has it.
//! let key = SigningKey::from_pem(
//!     b"-----BEGIN PRIVATE KEY-----\n\
//!       MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n\
//!       -----END PRIVATE KEY-----\n",
//! )?;
//! let signer = Signer::new("example.com", [("brisbane", key)], SigningOptions::default())?;
//!
//! let raw = "From: Joe <joe@example.com>\r\nSubject: Dinner\r\n\r\nAre you hungry yet?\r\n";
//! let signed = signer.sign(&Message::parse(raw.as_bytes())?, 1_700_000_000)?;
//! let sent = format!("{signed}{raw}");
//! assert!(sent.starts_with("DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed; d=example.com;\r\n s=brisbane;"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! [`look_up_key`] tells what a domain publishes at a selector, without a signature.
//!
//! [`diagnosis`] looks for what was done to a message whose signature fails, for people to read.
//!
//! Beside it: [`atps`], signatures of others that the author domain has authorized (RFC 6541), and [`reporting`], whom to
//! tell of signatures that fail (RFC 6651). Neither changes a verdict, and neither is asked for unless wanted.

mod admit;
pub mod atps;
pub(crate) mod base64;
mod canon_body;
pub(crate) mod canon_header;
mod cause;
mod compact;
mod copies;
pub mod diagnosis;
mod feed;
pub(crate) mod fold;
pub(crate) mod hash;
mod key;
mod key_lookup;
pub(crate) mod line_ends;
pub(crate) mod parse;
mod policy;
pub(crate) mod proof;
pub mod reporting;
mod scan;
pub(crate) mod select;
mod sign;
pub(crate) mod signature;
pub(crate) mod signed_names;
pub(crate) mod signer;
mod signing_error;
mod signing_options;
mod squeeze;
mod trial;
mod unfold;
mod verdict;
mod verify;

pub use canon_header::Canonicalization;
pub use cause::{Absence, Forbidden, KeyFlaw, Malformed, Mismatch, Unavailable, Unusable};
pub use feed::SigningSession;
pub use key::KeyRecord;
pub use key_lookup::{KeyLookup, Publication, look_up_key};
pub use policy::Policy;
pub use sign::{SignatureField, Signed, Signing};
pub use signer::Signer;
pub use signing_error::{InvalidSigner, SignError};
pub use signing_options::SigningOptions;
pub use verdict::{Algorithm, Outcome, Verdict};
pub use verify::{Appetite, Verification, Verifier, verify};
