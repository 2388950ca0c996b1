//! `spf walk`, `expand`, `flatten` and `diff`: what a policy authorizes, whoever the client is.

use super::{Ended, run};

const ZONE: &str = r#"{
  "example.com": {
    "TXT": ["v=spf1 ip4:192.0.2.0/25 ip4:192.0.2.128/25 -ip4:198.51.100.7 include:_spf.esp.example a mx ~all"],
    "A": ["203.0.113.5"], "MX": [[10, "mx.example.com"]]
  },
  "mx.example.com": { "A": ["203.0.113.6"], "AAAA": ["2001:db8::6"] },
  "_spf.esp.example": { "TXT": ["v=spf1 ip4:198.51.100.0/29 -ip4:203.0.113.6 ip4:203.0.113.0/29 ~all"] },
  "moved.example": { "TXT": ["v=spf1 redirect=example.com"] },
  "macro.example": { "TXT": ["v=spf1 -ip4:192.0.2.1 exists:%{i}._x.macro.example ip4:192.0.2.0/24 -all"] },
  "own.example": { "TXT": ["v=spf1 a:mail.%{d} -all"] },
  "mail.own.example": { "A": ["192.0.2.9"] },
  "broken.example": { "TXT": ["v=spf1 ip4:192.0.2.1 include:gone.example ip4:192.0.2.2 -all"] },
  "failing.example": { "TXT": ["v=spf1 ip4:192.0.2.1 include:servfail.example -all"] },
  "servfail.example": "SERVFAIL",
  "round.example": { "TXT": ["v=spf1 ip4:192.0.2.1 include:round.example -all"] },
  "none.example": { "TXT": ["hello"] }
}"#;

fn ask(arguments: &[&str]) -> Ended {
    ask_in(ZONE, arguments)
}

fn ask_in(zone: &str, arguments: &[&str]) -> Ended {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("zone.json");
    std::fs::write(&path, zone).unwrap();
    let mut all = vec!["spf"];
    all.extend(arguments);
    all.extend(["--zone", path.to_str().unwrap()]);
    run(&all)
}

#[test]
fn walk_lists_networks_in_the_order_of_the_records_with_their_way() {
    let walked = ask(&["walk", "example.com"]);
    assert_eq!(
        walked.out,
        "\
192.0.2.0/25     pass      ip4:192.0.2.0/25
192.0.2.128/25   pass      ip4:192.0.2.128/25
198.51.100.7/32  fail      -ip4:198.51.100.7
198.51.100.0/29  pass      include:_spf.esp.example ip4:198.51.100.0/29
203.0.113.6/32   except    include:_spf.esp.example -ip4:203.0.113.6
203.0.113.0/29   pass      include:_spf.esp.example ip4:203.0.113.0/29
203.0.113.5/32   pass      a
203.0.113.6/32   pass      mx
2001:db8::6/128  pass      mx
all              softfail  ~all
"
    );
    assert_eq!((walked.code, walked.complaint.as_str()), (0, ""));
}

#[test]
fn expand_gives_the_fewest_networks_that_hold_exactly_who_passes() {
    let expanded = ask(&["expand", "example.com"]);
    // 198.51.100.7 fails before the include; 203.0.113.6 does not match it, but is the mail exchange.
    assert_eq!(
        expanded.out,
        "192.0.2.0/24\n198.51.100.0/30\n198.51.100.4/31\n198.51.100.6/32\n203.0.113.0/29\n2001:db8::6/128\n"
    );
    assert_eq!(
        expanded.complaint,
        "example.com: 6 networks, 271 IPv4 addresses, 0 IPv6 /64; 3 lookups of 10\n"
    );
    assert_eq!(expanded.code, 0);
    assert_eq!(ask(&["expand", "moved.example"]).out, expanded.out);
    let json = ask(&["expand", "example.com", "--json"]).json();
    assert_eq!(
        (&json["complete"], &json["lookups"], &json["ipv4_addresses"]),
        (&true.into(), &3.into(), &271.into())
    );
}

#[test]
fn a_macro_of_the_domain_is_no_secret() {
    assert_eq!(ask(&["expand", "own.example"]).out, "192.0.2.9/32\n");
}

#[test]
fn what_cannot_be_listed_is_told_and_the_list_is_not_complete() {
    for (domain, code, listed, complaint) in [
        ("broken.example", 1, "192.0.2.1/32\n", "gone.example: the domain does not exist (NXDOMAIN)"),
        ("failing.example", 75, "192.0.2.1/32\n", "servfail.example TXT: SERVFAIL"),
        ("macro.example", 1, "192.0.2.0/32\n192.0.2.2/31\n", "by a macro"),
        ("round.example", 1, "192.0.2.1/32\n", "includes itself"),
        ("none.example", 1, "", "no SPF record"),
        ("absent.example", 1, "", "not listed: absent.example: the domain does not exist (NXDOMAIN)"),
    ] {
        let expanded = ask(&["expand", domain]);
        assert_eq!(expanded.code, code, "{domain}");
        assert!(expanded.out.starts_with(listed), "{domain}: {}", expanded.out);
        let walked = ask(&["walk", domain]);
        assert_eq!(walked.code, code, "{domain}");
        assert!(walked.complaint.contains(complaint), "{domain}: {}", walked.complaint);
        let json = ask(&["walk", domain, "--json"]).json();
        assert_eq!(json["complete"], false, "{domain}");
        assert_eq!(json["not_listed"][0]["temporary"], code == 75, "{domain}");
    }
}

#[test]
fn what_stands_behind_an_error_is_not_authorized() {
    // An evaluation never comes to ip4:192.0.2.2.
    assert_eq!(ask(&["expand", "broken.example"]).out, "192.0.2.1/32\n");
}

#[test]
fn too_many_lookups_are_told_and_listed_all_the_same() {
    let mut zone = String::from(r#"{"many.example": {"TXT": ["v=spf1"#);
    (0..12).for_each(|n| zone.push_str(&format!(" include:i{n}.example")));
    zone.push_str(" -all\"]}");
    (0..12)
        .for_each(|n| zone.push_str(&format!(r#", "i{n}.example": {{"TXT": ["v=spf1 ip4:192.0.2.{n}"]}}"#)));
    zone.push('}');
    let expanded = ask_in(&zone, &["expand", "many.example"]);
    assert_eq!(expanded.out, "192.0.2.0/29\n192.0.2.8/30\n");
    assert!(expanded.complaint.contains("12 terms ask DNS and 10 may"), "{}", expanded.complaint);
}

#[test]
fn flatten_asks_nothing_where_nothing_need_be_asked() {
    let flat = ask(&["flatten", "example.com"]);
    assert_eq!(
        flat.out,
        "example.com. IN TXT (\n    \"v=spf1 ip4:192.0.2.0/24 ip4:198.51.100.0/30 ip4:198.51.100.4/31 ip4:198.51.100.6 \
         ip4:203.0.113.0/29 ip6:2001:db8::6 -ip4:198.51.100.7 ~all\" )\n"
    );
    assert_eq!(flat.code, 0);
    assert!(flat.complaint.contains("octets in one record"), "{}", flat.complaint);
}

#[test]
fn flatten_keeps_what_it_must_and_what_it_is_told_to() {
    let flat = ask(&["flatten", "macro.example", "--json"]).json();
    assert_eq!(
        flat["records"][0]["txt"],
        "v=spf1 -ip4:192.0.2.1 exists:%{i}._x.macro.example ip4:192.0.2.0 ip4:192.0.2.2/31 ip4:192.0.2.4/30 ip4:192.0.2.8/29 \
         ip4:192.0.2.16/28 ip4:192.0.2.32/27 ip4:192.0.2.64/26 ip4:192.0.2.128/25 -all"
    );
    let kept = ask(&["flatten", "example.com", "--keep", "_spf.esp.example", "--json"]).json();
    assert_eq!(
        kept["records"][0]["txt"],
        "v=spf1 ip4:192.0.2.0/24 -ip4:198.51.100.7 include:_spf.esp.example ip4:203.0.113.5 ip4:203.0.113.6 ip6:2001:db8::6 ~all"
    );
}

#[test]
fn flatten_ends_where_everyone_has_matched_and_not_before() {
    let zone = r#"{
      "any.example": {"TXT": ["v=spf1 include:everyone.example -exists:%{i}.x.any.example -ip4:192.0.2.9 -all"]},
      "everyone.example": {"TXT": ["v=spf1 ip4:192.0.2.1 +all"]},
      "most.example": {"TXT": ["v=spf1 include:others.example -all"]},
      "others.example": {"TXT": ["v=spf1 ?ip4:128.0.0.0/1 ?ip6:::/0 all"]}
    }"#;
    let record = |domain| ask_in(zone, &["flatten", domain, "--json"]).json()["records"][0]["txt"].clone();
    // What stands behind the include is never tested: an exists that is kept would fail whom it passes.
    assert_eq!(record("any.example"), "v=spf1 all");
    // Whom the other policy does not pass falls to the terms behind the include.
    assert_eq!(record("most.example"), "v=spf1 ip4:0.0.0.0/1 -all");
}

#[test]
fn a_long_policy_is_spread_over_records_that_stay_short() {
    let mut record = String::from("v=spf1");
    (0..120).for_each(|n| record.push_str(&format!(" ip4:10.{n}.1.0/24")));
    let zone = format!(
        r#"{{"long.example": {{"TXT": ["v=spf1 include:esp.example ?all"]}}, "esp.example": {{"TXT": ["{record} -all"]}}}}"#
    );
    let flat = ask_in(&zone, &["flatten", "long.example", "--json"]).json();
    let records = flat["records"].as_array().unwrap();
    assert_eq!(records[0]["name"], "long.example");
    assert!(records.len() > 3 && records.iter().all(|record| record["txt"].as_str().unwrap().len() <= 450));
    // Published as they are, they pass the same addresses.
    let published: serde_json::Map<String, serde_json::Value> = records
        .iter()
        .map(|record| {
            (record["name"].as_str().unwrap().to_owned(), serde_json::json!({"TXT": [record["txt"]]}))
        })
        .collect();
    let again = ask_in(&serde_json::Value::Object(published).to_string(), &["expand", "long.example"]);
    assert_eq!(again.out, ask_in(&zone, &["expand", "long.example"]).out);
    assert_eq!(again.code, 0);
}

#[test]
fn a_broken_policy_is_not_flattened() {
    for (domain, code) in [("broken.example", 1), ("failing.example", 75), ("none.example", 1)] {
        let flat = ask(&["flatten", domain]);
        assert_eq!((flat.code, flat.out.as_str()), (code, ""), "{domain}");
        let json = ask(&["flatten", domain, "--json"]).json();
        assert_eq!(
            (&json["schema"], &json["records"]),
            (&"mailproof.spf-flatten/1".into(), &serde_json::json!([]))
        );
        assert!(flat.complaint.contains(json["reason"].as_str().unwrap()), "{domain}: {}", flat.complaint);
    }
}

#[test]
fn diff_tells_which_term_moved() {
    let diff = ask(&["diff", "v=spf1 ip4:192.0.2.0/24 ip4:10.0.0.0/8 -all", "example.com"]);
    assert_eq!(
        diff.out,
        "\
- 10.0.0.0/8  ip4:10.0.0.0/8
+ 198.51.100.0/30  include:_spf.esp.example ip4:198.51.100.0/29
+ 198.51.100.4/31  include:_spf.esp.example ip4:198.51.100.0/29
+ 198.51.100.6/32  include:_spf.esp.example ip4:198.51.100.0/29
+ 203.0.113.0/29  include:_spf.esp.example ip4:203.0.113.0/29
+ 2001:db8::6/128  mx
"
    );
    assert_eq!(diff.code, 1);
    let typo = ask(&["diff", "v=spf2 -all", "example.com"]);
    assert_eq!((typo.code, typo.out.as_str()), (2, ""));
    assert!(typo.complaint.contains("neither a domain nor a record"), "{}", typo.complaint);
    let same = ask(&["diff", "moved.example", "example.com"]);
    assert_eq!((same.code, same.out.as_str()), (0, ""));
    assert_eq!(ask(&["diff", "failing.example", "example.com"]).code, 75);
}

#[test]
fn diff_reads_what_expand_wrote() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("yesterday");
    std::fs::write(&path, ask(&["expand", "example.com"]).out + "# by hand\n192.0.3.1\n").unwrap();
    let given = format!("@{}", path.display());
    let diff = ask(&["diff", &given, "example.com"]);
    assert_eq!((diff.code, diff.out.as_str()), (1, "- 192.0.3.1/32\n"));
    std::fs::write(&path, "192.0.2.0/24\nnonsense\n").unwrap();
    let broken = ask(&["diff", &given, "example.com"]);
    assert_eq!(broken.code, 65);
    assert!(broken.complaint.contains("line 2: nonsense: no network"), "{}", broken.complaint);
}

#[test]
fn a_record_may_stand_in_the_place_of_a_domain() {
    let diff = ask(&["diff", "v=spf1 a:mail.%{d} -all", "own.example", "--domain", "own.example"]);
    assert_eq!((diff.code, diff.out.as_str()), (0, ""));
}
