//! Whose policy is asked for, and which TXT record is it (RFC 7208 §2.3, §2.4, §4.3–§4.5; RFC 8616 §4).

use super::spf_run::{CLIENT, from, questions, run, word, zone};
use mailproof::spf::{Absence, Identity, Outcome, Problem, Request, UnusableDomain};

const ZONE: &str = r#"{
    "example.com": {"TXT": ["v=spf1 ip4:192.0.2.1 exists:%{s}.is.example exists:%{l}.%{o}.is.example -all exp=why.example.com"]},
    "why.example.com": {"TXT": ["%{s}|%{l}|%{o}|%{d}|%{h}|%{i}|%{v}|%{c}|%{r}|%{t}"]},
    "mail.example.net": {"TXT": ["v=spf1 -all exp=why.example.com"]},
    "xn--mller-kva.example": {"TXT": ["v=spf1 -all exp=why.example.com"]}
}"#;

fn explain(request: Request) -> String {
    run(&zone(ZONE), request).explanation.unwrap()
}

#[test]
fn takes_everything_that_macros_need() {
    let mut request = from("192.0.2.9", "jane@example.com");
    request.receiver = Some("mx.example.org".parse().unwrap());
    request.now = 1_700_000_000;
    assert_eq!(
        explain(request),
        "jane@example.com|jane|example.com|example.com|mail.example.net|192.0.2.9|in-addr|192.0.2.9|mx.example.org|1700000000"
    );
}

#[test]
fn helo_and_mail_from_are_two_identities() {
    let helo = Request::helo("192.0.2.9".parse().unwrap(), "mail.example.net");
    let verdict = run(&zone(ZONE), helo.clone());
    assert_eq!(verdict.identity, Identity::Helo);
    assert_eq!(verdict.domain.unwrap().as_str(), "mail.example.net");
    assert!(explain(helo).starts_with("postmaster@mail.example.net|postmaster|mail.example.net|"));
    assert_eq!(run(&zone(ZONE), from(CLIENT, "jane@example.com")).outcome, Outcome::Pass);
}

#[test]
fn a_null_reverse_path_is_postmaster_at_the_helo_name() {
    let bounce = from("192.0.2.9", "");
    assert!(explain(bounce.clone()).starts_with("postmaster@mail.example.net|"));
    assert_eq!(run(&zone(ZONE), bounce).identity.word(), "mailfrom");
}

#[test]
fn a_sender_without_local_part_is_postmaster() {
    for path in ["@example.com", "example.com", "@relay.example,@hop.example:@example.com"] {
        assert!(explain(from("192.0.2.9", path)).starts_with("postmaster@example.com|postmaster|"), "{path}");
    }
    assert!(explain(from("192.0.2.9", "@relay.example:jane@example.com")).starts_with("jane@example.com|"));
}

#[test]
fn local_parts_may_be_odd() {
    for local_part in ["\"jane doe\"", "\"a@b\"", "a+b", "..", "a%{s}b"] {
        let sender = format!("{local_part}@example.com");
        assert!(
            explain(from("192.0.2.9", &sender)).starts_with(&format!("{sender}|{local_part}|")),
            "{sender}"
        );
    }
}

#[test]
fn domains_that_cannot_have_a_policy_give_none_without_a_question() {
    let long_label = "a".repeat(64);
    let long_name = format!("{}example.com", "a.".repeat(130));
    for domain in [
        "[192.0.2.1]",
        "192.0.2.1",
        "192.0.2.1.",
        "[IPv6:2001:db8::1]",
        "2001:db8::1",
        "localhost",
        "localhost.",
        "com",
        "com.",
        "a..example.com",
        ".example.com",
        "a b.com",
    ]
    .into_iter()
    .chain([&*format!("{long_label}.example.com"), &long_name])
    {
        let helo = Request::helo(CLIENT.parse().unwrap(), domain);
        for request in [helo, from(CLIENT, &format!("jane@{domain}"))] {
            let verdict = run(&zone(ZONE), request.clone());
            assert!(
                matches!(verdict.outcome, Outcome::None(Absence::Domain(_))),
                "{domain}: {:?}",
                verdict.outcome
            );
            assert!(verdict.domain.is_none() && verdict.unusable_domain.is_some());
            assert!(questions(&zone(ZONE), request).is_empty(), "{domain}");
        }
    }
    let wide = run(&zone(ZONE), from(CLIENT, "jane@\u{ff11}92.0.2.1"));
    assert_eq!(wide.outcome, Outcome::None(Absence::Domain(UnusableDomain::Address)));
    let empty = run(&zone(ZONE), Request::helo(CLIENT.parse().unwrap(), ""));
    assert_eq!(empty.outcome, Outcome::None(Absence::Domain(UnusableDomain::Empty)));
}

#[test]
fn a_label_of_63_octets_and_a_final_dot_are_fine() {
    let name = format!("{}.example.com", "a".repeat(63));
    let zone = zone(&format!(r#"{{"{name}": {{"TXT": ["v=spf1 -all"]}}}}"#));
    assert_eq!(run(&zone, from(CLIENT, &format!("jane@{name}"))).outcome, Outcome::Fail);
    assert_eq!(run(&zone, from(CLIENT, &format!("jane@{name}."))).outcome, Outcome::Fail);
}

#[test]
fn a_mapped_client_is_an_ipv4_client() {
    assert_eq!(run(&zone(ZONE), from("::ffff:192.0.2.1", "jane@example.com")).outcome, Outcome::Pass);
    let explained = explain(from("::ffff:192.0.2.9", "jane@example.com"));
    assert!(explained.contains("|192.0.2.9|in-addr|192.0.2.9|"), "{explained}");
    let zone = zone(
        r#"{"example.com": {"TXT": ["v=spf1 a mx ptr exists:%{d} -all"], "MX": [[1, "mx.example.com"]]}}"#,
    );
    assert_eq!(
        questions(&zone, from("::ffff:192.0.2.9", "jane@example.com")),
        [
            "TXT example.com",
            "A example.com",
            "MX example.com",
            "A mx.example.com",
            "PTR 9.2.0.192.in-addr.arpa",
            "A example.com"
        ]
    );
}

#[test]
fn u_labels_of_mail_from_become_a_labels_before_lookup_and_macros() {
    let explained = explain(from(CLIENT, "jane@Müller.example"));
    let name = "xn--mller-kva.example";
    assert!(explained.starts_with(&format!("jane@{name}|jane|{name}|{name}|")), "{explained}");
}

#[test]
fn a_helo_name_outside_ascii_has_no_policy() {
    let verdict = run(&zone(ZONE), Request::helo(CLIENT.parse().unwrap(), "müller.example"));
    assert_eq!(verdict.outcome, Outcome::None(Absence::Domain(UnusableDomain::NotAscii)));
    let bounce = Request::mail_from(CLIENT.parse().unwrap(), "müller.example", "");
    assert_eq!(run(&zone(ZONE), bounce).outcome, verdict.outcome);
}

#[test]
fn terms_with_a_local_part_outside_ascii_never_match_and_ask_nothing() {
    let others = r#""*.is.example": {"A": ["127.0.0.2"]}, "*.yes.example": {"TXT": ["v=spf1 +all"]}"#;
    for term in [
        "exists:%{l}.is.example",
        "exists:%{S}.is.example",
        "exists:%{l1r-}.is.example",
        "include:%{l}.yes.example",
    ] {
        let zone = zone(&format!(r#"{{"example.com": {{"TXT": ["v=spf1 {term} ?all"]}}, {others}}}"#));
        let request = from(CLIENT, "jürgen@example.com");
        assert_eq!(run(&zone, request.clone()).outcome.word(), "neutral", "{term}");
        assert_eq!(questions(&zone, request), ["TXT example.com"], "{term}");
        assert_eq!(run(&zone, from(CLIENT, "jane@example.com")).outcome.word(), "pass", "{term}");
    }
    let zone = zone(r#"{"example.com": {"TXT": ["v=spf1 redirect=%{l}.example.com"]}}"#);
    assert_eq!(run(&zone, from(CLIENT, "jürgen@example.com")).outcome.word(), "neutral");
}

#[test]
fn what_the_first_lookup_says_decides() {
    for (records, expected) in [
        (r#""SERVFAIL""#, "temperror"),
        (r#""REFUSED""#, "temperror"),
        (r#""TIMEOUT""#, "temperror"),
        (r#""NXDOMAIN""#, "none"),
        (r#"{}"#, "none"),
        (r#"{"A": ["192.0.2.1"]}"#, "none"),
        (r#"{"CNAME": "nowhere.example"}"#, "none"),
        (r#"{"CNAME": "alias.example.com"}"#, "pass"),
        (r#"{"SPF": ["v=spf1 +all"]}"#, "none"),
    ] {
        let zone = zone(&format!(
            r#"{{"example.com": {records}, "alias.example.com": {{"TXT": ["v=spf1 exists:%{{d}}.is.example -all"]}},
                "example.com.is.example": {{"A": ["127.0.0.2"]}}}}"#
        ));
        assert_eq!(run(&zone, from(CLIENT, "jane@example.com")).outcome.word(), expected, "{records}");
    }
    let nowhere = run(&zone("{}"), from(CLIENT, "jane@example.com"));
    assert_eq!(nowhere.outcome, Outcome::None(Absence::NxDomain));
    assert_eq!(nowhere.reason().to_string(), "example.com: the domain does not exist (NXDOMAIN)");
}

#[test]
fn only_txt_is_asked_for() {
    assert_eq!(questions(&zone("{}"), from(CLIENT, "jane@example.com")), ["TXT example.com"]);
}

#[test]
fn selects_the_one_record_with_the_version() {
    for (txt, expected) in [
        (r#""V=sPf1 -all""#, "fail"),
        (r#""v=spf1""#, "neutral"),
        (r#""v=spf1 ""#, "neutral"),
        (r#""v=spf10 -all""#, "none"),
        (r#""v=spf1-all""#, "none"),
        (r#""v=spf1\t-all""#, "none"),
        (r#"" v=spf1 -all""#, "none"),
        (r#""spf1 -all", """#, "none"),
        (r#"["v=sp", "f1 -a", "ll"]"#, "fail"),
        (r#"["v=spf1 a:exam", "ple.com -all"]"#, "fail"),
        (r#"["v=spf1 a", "mx"]"#, "permerror"),
        (r#""v=spf1 -all", "google-site-verification=x", "\u00ff\u0000""#, "fail"),
        (r#""v=spf1 -all", "v=spf1 -all""#, "permerror"),
        (r#""v=spf1 -all", ["v=spf1 ", "-all"]"#, "permerror"),
        (r#""v=spf1 -all", "v=spf1 broken:""#, "permerror"),
        (r#""v=spf1 -all", "v=spf10""#, "fail"),
    ] {
        let zone = zone(&format!(r#"{{"example.com": {{"TXT": [{txt}]}}}}"#));
        assert_eq!(run(&zone, from(CLIENT, "jane@example.com")).outcome.word(), expected, "{txt}");
    }
}

#[test]
fn names_how_many_records_there_are() {
    let zone = zone(r#"{"example.com": {"TXT": ["v=spf1 -all", "x", "v=spf1 +all", "v=spf1"]}}"#);
    let verdict = run(&zone, from(CLIENT, "jane@example.com"));
    let Outcome::Permerror(cause) = verdict.outcome else { panic!("{verdict:?}") };
    assert!(matches!(cause.problem, Problem::SeveralRecords { count: 3, .. }));
    assert_eq!(cause.to_string(), "example.com has 3 SPF records; only one is allowed");
}

#[test]
fn long_records_and_wildcards_are_records() {
    let networks: String = (0..4000).map(|_| " ip4:198.51.100.77").collect();
    assert_eq!(word(&format!("v=spf1{networks} ip4:192.0.2.1 -all"), ""), "pass");
    let zone = zone(r#"{"*.example.com": {"TXT": ["v=spf1 ip4:192.0.2.1 -all"]}}"#);
    assert_eq!(run(&zone, from(CLIENT, "jane@any.example.com")).outcome, Outcome::Pass);
}
