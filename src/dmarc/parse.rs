//! The grammar of policy records (RFC 9989 §4.8).
//!
//! Names and keywords are read in any case, as ABNF strings are (RFC 5234 §2.3); only `DMARC1` is case-sensitive.
//! Everything wrong behind the version is discarded by itself and noted ([`Fault`]).

use super::record::{AlignmentMode, FailureOptions, Policy, Psd, Record, Stated};
use super::uri::ReportUri;
use crate::ascii::{is_wsp, trim_wsp};
use crate::cursor::Cursor;
use crate::tags::elements;
use std::fmt;

/// Faults kept of one record at most.
pub const FAULTS: usize = 16;

/// The tags of RFC 9989 §4.7, and `pct` of RFC 7489 §6.3. Every other tag is ignored.
const TAGS: [&str; 11] = ["adkim", "aspf", "fo", "np", "p", "pct", "psd", "rua", "ruf", "sp", "t"];

/// Why a text is no DMARC record; what comes closest to one stands first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
#[non_exhaustive]
pub enum NotDmarc {
    /// `v=DMARC1` is followed by a backslash: the zone file's escape got into the text.
    #[error("spoiled by a backslash behind v=DMARC1")]
    Escaped,
    /// It begins with a `v` tag that says almost, but not exactly, `DMARC1`.
    #[error("of a version that is not exactly DMARC1")]
    Version,
    /// `v=DMARC1` stands somewhere, but not at the very beginning.
    #[error("not one that begins with v=DMARC1")]
    NotFirst,
    /// An SPF record, such as a wildcard puts under every name.
    #[error("an SPF record")]
    Spf,
    /// Something else.
    #[error("something else")]
    Other,
}

/// Something in a record that was discarded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The tag; none for text that is no tag at all.
    pub tag: Option<&'static str>,
    /// What is wrong.
    pub kind: FaultKind,
}

/// What is wrong with a part of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FaultKind {
    /// The tag occurs more than once, with different values.
    #[error("given twice with different values")]
    Contradiction,
    /// Text that is no `tag=value`.
    #[error("not tag=value")]
    NoTag,
    /// An address list holds something that is no URI a report could go to.
    #[error("holds something that is no URI")]
    Uri,
    /// The value is none that the tag can have.
    #[error("an illegal value")]
    Value,
}

impl Record {
    /// Reads a record, the strings of the TXT record joined.
    ///
    /// # Errors
    /// [`NotDmarc`] when it does not begin with the version; nothing else makes a text no record.
    pub fn parse(text: &[u8]) -> Result<Self, NotDmarc> {
        let tags = version(text)?;
        let mut values = Values::default();
        for (_, element) in elements(tags) {
            values.take(trim_wsp(element));
        }
        Ok(values.into_record())
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.tag {
            Some(tag) => write!(f, "{tag}=: {}", self.kind),
            None => self.kind.fmt(f),
        }
    }
}

/// Whether a text begins as DMARC records do.
pub(super) fn is_dmarc(text: &[u8]) -> Result<(), NotDmarc> {
    version(text).map(|_| ())
}

/// RFC 9989 §4.8: `dmarc-version = "v" equals %s"DMARC1"`, and what comes behind it.
fn version(text: &[u8]) -> Result<&[u8], NotDmarc> {
    let mut cursor = Cursor::new(text);
    if !eat_version_tag(&mut cursor) {
        return Err(stray(text));
    }
    if !cursor.rest().starts_with(b"DMARC1") {
        let is_close = cursor.eat_word(b"DMARC");
        return Err(if is_close { NotDmarc::Version } else { stray(text) });
    }
    cursor.eat_word(b"DMARC1");
    cursor.take_while(is_wsp);
    match cursor.peek() {
        None => Ok(&[]),
        Some(b';') => Ok(cursor.rest().get(1..).unwrap_or_default()),
        Some(b'\\') => Err(NotDmarc::Escaped),
        Some(_) => Err(NotDmarc::Version),
    }
}

fn eat_version_tag(cursor: &mut Cursor<'_>) -> bool {
    let is_version = cursor.eat_word(b"v");
    cursor.take_while(is_wsp);
    let is_tag = is_version && cursor.eat(b'=');
    cursor.take_while(is_wsp);
    is_tag
}

fn stray(text: &[u8]) -> NotDmarc {
    const VERSION: &[u8] = b"v=dmarc1";
    if text.get(..6).is_some_and(|start| start.eq_ignore_ascii_case(b"v=spf1")) {
        return NotDmarc::Spf;
    }
    let holds_version = text.windows(VERSION.len()).any(|window| window.eq_ignore_ascii_case(VERSION));
    if holds_version { NotDmarc::NotFirst } else { NotDmarc::Other }
}

/// The values of the known tags, each once.
#[derive(Default)]
struct Values<'a> {
    values: Vec<Value<'a>>,
    faults: Vec<Fault>,
}

struct Value<'a> {
    tag: &'static str,
    text: &'a [u8],
    is_contradicted: bool,
}

impl<'a> Values<'a> {
    /// One element between semicolons: `1*ALPHA equals 1*dmarc-value`.
    fn take(&mut self, element: &'a [u8]) {
        if element.is_empty() {
            return;
        }
        let mut cursor = Cursor::new(element);
        let name = cursor.take_while(|octet| octet.is_ascii_alphabetic());
        cursor.take_while(is_wsp);
        if name.is_empty() || !cursor.eat(b'=') {
            return self.fault(None, FaultKind::NoTag);
        }
        // RFC 9989 §4.7: unknown tags are ignored.
        let Some(tag) = TAGS.into_iter().find(|tag| tag.as_bytes().eq_ignore_ascii_case(name)) else {
            return;
        };
        self.put(tag, trim_wsp(cursor.rest()));
    }

    /// RFC 9989 is silent on repeated tags. The same value again changes nothing; two different ones are as good as
    /// an illegal one, so that no reader's choice of the first or the last decides.
    fn put(&mut self, tag: &'static str, text: &'a [u8]) {
        let Some(present) = self.values.iter_mut().find(|value| value.tag == tag) else {
            self.values.push(Value { tag, text, is_contradicted: false });
            return;
        };
        if !present.text.eq_ignore_ascii_case(text) && !present.is_contradicted {
            present.is_contradicted = true;
            self.fault(Some(tag), FaultKind::Contradiction);
        }
    }

    fn into_record(mut self) -> Record {
        let mut record = Record {
            p: self.policy("p"),
            sp: self.policy("sp"),
            np: self.policy("np"),
            adkim: self.read("adkim", alignment_mode),
            aspf: self.read("aspf", alignment_mode),
            psd: self.read("psd", psd),
            testing: self.read("t", yes_or_no),
            fo: self.read("fo", failure_options),
            rua: self.uris("rua"),
            ruf: self.uris("ruf"),
            pct: self.read("pct", |text| percent(text).map(Some)),
            faults: Vec::new(),
        };
        record.faults = self.faults;
        record
    }

    /// The value of a tag, when it is there and not contradicted.
    fn text(&self, tag: &'static str) -> Option<Option<&'a [u8]>> {
        let value = self.values.iter().find(|value| value.tag == tag)?;
        Some((!value.is_contradicted).then_some(value.text))
    }

    fn policy(&mut self, tag: &'static str) -> Stated {
        match self.text(tag) {
            None => Stated::Absent,
            Some(None) => Stated::Invalid,
            Some(Some(text)) => match policy(text) {
                Some(policy) => Stated::Valid(policy),
                None => {
                    self.fault(Some(tag), FaultKind::Value);
                    Stated::Invalid
                }
            },
        }
    }

    /// RFC 9989 §4.8: what is wrong is discarded in favour of the default.
    fn read<T: Default>(&mut self, tag: &'static str, read: impl FnOnce(&[u8]) -> Option<T>) -> T {
        let Some(Some(text)) = self.text(tag) else {
            return T::default();
        };
        read(text).unwrap_or_else(|| {
            self.fault(Some(tag), FaultKind::Value);
            T::default()
        })
    }

    /// `dmarc-urilist`: what is no URI is left out.
    fn uris(&mut self, tag: &'static str) -> Vec<ReportUri> {
        let Some(Some(text)) = self.text(tag) else {
            return Vec::new();
        };
        let mut uris = Vec::new();
        for part in text.split(|octet| *octet == b',') {
            match ReportUri::parse(trim_wsp(part)) {
                Some(uri) => uris.push(uri),
                None => self.fault(Some(tag), FaultKind::Uri),
            }
        }
        uris
    }

    fn fault(&mut self, tag: Option<&'static str>, kind: FaultKind) {
        if self.faults.len() < FAULTS {
            self.faults.push(Fault { tag, kind });
        }
    }
}

/// `dmarc-request`.
fn policy(text: &[u8]) -> Option<Policy> {
    let policies = [Policy::None, Policy::Quarantine, Policy::Reject];
    policies.into_iter().find(|policy| policy.word().as_bytes().eq_ignore_ascii_case(text))
}

/// `dmarc-rors`.
const fn alignment_mode(text: &[u8]) -> Option<AlignmentMode> {
    match text {
        b"r" | b"R" => Some(AlignmentMode::Relaxed),
        b"s" | b"S" => Some(AlignmentMode::Strict),
        _ => None,
    }
}

/// `dmarc-psd`.
const fn psd(text: &[u8]) -> Option<Psd> {
    match text {
        b"n" | b"N" => Some(Psd::No),
        b"u" | b"U" => Some(Psd::Unspecified),
        b"y" | b"Y" => Some(Psd::Yes),
        _ => None,
    }
}

/// `dmarc-yorn`.
const fn yes_or_no(text: &[u8]) -> Option<bool> {
    match text {
        b"n" | b"N" => Some(false),
        b"y" | b"Y" => Some(true),
        _ => None,
    }
}

/// `dmarc-fo`: each option once, `0` and `1` not together.
fn failure_options(text: &[u8]) -> Option<FailureOptions> {
    let mut seen = Vec::with_capacity(3);
    for part in text.split(|octet| *octet == b':') {
        let option = match trim_wsp(part) {
            [option @ (b'0' | b'1')] => *option,
            [option @ (b'd' | b'D' | b's' | b'S')] => option.to_ascii_lowercase(),
            _ => return None,
        };
        if seen.contains(&option) {
            return None;
        }
        seen.push(option);
    }
    let (none, any) = (seen.contains(&b'0'), seen.contains(&b'1'));
    if none && any {
        return None;
    }
    let (dkim, spf) = (seen.contains(&b'd'), seen.contains(&b's'));
    Some(FailureOptions { any, dkim, spf, only_mechanisms: !none && !any })
}

/// RFC 7489 §6.3: an integer between 0 and 100.
fn percent(text: &[u8]) -> Option<u8> {
    let is_number = !text.is_empty() && text.len() <= 3 && text.iter().all(u8::is_ascii_digit);
    let percent: u8 = std::str::from_utf8(text).ok().filter(|_| is_number)?.parse().ok()?;
    (percent <= 100).then_some(percent)
}
