//! Mailboxes in one file: mbox (RFC 4155), with the quoting of mboxrd.

use super::lines::{Lines, Piece};
use std::io;

/// A message is never larger; what is, is passed over.
pub(super) const MESSAGE_OCTETS: usize = 32 << 20;

/// Octets that are looked at together.
const PIECE_OCTETS: usize = 64 << 10;

/// Reads messages one after another.
pub(super) struct Mbox {
    lines: Lines,
    piece: Vec<u8>,
    /// Where the message begins whose separator was read.
    begins: Option<u64>,
}

/// A message of a mailbox.
pub(super) struct Boxed {
    /// The octet at which its separator begins.
    pub(super) begins: u64,
    /// As it stands in the file, without the separator and its quoting; or what stands there instead.
    pub(super) octets: Result<Vec<u8>, &'static str>,
}

impl Mbox {
    pub(super) fn new(lines: Lines) -> Self {
        Self { lines, piece: Vec::new(), begins: None }
    }

    /// Octets read so far.
    pub(super) const fn octets(&self) -> u64 {
        self.lines.octets
    }

    /// The next message; `None` at the end.
    pub(super) fn message(&mut self) -> io::Result<Option<Boxed>> {
        let begins = match self.begins.take() {
            Some(begins) => begins,
            // What stands before the first separator is no message.
            None => match self.text()? {
                (_, Some(begins)) => begins,
                (text, None) if text.octets.iter().all(u8::is_ascii_whitespace) => return Ok(None),
                (_, None) => {
                    return Ok(Some(Boxed {
                        begins: 0,
                        octets: Err("no mailbox: no line begins with \"From \""),
                    }));
                }
            },
        };
        let (text, next) = self.text()?;
        self.begins = next;
        let octets = if text.is_too_large { Err("a message of more than 32 MiB") } else { Ok(text.octets) };
        Ok(Some(Boxed { begins, octets }))
    }

    /// What stands before the next separator, which is read, too, and where that begins.
    fn text(&mut self) -> io::Result<(Text, Option<u64>)> {
        let mut text = Text { octets: Vec::new(), is_too_large: false };
        let (mut is_start, mut is_after_empty) = (true, self.lines.octets == 0);
        loop {
            let begins = self.lines.octets;
            let Some(read) = self.lines.piece(&mut self.piece, PIECE_OCTETS)? else {
                return Ok((text, None));
            };
            let mut line = self.piece.as_slice();
            if is_start && is_after_empty && line.starts_with(b"From ") {
                if read == Piece::Part {
                    while self.lines.piece(&mut self.piece, PIECE_OCTETS)? == Some(Piece::Part) {}
                }
                text.drop_empty_line();
                return Ok((text, Some(begins)));
            }
            // mboxrd: one ">" is put before each line that begins with any number of them and "From ".
            if is_start && line.starts_with(b">") && unquoted(line).starts_with(b"From ") {
                line = line.get(1..).unwrap_or_default();
            }
            text.push(line);
            is_after_empty = is_start && matches!(self.piece.as_slice(), b"\n" | b"\r\n");
            is_start = read == Piece::Whole;
        }
    }
}

fn unquoted(line: &[u8]) -> &[u8] {
    let quotes = line.iter().take_while(|octet| **octet == b'>').count();
    line.get(quotes..).unwrap_or_default()
}

struct Text {
    octets: Vec<u8>,
    is_too_large: bool,
}

impl Text {
    fn push(&mut self, line: &[u8]) {
        if self.octets.len().saturating_add(line.len()) > MESSAGE_OCTETS {
            self.is_too_large = true;
            self.octets = Vec::new();
        }
        if !self.is_too_large {
            self.octets.extend_from_slice(line);
        }
    }

    /// RFC 4155 Appendix A: an empty line stands before each separator, which is none of the message.
    fn drop_empty_line(&mut self) {
        for line_end in [b"\r\n".as_slice(), b"\n"] {
            if self.octets.ends_with(line_end) {
                self.octets.truncate(self.octets.len() - line_end.len());
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages(text: &'static [u8]) -> Vec<(u64, Result<String, &'static str>)> {
        let mut mbox = Mbox::new(Lines::new(Box::new(text)));
        let mut found = Vec::new();
        while let Some(boxed) = mbox.message().unwrap() {
            found.push((boxed.begins, boxed.octets.map(|octets| String::from_utf8(octets).unwrap())));
        }
        found
    }

    #[test]
    fn messages_are_told_apart_and_unquoted() {
        let text = b"From a Thu\nA: 1\n\n>From x\n>>From y\n>Fro\nFrom here\n\nFrom b Fri\nB: 2\n\nend\n";
        assert_eq!(
            messages(text),
            [
                (0, Ok("A: 1\n\nFrom x\n>From y\n>Fro\nFrom here\n".to_owned())),
                (50, Ok("B: 2\n\nend\n".to_owned())),
            ]
        );
        let crlf = b"From a\r\nA: 1\r\n\r\nx\r\n\r\nFrom b\r\nB: 2\r\n\r\n";
        assert_eq!(
            messages(crlf),
            [(0, Ok("A: 1\r\n\r\nx\r\n".to_owned())), (21, Ok("B: 2\r\n\r\n".to_owned()))]
        );
    }

    #[test]
    fn what_is_no_mailbox_is_told() {
        assert_eq!(messages(b"\n\n"), []);
        assert_eq!(messages(b"A: 1\n\nx\n"), [(0, Err("no mailbox: no line begins with \"From \""))]);
    }
}
