//! What nobody can do without: the hash and the signature themselves, by both libraries.

use crate::case::{Case, kept};
use crate::made::{Key, prose};

/// Octets of canonical header fields that a signature covers, about.
const HEADER_OCTETS: usize = 1024;

/// The raw operations of a library; ring and AWS-LC have the same names for them.
macro_rules! raw {
    ($module:ident, $library:ident, $rsa_pair:ty, $prepare:expr, $verify:expr) => {
        pub(crate) mod $module {
            use super::{HEADER_OCTETS, Key};
            use $library::digest::{Digest, SHA256, digest};
            use $library::rand::SystemRandom;
            use $library::signature::{
                ED25519, Ed25519KeyPair, KeyPair, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaKeyPair,
                UnparsedPublicKey,
            };

            pub(crate) fn sha256(octets: &[u8]) -> Digest {
                digest(&SHA256, octets)
            }

            enum Pair {
                Ed25519(Ed25519KeyPair),
                Rsa2048(RsaKeyPair),
            }

            /// A signature over a header section, and all that is needed to make and to verify it.
            pub(crate) struct Raw {
                pair: Pair,
                random: SystemRandom,
                public: Vec<u8>,
                prepared: $rsa_pair,
                header: Vec<u8>,
                signature: Vec<u8>,
            }

            impl Raw {
                pub(crate) fn new(key: Key) -> Self {
                    let pair = match key {
                        Key::Ed25519 => {
                            Pair::Ed25519(Ed25519KeyPair::from_pkcs8_maybe_unchecked(key.pkcs8()).unwrap())
                        }
                        Key::Rsa2048 => Pair::Rsa2048(RsaKeyPair::from_pkcs8(key.pkcs8()).unwrap()),
                    };
                    let public = match &pair {
                        Pair::Ed25519(pair) => pair.public_key().as_ref().to_vec(),
                        Pair::Rsa2048(pair) => pair.public_key().as_ref().to_vec(),
                    };
                    let prepared = ($prepare)(&public);
                    let header = vec![b'x'; HEADER_OCTETS];
                    let random = SystemRandom::new();
                    let mut raw = Self { pair, random, public, prepared, header, signature: Vec::new() };
                    raw.signature = raw.sign();
                    assert!(raw.verify() && raw.verify_prepared());
                    raw
                }

                pub(crate) fn sign(&self) -> Vec<u8> {
                    match &self.pair {
                        // RFC 8463 §3: the hash is what is signed.
                        Pair::Ed25519(pair) => pair.sign(sha256(&self.header).as_ref()).as_ref().to_vec(),
                        Pair::Rsa2048(pair) => {
                            let mut signature = vec![0; 256];
                            pair.sign(&RSA_PKCS1_SHA256, &self.random, &self.header, &mut signature).unwrap();
                            signature
                        }
                    }
                }

                /// From the octets of the key.
                pub(crate) fn verify(&self) -> bool {
                    match &self.pair {
                        Pair::Ed25519(_) => UnparsedPublicKey::new(&ED25519, &self.public)
                            .verify(sha256(&self.header).as_ref(), &self.signature),
                        Pair::Rsa2048(_) => UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, &self.public)
                            .verify(&self.header, &self.signature),
                    }
                    .is_ok()
                }

                /// With what the library can compute of the key beforehand.
                pub(crate) fn verify_prepared(&self) -> bool {
                    match &self.pair {
                        Pair::Ed25519(_) => self.verify(),
                        Pair::Rsa2048(_) => ($verify)(self),
                    }
                }
            }
        }
    };
}

raw!(with_ring, ring, (), |_: &[u8]| (), |raw: &Raw| {
    // ring keeps nothing of a key.
    let () = raw.prepared;
    raw.verify()
});
raw!(
    with_aws_lc,
    aws_lc_rs,
    Option<aws_lc_rs::signature::ParsedPublicKey>,
    |public: &[u8]| aws_lc_rs::signature::ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, public).ok(),
    |raw: &Raw| raw.prepared.as_ref().unwrap().verify_sig(&raw.header, &raw.signature).is_ok()
);

#[cfg(feature = "aws-lc")]
use with_aws_lc as ours;
#[cfg(not(feature = "aws-lc"))]
use with_ring as ours;

/// The least that verifying a message with this body takes, with the library that computes for mailproof.
pub(crate) fn verifying(key: Key, body: &'static [u8]) -> impl Fn() -> bool {
    let raw = ours::Raw::new(key);
    move || std::hint::black_box(ours::sha256(body)).as_ref().len() == 32 && raw.verify_prepared()
}

/// The least that signing it takes.
pub(crate) fn signing(key: Key, body: &'static [u8]) -> impl Fn() -> Vec<u8> {
    let raw = ours::Raw::new(key);
    move || {
        std::hint::black_box(ours::sha256(body));
        raw.sign()
    }
}

/// The hash of a body alone.
pub(crate) fn hashing(body: &'static [u8]) -> impl Fn() {
    move || {
        std::hint::black_box(ours::sha256(body));
    }
}

/// Both libraries side by side.
pub(crate) fn cases() -> Vec<Case> {
    let (ring, aws_lc) = ("ring", "aws-lc");
    let mut cases = Vec::new();
    for (name, octets) in
        [("SHA-256, 5 KB", 5 << 10), ("SHA-256, 100 KB", 100 << 10), ("SHA-256, 5 MB", 5 << 20)]
    {
        let text: &[u8] = kept(prose(octets));
        let case = Case::new("limits", name, octets);
        cases.push(case.side(ring, || with_ring::sha256(text)).side(aws_lc, || with_aws_lc::sha256(text)));
    }
    for (key, name) in [(Key::Rsa2048, "RSA-2048"), (Key::Ed25519, "Ed25519")] {
        let (first, second) = (kept(with_ring::Raw::new(key)), kept(with_aws_lc::Raw::new(key)));
        let pair = |what| Case::new("limits", format!("{name} {what}"), 0);
        cases.push(pair("verify").side(ring, || first.verify()).side(aws_lc, || second.verify()));
        if key == Key::Rsa2048 {
            cases.push(pair("verify, key parsed once").side(aws_lc, || second.verify_prepared()));
        }
        cases.push(pair("sign").side(ring, || first.sign()).side(aws_lc, || second.sign()));
    }
    cases
}
