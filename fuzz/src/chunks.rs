//! Octets cut into pieces, anyhow, but the same way every time.

/// Pieces of 0 to 63 octets, most of them short. Where the cuts are depends on all octets, so that a fuzzer that
/// changes one moves them.
pub(crate) fn chunks(octets: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut state = octets.iter().fold(0xcbf2_9ce4_8422_2325_u64, |state, octet| {
        (state ^ u64::from(*octet)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    let mut rest = octets;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let (short, long) = ((state >> 33) % 4, (state >> 40) % 64);
        let length = usize::try_from(if state >> 62 == 0 { long } else { short }).unwrap();
        let (chunk, after) = rest.split_at(length.min(rest.len()));
        rest = after;
        Some(chunk)
    })
}
