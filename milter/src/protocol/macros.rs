//! Macros: what an MTA knows beside the protocol, such as `i`, the queue id.

use super::Violation;

/// Octets of the macros of one stage at most.
pub const MACRO_OCTETS: usize = 32 << 10;

/// A stage of the conversation that has macros of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// A client connected.
    Connect,
    /// HELO or EHLO.
    Helo,
    /// MAIL FROM.
    Mail,
    /// The last RCPT TO.
    Recipient,
    /// DATA.
    Data,
    /// The header section ended.
    EndOfHeader,
    /// The message ended.
    EndOfMessage,
    /// Whatever comes between.
    Other,
}

impl Stage {
    /// The stage that a command belongs to.
    pub(super) const fn of(command: u8) -> Self {
        match command {
            b'C' => Self::Connect,
            b'H' => Self::Helo,
            b'M' => Self::Mail,
            b'R' => Self::Recipient,
            b'T' => Self::Data,
            b'N' => Self::EndOfHeader,
            b'E' => Self::EndOfMessage,
            _ => Self::Other,
        }
    }

    /// The number by which a filter says which macros it wants at this stage.
    pub const fn number(self) -> u32 {
        match self {
            Self::Connect => 0,
            Self::Helo => 1,
            Self::Mail => 2,
            Self::Recipient => 3,
            Self::Data => 4,
            Self::EndOfMessage => 5,
            Self::EndOfHeader => 6,
            Self::Other => 7,
        }
    }

    const fn is_of_one_message(self) -> bool {
        match self {
            Self::Connect | Self::Helo => false,
            Self::Mail
            | Self::Recipient
            | Self::Data
            | Self::EndOfHeader
            | Self::EndOfMessage
            | Self::Other => true,
        }
    }
}

/// The macros that were told and still hold, at most [`MACRO_OCTETS`] for each of the eight stages.
#[derive(Clone, Debug, Default)]
pub struct Macros {
    told: Vec<(Stage, Box<[u8]>)>,
}

impl Macros {
    /// The value of a macro, by its name without braces. Where several stages told it, the last told holds.
    pub fn value(&self, name: &str) -> Option<&[u8]> {
        self.told.iter().rev().find_map(|(_, data)| {
            pairs(data).find(|(told, _)| bare(told) == name.as_bytes()).map(|(_, value)| value)
        })
    }

    /// Takes the macros of a stage, in place of those it had.
    ///
    /// # Errors
    /// [`Violation`], when they are too long.
    pub fn tell(&mut self, stage: Stage, data: &[u8]) -> Result<(), Violation> {
        if data.len() > MACRO_OCTETS {
            return Err(Violation::MacrosTooLong { limit: MACRO_OCTETS });
        }
        self.told.retain(|(told, _)| *told != stage);
        self.told.push((stage, data.into()));
        Ok(())
    }

    /// Forgets what was said of one message.
    pub fn end_message(&mut self) {
        self.told.retain(|(stage, _)| !stage.is_of_one_message());
    }

    /// Forgets what was said of one message before `MAIL`, whose own macros are told ahead of it.
    pub(super) fn begin_message(&mut self) {
        self.told.retain(|(stage, _)| *stage == Stage::Mail || !stage.is_of_one_message());
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.told.clear();
    }
}

/// Names and values, as far as there are whole pairs.
fn pairs(data: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    let mut parts = data.split(|octet| *octet == 0);
    std::iter::from_fn(move || {
        let name = parts.next()?;
        // What stands behind the last NUL is no value.
        let value = parts.next()?;
        Some((name, value))
    })
}

fn bare(name: &[u8]) -> &[u8] {
    name.strip_prefix(b"{").and_then(|name| name.strip_suffix(b"}")).unwrap_or(name)
}
