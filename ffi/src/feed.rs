//! A message fed to a check.

use crate::asking::Asking;
use crate::boundary::{Outcome, Refusal, give, octets};
use crate::check::{Judging, Scope, Stage, Work, malformed, work_on};
use crate::context::Shared;
use crate::dkim_only::DkimOnly;
use crate::{Check, Status};
use mailproof::Session;
use mailproof::dkim::{self, Appetite};
use mailproof::dns::{Answer, Failure, Known, Question};
use mailproof::message::{HEADER_OCTETS, HeaderSplit, MalformedMessage, Message, Part, with_crlf};
use std::ffi::c_char;

/// A message that is arriving.
#[derive(Debug)]
pub(crate) struct Reading {
    way: Way,
    reader: Reader,
    /// Keeps the header section, which the edits are about.
    split: HeaderSplit,
}

/// In what the message arrives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Octets,
    Fields,
    /// Fields, the last of which was told.
    Body,
}

#[derive(Debug)]
enum Reader {
    Dkim(Box<DkimOnly>),
    Whole(Box<Session>),
}

impl Reader {
    fn feed(&mut self, octets: &[u8]) -> Result<Appetite, MalformedMessage> {
        match self {
            Self::Dkim(reader) => reader.feed(octets),
            Self::Whole(session) => session.feed(octets),
        }
    }

    fn header(&mut self, name: &[u8], value: &[u8]) -> Result<(), MalformedMessage> {
        match self {
            Self::Dkim(reader) => reader.header(name, value),
            Self::Whole(session) => session.header(name, value),
        }
    }

    fn end_of_header(&mut self) -> Result<(), MalformedMessage> {
        match self {
            Self::Dkim(reader) => reader.end_of_header(),
            Self::Whole(session) => session.end_of_header(),
        }
    }

    fn body(&mut self, chunk: &[u8]) -> Result<Appetite, MalformedMessage> {
        match self {
            Self::Dkim(reader) => reader.body(chunk),
            Self::Whole(session) => session.body(chunk),
        }
    }

    fn advance(&mut self, known: &dyn Known) -> Vec<Question> {
        match self {
            Self::Dkim(reader) => reader.advance(known),
            Self::Whole(session) => session.advance(known).to_vec(),
        }
    }

    fn answer(&mut self, question: Question, answer: Answer) {
        match self {
            Self::Dkim(reader) => reader.answer(&question, &answer),
            Self::Whole(session) => session.answer(question, answer),
        }
    }

    fn finish(self) -> Result<Judging, MalformedMessage> {
        Ok(match self {
            Self::Dkim(reader) => Judging::Dkim(Box::new(reader.finish()?)),
            Self::Whole(session) => Judging::Whole(Box::new(session.finish()?)),
        })
    }
}

impl Reading {
    /// Goes as far as what is known allows, and lists what is asked, where answers come from outside.
    pub(crate) fn advance(&mut self, shared: &Shared, asking: &mut Asking) {
        let known = shared.dns.known();
        loop {
            let questions = self.reader.advance(known);
            if !shared.is_stepped() {
                return;
            }
            let beyond = asking.list(&questions);
            if beyond.is_empty() {
                return;
            }
            for question in beyond {
                self.reader.answer(question, Answer::failed(Failure::Budget));
            }
        }
    }

    pub(crate) fn answer(&mut self, question: Question, answer: Answer) {
        self.reader.answer(question, answer);
    }
}

impl Work {
    /// The message as it arrives in `way`; begun, if this is the first of it.
    fn reading(&mut self, way: Way) -> Result<&mut Reading, Refusal> {
        if matches!(self.stage, Stage::Greeting) && way != Way::Body && self.scope != Scope::Spf {
            let reader = self.reader();
            self.stage =
                Stage::Reading(Box::new(Reading { way, reader, split: HeaderSplit::new(HEADER_OCTETS) }));
        }
        match &mut self.stage {
            Stage::Reading(reading) if reading.way == way => Ok(reading),
            Stage::Broken(error) => Err(malformed(*error)),
            Stage::Greeting | Stage::Reading(_) | Stage::Judging(_) | Stage::Done(_) => {
                Err(Refusal::state("this part of the message does not come now"))
            }
        }
    }

    fn reader(&self) -> Reader {
        let authenticator = &self.shared.authenticator;
        if self.scope == Scope::Dkim {
            let reader = DkimOnly::new(authenticator.dkim.clone(), self.connection.received_at);
            return Reader::Dkim(Box::new(reader));
        }
        Reader::Whole(Box::new(authenticator.session(self.connection.clone())))
    }

    /// Feeds the message; what is none breaks the check.
    fn feed(
        &mut self,
        way: Way,
        feed: impl FnOnce(&mut Reader) -> Result<Appetite, MalformedMessage>,
    ) -> Result<bool, Refusal> {
        let reading = self.reading(way)?;
        match feed(&mut reading.reader) {
            // A seal is over the whole body.
            Ok(appetite) => Ok(appetite == Appetite::Hungry || self.body.is_some()),
            Err(error) => Err(self.broken(error)),
        }
    }

    /// Keeps what of these octets is header section; of the body nothing but the hash for a seal.
    fn keep(&mut self, octets: &[u8]) {
        if let Stage::Reading(reading) = &mut self.stage
            && self.scope == Scope::Whole
            // What is too long was refused by the reader before.
            && let Ok(Part::Body(body)) = reading.split.feed(octets)
        {
            self.hash(body);
        }
    }

    fn broken(&mut self, error: MalformedMessage) -> Refusal {
        self.asking.clear();
        self.stage = Stage::Broken(error);
        malformed(error)
    }

    fn header(&mut self, name: &[u8], value: &[u8]) -> Outcome {
        self.feed(Way::Fields, |reader| reader.header(name, value).map(|()| Appetite::Hungry))?;
        [name, b":", value, b"\r\n"].into_iter().for_each(|octets| self.keep(octets));
        Ok(Status::Ok)
    }

    fn end_of_header(&mut self) -> Outcome {
        self.feed(Way::Fields, |reader| {
            reader.end_of_header()?;
            // Tells whether any body is wanted.
            reader.body(&[])
        })?;
        if let Stage::Reading(reading) = &mut self.stage {
            reading.way = Way::Body;
            reading.advance(&self.shared, &mut self.asking);
        }
        Ok(Status::Ok)
    }

    fn octets(&mut self, octets: &[u8]) -> Result<bool, Refusal> {
        let hungry = self.feed(Way::Octets, |reader| reader.feed(octets))?;
        self.keep(octets);
        if let Stage::Reading(reading) = &mut self.stage
            && self.asking.open().is_empty()
        {
            reading.advance(&self.shared, &mut self.asking);
        }
        Ok(hungry)
    }

    fn whole(&mut self, raw: &[u8]) -> Outcome {
        if !matches!(self.stage, Stage::Greeting) || self.scope == Scope::Spf {
            return Err(Refusal::state("a whole message is told in one call, and only once"));
        }
        let message = match Message::parse(raw) {
            Ok(message) => message,
            Err(error) => return Err(self.broken(error)),
        };
        let authenticator = &self.shared.authenticator;
        let judging = if self.scope == Scope::Dkim {
            Judging::Dkim(Box::new(dkim::verify(&message, &authenticator.dkim, self.connection.received_at)))
        } else {
            Judging::Whole(Box::new(authenticator.check(&message, self.connection.clone())))
        };
        self.hash(message.body);
        self.stage = Stage::Judging(Box::new(judging));
        self.section = raw.get(..raw.len() - message.body.len()).unwrap_or_default().to_vec();
        self.advance()?;
        Ok(Status::Ok)
    }

    fn finish(&mut self) -> Outcome {
        match &self.stage {
            Stage::Broken(error) => return Err(malformed(*error)),
            Stage::Done(_) => return Ok(Status::Ok),
            Stage::Greeting => return Err(Refusal::state("there is no message yet")),
            Stage::Reading(reading) if reading.way == Way::Fields => {
                return Err(Refusal::state(
                    "the header section has not ended: mailproof_check_eoh is missing",
                ));
            }
            Stage::Reading(_) | Stage::Judging(_) => {}
        }
        match std::mem::replace(&mut self.stage, Stage::Greeting) {
            Stage::Reading(reading) => match reading.reader.finish() {
                Ok(judging) => {
                    self.section = reading.split.section().to_vec();
                    self.stage = Stage::Judging(Box::new(judging));
                }
                Err(error) => return Err(self.broken(error)),
            },
            other => self.stage = other,
        }
        self.judge()
    }
}

/// Tells one header field of the message. Fields come in their order, the topmost first.
///
/// @param check  The check; after the connection and the sender, before `mailproof_check_eoh`.
/// @param name   What stands before the colon; `name_len` octets.
/// @param value  Everything between the colon and the CRLF that ends the field, the space after the colon and folds included;
///               `value_len` octets. A fold is CRLF and white space. The milter protocol tells folds as a bare LF and, unless
///               `SMFIP_HDR_LEADSPC` is set, leaves out the space: undo both.
/// @return       `MAILPROOF_OK`; `MAILPROOF_MALFORMED` when this is not one field, or the header section became too long;
///               `MAILPROOF_STATE`.
/// One thread at a time.
///
/// # Safety
/// Pointers are as the header's conventions say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mailproof_check_header(
    check: *mut Check,
    name: *const c_char,
    name_len: usize,
    value: *const c_char,
    value_len: usize,
) -> Status {
    // SAFETY: the caller vouches for all of them.
    unsafe { work_on(check, |work| work.header(octets(name, name_len)?, octets(value, value_len)?)) }
}

/// Says that the header section has ended. In the step-driven mode the first questions are known now, and may be answered
/// while the body arrives.
///
/// @param check  The check; after the last field, before the body. Not optional, even when there is no body.
/// @return       `MAILPROOF_OK`; `MAILPROOF_MALFORMED` when there was no field; `MAILPROOF_STATE`.
/// One thread at a time.
///
/// # Safety
/// Pointers are as the header's conventions say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mailproof_check_eoh(check: *mut Check) -> Status {
    // SAFETY: the caller vouches for the handle.
    unsafe { work_on(check, Work::end_of_header) }
}

/// Tells the next octets of the body, cut anywhere. Lines end with CRLF.
///
/// @param check   The check; after `mailproof_check_eoh`.
/// @param chunk   The octets; `len` of them.
/// @param hungry  Out: false when nothing needs the rest of the body, which may then be withheld (SMFIS_SKIP of a milter).
/// @return        `MAILPROOF_OK`; `MAILPROOF_STATE`.
/// One thread at a time.
///
/// # Safety
/// Pointers are as the header's conventions say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mailproof_check_body(
    check: *mut Check,
    chunk: *const u8,
    len: usize,
    hungry: *mut bool,
) -> Status {
    // SAFETY: the caller vouches for all of them.
    unsafe {
        work_on(check, |work| {
            let chunk = octets(chunk, len)?;
            let is_hungry = work.feed(Way::Body, |reader| reader.body(chunk))?;
            work.hash(chunk);
            give(hungry, is_hungry);
            Ok(Status::Ok)
        })
    }
}

/// Tells the next octets of the message as it stands on the wire, header section and body, cut anywhere. It takes the place
/// of `mailproof_check_header`, `mailproof_check_eoh` and `mailproof_check_body`; a message is told in one of the two ways.
///
/// @param check   The check; after the connection and the sender.
/// @param octets  The octets; `len` of them. Lines end with CRLF; there is no dot-stuffing.
/// @param hungry  Out: false when nothing needs the rest of the message.
/// @return        `MAILPROOF_OK`; `MAILPROOF_MALFORMED` when this can be no message any more; `MAILPROOF_STATE`.
/// One thread at a time.
///
/// # Safety
/// Pointers are as the header's conventions say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mailproof_check_feed(
    check: *mut Check,
    octets: *const u8,
    len: usize,
    hungry: *mut bool,
) -> Status {
    // SAFETY: the caller vouches for all of them.
    unsafe {
        work_on(check, |work| {
            let octets = crate::boundary::octets(octets, len)?;
            give(hungry, work.octets(octets)?);
            Ok(Status::Ok)
        })
    }
}

/// Tells the whole message at once. `mailproof_check_finish` is next.
///
/// @param check  The check; after the connection and the sender.
/// @param raw    The message, header section and body; `len` octets. Lines end with CRLF; there is no dot-stuffing.
/// @return       `MAILPROOF_OK`; `MAILPROOF_MALFORMED` when it is no message; `MAILPROOF_STATE`.
/// One thread at a time.
///
/// # Safety
/// Pointers are as the header's conventions say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mailproof_check_message(check: *mut Check, raw: *const u8, len: usize) -> Status {
    // SAFETY: the caller vouches for both.
    unsafe { work_on(check, |work| work.whole(octets(raw, len)?)) }
}

/// The same for a message as a file holds it: where a line ends with a bare LF, it counts as CRLF.
///
/// @param check  The check; after the connection and the sender.
/// @param text   The message; `len` octets.
/// @return       As for `mailproof_check_message`.
/// One thread at a time.
///
/// # Safety
/// Pointers are as the header's conventions say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mailproof_check_text(check: *mut Check, text: *const u8, len: usize) -> Status {
    // SAFETY: the caller vouches for both.
    unsafe { work_on(check, |work| work.whole(&with_crlf(octets(text, len)?))) }
}

/// Says that the message has ended, and brings the check to its end: with the built-in resolver and with a lookup function
/// it waits for DNS; in the step-driven mode it returns at once, to be called again after answers.
///
/// @param check  The check.
/// @return       `MAILPROOF_OK`: there are results; `MAILPROOF_NEED_DNS`: answer the open questions and call again;
///               `MAILPROOF_MALFORMED`; `MAILPROOF_STATE`.
/// One thread at a time.
///
/// # Safety
/// Pointers are as the header's conventions say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mailproof_check_finish(check: *mut Check) -> Status {
    // SAFETY: the caller vouches for the handle.
    unsafe { work_on(check, Work::finish) }
}
