//! The daemon, running.

use mailproof_milter::protocol::VERSION;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// A daemon over a folder of its own, with its socket and its files.
pub(crate) struct Running {
    child: Child,
    folder: TempDir,
    logs: Arc<Mutex<String>>,
    pub(crate) figures: u16,
    /// The port where it listens beside its socket.
    pub(crate) port: u16,
}

/// What the tests' DNS says. `%KEY%` is the record of [`KEY`].
pub(crate) const ZONE: &str = r#"{
    "example.com": { "TXT": ["v=spf1 ip4:192.0.2.0/24 -all"] },
    "_dmarc.example.com": { "TXT": ["v=DMARC1; p=reject"] },
    "ed._domainkey.example.com": { "TXT": ["%KEY%"] },
    "mail.example.com": { "A": ["192.0.2.25"] },
    "quarantine.example": { "TXT": ["v=spf1 -all"] },
    "_dmarc.quarantine.example": { "TXT": ["v=DMARC1; p=quarantine"] },
    "_dmarc.rejecting.example": { "TXT": ["v=DMARC1; p=reject"] },
    "_dmarc.broken.example": "TIMEOUT",
    "broken.example": "TIMEOUT"
}"#;

/// The seed of an Ed25519 key.
pub(crate) const KEY: &str = "nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=";

impl Running {
    /// Starts it with these lines beside what every test needs.
    pub(crate) fn start(lines: &str) -> Self {
        Self::start_telling(lines, None)
    }

    /// The same, with a socket on which it tells how it is (`sd_notify`).
    pub(crate) fn start_telling(lines: &str, notified: Option<&Path>) -> Self {
        assert_eq!(VERSION, 6);
        let folder = tempfile::tempdir().unwrap();
        let key = mailproof::SigningKey::read(KEY.as_bytes()).unwrap();
        fs::write(folder.path().join("zone.json"), ZONE.replace("%KEY%", &key.record())).unwrap();
        let (figures, port) = (free_port(), free_port());
        configure(folder.path(), figures, port, lines);
        let logs = Arc::new(Mutex::new(String::new()));
        let child = launch(folder.path(), notified, &logs);
        let running = Self { child, folder, logs, figures, port };
        running.wait_for("the socket", || UnixStream::connect(running.socket()).is_ok());
        running
    }

    /// Kills it, and starts it again over what it left behind.
    pub(crate) fn kill_and_start(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        self.child = launch(self.folder.path(), None, &self.logs);
        self.wait_for("the socket", || UnixStream::connect(self.socket()).is_ok());
    }

    /// Files it has open.
    pub(crate) fn files(&self) -> usize {
        fs::read_dir(format!("/proc/{}/fd", self.child.id())).unwrap().count()
    }

    /// Writes another configuration, and tells the daemon.
    pub(crate) fn reload(&self, lines: &str, says: &str) {
        let before = self.logs().matches(says).count();
        configure(self.folder.path(), self.figures, self.port, lines);
        self.signal("HUP");
        self.wait_for(says, || self.logs().matches(says).count() > before);
    }

    pub(crate) fn signal(&self, signal: &str) {
        let sent = Command::new("kill").args(["-s", signal, &self.child.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }

    /// Waits until the daemon has ended, and tells whether that was in order.
    pub(crate) fn ended(&mut self) -> bool {
        let deadline = Instant::now() + Duration::from_secs(15);
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.success();
            }
            assert!(Instant::now() < deadline, "it does not end");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    pub(crate) fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    pub(crate) fn socket(&self) -> PathBuf {
        self.folder.path().join("milter.sock")
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn logs(&self) -> String {
        self.logs.lock().unwrap().clone()
    }

    pub(crate) fn wait_for(&self, what: &str, is_so: impl Fn() -> bool) {
        let deadline = Instant::now() + Duration::from_secs(15);
        while !is_so() {
            assert!(Instant::now() < deadline, "{what} does not come: {}", self.logs());
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Resident memory in KiB.
    pub(crate) fn memory(&self) -> u64 {
        self.status("VmRSS:")
    }

    /// The first number of a line of its status.
    pub(crate) fn status(&self, line: &str) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let found = status.lines().find(|text| text.starts_with(line)).unwrap();
        found.split_whitespace().nth(1).unwrap().parse().unwrap()
    }

    /// A page of the figures.
    pub(crate) fn page(&self, path: &str) -> String {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.figures)).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").unwrap();
        let mut page = String::new();
        stream.read_to_string(&mut page).unwrap();
        page
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn launch(folder: &Path, notified: Option<&Path>, logs: &Arc<Mutex<String>>) -> Child {
    let mut child = Command::new(env!("CARGO_BIN_EXE_mailproof-milter"))
        .envs(notified.map(|socket| ("NOTIFY_SOCKET", socket)))
        .arg("--config")
        .arg(folder.join("milter.toml"))
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let (stderr, kept) = (child.stderr.take().unwrap(), Arc::clone(logs));
    std::thread::spawn(move || {
        let mut lines = BufReader::new(stderr);
        let mut line = Vec::new();
        while lines.read_until(b'\n', &mut line).is_ok_and(|count| count > 0) {
            kept.lock().unwrap().push_str(&String::from_utf8_lossy(&line));
            line.clear();
        }
    });
    child
}

/// `%DIR%` in the lines is the folder. What stands at the top of a file goes before the first table of the lines.
fn configure(folder: &Path, figures: u16, port: u16, lines: &str) {
    let dir = folder.display().to_string();
    let text = format!(
        "authserv_id = \"mx.example.org\"\n\
         listen = [\"unix:{dir}/milter.sock\", \"inet:127.0.0.1:{port}\"]\n\
         dns.zone = \"{dir}/zone.json\"\n\
         metrics.listen = \"127.0.0.1:{figures}\"\n\
         {}\n",
        lines.replace("%DIR%", &dir)
    );
    fs::write(folder.join("milter.toml"), text).unwrap();
}

pub(crate) fn free_port() -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port()
}
