//! DNS over TLS and over HTTPS, asked of a real Unbound with a certificate made for the test.

use super::real_server::{RealServer, free_port, is_installed, new_folder};
use mailproof::dns::{Answer, Failure, Kind, Outcome, Question, Transport, blocking::Resolver};
use mailproof::resolver::{Blocking, Certificates, NoServers, Options, Servers, Stub};
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// A key and a certificate for `dns.example` and 127.0.0.1, in a folder that goes when it is dropped.
struct Certificate(PathBuf);

impl Certificate {
    fn new() -> Option<Self> {
        if !is_installed("openssl") {
            assert!(std::env::var_os("MAILPROOF_REQUIRE_REAL").is_none(), "openssl is not installed");
            println!("skipped: openssl is not installed");
            return None;
        }
        let certificate = Self(new_folder());
        certificate.openssl(&[
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-nodes",
            "-keyout",
            "key.pem",
            "-out",
            "certificate.pem",
            "-days",
            "2",
            "-subj",
            "/CN=dns.example",
            "-addext",
            "basicConstraints=critical,CA:FALSE",
            "-addext",
            "subjectAltName=DNS:dns.example,IP:127.0.0.1",
        ]);
        certificate.openssl(&[
            "x509",
            "-in",
            "certificate.pem",
            "-outform",
            "DER",
            "-out",
            "certificate.der",
        ]);
        Some(certificate)
    }

    fn openssl(&self, arguments: &[&str]) {
        let mut command = Command::new("openssl");
        let status = command.args(arguments).current_dir(&self.0).stderr(Stdio::null()).status().unwrap();
        assert!(status.success(), "openssl {arguments:?}");
    }

    fn der(&self) -> Vec<u8> {
        std::fs::read(self.0.join("certificate.der")).unwrap()
    }
}

impl Drop for Certificate {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A server of all transports, and the ports of DNS over TLS and HTTPS.
fn server(certificate: &Certificate) -> Option<(RealServer, u16, u16)> {
    let (tls, https) = (free_port(), free_port());
    let here = certificate.0.display();
    let long: String = (0..20).map(|number| format!(" \"{number:03}{}\"", "x".repeat(247))).collect();
    let server = RealServer::unbound(
        &format!(
            " interface: 127.0.0.1@{tls}\n interface: 127.0.0.1@{https}\n tls-port: {tls}\n https-port: {https}\n \
             tls-service-key: \"{here}/key.pem\"\n tls-service-pem: \"{here}/certificate.pem\"\n \
             local-zone: \"example.\" static\n local-data: 'example. A 192.0.2.1'\n \
             local-data: 'example. TXT \"v=spf1 -all\"'\n local-data: 'long.example. TXT{long}'\n \
             local-zone: \"refused.\" refuse\n"
        ),
        "example",
    )?;
    Some((server, tls, https))
}

fn options(server: &str, certificates: Certificates) -> Options {
    let servers = Servers::Given(vec![server.parse().unwrap()]);
    Options { attempts: 1, servers, certificates, ..Options::default() }
}

fn ask(options: &Options, name: &str) -> Answer {
    let resolver = Blocking::new(Stub::new(options.clone()).unwrap()).unwrap();
    resolver.resolve(&Question::new(name.parse().unwrap(), Kind::Txt))
}

#[test]
fn questions_are_asked_over_tls_and_https() {
    let Some(certificate) = Certificate::new() else { return };
    let Some((_server, tls, https)) = server(&certificate) else { return };
    let trusted = || Certificates::Given(vec![certificate.der()]);
    for (text, transport) in [
        (format!("tls://127.0.0.1:{tls}#dns.example"), Transport::Tls),
        (format!("tls://127.0.0.1:{tls}"), Transport::Tls),
        (format!("https://127.0.0.1:{https}/dns-query#dns.example"), Transport::Https),
        (format!("https://127.0.0.1:{https}"), Transport::Https),
    ] {
        let options = Options { mixed_case: true, ..options(&text, trusted()) };
        let answer = ask(&options, "example");
        assert_eq!(
            answer.txt().first().map(|txt| txt.octets()),
            Some(&b"v=spf1 -all"[..]),
            "{text}: {answer:?}"
        );
        let exchange = answer.details().exchange.as_ref().unwrap();
        assert_eq!(
            (exchange.transport, exchange.truncated, exchange.attempts),
            (transport, false, 1),
            "{text}"
        );
        assert_eq!(ask(&options, "long.example").txt()[0].octets().len(), 5000, "{text}");
        assert_eq!(*ask(&options, "nobody.example").outcome(), Outcome::NxDomain, "{text}");
        assert_eq!(*ask(&options, "x.refused").outcome(), Outcome::Failed(Failure::Refused), "{text}");
    }
    let lost =
        ask(&options(&format!("https://127.0.0.1:{https}/elsewhere#dns.example"), trusted()), "example");
    assert_eq!(*lost.outcome(), Outcome::Failed(Failure::Malformed));
}

#[test]
fn a_server_that_cannot_prove_its_name_is_not_asked() {
    let Some(certificate) = Certificate::new() else { return };
    let Some((server, tls, https)) = server(&certificate) else { return };
    let stranger = Certificate::new().unwrap();
    let (right, wrong) = (certificate.der(), stranger.der());
    for (text, der) in [
        (format!("tls://127.0.0.1:{tls}#other.example"), &right),
        (format!("https://127.0.0.1:{https}#other.example"), &right),
        (format!("tls://127.0.0.1:{tls}#dns.example"), &wrong),
        (format!("https://127.0.0.1:{https}#dns.example"), &wrong),
        // Nobody speaks TLS there.
        (format!("tls://{}#dns.example", server.address), &right),
        (format!("tls://127.0.0.1:{}#dns.example", free_port()), &right),
    ] {
        let answer = ask(&options(&text, Certificates::Given(vec![der.clone()])), "example");
        let failed = [Failure::Unreachable, Failure::Timeout].map(Outcome::Failed);
        assert!(failed.contains(answer.outcome()), "{text}: {answer:?}");
    }
}

#[test]
fn without_anybody_to_trust_there_is_no_resolver() {
    for given in [Vec::new(), vec![b"no certificate".to_vec()]] {
        let error = Stub::new(options("tls://127.0.0.1", Certificates::Given(given))).unwrap_err();
        assert!(matches!(error, NoServers::Certificates(_)), "{error}");
    }
    // Where no server needs them, nobody asks for them.
    assert!(Stub::new(options("127.0.0.1", Certificates::Given(Vec::new()))).is_ok());
}
