//! Everything that was found about one message.

mod entries;
#[cfg(feature = "json")]
mod json;
#[cfg(feature = "json")]
mod trace_json;

use crate::arc;
use crate::authres::{AuthResults, FieldText};
use crate::dkim;
use crate::dmarc;
use crate::dns::Question;
use crate::iprev;
use crate::spf;
use std::net::IpAddr;

/// The result of a whole check.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// The name under which results are written (RFC 8601 §2.5).
    pub authserv_id: String,
    /// The address of the client, if it was told.
    pub remote_ip: Option<IpAddr>,
    /// SPF of the HELO identity; none when there was no address or no HELO name.
    pub helo: Option<spf::Verdict>,
    /// SPF of the MAIL FROM identity; none when there was no address.
    pub mail_from: Option<spf::Verdict>,
    /// One verdict for each DKIM-Signature field, top to bottom.
    pub dkim: Vec<dkim::Verdict>,
    /// Whether the author's domain has authorized somebody else who signed (RFC 6541); none when the settings leave it out, or
    /// the message has no one author domain. DMARC does not use it.
    pub atps: Option<dkim::atps::Verdict>,
    /// The chain of those who forwarded the message. ARC is legacy, and by itself changes nothing else here.
    pub arc: arc::Verdict,
    /// Whether the author's domain stands behind the message.
    pub dmarc: dmarc::Verdict,
    /// Why the message is to be taken as authenticated although it fails DMARC: the chain of its forwarders, when
    /// `Authenticator::trusted_sealers` holds them. `dmarc` stays as it is;
    /// [`Report::disposition`] takes this into account.
    pub dmarc_override: Option<arc::Override>,
    /// Whether there could be one once DNS answers: [`arc::may_excuse_later`]. Always false without trusted sealers.
    pub awaits_override: bool,
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
    /// What is asked for this message in the end: that of DMARC, or `none` where local policy overrides it.
    pub const fn disposition(&self) -> dmarc::Policy {
        match self.dmarc_override {
            Some(_) => dmarc::Policy::None,
            None => self.dmarc.disposition,
        }
    }

    /// The report as the content of one Authentication-Results field.
    pub fn auth_results(&self) -> AuthResults {
        let mut results = AuthResults::new(self.authserv_id.as_str());
        entries::tell(self, &mut results);
        results
    }

    /// The report as one Authentication-Results field, folded, with the CRLF that ends it: the same as the field of
    /// [`Report::auth_results`], sooner.
    pub fn auth_results_field(&self) -> String {
        let mut field = FieldText::new(&self.authserv_id);
        entries::tell(self, &mut field);
        field.finish()
    }

    /// The report as what an ARC set says: that of [`Report::auth_results`], and the state of the chain and the address
    /// of the client even when there was no chain (RFC 8617 §6). For [`Sealer::seal`](arc::Sealer::seal).
    pub fn sealing_results(&self) -> AuthResults {
        let mut results = self.auth_results();
        if self.arc.outcome == arc::Outcome::None {
            entries::tell_arc(self, &mut results);
        }
        results
    }
}
