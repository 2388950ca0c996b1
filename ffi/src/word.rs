//! The words of results.

use crate::Status;
use crate::boundary::Refusal;
use mailproof::{arc, dkim, dmarc, iprev, spf};
use std::ffi::c_char;

/// A verdict, by the words of RFC 8601. Numbers keep their meaning; later versions may add some.
#[repr(u32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Word {
    /// There was nothing to judge.
    None = 0,
    /// It holds.
    Pass = 1,
    /// It does not hold.
    Fail = 2,
    /// It probably does not hold (SPF).
    Softfail = 3,
    /// Nothing is said about it (SPF), or it cannot be read (DKIM).
    Neutral = 4,
    /// It breaks a rule of this receiver (DKIM).
    Policy = 5,
    /// DNS failed; later the verdict may be another.
    Temperror = 6,
    /// It cannot be judged, now or later.
    Permerror = 7,
}

/// What the domain owner asks to be done with a message that fails DMARC.
#[repr(u32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disposition {
    /// Nothing in particular.
    None = 0,
    /// To treat it with suspicion.
    Quarantine = 1,
    /// To reject it.
    Reject = 2,
}

impl From<&spf::Outcome> for Word {
    fn from(outcome: &spf::Outcome) -> Self {
        match outcome {
            spf::Outcome::Pass => Self::Pass,
            spf::Outcome::Fail => Self::Fail,
            spf::Outcome::Softfail => Self::Softfail,
            spf::Outcome::Neutral(_) => Self::Neutral,
            spf::Outcome::None(_) => Self::None,
            spf::Outcome::Temperror(_) => Self::Temperror,
            spf::Outcome::Permerror(_) => Self::Permerror,
        }
    }
}

impl From<&dkim::Outcome> for Word {
    fn from(outcome: &dkim::Outcome) -> Self {
        match outcome {
            dkim::Outcome::Pass => Self::Pass,
            dkim::Outcome::Fail(_) => Self::Fail,
            dkim::Outcome::Policy(_) => Self::Policy,
            dkim::Outcome::Neutral(_) => Self::Neutral,
            dkim::Outcome::Temperror(_) => Self::Temperror,
            dkim::Outcome::Permerror(_) => Self::Permerror,
        }
    }
}

impl From<&dmarc::Outcome> for Word {
    fn from(outcome: &dmarc::Outcome) -> Self {
        match outcome {
            dmarc::Outcome::Fail => Self::Fail,
            dmarc::Outcome::None(_) => Self::None,
            dmarc::Outcome::Pass => Self::Pass,
            dmarc::Outcome::Permerror(_) => Self::Permerror,
            dmarc::Outcome::Temperror(_) => Self::Temperror,
        }
    }
}

impl From<&arc::Outcome> for Word {
    fn from(outcome: &arc::Outcome) -> Self {
        match outcome {
            arc::Outcome::None => Self::None,
            arc::Outcome::Pass => Self::Pass,
            arc::Outcome::Fail(_) => Self::Fail,
        }
    }
}

impl From<&iprev::Outcome> for Word {
    fn from(outcome: &iprev::Outcome) -> Self {
        match outcome {
            iprev::Outcome::Pass => Self::Pass,
            iprev::Outcome::Fail(_) => Self::Fail,
            iprev::Outcome::Temperror(_) => Self::Temperror,
            iprev::Outcome::Permerror(_) => Self::Permerror,
        }
    }
}

impl From<dmarc::Policy> for Disposition {
    fn from(policy: dmarc::Policy) -> Self {
        match policy {
            dmarc::Policy::None => Self::None,
            dmarc::Policy::Quarantine => Self::Quarantine,
            dmarc::Policy::Reject => Self::Reject,
        }
    }
}

/// An identity of a number that C gave.
pub(crate) fn identity(number: u32) -> Result<crate::Identity, Refusal> {
    match number {
        1 => Ok(crate::Identity::Helo),
        2 => Ok(crate::Identity::MailFrom),
        _ => Err(Refusal::new(Status::Invalid, "no identity has this number")),
    }
}

/// The word of a verdict, as Authentication-Results writes it.
///
/// @param result  A `mailproof_result`; a number that is none gives `"unknown"`.
/// @return        Static text with a final NUL; never NULL.
/// Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn mailproof_result_word(result: u32) -> *const c_char {
    let word = match result {
        0 => c"none",
        1 => c"pass",
        2 => c"fail",
        3 => c"softfail",
        4 => c"neutral",
        5 => c"policy",
        6 => c"temperror",
        7 => c"permerror",
        _ => c"unknown",
    };
    word.as_ptr()
}

/// The word of a disposition, as a DMARC record writes it.
///
/// @param disposition  A `mailproof_disposition`; a number that is none gives `"unknown"`.
/// @return             Static text with a final NUL; never NULL.
/// Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn mailproof_disposition_word(disposition: u32) -> *const c_char {
    let word = match disposition {
        0 => c"none",
        1 => c"quarantine",
        2 => c"reject",
        _ => c"unknown",
    };
    word.as_ptr()
}
