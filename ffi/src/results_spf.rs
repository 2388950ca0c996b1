//! What SPF found.

use crate::boundary::give;
use crate::check::{Work, work_on};
use crate::findings::Text;
use crate::word::identity;
use crate::{Check, Status, Str, Word};
use mailproof::spf::Verdict;

/// Tells the SPF verdict on one identity.
///
/// @param check   The check; after `mailproof_check_finish` returned `MAILPROOF_OK`.
/// @param which   Which: a `mailproof_identity`.
/// @param result  Out: the verdict.
/// @param domain  Out: the domain whose policy was sought, or what stood in its place, in visible ASCII.
/// @param reason  Out: why, in a line for a postmaster: visible ASCII and spaces.
/// @return        `MAILPROOF_OK`; `MAILPROOF_ABSENT` when the identity was not checked; `MAILPROOF_INVALID`; `MAILPROOF_STATE`.
/// Texts are valid until the check is freed. One thread at a time.
///
/// # Safety
/// Pointers are as the header's conventions say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mailproof_check_spf(
    check: *const Check,
    which: u32,
    result: *mut Word,
    domain: *mut Str,
    reason: *mut Str,
) -> Status {
    let tell = |work: &mut Work| {
        let identity = identity(which)?;
        let results = work.results()?;
        let why = |verdict: &Verdict| verdict.reason().to_string();
        let text = results.text(Text::SpfReason(identity), |findings| findings.spf(identity).map(why));
        let text = Str::lend_any(text);
        let verdict = results.findings.spf(identity);
        // SAFETY: the caller vouches for the outputs.
        unsafe {
            give(result, verdict.map_or(Word::None, |verdict| (&verdict.outcome).into()));
            give(domain, Str::lend_any(verdict.map(Verdict::domain_text)));
            give(reason, text);
        }
        Ok(if verdict.is_some() { Status::Ok } else { Status::Absent })
    };
    // SAFETY: the caller vouches for the handle.
    unsafe { work_on(check, tell) }
}

/// Tells what else SPF found.
///
/// @param check         The check; after `mailproof_check_finish` returned `MAILPROOF_OK`.
/// @param which         Which: a `mailproof_identity`.
/// @param explanation   Out: for `MAILPROOF_RESULT_FAIL`, what the domain owner says about it, in visible ASCII; it is text of
///                      a third party (RFC 7208 section 11.5.2). Absent when there is none.
/// @param lookups       Out: terms that asked DNS.
/// @param void_lookups  Out: terms whose query found nothing.
/// @param reply_code    Out: the SMTP reply code of RFC 7372 for a server that acts on SPF alone, which is rarely wise: 550,
///                      451, or 0 where the verdict is no reason for either.
/// @param reply_status  Out: the enhanced status code for it, such as `5.7.23`; absent with code 0.
/// @return              As for `mailproof_check_spf`.
/// Texts are valid until the check is freed. One thread at a time.
///
/// # Safety
/// Pointers are as the header's conventions say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mailproof_check_spf_details(
    check: *const Check,
    which: u32,
    explanation: *mut Str,
    lookups: *mut u32,
    void_lookups: *mut u32,
    reply_code: *mut u16,
    reply_status: *mut Str,
) -> Status {
    let tell = |work: &mut Work| {
        let identity = identity(which)?;
        let verdict = work.results()?.findings.spf(identity);
        let reply = verdict.and_then(Verdict::reply);
        // SAFETY: the caller vouches for the outputs.
        unsafe {
            give(explanation, Str::lend_any(verdict.and_then(|verdict| verdict.explanation.as_deref())));
            give(lookups, verdict.map_or(0, |verdict| verdict.lookups));
            give(void_lookups, verdict.map_or(0, |verdict| verdict.void_lookups));
            give(reply_code, reply.map_or(0, |reply| reply.code));
            give(reply_status, Str::lend_any(reply.map(|reply| reply.status)));
        }
        Ok(if verdict.is_some() { Status::Ok } else { Status::Absent })
    };
    // SAFETY: the caller vouches for the handle.
    unsafe { work_on(check, tell) }
}
