//! Domain names: absolute, lower case, A-labels.
//!
//! A [`Name`] is made once and never judged again: whoever holds one may ask DNS for it. Letters, digits and
//! hyphens are what hosts are named with, but DNS names also hold underscores (RFC 8553) and what SPF macros put
//! into them, so any visible ASCII octet but the dot is a label octet here.

use smol_str::{SmolStr, StrExt};
use std::borrow::Cow;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Octets of a label at most (RFC 1035 §2.3.4).
pub const LABEL_OCTETS: usize = 63;
/// Octets of a name at most, written without the final dot (RFC 1035 §2.3.4: 255 on the wire).
pub const NAME_OCTETS: usize = 253;

/// An absolute domain name in lower-case A-labels, without the final dot; the root is the empty text. It is cheap to
/// clone, and one of no more than 23 octets needs no memory of its own.
#[derive(Clone)]
pub struct Name {
    text: SmolStr,
    /// Where this name begins in `text`: a parent shares the text of its child.
    start: usize,
}

/// Why a text is no domain name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MalformedName {
    /// A white space, control or non-ASCII octet that is part of no legal U-label.
    #[error("a character that no domain name holds")]
    Character,
    /// Nothing at all.
    #[error("empty")]
    Empty,
    /// Two dots in a row, or a dot in front.
    #[error("an empty label")]
    EmptyLabel,
    /// A label of more than 63 octets.
    #[error("a label of more than 63 octets")]
    LabelTooLong,
    /// More than 253 octets.
    #[error("longer than 253 octets")]
    TooLong,
    /// A label in Unicode that IDNA does not permit (RFC 5891).
    #[error("not a legal internationalized name")]
    Unicode,
}

impl Name {
    /// Reads a name in ASCII or, as UTF-8, with U-labels, which become A-labels (RFC 8616 §4–6). A final dot is
    /// accepted and means the same.
    ///
    /// # Errors
    /// [`MalformedName`] says what makes the text no name that could be asked for.
    pub fn parse(text: impl AsRef<[u8]>) -> Result<Self, MalformedName> {
        let text = std::str::from_utf8(text.as_ref()).map_err(|_| MalformedName::Character)?;
        if text.is_ascii() {
            return Self::judge(text, |octet| octet.is_ascii_graphic());
        }
        Self::judge(&*to_a_labels(text)?, |octet| octet.is_ascii_graphic())
    }

    /// Reads a name in ASCII whose labels may also hold spaces: DNS itself allows any octet (RFC 2181 §11), and SPF
    /// macros can write a space (RFC 7208 §7.1). For names that are only asked about, not for those of hosts.
    ///
    /// # Errors
    /// [`MalformedName`] says what makes the text no name that could be asked for.
    pub fn parse_with_spaces(text: impl AsRef<[u8]>) -> Result<Self, MalformedName> {
        let text = std::str::from_utf8(text.as_ref()).map_err(|_| MalformedName::Character)?;
        Self::judge(text, |octet| octet.is_ascii_graphic() || octet == b' ')
    }

    fn judge<T>(text: T, is_label_octet: impl Fn(u8) -> bool) -> Result<Self, MalformedName>
    where
        T: AsRef<str> + Into<SmolStr>,
    {
        let written = text.as_ref();
        let ascii = written.strip_suffix('.').unwrap_or(written);
        if ascii.is_empty() {
            return Err(MalformedName::Empty);
        }
        if ascii.len() > NAME_OCTETS {
            return Err(MalformedName::TooLong);
        }
        let sight = Sight::of(ascii.as_bytes(), &is_label_octet);
        if !sight.is_sound {
            // Which label is not, and why.
            ascii
                .as_bytes()
                .split(|octet| *octet == b'.')
                .try_for_each(|label| judge_label(label, &is_label_octet))?;
        }
        let is_canonical = ascii.len() == written.len() && !sight.has_upper;
        Ok(Self::trusted(if is_canonical { text.into() } else { ascii.to_ascii_lowercase_smolstr() }))
    }

    /// The root of the tree; an MX exchange of this name says "no mail here" (RFC 7505).
    pub fn root() -> Self {
        Self::trusted(SmolStr::default())
    }

    /// The name under which PTR records of `address` stand: `in-addr.arpa` (RFC 1035 §3.5) or `ip6.arpa` (RFC 3596 §2.5).
    pub fn reverse(address: IpAddr) -> Self {
        match address {
            IpAddr::V4(v4) => Self::reverse_v4(v4),
            IpAddr::V6(v6) => Self::reverse_v6(v6),
        }
    }

    fn reverse_v4(address: Ipv4Addr) -> Self {
        let [a, b, c, d] = address.octets();
        Self::trusted(smol_str::format_smolstr!("{d}.{c}.{b}.{a}.in-addr.arpa"))
    }

    fn reverse_v6(address: Ipv6Addr) -> Self {
        let mut text = String::with_capacity(72);
        for octet in address.octets().iter().rev() {
            for nibble in [octet & 15, octet >> 4] {
                text.extend(char::from_digit(u32::from(nibble), 16));
                text.push('.');
            }
        }
        text.push_str("ip6.arpa");
        Self::trusted(text.into())
    }

    /// `label.self`, where `label` may hold several labels, such as `selector._domainkey`.
    ///
    /// # Errors
    /// [`MalformedName`] when the labels are none, or the whole becomes too long.
    pub fn child(&self, label: &str) -> Result<Self, MalformedName> {
        if self.is_root() {
            return Self::parse(label);
        }
        let text = SmolStr::from_iter([label, ".", self.as_str()]);
        // This name was judged already.
        let is_canonical = |octet: u8| octet.is_ascii_graphic() && !octet.is_ascii_uppercase();
        if text.len() <= NAME_OCTETS && Sight::of(label.as_bytes(), is_canonical).is_sound {
            return Ok(Self::trusted(text));
        }
        if label.is_ascii() { Self::judge(text, |octet| octet.is_ascii_graphic()) } else { Self::parse(text) }
    }

    /// The text without the final dot.
    pub fn as_str(&self) -> &str {
        if self.start == 0 { &self.text } else { self.text.get(self.start..).unwrap_or_default() }
    }

    /// Whether this is the root.
    pub fn is_root(&self) -> bool {
        self.as_str().is_empty()
    }

    /// The labels, the host's first, the top level's last.
    pub fn labels(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.as_str().split('.').filter(|label| !label.is_empty())
    }

    /// How many labels there are; the root has none.
    pub fn label_count(&self) -> usize {
        let text = self.as_str();
        let dots = text.bytes().filter(|octet| *octet == b'.').count();
        if text.is_empty() { 0 } else { dots + 1 }
    }

    /// The name without its first label; `None` for the root.
    pub fn parent(&self) -> Option<Self> {
        let text = self.as_str();
        if text.is_empty() {
            return None;
        }
        let skip = text.find('.').map_or(text.len(), |dot| dot + 1);
        Some(Self { text: self.text.clone(), start: self.start + skip })
    }

    /// The last `count` labels, or the whole name when it has no more.
    pub fn last_labels(&self, count: usize) -> Self {
        let text = self.as_str();
        let skip = match count {
            0 => text.len(),
            _ => text.rmatch_indices('.').nth(count - 1).map_or(0, |(dot, _)| dot + 1),
        };
        Self { text: self.text.clone(), start: self.start + skip }
    }

    /// Whether this name is `other` or stands below it.
    pub fn is_within(&self, other: &Self) -> bool {
        match self.as_str().strip_suffix(other.as_str()) {
            Some(before) => before.is_empty() || before.ends_with('.') || other.is_root(),
            None => false,
        }
    }

    /// Whether this name stands below `other`.
    pub fn is_below(&self, other: &Self) -> bool {
        self != other && self.is_within(other)
    }

    const fn trusted(text: SmolStr) -> Self {
        Self { text, start: 0 }
    }
}

fn to_a_labels(text: &str) -> Result<Cow<'_, str>, MalformedName> {
    if text.len() > NAME_OCTETS * 4 {
        return Err(MalformedName::TooLong);
    }
    // RFC 8616 §4–6: a U-label is converted before DNS is asked; hyphens, dots and lengths are judged by `parse`.
    idna::domain_to_ascii_cow(text.as_bytes(), idna::AsciiDenyList::EMPTY).map_err(|_| MalformedName::Unicode)
}

/// What one look at each octet of a name tells.
struct Sight {
    /// Whether [`judge_label`] finds nothing wrong with any label.
    is_sound: bool,
    has_upper: bool,
}

impl Sight {
    /// A dot must count as a label octet.
    fn of(name: &[u8], is_label_octet: impl Fn(u8) -> bool) -> Self {
        let (mut is_sound, mut has_upper, mut is_start) = (true, false, true);
        // Without branches: names are short, and a guess that fails costs more than an octet.
        for octet in name {
            let is_dot = *octet == b'.';
            is_sound &= is_label_octet(*octet) & !(is_dot & is_start);
            has_upper |= octet.is_ascii_uppercase();
            is_start = is_dot;
        }
        // No label of a short name is too long.
        let fits = |label: &[u8]| label.len() <= LABEL_OCTETS;
        is_sound &= !is_start && (fits(name) || name.split(|octet| *octet == b'.').all(fits));
        Self { is_sound, has_upper }
    }
}

fn judge_label(label: &[u8], is_label_octet: impl Fn(u8) -> bool) -> Result<(), MalformedName> {
    if label.is_empty() {
        return Err(MalformedName::EmptyLabel);
    }
    if label.len() > LABEL_OCTETS {
        return Err(MalformedName::LabelTooLong);
    }
    if !label.iter().copied().all(is_label_octet) {
        return Err(MalformedName::Character);
    }
    Ok(())
}

impl PartialEq for Name {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Name {}

impl PartialEq<str> for Name {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == other
    }
}

impl PartialOrd for Name {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Name {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.as_str().cmp(other.as_str())
    }
}

impl Hash for Name {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_root() { "." } else { self.as_str() })
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::str::FromStr for Name {
    type Err = MalformedName;

    fn from_str(text: &str) -> Result<Self, MalformedName> {
        Self::parse(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> Name {
        Name::parse(text).unwrap()
    }

    #[test]
    fn reads_what_dns_can_be_asked_for() {
        assert_eq!(name("Mail.Example.COM.").as_str(), "mail.example.com");
        assert_eq!(name("_dmarc.example.com").as_str(), "_dmarc.example.com");
        assert_eq!(name("müller.example").as_str(), "xn--mller-kva.example");
        assert_eq!(name("a\u{3002}example").as_str(), "a.example");
        assert_eq!(Name::parse(""), Err(MalformedName::Empty));
        assert_eq!(Name::parse("."), Err(MalformedName::Empty));
        assert_eq!(Name::parse("a..b"), Err(MalformedName::EmptyLabel));
        assert_eq!(Name::parse(".a"), Err(MalformedName::EmptyLabel));
        assert_eq!(Name::parse("a b.c"), Err(MalformedName::Character));
        assert_eq!(Name::parse_with_spaces("A b.c").unwrap().as_str(), "a b.c");
        assert_eq!(Name::parse_with_spaces("a\tb.c"), Err(MalformedName::Character));
        assert_eq!(Name::parse_with_spaces("ü.c"), Err(MalformedName::Character));
        assert_eq!(Name::parse(b"a\0.c"), Err(MalformedName::Character));
        assert_eq!(Name::parse(b"\xff.c"), Err(MalformedName::Character));
    }

    #[test]
    fn judges_lengths_at_the_edges() {
        let label = "a".repeat(63);
        assert!(Name::parse(format!("{label}.example")).is_ok());
        assert_eq!(Name::parse(format!("a{label}.example")), Err(MalformedName::LabelTooLong));
        let longest = format!("{label}.{label}.{label}.{}", "b".repeat(61));
        assert_eq!(longest.len(), 253);
        assert!(Name::parse(&longest).is_ok());
        assert!(Name::parse(format!("{longest}.")).is_ok());
        assert_eq!(Name::parse(format!("{longest}b")), Err(MalformedName::TooLong));
    }

    #[test]
    fn climbs_the_tree() {
        let host = name("a.b.example.com");
        assert_eq!(host.parent().unwrap(), name("b.example.com"));
        assert_eq!(host.last_labels(2), name("example.com"));
        assert_eq!(host.last_labels(9), host);
        assert!(host.last_labels(0).is_root());
        assert_eq!(name("com").parent(), Some(Name::root()));
        assert_eq!(Name::root().parent(), None);
        assert_eq!(host.label_count(), 4);
        assert!(host.is_within(&host) && !host.is_below(&host));
        assert!(host.is_below(&name("example.com")) && host.is_within(&Name::root()));
        assert!(!name("badexample.com").is_within(&name("example.com")));
    }

    #[test]
    fn names_addresses_backwards() {
        assert_eq!(Name::reverse([192, 0, 2, 1].into()).as_str(), "1.2.0.192.in-addr.arpa");
        let v6 = Name::reverse("2001:db8::567:89ab".parse().unwrap());
        assert_eq!(v6.as_str(), "b.a.9.8.7.6.5.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa");
    }
}
