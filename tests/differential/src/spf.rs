//! SPF: a case, how it is made, and what ours says of it.

use crate::random::Random;
use crate::zone::{Data, Zone, escape};
use mailproof::dns::Kind;
use mailproof::spf::{self, Limits, Verdict};
use mailproof::{Evaluation, Step};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A request and all the DNS there is.
#[derive(Clone, Debug)]
pub struct Case {
    pub number: u64,
    pub ip: IpAddr,
    pub helo: String,
    pub sender: String,
    pub zone: Zone,
}

impl Case {
    /// As the peers read it.
    pub fn line(&self) -> Vec<u8> {
        let mut line = Vec::new();
        escape(self.ip.to_string().as_bytes(), &mut line);
        for field in [&self.helo, &self.sender] {
            line.push(b'\t');
            escape(field.as_bytes(), &mut line);
        }
        self.zone.write(&mut line);
        line.push(b'\n');
        line
    }

    /// What ours says, with all the questions it asked.
    pub fn check(&self, limits: &Limits) -> (Verdict, Vec<(String, Kind)>) {
        let mut request = spf::Request::mail_from(self.ip, self.helo.as_bytes(), self.sender.as_bytes());
        request.limits = limits.clone();
        let mut check = spf::check(request);
        match check.step(&self.zone.ours()) {
            Step::Done(verdict) => {
                let asked = check.facts().iter();
                let asked =
                    asked.map(|(question, _)| (question.name.as_str().to_owned(), question.kind)).collect();
                (verdict, asked)
            }
            Step::Ask(_) => unreachable!("the zone knows everything"),
        }
    }

    /// Whether an MX record names the root.
    pub fn has_null_mx(&self) -> bool {
        self.zone.records.iter().any(|(_, data)| matches!(data, Data::Mx(_, host) if host == "."))
    }

    /// For people.
    pub fn shown(&self) -> String {
        format!("ip {} helo {:?} sender {:?}\n{}", self.ip, self.helo, self.sender, self.zone.shown())
    }

    pub fn make(seed: u64, number: u64) -> Self {
        let mut random = Random::new(seed, number);
        let random = &mut random;
        let ip = client(random);
        let helo = random.pick(&[
            "mx.example.com",
            "mx.example.com",
            "host.example.net",
            "MX.Example.COM",
            "mail",
            "[192.0.2.1]",
        ]);
        let sender = sender(random);
        let mut case = Self { number, ip, helo: helo.to_owned(), sender, zone: Zone::default() };
        let style = Style::any(random);
        // What ours asks and does not find is told it, as it comes: the zone grows along the evaluation.
        for _ in 0..14 {
            let (_, asked) = case.check(&Limits::default());
            let mut grown = false;
            for (name, kind) in asked {
                if !case.zone.knows(&name) && name.is_ascii() && !name.is_empty() {
                    case.grow(random, &name, kind, style);
                    grown = true;
                }
            }
            if !grown {
                break;
            }
        }
        case
    }

    fn grow(&mut self, random: &mut Random, name: &str, kind: Kind, style: Style) {
        match random.below(100) {
            0..3 => return self.zone.add(name, Data::Fails),
            3..9 => return self.zone.add(name, Data::Nothing),
            9..15 if kind != Kind::Txt || random.chance(30) => return,
            _ => {}
        }
        let count = match (style, random.below(10)) {
            (Style::Wide, _) => 9 + random.below(4),
            (_, 0..6) => 1,
            _ => 1 + random.below(4),
        };
        match kind {
            Kind::Txt => self.grow_text(random, name, style),
            Kind::A | Kind::Aaaa => {
                for _ in 0..count {
                    match near(random, self.ip) {
                        IpAddr::V4(ip) => self.zone.add(name, Data::A(ip)),
                        IpAddr::V6(ip) => self.zone.add(name, Data::Aaaa(ip)),
                    }
                }
            }
            Kind::Mx => {
                for index in 0..count {
                    let host = match random.below(40) {
                        0 => String::from("."),
                        1 => String::from("mx.example.com"),
                        _ => format!("mx{index}.{}", short(name)),
                    };
                    self.zone.add(name, Data::Mx(random.below(3) as u16 * 10, host));
                }
            }
            Kind::Ptr => {
                for index in 0..count {
                    let host = match random.below(4) {
                        0 => String::from("mx.example.com"),
                        1 => String::from("example.com"),
                        2 => format!("h{index}.example.com"),
                        _ => format!("h{index}.example.net"),
                    };
                    self.zone.add(name, Data::Ptr(host));
                }
            }
            _ => {}
        }
    }

    fn grow_text(&mut self, random: &mut Random, name: &str, style: Style) {
        let mut record = crate::record::record(random, self.ip, style).into_bytes();
        if style == Style::Mutated && random.chance(60) {
            for _ in 0..1 + random.below(2) {
                random.mutate(&mut record, b" :/=%{}.-_~?+0129azAZ,@\"\t\\;");
            }
        }
        let strings = match random.below(8) {
            0 => {
                let at = random.below(record.len() + 1);
                vec![record[..at].to_vec(), record[at..].to_vec()]
            }
            _ => vec![record],
        };
        match random.below(60) {
            0 => self.zone.add(name, Data::Txt(vec![b"v=spf1 ?all".to_vec()])),
            1..4 => self.zone.add(name, Data::Txt(vec![b"some-site-verification=0123".to_vec()])),
            4 => self.zone.add(name, Data::Txt(vec![b"v=spf10 -all".to_vec()])),
            5 => return self.zone.add(name, Data::Txt(vec![b"v=spf2.0/mfrom -all".to_vec()])),
            _ => {}
        }
        self.zone.add(name, Data::Txt(strings));
    }
}

/// What kind of policies a case has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// As they are published.
    Plain,
    /// With octets changed here and there.
    Mutated,
    /// With many terms that ask DNS.
    Many,
    /// With many records at a name.
    Wide,
    /// Full of macros.
    Macros,
}

impl Style {
    fn any(random: &mut Random) -> Self {
        match random.below(20) {
            0..8 => Self::Plain,
            8..13 => Self::Mutated,
            13..15 => Self::Many,
            15 => Self::Wide,
            _ => Self::Macros,
        }
    }
}

/// The end of a name that leaves room for one more label.
fn short(name: &str) -> &str {
    if name.len() < 200 { name } else { "example.com" }
}

fn client(random: &mut Random) -> IpAddr {
    match random.below(10) {
        0..7 => Ipv4Addr::new(192, 0, 2, random.octet()).into(),
        7 => Ipv4Addr::from(random.next() as u32 | 0x0100_0000).into(),
        _ => Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, random.below(3) as u16, random.octet().into()).into(),
    }
}

/// An address of the same family, often close by.
pub fn near(random: &mut Random, ip: IpAddr) -> IpAddr {
    let distance = match random.below(6) {
        0 | 1 => 0,
        2 => 1 << random.below(32),
        3 => u128::from(random.octet()),
        _ => u128::from(random.next()),
    };
    match ip {
        IpAddr::V4(v4) => Ipv4Addr::from(u32::from(v4) ^ distance as u32).into(),
        IpAddr::V6(v6) => Ipv6Addr::from(u128::from(v6) ^ (distance << (random.below(4) * 16))).into(),
    }
}

fn sender(random: &mut Random) -> String {
    match random.below(40) {
        0..24 => String::from("user@example.com"),
        24..28 => random
            .pick(&[
                "strong-bad@email.example.com",
                "a+b=c@Example.COM",
                "x.y-z@example.com",
                "%@example.com",
            ])
            .into(),
        28..31 => String::new(),
        31 => String::from("@example.com"),
        32 => String::from("example.com"),
        33 => String::from("user@example.com."),
        34 => String::from("user@localhost"),
        35 => String::from("user@[192.0.2.1]"),
        36 => String::from("user@a..example.com"),
        37 => format!("user@{}.example.com", "l".repeat(60 + random.below(6))),
        38 => String::from("\"a@b\"@example.com"),
        _ => format!("{}@example.com", "u".repeat(random.below(90))),
    }
}
