//! What a new user types: every command answers with what is wrong and what to do, never with a guess or a defect.

use super::{command, run};

const ZONE: &str = r#"{"example.com": {"TXT": ["v=spf1 -all"], "A": ["192.0.2.1"]},
                       "xn--mller-kva.example": {"TXT": ["v=spf1 -all"], "A": ["192.0.2.1"]}}"#;

const OF_DOMAINS: [&[&str]; 8] = [
    &["audit"],
    &["dkim", "probe"],
    &["dmarc"],
    &["dns", "trace"],
    &["mx"],
    &["spf", "expand"],
    &["spf", "flatten"],
    &["spf", "walk"],
];

/// A folder with the zone, and things that are no message.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    std::fs::write(path.join("zone.json"), ZONE).unwrap();
    std::fs::write(path.join("empty"), "").unwrap();
    std::fs::write(path.join("junk"), [0, 159, 146, 150, 10, 13, 255]).unwrap();
    std::fs::write(path.join("mail.eml"), "From: a@example.com\n\nhi\n").unwrap();
    std::fs::create_dir(path.join("folder")).unwrap();
    folder
}

fn run_in(folder: &tempfile::TempDir, words: &[&str]) -> (i32, String, String) {
    let output =
        command().current_dir(folder.path()).stdin(std::process::Stdio::null()).args(words).output().unwrap();
    let text = |octets: &[u8]| String::from_utf8_lossy(octets).into_owned();
    (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn what_is_no_domain_is_refused_with_the_domain_that_is_meant() {
    let folder = folder();
    for (text, told) in [
        ("https://example.com/path?x", "is a URL, and a domain is needed: example.com\n"),
        ("http://user@example.com:80", "is a URL, and a domain is needed: example.com\n"),
        ("jane@example.com", "is a mail address, and a domain is needed: example.com\n"),
        ("192.0.2.1", "is an address, and a domain is needed; for its names: mailproof ptr 192.0.2.1\n"),
        ("2001:db8::1", "is an address, and a domain is needed; for its names: mailproof ptr 2001:db8::1\n"),
        ("", "a domain is needed, as in: example.com\n"),
        ("example..com", "an empty label\n"),
        ("exa mple.com", "a character that no domain name holds\n"),
    ] {
        for words in OF_DOMAINS {
            let (code, out, complaint) = run_in(&folder, &[words, &["--zone", "zone.json", text]].concat());
            assert!(code == 65 || code == 2, "{words:?} {text}: {code} {out}");
            assert!(complaint.contains(told), "{words:?} {text}: {complaint}");
            assert_eq!(out, "", "{words:?} {text}");
        }
    }
    let (code, _, complaint) =
        run_in(&folder, &["spf", "https://example.com", "--ip", "192.0.2.1", "--zone", "zone.json"]);
    assert_eq!(code, 65);
    assert!(complaint.contains("is a URL"), "{complaint}");
}

#[test]
fn a_final_dot_capitals_and_letters_beyond_ascii_are_domains() {
    let folder = folder();
    for (text, name) in [
        ("example.com.", "example.com"),
        ("EXAMPLE.com", "example.com"),
        ("Müller.example", "xn--mller-kva.example"),
    ] {
        for words in OF_DOMAINS {
            let words = [words, &["--zone", "zone.json", "--json", text]].concat();
            let (code, out, complaint) = run_in(&folder, &words);
            assert!(code < 2, "{words:?}: {complaint}");
            let json: serde_json::Value = serde_json::from_str(&out).unwrap();
            assert!(json["schema"].as_str().unwrap().starts_with("mailproof."), "{words:?}: {out}");
            assert!(out.contains(name), "{words:?}: {out}");
        }
    }
}

#[test]
fn what_cannot_be_read_is_told_with_its_path_and_with_help() {
    let folder = folder();
    let uses: [&[&str]; 9] = [
        &["check", "FILE", "--zone", "zone.json"],
        &["dkim", "verify", "FILE", "--zone", "zone.json"],
        &["arc", "verify", "FILE", "--zone", "zone.json"],
        &[
            "dkim",
            "check-key",
            "--key",
            "FILE",
            "--domain",
            "example.com",
            "--selector",
            "s",
            "--zone",
            "zone.json",
        ],
        &["lint", "--message", "FILE"],
        &["dkim", "lint", "--message", "FILE"],
        &["check", "mail.eml", "--replay", "FILE"],
        &["conformance", "FILE"],
        &["audit", "-f", "FILE", "--zone", "zone.json"],
    ];
    for file in ["missing", "junk", "folder", "empty"] {
        for words in uses {
            let words: Vec<&str> =
                words.iter().map(|word| if *word == "FILE" { file } else { word }).collect();
            let (code, out, complaint) = run_in(&folder, &words);
            assert_eq!((code, out.as_str()), (65, ""), "{words:?}: {complaint}");
            assert!(complaint.contains(&format!("mailproof: {file}")), "{words:?}: {complaint}");
            assert!(!complaint.contains("panicked"), "{words:?}: {complaint}");
            if file == "missing" && words[0] != "conformance" {
                assert!(complaint.contains("mailproof: help: is the path right?"), "{words:?}: {complaint}");
            }
        }
    }
}

#[test]
fn what_is_mistyped_is_answered_with_what_is_meant() {
    let folder = folder();
    for (words, told) in [
        (&["chek"][..], "a similar subcommand exists: 'check'"),
        (&["spf", "wlak", "example.com"], "the commands of spf are diff, expand, flatten, lint, walk"),
        (&["dkim", "verfy", "mail.eml"], "a similar subcommand exists: 'verify'"),
        (&["example.com"], "to look at a domain: mailproof audit example.com"),
        (&["mail.eml"], "to judge a message: mailproof check mail.eml"),
        (&["lint", "example.com"], "to look at a domain: mailproof audit example.com"),
        (&["explain", "SPF-9999"], "without an id all are listed"),
        (&["dns", "TXT", "example.com"], "known types are A, AAAA, MX, PTR and TXT"),
        (&["check"], "Usage: mailproof check"),
        (&["check", "mail.eml", "--jsno"], "a similar argument exists: '--json'"),
        (&["spf", "lint"], "mailproof spf lint 'v=spf1 -all'"),
        (&["dmarc", "lint"], "mailproof dmarc lint 'v=DMARC1; p=reject'"),
        (&["dmarc", "lnit", "v=DMARC1"], "the commands of dmarc are lint"),
        (&["compat", "spfquerry"], "spfquery.libspf2"),
    ] {
        let (code, out, complaint) = run_in(&folder, words);
        assert_eq!((code, out.as_str()), (2, ""), "{words:?}: {complaint}");
        assert!(complaint.contains(told), "{words:?}: {complaint}");
    }
}

#[test]
fn every_command_says_what_it_does_and_how_it_ends() {
    let mut waiting = vec![Vec::new()];
    let mut seen = 0;
    while let Some(path) = waiting.pop() {
        let words: Vec<&str> = path.iter().map(String::as_str).collect();
        let ended = run(&[&words[..], &["--help"]].concat());
        assert_eq!((ended.code, ended.complaint.as_str()), (0, ""), "{words:?}");
        let first = ended.out.lines().next().unwrap();
        assert!(
            first.chars().next().is_some_and(char::is_uppercase) && first.len() > 10,
            "{words:?}: {first}"
        );
        let commands = ended.out.split("\nCommands:\n").nth(1).map(|rest| rest.split("\n\n").next().unwrap());
        for line in commands.unwrap_or_default().lines() {
            let name = line.split_whitespace().next().unwrap_or_default();
            if line.starts_with("  ") && !line.starts_with("   ") && name != "help" {
                waiting.push([&path[..], &[name.to_owned()]].concat());
            }
        }
        // A group of commands leaves that to them.
        assert!(commands.is_some() || ended.out.contains("Exit code"), "{words:?}: {}", ended.out);
        seen += 1;
    }
    assert!(seen > 25, "{seen}");
}

#[test]
fn records_are_judged_through_the_door_of_their_protocol() {
    let spf = run(&["spf", "lint", "v=spf1 ipv4:192.0.2.1 -all"]);
    assert_eq!(spf.code, 1);
    assert_eq!(spf.out, run(&["lint", "--spf", "v=spf1 ipv4:192.0.2.1 -all"]).out);
    assert_eq!(run(&["spf", "lint", "v=spf1 -all"]).code, 0);
    let dkim = run(&["dkim", "lint", "v=DKIM1; p="]);
    assert_eq!(dkim.out, run(&["lint", "--dkim", "v=DKIM1; p="]).out);
    assert!(dkim.out.contains("DKIM-"), "{}", dkim.out);
    let dmarc = run(&["dmarc", "lint", "v=DMARC1; p=qurantine"]);
    assert_eq!((dmarc.code, &dmarc.out), (1, &run(&["lint", "--dmarc", "v=DMARC1; p=qurantine"]).out));
    let fixed = run(&["spf", "lint", "--fix", "v=spf1 ipv4:192.0.2.1 -all"]);
    assert_eq!(fixed.out, "v=spf1 ip4:192.0.2.1 -all\n");
    // Options may stand behind the record.
    for (group, option) in [("spf", "--spf"), ("dmarc", "--dmarc"), ("dkim", "--dkim")] {
        let behind = run(&[group, "lint", "v=spf1 ipv4:192.0.2.1 -all", "--fix"]);
        assert_eq!(behind.out, run(&["lint", option, "--fix", "v=spf1 ipv4:192.0.2.1 -all"]).out, "{group}");
    }
}
