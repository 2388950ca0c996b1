//! What a verdict depends on beside DNS: kept in a recording, and compared when that is replayed.

use crate::terminal;
use std::collections::BTreeMap;
use std::time::SystemTime;

/// Each fact of a context that is compared, and the option that gives it.
const OPTIONS: [(&str, &str); 7] = [
    ("authserv_id", "--authserv-id"),
    ("helo", "--helo"),
    ("ip", "--ip"),
    ("mail_from", "--mail-from"),
    ("subject", "what is asked"),
    ("time", "--at"),
    ("trusted_sealers", "--trusted-sealer"),
];

/// Facts by name, as [`Recording::context`](mailproof::dns::Recording::context) keeps them.
pub(crate) struct Context(BTreeMap<String, String>);

impl Context {
    /// The context of a command that runs at `time`, in Unix seconds.
    pub(crate) fn new(command: &str, time: u64) -> Self {
        let program = concat!("mailproof ", env!("CARGO_PKG_VERSION"));
        Self(BTreeMap::new()).with("program", program).with("command", command).with("time", time)
    }

    /// The same with one fact more.
    pub(crate) fn with(mut self, name: &str, value: impl ToString) -> Self {
        self.0.insert(name.to_owned(), value.to_string());
        self
    }

    /// The same with the message.
    pub(crate) fn with_message(self, octets: &[u8]) -> Self {
        let digest = ring::digest::digest(&ring::digest::SHA256, octets);
        let shown: String = digest.as_ref().iter().map(|octet| format!("{octet:02x}")).collect();
        self.with("message_octets", octets.len()).with("message_sha256", shown)
    }

    /// The facts.
    pub(crate) fn into_facts(self) -> BTreeMap<String, String> {
        self.0
    }

    /// Says on standard error where this context is not the one recorded.
    pub(crate) fn complain_of_differences(&self, recorded: &BTreeMap<String, String>) {
        // Another command asks for something else; a recording that somebody else made may tell nothing.
        if self.0.get("command") != recorded.get("command") {
            return;
        }
        let differs = |name: &str| self.0.get(name) != recorded.get(name);
        if differs("message_sha256") && recorded.contains_key("message_sha256") {
            terminal::complain("note: the recording was made of another message");
        }
        for (name, option) in OPTIONS.iter().filter(|(name, _)| differs(name)) {
            let shown = |value: Option<&String>| match value.map(String::as_str) {
                None => "without it".to_owned(),
                Some("") => "empty".to_owned(),
                Some(value) => value.to_owned(),
            };
            let (then, now) = (shown(recorded.get(*name)), shown(self.0.get(*name)));
            terminal::complain(&format!("note: {option} differs: recorded {then}, now {now}"));
        }
    }
}

/// Now, in Unix seconds.
pub(crate) fn unix_now() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |elapsed| elapsed.as_secs())
}
