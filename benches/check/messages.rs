//! Mail to measure with: made here and signed with the keys of the test data, or from `MAILPROOF_BENCH`.

use crate::peer::{DOMAIN, Key, Relaxed, SELECTOR};
use std::fs;
use std::path::PathBuf;

/// A signed message, and where and how its key is published.
pub(crate) struct Signed {
    pub(crate) label: String,
    pub(crate) raw: Vec<u8>,
    pub(crate) key_name: String,
    pub(crate) key_record: String,
}

const NAMES: [&str; 9] =
    ["Date", "From", "Reply-To", "To", "Subject", "Message-ID", "MIME-Version", "Content-Type", "List-Id"];

/// A message with `octets` of prose, signed relaxed/relaxed over nine fields.
pub(crate) fn signed(label: &str, key: Key, octets: usize) -> Signed {
    let message = [header().as_bytes(), b"\r\n", &prose(octets)].concat();
    Signed {
        label: label.to_owned(),
        raw: key.sign(&message, &NAMES, Relaxed { header: true, body: true }),
        key_name: format!("{SELECTOR}._domainkey.{DOMAIN}"),
        key_record: key.record(),
    }
}

/// The same kinds of message from a folder with `messages/*.eml` and `keys.tsv`, if it is there.
pub(crate) fn foreign() -> Vec<Signed> {
    let folder = std::env::var("MAILPROOF_BENCH")
        .map_or_else(|_| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/bench"), PathBuf::from);
    let Ok(keys) = fs::read_to_string(folder.join("keys.tsv")) else {
        return Vec::new();
    };
    let keys: Vec<_> = keys.lines().filter_map(|line| line.split_once('\t')).collect();
    let kinds = ["5k.rsa2048", "100k.rsa2048", "5k.ed25519"];
    let read = |kind: &&str| {
        let raw = fs::read(folder.join(format!("messages/msg-{kind}-rr.eml"))).ok()?;
        let selector = kind.split('.').nth(1)?;
        let (name, record) = keys.iter().find(|(name, _)| name.starts_with(&format!("{selector}.")))?;
        let (key_name, key_record) = ((*name).to_owned(), (*record).to_owned());
        Some(Signed { label: format!("foreign_{kind}"), raw, key_name, key_record })
    };
    kinds.iter().filter_map(read).collect()
}

fn header() -> String {
    format!(
        "Received: from mail.{DOMAIN} (mail.{DOMAIN} [192.0.2.25])\r\n\tby mx.example.org with ESMTPS id 4VqX0k3T\r\n\t\
         for <reader@example.org>; Fri, 20 Nov 2026 08:00:03 +0000\r\n\
         Date: Fri, 20 Nov 2026 08:00:00 +0000\r\n\
         From: Example Kitchen <kitchen@{DOMAIN}>\r\n\
         Reply-To: Kitchen Support <support@{DOMAIN}>\r\n\
         To: Reader <reader@example.org>\r\n\
         Subject: Bread for the weekend,\r\n  and what  to do with the crumbs\r\n\
         Message-ID: <20261120080000.1@mail.{DOMAIN}>\r\n\
         MIME-Version: 1.0\r\n\
         Content-Type: text/plain; charset=us-ascii\r\n\
         List-Id: The weekly loaf <loaf.{DOMAIN}>\r\n\
         X-Mailer: kneader 3.1\r\n"
    )
}

/// Lines of at most 76 columns: words of 2 to 11 letters with one space between them.
pub(crate) fn prose(octets: usize) -> Vec<u8> {
    let mut state = 7_u64;
    let mut random = |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    let mut text = Vec::with_capacity(octets + 80);
    let mut column = 0;
    while text.len() < octets {
        let length = usize::try_from(2 + random(10)).unwrap();
        if column + 1 + length > 76 {
            text.extend_from_slice(b"\r\n");
            column = 0;
        } else if column > 0 {
            text.push(b' ');
            column += 1;
        }
        text.extend((0..length).map(|_| b'a' + u8::try_from(random(26)).unwrap()));
        column += length;
    }
    text.extend_from_slice(b"\r\n");
    text
}
