//! Zones from master files (RFC 1035 §5).
#![allow(clippy::disallowed_methods)]

use mailproof::Name;
use mailproof::dns::{
    Answer, Failure, Kind, MalformedZoneFile, Outcome, Question, Records, Zone, ZoneFileDefect,
};
use mailproof::name::MalformedName;
use proptest::prelude::*;
use std::time::Duration;

fn name(text: &str) -> Name {
    Name::parse(text).unwrap()
}

fn read(text: &str) -> Zone {
    Zone::from_master_file(text, Some(name("example.com"))).unwrap()
}

fn ask(zone: &Zone, name_text: &str, kind: Kind) -> Answer {
    zone.lookup(&Question::new(name(name_text), kind))
}

/// Every TXT record of a name, its strings separated by a bar.
fn texts(zone: &Zone, name_text: &str) -> Vec<Vec<u8>> {
    let answer = ask(zone, name_text, Kind::Txt);
    let joined = |txt: &mailproof::dns::Txt| {
        let mut octets = txt.octets().to_vec();
        for joint in txt.joints().iter().rev() {
            octets.insert(*joint, b'|');
        }
        octets
    };
    answer.txt().iter().map(joined).collect()
}

#[test]
fn every_type_that_is_asked_for_is_read() {
    let zone = read(
        "@ MX 10 mx1\n@ MX 20 mx2.example.net.\n@ IN 60 TXT hello\nmx1 A 192.0.2.1\nmx1 A 192.0.2.2\nmx1 AAAA 2001:db8::1\n\
         null MX 0 .\n1.2.0.192.in-addr.arpa. PTR mx1\nwww CNAME mx1\nsrv SRV 0 0 25 mx1\ncaa TYPE257 \\# 1 00\n*.wild TXT wild\n",
    );
    let Outcome::Found(Records::Mx(exchanges)) = ask(&zone, "example.com", Kind::Mx).outcome().clone() else {
        panic!()
    };
    let exchanges: Vec<_> = exchanges.iter().map(|mx| (mx.preference, mx.exchange.to_string())).collect();
    assert_eq!(exchanges, [(10, "mx1.example.com".into()), (20, "mx2.example.net".into())]);
    assert_eq!(
        *ask(&zone, "www.example.com", Kind::A).outcome(),
        Outcome::Found(Records::A(vec!["192.0.2.1".parse().unwrap(), "192.0.2.2".parse().unwrap()]))
    );
    assert_eq!(ask(&zone, "www.example.com", Kind::A).aliases(), [name("mx1.example.com")]);
    assert_eq!(
        *ask(&zone, "mx1.example.com", Kind::Aaaa).outcome(),
        Outcome::Found(Records::Aaaa(vec!["2001:db8::1".parse().unwrap()]))
    );
    assert_eq!(
        *ask(&zone, "1.2.0.192.in-addr.arpa", Kind::Ptr).outcome(),
        Outcome::Found(Records::Ptr(vec![name("mx1.example.com")]))
    );
    let Outcome::Found(Records::Mx(null)) = ask(&zone, "null.example.com", Kind::Mx).outcome().clone() else {
        panic!()
    };
    assert!(null[0].exchange.is_root());
    // Other types only let the name exist.
    for other in ["srv.example.com", "caa.example.com"] {
        assert_eq!(*ask(&zone, other, Kind::A).outcome(), Outcome::NoData);
    }
    assert_eq!(texts(&zone, "any.thing.wild.example.com"), [b"wild"]);
    assert_eq!(*ask(&zone, "nobody.example.com", Kind::A).outcome(), Outcome::NxDomain);
}

#[test]
fn strings_are_read_in_every_spelling() {
    let zone = read(concat!(
        "a TXT v=spf1 -all\n",
        "b TXT \"v=spf1 -all; not a comment\" ; a comment \" with a quote\n",
        "c TXT ( \"v=DKIM1; k=rsa; \" ; first\n   \"p=AAAA\"\n \"BBBB\" ) ; last\n",
        "d TXT ( \"one\"\"two\" )\n",
        "e TXT \"a \\\"quote\\\", a \\\\ and a \\; and \\255\\000\\059\"\n",
        "f TXT v=DKIM1\\;p=\\065\\ b\n",
        "g TXT \"over two\nlines\"\n",
        "h TXT \"\"\n",
        "i TXT \"é\"\n",
        "j TXT \"first\"\nj TXT \"second\"\nj TXT \"first\"\n",
        "k\tTXT\t\"tabs\"\r\nl TXT \"after CRLF\"\r\nm TXT unfinished",
    ));
    let expected: [(&str, &[&[u8]]); 13] = [
        ("a", &[b"v=spf1|-all"]),
        ("b", &[b"v=spf1 -all; not a comment"]),
        ("c", &[b"v=DKIM1; k=rsa; |p=AAAA|BBBB"]),
        ("d", &[b"one|two"]),
        ("e", &[b"a \"quote\", a \\ and a ; and \xff\x00;"]),
        ("f", &[b"v=DKIM1;p=A b"]),
        ("g", &[b"over two\nlines"]),
        ("h", &[b""]),
        ("i", &["é".as_bytes()]),
        ("j", &[b"first", b"second"]),
        ("k", &[b"tabs"]),
        ("l", &[b"after CRLF"]),
        ("m", &[b"unfinished"]),
    ];
    for (owner, strings) in expected {
        assert_eq!(texts(&zone, &format!("{owner}.example.com")), strings, "{owner}");
    }
}

#[test]
fn owners_origins_and_classes_carry_over() {
    let zone = Zone::from_master_file(
        "$ORIGIN example.org. ; the origin\n@ IN TXT apex\n\t; only a comment\n\n  IN A 192.0.2.1\n$ORIGIN sub\nhost A 192.0.2.2\n\
         \t( TXT\n\"still host\" )\n$origin .\ntop.example. TXT top\n",
        None,
    )
    .unwrap();
    assert_eq!(texts(&zone, "example.org"), [b"apex"]);
    assert!(matches!(ask(&zone, "example.org", Kind::A).outcome(), Outcome::Found(_)));
    assert!(matches!(ask(&zone, "host.sub.example.org", Kind::A).outcome(), Outcome::Found(_)));
    assert_eq!(texts(&zone, "host.sub.example.org"), [b"still host"]);
    assert_eq!(texts(&zone, "top.example"), [b"top"]);
}

#[test]
fn times_to_live_are_kept() {
    let ttl = |text: &str| ask(&read(text), "a.example.com", Kind::A).ttl().as_secs();
    let soa = "@ IN SOA ns h 1 2 3 4 1800\n";
    assert_eq!(ttl("a A 192.0.2.1\n"), 3600);
    assert_eq!(ttl(&format!("{soa}a A 192.0.2.1\n")), 1800);
    assert_eq!(ttl("b 60 A 192.0.2.9\na A 192.0.2.1\n"), 60);
    assert_eq!(ttl("$TTL 2h\nb 60 A 192.0.2.9\na A 192.0.2.1\n"), 7200);
    assert_eq!(ttl("a IN 1d12h A 192.0.2.1\n"), 129_600);
    assert_eq!(ttl("a 90 IN A 192.0.2.1\n"), 90);
    assert_eq!(ttl("a 0 A 192.0.2.1\n"), 0);
    // RFC 2181 §5.2: of a set, the smallest; along a chain of aliases, too.
    assert_eq!(ttl("a 90 A 192.0.2.1\na 30 A 192.0.2.2\na 60 A 192.0.2.3\n"), 30);
    assert_eq!(ttl("a 20 CNAME b\nb 30 A 192.0.2.2\n"), 20);
}

#[test]
fn what_is_wrong_is_told_with_its_line() {
    use ZoneFileDefect as Defect;
    let malformed = |text: &str| Zone::from_master_file(text, None).unwrap_err();
    let cases: [(&str, usize, Defect); 21] = [
        ("a.example. A 192.0.2.1\na A 192.0.2.1", 2, Defect::Origin),
        ("@ A 192.0.2.1", 1, Defect::Origin),
        ("\n\n  A 192.0.2.1", 3, Defect::Owner),
        ("a.example. A 192.0.2", 1, Defect::Data("")),
        ("a.example. A 192.0.2.1 192.0.2.2", 1, Defect::Data("")),
        ("a.example. AAAA 192.0.2.1", 1, Defect::Data("")),
        ("a.example. MX mx.example.", 1, Defect::Data("")),
        ("a.example. MX 65536 mx.example.", 1, Defect::Data("")),
        ("a.example. TXT", 1, Defect::Data("")),
        ("a.example. TXT \\# 2 0161", 1, Defect::Data("")),
        ("a.example. TXTT x", 1, Defect::Type),
        ("a.example. 60 IN", 1, Defect::Type),
        ("a.example. CH TXT x", 1, Defect::Class),
        ("; one\na.example. TXT (\n\"two\"\n", 2, Defect::Parenthesis),
        ("a.example. TXT )", 1, Defect::Parenthesis),
        ("\na.example. TXT \"open\nand on", 2, Defect::Quote),
        ("a.example. TXT \\256", 1, Defect::Escape),
        ("a.example. TXT \\25", 1, Defect::Escape),
        ("$INCLUDE /etc/passwd", 1, Defect::Directive),
        ("a\\.b.example. A 192.0.2.1", 1, Defect::Name(MalformedName::Character)),
        ("a.example. CNAME b.example.\na.example. CNAME c.example.", 2, Defect::Alias),
    ];
    for (text, line, expected) in cases {
        let MalformedZoneFile { line: told, defect } = malformed(text);
        let is_expected = std::mem::discriminant(&defect) == std::mem::discriminant(&expected);
        assert!(told == line && is_expected, "{text:?}: line {told}: {defect}");
    }
    let long = format!("a.example. TXT {}", "x".repeat(256));
    assert_eq!(malformed(&long).defect, Defect::StringTooLong);
    assert_eq!(malformed("a.example. CH TXT x").to_string(), "line 1: only class IN is read");
}

#[test]
fn a_loop_is_a_failure_and_no_hang() {
    let zone = read("a CNAME b\nb CNAME a\n");
    assert_eq!(*ask(&zone, "a.example.com", Kind::A).outcome(), Outcome::Failed(Failure::AliasLoop));
}

#[test]
fn the_zone_of_the_benchmarks_is_read_when_it_is_there() {
    let corpora = std::env::var("MAILPROOF_CORPORA").unwrap_or_else(|_| "../shared/corpora".into());
    let path = std::path::Path::new(&corpora).join("../bench/example.zone");
    let Ok(text) = std::fs::read_to_string(&path) else {
        println!("skipped: there is no {}", path.display());
        return;
    };
    let zone = Zone::from_master_file(&text, None).unwrap();
    let answer = ask(&zone, "corp.bench.example", Kind::Txt);
    assert!(answer.txt()[0].octets().starts_with(b"v=spf1 include:_spf.bigmail.example "));
    assert_eq!(answer.ttl(), Duration::from_secs(86_400));
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in "[ -~\\n\\t\\\\\"();@$.é0-9]{0,80}") {
        let _ = Zone::from_master_file(&text, Some(name("example")));
    }

    /// Any octets, written with escapes, come back.
    #[test]
    fn every_string_can_be_written(octets in proptest::collection::vec(any::<u8>(), 0..=255)) {
        let escaped: String = octets.iter().map(|octet| format!("\\{octet:03}")).collect();
        let zone = read(&format!("a TXT \"{escaped}\"\nb TXT ( \"{escaped}\" )\n"));
        prop_assert_eq!(&texts(&zone, "a.example.com"), std::slice::from_ref(&octets));
        prop_assert_eq!(&texts(&zone, "b.example.com"), std::slice::from_ref(&octets));
    }
}
