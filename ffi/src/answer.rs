//! The answer to a DNS question, put together by the caller.

use crate::Status;
use crate::boundary::{Guarded, Outcome, Refusal, enter, hand_out, handle, octets, take_back_unless};
use mailproof::Name;
use mailproof::dns::{self, Details, Failure, Kind, Mx, Question, Records, Txt};
use mailproof::resolver::{TTL_LIMIT, answer_from_reply};
use std::ffi::c_char;
use std::net::IpAddr;
use std::time::Duration;

/// The answer to one DNS question, under construction. It says one thing: some records, that there are none, that the
/// name does not exist, that nothing is known, or what a raw reply says. A new one says nothing yet.
#[derive(Debug)]
pub struct Answer {
    draft: Guarded<Draft>,
    /// Whether it is lent to a lookup function, which cannot free it.
    is_lent: bool,
}

#[derive(Debug)]
struct Draft {
    content: Content,
    ttl: Duration,
    authentic: bool,
}

#[derive(Debug)]
enum Content {
    Nothing,
    Failed(Failure),
    NoData,
    NxDomain,
    Records { records: Vec<Record>, octets: usize },
    Reply(Vec<u8>),
}

#[derive(Clone, Debug)]
enum Record {
    Address(IpAddr),
    Mx(Mx),
    Ptr(Name),
    Txt(Txt),
}

/// Octets of a DNS message at most, and so of what one can hold.
const MESSAGE_OCTETS: usize = 65_535;

/// Octets that a record takes beside its content.
const RECORD_OCTETS: usize = 12;

/// Octets of one string of a TXT record (RFC 1035 section 3.3.14).
const STRING_OCTETS: usize = 255;

/// Why a question has no answer. To be named where there is no raw reply to hand over.
#[repr(u32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DnsFailure {
    /// No reply in time.
    Timeout = 1,
    /// The server said SERVFAIL.
    Servfail = 2,
    /// The server said REFUSED.
    Refused = 3,
    /// No server could be reached.
    Unreachable = 4,
    /// The reply was broken.
    Malformed = 5,
    /// The caller's own limit of time or questions is reached; no server is to blame, and nothing is cached.
    Budget = 6,
}

/// The failure of a number that C gave.
pub(crate) fn failure(number: u32) -> Result<Failure, Refusal> {
    Ok(match number {
        1 => Failure::Timeout,
        2 => Failure::Servfail,
        3 => Failure::Refused,
        4 => Failure::Unreachable,
        5 => Failure::Malformed,
        6 => Failure::Budget,
        _ => return Err(Refusal::invalid("no failure has this number")),
    })
}

impl Answer {
    pub(crate) const fn empty() -> Self {
        let draft = Draft { content: Content::Nothing, ttl: Duration::ZERO, authentic: false };
        Self { draft: Guarded::new(draft), is_lent: false }
    }

    /// One that is lent to a lookup function.
    pub(crate) const fn lent() -> Self {
        let mut answer = Self::empty();
        answer.is_lent = true;
        answer
    }

    /// The answer as one to `question`; `None` when it says nothing.
    pub(crate) fn about(&self, question: &Question, trust_ad: bool) -> Result<Option<dns::Answer>, Refusal> {
        self.draft.with(|draft| {
            let outcome = match &draft.content {
                Content::Nothing => return Ok(None),
                Content::Failed(failure) => return Ok(Some(dns::Answer::failed(*failure))),
                Content::Reply(reply) => return Ok(Some(answer_from_reply(question, reply, trust_ad))),
                Content::NoData => dns::Outcome::NoData,
                Content::NxDomain => dns::Outcome::NxDomain,
                Content::Records { records, .. } => dns::Outcome::Found(of_kind(question.kind, records)?),
            };
            let details = Details { authentic: draft.authentic, ..Details::default() };
            Ok(Some(dns::Answer::with_details(outcome, draft.ttl, details)))
        })
    }
}

/// The records, all of which must be of `kind`.
fn of_kind(kind: Kind, records: &[Record]) -> Result<Records, Refusal> {
    let set = match kind {
        Kind::A => all(records, Record::v4).map(Records::A),
        Kind::Aaaa => all(records, Record::v6).map(Records::Aaaa),
        Kind::Mx => all(records, Record::mx).map(Records::Mx),
        Kind::Ptr => all(records, Record::ptr).map(Records::Ptr),
        Kind::Txt => all(records, Record::txt).map(Records::Txt),
        _ => None,
    };
    set.ok_or_else(|| Refusal::invalid("a record is not of the type asked for"))
}

fn all<T>(records: &[Record], pick: impl Fn(&Record) -> Option<T>) -> Option<Vec<T>> {
    records.iter().map(pick).collect()
}

impl Record {
    const fn v4(&self) -> Option<std::net::Ipv4Addr> {
        if let Self::Address(IpAddr::V4(address)) = self { Some(*address) } else { None }
    }

    const fn v6(&self) -> Option<std::net::Ipv6Addr> {
        if let Self::Address(IpAddr::V6(address)) = self { Some(*address) } else { None }
    }

    fn mx(&self) -> Option<Mx> {
        if let Self::Mx(mx) = self { Some(mx.clone()) } else { None }
    }

    fn ptr(&self) -> Option<Name> {
        if let Self::Ptr(name) = self { Some(name.clone()) } else { None }
    }

    fn txt(&self) -> Option<Txt> {
        if let Self::Txt(txt) = self { Some(txt.clone()) } else { None }
    }
}

impl Draft {
    fn push(&mut self, record: Record, size: usize) -> Outcome {
        if matches!(self.content, Content::Nothing) {
            self.content = Content::Records { records: Vec::new(), octets: 0 };
        }
        let Content::Records { records, octets } = &mut self.content else {
            return Err(Refusal::state("the answer says something else already"));
        };
        let sum = octets.saturating_add(size).saturating_add(RECORD_OCTETS);
        if sum > MESSAGE_OCTETS {
            return Err(Refusal::new(Status::TooBig, "more records than a DNS message holds"));
        }
        *octets = sum;
        records.push(record);
        Ok(Status::Ok)
    }

    fn say(&mut self, content: Content) -> Outcome {
        if !matches!(self.content, Content::Nothing) {
            return Err(Refusal::state("the answer says something already"));
        }
        self.content = content;
        Ok(Status::Ok)
    }
}

/// Works on the answer behind a handle.
///
/// # Safety
/// As for `boundary::handle`.
unsafe fn draft(answer: *mut Answer, work: impl FnOnce(&mut Draft) -> Outcome) -> Status {
    enter(|| {
        // SAFETY: as above.
        let answer = unsafe { handle(answer) }?;
        answer.draft.with(work)
    })
}

/// A domain name of an input.
///
/// # Safety
/// As for `boundary::octets`.
unsafe fn name(text: *const c_char, len: usize) -> Result<Name, Refusal> {
    // SAFETY: as above.
    let text = unsafe { octets(text, len) }?;
    if text == b"." {
        return Ok(Name::root());
    }
    Name::parse(text).map_err(|error| Refusal::invalid(format!("the name is {error}")))
}

/// Makes an answer that says nothing yet.
///
/// @param out  Out: the new answer, to be freed with `mailproof_answer_free`; NULL on failure.
/// @return     `MAILPROOF_OK`; `MAILPROOF_NULL`.
/// Any thread.
///
/// # Safety
/// Pointers are as the header's conventions say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mailproof_answer_new(out: *mut *mut Answer) -> Status {
    // SAFETY: the caller vouches for the place.
    unsafe { hand_out(out, || Ok(Answer::empty())) }
}

/// Frees an answer of `mailproof_answer_new`; one lent to a lookup function is left as it is.
///
/// @param answer  The answer; NULL is fine.
/// One thread at a time.
///
/// # Safety
/// Pointers are as the header's conventions say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mailproof_answer_free(answer: *mut Answer) {
    // SAFETY: the caller vouches for the handle.
    unsafe { take_back_unless(answer, |answer| answer.is_lent) }
}

/// Lets an answer say nothing again, so that it can be used once more.
///
/// @param answer  The answer.
/// @return        `MAILPROOF_OK`.
/// One thread at a time.
///
/// # Safety
/// Pointers are as the header's conventions say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mailproof_answer_clear(answer: *mut Answer) -> Status {
    // SAFETY: the caller vouches for the handle.
    unsafe {
        draft(answer, |draft| {
            *draft = Draft { content: Content::Nothing, ttl: Duration::ZERO, authentic: false };
            Ok(Status::Ok)
        })
    }
}

/// Adds a TXT record.
///
/// @param answer  The answer.
/// @param data    Its strings joined with nothing between them; `len` octets.
/// @return        `MAILPROOF_OK`; `MAILPROOF_TOO_BIG` when no DNS message could hold all; `MAILPROOF_STATE` when the answer says
///                something else.
/// One thread at a time.
///
/// # Safety
/// Pointers are as the header's conventions say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mailproof_answer_txt(answer: *mut Answer, data: *const u8, len: usize) -> Status {
    // SAFETY: the caller vouches for both.
    unsafe {
        draft(answer, |draft| {
            let data = octets(data, len)?;
            if data.len() > MESSAGE_OCTETS {
                return Err(Refusal::new(Status::TooBig, "a record larger than a DNS message"));
            }
            draft.push(Record::Txt(Txt::new(data.chunks(STRING_OCTETS))), data.len())
        })
    }
}

/// Adds an A or AAAA record.
///
/// @param answer  The answer.
/// @param ip      The address in network order; `ip_len` is 4 or 16.
/// @return        `MAILPROOF_OK`; `MAILPROOF_INVALID` for another length; else as for `mailproof_answer_txt`.
/// One thread at a time.
///
/// # Safety
/// Pointers are as the header's conventions say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mailproof_answer_address(
    answer: *mut Answer,
    ip: *const u8,
    ip_len: usize,
) -> Status {
    // SAFETY: the caller vouches for both.
    unsafe {
        draft(answer, |draft| {
            let address = address(octets(ip, ip_len)?)?;
            draft.push(Record::Address(address), ip_len)
        })
    }
}

/// An address of 4 or 16 octets.
pub(crate) fn address(octets: &[u8]) -> Result<IpAddr, Refusal> {
    if let Ok(octets) = <[u8; 4]>::try_from(octets) {
        return Ok(octets.into());
    }
    let octets = <[u8; 16]>::try_from(octets);
    octets.map(IpAddr::from).map_err(|_| Refusal::invalid("an address has 4 or 16 octets"))
}

/// Adds an MX record.
///
/// @param answer      The answer.
/// @param preference  Its preference.
/// @param exchange    Its domain name; "." is the root; `exchange_len` octets.
/// @return            `MAILPROOF_OK`; `MAILPROOF_INVALID` when that is no domain name; else as for `mailproof_answer_txt`.
/// One thread at a time.
///
/// # Safety
/// Pointers are as the header's conventions say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mailproof_answer_mx(
    answer: *mut Answer,
    preference: u16,
    exchange: *const c_char,
    exchange_len: usize,
) -> Status {
    // SAFETY: the caller vouches for both.
    unsafe {
        draft(answer, |draft| {
            let exchange = name(exchange, exchange_len)?;
            draft.push(Record::Mx(Mx { preference, exchange }), exchange_len)
        })
    }
}

/// Adds a PTR record.
///
/// @param answer    The answer.
/// @param host      Its domain name; `host_len` octets.
/// @return          As for `mailproof_answer_mx`.
/// One thread at a time.
///
/// # Safety
/// Pointers are as the header's conventions say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mailproof_answer_ptr(
    answer: *mut Answer,
    host: *const c_char,
    host_len: usize,
) -> Status {
    // SAFETY: the caller vouches for both.
    unsafe {
        draft(answer, |draft| {
            let host = name(host, host_len)?;
            draft.push(Record::Ptr(host), host_len)
        })
    }
}

/// Says that the name exists and has no record of the type asked for.
///
/// @param answer  The answer.
/// @return        `MAILPROOF_OK`; `MAILPROOF_STATE` when it says something else.
/// One thread at a time.
///
/// # Safety
/// Pointers are as the header's conventions say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mailproof_answer_nodata(answer: *mut Answer) -> Status {
    // SAFETY: the caller vouches for the handle.
    unsafe { draft(answer, |draft| draft.say(Content::NoData)) }
}

/// Says that the name does not exist (NXDOMAIN).
///
/// @param answer  The answer.
/// @return        `MAILPROOF_OK`; `MAILPROOF_STATE` when it says something else.
/// One thread at a time.
///
/// # Safety
/// Pointers are as the header's conventions say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mailproof_answer_nxdomain(answer: *mut Answer) -> Status {
    // SAFETY: the caller vouches for the handle.
    unsafe { draft(answer, |draft| draft.say(Content::NxDomain)) }
}

/// Says that nothing is known, and why.
///
/// @param answer  The answer.
/// @param why     A `mailproof_dns_failure`.
/// @return        `MAILPROOF_OK`; `MAILPROOF_INVALID` for another number; `MAILPROOF_STATE` when it says something else.
/// One thread at a time.
///
/// # Safety
/// Pointers are as the header's conventions say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mailproof_answer_failed(answer: *mut Answer, why: u32) -> Status {
    // SAFETY: the caller vouches for the handle.
    unsafe { draft(answer, |draft| draft.say(Content::Failed(failure(why)?))) }
}

/// Says what a DNS reply says, as it came over UDP, or over TCP without the length before it. The octets are copied, and
/// judged once the answer is used: what is no reply to the question counts as `MAILPROOF_DNS_FAILURE_MALFORMED`.
///
/// @param answer  The answer.
/// @param reply   The message; `len` octets.
/// @return        `MAILPROOF_OK`; `MAILPROOF_TOO_BIG` over 65535 octets; `MAILPROOF_STATE` when it says something else.
/// One thread at a time.
///
/// # Safety
/// Pointers are as the header's conventions say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mailproof_answer_reply(answer: *mut Answer, reply: *const u8, len: usize) -> Status {
    // SAFETY: the caller vouches for both.
    unsafe {
        draft(answer, |draft| {
            let reply = octets(reply, len)?;
            if reply.len() > MESSAGE_OCTETS {
                return Err(Refusal::new(Status::TooBig, "larger than a DNS message"));
            }
            draft.say(Content::Reply(reply.to_vec()))
        })
    }
}

/// Sets how long records, or that there are none, may be kept. A raw reply says so itself.
///
/// @param answer   The answer.
/// @param seconds  The smallest TTL of all records, or the negative TTL (RFC 2308 section 5); more than a week counts as a
///                 week. The default is 0.
/// @return         `MAILPROOF_OK`.
/// One thread at a time.
///
/// # Safety
/// Pointers are as the header's conventions say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mailproof_answer_set_ttl(answer: *mut Answer, seconds: u32) -> Status {
    // SAFETY: the caller vouches for the handle.
    unsafe {
        draft(answer, |draft| {
            draft.ttl = Duration::from_secs(seconds.into()).min(TTL_LIMIT);
            Ok(Status::Ok)
        })
    }
}

/// Sets whether a validating resolver vouches for the answer (the AD bit). A raw reply says so itself, if it is believed.
///
/// @param answer     The answer.
/// @param authentic  Whether it does, 0 or 1; the default is 0.
/// @return           `MAILPROOF_OK`; `MAILPROOF_INVALID` for another number.
/// One thread at a time.
///
/// # Safety
/// Pointers are as the header's conventions say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mailproof_answer_set_authentic(answer: *mut Answer, authentic: u8) -> Status {
    // SAFETY: the caller vouches for the handle.
    unsafe {
        draft(answer, |draft| {
            draft.authentic = match authentic {
                0 => false,
                1 => true,
                _ => return Err(Refusal::invalid("authentic is 0 or 1")),
            };
            Ok(Status::Ok)
        })
    }
}
