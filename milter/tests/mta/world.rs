//! Everything together: DNS, the daemon, Postfix and the sink.

use super::client::{Client, Mail};
use super::daemon::{self, Daemon};
use super::dns::Dns;
use super::postfix::Postfix;
use super::sink::{self, Delivered, Sink};
use mailproof::SigningKey;
use mailproof::dkim::{Signer, SigningOptions};
use mailproof::message::Message;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};
use tempfile::TempDir;

/// Of a message that is as it should be.
pub(crate) const RAW: &str = "From: Joe <joe@example.com>\r\nTo: Ann <ann@example.org>\r\nSubject: folded\r\n line\r\n\
     Date: Fri, 21 Nov 2025 09:55:06 +0000\r\nMessage-ID: <1@example.com>\r\n\r\nHello\r\n.dot  \r\n\r\n";

/// The selectors under which `example.com` has its RSA and its Ed25519 key.
pub(crate) const RSA: &str = "rsa";
pub(crate) const ED25519: &str = "ed";

pub(crate) struct World {
    // In the order in which they end.
    pub(crate) postfix: Postfix,
    pub(crate) daemon: Daemon,
    pub(crate) sink: Sink,
    _dns: Dns,
    folder: TempDir,
}

/// DNS, the keys and the sink, before there is a filter or Postfix.
pub(crate) struct Ground {
    pub(crate) sink: Sink,
    pub(crate) dns: Dns,
    pub(crate) folder: TempDir,
}

impl Ground {
    pub(crate) fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        // Postfix is somebody else.
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let mut records = Vec::new();
        for (selector, algorithm) in [(RSA, "RSA"), (ED25519, "ED25519")] {
            let path = folder.path().join(selector);
            let made = Command::new("openssl")
                .args(["genpkey", "-algorithm", algorithm, "-out"])
                .arg(&path)
                .output();
            assert!(made.is_ok_and(|output| output.status.success()));
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
            records
                .push((format!("{selector}._domainkey.example.com"), key(folder.path(), selector).record()));
        }
        // With the same key `example.org` seals.
        records.push(("arc._domainkey.example.org".to_owned(), key(folder.path(), RSA).record()));
        let dns = Dns::start(folder.path(), &records);
        Self { sink: Sink::start(), dns, folder }
    }
}

impl World {
    /// Starts all of it, the daemon with these lines in its configuration.
    pub(crate) fn start(lines: &str) -> Self {
        Self::start_over("inet:127.0.0.1:8891", lines, sink::PORT)
    }

    /// Postfix finds the daemon at a Unix socket.
    pub(crate) fn start_over_unix_socket(lines: &str) -> Self {
        Self::start_over("unix:%DIR%/milter.sock", lines, sink::PORT)
    }

    /// Postfix passes mail on to this port.
    pub(crate) fn start_before(next: u16, lines: &str) -> Self {
        Self::start_over(&format!("inet:127.0.0.1:{}", daemon::PORT), lines, next)
    }

    fn start_over(milter: &str, lines: &str, next: u16) -> Self {
        let Ground { sink, dns, folder } = Ground::start();
        let daemon = Daemon::start(folder.path(), daemon::PORT, lines);
        let milter = milter.replace("%DIR%", &folder.path().display().to_string());
        let postfix = Postfix::start(folder.path(), 2500, &milter, next);
        Self { postfix, daemon, sink, _dns: dns, folder }
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Sends a message, and tells what Postfix says.
    pub(crate) fn send(&self, mail: &Mail) -> String {
        Client::connect(self.postfix.port, mail).unwrap().send(mail).unwrap()
    }

    /// Sends a message that is taken, and waits for it.
    pub(crate) fn deliver(&self, mail: &Mail) -> Delivered {
        let reply = self.send(mail);
        assert!(reply.starts_with("250 2.0.0 "), "{reply}");
        self.sink.wait_for(&mail.recipient)
    }

    /// A message, signed by one of the keys as if for this domain and selector.
    pub(crate) fn signed(&self, raw: &str, file: &str, domain: &str, selector: &str) -> String {
        let key = key(self.folder(), file);
        let signer = Signer::new(domain, [(selector, key)], SigningOptions::default()).unwrap();
        let signed = signer.sign(&Message::parse(raw.as_bytes()).unwrap(), now()).unwrap();
        format!("{}{raw}", signed.fields()[0].as_str())
    }
}

/// The private key in a file.
pub(crate) fn key(folder: &Path, name: &str) -> SigningKey {
    SigningKey::read(&fs::read(folder.join(name)).unwrap()).unwrap()
}

pub(crate) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}
