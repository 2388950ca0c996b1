//! DKIM alone, of a message that arrives in pieces.

use mailproof::dkim::{Appetite, Policy, Verification, Verifier};
use mailproof::dns::{Answer, Known, Question};
use mailproof::message::{HEADER_OCTETS, HeaderSplit, Headers, MalformedMessage, Part, is_one_field};

/// A message under verification: what a `Session` is for all protocols.
#[derive(Debug)]
pub(crate) struct DkimOnly {
    policy: Policy,
    now: u64,
    stage: Stage,
}

#[derive(Debug)]
enum Stage {
    Header(HeaderSplit),
    Body(Box<Verifier>),
}

impl DkimOnly {
    pub(crate) const fn new(policy: Policy, now: u64) -> Self {
        Self { policy, now, stage: Stage::Header(HeaderSplit::new(HEADER_OCTETS)) }
    }

    pub(crate) fn feed(&mut self, octets: &[u8]) -> Result<Appetite, MalformedMessage> {
        let body = match &mut self.stage {
            Stage::Header(split) => match split.feed(octets)? {
                Part::Header => return Ok(Appetite::Hungry),
                Part::Body(body) => body,
            },
            Stage::Body(_) => octets,
        };
        self.body(body)
    }

    pub(crate) fn header(&mut self, name: &[u8], value: &[u8]) -> Result<(), MalformedMessage> {
        if !is_one_field(name, value) {
            return Err(MalformedMessage::Field);
        }
        for octets in [name, b":", value, b"\r\n"] {
            let _ = self.feed(octets)?;
        }
        Ok(())
    }

    pub(crate) fn end_of_header(&mut self) -> Result<(), MalformedMessage> {
        if let Stage::Header(split) = &self.stage {
            if split.is_untouched() {
                return Err(MalformedMessage::Empty);
            }
            let headers = Headers::parse(split.section())?;
            self.stage = Stage::Body(Box::new(Verifier::new(&headers, &self.policy, self.now)));
        }
        Ok(())
    }

    pub(crate) fn body(&mut self, chunk: &[u8]) -> Result<Appetite, MalformedMessage> {
        self.end_of_header()?;
        match &mut self.stage {
            Stage::Body(verifier) => Ok(verifier.body(chunk)),
            Stage::Header(_) => Ok(Appetite::Hungry),
        }
    }

    pub(crate) fn advance(&mut self, known: &dyn Known) -> Vec<Question> {
        let Stage::Body(verifier) = &mut self.stage else {
            return Vec::new();
        };
        for question in verifier.questions() {
            if let Some(answer) = known.recall(&question) {
                verifier.answer(&question, &answer);
            }
        }
        verifier.questions()
    }

    pub(crate) fn answer(&mut self, question: &Question, answer: &Answer) {
        if let Stage::Body(verifier) = &mut self.stage {
            verifier.answer(question, answer);
        }
    }

    pub(crate) fn finish(mut self) -> Result<Verification, MalformedMessage> {
        self.end_of_header()?;
        match self.stage {
            Stage::Body(verifier) => Ok(verifier.finish()),
            Stage::Header(_) => Err(MalformedMessage::Empty),
        }
    }
}
