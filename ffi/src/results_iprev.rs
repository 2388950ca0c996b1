//! What the name of the client's address came to.

use crate::boundary::give;
use crate::check::{Work, work_on};
use crate::findings::Text;
use crate::{Check, Status, Str, Word};
use mailproof::Name;

/// Tells whether the client's address has a name that points back to it (iprev, RFC 8601 section 3).
///
/// @param check   The check; after `mailproof_check_finish` returned `MAILPROOF_OK`.
/// @param result  Out: the verdict.
/// @param name    Out: the confirmed name; absent when there is none.
/// @param reason  Out: why, in a line for a postmaster.
/// @return        `MAILPROOF_OK`; `MAILPROOF_ABSENT` when it was not looked for; `MAILPROOF_STATE`.
/// Texts are valid until the check is freed. One thread at a time.
///
/// # Safety
/// Pointers are as the header's conventions say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mailproof_check_iprev(
    check: *const Check,
    result: *mut Word,
    name: *mut Str,
    reason: *mut Str,
) -> Status {
    let tell = |work: &mut Work| {
        let results = work.results()?;
        let text = results.text(Text::IprevReason, |findings| {
            Some(findings.report()?.iprev.as_ref()?.reason().to_string())
        });
        let text = Str::lend_any(text);
        let verdict = results.findings.report().and_then(|report| report.iprev.as_ref());
        // SAFETY: the caller vouches for the outputs.
        unsafe {
            give(result, verdict.map_or(Word::None, |verdict| (&verdict.outcome).into()));
            give(name, Str::lend_any(verdict.and_then(|verdict| verdict.name.as_ref()).map(Name::as_str)));
            give(reason, text);
        }
        Ok(if verdict.is_some() { Status::Ok } else { Status::Absent })
    };
    // SAFETY: the caller vouches for the handle.
    unsafe { work_on(check, tell) }
}
