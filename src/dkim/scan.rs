//! The search for the octets that canonicalization does not copy as they stand.

use crate::ascii::is_wsp;
use fearless_simd::prelude::*;
use fearless_simd::{Level, dispatch, u8x64};
use std::sync::LazyLock;

/// The kind of this processor, which is asked for once.
static LEVEL: LazyLock<Level> = LazyLock::new(Level::new);

/// Octets the scan looks at together.
pub(super) const BLOCK: usize = 64;

/// Octets from which on they are looked at together at the end of a text, too.
const WORTHWHILE: usize = 16;

/// The first place at or after `from` where the scan has to stop, as `is_stop` says of an octet and the next one.
/// At the end of `text` the next octet is taken to be a CR, so that what is open there stops it too.
pub(super) fn next_stop(text: &[u8], from: usize, is_stop: impl Fn(u8, u8) -> bool) -> Option<usize> {
    let text = text.get(from..)?;
    let next = text.get(1..).unwrap_or_default();
    let (blocks, _) = text.get(..next.len()).unwrap_or_default().as_chunks::<BLOCK>();
    let (next_blocks, _) = next.as_chunks::<BLOCK>();
    if !blocks.is_empty() {
        // Compiled once for each kind of processor.
        let stop = dispatch!(level(), simd => stop_in_blocks(simd, blocks, next_blocks, &is_stop));
        if let Some(stop) = stop {
            return Some(from + stop);
        }
    }
    let at = blocks.len() * BLOCK;
    let rest = text.get(at..)?;
    let stop = if rest.len() < WORTHWHILE {
        let next = rest.iter().skip(1).chain(b"\r");
        rest.iter().zip(next).position(|(here, next)| is_stop(*here, *next))
    } else {
        let (here, next) = (padded(rest), padded(rest.get(1..).unwrap_or_default()));
        dispatch!(level(), simd => stop_in_blocks(simd, &[here], &[next], &is_stop))
    };
    stop.filter(|stop| *stop < rest.len()).map(|stop| from + at + stop)
}

/// The kind of this processor.
pub(super) fn level() -> Level {
    *LEVEL
}

/// Octets of white space at the beginning, where there is one. Most often they are one or two.
#[inline]
pub(super) fn white_space(text: &[u8]) -> usize {
    let mut run = 1 + usize::from(text.get(1).is_some_and(|octet| is_wsp(*octet)));
    while text.get(run).is_some_and(|octet| is_wsp(*octet)) {
        run += 1;
    }
    run
}

/// A text of at most a block, and CRs behind it.
fn padded(text: &[u8]) -> [u8; BLOCK] {
    let mut block = [b'\r'; BLOCK];
    if let Some(start) = block.get_mut(..text.len()) {
        start.copy_from_slice(text);
    }
    block
}

#[inline(always)]
fn stop_in_blocks<S: Simd>(
    simd: S,
    blocks: &[[u8; BLOCK]],
    next_blocks: &[[u8; BLOCK]],
    is_stop: impl Fn(u8, u8) -> bool,
) -> Option<usize> {
    for (place, (here, next)) in blocks.iter().zip(next_blocks).enumerate() {
        if here.iter().zip(next).fold(false, |any, (here, next)| any | is_stop(*here, *next)) {
            let mut stops = [0; BLOCK];
            for (stop, (here, next)) in stops.iter_mut().zip(here.iter().zip(next)) {
                *stop = u8::from(is_stop(*here, *next));
            }
            let bits = u8x64::from_slice(simd, &stops).simd_gt(0).to_bitmask();
            return Some(place * BLOCK + usize::try_from(bits.trailing_zeros()).ok()?);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_first_stop_wherever_it_is() {
        let is_stop = |here: u8, next: u8| (here == b' ') & (next == b'\r');
        for length in 0..300 {
            let mut text = vec![b'x'; length];
            assert_eq!(next_stop(&text, 0, is_stop), None);
            for place in (0..length).rev() {
                text[place] = b' ';
                if place + 1 < length {
                    text[place + 1] = b'\r';
                }
                assert_eq!(next_stop(&text, 0, is_stop), Some(place), "{length}");
                assert_eq!(next_stop(&text, place, is_stop), Some(place), "{length}");
            }
        }
    }
}
