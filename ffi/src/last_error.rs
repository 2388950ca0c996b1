//! Why the last call failed.

use crate::boundary::{enter, give};
use crate::{Status, Str};
use std::borrow::Cow;
use std::cell::RefCell;

thread_local! {
    static LAST: RefCell<Cow<'static, str>> = const { RefCell::new(Cow::Borrowed("")) };
}

/// Keeps why a call of this thread failed.
pub(crate) fn keep(why: Cow<'static, str>) {
    // A thread that is ending keeps nothing.
    let _ = LAST.try_with(|last| last.replace(why));
}

/// Says why the last call of this thread that failed did so: one line of text for a log, never an attacker's octets.
///
/// A call that succeeds leaves it as it was, and so does this one.
///
/// @param message  Out: the text; empty when no call failed. It is valid until the next call of this thread fails, or the thread
///                 ends.
/// @return         `MAILPROOF_OK`; `MAILPROOF_NULL` when `message` is NULL.
/// Any thread; each has its own.
///
/// # Safety
/// Pointers are as the header's conventions say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mailproof_last_error(message: *mut Str) -> Status {
    if message.is_null() {
        return Status::Null;
    }
    enter(|| {
        let text = LAST.try_with(|last| Str::lend(&last.borrow())).unwrap_or(Str::lend(""));
        // SAFETY: the caller vouches for `message`.
        unsafe { give(message, text) };
        Ok(Status::Ok)
    })
}
