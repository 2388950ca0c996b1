//! Signatures of the generator: along the grammar, with every liberty it gives, and beside it.

use crate::canon;
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

/// What a signature is to say.
pub struct Plan {
    key: Key,
    pub domain: String,
    pub selector: String,
    header_relaxed: bool,
    body_relaxed: bool,
    /// Whether `c=` says so; otherwise it is left out, where that means the same.
    canonicalization: Option<&'static str>,
    names: Vec<&'static str>,
    length: Option<i64>,
    others: Vec<(&'static str, String)>,
    algorithm: &'static str,
    version: &'static str,
}

impl Plan {
    pub fn any(random: &mut Random, tricks: &mut Vec<&'static str>, key: Key, selector: &str) -> Self {
        tricks.push(if key == Key::Rsa { "rsa" } else { "ed25519" });
        let algorithm = if key == Key::Rsa { "rsa-sha256" } else { "ed25519-sha256" };
        let (canonicalization, header_relaxed, body_relaxed) = match random.below(10) {
            0 => (None, false, false),
            1 => (Some("relaxed"), true, false),
            2 => (Some("simple"), false, false),
            3 | 4 => (Some("simple/simple"), false, false),
            5 => (Some("simple/relaxed"), false, true),
            6 => (Some("relaxed/simple"), true, false),
            _ => (Some("relaxed/relaxed"), true, true),
        };
        tricks.push(match (header_relaxed, body_relaxed) {
            (true, true) => "relaxed/relaxed",
            (true, false) => "relaxed/simple",
            (false, true) => "simple/relaxed",
            (false, false) => "simple/simple",
        });
        let mut plan = Self {
            key,
            domain: String::from("example.com"),
            selector: selector.into(),
            header_relaxed,
            body_relaxed,
            canonicalization,
            names: vec!["from"],
            length: None,
            others: Vec::new(),
            algorithm,
            version: "1",
        };
        plan.name_fields(random, tricks);
        plan.vary(random, tricks);
        plan
    }

    fn name_fields(&mut self, random: &mut Random, tricks: &mut Vec<&'static str>) {
        let names = [
            "To",
            "Subject",
            "subject",
            "Date",
            "Message-ID",
            "Comments",
            "Comments",
            "X-Empty",
            "X-White",
            "X-Folded",
            "X-Begins-Folded",
            "From",
            "X-Absent",
            "Received",
            "X-8Bit",
            "X-Space",
            "Content-Type",
            "MIME-Version",
            "Reply-To",
            "X-Long",
        ];
        for _ in 0..random.below(9) {
            let at = random.below(self.names.len() + 1);
            self.names.insert(at, random.pick(&names));
        }
        match random.below(60) {
            0 => {
                tricks.push("h-no-from");
                self.names.retain(|name| !name.eq_ignore_ascii_case("from"));
            }
            1 => {
                tricks.push("h-dkim-signature");
                self.names.push("DKIM-Signature");
            }
            2 => {
                tricks.push("h-empty-name");
                self.names.push("");
                self.names.push("to");
            }
            3 => {
                tricks.push("h-bad-name");
                self.names.push("b d");
            }
            4 => {
                tricks.push("h-many");
                self.names.extend(["subject"; 40]);
            }
            _ => {}
        }
    }

    fn vary(&mut self, random: &mut Random, tricks: &mut Vec<&'static str>) {
        let mut trick = |word| tricks.push(word);
        match random.below(70) {
            0 => {
                trick("l-exact");
                self.length = Some(0);
            }
            1 | 2 => {
                trick("l-short");
                self.length = Some(-1 - random.below(20) as i64);
            }
            3 => {
                trick("l-long");
                self.length = Some(1 + random.below(20) as i64);
            }
            4 => {
                trick("l-zero");
                self.length = Some(i64::MIN);
            }
            5 => {
                trick("x-past");
                self.others.extend([("t", "1500000000".into()), ("x", "1550000000".into())]);
            }
            6 => {
                trick("x-future");
                self.others.extend([("t", "1500000000".into()), ("x", "4000000000".into())]);
            }
            7 => {
                trick("x-before-t");
                self.others.extend([("t", "1600000000".into()), ("x", "1500000000".into())]);
            }
            8 => {
                trick("x-equals-t");
                self.others.extend([("t", "4000000000".into()), ("x", "4000000000".into())]);
            }
            9 => {
                trick("t-future");
                self.others.push(("t", "4000000000".into()));
            }
            10 => {
                trick("t-bad");
                self.others.push(("t", "yesterday".into()));
            }
            11 => {
                trick("x-bad");
                self.others.push(("x", "-1".into()));
            }
            12 => {
                trick("t-huge");
                self.others.push(("t", "999999999999".into()));
            }
            13 => {
                trick("i-same");
                self.others.push(("i", format!("joe@{}", self.domain)));
            }
            14 | 15 => {
                trick("i-below");
                self.others.push(("i", format!("joe@sub.{}", self.domain)));
            }
            16 => {
                trick("i-outside");
                self.others.push(("i", "joe@example.net".into()));
            }
            17 => {
                trick("i-suffix");
                self.others.push(("i", format!("joe@evil{}", self.domain)));
            }
            18 => {
                trick("i-empty-local");
                self.others.push(("i", format!("@{}", self.domain)));
            }
            19 => {
                trick("i-no-at");
                self.others.push(("i", self.domain.clone()));
            }
            20 => {
                trick("i-case");
                self.others.push(("i", "joe@EXAMPLE.com".into()));
            }
            21 => {
                trick("q-known");
                self.others.push(("q", "dns/txt".into()));
            }
            22 => {
                trick("q-list");
                self.others.push(("q", "dns/txt:other".into()));
            }
            23 => {
                trick("q-unknown");
                self.others.push(("q", "http/get".into()));
            }
            24 => {
                trick("q-dns");
                self.others.push(("q", "dns".into()));
            }
            25 => {
                trick("z");
                self.others.push(("z", "From:joe@example.com|Subject:a=20b".into()));
            }
            26 => {
                trick("unknown-tag");
                self.others.push(("zz", "value".into()));
            }
            27 => {
                trick("empty-tag");
                self.others.push(("n", String::new()));
            }
            28 => {
                trick("d-case");
                self.domain = "EXAMPLE.Com".into();
            }
            29 => {
                trick("d-dot");
                self.domain = "example.com.".into();
            }
            30 => {
                trick("d-single");
                self.domain = "localhost".into();
            }
            31 => {
                trick("d-underscore");
                self.domain = "a_b.example.com".into();
            }
            32 => {
                trick("s-dots");
                self.selector.push_str(".two");
            }
            33 => {
                trick("a-case");
                self.algorithm = if self.key == Key::Rsa { "RSA-SHA256" } else { "Ed25519-SHA256" };
            }
            34 => {
                trick("a-sha1");
                self.algorithm = "rsa-sha1";
            }
            35 => {
                trick("a-unknown");
                self.algorithm = "rsa-sha512";
            }
            36 => {
                trick("a-other");
                self.algorithm = if self.key == Key::Rsa { "ed25519-sha256" } else { "rsa-sha256" };
            }
            37 => {
                trick("v-2");
                self.version = "2";
            }
            38 => {
                trick("v-dot");
                self.version = "1.0";
            }
            39 => {
                trick("v-none");
                self.version = "";
            }
            40 => {
                trick("c-case");
                self.canonicalization = Some("Relaxed/Relaxed");
                (self.header_relaxed, self.body_relaxed) = (true, true);
            }
            41 => {
                trick("c-unknown");
                self.canonicalization = Some("nofws");
            }
            42 => {
                trick("l-bad");
                self.others.push(("l", "x".into()));
            }
            43 => {
                trick("l-huge");
                self.others.push(("l", "9".repeat(76)));
            }
            44 => {
                trick("l-twice");
                self.length = Some(0);
                self.others.push(("l", "1".into()));
            }
            45 => {
                trick("d-twice");
                self.others.push(("d", "example.net".into()));
            }
            46 => {
                trick("upper-tag");
                self.others.push(("D", "example.net".into()));
            }
            47 => {
                trick("s-domainkey");
                self.selector = "s1._domainkey".into();
            }
            _ => {}
        }
    }

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
