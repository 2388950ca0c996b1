//! Lines, however long, in bounded memory.

use std::io::{self, BufRead};

/// Reads lines, and counts what it read.
pub(super) struct Lines {
    reader: Box<dyn BufRead>,
    /// The number of the line read last, from 1.
    pub(super) number: u64,
    /// Octets read so far.
    pub(super) octets: u64,
}

/// How much of a line was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// All of it, its end included; the last line of a file may have none.
    Whole,
    /// As much as was wanted; the rest of the line comes next.
    Part,
}

impl Lines {
    pub(super) fn new(reader: Box<dyn BufRead>) -> Self {
        Self { reader, number: 0, octets: 0 }
    }

    /// Puts at most `limit` octets of the next line into `into`; `None` at the end of the file.
    pub(super) fn piece(&mut self, into: &mut Vec<u8>, limit: usize) -> io::Result<Option<Piece>> {
        into.clear();
        loop {
            let buffer = match self.reader.fill_buf() {
                Ok(buffer) => buffer,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            if buffer.is_empty() {
                self.number += u64::from(!into.is_empty());
                return Ok((!into.is_empty()).then_some(Piece::Whole));
            }
            let line_end = buffer.iter().position(|octet| *octet == b'\n');
            let wanted = line_end.map_or(buffer.len(), |end| end + 1).min(limit - into.len());
            let taken = buffer.get(..wanted).unwrap_or_default();
            into.extend_from_slice(taken);
            self.reader.consume(wanted);
            self.octets = self.octets.saturating_add(u64::try_from(wanted).unwrap_or(u64::MAX));
            if into.last() == Some(&b'\n') {
                self.number += 1;
                return Ok(Some(Piece::Whole));
            }
            if into.len() == limit {
                return Ok(Some(Piece::Part));
            }
        }
    }

    /// The next line without its end and without white space around it; as an error, why it is none.
    pub(super) fn line(&mut self, limit: usize) -> io::Result<Option<Result<String, String>>> {
        let mut octets = Vec::new();
        match self.piece(&mut octets, limit)? {
            None => return Ok(None),
            Some(Piece::Whole) => {}
            Some(Piece::Part) => {
                while self.piece(&mut octets, limit)? == Some(Piece::Part) {}
                return Ok(Some(Err(format!("a line of more than {limit} octets"))));
            }
        }
        Ok(Some(match String::from_utf8(octets) {
            Ok(text) => {
                // Some editors begin a file with it.
                let text = if self.number == 1 { text.trim_start_matches('\u{feff}') } else { &text };
                Ok(text.trim().to_owned())
            }
            Err(_) => Err("not UTF-8".to_owned()),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &'static [u8]) -> Lines {
        // A reader with a small buffer.
        Lines::new(Box::new(io::BufReader::with_capacity(3, text)))
    }

    #[test]
    fn long_lines_are_passed_over() {
        let mut lines = lines("\u{feff}one \r\n0123456789\n\nlast".as_bytes());
        let mut read = Vec::new();
        while let Some(line) = lines.line(9).unwrap() {
            read.push((lines.number, line));
        }
        let long = Err("a line of more than 9 octets".to_owned());
        assert_eq!(read, [(1, Ok("one".into())), (2, long), (3, Ok(String::new())), (4, Ok("last".into()))]);
        assert_eq!(lines.octets, 25);
    }
}
