//! What this receiver asks of signatures beyond the standard, and what it spends on them.

/// Local policy. Every limit ends in a verdict that names it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Policy {
    /// Seconds by which a signer's clock may run ahead of ours, or ours ahead of its: a signature counts as expired
    /// this long after `x=`, and as made in the future when `t=` is this far ahead. The default is 300; RFC 6376
    /// §3.5 leaves the tolerance to the verifier.
    pub clock_skew: u64,
    /// Body hashes of different canonicalization or length computed at most for one message; a signature that
    /// needs one more is not evaluated. Signatures of one kind share one hash, so honest mail needs one or two. The
    /// default is 8; every `l=` costs a copy of the hash, and every canonicalization a pass over the body.
    pub max_body_hashes: usize,
    /// DKIM-Signature fields read at most, from the top: one verdict more says that there are others, which are
    /// neither read nor listed. The default is 10000; honest mail has a handful, and a header section has room for
    /// sixty thousand.
    pub max_fields: usize,
    /// Field names in `h=` at most. The default is 1024, ten times what the longest honest lists hold.
    pub max_header_names: usize,
    /// Octets of header fields hashed at most, over all signatures of one message; they are kept until the keys
    /// are known. The default is 512 KiB, a header section of 50 KB for each of ten signatures.
    pub max_header_octets: usize,
    /// Records tried at most when a selector holds several keys, which RFC 6376 §3.6.2.2 leaves undefined and
    /// §6.1.2 allows to cycle through. Records that are no keys do not count. The default is 2, an old key and a new one:
    /// each costs as much as a signature, and a quarter more work than [`Policy::max_signature_work`] may go into others than
    /// the first. Signatures beyond that have one record tried.
    pub max_key_records: usize,
    /// Bits of an RSA modulus at most; a longer key is not tried. The default is 4096, as RFC 8301 §3.2 asks
    /// for; more is left to the verifier, and up to 8192 are possible: four times the work.
    pub max_rsa_bits: u32,
    /// What verifying all signatures of one message may cost, before keys are known: an RSA signature of 1024 bits is 1, and
    /// those of 2048 and 4096 bits are 4 and 16; one of Ed25519 is 8. Those beyond are not evaluated. The default is 40:
    /// ten signatures of 2048 bits, two of 4096, or five of Ed25519. RFC 6376 §8.13 asks verifiers to mind what
    /// signatures cost; honest mail costs 4 to 20.
    pub max_signature_work: usize,
    /// Signatures evaluated at most: those of the author's own domain first, then from the top. The default is 10;
    /// RFC 6376 §6.1 asks for a limit, since each signature may cost a DNS query. Of those behind it only the tags are read.
    pub max_signatures: usize,
    /// Bits of an RSA modulus at least. The default is 1024, which is also the least that is possible: RFC 8301
    /// §3.2 forbids to accept less.
    pub min_rsa_bits: u32,
    /// Whether a signature made in the future (`t=` ahead of the clock by more than [`Policy::clock_skew`]) is
    /// refused. The default is `false`: RFC 6376 §3.5 permits to ignore such signatures, and a wrong clock is
    /// likelier than an attack.
    pub reject_future: bool,
    /// Whether a signature that leaves a part of the body unsigned (`l=`) is refused. The default is `false`, as
    /// RFC 6376 §8.2 leaves it to the receiver; [`Verdict::unsigned_body_octets`](super::Verdict) tells it either
    /// way.
    pub reject_partial_body: bool,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            clock_skew: 300,
            max_body_hashes: 8,
            max_fields: 10_000,
            max_header_names: 1024,
            max_header_octets: 512 << 10,
            max_key_records: 2,
            max_rsa_bits: 4096,
            max_signature_work: 40,
            max_signatures: 10,
            min_rsa_bits: 1024,
            reject_future: false,
            reject_partial_body: false,
        }
    }
}
