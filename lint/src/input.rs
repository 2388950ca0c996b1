//! A record as people write it down: the bare text, its strings in quotation marks, or a line of a master file.

use crate::record::{Protocol, Record};
use mailproof::Name;
use mailproof::dns::Txt;

/// Why a line is no record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MalformedLine {
    /// A quotation mark that is never closed.
    OpenQuote,
    /// It cannot be told whether this is SPF, DKIM or DMARC.
    UnknownProtocol,
}

impl std::fmt::Display for MalformedLine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::OpenQuote => "a quotation mark is never closed",
            Self::UnknownProtocol => "neither SPF nor DKIM nor DMARC, as it seems; say which is meant",
        })
    }
}

impl std::error::Error for MalformedLine {}

/// Reads `v=spf1 …`, `"v=spf1 …" "…"`, or `example.com. 300 IN TXT "v=spf1 …"`.
///
/// Within quotation marks a backslash escapes the next character, or is followed by the three digits of an octet (RFC
/// 1035 §5.1). A bare text is taken as it stands.
///
/// # Errors
/// [`MalformedLine`], when the line is no record.
pub fn read_line(line: &str, protocol: Option<Protocol>) -> Result<Record, MalformedLine> {
    let line = line.trim_matches(['\r', '\n']);
    let (owner, is_type_spf, rest) = master_line(line).unwrap_or((None, false, line));
    let data = rest.trim();
    let data = data.strip_prefix('(').and_then(|data| data.strip_suffix(')')).unwrap_or(data).trim();
    let is_split = data.starts_with('"');
    let txt = if is_split { Txt::new(strings(data)?) } else { Txt::new([rest]) };
    let protocol = protocol.or_else(|| Protocol::guess(txt.octets(), owner.as_ref()));
    let protocol = protocol.ok_or(MalformedLine::UnknownProtocol)?;
    Ok(Record { protocol, txt, owner, is_type_spf, is_split })
}

/// The owner, whether the type is SPF, and what stands behind the type, if this is a line of a master file.
fn master_line(line: &str) -> Option<(Option<Name>, bool, &str)> {
    let mut rest = line;
    let mut owner = None;
    for index in 0..4 {
        let word_end = rest.find([' ', '\t'])?;
        let (word, behind) = rest.split_at_checked(word_end)?;
        let behind = behind.trim_start();
        if word.eq_ignore_ascii_case("TXT") || word.eq_ignore_ascii_case("SPF") {
            return behind
                .starts_with(['"', '(', 'v'])
                .then(|| (owner, word.eq_ignore_ascii_case("SPF"), behind));
        }
        let is_class_or_ttl =
            word.eq_ignore_ascii_case("IN") || word.bytes().all(|digit| digit.is_ascii_digit());
        if index == 0 && !word.contains(['=', '"', ':']) && (!is_class_or_ttl || word.is_empty()) {
            owner = Name::parse(word).ok();
        } else if !is_class_or_ttl {
            return None;
        }
        rest = behind;
    }
    None
}

/// The strings between quotation marks; words without them count as strings, too.
fn strings(data: &str) -> Result<Vec<Vec<u8>>, MalformedLine> {
    let mut strings = Vec::new();
    let mut octets = data.bytes().peekable();
    while let Some(first) = octets.next() {
        if first.is_ascii_whitespace() {
            continue;
        }
        let mut string = Vec::new();
        if first != b'"' {
            string.push(first);
            while let Some(octet) = octets.next_if(|octet| !octet.is_ascii_whitespace() && *octet != b'"') {
                string.push(octet);
            }
            strings.push(string);
            continue;
        }
        loop {
            match octets.next().ok_or(MalformedLine::OpenQuote)? {
                b'"' => break,
                b'\\' => {
                    let next = octets.next().ok_or(MalformedLine::OpenQuote)?;
                    string.push(escaped(next, &mut octets));
                }
                octet => string.push(octet),
            }
        }
        strings.push(string);
    }
    Ok(strings)
}

/// The octet that an escape stands for: `\DDD`, or the character itself.
fn escaped(first: u8, octets: &mut std::iter::Peekable<std::str::Bytes<'_>>) -> u8 {
    if !first.is_ascii_digit() {
        return first;
    }
    let mut value = u16::from(first - b'0');
    for _ in 0..2 {
        let Some(digit) = octets.next_if(u8::is_ascii_digit) else {
            break;
        };
        value = value * 10 + u16::from(digit - b'0');
    }
    u8::try_from(value).unwrap_or(b'?')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_people_write() {
        let read = |line: &str| read_line(line, None).unwrap();
        assert_eq!(read("v=spf1 -all").octets(), b"v=spf1 -all");
        let split = read("\"v=spf1 a\" \" -all\"");
        assert_eq!(
            (split.octets(), split.txt.joints(), split.is_split),
            (&b"v=spf1 a -all"[..], &[8][..], true)
        );
        let line = read("s._domainkey.Example.COM. 300 IN TXT ( \"v=DKIM1\\; p=\" \"\\065\\\"\" )");
        assert_eq!(line.octets(), b"v=DKIM1; p=A\"");
        assert_eq!(line.owner.unwrap().as_str(), "s._domainkey.example.com");
        assert_eq!(line.protocol, Protocol::Dkim);
        assert!(read("example.com. IN SPF \"v=spf1 -all\"").is_type_spf);
        assert_eq!(read("example.com TXT v=spf1 -all").octets(), b"v=spf1 -all");
        assert_eq!(read("v=DKIM1\\; k=rsa\\; p=").octets(), b"v=DKIM1\\; k=rsa\\; p=");
        assert!(matches!(read_line("\"v=spf1", None), Err(MalformedLine::OpenQuote)));
        assert!(matches!(read_line("hello", None), Err(MalformedLine::UnknownProtocol)));
    }
}
