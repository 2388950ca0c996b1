//! SPF: may this host send mail for this domain? (RFC 7208, with RFC 8616 for internationalized mail and the reply
//! codes of RFC 7372.)
//!
//! [`check`] is `check_host()` of RFC 7208 §4: it takes a [`Request`], asks DNS, and gives a [`Verdict`] that says
//! why. HELO and MAIL FROM are two identities, two requests and two verdicts. [`Record`] is a published policy as
//! a value: it parses, and prints back what was parsed.
//!
//! ```
//! use mailproof::{Evaluation, Step, dns::Zone, spf};
//!
//! let zone = Zone::from_json(r#"{"example.com": {"TXT": ["v=spf1 ip4:192.0.2.0/24 -all"]}}"#)?;
//! let request = spf::Request::mail_from([192, 0, 2, 7].into(), "mx.example.com", "jane@example.com");
//! let Step::Done(verdict) = spf::check(request).step(&zone) else { unreachable!() };
//! assert_eq!(verdict.outcome, spf::Outcome::Pass);
//! assert_eq!(verdict.matched.unwrap().to_string(), "ip4:192.0.2.0/24");
//! # Ok::<(), mailproof::dns::MalformedZone>(())
//! ```
//!
//! [`walk`] lists every address a policy authorizes, whoever the client is, with the includes that lead there.
//! [`Check::trace`] tells a check again as a tree: every record, every term with what came of it, every lookup.
//!
//! Not here: what a receiver does with a verdict, failure reports (RFC 6652; their modifiers are parsed), and the
//! limit of elapsed time (RFC 7208 §4.6.4), which belongs to whoever drives the evaluation and ends it by answering
//! [`Failure::Budget`](crate::dns::Failure::Budget).

mod addresses;
mod budget;
mod cause;
mod check;
mod compiled;
mod dotted;
mod draft;
mod explain;
mod identity;
mod journal;
mod listing;
mod macros;
mod malformed;
mod parse;
mod progress;
mod received;
mod record;
mod reporting;
mod reverse;
mod select;
mod terms;
mod trace;
mod verdict;
mod walk;

pub use budget::Limits;
pub use cause::{Absence, Neutral, Permerror, Place, Problem, Temperror, UnusableDomain};
pub use check::{Check, check};
pub use identity::{Identity, Request};
pub use listing::{Content, Listed, Listing, Network, Policy, Trouble, Unlistable};
pub use macros::{Delimiters, DomainSpec, Letter, Macro, MacroString, Segment};
pub use malformed::{Flaw, MalformedRecord};
pub use record::{Directive, Mechanism, Modifier, Prefixes, Qualifier, Record, Term};
pub use reporting::Reporting;
pub use trace::{PolicyResult, PolicyTrace, TermResult, TermTrace, Trace};
pub use verdict::{Matched, Outcome, Reply, Verdict};
pub use walk::{Walk, WalkLimits, walk};
