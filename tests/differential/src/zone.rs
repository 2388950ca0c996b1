//! The DNS of one case: for ours as a zone, for the peers as fields of a line.

use mailproof::Name;
use mailproof::dns::{self, Failure, Kind, Mx, Records, Rrset, Txt};
use std::collections::BTreeMap;
use std::time::Duration;

const TTL: Duration = Duration::from_secs(300);

/// What stands at one name for one type.
#[derive(Clone, Debug)]
pub enum Data {
    A(std::net::Ipv4Addr),
    Aaaa(std::net::Ipv6Addr),
    Mx(u16, String),
    Ptr(String),
    /// The strings of one TXT record.
    Txt(Vec<Vec<u8>>),
    /// The name exists; nothing more is said.
    Nothing,
    /// Every question about the name fails.
    Fails,
}

#[derive(Clone, Debug, Default)]
pub struct Zone {
    pub records: Vec<(String, Data)>,
}

impl Zone {
    pub fn add(&mut self, name: &str, data: Data) {
        self.records.push((name.to_ascii_lowercase(), data));
    }

    pub fn knows(&self, name: &str) -> bool {
        self.records.iter().any(|(owner, _)| owner == name)
    }

    pub fn at<'z>(&'z self, name: &'z str) -> impl Iterator<Item = &'z Data> {
        self.records.iter().filter(move |(owner, _)| owner == name).map(|(_, data)| data)
    }

    pub fn fails(&self, name: &str) -> bool {
        self.at(name).any(|data| matches!(data, Data::Fails))
    }

    /// For people.
    pub fn shown(&self) -> String {
        let lines = self.records.iter().map(|(name, data)| match data {
            Data::Txt(strings) => {
                let strings: Vec<String> =
                    strings.iter().map(|text| format!("\"{}\"", text.escape_ascii())).collect();
                format!("  {name} TXT {}", strings.join(" "))
            }
            data => format!("  {name} {data:?}"),
        });
        lines.collect::<Vec<_>>().join("\n")
    }

    /// Adds the records as fields of a line.
    pub fn write(&self, line: &mut Vec<u8>) {
        for (name, data) in &self.records {
            line.push(b'\t');
            escape(name.as_bytes(), line);
            let (kind, text): (&str, Vec<Vec<u8>>) = match data {
                Data::A(ip) => ("A", vec![ip.to_string().into()]),
                Data::Aaaa(ip) => ("AAAA", vec![ip.to_string().into()]),
                Data::Mx(preference, host) => ("MX", vec![format!("{preference} {host}").into()]),
                Data::Ptr(host) => ("PTR", vec![host.clone().into()]),
                Data::Txt(strings) => ("TXT", strings.clone()),
                Data::Nothing => ("NODATA", vec![]),
                Data::Fails => ("FAIL", vec![]),
            };
            line.push(b'\t');
            line.extend_from_slice(kind.as_bytes());
            line.push(b'\t');
            for (index, part) in text.iter().enumerate() {
                if index > 0 {
                    line.push(b'|');
                }
                escape(part, line);
            }
        }
    }

    /// The zone as ours knows it: sets, where the peers have records.
    pub fn ours(&self) -> dns::Zone {
        let mut sets: BTreeMap<(&str, Kind), Records> = BTreeMap::new();
        let mut zone = dns::Zone::new();
        for (owner, data) in &self.records {
            let Some(name) = name(owner) else { continue };
            let one = match data {
                Data::A(ip) => Records::A([*ip].into()),
                Data::Aaaa(ip) => Records::Aaaa([*ip].into()),
                Data::Mx(preference, host) => match self::name(host) {
                    Some(exchange) => Records::Mx([Mx { preference: *preference, exchange }].into()),
                    None => continue,
                },
                Data::Ptr(host) => match self::name(host) {
                    Some(host) => Records::Ptr([host].into()),
                    None => continue,
                },
                Data::Txt(strings) => Records::Txt(vec![Txt::new(strings.iter().map(Vec::as_slice))]),
                Data::Nothing => {
                    zone.insert_name(name);
                    continue;
                }
                Data::Fails => {
                    zone.insert_always(name, Rrset::Failed(Failure::Servfail));
                    continue;
                }
            };
            match (sets.get_mut(&(owner.as_str(), one.kind())), one) {
                (Some(Records::A(set)), Records::A(mut one)) => set.append(&mut one),
                (Some(Records::Aaaa(set)), Records::Aaaa(mut one)) => set.append(&mut one),
                (Some(Records::Mx(set)), Records::Mx(mut one)) => set.append(&mut one),
                (Some(Records::Ptr(set)), Records::Ptr(mut one)) => set.append(&mut one),
                (Some(Records::Txt(set)), Records::Txt(mut one)) => set.append(&mut one),
                (_, one) => drop(sets.insert((owner, one.kind()), one)),
            }
        }
        for ((owner, _), set) in sets {
            if let Some(name) = name(owner) {
                zone.insert(name, set, TTL);
            }
        }
        zone
    }
}

fn name(text: &str) -> Option<Name> {
    Name::parse_with_spaces(text.as_bytes()).ok()
}

/// Writes a field: %XX for what is not visible ASCII, for `%` and for `|`.
pub fn escape(field: &[u8], line: &mut Vec<u8>) {
    for octet in field {
        match octet {
            b'%' | b'|' | 0..=0x20 | 0x7f..=0xff => {
                line.extend_from_slice(format!("%{octet:02X}").as_bytes())
            }
            _ => line.push(*octet),
        }
    }
}
