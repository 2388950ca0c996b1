//! `bulk` while it runs: resumed, interrupted, tried again, in bounded memory.

use super::bulk::{ZONE, folder, lines, zone_of};
use super::{command, run_with};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, UdpSocket};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const SERVFAIL: u8 = 2;
const NXDOMAIN: u8 = 3;
const QR: u8 = 0x80;
const RA: u8 = 0x80;
const HEADER_OCTETS: usize = 12;

/// A server that answers without records: `code` chooses by the name in wire format, or keeps silent.
fn server(mut code: impl FnMut(&[u8]) -> Option<u8> + Send + 'static) -> SocketAddr {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap();
    std::thread::spawn(move || {
        let mut message = [0; 512];
        while let Ok((length, client)) = socket.recv_from(&mut message) {
            if let Some(code) = code(&message[HEADER_OCTETS..length]) {
                message[2] |= QR;
                message[3] = RA | code;
                let _ = socket.send_to(&message[..length], client);
            }
        }
    });
    address
}

fn holds(name: &[u8], label: &str) -> bool {
    name.windows(label.len()).any(|window| window == label.as_bytes())
}

fn start(arguments: &[&str]) -> Child {
    command()
        .arg("bulk")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

fn complete_lines(path: &Path) -> usize {
    std::fs::read(path).map_or(0, |octets| octets.iter().filter(|octet| **octet == b'\n').count())
}

fn wait_for(what: &str, mut is_there: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !is_there() {
        assert!(begun.elapsed() < Duration::from_secs(60), "{what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_killed_run_goes_on_where_it_ended() {
    let folder = folder();
    let (zone, results) = (zone_of(&folder), folder.path().join("out.jsonl"));
    let results_text = results.to_str().unwrap();
    let input: String = (0..500)
        .map(|n| if n % 7 == 0 { "bad..example\n".to_owned() } else { format!("d{n}.example\n") })
        .collect();
    let whole = run_with(&["bulk", "-", "--zone", &zone], input.as_bytes());
    // Half of the input, and then it is killed while it waits for more.
    let mut child = start(&["-", "--zone", &zone, "-o", results_text]);
    let mut stdin = child.stdin.take().unwrap();
    let half: String = input.lines().take(200).map(|line| format!("{line}\n")).collect();
    stdin.write_all(half.as_bytes()).unwrap();
    wait_for("no 200 results", || complete_lines(&results) == 200);
    child.kill().unwrap();
    child.wait().unwrap();
    // What was cut in the middle of a line is done again.
    let mut cut = std::fs::read(&results).unwrap();
    cut.truncate(cut.len() - 10);
    std::fs::write(&results, &cut).unwrap();
    let resumed = run_with(&["bulk", "-", "--zone", &zone, "-o", results_text, "--resume"], input.as_bytes());
    assert_eq!(resumed.code, 65, "{}", resumed.complaint);
    assert!(resumed.complaint.contains("199 were done before"), "{}", resumed.complaint);
    assert_eq!(std::fs::read_to_string(&results).unwrap(), whole.out);
    // There is nothing left to do, and what was unreadable is so still.
    let again = run_with(&["bulk", "-", "--zone", &zone, "-o", results_text, "--resume"], input.as_bytes());
    assert_eq!(again.code, 65);
    assert!(again.complaint.contains("0 items in "), "{}", again.complaint);
    assert_eq!(std::fs::read_to_string(&results).unwrap(), whole.out);
}

#[test]
fn another_input_is_not_taken_for_the_same() {
    let folder = folder();
    let (zone, results) = (zone_of(&folder), folder.path().join("out.jsonl"));
    let ask = |input: &str, how: &[&str]| {
        let mut arguments = vec!["bulk", "-", "--zone", &zone, "-o", results.to_str().unwrap()];
        arguments.extend(how);
        run_with(&arguments, input.as_bytes())
    };
    // A file that is not there is begun.
    assert_eq!(ask("a.example\nb.example\n", &["--resume"]).code, 0);
    let written = std::fs::read(&results).unwrap();
    for (input, complaint) in [
        (
            "a.example\nc.example\nd.example\n",
            "line 2: there it is \"b.example\" at -:2, in the input \"c.example\" at -:2",
        ),
        ("a.example\n", "line 2: the input ends after 1 items"),
    ] {
        let refused = ask(input, &["--resume"]);
        assert_eq!(refused.code, 65);
        assert!(refused.complaint.contains(complaint), "{}", refused.complaint);
        assert_eq!(std::fs::read(&results).unwrap(), written);
    }
    let there = ask("a.example\n", &[]);
    assert_eq!(there.code, 65);
    assert!(there.complaint.contains("is there already"), "{}", there.complaint);
    assert_eq!(ask("a.example\n", &["--force"]).code, 0);
    assert_eq!(complete_lines(&results), 1);
    // What is no file of results is left as it is.
    for other in ["precious", "precious\nand more\n"] {
        std::fs::write(&results, other).unwrap();
        let refused = ask("a.example\n", &["--resume"]);
        assert!(refused.complaint.contains("no result of bulk"), "{}", refused.complaint);
        assert_eq!(std::fs::read_to_string(&results).unwrap(), other);
    }
}

#[test]
fn what_dns_left_undecided_is_tried_again_later_and_stays_in_its_place() {
    let mut failures = 0;
    let address = server(move |name| {
        let fails = holds(name, "\x05shaky\x04test") && failures < 1;
        failures += u32::from(fails);
        Some(if fails || holds(name, "broken") { SERVFAIL } else { NXDOMAIN })
    });
    let server = address.to_string();
    let input = b"shaky.test\none.test\nbroken.test\ntwo.test\n";
    let ended = run_with(&["bulk", "-", "--do", "spf-record", "--server", &server, "--retries", "1"], input);
    let told: Vec<_> = lines(&ended)
        .iter()
        .map(|line| {
            let field = |name: &str| line[name].as_str().unwrap().to_owned();
            (field("input"), field("result"), line["attempts"].as_u64().unwrap())
        })
        .collect();
    let expected = [
        ("shaky.test", "done", 2),
        ("one.test", "done", 1),
        ("broken.test", "temperror", 2),
        ("two.test", "done", 1),
    ];
    assert_eq!(
        told,
        expected.map(|(input, result, attempts)| (input.to_owned(), result.to_owned(), attempts))
    );
    assert_eq!(ended.code, 75);
    assert!(ended.complaint.contains("2 retries"), "{}", ended.complaint);
    assert!(ended.complaint.contains("1 undecided (25.0% temperror)"), "{}", ended.complaint);
}

#[cfg(unix)]
#[test]
fn an_interrupt_keeps_what_is_done() {
    let address = server(|name| if holds(name, "silent") { None } else { Some(NXDOMAIN) });
    let folder = tempfile::tempdir().unwrap();
    let results = folder.path().join("out.jsonl");
    let mut child =
        start(&["-", "--do", "dmarc", "--server", &address.to_string(), "-o", results.to_str().unwrap()]);
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(b"a.test\nb.test\nsilent.test\nc.test\n").unwrap();
    wait_for("no results", || complete_lines(&results) == 2);
    let interrupt = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(interrupt.success());
    // It does not wait for what is under way, nor for its input.
    let begun = Instant::now();
    let code = child.wait().unwrap().code();
    assert!(begun.elapsed() < Duration::from_secs(10));
    let mut complaint = String::new();
    child.stderr.take().unwrap().read_to_string(&mut complaint).unwrap();
    assert_eq!(code, Some(130), "{complaint}");
    assert!(complaint.contains("2 items in "), "{complaint}");
    assert!(complaint.contains("interrupted; --resume goes on"), "{complaint}");
    // No bar where standard error is no terminal.
    assert!(!complaint.contains('\u{1b}') && !complaint.contains('\r'), "{complaint}");
    assert_eq!(complete_lines(&results), 2);
}

#[test]
fn a_reader_that_goes_away_ends_the_run() {
    let folder = folder();
    let mut child = start(&["-", "--zone", &zone_of(&folder)]);
    let mut stdin = child.stdin.take().unwrap();
    let writer = std::thread::spawn(move || while stdin.write_all(b"a.example\n").is_ok() {});
    let mut first = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut first).unwrap();
    assert!(first.contains("a.example"));
    assert_eq!(child.wait().unwrap().code(), Some(0));
    writer.join().unwrap();
}

/// The most memory the process ever held, in KiB.
#[cfg(target_os = "linux")]
fn peak_of(child: &Child) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

#[cfg(target_os = "linux")]
#[test]
fn memory_does_not_grow_with_the_input() {
    assert!(ZONE.len() < 10_000);
    let folder = folder();
    let mut child = start(&["-", "--input", "mbox", "-q", "--zone", &zone_of(&folder)]);
    let mut stdin = child.stdin.take().unwrap();
    let writer = std::thread::spawn(move || {
        let line = "x".repeat(75) + "\n";
        let mail = format!("From a\nFrom: joe@good.example\n\n{}\n", line.repeat(4000));
        // 360 MB, of which never more than a part is there at once.
        (0..1200).for_each(|_| stdin.write_all(mail.as_bytes()).unwrap());
    });
    let mut peak = 0;
    let mut results = 0;
    let mut out = BufReader::new(child.stdout.take().unwrap());
    // Nobody reads the results at first.
    std::thread::sleep(Duration::from_secs(1));
    let mut line = String::new();
    while out.read_line(&mut line).unwrap() > 0 {
        results += 1;
        line.clear();
        peak = peak_of(&child).unwrap_or_default().max(peak);
    }
    assert_eq!((results, child.wait().unwrap().code()), (1200, Some(0)));
    writer.join().unwrap();
    assert!(peak > 0 && peak < 200_000, "{peak} KiB");
}
