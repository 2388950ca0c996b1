//! SPF records, made at random along the grammar and a little beside it.

use crate::random::Random;
use crate::spf::{Style, near};
use std::net::IpAddr;

pub fn record(random: &mut Random, ip: IpAddr, style: Style) -> String {
    let mut record = String::from(match random.below(50) {
        0 => "V=SPF1",
        1 => "v=spf1 ",
        _ => "v=spf1",
    });
    let terms = match style {
        Style::Many => 2 + random.below(10),
        Style::Plain | Style::Mutated | Style::Wide | Style::Macros => random.below(5),
    };
    for _ in 0..terms {
        record.push_str(if random.chance(2) { "  " } else { " " });
        record.push_str(&term(random, ip, style));
    }
    if random.chance(75) {
        record.push(' ');
        record.push_str(random.pick(&["-all", "~all", "?all", "+all", "all", "-ALL"]));
    } else if random.chance(40) {
        record.push_str(&format!(" redirect={}", domain(random, style)));
    }
    if random.chance(5) {
        record.push_str(&format!(" exp={}", domain(random, style)));
    }
    if random.chance(3) {
        record.push_str(random.pick(&[
            " ",
            " a",
            " unknown=%{d}",
            " x=",
            " m_1=%%",
            " redirect=r.example.org",
            " exp=e.example.org",
            " unknown=%{x}",
            " =",
            " 1=2",
        ]));
    }
    record
}

fn term(random: &mut Random, ip: IpAddr, style: Style) -> String {
    let qualifier = random.pick(&["", "", "", "", "+", "-", "~", "?"]);
    let term = match (style, random.below(20)) {
        (Style::Many, 0..9) => format!("include:{}", domain(random, style)),
        (Style::Wide, 0..12) => {
            random.pick(&["mx", "ptr", "mx:wide.example.org", "ptr:example.com", "a"]).into()
        }
        (_, 0..4) => network(random, ip),
        (_, 4..7) => format!("include:{}", domain(random, style)),
        (_, 7..10) => format!("a{}{}", optional(random, style), prefixes(random)),
        (_, 10..13) => format!("mx{}{}", optional(random, style), prefixes(random)),
        (_, 13..15) => format!("ptr{}", optional(random, style)),
        (_, 15..18) => format!("exists:{}", domain(random, style)),
        (_, 18) => network(random, ip),
        _ => random
            .pick(&[
                "ip4:192.0.2.0",
                "ip4:192.0.2.0/0",
                "ip4:192.0.2.0/33",
                "ip4:192.0.2.0/08",
                "ip4:192.0.2",
                "ip4:192.0.2.256",
                "ip6:2001:db8::/129",
                "ip6:2001:db8::1",
                "ip6:::ffff:192.0.2.0/120",
                "ip6:2001:db8::/032",
                "ip6:",
                "ip4:",
                "ip4",
                "include",
                "exists",
                "include:",
                "a:",
                "mx:",
                "ptr:",
                "a/",
                "a/32//",
                "a//64",
                "a/24//64",
                "a/0",
                "a//0",
                "a//129",
                "a/33",
                "mx/24//",
                "ipv4:192.0.2.1",
                "inculde:a.example",
                "A:EXAMPLE.org",
                "all.",
                "all:x",
                "all/8",
                "ptr/24",
                "exists:e.example.org/24",
                "include:i.example.org/24",
                "a:c.example.org/",
                "a:example/24",
                "a:localhost",
                "a:a.example.org.",
                "a:a..example.org",
                "a:.example.org",
                "mx:1.2.3.4",
                "a:a.12",
                "a:a.1-2",
                "a:a.x-",
                "a:a_b.example.org",
                "a:_x.example.org",
                "mx:\u{e9}.example",
                "redirect:r.example.org",
                "exists=e.example.org",
                "ip4=192.0.2.1",
                "default=deny",
                "ip4:192.0.2.1/32/",
                "ip4:192.0.2.1//64",
                "ip6:::/0",
                "ip4:0.0.0.0/0",
                "ip4:1.1.1.01",
                "a:example.org:25",
                "a:b@example.org",
                "include:i.example.org,",
                "mx:mx.example.org;",
                "-",
                "?",
                "a-b",
                "a.b",
                "a:%{d}/24",
            ])
            .into(),
    };
    format!("{qualifier}{term}")
}

fn network(random: &mut Random, ip: IpAddr) -> String {
    let network = near(random, ip);
    let widest = if network.is_ipv4() { 32 } else { 128 };
    let kind = if network.is_ipv4() { "ip4" } else { "ip6" };
    if random.chance(30) {
        format!("{kind}:{network}")
    } else {
        format!("{kind}:{network}/{}", widest - random.below(widest + 1) * random.below(4) / 3)
    }
}

fn optional(random: &mut Random, style: Style) -> String {
    if random.chance(35) { String::new() } else { format!(":{}", domain(random, style)) }
}

fn prefixes(random: &mut Random) -> String {
    match random.below(12) {
        0 => format!("/{}", random.below(33)),
        1 => format!("//{}", random.below(129)),
        2 => format!("/{}//{}", random.below(33), random.below(129)),
        _ => String::new(),
    }
}

fn domain(random: &mut Random, style: Style) -> String {
    let has_macros = match style {
        Style::Macros => random.chance(80),
        Style::Plain | Style::Mutated | Style::Many | Style::Wide => random.chance(10),
    };
    if has_macros {
        let mut text = String::new();
        for _ in 0..1 + random.below(2) {
            text.push_str(&part(random));
            text.push('.');
        }
        return match random.below(12) {
            0 => text.trim_end_matches('.').to_owned(),
            1 => format!("{text}%{{d}}"),
            2 => format!("{text}%{{d2}}"),
            _ => format!("{text}example.org"),
        };
    }
    match random.below(40) {
        0 => String::from("example.com"),
        1 => String::from("Example.ORG"),
        2 => format!("{}.example.org", "l".repeat(62 + random.below(3))),
        3 => format!("{}example.org", "abcdefghi.".repeat(23 + random.below(3))),
        4 => String::from("a.example.org."),
        5 => random
            .pick(&[
                "localhost",
                "a..example.org",
                ".example.org",
                "example.123",
                "a.b-",
                "1.2.3.4",
                "e%%.example.org",
                "e%_x.example.org",
                "e%-.example.org",
            ])
            .into(),
        _ => format!("{}{}.example.org", random.pick(&["a", "b", "i", "spf"]), random.below(12)),
    }
}

fn part(random: &mut Random) -> String {
    match random.below(20) {
        0 => return String::from("%%"),
        1 => return String::from("%_"),
        2 => return String::from("%-"),
        3 => {
            return random
                .pick(&[
                    "%{x}", "%{", "%{d", "%d", "%", "%{d0}", "%{d1r,}", "%{dr1}", "%{c}", "%{t}", "%{r}",
                    "%{ir", "%{D}", "%{}",
                ])
                .into();
        }
        4 => return String::from("lit"),
        _ => {}
    }
    let letter = random.pick(&[
        "s", "l", "l", "o", "d", "d", "i", "i", "p", "v", "h", "S", "L", "O", "D", "I", "V", "H", "P",
    ]);
    let digits = random.pick(&["", "", "", "1", "2", "3", "10", "128", "129"]);
    let reversed = random.pick(&["", "", "", "", "", "", "", "r", "r", "r", "r", "R"]);
    let delimiters = random.pick(&["", "", "", "-", "+", ".-", "=", "_/", ",", "."]);
    format!("%{{{letter}{digits}{reversed}{delimiters}}}")
}
