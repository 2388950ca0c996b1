//! The search for the octets that canonicalization does not copy as they stand.

use fearless_simd::{Level, dispatch};

/// Octets the scan looks at together.
const BLOCK: usize = 64;

/// The first place at or after `from` where the scan has to stop, as `is_stop` says of an octet and the next one.
/// At the end of `text` the next octet is taken to be a CR, so that what is open there stops it too.
pub(super) fn next_stop(text: &[u8], from: usize, is_stop: impl Fn(u8, u8) -> bool) -> Option<usize> {
    match text.len().saturating_sub(from) {
        // Compiled once for each kind of processor.
        BLOCK.. => dispatch!(Level::new(), _processor => scan(text, from, is_stop)),
        _ => scan(text, from, is_stop),
    }
}

#[inline(always)]
fn scan(text: &[u8], from: usize, is_stop: impl Fn(u8, u8) -> bool) -> Option<usize> {
    let text = text.get(from..)?;
    let next = text.get(1..).unwrap_or_default();
    let (next_blocks, _) = next.as_chunks::<BLOCK>();
    let (blocks, _) = text.as_chunks::<BLOCK>();
    for (place, (here, next)) in blocks.iter().zip(next_blocks).enumerate() {
        if here.iter().zip(next).fold(false, |any, (here, next)| any | is_stop(*here, *next)) {
            return Some(from + place * BLOCK + first_stop(here, next, is_stop));
        }
    }
    let at = next_blocks.len() * BLOCK;
    let rest = text.get(at..)?;
    let next = rest.iter().skip(1).chain(b"\r");
    let offset = rest.iter().zip(next).position(|(here, next)| is_stop(*here, *next))?;
    Some(from + at + offset)
}

/// The first stop in a block that has one: every octet is judged, and the verdicts are made the bits of a number.
#[inline(always)]
fn first_stop(here: &[u8; BLOCK], next: &[u8; BLOCK], is_stop: impl Fn(u8, u8) -> bool) -> usize {
    let mut stops = [0; BLOCK];
    for (stop, (here, next)) in stops.iter_mut().zip(here.iter().zip(next)) {
        *stop = u8::from(is_stop(*here, *next));
    }
    let (words, _) = stops.as_chunks::<8>();
    let bits = words.iter().rev().fold(0, |bits, word| bits << 8 | packed(*word));
    bits.trailing_zeros().try_into().unwrap_or_default()
}

/// Eight octets, each 0 or 1, as the bits of one, the first as the lowest.
const fn packed(verdicts: [u8; 8]) -> u64 {
    u64::from_le_bytes(verdicts).wrapping_mul(0x0102_0408_1020_4080) >> 56
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
