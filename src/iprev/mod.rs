//! iprev: does the address of the client have a name that points back to it (RFC 8601 §3)?
//!
//! [`check`] asks for the names of an address (PTR), then for the addresses of those names, all at once. The result
//! says that the address and the name are of one mind, not that either is to be trusted: RFC 8601 §3 advises against
//! it as a means of authentication. DMARC knows nothing of it.
//!
//! ```
//! use mailproof::{Evaluation, iprev};
//! use mailproof::dns::{Records, Zone};
//! use mailproof::name::Name;
//! use std::time::Duration;
//!
//! let (host, ip) = (Name::parse("mail.example.com")?, [192, 0, 2, 25]);
//! let mut zone = Zone::new();
//! zone.insert(Name::reverse(ip.into()), Records::Ptr(vec![host.clone()]), Duration::from_secs(300));
//! zone.insert(host.clone(), Records::A(vec![ip.into()]), Duration::from_secs(300));
//!
//! let verdict = iprev::check(ip.into()).run_blocking(&zone);
//! assert_eq!(verdict.outcome, iprev::Outcome::Pass);
//! assert_eq!(verdict.name, Some(host));
//! # Ok::<(), mailproof::name::MalformedName>(())
//! ```

mod check;
mod verdict;

pub use check::{Check, NAMES, check};
pub use verdict::{Disagreement, NoName, Outcome, Unavailable, Verdict};
