//! The cache of a context.

use crate::boundary::{Refusal, enter, give, handle, octets};
use crate::number::wide;
use crate::{Context, Status};
use mailproof::Name;
use mailproof::dns::Statistics;
use std::ffi::c_char;

/// Something the cache counts.
#[repr(u32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CacheCount {
    /// Questions answered, with those of the three kinds that follow.
    Hits = 1,
    /// Questions answered with no data or NXDOMAIN.
    NegativeHits = 2,
    /// Questions answered with a failure.
    FailureHits = 3,
    /// Questions answered with an answer beyond its time.
    Stale = 4,
    /// Questions that had to be asked.
    Misses = 5,
    /// Questions that waited for the answer to another's.
    Coalesced = 6,
    /// Answers dropped before their time to make room.
    Evictions = 7,
    /// Answers too large to be kept.
    Refused = 8,
    /// Answers held now.
    Entries = 9,
    /// Octets of memory held now.
    Octets = 10,
}

fn count(which: u32, statistics: &Statistics) -> Option<u64> {
    Some(match which {
        1 => statistics.hits,
        2 => statistics.negative_hits,
        3 => statistics.failure_hits,
        4 => statistics.stale,
        5 => statistics.misses,
        6 => statistics.coalesced,
        7 => statistics.evictions,
        8 => statistics.refused,
        9 => wide(statistics.entries),
        10 => wide(statistics.octets),
        _ => return None,
    })
}

/// Tells what the cache counted since the first check was made.
///
/// @param context  The context.
/// @param which    What: a `mailproof_cache_count`.
/// @param value    Out: the count; 0 before the first check.
/// @return         `MAILPROOF_OK`; `MAILPROOF_INVALID` when nothing of this number is counted.
/// Any thread, also while checks run.
///
/// # Safety
/// Pointers are as the header's conventions say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mailproof_context_cache_count(
    context: *const Context,
    which: u32,
    value: *mut u64,
) -> Status {
    enter(|| {
        // SAFETY: the caller vouches for the handle.
        let context = unsafe { handle(context) }?;
        let statistics = context.in_use().map(|shared| shared.cache.statistics()).unwrap_or_default();
        let counted =
            count(which, &statistics).ok_or_else(|| Refusal::invalid("nothing of this number is counted"))?;
        // SAFETY: the caller vouches for the output.
        unsafe { give(value, counted) };
        Ok(Status::Ok)
    })
}

/// Lets the cache forget everything.
///
/// @param context  The context.
/// @return         `MAILPROOF_OK`.
/// Any thread, also while checks run; what a check was told stays true for it.
///
/// # Safety
/// Pointers are as the header's conventions say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mailproof_context_cache_flush(context: *mut Context) -> Status {
    enter(|| {
        // SAFETY: the caller vouches for the handle.
        let context = unsafe { handle(context) }?;
        if let Some(shared) = context.in_use() {
            shared.cache.flush();
        }
        Ok(Status::Ok)
    })
}

/// Lets the cache forget every answer about a name and all names below it.
///
/// @param context  The context.
/// @param name     The domain name; `name_len` octets.
/// @return         `MAILPROOF_OK`; `MAILPROOF_INVALID` when it is no domain name.
/// Any thread, also while checks run; what a check was told stays true for it.
///
/// # Safety
/// Pointers are as the header's conventions say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mailproof_context_cache_flush_name(
    context: *mut Context,
    name: *const c_char,
    name_len: usize,
) -> Status {
    enter(|| {
        // SAFETY: the caller vouches for both.
        let (context, name) = unsafe { (handle(context)?, octets(name, name_len)?) };
        let name = Name::parse(name).map_err(|error| Refusal::invalid(format!("the name is {error}")))?;
        if let Some(shared) = context.in_use() {
            shared.cache.flush_below(&name);
        }
        Ok(Status::Ok)
    })
}
