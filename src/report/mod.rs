//! Everything that was found about one message.

mod entries;
#[cfg(feature = "json")]
mod json;

use crate::authres::AuthResults;
use crate::dkim;
use crate::dmarc;
use crate::dns::Question;
use crate::iprev;
use crate::spf;

/// The result of a whole check.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// The name under which results are written (RFC 8601 §2.5).
    pub authserv_id: String,
    /// SPF of the HELO identity; none when there was no address or no HELO name.
    pub helo: Option<spf::Verdict>,
    /// SPF of the MAIL FROM identity; none when there was no address.
    pub mail_from: Option<spf::Verdict>,
    /// One verdict for each DKIM-Signature field, top to bottom.
    pub dkim: Vec<dkim::Verdict>,
    /// Whether the author's domain has authorized somebody else who signed (RFC 6541); none when the settings leave it out, or
    /// the message has no one author domain. DMARC does not use it.
    pub atps: Option<dkim::atps::Verdict>,
    /// Whether the author's domain stands behind the message.
    pub dmarc: dmarc::Verdict,
    /// Whether the address of the client has a name that points back to it; none when there was no address, or the
    /// settings leave it out. DMARC does not use it.
    pub iprev: Option<iprev::Verdict>,
    /// What it cost.
    pub dns: DnsUse,
}

/// How much DNS a check needed; what a cache could tell counts as well.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct DnsUse {
    /// Different questions asked.
    pub questions: usize,
    /// Questions asked one after the other: how many round trips the check waited for, had no cache helped.
    pub rounds: usize,
    /// Questions that only a cache could answer, beyond the time to live of what it kept (RFC 8767), by name.
    pub stale: Vec<Question>,
}

impl Report {
    /// The report as the content of one Authentication-Results field.
    pub fn auth_results(&self) -> AuthResults {
        let mut results = AuthResults::new(self.authserv_id.as_str());
        for entry in entries::entries(self) {
            results.push(entry);
        }
        results
    }
}
