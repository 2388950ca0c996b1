//! Macro strings (RFC 7208 §7): their parts, and what they expand to.

use super::dotted::Dotted;
use crate::name::{NAME_OCTETS, Name};
use std::fmt::{self, Write as _};
use std::net::IpAddr;
use std::ops::Deref;

/// Text with macros in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MacroString {
    segments: Box<[Segment]>,
    letters: Letters,
}

/// Which letters occur: the bits of all of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Letters(u16);

/// A macro string that names a domain, its syntax checked (RFC 7208 §7.1 `domain-spec`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DomainSpec {
    text: MacroString,
    /// What a text without macros names, worked out once; `Some(None)` names nothing that DNS can be asked for.
    fixed: Option<Option<Name>>,
}

/// A part of a macro string.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Segment {
    /// Characters that stand for themselves.
    Literal(Box<str>),
    /// `%{…}`
    Macro(Macro),
    /// `%%`, a percent sign.
    Percent,
    /// `%_`, a space.
    Space,
    /// `%-`, the three characters `%20`.
    UrlSpace,
}

/// `%{letter digits r delimiters}`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Macro {
    /// Whose value.
    pub letter: Letter,
    /// Written in upper case: the value is URL-escaped.
    pub escaped: bool,
    /// How many of the right-hand parts are kept, never 0; `None` keeps all.
    pub parts: Option<u32>,
    /// Whether the order of the parts is reversed.
    pub reversed: bool,
    /// What the value is split at.
    pub delimiters: Delimiters,
}

/// Delimiters as written; none means: a dot.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Delimiters(Box<str>);

/// A macro letter (RFC 7208 §7.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Letter {
    /// `c`: the client's address for humans; only in explanations.
    Client,
    /// `d`: the domain whose record is evaluated.
    Domain,
    /// `h`: what the client said in HELO or EHLO.
    Helo,
    /// `i`: the client's address with dots.
    Ip,
    /// `l`: the local part of the sender.
    LocalPart,
    /// `p`: a validated name of the client.
    ValidatedName,
    /// `r`: the name of the receiving host; only in explanations.
    Receiver,
    /// `s`: the sender.
    Sender,
    /// `o`: the domain of the sender.
    SenderDomain,
    /// `t`: seconds since 1970; only in explanations.
    Time,
    /// `v`: `in-addr` or `ip6`.
    Version,
}

/// Everything that macros stand for.
pub(super) struct Values<'a> {
    pub(super) ip: IpAddr,
    pub(super) local_part: &'a [u8],
    pub(super) sender_domain: &'a [u8],
    pub(super) helo: &'a [u8],
    pub(super) domain: &'a Name,
    /// What `%{p}` expands to; asked for only when it occurs.
    pub(super) validated_name: Option<&'a Name>,
    pub(super) receiver: Option<&'a Name>,
    pub(super) now: u64,
}

/// What one of them stands for.
enum Value<'v> {
    Dotted(Dotted),
    Lent(&'v [u8]),
    Made(Vec<u8>),
}

impl Letter {
    const ALL: [Self; 11] = [
        Self::Client,
        Self::Domain,
        Self::Helo,
        Self::Ip,
        Self::LocalPart,
        Self::ValidatedName,
        Self::Receiver,
        Self::Sender,
        Self::SenderDomain,
        Self::Time,
        Self::Version,
    ];

    /// The letter of this octet, in either case.
    pub(super) fn of(octet: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|letter| letter.character() == char::from(octet.to_ascii_lowercase()))
    }

    /// The letter in lower case.
    pub const fn character(self) -> char {
        match self {
            Self::Client => 'c',
            Self::Domain => 'd',
            Self::Helo => 'h',
            Self::Ip => 'i',
            Self::LocalPart => 'l',
            Self::ValidatedName => 'p',
            Self::Receiver => 'r',
            Self::Sender => 's',
            Self::SenderDomain => 'o',
            Self::Time => 't',
            Self::Version => 'v',
        }
    }

    /// Whether it may only stand in an explanation (RFC 7208 §7.2).
    pub const fn is_for_explanations(self) -> bool {
        matches!(self, Self::Client | Self::Receiver | Self::Time)
    }

    /// Whether its value depends on the sender or the HELO name, not on domain and address alone (RFC 7208 §7.3).
    pub const fn is_personal(self) -> bool {
        self.bit() & Letters::PERSONAL != 0
    }

    const fn bit(self) -> u16 {
        match self {
            Self::Client => 1,
            Self::Domain => 1 << 1,
            Self::Helo => 1 << 2,
            Self::Ip => 1 << 3,
            Self::LocalPart => 1 << 4,
            Self::ValidatedName => 1 << 5,
            Self::Receiver => 1 << 6,
            Self::Sender => 1 << 7,
            Self::SenderDomain => 1 << 8,
            Self::Time => 1 << 9,
            Self::Version => 1 << 10,
        }
    }
}

impl Letters {
    const PERSONAL: u16 =
        Letter::Helo.bit() | Letter::LocalPart.bit() | Letter::Sender.bit() | Letter::SenderDomain.bit();
}

impl Delimiters {
    pub(super) fn new(text: &[u8]) -> Self {
        Self(String::from_utf8_lossy(text).into())
    }

    /// The delimiters as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl MacroString {
    pub(super) fn new(segments: Vec<Segment>) -> Self {
        let mut letters = Letters::default();
        for segment in &segments {
            if let Segment::Macro(found) = segment {
                letters.0 |= found.letter.bit();
            }
        }
        Self { segments: segments.into(), letters }
    }

    /// The parts in the order written.
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// The macros in it.
    pub fn macros(&self) -> impl Iterator<Item = &Macro> {
        self.segments.iter().filter_map(|segment| match segment {
            Segment::Macro(found) => Some(found),
            Segment::Literal(_) | Segment::Percent | Segment::Space | Segment::UrlSpace => None,
        })
    }

    /// Whether `letter` occurs, in either case.
    pub fn mentions(&self, letter: Letter) -> bool {
        self.letters.0 & letter.bit() != 0
    }

    /// Whether it depends on the sender or the HELO name (RFC 7208 §7.3).
    pub(super) const fn is_personal(&self) -> bool {
        self.letters.0 & Letters::PERSONAL != 0
    }

    /// The text when there is nothing to expand.
    pub fn literal(&self) -> Option<&str> {
        match &*self.segments {
            [] => Some(""),
            [Segment::Literal(text)] => Some(text),
            _ => None,
        }
    }

    /// What it expands to, ended after `limit` octets.
    pub(super) fn expand(&self, values: &Values<'_>, limit: usize) -> Vec<u8> {
        let mut text = Vec::new();
        for segment in &self.segments {
            segment.expand(values, &mut text);
            if text.len() >= limit {
                text.truncate(limit);
                break;
            }
        }
        text
    }

    /// At least the last `octets` octets of what it expands to, and what one segment holds beyond them: the cost is
    /// bounded however many macros stand to the left. `None` where as many segments are not enough, since they are empty.
    fn expand_end(&self, values: &Values<'_>, octets: usize) -> Option<Vec<u8>> {
        let mut text = Vec::with_capacity(octets);
        // Nearly every text is no longer than that as a whole.
        let are_few = self.segments.len() <= octets;
        if are_few
            && self.segments.iter().all(|segment| {
                segment.expand(values, &mut text);
                text.len() <= octets
            })
        {
            return Some(text);
        }
        text.clear();
        for segment in self.segments.iter().rev().take(octets) {
            let behind = text.len();
            segment.expand(values, &mut text);
            text.rotate_left(behind);
            if text.len() >= octets {
                return Some(text);
            }
        }
        are_few.then_some(text)
    }
}

impl DomainSpec {
    pub(super) fn new(text: MacroString) -> Self {
        let fixed = text.literal().map(|literal| target_name(literal.as_bytes()));
        Self { text, fixed }
    }

    /// The macro string.
    pub const fn text(&self) -> &MacroString {
        &self.text
    }

    /// The target name; `None` when the expansion is nothing that DNS can be asked for (RFC 7208 §4.8).
    pub(super) fn expand(&self, values: &Values<'_>) -> Option<Name> {
        match &self.fixed {
            Some(fixed) => fixed.clone(),
            None => target_name(&self.text.expand_end(values, NAME_OCTETS + 2)?),
        }
    }

    /// The target name, if every evaluation gives the same.
    pub(super) fn fixed(&self) -> Option<&Name> {
        self.fixed.as_ref()?.as_ref()
    }

    /// Whether every evaluation gives the same name.
    pub(super) const fn is_fixed(&self) -> bool {
        self.fixed.is_some()
    }
}

/// RFC 7208 §7.3: of a name of more than 253 characters, labels are dropped from the left until it fits.
fn target_name(text: &[u8]) -> Option<Name> {
    // RFC 8616 §4 converts the domains of the identities only; no macro is to put raw UTF-8 into a query.
    if !text.is_ascii() {
        return None;
    }
    let mut text = text.strip_suffix(b".").unwrap_or(text);
    while text.len() > NAME_OCTETS {
        let dot = text.iter().position(|octet| *octet == b'.')?;
        text = text.get(dot + 1..)?;
    }
    // One dot at the end was the root's; another one is an empty label.
    if text.ends_with(b".") { None } else { Name::parse_with_spaces(text).ok() }
}

impl Segment {
    fn expand(&self, values: &Values<'_>, into: &mut Vec<u8>) {
        match self {
            Self::Literal(text) => into.extend_from_slice(text.as_bytes()),
            Self::Macro(found) => found.expand(values, into),
            Self::Percent => into.push(b'%'),
            Self::Space => into.push(b' '),
            Self::UrlSpace => into.extend_from_slice(b"%20"),
        }
    }
}

impl Macro {
    fn expand(&self, values: &Values<'_>, into: &mut Vec<u8>) {
        let value = self.letter.value(values);
        let is_verbatim = self.parts.is_none() && !self.reversed && self.delimiters.0.is_empty();
        match (is_verbatim, self.escaped) {
            (true, false) => into.extend_from_slice(&value),
            (true, true) => url_escape(&value, into),
            (false, false) => self.transform(&value, into),
            (false, true) => {
                let mut transformed = Vec::new();
                self.transform(&value, &mut transformed);
                url_escape(&transformed, into);
            }
        }
    }

    /// RFC 7208 §7.3: split at the delimiters, reverse, keep the right-hand parts, join with dots. Parts that are not
    /// kept are not sought: the work grows with what is written, however long the value is and however often a record
    /// expands it.
    fn transform(&self, value: &[u8], into: &mut Vec<u8>) {
        match self.delimiters.0.as_bytes() {
            [] => self.transform_parts(value, |octet| *octet == b'.', into),
            [delimiter] => self.transform_parts(value, |octet| octet == delimiter, into),
            delimiters => self.transform_parts(value, |octet| delimiters.contains(octet), into),
        }
    }

    fn transform_parts(&self, value: &[u8], is_delimiter: impl Fn(&u8) -> bool, into: &mut Vec<u8>) {
        let kept = self.parts.map_or(usize::MAX, |kept| usize::try_from(kept).unwrap_or(usize::MAX));
        let Some(joints) = kept.checked_sub(1) else {
            return;
        };
        let mut delimiters = value.iter().enumerate().filter(|(_, octet)| is_delimiter(octet));
        if !self.reversed {
            let start = delimiters.nth_back(joints).map_or(0, |(at, _)| at + 1);
            let parts = value.get(start..).unwrap_or_default();
            let behind = into.len();
            into.extend_from_slice(parts);
            for octet in into.iter_mut().skip(behind).filter(|octet| is_delimiter(octet)) {
                *octet = b'.';
            }
            return;
        }
        // After reversing, the right-hand parts are those that stand first in the value.
        let end = delimiters.nth(joints).map_or(value.len(), |(at, _)| at);
        let parts = value.get(..end).unwrap_or_default();
        for (index, part) in parts.rsplit(is_delimiter).enumerate() {
            if index > 0 {
                into.push(b'.');
            }
            into.extend_from_slice(part);
        }
    }
}

impl Letter {
    fn value<'v>(self, values: &Values<'v>) -> Value<'v> {
        let name_or_unknown = |name: Option<&'v Name>| name.map_or("unknown", Name::as_str).as_bytes();
        match self {
            Self::Client => values.ip.to_string().into_bytes().into(),
            Self::Domain => values.domain.as_str().as_bytes().into(),
            Self::Helo => values.helo.into(),
            Self::Ip => match values.ip {
                IpAddr::V4(v4) => Value::Dotted(Dotted::new(v4)),
                IpAddr::V6(v6) => nibbles(v6.octets()).into(),
            },
            Self::LocalPart => values.local_part.into(),
            Self::ValidatedName => name_or_unknown(values.validated_name).into(),
            Self::Receiver => name_or_unknown(values.receiver).into(),
            Self::Sender => [values.local_part, values.sender_domain].join(&b'@').into(),
            Self::SenderDomain => values.sender_domain.into(),
            Self::Time => values.now.to_string().into_bytes().into(),
            Self::Version => (if values.ip.is_ipv4() { &b"in-addr"[..] } else { b"ip6" }).into(),
        }
    }
}

impl Deref for Value<'_> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::Lent(text) => text,
            Self::Made(text) => text,
            Self::Dotted(address) => address.as_bytes(),
        }
    }
}

impl<'v> From<&'v [u8]> for Value<'v> {
    fn from(text: &'v [u8]) -> Self {
        Self::Lent(text)
    }
}

impl From<Vec<u8>> for Value<'_> {
    fn from(text: Vec<u8>) -> Self {
        Self::Made(text)
    }
}

fn nibbles(octets: [u8; 16]) -> Vec<u8> {
    let mut text = Vec::with_capacity(63);
    for (index, nibble) in octets.iter().flat_map(|octet| [octet >> 4, octet & 15]).enumerate() {
        if index > 0 {
            text.push(b'.');
        }
        // RFC 7208 leaves the case of the digits open. In a name it makes no difference; in an explanation the suites
        // that implementations are compared by have capitals.
        text.push(hex(nibble));
    }
    text
}

/// RFC 7208 §7.3: everything but the unreserved characters of RFC 3986 §2.3 is escaped.
fn url_escape(value: &[u8], into: &mut Vec<u8>) {
    for octet in value {
        if octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'.' | b'_' | b'~') {
            into.push(*octet);
        } else {
            into.extend_from_slice(&[b'%', hex(octet >> 4), hex(octet & 15)]);
        }
    }
}

const fn hex(nibble: u8) -> u8 {
    if nibble < 10 { b'0' + nibble } else { b'A' + (nibble - 10) }
}

impl fmt::Display for MacroString {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.segments.iter().try_for_each(|segment| segment.fmt(f))
    }
}

impl fmt::Display for DomainSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.text.fmt(f)
    }
}

impl fmt::Display for Segment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Literal(text) => f.write_str(text),
            Self::Macro(found) => found.fmt(f),
            Self::Percent => f.write_str("%%"),
            Self::Space => f.write_str("%_"),
            Self::UrlSpace => f.write_str("%-"),
        }
    }
}

impl fmt::Display for Macro {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let letter = self.letter.character();
        f.write_str("%{")?;
        f.write_char(if self.escaped { letter.to_ascii_uppercase() } else { letter })?;
        if let Some(parts) = self.parts {
            write!(f, "{parts}")?;
        }
        f.write_str(if self.reversed { "r" } else { "" })?;
        write!(f, "{}}}", self.delimiters.0)
    }
}
