//! What is written is read back, and what is read is written back.

use mailproof::authres::{AuthResults, Entry, Strip};
use mailproof::message::Headers;
use proptest::prelude::*;

/// Pieces of values, of which most random compositions are malformed in an interesting way.
fn piece() -> impl Strategy<Value = String> {
    let known = prop::sample::select(vec![
        "mx.example.org",
        "; ",
        ";",
        " ",
        "  ",
        "\t",
        "\r\n ",
        "=",
        ".",
        "/",
        "@",
        "(",
        ")",
        "(c)",
        "((a)b)",
        "\"",
        "\\",
        "\\\"",
        "\"q s\"",
        "\"a  b\"",
        "none",
        "dkim=pass",
        "spf=fail",
        "reason=",
        "reason=\"r\"",
        "smtp.mailfrom=",
        "header.d=example.com",
        "header.i=@x.y",
        "a@b.c",
        "\"l p\"@b.c",
        "1",
        "2",
        "/2",
        "é",
        "\u{202e}",
        "-",
        "_",
        "\0",
        "\n",
        "\r",
        "\u{85}",
        ":",
        ",",
        "A",
    ]);
    prop_oneof![8 => known.prop_map(str::to_owned), 1 => "\\PC{0,8}"]
}

/// Values that are nearly always well-formed.
fn value() -> impl Strategy<Value = String> {
    let space = || prop::sample::select(vec!["", " ", "\r\n\t", " (c) ", "(a(b)\\))"]);
    let word = || prop::sample::select(vec!["dkim", "X-y", "pass", "a1", "perm_fail", "none"]);
    let text = || {
        prop::sample::select(vec![
            "tok",
            "\"\"",
            "\"a  b\"",
            "\" \"",
            "\"\\\\ \\ \\\"\"",
            "\"\t\t\"",
            "\"é;(\"",
            "\"x\r\n  y\"",
            "é",
            "\"a\\\\ \\\\ b\"",
        ])
    };
    let pvalue = prop_oneof![
        text().prop_map(str::to_owned),
        prop::sample::select(vec![
            "@a.b",
            "a=b@c",
            "\"x\"@a.b",
            "\"x \\\" y\"@a.b",
            "\"a@b.c\"",
            "\"\\\"x\\\"@a.b\""
        ])
        .prop_map(str::to_owned),
    ];
    let property = (word(), space(), word(), space(), pvalue, space())
        .prop_map(|(ptype, a, name, b, value, c)| format!(" {ptype}{a}.{a}{name}{b}={b}{value}{c}"));
    let reason = prop::option::of((space(), text()).prop_map(|(s, text)| format!(" reason{s}={s}{text} ")));
    let version = prop::sample::select(vec!["", "/1", "/ 2", "/00", "/77777777777777"]);
    let entry = (
        word(),
        version,
        space(),
        word(),
        space(),
        prop::collection::vec(property, 0..4),
        reason,
        0..4_usize,
    );
    let entry = entry.prop_map(|(method, version, s, result, after, mut details, reason, at)| {
        let at = at.min(details.len());
        details.splice(at..at, reason);
        format!("{s}{method}{s}{version}{s}={s}{result}{after}{}", details.concat())
    });
    let entries = prop::collection::vec(entry, 1..4).prop_map(|entries| entries.join(";"));
    let version = prop::sample::select(vec!["", " 1", " 01 "]);
    (space(), text(), version, prop_oneof![9 => entries, 1 => Just("none".to_owned())])
        .prop_map(|(s, id, version, entries)| format!("{s}{id}{version}{s};{entries}"))
}

/// Anything that somebody may put into an entry.
fn anything() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::collection::vec(piece(), 0..12).prop_map(|pieces| pieces.concat()),
        "\\PC{0,20}",
        Just(" ".repeat(399)),
        Just("\\".repeat(450)),
        Just("\" ( é".repeat(90)),
    ]
}

fn built() -> impl Strategy<Value = AuthResults> {
    let property = (anything(), anything(), anything());
    let properties = prop::collection::vec(property, 0..3);
    let entry = (anything(), anything(), anything(), anything(), 0..3_u32, properties).prop_map(
        |(method, result, comment, reason, version, properties)| {
            let entry = Entry::new(method, result).with_comment(comment).with_reason(reason);
            let entry = entry.with_method_version(version);
            properties.into_iter().fold(entry, |entry, (ptype, name, value)| entry.with(ptype, name, value))
        },
    );
    (anything(), prop::collection::vec(entry, 0..3)).prop_map(|(id, entries)| {
        let mut results = AuthResults::new(id);
        entries.into_iter().for_each(|entry| results.push(entry));
        results
    })
}

fn value_of(field: &str) -> &[u8] {
    field.strip_prefix("Authentication-Results:").expect("a name").as_bytes()
}

/// Written in one line and folded, it reads as what it was.
fn assert_survives(results: &AuthResults) {
    assert_eq!(AuthResults::parse(results.to_string().as_bytes()).as_ref(), Ok(results), "{results}");
    let field = results.field();
    assert_eq!(AuthResults::parse(value_of(&field)).as_ref(), Ok(results), "{field}");
    for line in field.lines() {
        assert!(!line.trim().is_empty(), "{field:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1024, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_built_is_read_back(results in built()) {
        assert_survives(&results);
        prop_assert!(results.field().lines().all(|line| line.len() <= 998));
    }

    #[test]
    fn what_is_read_is_written_back(value in value()) {
        let results = AuthResults::parse(value.as_bytes());
        prop_assert!(results.is_ok(), "{value:?}: {results:?}");
        results.iter().for_each(assert_survives);
    }

    #[test]
    fn whatever_is_read_is_written_back(pieces in prop::collection::vec(piece(), 0..24)) {
        AuthResults::parse(pieces.concat().as_bytes()).iter().for_each(assert_survives);
    }

    #[test]
    fn any_octets_end_in_a_value_or_an_error(octets in prop::collection::vec(any::<u8>(), 0..64)) {
        AuthResults::parse(&octets).iter().for_each(assert_survives);
    }

    /// No spelling that the grammar knows hides an id of ours.
    #[test]
    fn no_composition_in_our_name_is_kept(pieces in prop::collection::vec(piece(), 0..16)) {
        let value = pieces.concat();
        let is_ours = AuthResults::parse(value.as_bytes())
            .is_ok_and(|results| results.authserv_id().eq_ignore_ascii_case("mx.example.org"));
        let section = format!("Authentication-Results:{value}");
        if let Ok(headers) = Headers::parse(section.as_bytes()) {
            let kept = headers.len() == 1 && Strip::new(["mx.example.org"]).find(&headers).is_empty();
            prop_assert!(!(kept && is_ours), "{value:?}");
        }
    }
}
