//! The findings as ready texts.

use crate::boundary::{Outcome, give};
use crate::check::{Work, work_on};
use crate::findings::{Findings, Text};
use crate::word::identity;
use crate::{Check, Status, Str};
use mailproof::Report;
use serde_json::json;

/// Lends a text that is made of the findings.
///
/// # Safety
/// `out` is NULL, or may be written to.
unsafe fn lend(
    work: &mut Work,
    which: Text,
    out: *mut Str,
    make: impl FnOnce(&Findings) -> Option<String>,
) -> Outcome {
    let text = work.results()?.text(which, make);
    // SAFETY: as above.
    unsafe { give(out, Str::lend_any(text)) };
    Ok(if text.is_some() { Status::Ok } else { Status::Absent })
}

/// Tells the value of the Authentication-Results field (RFC 8601) in one line: for milters and MTAs, which fold and name
/// fields themselves.
///
/// @param check  The check; after `mailproof_check_finish` returned `MAILPROOF_OK`.
/// @param value  Out: what stands behind the colon, without the space after it.
/// @return       `MAILPROOF_OK`; `MAILPROOF_ABSENT` for a check of SPF or DKIM alone; `MAILPROOF_STATE`.
/// The text is valid until the check is freed. One thread at a time.
///
/// # Safety
/// Pointers are as the header's conventions say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mailproof_check_auth_results(check: *const Check, value: *mut Str) -> Status {
    let make = |findings: &Findings| findings.report().map(|report| report.auth_results().to_string());
    // SAFETY: the caller vouches for both.
    unsafe { work_on(check, |work| lend(work, Text::AuthResults, value, make)) }
}

/// Tells the whole Authentication-Results field, folded, with the CRLF that ends it: to be written above the message.
///
/// @param check  The check; after `mailproof_check_finish` returned `MAILPROOF_OK`.
/// @param field  Out: the field.
/// @return       As for `mailproof_check_auth_results`.
/// The text is valid until the check is freed. One thread at a time.
///
/// # Safety
/// Pointers are as the header's conventions say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mailproof_check_auth_results_field(check: *const Check, field: *mut Str) -> Status {
    let make = |findings: &Findings| findings.report().map(|report| report.auth_results_field());
    // SAFETY: the caller vouches for both.
    unsafe { work_on(check, |work| lend(work, Text::AuthResultsField, field, make)) }
}

/// Tells the Received-SPF field (RFC 7208 section 9.1) on one identity: name and folded value, without the final CRLF.
///
/// @param check  The check; after `mailproof_check_finish` returned `MAILPROOF_OK`.
/// @param which  Which: a `mailproof_identity`.
/// @param field  Out: the field.
/// @return       `MAILPROOF_OK`; `MAILPROOF_ABSENT` when the identity was not checked; `MAILPROOF_INVALID`; `MAILPROOF_STATE`.
/// The text is valid until the check is freed. One thread at a time.
///
/// # Safety
/// Pointers are as the header's conventions say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mailproof_check_received_spf(
    check: *const Check,
    which: u32,
    field: *mut Str,
) -> Status {
    let tell = |work: &mut Work| {
        let identity = identity(which)?;
        let request = work.request(identity);
        let make = |findings: &Findings| Some(findings.spf(identity)?.received_spf(request.as_ref()?));
        // SAFETY: the caller vouches for the output.
        unsafe { lend(work, Text::ReceivedSpf(identity), field, make) }
    };
    // SAFETY: the caller vouches for the handle.
    unsafe { work_on(check, tell) }
}

/// Tells everything that was found, as JSON: schema `mailproof.report/1` for a whole message; for SPF alone an object with
/// nothing but its `spf`.
///
/// @param check  The check; after `mailproof_check_finish` returned `MAILPROOF_OK`.
/// @param json   Out: one object, in UTF-8.
/// @return       `MAILPROOF_OK`; `MAILPROOF_ABSENT` for a check of DKIM alone; `MAILPROOF_STATE`.
/// The text is valid until the check is freed. One thread at a time.
///
/// # Safety
/// Pointers are as the header's conventions say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mailproof_check_json(check: *const Check, json: *mut Str) -> Status {
    let make = |findings: &Findings| match findings {
        Findings::Dkim(_) => None,
        Findings::Spf { helo, mail_from } => {
            let spf: Vec<_> =
                [helo, mail_from].into_iter().flatten().map(|verdict| verdict.to_json()).collect();
            Some(json!({ "spf": spf }).to_string())
        }
        Findings::Whole(report) => Some(report.to_json().to_string()),
    };
    // SAFETY: the caller vouches for both.
    unsafe { work_on(check, |work| lend(work, Text::Json, json, make)) }
}

/// Tells what an SMTP server says that does what the domain owner asks for by DMARC: refuse what fails under a policy of
/// reject, and defer what cannot be decided now and may be such. The codes are those of RFC 7372.
///
/// @param check   The check; after `mailproof_check_finish` returned `MAILPROOF_OK`.
/// @param code    Out: 550 or 451; 0 where mail is to be taken.
/// @param status  Out: the enhanced status code, such as `5.7.26`.
/// @param text    Out: why, in one line of visible ASCII, without the codes. A milter doubles each `%` of it.
/// @return        `MAILPROOF_OK`; `MAILPROOF_ABSENT` where mail is to be taken; `MAILPROOF_STATE`.
/// Texts are valid until the check is freed. One thread at a time.
///
/// # Safety
/// Pointers are as the header's conventions say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mailproof_check_smtp_reply(
    check: *const Check,
    code: *mut u16,
    status: *mut Str,
    text: *mut Str,
) -> Status {
    let tell = |work: &mut Work| {
        let reply = work.results()?.findings.report().and_then(Report::smtp_reply);
        // SAFETY: the caller vouches for the outputs.
        unsafe {
            give(code, reply.as_ref().map_or(0, |reply| reply.code));
            give(status, Str::lend_any(reply.as_ref().map(|reply| reply.status)));
            lend(work, Text::SmtpReply, text, |_| reply.map(|reply| reply.text))
        }
    };
    // SAFETY: the caller vouches for the handle.
    unsafe { work_on(check, tell) }
}

/// Tells how much DNS the check needed; what a cache could tell counts as well.
///
/// @param check      The check; after `mailproof_check_finish` returned `MAILPROOF_OK`.
/// @param questions  Out: different questions.
/// @param rounds     Out: questions that had to be asked one after the other.
/// @param stale      Out: questions that only a cache could answer, beyond the time of what it kept.
/// @return           `MAILPROOF_OK`; `MAILPROOF_ABSENT` for a check of SPF or DKIM alone; `MAILPROOF_STATE`.
/// One thread at a time.
///
/// # Safety
/// Pointers are as the header's conventions say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mailproof_check_dns_use(
    check: *const Check,
    questions: *mut usize,
    rounds: *mut usize,
    stale: *mut usize,
) -> Status {
    let tell = |work: &mut Work| {
        let used = work.results()?.findings.report().map(|report| &report.dns);
        // SAFETY: the caller vouches for the outputs.
        unsafe {
            give(questions, used.map_or(0, |used| used.questions));
            give(rounds, used.map_or(0, |used| used.rounds));
            give(stale, used.map_or(0, |used| used.stale.len()));
        }
        Ok(if used.is_some() { Status::Ok } else { Status::Absent })
    };
    // SAFETY: the caller vouches for the handle.
    unsafe { work_on(check, tell) }
}
