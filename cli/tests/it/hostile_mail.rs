//! Mail that is none, or is made to hurt: a verdict or an error that says why, and never a panic.

use super::{Ended, NEWSLETTER_ZONE, run_with};

fn check(message: &[u8]) -> Ended {
    let ended = run_with(&["check", "-", "--zone", NEWSLETTER_ZONE, "--ip", "192.0.2.25"], message);
    assert!(!ended.complaint.contains("panicked"), "{}", ended.complaint);
    ended
}

#[test]
fn what_is_no_message_is_refused_with_its_reason() {
    for (octets, what) in [
        (&b""[..], "the message is empty"),
        (b"\r\n", "there is no header field"),
        (b"\n\nbody\n", "there is no header field"),
        (b"\r\n\r\nFrom: a@example.com\r\n", "there is no header field"),
        (b"just words\n", "there is no header field"),
        (b"\0\0\0\0", "there is no header field"),
        (&[0xff; 4096], "there is no header field"),
    ] {
        let ended = check(octets);
        assert_eq!((ended.code, ended.out.as_str()), (65, ""), "{octets:?}");
        assert_eq!(ended.complaint, format!("mailproof: standard input: {what}\n"));
    }
}

#[test]
fn a_message_may_end_anywhere() {
    for octets in [
        &b"From: a@example.com"[..],
        b"From: a@example.com\r",
        b"From: a@example.com\n",
        b"From: a@example.com\r\n\r\n",
    ] {
        let ended = check(octets);
        assert_eq!(ended.code, 1, "{octets:?} {}", ended.out);
        assert!(
            ended.out.contains("mail of example.com") || ended.out.contains("malformed"),
            "{}",
            ended.out
        );
    }
}

#[test]
fn who_is_no_author_is_said() {
    for (from, what) in [
        (&b"From: a@example.com\r\nFrom: b@example.com\r\n"[..], "there are 2 From fields, of example.com"),
        (b"Subject: x\r\n", "there is no From field"),
        (b"From:\r\n", "holds no address"),
        (b"From: nobody\r\n", "holds no address"),
        (b"From: a@one.example, b@two.example\r\n", "several domains: one.example, two.example"),
        (b"From: undisclosed:;\r\n", "only an empty group"),
        (b"From: a@[192.0.2.1]\r\n", "address literal"),
        (b"From: a@[IPv6:2001:db8::1]\r\n", "address literal"),
        (b"From: \"unclosed <a@example.com>\r\n", "malformed"),
        (b"From: a@\xff\xfe.example\r\n", "not a legal host name"),
        (b"From: a@exam\0ple.com\r\n", "malformed"),
    ] {
        let ended = check(&[from, b"\r\nbody\r\n"].concat());
        assert_eq!(ended.code, 1, "{}", ended.out);
        assert!(ended.line("FAIL").contains("nobody can say whose mail this is"), "{}", ended.out);
        assert!(ended.line("DMARC").contains(what), "{what}: {}", ended.out);
    }
}

/// The limit of a header section is told; a body has none.
#[test]
fn a_line_of_100_megabytes_is_only_long() {
    const LINE: usize = 100_000_000;
    let long = |before: &[u8], after: &[u8]| {
        let mut message = Vec::with_capacity(LINE + 64);
        message.extend_from_slice(before);
        message.resize(before.len() + LINE, b'x');
        message.extend_from_slice(after);
        message
    };
    let body = check(&long(b"From: a@example.com\r\n\r\n", b"\r\n"));
    assert_eq!(body.code, 1, "{}", body.complaint);
    assert!(body.line("FAIL").contains("mail of example.com"));
    for header in [long(b"From: a@example.com\r\nSubject: ", b"\r\n\r\nx\r\n"), long(b"", b"")] {
        let ended = check(&header);
        assert_eq!((ended.code, ended.out.as_str()), (65, ""));
        assert!(
            ended.complaint.contains("the header section is longer than 1048576 octets"),
            "{}",
            ended.complaint
        );
    }
}

#[test]
fn forty_thousand_fields_are_only_many() {
    for field in [
        "X-Spam: no\r\n",
        "From: a@example.com\r\n",
        "no field at all\r\n",
        ": :\r\n",
        "DKIM-Signature: v=1\r\n",
    ] {
        let ended = check(format!("{}From: b@example.com\r\n\r\nx\r\n", field.repeat(40_000)).as_bytes());
        assert_eq!(ended.code, 1, "{field}");
        assert!(ended.out.len() > 100);
    }
}
