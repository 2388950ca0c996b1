//! Reading Authentication-Results: the grammar of RFC 8601 §2.2, clause by clause.

use mailproof::authres::{AuthResults, AuthResultsFlaw as Flaw, Entry};

fn parse(value: &str) -> AuthResults {
    AuthResults::parse(value.as_bytes()).unwrap_or_else(|error| panic!("{value:?}: {error}"))
}

fn flaw(value: impl AsRef<[u8]>) -> (Flaw, usize) {
    let error = AuthResults::parse(value.as_ref()).expect_err("malformed");
    let text = error.to_string();
    assert!(text.bytes().all(|octet| octet == b' ' || octet.is_ascii_graphic()), "{text}");
    (error.flaw, error.offset)
}

fn only_entry(value: &str) -> Entry {
    let read = parse(value);
    assert_eq!(read.entries().len(), 1, "{value}");
    read.entries()[0].clone()
}

#[test]
fn the_examples_of_the_standard_are_read() {
    // RFC 8601 appendices B.2 to B.7.
    assert!(parse("example.org 1; none").entries().is_empty());
    let read = parse("example.com;\r\n          spf=pass smtp.mailfrom=example.net");
    assert_eq!((read.authserv_id(), read.entries()[0].method()), ("example.com", "spf"));
    assert_eq!(read.entries()[0].property("smtp", "mailfrom"), Some("example.net"));
    let auth = only_entry("example.com; auth=pass (cram-md5) smtp.auth=sender@example.net");
    assert_eq!(
        (auth.comment(), auth.property("smtp", "auth")),
        (Some("cram-md5"), Some("sender@example.net"))
    );
    let dkim = parse(
        "example.com; dkim=pass reason=\"good signature\" header.i=@mail-router.example.net;\r\n\
         \tdkim=fail reason=\"bad signature\" header.i=@newyork.example.com",
    );
    assert_eq!(dkim.entries()[1].reason(), Some("bad signature"));
    assert_eq!(dkim.entries()[1].property("header", "i"), Some("@newyork.example.com"));
}

#[test]
fn comments_and_folds_stand_nearly_everywhere() {
    // RFC 8601 appendix B.7, with the errors of its layout left out.
    let entry = only_entry(
        "foo.example.net (foobar) 1 (baz);\r\n dkim (Because I like it) / 1 (One yay) = (wait for it) fail\r\n \
         policy (A dot can go here) . (like that) expired\r\n (this surprised me) = (as I wasn't expecting it) 1362471462",
    );
    assert_eq!((entry.method(), entry.method_version(), entry.result()), ("dkim", 1, "fail"));
    assert_eq!(entry.property("policy", "expired"), Some("1362471462"));
    assert_eq!(entry.comment(), None);
    let spaced = only_entry(" (c) \"mx\" ; dkim (x) = (y) pass (a(b\\)c)) (z) header . d = example.com (e) ");
    assert_eq!((spaced.comment(), spaced.property("header", "d")), (Some("a(b)c)"), Some("example.com")));
    let folded = only_entry("mx; spf=fail reason=\"a\r\n b\tc\\\"\"");
    assert_eq!(folded.reason(), Some("a b c\""));
}

#[test]
fn the_receiver_is_a_token_or_a_quoted_string() {
    for (value, id) in [
        ("example-auth; none", "example-auth"),
        ("\"a \\\"b\\\";c\"; none", "a \"b\";c"),
        ("møx.example; none", "møx.example"),
        ("\"møx\"; NONE (c)", "møx"),
        ("\"\"; none", ""),
        ("none; none\r\n", "none"),
    ] {
        assert_eq!(parse(value).authserv_id(), id);
    }
    for (value, expected) in [
        ("", (Flaw::AuthservId, 0)),
        (" ; none", (Flaw::AuthservId, 1)),
        ("mx/1; none", (Flaw::Semicolon, 2)),
        ("mx.example:25; none", (Flaw::Semicolon, 10)),
        ("ho(c)st; none", (Flaw::Semicolon, 5)),
        ("spf=pass; dkim=pass", (Flaw::Semicolon, 3)),
        ("\"mx; none", (Flaw::QuotedString, 0)),
        ("(mx; none", (Flaw::Comment, 0)),
        ("(mx\\", (Flaw::Comment, 4)),
    ] {
        assert_eq!(flaw(value), expected, "{value:?}");
    }
}

#[test]
fn another_version_ends_the_reading() {
    assert_eq!(parse("mx 001 ; none"), parse("mx;none"));
    assert_eq!(flaw("mx 2; \"what (follows"), (Flaw::UnsupportedVersion, 3));
    assert_eq!(flaw("mx 0; none"), (Flaw::UnsupportedVersion, 3));
    assert_eq!(flaw("mx 99999999999999999999; none"), (Flaw::UnsupportedVersion, 3));
    assert_eq!(flaw("\"mx\"1; none"), (Flaw::Space, 4));
    assert_eq!(flaw("mx 1x; none"), (Flaw::Semicolon, 4));
    assert_eq!(flaw("mx 1 2; none"), (Flaw::Semicolon, 5));
}

#[test]
fn a_method_may_have_a_version() {
    assert_eq!(only_entry("mx; dkim/1=pass").method_version(), 1);
    let second = only_entry("mx; dkim / 02 = pass");
    assert_eq!(second.method_version(), 2);
    assert_eq!(only_entry("mx; dkim/99999999999=pass").method_version(), u32::MAX);
    assert_eq!(flaw("mx; dkim/=pass"), (Flaw::MethodVersion, 9));
    assert_eq!(flaw("mx; dkim/x=pass"), (Flaw::MethodVersion, 9));
    assert_eq!(flaw("mx; dkim/1.0=pass"), (Flaw::NoEquals, 10));
}

#[test]
fn none_stands_alone() {
    assert!(parse("mx; none").entries().is_empty());
    assert!(parse("mx; (nothing) none (here)").entries().is_empty());
    assert_eq!(only_entry("mx; none=pass").method(), "none");
    assert_eq!(flaw("mx; none; spf=pass"), (Flaw::NoneAmongResults, 4));
    assert_eq!(flaw("mx; spf=pass; none"), (Flaw::NoneAmongResults, 14));
    assert_eq!(flaw("mx; none;"), (Flaw::NoneAmongResults, 4));
    assert_eq!(flaw("mx; none none"), (Flaw::Semicolon, 9));
    assert_eq!(flaw("mx"), (Flaw::NoResults, 2));
    assert_eq!(flaw("mx;"), (Flaw::Method, 3));
    assert_eq!(flaw("mx; spf=pass;"), (Flaw::Method, 13));
}

#[test]
fn keywords_have_no_case() {
    let entry = only_entry("mx; DKIM=Pass REASON=Ok Header.D=Example.COM");
    assert_eq!((entry.method(), entry.result(), entry.reason()), ("dkim", "pass", Some("Ok")));
    assert_eq!(entry.property("header", "d"), Some("Example.COM"));
    // Found at large receivers; what is registered has no underscore.
    assert_eq!(only_entry("mx; dkim=perm_fail").result(), "perm_fail");
    assert_eq!(flaw("mx; dkim-=pass"), (Flaw::Method, 4));
    assert_eq!(flaw("mx; dkim=.pass"), (Flaw::Result, 9));
    assert_eq!(flaw("mx; dkim=\"pass\""), (Flaw::Result, 9));
    assert_eq!(flaw("mx; é=pass"), (Flaw::Method, 4));
    assert_eq!(flaw("mx; dkim pass"), (Flaw::NoEquals, 9));
    assert_eq!(flaw(format!("mx; {}=pass", "a".repeat(65))), (Flaw::KeywordTooLong, 4));
}

#[test]
fn unknown_words_are_kept() {
    let entry = only_entry("mx; x-new=splendid x-place.x-thing=7");
    assert_eq!((entry.method(), entry.result()), ("x-new", "splendid"));
    assert_eq!(entry.property("x-place", "x-thing"), Some("7"));
}

#[test]
fn a_reason_stands_anywhere_but_once() {
    let late = only_entry("mx; spf=fail smtp.helo=a reason=\"not listed\" smtp.mailfrom=b");
    assert_eq!((late.reason(), late.properties().len()), (Some("not listed"), 2));
    assert_eq!(only_entry("mx; spf=fail reason=x").to_string(), "spf=fail reason=\"x\"");
    assert_eq!(only_entry("mx; spf=fail reason=\"\"").reason(), None);
    assert_eq!(flaw("mx; spf=fail reason=a reason=b"), (Flaw::SecondReason, 22));
    assert_eq!(flaw("mx; spf=fail reason=\"\" reason=\"\""), (Flaw::SecondReason, 23));
    assert_eq!(flaw("mx; spf=fail reason=;"), (Flaw::Reason, 20));
    assert_eq!(flaw("mx; spf=fail reason=a@b"), (Flaw::Space, 21));
    assert_eq!(flaw("mx; spf=fail reason=\"a\"smtp.helo=b"), (Flaw::Space, 23));
    assert_eq!(flaw("mx; spf=fail reason"), (Flaw::Word, 13));
}

#[test]
fn a_property_holds_a_value_or_an_address() {
    for (written, value) in [
        ("example.com", "example.com"),
        ("..net", "..net"),
        ("\"a;b \\\\\"", "a;b \\"),
        ("@example.com", "@example.com"),
        ("joe+x=y/z@_a.example.com", "joe+x=y/z@_a.example.com"),
        ("\"joe b\"@example.com", "\"joe b\"@example.com"),
        ("\"joe\"@example.com", "joe@example.com"),
        ("\"a\\\"b\"@example.com", "\"a\\\"b\"@example.com"),
        ("jo\u{eb} (c) @bücher.example", "joë@bücher.example"),
        ("192.0.2.1", "192.0.2.1"),
        ("\"2001:db8::1\"", "2001:db8::1"),
    ] {
        let entry = only_entry(&format!("mx; x=pass smtp.y={written} (c) smtp.z=1"));
        assert_eq!(entry.property("smtp", "y"), Some(value));
        let again = parse(&format!("mx; {entry}"));
        assert_eq!(again.entries(), [entry]);
    }
    for (written, expected) in [
        ("2001:db8::1", Flaw::Word),
        ("ab/cd", Flaw::Value),
        ("ab=", Flaw::Value),
        ("a..b@example.com", Flaw::Value),
        ("joe@", Flaw::Domain),
        ("joe@a..b", Flaw::Domain),
        ("joe@[192.0.2.1]", Flaw::Domain),
        ("<joe@example.com>", Flaw::Value),
        (" smtp.z=x", Flaw::Value),
    ] {
        assert_eq!(flaw(format!("mx; x=pass smtp.y={written}")).0, expected, "{written}");
    }
    assert_eq!(flaw("mx; x=pass deed=none"), (Flaw::Word, 11));
    assert_eq!(flaw("mx; x=pass smtp.=a"), (Flaw::Property, 16));
    assert_eq!(flaw("mx; x=pass smtp.y"), (Flaw::NoEquals, 17));
    assert_eq!(flaw("mx; x=pass."), (Flaw::Space, 10));
    // RFC 8601 §2.2: nothing need stand between two properties but what tells them apart.
    assert_eq!(only_entry("mx; x=pass a.b=\"c\"d.e=f").properties().len(), 2);
}

#[test]
fn a_property_may_be_empty_at_the_end_of_a_result() {
    let read = parse("mx; spf=pass smtp.mailfrom=; dkim=none header.d= (none)");
    assert_eq!(read.entries()[0].property("smtp", "mailfrom"), Some(""));
    assert_eq!(read.entries()[1].property("header", "d"), Some(""));
    assert_eq!(read.to_string(), "mx; spf=pass smtp.mailfrom=\"\"; dkim=none header.d=\"\"");
    assert_eq!(parse(&read.to_string()), read);
}

#[test]
fn control_characters_and_line_ends_are_refused_wherever_they_stand() {
    for (value, expected) in [
        (&b"mx\0; none"[..], (Flaw::Control, 2)),
        (b"mx; none (\x07)", (Flaw::Control, 10)),
        (b"mx; a=b reason=\"\\\x01\"", (Flaw::Control, 17)),
        (b"mx; none (\xc2\x85)", (Flaw::Control, 10)),
        (b"mx; none\x7f", (Flaw::Control, 8)),
        (b"mx;\n none", (Flaw::LineEnd, 3)),
        (b"mx;\r none", (Flaw::LineEnd, 3)),
        (b"mx;\r\nnone", (Flaw::LineEnd, 3)),
        (b"mx; none\r\n\r\n", (Flaw::LineEnd, 8)),
        (b"mx; none\n", (Flaw::LineEnd, 8)),
        (b"mx; none (\\\r\n )", (Flaw::LineEnd, 11)),
        (b"mx; none (\xff)", (Flaw::Utf8, 10)),
        (b"m\xe9; none", (Flaw::Utf8, 1)),
    ] {
        assert_eq!(flaw(value), expected, "{}", value.escape_ascii());
    }
}

/// Sizes at which quadratic time, or recursion, would not end in a test.
#[test]
fn long_and_deep_values_are_read_in_linear_time() {
    let deep = format!("mx {} ; none", "(".repeat(10_000) + &")".repeat(10_000));
    assert!(parse(&deep).entries().is_empty());
    assert_eq!(flaw("(".repeat(1_000_000)).0, Flaw::Comment);
    assert_eq!(flaw(format!("mx; a=b {}", "(".repeat(1_000_000))).0, Flaw::Comment);
    assert_eq!(flaw(format!("mx; a=b reason=\"{}", "\\\"".repeat(500_000))).0, Flaw::QuotedString);
    assert_eq!(
        parse(&format!("mx; a=b{}", " a.b=\"c\"".repeat(125_000))).entries()[0].properties().len(),
        125_000
    );
    assert_eq!(parse(&format!("mx{}", ";a=b".repeat(250_000))).entries().len(), 250_000);
    assert!(parse(&format!("mx{}; none", "()\r\n\t".repeat(200_000))).entries().is_empty());
    let open = format!("mx; {}", "a=b (c;".repeat(150_000));
    assert_eq!(flaw(&open).0, Flaw::Comment);
    let commented = only_entry(&format!("mx; a=b {}", "(c)".repeat(300_000)));
    assert_eq!(commented.comment(), Some("c"));
    let long = only_entry(&format!(
        "mx; a=b ({}) reason=\"{}\"",
        "c(".repeat(9) + &")".repeat(9),
        "é ".repeat(50_000)
    ));
    assert_eq!(long.comment(), Some(&*("c(".repeat(9) + &")".repeat(9))));
    assert!(long.reason().is_some_and(|reason| reason.len() <= 400 && reason.ends_with("...")));
}
