//! What is signed here verifies elsewhere: mail-auth in this process, dkimpy and Mail::DKIM as child processes.
//!
//! Where the others are not installed the test says so and leaves them out, unless MAILPROOF_REQUIRE_REAL is set.

use crate::dkim_sign::{MAIL, dual, options, outcomes, published, signed};
use crate::peer::Peer;
use mailproof::SigningKey;
use mailproof::dkim::{Canonicalization, Signer, SigningOptions};
use std::path::{Path, PathBuf};
use std::process::Command;

const DKIMPY: &str = r#"
import sys, json, dkim
keys = json.load(open(sys.argv[1]))
def txt(name, timeout=5):
    return keys.get(name.decode().rstrip('.'), '').encode()
for path in sys.argv[2:]:
    message = dkim.DKIM(open(path, 'rb').read())
    said = []
    for index in range(2):
        try:
            said.append('pass' if message.verify(idx=index, dnsfunc=txt) else 'fail')
        except Exception as error:
            said.append(repr(error))
    print(' '.join(said))
"#;

/// Mail::DKIM learns Ed25519 in version 1.20240619 and passes over it before.
const MAIL_DKIM: &str = r#"
use strict; use warnings;
use JSON::PP; use Mail::DKIM::DNS; use Mail::DKIM::Verifier;
package Answer; sub new { my ($class, $text) = @_; bless { text => $text }, $class } sub type { 'TXT' }
sub char_str_list { $_[0]{text} } sub txtdata { $_[0]{text} }
package main;
local $/;
open my $file, '<', shift @ARGV or die; my $keys = decode_json(<$file>);
{ no warnings 'redefine';
  *Mail::DKIM::DNS::query = sub { my $text = $keys->{$_[0]}; defined $text ? (Answer->new($text)) : () };
  *Mail::DKIM::DNS::query_async = sub { my ($name, $type, %calls) = @_; my @found = Mail::DKIM::DNS::query($name, $type);
    my $done = $calls{Callbacks}{Success}; sub { $done ? $done->(@found) : @found } };
}
my $knows_ed25519 = eval { require Mail::DKIM::Algorithm::ed25519_sha256; 1 };
for my $path (@ARGV) {
  open my $mail, '<:raw', $path or die;
  my $verifier = Mail::DKIM::Verifier->new; $verifier->PRINT(<$mail>); $verifier->CLOSE;
  my @said = map { $_->result } grep { $knows_ed25519 || $_->algorithm =~ /^rsa/ } $verifier->signatures;
  push @said, 'pass' unless $knows_ed25519;
  print join(' ', @said), "\n";
}
"#;

/// Marks the message whose body ends with lines of white space. RFC 6376 §3.4.4 removes white space before it ignores
/// empty lines; mail-auth keeps such lines.
const BLANK_END: &str = "Subject: blank end\r\n";

/// Messages of all kinds, each for all the choices of [`manners`].
fn messages() -> Vec<Vec<u8>> {
    let mail =
        |header: &str, body: &str| format!("From: Joe <joe@example.com>\r\n{header}\r\n{body}").into_bytes();
    let received =
        "Received: from a.example\r\n\tby b.example;\r\n\tFri, 11 Jul 2003 21:00:38 -0700\r\n".repeat(40);
    let mime = "MIME-Version: 1.0\r\nContent-Type: multipart/mixed;\r\n\tboundary=\"b\"\r\n";
    vec![
        MAIL.into(),
        mail("To: a@example.net\r\n", ""),
        mail("Subject:\r\n", "\r\n"),
        mail("Subject: no line end", "\r\none\r\ntwo"),
        mail("Subject: trailing\r\n", "one \t \r\n\t two\t\t three\r\n\r\n\r\n"),
        mail(BLANK_END, "one\r\n \t\r\n\r\n \r\n"),
        mail(&format!("Subject: {}\r\n", "long ".repeat(180)), "body\r\n"),
        mail(
            "Subject: \tmany\r\n\t \tfolds \r\n   of\twhite space  \r\nTo:a@example.net,\r\n b@example.net\r\n",
            " x\r\n",
        ),
        mail(&received, "body\r\n"),
        mail(mime, "--b\r\nContent-Type: text/plain\r\n\r\none\r\n--b--\r\n"),
        [
            &mail("Subject: gr\u{fc}n\r\nContent-Transfer-Encoding: 8bit\r\n", "gr\u{fc}n\r\n")[..],
            b"\xff\xfe\x80\r\n",
        ]
        .concat(),
        mail(
            "List-Unsubscribe: <mailto:u@example.com>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n",
            "x\r\n",
        ),
        mail(
            "To: a@example.net\r\nTo: b@example.net\r\nCc: c@example.net\r\nCc: d@example.net\r\n",
            &"line\r\n".repeat(3000),
        ),
    ]
}

fn manners() -> Vec<SigningOptions> {
    let (relaxed, simple) = (Canonicalization::Relaxed, Canonicalization::Simple);
    let canonical = [(relaxed, relaxed), (simple, simple), (relaxed, simple), (simple, relaxed)];
    let plain = canonical.map(|(header, body)| {
        options(|options| {
            options.header_canonicalization = header;
            options.body_canonicalization = body;
        })
    });
    let full = canonical.map(|(header, body)| {
        options(|options| {
            options.header_canonicalization = header;
            options.body_canonicalization = body;
            options.copy_header = true;
            // The others compare with their own clock.
            options.timestamp = false;
            options.expires_after = Some(1 << 32);
            options.identity = Some("joe+x=y@mail.example.com".into());
            options.request_reports = true;
        })
    });
    [&plain[..], &full[..]].concat()
}

fn mails() -> Vec<Vec<u8>> {
    let manners = manners();
    messages()
        .iter()
        .flat_map(|raw| manners.iter().map(|manner| signed(&dual(manner.clone()), raw)))
        .collect()
}

fn present(what: &str, mut probe: Command) -> bool {
    if probe.output().is_ok_and(|output| output.status.success()) {
        return true;
    }
    assert!(std::env::var_os("MAILPROOF_REQUIRE_REAL").is_none(), "{what} is not installed");
    println!("skipped: {what} is not installed");
    false
}

/// Runs a script on all messages and asserts that it finds each signature good.
fn assert_all_verify(label: &str, program: &Path, arguments: &[&str], mails: &[Vec<u8>]) {
    let folder = std::env::temp_dir().join(format!("mailproof-{label}-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let keys = folder.join("keys.json");
    let records: serde_json::Map<_, _> =
        published().into_iter().map(|(name, record)| (name, record.into())).collect();
    std::fs::write(&keys, serde_json::to_string(&records).unwrap()).unwrap();
    let mut command = Command::new(program);
    command.args(arguments).arg(&keys);
    for (index, mail) in mails.iter().enumerate() {
        let path = folder.join(format!("{index}.eml"));
        std::fs::write(&path, mail).unwrap();
        command.arg(path);
    }
    let output = command.output().unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{label}: {}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(said.lines().count(), mails.len(), "{label}");
    for (line, mail) in said.lines().zip(mails) {
        assert_eq!(line, "pass pass", "{label}\n{}", mail.escape_ascii());
    }
}

#[test]
fn verifies_here_and_in_mail_auth() {
    let peer = published().iter().fold(Peer::new(), |peer, (name, record)| peer.with(name, record));
    let mails = mails();
    assert!(mails.len() >= 50);
    for mail in &mails {
        assert_eq!(outcomes(mail), ["pass", "pass"], "{}", mail.escape_ascii());
        let is_misread = mail.windows(BLANK_END.len()).any(|part| part == BLANK_END.as_bytes());
        assert!(is_misread || peer.verifies(mail), "{}", mail.escape_ascii());
    }
}

/// RFC 8463 appendix A.2 prints the private key, A.3 the record, A.4 the message.
#[test]
fn the_key_of_rfc_8463_signs_what_mail_auth_verifies() {
    let key = SigningKey::read(b"nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=").unwrap();
    let record = "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";
    assert_eq!(key.record(), record);
    let peer = Peer::new().with("brisbane._domainkey.football.example.com", record);
    let raw = include_str!("../data/dkim/rfc8463.eml").replace("\r\n", "\n").replace('\n', "\r\n");
    let plain = &raw[raw.find("\r\nFrom:").unwrap() + 2..];
    for mut choices in manners() {
        choices.identity = None;
        let signer = Signer::new("football.example.com", [("brisbane", key.clone())], choices).unwrap();
        let mail = signed(&signer, plain.as_bytes());
        assert!(peer.verifies(&mail), "{}", mail.escape_ascii());
        let changed = [&mail[..], b"PS\r\n"].concat();
        assert!(!peer.verifies(&changed));
    }
}

#[test]
fn verifies_in_dkimpy() {
    let python = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("target/venv/bin/python");
    let mut probe = Command::new(&python);
    probe.args(["-c", "import dkim, nacl"]);
    if present("dkimpy", probe) {
        assert_all_verify("dkimpy", &python, &["-c", DKIMPY], &mails());
    }
}

#[test]
fn verifies_in_mail_dkim() {
    let mut probe = Command::new("perl");
    probe.args(["-MMail::DKIM", "-MJSON::PP", "-e", "1"]);
    if present("Mail::DKIM", probe) {
        // It adds no CRLF where the simple body has none at its end (RFC 6376 §3.4.3); mail over SMTP always has.
        let as_sent = |mut mail: Vec<u8>| {
            if !mail.ends_with(b"\r\n") {
                mail.extend(b"\r\n");
            }
            mail
        };
        let mails: Vec<_> = mails().into_iter().map(as_sent).collect();
        assert_all_verify("mail-dkim", Path::new("perl"), &["-e", MAIL_DKIM], &mails);
    }
}
