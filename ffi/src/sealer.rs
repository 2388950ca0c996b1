//! Who seals what is forwarded.

use crate::Status;
use crate::boundary::{Outcome, Refusal, enter, hand_out, handle, octets, take_back, text};
use crate::signer::SOME_KEY;
use mailproof::SigningKey;
use mailproof::arc::{self, InvalidSealer, SealingOptions};
use mailproof::dkim::Canonicalization;
use std::ffi::c_char;
use std::sync::{Mutex, MutexGuard, OnceLock};

/// A domain that seals what it forwards (ARC, RFC 8617, which is being made historic), with its key. One is made at start-up,
/// set up, and shared by all threads; the first message it is used for ends the setting up. The key is zeroed when it is freed
/// and no message is being sealed.
#[derive(Debug)]
pub struct Sealer {
    draft: Mutex<Draft>,
    ready: OnceLock<arc::Sealer>,
}

#[derive(Debug)]
struct Draft {
    domain: String,
    selector: String,
    /// Until the sealer is ready, which then holds it.
    key: Option<SigningKey>,
    options: SealingOptions,
}

impl Sealer {
    fn draft(&self) -> Result<MutexGuard<'_, Draft>, Refusal> {
        self.draft.lock().map_err(|_| Refusal::panic())
    }

    /// Sets the options, if a sealer can be made with them.
    fn configure(&self, change: impl FnOnce(&mut SealingOptions) -> Result<(), Refusal>) -> Outcome {
        let mut draft = self.draft()?;
        if self.ready.get().is_some() {
            return Err(Refusal::state("a message was sealed: the sealer cannot be changed any more"));
        }
        let mut options = draft.options.clone();
        change(&mut options)?;
        // Any key does: options do not depend on it.
        let mut judged = options.clone();
        judged.permit_ed25519 = true;
        arc::Sealer::new(&draft.domain, &draft.selector, read(SOME_KEY)?, judged)
            .map_err(|why| invalid(&why))?;
        draft.options = options;
        Ok(Status::Ok)
    }

    /// The sealer; made for the first message.
    pub(crate) fn ready(&self) -> Result<arc::Sealer, Refusal> {
        if let Some(sealer) = self.ready.get() {
            return Ok(sealer.clone());
        }
        let mut draft = self.draft()?;
        if let Some(sealer) = self.ready.get() {
            return Ok(sealer.clone());
        }
        // Everything was judged when it was set, so nothing is lost here.
        let key = draft.key.take().ok_or_else(|| Refusal::new(Status::Key, "the sealer has no key"))?;
        let sealer = arc::Sealer::new(&draft.domain, &draft.selector, key, draft.options.clone())
            .map_err(|why| invalid(&why))?;
        Ok(self.ready.get_or_init(|| sealer).clone())
    }
}

fn read(key: &[u8]) -> Result<SigningKey, Refusal> {
    SigningKey::read(key).map_err(|why| Refusal::new(Status::Key, why.to_string()))
}

fn invalid(why: &InvalidSealer) -> Refusal {
    let status = match why {
        InvalidSealer::Ed25519 => Status::Key,
        _ => Status::Invalid,
    };
    Refusal::new(status, why.to_string())
}

/// Makes a sealer.
///
/// @param domain    The sealing domain (`d=`): what others put on their list of trusted sealers; `domain_len` octets.
/// @param selector  The selector (`s=`) under which the public key is published; `selector_len` octets.
/// @param key       The private key, RSA, as for `mailproof_signer_new`; `key_len` octets. Most validators of ARC know no other.
/// @param out       Out: the new sealer, to be freed with `mailproof_sealer_free`; NULL on failure.
/// @return          `MAILPROOF_OK`; `MAILPROOF_KEY` when the key cannot be used: `mailproof_last_error` says what it is instead;
///                  `MAILPROOF_INVALID` for a domain or selector by which nobody could verify; `MAILPROOF_NULL`.
/// Any thread.
///
/// # Safety
/// Pointers are as the header's conventions say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mailproof_sealer_new(
    domain: *const c_char,
    domain_len: usize,
    selector: *const c_char,
    selector_len: usize,
    key: *const u8,
    key_len: usize,
    out: *mut *mut Sealer,
) -> Status {
    let make = || {
        // SAFETY: the caller vouches for all of them.
        let (domain, selector, key) =
            unsafe { (text(domain, domain_len)?, text(selector, selector_len)?, octets(key, key_len)?) };
        let options = SealingOptions::default();
        let key = read(key)?;
        arc::Sealer::new(domain, selector, key.clone(), options.clone()).map_err(|why| invalid(&why))?;
        let (domain, selector, key) = (domain.to_owned(), selector.to_owned(), Some(key));
        let draft = Draft { domain, selector, key, options };
        Ok(Sealer { draft: Mutex::new(draft), ready: OnceLock::new() })
    };
    // SAFETY: the caller vouches for the place.
    unsafe { hand_out(out, make) }
}

/// Frees a sealer. Checks it was given to may still be sealed.
///
/// @param sealer  The sealer; NULL is fine.
/// One thread, the last to use the sealer itself.
///
/// # Safety
/// Pointers are as the header's conventions say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mailproof_sealer_free(sealer: *mut Sealer) {
    // SAFETY: the caller vouches for the handle.
    unsafe { take_back(sealer) }
}

/// Sets a choice that is a number.
///
/// @param sealer  The sealer; no message may have been sealed yet.
/// @param choice  Which: `MAILPROOF_SIGNING_NUMBER_ACCEPT_LONE_LINE_ENDS`, `MAILPROOF_SIGNING_NUMBER_SIMPLE_HEADER` or
///                `MAILPROOF_SIGNING_NUMBER_SIMPLE_BODY`.
/// @param value   The number.
/// @return        `MAILPROOF_OK`; `MAILPROOF_INVALID` when the choice is unknown or the number out of its range;
///                `MAILPROOF_STATE` once a message was sealed.
/// Any thread.
///
/// # Safety
/// Pointers are as the header's conventions say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mailproof_sealer_set_number(sealer: *mut Sealer, choice: u32, value: u64) -> Status {
    let canonicalization = |is_simple| match is_simple {
        true => Canonicalization::Simple,
        false => Canonicalization::Relaxed,
    };
    enter(|| {
        // SAFETY: the caller vouches for the handle.
        let sealer = unsafe { handle(sealer) }?;
        let is_on = match value {
            0 => false,
            1 => true,
            _ => return Err(Refusal::invalid("a switch is 0 or 1")),
        };
        sealer.configure(|options| {
            match choice {
                5 => options.accept_lone_line_ends = is_on,
                6 => options.header_canonicalization = canonicalization(is_on),
                7 => options.body_canonicalization = canonicalization(is_on),
                _ => return Err(Refusal::invalid("no choice of a sealer has this number")),
            }
            Ok(())
        })
    })
}

/// Sets a choice that is a text.
///
/// @param sealer  The sealer; no message may have been sealed yet.
/// @param choice  Which: `MAILPROOF_SIGNING_TEXT_OVERSIGNED` (default none) or `MAILPROOF_SIGNING_TEXT_SIGNED` (default all that
///                a signer signs, and DKIM-Signature).
/// @param value   Names of fields, with spaces or commas between them; `value_len` octets.
/// @return        `MAILPROOF_OK`; `MAILPROOF_INVALID` when the choice is unknown or the text not fit for it;
///                `MAILPROOF_STATE` once a message was sealed.
/// Any thread.
///
/// # Safety
/// Pointers are as the header's conventions say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mailproof_sealer_set_text(
    sealer: *mut Sealer,
    choice: u32,
    value: *const c_char,
    value_len: usize,
) -> Status {
    enter(|| {
        // SAFETY: the caller vouches for both.
        let (sealer, value) = unsafe { (handle(sealer)?, text(value, value_len)?) };
        let names = || value.split([' ', ',']).filter(|name| !name.is_empty()).map(str::to_owned).collect();
        sealer.configure(|options| {
            match choice {
                2 => options.oversigned = names(),
                3 => options.signed = names(),
                _ => return Err(Refusal::invalid("no choice of a sealer has this number")),
            }
            Ok(())
        })
    })
}
