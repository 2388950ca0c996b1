//! The programs of `examples/c`.

use crate::dns_server;
use crate::toolchain::{CXX, Compiler, GCC, c, folder, has, root, succeed};
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::Duration;

fn example(name: &str) -> PathBuf {
    let compiler = Compiler { name: "examples", ..GCC };
    compiler.compile(&root().join("examples/c").join(name), &[])
}

#[test]
fn they_are_c_and_cxx() {
    for name in ["check_file.c", "event_loop.c", "sign_file.c"] {
        if has("g++") {
            Compiler { name: "examples-cxx", ..CXX }.compile(&root().join("examples/c").join(name), &[]);
        }
    }
}

#[test]
fn a_file_is_checked() {
    if !has("gcc") {
        return;
    }
    let mail = root().join("examples/mail");
    let mut check = Command::new(example("check_file.c"));
    check.arg(mail.join("newsletter.eml")).args(["192.0.2.25", "mail.example.com", "kitchen@example.com"]);
    let output = succeed(check.arg(mail.join("newsletter.zone.json")));
    let output = String::from_utf8(output.stdout).unwrap();
    assert!(
        output.contains("DMARC  pass      example.com: aligned: SPF example.com, DKIM example.com"),
        "{output}"
    );
    assert!(output.contains("\nAuthentication-Results: localhost;\r\n"), "{output}");
}

#[test]
fn a_file_is_signed() {
    if !has("gcc") {
        return;
    }
    let here = folder("sign_file");
    // The key of RFC 8032 §7.1, test 1.
    let key = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n-----END PRIVATE KEY-----\n";
    let record = "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";
    fs::write(here.join("key.pem"), key).unwrap();
    fs::write(here.join("plain.eml"), "From: a@example.com\nSubject: x\n\nhello\n").unwrap();
    fs::write(here.join("zone.json"), format!(r#"{{"s._domainkey.example.com": {{"TXT": ["{record}"]}}, "_dmarc.example.com": {{"TXT": ["v=DMARC1; p=reject"]}}}}"#)).unwrap();
    let mut sign = Command::new(example("sign_file.c"));
    let signed =
        succeed(sign.args(["example.com", "s"]).arg(here.join("key.pem")).arg(here.join("plain.eml")));
    fs::write(here.join("signed.eml"), signed.stdout).unwrap();
    let mut check = Command::new(example("check_file.c"));
    check.arg(here.join("signed.eml")).args(["192.0.2.25", "mail.example.com", ""]);
    let output = String::from_utf8(succeed(check.arg(here.join("zone.json"))).stdout).unwrap();
    assert!(output.contains("DMARC  pass      example.com: aligned: DKIM example.com"), "{output}");
}

#[test]
fn an_event_loop_and_the_built_in_resolver_ask_a_server() {
    if !has("gcc") {
        return;
    }
    let server = dns_server::start(dns_server::WORLD).to_string();
    let mut event_loop = Command::new(example("event_loop.c"));
    event_loop.arg(&server).args(["192.0.2.25", "mail.example.com"]);
    let output = succeed(event_loop.args([
        "a@example.com",
        "b@mail.example.com",
        "c@nowhere.example",
        "",
        "d@example.com",
    ]));
    let mut lines: Vec<_> = std::str::from_utf8(&output.stdout).unwrap().lines().collect();
    lines.sort_unstable();
    assert_eq!(
        lines,
        [
            "none      c@nowhere.example: nowhere.example: the domain does not exist (NXDOMAIN)",
            "pass      : ip4:192.0.2.25 of mail.example.com matches 192.0.2.25",
            "pass      a@example.com: a:out.example.com of example.com matches 192.0.2.25",
            "pass      b@mail.example.com: ip4:192.0.2.25 of mail.example.com matches 192.0.2.25",
            "pass      d@example.com: a:out.example.com of example.com matches 192.0.2.25",
        ]
    );
    let modes = Compiler { name: "network", ..GCC }.compile(&c("modes.c"), &[]);
    succeed(Command::new(modes).arg(&server));
}

/// The milter's MTA, as far as one message needs it.
struct Mta(TcpStream);

impl Mta {
    fn send(&mut self, command: u8, data: &[u8]) {
        let length = u32::try_from(data.len() + 1).unwrap();
        self.0.write_all(&[&length.to_be_bytes()[..], &[command], data].concat()).unwrap();
    }

    fn receive(&mut self) -> (u8, Vec<u8>) {
        let mut length = [0; 4];
        self.0.read_exact(&mut length).unwrap();
        let mut packet = vec![0; u32::from_be_bytes(length) as usize];
        self.0.read_exact(&mut packet).unwrap();
        (packet[0], packet[1..].to_vec())
    }

    fn step(&mut self, command: u8, data: &[u8]) {
        self.send(command, data);
        assert_eq!(self.receive().0, b'c', "{}", char::from(command));
    }

    /// Tells a message; gives the replies to its end.
    fn tell(&mut self, ip: &str, message: &str) -> Vec<(u8, Vec<u8>)> {
        // Every action; every step that can be left out, a leading space, and SMFIS_SKIP.
        self.send(b'O', &[0, 0, 0, 6, 0, 0, 1, 255, 0, 31, 255, 255]);
        let (command, options) = self.receive();
        assert_eq!((command, &options[..4]), (b'O', &[0, 0, 0, 6][..]));
        self.step(b'C', format!("client\04\0\x19{ip}\0").as_bytes());
        self.step(b'H', b"mail.example.com\0");
        self.step(b'M', b"<kitchen@example.com>\0");
        let (header, body) = message.split_once("\r\n\r\n").unwrap();
        for field in header.split("\r\n") {
            let (name, value) = field.split_once(':').unwrap();
            self.step(b'L', format!("{name}\0{value}\0").as_bytes());
        }
        self.step(b'N', b"");
        self.send(b'B', body.as_bytes());
        assert!(matches!(self.receive().0, b'c' | b's'));
        self.send(b'E', b"");
        let mut replies = Vec::new();
        loop {
            let reply = self.receive();
            let is_last = matches!(reply.0, b'c' | b'a' | b'r' | b't' | b'y');
            replies.push(reply);
            if is_last {
                return replies;
            }
        }
    }
}

struct Milter(Child, u16);

impl Milter {
    fn start(program: &Path) -> Self {
        let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let dns = dns_server::start(dns_server::WORLD).to_string();
        let mut milter = Command::new(program);
        milter.arg("-s").arg(format!("inet:{free}@127.0.0.1")).args(["-a", "mx.example.org", "-d", &dns]);
        Self(milter.spawn().unwrap(), free)
    }

    fn mta(&self) -> Mta {
        for _ in 0..200 {
            if let Ok(stream) = TcpStream::connect(("127.0.0.1", self.1)) {
                stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
                return Mta(stream);
            }
            std::thread::sleep(Duration::from_millis(25));
        }
        panic!("the milter does not listen");
    }
}

impl Drop for Milter {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The milter takes forged fields away, adds its own, and rejects what the author's domain wants rejected.
#[test]
fn the_milter_edits_and_rejects() {
    if !has("gcc") || !Path::new("/usr/include/libmilter/mfapi.h").exists() {
        assert!(std::env::var_os("MAILPROOF_REQUIRE_REAL").is_none(), "libmilter-dev is missing");
        return;
    }
    let source = root().join("examples/c/milter.c");
    assert!(fs::read_to_string(&source).unwrap().lines().count() < 400);
    let milter = Milter::start(&Compiler { name: "examples", ..GCC }.compile(&source, &["-lmilter"]));

    let forged = "Authentication-Results: MX.example.org; dmarc=pass\r\nFrom: kitchen@example.com\r\nSubject: x\r\n\r\nhi\r\n";
    let replies = milter.mta().tell("192.0.2.25", forged);
    let texts: Vec<_> = replies
        .iter()
        .map(|(command, data)| (char::from(*command), String::from_utf8_lossy(data).into_owned()))
        .collect();
    assert_eq!(texts[0], ('m', "\0\0\0\u{1}Authentication-Results\0\0".to_owned()));
    assert_eq!(texts[1].0, 'i');
    assert!(texts[1].1.starts_with("\0\0\0\0Authentication-Results\0 mx.example.org;\n"), "{texts:?}");
    assert!(texts[1].1.contains("dmarc=pass"), "{texts:?}");
    assert_eq!(texts[2].0, 'c');

    let replies = milter.mta().tell("198.51.100.1", "From: kitchen@example.com\r\nSubject: x\r\n\r\nhi\r\n");
    let (command, reply) = replies.last().unwrap();
    assert_eq!(*command, b'y', "{replies:?}");
    let reply = String::from_utf8_lossy(reply);
    assert!(reply.starts_with("550 5.7.26 refused by the DMARC policy of example.com"), "{reply}");
}
