//! Explanations of a fail (RFC 7208 §6.2, §11.5.2).

use super::spf_run::{CLIENT, published};

/// The explanation of `record`, where the TXT records of exp.example.com are `texts`.
fn explained(record: &str, texts: &str) -> Option<String> {
    let others = format!(
        r#""exp.example.com": {texts}, "in.example.com": {{"TXT": ["v=spf1 -all exp=inner.example.com"]}},
        "bare.example.com": {{"TXT": ["v=spf1 -all"]}}, "inner.example.com": {{"TXT": ["inner"]}}"#
    );
    let verdict = published(record, &others, CLIENT);
    if verdict.outcome.word() != "fail" {
        assert_eq!(verdict.explanation, None);
    }
    verdict.explanation
}

#[test]
fn only_a_fail_is_explained() {
    let texts = r#"{"TXT": ["why"]}"#;
    for (record, expected) in [
        ("v=spf1 -all exp=exp.example.com", Some("why")),
        ("v=spf1 exp=exp.example.com -ip4:192.0.2.1 +all", Some("why")),
        ("v=spf1 -all", None),
        ("v=spf1 ~all exp=exp.example.com", None),
        ("v=spf1 ?all exp=exp.example.com", None),
        ("v=spf1 +all exp=exp.example.com", None),
        ("v=spf1 exp=exp.example.com", None),
        ("v=spf1 include:nowhere.example exp=exp.example.com", None),
    ] {
        assert_eq!(explained(record, texts).as_deref(), expected, "{record}");
    }
}

#[test]
fn the_record_that_decides_explains() {
    let texts = r#"{"TXT": ["outer"]}"#;
    for (record, expected) in [
        ("v=spf1 include:in.example.com -all exp=exp.example.com", Some("outer")),
        ("v=spf1 include:in.example.com -all", None),
        ("v=spf1 redirect=in.example.com exp=exp.example.com", Some("inner")),
        ("v=spf1 redirect=bare.example.com exp=exp.example.com", None),
    ] {
        assert_eq!(explained(record, texts).as_deref(), expected, "{record}");
    }
}

#[test]
fn an_explanation_that_cannot_be_used_is_none() {
    for texts in [
        r#""NXDOMAIN""#,
        r#""SERVFAIL""#,
        r#""TIMEOUT""#,
        "{}",
        r#"{"TXT": ["one", "two"]}"#,
        r#"{"TXT": ["a % b"]}"#,
        r#"{"TXT": ["%{x}"]}"#,
        r#"{"TXT": ["%{d0}"]}"#,
        r#"{"TXT": ["gr\u00fc\u00dfe"]}"#,
        r#"{"TXT": ["a\r\n250 OK"]}"#,
        r#"{"TXT": ["a\nb"]}"#,
        r#"{"TXT": ["a\tb"]}"#,
        r#"{"TXT": ["a\u0000b"]}"#,
        r#"{"TXT": ["a\u001b[2Jb"]}"#,
        r#"{"TXT": ["a\u007fb"]}"#,
    ] {
        assert_eq!(explained("v=spf1 -all exp=exp.example.com", texts), None, "{texts}");
    }
    assert_eq!(explained("v=spf1 -all exp=%{h}..example.com", "{}"), None);
}

#[test]
fn strings_are_joined_and_macros_expanded() {
    let texts = r#"{"TXT": [["%{i} is not one of %{", "d}'s ", "servers: http://%{d}/?s=%{S}"]]}"#;
    assert_eq!(
        explained("v=spf1 -all exp=exp.%{d}", texts).unwrap(),
        "192.0.2.1 is not one of example.com's servers: http://example.com/?s=jane%40example.com"
    );
    assert_eq!(explained("v=spf1 -all exp=exp.example.com", r#"{"TXT": [""]}"#).unwrap(), "");
}

#[test]
fn an_explanation_has_a_length() {
    let texts = format!(r#"{{"TXT": ["{}"]}}"#, "long ".repeat(1000));
    assert_eq!(explained("v=spf1 -all exp=exp.example.com", &texts).unwrap().len(), 400);
}
