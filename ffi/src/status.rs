//! What a call came to, apart from what any check found.

use std::ffi::{CStr, c_char};

/// What a call came to. Zero and above: go on; below zero: nothing was done, `mailproof_last_error` says why. It is
/// never a verdict. Numbers keep their meaning and are never used again; later versions may add some.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Done.
    Ok = 0,
    /// The check goes on once its open questions are answered.
    NeedDns = 1,
    /// There is nothing of the kind asked for; outputs are empty.
    Absent = 2,
    /// A pointer is NULL that must not be.
    Null = -1,
    /// An argument is outside what the function takes.
    Invalid = -2,
    /// Not at this point: the order of calls is wrong, or the context is in use already.
    State = -3,
    /// More octets than are taken.
    TooBig = -4,
    /// The private key cannot be used.
    Key = -5,
    /// No open question has this number; nothing changed.
    Unasked = -6,
    /// The octets are no message; the check is of no more use.
    Malformed = -7,
    /// Another call works with this handle: from another thread, or around a callback.
    Busy = -8,
    /// The system refuses what is needed: a thread, or its DNS configuration.
    System = -9,
    /// Not part of this version or build.
    Unsupported = -10,
    /// A defect of the library was caught; the handle is of no more use, others are not concerned.
    Panic = -99,
}

impl Status {
    const fn text(self) -> &'static CStr {
        match self {
            Self::Ok => c"done",
            Self::NeedDns => c"open questions need answers",
            Self::Absent => c"nothing of the kind",
            Self::Null => c"a pointer is NULL",
            Self::Invalid => c"an argument is invalid",
            Self::State => c"not at this point",
            Self::TooBig => c"too many octets",
            Self::Key => c"the private key cannot be used",
            Self::Unasked => c"no such open question",
            Self::Malformed => c"not a message",
            Self::Busy => c"the handle is in use",
            Self::System => c"the system refuses",
            Self::Unsupported => c"not part of this version or build",
            Self::Panic => c"a defect of mailproof",
        }
    }

    const ALL: [Self; 14] = [
        Self::Ok,
        Self::NeedDns,
        Self::Absent,
        Self::Null,
        Self::Invalid,
        Self::State,
        Self::TooBig,
        Self::Key,
        Self::Unasked,
        Self::Malformed,
        Self::Busy,
        Self::System,
        Self::Unsupported,
        Self::Panic,
    ];

    /// The number as C sees it.
    pub const fn number(self) -> i32 {
        match self {
            Self::Ok => 0,
            Self::NeedDns => 1,
            Self::Absent => 2,
            Self::Null => -1,
            Self::Invalid => -2,
            Self::State => -3,
            Self::TooBig => -4,
            Self::Key => -5,
            Self::Unasked => -6,
            Self::Malformed => -7,
            Self::Busy => -8,
            Self::System => -9,
            Self::Unsupported => -10,
            Self::Panic => -99,
        }
    }
}

/// A few words for a status, for logs.
///
/// @param status  A `mailproof_status`; a number that is none is told so.
/// @return        Static text with a final NUL; never NULL.
/// Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn mailproof_status_text(status: i32) -> *const c_char {
    let known = Status::ALL.into_iter().find(|known| known.number() == status);
    known.map_or(c"unknown status", Status::text).as_ptr()
}
