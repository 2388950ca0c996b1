//! The command, run as a postmaster runs it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    clippy::disallowed_types,
    // Shared with the tests of the core, which use all of it.
    unreachable_pub
)]

mod arc;
mod audit;
mod bulk;
mod bulk_run;
mod check;
mod check_trace;
mod compat;
mod compat_dkim;
mod completions;
mod conformance;
mod curt_server;
mod dkim_check_key;
mod dkim_help;
mod dkim_keygen;
mod dkim_keys;
mod dkim_sign;
mod dns_ask;
mod dns_compare;
mod dns_trace;
mod domains;
mod files;
mod hostile_mail;
mod json;
mod lint;
mod manner;
mod manual;
mod real_dns;
#[path = "../../../tests/it/real_server.rs"]
mod real_server;
mod recording;
#[allow(dead_code)]
#[path = "../../../tests/it/rogue_server.rs"]
mod rogue_server;
mod spf;
mod spf_walk;
mod stories;
mod surprises;
mod terminals;
mod tree;
mod trusted_sealer;

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// After the example mails were signed, and before their signatures expire.
const NOW: &str = "1795200000";

const NEWSLETTER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/mail/newsletter.eml");
const NEWSLETTER_ZONE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/mail/newsletter.zone.json");
const THEATRE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/mail/expiring.eml");
const THEATRE_ZONE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/theatre.zone.json");

/// How a command ended, and what it said.
struct Ended {
    code: i32,
    out: String,
    complaint: String,
}

impl Ended {
    fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {}", self.out))
    }

    /// The first line whose first word, or first two, are these.
    fn line(&self, start: &str) -> &str {
        let mut lines = self.out.lines();
        lines
            .find(|line| line.trim_start().starts_with(start))
            .unwrap_or_else(|| panic!("{start}: {}", self.out))
    }
}

fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mailproof"));
    command.env_remove("CLICOLOR_FORCE").env_remove("COLUMNS").env_remove("NO_COLOR");
    command
}

fn run(arguments: &[&str]) -> Ended {
    run_with(arguments, b"")
}

/// Runs the command with something on its standard input.
fn run_with(arguments: &[&str], input: &[u8]) -> Ended {
    let mut child = command()
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    // A command that does not read its input is no failure of the test.
    let writer = std::thread::spawn(move || drop(stdin.write_all(&input)));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    Ended {
        code: output.status.code().expect("not ended by a signal"),
        out: String::from_utf8(output.stdout).unwrap(),
        complaint: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A file in tests/data.
fn data(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(path)
}
