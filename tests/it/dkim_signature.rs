//! The DKIM-Signature field: RFC 6376 §3.2, §3.5, §6.1.1; RFC 8301 §3.1; RFC 8616 §5.

use crate::dkim_signer::{BODY, FIELD, HEADERS, Key, NOW, Recipe, outcome, outcome_of_field, verdicts, zone};
use mailproof::Name;
use mailproof::dkim::{Algorithm, Policy};

fn assert_outcomes(rows: &[(&str, &str)]) {
    let wrong: Vec<_> = rows
        .iter()
        .map(|(field, expected)| (field, expected, outcome_of_field(field)))
        .filter(|(_, expected, ours)| *expected != ours)
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// The usual field with one piece replaced.
fn with(piece: &str, other: &str) -> String {
    assert!(FIELD.contains(piece));
    FIELD.replace(piece, other)
}

#[test]
fn reads_tag_lists_as_the_grammar_has_them() {
    let start = "DKIM-Signature: v=1; a=ed25519-sha256; d=example.com; s=sel; h=from;";
    let rows = [
        (FIELD.to_owned(), "pass"),
        (with("v=1; a=ed25519-sha256;", "v=1 ;\r\n a =\r\n\t ed25519-sha256 ;"), "pass"),
        (with(" v=1; a", " a").replace("s=sel;", "s=sel; v=1;"), "pass"),
        (with("b={b}", "b={b};"), "pass"),
        (with("b={b}", "b={b}; "), "pass"),
        (with("b={b}", "b={b}; unknown=x y; z=From:=20joe"), "pass"),
        (with("b={b}", "b={b}; z=\u{fc}"), "pass"),
        (with("v=1;", "v=1;\r\n \r\n "), "pass"),
        (with("v=1", "V=1"), "permerror (signature missing required tag v=)"),
        (with("d=", "D="), "permerror (signature missing required tag d=)"),
        (with("s=sel;", "s=sel; s=sel;"), "neutral (signature syntax error: tag s= occurs twice)"),
        (
            format!("{start}; bh={{bh}}; b={{b}}"),
            "neutral (signature syntax error: an empty element at offset 53)",
        ),
        (with("b={b}", "b={b};;"), "neutral (signature syntax error: an empty element at offset "),
        (with("s=sel;", "s=sel; junk;"), "neutral (signature syntax error: no tag=value at offset "),
        (with("s=sel;", "s=sel; 1x=y;"), "neutral (signature syntax error: no tag=value at offset "),
        (with("s=sel;", "s=sel; x\x01=y;"), "neutral (signature syntax error: no tag=value at offset "),
        (with("s=sel;", "s=sel; z=\x01;"), "neutral (signature syntax error: tag z= holds a character"),
        ("DKIM-Signature:".to_owned(), "neutral (signature syntax error: an empty element at offset 0)"),
    ];
    for (field, expected) in rows {
        let ours = outcome_of_field(&field);
        assert!(
            if expected == "pass" { ours == "pass" } else { ours.starts_with(expected) },
            "{field}: {ours}"
        );
    }
}

#[test]
fn requires_what_every_signature_has() {
    for tag in ["v", "a", "b", "bh", "d", "h", "s"] {
        let missing = FIELD.replace(&format!(" {tag}="), &format!(" x{tag}="));
        assert_eq!(
            outcome_of_field(&missing),
            format!("permerror (signature missing required tag {tag}=)"),
            "{missing}"
        );
        let start = FIELD.find(&format!(" {tag}=")).unwrap() + tag.len() + 2;
        let end = FIELD[start..].find(';').map_or(FIELD.len(), |end| start + end);
        let empty = format!("{}{}", &FIELD[..start], &FIELD[end..]);
        assert_eq!(outcome_of_field(&empty), format!("neutral (tag {tag}= is empty)"), "{empty}");
    }
    for tag in ["c", "i", "l", "q", "t", "x"] {
        let empty = with("s=sel;", &format!("s=sel; {tag}=;"));
        assert_eq!(outcome_of_field(&empty), format!("neutral (tag {tag}= is empty)"));
    }
}

#[test]
fn judges_each_tag() {
    let tag = |text: &str| with("s=sel;", &format!("s=sel; {text};"));
    let number = |name: &str| format!("neutral (tag {name}= is no number)");
    let outside = "permerror (domain mismatch: i= is not within d=)".to_owned();
    let pass = || "pass".to_owned();
    let rows = [
        (with("v=1", "v=2"), "neutral (incompatible version)".to_owned()),
        (with("v=1", "v=1.0"), "neutral (incompatible version)".to_owned()),
        (with("v=1", "v=01"), "neutral (incompatible version)".to_owned()),
        (with("ed25519-sha256", "rsa-sha1"), "permerror (rsa-sha1 is not accepted)".to_owned()),
        (with("ed25519-sha256", "rsa-sha512"), "neutral (unknown signature algorithm)".to_owned()),
        (with("ed25519-sha256", "ED25519-SHA256"), "neutral (unknown signature algorithm)".to_owned()),
        (with("a=ed25519-sha256", "a=rsa-sha256"), pass()),
        (with("{b}", "{b}!"), "neutral (tag b= is not base64)".to_owned()),
        (with("{bh}", "{bh}!"), "neutral (tag bh= is not base64)".to_owned()),
        (with("{bh}", "AAAA"), "neutral (tag bh= is not as long as a hash)".to_owned()),
        (with("bh={bh}", "bh=A"), "neutral (tag bh= is not base64)".to_owned()),
        (tag("c=relaxed/relaxed"), pass()),
        (tag("c=relaxed/simple"), pass()),
        (tag("c=simple/relaxed"), pass()),
        (tag("c=relaxed"), pass()),
        (tag("c=nowsp"), "neutral (unknown canonicalization)".to_owned()),
        (tag("c=relaxed/"), "neutral (unknown canonicalization)".to_owned()),
        (tag("c=relaxed/simple/x"), "neutral (unknown canonicalization)".to_owned()),
        (
            with("d=example.com", "d=com"),
            "neutral (tag d= is no domain name of two labels or more)".to_owned(),
        ),
        (
            with("d=example.com", "d=example.com."),
            "neutral (tag d= is no domain name of two labels or more)".to_owned(),
        ),
        (
            with("d=example.com", "d=[192.0.2.1]"),
            "neutral (tag d= is no domain name: a character that no domain name holds)".to_owned(),
        ),
        (with("d=example.com", "d=a..b"), "neutral (tag d= is no domain name: an empty label)".to_owned()),
        (with("d=example.com", "d=EXAMPLE.com"), pass()),
        (with("h=from:subject", "h=From : \r\n\tSUBJECT"), pass()),
        (with("h=from:subject", "h=from::subject"), "neutral (tag h= is no list of field names)".to_owned()),
        (with("h=from:subject", "h=from:"), "neutral (tag h= is no list of field names)".to_owned()),
        (with("h=from:subject", "h=from:sub ject"), "neutral (tag h= is no list of field names)".to_owned()),
        (with("h=from:subject", "h=subject:to"), "permerror (From field not signed)".to_owned()),
        (tag("i=@example.com"), pass()),
        (tag("i=joe@Example.COM"), pass()),
        (tag("i=@sub.example.com"), pass()),
        (tag("i=\"joe @home\"@sub.example.com"), pass()),
        (tag("i=joe=20x=3B@example.com"), pass()),
        (tag("i=a@b@example.com"), pass()),
        (tag("i=j\r\n oe@example.com"), pass()),
        (tag("i=\u{fc}@example.com"), pass()),
        (tag("i=joe@badexample.com"), outside.clone()),
        (tag("i=joe@com"), outside.clone()),
        (tag("i=joe@example.com@evil.example"), outside),
        (tag("i=joe"), "neutral (tag i= is no identity)".to_owned()),
        (tag("i=joe@"), "neutral (tag i= is no identity)".to_owned()),
        (tag("i=joe=3b@example.com"), "neutral (tag i= is no identity)".to_owned()),
        (tag("l=0"), pass()),
        (tag("l=-1"), number("l")),
        (tag("l=1x"), number("l")),
        (
            tag("l=99999999999999999999999"),
            format!("fail (the body is shorter than the {} octets signed)", u64::MAX),
        ),
        (tag(&format!("l={}", "0".repeat(76))), pass()),
        (tag(&format!("l={}", "0".repeat(77))), number("l")),
        (tag("q=dns/txt"), pass()),
        (tag("q=web/x : dns/txt"), pass()),
        (tag("q=web/x"), "neutral (unknown query method)".to_owned()),
        (with("s=sel", "s=SEL"), pass()),
        (with("s=sel", "s=sel."), "neutral (tag s= is no selector)".to_owned()),
        (with("s=sel", "s=a/b"), "neutral (tag s= is no selector)".to_owned()),
        (with("s=sel", &format!("s={}", "a.".repeat(120))), "neutral (tag s= is no selector)".to_owned()),
        (tag("t=1600000000"), pass()),
        (tag("t=x"), number("t")),
        (tag("t=1 2"), number("t")),
        (tag(&format!("t={}", NOW + 86400)), pass()),
        (tag("t=9999999999999"), pass()),
        (tag("x=9999999999999"), pass()),
        (tag(&format!("x={}", NOW + 1)), pass()),
        (tag(&format!("x={}", NOW - 300)), pass()),
        (tag(&format!("x={}", NOW - 301)), "fail (signature expired)".to_owned()),
        (tag("t=1600000000; x=1600000000"), "neutral (the signature expires before it was made)".to_owned()),
        (tag("t=1600000001; x=1600000000"), "neutral (the signature expires before it was made)".to_owned()),
        (tag("z=not:*:a=list|"), pass()),
        (tag("r=x; atps=y"), pass()),
    ];
    let rows: Vec<_> = rows.iter().map(|(field, expected)| (field.as_str(), expected.as_str())).collect();
    assert_outcomes(&rows);
}

#[test]
fn takes_base64_as_it_comes() {
    let recipe = Recipe::of(FIELD);
    let raw = String::from_utf8(recipe.sign(&HEADERS, BODY)).unwrap();
    let zone = zone(&[&recipe.key.record()]);
    let (head, tail) = raw.split_once("; b=").unwrap();
    let (b, rest) = tail.split_once("\r\n").unwrap();
    let folded = format!("{head}; b=\r\n\t{} \r\n {} \r\n{rest}", &b[..10], &b[10..]);
    assert_eq!(outcome(folded.as_bytes(), &zone, &Policy::default()), "pass");
    let bare = format!("{head}; b={}\r\n{rest}", b.trim_end_matches('='));
    assert_eq!(outcome(bare.as_bytes(), &zone, &Policy::default()), "pass");
    let short = format!("{head}; b={}\r\n{rest}", &b[..40]);
    assert_eq!(outcome(short.as_bytes(), &zone, &Policy::default()), "fail (signature did not verify)");
}

#[test]
fn refuses_the_future_only_when_told() {
    let mut policy = Policy::default();
    policy.reject_future = true;
    for (made, expected) in [(NOW + 300, "pass"), (NOW + 301, "policy (signature made in the future)")] {
        let recipe = Recipe::of(&with("s=sel;", &format!("s=sel; t={made};")));
        let raw = recipe.sign(&HEADERS, BODY);
        assert_eq!(outcome(&raw, &zone(&[&recipe.key.record()]), &policy), expected);
    }
}

#[test]
fn says_what_a_signature_claims_even_when_it_is_of_no_use() {
    let field = with("ed25519-sha256", "rsa-sha1").replace("s=sel;", "s=Sel; i=joe@x.example.com;");
    let raw = Recipe::of(&field).sign(&HEADERS, BODY);
    let verdict = verdicts(&raw, &zone(&[]), &Policy::default()).remove(0);
    assert_eq!(verdict.domain, Some(Name::parse("example.com").unwrap()));
    assert_eq!(verdict.selector, Some(Name::parse("sel").unwrap()));
    assert_eq!(verdict.identity.as_deref(), Some("joe@x.example.com"));
    assert_eq!(verdict.algorithm, Some(Algorithm::RsaSha1));
    assert_eq!(verdict.signature_prefix.map(|prefix| prefix.len()), Some(8));
    assert_eq!((verdict.key_bits, verdict.field), (None, 0));
}

#[test]
fn tells_what_a_good_signature_covers() {
    let recipe = Recipe::of(&with("h=from:subject", "h=from:from:subject:x-absent"));
    let raw = recipe.sign(&HEADERS, BODY);
    let verdict = verdicts(&raw, &zone(&[&recipe.key.record()]), &Policy::default()).remove(0);
    assert!(verdict.outcome.is_pass());
    assert_eq!((verdict.signed_fields, verdict.key_bits), (2, Some(256)));
    assert_eq!((verdict.signed_body_octets, verdict.unsigned_body_octets), (40, 0));
    assert_eq!(verdict.identity.as_deref(), Some("@example.com"));
    assert_eq!((verdict.testing, verdict.authentic), (false, false));
}

#[test]
fn gives_a_prefix_that_tells_signatures_apart() {
    // RFC 6008 §4: eight characters at least, more where two signatures begin alike.
    let field = |b: &str| format!("DKIM-Signature: v=1; b={b}\r\n");
    let raw =
        [&field("AAAABBBBCCCCDDDD"), &field("AAAABBBB\r\n CCCCEEEE"), &field("ZZ"), "From: a@b.c\r\n\r\n"]
            .map(ToString::to_string)
            .concat();
    let prefixes: Vec<_> = verdicts(raw.as_bytes(), &zone(&[]), &Policy::default())
        .into_iter()
        .map(|verdict| verdict.signature_prefix.unwrap())
        .collect();
    assert_eq!(prefixes, ["AAAABBBBCCCCD", "AAAABBBBCCCCE", "ZZ"]);
}

#[test]
fn compares_internationalized_domains_as_a_labels() {
    // RFC 8616 §5: U-labels in d=, i= and s= become A-labels for DNS and for comparison; the hash is over the octets.
    let key = Key::ed25519().record();
    for (d, i) in [
        ("m\u{fc}ller.example", "i=joe@xn--mller-kva.example;"),
        ("xn--mller-kva.example", "i=joe@a.M\u{fc}ller.example;"),
    ] {
        let field = with("d=example.com", &format!("d={d}")).replace("s=sel;", &format!("s=s\u{eb}l; {i}"));
        let raw = Recipe::of(&field).sign(&HEADERS, BODY);
        let json = format!(r#"{{"xn--sl-hja._domainkey.xn--mller-kva.example": {{"TXT": ["{key}"]}}}}"#);
        let zone = mailproof::dns::Zone::from_json(&json).unwrap();
        let verdict = verdicts(&raw, &zone, &Policy::default()).remove(0);
        assert_eq!(verdict.outcome.to_string(), "pass", "{d}");
        assert_eq!(verdict.domain.unwrap().as_str(), "xn--mller-kva.example");
    }
}
