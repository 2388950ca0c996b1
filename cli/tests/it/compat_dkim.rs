//! `compat dkimverify` and `compat opendkim-testkey`, side by side with their originals.

use super::compat::{compat, installed, server, told, without_notes};
use super::real_server::RealServer;
use super::run;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

struct Keys {
    folder: tempfile::TempDir,
    /// The public half of the key that is published, in base64.
    published: String,
}

impl Keys {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut published = String::new();
        for name in ["other.pem", "good.pem"] {
            let path = folder.path().join(name);
            let words =
                ["dkim", "keygen", "--domain", "compat.example", "--selector", "good", "--json", "--out"];
            let made = run(&[&words[..], &[path.to_str().unwrap()]].concat());
            assert_eq!(made.code, 0, "{}", made.complaint);
            let record = made.json()["record"].as_str().unwrap().to_owned();
            published = record.rsplit("p=").next().unwrap().to_owned();
        }
        Self { folder, published }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

/// Selectors of which opendkim-testkey says something else: it calls a key OK that is no base64, and has no word for a
/// failure of DNS.
const TESTKEY_DIFFERS: [(&str, &str); 2] =
    [("junk", "opendkim-testkey: key syntax error: p= is not base64"), ("sf", "' query failed")];

#[test]
fn opendkim_testkey_says_what_opendkim_s_says() {
    let programs = ["opendkim-testkey", "/usr/sbin/opendkim-testkey"];
    let Some(original) = installed(&programs, "-h") else { return };
    let keys = Keys::new();
    let Some(server) = server(&keys.published) else { return };
    let configuration = keys.path("conf");
    std::fs::write(&configuration, format!("Nameservers 127.0.0.1@{}\n", server.address.port())).unwrap();
    let (good, other) = (keys.path("good.pem"), keys.path("other.pem"));
    let (good, other) = (good.to_str().unwrap(), other.to_str().unwrap());
    let configuration = configuration.to_str().unwrap();
    let domain = ["-d", "compat.example"];
    let mut questions = vec![
        vec!["-d", "compat.example", "-s", "good", "-k", other],
        vec!["-d", "compat.example", "-s", "good", "-k", other, "-vvv"],
        vec!["-d", "compat.example", "-s", "good", "-k", "/nofile"],
        vec!["-dcompat.example", "-sgood", "-v", "-v"],
        vec!["-d", "compat.example", "-s", "good", "more"],
        domain.to_vec(),
        vec!["-s", "good"],
        vec![],
        vec!["-q"],
    ];
    let selectors = [
        "good", "test", "revoked", "junk", "notkey", "nodata", "vers", "ktype", "multi", "hsha1", "svc",
        "sf", "gone",
    ];
    for selector in selectors {
        questions.push([&domain[..], &["-s", selector]].concat());
        questions.push([&domain[..], &["-s", selector, "-k", good, "-vvv"]].concat());
    }
    for words in questions {
        let theirs = Command::new(original).args(["-x", configuration]).args(&words).output().unwrap();
        let (out, complaint, code) = told(&theirs);
        let ours = compat(&server, &[&["opendkim-testkey", "-x", configuration], &words[..]].concat(), b"");
        let selector = words.iter().position(|word| *word == "-s").map(|place| words[place + 1]);
        if let Some((_, text)) = TESTKEY_DIFFERS.iter().find(|(differs, _)| Some(*differs) == selector) {
            assert_eq!(ours.code, 69, "{words:?}");
            assert!(ours.complaint.contains(text), "{words:?}: {}", ours.complaint);
            assert_eq!(ours.out, "", "{words:?}");
            assert_ne!(ours.complaint, complaint, "{words:?}");
            continue;
        }
        assert_eq!(ours.out, out, "{words:?}");
        // It calls itself by the path it was called by where getopt complains.
        let complaint = complaint.replace(&format!("{original}: invalid"), "opendkim-testkey: invalid");
        assert_eq!((without_notes(&ours.complaint), ours.code), (complaint, code), "{words:?}");
    }
}

/// dkimverify asks the system's resolvers; this is the same with a server of its own.
const DKIMVERIFY: &str = "
import sys, dns.resolver
resolver = dns.resolver.Resolver(configure=False)
resolver.nameservers, resolver.port = ['127.0.0.1'], int(sys.argv.pop(1))
dns.resolver.default_resolver = resolver
from dkim.dkimverify import main
main()
";

/// A Python that has dkimpy and dnspython.
fn python() -> Option<PathBuf> {
    let venv = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/venv/bin/python");
    let has_both = |python: &Path| {
        let test = Command::new(python).args(["-c", "import dkim.dkimverify, dns.resolver"]).output();
        test.is_ok_and(|output| output.status.success())
    };
    let found =
        [venv, "/usr/bin/python3".into(), "python3".into()].into_iter().find(|python| has_both(python));
    if found.is_none() {
        assert!(std::env::var_os("MAILPROOF_REQUIRE_REAL").is_none(), "dkimpy is not installed");
        println!("skipped: dkimpy is not installed");
    }
    found
}

fn dkimverify(python: &Path, server: &RealServer, words: &[&str], message: &[u8]) -> (String, String, i32) {
    let mut child = Command::new(python)
        .args(["-c", DKIMVERIFY, &server.address.port().to_string()])
        .args(words)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let _ = child.stdin.take().unwrap().write_all(message);
    told(&child.wait_with_output().unwrap())
}

#[test]
fn dkimverify_says_what_dkimpy_s_says() {
    let Some(python) = python() else { return };
    let keys = Keys::new();
    let Some(server) = server(&keys.published) else { return };
    let text = "From: a@compat.example\r\nTo: b@x.example\r\nSubject: hi\r\n\r\nhello\r\n";
    let message = keys.path("message");
    std::fs::write(&message, text).unwrap();
    let signed = |selector: &str| {
        let (message, key) = (message.to_str().unwrap(), keys.path("good.pem"));
        let options = ["--domain", "compat.example", "--selector", selector, "--key", key.to_str().unwrap()];
        run(&[&["dkim", "sign", message][..], &options].concat()).out
    };
    let good = signed("good");
    let cases = [
        (good.clone(), &[][..], "signature ok\n"),
        (good.replace('\r', ""), &[], "signature ok\n"),
        (good.clone(), &["--index", "0"], "signature ok\n"),
        (good.clone(), &["--index=1"], "signature verification failed\n"),
        (good.replace(": hi", ": ho"), &[], "signature verification failed\n"),
        (good.replace("hello", "hullo"), &[], "signature verification failed\n"),
        (text.to_owned(), &[], "signature verification failed\n"),
        (signed("revoked"), &[], "signature verification failed\n"),
        (signed("junk"), &[], "signature verification failed\n"),
        (signed("gone"), &[], "signature verification failed\n"),
        (signed("sf"), &[], "signature verification failed\n"),
        (signed("svc"), &[], "signature verification failed\n"),
        ("\u{0}\u{1}junk".to_owned(), &[], "signature verification failed\n"),
        (good, &["--bogus"], ""),
    ];
    for (message, words, expected) in cases {
        let (out, complaint, code) = dkimverify(&python, &server, words, message.as_bytes());
        let ours = compat(&server, &[&["dkimverify"], words].concat(), message.as_bytes());
        assert_eq!(ours.out, expected, "{message}");
        assert_eq!(ours.code, code, "{message}: {complaint}");
        // Where the original says nothing it has ended in a traceback, or in a complaint about its usage.
        assert!(out == expected || complaint.contains("Traceback"), "{out} {complaint}");
        // Why, is told; and a failure of DNS is told as one.
        assert_eq!(ours.complaint.contains("mailproof: "), expected.contains("failed"), "{}", ours.complaint);
        let is_temporary = message.contains("s=sf;");
        assert_eq!(ours.complaint.contains("ask again later"), is_temporary, "{}", ours.complaint);
    }
}
