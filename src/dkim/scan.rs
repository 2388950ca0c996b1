//! The search for the octets that canonicalization does not copy as they stand.

use crate::ascii::is_wsp;
use fearless_simd::prelude::*;
use fearless_simd::{Level, dispatch, u8x64};
use std::sync::LazyLock;

/// The kind of this processor, which is asked for once.
static LEVEL: LazyLock<Level> = LazyLock::new(Level::new);

/// Octets the scan looks at together.
pub(super) const BLOCK: usize = 64;

/// Octets that are passed over together where there is nothing.
const STRETCH: usize = 4 * BLOCK;

/// Octets from which on they are looked at together at the end of a text, too.
const WORTHWHILE: usize = 16;

/// The first place among the first `ahead` octets where the scan has to stop: there `distance`, of an octet and the next
/// one, is 0. At the end of `text` the next octet is taken to be a CR, so that what is open there stops it too. Whole
/// blocks with an octet behind them are what it is fastest with.
pub(super) fn next_stop(text: &[u8], ahead: usize, distance: impl Fn(u8, u8) -> u8) -> Option<usize> {
    let next = text.get(1..).unwrap_or_default();
    let near = next.len().min(ahead);
    let whole = near - near % BLOCK;
    if whole > 0 {
        let (here, next) = (text.get(..whole)?, next.get(..whole)?);
        // Compiled once for each kind of processor.
        let stop = dispatch!(level(), simd => stop_in_stretches(simd, here, next, &distance));
        if stop.is_some() {
            return stop;
        }
    }
    let rest = text.get(whole..ahead.min(text.len()))?;
    if rest.is_empty() {
        return None;
    }
    let next = text.get(whole + 1..).unwrap_or_default();
    let stop = if rest.len() < WORTHWHILE {
        let next = next.iter().chain(b"\r");
        rest.iter().zip(next).position(|(here, next)| distance(*here, *next) == 0)
    } else {
        let next = next.get(..rest.len()).unwrap_or(next);
        let (here, next) = (padded(rest), padded(next));
        dispatch!(level(), simd => stop_in_blocks(simd, &[here], &[next], &distance))
    };
    stop.filter(|stop| *stop < rest.len()).map(|stop| whole + stop)
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

/// The first stop in text of whole blocks.
#[inline(always)]
fn stop_in_stretches<S: Simd>(
    simd: S,
    here: &[u8],
    next: &[u8],
    distance: impl Fn(u8, u8) -> u8,
) -> Option<usize> {
    let (stretches, next_stretches) = (here.as_chunks::<STRETCH>().0, next.as_chunks::<STRETCH>().0);
    let is_calm = |(here, next): &(&[u8; STRETCH], &[u8; STRETCH])| least(here, next, &distance) > 0;
    let calm = stretches.iter().zip(next_stretches).take_while(is_calm).count() * STRETCH;
    let (blocks, next_blocks) = (here.get(calm..)?.as_chunks().0, next.get(calm..)?.as_chunks().0);
    stop_in_blocks(simd, blocks, next_blocks, distance).map(|stop| calm + stop)
}

#[inline(always)]
fn stop_in_blocks<S: Simd>(
    simd: S,
    blocks: &[[u8; BLOCK]],
    next_blocks: &[[u8; BLOCK]],
    distance: impl Fn(u8, u8) -> u8,
) -> Option<usize> {
    for (place, (here, next)) in blocks.iter().zip(next_blocks).enumerate() {
        if least(here, next, &distance) == 0 {
            let mut distances = [0; BLOCK];
            for (to, (here, next)) in distances.iter_mut().zip(here.iter().zip(next)) {
                *to = distance(*here, *next);
            }
            let stops = u8x64::from_slice(simd, &distances).simd_eq(0).to_bitmask();
            return Some(place * BLOCK + usize::try_from(stops.trailing_zeros()).ok()?);
        }
    }
    None
}

/// The least distance of these octets; a few vector instructions for many of them.
#[inline(always)]
fn least<const N: usize>(here: &[u8; N], next: &[u8; N], distance: impl Fn(u8, u8) -> u8) -> u8 {
    here.iter().zip(next).fold(u8::MAX, |least, (here, next)| least.min(distance(*here, *next)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_first_stop_wherever_it_is() {
        let is_stop = |here: u8, next: u8| (here ^ b' ') | (next ^ b'\r');
        for length in (0..200).chain(500..600) {
            let mut text = vec![b'x'; length];
            assert_eq!(next_stop(&text, usize::MAX, is_stop), None);
            for place in (0..length).rev() {
                text[place] = b' ';
                if place + 1 < length {
                    text[place + 1] = b'\r';
                }
                assert_eq!(next_stop(&text, usize::MAX, is_stop), Some(place), "{length}");
                assert_eq!(next_stop(&text, place + 1, is_stop), Some(place), "{length}");
                assert_eq!(next_stop(&text, place, is_stop), None, "{length}");
            }
        }
    }
}
