//! Reading what the command is pointed at.

use mailproof::Name;
use mailproof::message::with_crlf;
use mailproof::name::MalformedName;
use std::io::Read;
use std::path::Path;

/// Why an input cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unreadable {
    /// It is a directory.
    #[error("{0} is a directory, not a file")]
    Directory(String),
    /// It is there already, and is not to be replaced.
    #[error("{0} is there already; --force replaces it")]
    Exists(String),
    /// The system says no.
    #[error("{path}: {why}")]
    File {
        /// What was to be read.
        path: String,
        /// What the system says.
        why: std::io::Error,
    },
    /// It is no private key that could sign.
    #[error("{path}: {why}")]
    Key {
        /// What was read.
        path: String,
        /// What is wrong with it.
        why: mailproof::UnusableKey,
    },
    /// It is no message.
    #[error("{path}: {why}")]
    Message {
        /// What was read.
        path: String,
        /// What is wrong with it.
        why: mailproof::message::MalformedMessage,
    },
    /// It is no message that should be signed.
    #[error("{path}: {why}")]
    Unsigned {
        /// What was read.
        path: String,
        /// What is wrong with it.
        why: mailproof::dkim::SignError,
    },
    /// It is no zone.
    #[error("{path}: {why}")]
    Zone {
        /// What was read.
        path: String,
        /// What is wrong with it.
        why: String,
    },
    /// It is no recording.
    #[error("{path}: {why}")]
    Recording {
        /// What was read.
        path: String,
        /// What is wrong with it.
        why: String,
    },
    /// It is no list of names.
    #[error("{path}: {why}")]
    Text {
        /// What was read.
        path: String,
        /// What is wrong with it.
        why: String,
    },
    /// It is no domain name.
    #[error("{text}: {why}")]
    Name {
        /// What stands in its place.
        text: String,
        /// What is wrong with it.
        why: MalformedName,
    },
    /// There is no way to ask DNS.
    #[error("DNS: {0}")]
    Dns(String),
}

/// The octets of a file, or of standard input for `-`.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, Unreadable> {
    let shown = shown(path);
    let outcome = if path.as_os_str() == "-" {
        let mut octets = Vec::new();
        std::io::stdin().read_to_end(&mut octets).map(|_| octets)
    } else if path.is_dir() {
        return Err(Unreadable::Directory(shown));
    } else {
        std::fs::read(path)
    };
    outcome.map_err(|why| Unreadable::File { path: shown, why })
}

/// A text in UTF-8; or the line that is none.
pub(crate) fn text(octets: Vec<u8>) -> Result<String, String> {
    String::from_utf8(octets).map_err(|error| {
        let good = error.utf8_error().valid_up_to();
        let before = error.as_bytes().get(..good).unwrap_or_default();
        let line = before.split(|octet| *octet == b'\n').count();
        format!("line {line}: not UTF-8")
    })
}

/// A path for people.
pub(crate) fn shown(path: &Path) -> String {
    if path.as_os_str() == "-" { "standard input".to_owned() } else { path.display().to_string() }
}

/// The octets of a message as they stood on the wire.
///
/// A file whose first line ends in a bare LF is a text file: every bare LF is read as CRLF. A file whose first line
/// ends in CRLF holds wire octets already, and a bare LF in it is content.
pub(crate) fn wire_octets(octets: Vec<u8>, is_raw: bool) -> Vec<u8> {
    let first_line_end = octets.iter().position(|octet| *octet == b'\n');
    let is_wire = first_line_end
        .is_none_or(|line_end| line_end.checked_sub(1).and_then(|before| octets.get(before)) == Some(&b'\r'));
    if is_raw || is_wire { octets } else { with_crlf(&octets).into_owned() }
}

/// A domain name in the command line.
pub(crate) fn domain_name(text: &str) -> Result<Name, Unreadable> {
    Name::parse(text).map_err(|why| Unreadable::Name { text: text.to_owned(), why })
}

/// What MAIL FROM names, without the angle brackets around it.
pub(crate) fn reverse_path(text: &str) -> &str {
    text.strip_prefix('<').and_then(|rest| rest.strip_suffix('>')).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_pair_of_brackets_is_taken_off() {
        assert_eq!(reverse_path("<joe@example.com>"), "joe@example.com");
        assert_eq!(reverse_path("<>"), "");
        assert_eq!(reverse_path("joe@example.com"), "joe@example.com");
        assert_eq!(reverse_path("<<joe@example.com"), "<<joe@example.com");
    }

    #[test]
    fn only_a_text_file_is_converted() {
        assert_eq!(wire_octets(b"A: 1\n\nx\n".to_vec(), false), b"A: 1\r\n\r\nx\r\n");
        assert_eq!(wire_octets(b"A: 1\n\nx\n".to_vec(), true), b"A: 1\n\nx\n");
        assert_eq!(wire_octets(b"A: 1\r\n\r\nx\ny\r\n".to_vec(), false), b"A: 1\r\n\r\nx\ny\r\n");
    }
}
