//! A case: what to check, over which zone, and what should come of it.

use mailproof::dns::Zone;
use mailproof::message::with_crlf;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::path::Path;

/// One case of a suite.
pub(super) struct Case {
    pub(super) id: String,
    pub(super) zone: Zone,
    /// Unix time of the check.
    pub(super) now: u64,
    /// As written: suites also hold what is no address.
    pub(super) ip: Option<String>,
    pub(super) helo: Vec<u8>,
    pub(super) mail_from: Vec<u8>,
    pub(super) message: Option<Vec<u8>>,
    pub(super) evidence: Option<Evidence>,
    pub(super) expected: Expected,
}

/// What a DMARC case says that SPF and DKIM found.
pub(super) struct Evidence {
    pub(super) author: String,
    pub(super) spf: Vec<Finding>,
    pub(super) dkim: Vec<Finding>,
    pub(super) is_rfc7489: bool,
}

#[derive(Deserialize)]
pub(super) struct Finding {
    pub(super) domain: String,
    pub(super) result: String,
    pub(super) scope: Option<String>,
}

/// What is compared; `None` is not.
#[derive(Default, Deserialize)]
pub(super) struct Expected {
    pub(super) spf: Option<Words>,
    pub(super) explanation: Option<String>,
    pub(super) dkim: Option<Vec<Option<Words>>>,
    pub(super) dkim_overall: Option<String>,
    pub(super) arc: Option<Words>,
    pub(super) dmarc: Option<Words>,
    pub(super) policy: Option<String>,
    pub(super) disposition: Option<String>,
}

/// One acceptable word, or several.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum Words {
    One(String),
    Any(Vec<String>),
}

impl Words {
    pub(super) fn accept(&self, word: &str) -> bool {
        match self {
            Self::One(one) => one == word,
            Self::Any(any) => any.iter().any(|one| one == word),
        }
    }
}

impl std::fmt::Display for Words {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::One(one) => f.write_str(one),
            Self::Any(any) => f.write_str(&any.join(" or ")),
        }
    }
}

#[derive(Deserialize)]
struct Line {
    id: String,
    #[serde(default)]
    zone: Map<String, Value>,
    #[serde(default)]
    now: Option<u64>,
    message_path: Option<String>,
    message: Option<String>,
    #[serde(default)]
    lf_to_crlf: bool,
    ip: Option<String>,
    helo: Option<String>,
    mail_from: Option<String>,
    author: Option<String>,
    #[serde(default)]
    spf_results: Vec<Finding>,
    #[serde(default)]
    dkim_results: Vec<Finding>,
    mode: Option<String>,
    expected: Expected,
}

/// Reads cases written as JSON lines; paths of messages start at `folder`.
pub(super) fn parse_lines(text: &str, folder: &Path) -> Result<Vec<Case>, String> {
    let mut cases = Vec::new();
    for (index, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let line = serde_json::from_str(line).map_err(|error| error.to_string());
        let case = line.and_then(|line| into_case(line, folder));
        cases.push(case.map_err(|what| format!("line {}: {what}", index + 1))?);
    }
    Ok(cases)
}

fn into_case(line: Line, folder: &Path) -> Result<Case, String> {
    let message = match (line.message_path, line.message) {
        (Some(path), _) => {
            let path = folder.join(path);
            Some(std::fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))?)
        }
        (None, Some(text)) => Some(latin1(&text)?),
        (None, None) => None,
    };
    let message = message.map(|octets| match line.lf_to_crlf {
        true => with_crlf(&octets).into_owned(),
        false => octets,
    });
    let evidence = line.author.map(|author| Evidence {
        author,
        spf: line.spf_results,
        dkim: line.dkim_results,
        is_rfc7489: line.mode.as_deref() == Some("rfc7489"),
    });
    Ok(Case {
        id: line.id,
        zone: zone(line.zone)?,
        now: line.now.unwrap_or_default(),
        ip: line.ip,
        helo: line.helo.unwrap_or_default().into_bytes(),
        mail_from: line.mail_from.unwrap_or_default().into_bytes(),
        message,
        evidence,
        expected: line.expected,
    })
}

/// The zone of a case. Suites also hold owner names that no question can ever ask for; those are left out.
pub(super) fn zone(mut names: Map<String, Value>) -> Result<Zone, String> {
    names.retain(|name, _| Zone::from_json_value(&json!({ name: {} })).is_ok());
    Zone::from_json_value(&Value::Object(names)).map_err(|error| error.to_string())
}

/// One octet for each character.
fn latin1(text: &str) -> Result<Vec<u8>, String> {
    let octets: Option<_> = text.chars().map(|character| u8::try_from(u32::from(character)).ok()).collect();
    octets.ok_or_else(|| "a character of the message is over U+00FF".to_owned())
}
