//! The entries of a master file (RFC 1035 §5.1): logical lines of words, with comments, quotes, escapes and parentheses
//! resolved.

use super::zone_file::ZoneFileDefect;
use std::iter::Peekable;
use std::str::Bytes;

/// One directive or record; it has at least one word.
#[derive(Debug)]
pub(super) struct Entry {
    /// Whether it begins with white space: its owner is the one before.
    pub(super) indented: bool,
    pub(super) words: Vec<Word>,
}

/// A character string or any other item.
#[derive(Debug, Default)]
pub(super) struct Word {
    /// The octets meant, without quotes and escapes.
    pub(super) octets: Vec<u8>,
    pub(super) quoted: bool,
    /// Whether there is an escape in it.
    pub(super) escaped: bool,
    /// Whether there is an escaped dot in it, which separates no labels.
    pub(super) literal_dot: bool,
}

impl Word {
    /// Whether it is this item with its special meaning: `@` is, `"@"` and `\@` are not.
    pub(super) fn is(&self, item: &[u8]) -> bool {
        self.is_plain() && self.octets == item
    }

    /// Neither quoted nor with an escape in it.
    pub(super) const fn is_plain(&self) -> bool {
        !self.quoted && !self.escaped
    }
}

/// Splits a text into entries.
pub(super) struct Entries<'a> {
    octets: Peekable<Bytes<'a>>,
    line: usize,
    entry_line: usize,
}

impl<'a> Entries<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        Self { octets: text.bytes().peekable(), line: 1, entry_line: 1 }
    }

    /// The line on which the last entry began, counted from 1.
    pub(super) const fn entry_line(&self) -> usize {
        self.entry_line
    }

    /// The next entry; `None` at the end.
    pub(super) fn next(&mut self) -> Result<Option<Entry>, ZoneFileDefect> {
        while self.octets.peek().is_some() {
            self.entry_line = self.line;
            let indented = matches!(self.octets.peek(), Some(b' ' | b'\t'));
            let words = self.words()?;
            if !words.is_empty() {
                return Ok(Some(Entry { indented, words }));
            }
        }
        Ok(None)
    }

    /// The words to the end of the line, or of the parentheses opened on it.
    fn words(&mut self) -> Result<Vec<Word>, ZoneFileDefect> {
        let mut words = Vec::new();
        let mut depth = 0_usize;
        while let Some(octet) = self.octets.peek().copied() {
            if !ends_word(octet) {
                words.push(self.word()?);
                continue;
            }
            self.advance();
            match octet {
                b'\n' if depth == 0 => return Ok(words),
                b'"' => words.push(self.quoted()?),
                b'(' => depth += 1,
                b')' => depth = depth.checked_sub(1).ok_or(ZoneFileDefect::Parenthesis)?,
                b';' => while self.octets.next_if(|octet| *octet != b'\n').is_some() {},
                _ => {}
            }
        }
        if depth > 0 { Err(ZoneFileDefect::Parenthesis) } else { Ok(words) }
    }

    fn word(&mut self) -> Result<Word, ZoneFileDefect> {
        let mut word = Word::default();
        while let Some(octet) = self.octets.next_if(|octet| !ends_word(*octet)) {
            self.take(octet, &mut word)?;
        }
        Ok(word)
    }

    /// The rest of a quoted string, which may go over several lines.
    fn quoted(&mut self) -> Result<Word, ZoneFileDefect> {
        let mut word = Word { quoted: true, ..Word::default() };
        loop {
            match self.advance().ok_or(ZoneFileDefect::Quote)? {
                b'"' => return Ok(word),
                octet => self.take(octet, &mut word)?,
            }
        }
    }

    /// Adds what `octet`, or the escape it begins, means.
    fn take(&mut self, octet: u8, word: &mut Word) -> Result<(), ZoneFileDefect> {
        let octet = match octet {
            b'\\' => {
                word.escaped = true;
                let escaped = self.escaped()?;
                word.literal_dot |= escaped == b'.';
                escaped
            }
            octet => octet,
        };
        word.octets.push(octet);
        Ok(())
    }

    /// RFC 1035 §5.1: `\DDD` is the octet of that decimal number, `\X` is X.
    fn escaped(&mut self) -> Result<u8, ZoneFileDefect> {
        let first = self.advance().ok_or(ZoneFileDefect::Escape)?;
        if !first.is_ascii_digit() {
            return Ok(first);
        }
        let mut number = u16::from(first - b'0');
        for _ in 0..2 {
            let digit = self.octets.next_if(u8::is_ascii_digit).ok_or(ZoneFileDefect::Escape)?;
            number = number * 10 + u16::from(digit - b'0');
        }
        u8::try_from(number).map_err(|_| ZoneFileDefect::Escape)
    }

    fn advance(&mut self) -> Option<u8> {
        let octet = self.octets.next()?;
        if octet == b'\n' {
            self.line += 1;
        }
        Some(octet)
    }
}

const fn ends_word(octet: u8) -> bool {
    matches!(octet, b' ' | b'\t' | b'\r' | b'\n' | b'"' | b'(' | b')' | b';')
}
