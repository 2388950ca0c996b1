//! SHA-256, and SHA-1 for the one place that is left to it.

use super::backend::digest::{Context, SHA256};
use std::fmt;

/// Octets of a SHA-256 hash.
pub(crate) const DIGEST_OCTETS: usize = 32;

/// A SHA-256 hash in the making.
#[derive(Clone)]
pub(crate) struct Sha256(Context);

impl Sha256 {
    pub(crate) fn new() -> Self {
        Self(Context::new(&SHA256))
    }

    /// The hash of `octets`.
    pub(crate) fn of(octets: &[u8]) -> [u8; DIGEST_OCTETS] {
        let mut hash = Self::new();
        hash.update(octets);
        hash.finish()
    }

    pub(crate) fn update(&mut self, octets: &[u8]) {
        self.0.update(octets);
    }

    pub(crate) fn finish(self) -> [u8; DIGEST_OCTETS] {
        let mut hash = [0; DIGEST_OCTETS];
        hash.copy_from_slice(self.0.finish().as_ref());
        hash
    }
}

impl fmt::Debug for Sha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sha256")
    }
}

/// The SHA-1 hash of `octets`. It protects nothing: RFC 6541 §4.3 makes labels of names with it. Signatures never see it
/// (RFC 8301 §3.1).
pub(crate) fn sha1(octets: &[u8]) -> impl AsRef<[u8]> {
    ring::digest::digest(&ring::digest::SHA1_FOR_LEGACY_USE_ONLY, octets)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_as_fips_180_says() {
        let hash = Sha256::of(b"abc");
        assert_eq!(hash[..4], [0xba, 0x78, 0x16, 0xbf]);
        let mut pieces = Sha256::new();
        pieces.update(b"a");
        pieces.update(b"");
        pieces.update(b"bc");
        assert_eq!(pieces.finish(), hash);
    }
}
