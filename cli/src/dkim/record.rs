//! A key record as it is published.

use mailproof::Name;
use std::fmt::Write;

/// Octets of one string of a TXT record at most (RFC 1035 §3.3).
const STRING_OCTETS: usize = 255;

/// The TXT record of a public key, at its name.
pub(super) struct Record {
    pub(super) name: Name,
    /// The tags, in one line: base64 and nothing that would have to be escaped.
    pub(super) text: String,
}

impl Record {
    /// The record as it stands in a master file (RFC 1035 §5.1), with as many strings as it takes.
    pub(super) fn zone_file(&self) -> String {
        let mut out = format!("{}. IN TXT (", self.name);
        let mut rest = self.text.as_str();
        while !rest.is_empty() {
            let (string, behind) = rest.split_at_checked(STRING_OCTETS).unwrap_or((rest, ""));
            let _ = write!(out, "\n    \"{string}\"");
            rest = behind;
        }
        out.push_str(" )");
        out
    }

    /// Both forms, for a person.
    pub(super) fn plain(&self) -> String {
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
            Record { name, text: "p".repeat(length) }.zone_file()
        };
        let lengths =
            |text: &str| -> Vec<usize> { text.split('"').skip(1).step_by(2).map(str::len).collect() };
        assert_eq!(zone_file(3), "a._domainkey.example.com. IN TXT (\n    \"ppp\" )");
        assert_eq!(lengths(&zone_file(255)), [255]);
        assert_eq!(lengths(&zone_file(256)), [255, 1]);
        assert_eq!(lengths(&zone_file(736)), [255, 255, 226]);
    }
}
