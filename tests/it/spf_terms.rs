//! Mechanisms and redirect (RFC 7208 §4.6.2, §4.7, §5, §6.1).

use super::spf_run::{from, published, questions, run, word, zone};

const V6: &str = "2001:db8::1";

#[test]
fn qualifiers_give_their_results() {
    for (record, expected) in [
        ("v=spf1 all", "pass"),
        ("v=spf1 +all", "pass"),
        ("v=spf1 -all", "fail"),
        ("v=spf1 ~all", "softfail"),
        ("v=spf1 ?all", "neutral"),
        ("v=spf1 ?all -all", "neutral"),
        ("v=spf1 ip4:198.51.100.1", "neutral"),
        ("v=spf1 -ip4:192.0.2.1 +all", "fail"),
    ] {
        assert_eq!(word(record, ""), expected, "{record}");
    }
}

#[test]
fn the_whole_record_is_judged_before_anything_matches() {
    for record in ["v=spf1 ip4:192.0.2.1 bogus:x", "v=spf1 +all garbage:", "v=spf1 +all exp="] {
        assert_eq!(word(record, ""), "permerror", "{record}");
    }
}

#[test]
fn networks_match_clients_of_their_family() {
    for (term, ip, matches) in [
        ("ip4:192.0.2.77/24", "192.0.2.1", true),
        ("ip4:192.0.2.1", "192.0.2.1", true),
        ("ip4:192.0.2.0", "192.0.2.1", false),
        ("ip4:0.0.0.0/0", "192.0.2.1", true),
        ("ip4:128.0.0.0/1", "192.0.2.1", true),
        ("ip4:0.0.0.0/1", "192.0.2.1", false),
        ("ip4:192.0.2.0/31", "192.0.2.1", true),
        ("ip4:192.0.2.2/31", "192.0.2.1", false),
        ("ip4:0.0.0.0/0", V6, false),
        ("ip6:::/0", "192.0.2.1", false),
        ("ip6:::/0", V6, true),
        ("ip6:2001:db8::ffff/112", V6, true),
        ("ip6:2001:db8::/127", V6, true),
        ("ip6:2001:db8::2/127", V6, false),
        ("ip6:2001:db8::", V6, false),
        ("ip6:::ffff:192.0.2.1", "192.0.2.1", false),
        ("ip6:::ffff:192.0.2.1", "::ffff:192.0.2.1", false),
        ("ip4:192.0.2.1", "::ffff:192.0.2.1", true),
    ] {
        let expected = if matches { "pass" } else { "fail" };
        assert_eq!(published(&format!("v=spf1 {term} -all"), "", ip).outcome.word(), expected, "{term} {ip}");
    }
}

#[test]
fn a_compares_addresses_of_the_clients_family() {
    let others = r#""host.example.com": {"A": ["198.51.100.1", "192.0.2.9"], "AAAA": ["2001:db8::9"]},
        "v6.example.com": {"AAAA": ["2001:db8::1"]}, "example.com": {"A": ["192.0.2.1"]}"#;
    for (term, ip, expected) in [
        ("a", "192.0.2.1", "pass"),
        ("a", V6, "fail"),
        ("a:host.example.com", "192.0.2.9", "pass"),
        ("a:HOST.example.COM.", "192.0.2.9", "pass"),
        ("a:host.example.com", "192.0.2.1", "fail"),
        ("a:host.example.com/24", "192.0.2.1", "pass"),
        ("a:host.example.com//64", "192.0.2.1", "fail"),
        ("a:host.example.com/0", "203.0.113.1", "pass"),
        ("a:host.example.com/0", V6, "fail"),
        ("a:host.example.com//64", V6, "pass"),
        ("a:host.example.com/24//0", "fe80::1", "pass"),
        ("a:v6.example.com/0", "192.0.2.1", "fail"),
        ("a:v6.example.com//128", V6, "pass"),
        ("a:nowhere.example.com/0", "192.0.2.1", "fail"),
    ] {
        assert_eq!(
            published(&format!("v=spf1 {term} -all"), others, ip).outcome.word(),
            expected,
            "{term} {ip}"
        );
    }
}

#[test]
fn a_knows_no_limit_of_addresses() {
    let addresses: Vec<String> = (0..200).map(|last| format!("\"198.51.100.{last}\"")).collect();
    let others = format!(r#""example.com": {{"A": [{}, "192.0.2.1"]}}"#, addresses.join(","));
    assert_eq!(word("v=spf1 a -all", &others), "pass");
}

#[test]
fn mx_compares_the_addresses_of_the_exchanges() {
    let others = r#""example.com": {"A": ["192.0.2.1"]},
        "both.example.com": {"MX": [[20, "b.example.com"], [10, "a.example.com"]]},
        "a.example.com": {"A": ["198.51.100.1"], "AAAA": ["2001:db8::1"]}, "b.example.com": {"A": ["192.0.2.1"]},
        "null.example.com": {"MX": [[0, "."]]}, "literal.example.com": {"MX": [[0, "192.0.2.1"]]},
        "broken.example.com": "SERVFAIL", "late.example.com": {"MX": [[10, "b.example.com"], [20, "broken.example.com"]]},
        "early.example.com": {"MX": [[20, "b.example.com"], [10, "broken.example.com"]]}"#;
    for (term, ip, expected) in [
        ("mx", "192.0.2.1", "fail"),
        ("mx:both.example.com", "192.0.2.1", "pass"),
        ("mx:both.example.com", V6, "pass"),
        ("mx:both.example.com/24", "198.51.100.9", "pass"),
        ("mx:null.example.com", "192.0.2.1", "fail"),
        ("mx:literal.example.com", "192.0.2.1", "fail"),
        ("mx:broken.example.com", "192.0.2.1", "temperror"),
        ("mx:late.example.com", "192.0.2.1", "pass"),
        ("mx:early.example.com", "192.0.2.1", "temperror"),
        ("mx:nowhere.example.com/0", "192.0.2.1", "fail"),
    ] {
        assert_eq!(
            published(&format!("v=spf1 {term} -all"), others, ip).outcome.word(),
            expected,
            "{term} {ip}"
        );
    }
    let zone = zone(
        r#"{"example.com": {"TXT": ["v=spf1 mx -all"], "MX": [[0, "."], [5, "192.0.2.1"]], "A": ["192.0.2.1"]}}"#,
    );
    assert_eq!(
        questions(&zone, from("192.0.2.1", "jane@example.com")),
        ["TXT example.com", "MX example.com"]
    );
}

#[test]
fn ptr_matches_validated_names_at_or_below_the_target() {
    let others = r#""1.2.0.192.in-addr.arpa": {"PTR": ["mail.Example.com", "mail.bad-example.com", "liar.example.net",
            "loop.example.org", "broken.example.org", "good.example.org"]},
        "mail.example.com": {"A": ["192.0.2.1"]}, "mail.bad-example.com": {"A": ["192.0.2.1"]},
        "liar.example.net": {"A": ["198.51.100.1"]}, "loop.example.org": {"CNAME": "loop.example.org"},
        "broken.example.org": "SERVFAIL", "good.example.org": {"A": ["192.0.2.1"]},
        "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa": {"PTR": ["six.example.com"]},
        "six.example.com": {"AAAA": ["2001:db8::1"]}, "2.2.0.192.in-addr.arpa": "SERVFAIL""#;
    for (term, ip, expected) in [
        ("ptr", "192.0.2.1", "pass"),
        ("ptr", V6, "pass"),
        ("ptr:EXAMPLE.com", "192.0.2.1", "pass"),
        ("ptr:mail.example.com", "192.0.2.1", "pass"),
        ("ptr:a.mail.example.com", "192.0.2.1", "fail"),
        ("ptr:ample.com", "192.0.2.1", "fail"),
        ("ptr:bad-example.com", "192.0.2.1", "pass"),
        ("ptr:example.net", "192.0.2.1", "fail"),
        ("ptr:example.org", "192.0.2.1", "pass"),
        ("ptr", "192.0.2.2", "fail"),
        ("ptr", "192.0.2.3", "fail"),
    ] {
        assert_eq!(
            published(&format!("v=spf1 {term} -all"), others, ip).outcome.word(),
            expected,
            "{term} {ip}"
        );
    }
}

#[test]
fn exists_asks_for_an_a_record_whatever_the_client() {
    let others = r#""four.example.com": {"A": ["127.0.0.2"]}, "six.example.com": {"AAAA": ["2001:db8::1"]},
        "slow.example.com": "TIMEOUT""#;
    for (term, ip, expected) in [
        ("exists:four.example.com", "192.0.2.1", "pass"),
        ("exists:four.example.com", V6, "pass"),
        ("exists:six.example.com", V6, "fail"),
        ("exists:nowhere.example.com", "192.0.2.1", "fail"),
        ("exists:slow.example.com", "192.0.2.1", "temperror"),
    ] {
        assert_eq!(
            published(&format!("v=spf1 {term} -all"), others, ip).outcome.word(),
            expected,
            "{term} {ip}"
        );
    }
}

#[test]
fn dns_failures_are_temperror_and_denials_are_no_match() {
    for failure in ["SERVFAIL", "REFUSED", "TIMEOUT"] {
        for term in ["a:x.example.com", "mx:x.example.com", "exists:x.example.com", "include:x.example.com"] {
            let others = format!(r#""x.example.com": "{failure}""#);
            assert_eq!(word(&format!("v=spf1 {term} +all"), &others), "temperror", "{term} {failure}");
        }
    }
    for term in ["a:x.example.com", "mx:x.example.com", "exists:x.example.com", "include:x.example.com"] {
        let looping =
            r#""x.example.com": {"CNAME": "y.example.com"}, "y.example.com": {"CNAME": "x.example.com"}"#;
        assert_eq!(word(&format!("v=spf1 {term} +all"), looping), "temperror", "{term}");
    }
    for term in ["a:x.example.com", "mx:x.example.com", "exists:x.example.com"] {
        assert_eq!(word(&format!("v=spf1 {term} ~all"), ""), "softfail", "{term}");
    }
}

const INCLUDED: &str = r#""pass.example.com": {"TXT": ["v=spf1 +all"]}, "fail.example.com": {"TXT": ["v=spf1 -all"]},
    "softfail.example.com": {"TXT": ["v=spf1 ~all"]}, "neutral.example.com": {"TXT": ["v=spf1 ?all"]},
    "default.example.com": {"TXT": ["v=spf1"]}, "temperror.example.com": "TIMEOUT",
    "permerror.example.com": {"TXT": ["v=spf1 broken"]}, "norecord.example.com": {"TXT": ["hello"]}"#;

#[test]
fn include_follows_its_table() {
    for (target, expected) in [
        ("pass", "pass"),
        ("fail", "softfail"),
        ("softfail", "softfail"),
        ("neutral", "softfail"),
        ("default", "softfail"),
        ("temperror", "temperror"),
        ("permerror", "permerror"),
        ("norecord", "permerror"),
        ("nxdomain", "permerror"),
    ] {
        let record = format!("v=spf1 include:{target}.example.com ~all");
        assert_eq!(word(&record, INCLUDED), expected, "{target}");
    }
    assert_eq!(word("v=spf1 -include:pass.example.com +all", INCLUDED), "fail");
    assert_eq!(word("v=spf1 ?include:pass.example.com +all", INCLUDED), "neutral");
}

#[test]
fn redirect_takes_the_result_of_its_target() {
    for (target, expected) in [
        ("pass", "pass"),
        ("fail", "fail"),
        ("softfail", "softfail"),
        ("neutral", "neutral"),
        ("default", "neutral"),
        ("temperror", "temperror"),
        ("permerror", "permerror"),
        ("norecord", "permerror"),
        ("nxdomain", "permerror"),
    ] {
        let record = format!("v=spf1 redirect={target}.example.com ip4:198.51.100.1");
        assert_eq!(word(&record, INCLUDED), expected, "{target}");
    }
    assert_eq!(word("v=spf1 redirect=fail.example.com ip4:192.0.2.1", INCLUDED), "pass");
    assert_eq!(word("v=spf1 redirect=fail.example.com ?all", INCLUDED), "neutral");
    let chained = r#""b.example.com": {"TXT": ["v=spf1 redirect=c.example.com"]}, "c.example.com": {"TXT": ["v=spf1 a -all"],
        "A": ["192.0.2.1"]}"#;
    let verdict = published("v=spf1 redirect=b.example.com", chained, "192.0.2.1");
    assert_eq!((verdict.outcome.word(), verdict.lookups), ("pass", 3));
    let matched = verdict.matched.unwrap();
    assert_eq!((matched.to_string(), matched.domain().as_str()), ("a".to_owned(), "c.example.com"));
}

#[test]
fn targets_that_expand_to_no_name_do_not_match_and_cost_no_void() {
    let long = "a".repeat(64);
    for target in ["%{h}..example.com", &format!("{long}.example.com"), "%{l}..example.com"] {
        for term in ["a", "mx", "exists", "ptr"] {
            let verdict = published(&format!("v=spf1 {term}:{target} -all"), "", "192.0.2.1");
            assert_eq!((verdict.outcome.word(), verdict.void_lookups), ("fail", 0), "{term}:{target}");
        }
        for term in ["include:", "redirect="] {
            assert_eq!(word(&format!("v=spf1 {term}{target}"), ""), "permerror", "{term}{target}");
        }
    }
    assert_eq!(word("v=spf1 include:%{d1r} -all", ""), "permerror", "a target of one label");
}

#[test]
fn macros_see_the_domain_of_the_record_and_the_first_sender() {
    let others = r#""inner.example.net": {"TXT": ["v=spf1 exists:%{d}.%{o}.is.example -all"]},
        "inner.example.net.example.com.is.example": {"A": ["127.0.0.2"]},
        "example.com.is.example": {"A": ["127.0.0.2"]}"#;
    assert_eq!(word("v=spf1 include:inner.example.net -all", others), "pass");
    assert_eq!(word("v=spf1 redirect=inner.example.net", others), "pass");
    let failing = others.replace("%{d}.%{o}", "no.%{d}");
    assert_eq!(word("v=spf1 include:inner.example.net exists:%{d}.is.example -all", &failing), "pass");
}

#[test]
fn an_answer_seen_twice_is_asked_for_once() {
    use mailproof::{Evaluation, Step, dns::Question, spf};
    let zone = zone(
        r#"{"example.com": {"TXT": ["v=spf1 a mx a -all"], "A": ["198.51.100.1"], "MX": [[1, "example.com"]]}}"#,
    );
    let mut check = spf::check(from("192.0.2.1", "jane@example.com"));
    let mut asked: Vec<Question> = Vec::new();
    while let Step::Ask(open) = check.step(&()) {
        for question in open {
            let answer = zone.lookup(&question);
            asked.push(question.clone());
            check.answer(question, answer);
        }
    }
    assert_eq!(asked.len(), 3, "{asked:?}");
    assert_eq!(run(&zone, from("192.0.2.1", "jane@example.com")).outcome.word(), "fail");
}

#[test]
fn reports_are_asked_for_by_the_record_that_decides() {
    let others = r#""in.example.net": {"TXT": ["v=spf1 ip4:192.0.2.1 -all ra=inner"]},
        "to.example.net": {"TXT": ["v=spf1 -all ra=target"]}"#;
    for (record, expected) in [
        ("v=spf1 -all ra=outer", Some("outer")),
        ("v=spf1 -include:in.example.net ra=outer", Some("outer")),
        ("v=spf1 -include:in.example.net", None),
        ("v=spf1 redirect=to.example.net", Some("target")),
        ("v=spf1 redirect=to.example.net ra=outer", Some("target")),
    ] {
        let verdict = published(record, others, "192.0.2.1");
        assert_eq!(verdict.outcome.word(), "fail", "{record}");
        let reporting = verdict.matched.unwrap().record().reporting();
        let local_part = reporting.map(|reporting| String::from_utf8(reporting.local_part).unwrap());
        assert_eq!(local_part.as_deref(), expected, "{record}");
    }
}

#[test]
fn reports_are_asked_for_where_no_directive_decides() {
    let others = r#""in.example.net": {"TXT": ["v=spf1 include:none.example.net ra=inner"]},
        "to.example.net": {"TXT": ["v=spf1 include:none.example.net ra=target"]},
        "neutral.example.net": {"TXT": ["v=spf1 ra=target rr=n"]},
        "malformed.example.net": {"TXT": ["v=spf1 ra=inner bogus:x"]},
        "slow.example.net": "TIMEOUT""#;
    for (record, result, expected) in [
        ("v=spf1 ra=outer rr=n", "neutral", Some("outer")),
        ("v=spf1 ra=outer rr=e:f:s", "neutral", None),
        ("v=spf1 redirect=neutral.example.net", "neutral", Some("target")),
        ("v=spf1 include:none.example.net ra=outer rr=e", "permerror", Some("outer")),
        ("v=spf1 include:none.example.net ra=outer rr=f:n", "permerror", None),
        ("v=spf1 include:in.example.net ra=outer", "permerror", Some("outer")),
        ("v=spf1 include:in.example.net", "permerror", None),
        ("v=spf1 include:malformed.example.net ra=outer", "permerror", Some("outer")),
        ("v=spf1 redirect=to.example.net ra=outer", "permerror", Some("target")),
        ("v=spf1 redirect=none.example.net ra=outer", "permerror", Some("outer")),
        ("v=spf1 a:slow.example.net ra=outer rr=e", "temperror", Some("outer")),
        ("v=spf1 a:slow.example.net ra=outer rp=0", "temperror", None),
        ("v=spf1 ra=outer bogus:x", "permerror", None),
        ("v=spf1 ra=outer +all", "pass", None),
        ("v=spf1 ra=outer -all", "fail", Some("outer")),
    ] {
        let verdict = published(record, others, "192.0.2.1");
        assert_eq!(verdict.outcome.word(), result, "{record}");
        let local_part = verdict.reporting().map(|asks| String::from_utf8(asks.local_part).unwrap());
        assert_eq!(local_part.as_deref(), expected, "{record}");
        let matched = verdict.matched.as_ref().map(|matched| matched.record());
        assert!(matched.is_none_or(|matched| verdict.record() == Some(matched)), "{record}");
    }
}
