//! What is sealed here validates elsewhere, and the other way round: mail-auth in this process, dkimpy as a child
//! process.
//!
//! Where dkimpy is not installed the test says so and leaves it out, unless MAILPROOF_REQUIRE_REAL is set.

use crate::arc_forge::{Forge, sealer, verdict, zone};
use crate::dkim_signer::{Key, NOW};
use crate::peer::{Peer, ready};
use mail_auth::arc::ArcSealer;
use mail_auth::common::crypto::{RsaKey, Sha256};
use mail_auth::common::headers::HeaderWriter;
use mail_auth::{AuthenticatedMessage, AuthenticationResults, DkimResult};
use mailproof::arc::{Outcome, Policy, SealingOptions};
use mailproof::authres::{AuthResults, Entry};
use mailproof::dkim::Canonicalization;
use mailproof::message::Message;
use rustls_pki_types::PrivatePkcs8KeyDer;
use std::path::{Path, PathBuf};
use std::process::Command;

const RSA: &[u8] = include_bytes!("../data/keys/rsa2048.pk8");

/// Verifies the message, seals it, and writes the whole of it.
const DKIMPY: &str = r#"
import sys, base64, dkim
key = open(sys.argv[1], 'rb').read()
record = open(sys.argv[2], 'rb').read()
def txt(name, timeout=5):
    return record if name.decode().rstrip('.') == 'rsa._domainkey.example.com' else b''
for path in sys.argv[3:]:
    mail = open(path, 'rb').read()
    cv, results, reason = dkim.arc_verify(mail, dnsfunc=txt)
    status = cv.decode() if cv else 'broken'
    told = b'Authentication-Results: mx.example.com; arc=' + (cv or b'fail') + b'; spf=pass smtp.mailfrom=example.com\r\n'
    fields = dkim.arc_sign(told + mail, b'rsa', b'example.com', key, b'mx.example.com')
    print(status, base64.b64encode(b''.join(fields) + mail).decode())
"#;

fn peer() -> Peer {
    Peer::new().with("rsa._domainkey.example.com", &Key::rsa2048().record())
}

fn judged(raw: &[u8]) -> String {
    verdict(raw, &zone(), &Policy::default()).outcome.to_string()
}

/// What mail-auth says of the chain.
fn theirs(raw: &[u8]) -> &'static str {
    let message = AuthenticatedMessage::parse(raw).unwrap();
    let peer = peer();
    let output = ready(peer.authenticator.verify_arc(peer.parameters(&message)));
    match output.result() {
        DkimResult::Pass => "pass",
        DkimResult::None => "none",
        _ => "fail",
    }
}

/// The message with a set of ours on top.
fn sealed_here(raw: &[u8], canon: Canonicalization) -> Vec<u8> {
    let mut options = SealingOptions::default();
    options.header_canonicalization = canon;
    options.body_canonicalization = canon;
    let mut results = AuthResults::new("mx.example.com");
    results.push(
        Entry::new("dkim", "pass").with("header", "d", "example.com").with_reason("signed, and folded here"),
    );
    let chain = verdict(raw, &zone(), &Policy::default());
    let set = sealer(options).seal(&Message::parse(raw).unwrap(), &chain, &results, NOW).unwrap();
    [set.to_string().as_bytes(), raw].concat()
}

/// The message with a set of mail-auth on top.
fn sealed_there(raw: &[u8]) -> Vec<u8> {
    let message = AuthenticatedMessage::parse(raw).unwrap();
    let peer = peer();
    let output = ready(peer.authenticator.verify_arc(peer.parameters(&message)));
    let results =
        AuthenticationResults::new("mx.example.com").with_arc_result(&output, "192.0.2.1".parse().unwrap());
    let set =
        ArcSealer::from_key(RsaKey::<Sha256>::from_key_der(PrivatePkcs8KeyDer::from(RSA).into()).unwrap())
            .domain("example.com")
            .selector("rsa")
            .headers(["From", "Subject", "To"])
            .seal(&message, &results, &output)
            .unwrap();
    [set.to_header().as_bytes(), raw].concat()
}

#[test]
fn mail_auth_validates_what_is_sealed_here() {
    for canon in [Canonicalization::Relaxed, Canonicalization::Simple] {
        let mut raw = Forge::new().raw();
        assert_eq!(theirs(&raw), "none");
        for hops in 1..=4 {
            raw = sealed_here(&raw, canon);
            assert_eq!((theirs(&raw), &*judged(&raw)), ("pass", "pass"), "{hops}");
        }
        let footer = [&raw[..], b"footer\r\n"].concat();
        assert_eq!(theirs(&footer), "fail");
        let failed = sealed_here(&footer, canon);
        assert_eq!(theirs(&failed), "fail");
    }
}

#[test]
fn what_mail_auth_seals_validates_here() {
    let mut raw = Forge::new().raw();
    for hop in 1..=6 {
        // Theirs and ours in turn.
        raw = if hop % 2 == 0 { sealed_here(&raw, Canonicalization::Relaxed) } else { sealed_there(&raw) };
        assert_eq!((theirs(&raw), &*judged(&raw)), ("pass", "pass"), "{hop}");
    }
}

/// What dkimpy says of each chain, and the message with a set of its own.
fn in_dkimpy(mails: &[Vec<u8>]) -> Option<Vec<(String, Vec<u8>)>> {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD as BASE64;
    let python = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("target/venv/bin/python");
    let is_there = Command::new(&python).args(["-c", "import authres, dkim"]).output();
    if !is_there.is_ok_and(|output| output.status.success()) {
        assert!(std::env::var_os("MAILPROOF_REQUIRE_REAL").is_none(), "dkimpy is not installed");
        println!("skipped: dkimpy is not installed");
        return None;
    }
    static CALLS: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);
    let call = CALLS.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    let folder = std::env::temp_dir().join(format!("mailproof-arc-{}-{call}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let write = |name: &str, octets: &[u8]| -> PathBuf {
        let path = folder.join(name);
        std::fs::write(&path, octets).unwrap();
        path
    };
    let pem = format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", BASE64.encode(RSA));
    let files = [write("key.pem", pem.as_bytes()), write("record", Key::rsa2048().record().as_bytes())];
    let mails: Vec<_> =
        mails.iter().enumerate().map(|(index, mail)| write(&format!("{index}.eml"), mail)).collect();
    let output = Command::new(&python).args(["-c", DKIMPY]).args(files).args(mails).output().unwrap();
    std::fs::remove_dir_all(Path::new(&folder)).unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let told = String::from_utf8(output.stdout).unwrap();
    let line = |line: &str| {
        let (status, sealed) = line.split_once(' ').unwrap();
        (status.to_owned(), BASE64.decode(sealed).unwrap())
    };
    Some(told.lines().map(line).collect())
}

#[test]
fn dkimpy_validates_what_is_sealed_here_and_the_other_way_round() {
    let start = Forge::new().raw();
    let mut mails = vec![start.clone()];
    for canon in [Canonicalization::Relaxed, Canonicalization::Simple] {
        let mut raw = start.clone();
        for _ in 0..3 {
            raw = sealed_here(&raw, canon);
            mails.push(raw.clone());
        }
    }
    for _ in 0..3 {
        let Some(told) = in_dkimpy(&mails) else {
            return;
        };
        let mut next = Vec::new();
        for ((status, theirs), mail) in told.iter().zip(&mails) {
            let ours = verdict(mail, &zone(), &Policy::default()).outcome;
            assert_eq!((status.as_str(), ours.word()), (ours.word(), ours.word()));
            // Its set goes on top, and ours on top of that.
            assert_eq!(judged(theirs), "pass", "{}", theirs.escape_ascii());
            next.push(sealed_here(theirs, Canonicalization::Relaxed));
        }
        mails = next;
    }
    // What was changed fails in both, and a failed seal of either is believed by the other.
    let changed: Vec<_> = mails[1..].iter().map(|mail| [&mail[..], b"footer\r\n"].concat()).collect();
    let Some(told) = in_dkimpy(&changed) else {
        return;
    };
    for ((status, theirs), mail) in told.iter().zip(&changed) {
        assert_eq!(
            (status.as_str(), verdict(mail, &zone(), &Policy::default()).outcome.word()),
            ("fail", "fail")
        );
        assert!(judged(theirs).contains("says that the chain had failed before"));
    }
    let failed: Vec<_> = changed.iter().map(|mail| sealed_here(mail, Canonicalization::Relaxed)).collect();
    assert!(
        failed
            .iter()
            .all(|mail| matches!(verdict(mail, &zone(), &Policy::default()).outcome, Outcome::Fail(_)))
    );
}
