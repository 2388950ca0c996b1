//! Mail that goes on to others: sealed with what was found when it came.

use super::service::{Service, UnusableSealer};
use crate::config::{AddressPattern, Seal};
use crate::signing::{FileState, read_key};
use mailproof::Report;
use mailproof::arc::{NotSealed, Sealer, SealingBody, SealingOptions};
use mailproof::edits::HeaderEdit;
use mailproof::message::Headers;
use std::sync::{Mutex, PoisonError};

/// Who seals, by a key that is read again when its file changes.
#[derive(Debug)]
pub(crate) struct Seals {
    choice: Seal,
    allow_readable: bool,
    ready: Mutex<(Sealer, FileState)>,
}

/// A message to be sealed: its header section, and its body as far as it was seen.
pub(crate) struct SealingWork {
    section: Vec<u8>,
    body: SealingBody,
}

impl Seals {
    /// Reads the key.
    pub(crate) fn open(choice: &Seal, allow_readable: bool) -> Result<Self, UnusableSealer> {
        let ready = Mutex::new(read(choice, allow_readable)?);
        Ok(Self { choice: choice.clone(), allow_readable, ready })
    }

    /// Who seals now. A changed key that cannot be used is not, and the one before goes on.
    fn sealer(&self) -> Sealer {
        let mut ready = self.ready.lock().unwrap_or_else(PoisonError::into_inner);
        if !ready.1.is_of(&self.choice.file) {
            match read(&self.choice, self.allow_readable) {
                Ok(read) => *ready = read,
                Err(why) => {
                    tracing::warn!(%why, "a changed key cannot be used; the one before is");
                }
            }
        }
        ready.0.clone()
    }
}

fn read(choice: &Seal, allow_readable: bool) -> Result<(Sealer, FileState), UnusableSealer> {
    let (key, state) = read_key(&choice.file, allow_readable)?;
    Ok((Sealer::new(&choice.domain, &choice.selector, key, SealingOptions::default())?, state))
}

impl SealingWork {
    /// None where nothing is sealed, or not for these recipients.
    pub(crate) fn begin(service: &Service, recipients: &[Vec<u8>], section: &[u8]) -> Option<Self> {
        let seals = service.seals.as_ref()?;
        if !goes_to(&seals.choice.recipients, recipients) {
            return None;
        }
        Some(Self { section: section.to_vec(), body: seals.sealer().body() })
    }

    pub(crate) fn body(&mut self, octets: &[u8]) {
        self.body.feed(octets);
    }

    /// The set as edits, ARC-Seal topmost (RFC 8617 §5.1), of a message on top of which these fields were put. What is
    /// removed from the message is not covered by it.
    pub(crate) fn finish(
        self,
        on_top: &[String],
        report: &Report,
        now: u64,
    ) -> Result<Vec<HeaderEdit>, NotSealed> {
        let mut section = on_top.concat().into_bytes();
        section.extend_from_slice(&self.section);
        let headers = Headers::parse(&section).map_err(|error| NotSealed::Sign(error.into()))?;
        let seal = self.body.seal(&headers, &report.arc, &report.sealing_results(), now)?;
        let fields = seal.fields().iter().rev();
        Ok(fields.filter_map(|field| HeaderEdit::insert_field(field.as_str()).ok()).collect())
    }
}

/// Whether one of these recipients is among those who are named, which is everybody if nobody is.
pub(crate) fn goes_to(named: &[AddressPattern], recipients: &[Vec<u8>]) -> bool {
    let is_named = |recipient: &Vec<u8>| named.iter().any(|of| of.matches_address(recipient));
    named.is_empty() || recipients.iter().any(is_named)
}
