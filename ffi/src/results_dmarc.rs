//! What DMARC found.

use crate::boundary::give;
use crate::check::{Work, work_on};
use crate::findings::Text;
use crate::{Check, Disposition, Status, Str, Word};
use mailproof::Name;
use mailproof::dmarc::Verdict;

/// Tells whether the author's domain stands behind the message.
///
/// @param check          The check; after `mailproof_check_finish` returned `MAILPROOF_OK`.
/// @param result         Out: the verdict.
/// @param disposition    Out: what the domain owner asks to be done with this message: something other than
///                       `MAILPROOF_DISPOSITION_NONE` only when it fails. What is done is the receiver's decision.
/// @param author_domain  Out: the domain of the author's address; absent when there is no such one domain.
/// @param reason         Out: why, in a line for a postmaster.
/// @return               `MAILPROOF_OK`; `MAILPROOF_ABSENT` for a check of SPF or DKIM alone; `MAILPROOF_STATE`.
/// Texts are valid until the check is freed. One thread at a time.
///
/// # Safety
/// Pointers are as the header's conventions say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mailproof_check_dmarc(
    check: *const Check,
    result: *mut Word,
    disposition: *mut Disposition,
    author_domain: *mut Str,
    reason: *mut Str,
) -> Status {
    let tell = |work: &mut Work| {
        let results = work.results()?;
        let text = results.text(Text::DmarcReason, |findings| findings.dmarc().map(Verdict::reason));
        let text = Str::lend_any(text);
        let verdict = results.findings.dmarc();
        // SAFETY: the caller vouches for the outputs.
        unsafe {
            give(result, verdict.map_or(Word::None, |verdict| (&verdict.outcome).into()));
            give(disposition, verdict.map_or(Disposition::None, |verdict| verdict.disposition.into()));
            give(author_domain, lend_name(verdict.and_then(|verdict| verdict.author_domain.as_ref())));
            give(reason, text);
        }
        Ok(if verdict.is_some() { Status::Ok } else { Status::Absent })
    };
    // SAFETY: the caller vouches for the handle.
    unsafe { work_on(check, tell) }
}

/// Tells the policy that DMARC found, and what is aligned with the author's domain.
///
/// @param check                  The check; after `mailproof_check_finish` returned `MAILPROOF_OK`.
/// @param policy                 Out: what the domain owner asks for when mail of this author fails.
/// @param record_domain          Out: the domain whose record applies, without `_dmarc`; absent when none does.
/// @param organizational_domain  Out: that of the author's; absent where it was not needed.
/// @param spf_aligned            Out: whether SPF authenticated an aligned domain.
/// @param dkim_aligned           Out: whether DKIM did.
/// @return                       As for `mailproof_check_dmarc`.
/// Texts are valid until the check is freed. One thread at a time.
///
/// # Safety
/// Pointers are as the header's conventions say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mailproof_check_dmarc_policy(
    check: *const Check,
    policy: *mut Disposition,
    record_domain: *mut Str,
    organizational_domain: *mut Str,
    spf_aligned: *mut bool,
    dkim_aligned: *mut bool,
) -> Status {
    let tell = |work: &mut Work| {
        let verdict = work.results()?.findings.dmarc();
        let wanted = verdict.and_then(|verdict| verdict.policy);
        let is_spf_aligned = verdict.is_some_and(|verdict| verdict.spf_aligned);
        let is_dkim_aligned = verdict.is_some_and(|verdict| verdict.dkim_aligned);
        // SAFETY: the caller vouches for the outputs.
        unsafe {
            give(policy, wanted.map_or(Disposition::None, Disposition::from));
            give(record_domain, lend_name(verdict.and_then(|verdict| verdict.record_domain.as_ref())));
            give(
                organizational_domain,
                lend_name(verdict.and_then(|verdict| verdict.organizational_domain.as_ref())),
            );
            give(spf_aligned, is_spf_aligned);
            give(dkim_aligned, is_dkim_aligned);
        }
        Ok(if verdict.is_some() { Status::Ok } else { Status::Absent })
    };
    // SAFETY: the caller vouches for the handle.
    unsafe { work_on(check, tell) }
}

fn lend_name(name: Option<&Name>) -> Str {
    Str::lend_any(name.map(Name::as_str))
}
