//! Mail that goes on to others: sealed with what was found when it came.

use super::service::Service;
use mailproof::Report;
use mailproof::arc::{NotSealed, SealingBody};
use mailproof::edits::HeaderEdit;
use mailproof::message::Headers;

/// A message to be sealed: its header section, and its body as far as it was seen.
pub(crate) struct SealingWork {
    section: Vec<u8>,
    body: SealingBody,
}

impl SealingWork {
    /// None where nothing is sealed, or not for these recipients.
    pub(crate) fn begin(service: &Service, recipients: &[Vec<u8>], section: &[u8]) -> Option<Self> {
        let (sealer, choice) = (service.sealer.as_ref()?, service.config.seal.as_ref()?);
        let sent_to = |recipient: &Vec<u8>| choice.recipients.iter().any(|of| of.matches_address(recipient));
        if !choice.recipients.is_empty() && !recipients.iter().any(sent_to) {
            return None;
        }
        Some(Self { section: section.to_vec(), body: sealer.body() })
    }

    pub(crate) fn body(&mut self, octets: &[u8]) {
        self.body.feed(octets);
    }

    /// The set as edits, ARC-Seal topmost (RFC 8617 §5.1). What is removed from the message is not covered by it.
    pub(crate) fn finish(self, report: &Report, now: u64) -> Result<Vec<HeaderEdit>, NotSealed> {
        let headers = Headers::parse(&self.section).map_err(|error| NotSealed::Sign(error.into()))?;
        let seal = self.body.seal(&headers, &report.arc, &report.sealing_results(), now)?;
        let fields = seal.fields().iter().rev();
        Ok(fields.filter_map(|field| HeaderEdit::insert_field(field.as_str()).ok()).collect())
    }
}
