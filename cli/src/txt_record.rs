//! A TXT record as it is published.

use mailproof::Name;
use std::fmt::Write;

/// Octets of one string of a TXT record at most (RFC 1035 §3.3).
const STRING_OCTETS: usize = 255;

/// A TXT record, at its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TxtRecord {
    pub(crate) name: Name,
    /// Visible ASCII and spaces, in one line.
    pub(crate) text: String,
}

impl TxtRecord {
    /// The record as it stands in a master file (RFC 1035 §5.1), with as many strings as it takes.
    pub(crate) fn zone_file(&self) -> String {
        let mut out = format!("{}. IN TXT (", self.name);
        let mut rest = self.text.as_str();
        while !rest.is_empty() {
            let (string, behind) = rest.split_at_checked(STRING_OCTETS).unwrap_or((rest, ""));
            // RFC 1035 §5.1: a quote or a backslash stands behind a backslash.
            let string = string.replace('\\', "\\\\").replace('"', "\\\"");
            let _ = write!(out, "\n    \"{string}\"");
            rest = behind;
        }
        out.push_str(" )");
        out
    }

    /// Both forms, for a person.
    pub(crate) fn plain(&self) -> String {
        format!(
            "TXT record at {}, as one line:\n{}\n\nThe same for a zone file:\n{}\n",
            self.name,
            self.text,
            self.zone_file()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_hold_255_octets_at_most() {
        let zone_file = |length: usize| {
            let name = Name::parse("a._domainkey.example.com").unwrap();
            TxtRecord { name, text: "p".repeat(length) }.zone_file()
        };
        let lengths =
            |text: &str| -> Vec<usize> { text.split('"').skip(1).step_by(2).map(str::len).collect() };
        assert_eq!(zone_file(3), "a._domainkey.example.com. IN TXT (\n    \"ppp\" )");
        assert_eq!(lengths(&zone_file(255)), [255]);
        assert_eq!(lengths(&zone_file(256)), [255, 1]);
        assert_eq!(lengths(&zone_file(736)), [255, 255, 226]);
    }

    #[test]
    fn quotes_and_backslashes_are_escaped() {
        let record = TxtRecord { name: Name::parse("example.com").unwrap(), text: r#"a"b\c"#.to_owned() };
        assert_eq!(record.zone_file(), "example.com. IN TXT (\n    \"a\\\"b\\\\c\" )");
    }
}
