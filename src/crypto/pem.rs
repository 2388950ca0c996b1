//! Keys as text: PEM (RFC 7468) and bare base64. What is decoded is cleared when it is dropped.

use super::unusable_key::{ForeignKey, UnusableKey};
use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use memchr::{memchr2, memmem, memrchr};
use zeroize::Zeroizing;

const BEGIN: &[u8] = b"-----BEGIN ";
const END: &[u8] = b"-----END ";
const DASHES: &[u8] = b"-----";

/// Some write the seed of an Ed25519 key without `=`.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Whether a block begins somewhere.
pub(super) fn has_block(text: &[u8]) -> bool {
    memmem::find(text, BEGIN).is_some()
}

/// The one private key among the blocks of `text`, decoded; or, without one, what the blocks are instead.
pub(super) fn private_key(text: &[u8]) -> Result<Zeroizing<Vec<u8>>, UnusableKey> {
    let blocks = blocks(text)?;
    let mut keys = blocks.iter().filter(|block| block.label.ends_with(b"PRIVATE KEY"));
    match (keys.next(), keys.next()) {
        (Some(key), None) => key.decode(),
        (Some(_), Some(_)) => Err(UnusableKey::Several),
        (None, _) => Err(instead_of_key(&blocks)),
    }
}

/// Base64 with white space anywhere.
pub(super) fn decode(text: &[u8]) -> Result<Zeroizing<Vec<u8>>, UnusableKey> {
    // The buffers have their final size from the begin: one that grew would leave a copy behind.
    let mut characters = Zeroizing::new(Vec::with_capacity(text.len()));
    characters.extend(text.iter().filter(|octet| !octet.is_ascii_whitespace()));
    let mut octets = Zeroizing::new(vec![0; base64::decoded_len_estimate(characters.len())]);
    let length = BASE64.decode_slice(&*characters, &mut octets).map_err(|_| UnusableKey::BrokenBase64)?;
    octets.truncate(length);
    Ok(octets)
}

struct Block<'a> {
    label: &'a [u8],
    body: &'a [u8],
}

impl Block<'_> {
    fn decode(&self) -> Result<Zeroizing<Vec<u8>>, UnusableKey> {
        match self.label {
            b"ENCRYPTED PRIVATE KEY" => return Err(UnusableKey::Encrypted),
            b"OPENSSH PRIVATE KEY" => return Err(UnusableKey::OpenSsh),
            b"EC PRIVATE KEY" => return Err(UnusableKey::Foreign(ForeignKey::Ec)),
            b"DSA PRIVATE KEY" => return Err(UnusableKey::Foreign(ForeignKey::Dsa)),
            // Others are told apart by what they hold: labels are mistaken often enough.
            _ => {}
        }
        // RFC 1421 §4.6: fields such as `Proc-Type: 4,ENCRYPTED` stand before the data.
        let Some(colon) = memrchr(b':', self.body) else {
            return decode(self.body);
        };
        let (fields, rest) = self.body.split_at(colon);
        let last = rest.split_at(memchr2(b'\r', b'\n', rest).unwrap_or(rest.len()));
        if [fields, last.0].iter().any(|part| memmem::find(part, b"ENCRYPTED").is_some()) {
            return Err(UnusableKey::Encrypted);
        }
        decode(last.1)
    }
}

/// Every block, whatever stands around it. RFC 7468 §2: the label at the end is the one at the begin.
fn blocks(text: &[u8]) -> Result<Vec<Block<'_>>, UnusableKey> {
    let mut blocks = Vec::new();
    let mut rest = text;
    while let Some((_, found)) = split_once(rest, BEGIN) {
        let (label, found) = split_once(found, DASHES).ok_or(UnusableKey::BrokenPem)?;
        let (body, found) = split_once(found, END).ok_or(UnusableKey::BrokenPem)?;
        let is_whole = !has_block(body) && !label.contains(&b'\n');
        let found = found.strip_prefix(label).and_then(|found| found.strip_prefix(DASHES));
        let (true, Some(found)) = (is_whole, found) else {
            return Err(UnusableKey::BrokenPem);
        };
        blocks.push(Block { label, body });
        rest = found;
    }
    Ok(blocks)
}

fn instead_of_key(blocks: &[Block<'_>]) -> UnusableKey {
    let has = |word: &[u8]| blocks.iter().any(|block| memmem::find(block.label, word).is_some());
    if has(b"CERTIFICATE") {
        UnusableKey::Certificate
    } else if has(b"PUBLIC KEY") {
        UnusableKey::PublicKey
    } else {
        UnusableKey::NotFound
    }
}

fn split_once<'a>(text: &'a [u8], mark: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let at = memmem::find(text, mark)?;
    let (before, rest) = text.split_at(at);
    Some((before, rest.strip_prefix(mark)?))
}
