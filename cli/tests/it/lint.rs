//! `lint` and `explain`.

use super::{NEWSLETTER, run, run_with};

const TYPOS: &str = "v=spf1 ipv4:192.0.2.1 inculde:_spf.esp.example ip4:192.0.2.1ip4:192.0.2.2 -all";
const MENDED: &str = "v=spf1 ip4:192.0.2.1 include:_spf.esp.example ip4:192.0.2.2 -all";

#[test]
fn every_problem_is_told_at_once_with_its_place() {
    let ended = run(&["lint", TYPOS]);
    assert_eq!(ended.code, 1);
    let expected = format!(
        "error[SPF-010]: unknown mechanism \"ipv4\"
  {TYPOS}
         ^^^^ help: did you mean \"ip4\"?
  effect: permerror for every sender; receivers with libspf2 ignore the record
  fix: write the mechanism that was meant (RFC 7208 §4.6.1)
error[SPF-010]: unknown mechanism \"inculde\"
  {TYPOS}
                        ^^^^^^^ help: did you mean \"include\"?
error[SPF-023]: two terms glued together
  {TYPOS}
                                                 ^^^^^^^^^^^^^^^^^^^^^^^^^^
  effect: permerror for every sender: the strings of a TXT record are joined with nothing between them
  fix: put a space inside one of the strings, at the break (RFC 7208 §3.3)
3 errors
fixed: {MENDED}
"
    );
    assert_eq!(ended.out, expected);
}

#[test]
fn what_is_mended_goes_where_data_goes() {
    let ended = run(&["lint", "--fix", TYPOS]);
    assert_eq!((ended.code, ended.out.as_str()), (0, format!("{MENDED}\n").as_str()));
    assert!(ended.complaint.contains("mended: SPF-023: two terms glued together"), "{}", ended.complaint);
    let ended = run(&["lint", "--fix", "v=spf1 ip4:192.0.2.300 ip4:192.0.2.0/024 -all"]);
    assert_eq!((ended.code, ended.out.as_str()), (1, "v=spf1 ip4:192.0.2.300 ip4:192.0.2.0/24 -all\n"));
    assert!(ended.complaint.contains("not mended: SPF-011"), "{}", ended.complaint);
    let quoted = run(&["lint", "--fix", "\"v=spf1 ip4:192.0.2.1\" \"ip4:192.0.2.2 -all\""]);
    assert_eq!(quoted.out, "\"v=spf1 ip4:192.0.2.1 ip4:192.0.2.2 -all\"\n");
}

#[test]
fn a_good_record_is_clean() {
    let ended = run(&["lint", "v=spf1 mx ~all"]);
    assert_eq!((ended.code, ended.out.as_str()), (0, "clean  SPF record: nothing wrong with it\n"));
}

#[test]
fn the_kind_of_a_record_is_guessed_or_told() {
    let told = |arguments: &[&str]| run(&[&["lint", "--json"], arguments].concat()).json();
    let ids = |json: &serde_json::Value| -> Vec<String> {
        let findings = json["records"][0]["findings"].as_array().unwrap().iter();
        findings.map(|finding| finding["id"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(told(&["v=DMARC1; p=reject; rua=mailto:a@example.com"])["records"][0]["protocol"], "DMARC");
    assert_eq!(ids(&told(&["--dkim", "v=spf1 -all"])), ["DKIM-028"]);
    assert_eq!(ids(&told(&["--owner", "_dmarc.example.com", "v=spf1 -all"])), ["DMARC-032"]);
    assert_eq!(
        ids(&told(&["s.domainkey.example.com. 300 IN TXT \"v=DKIM1; p=\""])),
        ["DKIM-004", "DKIM-027"]
    );
    let unknown = run(&["lint", "hello"]);
    assert_eq!(unknown.code, 2);
    assert!(unknown.complaint.contains("--spf, --dkim or --dmarc"), "{}", unknown.complaint);
}

#[test]
fn json_has_a_schema_and_places_in_octets() {
    let json = run(&["lint", "--json", TYPOS]).json();
    assert_eq!(json["schema"], "mailproof.lint/1");
    assert_eq!((&json["errors"], &json["warnings"]), (&3.into(), &0.into()));
    let record = &json["records"][0];
    assert_eq!((record["usable"].as_bool(), record["fixed"].as_str()), (Some(false), Some(MENDED)));
    assert_eq!(record["findings"][0]["span"], serde_json::json!([7, 11]));
    assert_eq!(record["findings"][0]["mendable"], true);
    assert_eq!(record["left"], serde_json::json!([]));
}

#[test]
fn records_come_from_standard_input_one_a_line() {
    let input = b"# ours\nv=spf1 mx -all\n\nexample.com. IN SPF \"v=spf1 mx -all\"\n";
    let ended = run_with(&["lint", "-"], input);
    assert_eq!(ended.code, 1);
    assert!(ended.out.starts_with("clean  SPF record"), "{}", ended.out);
    assert!(ended.out.contains("error[SPF-047]"), "{}", ended.out);
    let unknown = run_with(&["lint", "-"], b"v=spf1 -all\nhello\n");
    assert!(unknown.code == 2 && unknown.complaint.contains("line 2"), "{}", unknown.complaint);
}

#[test]
fn a_warning_fails_where_that_is_asked_for() {
    let record = "v=spf1 ptr -all";
    assert_eq!(run(&["lint", record]).code, 0);
    assert_eq!(run(&["lint", "--fail-on", "warn", record]).code, 1);
    assert_eq!(run(&["lint", "--fail-on", "never", TYPOS]).code, 0);
}

#[test]
fn long_records_are_shown_around_the_place() {
    let record = format!(
        "v=spf1 {} ptr -all",
        (1..40).map(|n| format!("ip4:192.0.2.{n}")).collect::<Vec<_>>().join(" ")
    );
    let ended = run(&["lint", &record]);
    let lines: Vec<_> = ended.out.lines().collect();
    let at = lines.iter().position(|line| line.starts_with("warning[SPF-034]")).unwrap();
    let caret = lines[at + 2].find('^').unwrap();
    let above: String = lines[at + 1].chars().skip(caret).take(3).collect();
    assert_eq!(above, "ptr", "{}", ended.out);
    assert!(lines[at + 1].chars().count() <= 100, "{}", ended.out);
    assert!(run(&["lint", "--ascii", &record]).out.is_ascii());
}

#[test]
fn what_others_wrote_cannot_speak_to_the_terminal() {
    let ended = run(&["lint", "v=spf1 \u{1b}[2J\u{202e}x -all"]);
    assert!(!ended.out.contains('\u{1b}') && !ended.out.contains('\u{202e}'), "{}", ended.out);
}

#[test]
fn signatures_of_a_message_are_judged() {
    let clean = run(&["lint", "--message", NEWSLETTER, "--at", super::NOW]);
    assert_eq!(clean.code, 0, "{}", clean.out);
    let expired = run(&["lint", "--message", super::THEATRE, "--at", "1900000000"]);
    assert_eq!(expired.code, 1);
    assert!(expired.out.contains("error[DKIM-034]"), "{}", expired.out);
    assert_eq!(run(&["lint", "--message", "/nowhere"]).code, 65);
}

#[test]
fn ids_are_explained() {
    let ended = run(&["explain", "spf-1"]);
    assert!(
        ended.out.starts_with("SPF-001  more than 10 terms that ask DNS\n  severity  error\n"),
        "{}",
        ended.out
    );
    assert!(
        run(&["explain", "--ascii"]).out.is_ascii() && run(&["explain", "--ascii", "SPF-001"]).out.is_ascii()
    );
    assert_eq!(run(&["explain"]).out.lines().count(), 143);
    assert_eq!(run(&["explain", "SPF-999"]).code, 2);
    assert_eq!(run(&["explain", "dmarc", "--json"]).json()["checks"].as_array().unwrap().len(), 36);
    assert_eq!(run(&["explain", "DNS-002", "--json"]).json()["checks"][0]["severity"], "warning");
}
