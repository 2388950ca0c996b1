//! DNS: Knot, which knows all of it, and Unbound on port 53, which asks Knot.

use super::namespace::bind;
use super::process::{Process, until};
use std::fs;
use std::net::UdpSocket;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

pub(crate) struct Dns {
    _knot: Process,
    _unbound: Process,
}

/// Zones that their server cannot load, and answers SERVFAIL for.
const BROKEN: [&str; 2] = ["broken.example.com", "broken._domainkey.example.com"];

/// All the rest of DNS.
const ROOT: &str = r#"$ORIGIN .
$TTL 300
. SOA ns. hostmaster. 1 3600 600 86400 60
. NS ns.
ns. A 127.0.0.1
example.com. TXT "v=spf1 ip4:192.0.2.0/24 -all"
example.com. MX 10 mail.example.com.
_dmarc.example.com. TXT "v=DMARC1; p=reject"
spf.example.com. TXT "v=spf1 include:broken.example.com -all"
spf.example.com. MX 10 mail.example.com.
mail.example.com. A 192.0.2.25
25.2.0.192.in-addr.arpa. PTR mail.example.com.
nothing.example. TXT "v=spf1 -all"
nothing.example. MX 10 mail.example.com.
_dmarc.nothing.example. TXT "v=DMARC1; p=none"
quarantine.example. TXT "v=spf1 -all"
quarantine.example. MX 10 mail.example.com.
_dmarc.quarantine.example. TXT "v=DMARC1; p=quarantine"
"#;

impl Dns {
    /// Starts both, with these records more, and has the system ask them.
    pub(crate) fn start(folder: &Path, records: &[(String, String)]) -> Self {
        let here = folder.display();
        let texts = records.iter().map(|(name, text)| format!("{name}. TXT {}\n", quoted(text)));
        fs::write(folder.join("root.zone"), format!("{ROOT}{}", texts.collect::<String>())).unwrap();
        let knot = format!(
            "server:\n  rundir: {here}\n  listen: 127.0.0.1@5300\ndatabase:\n  storage: {here}\nlog:\n - target: {here}/knot.log\n   \
             any: warning\ntemplate:\n - id: default\n   zonefile-sync: -1\n   journal-content: none\nzone:\n - domain: .\n   \
             file: {here}/root.zone\n{}",
            BROKEN.map(|zone| format!(" - domain: {zone}.\n   file: {here}/missing.zone\n")).concat()
        );
        let unbound = format!(
            "server:\n interface: 127.0.0.1\n username: \"\"\n chroot: \"\"\n directory: \"{here}\"\n pidfile: \"{here}/unbound.pid\"\n \
             do-daemonize: no\n use-syslog: no\n num-threads: 1\n do-not-query-localhost: no\n module-config: \"iterator\"\n \
             local-zone: \"2.0.192.in-addr.arpa.\" nodefault\nstub-zone:\n name: \".\"\n stub-addr: 127.0.0.1@5300\nremote-control:\n \
             control-enable: no\n"
        );
        fs::write(folder.join("knot.conf"), knot).unwrap();
        fs::write(folder.join("unbound.conf"), unbound).unwrap();
        let started = |program: &str, arguments: &[&str]| {
            let file = folder.join(format!("{program}.conf"));
            let mut command = Command::new(format!("/usr/sbin/{program}d").replace("boundd", "bound"));
            Process::start(command.args(arguments).arg(file), &folder.join(format!("{program}.out")))
        };
        let dns = Self { _knot: started("knot", &["-c"]), _unbound: started("unbound", &["-d", "-c"]) };
        fs::write(folder.join("resolv.conf"), "nameserver 127.0.0.1\n").unwrap();
        bind(&folder.join("resolv.conf"), "/etc/resolv.conf");
        until("DNS", answers);
        dns
    }
}

/// A text in strings of at most 255 octets.
fn quoted(text: &str) -> String {
    let strings =
        text.as_bytes().chunks(255).map(|octets| format!("\"{}\"", String::from_utf8_lossy(octets)));
    strings.collect::<Vec<_>>().join(" ")
}

/// Whether `ns A` has an answer.
fn answers() -> Option<()> {
    const QUERY: &[u8] = b"\x12\x34\x01\x00\0\x01\0\0\0\0\0\0\x02ns\0\0\x01\0\x01";
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.connect("127.0.0.1:53").unwrap();
    socket.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
    socket.send(QUERY).ok()?;
    let mut reply = [0; 512];
    let length = socket.recv(&mut reply).ok()?;
    // RCODE 0 and one answer.
    (length > 12 && reply[3] & 0x0f == 0 && reply[7] == 1).then_some(())
}
