//! Why a text is no SPF record.

use std::fmt::{self, Write as _};

/// Octets of a term that an error repeats at most.
const SHOWN_OCTETS: usize = 80;

/// What a shortened text ends in.
const CUT: &str = "...";

/// Why a text is no SPF record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MalformedRecord {
    /// Octets before the place that is wrong.
    pub offset: usize,
    /// What is wrong.
    pub flaw: Flaw,
    /// The term that is wrong, in visible ASCII, shortened when it is long.
    pub term: Box<str>,
    /// The term runs over the break between two strings of the TXT record, and would be two good terms with a space
    /// there: where, in octets from the beginning of the record. Strings are joined with nothing between them
    /// (RFC 7208 §3.3).
    pub glued_at: Option<usize>,
}

/// What is wrong with a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Flaw {
    /// An octet that is no visible ASCII character (RFC 7208 §4.6.1, §7.1).
    #[error("a character that is not allowed, such as a tab or one outside ASCII")]
    Character,
    /// No domain-spec where one is needed.
    #[error("the domain is missing")]
    DomainMissing,
    /// A domain-spec that ends neither in a macro nor in a dot and a top-level label.
    #[error("the domain does not end in a dot and a top-level label")]
    DomainEnd,
    /// `exp=` or `redirect=` a second time.
    #[error("a modifier that may occur only once occurs twice")]
    DuplicateModifier,
    /// A macro letter that only explanations may hold (RFC 7208 §7.2).
    #[error("a macro letter that is allowed only in explanations")]
    ExplanationMacro,
    /// A percent sign that begins no macro, or one whose braces hold something out of place.
    #[error("a percent sign that begins no well-formed macro")]
    Macro,
    /// A macro with a letter that means nothing.
    #[error("an unknown macro letter")]
    MacroLetter,
    /// A macro that keeps no part.
    #[error("a macro that keeps 0 parts")]
    MacroParts,
    /// `ip4:` or `ip6:` with something that is no address of that kind.
    #[error("not an address of this kind")]
    Network,
    /// A prefix length beyond 32 or 128, with leading zeros, or without digits.
    #[error("not a prefix length")]
    PrefixLength,
    /// Something after the end of a mechanism.
    #[error("more than this mechanism takes")]
    Trailing,
    /// A mechanism that RFC 7208 does not know.
    #[error("unknown mechanism")]
    UnknownMechanism,
    /// The record does not begin with `v=spf1` and a space or its end.
    #[error("no version v=spf1")]
    Version,
}

impl fmt::Display for MalformedRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "syntax error in {} at offset {}: {}", self.term, self.offset, self.flaw)?;
        if let Some(joint) = self.glued_at {
            write!(
                f,
                "; the strings of the TXT record break at offset {joint} and glue two terms, a space is missing there"
            )?;
        }
        Ok(())
    }
}

impl std::error::Error for MalformedRecord {}

/// `text` in visible ASCII, shortened.
pub(super) fn shown(text: &[u8]) -> String {
    let cut = text.get(..SHOWN_OCTETS).unwrap_or(text);
    let mut shown: String = cut.escape_ascii().map(char::from).collect();
    if cut.len() < text.len() {
        shown.push_str(CUT);
    }
    shown
}

/// What something prints, in visible ASCII, shortened, as [`shown`] does it.
pub(super) struct Shown<T>(pub(super) T);

impl<T: fmt::Display> fmt::Display for Shown<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut visible = Visible { out: f, room: SHOWN_OCTETS, is_cut: false };
        let printed = write!(visible, "{}", self.0);
        if visible.is_cut { f.write_str(CUT) } else { printed }
    }
}

/// Passes text on in visible ASCII, as far as there is room; what does not fit is an error, so that nobody goes on printing.
struct Visible<'a, 'f> {
    out: &'a mut fmt::Formatter<'f>,
    /// For so many octets more, counted before they are escaped.
    room: usize,
    is_cut: bool,
}

impl fmt::Write for Visible<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let octets = text.as_bytes();
        let cut = octets.get(..self.room).unwrap_or(octets);
        self.is_cut |= cut.len() < octets.len();
        self.room -= cut.len();
        let is_plain = |octet: u8| matches!(octet, b' '..=b'~') && !matches!(octet, b'"' | b'\'' | b'\\');
        match std::str::from_utf8(cut) {
            Ok(plain) if cut.iter().copied().all(is_plain) => self.out.write_str(plain)?,
            _ => write!(self.out, "{}", cut.escape_ascii())?,
        }
        if self.is_cut { Err(fmt::Error) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_printed_is_shown_as_its_text_would_be() {
        let edge = "x".repeat(SHOWN_OCTETS);
        for pieces in [
            ["", "", ""],
            ["include:", "a.example", " "],
            ["a\"b\\", "'\t\u{e9}\u{7f}", "c"],
            [&edge, "", ""],
            [&edge, "", "y"],
            ["y", &edge, "z"],
            ["\u{e9}", "y", &edge],
            [&edge[1..], "\u{e9}", "z"],
        ] {
            let [one, two, three] = pieces;
            let printed = Shown(format_args!("{one}{two}{three}")).to_string();
            assert_eq!(printed, shown(pieces.concat().as_bytes()));
        }
    }

    #[test]
    fn nothing_is_printed_behind_the_cut() {
        struct Endless;
        impl fmt::Display for Endless {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                loop {
                    f.write_str("x")?;
                }
            }
        }
        assert_eq!(Shown(Endless).to_string(), "x".repeat(SHOWN_OCTETS) + CUT);
    }
}
