//! Received-SPF (RFC 7208 §9.1, erratum 5436), words and reply codes (RFC 7372).

use super::spf_run::{from, run, zone};
use mailproof::spf::{Reply, Request, Verdict};

const ZONE: &str = r#"{
    "pass.example.com": {"TXT": ["v=spf1 ip4:192.0.2.0/24 ip6:2001:db8::/32 -all"]},
    "fail.example.com": {"TXT": ["v=spf1 -all"]}, "softfail.example.com": {"TXT": ["v=spf1 ~all"]},
    "neutral.example.com": {"TXT": ["v=spf1 ?ip4:192.0.2.1"]}, "default.example.com": {"TXT": ["v=spf1"]},
    "temperror.example.com": "SERVFAIL", "permerror.example.com": {"TXT": ["v=spf1 (a\"b\\"]}
}"#;

fn checked(request: Request) -> (Verdict, String) {
    let verdict = run(&zone(ZONE), request.clone());
    let field = verdict.received_spf(&request);
    (verdict, field)
}

fn field(reverse_path: &str) -> String {
    let mut request = from("192.0.2.1", reverse_path);
    request.receiver = Some("mx.example.org".parse().unwrap());
    checked(request).1
}

/// Lines joined as a reader joins them (RFC 5322 §2.2.3).
fn unfolded(field: &str) -> String {
    field.replace("\r\n", "")
}

#[test]
fn writes_each_result_with_its_keys() {
    assert_eq!(
        unfolded(&field("jane@pass.example.com")),
        "Received-SPF: pass (mx.example.org: domain of pass.example.com designates 192.0.2.1 as permitted sender) \
         client-ip=192.0.2.1; envelope-from=\"jane@pass.example.com\"; helo=mail.example.net; identity=mailfrom; \
         mechanism=\"ip4:192.0.2.0/24\"; receiver=mx.example.org;"
    );
    for (domain, part) in [
        ("fail.example.com", "; mechanism=all;"),
        ("softfail.example.com", "; mechanism=all;"),
        ("neutral.example.com", "; mechanism=\"ip4:192.0.2.1\";"),
        ("default.example.com", "; mechanism=default;"),
        ("temperror.example.com", "; problem=\"temperror.example.com TXT: SERVFAIL\";"),
        ("permerror.example.com", "; problem=\"record of permerror.example.com: syntax error in (a\\\\\\\"b"),
        ("none.example.com", "; identity=mailfrom; receiver="),
    ] {
        let field = unfolded(&field(&format!("jane@{domain}")));
        let word = domain.split('.').next().unwrap().replace("default", "neutral");
        assert!(field.starts_with(&format!("Received-SPF: {word} (")), "{field}");
        assert!(field.contains(part), "{field}");
    }
}

#[test]
fn writes_helo_and_null_reverse_paths() {
    let (_, field) = checked(Request::helo("2001:db8::1".parse().unwrap(), "pass.example.com"));
    let field = unfolded(&field);
    assert!(field.contains(" client-ip=\"2001:db8::1\"; helo=pass.example.com; identity=helo;"), "{field}");
    assert!(!field.contains("envelope-from"), "{field}");
    let bounce = Request::mail_from("2001:db8::1".parse().unwrap(), "pass.example.com", "");
    assert!(
        unfolded(&checked(bounce).1)
            .contains(" envelope-from=\"\"; helo=pass.example.com; identity=mailfrom;")
    );
}

#[test]
fn nothing_from_outside_breaks_out() {
    for hostile in [
        "x\r\nSubject: forged@pass.example.com",
        "x\"; identity=\"helo@pass.example.com",
        "x\\@pass.example.com",
        ")(@pass.example.com",
        "a@) pass (\r\n\0.example.com",
        "\u{1b}[2J\u{e4}@pass.example.com",
        "a@[x)\"]",
    ] {
        for helo in [hostile, "mail.example.net"] {
            let (_, field) = checked(Request::mail_from("192.0.2.1".parse().unwrap(), helo, hostile));
            for line in field.split("\r\n") {
                assert!(line.bytes().all(|octet| octet == b' ' || octet.is_ascii_graphic()), "{line:?}");
            }
            assert!(field.split("\r\n").skip(1).all(|line| line.starts_with(' ')), "{field:?}");
            assert!(!field.contains("\" identity=\"helo") && is_quoted_well(&unfolded(&field)), "{field}");
        }
    }
}

/// Whether comment and quoted strings close, in a field of ours: `name: word (comment) key=value; …`.
fn is_quoted_well(field: &str) -> bool {
    let (mut comment, mut quoted, mut keys) = (0, false, 0);
    let mut octets = field.bytes();
    while let Some(octet) = octets.next() {
        match octet {
            b'\\' if quoted || comment > 0 => drop(octets.next()),
            b'"' if comment == 0 => quoted = !quoted,
            b'(' if !quoted => comment += 1,
            b')' if !quoted => comment -= 1,
            b'=' if !quoted && comment == 0 => keys += 1,
            _ => {}
        }
    }
    comment == 0 && !quoted && (4..=7).contains(&keys)
}

#[test]
fn lines_are_folded() {
    let long = format!("{}@{}.example.com", "l".repeat(60_000), "d".repeat(60));
    let (_, field) = checked(Request::mail_from("192.0.2.1".parse().unwrap(), "h".repeat(60_000), long));
    assert!(field.split("\r\n").all(|line| line.len() <= 998 && !line.trim().is_empty()), "{field}");
    let usual = self::field("jane@pass.example.com");
    assert!(usual.split("\r\n").all(|line| line.len() <= 78), "{usual}");
}

#[test]
fn words_and_reply_codes() {
    for (domain, word, reply) in [
        ("pass.example.com", "pass", None),
        ("fail.example.com", "fail", Some((550, "5.7.23"))),
        ("softfail.example.com", "softfail", None),
        ("neutral.example.com", "neutral", None),
        ("none.example.com", "none", None),
        ("temperror.example.com", "temperror", Some((451, "4.7.24"))),
        ("permerror.example.com", "permerror", Some((550, "5.7.24"))),
    ] {
        let (verdict, _) = checked(from("192.0.2.1", &format!("jane@{domain}")));
        assert_eq!(verdict.outcome.word(), word);
        assert_eq!(verdict.reply(), reply.map(|(code, status)| Reply { code, status }), "{domain}");
    }
}
