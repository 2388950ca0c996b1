//! What DKIM found.

use crate::boundary::{enter, give, handle};
use crate::check::{Work, work_on};
use crate::findings::Text;
use crate::{Check, Status, Str, Word};
use mailproof::Name;
use mailproof::dkim::{Algorithm, Outcome, Verdict};

/// Counts the DKIM signatures on which there is a verdict.
///
/// @param check  The check; after `mailproof_check_finish` returned `MAILPROOF_OK`.
/// @return       How many; 0 for NULL, and before there are results.
/// One thread at a time.
///
/// # Safety
/// Pointers are as the header's conventions say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mailproof_check_dkim_count(check: *const Check) -> usize {
    let mut count = 0;
    enter(|| {
        // SAFETY: the caller vouches for the handle.
        count = unsafe { handle(check) }?.with(|work| Ok(work.results()?.findings.dkim().len()))?;
        Ok(Status::Ok)
    });
    count
}

/// Tells the verdict on one DKIM signature. What a signature says of itself is told even when it does not hold: only with
/// `MAILPROOF_RESULT_PASS` is it true.
///
/// @param check     The check; after `mailproof_check_finish` returned `MAILPROOF_OK`.
/// @param index     Which, from 0, as the fields stand in the message, the topmost first.
/// @param result    Out: the verdict.
/// @param domain    Out: `d=`, who takes responsibility; absent when it cannot be read.
/// @param selector  Out: `s=`; absent when it cannot be read.
/// @param reason    Out: why it did not pass; absent for a pass.
/// @return          `MAILPROOF_OK`; `MAILPROOF_ABSENT` when there are no more; `MAILPROOF_STATE`.
/// Texts are valid until the check is freed. One thread at a time.
///
/// # Safety
/// Pointers are as the header's conventions say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mailproof_check_dkim(
    check: *const Check,
    index: usize,
    result: *mut Word,
    domain: *mut Str,
    selector: *mut Str,
    reason: *mut Str,
) -> Status {
    let tell = |work: &mut Work| {
        let results = work.results()?;
        let text =
            results.text(Text::DkimReason(index), |findings| findings.dkim().get(index)?.outcome.reason());
        let text = Str::lend_any(text);
        let verdict = results.findings.dkim().get(index);
        // SAFETY: the caller vouches for the outputs.
        unsafe {
            give(result, verdict.map_or(Word::None, |verdict| (&verdict.outcome).into()));
            give(
                domain,
                Str::lend_any(verdict.and_then(|verdict| verdict.domain.as_ref()).map(Name::as_str)),
            );
            give(
                selector,
                Str::lend_any(verdict.and_then(|verdict| verdict.selector.as_ref()).map(Name::as_str)),
            );
            give(reason, text);
        }
        Ok(if verdict.is_some() { Status::Ok } else { Status::Absent })
    };
    // SAFETY: the caller vouches for the handle.
    unsafe { work_on(check, tell) }
}

/// Tells what else is known of one DKIM signature.
///
/// @param check            The check; after `mailproof_check_finish` returned `MAILPROOF_OK`.
/// @param index            Which, from 0.
/// @param field            Out: where the DKIM-Signature field stands; 0 is the topmost field of the message.
/// @param identity         Out: `i=` as written, or `@` and the domain: text of the sender, control characters replaced by `?`.
/// @param algorithm        Out: `a=`, such as `rsa-sha256`; absent when it is not known.
/// @param key_bits         Out: the length of the key; 0 when it was not seen.
/// @param testing          Out: whether the key says that its domain only tests DKIM.
/// @param unsigned_octets  Out: octets of the body that anybody may have added (`l=`, RFC 6376 section 8.2).
/// @return                 As for `mailproof_check_dkim`.
/// Texts are valid until the check is freed. One thread at a time.
///
/// # Safety
/// Pointers are as the header's conventions say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mailproof_check_dkim_details(
    check: *const Check,
    index: usize,
    field: *mut usize,
    identity: *mut Str,
    algorithm: *mut Str,
    key_bits: *mut u32,
    testing: *mut bool,
    unsigned_octets: *mut u64,
) -> Status {
    let tell = |work: &mut Work| {
        let verdict = work.results()?.findings.dkim().get(index);
        let is_testing = verdict.is_some_and(|verdict| verdict.testing);
        // SAFETY: the caller vouches for the outputs.
        unsafe {
            give(field, verdict.map_or(0, |verdict| verdict.field));
            give(identity, Str::lend_any(verdict.and_then(|verdict| verdict.identity.as_deref())));
            give(
                algorithm,
                Str::lend_any(verdict.and_then(|verdict| verdict.algorithm).map(Algorithm::as_str)),
            );
            give(key_bits, verdict.and_then(|verdict| verdict.key_bits).unwrap_or(0));
            give(testing, is_testing);
            give(unsigned_octets, verdict.map_or(0, |verdict| verdict.unsigned_body_octets));
        }
        Ok(if verdict.is_some() { Status::Ok } else { Status::Absent })
    };
    // SAFETY: the caller vouches for the handle.
    unsafe { work_on(check, tell) }
}

/// Tells whether any DKIM signature passed, and the domain of the first that did.
///
/// @param check   The check; after `mailproof_check_finish` returned `MAILPROOF_OK`.
/// @param domain  Out: its `d=`.
/// @return        `MAILPROOF_OK`; `MAILPROOF_ABSENT` when none passed; `MAILPROOF_STATE`.
/// Texts are valid until the check is freed. One thread at a time.
///
/// # Safety
/// Pointers are as the header's conventions say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mailproof_check_dkim_passed(check: *const Check, domain: *mut Str) -> Status {
    let tell = |work: &mut Work| {
        let passed = |verdict: &&Verdict| verdict.outcome == Outcome::Pass;
        let verdict = work.results()?.findings.dkim().iter().find(passed);
        let name = verdict.and_then(|verdict| verdict.domain.as_ref()).map(Name::as_str);
        // SAFETY: the caller vouches for the output.
        unsafe { give(domain, Str::lend_any(name)) };
        Ok(if verdict.is_some() { Status::Ok } else { Status::Absent })
    };
    // SAFETY: the caller vouches for the handle.
    unsafe { work_on(check, tell) }
}
