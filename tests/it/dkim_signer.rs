//! A signer for tests: plain, slow, and independent of the code it tests.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use mailproof::dkim::{Policy, Verdict, verify};
use mailproof::dns::{Kind, Records, Rrset, Txt, Zone};
use mailproof::message::Message;
use mailproof::{Evaluation, Name, Step};
use ring::signature::{Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair};
use std::time::Duration;

pub(crate) const NOW: u64 = 1_700_000_000;

/// A field that signs `From` and `Subject`, with places for the two hashes.
pub(crate) const FIELD: &str =
    "DKIM-Signature: v=1; a=ed25519-sha256; d=example.com; s=sel; h=from:subject; bh={bh}; b={b}";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Canon {
    Relaxed,
    Simple,
}

pub(crate) enum Key {
    Ed25519(Ed25519KeyPair),
    Rsa(RsaKeyPair),
}

impl Key {
    pub(crate) fn ed25519() -> Self {
        let key = Ed25519KeyPair::from_pkcs8_maybe_unchecked(include_bytes!("../data/keys/ed25519.pk8"));
        Self::Ed25519(key.unwrap())
    }

    pub(crate) fn rsa2048() -> Self {
        Self::Rsa(RsaKeyPair::from_pkcs8(include_bytes!("../data/keys/rsa2048.pk8")).unwrap())
    }

    pub(crate) fn rsa4096() -> Self {
        Self::Rsa(RsaKeyPair::from_pkcs8(include_bytes!("../data/keys/rsa4096.pk8")).unwrap())
    }

    /// The record that publishes it.
    pub(crate) fn record(&self) -> String {
        match self {
            Self::Ed25519(key) => format!("v=DKIM1; k=ed25519; p={}", BASE64.encode(key.public_key())),
            Self::Rsa(key) if key.public().modulus_len() == 256 => {
                format!("v=DKIM1; p={}", BASE64.encode(include_bytes!("../data/keys/rsa2048.spki")))
            }
            Self::Rsa(_) => {
                format!("v=DKIM1; p={}", BASE64.encode(include_bytes!("../data/keys/rsa4096.spki")))
            }
        }
    }

    pub(crate) fn sign(&self, header: &[u8]) -> Vec<u8> {
        match self {
            Self::Ed25519(key) => key.sign(&sha256(header)).as_ref().to_vec(),
            Self::Rsa(key) => {
                let mut signature = vec![0; key.public().modulus_len()];
                let random = ring::rand::SystemRandom::new();
                key.sign(&RSA_PKCS1_SHA256, &random, header, &mut signature).unwrap();
                signature
            }
        }
    }
}

/// What is signed, and how.
pub(crate) struct Recipe {
    pub(crate) key: Key,
    pub(crate) header: Canon,
    pub(crate) body: Canon,
    pub(crate) length: Option<usize>,
    /// Names as in `h=`.
    pub(crate) names: Vec<String>,
    /// The signature field, with `{bh}` and `{b}`.
    pub(crate) field: String,
}

impl Recipe {
    /// A recipe that follows what the field itself says in `c=`, `h=` and `l=`, if it says it plainly.
    pub(crate) fn of(field: &str) -> Self {
        let tag = |name: &str| {
            let value = field.split_once(':')?.1;
            value.split(';').find_map(|tag| tag.trim().strip_prefix(&format!("{name}="))).map(str::trim)
        };
        let (header, body) = match tag("c") {
            Some(c) => (c.starts_with("relaxed"), c.ends_with("/relaxed")),
            None => (false, false),
        };
        let canon = |relaxed| if relaxed { Canon::Relaxed } else { Canon::Simple };
        Self {
            key: if tag("a") == Some("rsa-sha256") { Key::rsa2048() } else { Key::ed25519() },
            header: canon(header),
            body: canon(body),
            length: tag("l").and_then(|length| length.parse().ok()),
            names: tag("h").unwrap_or("from").split(':').map(|name| name.trim().to_owned()).collect(),
            field: field.to_owned(),
        }
    }

    /// The message with the signature field on top. `headers` are fields without their last CRLF.
    pub(crate) fn sign(&self, headers: &[&str], body: &[u8]) -> Vec<u8> {
        let canonical = canonical_body(self.body, body);
        let signed = &canonical[..self.length.unwrap_or(canonical.len()).min(canonical.len())];
        let field = self.field.replace("{bh}", &BASE64.encode(sha256(signed)));
        let mut data = Vec::new();
        let mut free: Vec<&[u8]> = headers.iter().map(|field| field.as_bytes()).collect();
        for name in &self.names {
            let lowest = free.iter().rposition(|field| name_of(field).eq_ignore_ascii_case(name.as_bytes()));
            if let Some(lowest) = lowest {
                data.extend(canonical_field(self.header, free.remove(lowest)));
                data.extend(b"\r\n");
            }
        }
        let (before, after) = field.split_once("{b}").unwrap_or((&field, ""));
        let fws = [' ', '\t', '\r', '\n'];
        let bare = format!("{}{}", before.trim_end_matches(fws), after.trim_start_matches(fws));
        data.extend(canonical_field(self.header, bare.as_bytes()));
        let mut message = field.replace("{b}", &BASE64.encode(self.key.sign(&data))).into_bytes();
        for field in headers {
            message.extend(b"\r\n");
            message.extend(field.as_bytes());
        }
        message.extend(b"\r\n\r\n");
        message.extend(body);
        message
    }
}

fn name_of(field: &[u8]) -> &[u8] {
    let colon = field.iter().position(|octet| *octet == b':').unwrap_or(0);
    field[..colon].trim_ascii_end()
}

/// RFC 6376 §3.4.1, §3.4.2, step by step.
pub(crate) fn canonical_field(canon: Canon, field: &[u8]) -> Vec<u8> {
    if canon == Canon::Simple {
        return field.to_vec();
    }
    let name = name_of(field).to_ascii_lowercase();
    let colon = field.iter().position(|octet| *octet == b':').unwrap_or(0);
    let mut unfolded = Vec::new();
    let value = &field[colon + 1..];
    for (at, octet) in value.iter().enumerate() {
        let is_line_end =
            value[at..].starts_with(b"\r\n") || (at > 0 && value[at - 1..].starts_with(b"\r\n"));
        if !is_line_end {
            unfolded.push(*octet);
        }
    }
    let value = one_space(&unfolded);
    let value = value.strip_prefix(b" ").unwrap_or(&value);
    let value = value.strip_suffix(b" ").unwrap_or(value);
    [&name, &b":"[..], value].concat()
}

/// Every run of white space as one space.
fn one_space(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    for octet in text {
        match octet {
            b' ' | b'\t' if out.last() == Some(&b' ') => {}
            b' ' | b'\t' => out.push(b' '),
            octet => out.push(*octet),
        }
    }
    out
}

/// RFC 6376 §3.4.3, §3.4.4, line by line.
pub(crate) fn canonical_body(canon: Canon, body: &[u8]) -> Vec<u8> {
    let mut lines: Vec<Vec<u8>> = Vec::new();
    let mut rest = body;
    while let Some(end) = rest.windows(2).position(|pair| pair == b"\r\n") {
        lines.push(rest[..end].to_vec());
        rest = &rest[end + 2..];
    }
    lines.push(rest.to_vec());
    if canon == Canon::Relaxed {
        for line in &mut lines {
            *line = one_space(line);
            if line.last() == Some(&b' ') {
                line.pop();
            }
        }
    }
    while lines.last().is_some_and(Vec::is_empty) {
        lines.pop();
    }
    let mut out = Vec::new();
    for line in &lines {
        out.extend(line);
        out.extend(b"\r\n");
    }
    if out.is_empty() && canon == Canon::Simple {
        out.extend(b"\r\n");
    }
    out
}

pub(crate) fn sha256(octets: &[u8]) -> Vec<u8> {
    ring::digest::digest(&ring::digest::SHA256, octets).as_ref().to_vec()
}

/// A zone with these TXT records at `sel._domainkey.example.com`.
pub(crate) fn zone(records: &[&str]) -> Zone {
    let mut zone = Zone::new();
    let records =
        Records::Txt(records.iter().map(|record| Txt::new(record.as_bytes().chunks(255))).collect());
    zone.insert_rrset(selector(), Kind::Txt, Rrset::Found(records), Duration::from_secs(60));
    zone
}

pub(crate) fn selector() -> Name {
    Name::parse("sel._domainkey.example.com").unwrap()
}

/// The verdicts on a message at [`NOW`].
pub(crate) fn verdicts(raw: &[u8], zone: &Zone, policy: &Policy) -> Vec<Verdict> {
    let message = Message::parse(raw).unwrap();
    match verify(&message, policy, NOW).step(zone) {
        Step::Done(verdicts) => verdicts,
        Step::Ask(open) => panic!("still open: {open:?}"),
    }
}

/// The outcome of the topmost signature, as text.
pub(crate) fn outcome(raw: &[u8], zone: &Zone, policy: &Policy) -> String {
    verdicts(raw, zone, policy).first().map_or("none".into(), |verdict| verdict.outcome.to_string())
}

pub(crate) const HEADERS: [&str; 3] =
    ["From: Joe <joe@example.com>", "To: Ann <ann@example.net>", "Subject: Dinner"];
pub(crate) const BODY: &[u8] = b"We lost the game.\r\nAre you hungry yet?\r\n";

/// Signs the usual message with this field and verifies it with the usual key.
pub(crate) fn outcome_of_field(field: &str) -> String {
    let recipe = Recipe::of(field);
    let raw = recipe.sign(&HEADERS, BODY);
    outcome(&raw, &zone(&[&recipe.key.record()]), &Policy::default())
}
