//! What was found.

use crate::catalogue::{Check, Family, Severity};
use std::ops::Range;
use std::sync::Arc;

/// One thing that is wrong, or worth knowing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What was found.
    pub check: &'static Check,
    severity: Severity,
    /// What it does to the record.
    pub damage: Damage,
    /// What exactly, in one line; of what others wrote, it repeats a few characters as they stand.
    pub message: String,
    /// What to do here, where that is more than [`Check::fix`] says.
    pub help: Option<String>,
    /// Which octets of the record are meant, where some are.
    pub span: Option<Range<usize>>,
    /// What mends it for certain; nothing, where a person has to decide.
    pub mend: Vec<Edit>,
    /// The name where it stands, in an audit.
    pub owner: Option<mailproof::Name>,
    /// The record it speaks of, in an audit.
    pub text: Option<Arc<[u8]>>,
}

/// What a finding does to its record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Damage {
    /// The engine reads the record all the same.
    None,
    /// The engine discards a part of it.
    Part,
    /// The engine cannot use the record.
    Record,
}

/// Octets that are replaced by others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// What is replaced; empty: something is inserted.
    pub span: Range<usize>,
    /// By what.
    pub by: Vec<u8>,
}

impl Finding {
    pub(crate) fn new(family: Family, number: u16, message: impl Into<String>) -> Self {
        Self {
            check: family.check(number),
            severity: family.check(number).severity,
            damage: Damage::None,
            message: message.into(),
            help: None,
            span: None,
            mend: Vec::new(),
            owner: None,
            text: None,
        }
    }

    pub(crate) fn spf(number: u16, message: impl Into<String>) -> Self {
        Self::new(Family::Spf, number, message)
    }

    pub(crate) fn dkim(number: u16, message: impl Into<String>) -> Self {
        Self::new(Family::Dkim, number, message)
    }

    pub(crate) fn dmarc(number: u16, message: impl Into<String>) -> Self {
        Self::new(Family::Dmarc, number, message)
    }

    pub(crate) fn dns(number: u16, message: impl Into<String>) -> Self {
        Self::new(Family::Dns, number, message)
    }

    /// The engine cannot use the record because of this.
    pub(crate) fn breaking(mut self) -> Self {
        self.damage = Damage::Record;
        self
    }

    /// The engine discards a part of the record because of this.
    pub(crate) fn discarded(mut self) -> Self {
        self.damage = Damage::Part;
        self
    }

    /// It changes nothing for any receiver.
    pub(crate) const fn harmless(mut self) -> Self {
        self.severity = Severity::Info;
        self
    }

    pub(crate) fn at(mut self, span: Range<usize>) -> Self {
        self.span = Some(span);
        self
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    pub(crate) fn mended(mut self, span: Range<usize>, by: impl Into<Vec<u8>>) -> Self {
        self.mend.push(Edit { span, by: by.into() });
        self
    }

    pub(crate) fn of(mut self, owner: &mailproof::Name) -> Self {
        self.owner = Some(owner.clone());
        self
    }

    pub(crate) fn quoting(mut self, text: &Arc<[u8]>) -> Self {
        self.text = Some(Arc::clone(text));
        self
    }

    /// How bad it is: as the check says, or an info where it changes nothing.
    pub const fn severity(&self) -> Severity {
        self.severity
    }
}

/// As much of an octet string as a message repeats, control characters shown as escapes.
pub(crate) fn shown(text: &[u8]) -> String {
    const CHARACTERS: usize = 60;
    let whole = String::from_utf8_lossy(text.get(..CHARACTERS * 4).unwrap_or(text));
    let mut out = String::new();
    for (count, character) in whole.chars().enumerate() {
        if count == CHARACTERS {
            out.push_str("...");
            break;
        }
        if character.is_control() {
            out.extend(character.escape_default());
        } else {
            out.push(character);
        }
    }
    out
}
