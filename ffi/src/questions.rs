//! The step-driven mode: questions out, answers in.

use crate::answer::failure;
use crate::boundary::{Outcome, Refusal, enter, give, handle, octets};
use crate::check::{Stage, Work, work_on};
use crate::dns::Dns;
use crate::{Answer, Check, Status, Str};
use mailproof::Evaluation;
use mailproof::dns::{self, Kind, Question};
use mailproof::resolver::{answer_from_reply, query_message};

/// A type of DNS record, by its number in DNS.
#[repr(u16)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rrtype {
    /// IPv4 address.
    A = 1,
    /// Name of an address.
    Ptr = 12,
    /// Mail exchange.
    Mx = 15,
    /// Text.
    Txt = 16,
    /// IPv6 address.
    Aaaa = 28,
}

/// The number of a type.
pub(crate) const fn rrtype(kind: Kind) -> u16 {
    match kind {
        Kind::A => 1,
        Kind::Ptr => 12,
        Kind::Mx => 15,
        Kind::Aaaa => 28,
        // TXT; a kind that is added gets its line here.
        _ => 16,
    }
}

impl Work {
    /// Takes the answer to an open question.
    fn answer(&mut self, id: u32, make: impl FnOnce(&Question) -> Result<dns::Answer, Refusal>) -> Outcome {
        let question = self.asking.find(id)?.question.clone();
        let answer = make(&question)?;
        let answer = match &self.shared.dns {
            Dns::Steps(shelf) => shelf.keep(question.clone(), answer),
            Dns::Lookup(_) | Dns::Network(_) | Dns::Zone(_) => answer,
        };
        self.asking.close(id);
        match &mut self.stage {
            Stage::Reading(reading) => reading.answer(question, answer),
            Stage::Judging(judging) => judging.answer(question, answer),
            Stage::Greeting | Stage::Done(_) | Stage::Broken(_) => {}
        }
        Ok(Status::Ok)
    }
}

/// Goes as far as it can without waiting: the questions that the answers so far lead to become known. Call it after answers,
/// also while the body still arrives.
///
/// @param check  The check.
/// @return       `MAILPROOF_NEED_DNS` when questions are open; `MAILPROOF_OK` when none is, which does not say that the check
///               is done; `MAILPROOF_MALFORMED`.
/// One thread at a time.
///
/// # Safety
/// Pointers are as the header's conventions say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mailproof_check_step(check: *mut Check) -> Status {
    // SAFETY: the caller vouches for the handle.
    unsafe { work_on(check, Work::advance) }
}

/// Counts the open questions.
///
/// @param check  The check.
/// @return       How many are open; 0 for NULL, for a check in use, and where the library asks DNS itself.
/// One thread at a time.
///
/// # Safety
/// Pointers are as the header's conventions say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mailproof_check_question_count(check: *const Check) -> usize {
    let mut count = 0;
    enter(|| {
        // SAFETY: the caller vouches for the handle.
        count = unsafe { handle(check) }?.with(|work| Ok(work.asking.open().len()))?;
        Ok(Status::Ok)
    });
    count
}

/// Tells an open question. All may be asked at once and answered in any order.
///
/// @param check   The check.
/// @param index   Which, from 0; those that came up later stand behind. An answer moves those behind it forward.
/// @param id      Out: its number, by which it is answered: above all that came before it in this check, never used again.
/// @param name    Out: the name asked about, in A-labels, without a final dot; valid until the check is stepped, finished or
///                freed, or this question answered.
/// @param type    Out: the type of record asked for, a `mailproof_rrtype`; class IN.
/// @return        `MAILPROOF_OK`; `MAILPROOF_ABSENT` when no more are open.
/// One thread at a time.
///
/// # Safety
/// Pointers are as the header's conventions say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mailproof_check_question(
    check: *const Check,
    index: usize,
    id: *mut u32,
    name: *mut Str,
    r#type: *mut u16,
) -> Status {
    let tell = |work: &mut Work| {
        let open = work.asking.open().get(index);
        // SAFETY: the caller vouches for the outputs.
        unsafe {
            give(id, open.map_or(0, |open| open.id));
            give(name, Str::lend_any(open.map(|open| open.question.name.as_str())));
            give(r#type, open.map_or(0, |open| rrtype(open.question.kind)));
        }
        Ok(if open.is_some() { Status::Ok } else { Status::Absent })
    };
    // SAFETY: the caller vouches for the handle.
    unsafe { work_on(check, tell) }
}

/// Writes an open question as a DNS message, ready to be sent to a recursive server over UDP, or over TCP behind its length.
/// It asks for recursion, and says by EDNS that replies of 1232 octets can be taken.
///
/// @param check     The check.
/// @param id        The number of the question.
/// @param dns_id    The identifier for the DNS message; to be random (RFC 5452).
/// @param buffer    Where to write; `capacity` octets of room. 512 are always enough.
/// @param len       Out: octets of the message, also when they do not fit.
/// @return          `MAILPROOF_OK`; `MAILPROOF_TOO_BIG` when it does not fit; `MAILPROOF_UNASKED`.
/// One thread at a time.
///
/// # Safety
/// Pointers are as the header's conventions say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mailproof_check_question_message(
    check: *const Check,
    id: u32,
    dns_id: u16,
    buffer: *mut u8,
    capacity: usize,
    len: *mut usize,
) -> Status {
    const UDP_PAYLOAD: u16 = 1232;
    let tell = |work: &mut Work| {
        let question = &work.asking.find(id)?.question;
        let message = query_message(question, dns_id, UDP_PAYLOAD, work.shared.trust_ad)
            .map_err(|_| Refusal::invalid("the name cannot stand in a DNS message"))?;
        // SAFETY: the caller vouches for the output.
        unsafe { give(len, message.len()) };
        if message.len() > capacity {
            return Err(Refusal::new(Status::TooBig, "the message does not fit"));
        }
        if buffer.is_null() {
            return Err(Refusal::new(Status::Null, "the buffer is NULL"));
        }
        // SAFETY: not NULL, the caller vouches for its room, and a message just made is nowhere else.
        unsafe { buffer.copy_from_nonoverlapping(message.as_ptr(), message.len()) };
        Ok(Status::Ok)
    };
    // SAFETY: the caller vouches for the handle.
    unsafe { work_on(check, tell) }
}

/// Answers an open question with what an answer says. The check goes on with `mailproof_check_step` or
/// `mailproof_check_finish`.
///
/// @param check   The check.
/// @param id      The number of the question.
/// @param answer  The answer, which stays the caller's and may be used again.
/// @return        `MAILPROOF_OK`; `MAILPROOF_UNASKED` when no such question is open; `MAILPROOF_INVALID` when a record is not of
///                the type asked for; `MAILPROOF_STATE` when the answer says nothing. In these cases nothing changed.
/// One thread at a time.
///
/// # Safety
/// Pointers are as the header's conventions say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mailproof_check_answer(check: *mut Check, id: u32, answer: *const Answer) -> Status {
    let take = |work: &mut Work| {
        // SAFETY: the caller vouches for the handle.
        let answer = unsafe { handle(answer) }?;
        let trust_ad = work.shared.trust_ad;
        work.answer(id, |question| {
            answer.about(question, trust_ad)?.ok_or_else(|| Refusal::state("the answer says nothing"))
        })
    };
    // SAFETY: the caller vouches for the handle.
    unsafe { work_on(check, take) }
}

/// Answers an open question with a DNS reply, as it came over UDP, or over TCP without the length before it. Whoever
/// receives it sees to it that it comes from the server asked, under the identifier sent.
///
/// What is broken, truncated, or about something else counts as a server that failed. To ask another server, or again over
/// TCP when bit 0x02 of the third octet is set, do so before answering.
///
/// @param check  The check.
/// @param id     The number of the question.
/// @param reply  The message; `len` octets.
/// @return       `MAILPROOF_OK`; `MAILPROOF_UNASKED`, and nothing changed, when no such question is open.
/// One thread at a time.
///
/// # Safety
/// Pointers are as the header's conventions say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mailproof_check_answer_reply(
    check: *mut Check,
    id: u32,
    reply: *const u8,
    len: usize,
) -> Status {
    let take = |work: &mut Work| {
        // SAFETY: the caller vouches for the reply.
        let reply = unsafe { octets(reply, len) }?;
        let trust_ad = work.shared.trust_ad;
        work.answer(id, |question| Ok(answer_from_reply(question, reply, trust_ad)))
    };
    // SAFETY: the caller vouches for the handle.
    unsafe { work_on(check, take) }
}

/// Answers an open question with the fact that there is no answer.
///
/// @param check  The check.
/// @param id     The number of the question.
/// @param why    A `mailproof_dns_failure`.
/// @return       `MAILPROOF_OK`; `MAILPROOF_UNASKED`, `MAILPROOF_INVALID`: nothing changed.
/// One thread at a time.
///
/// # Safety
/// Pointers are as the header's conventions say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mailproof_check_answer_failed(check: *mut Check, id: u32, why: u32) -> Status {
    // SAFETY: the caller vouches for the handle.
    unsafe { work_on(check, |work| work.answer(id, |_| Ok(dns::Answer::failed(failure(why)?)))) }
}
