//! The search for the octets that canonicalization does not copy as they stand.

use fearless_simd::{Level, dispatch};

/// Octets the scan looks at together.
const BLOCK: usize = 64;

/// Octets among which the stop is found at once.
const STRIDE: usize = 16;

/// The first place at or after `from` where the scan has to stop, as `is_stop` says of an octet and the next one.
/// At the end of `text` the next octet is taken to be a CR, so that what is open there stops it too.
pub(super) fn next_stop(text: &[u8], from: usize, is_stop: impl Fn(u8, u8) -> bool) -> Option<usize> {
    match block(text, from) {
        // Compiled once for each kind of processor.
        Some(_) => dispatch!(Level::new(), _processor => scan(text, from, is_stop)),
        None => scan(text, from, is_stop),
    }
}

#[inline(always)]
fn scan(text: &[u8], from: usize, is_stop: impl Fn(u8, u8) -> bool) -> Option<usize> {
    let mut at = from;
    while let (Some(here), Some(next)) = (block(text, at), block(text, at + 1)) {
        if here.iter().zip(next).fold(false, |any, (here, next)| any | is_stop(*here, *next)) {
            return first_stop(here, next, is_stop).map(|offset| at + offset);
        }
        at += BLOCK;
    }
    let rest = text.get(at..)?;
    let next = rest.iter().skip(1).chain(b"\r");
    let offset = rest.iter().zip(next).position(|(here, next)| is_stop(*here, *next))?;
    Some(at + offset)
}

#[inline(always)]
fn block(text: &[u8], at: usize) -> Option<&[u8; BLOCK]> {
    text.get(at..)?.first_chunk()
}

/// The first stop in a block: every octet is judged, then the verdicts are looked through as large numbers.
#[inline(always)]
fn first_stop(here: &[u8; BLOCK], next: &[u8; BLOCK], is_stop: impl Fn(u8, u8) -> bool) -> Option<usize> {
    let mut stops = [0; BLOCK];
    for (stop, (here, next)) in stops.iter_mut().zip(here.iter().zip(next)) {
        *stop = u8::from(is_stop(*here, *next));
    }
    let (strides, _) = stops.as_chunks::<STRIDE>();
    let zeros = strides.iter().map(|stride| u128::from_le_bytes(*stride).trailing_zeros());
    let (stride, zeros) = zeros.enumerate().find(|(_, zeros)| *zeros < u128::BITS)?;
    Some(stride * STRIDE + usize::try_from(zeros / u8::BITS).ok()?)
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
