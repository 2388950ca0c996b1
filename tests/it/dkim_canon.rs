//! Canonicalization and body length: RFC 6376 §3.4, §3.5 (`l=`), §3.7, §8.2.

use crate::dkim_signer::{
    BODY, Canon, FIELD, HEADERS, Recipe, canonical_body, outcome, sha256, verdicts, zone,
};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use mailproof::dkim::Policy;

fn field(canon: &str) -> String {
    FIELD.replace("s=sel;", &format!("s=sel; c={canon};"))
}

/// Signs one message and verifies another under the same signature field.
fn outcome_changed(canon: &str, before: (&[&str], &[u8]), after: (&[&str], &[u8])) -> String {
    let recipe = Recipe::of(&field(canon));
    let signed = recipe.sign(before.0, before.1);
    let end = signed.windows(2).position(|pair| pair == b"\r\n").unwrap();
    let mut raw = signed[..end].to_vec();
    for field in after.0 {
        raw.extend(b"\r\n");
        raw.extend(field.as_bytes());
    }
    raw.extend(b"\r\n\r\n");
    raw.extend(after.1);
    outcome(&raw, &zone(&[&recipe.key.record()]), &Policy::default())
}

#[test]
fn the_canonical_empty_body_hashes_as_printed() {
    let simple = BASE64.encode(sha256(&canonical_body(Canon::Simple, b"")));
    assert_eq!(simple, "frcCV1k9oG9oKj3dpUqdJg1PxRT2RSN/XKdLCPjaYaY=");
    let relaxed = BASE64.encode(sha256(&canonical_body(Canon::Relaxed, b"")));
    assert_eq!(relaxed, "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
}

#[test]
fn canonical_bodies_are_equal_or_not() {
    // RFC 6376 §3.4.5, and what §3.4.3, §3.4.4 and §5.3 leave to be got wrong.
    let rows: &[(&str, &[u8], &[u8], bool)] = &[
        ("simple", b" C \r\nD \t E\r\n\r\n\r\n", b" C \r\nD \t E\r\n", true),
        ("relaxed", b" C \r\nD \t E\r\n\r\n\r\n", b" C\r\nD E\r\n", true),
        ("simple", b"", b"\r\n", true),
        ("simple", b"", b"\r\n\r\n\r\n", true),
        ("relaxed", b"", b"\r\n\r\n", true),
        ("relaxed", b"", b" \r\n\t\r\n", true),
        ("relaxed", b"", b" \t", true),
        ("relaxed", b"a", b"a\r\n \r\n\t \r\n", true),
        ("simple", b"a", b"a\r\n \r\n", false),
        ("simple", b"a", b"a\r\n", true),
        ("simple", b"a", b"a ", false),
        ("relaxed", b"a", b"a \t ", true),
        ("relaxed", b" a", b"\t\t a", true),
        ("relaxed", b" a", b"a", false),
        ("relaxed", b"a b", b"a \t  b", true),
        ("relaxed", b"a b", b"ab", false),
        ("relaxed", b"a\x0bb", b"a b", false),
        ("relaxed", b"a\xa0b", b"a b", false),
        ("simple", b"a\nb", b"a\r\nb", false),
        ("simple", b"a\r", b"a", false),
        ("simple", b"a\r", b"a\r\r\n", true),
        ("simple", b"a\n", b"a\r\n", false),
        ("simple", b"a\n", b"a\n\r\n\r\n", true),
        ("relaxed", b"a \rb", b"a\t\rb", true),
        ("relaxed", b"a \rb", b"a\rb", false),
        ("relaxed", b"a \nb", b"a\nb", false),
        ("relaxed", b"a\r\r\n", b"a\r\n", false),
        ("relaxed", b"a\r\r\n", b"a\r \r\n\r\n", true),
        ("relaxed", b"\r", b"", false),
        ("simple", b"\r\n\r", b"\r", false),
        ("relaxed", b"a\r\n\r\nb", b"a\r\n \t\r\nb", true),
        ("relaxed", b"a\r\n\r\nb", b"a\r\nb", false),
    ];
    for (canon, before, after, is_equal) in rows {
        let ours = outcome_changed(&format!("{canon}/{canon}"), (&HEADERS, before), (&HEADERS, after));
        let expected = if *is_equal { "pass" } else { "fail (body hash did not verify)" };
        assert_eq!(
            ours,
            expected,
            "{canon} {:?} {:?}",
            before.escape_ascii().to_string(),
            after.escape_ascii().to_string()
        );
    }
}

#[test]
fn canonical_header_fields_are_equal_or_not() {
    let rows = [
        ("relaxed", "SUBject :\t  Dinner \r\n\t at   six \t", true),
        ("relaxed", "subject:Dinner at six", true),
        ("relaxed", "Subject:\r\n Dinner at six", true),
        ("relaxed", "Subject: Dinnerat six", false),
        ("relaxed", "Subject: Dinner at six\n", false),
        ("relaxed", "Subject: Dinner\r at six", false),
        ("relaxed", "Subject: dinner at six", false),
        ("simple", "Subject: Dinner at six", true),
        ("simple", "subject: Dinner at six", false),
        ("simple", "Subject:  Dinner at six", false),
        ("simple", "Subject: Dinner\r\n at six", false),
        ("simple", "Subject: Dinner at six ", false),
    ];
    let from = "From: Joe <joe@example.com>";
    for (canon, after, is_equal) in rows {
        let ours = outcome_changed(canon, (&[from, "Subject: Dinner at six"], BODY), (&[from, after], BODY));
        let expected = if is_equal { "pass" } else { "fail (signature did not verify)" };
        assert_eq!(ours, expected, "{canon} {after:?}");
    }
}

#[test]
fn only_the_value_of_b_is_left_out_of_its_own_field() {
    // RFC 6376 §3.7: with all white space around it, wherever it stands, and nothing that only looks like it.
    let start = "DKIM-Signature: v=1; a=ed25519-sha256; c=CANON; d=example.com; s=sel;";
    for tail in [
        "h=from; bh={bh}; b={b}",
        " h=from; b={b}; bh={bh}",
        " b={b};h=from; bh={bh};",
        " h=from; bh={bh}; b =\r\n\t{b} ;",
        " h=from; bh={bh}; b\r\n =\r\n\t{b}\r\n ; n=x",
        " h=from; z=b=x|b=y; bh={bh}; b={b}",
        " h=from:b; bh={bh}; n=b; b= {b}",
    ] {
        for canon in ["simple/simple", "relaxed/relaxed"] {
            let text = format!("{} {tail}", start.replace("CANON", canon));
            assert_eq!(crate::dkim_signer::outcome_of_field(&text), "pass", "{text}");
        }
    }
}

#[test]
fn a_message_without_a_body_has_an_empty_one() {
    for canon in ["simple/simple", "relaxed/relaxed"] {
        let recipe = Recipe::of(&field(canon));
        let raw = recipe.sign(&HEADERS, b"");
        let zone = zone(&[&recipe.key.record()]);
        for end in [0, 2] {
            let bare = &raw[..raw.len() - end];
            assert_eq!(outcome(bare, &zone, &Policy::default()), "pass", "{canon}, {end} octets less");
        }
    }
}

#[test]
fn a_length_covers_the_first_octets_only() {
    type Row<'a> = (&'a str, &'a [u8], &'a [u8], &'a str, u64, u64);
    let rows: &[Row<'_>] = &[
        ("l=8; c=simple/simple", b"We lost.", b"We lost.\r\nspam\r\n", "pass", 8, 8),
        ("l=9; c=simple/simple", b"We lost.", b"We lost.\r\nspam", "pass", 9, 7),
        ("l=10; c=simple/simple", b"We lost.", b"We lost.\r\n", "pass", 10, 0),
        (
            "l=11; c=simple/simple",
            b"We lost.",
            b"We lost.",
            "fail (the body is shorter than the 11 octets signed)",
            10,
            0,
        ),
        ("l=8; c=simple/simple", b"We lost.", b"We  lost.\r\n", "fail (body hash did not verify)", 8, 3),
        ("l=8; c=simple/relaxed", b"We lost.", b"We  lost. \r\n\r\nx", "pass", 8, 7),
        ("l=0; c=simple/simple", b"anything", b"", "pass", 0, 2),
        ("l=0; c=simple/relaxed", b"anything", b"", "pass", 0, 0),
        ("l=0; c=simple/relaxed", b"anything", b"whatever\r\n", "pass", 0, 10),
        ("l=4; c=simple/relaxed", b"a\r\n\r\n\r\nb", b"a\r\n\r\n\r\nc", "pass", 4, 6),
    ];
    for (tags, before, after, expected, signed, unsigned) in rows {
        let recipe = Recipe::of(&FIELD.replace("s=sel;", &format!("s=sel; {tags};")));
        let mut raw = recipe.sign(&HEADERS, before);
        raw.truncate(raw.len() - before.len());
        raw.extend(*after);
        let zone = zone(&[&recipe.key.record()]);
        let verdict = verdicts(&raw, &zone, &Policy::default()).remove(0);
        assert_eq!(verdict.outcome.to_string(), *expected, "{tags} {}", after.escape_ascii());
        assert_eq!(
            (verdict.signed_body_octets, verdict.unsigned_body_octets),
            (*signed, *unsigned),
            "{tags}"
        );
        let mut policy = Policy::default();
        policy.reject_partial_body = true;
        let refused = format!("policy ({unsigned} octets of the body are not signed)");
        let expected = if *expected == "pass" && *unsigned > 0 { &refused } else { *expected };
        assert_eq!(outcome(&raw, &zone, &policy), expected, "{tags}");
    }
}

#[test]
fn the_body_is_hashed_as_it_was_sent() {
    // RFC 6376 §3.7: neither a transfer encoding nor dot-stuffing is undone.
    for body in [&b"..dot\r\n"[..], b"=41=\r\n", b"QUJD\r\n", b"8bit \xff\r\n", b"nul \0\r\n"] {
        let recipe = Recipe::of(FIELD);
        let raw = recipe.sign(&HEADERS, body);
        assert_eq!(outcome(&raw, &zone(&[&recipe.key.record()]), &Policy::default()), "pass");
    }
}
