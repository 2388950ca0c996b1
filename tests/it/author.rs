//! The author domain: what a From field names, and what it does not.

use mailproof::message::{Author, AuthorError, Headers, MalformedMessage};
use mailproof::name::Name;
use proptest::prelude::*;

fn domain(value: &str) -> String {
    match Author::parse(value.as_bytes()) {
        Ok(author) => author.domain.to_string(),
        Err(error) => panic!("{value:?}: {error}"),
    }
}

fn error(value: impl AsRef<[u8]>) -> AuthorError {
    Author::parse(value.as_ref()).expect_err(&format!("{:?}", String::from_utf8_lossy(value.as_ref())))
}

fn several(value: &str) -> Vec<String> {
    match error(value) {
        AuthorError::SeveralDomains(domains) => domains.names().iter().map(Name::to_string).collect(),
        other => panic!("{value:?}: {other}"),
    }
}

fn is_malformed(value: impl AsRef<[u8]>) -> bool {
    matches!(error(value), AuthorError::Malformed { .. })
}

fn headers(section: &str) -> Result<Author, AuthorError> {
    Headers::parse(section.as_bytes()).unwrap().author()
}

#[test]
fn one_address_in_every_legal_form() {
    for value in [
        "a@example.com",
        " a@example.com",
        "<a@example.com>",
        "Ann <a@example.com>",
        "Ann Q. Example <a@example.com>",
        "\"Example, Ann\" <a@example.com>",
        "\"b@evil.example\" <a@example.com>",
        "\"\\\"quoted\\\" <b@evil.example>\" <a@example.com>",
        "=?UTF-8?Q?b=40evil.example?= <a@example.com>",
        "=?utf-8?B?w4RubmE=?= =?utf-8?B?QQ==?= <a@example.com>",
        "a@example.com (Ann)",
        "a@example.com (Ann (of (Example)) \\) b@evil.example)",
        "(b@evil.example) a@example.com",
        "Ann\r\n <a@example.com>",
        "Ann\r\n\t<a@example.com>\r\n ",
        "\"Ann\r\n Example\" <a@example.com>",
        "\"a b\"@example.com",
        "\"a@evil.example\"@example.com",
        "a.b.c@example.com",
        "a. b . c @ example . com",
        "a (x) @ (y) example (z) . com",
        "<@evil.example,@b.example:a@example.com>",
        "<@evil.example:a@example.com>",
        "Ann <@evil.example, , @b.example : a@example.com>",
        "a@EXAMPLE.Com",
        "Änn <änn@example.com>",
        ", a@example.com, ,",
        "Team: a@example.com;",
        "Team: Ann <a@example.com>, b@example.com;",
        "Team: ;, a@example.com",
        "a@example.com <a@example.com>",
        "Example, Ann <a@example.com>",
        "foo..bar.@example.com",
    ] {
        assert_eq!(domain(value), "example.com", "{value:?}");
    }
}

#[test]
fn text_of_any_charset_in_a_display_name_is_no_obstacle() {
    assert_eq!(Author::parse(b"J\xfcrgen <a@example.com>").unwrap().domain.as_str(), "example.com");
    assert_eq!(Author::parse(b"\"\x1b$B4A\x1b(B\" <a@example.com>").unwrap().domain.as_str(), "example.com");
}

#[test]
fn the_same_domain_several_times_is_one_author_domain() {
    assert_eq!(domain("a@example.com, B <b@EXAMPLE.com>"), "example.com");
    assert_eq!(domain("a@bücher.example, b@xn--bcher-kva.example"), "xn--bcher-kva.example");
}

#[test]
fn u_labels_become_a_labels() {
    assert_eq!(domain("a@Bücher.example"), "xn--bcher-kva.example");
    assert_eq!(domain("a@example\u{3002}com"), "example.com");
    assert_eq!(domain("Ü <ü@müller.example>"), "xn--mller-kva.example");
}

#[test]
fn different_domains_are_all_named() {
    assert_eq!(several("a@one.example, b@two.example"), ["one.example", "two.example"]);
    assert_eq!(several("Team: a@one.example;, b@two.example"), ["one.example", "two.example"]);
    let many: Vec<_> = (0..100).map(|number| format!("a@d{number}.example")).collect();
    let AuthorError::SeveralDomains(domains) = error(many.join(",")) else { panic!() };
    assert_eq!(domains.names().len(), 5);
    assert!(domains.has_more() && domains.to_string().ends_with("d4.example and more"));
}

#[test]
fn nothing_to_go_by() {
    for value in ["", " ", "<>", "Ann <>", "Ann", "MAILER-DAEMON", ",,", "(a@example.com)"] {
        assert_eq!(error(value), AuthorError::NoAddress, "{value:?}");
    }
    assert_eq!(error("undisclosed-recipients:;"), AuthorError::GroupOnly);
    assert_eq!(error("\"a@example.com\": ;"), AuthorError::GroupOnly);
    assert_eq!(error("a@[192.0.2.1]"), AuthorError::AddressLiteral);
    assert_eq!(error("a@[IPv6:2001:db8::1], b@example.com"), AuthorError::AddressLiteral);
}

#[test]
fn what_is_no_host_name_is_no_author_domain() {
    let long = format!("a@{}.example", "x".repeat(64));
    let longer = format!("a@{}example", "x.".repeat(130));
    for value in ["a@exa$mple.com", "a@=?utf-8?q?example.com?=", "a@℀.example", &long, &longer] {
        assert_eq!(error(value), AuthorError::IllegalDomain, "{value:?}");
    }
    assert_eq!(error(b"a@\xff\xfe.example"), AuthorError::IllegalDomain);
}

#[test]
fn what_breaks_the_grammar_is_refused() {
    for value in [
        "a@",
        "@example.com",
        "a@example.com.",
        "a@.example.com",
        "a@b@example.com",
        "a b@example.com",
        "<a@example.com",
        "a@example.com>",
        "<a@example.com> b@evil.example",
        "<a@example.com><b@evil.example>",
        "<<a@example.com>>",
        "a@exam(x)ple.com",
        "a@example.com; b@evil.example",
        "a@example.com b@evil.example",
        "\\<b@evil.example> a@example.com",
        "\"a@example.com\"",
        "\"a@example.com",
        "(a@example.com",
        "a@example.com)",
        "a@[192.0.2.1",
        "a@[[192.0.2.1]]",
        "Team: a@example.com",
        "Team: Sub: a@example.com;;",
        ". <a@example.com>",
        "a@example.com\0",
        "a\0@example.com",
        "\"\0\" <a@example.com>",
        "\"\\\0\" <a@example.com>",
        "Ann\n <a@example.com>",
        "Ann\r <a@example.com>",
        "Ann\r\n<a@example.com>",
        "(a\nb) a@example.com",
        "<@evil.example a@example.com>",
    ] {
        assert!(is_malformed(value), "{value:?}: {:?}", error(value));
    }
    assert_eq!(error("a@b@example.com").to_string(), "the From field is malformed at offset 3");
}

#[test]
fn several_from_fields_are_no_author_even_of_one_domain() {
    let error = headers("From: a@one.example\r\nTo: x@y.example\r\nfrom : b@two.example\r\n").unwrap_err();
    let AuthorError::SeveralFields { count: 2, domains } = &error else { panic!("{error}") };
    assert_eq!(domains.names().iter().map(Name::as_str).collect::<Vec<_>>(), ["one.example", "two.example"]);
    assert_eq!(error.to_string(), "there are 2 From fields, of one.example, two.example");
    let same = headers("From: a@one.example\r\nFrom: a@one.example\r\n").unwrap_err();
    assert!(matches!(same, AuthorError::SeveralFields { count: 2, .. }));
    let broken = headers("From: \r\nFROM: <\r\n").unwrap_err();
    assert_eq!(broken.to_string(), "there are 2 From fields, of no readable domain");
}

#[test]
fn no_from_field_is_its_own_cause() {
    assert_eq!(headers("Sender: a@example.com\r\nX-From: a@example.com\r\n"), Err(AuthorError::Missing));
    // A line that is no field cannot be the From field.
    assert_eq!(headers("Subject: x\r\nFr om: a@example.com\r\n"), Err(AuthorError::Missing));
    assert_eq!(Headers::parse(b"From\0: a@example.com\r\n").unwrap_err(), MalformedMessage::NoHeader);
}

/// Attacks of Chen, Paxson and Jiang, "Composition Kills" (USENIX Security 2020), §4 and §5: the attacker's domain
/// `evil.example` authenticates, readers see `victim.example`. None may give `evil.example` alone.
#[test]
fn composed_addresses_never_give_the_attacker_alone() {
    for (value, seen) in [
        ("<a@evil.example>, <b@victim.example>", "several"),
        ("a@victim.example, a@evil.example", "several"),
        ("b@victim.example <a@evil.example>", "several"),
        ("<@evil.example,@any.example:b@victim.example>", "victim.example"),
        ("\\<a@evil.example>b@victim.example", "malformed"),
        ("\"<a@evil.example>\"<b@victim.example>", "victim.example"),
        ("<a@evil.example>b@victim.example", "malformed"),
        ("<a@evil.example> <b@victim.example>", "malformed"),
        ("b@victim.example\0@evil.example", "malformed"),
        ("b@victim.example\\@evil.example", "malformed"),
        ("a@evil.example,b@victim.example", "several"),
        ("=?utf-8?B?PGFAZXZpbC5leGFtcGxlPiw=?=<b@victim.example>", "victim.example"),
        ("<b@victim.example(>,<a@evil.example)>", "victim.example"),
        ("b@victim.example(\"(a@evil.example)", "malformed"),
        ("a@evil.example (<b@victim.example>", "malformed"),
        ("<b@victim.example>\r\n\0 <a@evil.example>", "malformed"),
        ("b@victim.example;<a@evil.example>", "malformed"),
        ("b@victim.example:<a@evil.example>;", "malformed"),
        ("=?utf-8?B?PGJAdmljdGltLmV4YW1wbGU+?=, <a@evil.example>", "malformed"),
        ("\"b@victim.example\", <a@evil.example>", "malformed"),
        ("\"b@victim.example\" <>, <a@evil.example>", "malformed"),
        ("<a@evil.example>, \"<b@victim.example>\"", "malformed"),
        ("Team: \"b@victim.example\";, <a@evil.example>", "malformed"),
    ] {
        let got = match Author::parse(value.as_bytes()) {
            Ok(author) => author.domain.to_string(),
            Err(AuthorError::SeveralDomains(_)) => "several".to_owned(),
            Err(AuthorError::Malformed { .. }) => "malformed".to_owned(),
            Err(other) => other.to_string(),
        };
        assert_eq!(got, seen, "{value:?}");
    }
    for section in [
        "From: a@evil.example\r\nFrom: b@victim.example\r\n",
        "From: b@victim.example\r\nFrom : a@evil.example\r\n",
        "From\t: a@evil.example\r\nfROM:b@victim.example\r\n",
        "From:\r\n b@victim.example\r\nFrom:a@evil.example\r\n",
    ] {
        assert!(matches!(headers(section), Err(AuthorError::SeveralFields { count: 2, .. })), "{section:?}");
    }
}

/// Many readers end a line at a lone LF or CR too: what they show as From must not hide in another field.
#[test]
fn a_from_field_behind_a_lone_line_end_is_one_more() {
    for section in [
        "Subject: x\nFrom: b@victim.example\r\nFrom: a@evil.example\r\n",
        "Subject: x\rfrom : b@victim.example\r\nFrom: a@evil.example\r\n",
        "From: a@evil.example\r\nSubject: x\n y\nFROM: b@victim.example\nTo: z\r\n",
    ] {
        let error = headers(section).unwrap_err();
        let AuthorError::SeveralFields { count: 2, domains } = &error else { panic!("{section:?}: {error}") };
        let names: Vec<_> = domains.names().iter().map(Name::as_str).collect();
        assert!(names.contains(&"evil.example") && names.contains(&"victim.example"), "{section:?}: {error}");
    }
    let folded = headers("no field\nFrom:\n b@victim.example\r\nFrom: a@evil.example\r\n");
    assert!(matches!(folded, Err(AuthorError::SeveralFields { count: 2, .. })));
    // Alone it is no From field: only CRLF ends a line.
    assert_eq!(headers("Subject: x\nFrom: b@victim.example\r\n"), Err(AuthorError::Missing));
    for harmless in ["X: a\nX-From: b@victim.example", "X: a\n From: b@victim.example", "X: a\nFrom b: c"] {
        let section = format!("{harmless}\r\nFrom: a@example.com\r\n");
        assert_eq!(headers(&section).unwrap().domain.as_str(), "example.com", "{section:?}");
    }
}

/// RFC 2047 §5 forbids encoded words in addresses, and yet some readers decode them there.
#[test]
fn an_encoded_word_in_an_address_is_refused() {
    for value in [
        "=?utf-8?Q?b=40victim.example=3E=00?=@evil.example",
        "Ann <=?utf-8?B?YkB2aWN0aW0uZXhhbXBsZQ==?=@evil.example>",
        "x=?utf-8?B?PGJAdmljdGltLmV4YW1wbGU+?=, <a@evil.example>",
    ] {
        assert!(is_malformed(value), "{value:?}");
    }
    assert_eq!(domain("x=?utf-8?Q?Ann?= <a@example.com>"), "example.com");
    assert_eq!(domain("a=b?c@example.com"), "example.com");
}

#[test]
fn depth_and_length_cost_linear_time() {
    let deep = format!("{}{}a@example.com", "(".repeat(1 << 20), ")".repeat(1 << 20));
    assert_eq!(domain(&deep), "example.com");
    assert!(is_malformed("(".repeat(1 << 20)));
    for piece in ["a ", "\"\"", "a@b.example,", "a@b.example <", ".", "<@a:", "g:", "(\\", "a . ", "\r\n "] {
        let _ = Author::parse(piece.repeat((1 << 20) / piece.len()).as_bytes());
    }
    let wide = format!("a@{}example.com", "a . ".repeat(1 << 18));
    assert_eq!(error(wide), AuthorError::IllegalDomain);
}

proptest! {
    #[test]
    fn no_octets_make_it_panic(value in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = Author::parse(&value);
    }

    #[test]
    fn no_address_like_text_makes_it_panic_or_give_two_readings(
        value in "[a@.,:;<>()\\[\\]\\\\\" \r\n=?ü]{0,40}",
    ) {
        let first = Author::parse(value.as_bytes());
        prop_assert_eq!(&first, &Author::parse(value.as_bytes()));
        // A comment in front and an empty element behind change nothing.
        if first.is_ok() {
            prop_assert_eq!(first, Author::parse(format!("(x) {value}, ").as_bytes()));
        }
    }

    #[test]
    fn a_display_name_never_changes_the_domain(name in "[^\"\\\\\r\n\0]{0,30}") {
        let value = format!("\"{name}\" <a@example.com>");
        let author = Author::parse(value.as_bytes()).unwrap();
        prop_assert_eq!(author.domain.as_str(), "example.com");
    }
}
