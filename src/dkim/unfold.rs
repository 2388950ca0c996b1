//! The value of a header field as relaxed canonicalization has it (RFC 6376 §3.4.2), block by block: lines unfolded, each
//! run of white space one space, none at the ends.

use super::compact::{COMPACT_ROOM, compact};
use super::scan::{BLOCK, level};
use fearless_simd::prelude::*;
use fearless_simd::{dispatch, u8x64};

/// A block, and two octets that tell what becomes of its last.
const SEEN: usize = BLOCK + 2;

/// Appends the text; nothing is said of what was appended if a line end in it is no fold.
pub(super) fn unfold(text: &[u8], out: &mut Vec<u8>) -> Option<()> {
    #[cfg(target_arch = "x86_64")]
    if let Some(avx2) = level().as_avx2() {
        let compact =
            |block: &_, kept, room: &mut _| super::compact::compact_shuffled(avx2, block, kept, room);
        return avx2.vectorize(
            #[inline(always)]
            || unfold_blocks(avx2, text, out, compact),
        );
    }
    // Compiled once for each kind of processor.
    dispatch!(level(), simd => unfold_blocks(simd, text, out, compact))
}

#[inline(always)]
fn unfold_blocks<S: Simd>(
    simd: S,
    text: &[u8],
    out: &mut Vec<u8>,
    compact: impl Fn(&[u8; BLOCK], u64, &mut [u8; COMPACT_ROOM]) -> usize,
) -> Option<()> {
    let start = out.len();
    let mut rest = without_space(text);
    let mut is_line_feed_due = 0;
    let mut room = [0; COMPACT_ROOM];
    while !rest.is_empty() {
        let mut last = [0; SEEN];
        let seen = match rest.first_chunk::<SEEN>() {
            Some(seen) => seen,
            None => {
                last.get_mut(..rest.len())?.copy_from_slice(rest);
                &last
            }
        };
        let octets = rest.len().min(BLOCK);
        let [here, next, after] = [0, 1, 2].map(
            #[inline(always)]
            |from| u8x64::from_slice(simd, seen.get(from..from + BLOCK).unwrap_or_default()),
        );
        let is_tab = here.simd_eq(b'\t');
        let is_space = here.simd_eq(b' ') | is_tab;
        let is_before_space = next.simd_eq(b' ') | next.simd_eq(b'\t');
        let is_before_line_end = next.simd_eq(b'\r') & after.simd_eq(b'\n');
        let is_line_end = here.simd_eq(b'\r') & next.simd_eq(b'\n');
        let is_fold = is_line_end & (after.simd_eq(b' ') | after.simd_eq(b'\t'));
        // Of a run the last octet is kept, which no line end is.
        let left_out = (is_space & (is_before_space | is_before_line_end)).to_bitmask();
        let line_ends = is_line_end.to_bitmask();
        if line_ends != is_fold.to_bitmask() {
            return None;
        }
        let left_out = left_out | line_ends | line_ends << 1 | is_line_feed_due;
        is_line_feed_due = line_ends >> (BLOCK - 1);
        if left_out == 0 && !is_tab.any_true() {
            out.extend_from_slice(rest.get(..octets)?);
        } else {
            let spaced: [u8; BLOCK] = is_tab.select(u8x64::splat(simd, b' '), here).into();
            let kept = !left_out & (u64::MAX >> (BLOCK - octets));
            let written = compact(&spaced, kept, &mut room);
            out.extend_from_slice(room.get(..written)?);
        }
        rest = rest.get(octets..)?;
    }
    if out.len() > start && out.last() == Some(&b' ') {
        out.pop();
    }
    Some(())
}

/// The text without white space and line ends at its beginning.
#[inline(always)]
fn without_space(text: &[u8]) -> &[u8] {
    let mut rest = text;
    while let [b' ' | b'\t', after @ ..] | [b'\r', b'\n', after @ ..] = rest {
        rest = after;
    }
    rest
}
