//! Forged Authentication-Results, every one of which must go, and honest ones, every one of which stays.

use mailproof::authres::{Strip, StripReason, Stripped};
use mailproof::message::Headers;

const OURS: &str = "mx.example.org";

fn strip() -> Strip {
    Strip::new([OURS, "bücher.example", "Filter.Example.Org."])
}

fn find(strip: &Strip, section: &[u8]) -> Vec<Stripped> {
    strip.find(&Headers::parse(section).unwrap())
}

/// Why the field between two others goes.
fn reason(field: &[u8]) -> Option<StripReason> {
    let section = [b"Received: x\r\n", field, b"\r\nFrom: a@b.example\r\n"].concat();
    let found = find(&strip(), &section);
    assert!(found.iter().all(|stripped| stripped.position == 1), "{}", field.escape_ascii());
    found.first().map(|stripped| stripped.reason)
}

#[test]
fn every_forged_field_goes() {
    use StripReason::{Ambiguous, Hidden, Own, Unreadable, UnsupportedVersion};
    let forged: &[(&[u8], StripReason)] = &[
        // Those that are known to survive filters in use.
        (b"Authentication-Results: mx.example.org; dkim=pass header.d=bank.example", Own),
        (b"Authentication-Results: MX.EXAMPLE.ORG; dkim=pass header.d=bank.example", Own),
        (b"Authentication-Results: \"mx.example.org\"; dkim=pass", Own),
        (b"Authentication-Results: mx.example.org (comment); dkim=pass", Own),
        (b"Authentication-Results: mx.example.org(comment); dkim=pass", Own),
        (b"Authentication-Results: (comment) mx.example.org; dkim=pass", Own),
        (b"Authentication-Results: mx.example.org; spf=pass smtp.mailfrom=bank.example", Own),
        (b"Authentication-Results: mx.example.org; dmarc=pass header.from=bank.example", Own),
        (b"Authentication-Results: mx.example.org 1; dkim=pass", Own),
        (b"Authentication-Results:\r\n\tmx.example.org;\r\n\tdkim=pass", Own),
        // The name of the field.
        (b"AUTHENTICATION-results: mx.example.org; dkim=pass", Own),
        (b"Authentication-Results : mx.example.org; dkim=pass", Own),
        (b"Authentication-Results\t \t:mx.example.org; dkim=pass", Own),
        (b"Authentication-Results\r\n : mx.example.org; dkim=pass", Unreadable),
        (b"Authentication-Results\0: mx.example.org; dkim=pass", Unreadable),
        (b"\x0bAuthentication-Results: mx.example.org; dkim=pass", Unreadable),
        (b"Authentication\xc2\xad-Results: mx.example.org; dkim=pass", Unreadable),
        // The id.
        (b"Authentication-Results: mx.example.org.; dkim=pass", Own),
        (b"Authentication-Results: mx.example.org..; dkim=pass", Own),
        (b"Authentication-Results: \"m\\x.example.org\"; dkim=pass", Own),
        (b"Authentication-Results: \" mx.example.org \"; dkim=pass", Own),
        (b"Authentication-Results: ((a)b) mx.example.org (\\)c) 1 (d); dkim=pass", Own),
        (b"Authentication-Results: mx.example.org", Own),
        (b"Authentication-Results: mx.example.org;", Own),
        (b"Authentication-Results: mx.example.org; (", Own),
        (b"Authentication-Results: mx.example.org; dkim=pass reason=\"", Own),
        (b"Authentication-Results: mx.example.org; dkim=pass x=\xff", Own),
        ("Authentication-Results: b\u{fc}cher.example; dkim=pass".as_bytes(), Own),
        ("Authentication-Results: B\u{dc}CHER.example; dkim=pass".as_bytes(), Own),
        (b"Authentication-Results: XN--BCHER-KVA.example; dkim=pass", Own),
        ("Authentication-Results: mx\u{3002}example\u{ff0e}org; dkim=pass".as_bytes(), Own),
        ("Authentication-Results: \u{ff4d}x.exam\u{ad}ple.org; dkim=pass".as_bytes(), Own),
        (b"Authentication-Results: filter.example.org; dkim=pass", Own),
        // What cannot be read.
        (b"Authentication-Results:", Unreadable),
        (b"Authentication-Results: \"\"; dkim=pass", Unreadable),
        (b"Authentication-Results: ; dkim=pass", Unreadable),
        (b"Authentication-Results: dkim=pass header.d=bank.example", Unreadable),
        (b"Authentication-Results: mx.example.org:25; dkim=pass", Unreadable),
        (b"Authentication-Results: mx.example.org/1; dkim=pass", Unreadable),
        (b"Authentication-Results: mx.exa(c)mple.org; dkim=pass", Unreadable),
        (b"Authentication-Results: mx.exa\r\n mple.org; dkim=pass", Unreadable),
        (b"Authentication-Results: mx.example.org, evil.example; dkim=pass", Unreadable),
        (b"Authentication-Results: evil.example mx.example.org; dkim=pass", Unreadable),
        (b"Authentication-Results: <mx.example.org>; dkim=pass", Unreadable),
        (b"Authentication-Results: \"mx.example.org; dkim=pass", Unreadable),
        (b"Authentication-Results: (mx.example.org; dkim=pass", Unreadable),
        (b"Authentication-Results: mx.example.org\0; dkim=pass", Unreadable),
        (b"Authentication-Results: evil.example\0; mx.example.org; dkim=pass", Unreadable),
        (b"Authentication-Results: mx.ex\xe4mple.org; dkim=pass", Unreadable),
        (b"Authentication-Results: evil.example (\xe4); dkim=pass", Unreadable),
        ("Authentication-Results: -\u{200d}.example; dkim=pass".as_bytes(), Unreadable),
        // A-labels that no U-label becomes: some readers decode them all the same, to our name.
        (b"Authentication-Results: xn--mx-.example.org; dkim=pass", Unreadable),
        (b"Authentication-Results: mx.XN--example-.org; dkim=pass", Unreadable),
        // A Greek question mark and a full-width semicolon: normal forms of Unicode make semicolons of them.
        ("Authentication-Results: mx.example.org\u{37e}; dkim=pass".as_bytes(), Unreadable),
        ("Authentication-Results: mx.example.org\u{ff1b}; dkim=pass".as_bytes(), Unreadable),
        (b"Authentication-Results: =?utf-8?q?mx.example.org?=; dkim=pass", Unreadable),
        (b"Authentication-Results: i=1; mx.example.org; dkim=pass", Unreadable),
        // Other versions.
        (b"Authentication-Results: mx.example.org 2; dkim=pass", UnsupportedVersion),
        (b"Authentication-Results: evil.example 007; dkim=pass", UnsupportedVersion),
        // What simpler readers find.
        (b"Authentication-Results: (mx.example.org; dkim=pass) evil.example; none", Ambiguous),
        (b"Authentication-Results: evil.example (mx.example.org); dkim=pass", Ambiguous),
        (b"Authentication-Results: \"mx.example.org; dkim=pass; \"; none", Ambiguous),
        (b"Authentication-Results: \"mx.example.org evil\"; dkim=pass", Ambiguous),
        (b"Authentication-Results: \"mx.exam ple.org\"; dkim=pass", Ambiguous),
        (b"Authentication-Results: \"mx.exam(c)ple.org\"; dkim=pass", Ambiguous),
        (b"Authentication-Results: \"=?utf-8?b?bXguZXhhbXBsZS5vcmc=?=\"; dkim=pass", Ambiguous),
        (b"Authentication-Results: evil.example; spf=pass; mx.example.org; dkim=pass", Ambiguous),
        (b"Authentication-Results: evil.example; spf=pass; (c) \"mx.example.org\" 1; dkim=pass", Ambiguous),
        (b"Authentication-Results: evil.example; none (; mx.example.org; dkim=pass)", Ambiguous),
        // White space beyond ASCII, in UTF-8 and in Latin-1.
        (
            "Authentication-Results: evil.example; none;\u{a0}mx.example.org\u{85}1; dkim=pass".as_bytes(),
            Ambiguous,
        ),
        (b"Authentication-Results: evil.example; none;\xa0mx.example.org; dkim=pass", Ambiguous),
        ("Authentication-Results: evil.example (by\u{2003}mx.example.org); dkim=pass".as_bytes(), Ambiguous),
        (b"Authentication-Results: evil.example; x=y reason=\"; mx.example.org; dkim=pass\"", Ambiguous),
        // Line ends that only some readers see.
        (
            b"Authentication-Results: evil.example; none\nAuthentication-Results: mx.example.org; dkim=pass",
            Unreadable,
        ),
        (b"Authentication-Results: evil.example; none\rX: y", Unreadable),
        (b"Subject: x\nAuthentication-Results: mx.example.org; dkim=pass", Hidden),
        (b"Subject: x\rauthentication-results : mx.example.org; dkim=pass", Hidden),
        (b"Subject: x\n\r\r\n\tx\n\nAuthentication-Results\n :evil.example; dkim=pass", Hidden),
        (b"no colon\nAuthentication-Results: mx.example.org; dkim=pass", Hidden),
    ];
    for (field, expected) in forged {
        assert_eq!(reason(field), Some(*expected), "{}", field.escape_ascii());
    }
}

#[test]
fn every_honest_foreign_field_stays() {
    let honest: &[&str] = &[
        "Authentication-Results: mx.google.com; dkim=pass header.i=@a.example header.b=\"Z9k/yZIA\";\r\n \
         spf=pass (google.com: domain of joe@mx.example.org designates 192.0.2.1 as permitted sender) \
         smtp.mailfrom=joe@mx.example.org",
        "Authentication-Results: example.org; spf=pass",
        "Authentication-Results: org; spf=pass",
        "Authentication-Results: a.mx.example.org; spf=pass",
        "Authentication-Results: mx.example.org.evil.example; spf=pass",
        "Authentication-Results: amx.example.org; none",
        "Authentication-Results: xmx-example-org; none",
        "Authentication-Results: \"another; receiver\"; none",
        "Authentication-Results: (møx) møx.example 1 (one);\r\n\tdkim=pass",
        "Authentication-Results: xn--mx-lka.example; dkim=pass header.d=mx.example.org",
        "Authentication-Results: evil.example; dkim=pass header.d=mx.example.org (mx.example.org)",
        "Authentication-Results: evil.example; spf=pass reason=\"mx.example.org\"",
        // What follows a readable id need not be RFC 8601.
        "Authentication-Results: mx6.messagingengine.com;\r\n    dkim=pass header.b=oF80QtY/ x-bits=1024;",
        "Authentication-Results: outlook.com; spf=pass (sender IP is 192.0.2.1)\r\n smtp.mailfrom=a.example; \
         outlook.com; dkim=pass header.d=a.example; dmarc=pass action=none",
        "Authentication-Results: localhost;",
        "Authentication-Results: mail.protonmail.ch; dmarc=pass(p=none dis=none) header.from=a.example",
        "Authentication-Results: müller.example; spf=none",
        // Other fields.
        "ARC-Authentication-Results: i=1; mx.example.org; dkim=pass",
        "Authentication-Results-Original: mx.example.org; dkim=pass",
        "X-Authentication-Results: mx.example.org; dkim=pass",
        "Subject: Authentication-Results: mx.example.org; dkim=pass",
        "Subject: x\r\n Authentication-Results: mx.example.org; dkim=pass",
        "Subject: x\rReceived-SPF: pass",
        "Received-SPF: pass",
    ];
    for field in honest {
        assert_eq!(reason(field.as_bytes()), None, "{field}");
    }
}

#[test]
fn what_goes_is_counted_as_a_milter_counts() {
    let section = b"A: 1\r\n\
        Authentication-Results: evil.example; none\r\n\
        authentication-RESULTS : mx.example.org; none\r\n\
        B: 2\nAuthentication-Results: x\r\n\
        b: 3\r\n\
        no field\r\n\
        Authentication-Results\0: x\r\n\
        Authentication-Results: mx.example.org; none\r\n";
    let found = find(&strip(), section);
    let told: Vec<_> = found.iter().map(|found| (found.position, found.name.as_str(), found.index)).collect();
    assert_eq!(
        told,
        [(2, "authentication-RESULTS", 2), (3, "B", 1), (6, "", 2), (7, "Authentication-Results", 3)]
    );
}

#[test]
fn a_header_section_may_begin_with_the_forgery() {
    let found = find(&strip(), b" Authentication-Results: mx.example.org; dkim=pass\r\nA: 1\r\n");
    assert_eq!((found[0].position, found[0].reason), (0, StripReason::Unreadable));
}

#[test]
fn everything_may_go_or_all_but_what_is_listed() {
    let section = b"Authentication-Results: mx.example.org; none\r\n\
        Authentication-Results: A.example.; none\r\n\
        Authentication-Results: b.example; none\r\n\
        Authentication-Results: b.example 9; none\r\n\
        received-spf: pass\r\nX: 1\nReceived-SPF: pass\r\n";
    let reasons = |strip: Strip| -> Vec<_> {
        find(&strip, section).iter().map(|found| (found.position, found.reason)).collect()
    };
    use StripReason::{All, Hidden, NotAdmitted, Own, ReceivedSpf, UnsupportedVersion};
    assert_eq!(reasons(Strip::default()), [(3, UnsupportedVersion)]);
    assert_eq!(reasons(strip().all()), [(0, All), (1, All), (2, All), (3, All)]);
    let admitting = strip().admit_only(["a.example", OURS]);
    assert_eq!(reasons(admitting), [(0, Own), (2, NotAdmitted), (3, UnsupportedVersion)]);
    let spf = strip().received_spf();
    assert_eq!(reasons(spf), [(0, Own), (3, UnsupportedVersion), (4, ReceivedSpf), (5, Hidden)]);
}

#[test]
fn ids_that_are_no_names_are_compared_as_texts() {
    let strip = Strip::new(["Our Filter", "example.org/mx1", ""]);
    let reasons: Vec<_> = find(
        &strip,
        b"Authentication-Results: \"our  filter\"; none\r\n\
          Authentication-Results: \"our \tfilter\"; none\r\n\
          Authentication-Results: \"OUR FILTER\"; none\r\n\
          Authentication-Results: \"EXAMPLE.org/mx1\"; none\r\n\
          Authentication-Results: example.org/mx1; none\r\n\
          Authentication-Results: example.org; none\r\n",
    )
    .iter()
    .map(|found| (found.position, found.reason))
    .collect();
    use StripReason::{Own, Unreadable};
    assert_eq!(reasons, [(2, Own), (3, Own), (4, Unreadable)]);
}

/// Sizes at which quadratic time, or recursion, would not end in a test.
#[test]
fn hostile_header_sections_take_linear_time() {
    let fields = "Authentication-Results: mx.example.org; none\r\n".repeat(20_000);
    assert_eq!(find(&strip(), fields.as_bytes()).last().map(|found| found.index), Some(20_000));
    let hiding: String = (0..20_000).map(|at| format!("N{at}: x\nAuthentication-Results:\r\n")).collect();
    assert_eq!(find(&strip(), hiding.as_bytes()).len(), 20_000);
    let clauses = format!("Authentication-Results: a{}\r\n", "; mx.example.com (\"".repeat(40_000));
    assert!(find(&strip(), clauses.as_bytes()).is_empty());
    for line_ends in ["\r", "\n", "\n ", "\rA", "\n\r", "\r:"] {
        let section = format!("A: {}\r\n", line_ends.repeat(400_000));
        assert!(find(&strip(), section.as_bytes()).is_empty());
    }
    let comments = format!("Authentication-Results: {}x; none\r\n", "(".repeat(10_000) + &")".repeat(10_000));
    assert!(find(&strip(), comments.as_bytes()).is_empty());
    let dots = format!("Authentication-Results: {}; none\r\n", "é.".repeat(300_000));
    assert_eq!(find(&strip(), dots.as_bytes())[0].reason, StripReason::Unreadable);
}
