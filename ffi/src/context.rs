//! What all checks of a receiver share.

use crate::Status;
use crate::boundary::{Refusal, hand_out, take_back, text};
use crate::clock::Clock;
use crate::dns::{Dns, Source};
use mailproof::Authenticator;
use mailproof::authres::Strip;
use mailproof::dns::{Cache, CacheSettings, MESSAGE_QUESTIONS};
use mailproof::resolver::{EVALUATION_TIME, Options};
use std::ffi::c_char;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock};
use std::time::Duration;

/// The settings of a receiver, its source of DNS and its cache. One is made at start-up, set up, and shared by all
/// threads; the first check made from it ends the setting up. Checks keep what they need of it, so it may be freed
/// before them.
#[derive(Debug)]
pub struct Context {
    settings: Mutex<Settings>,
    shared: OnceLock<Arc<Shared>>,
}

/// What can be set until the first check is made.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) authenticator: Authenticator,
    pub(crate) cache: CacheSettings,
    pub(crate) clock: Clock,
    pub(crate) options: Options,
    /// Questions of one check at most.
    pub(crate) questions: u32,
    pub(crate) source: Source,
    pub(crate) strip: Strip,
    pub(crate) strips_all: bool,
    pub(crate) strips_received_spf: bool,
    /// What all questions of one check together may take, where the library waits for them.
    pub(crate) time: Duration,
}

/// What checks work with.
pub(crate) struct Shared {
    pub(crate) authenticator: Authenticator,
    pub(crate) cache: Arc<Cache>,
    pub(crate) clock: Clock,
    pub(crate) dns: Dns,
    pub(crate) questions: u32,
    pub(crate) strip: Strip,
    pub(crate) time: Duration,
    pub(crate) trust_ad: bool,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared").field("authenticator", &self.authenticator).finish_non_exhaustive()
    }
}

impl Context {
    fn new(authserv_id: &str) -> Self {
        let random = || RandomState::new().hash_one(0_u8);
        let settings = Settings {
            authenticator: Authenticator::new(authserv_id),
            cache: CacheSettings { seed: [random(), random()], ..CacheSettings::default() },
            clock: Clock::System,
            options: Options::default(),
            questions: MESSAGE_QUESTIONS,
            source: Source::Steps,
            strip: Strip::default(),
            strips_all: false,
            strips_received_spf: false,
            time: EVALUATION_TIME,
        };
        Self { settings: Mutex::new(settings), shared: OnceLock::new() }
    }

    /// Changes settings, as long as no check was made.
    pub(crate) fn configure<T>(
        &self,
        change: impl FnOnce(&mut Settings) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        let mut settings = self.settings()?;
        if self.shared.get().is_some() {
            return Err(Refusal::state("a check was made: the context cannot be changed any more"));
        }
        change(&mut settings)
    }

    /// The settings, which nobody changes meanwhile.
    pub(crate) fn settings(&self) -> Result<MutexGuard<'_, Settings>, Refusal> {
        self.settings.lock().map_err(|_| Refusal::panic())
    }

    /// What checks work with, if there ever was a check.
    pub(crate) fn in_use(&self) -> Option<&Shared> {
        self.shared.get().map(|shared| &**shared)
    }

    /// What checks work with; made for the first of them.
    pub(crate) fn shared(&self) -> Result<Arc<Shared>, Refusal> {
        if let Some(shared) = self.shared.get() {
            return Ok(Arc::clone(shared));
        }
        let settings = self.settings()?;
        if let Some(shared) = self.shared.get() {
            return Ok(Arc::clone(shared));
        }
        let shared = Arc::new(Shared::new(&settings)?);
        Ok(Arc::clone(self.shared.get_or_init(|| shared)))
    }
}

impl Settings {
    fn strip(&self) -> Strip {
        let mut strip = self.strip.clone();
        if self.strips_all {
            strip = strip.all();
        }
        if self.strips_received_spf {
            strip = strip.received_spf();
        }
        strip
    }
}

impl Shared {
    fn new(settings: &Settings) -> Result<Self, Refusal> {
        let cache = Arc::new(Cache::new(settings.cache.clone()));
        Ok(Self {
            authenticator: settings.authenticator.clone(),
            dns: Dns::open(settings, Arc::clone(&cache))?,
            cache,
            clock: settings.clock,
            questions: settings.questions,
            strip: settings.strip(),
            time: settings.time,
            trust_ad: settings.options.trust_ad,
        })
    }
}

/// Makes a context with the default settings, whose checks are answered from outside (`mailproof_context_use_steps`).
///
/// @param authserv_id  The name under which results are written (RFC 8601 section 2.5), most often that of the host; UTF-8
///                     without control characters, not empty; `authserv_id_len` octets.
/// @param out          Out: the new context, to be freed with `mailproof_context_free`; NULL on failure.
/// @return             `MAILPROOF_OK`; `MAILPROOF_NULL`; `MAILPROOF_INVALID` for what is no such name.
/// Any thread.
///
/// # Safety
/// Pointers are as the header's conventions say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mailproof_context_new(
    authserv_id: *const c_char,
    authserv_id_len: usize,
    out: *mut *mut Context,
) -> Status {
    let make = || {
        // SAFETY: the caller vouches for the text.
        let name = unsafe { text(authserv_id, authserv_id_len) }?;
        if name.is_empty() || name.chars().any(|character| character.is_control() || character == ' ') {
            return Err(Refusal::invalid("the authserv-id is empty or holds a space or control character"));
        }
        Ok(Context::new(name))
    };
    // SAFETY: the caller vouches for the place.
    unsafe { hand_out(out, make) }
}

/// Frees a context. Checks made from it may still be used.
///
/// @param context  The context; NULL is fine.
/// One thread, the last to use the context itself.
///
/// # Safety
/// Pointers are as the header's conventions say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mailproof_context_free(context: *mut Context) {
    // SAFETY: the caller vouches for the handle.
    unsafe { take_back(context) }
}
