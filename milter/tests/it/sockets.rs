//! Where the daemon listens, and signals that come before it does.

use super::mta::{Mail, Mta};
use super::running::{Running, free_port};
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const RAW: &str = "From: Joe <joe@example.com>\r\n\r\nHello\r\n";
const OFFER: &[u8] = b"\0\0\0\x0dO\0\0\0\x06\0\0\x01\xff\0\x1f\xff\xff";

/// A daemon with this configuration and nothing else.
fn spawn(folder: &Path, text: &str) -> Child {
    let path = folder.join("m.toml");
    fs::write(&path, format!("authserv_id = \"mx.example.org\"\n{text}\n")).unwrap();
    Command::new(env!("CARGO_BIN_EXE_mailproof-milter"))
        .args(["--config", path.to_str().unwrap()])
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Whether it answers an offer at this address.
fn answers(address: SocketAddr) -> bool {
    let deadline = Instant::now() + Duration::from_secs(10);
    let mut stream = loop {
        match TcpStream::connect(address) {
            Ok(stream) => break stream,
            Err(_) if Instant::now() < deadline => std::thread::sleep(Duration::from_millis(10)),
            Err(_) => return false,
        }
    };
    stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    stream.write_all(OFFER).unwrap();
    let mut answer = [0; 9];
    stream.read_exact(&mut answer).is_ok() && answer[4..] == *b"O\0\0\0\x06"
}

#[test]
fn an_ipv6_address_serves() {
    if TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).is_err() {
        println!("skipped: there is no IPv6");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let port = free_port();
    let mut daemon =
        spawn(folder.path(), &format!("listen = [\"inet6:[::1]:{port}\"]\ndns.servers = [\"127.0.0.1\"]"));
    let is_answered = answers((Ipv6Addr::LOCALHOST, port).into());
    daemon.kill().unwrap();
    daemon.wait().unwrap();
    assert!(is_answered);
}

#[test]
fn what_a_killed_daemon_left_is_replaced() {
    let mut running = Running::start("");
    running.kill_and_start();
    assert!(Mta::connect(&running.socket()).send(&Mail::new(RAW)).results().contains("dmarc=pass"));
}

#[test]
fn a_socket_has_the_permissions_and_the_owner_it_was_given() {
    for mode in [0o660, 0o600, 0o666] {
        let running = Running::start(&format!("socket_mode = \"{mode:o}\""));
        assert_eq!(fs::metadata(running.socket()).unwrap().permissions().mode() & 0o777, mode);
    }
    if fs::metadata("/proc/self").unwrap().uid() != 0 {
        println!("skipped: only root can give a socket away");
        return;
    }
    let running = Running::start("user = \"nobody\"");
    assert_eq!(u64::from(fs::metadata(running.socket()).unwrap().uid()), running.status("Uid:"));
}

#[test]
fn a_socket_that_cannot_be_opened_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().display().to_string();
    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = taken.local_addr().unwrap().port();
    let _used = std::os::unix::net::UnixListener::bind(folder.path().join("used")).unwrap();
    fs::write(folder.path().join("file"), "kept").unwrap();
    for (listen, says) in [
        (format!("inet:127.0.0.1:{port}"), format!("inet:127.0.0.1:{port}: Address already in use")),
        (format!("unix:{dir}/used"), format!("unix:{dir}/used: somebody listens there")),
        (format!("unix:{dir}/file"), format!("unix:{dir}/file: there is a file that is no socket")),
        (format!("unix:{dir}/none/m"), format!("unix:{dir}/none/m: No such file or directory")),
    ] {
        let text = format!("listen = [\"{listen}\"]\ndns.servers = [\"127.0.0.1\"]");
        let output = spawn(folder.path(), &text).wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(71), "{said}");
        assert!(said.starts_with(&format!("mailproof-milter: {says}")), "{said}");
    }
    assert_eq!(fs::read_to_string(folder.path().join("file")).unwrap(), "kept");
}

#[test]
fn a_signal_that_comes_before_anybody_can_hear_it_is_heard_later() {
    let folder = tempfile::tempdir().unwrap();
    let table = folder.path().join("table");
    if !Command::new("mkfifo").arg(&table).status().is_ok_and(|status| status.success()) {
        println!("skipped: there is no mkfifo");
        return;
    }
    let text = format!(
        "listen = [\"unix:{0}/m\"]\ndns.servers = [\"127.0.0.1\"]\nsign.table = \"{0}/table\"",
        folder.path().display()
    );
    let mut daemon = spawn(folder.path(), &text);
    let id = daemon.id().to_string();
    let kill = |signal: &str| {
        assert!(Command::new("kill").args(["-s", signal, &id]).status().unwrap().success());
    };
    // The daemon waits for its table; a reload will find a plain one.
    let mut fifo = fs::File::options().write(true).open(&table).unwrap();
    fs::write(folder.path().join("plain"), "# nothing\n").unwrap();
    fs::rename(folder.path().join("plain"), &table).unwrap();
    kill("HUP");
    fifo.write_all(b"# nothing\n").unwrap();
    drop(fifo);
    let mut logs = BufReader::new(daemon.stderr.take().unwrap()).lines().map_while(Result::ok);
    assert!(logs.any(|line| line.contains("reloaded")));
    kill("TERM");
    assert!(daemon.wait().unwrap().success());
}

#[test]
fn one_place_serves_every_socket() {
    let running = Running::start("limits.connections = 1");
    for _ in 0..3 {
        assert!(answers((Ipv4Addr::LOCALHOST, running.port).into()));
        assert!(Mta::connect(&running.socket()).send(&Mail::new(RAW)).results().contains("dmarc=pass"));
    }
    // Who comes when it is taken waits until it is free.
    let mta = Mta::connect(&running.socket());
    let mut waiting = UnixStream::connect(running.socket()).unwrap();
    waiting.write_all(OFFER).unwrap();
    waiting.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
    let mut answer = [0; 9];
    assert!(waiting.read_exact(&mut answer).is_err());
    running.wait_for("the warning", || running.logs().contains("and another waits"));
    drop(mta);
    waiting.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    waiting.read_exact(&mut answer).unwrap();
}
