//! Reloading, stopping, figures, logs.

use super::mta::{Mail, Mta};
use super::running::Running;
use mailproof_milter::protocol::Command;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::os::unix::net::{UnixDatagram, UnixStream};
use std::time::Duration;

const RAW: &str = "From: Joe <joe@example.com>\r\n\r\nHello\r\n";

#[test]
fn a_reload_changes_the_next_message_and_drops_no_connection() {
    let running = Running::start("");
    // MAIL is answered, so that it is known when it was heard.
    let mut mta = Mta::offering(&running.socket(), 0x1ff, 0x1f_ffff & !0x4000);
    let mail = Mail::new(RAW).by_client("198.51.100.7");
    assert_eq!(mta.send(&mail).last, 'c');
    mta.begin(&mail);
    running.reload("policy.dmarc.reject = \"reject\"", "reloaded");
    mta.say(&[Command::Header { name: b"From", value: b" joe@example.com" }, Command::EndOfHeader]);
    assert_eq!(mta.end(Default::default()).last, 'c', "a message keeps the settings it began with");
    assert_eq!(mta.send_again(&mail).last, 'y');
}

#[test]
fn a_broken_configuration_is_not_taken() {
    let running = Running::start("policy.dmarc.reject = \"reject\"");
    let mail = Mail::new(RAW).by_client("198.51.100.7");
    for broken in
        ["policy.dmarc.rejekt = \"accept\"", "policy.dmarc", "sign.table = \"/nowhere\"", "dns.zone = 1"]
    {
        running.reload(broken, "not reloaded");
        assert_eq!(Mta::connect(&running.socket()).send(&mail).last, 'y', "{broken}");
    }
    running.reload("policy.dmarc.reject = \"accept\"", "INFO reloaded");
    assert_eq!(Mta::connect(&running.socket()).send(&mail).last, 'c');
    let page = running.page("/metrics");
    assert!(page.contains("mailproof_reloads_total{result=\"failed\"} 4"), "{page}");
    assert!(page.contains("mailproof_reloads_total{result=\"done\"} 1"), "{page}");
}

#[test]
fn a_stop_waits_for_the_message_under_way() {
    let mut running = Running::start("");
    let mut idle = Mta::connect(&running.socket());
    idle.greet(&Mail::new(RAW));
    let mut mta = Mta::connect(&running.socket());
    mta.greet(&Mail::new(RAW));
    mta.begin(&Mail::new(RAW));
    mta.say(&[Command::Header { name: b"From", value: b" joe@example.com" }]);
    running.signal("TERM");
    running.wait_for("the stop", || running.logs().contains("stopping"));
    running.wait_for("nobody to listen", || UnixStream::connect(running.socket()).is_err());
    assert!(running.is_running());
    mta.say(&[Command::EndOfHeader]);
    assert!(mta.end(Default::default()).results().contains("dmarc=pass"));
    assert!(running.ended());
}

#[test]
fn figures_count_what_was_found() {
    let running = Running::start("");
    let mut mta = Mta::connect(&running.socket());
    mta.send(&Mail::new(RAW));
    mta.send_again(&Mail::new(RAW));
    assert!(running.page("/healthz").ends_with("\r\n\r\nok\n"));
    let page = running.page("/metrics");
    for line in [
        "mailproof_messages_total{mode=\"verify\",action=\"accept\"} 2",
        "mailproof_results_total{method=\"dmarc\",result=\"pass\"} 2",
        "mailproof_results_total{method=\"dkim\",result=\"none\"} 2",
        "mailproof_answer_seconds_count 2",
        "mailproof_open_connections 1",
    ] {
        assert!(page.contains(line), "{line}: {page}");
    }
    assert!(!page.contains("example.com"), "no domain is a label");
    assert!(running.page("/else").starts_with("HTTP/1.1 404"));
}

#[test]
fn logs_hold_no_control_character_in_either_form() {
    let hostile = "a\x1b[2J\u{202e}\"b@example.com";
    for format in ["text", "json"] {
        let running = Running::start(&format!("log.format = \"{format}\""));
        let mut mail = Mail::new(RAW).sent_by(hostile).with_macro("i", "Q\x07\n1 action=\"reject\"");
        mail.macros.remove(0);
        mail.helo = "x\x07y\n z".to_owned();
        Mta::connect(&running.socket()).send(&mail);
        running.wait_for("the line", || running.logs().contains("example.com"));
        let logs = running.logs();
        assert!(!logs.chars().any(|character| character.is_control() && character != '\n'), "{logs:?}");
        assert!(!logs.contains('\u{202e}'));
        let line = logs.lines().find(|line| line.contains("queue_id")).unwrap();
        if format == "json" {
            let line: serde_json::Value = serde_json::from_str(line).unwrap();
            assert_eq!(line["queue_id"], "Q??1 action=\"reject\"");
            assert_eq!(line["action"], "accept");
        } else {
            assert!(line.contains("queue_id=\"Q??1 action=\\\"reject\\\"\""), "{line}");
        }
    }
}

#[test]
fn a_port_serves_as_a_socket_does() {
    let running = Running::start("");
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, running.port)).unwrap();
    stream.write_all(b"\0\0\0\x0dO\0\0\0\x06\0\0\x01\xff\0\x1f\xff\xff").unwrap();
    let mut answer = [0; 9];
    stream.read_exact(&mut answer).unwrap();
    assert_eq!(answer[4..], *b"O\0\0\0\x06");
}

#[test]
fn systemd_is_told_of_readiness_reload_and_stop() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notify");
    let socket = UnixDatagram::bind(&path).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let told = || {
        let mut octets = [0; 512];
        let count = socket.recv(&mut octets).unwrap();
        String::from_utf8_lossy(&octets[..count]).into_owned()
    };
    let mut running = Running::start_telling("", Some(&path));
    assert!(told().contains("READY=1"));
    running.reload("policy.dry_run = true", "INFO reloaded");
    let reloading = told();
    assert!(reloading.contains("RELOADING=1") && reloading.contains("MONOTONIC_USEC="), "{reloading}");
    assert!(told().contains("READY=1"));
    running.signal("TERM");
    assert!(told().contains("STOPPING=1"));
    assert!(running.ended());
}

#[test]
fn privileges_are_given_up() {
    let is_root =
        std::fs::metadata("/proc/self").is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0);
    if !is_root {
        println!("skipped: only root has privileges to give up");
        return;
    }
    let running = Running::start("user = \"nobody\"");
    assert!(running.status("Uid:") > 0 && running.status("Gid:") > 0);
    assert!(Mta::connect(&running.socket()).send(&Mail::new(RAW)).results().contains("dmarc=pass"));
}
