//! Relaxed text (RFC 6376 §3.4.4) where white space changes often: it is copied block by block while it is searched,
//! and no piece of it is handed on by itself. What becomes of an octet is decided by the two octets behind it.

use super::compact::{COMPACT_ROOM, compact, octets};
use super::scan::{BLOCK, level};
use fearless_simd::prelude::*;
use fearless_simd::{dispatch, u8x64};

/// Octets of text without which nothing is copied: a block, and as much as may be copied with it.
pub(super) const LEAST: usize = 2 * BLOCK;

/// Octets of room that a block is copied to.
const BLOCK_ROOM: usize = 2 * BLOCK;

/// Octets of the copy: some blocks, and little of the nearest cache.
const ROOM: usize = (1 << 10) + BLOCK_ROOM;

/// Relaxed text on its way to the hash.
#[derive(Debug)]
pub(super) struct SqueezedCopy {
    room: [u8; ROOM],
    filled: usize,
}

impl SqueezedCopy {
    pub(super) const fn new() -> Self {
        Self { room: [0; ROOM], filled: 0 }
    }

    /// What was copied.
    pub(super) fn octets(&self) -> &[u8] {
        self.room.get(..self.filled).unwrap_or_default()
    }

    /// Copies the text as relaxed canonicalization wants it, until less than [`LEAST`] octets are left of it or little is
    /// left of the room, and tells how much of the text that is. No line end is cut.
    pub(super) fn extend(&mut self, text: &[u8]) -> usize {
        #[cfg(target_arch = "x86_64")]
        if let Some(avx2) = level().as_avx2() {
            let compact =
                |block: &_, kept, room: &mut _| super::compact::compact_shuffled(avx2, block, kept, room);
            return avx2.vectorize(
                #[inline(always)]
                || self.extend_with(avx2, text, compact),
            );
        }
        // Compiled once for each kind of processor.
        dispatch!(level(), simd => self.extend_with(simd, text, compact))
    }

    #[inline(always)]
    fn extend_with<S: Simd>(
        &mut self,
        simd: S,
        text: &[u8],
        compact: impl Fn(&[u8; BLOCK], u64, &mut [u8; COMPACT_ROOM]) -> usize,
    ) -> usize {
        let (mut read, mut written) = (0, self.filled);
        while let Some(text) = text.get(read..).and_then(<[u8]>::first_chunk)
            && let Some(room) = self.room.get_mut(written..).and_then(<[u8]>::first_chunk_mut)
        {
            written += squeeze_block(simd, text, room, &compact);
            read += BLOCK;
        }
        // Only whole line ends are known for what they are.
        let is_cut =
            text.get(read.saturating_sub(1)..).is_some_and(|text| text.starts_with(b"\r\n")) && read > 0;
        self.filled = written - usize::from(is_cut);
        read - usize::from(is_cut)
    }

    /// Keeps what stands behind the first octets, a block at most.
    pub(super) fn keep(&mut self, behind: usize) {
        let block: Option<&[u8; BLOCK]> = self.room.get(behind..).and_then(<[u8]>::first_chunk);
        if let Some(block) = block.copied()
            && let Some(start) = self.room.first_chunk_mut()
        {
            *start = block;
        }
        self.filled = self.filled.saturating_sub(behind);
    }

    pub(super) const fn clear(&mut self) {
        self.filled = 0;
    }
}

/// Copies a block; how much of the room counts.
#[inline(always)]
fn squeeze_block<S: Simd>(
    simd: S,
    text: &[u8; LEAST],
    room: &mut [u8; BLOCK_ROOM],
    compact: impl Fn(&[u8; BLOCK], u64, &mut [u8; COMPACT_ROOM]) -> usize,
) -> usize {
    let [here, next] = [0, 1].map(
        #[inline(always)]
        |from| u8x64::from_slice(simd, text.get(from..from + BLOCK).unwrap_or_default()),
    );
    let is_tab = here.simd_eq(b'\t');
    // White space that is left out, unless a lone CR or LF or another control character is behind it.
    let is_gap = here.simd_eq(b' ') & next.simd_le(b' ');
    if let Some(start) = room.first_chunk_mut::<BLOCK>() {
        here.store_slice(start);
    }
    // Nearly all white space is a space between two words.
    if !(is_tab | is_gap).any_true() {
        return BLOCK;
    }
    // Where it is not, there is one gap most often: what is behind it is copied over what was copied with it.
    let gaps = is_gap.to_bitmask();
    let (gap, width) = (octets(gaps.trailing_zeros()), octets(gaps.count_ones()));
    let is_one = gaps & gaps.wrapping_add(gaps & gaps.wrapping_neg()) == 0;
    if let Some(after) = text.get(gap + width..).and_then(<[u8]>::first_chunk::<BLOCK>)
        && is_one & ends_gap(after) & !is_tab.any_true()
        && let Some(place) = room.get_mut(gap..).and_then(<[u8]>::first_chunk_mut)
    {
        *place = *after;
        return BLOCK - width;
    }
    squeeze_gaps(simd, text, room, compact)
}

/// Whether white space before this text is left out if it is a space.
#[inline(always)]
const fn ends_gap(text: &[u8; BLOCK]) -> bool {
    let [first, second, ..] = *text;
    (first == b' ') | ((first == b'\r') & (second == b'\n'))
}

/// Copies a block with any white space in it.
#[inline(always)]
fn squeeze_gaps<S: Simd>(
    simd: S,
    text: &[u8; LEAST],
    room: &mut [u8; BLOCK_ROOM],
    compact: impl Fn(&[u8; BLOCK], u64, &mut [u8; COMPACT_ROOM]) -> usize,
) -> usize {
    let [here, next, after] = [0, 1, 2].map(
        #[inline(always)]
        |from| u8x64::from_slice(simd, text.get(from..from + BLOCK).unwrap_or_default()),
    );
    // RFC 6376 §3.4.4: of every run of white space the last octet is kept, as a space; at the end of a line none.
    let is_tab = here.simd_eq(b'\t');
    let is_before_white_space = next.simd_eq(b' ') | next.simd_eq(b'\t');
    let is_before_line_end = next.simd_eq(b'\r') & after.simd_eq(b'\n');
    let left_out = (here.simd_eq(b' ') | is_tab) & (is_before_white_space | is_before_line_end);
    let spaced: [u8; BLOCK] = is_tab.select(u8x64::splat(simd, b' '), here).into();
    room.first_chunk_mut().map_or(0, |room| compact(&spaced, !left_out.to_bitmask(), room))
}
