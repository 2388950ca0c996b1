//! Messages that break the rules, or were made to hurt: each ends in a verdict or an error that says why.

use mailproof::dns::Zone;
use mailproof::message::{HEADER_OCTETS, MalformedMessage, Message};
use mailproof::{Authenticator, Connection, Evaluation, Report, dmarc};

/// The domains of the world have no DMARC record but one.
fn zone() -> Zone {
    Zone::from_json(
        r#"{
            "_dmarc.example.com": { "TXT": ["v=DMARC1; p=reject"] },
            "s._domainkey.example.com": { "TXT": ["v=DKIM1; p="] },
            "example.com": { "TXT": ["v=spf1 -all"] }
        }"#,
    )
    .unwrap()
}

fn connection() -> Connection {
    Connection::new([192, 0, 2, 1].into(), "h.example.com", "joe@example.com").at(1_795_200_000)
}

/// The report on a message; the same comes of it in one piece and in pieces of seven octets.
fn report(raw: &[u8]) -> Result<Report, MalformedMessage> {
    let authenticator = Authenticator::new("mx.example.org");
    let whole =
        Message::parse(raw).map(|message| authenticator.check(&message, connection()).run_blocking(&zone()));
    if raw.len() < 1 << 16 {
        let mut session = authenticator.session(connection());
        let fed = raw.chunks(7).try_for_each(|chunk| session.feed(chunk).map(drop));
        let pieces = fed.and_then(|()| session.finish()).map(|inspection| inspection.run_blocking(&zone()));
        assert_eq!(pieces, whole);
    }
    if let Ok(report) = &whole {
        // Whatever the message, what is written down about it is one field of visible text.
        let field = report.auth_results_field();
        assert_eq!(field, report.auth_results().field());
        assert!(
            field.ends_with("\r\n")
                && field.matches("\r\n").count() == field.matches(['\r', '\n']).count() / 2
        );
        assert!(field.split_terminator("\r\n").skip(1).all(|line| line.starts_with(' ')), "{field:?}");
        assert!(!field.replace("\r\n", "").contains(char::is_control), "{field:?}");
    }
    whole
}

fn with_from(value: &[u8]) -> Vec<u8> {
    [b"From: ", value, b"\r\n\r\nbody\r\n"].concat()
}

/// The author domain, or why there is none.
fn author(raw: &[u8]) -> String {
    let verdict = report(raw).unwrap().dmarc;
    match (&verdict.author_domain, &verdict.outcome) {
        (Some(domain), _) => domain.to_string(),
        (None, dmarc::Outcome::Permerror(cause)) => cause.to_string(),
        (None, other) => panic!("{other:?} without an author domain"),
    }
}

#[test]
fn octets_without_a_field_are_no_message() {
    assert_eq!(report(b"").unwrap_err(), MalformedMessage::Empty);
    for raw in [
        &b"\r\n"[..],
        b"\r\n\r\n",
        b"\r\nFrom: a@example.com\r\n\r\n",
        b"words\r\n",
        b":\r\n",
        b"\0",
        &[0xff; 999],
        b"\n\n",
    ] {
        assert_eq!(report(raw).unwrap_err(), MalformedMessage::NoHeader, "{raw:?}");
    }
}

#[test]
fn a_message_without_an_empty_line_is_all_header() {
    for raw in [
        &b"From: a@example.com\r\n"[..],
        b"From: a@example.com",
        b"From: a@example.com\r\nX\r\n",
        b"\tx\r\nFrom: a@example.com\r\n\r\n",
    ] {
        assert_eq!(author(raw), "example.com", "{raw:?}");
    }
}

#[test]
fn only_one_author_domain_is_an_author_domain() {
    for (value, expected) in [
        (&b"a@example.com"[..], "example.com"),
        (b"A@EXAMPLE.com.", "the From field is malformed at offset"),
        (b"(a (nested \\) comment)) \"q\" . b (c) @ (d) example (e) . com (f)", "example.com"),
        (b"\"<x@other.example>\" <a@example.com>", "example.com"),
        (b"\"a@b\\\" c\"@example.com", "example.com"),
        (b"=?utf-8?q?x=40other.example?= <a@example.com>", "example.com"),
        (b"\xfc\xff <a@example.com>", "example.com"),
        (b"a@example.com, b@EXAMPLE.com", "example.com"),
        (b"Team: a@example.com, b@example.com;", "example.com"),
        (b"<@relay.example,@other.example:a@example.com>", "example.com"),
        (
            b"a@one.example, b@two.example",
            "the From field holds addresses of several domains: one.example, two.example",
        ),
        (
            b"Team: a@one.example; , b@two.example",
            "the From field holds addresses of several domains: one.example, two.example",
        ),
        (b"undisclosed-recipients:;", "the From field holds only an empty group"),
        (b"", "the From field holds no address"),
        (b"<>", "the From field holds no address"),
        (b"a@[192.0.2.1]", "the From address has an address literal in place of a domain"),
        (b"a@exa mple.com", "the From field is malformed at offset"),
        (b"a@example.com b@other.example", "the From field is malformed at offset"),
        (b"<a@example.com", "the From field is malformed at offset"),
        (b"\"a <b@example.com>", "the From field is malformed at offset"),
        (b"((((a@example.com", "the From field is malformed at offset"),
        (b"a\0@example.com", "the From field is malformed at offset"),
        (b"a@\xff.com", "the domain of the From address is not a legal host name"),
        (b"a@-..com", "the From field is malformed at offset"),
        (b"a@xn--a.example", "xn--a.example"),
    ] {
        let told = author(&with_from(value));
        assert!(told.trim_start().starts_with(expected), "{:?}: {told}", String::from_utf8_lossy(value));
    }
    assert_eq!(author(b"Subject: x\r\n\r\n"), "there is no From field");
    assert_eq!(
        author(b"From: a@example.com\r\nfrom : b@example.com\r\n\r\n"),
        "there are 2 From fields, of example.com"
    );
}

#[test]
fn absurd_domains_are_only_refused() {
    let label = "l".repeat(64);
    let deep = "a.".repeat(200_000);
    for domain in [
        label,
        deep,
        "x".repeat(1 << 19),
        "xn--".repeat(5000),
        "\u{fc}.".repeat(50_000),
        ".".repeat(99),
        "1".repeat(300),
    ] {
        let told = author(&with_from(format!("a@{domain}").as_bytes()));
        assert!(told.starts_with("the "), "{told}");
    }
}

#[test]
fn octets_of_no_charset_are_only_octets() {
    let mut raw = b"From: a@example.com\r\n".to_vec();
    for octet in 0..=255_u8 {
        raw.extend_from_slice(&[b'X', b':', octet, octet, b'\r', b'\n', octet, b':', b'x', b'\r', b'\n']);
    }
    raw.extend_from_slice(b"DKIM-Signature: v=1; a=\xff\xfe; d=\0; s=\x80; h=\r\n\t; b=\xc3\r\n");
    let broken = report(&raw).unwrap();
    // One of the lines above is a lone LF, another a lone CR: neither begins the body.
    assert_eq!(broken.dkim.len(), 1);
    assert!(!broken.dkim[0].outcome.is_pass());
    assert_eq!(broken.dmarc.author_domain.unwrap().as_str(), "example.com");
}

#[test]
fn a_line_may_be_as_long_as_memory() {
    const LINE: usize = 100_000_000;
    let mut raw = b"From: a@example.com\r\n\r\n".to_vec();
    raw.resize(raw.len() + LINE, b' ');
    let verdict = report(&raw).unwrap();
    assert_eq!(verdict.dmarc.outcome, dmarc::Outcome::Fail);
    raw.drain(19..23);
    assert_eq!(report(&raw).unwrap_err(), MalformedMessage::HeaderTooLong { limit: HEADER_OCTETS });
}

/// 20,000 of anything: fields, names, comments, addresses, signatures and what they list.
#[test]
fn twenty_thousand_are_only_many() {
    const MANY: usize = 20_000;
    let body = "\r\nbody\r\n";
    let from = "From: a@example.com\r\n";
    let signature = |rest: &str| format!("DKIM-Signature: v=1; a=rsa-sha256; d=example.com; s=s; {rest}\r\n");
    let complete = signature("h=from; bh=QOfxJ1FENpXARxQzApRwF5/M1KvoG20bV3YST0UqU7o=; b=AAAA");
    for (what, raw, count) in [
        ("fields", format!("{}{from}{body}", "X: y\r\n".repeat(MANY)), 0),
        ("signed fields", format!("{complete}{}{body}", from.repeat(MANY)), 1),
        ("signatures", format!("{}{from}{body}", signature("").repeat(MANY / 2 + 1)), 10_001),
        (
            "names in h=",
            format!("{}{from}{body}", signature(&format!("h=from{}; bh=AA==; b=AA==", ":from".repeat(MANY)))),
            1,
        ),
        ("tags", format!("{}{from}{body}", signature(&"x=1; ".repeat(MANY))), 1),
        (
            "different tags",
            format!(
                "{}{from}{body}",
                signature(&(0..MANY).map(|tag| format!("x{tag}=1;")).collect::<String>())
            ),
            1,
        ),
        ("folds", format!("{}{from}{body}", signature(&"\r\n ".repeat(MANY))), 1),
        ("comments", format!("From: {}a@example.com\r\n{body}", "(x)".repeat(MANY)), 0),
        ("open comments", format!("From: {}a@example.com\r\n{body}", "(".repeat(MANY)), 0),
        (
            "addresses",
            format!(
                "From: {}{body}",
                (0..MANY).map(|number| format!("a@d{number}.example,\r\n ")).collect::<String>()
            ),
            0,
        ),
        ("groups", format!("From: {}\r\n{body}", "g:;,".repeat(MANY)), 0),
        ("blank lines", format!("{from}\r\n{}", "\r\n".repeat(MANY)), 0),
        (
            "spaces at the ends of lines",
            format!("{complete}{from}\r\n{}", format!("{}\r\n", " ".repeat(99)).repeat(MANY)),
            1,
        ),
    ] {
        let report = report(raw.as_bytes()).unwrap_or_else(|error| panic!("{what}: {error}"));
        assert_eq!(report.dkim.len(), count, "{what}");
        assert!(!report.dmarc.dkim_aligned, "{what}");
    }
}
