//! Private keys in every form that is read, as OpenSSL and other DKIM tools write them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use mailproof::{KeyType, SigningKey, UnusableKey};
use std::io::Write;
use std::process::{Command, Stdio};

pub(crate) const RSA: &[u8] = include_bytes!("../data/keys/rsa2048.pk8");
pub(crate) const RSA_PUBLIC: &[u8] = include_bytes!("../data/keys/rsa2048.spki");
pub(crate) const ED25519: &[u8] = include_bytes!("../data/keys/ed25519.pk8");

/// RFC 8463 appendix A.1, which is RFC 8032 §7.1, test 1.
pub(crate) const RFC8463_SECRET: &str = "nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=";
pub(crate) const RFC8463_RECORD: &str = "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";

/// What `openssl` writes when it reads `input`; nothing where it is not installed.
pub(crate) fn openssl(arguments: &str, input: &[u8]) -> Option<Vec<u8>> {
    let process = Command::new("openssl")
        .args(arguments.split(' '))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let Ok(mut process) = process else {
        assert!(std::env::var_os("MAILPROOF_REQUIRE_REAL").is_none(), "openssl is not installed");
        println!("skipped: openssl is not installed");
        return None;
    };
    // One that needs no input may have closed it.
    let _ = process.stdin.take().unwrap().write_all(input);
    let output = process.wait_with_output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "openssl {arguments}: {told}");
    Some(output.stdout)
}

/// PEM with lines of 64 characters.
pub(crate) fn pem(label: &str, octets: &[u8]) -> String {
    let data = BASE64.encode(octets);
    let lines: Vec<&str> =
        data.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}

fn der_element(tag: u8, content: &[u8]) -> Vec<u8> {
    assert!(content.len() < 0x80);
    [&[tag, content.len() as u8], content].concat()
}

/// The seed within PKCS#8 version 1.
pub(crate) fn seed() -> &'static [u8] {
    &ED25519[16..]
}

fn public_of_seed() -> Vec<u8> {
    SigningKey::from_der(seed()).unwrap().public_key()
}

fn assert_is_rsa(key: &SigningKey) {
    assert_eq!((key.key_type(), key.bits()), (KeyType::Rsa, 2048));
    assert_eq!(key.public_key(), RSA_PUBLIC);
    assert_eq!(key.record(), format!("v=DKIM1; k=rsa; p={}", BASE64.encode(RSA_PUBLIC)));
}

#[test]
fn the_key_of_rfc_8463_is_read_in_every_form() {
    let secret = BASE64.decode(RFC8463_SECRET).unwrap();
    let public = BASE64.decode(RFC8463_RECORD.rsplit_once("p=").unwrap().1).unwrap();
    let both = [&*secret, &public].concat();
    for octets in [
        secret.clone(),
        both.clone(),
        RFC8463_SECRET.into(),
        format!("{RFC8463_SECRET}\n").into(),
        format!("\r\n {RFC8463_SECRET}\r\n").into(),
        RFC8463_SECRET.trim_end_matches('=').into(),
        BASE64.encode(&both).into(),
    ] {
        let key = SigningKey::read(&octets).unwrap();
        assert_eq!((key.key_type(), key.bits()), (KeyType::Ed25519, 256));
        assert_eq!(key.record(), RFC8463_RECORD);
        assert_eq!(key.public_key(), public);
    }
    assert_eq!(SigningKey::from_der(&secret).unwrap().record(), RFC8463_RECORD);
    assert_eq!(SigningKey::from_der(&both).unwrap().record(), RFC8463_RECORD);
}

#[test]
fn pem_is_read_with_any_text_around_and_any_line_ends() {
    let block = pem("PRIVATE KEY", RSA);
    let one_line = block.trim_end().replace('\n', " ");
    for text in [
        block.clone(),
        block.replace('\n', "\r\n"),
        block.replace('\n', "\r"),
        block.trim_end().to_owned(),
        one_line,
        format!("\u{feff}{block}"),
        format!("Bag Attributes\n    friendlyName: mail\n{block}\nthe end, p=1\n"),
        format!("{}{block}", pem("CERTIFICATE", b"anything")),
        format!("{block}{}", pem("PUBLIC KEY", RSA_PUBLIC)),
        format!("# Schl\u{fc}ssel \0 \u{1}\n{block}"),
    ] {
        assert_is_rsa(&SigningKey::from_pem(text.as_bytes()).unwrap());
        assert_is_rsa(&SigningKey::read(text.as_bytes()).unwrap());
    }
}

#[test]
fn der_is_read_bare_and_in_base64() {
    assert_is_rsa(&SigningKey::from_der(RSA).unwrap());
    assert_is_rsa(&SigningKey::read(RSA).unwrap());
    assert_is_rsa(&SigningKey::read(BASE64.encode(RSA).as_bytes()).unwrap());
    let wrapped: String = pem("X", RSA).lines().skip(1).take_while(|line| !line.starts_with('-')).collect();
    assert_is_rsa(&SigningKey::read(wrapped.as_bytes()).unwrap());
}

/// RSAPrivateKey is what PrivateKeyInfo ends with, behind 26 octets.
#[test]
fn the_label_does_not_matter_where_the_octets_tell() {
    let pkcs1 = &RSA[26..];
    assert_is_rsa(&SigningKey::from_der(pkcs1).unwrap());
    assert_is_rsa(&SigningKey::from_pem(pem("RSA PRIVATE KEY", pkcs1).as_bytes()).unwrap());
    assert_is_rsa(&SigningKey::from_pem(pem("PRIVATE KEY", pkcs1).as_bytes()).unwrap());
    assert_is_rsa(&SigningKey::from_pem(pem("RSA PRIVATE KEY", RSA).as_bytes()).unwrap());
    let headed = pem("RSA PRIVATE KEY", pkcs1).replacen("KEY-----\n", "KEY-----\nComment: mail\n\n", 1);
    assert_is_rsa(&SigningKey::from_pem(headed.as_bytes()).unwrap());
}

/// RFC 5958 §2: version 2 holds the public key, in `[1]`; ring wraps it once more. RFC 8410 §10.3 has attributes.
#[test]
fn version_2_of_pkcs8_is_read_and_its_public_key_compared() {
    let build = |version: u8, rest: &[u8]| {
        let algorithm = [0x30, 5, 6, 3, 0x2b, 0x65, 0x70];
        let private = der_element(4, &der_element(4, seed()));
        der_element(0x30, &[&[2, 1, version], &algorithm[..], &private, rest].concat())
    };
    let public = [&[0][..], &public_of_seed()].concat();
    let attributes = der_element(0xa0, &der_element(0x30, &[6, 3, 0x55, 4, 3, 0x31, 0]));
    let good = der_element(0x81, &public);
    for octets in [
        build(0, &[]),
        build(1, &good),
        build(1, &[&*attributes, &good].concat()),
        build(0, &attributes),
        build(1, &der_element(0xa1, &der_element(3, &public))),
    ] {
        assert_eq!(SigningKey::from_der(&octets).unwrap().public_key(), public[1..], "{octets:02x?}");
    }
    let mut other = public.clone();
    other[5] ^= 1;
    let refused = |octets: &[u8]| SigningKey::from_der(octets).unwrap_err();
    assert_eq!(refused(&build(1, &der_element(0x81, &other))), UnusableKey::Inconsistent);
    assert_eq!(refused(&build(1, &der_element(0x81, &public[1..]))), UnusableKey::BrokenDer);
    assert_eq!(refused(&build(1, &[5, 0])), UnusableKey::BrokenDer);
    assert_eq!(refused(&build(2, &[])), UnusableKey::BrokenDer);
}

#[test]
fn a_published_key_is_compared_in_both_its_forms() {
    let rsa = SigningKey::from_der(RSA).unwrap();
    let ed25519 = SigningKey::from_der(ED25519).unwrap();
    assert!(rsa.matches_public_key(RSA_PUBLIC));
    // RFC 8017 appendix A.1.1, within the BIT STRING.
    assert!(rsa.matches_public_key(&RSA_PUBLIC[24..]));
    assert!(ed25519.matches_public_key(&ed25519.public_key()));
    let other = include_bytes!("../data/keys/rsa4096.spki");
    for wrong in [&[][..], other, &RSA_PUBLIC[1..], &RSA_PUBLIC[..200], &ed25519.public_key(), RSA] {
        assert!(!rsa.matches_public_key(wrong));
    }
    for wrong in [&[][..], RSA_PUBLIC, &ed25519.public_key()[..31], seed()] {
        assert!(!ed25519.matches_public_key(wrong));
    }
}

#[test]
fn a_key_is_shared_by_threads_and_clones_and_prints_nothing() {
    fn shareable<T: Send + Sync + Clone + 'static>() {}
    shareable::<SigningKey>();
    let key = SigningKey::from_der(RSA).unwrap();
    assert_eq!(format!("{key:?} {:?}", key.clone()), "SigningKey(Rsa, 2048 bits) SigningKey(Rsa, 2048 bits)");
    let key = SigningKey::from_der(ED25519).unwrap();
    assert_eq!(format!("{key:#?}"), "SigningKey(Ed25519, 256 bits)");
    assert_eq!((KeyType::Rsa.word(), KeyType::Ed25519.word()), ("rsa", "ed25519"));
}

#[test]
fn what_openssl_writes_is_read() {
    for bits in [2048, 3072] {
        let generate = format!("genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:{bits}");
        let Some(pkcs8) = openssl(&generate, b"") else { return };
        let public = openssl("pkey -pubout -outform DER", &pkcs8).unwrap();
        let forms = [
            "pkey",
            "pkey -traditional",
            "pkey -outform DER",
            "pkey -traditional -outform DER",
            "pkey -text",
        ];
        for form in forms {
            let key = SigningKey::read(&openssl(form, &pkcs8).unwrap()).unwrap();
            assert_eq!((key.bits(), key.public_key()), (bits, public.clone()), "{form}");
        }
        let bare = openssl("rsa -RSAPublicKey_out -outform DER", &pkcs8).unwrap();
        assert!(SigningKey::read(&pkcs8).unwrap().matches_public_key(&bare));
    }
    let pkcs8 = openssl("genpkey -algorithm ED25519", b"").unwrap();
    let public = openssl("pkey -pubout -outform DER", &pkcs8).unwrap();
    for form in ["pkey", "pkey -outform DER", "pkey -text"] {
        let key = SigningKey::read(&openssl(form, &pkcs8).unwrap()).unwrap();
        // RFC 8410 §4: the last 32 octets of SubjectPublicKeyInfo.
        assert_eq!(key.public_key(), public[12..], "{form}");
    }
}
