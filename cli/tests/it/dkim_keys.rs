//! Keys for the tests of `dkim`: made by the command itself, or by openssl.

use super::{Ended, run};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::{Command, Output};
use tempfile::TempDir;

pub(super) const MAIL: &str = "From: Joe <joe@example.com>\nSubject: lunch\n\nAt noon?\n";

/// A folder of keys and zones that goes when the test ends.
pub(super) struct Keys(TempDir);

impl Keys {
    pub(super) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(super) fn path(&self, name: &str) -> String {
        self.0.path().join(name).to_str().unwrap().to_owned()
    }

    pub(super) fn write(&self, name: &str, text: impl AsRef<[u8]>) -> String {
        let path = self.path(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    pub(super) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    /// Makes a key for `selector` at example.com in a file of that name; what is said of it.
    pub(super) fn keygen(&self, selector: &str, more: &[&str]) -> Value {
        let path = self.path(selector);
        let mut arguments = vec![
            "dkim",
            "keygen",
            "--domain",
            "example.com",
            "--selector",
            selector,
            "--out",
            &path,
            "--json",
        ];
        arguments.extend(more);
        let ended = run(&arguments);
        assert_eq!((ended.code, ended.complaint.as_str()), (0, ""), "{}", ended.out);
        ended.json()
    }

    /// A zone of these TXT records.
    pub(super) fn zone(&self, records: &[(&str, &str)]) -> String {
        let names = records.iter().map(|(selector, text)| {
            (format!("{selector}._domainkey.example.com"), json!({ "TXT": strings(text) }))
        });
        let zone: serde_json::Map<String, Value> = names.collect();
        self.write("zone.json", Value::Object(zone).to_string())
    }

    /// Makes a file with openssl; `None` where that is not installed.
    pub(super) fn openssl(&self, arguments: &[&str]) -> Option<Output> {
        let output = Command::new("openssl").args(arguments).current_dir(self.0.path()).output();
        let Ok(output) = output else {
            assert!(std::env::var_os("MAILPROOF_REQUIRE_REAL").is_none(), "openssl is not installed");
            println!("skipped: openssl is not installed");
            return None;
        };
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        Some(output)
    }

    pub(super) fn folder(&self) -> PathBuf {
        self.0.path().to_owned()
    }
}

/// A record as one TXT record of several strings.
fn strings(text: &str) -> Value {
    let strings: Vec<_> = text.as_bytes().chunks(255).map(|chunk| str::from_utf8(chunk).unwrap()).collect();
    json!([strings])
}

/// Fails when anything that was printed holds a line of a private key.
pub(super) fn tells_nothing_of(key: &str, ended: &Ended) {
    let lines = key.lines().filter(|line| !line.starts_with("-----") && line.len() > 20);
    for line in lines {
        // The first line of a PKCS#8 file also holds what is the same for all keys.
        let secret = &line[line.len() / 2..];
        assert!(!ended.out.contains(secret) && !ended.complaint.contains(secret), "{}", ended.complaint);
    }
    assert!(!ended.out.contains("PRIVATE") && !ended.complaint.contains("PRIVATE"));
}
