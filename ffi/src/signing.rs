//! One message being signed.

use crate::boundary::{Guarded, Outcome, Refusal, enter, give, hand_out, handle, octets, take_back};
use crate::signer::Signer;
use crate::{Status, Str};
use mailproof::Name;
use mailproof::dkim::{SignError, SignatureField, Signed, SigningSession};
use std::ffi::c_char;

/// One message being signed. It serves one thread at a time; another that comes meanwhile is told `MAILPROOF_BUSY`.
#[derive(Debug)]
pub struct Signing(Guarded<Work>);

#[derive(Debug)]
struct Work {
    way: Way,
    stage: Stage,
}

/// In what the message arrives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Open,
    Octets,
    Fields,
    /// Fields, the last of which was told.
    Body,
}

#[derive(Debug)]
enum Stage {
    Reading(Box<SigningSession>),
    Done(Signed),
    Refused(SignError),
}

fn refused(error: &SignError) -> Refusal {
    let status = match error {
        SignError::Crypto => Status::Key,
        _ => Status::Malformed,
    };
    Refusal::new(status, error.to_string())
}

impl Work {
    fn feed(&mut self, way: Way, feed: impl FnOnce(&mut SigningSession) -> Result<(), SignError>) -> Outcome {
        if self.way == Way::Open && way != Way::Body {
            self.way = way;
        }
        match &mut self.stage {
            Stage::Refused(error) => Err(refused(error)),
            Stage::Reading(session) if self.way == way => match feed(session) {
                Ok(()) => Ok(Status::Ok),
                Err(error) => {
                    let refusal = refused(&error);
                    self.stage = Stage::Refused(error);
                    Err(refusal)
                }
            },
            Stage::Reading(_) | Stage::Done(_) => {
                Err(Refusal::state("this part of the message does not come now"))
            }
        }
    }

    fn finish(&mut self) -> Outcome {
        match &self.stage {
            Stage::Refused(error) => return Err(refused(error)),
            Stage::Done(_) => return Ok(Status::Ok),
            Stage::Reading(_) if self.way == Way::Fields => {
                return Err(Refusal::state(
                    "the header section has not ended: mailproof_signing_eoh is missing",
                ));
            }
            Stage::Reading(_) => {}
        }
        let unsigned = Stage::Refused(SignError::Crypto);
        if let Stage::Reading(session) = std::mem::replace(&mut self.stage, unsigned) {
            match session.finish() {
                Ok(signed) => self.stage = Stage::Done(signed),
                Err(error) => {
                    let refusal = refused(&error);
                    self.stage = Stage::Refused(error);
                    return Err(refusal);
                }
            }
        }
        Ok(Status::Ok)
    }
}

/// Works on what is behind a handle.
///
/// # Safety
/// As for `boundary::handle`.
unsafe fn work_on(signing: *const Signing, work: impl FnOnce(&mut Work) -> Outcome) -> Status {
    enter(|| {
        // SAFETY: as above.
        let signing = unsafe { handle(signing) }?;
        signing.0.with(work)
    })
}

/// Begins to sign a message.
///
/// @param signer     The signer, which can be changed no more from now on.
/// @param unix_time  The time of signing, in Unix seconds.
/// @param out        Out: the message, to be freed with `mailproof_signing_free`; NULL on failure.
/// @return           `MAILPROOF_OK`; `MAILPROOF_INVALID` when the time is negative, or signer and options do not fit together.
/// Any thread.
///
/// # Safety
/// Pointers are as the header's conventions say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mailproof_signing_new(
    signer: *const Signer,
    unix_time: i64,
    out: *mut *mut Signing,
) -> Status {
    let make = || {
        // SAFETY: the caller vouches for the handle.
        let signer = unsafe { handle(signer) }?;
        let now = u64::try_from(unix_time).map_err(|_| Refusal::invalid("the time is negative"))?;
        let stage = Stage::Reading(Box::new(signer.ready()?.session(now)));
        Ok(Signing(Guarded::new(Work { way: Way::Open, stage })))
    };
    // SAFETY: the caller vouches for the place.
    unsafe { hand_out(out, make) }
}

/// Frees a message, signed or not. Everything it lent is gone.
///
/// @param signing  The message; NULL is fine.
/// One thread at a time.
///
/// # Safety
/// Pointers are as the header's conventions say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mailproof_signing_free(signing: *mut Signing) {
    // SAFETY: the caller vouches for the handle.
    unsafe { take_back(signing) }
}

/// Tells one header field as it will leave; the topmost comes first.
///
/// @param signing  The message; before `mailproof_signing_eoh`.
/// @param name     What stands before the colon; `name_len` octets.
/// @param value    Everything behind the colon, as for `mailproof_check_header`; `value_len` octets.
/// @return         `MAILPROOF_OK`; `MAILPROOF_MALFORMED` when this is not one field; `MAILPROOF_STATE`.
/// One thread at a time.
///
/// # Safety
/// Pointers are as the header's conventions say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mailproof_signing_header(
    signing: *mut Signing,
    name: *const c_char,
    name_len: usize,
    value: *const c_char,
    value_len: usize,
) -> Status {
    // SAFETY: the caller vouches for all of them.
    unsafe {
        work_on(signing, |work| {
            let (name, value) = (octets(name, name_len)?, octets(value, value_len)?);
            work.feed(Way::Fields, |session| session.header(name, value))
        })
    }
}

/// Says that the header section has ended.
///
/// @param signing  The message; after the last field.
/// @return         `MAILPROOF_OK`; `MAILPROOF_MALFORMED` when the header section is none that should be signed, such as one with
///                 two From fields; `MAILPROOF_STATE`.
/// One thread at a time.
///
/// # Safety
/// Pointers are as the header's conventions say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mailproof_signing_eoh(signing: *mut Signing) -> Status {
    let end = |work: &mut Work| {
        work.feed(Way::Fields, SigningSession::end_of_header)?;
        work.way = Way::Body;
        Ok(Status::Ok)
    };
    // SAFETY: the caller vouches for the handle.
    unsafe { work_on(signing, end) }
}

/// Tells the next octets of the body, cut anywhere. Lines end with CRLF.
///
/// @param signing  The message; after `mailproof_signing_eoh`.
/// @param chunk    The octets; `len` of them.
/// @return         `MAILPROOF_OK`; `MAILPROOF_STATE`.
/// One thread at a time.
///
/// # Safety
/// Pointers are as the header's conventions say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mailproof_signing_body(
    signing: *mut Signing,
    chunk: *const u8,
    len: usize,
) -> Status {
    // SAFETY: the caller vouches for both.
    unsafe {
        work_on(signing, |work| {
            let chunk = octets(chunk, len)?;
            work.feed(Way::Body, |session| session.body(chunk))
        })
    }
}

/// Tells the next octets of the message, header section and body, cut anywhere, in place of fields and body apart.
///
/// @param signing  The message.
/// @param octets   The octets; `len` of them. Lines end with CRLF; there is no dot-stuffing.
/// @return         `MAILPROOF_OK`; `MAILPROOF_MALFORMED` when it is none that should be signed; `MAILPROOF_STATE`.
/// One thread at a time.
///
/// # Safety
/// Pointers are as the header's conventions say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mailproof_signing_feed(
    signing: *mut Signing,
    octets: *const u8,
    len: usize,
) -> Status {
    // SAFETY: the caller vouches for both.
    unsafe {
        work_on(signing, |work| {
            let octets = crate::boundary::octets(octets, len)?;
            work.feed(Way::Octets, |session| session.feed(octets))
        })
    }
}

/// Says that the message has ended, and signs it.
///
/// @param signing  The message.
/// @return         `MAILPROOF_OK`: there are signatures; `MAILPROOF_MALFORMED` when it is none that should be signed;
///                 `MAILPROOF_KEY` when a key did not sign; `MAILPROOF_STATE`.
/// One thread at a time.
///
/// # Safety
/// Pointers are as the header's conventions say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mailproof_signing_finish(signing: *mut Signing) -> Status {
    // SAFETY: the caller vouches for the handle.
    unsafe { work_on(signing, Work::finish) }
}

/// Tells a signature, to be put on top of the message.
///
/// @param signing   The message; after `mailproof_signing_finish` returned `MAILPROOF_OK`.
/// @param index     Which, from 0, in the order of the keys, which is the order in which they stand in the message.
/// @param selector  Out: its selector.
/// @param field     Out: the whole DKIM-Signature field, folded, with the CRLF that ends it.
/// @param value     Out: what stands behind the name, the colon and one space, without the final CRLF. A milter inserts it
///                  with each CRLF as a bare LF.
/// @return          `MAILPROOF_OK`; `MAILPROOF_ABSENT` when there are no more; `MAILPROOF_STATE`.
/// Texts are valid until the message is freed. One thread at a time.
///
/// # Safety
/// Pointers are as the header's conventions say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mailproof_signing_signature(
    signing: *const Signing,
    index: usize,
    selector: *mut Str,
    field: *mut Str,
    value: *mut Str,
) -> Status {
    let tell = |work: &mut Work| {
        let signed = match &work.stage {
            Stage::Done(signed) => signed.fields().get(index),
            Stage::Refused(error) => return Err(refused(error)),
            Stage::Reading(_) => return Err(Refusal::state("the message is not signed yet")),
        };
        // SAFETY: the caller vouches for the outputs.
        unsafe {
            give(selector, Str::lend_any(signed.map(SignatureField::selector).map(Name::as_str)));
            give(field, Str::lend_any(signed.map(SignatureField::as_str)));
            give(value, Str::lend_any(signed.map(SignatureField::value)));
        }
        Ok(if signed.is_some() { Status::Ok } else { Status::Absent })
    };
    // SAFETY: the caller vouches for the handle.
    unsafe { work_on(signing, tell) }
}
