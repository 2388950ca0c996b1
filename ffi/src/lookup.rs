//! DNS by a function of the caller.

use crate::boundary::{Refusal, enter, handle};
use crate::dns::Source;
use crate::questions::rrtype;
use crate::{Answer, Context, Status};
use mailproof::dns::{self, Failure, Question, blocking};
use std::cell::Cell;
use std::ffi::{c_char, c_void};

/// Asks DNS for the caller's part, and puts what it learned into `answer` with the `mailproof_answer_` functions. An answer
/// that is left as it is counts as a server that cannot be reached.
///
/// It is called inside `mailproof_check_finish`, by the thread that called that, and by several threads at once where
/// several check. It must return: no `longjmp`, no exception. The check that asks cannot be used meanwhile, and no other that
/// asks a lookup function be finished: it might wait for the very answer that is being looked for. Both get `MAILPROOF_BUSY`.
///
/// @param userdata  What was given with the function.
/// @param name      The name asked about, in A-labels, without a final dot; `name_len` octets, no final NUL.
/// @param rrtype    The type of record asked for, a `mailproof_rrtype`.
/// @param answer    Lent for the time of the call; not to be freed.
pub type LookupFn = Option<
    unsafe extern "C" fn(
        userdata: *mut c_void,
        name: *const c_char,
        name_len: usize,
        rrtype: u16,
        answer: *mut Answer,
    ),
>;

/// A pointer of the caller's, which only its own functions look at.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Userdata(*mut c_void);

// SAFETY: this library never looks behind the pointer; that the functions it is handed to may be called by any thread is
// what the header asks of them.
unsafe impl Send for Userdata {}
// SAFETY: as above.
unsafe impl Sync for Userdata {}

impl Userdata {
    pub(crate) const fn new(pointer: *mut c_void) -> Self {
        Self(pointer)
    }

    pub(crate) const fn pointer(self) -> *mut c_void {
        self.0
    }
}

/// A resolver that is a function of the caller.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lookup {
    function: unsafe extern "C" fn(*mut c_void, *const c_char, usize, u16, *mut Answer),
    userdata: Userdata,
    trust_ad: bool,
}

impl Lookup {
    /// The same, with the AD bit of raw replies believed or not.
    pub(crate) const fn trusting(self, trust_ad: bool) -> Self {
        Self { trust_ad, ..self }
    }
}

thread_local! {
    /// Lookup functions that this thread is inside of.
    static INSIDE: Cell<u32> = const { Cell::new(0) };
}

/// Whether this thread is inside of a lookup function.
pub(crate) fn is_inside() -> bool {
    INSIDE.get() > 0
}

impl blocking::Resolver for Lookup {
    fn resolve(&self, question: &Question) -> dns::Answer {
        INSIDE.set(INSIDE.get() + 1);
        let answer = self.call(question);
        INSIDE.set(INSIDE.get() - 1);
        answer
    }
}

impl Lookup {
    fn call(&self, question: &Question) -> dns::Answer {
        let mut answer = Box::new(Answer::lent());
        let name = question.name.as_str();
        // SAFETY: whoever gave the function vouched that it may be called so; name and answer outlive the call.
        unsafe {
            (self.function)(
                self.userdata.pointer(),
                name.as_ptr().cast(),
                name.len(),
                rrtype(question.kind),
                &raw mut *answer,
            );
        }
        match answer.about(question, self.trust_ad) {
            Ok(Some(answer)) => answer,
            Ok(None) => dns::Answer::failed(Failure::Unreachable),
            Err(_) => dns::Answer::failed(Failure::Malformed),
        }
    }
}

/// Lets checks ask DNS through a function: `mailproof_check_finish` calls it for each question that the cache cannot
/// answer, one after the other. Of several threads that ask the same at once, one calls it and all have its answer.
///
/// @param context   The context; no check may have been made yet.
/// @param lookup    The function.
/// @param userdata  Handed to it. It must outlive the context and every check made from it.
/// @return          `MAILPROOF_OK`; `MAILPROOF_NULL` when `lookup` is; `MAILPROOF_STATE` once a check was made.
/// Any thread.
///
/// # Safety
/// Pointers are as the header's conventions say; `lookup` as its type says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mailproof_context_use_lookup(
    context: *mut Context,
    lookup: LookupFn,
    userdata: *mut c_void,
) -> Status {
    enter(|| {
        // SAFETY: the caller vouches for the handle.
        let context = unsafe { handle(context) }?;
        let function = lookup.ok_or_else(|| Refusal::new(Status::Null, "the function is NULL"))?;
        context.configure(|settings| {
            let userdata = Userdata::new(userdata);
            settings.source = Source::Lookup(Lookup { function, userdata, trust_ad: false });
            Ok(Status::Ok)
        })
    })
}
