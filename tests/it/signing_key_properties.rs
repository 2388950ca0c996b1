//! Whatever a key file holds, reading it gives a key or a cause, and neither says anything of the key.

use crate::signing_key::{ED25519, RFC8463_SECRET, RSA, RSA_PUBLIC, pem};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use mailproof::{SigningKey, UnusableKey};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

fn files() -> Vec<Vec<u8>> {
    vec![
        RSA.to_vec(),
        RSA[26..].to_vec(),
        ED25519.to_vec(),
        RSA_PUBLIC.to_vec(),
        pem("PRIVATE KEY", RSA).into(),
        pem("RSA PRIVATE KEY", &RSA[26..]).into(),
        pem("PRIVATE KEY", ED25519).into(),
        BASE64.encode(ED25519).into(),
        RFC8463_SECRET.into(),
    ]
}

#[derive(Clone, Debug)]
enum Change {
    Cut(Index),
    Drop(Index),
    Insert(Index, Vec<u8>),
    Replace(Index, u8),
    Repeat(Index, Index),
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        1 => any::<Index>().prop_map(Change::Cut),
        2 => any::<Index>().prop_map(Change::Drop),
        2 => (any::<Index>(), vec(any::<u8>(), 1..6)).prop_map(|(at, octets)| Change::Insert(at, octets)),
        2 => (any::<Index>(), select(vec![&b"-----BEGIN "[..], b"-----END ", b"-----", b":", b"\n\n", b"="]))
            .prop_map(|(at, octets)| Change::Insert(at, octets.to_vec())),
        6 => (any::<Index>(), any::<u8>()).prop_map(|(at, octet)| Change::Replace(at, octet)),
        1 => (any::<Index>(), any::<Index>()).prop_map(|(from, to)| Change::Repeat(from, to)),
    ]
}

fn apply(change: &Change, octets: &mut Vec<u8>) {
    let Some(last) = octets.len().checked_sub(1) else { return };
    let place = |index: &Index| index.index(last + 1);
    match change {
        Change::Cut(at) => octets.truncate(place(at)),
        Change::Drop(at) => drop(octets.remove(place(at))),
        Change::Insert(at, new) => drop(octets.splice(place(at)..place(at), new.iter().copied())),
        Change::Replace(at, octet) => octets[place(at)] = *octet,
        Change::Repeat(from, to) => octets.extend_from_within(place(from).min(place(to))..place(to)),
    }
}

/// What can be said of a file in all ways of reading it; a key has signed once in being read.
fn check(octets: &[u8]) {
    for key in [SigningKey::read(octets), SigningKey::from_pem(octets), SigningKey::from_der(octets)] {
        match key {
            Ok(key) => {
                assert!(key.matches_public_key(&key.public_key()));
                let shown = format!("{key:?}");
                assert!(shown.starts_with("SigningKey(") && shown.len() < 30, "{shown}");
            }
            Err(why) => check_texts(&why, octets),
        }
    }
}

/// Texts are fixed but for one small number, whatever was read.
fn check_texts(why: &UnusableKey, octets: &[u8]) {
    for text in [why.to_string(), format!("{why:?}")] {
        assert!(text.is_ascii() && text.len() < 100 && !text.contains(char::is_control), "{text}");
        let encoded = BASE64.encode(octets);
        let tells = |window: &[u8]| {
            memchr::memmem::find(octets, window).is_some()
                || memchr::memmem::find(encoded.as_bytes(), window).is_some()
        };
        // Words of PEM itself are in both.
        let text = text.replace("private key", "").replace("PRIVATE KEY", "");
        assert!(!text.as_bytes().windows(8).any(tells), "{text}");
    }
}

/// The numbers of the key start at 33; every octet before is structure, and most after it are secret.
#[test]
fn no_octet_of_an_altered_key_is_in_any_text() {
    for at in (0..34).chain((34..RSA.len()).step_by(100)) {
        let mut octets = RSA.to_vec();
        octets[at] ^= 0x80;
        check(&octets);
        check(pem("PRIVATE KEY", &octets).as_bytes());
    }
}

proptest! {
    #[test]
    fn arbitrary_octets_never_panic(octets in vec(any::<u8>(), 0..300)) {
        check(&octets);
    }

    #[test]
    fn arbitrary_der_never_panics(pieces in vec(select(vec![
        &[0x30_u8, 0x10][..], &[0x30, 0x81, 0x90], &[0x30, 0x82, 1, 2], &[2, 1, 0], &[2, 1, 1], &[4, 0x22, 4, 0x20],
        &[6, 3, 0x2b, 0x65, 0x70], &[3, 2, 0, 0], &[0xa1, 2], &[0x81, 1, 0], &[5, 0], &[0; 32],
    ]), 0..12)) {
        let body = pieces.concat();
        check(&body);
        let [.., high, low] = body.len().to_be_bytes();
        check(&[&[0x30, 0x82, high, low], &*body].concat());
        if body.len() < 128 {
            check(&[&[0x30, low], &*body].concat());
        }
    }

    #[test]
    fn mutated_key_files_never_panic(which in any::<Index>(), changes in vec(change(), 1..4)) {
        let mut octets = files().swap_remove(which.index(files().len()));
        for change in &changes {
            apply(change, &mut octets);
        }
        check(&octets);
    }

    #[test]
    fn any_seed_is_a_key(seed in any::<[u8; 32]>()) {
        let key = SigningKey::from_der(&seed).unwrap();
        let text = BASE64.encode(seed);
        prop_assert_eq!(SigningKey::read(text.as_bytes()).unwrap().public_key(), key.public_key());
        let both = [&seed[..], &key.public_key()].concat();
        prop_assert_eq!(SigningKey::from_der(&both).unwrap().public_key(), key.public_key());
    }
}
