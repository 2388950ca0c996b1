//! Macro expansion (RFC 7208 §7.2–§7.4).

use super::spf_run::{from, questions, run, zone};
use mailproof::spf::Request;
use proptest::prelude::*;

const PTR: &str =
    r#""3.2.0.192.in-addr.arpa": {"PTR": ["mx.example.org"]}, "mx.example.org": {"A": ["192.0.2.3"]}"#;

/// What `text` expands to in an explanation.
fn explained(text: &str, request: Request) -> Option<String> {
    let zone = zone(&format!(
        r#"{{"email.example.com": {{"TXT": ["v=spf1 -all exp=x.example.com"]}}, "x.example.com": {{"TXT": ["{text}"]}}, {PTR}}}"#
    ));
    run(&zone, request).explanation
}

/// The name that `exists:text` asks for.
fn target(text: &str, request: Request) -> Option<String> {
    let zone = zone(&format!(r#"{{"email.example.com": {{"TXT": ["v=spf1 exists:{text} -all"]}}, {PTR}}}"#));
    questions(&zone, request).into_iter().find_map(|asked| Some(asked.strip_prefix("A ")?.to_owned()))
}

fn v4() -> Request {
    from("192.0.2.3", "strong-bad@email.example.com")
}

fn v6() -> Request {
    from("2001:db8::cb01", "strong-bad@email.example.com")
}

#[test]
fn expands_the_examples_of_the_rfc() {
    for (text, expected) in [
        ("%{s}", "strong-bad@email.example.com"),
        ("%{o}", "email.example.com"),
        ("%{d}", "email.example.com"),
        ("%{d4}", "email.example.com"),
        ("%{d3}", "email.example.com"),
        ("%{d2}", "example.com"),
        ("%{d1}", "com"),
        ("%{dr}", "com.example.email"),
        ("%{d2r}", "example.email"),
        ("%{l}", "strong-bad"),
        ("%{l-}", "strong.bad"),
        ("%{lr}", "strong-bad"),
        ("%{lr-}", "bad.strong"),
        ("%{l1r-}", "strong"),
    ] {
        assert_eq!(explained(text, v4()).as_deref(), Some(expected), "{text}");
    }
    for (text, expected) in [
        ("%{ir}.%{v}._spf.%{d2}", "3.2.0.192.in-addr._spf.example.com"),
        ("%{lr-}.lp._spf.%{d2}", "bad.strong.lp._spf.example.com"),
        ("%{lr-}.lp.%{ir}.%{v}._spf.%{d2}", "bad.strong.lp.3.2.0.192.in-addr._spf.example.com"),
        ("%{ir}.%{v}.%{l1r-}.lp._spf.%{d2}", "3.2.0.192.in-addr.strong.lp._spf.example.com"),
        ("%{d2}.trusted-domains.example.net", "example.com.trusted-domains.example.net"),
    ] {
        assert_eq!(target(text, v4()).as_deref(), Some(expected), "{text}");
    }
    assert_eq!(
        target("%{ir}.%{v}._spf.%{d2}", v6()).unwrap(),
        "1.0.b.c.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6._spf.example.com"
    );
}

#[test]
fn expands_every_letter() {
    for (text, v4_value, v6_value) in [
        ("%{i}", "192.0.2.3", "2.0.0.1.0.D.B.8.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.C.B.0.1"),
        ("%{c}", "192.0.2.3", "2001:db8::cb01"),
        ("%{C}", "192.0.2.3", "2001%3Adb8%3A%3Acb01"),
        ("%{v}", "in-addr", "ip6"),
        ("%{h}", "mail.example.net", "mail.example.net"),
        ("%{p}", "mx.example.org", "unknown"),
        ("%{r}", "unknown", "unknown"),
        ("%{t}", "0", "0"),
        ("%{i3r}", "2.0.192", "0.0.2"),
        ("%%%_%-", "% %20", "% %20"),
        ("a b", "a b", "a b"),
        ("", "", ""),
    ] {
        assert_eq!(explained(text, v4()).as_deref(), Some(v4_value), "{text}");
        assert_eq!(explained(text, v6()).as_deref(), Some(v6_value), "{text}");
    }
}

#[test]
fn splits_at_every_delimiter_and_keeps_empty_parts() {
    let request = |local: &str| from("192.0.2.3", &format!("{local}@email.example.com"));
    for (local, text, expected) in [
        ("a--b", "%{l-}", "a..b"),
        ("a--b", "%{lr-}", "b..a"),
        ("-a-", "%{l2-}", "a."),
        ("a.b-c+d/e_f=g", "%{l}", "a.b-c+d/e_f=g"),
        ("a.b-c+d/e_f=g", "%{l-+/_=}", "a.b.c.d.e.f.g"),
        ("a.b-c+d/e_f=g", "%{lr+-}", "d/e_f=g.c.a.b"),
        ("a.b.c", "%{l9}", "a.b.c"),
        ("a.b.c", "%{l2r}", "b.a"),
    ] {
        assert_eq!(explained(text, request(local)).as_deref(), Some(expected), "{local} {text}");
    }
}

#[test]
fn capitals_are_url_escaped_after_transforming() {
    let request = from("192.0.2.3", "\"a b~\"@email.example.com");
    assert_eq!(explained("%{S}", request.clone()).unwrap(), "%22a%20b~%22%40email.example.com");
    assert_eq!(explained("%{L1r.}", request).unwrap(), "%22a%20b~%22");
}

#[test]
fn the_helo_name_is_taken_as_it_was_said() {
    let request = Request::mail_from("192.0.2.3".parse().unwrap(), "OEM [x]", "strong-bad@email.example.com");
    assert_eq!(explained("%{h}", request.clone()).unwrap(), "OEM [x]");
    assert_eq!(target("%{h}.example.com", request).unwrap(), "oem [x].example.com");
    let control = Request::mail_from("192.0.2.3".parse().unwrap(), "a\r\nb", "strong-bad@email.example.com");
    assert_eq!(target("%{h}.example.com", control.clone()), None);
    assert_eq!(explained("%{h}", control), None);
}

#[test]
fn long_names_lose_labels_from_the_left() {
    let local = |octets: usize| {
        let labels = vec!["a".repeat(49); 4].join(".");
        from("192.0.2.3", &format!("{}.{labels}@email.example.com", "b".repeat(octets)))
    };
    // 4 × 50 octets, then ".email.example.com" with its first dot, make 218 − 1; the rest is the first label's.
    let whole = target("%{l}.%{d}", local(35)).unwrap();
    assert_eq!((whole.len(), whole.starts_with('b')), (253, true));
    let cut = target("%{l}.%{d}", local(36)).unwrap();
    assert_eq!((cut.len(), cut.starts_with('a')), (217, true));
    assert_eq!(target("%{l}.%{l}.%{l}.%{d}", local(36)).unwrap().len(), 217);
    assert_eq!(
        target(
            "%{l}%{l}%{l}%{l}%{l}%{l}",
            from("192.0.2.3", &format!("{}@email.example.com", "a".repeat(60)))
        ),
        None
    );
}

#[test]
fn the_validated_name_prefers_the_domain_itself() {
    let names = |ptr: &str| {
        let zone = zone(&format!(
            r#"{{"example.com": {{"TXT": ["v=spf1 exists:%{{p}}.is.example -all"], "A": ["192.0.2.3"]}}, "3.2.0.192.in-addr.arpa": {{"PTR": [{ptr}]}},
            "zz.example.net": {{"A": ["192.0.2.3"]}}, "aa.example.net": {{"A": ["192.0.2.3"]}}, "liar.example.com": {{"A": ["198.51.100.1"]}},
            "b.example.com": {{"A": ["192.0.2.3"]}}, "c.example.com": {{"A": ["192.0.2.3"]}}, "broken.example.com": "SERVFAIL"}}"#
        ));
        let asked = questions(&zone, from("192.0.2.3", "jane@example.com"));
        asked.last().unwrap().strip_prefix("A ").unwrap().strip_suffix(".is.example").unwrap().to_owned()
    };
    assert_eq!(names(r#""zz.example.net", "c.example.com", "example.com""#), "example.com");
    assert_eq!(names(r#""zz.example.net", "c.example.com", "b.example.com""#), "b.example.com");
    assert_eq!(names(r#""zz.example.net", "aa.example.net", "liar.example.com""#), "aa.example.net");
    assert_eq!(names(r#""liar.example.com", "broken.example.com""#), "unknown");
    assert_eq!(names(""), "unknown");
}

#[test]
fn the_validated_name_is_sought_once_and_costs_no_term() {
    let terms = ["exists:%{p}.is.example"; 2].join(" ");
    let zone =
        zone(&format!(r#"{{"example.com": {{"TXT": ["v=spf1 {terms} ptr:example.org -all"]}}, {PTR}}}"#));
    let request = from("192.0.2.3", "jane@example.com");
    let asked = questions(&zone, request.clone());
    assert_eq!(asked.iter().filter(|question| question.starts_with("PTR")).count(), 1);
    let verdict = run(&zone, request);
    assert_eq!((verdict.outcome.word(), verdict.lookups, verdict.void_lookups), ("pass", 3, 2));
}

#[test]
fn an_expansion_is_bounded_however_many_macros_there_are() {
    let many = "%{s}".repeat(15_000);
    let request = from("192.0.2.3", &format!("{}@email.example.com", "x.".repeat(5_000)));
    let asked = target(&format!("{many}.example.com"), request.clone()).unwrap();
    assert!(asked.len() > 250 && asked.ends_with(".x.@email.example.com.example.com"), "{asked}");
    let explanation = explained(&many, request).unwrap();
    assert_eq!(explanation.len(), 400);
}

#[test]
fn a_name_is_made_of_its_last_255_segments() {
    // Macros that are empty: what stands behind the plus.
    let request = || from("192.0.2.3", "strong-bad+@email.example.com");
    let named = |macros| target(&format!("{}a.example.com", "%{l1+}".repeat(macros)), request());
    assert_eq!(named(254).as_deref(), Some("a.example.com"));
    assert_eq!(named(255), None);
}

/// RFC 7208 §7.3 word by word.
fn transformed(value: &str, kept: Option<usize>, reversed: bool, delimiters: &str) -> String {
    let delimiters = if delimiters.is_empty() { "." } else { delimiters };
    let mut parts: Vec<&str> = value.split(|character| delimiters.contains(character)).collect();
    if reversed {
        parts.reverse();
    }
    let kept = kept.unwrap_or(parts.len()).min(parts.len());
    parts[parts.len() - kept..].join(".")
}

proptest! {
    #[test]
    fn transformers_do_what_the_rfc_says(
        local_part in "[a-c.+_=-]{1,12}",
        kept in prop::option::of(1_usize..6),
        reversed in any::<bool>(),
        delimiters in "[.+,/_=-]{0,3}",
    ) {
        let digits = kept.map(|kept| kept.to_string()).unwrap_or_default();
        let text = format!("%{{l{digits}{}{delimiters}}}", if reversed { "r" } else { "" });
        let is_verbatim = digits.is_empty() && !reversed && delimiters.is_empty();
        let expected = if is_verbatim { local_part.clone() } else { transformed(&local_part, kept, reversed, &delimiters) };
        prop_assert_eq!(explained(&text, from("192.0.2.3", &format!("{local_part}@email.example.com"))), Some(expected));
    }
}
