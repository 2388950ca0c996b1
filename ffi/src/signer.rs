//! Who signs, and how.

use crate::Status;
use crate::boundary::{Outcome, Refusal, enter, hand_out, handle, octets, take_back, text};
use mailproof::SigningKey;
use mailproof::dkim::{self, Canonicalization, InvalidSigner, SigningOptions};
use std::ffi::c_char;
use std::sync::{Mutex, MutexGuard, OnceLock};

/// A domain that signs, with its keys and the way it signs. One is made at start-up, set up, and shared by all threads;
/// the first message that is signed ends the setting up. Keys are zeroed when it is freed and no message is being signed.
#[derive(Debug)]
pub struct Signer {
    draft: Mutex<Draft>,
    ready: OnceLock<dkim::Signer>,
}

#[derive(Debug)]
struct Draft {
    domain: String,
    keys: Vec<(String, SigningKey)>,
    options: SigningOptions,
}

/// A choice of a signer that is a number. Switches are 0 and 1.
#[repr(u32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SigningNumber {
    /// Seconds after which a signature expires (`x=`); 0, the default, stands for never.
    ExpiresAfter = 1,
    /// Whether the time of signing is told (`t=`). Default 1.
    Timestamp = 2,
    /// Whether the signed fields are copied into the signature (`z=`). Default 0.
    CopyHeader = 3,
    /// Whether failures should be reported to the domain (`r=y`, RFC 6651). Default 0.
    RequestReports = 4,
    /// Whether a lone CR or LF is signed as it stands; else such a message is refused. Default 0.
    AcceptLoneLineEnds = 5,
    /// Whether the header section must arrive as it was, octet for octet (simple canonicalization). Default 0.
    SimpleHeader = 6,
    /// The same for the body. Default 0.
    SimpleBody = 7,
}

/// A choice of a signer that is a text.
#[repr(u32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SigningText {
    /// On whose behalf the domain signs (`i=`): an address or `@domain` within the domain. Empty, the default: the domain.
    Identity = 1,
    /// Names of fields, with spaces or commas between them, of which every one is signed and none may be added.
    Oversigned = 2,
    /// Names of fields of which every one that is there is signed.
    Signed = 3,
}

impl Signer {
    fn draft(&self) -> Result<MutexGuard<'_, Draft>, Refusal> {
        self.draft.lock().map_err(|_| Refusal::panic())
    }

    fn configure(&self, change: impl FnOnce(&mut Draft) -> Outcome) -> Outcome {
        let mut draft = self.draft()?;
        if self.ready.get().is_some() {
            return Err(Refusal::state("a message was signed: the signer cannot be changed any more"));
        }
        change(&mut draft)
    }

    /// The signer; made for the first message.
    pub(crate) fn ready(&self) -> Result<dkim::Signer, Refusal> {
        if let Some(signer) = self.ready.get() {
            return Ok(signer.clone());
        }
        let mut draft = self.draft()?;
        if let Some(signer) = self.ready.get() {
            return Ok(signer.clone());
        }
        // Everything was judged when it was set, so nothing is lost here.
        let keys = std::mem::take(&mut draft.keys);
        let signer =
            dkim::Signer::new(&draft.domain, keys, draft.options.clone()).map_err(|why| invalid(&why))?;
        Ok(self.ready.get_or_init(|| signer).clone())
    }
}

impl Draft {
    /// Adds a key, if signatures by it could be verified.
    fn add(&mut self, selector: &str, key: &[u8]) -> Outcome {
        let read = || SigningKey::read(key).map_err(|why| Refusal::new(Status::Key, why.to_string()));
        if self.keys.iter().any(|(known, _)| known.eq_ignore_ascii_case(selector)) {
            return Err(invalid(&InvalidSigner::RepeatedSelector));
        }
        self.judge(selector, read()?, &self.options)?;
        self.keys.push((selector.to_owned(), read()?));
        Ok(Status::Ok)
    }

    /// Sets the options, if a signer can be made with them.
    fn choose(&mut self, options: SigningOptions) -> Outcome {
        // Any key does: options do not depend on it.
        let key = SigningKey::read(SOME_KEY).map_err(|why| Refusal::new(Status::Key, why.to_string()))?;
        self.judge("any", key, &options)?;
        self.options = options;
        Ok(Status::Ok)
    }

    fn judge(&self, selector: &str, key: SigningKey, options: &SigningOptions) -> Result<(), Refusal> {
        let signer = dkim::Signer::new(&self.domain, [(selector, key)], options.clone());
        signer.map(drop).map_err(|why| invalid(&why))
    }
}

/// The key of RFC 8032 section 7.1, test 1: anybody has it, and nothing is signed with it.
pub(crate) const SOME_KEY: &[u8] = b"-----BEGIN PRIVATE KEY-----\n\
    MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n\
    -----END PRIVATE KEY-----\n";

fn invalid(why: &InvalidSigner) -> Refusal {
    Refusal::invalid(why.to_string())
}

/// Makes a signer with one key; more are added by `mailproof_signer_add_key`.
///
/// @param domain    The signing domain (`d=`); `domain_len` octets.
/// @param selector  The selector (`s=`) under which the public key is published; `selector_len` octets.
/// @param key       The private key, RSA or Ed25519, as a file holds it: PEM (PKCS#8, PKCS#1), DER, or the 32 octets of an
///                  Ed25519 seed; `key_len` octets. The library keeps none of them.
/// @param out       Out: the new signer, to be freed with `mailproof_signer_free`; NULL on failure.
/// @return          `MAILPROOF_OK`; `MAILPROOF_KEY` when the key cannot be used: `mailproof_last_error` says what it is instead;
///                  `MAILPROOF_INVALID` for a domain or selector by which nobody could verify; `MAILPROOF_NULL`.
/// Any thread.
///
/// # Safety
/// Pointers are as the header's conventions say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mailproof_signer_new(
    domain: *const c_char,
    domain_len: usize,
    selector: *const c_char,
    selector_len: usize,
    key: *const u8,
    key_len: usize,
    out: *mut *mut Signer,
) -> Status {
    let make = || {
        // SAFETY: the caller vouches for all of them.
        let (domain, selector, key) =
            unsafe { (text(domain, domain_len)?, text(selector, selector_len)?, octets(key, key_len)?) };
        let mut draft =
            Draft { domain: domain.to_owned(), keys: Vec::new(), options: SigningOptions::default() };
        draft.add(selector, key)?;
        Ok(Signer { draft: Mutex::new(draft), ready: OnceLock::new() })
    };
    // SAFETY: the caller vouches for the place.
    unsafe { hand_out(out, make) }
}

/// Frees a signer. Messages being signed may still be finished.
///
/// @param signer  The signer; NULL is fine.
/// One thread, the last to use the signer itself.
///
/// # Safety
/// Pointers are as the header's conventions say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mailproof_signer_free(signer: *mut Signer) {
    // SAFETY: the caller vouches for the handle.
    unsafe { take_back(signer) }
}

/// Adds a key: each message then gets a signature of every key, from one pass over its body. RSA for everybody and Ed25519
/// for those who know it is a good pair (RFC 8463 section 6).
///
/// @param signer    The signer; no message may have been signed yet.
/// @param selector  The selector of the key; `selector_len` octets.
/// @param key       The private key, as for `mailproof_signer_new`; `key_len` octets.
/// @return          As for `mailproof_signer_new`; `MAILPROOF_STATE` once a message was signed.
/// Any thread.
///
/// # Safety
/// Pointers are as the header's conventions say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mailproof_signer_add_key(
    signer: *mut Signer,
    selector: *const c_char,
    selector_len: usize,
    key: *const u8,
    key_len: usize,
) -> Status {
    enter(|| {
        // SAFETY: the caller vouches for all of them.
        let (signer, selector, key) =
            unsafe { (handle(signer)?, text(selector, selector_len)?, octets(key, key_len)?) };
        signer.configure(|draft| draft.add(selector, key))
    })
}

/// Sets a choice that is a number.
///
/// @param signer  The signer; no message may have been signed yet.
/// @param choice  Which: a `mailproof_signing_number`.
/// @param value   The number.
/// @return        `MAILPROOF_OK`; `MAILPROOF_INVALID` when the choice is unknown or the number out of its range;
///                `MAILPROOF_STATE` once a message was signed.
/// Any thread.
///
/// # Safety
/// Pointers are as the header's conventions say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mailproof_signer_set_number(signer: *mut Signer, choice: u32, value: u64) -> Status {
    let canonicalization = |is_simple| match is_simple {
        true => Canonicalization::Simple,
        false => Canonicalization::Relaxed,
    };
    let switch = || match value {
        0 => Ok(false),
        1 => Ok(true),
        _ => Err(Refusal::invalid("a switch is 0 or 1")),
    };
    enter(|| {
        // SAFETY: the caller vouches for the handle.
        let signer = unsafe { handle(signer) }?;
        signer.configure(|draft| {
            let mut options = draft.options.clone();
            match choice {
                1 => options.expires_after = (value > 0).then_some(value),
                2 => options.timestamp = switch()?,
                3 => options.copy_header = switch()?,
                4 => options.request_reports = switch()?,
                5 => options.accept_lone_line_ends = switch()?,
                6 => options.header_canonicalization = canonicalization(switch()?),
                7 => options.body_canonicalization = canonicalization(switch()?),
                _ => return Err(Refusal::invalid("no choice has this number")),
            }
            draft.choose(options)
        })
    })
}

/// Sets a choice that is a text.
///
/// @param signer  The signer; no message may have been signed yet.
/// @param choice  Which: a `mailproof_signing_text`.
/// @param value   The text; `value_len` octets.
/// @return        `MAILPROOF_OK`; `MAILPROOF_INVALID` when the choice is unknown or the text not fit for it;
///                `MAILPROOF_STATE` once a message was signed.
/// Any thread.
///
/// # Safety
/// Pointers are as the header's conventions say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mailproof_signer_set_text(
    signer: *mut Signer,
    choice: u32,
    value: *const c_char,
    value_len: usize,
) -> Status {
    enter(|| {
        // SAFETY: the caller vouches for both.
        let (signer, value) = unsafe { (handle(signer)?, text(value, value_len)?) };
        let names = || value.split([' ', ',']).filter(|name| !name.is_empty()).map(str::to_owned).collect();
        signer.configure(|draft| {
            let mut options = draft.options.clone();
            match choice {
                1 => options.identity = Some(value.to_owned()).filter(|identity| !identity.is_empty()),
                2 => options.oversigned = names(),
                3 => options.signed = names(),
                _ => return Err(Refusal::invalid("no choice has this number")),
            }
            draft.choose(options)
        })
    })
}
