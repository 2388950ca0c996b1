//! Messages made to cost time or memory: each ends, in a time that any test may take, and each limit is named.

use crate::dkim_signer::{BODY, FIELD, HEADERS, Key, NOW, Recipe, verdicts, zone};
use mailproof::dkim::{Policy, Verdict, Verifier};
use mailproof::message::Message;

fn judge(raw: &[u8]) -> Vec<Verdict> {
    verdicts(raw, &zone(&[&Key::ed25519().record()]), &Policy::default())
}

/// `field` several times on top of a message with these fields and this body.
fn flood(field: &str, count: usize, headers: &[String], body: &[u8]) -> Vec<u8> {
    let mut raw = format!("{field}\r\n").repeat(count);
    for field in headers {
        raw += field;
        raw += "\r\n";
    }
    [raw.as_bytes(), b"\r\n", body].concat()
}

fn field(h: &str) -> String {
    let hash = "A".repeat(43);
    format!("DKIM-Signature: v=1; a=ed25519-sha256; d=example.com; s=sel; h={h}; bh={hash}=; b=AAAA")
}

#[test]
fn a_thousand_signatures_ask_for_ten_keys_at_most() {
    let mut raw = String::new();
    for number in 0..1000 {
        raw += &field("from").replace("s=sel", &format!("s=s{number}"));
        raw += "\r\n";
    }
    raw += "From: a@example.com\r\n\r\n";
    let message = Message::parse(raw.as_bytes()).unwrap();
    assert_eq!(Verifier::new(&message.headers, &Policy::default(), NOW).questions().len(), 10);
    let skipped = judge(raw.as_bytes()).iter().filter(|verdict| verdict.outcome.word() == "policy").count();
    assert_eq!(skipped, 990);
}

#[test]
fn fields_beyond_ten_thousand_are_neither_read_nor_listed() {
    let raw = flood("DKIM-Signature:", 50_000, &["From: a@example.com".into()], b"");
    let all = judge(&raw);
    assert_eq!(all.len(), 10_001);
    assert_eq!(all[9_999].outcome.word(), "neutral");
    assert_eq!(all[10_000].outcome.to_string(), "policy (not read: more than 10000 DKIM-Signature fields)");
    assert_eq!(all[10_000].field, 10_000);
}

#[test]
fn long_lists_of_names_over_long_header_sections_take_linear_time() {
    let mut policy = Policy::default();
    policy.max_header_names = usize::MAX;
    policy.max_header_octets = usize::MAX;
    let zone = zone(&[&Key::ed25519().record()]);
    let run = |raw: &[u8]| verdicts(raw, &zone, &policy);
    let absent: Vec<String> = (0..15_000).map(|number| format!("a{number}")).collect();
    let mut headers: Vec<String> = (0..15_000).map(|number| format!("b{number}: x")).collect();
    headers.push("From: a@example.com".into());
    let five = run(&flood(&field(&format!("from:{}", absent.join(":"))), 5, &headers, b""));
    assert!(five.iter().all(|verdict| verdict.signed_fields == 1));

    let same: Vec<String> = (0..30_000).map(|_| "From: a@example.com".into()).collect();
    let one = run(&flood(&field(&vec!["from"; 30_000].join(":")), 1, &same, b""));
    assert_eq!(one[0].signed_fields, 30_000);

    let all = judge(&flood(&field(&vec!["from"; 30_000].join(":")), 2, &same, b""));
    assert_eq!(all[0].outcome.to_string(), "policy (not evaluated: more than 1024 names in h=)");
}

#[test]
fn no_more_header_octets_are_kept_than_allowed() {
    let headers = vec!["From: a@example.com".to_owned(), format!("X: {}", "x".repeat(200_000))];
    let all = judge(&flood(&field("from:x"), 10, &headers, b""));
    let evaluated = all.iter().filter(|verdict| verdict.signed_fields == 2).count();
    assert_eq!((all.len(), evaluated), (10, 2));
    assert_eq!(
        all[9].outcome.to_string(),
        "policy (not evaluated: more than 524288 octets of signed header fields)"
    );
}

#[test]
fn different_lengths_cost_a_few_hashes_at_most() {
    let mut raw = String::new();
    for length in 0..200 {
        let tags = FIELD.replace("s=sel;", &format!("s=sel; l={length};"));
        let signed = String::from_utf8(Recipe::of(&tags).sign(&HEADERS, BODY)).unwrap();
        raw += signed.split_once("\r\n").unwrap().0;
        raw += "\r\n";
    }
    raw += &HEADERS.join("\r\n");
    raw += "\r\n\r\n";
    let mut policy = Policy::default();
    policy.max_signature_work = usize::MAX;
    let raw = [raw.as_bytes(), &BODY.repeat(20_000)].concat();
    let all = verdicts(&raw, &zone(&[&Key::ed25519().record()]), &policy);
    let evaluated = all.iter().filter(|verdict| verdict.outcome.word() != "policy").count();
    assert_eq!((all.len(), evaluated), (200, 8));
}

#[test]
fn bodies_of_nothing_but_line_ends_and_white_space_take_linear_time() {
    let fields = ["c=simple/simple;", "c=relaxed/relaxed;"];
    let pieces: [&[u8]; 9] =
        [b"\r\n", b" ", b"\r", b"\n", b" \r\n", b"\r\n\n", b"\n\r", b" \t", b" \r\n x\t\r\r\n"];
    for piece in pieces {
        for end in [&b""[..], b"x"] {
            let body = [&piece.repeat((1 << 19) / piece.len())[..], end].concat();
            let mut raw =
                fields.map(|tags| field("from").replace("s=sel;", &format!("s=sel; {tags}"))).join("\r\n");
            raw += "\r\nFrom: a@example.com\r\n\r\n";
            let all = judge(&[raw.as_bytes(), &body].concat());
            assert_eq!(all.len(), 2);
        }
    }
}

#[test]
fn blank_lines_to_the_end_are_counted_and_not_kept() {
    for tags in ["c=simple/simple;", "c=relaxed/relaxed;"] {
        let recipe = Recipe::of(&FIELD.replace("s=sel;", &format!("s=sel; {tags}")));
        let raw = [recipe.sign(&HEADERS, BODY), b"\r\n".repeat(2 << 20)].concat();
        let verdict = judge(&raw).remove(0);
        assert!(verdict.outcome.is_pass());
        assert_eq!(verdict.signed_body_octets, 40);
    }
}

#[test]
fn endless_values_are_refused_or_read_and_nothing_more() {
    let long = "a".repeat(1 << 19);
    for tag in ["v", "a", "c", "d", "i", "l", "q", "s", "t", "x", "z", "n", "bh", "b"] {
        let text = field("from").replace("s=sel;", &format!("s=sel; {tag}={long};"));
        assert_eq!(judge(&flood(&text, 1, &["From: a@example.com".into()], b"")).len(), 1, "{tag}");
    }
    let elements: String = (0..20_000).map(|number| format!(" t{number}=x;")).collect();
    let text = field("from").replace(" s=sel;", &format!(" s=sel;{elements}"));
    assert_eq!(judge(&flood(&text, 3, &["From: a@example.com".into()], b""))[0].outcome.word(), "fail");
    let labels = format!("d={}example.com", "a.".repeat(1 << 18));
    let text = field("from").replace("d=example.com", &labels);
    assert_eq!(judge(&flood(&text, 1, &["From: a@example.com".into()], b""))[0].outcome.word(), "neutral");
}
