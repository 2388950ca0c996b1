//! `--record`, `--replay` and `--override`: the verdict of a support ticket, for ever.

use super::rogue_server::{RogueServer, WORDS, signed_mail};
use super::{Ended, NEWSLETTER, NEWSLETTER_ZONE, NOW, run, run_with};
use std::path::Path;

const SESSION: [&str; 6] =
    ["--ip", "192.0.2.25", "--helo", "mail.example.com", "--mail-from", "kitchen@example.com"];

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn newsletter(more: &[&str]) -> Ended {
    run(&[&["check", NEWSLETTER, "--json"], &SESSION[..], more].concat())
}

/// Whatever a server does, the replay says the same to the octet, and asks nobody.
#[test]
fn a_replay_is_the_same_to_the_octet() {
    let server = RogueServer::new();
    let address = server.address.to_string();
    let folder = tempfile::tempdir().unwrap();
    for word in WORDS {
        let path = folder.path().join(word);
        let mail = signed_mail(&format!("{word}.test"));
        let (helo, sender) = (format!("{word}.test"), format!("a@{word}.test"));
        let session = ["check", "-", "--ip", "192.0.2.9", "--helo", &helo, "--mail-from", &sender];
        let ask =
            ["--server", &address, "--query-timeout", "0.3", "--attempts", "1", "--record", text(&path)];
        let first = run_with(&[&session[..], &["--json"], &ask].concat(), &mail);
        assert!([0, 1, 75].contains(&first.code), "{word}: {}", first.complaint);

        let asked = server.asked();
        let replay = ["--replay", text(&path)];
        let again = run_with(&[&session[..], &["--json"], &replay].concat(), &mail);
        assert_eq!(
            (again.code, &again.out, again.complaint.as_str()),
            (first.code, &first.out, ""),
            "{word}"
        );
        // A recording of the replay is the recording.
        let copy = folder.path().join("copy");
        let copied =
            run_with(&[&session[..], &["--json"], &replay, &["--record", text(&copy)]].concat(), &mail);
        assert_eq!((copied.code, &copied.out), (first.code, &first.out), "{word}");
        let read = |path| {
            serde_json::from_str::<serde_json::Value>(&std::fs::read_to_string(path).unwrap()).unwrap()
        };
        assert_eq!(read(&path)["context"], read(&copy)["context"], "{word}");
        assert_eq!(server.asked(), asked, "{word}");
    }
}

/// The deadline of the whole, too, is in the recording.
#[test]
fn a_replay_runs_out_of_time_where_the_recorded_run_did() {
    let server = RogueServer::new();
    let address = server.address.to_string();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("recording.json");
    let mail = signed_mail("drop.test");
    let session = ["check", "-", "--ip", "192.0.2.9", "--mail-from", "a@drop.test"];
    let ask = ["--server", &address, "--timeout", "0.2", "--record", text(&path)];
    let first = run_with(&[&session[..], &ask].concat(), &mail);
    assert_eq!(first.code, 75);
    assert!(first.out.contains("The time was up before DNS had answered."), "{}", first.out);
    let again = run_with(&[&session[..], &["--replay", text(&path)]].concat(), &mail);
    assert_eq!((again.code, again.out), (75, first.out));
}

#[test]
fn a_recording_holds_the_time_of_the_verdict() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("recording.json");
    let then = newsletter(&["--zone", NEWSLETTER_ZONE, "--at", NOW, "--record", text(&path)]);
    let recording: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    assert_eq!(recording["schema"], "mailproof.dns/1");
    for (fact, value) in [
        ("time", NOW),
        ("ip", "192.0.2.25"),
        ("helo", "mail.example.com"),
        ("mail_from", "kitchen@example.com"),
        ("authserv_id", "localhost"),
        ("program", concat!("mailproof ", env!("CARGO_PKG_VERSION"))),
    ] {
        assert_eq!(recording["context"][fact], value);
    }
    assert_eq!(recording["context"]["message_sha256"].as_str().unwrap().len(), 64);
    let now = newsletter(&["--replay", text(&path)]);
    assert_eq!((now.code, &now.out, now.complaint.as_str()), (0, &then.out, ""));
}

#[test]
fn another_message_or_session_is_noted() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("recording.json");
    assert_eq!(newsletter(&["--zone", NEWSLETTER_ZONE, "--at", NOW, "--record", text(&path)]).code, 0);
    let other =
        run(&["check", NEWSLETTER, "--replay", text(&path), "--at", "1795200001", "--authserv-id", "mx"]);
    let notes: Vec<_> = other.complaint.lines().collect();
    assert_eq!(
        notes,
        [
            "mailproof: note: --authserv-id differs: recorded localhost, now mx",
            "mailproof: note: --helo differs: recorded mail.example.com, now without it",
            "mailproof: note: --ip differs: recorded 192.0.2.25, now without it",
            "mailproof: note: --mail-from differs: recorded kitchen@example.com, now without it",
            "mailproof: note: --at differs: recorded 1795200000, now 1795200001",
        ]
    );
    assert_eq!(other.code, 0);
    let changed = run_with(
        &[&["check", "-", "--replay", text(&path)], &SESSION[..]].concat(),
        b"From: a@example.org\r\n\r\nx\r\n",
    );
    assert_eq!(changed.complaint, "mailproof: note: the recording was made of another message\n");
    // What was not asked then cannot be told now.
    assert_eq!(changed.code, 75);
    assert!(changed.out.contains("not in the recording"), "{}", changed.out);
    // Every answer of it can be looked at.
    let one = run(&["dns", "example.com", "TXT", "--replay", text(&path)]);
    assert_eq!((one.code, one.complaint.as_str()), (0, ""), "{}", one.out);
    assert_eq!(run(&["dns", "example.org", "TXT", "--replay", text(&path)]).code, 75);
}

#[test]
fn every_command_records_and_replays() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("recording.json");
    for command in [
        &["spf", "kitchen@example.com", "--ip", "192.0.2.25"][..],
        &["dns", "example.com", "MX"],
        &["dns", "trace", "example.com"],
    ] {
        for json in [&[][..], &["--json"]] {
            let then = run(&[command, json, &["--zone", NEWSLETTER_ZONE, "--record", text(&path)]].concat());
            let now = run(&[command, json, &["--replay", text(&path)]].concat());
            assert_eq!((then.code, then.complaint.as_str()), (0, ""), "{command:?}");
            assert_eq!((now.code, &now.out, now.complaint.as_str()), (0, &then.out, ""), "{command:?}");
        }
    }
}

#[test]
fn a_bad_recording_is_refused_and_its_place_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("recording.json");
    for (content, place) in [
        (&b"{"[..], "not JSON"),
        (b"{}", "schema: "),
        (br#"{"schema": "mailproof.dns/2", "answers": []}"#, "schema: the schema mailproof.dns/1 is needed"),
        (br#"{"schema": "mailproof.dns/1", "answers": [{"name": "a", "type": "TXT"}]}"#, "answers[0]."),
        (
            br#"{"schema": "mailproof.dns/1", "answers": [{"name": "a", "type": "TXT", "outcome": "found", "records": [7], "ttl": 1}]}"#,
            "answers[0].records[0]",
        ),
        (b"\"\n\xff", "line 2: not UTF-8"),
    ] {
        std::fs::write(&path, content).unwrap();
        let ended = newsletter(&["--replay", text(&path)]);
        assert_eq!((ended.code, ended.out.as_str()), (65, ""), "{place}");
        let start = format!("mailproof: {}: ", path.display());
        assert!(ended.complaint.starts_with(&start) && ended.complaint.contains(place), "{}", ended.complaint);
    }
    let missing = folder.path().join("none/recording.json");
    assert_eq!(newsletter(&["--replay", text(&missing)]).code, 65);
    let unwritten = newsletter(&["--zone", NEWSLETTER_ZONE, "--record", text(&missing)]);
    assert_eq!((unwritten.code, unwritten.out.as_str()), (65, ""));
    assert!(unwritten.complaint.contains("none/recording.json"), "{}", unwritten.complaint);
}

/// What if this were published? In front of a zone, of a server and of a recording.
#[test]
fn an_override_is_in_front_of_everything() {
    let server = RogueServer::new();
    let address = server.address.to_string();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("recording.json");
    let spf = |more: &[&str]| run(&[&["spf", "honest.test", "--ip", "198.51.100.1"], more].concat());
    let published = "honest.test=v=spf1 include:other.test ip4:198.51.100.1 -all";
    let included = "other.test=v=spf1 -all";

    let before = spf(&["--server", &address, "--record", text(&path)]);
    assert_eq!(before.code, 1, "{}", before.out);
    let over_server = ["--server", &address, "--override", published, "--override", included];
    assert_eq!(spf(&over_server).code, 0);
    let over_replay = spf(&["--replay", text(&path), "--override", published, "--override", included]);
    assert_eq!(over_replay.code, 0, "{}", over_replay.out);
    let over_zone = spf(&["--zone", NEWSLETTER_ZONE, "--override", published, "--override", included]);
    assert_eq!(over_zone.code, 0, "{}", over_zone.out);
    assert_eq!(over_zone.line("matched").trim(), "matched  ip4:198.51.100.1");

    // What was overridden is recorded as it was seen.
    let recorded = spf(&[&over_server[..], &["--record", text(&path)]].concat());
    let replayed = spf(&["--replay", text(&path)]);
    assert_eq!((replayed.code, replayed.out), (0, without_time(&recorded.out)));
    // Two records at one name are two.
    let twice = spf(&["--zone", NEWSLETTER_ZONE, "--override", published, "--override", published]);
    assert!(twice.out.starts_with("permerror"), "{}", twice.out);
}

/// The output without how long DNS took, which a replay does not tell.
fn without_time(out: &str) -> String {
    let timeless = |line: &str| match line.rsplit_once(" · ") {
        Some((rest, time)) if time.ends_with(" ms") => format!("{rest}\n"),
        _ => format!("{line}\n"),
    };
    out.lines().map(timeless).collect()
}
