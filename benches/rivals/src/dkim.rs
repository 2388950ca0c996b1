//! DKIM: verifying, signing, and what is sent to make it slow.

use crate::case::{Case, LIMIT, OURS, THEIRS, kept};
use crate::made::{self, DOMAIN, Key};
use crate::world::{NOW, World};
use crate::{foreign, limits};
use mail_auth::crypto::{Ed25519Key, RsaKey, Sha256, SigningKey};
use mail_auth::dkim::DkimSigner;
use mail_auth::headers::HeaderWriter;
use mail_auth::signer::Ready;
use mailproof::dkim::{self, Policy, Signer, SigningOptions};
use mailproof::message::{Message, with_crlf};
use rustls_pki_types::PrivatePkcs8KeyDer;

/// Signed by others, relaxed/relaxed and simple/simple.
const FOREIGN: [(&str, Key); 7] = [
    ("msg-5k.rsa2048-rr", Key::Rsa2048),
    ("msg-5k.rsa2048-ss", Key::Rsa2048),
    ("msg-5k.ed25519-rr", Key::Ed25519),
    ("msg-100k.rsa2048-rr", Key::Rsa2048),
    ("msg-100k.rsa2048-ss", Key::Rsa2048),
    ("msg-5m.rsa2048-rr", Key::Rsa2048),
    ("msg-5m-text.rsa2048-rr", Key::Rsa2048),
];

const HOSTILE: [&str; 8] = [
    "adv-5k.sig100",
    "adv-5k.sig100-selectors",
    "adv-20kheaders",
    "adv-h-tag-20k",
    "adv-5m-emptylines.rsa2048-rr",
    "adv-5m-spaced-lines.rsa2048-rr",
    "adv-5m-spaces.rsa2048-rr",
    "adv-5m.sig100-l",
];

/// The fields that both sign.
const NAMES: [&str; 9] =
    ["From", "To", "Subject", "Date", "Reply-To", "Message-ID", "MIME-Version", "Content-Type", "List-Id"];

pub(crate) fn verifying() -> Vec<Case> {
    let mut cases = Vec::new();
    for (name, key, octets) in
        [("5k", Key::Rsa2048, 5 << 10), ("100k", Key::Rsa2048, 100 << 10), ("5k", Key::Ed25519, 5 << 10)]
    {
        cases.push(verify("verify", format!("made-{name}.{}-rr", key.selector()), key, signed(key, octets)));
    }
    let world = World::foreign();
    for (name, key) in FOREIGN {
        if let Some(raw) = foreign::message(name) {
            cases.push(in_world(world, "verify", name.to_owned(), Some(key), raw));
        }
    }
    cases
}

pub(crate) fn hostile() -> Vec<Case> {
    let world = World::foreign();
    let case = |name: &str| Some(in_world(world, "hostile", name.to_owned(), None, foreign::message(name)?));
    HOSTILE.into_iter().filter_map(case).collect()
}

/// The same message from 1 KB to 100 MB.
pub(crate) fn growth() -> Vec<Case> {
    let case = |exponent: u32| {
        let octets = 10_usize.pow(exponent);
        verify("growth", octets.to_string(), Key::Rsa2048, signed(Key::Rsa2048, octets))
    };
    (3..=8).map(case).collect()
}

pub(crate) fn signing() -> Vec<Case> {
    let mut cases = Vec::new();
    let mut messages =
        vec![("made-5k".to_owned(), made::message(5 << 10)), ("made-5m".to_owned(), made::message(5 << 20))];
    for name in ["msg-5k", "msg-5m.rsa2048-rr", "msg-5m-text.rsa2048-rr"] {
        messages.extend(
            foreign::message(name).map(|raw| (name.split(".rsa").next().unwrap_or(name).to_owned(), raw)),
        );
    }
    for (name, raw) in messages {
        let raw: &[u8] = kept(with_crlf(&raw).into_owned());
        let body = Message::parse(raw).unwrap().body;
        for key in Key::ALL {
            let signer = signer(key);
            let case = Case::new("sign", format!("{name} {}", key.selector()), raw.len())
                .side(LIMIT, limits::signing(key, body))
                .side(OURS, move || signer.sign(&Message::parse(raw).unwrap(), NOW).unwrap().to_string());
            cases.push(match key {
                Key::Ed25519 => {
                    let key = Ed25519Key::from_pkcs8_maybe_unchecked_der(key.pkcs8()).unwrap();
                    signing_peer(case, key, raw)
                }
                Key::Rsa2048 => signing_peer(
                    case,
                    RsaKey::<Sha256>::from_key_der(PrivatePkcs8KeyDer::from(key.pkcs8()).into()).unwrap(),
                    raw,
                ),
            });
        }
    }
    cases
}

fn signing_peer<K: SigningKey + 'static>(case: Case, key: K, raw: &'static [u8]) -> Case {
    let signer: DkimSigner<K, Ready> =
        DkimSigner::from_key(key).domain(DOMAIN).selector("sel").headers(NAMES);
    case.side(THEIRS, move || signer.sign(raw).unwrap().to_header())
}

/// A signer of mailproof with all defaults.
pub fn signer(key: Key) -> Signer {
    Signer::new(DOMAIN, [(key.selector(), key.signing_key())], SigningOptions::default()).unwrap()
}

/// The field for a message that comes in pieces.
pub fn streamed<'a>(key: Key, pieces: impl Iterator<Item = &'a [u8]>) -> String {
    let mut session = signer(key).session(NOW);
    for piece in pieces {
        session.feed(piece).unwrap();
    }
    session.finish().unwrap().to_string()
}

/// A message made here, with a signature on top.
pub(crate) fn signed(key: Key, octets: usize) -> Vec<u8> {
    let message = made::message(octets);
    let field = signer(key).sign(&Message::parse(&message).unwrap(), NOW).unwrap().to_string();
    [field.as_bytes(), &message].concat()
}

fn verify(group: &'static str, name: String, key: Key, raw: Vec<u8>) -> Case {
    in_world(World::new([key.record()]), group, name, Some(key), raw)
}

/// With a limit if `key` is that of its one signature, and both sides must then say that it passes.
fn in_world(
    world: &'static World,
    group: &'static str,
    name: String,
    key: Option<Key>,
    raw: Vec<u8>,
) -> Case {
    let raw: &[u8] = kept(with_crlf(&raw).into_owned());
    let body = Message::parse(raw).unwrap().body;
    let ours = move || {
        let verdicts = world.done(dkim::verify(&Message::parse(raw).unwrap(), &Policy::default(), NOW));
        verdicts.iter().filter(|verdict| verdict.outcome.is_pass()).count()
    };
    let theirs = move || world.peer.passes(raw);
    let (our_passes, their_passes) = (ours(), theirs());
    let mut case = Case::new(group, name, raw.len());
    case = match key {
        Some(key) => case.side(LIMIT, limits::verifying(key, body)),
        None => case.side("hash", limits::hashing(body)),
    };
    if key.is_some() {
        assert_eq!((our_passes, their_passes), (1, 1), "{}", case.name);
        return case.side(OURS, ours).side(THEIRS, theirs);
    }
    let passes = |number| format!("{number} pass");
    case.noted(OURS, ours, passes(our_passes)).noted(THEIRS, theirs, passes(their_passes))
}
