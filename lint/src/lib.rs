//! Finds what is wrong with SPF, DKIM and DMARC records, and with the DNS around them: every problem at once, each with
//! a stable id, what receivers will do, and the fix.
//!
//! * [`lint`] judges one record without DNS, and [`fixed`] mends what can be mended for certain.
//! * [`signatures`] judges the DKIM signatures of a message.
//! * [`audit()`] judges a whole domain. It is an [`Evaluation`](mailproof::Evaluation): a zone as a value and real DNS give
//!   it the same facts.
//! * [`catalogue`] has every check as data.
//!
//! The engine decides whether a record can be used; this crate says why not, and what else is wrong. The two never
//! contradict each other: tests compare them. Nothing here opens a socket, reads a clock or a file.
//!
//! ```
//! use mailproof_lint::{Protocol, Record, fixed, lint};
//!
//! let record = Record::of(Protocol::Spf, "v=spf1 ipv4:192.0.2.1 -all");
//! let findings = lint(&record);
//! assert_eq!(findings[0].check.to_string(), "SPF-010");
//! assert_eq!(fixed(&record).record.text(), "v=spf1 ip4:192.0.2.1 -all");
//! ```

#![forbid(unsafe_code)]

pub mod audit;
pub mod catalogue;
mod dkim;
mod dmarc;
mod finding;
mod fix;
mod input;
mod nearest;
mod record;
mod signatures;
mod spf;
mod tags;

pub use audit::{Audit, Report, Wanted, audit};
pub use catalogue::{Check, Family, Severity};
pub use dkim::other_key;
pub use finding::{Damage, Edit, Finding};
pub use fix::{Fixed, fixed};
pub use input::{MalformedLine, read_line};
pub use record::{Protocol, Record, lint};
pub use signatures::signatures;
