//! A message fed in pieces, the way a milter is fed.

use crate::dkim::Appetite;
use crate::dns::{Answer, Known, Question};
use crate::inspection::{Inspection, Plan};
use crate::message::{HEADER_OCTETS, HeaderSplit, Headers, MalformedMessage, Part, is_one_field};

/// A message that arrives in pieces: raw octets cut anywhere ([`Session::feed`]), or fields and then chunks of body
/// ([`Session::header`], [`Session::body`]).
///
/// The report is the same as for the whole message at once. Once the header section has ended, the first DNS
/// questions are known; [`Session::advance`] hands them out while the body still arrives. A session keeps the header
/// section and nothing of the body.
#[derive(Debug)]
pub struct Session {
    stage: Stage,
}

#[derive(Debug)]
enum Stage {
    Header {
        plan: Box<Plan>,
        split: HeaderSplit,
    },
    Body(Box<Inspection>),
    /// A piece before made this a message that cannot be judged.
    Broken(MalformedMessage),
}

impl Session {
    pub(crate) fn new(plan: Plan) -> Self {
        Self { stage: Stage::Header { plan: Box::new(plan), split: HeaderSplit::new(HEADER_OCTETS) } }
    }

    /// Takes the next octets of the message, header section and body as they come.
    ///
    /// # Errors
    /// [`MalformedMessage`], as soon as the octets can be no message any more; the session is then of no more use.
    pub fn feed(&mut self, octets: &[u8]) -> Result<Appetite, MalformedMessage> {
        let body = match &mut self.stage {
            Stage::Header { split, .. } => match split.feed(octets) {
                Ok(Part::Header) => return Ok(Appetite::Hungry),
                Ok(Part::Body(body)) => body,
                Err(error) => return Err(self.broken(error)),
            },
            Stage::Body(_) | Stage::Broken(_) => octets,
        };
        self.end_of_header()?;
        self.body(body)
    }

    /// Takes one header field: its name, and everything between the colon and the CRLF that ends it, the leading
    /// space and folds included. Folds are CRLF and white space: a milter is told a bare LF, which its author turns
    /// into CRLF.
    ///
    /// # Errors
    /// [`MalformedMessage`], when this is not one field, or the header section has ended already or become too long;
    /// the session is then of no more use.
    pub fn header(&mut self, name: &[u8], value: &[u8]) -> Result<(), MalformedMessage> {
        match &self.stage {
            Stage::Header { split, .. } if split.is_between_fields() && is_one_field(name, value) => {}
            Stage::Header { .. } => return Err(self.broken(MalformedMessage::Field)),
            Stage::Body(_) => return Err(self.broken(MalformedMessage::LateField)),
            Stage::Broken(error) => return Err(*error),
        }
        for octets in [name, b":", value, b"\r\n"] {
            let _ = self.feed(octets)?;
        }
        Ok(())
    }

    /// The header section has ended; what follows is body. Called twice, or after the body began, it changes
    /// nothing.
    ///
    /// # Errors
    /// [`MalformedMessage`], when there was no header field.
    pub fn end_of_header(&mut self) -> Result<(), MalformedMessage> {
        let stage = std::mem::replace(&mut self.stage, Stage::Broken(MalformedMessage::Empty));
        self.stage = match stage {
            Stage::Header { plan, split } => match begin(*plan, &split) {
                Ok(inspection) => Stage::Body(Box::new(inspection)),
                Err(error) => return Err(self.broken(error)),
            },
            Stage::Broken(error) => return Err(self.broken(error)),
            body @ Stage::Body(_) => body,
        };
        Ok(())
    }

    /// Takes the next octets of the body. [`Appetite::Full`] says that the rest may be withheld.
    ///
    /// # Errors
    /// [`MalformedMessage`], when there was no header field.
    pub fn body(&mut self, chunk: &[u8]) -> Result<Appetite, MalformedMessage> {
        self.end_of_header()?;
        match &mut self.stage {
            Stage::Body(inspection) => Ok(inspection.body(chunk)),
            Stage::Header { .. } | Stage::Broken(_) => Ok(Appetite::Full),
        }
    }

    /// Goes as far as what `known` can tell allows, and gives the questions that are open. They may be answered at
    /// any time; those that are not are asked again by the inspection. There are none before the header section has
    /// ended.
    pub fn advance(&mut self, known: &dyn Known) -> &[Question] {
        match &mut self.stage {
            Stage::Body(inspection) => inspection.advance(known),
            Stage::Header { .. } | Stage::Broken(_) => &[],
        }
    }

    /// Takes the answer to an open question; any other changes nothing.
    pub fn answer(&mut self, question: Question, answer: Answer) {
        if let Stage::Body(inspection) = &mut self.stage {
            inspection.tell(question, answer);
        }
    }

    /// The message has ended.
    ///
    /// # Errors
    /// [`MalformedMessage`], when the octets were no message.
    pub fn finish(mut self) -> Result<Inspection, MalformedMessage> {
        self.end_of_header()?;
        match self.stage {
            Stage::Body(inspection) => Ok(inspection.finish()),
            Stage::Header { .. } => Err(MalformedMessage::Empty),
            Stage::Broken(error) => Err(error),
        }
    }

    fn broken(&mut self, error: MalformedMessage) -> MalformedMessage {
        self.stage = Stage::Broken(error);
        error
    }
}

fn begin(plan: Plan, split: &HeaderSplit) -> Result<Inspection, MalformedMessage> {
    if split.is_untouched() {
        return Err(MalformedMessage::Empty);
    }
    Ok(Inspection::begin(plan, &Headers::parse(split.section())?))
}
