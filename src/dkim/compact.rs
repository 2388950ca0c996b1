//! A block of octets without those that are left out.

use super::scan::BLOCK;

/// Octets that are moved together.
const GROUP: usize = 8;

/// Room for a block, and for what is written beyond the last octet that counts.
pub(super) const COMPACT_ROOM: usize = BLOCK + GROUP;

/// Copies the octets of a block whose bits are set, and tells how many they are. What stands behind them in the room
/// means nothing.
#[inline(always)]
pub(super) fn compact(block: &[u8; BLOCK], kept: u64, room: &mut [u8; COMPACT_ROOM]) -> usize {
    let (mut read, mut written) = (0, 0);
    let mut left = kept;
    while left != 0 {
        let gap = left.trailing_zeros();
        left = left.unbounded_shr(gap);
        read += octets(gap);
        let run = left.trailing_ones();
        left = left.unbounded_shr(run);
        let source = block.get(read..read + octets(run));
        if let (Some(source), Some(target)) = (source, room.get_mut(written..written + octets(run))) {
            target.copy_from_slice(source);
        }
        read += octets(run);
        written += octets(run);
    }
    written
}

pub(super) fn octets(bits: u32) -> usize {
    usize::try_from(bits).unwrap_or_default()
}

#[cfg(target_arch = "x86_64")]
pub(super) use shuffled::compact_shuffled;

#[cfg(target_arch = "x86_64")]
mod shuffled {
    use super::{BLOCK, COMPACT_ROOM, GROUP};
    use fearless_simd::kernel;
    use std::arch::x86_64::{_mm_cvtsi64_si128, _mm_cvtsi128_si64, _mm_shuffle_epi8};

    /// For the kept octets of a group, as bits: their places, one after the other.
    static ORDERS: [[u8; GROUP]; 256] = orders();

    kernel!(
        /// The same without a branch: it takes the same time wherever the gaps are.
        #[inline(always)]
        pub(in super::super) fn compact_shuffled(
            avx2: Avx2,
            block: &[u8; BLOCK],
            kept: u64,
            room: &mut [u8; COMPACT_ROOM],
        ) -> usize {
            let mut written = 0_usize;
            let (groups, _) = block.as_chunks::<GROUP>();
            for (group, kept) in groups.iter().zip(kept.to_le_bytes()) {
                let order = ORDERS.get(usize::from(kept)).copied().unwrap_or_default();
                let group = _mm_cvtsi64_si128(i64::from_le_bytes(*group));
                let order = _mm_cvtsi64_si128(i64::from_le_bytes(order));
                let dense = _mm_cvtsi128_si64(_mm_shuffle_epi8(group, order)).to_le_bytes();
                // It is less than a block while there is a group, and saying so spares a check.
                if let Some(place) = room.get_mut(written % BLOCK..).and_then(<[u8]>::first_chunk_mut) {
                    *place = dense;
                }
                written += super::octets(kept.count_ones());
            }
            written
        }
    );

    const fn orders() -> [[u8; GROUP]; 256] {
        let mut orders = [[0; GROUP]; 256];
        let mut rest: &mut [[u8; GROUP]] = &mut orders;
        let mut kept = 0_u8;
        while let Some((order, after)) = rest.split_first_mut() {
            *order = order_of(kept);
            kept = kept.wrapping_add(1);
            rest = after;
        }
        orders
    }

    const fn order_of(kept: u8) -> [u8; GROUP] {
        let mut order = 0_u64;
        let (mut place, mut shift) = (0, 0);
        while place < 8 {
            if kept >> place & 1 == 1 {
                order |= place << shift;
                shift += 8;
            }
            place += 1;
        }
        order.to_le_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn keeps_what_it_is_told(block in any::<[u8; BLOCK]>(), one in any::<u64>(), other in any::<u64>(), dense in any::<bool>()) {
            let kept = if dense { one | other } else { one & other };
            let plain: Vec<u8> =
                block.iter().enumerate().filter(|(place, _)| kept >> place & 1 == 1).map(|(_, octet)| *octet).collect();
            let mut room = [0; COMPACT_ROOM];
            let written = compact(&block, kept, &mut room);
            prop_assert_eq!(&room[..written], &plain[..]);
            #[cfg(target_arch = "x86_64")]
            if let Some(avx2) = crate::dkim::scan::level().as_avx2() {
                let written = compact_shuffled(avx2, &block, kept, &mut room);
                prop_assert_eq!(&room[..written], &plain[..]);
            }
        }
    }
}
