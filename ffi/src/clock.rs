//! Where the time of checks comes from.

use crate::boundary::{Refusal, enter, handle};
use crate::lookup::Userdata;
use crate::{Context, Status};
use std::ffi::c_void;
use std::time::{SystemTime, UNIX_EPOCH};

/// Tells the time in Unix seconds; a negative one counts as 0.
///
/// It must return, must not call the library with a handle that is in use, and may be called by several threads at once.
///
/// @param userdata  What was given with the function.
pub type ClockFn = Option<unsafe extern "C" fn(userdata: *mut c_void) -> i64>;

/// A clock.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Clock {
    Given { function: unsafe extern "C" fn(*mut c_void) -> i64, userdata: Userdata },
    System,
}

impl Clock {
    /// The time in Unix seconds.
    pub(crate) fn now(self) -> u64 {
        match self {
            Self::Given { function, userdata } => {
                // SAFETY: whoever gave the function vouched that it may be called so.
                let now = unsafe { function(userdata.pointer()) };
                u64::try_from(now).unwrap_or(0)
            }
            Self::System => SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs()),
        }
    }
}

/// Sets where new checks take their time from, which `x=` and `t=` of signatures are compared with. The default is the
/// clock of the system. The cache goes by a clock of its own.
///
/// @param context   The context; no check may have been made yet.
/// @param clock     The function; NULL stands for the clock of the system.
/// @param userdata  Handed to it. It must outlive the context and every check made from it.
/// @return          `MAILPROOF_OK`; `MAILPROOF_STATE` once a check was made.
/// Any thread.
///
/// # Safety
/// Pointers are as the header's conventions say; `clock` as its type says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mailproof_context_set_clock(
    context: *mut Context,
    clock: ClockFn,
    userdata: *mut c_void,
) -> Status {
    enter(|| {
        // SAFETY: the caller vouches for the handle.
        let context = unsafe { handle(context) }?;
        context.configure(|settings| {
            settings.clock = match clock {
                Some(function) => Clock::Given { function, userdata: Userdata::new(userdata) },
                None => Clock::System,
            };
            Ok::<_, Refusal>(Status::Ok)
        })
    })
}
