//! What a hostile message is made of, and the zone that goes with it: a list of parts that can be changed at random.
//!
//! No signature is sound: a false one of the right length costs what a sound one costs, and needs no key.

use crate::random::Random;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use mailproof::Name;
use mailproof::dns::{Mx, Records, Txt, Zone};
use std::fmt::{self, Write as _};
use std::net::Ipv4Addr;
use std::time::Duration;

/// A message and its zone. As text: `parts;filling;policy`, where equal parts are counted, `10*1.0.0.5.1,…`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Recipe {
    pub(crate) parts: Vec<Part>,
    pub(crate) filling: usize,
    pub(crate) policy: usize,
}

/// A field or a set of fields.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Part {
    pub(crate) kind: usize,
    pub(crate) key: usize,
    pub(crate) canon: usize,
    pub(crate) records: usize,
    pub(crate) count: usize,
}

/// What a part may be.
pub(crate) const KINDS: [&str; 12] = [
    "DKIM-Signature",
    "ARC set",
    "DKIM, l=",
    "DKIM, long h=",
    "From",
    "Authentication-Results",
    "Received",
    "no field",
    "a large field",
    "DKIM over large fields",
    "DKIM of a deep domain",
    "a From of many",
];
/// Of what kind the key of a signature is: bits of an RSA modulus and whether its exponent is the largest; or Ed25519.
pub(crate) const KEYS: [Key; 8] = [
    Key::Ed25519,
    Key::Rsa(1024, false),
    Key::Rsa(2048, false),
    Key::Rsa(2048, true),
    Key::Rsa(4096, false),
    Key::Rsa(4096, true),
    Key::Rsa(8192, false),
    Key::Rsa(8192, true),
];
pub(crate) const CANONS: [&str; 4] = ["relaxed/relaxed", "simple/simple", "relaxed/simple", "simple/relaxed"];
/// What fills a body.
pub(crate) const FILLINGS: [&str; 12] = [
    "a line of words as there are many\r\n",
    " \t x",
    "\r\n",
    "\r",
    " \r\n",
    "\n ",
    "(",
    "x \r\n\r\n",
    "x  ",
    "\tx",
    "x\r\n",
    " \r\n\r\n\r",
];
/// What SPF has to do.
pub(crate) const POLICIES: [&str; 7] = [
    "ip4",
    "ten includes of many terms",
    "ten mx",
    "macros",
    "ptr, and names of the client",
    "redirects of many terms, and mx",
    "includes of empty macros, and mx",
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Key {
    Ed25519,
    Rsa(usize, bool),
}

impl fmt::Display for Recipe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, same) in self.parts.chunk_by(PartialEq::eq).enumerate() {
            let Some(Part { kind, key, canon, records, count }) = same.first() else { continue };
            let comma = if number == 0 { "" } else { "," };
            write!(f, "{comma}{}*{kind}.{key}.{canon}.{records}.{count}", same.len())?;
        }
        write!(f, ";{};{}", self.filling, self.policy)
    }
}

impl Recipe {
    /// The opposite of `to_string`.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let mut rest = text.split(';');
        let mut parts = Vec::new();
        for same in rest.next()?.split(',') {
            let (times, part) = same.split_once('*')?;
            let numbers: Result<Vec<usize>, _> = part.split('.').map(str::parse).collect();
            let [kind, key, canon, records, count] = numbers.ok()?.try_into().ok()?;
            parts.extend(std::iter::repeat_n(Part { kind, key, canon, records, count }, times.parse().ok()?));
        }
        Some(Self { parts, filling: rest.next()?.parse().ok()?, policy: rest.next()?.parse().ok()? })
    }

    /// So many equal parts, and prose.
    pub(crate) fn of(count: usize, part: &Part) -> Self {
        Self { parts: vec![part.clone(); count], filling: 0, policy: 0 }
    }

    /// One of many like it.
    pub(crate) fn mutated(&self, random: &mut Random) -> Self {
        let mut other = self.clone();
        for _ in 0..=random.below(3) {
            let place = random.below(other.parts.len().max(1));
            match random.below(10) {
                0..3 => other.parts.insert(place, Part::any(random)),
                3..5 if other.parts.len() > 1 => drop(other.parts.remove(place)),
                5..7 => {
                    if let Some(part) = other.parts.get(place).cloned() {
                        other.parts.extend(std::iter::repeat_n(part, 1 + random.below(5)));
                    }
                }
                7 => other.filling = random.below(FILLINGS.len()),
                8 => other.policy = random.below(POLICIES.len()),
                _ => {
                    if let Some(part) = other.parts.get_mut(place) {
                        part.change(random);
                    }
                }
            }
        }
        other
    }

    /// The message, of about `octets`; parts that do not fit are left out.
    pub(crate) fn message(&self, octets: usize) -> Vec<u8> {
        let mut header = String::new();
        let mut instance = 0;
        for (number, part) in self.parts.iter().enumerate() {
            let before = header.len();
            part.write(number, &mut instance, &mut header);
            if header.len() + 100 > octets {
                header.truncate(before);
                break;
            }
        }
        header.push_str("From: Example Kitchen <kitchen@example.com>\r\nSubject: Bread\r\n\r\n");
        let filling = FILLINGS.get(self.filling).copied().unwrap_or_default();
        while header.len() < octets {
            header.push_str(filling);
        }
        header.push_str("end\r\n");
        header.into_bytes()
    }

    pub(crate) fn zone(&self) -> Zone {
        let mut zone = Zone::new();
        for (number, part) in self.parts.iter().enumerate() {
            for name in [format!("s{number}"), format!("t{number}"), format!("u{number}")] {
                let records = (0..part.records.max(1)).map(|record| part.key_record(record)).collect();
                let domain = if name.starts_with('u') { deep(number) } else { "example.com".to_owned() };
                insert(&mut zone, &format!("{name}._domainkey.{domain}"), Records::Txt(records));
            }
        }
        insert(&mut zone, "_dmarc.example.com", text("v=DMARC1; p=reject"));
        for domain in ["mail.example.com", "example.com"] {
            insert(&mut zone, domain, text("v=spf1 ip4:192.0.2.0/24 -all"));
        }
        for domain in ["mail.example.com", "example.com"] {
            self.publish(domain, &mut zone);
        }
        zone
    }

    /// The policy of one identity.
    fn publish(&self, identity: &str, zone: &mut Zone) {
        match self.policy {
            0 => {}
            1 => {
                let terms = (0..4500).map(|term| format!(" ip4:1.{}.{}.1", term / 100, term % 100));
                let long: String = terms.collect();
                let includes: String =
                    (0..9).map(|domain| format!(" include:i{domain}.{identity}")).collect();
                insert(zone, identity, text(&format!("v=spf1{includes}{long} -all")));
                for domain in 0..9 {
                    insert(zone, &format!("i{domain}.{identity}"), text(&format!("v=spf1{long} -all")));
                }
            }
            2 => {
                let terms: String = (0..10).map(|domain| format!(" mx:m{domain}.{identity}")).collect();
                insert(zone, identity, text(&format!("v=spf1{terms} -all")));
                exchanges(identity, zone);
            }
            3 => {
                let target = "%{L}%{d}.%{lr-+=_./}.%{ir}.%{o}.%{h}".repeat(20);
                let terms: String = (0..9).map(|_| format!(" exists:{target}.{identity}")).collect();
                insert(zone, identity, text(&format!("v=spf1{terms} -all")));
            }
            5 => {
                let many = " x=".repeat(20_000);
                insert(zone, identity, text(&format!("v=spf1{many} redirect=r0.{identity}")));
                for domain in 0..8 {
                    let record = format!("v=spf1{many} redirect=r{}.{identity}", domain + 1);
                    insert(zone, &format!("r{domain}.{identity}"), text(&record));
                }
                insert(zone, &format!("r8.{identity}"), text(&format!("v=spf1 mx:m0.{identity} -all")));
                exchanges(identity, zone);
            }
            6 => {
                let include = |depth| format!("include:{}n{depth}.{identity}", "%{l1+}".repeat(250));
                insert(zone, identity, text(&format!("v=spf1 {} -all", include(0))));
                for depth in 0..4 {
                    insert(
                        zone,
                        &format!("n{depth}.{identity}"),
                        text(&format!("v=spf1 {} -all", include(depth + 1))),
                    );
                }
                let terms: String = (0..5).map(|domain| format!(" mx:m{domain}.{identity}")).collect();
                insert(zone, &format!("n4.{identity}"), text(&format!("v=spf1{terms} -all")));
                exchanges(identity, zone);
            }
            _ => {
                let names = (0..40).filter_map(|name| Name::parse(format!("p{name}.{identity}")).ok());
                insert(zone, "25.2.0.192.in-addr.arpa", Records::Ptr(names.clone().collect()));
                for name in names {
                    let addresses = (0..=250).map(|octet| Ipv4Addr::new(198, 51, 100, octet)).collect();
                    zone.insert(name, Records::A(addresses), Duration::from_secs(60));
                }
                let terms: String = (0..10).map(|_| format!(" ptr:{identity}")).collect();
                insert(zone, identity, text(&format!("v=spf1{terms} -all")));
            }
        }
    }
}

impl Part {
    pub(crate) const fn new(kind: usize, key: usize) -> Self {
        Self { kind, key, canon: 0, records: 1, count: 1 }
    }

    fn any(random: &mut Random) -> Self {
        let mut part = Self::new(random.below(KINDS.len()), random.below(KEYS.len()));
        part.change(random);
        part
    }

    fn change(&mut self, random: &mut Random) {
        match random.below(5) {
            0 => self.kind = random.below(KINDS.len()),
            1 => self.key = random.below(KEYS.len()),
            2 => self.canon = random.below(CANONS.len()),
            3 => self.records = 1 + random.below(8),
            _ => self.count = random.below(300),
        }
    }

    fn key(&self) -> Key {
        KEYS.get(self.key).copied().unwrap_or(Key::Ed25519)
    }

    fn write(&self, number: usize, instance: &mut usize, to: &mut String) {
        let (algorithm, octets) = match self.key() {
            Key::Ed25519 => ("ed25519-sha256", 64),
            Key::Rsa(bits, _) => ("rsa-sha256", bits / 8),
        };
        // Smaller than the modulus, and than the order of the curve.
        let signature = [vec![1; octets - 1], vec![0]].concat();
        let signature = STANDARD.encode(if octets == 64 { signature } else { vec![1; octets] });
        let canon = CANONS.get(self.canon).copied().unwrap_or("relaxed/relaxed");
        let hash = "A".repeat(43);
        let (length, names) = match self.kind {
            2 => (format!("l={};", self.count), String::new()),
            3 => (String::new(), ":from:x".repeat(self.count)),
            9 => (String::new(), ":x".repeat(1 + self.count)),
            _ => (String::new(), String::new()),
        };
        let (domain, selector) =
            if self.kind == 10 { (deep(number), "u") } else { ("example.com".to_owned(), "s") };
        let written = match self.kind {
            0 | 2 | 3 | 9 | 10 => write!(
                to,
                "DKIM-Signature: v=1;a={algorithm};c={canon};d={domain};s={selector}{number};{length}h=from{names};\
                 bh={hash}=;b={signature}\r\n"
            ),
            1 => {
                *instance += 1;
                let cv = if *instance == 1 { "none" } else { "pass" };
                write!(
                    to,
                    "ARC-Seal:i={instance};a={algorithm};cv={cv};d=example.com;s=s{number};b={signature}\r\n\
                     ARC-Message-Signature:i={instance};a={algorithm};c={canon};d=example.com;s=t{number};h=from;\
                     bh={hash}=;b={signature}\r\n\
                     ARC-Authentication-Results:i={instance};a;none\r\n"
                )
            }
            4 => write!(to, "From: {}a{number}@example.com\r\n", "(x)".repeat(self.count)),
            5 => write!(
                to,
                "Authentication-Results: mx.example.org (; spf=pass{}\r\n",
                " (x)".repeat(self.count)
            ),
            6 => write!(to, "Received: {}\r\n", " \t".repeat(self.count)),
            7 => write!(to, "{}\r\n", "no field ".repeat(1 + self.count / 10)),
            8 => write!(to, "X: {}\r\n", "x \t".repeat(1 + self.count * 10)),
            _ => write!(to, "From: {}a@example.com\r\n", "a@example.com,".repeat(self.count)),
        };
        debug_assert!(written.is_ok(), "strings can be written to");
    }

    fn key_record(&self, record: usize) -> Txt {
        let text = match self.key() {
            // The base point of the curve, and other points near it.
            Key::Ed25519 => {
                let point = [vec![0x58], vec![0x66; 31]].concat();
                format!("v=DKIM1;k=ed25519;n={record};p={}", STANDARD.encode(point))
            }
            Key::Rsa(bits, is_odd) => {
                let exponent: &[u8] =
                    if is_odd { &[2, 5, 1, 0xff, 0xff, 0xff, 0xff] } else { &[2, 3, 1, 0, 1] };
                let modulus = element(2, &[vec![0], vec![0xff; bits / 8]].concat());
                format!(
                    "v=DKIM1;n={record};p={}",
                    STANDARD.encode(element(0x30, &[&modulus, exponent].concat()))
                )
            }
        };
        Txt::new(text.as_bytes().chunks(255))
    }
}

/// Ten domains of ten exchanges each, which have many addresses.
fn exchanges(identity: &str, zone: &mut Zone) {
    for domain in 0..10 {
        let host = |host| Name::parse(format!("h{host}.m{domain}.{identity}")).ok();
        let exchanges = (0..10).filter_map(host);
        for host in exchanges.clone() {
            let addresses = (0..=250).map(|octet| Ipv4Addr::new(198, 51, 100, octet)).collect();
            zone.insert(host, Records::A(addresses), Duration::from_secs(60));
        }
        let records = exchanges.map(|exchange| Mx { preference: 10, exchange }).collect();
        insert(zone, &format!("m{domain}.{identity}"), Records::Mx(records));
    }
}

/// A domain of as many labels as a walk takes.
fn deep(number: usize) -> String {
    format!("a{number}.b{number}.c{number}.d{number}.e{number}.f{number}.g.h.example")
}

/// An element in DER.
fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len()).unwrap_or_default().to_be_bytes();
    let length = match length {
        [0, short] if short < 0x80 => vec![short],
        [0, octet] => vec![0x81, octet],
        [high, low] => vec![0x82, high, low],
    };
    [&[tag], &length[..], content].concat()
}

fn text(record: &str) -> Records {
    Records::Txt(vec![Txt::new(record.as_bytes().chunks(255))])
}

fn insert(zone: &mut Zone, name: &str, records: Records) {
    if let Ok(name) = Name::parse(name) {
        zone.insert(name, records, Duration::from_secs(60));
    }
}
