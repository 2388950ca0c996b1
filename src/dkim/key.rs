//! Key records (RFC 6376 §3.6.1, RFC 8463 §4), as they should be and as they are found.

use super::base64::base64;
use super::cause::KeyFlaw;
use super::parse::list;
use crate::ascii::trim_fws;
use crate::crypto::{Ed25519Key, KeyType, MalformedKey, RsaKey, is_private_key};
use crate::dns::Answer;
use crate::tags::{MalformedTags, TagList, elements};
use memchr::memmem;

/// A key record that can be used (RFC 6376 §3.6.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRecord {
    pub(super) key: PublicKey,
    /// `h=`: whether SHA-256 is among the hashes it permits.
    pub(super) permits_sha256: bool,
    /// `s=`: whether it is for mail.
    pub(super) is_for_email: bool,
    /// `t=y`: the domain is testing DKIM.
    pub(super) is_testing: bool,
    /// `t=s`: the domain of `i=` has to be `d=` itself.
    pub(super) is_strict: bool,
}

/// The key itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum PublicKey {
    Ed25519(Ed25519Key),
    Rsa(RsaKey),
}

/// Every TXT record at a selector, read once however many messages use it.
#[derive(Debug)]
pub(super) struct KeySet {
    pub(super) records: Vec<Result<KeyRecord, KeyFlaw>>,
}

impl KeySet {
    pub(super) fn parse(answer: &Answer) -> Self {
        Self { records: answer.txt().iter().map(|record| KeyRecord::parse(record.octets())).collect() }
    }
}

impl PublicKey {
    /// The length of the key in bits.
    pub(super) const fn bits(&self) -> u32 {
        match self {
            Self::Ed25519(_) => Ed25519Key::BITS,
            Self::Rsa(key) => key.bits(),
        }
    }
}

impl KeyRecord {
    /// Reads one TXT record, its strings joined.
    ///
    /// # Errors
    /// [`KeyFlaw`], when it is no key that could verify a signature.
    pub fn parse(record: &[u8]) -> Result<Self, KeyFlaw> {
        if is_spf(record) {
            return Err(KeyFlaw::Spf);
        }
        let tags = TagList::parse(record).map_err(|why| diagnose(record, KeyFlaw::Tags(why)))?;
        check_version(&tags).map_err(|flaw| diagnose(record, flaw))?;
        let Some(data) = tags.value("p") else {
            return Err(without_key(&tags));
        };
        // RFC 6376 §3.6.1: "An empty value means that this public key has been revoked."
        if data.is_empty() {
            return Err(KeyFlaw::Revoked);
        }
        let flags = || tags.value("t").into_iter().flat_map(list);
        Ok(Self {
            key: read_key(&tags, data).map_err(|flaw| diagnose(record, flaw))?,
            permits_sha256: tags.value("h").is_none_or(|names| list(names).any(|name| name == b"sha256")),
            is_for_email: tags
                .value("s")
                .is_none_or(|types| list(types).any(|service| matches!(service, b"*" | b"email"))),
            is_testing: flags().any(|flag| flag == b"y"),
            is_strict: flags().any(|flag| flag == b"s"),
        })
    }

    /// `k=`.
    pub const fn key_type(&self) -> KeyType {
        match &self.key {
            PublicKey::Ed25519(_) => KeyType::Ed25519,
            PublicKey::Rsa(_) => KeyType::Rsa,
        }
    }

    /// The length of the key in bits: of its modulus, or 256 for Ed25519.
    pub const fn bits(&self) -> u32 {
        self.key.bits()
    }

    /// The key as [`SigningKey::public_key`](crate::crypto::SigningKey::public_key) tells it, in whichever form it is
    /// published: a SubjectPublicKeyInfo in DER for RSA, the 32 octets of the key for Ed25519. Two records hold the same
    /// key if these are the same.
    pub fn public_key(&self) -> Vec<u8> {
        match &self.key {
            PublicKey::Ed25519(key) => key.octets().to_vec(),
            PublicKey::Rsa(key) => key.to_der(),
        }
    }

    /// `h=`: whether signatures with SHA-256 are permitted.
    pub const fn permits_sha256(&self) -> bool {
        self.permits_sha256
    }

    /// `s=`: whether the key is for mail.
    pub const fn is_for_email(&self) -> bool {
        self.is_for_email
    }

    /// `t=y`: whether the domain only tests DKIM.
    pub const fn is_testing(&self) -> bool {
        self.is_testing
    }

    /// `t=s`: whether the domain of `i=` has to be `d=` itself.
    pub const fn is_strict(&self) -> bool {
        self.is_strict
    }
}

/// RFC 6376 §3.6.1: `v=` is optional; if it is there, it is the first tag and its value is `DKIM1`.
fn check_version(tags: &TagList<'_>) -> Result<(), KeyFlaw> {
    match tags.value("v") {
        None => Ok(()),
        Some(b"DKIM1") if tags.iter().next().is_some_and(|first| first.name == "v") => Ok(()),
        Some(version) if starts_with(version, b"DKIM") => Err(KeyFlaw::Version),
        // A record of another protocol.
        Some(_) => Err(KeyFlaw::Stray),
    }
}

/// A list of tags without `p=`: of a key, or of something else altogether.
fn without_key(tags: &TagList<'_>) -> KeyFlaw {
    if tags.iter().any(|tag| matches!(tag.name, "v" | "k" | "h")) {
        KeyFlaw::NoKeyData
    } else {
        KeyFlaw::Stray
    }
}

fn read_key(tags: &TagList<'_>, data: &[u8]) -> Result<PublicKey, KeyFlaw> {
    let kind = match tags.value("k") {
        None | Some(b"rsa") => KeyKind::Rsa,
        Some(b"ed25519") => KeyKind::Ed25519,
        Some(_) => return Err(KeyFlaw::UnknownType),
    };
    let octets = base64(data).ok_or_else(|| without_last_character(data))?;
    match kind {
        KeyKind::Rsa => RsaKey::from_der(&octets).map(PublicKey::Rsa).map_err(|why| match why {
            MalformedKey::Malformed => KeyFlaw::NotRsa,
            MalformedKey::Cut => KeyFlaw::Cut,
            MalformedKey::Private => KeyFlaw::Private,
        }),
        // RFC 8463 §4.2: the 32 octets of the key, without any wrapping.
        KeyKind::Ed25519 => match Ed25519Key::new(&octets) {
            Some(key) => Ok(PublicKey::Ed25519(key)),
            None if is_private_key(&octets) => Err(KeyFlaw::Private),
            None => Err(KeyFlaw::NotEd25519),
        },
    }
}

/// What data that is no base64 lacks: a key cut anywhere may end with a character too many to be decoded.
fn without_last_character(data: &[u8]) -> KeyFlaw {
    let octets = data.split_last().and_then(|(_, begin)| base64(begin)).unwrap_or_default();
    match RsaKey::from_der(&octets) {
        Err(MalformedKey::Cut) => KeyFlaw::Cut,
        Err(MalformedKey::Private) => KeyFlaw::Private,
        Err(MalformedKey::Malformed) | Ok(_) => KeyFlaw::Base64,
    }
}

enum KeyKind {
    Ed25519,
    Rsa,
}

/// What a postmaster has to be told about a record that cannot be read: the slip that was made, if it is a known
/// one, or the `flaw` met.
fn diagnose(record: &[u8], flaw: KeyFlaw) -> KeyFlaw {
    let holds = |text: &[u8]| memmem::find(record, text).is_some();
    if holds(b"PRIVATE KEY-----") {
        return KeyFlaw::Private;
    }
    if holds(b"-----BEGIN") || holds(b"-----END") {
        return KeyFlaw::Pem;
    }
    if holds(b"\\;") {
        return KeyFlaw::Escaped;
    }
    let is_key = holds(b"p=") || starts_with(trim_fws(record), b"v=DKIM") || flaw == KeyFlaw::Version;
    let is_quoted = || elements(record).any(|(_, element)| element.contains(&b'"') && !is_note(element));
    if is_key && is_quoted() {
        return KeyFlaw::Quoted;
    }
    match flaw {
        KeyFlaw::Tags(MalformedTags::NoTag { .. } | MalformedTags::EmptyElement { .. }) if !is_key => {
            KeyFlaw::Stray
        }
        flaw => flaw,
    }
}

/// RFC 6376 §3.6.1: `n=` is for people, who may quote.
fn is_note(element: &[u8]) -> bool {
    let element = trim_fws(element);
    element.strip_prefix(b"n").is_some_and(|rest| trim_fws(rest).starts_with(b"="))
}

fn is_spf(record: &[u8]) -> bool {
    let record = trim_fws(record);
    starts_with(record, b"v=spf1") && matches!(record.get(6), None | Some(b' '))
}

fn starts_with(text: &[u8], start: &[u8]) -> bool {
    text.get(..start.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(start))
}
