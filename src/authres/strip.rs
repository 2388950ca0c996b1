//! Taking away forged fields at the border (RFC 8601 §5).

use super::identifier::{canonical, is_certain};
use super::lex::{Lexer, admissible};
use super::malformed::AuthResultsFlaw as Flaw;
use super::parse::authserv_id;
use super::suspect::is_suspect;
use crate::ascii::is_wsp;
use crate::message::{Field, Headers};
use memchr::memchr2_iter;
use std::collections::{BTreeMap, BTreeSet};

const AUTHENTICATION_RESULTS: &str = "Authentication-Results";
const RECEIVED_SPF: &str = "Received-SPF";

/// Which fields a border takes away before it adds its own: those that claim to be its own (RFC 8601 §5), and those of
/// which it cannot be said that they do not.
///
/// A field goes when its authserv-id is one of ours, in any spelling: case, quotes, comments, folds, a final dot, A- or
/// U-labels; when it has no id that can be read with certainty; when some reader that knows less of the grammar might
/// find an id of ours in it; when its version is not 1. A readable foreign field stays.
///
/// * Verify DKIM first: a signature may cover a field that is taken away.
/// * Do not strip what comes from a trusted host of one's own: its results are wanted.
/// * Only the header section of the message is looked at, never that of a message inside it.
/// * Names below an own one are foreign unless listed: list every name under which a host or filter of yours speaks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Strip {
    own: Vec<String>,
    admitted: Option<Vec<String>>,
    takes_all: bool,
    takes_received_spf: bool,
}

/// A field that must go.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stripped {
    /// Fields above it.
    pub position: usize,
    /// Its name as written; empty for a line that is no field, which no milter is told of.
    pub name: String,
    /// Which one of that name it is, in any case, from 1: as a milter counts.
    pub index: usize,
    /// Why.
    pub reason: StripReason,
}

/// Why a field must go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StripReason {
    /// Every field goes.
    #[error("all Authentication-Results are removed")]
    All,
    /// The grammar finds a foreign id, but a simpler reader might find one of ours.
    #[error("some readers find our authserv-id in it")]
    Ambiguous,
    /// A field of another name, in which a lone CR or LF hides a field: to some readers it ends a line. The field need
    /// not go if its line ends do.
    #[error("a field is hidden behind a lone CR or LF")]
    Hidden,
    /// Its id is foreign and not listed.
    #[error("its authserv-id is not admitted")]
    NotAdmitted,
    /// Its id is ours.
    #[error("it bears our authserv-id")]
    Own,
    /// It is a Received-SPF field.
    #[error("all Received-SPF fields are removed")]
    ReceivedSpf,
    /// It has no id that can be read with certainty.
    #[error("its authserv-id cannot be determined")]
    Unreadable,
    /// Its version is not 1.
    #[error("its version is not supported")]
    UnsupportedVersion,
}

impl Strip {
    /// Takes away what claims to come from one of these authserv-ids.
    pub fn new<T: AsRef<str>>(own: impl IntoIterator<Item = T>) -> Self {
        own.into_iter().fold(Self::default(), |strip, id| strip.own(id.as_ref()))
    }

    /// This authserv-id is ours as well.
    #[must_use]
    pub fn own(mut self, authserv_id: &str) -> Self {
        let id = canonical(authserv_id);
        if !id.is_empty() && !self.own.contains(&id) {
            self.own.push(id);
        }
        self
    }

    /// Of foreign fields only those with one of these authserv-ids stay.
    #[must_use]
    pub fn admit_only<T: AsRef<str>>(mut self, foreign: impl IntoIterator<Item = T>) -> Self {
        self.admitted = Some(foreign.into_iter().map(|id| canonical(id.as_ref())).collect());
        self
    }

    /// Every Authentication-Results goes: for simplicity and maximum security (RFC 8601 §5).
    #[must_use]
    pub const fn all(mut self) -> Self {
        self.takes_all = true;
        self
    }

    /// Every Received-SPF (RFC 7208 §9.1) goes as well: some filters believe it, and it names nobody who could be
    /// listed.
    #[must_use]
    pub const fn received_spf(mut self) -> Self {
        self.takes_received_spf = true;
        self
    }

    /// The fields that must go, top to bottom. Linear in the size of the header section.
    pub fn find(&self, headers: &Headers<'_>) -> Vec<Stripped> {
        let judged = headers.iter().enumerate();
        let found: Vec<_> =
            judged.filter_map(|(position, field)| Some((position, field, self.judge(field)?))).collect();
        let names: BTreeSet<_> =
            found.iter().map(|(_, field, _)| field.name().to_ascii_lowercase()).collect();
        let mut counts = BTreeMap::<Vec<u8>, usize>::new();
        let mut found = found.into_iter().peekable();
        let mut stripped = Vec::new();
        for (position, field) in headers.iter().enumerate() {
            if found.peek().is_none() {
                break;
            }
            let name = field.name().to_ascii_lowercase();
            if !names.contains(&name) {
                continue;
            }
            let count = counts.entry(name).or_default();
            *count += 1;
            if let Some((_, field, reason)) = found.next_if(|(wanted, ..)| *wanted == position) {
                let name = String::from_utf8_lossy(field.name()).into_owned();
                stripped.push(Stripped { position, name, index: *count, reason });
            }
        }
        stripped
    }

    fn judge(&self, field: &Field<'_>) -> Option<StripReason> {
        if stands_for(field.raw(), AUTHENTICATION_RESULTS) {
            return if self.takes_all { Some(StripReason::All) } else { self.judge_value(field) };
        }
        if self.takes_received_spf && stands_for(field.raw(), RECEIVED_SPF) {
            return Some(StripReason::ReceivedSpf);
        }
        self.hides_a_field(field.raw()).then_some(StripReason::Hidden)
    }

    fn judge_value(&self, field: &Field<'_>) -> Option<StripReason> {
        // A name with octets in it that some readers drop.
        if !field.is_well_formed() {
            return Some(StripReason::Unreadable);
        }
        let Ok(value) = admissible(field.value()) else {
            return Some(StripReason::Unreadable);
        };
        let mut lexer = Lexer::new(value);
        let id = match authserv_id(&mut lexer) {
            Ok(id) if is_certain(&id) => canonical(&id),
            Err(malformed) if malformed.flaw == Flaw::UnsupportedVersion => {
                return Some(StripReason::UnsupportedVersion);
            }
            Ok(_) | Err(_) => return Some(StripReason::Unreadable),
        };
        let id_end = lexer.offset();
        let is_text = value.get(..id_end).is_some_and(|clause| std::str::from_utf8(clause).is_ok());
        if self.own.contains(&id) {
            Some(StripReason::Own)
        } else if id.is_empty() || !is_text {
            Some(StripReason::Unreadable)
        } else if is_suspect(value, id_end, &self.own) {
            Some(StripReason::Ambiguous)
        } else if self.admitted.as_ref().is_some_and(|admitted| !admitted.contains(&id)) {
            Some(StripReason::NotAdmitted)
        } else {
            None
        }
    }

    /// Whether a lone CR or LF begins a line in which a reader might find a field of these names. Whose it says it is
    /// does not matter: no honest host writes such a thing.
    fn hides_a_field(&self, raw: &[u8]) -> bool {
        hidden_lines(raw).any(|line| {
            stands_for(line, AUTHENTICATION_RESULTS)
                || (self.takes_received_spf && stands_for(line, RECEIVED_SPF))
        })
    }
}

/// The lines of a field, but for its first, to readers for whom a lone CR or LF ends one; with their folds.
fn hidden_lines(raw: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut ends = lone_line_ends(raw).filter(|at| !raw.get(at + 1).copied().is_some_and(is_wsp)).peekable();
    std::iter::from_fn(move || {
        let start = ends.next()? + 1;
        raw.get(start..ends.peek().copied().unwrap_or(raw.len()))
    })
}

/// Whether a line bears this name, in any case, for readers that drop octets which no name holds (RFC 5322 §2.2),
/// white space before and after it included.
fn stands_for(line: &[u8], name: &str) -> bool {
    let mut letters = name.bytes();
    for octet in line {
        match octet {
            b':' => return letters.next().is_none(),
            _ if !octet.is_ascii_graphic() => {}
            _ if letters.next().is_some_and(|letter| letter.eq_ignore_ascii_case(octet)) => {}
            _ => return false,
        }
    }
    false
}

/// Where a CR stands without its LF, or an LF without its CR.
pub(crate) fn lone_line_ends(text: &[u8]) -> impl Iterator<Item = usize> {
    memchr2_iter(b'\r', b'\n', text).filter(|at| {
        let before = at.checked_sub(1).and_then(|before| text.get(before));
        match text.get(*at) {
            Some(b'\r') => text.get(at + 1) != Some(&b'\n'),
            _ => before != Some(&b'\r'),
        }
    })
}
