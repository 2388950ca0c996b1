//! Relaxed text (RFC 6376 §3.4.4) where white space changes often: it is copied block by block while it is searched,
//! and where white space changes, the copy goes on behind it. No piece of it is handed on by itself.

use super::scan::{BLOCK, level, white_space};
use fearless_simd::prelude::*;
use fearless_simd::{dispatch, u8x64};

/// Octets of the copy: much more than a block, and little of the nearest cache.
pub(super) const ROOM: usize = 4 << 10;

/// How far it went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Squeezed {
    /// Octets of the text.
    pub(super) read: usize,
    /// Octets of the copy.
    pub(super) written: usize,
}

/// Copies the text, which does not begin with white space, as relaxed canonicalization wants it: up to white space of
/// which the end is not in the text, or until less than a block is left of the text or of the room.
pub(super) fn squeeze(text: &[u8], room: &mut [u8; ROOM]) -> Squeezed {
    // Compiled once for each kind of processor.
    dispatch!(level(), simd => squeeze_blocks(simd, text, room))
}

#[inline(always)]
fn squeeze_blocks<S: Simd>(simd: S, text: &[u8], room: &mut [u8; ROOM]) -> Squeezed {
    let (mut read, mut written) = (0, 0);
    while let Some((here, next)) = pair(text.get(read..).unwrap_or_default())
        && let Some(copy) = room.get_mut(written..).and_then(|room| room.first_chunk_mut::<BLOCK>())
    {
        *copy = *here;
        let stops = stops(simd, here, next);
        if stops == 0 {
            read += BLOCK;
            written += BLOCK;
            continue;
        }
        let stop = usize::try_from(stops.trailing_zeros()).unwrap_or_default();
        let tail = text.get(read + stop..).unwrap_or_default();
        let white_space = white_space(tail);
        let after = tail.get(white_space..).unwrap_or_default();
        written += stop;
        read += stop;
        if let [] | [b'\r'] = after {
            break;
        }
        // White space at the end of a line is ignored; every other run of it is one space.
        if let Some(space) = copy.get_mut(stop) {
            *space = b' ';
        }
        written += usize::from(!after.starts_with(b"\r\n"));
        read += white_space;
    }
    // A line end is never cut: only whole ones are known for what they are.
    let cut = usize::from(
        text.get(read.saturating_sub(1)..).is_some_and(|text| text.starts_with(b"\r\n")) && read > 0,
    );
    Squeezed { read: read - cut, written: written - cut }
}

/// A block, and the block that begins one octet later.
#[inline(always)]
fn pair(text: &[u8]) -> Option<(&[u8; BLOCK], &[u8; BLOCK])> {
    text.first_chunk().zip(text.get(1..)?.first_chunk())
}

/// Bits for the places of a tab, or of a space before what is no visible octet.
#[inline(always)]
fn stops<S: Simd>(simd: S, here: &[u8; BLOCK], next: &[u8; BLOCK]) -> u64 {
    let (here, next) = (u8x64::from_slice(simd, here), u8x64::from_slice(simd, next));
    let is_before_low = here.simd_eq(b' ') & next.simd_le(b' ');
    (here.simd_eq(b'\t') | is_before_low).to_bitmask()
}
