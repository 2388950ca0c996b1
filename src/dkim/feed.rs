//! A message to be signed that is fed in pieces, the way a milter is fed.

use super::{SignError, Signed, Signer, Signing};
use crate::message::{HEADER_OCTETS, HeaderSplit, Headers, MalformedMessage, Part, is_one_field};

/// A message that arrives in pieces: raw octets cut anywhere ([`SigningSession::feed`]), or fields and then chunks of
/// body ([`SigningSession::header`], [`SigningSession::body`]).
///
/// The signatures are those of the whole message at once. A session keeps the header section and nothing of the
/// body.
#[derive(Debug)]
pub struct SigningSession {
    stage: Stage,
}

#[derive(Debug)]
enum Stage {
    Header {
        signer: Signer,
        now: u64,
        split: HeaderSplit,
    },
    Body(Box<Signing>),
    /// A piece before made this a message that is not signed.
    Refused(SignError),
}

impl SigningSession {
    pub(super) fn new(signer: Signer, now: u64) -> Self {
        Self { stage: Stage::Header { signer, now, split: HeaderSplit::new(HEADER_OCTETS) } }
    }

    /// Takes the next octets of the message, header section and body as they come.
    ///
    /// # Errors
    /// [`SignError`], as soon as it is clear that the message is not signed; the session is then of no more use.
    pub fn feed(&mut self, octets: &[u8]) -> Result<(), SignError> {
        let body = match &mut self.stage {
            Stage::Header { split, .. } => match split.feed(octets) {
                Ok(Part::Header) => return Ok(()),
                Ok(Part::Body(body)) => body,
                Err(error) => return Err(self.refuse(error)),
            },
            Stage::Body(_) | Stage::Refused(_) => octets,
        };
        self.body(body)
    }

    /// Takes one header field: its name, and everything between the colon and the CRLF that ends it, the leading
    /// space and folds included. Folds are CRLF and white space: a milter is told a bare LF, which its author turns
    /// into CRLF. It comes as it will leave, top to bottom.
    ///
    /// # Errors
    /// [`SignError::Message`], when this is not one field, or the header section has ended already or become too long;
    /// the session is then of no more use.
    pub fn header(&mut self, name: &[u8], value: &[u8]) -> Result<(), SignError> {
        match &self.stage {
            Stage::Header { split, .. } if split.is_between_fields() && is_one_field(name, value) => {}
            Stage::Header { .. } => return Err(self.refuse(MalformedMessage::Field)),
            Stage::Body(_) => return Err(self.refuse(MalformedMessage::LateField)),
            Stage::Refused(error) => return Err(error.clone()),
        }
        [name, b":", value, b"\r\n"].into_iter().try_for_each(|octets| self.feed(octets))
    }

    /// The header section has ended; what follows is body. Called twice, or after the body began, it changes
    /// nothing.
    ///
    /// # Errors
    /// [`SignError`], when the header section is none that should be signed.
    pub fn end_of_header(&mut self) -> Result<(), SignError> {
        let begun = match &self.stage {
            Stage::Header { split, .. } if split.is_untouched() => Err(MalformedMessage::Empty.into()),
            Stage::Header { signer, now, split } => {
                let headers = Headers::parse(split.section()).map_err(SignError::from);
                headers.and_then(|headers| signer.begin(&headers, *now))
            }
            Stage::Body(_) => return Ok(()),
            Stage::Refused(error) => return Err(error.clone()),
        };
        match begun {
            Ok(signing) => self.stage = Stage::Body(Box::new(signing)),
            Err(error) => return Err(self.refuse(error)),
        }
        Ok(())
    }

    /// Takes the next octets of the body.
    ///
    /// # Errors
    /// [`SignError`], when the header section is none that should be signed.
    pub fn body(&mut self, chunk: &[u8]) -> Result<(), SignError> {
        self.end_of_header()?;
        if let Stage::Body(signing) = &mut self.stage {
            signing.body(chunk);
        }
        Ok(())
    }

    /// The message has ended: the signatures, in the order of the keys.
    ///
    /// # Errors
    /// [`SignError`], when the message is none that should be signed.
    pub fn finish(mut self) -> Result<Signed, SignError> {
        self.end_of_header()?;
        match self.stage {
            Stage::Body(signing) => signing.finish(),
            Stage::Header { .. } => Err(MalformedMessage::Empty.into()),
            Stage::Refused(error) => Err(error),
        }
    }

    fn refuse(&mut self, error: impl Into<SignError>) -> SignError {
        let error = error.into();
        self.stage = Stage::Refused(error.clone());
        error
    }
}
