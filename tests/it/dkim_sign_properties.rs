//! What holds of every signature: it verifies however the message is cut, and does not when anything signed changes.

use crate::dkim_sign::{options, outcomes, quick, sign, signed};
use crate::dkim_signer::NOW;
use mailproof::dkim::{Canonicalization, Signer, SigningOptions};
use mailproof::message::Message;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

fn octets(length: usize) -> impl Strategy<Value = Vec<u8>> {
    let weighted = prop_oneof![
        6 => Just(b"\r\n".to_vec()),
        2 => Just(b"\r".to_vec()),
        2 => Just(b"\n".to_vec()),
        4 => Just(b" ".to_vec()),
        2 => Just(b"\t".to_vec()),
        4 => Just(b"some words of prose, long enough to fill a block of the scan, and then some".to_vec()),
        2 => any::<u8>().prop_map(|octet| vec![octet]),
    ];
    vec(weighted, 0..length).prop_map(|pieces| pieces.concat())
}

fn choices() -> impl Strategy<Value = SigningOptions> {
    let canonicalization = || select(vec![Canonicalization::Relaxed, Canonicalization::Simple]);
    let names = vec("[!-9<-~]{1,30}|X-A|Subject|To", 0..8);
    let rest = (any::<bool>(), any::<bool>(), any::<bool>(), proptest::option::of(1..u64::MAX));
    (canonicalization(), canonicalization(), names, rest, proptest::option::of("[ -?A-~ä]{0,32}")).prop_map(
        |(header, body, names, (copy, reports, timestamp, expiry), local)| {
            options(|options| {
                options.accept_lone_line_ends = true;
                options.header_canonicalization = header;
                options.body_canonicalization = body;
                let (over, plain) = names.split_at(names.len() / 2);
                options.oversigned.extend_from_slice(over);
                options.signed.extend_from_slice(plain);
                options.copy_header = copy;
                options.request_reports = reports;
                options.timestamp = timestamp;
                options.expires_after = expiry;
                options.identity = local.map(|local| format!("{local}@a.example.com"));
            })
        },
    )
}

/// A header section with one From field, its fields of any octets that make no second one.
fn header() -> impl Strategy<Value = Vec<u8>> {
    (vec(field(), 0..6), vec(field(), 0..6)).prop_map(|(before, after)| {
        [before.concat(), b"From: Joe <joe@example.com>\r\n".to_vec(), after.concat()].concat()
    })
}

fn field() -> impl Strategy<Value = Vec<u8>> {
    let name = prop_oneof!["Subject", "To", "X-A", "x-a ", "Received", "Content-Type", "[!-9;-~]{1,20}"];
    (name, octets(8)).prop_filter_map("another From", |(name, value)| {
        let value = String::from_utf8_lossy(&value).replace("\r\n", "\r\n ");
        let is_from = |text: &str| text.to_ascii_lowercase().contains("from");
        (!is_from(&name) && !is_from(&value)).then(|| format!("{name}:{value}x\r\n").into_bytes())
    })
}

fn in_pieces(signer: &Signer, raw: &[u8], cuts: &[Index]) -> String {
    let mut session = signer.session(NOW);
    let mut cuts: Vec<_> = cuts.iter().map(|cut| cut.index(raw.len() + 1)).chain([0, raw.len()]).collect();
    cuts.sort_unstable();
    for cut in cuts.windows(2) {
        session.feed(&raw[cut[0]..cut[1]]).unwrap();
    }
    session.finish().unwrap().to_string()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_signed_verifies(header in header(), body in octets(20), choices in choices(), cuts in vec(any::<Index>(), 0..6)) {
        let signer = quick(choices);
        let raw = [&header, &b"\r\n"[..], &body].concat();
        let whole = signed(&signer, &raw);
        prop_assert_eq!(outcomes(&whole), ["pass"]);
        prop_assert_eq!(in_pieces(&signer, &raw, &cuts).into_bytes(), &whole[..whole.len() - raw.len()]);
    }

    #[test]
    fn line_ends_are_judged_alike_in_any_chunks(body in octets(12), cuts in vec(any::<Index>(), 0..6)) {
        let signer = quick(SigningOptions::default());
        let raw = [&b"From: a@example.com\r\n\r\n"[..], &body].concat();
        let message = Message::parse(&raw).unwrap();
        let mut signing = signer.begin(&message.headers, NOW).unwrap();
        let mut cuts: Vec<_> = cuts.iter().map(|cut| cut.index(body.len() + 1)).chain([0, body.len()]).collect();
        cuts.sort_unstable();
        cuts.windows(2).for_each(|cut| signing.body(&body[cut[0]..cut[1]]));
        let mended = String::from_utf8_lossy(&body).replace("\r\n", "");
        let has_lone = mended.contains(['\r', '\n']) || body.windows(3).any(|three| three == b"\r\r\n");
        prop_assert_eq!(signing.finish().is_err(), has_lone);
        prop_assert_eq!(sign(&signer, &raw).is_err(), has_lone);
    }

    #[test]
    fn any_change_to_what_is_signed_fails(place in any::<Index>(), bit in 0_u8..7, simple in any::<bool>()) {
        let choices = options(|options| if simple {
            options.header_canonicalization = Canonicalization::Simple;
            options.body_canonicalization = Canonicalization::Simple;
        });
        let raw = b"From: Joe <joe@example.com>\r\nTo: ann@example.net\r\nSubject: one two\r\n\r\nThree four.\r\nFive.\r\n";
        let mut raw = signed(&quick(choices), raw);
        let place = place.index(raw.len());
        // Of the last digit of b= four bits say nothing, and verifiers pass over them.
        let padding = raw.windows(4).position(|part| part == b"==\r\n").unwrap();
        prop_assume!(place + 1 != padding);
        let before = raw[place];
        raw[place] ^= 1 << bit;
        // The white space of relaxed texts and the case of their names may change, and base64 may be broken anywhere.
        let is_white = |octet: u8| matches!(octet, b' ' | b'\t' | b'\r' | b'\n');
        prop_assume!(!is_white(before) && !is_white(raw[place]));
        prop_assume!(!before.eq_ignore_ascii_case(&raw[place]));
        prop_assert_ne!(outcomes(&raw), ["pass"]);
    }

    #[test]
    fn folds_hide_nothing(names in vec("X-[a-z]{1,70}", 1..40), local in "[a-z]{1,60}") {
        let choices = options(|options| {
            options.oversigned.extend(names.clone());
            options.identity = Some(format!("{local}@example.com"));
        });
        let field = sign(&quick(choices), b"From: a@example.com\r\n\r\n").unwrap();
        for line in field.to_string().split_terminator("\r\n") {
            prop_assert!(line.len() < 78 && !line.trim().is_empty(), "{}", line);
        }
        let unfolded = field.fields()[0].value().replace("\r\n ", " ");
        let h = unfolded.split("; ").find_map(|tag| tag.trim().strip_prefix("h=")).unwrap().replace(' ', "");
        let mut expected: Vec<_> = names.iter().map(|name| name.to_ascii_lowercase()).collect();
        expected.dedup();
        for name in expected {
            prop_assert!(h.split(':').any(|other| other.eq_ignore_ascii_case(&name)), "{}", name);
        }
        let identity = format!("i={local}@example.com;");
        prop_assert!(unfolded.contains(&identity));
    }
}
