//! What the command is pointed at, and where its words go.

use super::{NEWSLETTER, NEWSLETTER_ZONE, NOW, command, run};
use std::io::Read;
use std::process::Stdio;

#[test]
fn files_that_cannot_be_read_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let directory = folder.path().to_str().unwrap();
    for (file, what) in
        [("/no/such.eml", "/no/such.eml: "), (directory, "is a directory"), ("/no/\u{1b}[2J", "\\u{1b}[2J")]
    {
        let ended = run(&["check", file, "--zone", NEWSLETTER_ZONE]);
        assert_eq!((ended.code, ended.out.as_str()), (65, ""));
        assert!(
            ended.complaint.starts_with("mailproof: ") && ended.complaint.contains(what),
            "{}",
            ended.complaint
        );
        let lines: Vec<_> = ended.complaint.lines().collect();
        assert!(lines.len() == 2 && lines[1].starts_with("mailproof: help: "), "{}", ended.complaint);
    }
}

#[test]
fn zones_that_cannot_be_read_are_named_with_the_place() {
    let folder = tempfile::tempdir().unwrap();
    for (name, octets, what) in [
        ("cut.json", &b"{\n \"example.com\": {"[..], "line 2 column 17"),
        ("list.json", b"[]", "an object of names is needed"),
        ("shape.json", b"{\"example.com\": {\"A\": \"192.0.2.1\"}}", "example.com: "),
        ("address.json", b"{\"example.com\": {\"A\": [\"192.0.2\"]}}", "example.com: A needs IPv4 addresses"),
        ("word.json", b"{\"example.com\": \"SERVFAULT\"}", "example.com: SERVFAIL, REFUSED"),
        ("name.json", b"{\"a..example\": {}}", "\"a..example\" is no domain name"),
        ("escape.json", b"{\"\\u001b[2J\": {}}", "is no domain name"),
        ("deep.json", &[b'['; 10_000], "recursion limit"),
        ("octets.json", b"{\n\n \"caf\xe9\": {} }", "line 3: not UTF-8"),
        ("octets.zone", b"$ORIGIN example.\n@ TXT \"caf\xe9\"\n", "line 2: not UTF-8"),
        ("type.zone", b"$ORIGIN example.\n@ A 192.0.2.1\n@ B 192.0.2.1\n", "line 3: no known record type"),
        ("quote.zone", b"$ORIGIN example.\n@ TXT \"open\n", "line 2: "),
        ("empty.json", b"", "line 1 column 0"),
    ] {
        let path = folder.path().join(name);
        std::fs::write(&path, octets).unwrap();
        let path = path.to_str().unwrap();
        for arguments in [
            &["check", NEWSLETTER, "--zone", path][..],
            &["spf", "example.com", "--ip", "192.0.2.1", "--zone", path],
        ] {
            let ended = run(arguments);
            assert_eq!((ended.code, ended.out.as_str()), (65, ""), "{name}");
            assert!(ended.complaint.contains(name) && ended.complaint.contains(what), "{}", ended.complaint);
            assert_eq!(ended.complaint.lines().count(), 1);
            assert!(!ended.complaint.contains('\u{1b}'));
        }
    }
    let missing = run(&["spf", "example.com", "--ip", "192.0.2.1", "--zone", "/no/such.zone"]);
    assert_eq!(missing.code, 65);
    assert!(missing.complaint.contains("/no/such.zone"), "{}", missing.complaint);
    assert_eq!(run(&["check", NEWSLETTER, "--zone", folder.path().to_str().unwrap()]).code, 65);
}

#[test]
fn a_master_file_says_the_same_as_json() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("example.zone");
    let text = "$ORIGIN example.com.\n@ MX 10 mail\n TXT \"v=spf1 m\" \"x -all\"\nmail A 192.0.2.25\n";
    std::fs::write(&path, text).unwrap();
    let ended = run(&["spf", "example.com", "--ip", "192.0.2.25", "--zone", path.to_str().unwrap()]);
    assert_eq!(ended.code, 0, "{}", ended.complaint);
    assert!(ended.line("record").contains("v=spf1 mx -all"));
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    for command_line in [
        &["check", NEWSLETTER, "--zone", NEWSLETTER_ZONE, "--at", NOW][..],
        &["check", NEWSLETTER, "--zone", NEWSLETTER_ZONE, "--at", NOW, "--json"],
        &["spf", "mail.example.com", "--ip", "192.0.2.25", "--zone", NEWSLETTER_ZONE],
    ] {
        let mut child = command()
            .args(command_line)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let mut complaint = String::new();
        child.stderr.take().unwrap().read_to_string(&mut complaint).unwrap();
        assert_eq!((child.wait().unwrap().code(), complaint.as_str()), (Some(0), ""));
    }
}

#[test]
fn nobody_who_hears_a_complaint_is_no_failure_either() {
    let mut child = command()
        .args(["check", "/no/such.eml"])
        .stdin(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stderr.take());
    assert_eq!(child.wait().unwrap().code(), Some(65));
}

#[test]
fn a_full_disk_is_said() {
    let Ok(full) = std::fs::OpenOptions::new().write(true).open("/dev/full") else {
        println!("skipped: no /dev/full");
        return;
    };
    let output = command()
        .args(["check", NEWSLETTER, "--zone", NEWSLETTER_ZONE, "--at", NOW])
        .stdout(full)
        .output()
        .unwrap();
    let complaint = String::from_utf8(output.stderr).unwrap();
    assert!(complaint.starts_with("mailproof: standard output: "), "{complaint}");
    assert_eq!(output.status.code(), Some(0));
}
