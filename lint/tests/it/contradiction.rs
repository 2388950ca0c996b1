//! The lint never contradicts the engine: what the engine cannot use, the lint breaks, and the reverse.

use mailproof::dkim::{KeyFlaw, KeyRecord};
use mailproof::dmarc;
use mailproof::spf;
use mailproof_lint::{Damage, Finding, Protocol, Record, fixed, lint};
use proptest::prelude::*;

fn breaks(findings: &[Finding]) -> bool {
    findings.iter().any(|finding| finding.damage == Damage::Record)
}

/// Says where lint and engine differ.
pub(crate) fn agree(record: &Record) {
    let text = record.octets();
    let findings = lint(record);
    let brief = |finding: &Finding| {
        format!("{} {:?} {} {:?}", finding.check, finding.damage, finding.message, finding.span)
    };
    let shown = || {
        format!("{:?}\n{:#?}", String::from_utf8_lossy(text), findings.iter().map(brief).collect::<Vec<_>>())
    };
    for finding in &findings {
        assert_ne!(finding.check.number, 0, "{}", shown());
        if let Some(span) = &finding.span {
            assert!(span.start <= span.end && span.end <= text.len(), "{}", shown());
        }
        for edit in &finding.mend {
            assert!(edit.span.start <= edit.span.end && edit.span.end <= text.len(), "{}", shown());
        }
    }
    match record.protocol {
        Protocol::Spf => assert_eq!(breaks(&findings), spf::Record::parse(text).is_err(), "{}", shown()),
        Protocol::Dkim => {
            let engine = KeyRecord::parse(text);
            let is_revoked = matches!(engine, Err(KeyFlaw::Revoked));
            assert_eq!(breaks(&findings), engine.is_err() && !is_revoked, "{engine:?} {}", shown());
            let told = findings.iter().any(|finding| finding.check.to_string() == "DKIM-004");
            assert!(!is_revoked || told, "{}", shown());
        }
        Protocol::Dmarc => {
            let engine = dmarc::Record::parse(text);
            assert_eq!(breaks(&findings), engine.is_err(), "{engine:?} {}", shown());
            if let Ok(engine) = engine {
                let part = findings.iter().any(|finding| finding.damage == Damage::Part);
                assert_eq!(part, !engine.faults.is_empty(), "{:?} {}", engine.faults, shown());
            }
        }
    }
}

/// What was mended is mended, and nothing worse came in.
pub(crate) fn mends(record: &Record) {
    let before = lint(record);
    let fixed = fixed(record);
    let after = lint(&fixed.record);
    let shown = || format!("{:?} -> {:?}\n{after:#?}", record.text(), fixed.record.text());
    for finding in &fixed.mended {
        assert!(!after.iter().any(|other| other.check == finding.check), "{}", shown());
    }
    assert!(!breaks(&after) || breaks(&before), "{}", shown());
}

const SPF: &[&str] = &[
    "v=spf1",
    "v=spf10",
    "V=SPF1",
    " ",
    " ",
    " ",
    "  ",
    "\t",
    "a",
    "mx",
    "ptr",
    "all",
    "-all",
    "~all",
    "?all",
    "+all",
    "include:",
    "include=",
    "exists:",
    "redirect=",
    "exp=",
    "ip4:",
    "ip6:",
    "ipv4:",
    "inculde:",
    "192.0.2.1",
    "192.0.2.010",
    "2001:db8::1",
    "/24",
    "/33",
    "/024",
    "//64",
    "example.com",
    "a.example.org",
    "localhost",
    "%{i}",
    "%{d2}",
    "%{c}",
    "%{",
    "%%",
    "%x",
    ",",
    ";",
    ".",
    "\"",
    "\u{201c}",
    "\u{a0}",
    "http://",
    "@",
    "ra=",
    "rr=all",
    "0.0.0.0/0",
    "spf2.0/pra",
    ":",
    "=",
    "255.255.255.0",
    "\u{1}",
];

const DKIM: &[&str] = &[
    "v=DKIM1",
    "v=DKIM",
    "v=dkim1",
    ";",
    ";",
    ";",
    "; ",
    " ",
    "k=rsa",
    "k=ed25519",
    "k=x",
    "p=",
    "p",
    "=",
    "h=sha256",
    "h=sha1",
    "t=y",
    "t=s:y",
    "s=email",
    "s=tlsrpt",
    "g=",
    "n=\"note\"",
    "\\;",
    "\"",
    "\\010",
    "\n",
    "\t",
    "-----BEGIN PUBLIC KEY-----",
    "-----END PUBLIC KEY-----",
    "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDwIRP/UC3SBsEmGqZ9ZJW3/DkMoGeLnQg1fWn7/zYtIxN2SnFCjxOCKG9v3b4jYfcTNh5ijSsq631uBItLa7od+v/RtdC2UzJ1lWT947qR+Rcac2gbto/NMqJ0fzfVjH4OuKhitdY9tf6mcwGjaNBcWToIMmPSPDdQPNUYckcQ2QIDAQAB",
    "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCB",
    "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=",
    "MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=",
    "*",
    "v=spf1 -all",
    "\u{e9}",
];

const DMARC: &[&str] = &[
    "v=DMARC1",
    "v=dmarc1",
    "v=DMARC",
    "v = DMARC1",
    "DMARC1",
    ";",
    ";",
    ";",
    "; ",
    " ",
    ",",
    "p=",
    "p=none",
    "p=reject",
    "p=qurantine",
    "sp=none",
    "np=x",
    "p-reject",
    "rua=",
    "rua=mailto:a@example.com",
    "ruf=a@example.com",
    "mailto:b@example.com",
    "https://x.example/",
    "!10m",
    "fo=1",
    "fo=2",
    "fo=0:1",
    "adkim=strict",
    "aspf=s",
    "pct=0",
    "pct=50",
    "pct=500",
    "rf=afrf",
    "ri=1",
    "psd=y",
    "t=yes",
    "x=1",
    "pto=3",
    "\\",
    "\"",
    "v=spf1 -all",
    "=",
    "\t",
    "\u{e9}",
    "fo:1",
];

fn text(parts: &'static [&'static str]) -> impl Strategy<Value = String> {
    let first = parts[0];
    let pieces = prop::collection::vec(prop::sample::select(parts), 0..14);
    (any::<u8>(), pieces).prop_map(move |(dice, pieces)| {
        let rest = pieces.concat();
        if dice < 180 { format!("{first}{}{rest}", if first == "v=spf1" { " " } else { ";" }) } else { rest }
    })
}

fn records(protocol: Protocol, parts: &'static [&'static str]) -> impl Strategy<Value = Record> {
    (text(parts), any::<prop::sample::Index>()).prop_map(move |(text, cut)| {
        let at = (0..=text.len()).filter(|at| text.is_char_boundary(*at)).nth(cut.index(text.len() + 1));
        let (one, two) = text.split_at(at.unwrap_or(0));
        Record { txt: mailproof::dns::Txt::new([one, two]), ..Record::of(protocol, "") }
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn spf_and_engine_agree(record in records(Protocol::Spf, SPF)) {
        agree(&record);
        mends(&record);
    }

    #[test]
    fn dkim_and_engine_agree(record in records(Protocol::Dkim, DKIM)) {
        agree(&record);
        mends(&record);
    }

    #[test]
    fn dmarc_and_engine_agree(record in records(Protocol::Dmarc, DMARC)) {
        agree(&record);
        mends(&record);
    }

    #[test]
    fn octets_of_any_kind_do_no_harm(octets in prop::collection::vec(any::<u8>(), 0..80)) {
        for protocol in [Protocol::Spf, Protocol::Dkim, Protocol::Dmarc] {
            let begin: &[u8] = match protocol {
                Protocol::Spf => b"v=spf1 ",
                Protocol::Dkim => b"v=DKIM1; p=",
                _ => b"v=DMARC1; p=",
            };
            for text in [octets.clone(), [begin, &octets].concat()] {
                let record = Record::of(protocol, text);
                agree(&record);
                mends(&record);
            }
        }
    }
}
