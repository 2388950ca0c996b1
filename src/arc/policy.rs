//! What this receiver asks of ARC chains, and what it spends on them.

use crate::dkim;

/// Local policy.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Policy {
    /// Whether `h=` of an ARC-Message-Signature may be empty, or hold empty names. The default is `false`: RFC 6376 §3.5
    /// forbids both, and RFC 8617 §4.1.2 takes that over. The test suite of ValiMail accepts them.
    pub accept_empty_names: bool,
    /// Whether the message signatures of earlier sets are verified too, for
    /// [`Verdict::oldest_pass`](super::Verdict::oldest_pass). The default is `true`; RFC 8617 §5.2 step 5 makes it
    /// optional. It costs a key and a signature for each set, and does not change the outcome.
    pub find_oldest_pass: bool,
    /// What is asked of each signature, and spent on all of them together: the limits of key lengths, of key
    /// records, of names in `h=`, of body hashes and of header octets, the tolerance of clocks, and what is made of
    /// unsigned bodies. The limits of fields and of signatures have no meaning here, as a chain has at most 50 sets of
    /// two signatures.
    ///
    /// The default is that of DKIM but for three. [`max_header_octets`](dkim::Policy::max_header_octets) is 1 MiB: the
    /// seal of each set covers all sets before it, and an honest chain of twenty needs half of that.
    /// [`max_signature_work`](dkim::Policy::max_signature_work) is 64: fifteen seals of RSA with 2048 bits, three of
    /// 4096 bits, or seven of Ed25519; the message signatures of earlier sets may bring it to three quarters of that, and those beyond are not
    /// verified. [`max_key_records`](dkim::Policy::max_key_records) is 1.
    pub signatures: dkim::Policy,
}

impl Default for Policy {
    fn default() -> Self {
        let signatures = dkim::Policy {
            max_header_octets: 1 << 20,
            max_key_records: 1,
            max_signature_work: 64,
            ..dkim::Policy::default()
        };
        Self { accept_empty_names: false, find_oldest_pass: true, signatures }
    }
}
