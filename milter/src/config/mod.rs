//! The configuration file: TOML, in which nothing unknown may stand.

mod listen;
mod malformed;
mod network;
mod pattern;
mod policy;

pub use listen::{Listen, MalformedListen};
pub use malformed::MalformedConfig;
pub use network::{MalformedNetwork, Network, Networks};
pub use pattern::{AddressPattern, MalformedPattern};
pub use policy::{
    Action, AuthorPolicy, DmarcPolicy, Exemption, Policy, QuarantineMark, SpfPolicy, TroublePolicy,
};

use mailproof::resolver::Server;
use serde::Deserialize;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Everything that can be chosen. `milter/examples/mailproof-milter.toml` explains each choice.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The name under which results are written (RFC 8601 §2.5).
    pub authserv_id: String,
    /// Where MTAs connect.
    pub listen: Vec<Listen>,
    /// Who may connect to Unix sockets: octal digits. The default is `660`.
    #[serde(default)]
    pub socket_mode: SocketMode,
    /// Who the daemon runs as once its sockets are open.
    pub user: Option<String>,
    /// The group, if it is not that of the user.
    pub group: Option<String>,
    /// Threads that serve connections. The default is one for each core, four at most.
    pub threads: Option<usize>,
    /// Whose mail is judged, and whose is signed.
    #[serde(default)]
    pub ingress: Ingress,
    /// Who answers DNS questions.
    #[serde(default)]
    pub dns: Dns,
    /// What is looked for beside SPF, DKIM and DMARC.
    #[serde(default)]
    pub checks: Checks,
    /// What is taken away from mail that is judged.
    #[serde(default)]
    pub strip: StripChoice,
    /// What becomes of mail that is judged.
    #[serde(default)]
    pub policy: Policy,
    /// Mail to which no policy applies.
    #[serde(default)]
    pub exempt: Vec<Exemption>,
    /// How and with which keys mail is signed.
    #[serde(default)]
    pub sign: Sign,
    /// With which key mail is sealed that is judged and goes on to others.
    pub seal: Option<Seal>,
    /// Who signs mail that is judged and goes on to others.
    pub forward: Option<Forward>,
    /// How much anybody may cost.
    #[serde(default)]
    pub limits: Limits,
    /// What is written down.
    #[serde(default)]
    pub log: Log,
    /// Figures for Prometheus.
    #[serde(default)]
    pub metrics: Metrics,
}

/// The permissions of Unix sockets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct SocketMode(pub u32);

/// Whose mail is judged, and whose is signed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Ingress {
    /// Clients whose mail is signed and not judged.
    pub trusted_networks: Networks,
    /// Hosts in front of this one: the client's address is taken from the topmost Received field, which is theirs.
    pub relays: Networks,
    /// Names of daemons of the MTA (`{daemon_name}`) to which only own users have access.
    pub submission_daemons: Vec<String>,
    /// Whether mail of authenticated clients is judged all the same. The default is no: it is signed.
    pub judge_authenticated: bool,
}

/// Who answers DNS questions.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Dns {
    /// Servers to ask; those of the system if there are none.
    #[serde(deserialize_with = "servers")]
    pub servers: Vec<Server>,
    /// A zone in JSON that is all of DNS, for tests and demonstrations.
    pub zone: Option<PathBuf>,
    /// Seconds to wait for one server.
    pub timeout: u64,
    /// Seconds that all questions of one message may take; less than the MTA waits for the end of a message.
    pub message_time: u64,
    /// Whether the AD bit of replies is believed.
    pub trust_ad: bool,
}

/// What is taken away from mail that is judged.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct StripChoice {
    /// Other names under which hosts and filters of ours write results.
    pub own: Vec<String>,
    /// The only foreign names whose results stay.
    pub admit_only: Option<Vec<String>>,
    /// Whether every Authentication-Results goes.
    pub all: bool,
    /// Whether every Received-SPF goes.
    pub received_spf: bool,
}

/// What is looked for beside SPF, DKIM and DMARC.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Checks {
    /// Whether the name of the client is looked for and confirmed (RFC 8601 §3).
    pub iprev: bool,
    /// Whether signatures of others made for the author are looked for (RFC 6541).
    pub atps: bool,
    /// Who is believed, by the domain of its ARC-Seal, when it says that a message passed before it was forwarded.
    #[serde(deserialize_with = "policy::names")]
    pub trusted_sealers: Vec<mailproof::Name>,
}

/// With which key mail is sealed (ARC, RFC 8617) that is judged and goes on to others.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seal {
    /// `d=`.
    pub domain: String,
    /// `s=`.
    pub selector: String,
    /// The private key.
    pub file: PathBuf,
    /// Only mail to one of these is sealed; all mail if nobody is named.
    #[serde(default)]
    pub recipients: Vec<AddressPattern>,
}

/// Who signs mail that is judged, let in, and goes on to others.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Forward {
    /// The domain whose keys sign it: those of [`Sign`] that are for the domain as a whole.
    #[serde(deserialize_with = "policy::name")]
    pub domain: mailproof::Name,
    /// Only mail to one of these is signed; all mail if nobody is named.
    #[serde(default)]
    pub recipients: Vec<AddressPattern>,
}

/// How and with which keys mail is signed.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Sign {
    /// Keys, one for each line of a file: who signs with it, `d=`, `s=`, the key file.
    pub table: Option<PathBuf>,
    /// Keys.
    pub keys: Vec<SignKey>,
    /// Seconds after which a signature expires.
    pub expires_after: Option<u64>,
    /// Whether lone CR and LF are signed as they stand.
    pub accept_lone_line_ends: bool,
    /// What becomes of mail that should be signed and cannot be.
    pub on_error: Action,
    /// Whether key files that others can read are used all the same.
    pub allow_readable_keys: bool,
}

/// A key.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignKey {
    /// Who signs with it; the domain itself if nobody is named.
    #[serde(rename = "for", default)]
    pub senders: Vec<AddressPattern>,
    /// `d=`; `%` is the domain of the author.
    pub domain: String,
    /// `s=`.
    pub selector: String,
    /// The private key; `%` in its path is the domain of the author.
    pub file: PathBuf,
}

/// How much anybody may cost.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Connections at a time; more wait until one ends.
    pub connections: usize,
    /// Octets of a header section; longer ones are refused.
    pub header_octets: usize,
    /// Seconds between two commands.
    pub idle: u64,
    /// Seconds within which a command that began must have come, and what is said must be taken.
    pub command: u64,
}

/// What is written down.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Log {
    /// How.
    pub format: LogFormat,
    /// From which level on; the environment's `RUST_LOG` has precedence.
    pub level: LogLevel,
}

/// How logs are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// One JSON object in each line.
    Json,
    /// Text.
    #[default]
    Text,
}

/// From which level on logs are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogLevel {
    /// What stops mail.
    Error,
    /// And what should be looked at.
    Warn,
    /// And every message.
    #[default]
    Info,
    /// And every connection.
    Debug,
}

/// Figures for Prometheus.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Metrics {
    /// Where `/metrics` and `/healthz` are served; only a loopback address is accepted.
    pub listen: Option<SocketAddr>,
}

impl Default for SocketMode {
    fn default() -> Self {
        Self(0o660)
    }
}

impl TryFrom<String> for SocketMode {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, &'static str> {
        match u32::from_str_radix(&text, 8) {
            Ok(mode) if mode <= 0o777 => Ok(Self(mode)),
            _ => Err("permissions are three octal digits, such as \"660\""),
        }
    }
}

impl Default for Dns {
    fn default() -> Self {
        Self { servers: Vec::new(), zone: None, timeout: 3, message_time: 20, trust_ad: false }
    }
}

impl Default for Checks {
    fn default() -> Self {
        Self { iprev: true, atps: false, trusted_sealers: Vec::new() }
    }
}

impl Default for Sign {
    fn default() -> Self {
        Self {
            table: None,
            keys: Vec::new(),
            expires_after: None,
            accept_lone_line_ends: false,
            on_error: Action::Tempfail,
            allow_readable_keys: false,
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self { connections: 1000, header_octets: 1 << 20, idle: 7200, command: 60 }
    }
}

impl LogLevel {
    /// The word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
        }
    }
}

impl Config {
    /// Reads a configuration.
    ///
    /// # Errors
    /// [`MalformedConfig`], with the line.
    pub fn read(text: &str) -> Result<Self, MalformedConfig> {
        let config: Self = toml::from_str(text).map_err(|error| MalformedConfig::from_toml(text, &error))?;
        config.judge(text)?;
        Ok(config)
    }

    /// Whether something differs that is only looked at in the beginning.
    pub(crate) fn needs_restart(&self, before: &Self) -> bool {
        self.listen != before.listen
            || self.socket_mode != before.socket_mode
            || self.user != before.user
            || self.group != before.group
            || self.threads != before.threads
            || self.metrics.listen != before.metrics.listen
            || self.limits.connections != before.limits.connections
    }

    /// What the form alone does not say.
    fn judge(&self, text: &str) -> Result<(), MalformedConfig> {
        let wrong = |key: &str, what: &str| Err(MalformedConfig::at_key(text, key, what));
        if self.listen.is_empty() {
            return wrong("listen", "there is nowhere to listen");
        }
        if mailproof::Name::parse(&self.authserv_id).is_err() {
            return wrong("authserv_id", "not a host name");
        }
        if self.threads == Some(0) {
            return wrong("threads", "at least one thread is needed");
        }
        if self.group.is_some() && self.user.is_none() {
            return wrong("group", "a group is taken together with a user only");
        }
        if self.limits.connections == 0 {
            return wrong("connections", "at least one connection is needed");
        }
        if self.limits.header_octets > mailproof::message::HEADER_OCTETS {
            return wrong("header_octets", "more than 1048576 octets");
        }
        if [self.limits.idle, self.limits.command].contains(&0) {
            return wrong("limits", "a time of 0 seconds");
        }
        if [self.dns.timeout, self.dns.message_time].contains(&0) {
            return wrong("dns", "a time of 0 seconds");
        }
        if self.exempt.iter().any(Exemption::can_be_forged) {
            return wrong("lists", "anybody can write a List-Id: name signers or networks with it");
        }
        if self.metrics.listen.is_some_and(|address| !address.ip().is_loopback()) {
            return wrong("metrics", "figures are served on a loopback address only");
        }
        Ok(())
    }
}

fn servers<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Vec<Server>, D::Error> {
    let texts = Vec::<String>::deserialize(from)?;
    let server =
        |text: String| text.parse().map_err(|error| serde::de::Error::custom(format!("{text}: {error}")));
    texts.into_iter().map(server).collect()
}
