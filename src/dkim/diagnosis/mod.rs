//! What was done to a message whose signature fails, where that can be told: for people, not for verdicts.
//!
//! A signature tells no more than that something differs. But forwarders do the same few things over and over, and each
//! can be undone and tried: when the signature then holds, that is what happened. What is tried is bounded.

mod body;
mod header;

use super::Policy;
use super::cause::Mismatch;
use super::parse::Draft;
use super::verdict::{Outcome, Verdict};
use crate::dns::Known;
use crate::message::Message;
use std::fmt;

/// Characters of a text from the message that a [`Change`] shows.
const SHOWN: usize = 60;

/// What was found about a signature that fails.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Diagnosis {
    /// Whether the body is the one that `bh=` speaks of; `None` when that was not looked into.
    pub is_body_intact: Option<bool>,
    /// What was done to the body: with it undone, the body is the one that `bh=` speaks of.
    pub body: Option<BodyChange>,
    /// What was done to the header section: with all of it undone, the signature verifies.
    pub header: Vec<HeaderChange>,
    /// Fields that are not what `z=` says they were; the signature was not found to verify with these.
    pub differing: Vec<Copied>,
}

/// What may happen to a body on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BodyChange {
    /// Lines that end in a bare LF, which was CRLF.
    BareLineEnds,
    /// Lines with a dot too many, or too few, at their beginning: SMTP (RFC 5321 §4.5.2) done half.
    Dots,
    /// Lines were added at the end: the footer of a list.
    Footer {
        /// Lines that are as they were.
        intact: usize,
        /// Lines behind them.
        added: usize,
    },
    /// Lines were added at the beginning: a banner.
    Banner {
        /// How many.
        added: usize,
    },
    /// `>From ` at the beginning of a line was `From `: it was kept in a mailbox file.
    Mailbox,
}

/// What may happen to a header section on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum HeaderChange {
    /// A field that was added, though it is signed that there is none, or no other.
    Added {
        /// Its name.
        name: String,
    },
    /// A field was another, as `z=` says.
    Copied(Copied),
    /// Content-Transfer-Encoding was another.
    Encoding {
        /// What it was.
        was: &'static str,
    },
    /// The author was replaced, and stands in another field now.
    From {
        /// The name of that field.
        source: &'static str,
    },
    /// Lines of fields were joined or broken, which simple canonicalization does not forgive.
    Folding,
    /// A tag was put before the subject.
    SubjectTag {
        /// The tag, as far as it is shown; visible ASCII.
        tag: String,
    },
}

/// A field that is not what `z=` says it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copied {
    /// Its name.
    pub name: String,
    /// Its value when it was signed, as far as it is shown; visible ASCII.
    pub was: String,
    /// Whether there is no field of this name any more.
    pub is_gone: bool,
}

/// Looks for what was done to `message` since the signature of `verdict` was made.
///
/// `verdict` is that of [`verify`](super::verify) on the same message and with the same policy, and `known` can tell the
/// key; when it cannot, only the body and `z=` are looked at. For a verdict that is no [`Outcome::Fail`] there is
/// nothing to find.
pub fn diagnose(message: &Message<'_>, verdict: &Verdict, policy: &Policy, known: &dyn Known) -> Diagnosis {
    let is_mismatch = matches!(
        verdict.outcome,
        Outcome::Fail(Mismatch::BodyHash | Mismatch::BodyTooShort { .. } | Mismatch::Signature)
    );
    let Some(field) = message.headers.iter().nth(verdict.field).filter(|_| is_mismatch) else {
        return Diagnosis::default();
    };
    let Ok(Ok(signature)) = Draft::read(field.value()).map(Draft::signature) else {
        return Diagnosis::default();
    };
    let (is_body_intact, body) = body::examine(message.body, &signature);
    let mut diagnosis = Diagnosis { is_body_intact, body, ..Diagnosis::default() };
    if verdict.outcome == Outcome::Fail(Mismatch::Signature) {
        let header = header::examine(message, field, &signature, policy, known);
        (diagnosis.header, diagnosis.differing) = header;
    }
    diagnosis
}

impl Diagnosis {
    /// Each finding in a sentence, in visible ASCII.
    pub fn sentences(&self) -> Vec<String> {
        let mut out = Vec::new();
        if !self.header.is_empty() {
            let changes: Vec<_> = self.header.iter().map(ToString::to_string).collect();
            out.push(format!("the signature verifies without this change: {}", changes.join("; ")));
        }
        out.extend(self.differing.iter().map(|copied| format!("z= says that {copied}")));
        if let Some(body) = &self.body {
            out.push(body.to_string());
        } else if self.is_body_intact == Some(true) {
            out.push(
                "the body is the one that was signed: a header field has changed, or the key".to_owned(),
            );
        }
        out
    }
}

impl fmt::Display for BodyChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BareLineEnds => f.write_str("the body matches when its bare LFs are read as CRLF"),
            Self::Dots => f.write_str("the body matches when the dots at the beginnings of lines are mended"),
            Self::Footer { intact, added } => {
                write!(f, "the body matches up to line {intact}: {} added behind it", lines(*added))
            }
            Self::Banner { added } => {
                write!(f, "the body matches from line {} on: {} added before it", added + 1, lines(*added))
            }
            Self::Mailbox => {
                f.write_str("the body matches when \">From \" at the beginnings of lines is \"From \"")
            }
        }
    }
}

fn lines(count: usize) -> String {
    if count == 1 { "1 line was".to_owned() } else { format!("{count} lines were") }
}

impl fmt::Display for HeaderChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Added { name } => write!(f, "a field {name} was added"),
            Self::Copied(copied) => copied.fmt(f),
            Self::Encoding { was } => write!(f, "Content-Transfer-Encoding was {was}"),
            Self::From { source } => write!(f, "From was replaced; what it was stands in {source}"),
            Self::Folding => f.write_str("header fields were folded in another way"),
            Self::SubjectTag { tag } => write!(f, "\"{tag}\" was put before the subject"),
        }
    }
}

impl fmt::Display for Copied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, was, is_gone } = self;
        let now = if *is_gone { "is gone" } else { "has changed" };
        write!(f, "{name} {now}: it was \"{was}\"")
    }
}

/// A text from the message in visible ASCII, shortened.
fn shown(text: &[u8]) -> String {
    let is_long = text.len() > SHOWN;
    let text = text.get(..SHOWN).unwrap_or(text).trim_ascii();
    let plain =
        |octet: &u8| if octet.is_ascii_graphic() || *octet == b' ' { char::from(*octet) } else { '?' };
    let shown: String = text.iter().map(plain).collect();
    if is_long { format!("{shown}...") } else { shown }
}
