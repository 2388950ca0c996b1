//! Signing what should not be signed: pieces in the wrong order, times no signature can hold, headers that are none.

use crate::dkim_sign::{MAIL, dual, options, outcomes, quick, sign, signed};
use crate::dkim_signer::NOW;
use mailproof::Authenticator;
use mailproof::Connection;
use mailproof::dkim::{Canonicalization, InvalidSigner, Signer, SigningOptions, SigningSession};
use mailproof::edits::{HeaderEdit, apply};
use mailproof::message::Message;

fn begun() -> SigningSession {
    let mut session = quick(SigningOptions::default()).session(NOW);
    session.header(b"From", b" a@example.com").unwrap();
    session
}

#[test]
fn a_field_told_after_the_header_section_is_refused() {
    const LATE: &str = "a header field was told after the header section had ended";
    let mut session = begun();
    session.end_of_header().unwrap();
    assert_eq!(session.header(b"Subject", b" late").unwrap_err().to_string(), LATE);
    assert_eq!(session.body(b"x").unwrap_err().to_string(), LATE);
    assert_eq!(session.finish().unwrap_err().to_string(), LATE);
    let mut session = begun();
    session.feed(b"\r\nbody").unwrap();
    assert!(session.header(b"Subject", b" late").is_err());

    let authenticator = Authenticator::new("mx.example.org");
    let mut check = authenticator.session(Connection::unknown());
    check.header(b"From", b" a@example.com").unwrap();
    check.end_of_header().unwrap();
    assert_eq!(check.header(b"Subject", b" late").unwrap_err().to_string(), LATE);
    assert!(check.finish().is_err());
}

#[test]
fn a_field_never_becomes_a_part_of_the_one_before() {
    for name in [" Subject", "\tSubject"] {
        assert!(begun().header(name.as_bytes(), b" x").is_err(), "{name:?}");
    }
    for cut in ["Subject: x", "Subject: x\r", "Subj"] {
        let mut session = begun();
        session.feed(cut.as_bytes()).unwrap();
        assert!(session.header(b"To", b" ann@example.net").is_err(), "{cut:?}");
    }
    let mut session = begun();
    session.feed(b"Subject: x\r\n").unwrap();
    session.header(b"To", b" ann@example.net").unwrap();
    session.finish().unwrap();
}

/// RFC 6376 §3.8: what is no field would be taken for the begin of the body, or be taken away, on the way.
#[test]
fn a_line_that_is_no_field_is_refused() {
    let signer = quick(SigningOptions::default());
    for line in [
        "From joe@example.com Fri Jul 11 21:00:38 2003",
        "no field",
        " X: y",
        "> quoted: x",
        ": x",
        "Gr\u{fc}n: x",
    ] {
        for raw in [format!("{line}\r\n{MAIL}"), format!("X-A: b\r\n{line}\r\n{MAIL}")] {
            let refused = sign(&signer, raw.as_bytes()).map_err(|error| error.to_string());
            // What begins with a space goes on with the field above, if there is one.
            let is_folded = line.starts_with(' ') && raw.starts_with("X-A");
            let expected = (!is_folded).then(|| "a line of the header section is no header field".to_owned());
            assert_eq!(refused.err(), expected, "{line:?}");
        }
    }
}

/// RFC 6376 §3.5: `t=` and `x=` are of 12 digits at most, and `x=` is greater than `t=`.
#[test]
fn times_are_what_verifiers_can_read() {
    const MOST: u64 = 999_999_999_999;
    let message = Message::parse(MAIL.as_bytes()).unwrap();
    let expiring = |seconds| quick(options(|options| options.expires_after = Some(seconds)));
    for (now, expiry) in [(NOW, u64::MAX), (NOW, MOST), (MOST - 1, 1), (MOST - 1, 9)] {
        let field = expiring(expiry).sign(&message, now).unwrap().to_string();
        assert!(field.contains(" x=999999999999;"), "{field}");
    }
    // Milliseconds, and worse.
    for now in [MOST, NOW * 1000, u64::MAX] {
        for signer in [quick(SigningOptions::default()), expiring(1)] {
            let refused = signer.sign(&message, now).unwrap_err();
            assert_eq!(refused.to_string(), "the time of signing is not in Unix seconds");
            assert!(signer.session(now).feed(format!("{MAIL}x").as_bytes()).is_err());
        }
    }
    assert!(quick(options(|options| options.timestamp = false)).sign(&message, NOW).is_ok());
}

/// Verifiers split `i=` at the first at sign or at the last one, and show what they decode.
#[test]
fn an_identity_reads_the_same_to_everybody() {
    let with = |local: &str| {
        let keys = [("ed", crate::dkim_sign::key(mailproof::KeyType::Ed25519))];
        let identity = Some(format!("{local}@example.com"));
        Signer::new("example.com", keys, options(|options| options.identity = identity)).err()
    };
    for wrong in ["a@example.net", "\"a@b\"", "@", "a\r\nBcc: b", "a\0b", "a\u{7f}", &"a".repeat(65)] {
        assert_eq!(with(wrong), Some(InvalidSigner::Identity), "{wrong:?}");
    }
    for right in ["", "joe", "\"joe doe\"", "j\u{f6}e", "a=b;c", &"a".repeat(64)] {
        assert_eq!(with(right), None, "{right:?}");
    }
}

/// RFC 5322 §2.1.1: a line has 998 octets at most, whatever stands in it.
#[test]
fn no_line_is_longer_than_mail_may_have() {
    let named = |octets: usize| {
        let keys = [("ed", crate::dkim_sign::key(mailproof::KeyType::Ed25519))];
        let name = "X".repeat(octets);
        let choices = options(|options| {
            options.oversigned = vec![name.clone(), "From".to_owned()];
            options.copy_header = true;
            options.identity = Some(format!("{}@example.com", ";".repeat(64)));
        });
        Signer::new("example.com", keys, choices).map(|signer| (signer, name))
    };
    let (signer, name) = named(994).unwrap();
    let raw = format!("{name}: a\r\n{MAIL}");
    let whole = String::from_utf8(signed(&signer, raw.as_bytes())).unwrap();
    assert!(whole.lines().take(40).filter(|line| !line.starts_with("XX")).all(|line| line.len() <= 998));
    assert_eq!(outcomes(whole.as_bytes()), ["pass"]);
    assert_eq!(named(995).unwrap_err(), InvalidSigner::FieldName { place: 1 });
}

/// With simple canonicalization not one octet may differ, whoever writes the space behind the colon.
#[test]
fn a_milter_inserts_what_was_hashed_with_and_without_the_leading_space() {
    let signer = dual(options(|options| {
        options.header_canonicalization = Canonicalization::Simple;
        options.body_canonicalization = Canonicalization::Simple;
        options.copy_header = true;
    }));
    let fields = sign(&signer, MAIL.as_bytes()).unwrap();
    let edits: Vec<_> =
        fields.fields().iter().rev().map(|field| HeaderEdit::insert_field(field.as_str()).unwrap()).collect();
    assert_eq!(apply(&edits, MAIL.as_bytes()), format!("{fields}{MAIL}").into_bytes());
    for has_leading_space in [false, true] {
        let mut raw = MAIL.to_owned();
        for (edit, field) in edits.iter().zip(fields.fields().iter().rev()) {
            let value = String::from_utf8(edit.milter_value(has_leading_space)).unwrap();
            assert!(!value.contains('\r'));
            // What Postfix and Sendmail do: they write the space, and end the lines.
            let space = if has_leading_space { "" } else { " " };
            raw.insert_str(0, &format!("DKIM-Signature:{space}{}\r\n", value.replace('\n', "\r\n")));
            assert_eq!(field.value().replace("\r\n", "\n"), value.trim_start());
        }
        assert_eq!(outcomes(raw.as_bytes()), ["pass", "pass"]);
    }
}

/// RFC 6376 §5.4.2: of several fields of one name the lowest comes first; taking one away, adding one, or exchanging
/// two breaks the signature.
#[test]
fn blocks_of_repeated_fields_are_signed_from_the_bottom_up() {
    let block = |day: &str| format!("Resent-From: {day}@example.com\r\nresent-to : {day}@example.net\r\n");
    let mail = |blocks: &[String]| format!("{}To: b\r\nTO: c\r\nSubject:\r\n{MAIL}", blocks.concat());
    let raw = mail(&[block("mon"), block("tue"), block("wed")]);
    for header in [Canonicalization::Relaxed, Canonicalization::Simple] {
        let signer = dual(options(|options| {
            options.header_canonicalization = header;
            options.oversigned.extend(["To".to_owned(), "resent-TO".to_owned()]);
        }));
        let fields = sign(&signer, raw.as_bytes()).unwrap();
        let with = |blocks: &[String]| outcomes(format!("{fields}{}", mail(blocks)).as_bytes());
        assert_eq!(with(&[block("mon"), block("tue"), block("wed")]), ["pass", "pass"]);
        for changed in [
            &[block("tue"), block("mon"), block("wed")][..],
            &[block("mon"), block("wed")],
            &[block("mon"), block("tue"), block("wed"), block("thu")],
            &[block("thu"), block("mon"), block("tue"), block("wed")],
        ] {
            assert_eq!(with(changed), ["fail (signature did not verify)"; 2]);
        }
    }
}
