//! Signatures of the generator: along the grammar, with every liberty it gives, and beside it.

use crate::canon;
use crate::plan::Plan;
use crate::random::Random;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::digest::{SHA256, digest};
use ring::rand::SystemRandom;
use ring::signature::{Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair};
use std::sync::OnceLock;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    Ed25519,
    Rsa,
}

/// The keys of the test data.
pub struct Keys {
    ed25519: Ed25519KeyPair,
    rsa: RsaKeyPair,
    pub ed25519_public: String,
    pub rsa_public: String,
    /// The same key without the wrapping (RFC 6376 §3.6.1 names RSAPublicKey; erratum 3017).
    pub rsa_pkcs1: String,
    pub rsa_512: String,
    pub rsa_4096: String,
}

impl Keys {
    pub fn get() -> &'static Self {
        static KEYS: OnceLock<Keys> = OnceLock::new();
        KEYS.get_or_init(|| {
            let ed25519 =
                Ed25519KeyPair::from_pkcs8_maybe_unchecked(include_bytes!("../../data/keys/ed25519.pk8"));
            let ed25519 = ed25519.expect("a key of the test data");
            let rsa = RsaKeyPair::from_pkcs8(include_bytes!("../../data/keys/rsa2048.pk8"))
                .expect("a key of the test data");
            Self {
                ed25519_public: STANDARD.encode(ed25519.public_key()),
                rsa_public: STANDARD.encode(include_bytes!("../../data/keys/rsa2048.spki")),
                rsa_pkcs1: STANDARD.encode(rsa.public_key()),
                rsa_512: STANDARD.encode(include_bytes!("../../data/keys/rsa512.spki")),
                rsa_4096: STANDARD.encode(include_bytes!("../../data/keys/rsa4096.spki")),
                ed25519,
                rsa,
            }
        })
    }

    fn sign(&self, key: Key, data: &[u8]) -> Vec<u8> {
        match key {
            // RFC 8463 §3: Ed25519 signs the hash.
            Key::Ed25519 => self.ed25519.sign(digest(&SHA256, data).as_ref()).as_ref().to_vec(),
            Key::Rsa => {
                let mut signature = vec![0; self.rsa.public().modulus_len()];
                self.rsa
                    .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), data, &mut signature)
                    .expect("to sign");
                signature
            }
        }
    }
}

impl Plan {
    /// The whole field, signed.
    pub fn field(
        &self,
        random: &mut Random,
        fields: &[Vec<u8>],
        body: &[u8],
        tricks: &mut Vec<&'static str>,
    ) -> Vec<u8> {
        let canonical = canon::body(body, self.body_relaxed);
        let whole = canonical.len() as i64;
        let length = self.length.map(|change| if change == i64::MIN { 0 } else { (whole + change).max(0) });
        let hashed = length.map_or(whole, |length| length.min(whole));
        let mut body_hash = STANDARD.encode(digest(&SHA256, &canonical[..hashed as usize]));
        let (template, at) = loop {
            match random.below(200) {
                0 => {
                    tricks.push("bh-broken");
                    body_hash.insert(5, '*');
                }
                1 => {
                    tricks.push("bh-short");
                    body_hash.truncate(20);
                }
                2 => {
                    tricks.push("bh-folded");
                    body_hash.insert_str(9, "\r\n ");
                }
                3 => {
                    tricks.push("bh-unpadded");
                    body_hash = body_hash.trim_end_matches('=').into();
                }
                _ => {}
            }
            break self.template(random, &body_hash, length, tricks);
        };
        let signature = Keys::get().sign(self.key, &self.hashed(fields, &template));
        let mut value = STANDARD.encode(signature).into_bytes();
        match random.below(40) {
            0 => {
                tricks.push("b-flipped");
                value[3] = if value[3] == b'A' { b'B' } else { b'A' };
            }
            1 => {
                tricks.push("b-cut");
                value.truncate(value.len() - 4);
            }
            2 => {
                tricks.push("b-junk");
                value.insert(7, b'*');
            }
            3 => {
                tricks.push("b-unpadded");
                while value.last() == Some(&b'=') {
                    value.pop();
                }
            }
            4 => {
                tricks.push("b-empty");
                value.clear();
            }
            5 => {
                tricks.push("b-spaced");
                value.splice(10..10, *b" \t ");
                value.insert(0, b' ');
                value.push(b' ');
            }
            6..20 => {
                value.splice(30..30, *b"\r\n\t");
            }
            _ => {}
        }
        let mut field = template;
        field.splice(at..at, value);
        field
    }

    /// The field with nothing in `b=`, and where that belongs.
    fn template(
        &self,
        random: &mut Random,
        body_hash: &str,
        length: Option<i64>,
        tricks: &mut Vec<&'static str>,
    ) -> (Vec<u8>, usize) {
        let colon = match random.below(8) {
            0 => {
                tricks.push("h-spaced");
                " : "
            }
            1 => {
                tricks.push("h-folded");
                ":\r\n\t "
            }
            _ => ":",
        };
        let mut tags: Vec<(&str, String)> = Vec::new();
        if !self.version.is_empty() {
            tags.push(("v", self.version.into()));
        }
        tags.push(("a", self.algorithm.into()));
        if let Some(canonicalization) = self.canonicalization {
            tags.push(("c", canonicalization.into()));
        }
        tags.extend([
            ("d", self.domain.clone()),
            ("s", self.selector.clone()),
            ("h", self.names.join(colon)),
            ("bh", body_hash.into()),
        ]);
        if let Some(length) = length {
            tags.push(("l", length.to_string()));
        }
        tags.extend(self.others.iter().cloned());
        match random.below(90) {
            0 => {
                tricks.push("tag-missing");
                let at = random.below(tags.len());
                tags.remove(at);
            }
            1 => {
                tricks.push("tag-doubled");
                let tag = tags[random.below(tags.len())].clone();
                tags.push(tag);
            }
            2 => {
                tricks.push("tag-emptied");
                let at = random.below(tags.len());
                tags[at].1.clear();
            }
            _ => {}
        }
        // RFC 6376 §3.2: tags may stand in any order.
        for _ in 0..random.below(3) {
            let (one, other) = (random.below(tags.len()), random.below(tags.len()));
            tags.swap(one, other);
        }
        let place = if random.chance(70) { tags.len() } else { random.below(tags.len() + 1) };
        if place == 0 {
            tricks.push("b-first");
        }
        tags.insert(place, ("b", String::new()));
        let separator = *["; ", ";", ";\r\n\t", " ; ", ";\r\n  "].get(random.below(5)).unwrap_or(&"; ");
        let equals = match random.below(20) {
            0 => {
                tricks.push("spaces-around-equals");
                " = "
            }
            1 => {
                tricks.push("fold-after-equals");
                "=\r\n "
            }
            _ => "=",
        };
        let field = match random.below(30) {
            0 => "DKIM-Signature : ",
            1 => "DKIM-Signature:\r\n ",
            2..6 => "DKIM-Signature:",
            6..10 => "dkim-signature: ",
            _ => "DKIM-Signature: ",
        };
        let mut field = field.as_bytes().to_vec();
        if field.starts_with(b"DKIM-Signature :") {
            tricks.push("space-before-colon");
        }
        if field.ends_with(b"\n ") {
            tricks.push("fold-first");
        }
        if separator == " ; " {
            tricks.push("space-before-semicolon");
        }
        let mut at = 0;
        for (index, (name, value)) in tags.iter().enumerate() {
            // White space around the value of b= is deleted with it, so that nothing may stand there yet.
            if *name == "b" {
                field.extend_from_slice(format!("b{}", equals.trim_end()).as_bytes());
                at = field.len();
            } else {
                field.extend_from_slice(format!("{name}{equals}{value}").as_bytes());
            }
            if index + 1 < tags.len() {
                let separator = if *name == "b" { separator.trim_start() } else { separator };
                field.extend_from_slice(separator.as_bytes());
            }
        }
        if random.chance(30) {
            field.push(b';');
            if random.chance(10) {
                tricks.push("end-white");
                field.extend_from_slice(b"\r\n ");
            }
        }
        (field, at)
    }

    /// What is signed (RFC 6376 §3.7): of each name the lowest field not yet taken, then the signature field itself.
    fn hashed(&self, fields: &[Vec<u8>], template: &[u8]) -> Vec<u8> {
        let mut data = Vec::new();
        let mut taken = vec![false; fields.len()];
        for name in &self.names {
            let found =
                (0..fields.len()).rev().find(|index| !taken[*index] && is_named(&fields[*index], name));
            if let Some(index) = found {
                taken[index] = true;
                data.extend(canon::header(&fields[index], self.header_relaxed));
                data.extend_from_slice(b"\r\n");
            }
        }
        data.extend(canon::header(template, self.header_relaxed));
        data
    }
}

fn is_named(field: &[u8], name: &str) -> bool {
    let colon = field.iter().position(|octet| *octet == b':').unwrap_or(0);
    field[..colon].trim_ascii_end().eq_ignore_ascii_case(name.as_bytes())
}
