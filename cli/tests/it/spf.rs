//! `spf`: may this host send for this domain?

use super::{Ended, NEWSLETTER_ZONE, run};
use serde_json::json;

fn spf(zone: &str, sender: &str, ip: &str, more: &[&str]) -> Ended {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("zone.json");
    std::fs::write(&path, zone).unwrap();
    let mut arguments = vec!["spf", sender, "--ip", ip, "--zone", path.to_str().unwrap()];
    arguments.extend(more);
    run(&arguments)
}

#[test]
fn an_address_a_bracketed_address_and_a_domain_are_the_same() {
    let ask = |sender| run(&["spf", sender, "--ip", "192.0.2.99", "--zone", NEWSLETTER_ZONE]);
    let address = ask("kitchen@example.com");
    assert_eq!(address.code, 1);
    let expected = "\
fail  example.com does not authorize 192.0.2.99
  spent    lookups 2/10 · void 0/2
  asked    example.com TXT found, TTL 3600
  record   v=spf1 mx include:_spf.esp.example.net -all
  matched  -all
├─ mx                            [1/10]  no           example.com MX mail.example.com, TTL 3600; mail.example.com A 192.0.2.25, TTL 3600
├─ include:_spf.esp.example.net  [2/10]  no           TXT found, TTL 3600; its policy: fail (only pass matches)
│  ├─ ip4:198.51.100.0/24                no
│  ├─ ip6:2001:db8:100::/40              no
│  └─ -all                               match: fail
└─ -all                                  match: fail
why: nothing before \"-all\" covers 192.0.2.99, so this default of the record decides.
next: is this a host of example.com? Then its record lacks ip4:192.0.2.99. Was the mail forwarded? Then SPF cannot pass; see DKIM. All it lists: mailproof spf walk example.com
";
    assert_eq!(address.out, expected);
    for same in ["<kitchen@example.com>", "example.com", "Example.COM."] {
        assert_eq!(ask(same).out, expected);
    }
}

#[test]
fn a_null_reverse_path_is_checked_by_its_helo() {
    let arguments = ["spf", "<>", "--ip", "192.0.2.25", "--zone", NEWSLETTER_ZONE];
    let nobody = run(&arguments);
    assert_eq!(nobody.code, 1);
    assert!(
        nobody.out.starts_with("none  there is no domain whose policy could be asked for\n"),
        "{}",
        nobody.out
    );
    let mut with_helo = arguments.to_vec();
    with_helo.extend(["--helo", "mail.example.com"]);
    assert_eq!(run(&with_helo).code, 0);
}

#[test]
fn every_result_has_its_line_reason_and_exit_code() {
    let zone = r#"{
        "yes.example": { "TXT": ["v=spf1 a -all"], "A": ["192.0.2.1"] },
        "perhaps.example": { "TXT": ["v=spf1 ip4:192.0.2.9 ~all"] },
        "open.example": { "TXT": ["v=spf1 ip4:192.0.2.9"] },
        "shrug.example": { "TXT": ["v=spf1 ?ip4:192.0.2.1 -all"] },
        "quiet.example": { "TXT": ["hello"] },
        "broken.example": { "TXT": "SERVFAIL" },
        "typo.example": { "TXT": ["v=spf1 ipv4:192.0.2.1 -all"] },
        "moved.example": { "TXT": ["v=spf1 redirect=yes.example"] },
        "fan.example": { "TXT": ["v=spf1 include:yes.example -all"] },
        "void.example": { "TXT": ["v=spf1 a:a.nowhere.example a:b.nowhere.example -all"] },
        "why.example": { "TXT": ["v=spf1 -ip4:192.0.2.1 exp=text.example"] },
        "never.example": { "TXT": ["v=spf1 -all"] },
        "text.example": { "TXT": ["%{i} is one of %{d}'s many foes"] }
    }"#;
    for (sender, code, lines) in [
        ("yes.example", 0, &["pass  yes.example authorizes 192.0.2.1", "why: \"a\" covers 192.0.2.1."][..]),
        (
            "perhaps.example",
            1,
            &[
                "softfail  perhaps.example probably does not authorize 192.0.2.1",
                "└─ ~all           match: softfail",
            ],
        ),
        (
            "open.example",
            1,
            &[
                "neutral  open.example says nothing about 192.0.2.1",
                "why: open.example: no mechanism matches",
            ],
        ),
        ("shrug.example", 1, &["neutral  shrug.example says nothing", "├─ ?ip4:192.0.2.1  match: neutral"]),
        (
            "quiet.example",
            1,
            &["none  quiet.example has no SPF policy", "why: quiet.example: no SPF record."],
        ),
        (
            "lapsed.example",
            1,
            &[
                "none  lapsed.example has no SPF policy",
                "why: lapsed.example: the domain does not exist (NXDOMAIN).",
            ],
        ),
        (
            "broken.example",
            75,
            &[
                "temperror  whether broken.example authorizes 192.0.2.1 cannot be decided now",
                "why: broken.example TXT: SERVFAIL. This is a failure of DNS, not of the record.",
                "next: ask again later; to look closer: mailproof dns broken.example TXT",
            ],
        ),
        (
            "typo.example",
            1,
            &[
                "permerror  the SPF policy of typo.example cannot be interpreted",
                "why: record of typo.example: syntax error in ipv4:192.0.2.1",
            ],
        ),
        (
            "moved.example",
            0,
            &[
                "pass  moved.example authorizes",
                "matched  a of yes.example, by redirect",
                "spent    lookups 2/10",
            ],
        ),
        (
            "fan.example",
            0,
            &[
                "why: \"include:yes.example\" covers 192.0.2.1, because the policy of yes.example lets it pass.",
            ],
        ),
        ("void.example", 1, &["spent    lookups 2/10 · void 2/2"]),
        (
            "why.example",
            1,
            &[
                "says     192.0.2.1 is one of why.example's many foes",
                "why: \"-ip4:192.0.2.1\" covers 192.0.2.1.",
            ],
        ),
        (
            "never.example",
            1,
            &["why: \"-all\" is said of every address.", "next: is this a host of never.example?"],
        ),
    ] {
        let ended = spf(zone, sender, "192.0.2.1", &[]);
        assert_eq!(ended.code, code, "{}", ended.out);
        // A host that the record speaks of is not forgotten in it.
        let is_unspoken_of =
            ["perhaps.example", "open.example", "void.example", "never.example"].contains(&sender);
        assert_eq!(ended.out.contains("Then its record lacks"), is_unspoken_of, "{}", ended.out);
        for line in lines {
            assert!(ended.line(line).trim_start().starts_with(line));
        }
    }
}

#[test]
fn json_is_one_element_of_the_report() {
    let zone = r#"{ "shop.example": { "TXT": ["v=spf1 include:_spf.example.net ~all"] },
                    "_spf.example.net": { "TXT": ["v=spf1 ip6:2001:db8::/32 -all"] } }"#;
    let ended = spf(zone, "joe@shop.example", "2001:db8::1", &["--json"]);
    assert_eq!(ended.code, 0);
    let expected = json!({
        "identity": "mailfrom", "domain": "shop.example", "result": "pass",
        "reason": "include:_spf.example.net of shop.example matches 2001:db8::1", "matched": "include:_spf.example.net",
        "explanation": null, "lookups": 1, "void_lookups": 0,
    });
    for (key, value) in expected.as_object().unwrap() {
        assert_eq!(&ended.json()[key], value, "{key}");
    }
}

#[test]
fn macros_see_the_session() {
    let zone = r#"{ "shop.example": { "TXT": ["v=spf1 exists:%{l}.%{h}.ok.example -all"] },
                    "joe.mx.example.ok.example": { "A": ["127.0.0.2"] } }"#;
    assert_eq!(spf(zone, "joe@shop.example", "192.0.2.1", &["--helo", "mx.example"]).code, 0);
    assert_eq!(spf(zone, "jim@shop.example", "192.0.2.1", &["--helo", "mx.example"]).code, 1);
}

#[test]
fn a_domain_that_does_not_exist_is_told_to_publish_nothing() {
    let ended = run(&["spf", "nosuch.example", "--ip", "192.0.2.25", "--zone", NEWSLETTER_ZONE]);
    assert!(ended.line("next: ").contains("is nosuch.example the domain that was meant?"), "{}", ended.out);
}

#[test]
fn a_sender_without_a_domain_has_a_reason_without_a_colon() {
    let ended = run(&["spf", "<>", "--ip", "192.0.2.25", "--zone", NEWSLETTER_ZONE, "--json"]);
    assert_eq!((ended.code, ended.json()["reason"].as_str()), (1, Some("no domain")));
}
