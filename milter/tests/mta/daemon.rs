//! Our daemon.

use super::process::{Process, until, until_open};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where the one that every test has listens.
pub(crate) const PORT: u16 = 8891;

pub(crate) struct Daemon {
    process: Process,
    folder: PathBuf,
    port: u16,
}

impl Daemon {
    /// Starts it with these lines beside what every test needs; `%DIR%` is the folder.
    pub(crate) fn start(folder: &Path, port: u16, lines: &str) -> Self {
        configure(folder, port, lines);
        let daemon = Self { process: launched(folder), folder: folder.to_owned(), port };
        until_open(port);
        daemon
    }

    /// Kills it, without a word to anybody.
    pub(crate) fn kill(&mut self) {
        self.process.kill();
    }

    pub(crate) fn start_again(&mut self) {
        self.process = launched(&self.folder);
        until_open(self.port);
    }

    /// Has it read another configuration.
    pub(crate) fn reload(&self, lines: &str) {
        let count = |daemon: &Self| daemon.log().matches(" reloaded").count();
        let before = count(self);
        configure(&self.folder, self.port, lines);
        let sent = Command::new("kill").args(["-s", "HUP", &self.process.id().to_string()]).status().unwrap();
        assert!(sent.success());
        until("a reload", || (count(self) > before).then_some(()));
    }

    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.folder.join("daemon.log")).unwrap_or_default()
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        if std::thread::panicking() {
            println!("the daemon:\n{}", self.log());
        }
    }
}

fn configure(folder: &Path, port: u16, lines: &str) {
    let socket = folder.join("milter.sock");
    let text = format!(
        "authserv_id = \"mx.example.org\"\nlisten = [\"inet:127.0.0.1:{port}\", \"unix:{}\"]\nsocket_mode = \"666\"\n{}\n",
        socket.display(),
        lines.replace("%DIR%", &folder.display().to_string())
    );
    fs::write(folder.join("milter.toml"), text).unwrap();
}

fn launched(folder: &Path) -> Process {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mailproof-milter"));
    Process::start(command.arg("--config").arg(folder.join("milter.toml")), &folder.join("daemon.log"))
}
