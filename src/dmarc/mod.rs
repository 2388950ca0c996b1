//! DMARC: does the domain that the author's address shows stand behind this message (RFC 9989)?
//!
//! [`discover`] finds the policy record that applies to an author domain; it needs nothing but that name, so it can
//! run beside SPF and DKIM. [`evaluate`] compares the author domain with the names that SPF and DKIM have
//! authenticated. [`check`] is both in one. Names go in, not verdicts: this module knows neither SPF nor DKIM.
//!
//! Organizational domains are found by the DNS tree walk of RFC 9989 §4.10 or, as a choice, by the public suffix
//! list and the discovery of RFC 7489 §6.6.3 ([`Discovery`]).
//!
//! ```
//! use mailproof::dmarc::{self, Evidence, Settings};
//! use mailproof::dns::{Records, Txt, Zone};
//! use mailproof::{Evaluation, Name};
//! use std::time::Duration;
//!
//! let mut zone = Zone::new();
//! let record = Records::Txt(vec![Txt::new(["v=DMARC1; p=reject"])]);
//! zone.insert(Name::parse("_dmarc.example.com")?, record, Duration::from_secs(300));
//!
//! let author = Name::parse("news.example.com")?;
//! let evidence = Evidence { dkim: vec![Name::parse("example.com")?], ..Evidence::default() };
//! let verdict = dmarc::check(author, evidence, &Settings::default()).run_blocking(&zone);
//! assert_eq!(verdict.outcome.word(), "pass");
//! assert_eq!(verdict.reason(), "aligned: DKIM example.com");
//! # Ok::<(), mailproof::name::MalformedName>(())
//! ```

mod align;
mod discover;
mod evaluate;
mod listing;
mod parse;
mod psl;
mod record;
mod uri;
mod verdict;
mod walk;

pub use discover::{Applicable, Discover, Discovered, Finding, discover};
pub use evaluate::{Alignment, Check, Evidence, check, evaluate};
pub use listing::{Absence, Published, Stray, Visit};
pub use parse::{FAULTS, Fault, FaultKind, NotDmarc};
pub use record::{AlignmentMode, FailureOptions, Policy, Psd, Record, Stated};
pub use uri::ReportUri;
pub use verdict::{
    Aligned, Identifier, Mechanism, NoPolicy, Outcome, Trouble, Undecidable, Undecided, Verdict,
};

/// How policies and organizational domains are found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Discovery {
    /// By the public suffix list compiled into this crate: RFC 7489 §3.2 and §6.6.3. The tags that RFC 9989 added
    /// for domain owners (`np`, `t`) are honoured here too: how a receiver finds the organizational domain does not
    /// change what its owner asks for. `psd` says nothing then, for the list decides.
    PublicSuffixList,
    /// By the DNS tree walk: RFC 9989 §4.10.
    #[default]
    TreeWalk,
}

/// How DMARC is evaluated. The default follows RFC 9989, with one guard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// How policies and organizational domains are found. The default is the tree walk.
    pub discovery: Discovery,
    /// Whether a record at a top-level domain counts as that of a public suffix (`psd=y`) unless it says `psd=n`.
    ///
    /// By RFC 9989 §4.10.2 rule 3 a record at `_dmarc.example` that forgets its `psd` tag makes `example` the
    /// organizational domain of all its registrants, which could then authenticate as one another. The default is
    /// true: only alignment is narrowed, the record's policy applies as the RFC says.
    pub refuse_tld_organization: bool,
    /// Whether the organizational domain of the author is looked for even when its own record applies, where RFC
    /// 9989 §4.10.2 spares the walk. It costs a question or two, which are under way beside SPF and DKIM, and then
    /// alignment waits for less and every verdict names the organizational domain. A failure on that walk changes no
    /// verdict that did not need it. The default is false; an `Authenticator` sets it.
    pub walk_ahead: bool,
    /// Identifiers at most whose organizational domain is walked for; the default is [`WALKS`]. Those beyond are
    /// not aligned.
    pub walks: usize,
}

/// Tree walks for identifiers at most. A walk asks up to 8 questions (RFC 9989 §4.10); no honest message carries more
/// than a few aligned signatures of different domains.
pub const WALKS: usize = 10;

impl Default for Settings {
    fn default() -> Self {
        Self {
            discovery: Discovery::default(),
            refuse_tld_organization: true,
            walk_ahead: false,
            walks: WALKS,
        }
    }
}
