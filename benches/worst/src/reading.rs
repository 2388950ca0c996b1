//! What it costs to read the largest answers of DNS for the first time; afterwards they are kept as read.

use crate::{Random, count, shapes};
use mailproof::Name;
use mailproof::dns::{Mx, Records, Txt, Zone};
use std::net::Ipv4Addr;
use std::time::Duration;

/// Octets that an answer holds at most (RFC 1035 §4.2.2).
const OCTETS: usize = 65_535;

/// An answer of about so many octets, and where it stands.
type Answer = (&'static str, &'static str, fn(usize) -> Records);

const ANSWERS: [Answer; 12] = [
    ("an SPF policy of networks", "example.com", |octets| {
        let term = |term: usize| format!(" ip4:10.{}.{}.0/31", term / 250, term % 250);
        one(text(octets, "v=spf1 -ip4:10.1.0.0/31", term))
    }),
    ("an SPF policy of modifiers", "example.com", |octets| {
        one(text(octets, "v=spf1 ", |_| "a=%{d}%{i} ".to_owned()))
    }),
    ("an SPF policy of one name", "example.com", |octets| {
        one(text(octets, "v=spf1 a:", |_| "%{ir}.%{d2}.".to_owned()))
    }),
    ("texts beside an SPF policy", "example.com", |octets| {
        let texts = (0..octets / 12).map(|number| format!("v=spf{number}"));
        Records::Txt(texts.map(|text| Txt::new([text])).collect())
    }),
    ("a key record of tags", "s0._domainkey.example.com", |octets| {
        one(text(octets, "v=DKIM1; p=AAAA", |tag| format!(";a{tag}=")))
    }),
    ("a key record of notes", "s0._domainkey.example.com", |octets| {
        one(text(octets, "p=AAAA; n=", |_| "abc ".to_owned()))
    }),
    ("a key", "s0._domainkey.example.com", |octets| {
        one(text(octets, "v=DKIM1; p=", |_| "AA AAA ".to_owned()))
    }),
    ("key records", "s0._domainkey.example.com", |octets| {
        Records::Txt((0..octets / 20).map(|number| Txt::new([format!("n={number};p=AA")])).collect())
    }),
    ("a DMARC record of tags", "_dmarc.example.com", |octets| {
        one(text(octets, "v=DMARC1; p=none", |tag| format!(";a{tag}=")))
    }),
    ("a DMARC record of addresses", "_dmarc.example.com", |octets| {
        one(text(octets, "v=DMARC1; p=none; rua=mailto:a@b.c", |_| ",mailto:a@b.c".to_owned()))
    }),
    ("addresses of an mx", "mx.example.com", |octets| {
        Records::A(
            (0..octets / 16).map(|number| Ipv4Addr::from_bits(u32::try_from(number).unwrap())).collect(),
        )
    }),
    ("names of the client", "25.2.0.192.in-addr.arpa", |octets| {
        let mut random = Random::new(7);
        let name = |number| Name::parse(format!("{}.{number}", random.below(1 << 30))).unwrap();
        Records::Ptr((0..octets / 24).map(name).collect())
    }),
];

/// Prints the instructions for each octet of an answer.
pub(crate) fn table() {
    for (what, ..) in ANSWERS {
        let counted = |octets: usize| count::instructions(&["read", what, &octets.to_string()]);
        let more = f64::from(u32::try_from(OCTETS - OCTETS / 4).unwrap());
        println!("{:6.1}  {what}", (counted(OCTETS) - counted(OCTETS / 4)) / more);
    }
}

/// A plain message whose zone holds a large answer.
pub(crate) fn zone(answer: &str, octets: usize) -> Zone {
    let mut zone = shapes::plain().zone();
    let mut insert =
        |name: &str, records| zone.insert(Name::parse(name).unwrap(), records, Duration::from_secs(60));
    insert("example.com", one("v=spf1 mx ptr -all".to_owned()));
    insert(
        "example.com",
        Records::Mx(vec![Mx { preference: 1, exchange: Name::parse("mx.example.com").unwrap() }]),
    );
    insert("mx.example.com", Records::A(vec![Ipv4Addr::LOCALHOST]));
    if let Some((_, name, records)) = ANSWERS.into_iter().find(|(what, ..)| *what == answer) {
        insert(name, records(octets));
    }
    zone
}

fn one(record: String) -> Records {
    Records::Txt(vec![Txt::new(record.as_bytes().chunks(255))])
}

/// As often as there is room for.
fn text(octets: usize, begin: &str, again: impl Fn(usize) -> String) -> String {
    let mut text = begin.to_owned();
    for number in 0.. {
        let part = again(number);
        if text.len() + part.len() > octets / 256 * 255 {
            return text;
        }
        text.push_str(&part);
    }
    text
}
