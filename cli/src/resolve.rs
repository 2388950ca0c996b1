//! Where a command gets its DNS from: a zone file, servers that are named, or the system's resolvers.

use crate::input::{Unreadable, read, shown};
use mailproof::Evaluation;
use mailproof::dns::Zone;
use mailproof::resolver::{Blocking, EVALUATION_TIME, Options, Servers, Stub};
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The port of DNS (RFC 1035 §4.2).
const DNS_PORT: u16 = 53;

/// The choice every command offers.
#[derive(clap::Args)]
pub(crate) struct Source {
    /// Take DNS from this file alone: JSON (.json) or an RFC 1035 master file.
    #[arg(long, value_name = "FILE")]
    zone: Option<PathBuf>,
    /// Ask this DNS server in place of the system's; may be given several times, and an IPv6 address with a port is
    /// written `[ADDR]:PORT`.
    #[arg(long = "server", value_name = "ADDR[:PORT]", value_parser = server, conflicts_with = "zone")]
    servers: Vec<SocketAddr>,
    /// What all questions to DNS together may take; 20, if not given.
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    timeout: Option<Duration>,
}

impl Source {
    /// Runs an evaluation to its end.
    pub(crate) fn run<E: Evaluation>(&self, evaluation: E) -> Result<E::Output, Unreadable> {
        if let Some(path) = &self.zone {
            return Ok(evaluation.run_blocking(&load(path)?));
        }
        let servers = match self.servers.as_slice() {
            [] => Servers::System,
            servers => Servers::Given(servers.to_vec()),
        };
        let options = Options { servers, ..Options::default() };
        let stub = Stub::new(options).map_err(|error| Unreadable::Dns(error.to_string()))?;
        let resolver = Blocking::new(stub).map_err(|error| Unreadable::Dns(error.to_string()))?;
        let time = self.timeout.unwrap_or(EVALUATION_TIME);
        Ok(evaluation.run_blocking(&resolver.within(time)))
    }
}

fn server(text: &str) -> Result<SocketAddr, String> {
    if let Ok(address) = text.parse::<IpAddr>() {
        return Ok(SocketAddr::new(address, DNS_PORT));
    }
    text.parse().map_err(|_| "an IP address is needed, with or without a port".to_owned())
}

fn seconds(text: &str) -> Result<Duration, String> {
    let time = text.parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    time.filter(|time| !time.is_zero()).ok_or_else(|| "a number of seconds above 0 is needed".to_owned())
}

fn load(path: &Path) -> Result<Zone, Unreadable> {
    let octets = read(path)?;
    let malformed = |why: String| Unreadable::Zone { path: shown(path), why };
    let text = String::from_utf8(octets).map_err(|error| malformed(not_utf8(&error)))?;
    if path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json")) {
        Zone::from_json(&text).map_err(|error| malformed(error.to_string()))
    } else {
        Zone::from_master_file(&text, None).map_err(|error| malformed(error.to_string()))
    }
}

fn not_utf8(error: &std::string::FromUtf8Error) -> String {
    let good = error.utf8_error().valid_up_to();
    let before = error.as_bytes().get(..good).unwrap_or_default();
    let line = before.split(|octet| *octet == b'\n').count();
    format!("line {line}: not UTF-8")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_servers_and_times() {
        let shown = |text| server(text).map(|address| address.to_string());
        assert_eq!(shown("192.0.2.53").unwrap(), "192.0.2.53:53");
        assert_eq!(shown("192.0.2.53:5353").unwrap(), "192.0.2.53:5353");
        assert_eq!(shown("2001:db8::53").unwrap(), "[2001:db8::53]:53");
        assert_eq!(shown("[2001:db8::53]:54").unwrap(), "[2001:db8::53]:54");
        assert!(server("dns.example").is_err() && server("192.0.2.53:").is_err() && server("").is_err());

        assert_eq!(seconds("1.5"), Ok(Duration::from_millis(1500)));
        for wrong in ["0", "-1", "NaN", "inf", "1e99", "", "1s"] {
            assert!(seconds(wrong).is_err(), "{wrong}");
        }
    }
}
