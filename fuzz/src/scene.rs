//! A client and a zone as lines of text, which a fuzzer can change one at a time.

use mailproof::dns::{Failure, Kind, Mx, Records, Rrset, Txt, Zone};
use mailproof::{Connection, Name};
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

/// The client's address, its HELO name and the reverse-path, separated by tabs.
pub(crate) fn connection(line: &[u8]) -> Connection {
    let mut words = line.split(|octet| *octet == b'\t');
    let mut word = || words.next().unwrap_or_default();
    let ip = parsed(word()).unwrap_or(IpAddr::from([192, 0, 2, 1]));
    let helo = word();
    Connection::new(ip, helo, word()).at(1_795_200_000)
}

/// A record of each line: owner, type and content, separated by tabs; a line that is none is a TXT record of
/// `example.com`.
pub(crate) fn zone<'a>(lines: impl Iterator<Item = &'a [u8]>) -> Zone {
    let mut sets: BTreeMap<(Name, Kind), Records> = BTreeMap::new();
    let mut zone = Zone::new();
    for line in lines {
        let words: Vec<_> = line.splitn(3, |octet| *octet == b'\t').collect();
        let (owner, kind, content) = match words[..] {
            [owner, kind, content] => (Name::parse_with_spaces(owner), kind, content),
            _ => (Name::parse("example.com"), &b"TXT"[..], line),
        };
        let Ok(owner) = owner else {
            continue;
        };
        let name = || Name::parse(content).ok();
        let record = match kind {
            b"A" => parsed(content).map(|address| Records::A(vec![address])),
            b"AAAA" => parsed(content).map(|address| Records::Aaaa(vec![address])),
            b"MX" => name().map(|exchange| Records::Mx(vec![Mx { preference: 10, exchange }])),
            b"PTR" => name().map(|name| Records::Ptr(vec![name])),
            b"TXT" => Some(Records::Txt(vec![Txt::new(content.chunks(255))])),
            b"CNAME" => {
                if let Some(target) = name() {
                    zone.insert_alias(owner.clone(), target, Duration::from_secs(60));
                }
                None
            }
            b"SERVFAIL" => {
                zone.insert_always(owner.clone(), Rrset::Failed(Failure::Servfail));
                None
            }
            _ => None,
        };
        if let Some(record) = record {
            add(&mut sets, owner, record);
        }
    }
    for ((owner, _), records) in sets {
        zone.insert(owner, records, Duration::from_secs(60));
    }
    zone
}

fn add(sets: &mut BTreeMap<(Name, Kind), Records>, owner: Name, record: Records) {
    let key = (owner, record.kind());
    match (sets.get_mut(&key), record) {
        (Some(Records::A(set)), Records::A(more)) => set.extend(more),
        (Some(Records::Aaaa(set)), Records::Aaaa(more)) => set.extend(more),
        (Some(Records::Mx(set)), Records::Mx(more)) => set.extend(more),
        (Some(Records::Ptr(set)), Records::Ptr(more)) => set.extend(more),
        (Some(Records::Txt(set)), Records::Txt(more)) => set.extend(more),
        (_, record) => {
            sets.insert(key, record);
        }
    }
}

fn parsed<T: std::str::FromStr>(text: &[u8]) -> Option<T> {
    std::str::from_utf8(text).ok()?.parse().ok()
}
