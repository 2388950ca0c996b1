//! Real DNS servers as child processes: Knot DNS as the authority, Unbound as the recursive server.
//!
//! Each runs on a free port of the loopback with a folder of its own, and ends when its value is dropped. Where a
//! server is not installed the caller gets `None` and skips, unless MAILPROOF_REQUIRE_REAL is set.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)]

use mailproof::Name;
use mailproof::dns::{Failure, Kind, Outcome, Question, blocking::Resolver};
use mailproof::resolver::{Blocking, Options, Servers, Stub};
use std::collections::BTreeSet;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// How often a server is asked whether it is there, and how long it is waited for each time.
pub(crate) const ROUNDS: u32 = 100;
pub(crate) const ROUND: Duration = Duration::from_millis(100);

/// A server that answers.
pub(crate) struct RealServer {
    process: Child,
    pub(crate) folder: PathBuf,
    pub(crate) address: SocketAddr,
}

impl RealServer {
    /// Knot DNS with the given zones, each an origin without the final dot and a master file.
    pub(crate) fn knot(zones: &[(&str, &str)]) -> Option<Self> {
        Self::start(&["knotd", "/usr/sbin/knotd"], zones[0].0, |folder, port| {
            let here = folder.display();
            let mut text = format!(
                "server:\n  rundir: {here}\n  listen: 127.0.0.1@{port}\ndatabase:\n  storage: {here}\n\
                 log:\n - target: {here}/log\n   any: error\nzone:\n"
            );
            for (origin, zone) in zones {
                std::fs::write(folder.join(format!("{origin}.zone")), zone).unwrap();
                text += &format!(
                    " - domain: {origin}.\n   file: {here}/{origin}.zone\n   zonefile-sync: -1\n   journal-content: none\n"
                );
            }
            (text, vec!["-c".into()])
        })
    }

    /// Unbound, with lines of its configuration; it is there when it answers for `ready`.
    pub(crate) fn unbound(configuration: &str, ready: &str) -> Option<Self> {
        Self::start(&["unbound", "/usr/sbin/unbound"], ready, |folder, port| {
            let here = folder.display();
            let text = format!(
                "server:\n interface: 127.0.0.1\n port: {port}\n username: \"\"\n chroot: \"\"\n directory: \"{here}\"\n\
                 pidfile: \"{here}/pid\"\n do-daemonize: no\n use-syslog: no\n logfile: \"{here}/log\"\n verbosity: 0\n num-threads: 1\n\
                 do-not-query-localhost: no\n module-config: \"iterator\"\n unblock-lan-zones: yes\n{configuration}\n\
                 remote-control:\n control-enable: no\n"
            );
            (text, vec!["-d".into(), "-c".into()])
        })
    }

    /// The servers of this resolver alone.
    pub(crate) fn options(&self) -> Options {
        Options { servers: Servers::Given(vec![self.address.into()]), ..Options::default() }
    }

    pub(crate) fn start(
        programs: &[&str],
        ready: &str,
        configure: impl Fn(&Path, u16) -> (String, Vec<String>),
    ) -> Option<Self> {
        let Some(program) = programs.iter().find(|program| is_installed(program)) else {
            let name = programs[0];
            assert!(std::env::var_os("MAILPROOF_REQUIRE_REAL").is_none(), "{name} is not installed");
            println!("skipped: {name} is not installed");
            return None;
        };
        // Somebody else may take the port between its choice and its use.
        let started = (0..3).find_map(|_| {
            let port = free_port();
            let folder = new_folder();
            let (text, arguments) = configure(&folder, port);
            let file = folder.join("conf");
            std::fs::write(&file, text).unwrap();
            let process =
                Command::new(program).args(arguments).arg(&file).stdin(Stdio::null()).spawn().unwrap();
            let mut server = Self { process, folder, address: (Ipv4Addr::LOCALHOST, port).into() };
            server.answers_for(ready).then_some(server)
        });
        Some(started.unwrap_or_else(|| panic!("{program} does not answer")))
    }

    fn answers_for(&mut self, ready: &str) -> bool {
        let options = Options { attempts: 1, timeout: ROUND, ..self.options() };
        let resolver = Blocking::new(Stub::new(options).unwrap()).unwrap();
        let question = Question::new(Name::parse(ready).unwrap(), Kind::A);
        for _ in 0..ROUNDS {
            if self.process.try_wait().unwrap().is_some() {
                return false;
            }
            match resolver.resolve(&question).outcome() {
                Outcome::Failed(Failure::Unreachable | Failure::Servfail) => std::thread::sleep(ROUND),
                Outcome::Failed(_) => {}
                _ => return true,
            }
        }
        false
    }
}

impl Drop for RealServer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

pub(crate) fn is_installed(program: &str) -> bool {
    Command::new(program).arg("-V").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok()
}

/// A port that is free for UDP and for TCP, and that no other test was given: servers open theirs later, and share them
/// gladly.
pub(crate) fn free_port() -> u16 {
    static GIVEN: Mutex<BTreeSet<u16>> = Mutex::new(BTreeSet::new());
    loop {
        let udp = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = udp.local_addr().unwrap().port();
        let is_free = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok();
        if is_free && GIVEN.lock().unwrap().insert(port) {
            return port;
        }
    }
}

pub(crate) fn new_folder() -> PathBuf {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let folder = std::env::temp_dir().join(format!("mailproof-dns-{}-{number}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    folder
}
