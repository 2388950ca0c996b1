//! One message under check.

use crate::answer::address;
use crate::asking::Asking;
use crate::boundary::{Guarded, Outcome, Refusal, enter, hand_out, handle, octets, take_back_unless};
use crate::context::Shared;
use crate::dns::Dns;
use crate::feed::Reading;
use crate::findings::{Findings, Results};
use crate::spf_only::SpfOnly;
use crate::{Context, Status, lookup};
use mailproof::arc::{Seal, SealingBody};
use mailproof::dns::{Answer, Known, Question};
use mailproof::message::MalformedMessage;
use mailproof::{Connection, Evaluation, Inspection, Name, Step, dkim, spf};
use std::ffi::c_char;
use std::net::IpAddr;
use std::sync::Arc;

/// One message under check, or SPF alone. It serves one thread at a time; another that comes meanwhile is told
/// `MAILPROOF_BUSY`.
#[derive(Debug)]
pub struct Check(Guarded<Work>);

#[derive(Debug)]
pub(crate) struct Work {
    pub(crate) shared: Arc<Shared>,
    pub(crate) connection: Connection,
    pub(crate) asking: Asking,
    pub(crate) scope: Scope,
    pub(crate) stage: Stage,
    /// The header section as it came, which the edits are about.
    pub(crate) section: Vec<u8>,
    /// The body hashed for a seal, where there is to be one.
    pub(crate) body: Option<SealingBody>,
    pub(crate) seal: Option<Seal>,
    /// Whether the seal is one of the message as it came.
    pub(crate) seals_as_it_came: bool,
}

/// What is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    Dkim,
    Spf,
    Whole,
}

#[derive(Debug)]
pub(crate) enum Stage {
    /// Nothing of the message was seen.
    Greeting,
    Reading(Box<Reading>),
    Judging(Box<Judging>),
    Done(Box<Results>),
    Broken(MalformedMessage),
}

/// What is left to do once the message has ended.
#[derive(Debug)]
pub(crate) enum Judging {
    Dkim(Box<dkim::Verification>),
    Spf(Box<SpfOnly>),
    Whole(Box<Inspection>),
}

impl Evaluation for Judging {
    type Output = Findings;

    fn step(&mut self, known: &dyn Known) -> Step<Findings> {
        match self {
            Self::Dkim(verification) => match verification.step(known) {
                Step::Ask(questions) => Step::Ask(questions),
                Step::Done(verdicts) => Step::Done(Findings::Dkim(verdicts)),
            },
            Self::Spf(checks) => checks.step(known),
            Self::Whole(inspection) => match inspection.step(known) {
                Step::Ask(questions) => Step::Ask(questions),
                Step::Done(report) => Step::Done(Findings::Whole(Box::new(report))),
            },
        }
    }

    fn answer(&mut self, question: Question, answer: Answer) {
        match self {
            Self::Dkim(verification) => verification.answer(question, answer),
            Self::Spf(checks) => checks.answer(question, answer),
            Self::Whole(inspection) => inspection.answer(question, answer),
        }
    }
}

impl Check {
    fn new(context: &Context, scope: Scope) -> Result<Self, Refusal> {
        Ok(Self(Guarded::new(Work::new(context, scope)?)))
    }

    pub(crate) fn with<R>(&self, work: impl FnOnce(&mut Work) -> Result<R, Refusal>) -> Result<R, Refusal> {
        self.0.with(work)
    }
}

/// Works on the check behind a handle.
///
/// # Safety
/// As for `boundary::handle`.
pub(crate) unsafe fn work_on(check: *const Check, work: impl FnOnce(&mut Work) -> Outcome) -> Status {
    enter(|| {
        // SAFETY: as above.
        let check = unsafe { handle(check) }?;
        check.with(work)
    })
}

impl Work {
    fn new(context: &Context, scope: Scope) -> Result<Self, Refusal> {
        let shared = context.shared()?;
        let connection = Connection::unknown().at(shared.clock.now());
        let asking = Asking::new(shared.questions);
        Ok(Self {
            shared,
            connection,
            asking,
            scope,
            stage: Stage::Greeting,
            section: Vec::new(),
            body: None,
            seal: None,
            seals_as_it_came: false,
        })
    }

    fn greet(&mut self, ip: IpAddr, helo: &[u8]) -> Outcome {
        if self.scope != Scope::Whole || !matches!(self.stage, Stage::Greeting) {
            return Err(Refusal::state("the connection is told first, and only for a whole message"));
        }
        if self.connection.ip.is_some() {
            return Err(Refusal::state("the connection was told already"));
        }
        self.connection.ip = Some(ip);
        self.connection.helo = helo.to_vec();
        Ok(Status::Ok)
    }

    fn sender(&mut self, reverse_path: &[u8]) -> Outcome {
        if !matches!(self.stage, Stage::Greeting) || self.connection.ip.is_none() {
            return Err(Refusal::state("the sender is told after the connection and before the message"));
        }
        self.connection.mail_from = bare(reverse_path).to_vec();
        Ok(Status::Ok)
    }

    /// What SPF is asked about an identity, as the library itself asks it.
    pub(crate) fn request(&self, identity: crate::Identity) -> Option<spf::Request> {
        let Connection { ip, helo, mail_from, received_at, .. } = &self.connection;
        let request = match identity {
            crate::Identity::Helo if helo.is_empty() => return None,
            crate::Identity::Helo => spf::Request::helo((*ip)?, helo.clone()),
            crate::Identity::MailFrom => spf::Request::mail_from((*ip)?, helo.clone(), mail_from.clone()),
        };
        let authenticator = &self.shared.authenticator;
        Some(spf::Request {
            receiver: Name::parse(&authenticator.authserv_id).ok(),
            now: *received_at,
            limits: authenticator.spf.clone(),
            ..request
        })
    }

    /// Goes as far as possible without waiting.
    pub(crate) fn advance(&mut self) -> Outcome {
        match &mut self.stage {
            Stage::Reading(reading) => reading.advance(&self.shared, &mut self.asking),
            Stage::Judging(_) if self.shared.is_stepped() => return self.judge(),
            Stage::Judging(_) | Stage::Greeting | Stage::Done(_) => {}
            Stage::Broken(error) => return Err(malformed(*error)),
        }
        Ok(if self.asking.open().is_empty() { Status::Ok } else { Status::NeedDns })
    }

    /// Goes on to the end, where the library can wait for DNS; else as far as what was answered allows.
    pub(crate) fn judge(&mut self) -> Outcome {
        let Stage::Judging(judging) = &mut self.stage else {
            return Err(Refusal::state("the message has not ended"));
        };
        // The question might be the one that is being looked up around this call, whose answer it would wait for.
        if matches!(self.shared.dns, Dns::Lookup(_)) && lookup::is_inside() {
            return Err(Refusal::new(Status::Busy, "a lookup function cannot finish checks that ask one"));
        }
        match self.shared.run(&mut **judging, &mut self.asking) {
            Some(findings) => {
                self.stage = Stage::Done(Box::new(Results::new(findings)));
                Ok(Status::Ok)
            }
            None => Ok(Status::NeedDns),
        }
    }

    /// What was found, once it was.
    pub(crate) fn results(&mut self) -> Result<&mut Results, Refusal> {
        match &mut self.stage {
            Stage::Done(results) => Ok(results),
            Stage::Broken(error) => Err(malformed(*error)),
            Stage::Greeting | Stage::Reading(_) | Stage::Judging(_) => {
                Err(Refusal::state("there are results once mailproof_check_finish returned MAILPROOF_OK"))
            }
        }
    }
}

pub(crate) fn malformed(error: MalformedMessage) -> Refusal {
    Refusal::new(Status::Malformed, error.to_string())
}

/// A reverse-path without its angle brackets.
fn bare(path: &[u8]) -> &[u8] {
    path.strip_prefix(b"<").and_then(|path| path.strip_suffix(b">")).unwrap_or(path)
}

/// Begins to check a whole message: SPF, DKIM, DMARC.
///
/// @param context  The context, which can be changed no more from now on.
/// @param out      Out: the new check, to be freed with `mailproof_check_free`; NULL on failure.
/// @return         `MAILPROOF_OK`; `MAILPROOF_NULL`; `MAILPROOF_SYSTEM` when the built-in resolver cannot start.
/// Any thread.
///
/// # Safety
/// Pointers are as the header's conventions say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mailproof_check_new(context: *const Context, out: *mut *mut Check) -> Status {
    // SAFETY: the caller vouches for the place, and for the handle.
    unsafe { hand_out(out, || Check::new(handle(context)?, Scope::Whole)) }
}

/// Begins to check the DKIM signatures of a message, and nothing else. It is fed like a whole message, without
/// `mailproof_check_connect`; what is told of SPF and DMARC is `MAILPROOF_ABSENT`.
///
/// @param context  The context, which can be changed no more from now on.
/// @param out      Out: the new check, to be freed with `mailproof_check_free`; NULL on failure.
/// @return         As for `mailproof_check_new`.
/// Any thread.
///
/// # Safety
/// Pointers are as the header's conventions say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mailproof_check_new_dkim(context: *const Context, out: *mut *mut Check) -> Status {
    // SAFETY: the caller vouches for the place, and for the handle.
    unsafe { hand_out(out, || Check::new(handle(context)?, Scope::Dkim)) }
}

/// Checks SPF alone, which needs no message: `mailproof_check_finish` is next, and in the step-driven mode the first
/// questions are known already.
///
/// @param context    The context, which can be changed no more from now on.
/// @param ip         The address of the client in network order; `ip_len` is 4 or 16.
/// @param helo       The name of HELO or EHLO as received; empty when unknown; `helo_len` octets.
/// @param mail_from  The reverse-path of MAIL FROM, with or without angle brackets; empty for a bounce; `mail_from_len` octets.
/// @param out        Out: the new check, to be freed with `mailproof_check_free`; NULL on failure.
/// @return           As for `mailproof_check_new`; `MAILPROOF_INVALID` when the address has another length.
/// Any thread.
///
/// # Safety
/// Pointers are as the header's conventions say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mailproof_check_new_spf(
    context: *const Context,
    ip: *const u8,
    ip_len: usize,
    helo: *const c_char,
    helo_len: usize,
    mail_from: *const c_char,
    mail_from_len: usize,
    out: *mut *mut Check,
) -> Status {
    let make = || {
        // SAFETY: the caller vouches for all of them.
        let (context, ip, helo, mail_from) = unsafe {
            (
                handle(context)?,
                octets(ip, ip_len)?,
                octets(helo, helo_len)?,
                octets(mail_from, mail_from_len)?,
            )
        };
        let mut work = Work::new(context, Scope::Spf)?;
        work.connection.ip = Some(address(ip)?);
        work.connection.helo = helo.to_vec();
        work.connection.mail_from = bare(mail_from).to_vec();
        let [helo, mail_from] = [crate::Identity::Helo, crate::Identity::MailFrom].map(|of| work.request(of));
        let mut checks = SpfOnly::new(helo, mail_from);
        if let Step::Ask(questions) = checks.step(work.shared.dns.known())
            && work.shared.is_stepped()
        {
            // What is beyond the budget comes up again.
            let _ = work.asking.list(&questions);
        }
        work.stage = Stage::Judging(Box::new(Judging::Spf(Box::new(checks))));
        Ok(Check(Guarded::new(work)))
    };
    // SAFETY: the caller vouches for the place.
    unsafe { hand_out(out, make) }
}

/// Frees a check, whatever became of it. Everything it lent is gone. A lookup function does not free the check that asks: it
/// would be left as it is, and be lost if it is not freed later.
///
/// @param check  The check; NULL is fine.
/// One thread at a time.
///
/// # Safety
/// Pointers are as the header's conventions say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mailproof_check_free(check: *mut Check) {
    // SAFETY: the caller vouches for the handle.
    unsafe { take_back_unless(check, |check| check.0.is_busy()) }
}

/// Sets the time at which the message arrived, if that is not now.
///
/// @param check      The check; before the message is told.
/// @param unix_time  In Unix seconds.
/// @return           `MAILPROOF_OK`; `MAILPROOF_INVALID` when it is negative; `MAILPROOF_STATE`.
/// One thread at a time.
///
/// # Safety
/// Pointers are as the header's conventions say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mailproof_check_set_time(check: *mut Check, unix_time: i64) -> Status {
    let set = |work: &mut Work| {
        if !matches!(work.stage, Stage::Greeting) {
            return Err(Refusal::state("the time is set before the message"));
        }
        let time = u64::try_from(unix_time).map_err(|_| Refusal::invalid("the time is negative"))?;
        work.connection.received_at = time;
        Ok(Status::Ok)
    };
    // SAFETY: the caller vouches for the handle.
    unsafe { work_on(check, set) }
}

/// Tells who connected. Without it, or for a message from a file, SPF is left out.
///
/// @param check  The check; before everything else of the message.
/// @param ip     The address of the client at the border of the own network, in network order; `ip_len` is 4 or 16.
/// @param helo   The name of HELO or EHLO as received; empty when unknown; `helo_len` octets.
/// @return       `MAILPROOF_OK`; `MAILPROOF_INVALID` when the address has another length; `MAILPROOF_STATE`.
/// One thread at a time.
///
/// # Safety
/// Pointers are as the header's conventions say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mailproof_check_connect(
    check: *mut Check,
    ip: *const u8,
    ip_len: usize,
    helo: *const c_char,
    helo_len: usize,
) -> Status {
    // SAFETY: the caller vouches for all of them.
    unsafe { work_on(check, |work| work.greet(address(octets(ip, ip_len)?)?, octets(helo, helo_len)?)) }
}

/// Tells the sender of the envelope. Without it the message counts as a bounce.
///
/// @param check         The check; after `mailproof_check_connect`, before the message.
/// @param reverse_path  The reverse-path of MAIL FROM, with or without angle brackets; empty or `<>` for a bounce;
///                      `reverse_path_len` octets.
/// @return              `MAILPROOF_OK`; `MAILPROOF_STATE`.
/// One thread at a time.
///
/// # Safety
/// Pointers are as the header's conventions say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mailproof_check_mail_from(
    check: *mut Check,
    reverse_path: *const c_char,
    reverse_path_len: usize,
) -> Status {
    // SAFETY: the caller vouches for both.
    unsafe { work_on(check, |work| work.sender(octets(reverse_path, reverse_path_len)?)) }
}
