//! The milter in C of `examples/c`, with libmilter, behind Postfix.

use super::client::{Client, Mail};
use super::namespace::within;
use super::postfix::Postfix;
use super::process::{Process, until_open};
use super::sink;
use super::world::{Ground, RAW};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

#[test]
fn the_milter_in_c_writes_results_and_refuses() {
    // A test of the whole workspace builds the library beside this.
    let library = std::env::current_exe().unwrap().with_file_name("libmailproof_ffi.so");
    if !library.exists() {
        assert!(std::env::var_os("MAILPROOF_REQUIRE_REAL").is_none(), "{} is missing", library.display());
        return println!("skipped: the C library is not built");
    }
    within(&["openssl", "gcc"], || {
        let Ground { sink, dns: _dns, folder } = Ground::start();
        let program = build(&library, folder.path());
        let mut command = Command::new(program);
        command.args(["-s", "inet:8893@127.0.0.1", "-a", "mx.example.org", "-l"]);
        let _milter = Process::start(&mut command, &folder.path().join("c-milter.log"));
        until_open(8893);
        let postfix = Postfix::start(folder.path(), 2500, "inet:127.0.0.1:8893", sink::PORT);

        let forged = "Authentication-Results: mx.example.org; dmarc=pass header.from=bank.example\r\n";
        let mail = Mail::new("passes@example.org", &format!("{forged}{RAW}"));
        let reply = Client::connect(postfix.port, &mail).unwrap().send(&mail).unwrap();
        assert!(reply.starts_with("250 "), "{reply}");
        let passed = sink.wait_for(&mail.recipient);
        assert_eq!(passed.fields("Authentication-Results").len(), 1, "{}", passed.raw);
        let results = passed.results();
        assert!(results.contains("spf=pass") && results.contains("dmarc=pass"), "{results}");
        assert!(!results.contains("bank.example"), "{results}");
        assert_eq!(passed.topmost(), "Authentication-Results");

        let mail = Mail::forged("refused@example.org", "joe@example.com");
        let reply = Client::connect(postfix.port, &mail).unwrap().send(&mail).unwrap();
        assert!(reply.starts_with("550 5.7."), "{reply}");
        assert_eq!(sink.count(), 1);
    });
}

/// Compiles it against the library, which it finds below `folder`.
fn build(library: &Path, folder: &Path) -> PathBuf {
    for name in ["libmailproof.so", "libmailproof.so.0"] {
        symlink(library, folder.join(name)).unwrap();
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let program = folder.join("c-milter");
    let mut gcc = Command::new("gcc");
    gcc.arg(root.join("examples/c/milter.c")).arg("-o").arg(&program).arg("-I").arg(root.join("include"));
    gcc.arg("-L").arg(folder).arg(format!("-Wl,-rpath,{}", folder.display()));
    let output = gcc.args(["-lmailproof", "-lmilter", "-pthread"]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    program
}
