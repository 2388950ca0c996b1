//! Base64 as it stands in tags (RFC 6376 §2.10), read in one pass: white space anywhere is ignored. Verifiers accept what
//! the grammar leaves open (RFC 6376 §3.2): no padding, and bits behind the last octet.

use crate::ascii::is_fws;

/// Octets that are decoded without memory of their own: a signature of RSA with 4096 bits, and a few more.
const USUAL_OCTETS: usize = 528;

/// Characters that stand for three octets together.
const GROUP: usize = 4;

/// In the place of six bits: no character of base64.
const NONE: u8 = u8::MAX;

/// The six bits of each character (RFC 4648 §4).
static SEXTETS: [u8; 256] = sextets();

/// Why nothing was decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Undecoded {
    NoBase64,
    /// There are more octets than room for them.
    NoRoom,
}

/// The octets of `value`.
pub(crate) fn base64(value: &[u8]) -> Option<Vec<u8>> {
    let mut usual = [0; USUAL_OCTETS];
    match decode(value, &mut usual) {
        Ok(octets) => Some(octets.to_vec()),
        // What does not begin as base64 is not worth any memory.
        Err(Undecoded::NoBase64) => None,
        Err(Undecoded::NoRoom) => {
            let mut room = vec![0; value.len().div_ceil(GROUP) * 3];
            let octets = decode(value, &mut room).ok()?.len();
            room.truncate(octets);
            Some(room)
        }
    }
}

/// Decodes into the beginning of `room`, which is what it returns.
pub(super) fn decode<'r>(value: &[u8], room: &'r mut [u8]) -> Result<&'r [u8], Undecoded> {
    let (mut read, mut written) = (0, 0);
    loop {
        let rest = value.get(read..).unwrap_or_default();
        let groups = decode_groups(rest, room.get_mut(written..).unwrap_or_default());
        read += groups * GROUP;
        written += groups * 3;
        let rest = value.get(read..).unwrap_or_default();
        let group = Group::read(rest).ok_or(Undecoded::NoBase64)?;
        let octets = group.octets();
        let [_, decoded @ ..] = group.bits.to_be_bytes();
        let target = room.get_mut(written..written + octets).ok_or(Undecoded::NoRoom)?;
        target.copy_from_slice(decoded.get(..octets).unwrap_or_default());
        read += group.read;
        written += octets;
        if group.count < GROUP {
            return room.get(..written).ok_or(Undecoded::NoRoom);
        }
    }
}

/// Decodes groups as long as nothing stands between their characters, and tells how many.
fn decode_groups(text: &[u8], room: &mut [u8]) -> usize {
    let (groups, _) = text.as_chunks::<GROUP>();
    let (triples, _) = room.as_chunks_mut::<3>();
    let mut count = 0;
    for (group, triple) in groups.iter().zip(triples) {
        let [first, second, third, fourth] = group.map(sextet);
        if first | second | third | fourth == NONE {
            break;
        }
        let bits = [(first, 18), (second, 12), (third, 6), (fourth, 0)];
        let bits = bits.into_iter().fold(0, |bits, (sextet, place)| bits | u32::from(sextet) << place);
        let [_, octets @ ..] = bits.to_be_bytes();
        *triple = octets;
        count += 1;
    }
    count
}

/// A group with white space inside, or the last one, which may be short.
struct Group {
    /// Characters of base64.
    count: usize,
    /// What they stand for, in the lower three octets.
    bits: u32,
    /// Octets of text, where the group is whole.
    read: usize,
}

impl Group {
    /// `None` when it is none.
    fn read(text: &[u8]) -> Option<Self> {
        let mut group = Self { count: 0, bits: 0, read: 0 };
        while group.count < GROUP {
            let Some(octet) = text.get(group.read) else {
                break;
            };
            let sextet = sextet(*octet);
            if sextet == NONE && !is_fws(*octet) {
                break;
            }
            if sextet != NONE {
                group.bits |= u32::from(sextet) << (18 - 6 * group.count);
                group.count += 1;
            }
            group.read += 1;
        }
        let is_right = group.count == GROUP || group.is_end(text.get(group.read..).unwrap_or_default());
        is_right.then_some(group)
    }

    /// Whether the text may end here: behind two characters or three there is room for padding.
    fn is_end(&self, rest: &[u8]) -> bool {
        let mut padding = rest.iter().filter(|octet| !is_fws(**octet));
        match self.count {
            0 => padding.next().is_none(),
            1 => false,
            count => {
                let padded = padding.by_ref().take(GROUP - count).all(|octet| *octet == b'=');
                padded && padding.next().is_none()
            }
        }
    }

    const fn octets(&self) -> usize {
        self.count * 6 / 8
    }
}

fn sextet(character: u8) -> u8 {
    SEXTETS.get(usize::from(character)).copied().unwrap_or(NONE)
}

const fn sextets() -> [u8; 256] {
    let mut sextets = [NONE; 256];
    let mut character = 0_u8;
    let mut rest: &mut [u8] = &mut sextets;
    while let [place, after @ ..] = rest {
        *place = match character {
            b'A'..=b'Z' => character - b'A',
            b'a'..=b'z' => character - b'a' + 26,
            b'0'..=b'9' => character - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => NONE,
        };
        character = character.wrapping_add(1);
        rest = after;
    }
    sextets
}

#[cfg(test)]
mod tests {
    use super::*;
    use ::base64::alphabet::STANDARD;
    use ::base64::engine::{DecodePaddingMode, Engine, GeneralPurpose, GeneralPurposeConfig};
    use proptest::collection::vec;
    use proptest::prelude::*;

    /// The same by another, of text without white space.
    const OTHER: GeneralPurpose = GeneralPurpose::new(
        &STANDARD,
        GeneralPurposeConfig::new()
            .with_decode_padding_mode(DecodePaddingMode::Indifferent)
            .with_decode_allow_trailing_bits(true),
    );

    fn expected(text: &[u8]) -> Option<Vec<u8>> {
        let dense: Vec<u8> = text.iter().copied().filter(|octet| !is_fws(*octet)).collect();
        OTHER.decode(dense).ok()
    }

    #[test]
    fn reads_what_has_no_padding_too_much_of_it_or_bits_to_spare() {
        for (text, octets) in [
            (&b""[..], Some(&b""[..])),
            (b"AQID", Some(&[1, 2, 3])),
            (b"A\r\n QI\tD\r\n AQ", Some(&[1, 2, 3, 1])),
            (b"AR==", Some(&[1])),
            (b"AQ=", Some(&[1])),
            (b"AQ\r\n =\r\n =", Some(&[1])),
            (b"AQI=", Some(&[1, 2])),
            (b"A", None),
            (b"AQ===", None),
            (b"AQI==", None),
            (b"AQID=", None),
            (b"=", None),
            (b"AQ=D", None),
            (b"AQ-D", None),
        ] {
            assert_eq!(base64(text).as_deref(), octets, "{}", text.escape_ascii());
            assert_eq!(expected(text).as_deref(), octets, "{}", text.escape_ascii());
        }
    }

    #[test]
    fn fills_the_room_and_no_more() {
        let text = "AQID".repeat(4);
        assert_eq!(decode(text.as_bytes(), &mut [0; 12]).map(<[u8]>::len), Ok(12));
        assert_eq!(decode(text.as_bytes(), &mut [0; 11]), Err(Undecoded::NoRoom));
        let long = "AQID".repeat(USUAL_OCTETS) + "AQ";
        assert_eq!(base64(long.as_bytes()), expected(long.as_bytes()));
    }

    proptest! {
        #[test]
        fn agrees_with_another_decoder(pieces in vec("[A-Za-z0-9+/]{0,9}|\r\n |[ \t\r\n=*]|=", 0..12)) {
            let text = pieces.concat();
            prop_assert_eq!(base64(text.as_bytes()), expected(text.as_bytes()));
        }
    }
}
