//! A defect behind the border becomes a status, and spoils the one handle it happened in.

use crate::boundary::{Refusal, enter, handle, octets};
use crate::check::work_on;
use crate::*;
use std::ptr::{null, null_mut};

const MESSAGE: &[u8] = b"From: a@example.com\r\n\r\nhi\r\n";

fn context() -> *mut Context {
    let mut context = null_mut();
    // SAFETY: each pointer is alive, and has its length; here and below.
    let status = unsafe { mailproof_context_new(c"mx.example.org".as_ptr(), 14, &raw mut context) };
    assert_eq!(status, Status::Ok);
    context
}

fn check(context: *const Context) -> *mut Check {
    let mut check = null_mut();
    // SAFETY: as above.
    assert_eq!(unsafe { mailproof_check_new(context, &raw mut check) }, Status::Ok);
    check
}

/// The calls on a check that did not panic itself.
unsafe fn calls(check: *mut Check) -> [Status; 5] {
    let mut text = Str { data: null(), len: 0 };
    // SAFETY: as above.
    unsafe {
        [
            mailproof_check_set_time(check, 1),
            mailproof_check_message(check, MESSAGE.as_ptr(), MESSAGE.len()),
            mailproof_check_step(check),
            mailproof_check_finish(check),
            mailproof_check_json(check, &raw mut text),
        ]
    }
}

#[test]
fn a_panic_is_a_status_and_poisons_the_check_alone() {
    let context = context();
    let (spoilt, other) = (check(context), check(context));
    // SAFETY: as above.
    unsafe {
        assert_eq!(work_on(spoilt, |_| panic!("made for the test")), Status::Panic);
        assert_eq!(calls(spoilt), [Status::Panic; 5]);
        assert_eq!(mailproof_check_question_count(spoilt), 0);
        let mut why = Str { data: null(), len: 0 };
        assert_eq!(mailproof_last_error(&raw mut why), Status::Ok);
        assert_eq!(
            octets(why.data, why.len).unwrap(),
            b"a defect of mailproof; this handle is of no more use"
        );
        mailproof_check_free(spoilt);
        assert_eq!(calls(other), [Status::Ok, Status::Ok, Status::NeedDns, Status::NeedDns, Status::State]);
        mailproof_check_free(other);
        mailproof_context_free(context);
    }
}

#[test]
fn a_panic_while_a_context_is_set_up_poisons_it() {
    let context = context();
    let mut made = null_mut();
    // SAFETY: as above.
    unsafe {
        let status = enter(|| handle(context)?.configure::<Status>(|_| panic!("made for the test")));
        assert_eq!(status, Status::Panic);
        assert_eq!(mailproof_context_set_number(context, 80, 0), Status::Panic);
        assert_eq!(mailproof_context_number(context, 80, null_mut()), Status::Panic);
        assert_eq!(mailproof_check_new(context, &raw mut made), Status::Panic);
        assert!(made.is_null());
        mailproof_context_free(context);
    }
}

#[test]
fn what_panics_when_it_is_dropped_does_not_unwind() {
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("made for the test");
        }
    }
    assert_eq!(enter(|| std::panic::panic_any(Bomb)), Status::Panic);
    let dropped = enter(|| {
        drop(Bomb);
        Err(Refusal::state("not reached"))
    });
    assert_eq!(dropped, Status::Panic);
}
