//! The border between C and Rust: pointers are judged, panics end, and a handle serves one caller at a time.

use crate::{Status, last_error};
use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::slice;
use std::sync::{Mutex, TryLockError};

/// Why a call does nothing.
#[derive(Clone, Debug)]
pub(crate) struct Refusal {
    pub(crate) status: Status,
    pub(crate) why: Cow<'static, str>,
}

/// What a call comes to.
pub(crate) type Outcome = Result<Status, Refusal>;

impl Refusal {
    pub(crate) fn new(status: Status, why: impl Into<Cow<'static, str>>) -> Self {
        Self { status, why: why.into() }
    }

    pub(crate) fn invalid(why: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Status::Invalid, why)
    }

    pub(crate) fn state(why: &'static str) -> Self {
        Self::new(Status::State, why)
    }

    fn null(what: &'static str) -> Self {
        Self::new(Status::Null, what)
    }

    fn busy() -> Self {
        Self::new(Status::Busy, "another call works with this handle")
    }

    pub(crate) fn panic() -> Self {
        Self::new(Status::Panic, "a defect of mailproof; this handle is of no more use")
    }
}

/// Does the work of one call. Nothing unwinds into C.
pub(crate) fn enter(work: impl FnOnce() -> Outcome) -> Status {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(Ok(status)) => status,
        Ok(Err(refusal)) => refuse(refusal),
        Err(payload) => {
            // What is thrown may itself unwind where it is dropped.
            std::mem::forget(payload);
            refuse(Refusal::panic())
        }
    }
}

fn refuse(refusal: Refusal) -> Status {
    let status = refusal.status;
    last_error::keep(refusal.why);
    status
}

/// What a handle holds that one caller at a time works with. A caller that comes meanwhile, from another thread or out
/// of a callback, is sent away; so is everyone after a panic.
#[derive(Debug)]
pub(crate) struct Guarded<T>(Mutex<T>);

impl<T> Guarded<T> {
    pub(crate) const fn new(value: T) -> Self {
        Self(Mutex::new(value))
    }

    pub(crate) fn with<R>(&self, work: impl FnOnce(&mut T) -> Result<R, Refusal>) -> Result<R, Refusal> {
        match self.0.try_lock() {
            Ok(mut value) => work(&mut value),
            Err(TryLockError::WouldBlock) => Err(Refusal::busy()),
            Err(TryLockError::Poisoned(_)) => Err(Refusal::panic()),
        }
    }

    /// Whether a call works with it now.
    pub(crate) fn is_busy(&self) -> bool {
        matches!(self.0.try_lock(), Err(TryLockError::WouldBlock))
    }
}

/// What a handle points to.
///
/// # Safety
/// `handle` is NULL, or came from this library and was not freed, and stays so for `'a`.
pub(crate) unsafe fn handle<'a, H>(handle: *const H) -> Result<&'a H, Refusal> {
    // SAFETY: as above.
    unsafe { handle.as_ref() }.ok_or_else(|| Refusal::null("the handle is NULL"))
}

/// The octets of an input; NULL is no octets when `len` is zero.
///
/// # Safety
/// `data` is NULL, or points to `len` octets that nobody changes during `'a`.
pub(crate) unsafe fn octets<'a, T>(data: *const T, len: usize) -> Result<&'a [u8], Refusal> {
    if len == 0 {
        return Ok(&[]);
    }
    if data.is_null() {
        return Err(Refusal::null("an input is NULL and its length is not zero"));
    }
    // No object is larger, or lies across the end of memory, so no caller can have meant it.
    if isize::try_from(len).is_err() || data.addr().checked_add(len).is_none() {
        return Err(Refusal::new(Status::TooBig, "a length beyond the address space"));
    }
    // SAFETY: not NULL and of a possible length; the rest as above. `T` is a kind of octet.
    Ok(unsafe { slice::from_raw_parts(data.cast(), len) })
}

/// The text of an input.
///
/// # Safety
/// As for [`octets`].
pub(crate) unsafe fn text<'a, T>(data: *const T, len: usize) -> Result<&'a str, Refusal> {
    // SAFETY: as above.
    let octets = unsafe { octets(data, len) }?;
    std::str::from_utf8(octets).map_err(|_| Refusal::invalid("an input is not UTF-8"))
}

/// Writes an output; one that is NULL is not wanted.
///
/// # Safety
/// `out` is NULL, or may be written to.
pub(crate) unsafe fn give<T>(out: *mut T, value: T) {
    if !out.is_null() {
        // SAFETY: not NULL, and as above; a packed struct of the caller's need not be aligned. What was there is no value
        // of ours, so it is not dropped.
        unsafe { out.write_unaligned(value) };
    }
}

/// Hands out a new handle, or NULL when it was not made.
///
/// # Safety
/// `out` is NULL, or may be written to.
pub(crate) unsafe fn hand_out<H>(out: *mut *mut H, make: impl FnOnce() -> Result<H, Refusal>) -> Status {
    enter(|| {
        if out.is_null() {
            return Err(Refusal::null("there is no place for the new handle"));
        }
        // SAFETY: not NULL, and as above.
        unsafe { give(out, std::ptr::null_mut()) };
        let handle = Box::new(make()?);
        // SAFETY: as before.
        unsafe { give(out, Box::into_raw(handle)) };
        Ok(Status::Ok)
    })
}

/// Takes a handle back.
///
/// # Safety
/// `handle` is NULL, or came from [`hand_out`] and is used by nobody any more.
pub(crate) unsafe fn take_back<H>(handle: *mut H) {
    // SAFETY: as above.
    unsafe { take_back_unless(handle, |_| false) }
}

/// Takes a handle back, unless it is seen to be in use: a function of the caller's may free what is at work around it.
/// What is left alone then is better lost than used after it is gone.
///
/// # Safety
/// `handle` is NULL, or came from [`hand_out`] and is used by nobody any more but this thread's own calls.
pub(crate) unsafe fn take_back_unless<H>(handle: *mut H, is_in_use: impl FnOnce(&H) -> bool) {
    if !handle.is_null() {
        enter(|| {
            // SAFETY: not NULL, and as above.
            if is_in_use(unsafe { &*handle }) {
                return Err(Refusal::busy());
            }
            // SAFETY: as before.
            drop(unsafe { Box::from_raw(handle) });
            Ok(Status::Ok)
        });
    }
}
