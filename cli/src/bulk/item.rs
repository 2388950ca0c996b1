//! One item of the input.

use mailproof::Name;
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::sync::OwnedSemaphorePermit;

/// One item, and where it stands.
#[derive(Debug)]
pub(super) struct Item {
    /// Counted from 1 over all inputs.
    pub(super) number: u64,
    pub(super) place: Place,
    /// As it was given: a domain, an address, a path; of a message inside a file, its place.
    pub(super) text: String,
    /// What it is; or why it is nothing.
    pub(super) subject: Result<Subject, String>,
    /// Octets of the whole input that are read when it is.
    pub(super) end: u64,
}

/// Where an item stands.
#[derive(Clone, Debug)]
pub(super) enum Place {
    /// A file of its own.
    File(Arc<str>),
    /// A line of a file, from 1.
    Line(Arc<str>, u64),
    /// An octet of a file, from 0.
    Octet(Arc<str>, u64),
}

/// What is looked at.
#[derive(Debug)]
pub(super) enum Subject {
    /// A domain, or a client and what it said.
    Sender(Sender),
    /// A message.
    Mail(Mail),
}

/// What is known of a sender; at least a domain can be had from it.
#[derive(Clone, Debug, Default)]
pub(super) struct Sender {
    pub(super) domain: Option<Name>,
    pub(super) ip: Option<IpAddr>,
    pub(super) helo: String,
    pub(super) mail_from: Option<String>,
}

/// A message, with what is known of its sender.
#[derive(Debug)]
pub(super) struct Mail {
    pub(super) source: MailSource,
    pub(super) sender: Sender,
}

/// Where the octets of a message are.
#[derive(Debug)]
pub(super) enum MailSource {
    File(PathBuf),
    /// Here; its share of what may be held at once is given back with it.
    Octets {
        octets: Vec<u8>,
        _share: Option<OwnedSemaphorePermit>,
    },
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File(file) => f.write_str(file),
            Self::Line(file, line) => write!(f, "{file}:{line}"),
            Self::Octet(file, octet) => write!(f, "{file}@{octet}"),
        }
    }
}

impl Sender {
    /// A domain, or an address whose domain is meant.
    pub(super) fn of_text(text: &str) -> Result<Self, String> {
        if text.parse::<IpAddr>().is_ok() {
            return Err("an IP address in place of a domain".to_owned());
        }
        let bare = crate::input::reverse_path(text);
        let (domain, mail_from) = match bare.rsplit_once('@') {
            Some((_, domain)) => (domain, Some(bare.to_owned())),
            None => (bare, None),
        };
        let domain = Name::parse(domain).map_err(|why| format!("no domain name: {why}"))?;
        Ok(Self { domain: Some(domain), mail_from, ..Self::default() })
    }
}
