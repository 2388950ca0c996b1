//! What DMARC found.

use crate::boundary::{Refusal, enter, give, handle, octets};
use crate::check::{Work, work_on};
use crate::findings::Text;
use crate::{Check, Context, Disposition, Status, Str, Word};
use mailproof::Name;
use mailproof::dmarc::Verdict;
use std::ffi::c_char;

/// Tells whether the author's domain stands behind the message.
///
/// @param check          The check; after `mailproof_check_finish` returned `MAILPROOF_OK`.
/// @param result         Out: the verdict.
/// @param disposition    Out: what the domain owner asks to be done with this message: something other than
///                       `MAILPROOF_DISPOSITION_NONE` only when it fails, and no trusted sealer excuses it: see
///                       `mailproof_check_dmarc_override`. What is done is the receiver's decision.
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
        let asked = results.findings.report().map_or(Disposition::None, |report| report.disposition().into());
        // SAFETY: the caller vouches for the outputs.
        unsafe {
            give(result, verdict.map_or(Word::None, |verdict| (&verdict.outcome).into()));
            give(disposition, asked);
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

/// Tells why a message that fails DMARC is to be taken as authenticated all the same: a sealer named by
/// `mailproof_context_add_trusted_sealer` says that it passed when it arrived there, and all who sealed since are trusted too.
/// The result of DMARC stays; the disposition is `MAILPROOF_DISPOSITION_NONE` then, and there is no SMTP reply.
///
/// @param check     The check; after `mailproof_check_finish` returned `MAILPROOF_OK`.
/// @param instance  Out: the ARC set that says so.
/// @param sealer    Out: the domain that sealed it.
/// @param comment   Out: the comment of the reason `local_policy` in an aggregate report (RFC 8617 section 7.2.2).
/// @return          `MAILPROOF_OK`; `MAILPROOF_ABSENT` when nothing overrides DMARC; `MAILPROOF_STATE`.
/// Texts are valid until the check is freed. One thread at a time.
///
/// # Safety
/// Pointers are as the header's conventions say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mailproof_check_dmarc_override(
    check: *const Check,
    instance: *mut u32,
    sealer: *mut Str,
    comment: *mut Str,
) -> Status {
    let tell = |work: &mut Work| {
        let found = work.results()?.findings.report().and_then(|report| report.dmarc_override.as_ref());
        // SAFETY: the caller vouches for the outputs.
        unsafe {
            give(instance, found.map_or(0, |found| found.instance.into()));
            give(sealer, lend_name(found.map(|found| &found.sealer)));
            give(comment, Str::lend_any(found.map(|found| found.comment.as_str())));
        }
        Ok(if found.is_some() { Status::Ok } else { Status::Absent })
    };
    // SAFETY: the caller vouches for the handle.
    unsafe { work_on(check, tell) }
}

/// Believes a forwarder who says, by ARC, that a message passed before it was forwarded. By default nobody is believed, and
/// ARC changes nothing. Whoever is named can make up any message that claims to have passed.
///
/// @param context  The context; no check may have been made yet.
/// @param domain   The domain of its ARC-Seal (`d=`), exactly; `domain_len` octets.
/// @return         `MAILPROOF_OK`; `MAILPROOF_INVALID` when it is no domain name; `MAILPROOF_STATE` once a check was made.
/// Any thread.
///
/// # Safety
/// Pointers are as the header's conventions say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mailproof_context_add_trusted_sealer(
    context: *mut Context,
    domain: *const c_char,
    domain_len: usize,
) -> Status {
    enter(|| {
        // SAFETY: the caller vouches for both.
        let (context, domain) = unsafe { (handle(context)?, octets(domain, domain_len)?) };
        let domain = Name::parse(domain).map_err(|error| Refusal::invalid(format!("the name is {error}")))?;
        if domain.is_root() {
            return Err(Refusal::invalid("the root seals nothing"));
        }
        context.configure(|settings| {
            settings.authenticator.trusted_sealers.push(domain);
            Ok(Status::Ok)
        })
    })
}

fn lend_name(name: Option<&Name>) -> Str {
    Str::lend_any(name.map(Name::as_str))
}
