//! An ARC set for a message that was checked and is forwarded.

use crate::boundary::{Outcome, Refusal, give, handle, octets};
use crate::check::{Scope, Stage, Work, malformed, work_on};
use crate::edits::Edit;
use crate::sealer::Sealer;
use crate::{Check, Status, Str};
use mailproof::Report;
use mailproof::arc::{NotSealed, Seal, SealField};
use mailproof::dkim::SignError;
use mailproof::message::{Headers, Message};

impl Work {
    fn use_sealer(&mut self, sealer: &Sealer) -> Outcome {
        if self.scope != Scope::Whole || !matches!(self.stage, Stage::Greeting) {
            return Err(Refusal::state("the sealer is told before the message, and only for a whole one"));
        }
        self.body = Some(sealer.ready()?.body());
        Ok(Status::Ok)
    }

    /// Hashes what came of the body for the seal.
    pub(crate) fn hash(&mut self, chunk: &[u8]) {
        if let Some(body) = &mut self.body {
            body.feed(chunk);
        }
    }

    /// Makes a seal of the report, once.
    fn seal(
        &mut self,
        make: impl FnOnce(&mut Self, &Report) -> Result<Result<Seal, NotSealed>, Refusal>,
    ) -> Outcome {
        self.results()?;
        // Taken out, so that the rest can be borrowed beside it.
        let Stage::Done(results) = std::mem::replace(&mut self.stage, Stage::Greeting) else {
            return Err(Refusal::state("there are no results"));
        };
        let made = match results.findings.report() {
            _ if self.seal.is_some() => Err(Refusal::state("the check made a seal already")),
            Some(report) => make(self, report),
            None => Err(Refusal::state("a check of SPF or DKIM alone does not seal")),
        };
        self.stage = Stage::Done(results);
        match made? {
            Ok(seal) => {
                self.seal = Some(seal);
                Ok(Status::Ok)
            }
            Err(why) => not_sealed(&why),
        }
    }

    fn seal_as_it_came(&mut self, now: u64) -> Outcome {
        let status = self.seal(|work, report| {
            let missing = "no sealer was told before the message, or it was used already";
            let headers = Headers::parse(&work.section).map_err(malformed)?;
            let body = work.body.take().ok_or_else(|| Refusal::state(missing))?;
            Ok(body.seal(&headers, &report.arc, &report.sealing_results(), now))
        })?;
        if status == Status::Ok {
            self.seals_as_it_came = true;
            self.edit_seal();
        }
        Ok(status)
    }

    /// Adds the seal to edits that were lent before there was one.
    fn edit_seal(&mut self) {
        if let (Stage::Done(results), Some(seal)) = (&mut self.stage, &self.seal)
            && let Some(edits) = &mut results.edits
        {
            edits.extend(insertions(seal));
        }
    }

    /// The seal, if it is one of the message as it came: that which the edits are about.
    pub(crate) fn seal_to_insert(&self) -> Option<&Seal> {
        self.seal.as_ref().filter(|_| self.seals_as_it_came)
    }
}

/// The edits that put a seal on top. What is inserted last stands topmost.
pub(crate) fn insertions(seal: &Seal) -> impl Iterator<Item = Edit> {
    seal.fields().iter().rev().filter_map(|field| Edit::insertion(field.as_str()))
}

fn not_sealed(why: &NotSealed) -> Outcome {
    let status = match why {
        NotSealed::FailedBefore { .. } | NotSealed::TooManySets { .. } => return Ok(Status::Absent),
        NotSealed::OtherChain => Status::Invalid,
        NotSealed::Sign(SignError::Crypto) => Status::Key,
        _ => Status::Malformed,
    };
    Err(Refusal::new(status, why.to_string()))
}

fn time(unix_time: i64) -> Result<u64, Refusal> {
    u64::try_from(unix_time).map_err(|_| Refusal::invalid("the time is negative"))
}

/// Has a message prepared for a seal: the check then hashes the body for it, while it arrives.
///
/// @param check   The check; of a whole message, before the message is told.
/// @param sealer  The sealer, which can be changed no more from now on, and may be freed before the check.
/// @return        `MAILPROOF_OK`; `MAILPROOF_STATE`.
/// One thread at a time.
///
/// # Safety
/// Pointers are as the header's conventions say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mailproof_check_use_sealer(check: *mut Check, sealer: *const Sealer) -> Status {
    // SAFETY: the caller vouches for both.
    unsafe { work_on(check, |work| work.use_sealer(handle(sealer)?)) }
}

/// Seals a message that is forwarded as it came: three fields say what this check found (RFC 8617 section 5.1). They go on
/// top of the message, and are among its edits from now on. What may change on the way out are fields that a seal does not
/// cover, as Received, Return-Path and Authentication-Results.
///
/// @param check      The check; after `mailproof_check_finish` returned `MAILPROOF_OK`, with a sealer of
///                   `mailproof_check_use_sealer`, and told the whole body, whatever `hungry` was before.
/// @param unix_time  The time of sealing, in Unix seconds.
/// @return           `MAILPROOF_OK`: there is a seal; `MAILPROOF_ABSENT` when there is nothing to say: the newest set says already
///                   that the chain is broken, or there are as many sets as may be; `MAILPROOF_MALFORMED` when the message is none
///                   that should be signed, such as one with a lone CR: the results of the check stay;
///                   `MAILPROOF_KEY` when the key did not sign; `MAILPROOF_INVALID` when the time is negative;
///                   `MAILPROOF_STATE`, also when there is a seal already.
/// One thread at a time.
///
/// # Safety
/// Pointers are as the header's conventions say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mailproof_check_seal(check: *mut Check, unix_time: i64) -> Status {
    // SAFETY: the caller vouches for the handle.
    unsafe { work_on(check, |work| work.seal_as_it_came(time(unix_time)?)) }
}

/// Seals a message that was changed after it came, as mailing lists do: with what was found about it as it came.
///
/// @param check      The check of the message as it came; after `mailproof_check_finish` returned `MAILPROOF_OK`.
/// @param sealer     The sealer, which can be changed no more from now on.
/// @param raw        The message as it leaves, its own DKIM signature included, the ARC fields it came with unchanged;
///                   `len` octets. Lines end with CRLF; there is no dot-stuffing.
/// @param unix_time  The time of sealing, in Unix seconds.
/// @return           As for `mailproof_check_seal`; `MAILPROOF_INVALID` also when the ARC fields are not those that were checked.
/// One thread at a time.
///
/// # Safety
/// Pointers are as the header's conventions say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mailproof_check_seal_message(
    check: *mut Check,
    sealer: *const Sealer,
    raw: *const u8,
    len: usize,
    unix_time: i64,
) -> Status {
    let make = |work: &mut Work| {
        // SAFETY: the caller vouches for both.
        let (sealer, raw) = unsafe { (handle(sealer)?, octets(raw, len)?) };
        let (sealer, now) = (sealer.ready()?, time(unix_time)?);
        work.seal(|_, report| {
            let message = Message::parse(raw).map_err(malformed)?;
            Ok(sealer.seal(&message, &report.arc, &report.sealing_results(), now))
        })
    };
    // SAFETY: the caller vouches for the handle.
    unsafe { work_on(check, make) }
}

/// Tells a field of the seal. They are told in the order in which they stand in the message: ARC-Seal, ARC-Message-Signature,
/// ARC-Authentication-Results.
///
/// @param check  The check; after `mailproof_check_seal` or `mailproof_check_seal_message` returned `MAILPROOF_OK`.
/// @param index  Which, from 0.
/// @param name   Out: the name of the field.
/// @param field  Out: the whole field, folded, with the CRLF that ends it.
/// @param value  Out: what stands behind the name, the colon and one space, without the final CRLF. A milter inserts it
///               with each CRLF as a bare LF.
/// @return       `MAILPROOF_OK`; `MAILPROOF_ABSENT` when there are no more, or there is no seal.
/// Texts are valid until the check is freed. One thread at a time.
///
/// # Safety
/// Pointers are as the header's conventions say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mailproof_check_seal_field(
    check: *const Check,
    index: usize,
    name: *mut Str,
    field: *mut Str,
    value: *mut Str,
) -> Status {
    let tell = |work: &mut Work| {
        let found = work.seal.as_ref().and_then(|seal| seal.fields().get(index));
        // SAFETY: the caller vouches for the outputs.
        unsafe {
            give(name, Str::lend_any(found.map(SealField::name)));
            give(field, Str::lend_any(found.map(SealField::as_str)));
            give(value, Str::lend_any(found.map(SealField::value)));
        }
        Ok(if found.is_some() { Status::Ok } else { Status::Absent })
    };
    // SAFETY: the caller vouches for the handle.
    unsafe { work_on(check, tell) }
}
