//! Signing, row by row of the standards: what is signed, what is written, what is refused.

use crate::dkim_signer::{self, NOW};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use mailproof::SigningKey;
use mailproof::dkim::{Canonicalization, InvalidSigner, Policy, SignError, Signed, Signer, SigningOptions};
use mailproof::dns::{Kind, Records, Rrset, Txt, Zone};
use mailproof::message::{MalformedMessage, Message};
use mailproof::{KeyType, Name};
use std::time::Duration;

pub(crate) const MAIL: &str = "Received: from a by b; Fri, 11 Jul 2003 21:00:38 -0700\r\n\
    Return-Path: <joe@example.com>\r\n\
    From: Joe <joe@example.com>\r\n\
    To: Ann <ann@example.net>\r\n\
    Subject: Is dinner\r\n  ready?\r\n\
    Date: Fri, 11 Jul 2003 21:00:37 -0700\r\n\
    Message-ID: <1@example.com>\r\n\
    Comments: none\r\n\
    List-Unsubscribe: <https://example.com/u>\r\n\
    List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n\
    \r\n\
    We lost the game.\r\nAre you hungry yet?\r\n";

pub(crate) fn key(kind: KeyType) -> SigningKey {
    let der: &[u8] = match kind {
        KeyType::Ed25519 => include_bytes!("../data/keys/ed25519.pk8"),
        _ => include_bytes!("../data/keys/rsa2048.pk8"),
    };
    let text = BASE64.encode(der);
    let pem = format!("-----BEGIN PRIVATE KEY-----\n{text}\n-----END PRIVATE KEY-----\n");
    SigningKey::from_pem(pem.as_bytes()).unwrap()
}

/// A signer for example.com with both keys.
pub(crate) fn dual(options: SigningOptions) -> Signer {
    let keys = [("rsa", key(KeyType::Rsa)), ("ed", key(KeyType::Ed25519))];
    Signer::new("example.com", keys, options).unwrap()
}

/// A signer for example.com with the key that is quick.
pub(crate) fn quick(options: SigningOptions) -> Signer {
    Signer::new("example.com", [("ed", key(KeyType::Ed25519))], options).unwrap()
}

/// Where the keys of [`dual`] are published.
pub(crate) fn published() -> Vec<(String, String)> {
    let keys = [("rsa", dkim_signer::Key::rsa2048()), ("ed", dkim_signer::Key::ed25519())];
    keys.map(|(selector, key)| (format!("{selector}._domainkey.example.com"), key.record())).to_vec()
}

pub(crate) fn zone() -> Zone {
    let mut zone = Zone::new();
    for (name, record) in published() {
        let records = Records::Txt(vec![Txt::new(record.as_bytes().chunks(255))]);
        zone.insert_rrset(
            Name::parse(name).unwrap(),
            Kind::Txt,
            Rrset::Found(records),
            Duration::from_secs(60),
        );
    }
    zone
}

/// The outcome of each signature on a message.
pub(crate) fn outcomes(raw: &[u8]) -> Vec<String> {
    let verdicts = dkim_signer::verdicts(raw, &zone(), &Policy::default());
    verdicts.iter().map(|verdict| verdict.outcome.to_string()).collect()
}

pub(crate) fn sign(signer: &Signer, raw: &[u8]) -> Result<Signed, SignError> {
    signer.sign(&Message::parse(raw).unwrap(), NOW)
}

/// The message with its signatures on top.
pub(crate) fn signed(signer: &Signer, raw: &[u8]) -> Vec<u8> {
    [sign(signer, raw).unwrap().to_string().as_bytes(), raw].concat()
}

/// The value of a tag of the first signature, without white space.
fn tag(signed: &Signed, name: &str) -> Option<String> {
    let value: String = signed.fields()[0].value().split_whitespace().collect();
    value.split(';').find_map(|tag| tag.strip_prefix(&format!("{name}=")).map(str::to_owned))
}

pub(crate) fn options(change: impl FnOnce(&mut SigningOptions)) -> SigningOptions {
    let mut options = SigningOptions::default();
    change(&mut options);
    options
}

fn tag_with(name: &str, change: impl FnOnce(&mut SigningOptions)) -> Option<String> {
    tag(&sign(&quick(options(change)), MAIL.as_bytes()).unwrap(), name)
}

fn invalid(change: impl FnOnce(&mut SigningOptions)) -> InvalidSigner {
    Signer::new("example.com", [("ed", key(KeyType::Ed25519))], options(change)).unwrap_err()
}

#[test]
fn signs_with_every_key_from_one_pass() {
    let signer = dual(SigningOptions::default());
    let signatures = sign(&signer, MAIL.as_bytes()).unwrap();
    let told: Vec<_> = signatures
        .fields()
        .iter()
        .map(|field| (field.selector().to_string(), field.algorithm().to_string()))
        .collect();
    assert_eq!(told, [("rsa".into(), "rsa-sha256".into()), ("ed".into(), "ed25519-sha256".into())]);
    assert_eq!(outcomes(&signed(&signer, MAIL.as_bytes())), ["pass", "pass"]);
    // Existing signatures stay and still hold, and both kinds go on top of them.
    let twice = signed(&signer, &signed(&signer, MAIL.as_bytes()));
    assert_eq!(outcomes(&twice), ["pass"; 4]);
}

#[test]
fn signs_what_is_recommended_and_oversigns_what_is_shown() {
    let names = tag_with("h", |_| ()).unwrap();
    assert_eq!(
        names,
        "From:From:To:To:Cc:Subject:Subject:Date:Date:Reply-To:Sender:Message-ID:Message-ID:MIME-Version:\
         Content-Type:Content-Transfer-Encoding:List-Unsubscribe:List-Unsubscribe-Post"
    );
    let names = tag_with("h", |options| options.signed.push("Comments".into())).unwrap();
    assert!(names.ends_with(":Comments"), "{names}");
    // RFC 6376 §5.4: From in any case.
    let names = tag_with("h", |options| (options.signed.clear(), options.oversigned.clear()).0).unwrap();
    assert_eq!(names, "From");
    let names = tag_with("h", |options| {
        options.oversigned = vec!["fROM".into(), "X-None".into()];
        options.signed = vec!["from".into(), "To".into(), "to".into(), "X-Absent".into()];
    });
    assert_eq!(names.unwrap(), "fROM:fROM:X-None:To");
}

#[test]
fn a_field_added_later_breaks_what_is_oversigned() {
    let raw = signed(&dual(SigningOptions::default()), MAIL.as_bytes());
    for name in [
        "From",
        "To",
        "Cc",
        "Subject",
        "Date",
        "Reply-To",
        "Sender",
        "Message-ID",
        "MIME-Version",
        "Content-Type",
    ] {
        let forged = [format!("{name}: forged\r\n").as_bytes(), &raw].concat();
        assert_eq!(outcomes(&forged), ["fail (signature did not verify)"; 2], "{name}");
    }
    let harmless = [&b"Received: from c by d\r\nX-Spam: no\r\n"[..], &raw].concat();
    assert_eq!(outcomes(&harmless), ["pass", "pass"]);
}

#[test]
fn says_what_was_asked_and_nothing_else() {
    let field = sign(&quick(SigningOptions::default()), MAIL.as_bytes()).unwrap().to_string();
    let start =
        "DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed; d=example.com; s=ed;\r\n t=1700000000; h=";
    assert!(
        field.starts_with(start) || field.replace("\r\n ", " ").starts_with(&start.replace("\r\n ", " ")),
        "{field}"
    );
    for absent in [" x=", " i=", " z=", " r=", " l=", " q="] {
        assert!(!field.contains(absent), "{absent}");
    }
    assert_eq!(tag_with("t", |options| options.timestamp = false), None);
    assert_eq!(tag_with("x", |options| options.expires_after = Some(86_400)).unwrap(), "1700086400");
    assert_eq!(tag_with("r", |options| options.request_reports = true).unwrap(), "y");
    assert_eq!(
        tag_with("i", |options| options.identity = Some("@mail.example.com".into())).unwrap(),
        "@mail.example.com"
    );
    let identity = Some("j=ö e;\"@bücher.EXAMPLE.com".into());
    assert_eq!(
        tag_with("i", |options| options.identity = identity).unwrap(),
        "j=3D=C3=B6=20e=3B\"@xn--bcher-kva.example.com"
    );
    let simple = |options: &mut SigningOptions| options.header_canonicalization = Canonicalization::Simple;
    assert_eq!(tag_with("c", simple).unwrap(), "simple/relaxed");
    let copies =
        tag_with("z", |options| (options.copy_header, options.oversigned) = (true, vec!["Subject".into()]));
    assert_eq!(
        copies.unwrap(),
        "From:Joe=20<joe@example.com>|Subject:Is=20dinner=0D=0A=20=20ready?|\
         List-Unsubscribe:<https://example.com/u>|List-Unsubscribe-Post:List-Unsubscribe=3DOne-Click"
    );
}

#[test]
fn everything_at_once_still_verifies() {
    for header in [Canonicalization::Relaxed, Canonicalization::Simple] {
        for body in [Canonicalization::Relaxed, Canonicalization::Simple] {
            let signer = dual(options(|options| {
                options.header_canonicalization = header;
                options.body_canonicalization = body;
                options.copy_header = true;
                options.expires_after = Some(1);
                options.identity = Some("jöe|x@sub.example.com".into());
                options.request_reports = true;
            }));
            assert_eq!(outcomes(&signed(&signer, MAIL.as_bytes())), ["pass", "pass"]);
        }
    }
}

#[test]
fn names_are_written_in_a_labels() {
    let keys = [("wähler.a", key(KeyType::Ed25519))];
    let signer = Signer::new("Bücher.example", keys, SigningOptions::default()).unwrap();
    assert_eq!(signer.domain().as_str(), "xn--bcher-kva.example");
    let field = sign(&signer, MAIL.as_bytes()).unwrap();
    assert_eq!(tag(&field, "d").unwrap(), "xn--bcher-kva.example");
    assert_eq!(tag(&field, "s").unwrap(), "xn--whler-gra.a");
    assert!(field.to_string().is_ascii());
}

#[test]
fn refuses_to_be_made_of_what_nobody_could_verify() {
    let make = |domain: &str, selectors: &[&str]| {
        let keys = selectors.iter().map(|selector| (*selector, key(KeyType::Ed25519)));
        Signer::new(domain, keys, SigningOptions::default()).map(|_| ()).map_err(|error| error.to_string())
    };
    for domain in [
        "",
        "com",
        "example.com.",
        "a..b",
        "exa mple.com",
        "ex_ample.com",
        "-a.com",
        "a-.com",
        "[192.0.2.1]",
        "a;b.com",
    ] {
        let error = make(domain, &["ed"]).unwrap_err();
        assert!(error.starts_with("tag d= is no domain name"), "{domain}: {error}");
    }
    for selector in
        ["", ".", "a.", "a b", "a_b", "-a", "a;b", "a\r\nBcc: x", &"a".repeat(64), &["a"; 120].join(".")]
    {
        assert_eq!(make("example.com", &[selector]), Err("tag s= is no selector".into()), "{selector}");
    }
    assert_eq!(make("example.com", &[]), Err("there is no key".into()));
    assert_eq!(make("example.com", &["a", "A"]), Err("two keys have the same selector".into()));
    assert_eq!(make("a-b.example.com", &["2024-01.a"]), Ok(()));
    assert_eq!(invalid(|options| options.expires_after = Some(0)), InvalidSigner::ExpiresAtOnce);
    for (identity, error) in [
        ("joe", InvalidSigner::Identity),
        ("joe@", InvalidSigner::Identity),
        ("joe@a_b.example.com", InvalidSigner::Identity),
        ("joe@example.net", InvalidSigner::IdentityOutside),
        ("joe@com", InvalidSigner::IdentityOutside),
        ("joe@badexample.com", InvalidSigner::IdentityOutside),
    ] {
        assert_eq!(invalid(|options| options.identity = Some(identity.into())), error, "{identity}");
    }
    for name in ["", "a b", "a:b", "a;b", "ä", "a\r\n"] {
        let error = invalid(|options| options.signed = vec!["To".into(), name.into()]);
        assert_eq!(error, InvalidSigner::FieldName { place: 13 }, "{name}");
    }
}

#[test]
fn never_signs_what_changes_on_the_way() {
    for name in [
        "Received",
        "return-path",
        "Authentication-Results",
        "DKIM-SIGNATURE",
        "ARC-Seal",
        "arc-message-signature",
        "ARC-Authentication-Results",
    ] {
        for error in [
            invalid(|options| options.signed.push(name.into())),
            invalid(|options| options.oversigned.push(name.into())),
        ] {
            let InvalidSigner::Unsignable { name: told } = error else {
                panic!("{error}");
            };
            assert!(told.eq_ignore_ascii_case(name));
        }
    }
}

#[test]
fn refuses_messages_without_exactly_one_author_field() {
    let signer = quick(SigningOptions::default());
    for (header, count) in [
        ("To: a@example.com\r\n", 0),
        ("From : a@example.com\r\nfrom: b@example.com\r\n", 2),
        ("From: a@example.com\r\nX-A: b\nFrom: c@example.net\r\n", 2),
        ("From: a@example.com\r\nX-A: b\rfrom\t: c@example.net\r\n", 2),
        ("X-A: b\nFrom: c@example.net\r\n", 1),
    ] {
        let raw = format!("{header}\r\nbody\r\n");
        let counted = match sign(&signer, raw.as_bytes()) {
            Err(SignError::From { count }) => count,
            _ => 1,
        };
        assert_eq!(counted, count, "{header:?}");
    }
}

#[test]
fn refuses_lone_line_ends_unless_told_to_sign_them() {
    let strict = quick(SigningOptions::default());
    let lax = quick(options(|options| options.accept_lone_line_ends = true));
    let with = |subject: &str, body: &str| {
        format!("From: a@example.com\r\nSubject:{subject}\r\nX-A: \n b\r\n\r\n{body}")
    };
    for (subject, body, error) in [
        (" a\nb", "", Some(SignError::HeaderLineEnd)),
        (" a\rb", "", Some(SignError::HeaderLineEnd)),
        (" a\r", "", Some(SignError::HeaderLineEnd)),
        (" a\r\n b", "a\r\n", None),
        (" a", "a\nb\r\n", Some(SignError::BodyLineEnd)),
        (" a", "\n", Some(SignError::BodyLineEnd)),
        (" a", "a\r", Some(SignError::BodyLineEnd)),
        (" a", "a\r\r\n", Some(SignError::BodyLineEnd)),
        (" a", "a\r\n\n", Some(SignError::BodyLineEnd)),
        (" a", "", None),
    ] {
        let raw = with(subject, body);
        assert_eq!(sign(&strict, raw.as_bytes()).err(), error, "{raw:?}");
        assert_eq!(outcomes(&signed(&lax, raw.as_bytes())), ["pass"], "{raw:?}");
    }
    // Wherever it stands, and however the body is cut there.
    for place in 0..200 {
        for wrong in ["\r", "\n"] {
            let mut body = "x".repeat(200);
            body.insert_str(place, wrong);
            assert_eq!(
                sign(&strict, with("", &body).as_bytes()).err(),
                Some(SignError::BodyLineEnd),
                "{place}"
            );
            let mut body = "x".repeat(200);
            body.insert_str(place, "\r\n");
            assert!(sign(&strict, with("", &body).as_bytes()).is_ok(), "{place}");
        }
    }
}

#[test]
fn lines_are_short_and_none_is_blank() {
    let long = "a".repeat(50);
    let signer = Signer::new(
        &format!("{long}.{long}.{long}.example.com"),
        [(long.clone(), key(KeyType::Rsa))],
        options(|options| {
            options.identity = Some(format!("{long}@{long}.{long}.{long}.example.com"));
            options.signed.push(format!("X-{}", "b".repeat(200)));
            options.copy_header = true;
        }),
    )
    .unwrap();
    let raw = format!("X-{}: {}\r\n{MAIL}", "b".repeat(200), "c".repeat(300));
    let field = sign(&signer, raw.as_bytes()).unwrap();
    for line in field.to_string().split_terminator("\r\n").skip(1) {
        assert!(line.starts_with(' ') && !line.trim().is_empty(), "{line:?}");
        let is_unbreakable = [" d=", " i=", " X-b", " h=X-b"].iter().any(|start| line.starts_with(start));
        assert!(line.len() < 78 || is_unbreakable, "{line:?}");
    }
}

#[test]
fn a_milter_inserts_what_was_hashed() {
    let signer = dual(options(|options| options.header_canonicalization = Canonicalization::Simple));
    let mut session = signer.session(NOW);
    let message = Message::parse(MAIL.as_bytes()).unwrap();
    for field in message.headers.iter() {
        session.header(field.name(), field.value()).unwrap();
    }
    session.end_of_header().unwrap();
    for chunk in message.body.chunks(7) {
        session.body(chunk).unwrap();
    }
    let fields = session.finish().unwrap();
    assert_eq!(fields, sign(&signer, MAIL.as_bytes()).unwrap());
    let mut raw = MAIL.to_owned();
    for field in fields.fields().iter().rev() {
        raw.insert_str(0, &format!("DKIM-Signature: {}\r\n", field.value()));
    }
    assert_eq!(outcomes(raw.as_bytes()), ["pass", "pass"]);
    assert_eq!(raw, format!("{fields}{MAIL}"));
}

#[test]
fn a_session_that_refused_stays_so() {
    let signer = quick(SigningOptions::default());
    let empty = SignError::Message(MalformedMessage::Empty);
    assert_eq!(signer.session(NOW).finish(), Err(empty.clone()));
    assert_eq!(signer.session(NOW).body(b"x"), Err(empty));
    let mut session = signer.session(NOW);
    let field = SignError::Message(MalformedMessage::Field);
    assert_eq!(session.header(b"A", b" b\r\nBcc: c"), Err(field.clone()));
    assert_eq!(session.header(b"From", b" a@example.com"), Err(field.clone()));
    assert_eq!(session.finish(), Err(field));
    let mut session = signer.session(NOW);
    assert_eq!(session.feed(b"To: a\r\n\r\nx"), Err(SignError::From { count: 0 }));
    assert_eq!(session.feed(b"x"), Err(SignError::From { count: 0 }));
    let many = format!("From: a@example.com\r\n{}\r\n", "To: b\r\n".repeat(1100));
    assert_eq!(sign(&signer, many.as_bytes()), Err(SignError::TooManyFields { limit: 1024 }));
}

#[test]
fn the_messages_of_the_standards_hash_as_printed() {
    // RFC 8463 appendix A prints the body hash; the octets of b= depend on the order of tags and lists.
    let raw = include_str!("../data/dkim/rfc8463.eml").replace("\r\n", "\n").replace('\n', "\r\n");
    let plain = &raw[raw.find("\r\nFrom:").unwrap() + 2..];
    let pem = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n-----END PRIVATE KEY-----\n";
    let keys = [("brisbane", SigningKey::from_pem(pem.as_bytes()).unwrap())];
    let signer = Signer::new("football.example.com", keys, SigningOptions::default()).unwrap();
    let signatures = sign(&signer, plain.as_bytes()).unwrap();
    assert_eq!(tag(&signatures, "bh").unwrap(), "2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=");
    let mut zone = Zone::new();
    let record = "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";
    let name = Name::parse("brisbane._domainkey.football.example.com").unwrap();
    zone.insert(name, Records::Txt(vec![Txt::new([record.as_bytes()])]), Duration::from_secs(60));
    let raw = format!("{signatures}{plain}");
    assert_eq!(dkim_signer::outcome(raw.as_bytes(), &zone, &Policy::default()), "pass");
    // RFC 6376 §3.4.3, §3.4.4: the hashes of an empty body.
    for (canonicalization, hash) in [
        (Canonicalization::Simple, "frcCV1k9oG9oKj3dpUqdJg1PxRT2RSN/XKdLCPjaYaY="),
        (Canonicalization::Relaxed, "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="),
    ] {
        let signer = quick(options(|options| options.body_canonicalization = canonicalization));
        let empty = sign(&signer, b"From: a@example.com\r\n").unwrap();
        assert_eq!(tag(&empty, "bh").unwrap(), hash);
    }
}

#[test]
fn is_shared_by_threads_and_shows_no_key() {
    fn shared<T: Send + Sync + Clone>(_: &T) {}
    let signer = dual(SigningOptions::default());
    shared(&signer);
    let raw = std::thread::scope(|scope| {
        let made: Vec<_> = (0..4).map(|_| scope.spawn(|| sign(&signer, MAIL.as_bytes()).unwrap())).collect();
        made.into_iter().map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
    });
    assert!(raw.windows(2).all(|pair| pair[0] == pair[1]));
    let shown = format!("{signer:?}");
    assert!(shown.contains("example.com") && shown.len() < 1500 && !shown.contains("key"), "{shown}");
}
