//! What became of the Authenticated Received Chain.

use crate::boundary::give;
use crate::check::{Work, work_on};
use crate::findings::Text;
use crate::{Check, Status, Str, Word};
use mailproof::arc::Outcome;

/// Tells whether the chain of those who forwarded the message holds (ARC, RFC 8617, which is being made historic). It says
/// nothing about the message unless its sealers are trusted.
///
/// @param check      The check; after `mailproof_check_finish` returned `MAILPROOF_OK`.
/// @param result     Out: `MAILPROOF_RESULT_NONE`, `MAILPROOF_RESULT_PASS` or `MAILPROOF_RESULT_FAIL`.
/// @param instances  Out: the highest instance found.
/// @param reason     Out: why it fails; absent when it does not.
/// @return           `MAILPROOF_OK`; `MAILPROOF_ABSENT` for a check of SPF or DKIM alone; `MAILPROOF_STATE`.
/// Texts are valid until the check is freed. One thread at a time.
///
/// # Safety
/// Pointers are as the header's conventions say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mailproof_check_arc(
    check: *const Check,
    result: *mut Word,
    instances: *mut u32,
    reason: *mut Str,
) -> Status {
    let tell = |work: &mut Work| {
        let results = work.results()?;
        let text = results.text(Text::ArcReason, |findings| match &findings.report()?.arc.outcome {
            Outcome::None | Outcome::Pass => None,
            Outcome::Fail(cause) => Some(cause.to_string()),
        });
        let text = Str::lend_any(text);
        let verdict = results.findings.report().map(|report| &report.arc);
        // SAFETY: the caller vouches for the outputs.
        unsafe {
            give(result, verdict.map_or(Word::None, |verdict| (&verdict.outcome).into()));
            give(instances, verdict.map_or(0, |verdict| verdict.instances.into()));
            give(reason, text);
        }
        Ok(if verdict.is_some() { Status::Ok } else { Status::Absent })
    };
    // SAFETY: the caller vouches for the handle.
    unsafe { work_on(check, tell) }
}
