//! `compat`: side by side with the tools it stands in for, asked the same of the same server; of those that cannot be
//! pointed at a server, beside what they printed (tests/data/compat).
//!
//! Where a tool or Knot DNS is not installed these tests say so and skip.

use super::real_server::RealServer;
use super::{Ended, command, data, run, run_with};
use std::path::Path;
use std::process::{Command, Output};

const ADDRESSES: [&str; 5] = ["198.51.100.7", "192.0.2.1", "192.0.2.66", "192.0.2.6", "2001:db8::1"];

/// Names of the zone with policies of every kind.
const POLICIES: [&str; 18] = [
    "",
    "soft.",
    "neutral.",
    "default.",
    "none.",
    "typo.",
    "badip.",
    "two.",
    "exp.",
    "incl.",
    "inclgone.",
    "sf.",
    "loop.",
    "amx.",
    "redir.",
    "voids.",
    "gone.",
    "minus.",
];

/// A server for compat.example, whose DKIM keys are `key`, in base64.
pub(super) fn server(key: &str) -> Option<RealServer> {
    let zone = std::fs::read_to_string(data("compat/compat.example.zone")).unwrap();
    let (start, end) = key.split_at_checked(200).unwrap_or((key, ""));
    let zone = zone.replace("KEYA", start).replace("KEYB", end);
    RealServer::knot(&[("compat.example", &zone), ("broken.example", "; no SOA record\n")])
}

/// The first of these programs that is installed, which `probe` runs without harm.
pub(super) fn installed(programs: &[&'static str], probe: &str) -> Option<&'static str> {
    let found = programs.iter().find(|program| Command::new(program).arg(probe).output().is_ok());
    if found.is_none() {
        let name = programs[0];
        assert!(std::env::var_os("MAILPROOF_REQUIRE_REAL").is_none(), "{name} is not installed");
        println!("skipped: {name} is not installed");
    }
    found.copied()
}

/// What a program printed and how it ended, as text.
pub(super) fn told(output: &Output) -> (String, String, i32) {
    let text = |octets: &[u8]| String::from_utf8_lossy(octets).into_owned();
    (text(&output.stdout), text(&output.stderr), output.status.code().unwrap())
}

/// `compat` with a tool's name and its words, over a server.
pub(super) fn compat(server: &RealServer, words: &[&str], input: &[u8]) -> Ended {
    let address = server.address.to_string();
    run_with(&[&["compat", "--server", &address][..], words].concat(), input)
}

/// Standard error without what mailproof adds.
pub(super) fn without_notes(complaint: &str) -> String {
    complaint
        .lines()
        .filter(|line| !line.starts_with("mailproof: "))
        .map(|line| format!("{line}\n"))
        .collect()
}

#[test]
fn spfquery_says_what_mail_spf_s_says() {
    let Some(original) = installed(&["spfquery.mail-spf-perl"], "--version") else { return };
    let Some(server) = server("") else { return };
    let mut questions: Vec<Vec<String>> = Vec::new();
    for policy in POLICIES {
        // Two addresses for each policy are enough; every address for those that tell them apart.
        let all = ["", "minus.", "amx."].contains(&policy);
        for ip in ADDRESSES.iter().take(if all { 5 } else { 2 }) {
            let identity = format!("user@{policy}compat.example");
            let words = ["--scope", "mfrom", "--id", &identity, "--ip", ip, "--helo-id", "mx.compat.example"];
            questions.push(words.map(str::to_owned).to_vec());
        }
    }
    let list = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(
        list.path(),
        "# hey\n192.0.2.1 a@amx.compat.example h.example\n\n192.0.2.7 a@amx.compat.example\n",
    )
    .unwrap();
    let list = list.path().to_str().unwrap();
    for words in [
        &["--scope", "helo", "--id", "amx.compat.example", "--ip", "192.0.2.1"][..],
        &["-s", "helo", "--id", "compat.example", "--ip", "192.0.2.7"],
        &["--sender", "a@compat.example", "--ip", "192.0.2.1"],
        &["--sender", "a@compat.example", "--ip", "192.0.2.1", "--helo", "amx.compat.example"],
        &["-s", "a@compat.example", "-i", "192.0.2.1", "-h", "amx.compat.example"],
        &["--id", "o\"x y@amx.compat.example", "--ip", "2001:db8::2"],
        &["--id", "a@amx.compat.example.", "--ip", "192.0.2.1"],
        &["--id", "a@else.test", "--ip", "192.0.2.1"],
        &["--id", "a@else.test", "--ip", "foo"],
        &["--id", "a@amx.compat.example"],
        &["--scope", "foo", "--id", "a@amx.compat.example", "--ip", "192.0.2.1"],
        &["--scope", "pra", "--id", "a@amx.compat.example", "--ip", "192.0.2.1"],
        &["--id", "", "--ip", "192.0.2.1"],
        &["--override", "a=b", "--id", "a", "--ip", "192.0.2.1"],
        &[
            "--def-exp",
            "go %{i}",
            "--hostname",
            "rcv.example",
            "--id",
            "a@compat.example",
            "--ip",
            "192.0.2.7",
        ],
        &["--file", list, "--keep-comments"],
        &["--file", list],
    ] {
        questions.push(words.iter().map(ToString::to_string).collect());
    }
    for words in &questions {
        let theirs = Command::new(original)
            .args(words)
            .env("RES_NAMESERVERS", "127.0.0.1")
            .env("RES_OPTIONS", format!("port:{}", server.address.port()))
            .output()
            .unwrap();
        let (out, complaint, code) = told(&theirs);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let ours = compat(&server, &[&["spfquery"], &words[..]].concat(), b"");
        assert_eq!(ours.out, out, "{words:?}");
        assert_eq!(ours.code, code, "{words:?}");
        assert_eq!(without_notes(&ours.complaint), complaint, "{words:?}");
    }
}

/// What a tool printed for each question: the words behind the dollar sign, the lines, and the exit code.
fn recorded(file: &str) -> Vec<(String, String, i32)> {
    let text = std::fs::read_to_string(data(file)).unwrap();
    let mut all = Vec::new();
    for block in text.split("$ ").skip(1) {
        let (words, rest) = block.split_once('\n').unwrap();
        let (out, code) = rest.trim_end().rsplit_once("exit ").unwrap();
        all.push((words.to_owned(), out.to_owned(), code.parse().unwrap()));
    }
    assert!(all.len() > 10, "{file}");
    all
}

/// Domains of which libspf2 says something else, with its exit code and ours: it counts no void lookups, and its
/// explanations are garbled.
const LIBSPF2_DIFFERS: [(&str, i32, i32); 2] = [("voids.", 3, 7), ("exp.", 3, 3)];

#[test]
fn spfquery_says_what_libspf2_s_says() {
    let Some(server) = server("") else { return };
    for (line, out, code) in recorded("compat/libspf2.txt") {
        let words: Vec<&str> = line.split(' ').collect();
        let ours = compat(&server, &[&["spfquery"], &words[..]].concat(), b"");
        let differs = LIBSPF2_DIFFERS.iter().find(|(domain, ..)| line.contains(&format!("@{domain}")));
        if let Some((_, theirs, expected)) = differs {
            assert_eq!((code, ours.code), (*theirs, *expected), "{line}");
            assert_ne!(ours.out, out, "{line}");
            continue;
        }
        assert_eq!(ours.code, code, "{line}: {}", ours.complaint);
        // Its buffer cuts the last letter off.
        let out =
            out.replace("unlimited recursio)", "unlimited recursion)").replace("recursio\n", "recursion\n");
        assert_eq!(ours.out, out, "{line}");
        // What it conceals is told.
        assert_eq!(ours.complaint.contains("mailproof: the result is"), out.contains("(invalid)"), "{line}");
    }
}

#[test]
fn both_tools_called_spfquery_are_told_apart() {
    let zone = r#"{"a.example": {"TXT": ["v=spf1 ip4:192.0.2.1 -all"]}}"#;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("zone.json");
    std::fs::write(&path, zone).unwrap();
    let zone = path.to_str().unwrap();
    for (words, code) in [
        (&["spfquery", "-ip=192.0.2.1", "-sender=a@a.example"][..], 2),
        (&["spfquery", "-ip", "192.0.2.9", "-sender", "a@a.example"], 3),
        (&["spfquery", "--ip=192.0.2.1", "--sender=a@a.example"], 0),
        (&["spfquery", "-ip", "192.0.2.9", "-id", "a@a.example"], 1),
        (&["spfquery.libspf2", "--ip=192.0.2.1", "--sender=a@a.example"], 2),
        (&["spfquery.mail-spf-perl", "-ip=192.0.2.1", "-sender=a@a.example"], 0),
        (&["spfquery", "-ip=192.0.2.1", "-helo=a.example"], 2),
        (&["spfquery", "-ip=192.0.2.1", "-sender=a@a.example", "-guess=v=spf1 -all"], 255),
        (&["spfquery"], 255),
        (&["nothing-such"], 2),
    ] {
        let ended = run(&[&["compat", "--zone", zone][..], words].concat());
        assert_eq!(ended.code, code, "{words:?}: {} {}", ended.out, ended.complaint);
    }
}

/// What smtpctl lists differently: it leaves literal IPv6 networks out, and host bits in.
fn as_smtpctl_lists(domain: &str, ours: &str) -> Vec<String> {
    let listed = ours.lines().filter(|line| *line != "2001:db8::/32");
    let mut lines: Vec<_> = listed.map(|line| line.replace("192.0.2.0/28", "192.0.2.2/28")).collect();
    lines.sort();
    assert!(!lines.is_empty() || !["compat.example", "amx.compat.example"].contains(&domain));
    lines
}

#[test]
fn smtpctl_spf_walk_lists_what_opensmtpd_s_lists() {
    let Some(server) = server("") else { return };
    for (domain, out, code) in recorded("compat/smtpctl.txt") {
        let ours = compat(&server, &["smtpctl", "spf", "walk"], format!("{domain}\n").as_bytes());
        assert_eq!(ours.code, code, "{domain}");
        let mut theirs: Vec<_> = out.lines().map(str::to_owned).collect();
        theirs.sort();
        assert_eq!(as_smtpctl_lists(&domain, &ours.out), theirs, "{domain}");
        let is_broken = ["inclgone.", "sf.", "typo.", "badip.", "two.", "gone.", "loop."]
            .iter()
            .any(|start| domain.starts_with(start));
        assert_eq!(ours.complaint.contains("mailproof: "), is_broken, "{domain}: {}", ours.complaint);
    }
    let several =
        compat(&server, &["smtpctl", "spf", "walk"], b"soft.compat.example incl.compat.example\nno@domain\n");
    assert_eq!((several.out.as_str(), several.code), ("192.0.2.1\n", 0));
    assert!(several.complaint.contains("no@domain"), "{}", several.complaint);
    assert_eq!(compat(&server, &["smtpctl", "show", "queue"], b"").code, 255);
}

#[cfg(unix)]
#[test]
fn a_link_of_a_tool_s_name_is_that_tool() {
    let folder = tempfile::tempdir().unwrap();
    let zone = folder.path().join("zone.json");
    std::fs::write(&zone, r#"{"a.example": {"TXT": ["v=spf1 ip4:192.0.2.1 -all"]}}"#).unwrap();
    let link = folder.path().join("spfquery");
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_mailproof"), &link).unwrap();
    let by_link = |link: &Path, words: &[&str]| {
        let options = format!("--zone {}", zone.display());
        told(&Command::new(link).args(words).env("MAILPROOF_COMPAT", options).output().unwrap())
    };
    let (out, complaint, code) =
        by_link(&link, &["--id", "x@a.example", "--ip", "192.0.2.9", "--hostname", "r"]);
    assert!(out.starts_with("fail\nRejected by SPF record\na.example: Sender is not"), "{out}");
    assert_eq!((complaint.as_str(), code), ("", 1));
    // Its options are its own, also those that mailproof has.
    let (out, _, code) = by_link(&link, &["--version"]);
    assert!(out.starts_with("spfquery version 2.501 (mailproof "), "{out}");
    assert_eq!(code, 0);
    assert!(told(&command().arg("--version").output().unwrap()).0.starts_with("mailproof "));
}
