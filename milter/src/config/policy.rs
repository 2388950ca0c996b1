//! What becomes of mail, by what was found.

use super::{AddressPattern, Networks};
use mailproof::Name;
use serde::Deserialize;

/// What is done with a message. Of several the last in this order is done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// It is let in.
    #[default]
    Accept,
    /// It is let in, marked.
    Quarantine,
    /// It is to come again later.
    Tempfail,
    /// It is refused.
    Reject,
}

/// What becomes of mail that is judged.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Policy {
    /// Whether everything is only written into the log, and no message touched.
    pub dry_run: bool,
    /// By the result of DMARC.
    pub dmarc: DmarcPolicy,
    /// By the result of SPF for MAIL FROM.
    pub spf: SpfPolicy,
    /// When there are signatures and none of them passes, at least one for good.
    pub dkim_fail: Action,
    /// When a message has no one author.
    pub author: AuthorPolicy,
    /// When DNS fails.
    pub trouble: TroublePolicy,
    /// How quarantine is told.
    pub quarantine: QuarantineMark,
}

/// By the result of DMARC.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DmarcPolicy {
    /// A message fails whose domain asks for nothing (`p=none`).
    pub none: Action,
    /// A message fails whose domain asks for `p=quarantine`.
    pub quarantine: Action,
    /// A message fails whose domain asks for `p=reject`.
    pub reject: Action,
}

/// By the result of SPF for MAIL FROM; a temporary error that matters is a matter of [`TroublePolicy`].
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SpfPolicy {
    /// `fail`.
    pub fail: Action,
    /// `softfail`.
    pub softfail: Action,
    /// `permerror`.
    pub permerror: Action,
    /// `temperror`.
    pub temperror: Action,
}

/// When a message has no one author.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AuthorPolicy {
    /// No From field, or no address in it.
    pub missing: Action,
    /// Several From fields, or addresses of several domains.
    pub several: Action,
    /// A From field that cannot be read.
    pub malformed: Action,
}

/// When DNS fails, and DMARC could not be decided for that reason.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TroublePolicy {
    /// What is done.
    pub action: Action,
    /// Minutes of the same failure after which mail is let in all the same, marked by its temperror.
    pub cap: u64,
}

/// How quarantine is told.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct QuarantineMark {
    /// The name of the field that is added.
    pub field: String,
    /// Whether the MTA is asked to hold the message, too.
    pub hold: bool,
}

/// Mail to which no policy applies: all that is stated must hold.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Exemption {
    /// The client is in one of these networks.
    pub networks: Networks,
    /// MAIL FROM is one of these. Anybody can say that: SPF must pass for it, or signers or networks be stated with it.
    pub senders: Vec<AddressPattern>,
    /// All recipients are among these.
    pub recipients: Vec<AddressPattern>,
    /// The identifier in List-Id (RFC 2919) is one of these. Anybody can write that: signers or networks must be stated
    /// with it.
    pub lists: Vec<String>,
    /// A signature of one of these domains passes.
    #[serde(deserialize_with = "names")]
    pub signers: Vec<Name>,
}

impl Exemption {
    /// Whether it says who a message comes from in a way that nobody else can.
    pub(crate) const fn has_proof(&self) -> bool {
        !self.networks.is_empty() || !self.signers.is_empty()
    }

    /// Whether anybody can have it.
    pub(super) const fn can_be_forged(&self) -> bool {
        !self.lists.is_empty() && !self.has_proof()
    }
}

impl Action {
    /// The word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Accept => "accept",
            Self::Quarantine => "quarantine",
            Self::Tempfail => "tempfail",
            Self::Reject => "reject",
        }
    }
}

impl Default for DmarcPolicy {
    /// RFC 9989 §7.4: mail is not to be refused for `p=reject` alone.
    fn default() -> Self {
        Self { none: Action::Accept, quarantine: Action::Quarantine, reject: Action::Quarantine }
    }
}

impl Default for AuthorPolicy {
    fn default() -> Self {
        Self { missing: Action::Quarantine, several: Action::Reject, malformed: Action::Quarantine }
    }
}

impl Default for TroublePolicy {
    fn default() -> Self {
        Self { action: Action::Tempfail, cap: 240 }
    }
}

impl Default for QuarantineMark {
    fn default() -> Self {
        Self { field: "X-Mailproof-Quarantine".to_owned(), hold: false }
    }
}

pub(super) fn names<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Vec<Name>, D::Error> {
    let texts = Vec::<String>::deserialize(from)?;
    let name = |text: String| {
        Name::parse(&text).map_err(|error| serde::de::Error::custom(format!("{text}: {error}")))
    };
    texts.into_iter().map(name).collect()
}

pub(super) fn name<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Name, D::Error> {
    let text = String::deserialize(from)?;
    Name::parse(&text).map_err(|error| serde::de::Error::custom(format!("{text}: {error}")))
}
