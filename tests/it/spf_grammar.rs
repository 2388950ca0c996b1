//! The syntax of a record (RFC 7208 §4.6, §5, §6, §7.1, §12; RFC 6652 §3).

use super::spf_run::word;
use mailproof::spf::{Flaw, MalformedRecord, Neutral, Outcome, Record};

fn flaw(terms: &str) -> Option<(usize, Flaw)> {
    Record::parse(format!("v=spf1 {terms}")).err().map(|error| (error.offset - 7, error.flaw))
}

#[test]
fn good_terms_print_back() {
    for terms in [
        "all",
        "-all",
        "~all",
        "?all",
        "a",
        "a/24",
        "a//64",
        "a/0//0",
        "a/32//128",
        "a:example.com",
        "a:example.com.",
        "a:example.com/24//64",
        "a:%{d}",
        "a:foo.%{d}",
        "a:%{d}/24",
        "a:foo:bar/baz.example.com",
        "a:_spf.foo-bar.a-b",
        "a:foo.1a",
        "a:foo.1-1",
        "a:foo.1--2",
        "a:example.com./24//64",
        "a:foo.com/24.bar//0",
        "a:%%/24",
        "a:.example",
        "a:%%",
        "a:macro%%percent%_%_space%-url-space.example.com",
        "mx",
        "mx:example.com//64",
        "ptr",
        "ptr:example.com",
        "ip4:192.0.2.77/24",
        "ip4:0.0.0.0/0",
        "ip4:255.255.255.255/32",
        "ip6:::1",
        "ip6:2001:db8::/32",
        "ip6:::/0",
        "ip6:::ffff:192.0.2.1/128",
        "include:_spf.example.net",
        "exists:%{ir}.%{l1r+-}._spf.%{d}",
        "exists:%{S127r.-+,/_=}.example.com",
        "redirect=_spf.example.com",
        "exp=explain.%{d}",
        "moo.cow-far_out=man:dog/cat",
        "default=pass",
        "a=b",
        "x=",
        "x=%{c}%{r}%{t}",
        "ra=postmaster rp=50 rr=e:f",
        "-all mx redirect=_spf.example.com x=1 x=2 exp=e.example.com",
    ] {
        let record =
            Record::parse(format!("v=spf1 {terms}")).unwrap_or_else(|error| panic!("{terms}: {error}"));
        assert_eq!(record.to_string(), format!("v=spf1 {terms}"));
    }
}

#[test]
fn cases_and_spaces_do_not_matter() {
    let record =
        Record::parse("V=SPF1  Ip4:192.0.2.1   InClUdE:Example.COM EXP=%{D2R} ReDiReCt=b.example  +ALL ")
            .unwrap();
    assert_eq!(
        record.to_string(),
        "v=spf1 ip4:192.0.2.1 include:Example.COM exp=%{D2r} redirect=b.example all"
    );
    assert!(record.redirect().is_none(), "all voids redirect");
}

#[test]
fn bad_terms_are_refused_where_they_are_bad() {
    use Flaw::*;
    for (terms, offset, expected) in [
        ("foo:bar", 0, UnknownMechanism),
        ("all.", 0, UnknownMechanism),
        ("all:example.com", 3, Trailing),
        ("all/8", 3, Trailing),
        ("amx", 0, UnknownMechanism),
        ("redirect:example.com", 0, UnknownMechanism),
        ("exp:example.com", 0, UnknownMechanism),
        ("+redirect=example.com", 1, UnknownMechanism),
        ("=all", 0, UnknownMechanism),
        ("1up=foo", 0, UnknownMechanism),
        ("--all", 1, UnknownMechanism),
        ("-", 1, UnknownMechanism),
        ("a\tmx", 1, Character),
        ("a:ex\u{e4}mple.com", 4, Character),
        ("x=\u{e4}", 2, Character),
        ("x=\u{0}", 2, Character),
        ("include", 7, DomainMissing),
        ("include:", 8, DomainMissing),
        ("include/24", 7, Trailing),
        ("exists", 6, DomainMissing),
        ("exists:", 7, DomainMissing),
        ("redirect=", 9, DomainMissing),
        ("exp=", 4, DomainMissing),
        ("a:", 2, DomainMissing),
        ("a:/24", 2, DomainMissing),
        ("mx:", 3, DomainMissing),
        ("ptr:", 4, DomainMissing),
        ("ptr/24", 3, Trailing),
        ("include:example.com/24", 8, DomainEnd),
        ("exists:example.com/24", 7, DomainEnd),
        ("ptr:example.com/24", 4, DomainEnd),
        ("redirect=example.com/24", 9, DomainEnd),
        ("a:com", 2, DomainEnd),
        ("a:com.", 2, DomainEnd),
        ("a:foo.123", 2, DomainEnd),
        ("a:foo.123.", 2, DomainEnd),
        ("a:foo.123//64", 2, DomainEnd),
        ("a:example.com///64", 2, DomainEnd),
        ("a:example.com/24/", 17, PrefixLength),
        ("-a=b", 2, Trailing),
        ("a:foo.-a", 2, DomainEnd),
        ("a:foo.a-", 2, DomainEnd),
        ("a:foo..", 2, DomainEnd),
        ("a:%{d}.", 2, DomainEnd),
        ("a:%{d}com", 2, DomainEnd),
        ("a:example.com:8080", 2, DomainEnd),
        ("a:foo.ex_ample", 2, DomainEnd),
        ("a/", 2, PrefixLength),
        ("a//", 3, PrefixLength),
        ("a/33", 2, PrefixLength),
        ("a//129", 3, PrefixLength),
        ("a/024", 2, PrefixLength),
        ("a/24/64", 5, PrefixLength),
        ("a/24/32", 1, PrefixLength),
        ("a/24///64", 1, PrefixLength),
        ("a24", 0, UnknownMechanism),
        ("mx/33", 3, PrefixLength),
        ("ip4", 3, Network),
        ("ip4:", 4, Network),
        ("ip4:1.2.3", 4, Network),
        ("ip4:1.2.3.4.5", 4, Network),
        ("ip4:1.2.3.256", 4, Network),
        ("ip4:1.2.3.04", 4, Network),
        ("ip4:1.2.3.4:25", 4, Network),
        ("ip4:example.com", 4, Network),
        ("ip4:1.2.3.4/", 12, PrefixLength),
        ("ip4:1.2.3.4/33", 12, PrefixLength),
        ("ip4:1.2.3.4/032", 12, PrefixLength),
        ("ip4:1.2.3.4/00", 12, PrefixLength),
        ("ip4:1.2.3.4//32", 12, PrefixLength),
        ("ip4:1.2.3.4/+8", 12, PrefixLength),
        ("ip6", 3, Network),
        ("ip6:1.2.3.4", 4, Network),
        ("ip6:fe80::1%eth0", 4, Network),
        ("ip6:::1::", 4, Network),
        ("ip6:::1/129", 8, PrefixLength),
        ("ip6:::1/bb", 8, PrefixLength),
        ("ip6:::1/256", 8, PrefixLength),
        ("ip6:::1/999999999999999999999", 8, PrefixLength),
        ("exists:%(ir).example.com", 7, Macro),
        ("exists:%.example.com", 7, Macro),
        ("exists:example.com%", 18, Macro),
        ("exists:%{}.example.com", 7, MacroLetter),
        ("exists:%{x}.example.com", 7, MacroLetter),
        ("exists:%{", 7, Macro),
        ("exists:%{d", 7, Macro),
        ("exists:%{d0}.example.com", 7, MacroParts),
        ("exists:%{d00r}.example.com", 7, MacroParts),
        ("exists:%{dr2}.example.com", 7, Macro),
        ("exists:%{d-r}.example.com", 7, Macro),
        ("exists:%{d*}.example.com", 7, Macro),
        ("exists:%{c}.example.com", 7, ExplanationMacro),
        ("exists:%{R}.example.com", 7, ExplanationMacro),
        ("exp=%{t}.example.com", 4, ExplanationMacro),
        ("x=%abc", 2, Macro),
        ("x=%{l0}", 2, MacroParts),
        ("redirect=a.example redirect=b.example", 19, DuplicateModifier),
        ("EXP=a.example -all exp=a.example", 19, DuplicateModifier),
        ("-all garbage:", 5, UnknownMechanism),
    ] {
        assert_eq!(flaw(terms), Some((offset, expected)), "{terms}");
        assert_eq!(word(&format!("v=spf1 ip4:192.0.2.1 {}", latin1(terms)), ""), "permerror", "{terms}");
    }
}

/// As a JSON zone takes it: one character, one octet.
fn latin1(text: &str) -> String {
    text.bytes().map(char::from).collect()
}

#[test]
fn numbers_of_parts_do_not_overflow() {
    for digits in ["127", "128", "4294967296", "99999999999999999999999999999999"] {
        let others = r#""com.example.is.example": {"A": ["127.0.0.2"]}"#;
        assert_eq!(
            word(&format!("v=spf1 exists:%{{d{digits}r}}.is.example -all"), others),
            "pass",
            "{digits}"
        );
    }
}

#[test]
fn an_error_says_which_term_and_where() {
    let error = Record::parse("v=spf1 mx ip4:1.2.3 -all").unwrap_err();
    assert_eq!(error.to_string(), "syntax error in ip4:1.2.3 at offset 14: not an address of this kind");
    let error = Record::parse("v=spf1 exists:%{dr2}.example.com").unwrap_err();
    assert_eq!(
        error.to_string(),
        "syntax error in exists:%{dr2}.example.com at offset 14: a percent sign that begins no well-formed macro"
    );
    let hostile = Record::parse(format!("v=spf1 \u{1b}[31m{}", "x".repeat(900))).unwrap_err().to_string();
    assert!(hostile.len() < 300 && hostile.bytes().all(|octet| octet == b' ' || octet.is_ascii_graphic()));
    assert!(matches!(Record::parse("v=spf10"), Err(MalformedRecord { offset: 0, flaw: Flaw::Version, .. })));
}

#[test]
fn reporting_modifiers_are_read_and_never_change_a_result() {
    for (modifiers, percentage, kinds) in [
        ("ra=postmaster", 100, [true, true, true, true]),
        ("ra=postmaster rp=0", 0, [true, true, true, true]),
        ("ra=postmaster rp=101 rr=x", 100, [false, false, false, false]),
        ("ra=postmaster rp=1/2 rr=e", 100, [true, false, false, false]),
        ("rr=F:s RA=postmaster rp=50 rp=70", 50, [false, true, true, false]),
        ("ra=postmaster rr=n:all", 100, [true, true, true, true]),
        ("ra=post=6Daster", 100, [true, true, true, true]),
        ("ra=postmaster rp=+50", 100, [true, true, true, true]),
        ("ra=postmaster rp=", 100, [true, true, true, true]),
    ] {
        let record = format!("v=spf1 {modifiers} -all");
        let reporting = Record::parse(&record).unwrap().reporting().unwrap();
        assert_eq!(reporting.local_part, b"postmaster", "{modifiers}");
        assert_eq!(reporting.percentage, percentage, "{modifiers}");
        let wanted = [reporting.errors, reporting.fails, reporting.softfails, reporting.neutrals];
        assert_eq!(wanted, kinds, "{modifiers}");
        assert_eq!(word(&record, ""), "fail", "{modifiers}");
    }
    let asks = |modifiers: &str| Record::parse(format!("v=spf1 {modifiers}")).unwrap().reporting().unwrap();
    let neutral = Outcome::Neutral(Neutral::Default);
    for (modifiers, wanted) in [
        ("ra=a rr=f", [true, false, false]),
        ("ra=a rr=s", [false, true, false]),
        ("ra=a rr=n", [false, false, true]),
        ("ra=a rr=e", [false, false, false]),
        ("ra=a", [true, true, true]),
        ("ra=a rp=0", [false, false, false]),
    ] {
        let reporting = asks(modifiers);
        let told = [&Outcome::Fail, &Outcome::Softfail, &neutral].map(|outcome| reporting.wants(outcome));
        assert_eq!(told, wanted, "{modifiers}");
        assert!(!reporting.wants(&Outcome::Pass));
    }
    for modifiers in ["rp=50 rr=e", "ra=", "ra=a=", "ra=a=zz"] {
        assert_eq!(Record::parse(format!("v=spf1 {modifiers}")).unwrap().reporting(), None, "{modifiers}");
    }
}

#[test]
fn reports_go_to_a_local_part_and_to_nothing_else() {
    let local_part = |value: &str| {
        let reporting = Record::parse(format!("v=spf1 ra={value}")).unwrap().reporting();
        reporting.map(|reporting| String::from_utf8(reporting.local_part).unwrap())
    };
    for (value, expected) in [
        ("spf-reports+x", "spf-reports+x"),
        ("a.b", "a.b"),
        ("=22a=20b=22", "\"a b\""),
        ("\"a@b\"", "\"a@b\""),
        ("\"a\\\"b\"", "\"a\\\"b\""),
    ] {
        assert_eq!(local_part(value).as_deref(), Some(expected), "{value}");
    }
    for value in [
        "a=0D=0ABcc:=20b",
        "victim@example.net",
        "a=20b",
        "a=00",
        "=FF",
        ".a",
        "a..b",
        "\"",
        "\"a",
        "\"a\\\"",
        "\"a\"b\"",
        "\"a=0D=0A\"",
        "<a",
        "a,b",
    ] {
        assert_eq!(local_part(value), None, "{value}");
    }
}
