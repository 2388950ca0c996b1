//! DKIM verification (RFC 6376, with RFC 8301, RFC 8463 and RFC 8616).
//!
//! [`verify`] takes a whole message; [`Verifier`] takes the header section first and the body in any chunks, so that
//! keys may be asked for, and bad signatures given up, while the body still arrives. Both end in a
//! [`Verification`], which gives one [`Verdict`] for each DKIM-Signature field, top to bottom.
//!
//! Only CRLF ends a line. A lone CR or LF is content and is hashed as it stands.

mod admit;
mod canon_body;
mod canon_header;
mod cause;
mod hash;
mod key;
mod parse;
mod policy;
mod select;
mod signature;
mod trial;
mod verdict;
mod verify;

pub use cause::{Absence, Forbidden, KeyFlaw, Malformed, Mismatch, Unavailable, Unusable};
pub use policy::Policy;
pub use verdict::{Algorithm, Outcome, Verdict};
pub use verify::{Appetite, Verification, Verifier, verify};
