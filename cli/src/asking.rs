//! How DNS servers are asked.

use crate::input::Unreadable;
use mailproof::dns::CacheSettings;
use mailproof::resolver::{
    Blocking, Cached, EVALUATION_TIME, MalformedSourcePorts, Options, Server, Servers, SourcePorts, Stub,
};
use std::time::Duration;

/// Whom to ask, and how.
#[derive(clap::Args)]
#[command(next_help_heading = "DNS")]
pub(crate) struct Asking {
    /// Ask this server in place of the system's; may be given several times, in order: ADDR, ADDR:PORT, `[ADDR]:PORT`,
    /// tcp://ADDR, tls://ADDR#NAME or https://ADDR/PATH#NAME.
    #[arg(long = "server", value_name = "SERVER")]
    pub(crate) servers: Vec<Server>,
    /// What all questions together may take; 20, if not given.
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    timeout: Option<Duration>,
    /// What one server may take, each time it is asked; 3, if not given.
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    query_timeout: Option<Duration>,
    /// How often a silent server is asked in all; 2, if not given.
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..=10))]
    attempts: Option<u32>,
    /// Octets of a reply over UDP at most, told to servers by EDNS; 1232, if not given.
    #[arg(long, value_name = "OCTETS", value_parser = clap::value_parser!(u16).range(512..))]
    edns: Option<u16>,
    /// Ask in random case, which the reply must repeat: harder to forge.
    #[arg(long = "0x20")]
    mixed_case: bool,
    /// Send over UDP from these ports alone; 1024-65535, if not given.
    #[arg(long, value_name = "LO-HI", value_parser = source_ports)]
    source_ports: Option<SourcePorts>,
    /// Believe the AD bit: only where the servers validate and nobody can tamper with the path to them.
    #[arg(long)]
    pub(crate) trust_ad: bool,
    /// Take SERVFAIL for the answer; do not ask the next server.
    #[arg(long)]
    servfail_is_final: bool,
}

impl Asking {
    /// What all questions together may take.
    pub(crate) fn time(&self) -> Duration {
        self.timeout.unwrap_or(EVALUATION_TIME)
    }

    /// A resolver behind a cache that lives as long as the command.
    pub(crate) fn resolver(&self) -> Result<Blocking<Cached<Stub>>, Unreadable> {
        let cached = Cached::seeded(self.stub()?, CacheSettings::default())
            .map_err(|error| Unreadable::Dns(error.to_string()))?;
        Blocking::new(cached).map_err(|error| Unreadable::Dns(error.to_string()))
    }

    /// A resolver that asks one server alone and keeps nothing.
    pub(crate) fn alone(&self, server: &Server) -> Result<Blocking<Stub>, Unreadable> {
        let stub = self.stub_of(Servers::Given(vec![server.clone()]))?;
        Blocking::new(stub).map_err(|error| Unreadable::Dns(error.to_string()))
    }

    /// A resolver that keeps nothing.
    pub(crate) fn stub(&self) -> Result<Stub, Unreadable> {
        self.stub_of(match self.servers.as_slice() {
            [] => Servers::System,
            servers => Servers::Given(servers.to_vec()),
        })
    }

    fn stub_of(&self, servers: Servers) -> Result<Stub, Unreadable> {
        let default = Options::default();
        let options = Options {
            attempts: self.attempts.unwrap_or(default.attempts),
            mixed_case: self.mixed_case,
            pass_over_servfail: !self.servfail_is_final,
            servers,
            source_ports: self.source_ports.unwrap_or(default.source_ports),
            timeout: self.query_timeout.unwrap_or(default.timeout),
            trust_ad: self.trust_ad,
            udp_payload: self.edns.unwrap_or(default.udp_payload),
            ..default
        };
        Stub::new(options).map_err(|error| Unreadable::Dns(error.to_string()))
    }
}

fn seconds(text: &str) -> Result<Duration, String> {
    let time = text.parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    time.filter(|time| !time.is_zero()).ok_or_else(|| "a number of seconds above 0 is needed".to_owned())
}

fn source_ports(text: &str) -> Result<SourcePorts, MalformedSourcePorts> {
    text.parse()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_times() {
        assert_eq!(seconds("1.5"), Ok(Duration::from_millis(1500)));
        for wrong in ["0", "-1", "NaN", "inf", "1e99", "", "1s"] {
            assert!(seconds(wrong).is_err(), "{wrong}");
        }
    }
}
