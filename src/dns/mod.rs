//! The vocabulary of DNS: what is asked, what came back, and who can tell.
//!
//! DNS truth is not flattened: a name that does not exist, a name without records of the kind asked for, and every
//! way to fail stay different facts from the wire to the verdict ([`Outcome`]). Nothing here opens a socket or
//! reads a clock.
//!
//! * [`Question`] and [`Answer`]: one query and its result.
//! * [`Known`]: what can be told at once; [`Resolver`] and [`blocking::Resolver`]: what must be waited for.
//! * [`Zone`]: a zone as a value, for tests, demonstrations and offline use.
//! * [`Cache`]: answers kept for as long as they hold.
//! * [`Source`]: whose answers they are, so that what was made of them can be used as long as they hold.
//! * [`Override`], [`Budget`], [`Recorder`]: layers around any resolver, in any order; [`Recording`] and [`Replay`]: the
//!   answers of one evaluation, kept and told again.
//! * [`Tape`]: the answers an evaluation has seen, in the order in which it asked.

mod answer;
mod budget;
mod cache;
mod details;
mod known;
mod overlay;
mod recorder;
mod recording;
#[cfg(feature = "json")]
mod recording_json;
#[cfg(feature = "json")]
mod recording_value;
mod reverse;
mod source;
mod tape;
mod zone;
#[cfg(feature = "zone-file")]
mod zone_entry;
#[cfg(feature = "zone-file")]
mod zone_file;
#[cfg(feature = "json")]
mod zone_json;

pub(crate) use answer::Remembered;
pub use answer::{Answer, Failure, Freshness, Mx, Outcome, Records, Txt};
pub use budget::{Budget, MESSAGE_QUESTIONS};
pub use cache::{Cache, CacheSettings, StaleSettings, Statistics};
pub(crate) use details::Explained;
pub use details::{Details, Exchange, ExtendedError, Transport};
use known::ask_rest;
pub use known::{Known, Resolver, blocking};
pub use overlay::{MalformedAssignment, Override};
pub use recorder::Recorder;
pub use recording::{Recording, Replay};
#[cfg(feature = "json")]
pub use recording_json::MalformedRecording;
pub(crate) use source::Charge;
pub use source::Source;
pub use tape::{Paused, Reader, Tape};
#[cfg(feature = "resolver")]
pub(crate) use zone::ALIAS_HOPS;
pub use zone::{Rrset, Zone};
#[cfg(feature = "zone-file")]
pub use zone_file::{MalformedZoneFile, ZoneFileDefect};
#[cfg(feature = "json")]
pub use zone_json::MalformedZone;

use crate::name::Name;
use std::fmt;

/// A record type this crate asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// IPv4 address.
    A,
    /// IPv6 address.
    Aaaa,
    /// Mail exchange.
    Mx,
    /// Name of an address.
    Ptr,
    /// Text.
    Txt,
}

impl Kind {
    /// Every kind, in the order of the variants.
    pub const ALL: [Self; 5] = [Self::A, Self::Aaaa, Self::Mx, Self::Ptr, Self::Txt];

    /// The mnemonic of the type, such as `"AAAA"`.
    pub const fn mnemonic(self) -> &'static str {
        match self {
            Self::A => "A",
            Self::Aaaa => "AAAA",
            Self::Mx => "MX",
            Self::Ptr => "PTR",
            Self::Txt => "TXT",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.mnemonic())
    }
}

/// One query, class IN.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Question {
    /// The name asked about.
    pub name: Name,
    /// The type of record asked for.
    pub kind: Kind,
}

impl Question {
    /// The query for records of `kind` at `name`.
    pub const fn new(name: Name, kind: Kind) -> Self {
        Self { name, kind }
    }
}

impl fmt::Display for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.name, self.kind)
    }
}
