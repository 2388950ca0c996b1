//! Policy records: RFC 9989 §4.7 and §4.8.

use mailproof::dmarc::{AlignmentMode, FAULTS, FaultKind, NotDmarc, Policy, Psd, Record, ReportUri, Stated};
use proptest::prelude::*;

fn record(text: &str) -> Record {
    Record::parse(text.as_bytes()).expect(text)
}

fn uris(text: &str) -> Vec<String> {
    record(&format!("v=DMARC1; rua={text}")).rua.iter().map(ToString::to_string).collect()
}

#[test]
fn the_version_stands_first_and_is_exact() {
    for text in ["v=DMARC1", "v=DMARC1;", "v=DMARC1 ;p=none", "V = DMARC1;p=none", "v\t=\tDMARC1\t;"] {
        assert!(Record::parse(text.as_bytes()).is_ok(), "{text}");
    }
    for (text, reason) in [
        ("v=dmarc1; p=none", NotDmarc::Version),
        ("v=DMARC1x; p=none", NotDmarc::Version),
        ("v=DMARC1 p=none", NotDmarc::Version),
        ("v=DMARC2; p=none", NotDmarc::Version),
        ("v=DMARC; p=none", NotDmarc::Version),
        ("v=DMARC1\\; p=none", NotDmarc::Escaped),
        (" v=DMARC1; p=none", NotDmarc::NotFirst),
        ("p=none; v=DMARC1", NotDmarc::NotFirst),
        ("\"v=DMARC1; p=none\"", NotDmarc::NotFirst),
        ("v=spf1 -all", NotDmarc::Spf),
        ("p=none", NotDmarc::Other),
        ("v=", NotDmarc::Other),
        ("v=DKIM1; p=", NotDmarc::Other),
        ("", NotDmarc::Other),
    ] {
        assert_eq!(Record::parse(text.as_bytes()), Err(reason), "{text}");
    }
}

#[test]
fn names_and_keywords_are_read_in_any_case() {
    let record = record("v=DMARC1;P=Reject ; SP = QUARANTINE; np=None;ADKIM=S;aspf=R;T=Y;psd=N;Fo=1:D:S");
    assert_eq!(record.p, Stated::Valid(Policy::Reject));
    assert_eq!(record.sp, Stated::Valid(Policy::Quarantine));
    assert_eq!(record.np, Stated::Valid(Policy::None));
    assert_eq!((record.adkim, record.aspf), (AlignmentMode::Strict, AlignmentMode::Relaxed));
    assert!(record.testing && record.psd == Psd::No);
    assert!(record.fo.any && record.fo.dkim && record.fo.spf && !record.fo.only_mechanisms);
    assert_eq!(record.faults, []);
}

#[test]
fn tags_stand_in_any_order_and_unknown_ones_are_ignored() {
    let record = record("v=DMARC1; rf=afrf; ri=86400; x=y=z; rua=mailto:a@example.com; p=reject; v=DMARC2;");
    assert_eq!(record.p, Stated::Valid(Policy::Reject));
    assert_eq!(record.rua.len(), 1);
    assert_eq!(record.faults, []);
}

#[test]
fn what_is_wrong_is_discarded_by_itself() {
    let record = record("v=DMARC1; p=reject; adkim=x; aspf=; psd=maybe; t=yes; pct=101; bogus; =; fo=2;; ;");
    let clean = self::record("v=DMARC1; p=reject");
    assert_eq!(Record { faults: Vec::new(), ..record.clone() }, clean);
    assert_eq!(record.faults.len(), 8, "{:?}", record.faults);
    // RFC 9989 §4.8 spares the rest of a record with an octet that cannot be.
    let odd = Record::parse(b"v=DMARC1; p=reject; rua=mailto:a@m\xc3\xbcller.example; x=\x00").unwrap();
    assert_eq!((odd.p, odd.rua.len()), (Stated::Valid(Policy::Reject), 0));
}

#[test]
fn policies_that_are_none_are_not_absent() {
    for (text, stated) in [
        ("v=DMARC1", Stated::Absent),
        ("v=DMARC1; p=", Stated::Invalid),
        ("v=DMARC1; p=rejct", Stated::Invalid),
        ("v=DMARC1; p=reject x", Stated::Invalid),
        ("v=DMARC1; p=reject\r\n", Stated::Invalid),
        ("v=DMARC1; p=reject\t ", Stated::Valid(Policy::Reject)),
    ] {
        assert_eq!(record(text).p, stated, "{text:?}");
    }
    assert!(!record("v=DMARC1; p=reject; sp=rejct").states_policy());
    assert!(!record("v=DMARC1; p=reject; np=").states_policy());
    assert!(record("v=DMARC1; p=reject; sp=none").states_policy());
}

#[test]
fn a_repeated_tag_counts_once_or_not_at_all() {
    assert_eq!(record("v=DMARC1; p=reject; P=REJECT").p, Stated::Valid(Policy::Reject));
    let contradiction =
        record("v=DMARC1; p=none; p=reject; p=none; adkim=s; adkim=r; rua=mailto:a@b.c; rua=x");
    assert_eq!(contradiction.p, Stated::Invalid);
    assert_eq!(contradiction.adkim, AlignmentMode::Relaxed);
    assert_eq!(contradiction.rua, []);
    let kinds: Vec<_> = contradiction.faults.iter().map(|fault| (fault.tag, fault.kind)).collect();
    let twice = FaultKind::Contradiction;
    assert_eq!(kinds, [(Some("p"), twice), (Some("adkim"), twice), (Some("rua"), twice)]);
    assert_eq!(contradiction.faults[0].to_string(), "p=: given twice with different values");
}

#[test]
fn failure_options() {
    for (text, printed) in [
        ("0", "0"),
        ("1", "1"),
        ("d", "d"),
        ("s:d", "d:s"),
        ("s:1", "1:s"),
        ("0:d:s", "0:d:s"),
        ("d : s", "d:s"),
        ("0:1", "0"),
        ("1:1", "0"),
        ("d:d", "0"),
        ("1:x", "0"),
        ("", "0"),
        ("1:", "0"),
    ] {
        assert_eq!(record(&format!("v=DMARC1; fo={text}")).fo.to_string(), printed, "{text}");
    }
}

#[test]
fn failure_options_need_somebody_to_tell() {
    assert_eq!(record("v=DMARC1; p=none; fo=1; rua=mailto:a@x.example").failure_options(), None);
    assert_eq!(record("v=DMARC1; p=none; fo=1; ruf=nonsense").failure_options(), None);
    assert!(record("v=DMARC1; p=none; fo=1; ruf=mailto:a@x.example").failure_options().unwrap().any);
}

#[test]
fn report_addresses() {
    assert_eq!(uris("mailto:a@x.example"), ["mailto:a@x.example"]);
    assert_eq!(uris("mailto:a@x.example!10m"), ["mailto:a@x.example"]);
    assert_eq!(
        uris("mailto:a@x.example!10 , MAILTO:b@x.example!5K"),
        ["mailto:a@x.example", "MAILTO:b@x.example"]
    );
    assert_eq!(
        uris("https://x.example/r?a=b#c, mailto:a@x.example"),
        ["https://x.example/r?a=b#c", "mailto:a@x.example"]
    );
    for text in [
        "",
        "a@x.example",
        "mailto:",
        "mailto:a",
        "mailto:@x",
        "mailto:a@",
        "mailto:a!b@x",
        "mailto:a@x!",
        "mailto:a@x!m",
        "mailto:a%4@x",
        "mailto:a b@x",
        "mailto:<a@x>",
        "1a:b",
        ":b",
        "https:",
        "mailto:a%0a@x",
    ] {
        assert_eq!(uris(text), [""; 0], "{text}");
    }
    let uri = ReportUri::parse(b"mailto:re%2Bport%21@x.example?subject=a&cc=b@y.example").unwrap();
    assert_eq!(uri.mailbox().unwrap(), "re+port!@x.example");
    assert_eq!(ReportUri::parse(b"https://x.example/").unwrap().mailbox(), None);
    let some = record("v=DMARC1; p=none; rua=mailto:a@x.example,, nonsense");
    assert_eq!((some.rua.len(), some.faults.len()), (1, 2));
}

#[test]
fn prints_canonically() {
    for text in [
        "v=DMARC1",
        "v=DMARC1; p=none",
        "v=DMARC1; p=reject; sp=quarantine; np=none; adkim=s; aspf=s; psd=y; t=y; fo=1:d:s; \
         rua=mailto:a@x.example,https://x.example/; ruf=mailto:b@x.example; pct=25",
        "v=DMARC1; sp=none; psd=n; fo=d",
    ] {
        assert_eq!(record(text).to_string(), text);
    }
    let loose = "V =\tDMARC1;aspf=r ; P=REJECT;;t=n;rf=afrf; fo=0; adkim=S;";
    assert_eq!(record(loose).to_string(), "v=DMARC1; p=reject; adkim=s");
}

#[test]
fn faults_are_kept_up_to_a_bound() {
    let text = format!("v=DMARC1; p=reject{}", ";bogus".repeat(10_000));
    let record = record(&text);
    assert_eq!((record.p, record.faults.len()), (Stated::Valid(Policy::Reject), FAULTS));
}

fn policy() -> impl Strategy<Value = Option<&'static str>> {
    proptest::option::of(proptest::sample::select(vec!["none", "quarantine", "reject"]))
}

proptest! {
    #[test]
    fn no_octets_make_it_panic(text in proptest::collection::vec(any::<u8>(), 0..100)) {
        let _ = Record::parse(&text);
        let _ = Record::parse(&[b"v=DMARC1;", &text[..]].concat());
    }

    #[test]
    fn canonical_text_survives(
        p in policy(), sp in policy(), np in policy(),
        adkim in any::<bool>(), psd in proptest::option::of("[yn]"), test in any::<bool>(),
        rua in proptest::collection::vec("mailto:[a-z]{1,5}@[a-z]{1,5}\\.example", 0..4), pct in proptest::option::of(0..=100_u8),
    ) {
        let mut tags = vec!["v=DMARC1".to_owned()];
        for (tag, policy) in [("p", p), ("sp", sp), ("np", np)] {
            tags.extend(policy.map(|policy| format!("{tag}={policy}")));
        }
        tags.extend(adkim.then(|| "adkim=s".to_owned()));
        tags.extend(psd.map(|psd| format!("psd={psd}")));
        tags.extend(test.then(|| "t=y".to_owned()));
        tags.extend((!rua.is_empty()).then(|| format!("rua={}", rua.join(","))));
        tags.extend(pct.map(|pct| format!("pct={pct}")));
        let text = tags.join("; ");
        let parsed = record(&text);
        prop_assert_eq!(parsed.to_string(), text);
        prop_assert_eq!(&parsed.faults, &[]);
    }

    #[test]
    fn what_is_printed_reads_as_the_same_record(text in "(;? ?(p|sp|np|t|psd|fo|rua|adkim|pct)=(none|reject|y|n|s|1:d|mailto:a@b|7|x)){0,8}") {
        let parsed = record(&format!("v=DMARC1;{text}"));
        let printed = record(&parsed.to_string());
        prop_assert_eq!(printed.to_string(), parsed.to_string());
        if parsed.faults.is_empty() {
            prop_assert_eq!(printed, parsed);
        }
    }
}
