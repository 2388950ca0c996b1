//! What MTA and filter agree on before anything else is said.

use super::macros::Stage;
use std::ops::BitOr;

/// The version of the protocol spoken here.
pub const VERSION: u32 = 6;

/// What a filter may do to a message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Actions(pub u32);

impl Actions {
    /// Add header fields.
    pub const ADD_HEADERS: Self = Self(0x1);
    /// Change and delete header fields.
    pub const CHANGE_HEADERS: Self = Self(0x10);
    /// Put the message in quarantine.
    pub const QUARANTINE: Self = Self(0x20);
    /// Say which macros are wanted.
    pub const WANT_MACROS: Self = Self(0x100);
}

/// Which steps are told, and which are answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Steps(pub u32);

impl Steps {
    /// DATA is not told.
    pub const NO_DATA: Self = Self(0x200);
    /// Unknown SMTP commands are not told.
    pub const NO_UNKNOWN: Self = Self(0x100);
    /// RCPT is not told.
    pub const NO_RECIPIENT: Self = Self(0x8);
    /// A filter that has seen enough of a body may say so.
    pub const SKIP: Self = Self(0x400);
    /// The space behind the colon of a field is part of its value.
    pub const LEADING_SPACE: Self = Self(0x10_0000);
    /// The connection is not answered.
    pub const UNANSWERED_CONNECT: Self = Self(0x1000);
    /// HELO is not answered.
    pub const UNANSWERED_HELO: Self = Self(0x2000);
    /// MAIL is not answered.
    pub const UNANSWERED_MAIL: Self = Self(0x4000);
    /// RCPT is not answered.
    pub const UNANSWERED_RECIPIENT: Self = Self(0x8000);
    /// DATA is not answered.
    pub const UNANSWERED_DATA: Self = Self(0x1_0000);
    /// Unknown commands are not answered.
    pub const UNANSWERED_UNKNOWN: Self = Self(0x2_0000);
    /// The end of the header section is not answered.
    pub const UNANSWERED_END_OF_HEADER: Self = Self(0x4_0000);
    /// Pieces of the body are not answered.
    pub const UNANSWERED_BODY: Self = Self(0x8_0000);
    /// Header fields are not answered.
    pub const UNANSWERED_HEADER: Self = Self(0x80);

    /// The step that says whether a command goes unanswered.
    pub(super) const fn unanswered(command: u8) -> Self {
        match command {
            b'C' => Self::UNANSWERED_CONNECT,
            b'H' => Self::UNANSWERED_HELO,
            b'M' => Self::UNANSWERED_MAIL,
            b'R' => Self::UNANSWERED_RECIPIENT,
            b'T' => Self::UNANSWERED_DATA,
            b'U' => Self::UNANSWERED_UNKNOWN,
            b'N' => Self::UNANSWERED_END_OF_HEADER,
            b'B' => Self::UNANSWERED_BODY,
            b'L' => Self::UNANSWERED_HEADER,
            _ => Self(0),
        }
    }
}

/// What one side offers or takes: the data of `O`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// The version of the protocol.
    pub version: u32,
    /// What the filter may do.
    pub actions: Actions,
    /// What is told and answered.
    pub steps: Steps,
    /// The macros wanted at some stages, by the number of the stage; only a filter says so.
    pub macros: Vec<(u32, Vec<u8>)>,
}

/// What a filter would like, of which it gets what the MTA offers.
#[derive(Clone, Debug, Default)]
pub struct Wishes {
    /// What it wants to do.
    pub actions: Actions,
    /// What it wants told and answered.
    pub steps: Steps,
    /// The macros it wants, as a list with spaces and names in braces.
    pub macros: Vec<(Stage, &'static str)>,
}

/// What was agreed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Agreement {
    /// The version of the protocol.
    pub version: u32,
    /// What the filter may do.
    pub actions: Actions,
    /// What is told and answered.
    pub steps: Steps,
}

impl Wishes {
    /// The answer to an offer: nothing that was not offered.
    pub fn answer(&self, offer: &Offer) -> Offer {
        let actions = Actions(self.actions.0 & offer.actions.0);
        let steps = Steps(self.steps.0 & offer.steps.0);
        let macros = if actions.has(Actions::WANT_MACROS) {
            self.macros.iter().map(|(stage, list)| (stage.number(), list.as_bytes().to_vec())).collect()
        } else {
            Vec::new()
        };
        Offer { version: offer.version.min(VERSION), actions, steps, macros }
    }
}

impl Agreement {
    /// Whether the value of a field comes, and is to be given, with the space behind the colon.
    pub const fn has_leading_space(&self) -> bool {
        self.steps.has(Steps::LEADING_SPACE)
    }
}

impl From<&Offer> for Agreement {
    fn from(offer: &Offer) -> Self {
        Self { version: offer.version, actions: offer.actions, steps: offer.steps }
    }
}

impl Offer {
    /// Reads the data of `O`; what cannot be read of the list of macros is left out.
    pub(super) fn read(data: &[u8]) -> Option<Self> {
        let (version, rest) = word(data)?;
        let (actions, rest) = word(rest)?;
        let (steps, mut rest) = word(rest)?;
        let mut macros = Vec::new();
        while let Some((stage, list)) = word(rest) {
            let Some(end) = memchr::memchr(0, list) else {
                break;
            };
            let (list, behind) = list.split_at(end);
            macros.push((stage, list.to_vec()));
            rest = behind.get(1..).unwrap_or_default();
        }
        Some(Self { version, actions: Actions(actions), steps: Steps(steps), macros })
    }

    pub(super) fn write(&self, out: &mut Vec<u8>) {
        for word in [self.version, self.actions.0, self.steps.0] {
            out.extend_from_slice(&word.to_be_bytes());
        }
        for (stage, list) in &self.macros {
            out.extend_from_slice(&stage.to_be_bytes());
            out.extend(list.iter().filter(|octet| **octet != 0));
            out.push(0);
        }
    }
}

/// The first four octets as a number, and the rest.
pub(super) fn word(data: &[u8]) -> Option<(u32, &[u8])> {
    let (word, rest) = data.split_first_chunk::<4>()?;
    Some((u32::from_be_bytes(*word), rest))
}

impl Actions {
    /// Whether all of `other` are among these.
    pub const fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

impl Steps {
    /// Whether all of `other` are among these; not so if there are none.
    pub const fn has(self, other: Self) -> bool {
        other.0 != 0 && self.0 & other.0 == other.0
    }
}

impl BitOr for Actions {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl BitOr for Steps {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}
