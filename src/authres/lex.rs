//! The letters of the grammar: white space, comments, quoted strings, tokens (RFC 5322 §3.2, RFC 2045 §5.1).

use super::malformed::{AuthResultsFlaw as Flaw, MalformedAuthResults};
use super::text::{KEYWORD_OCTETS, is_keyword, is_keyword_text, is_token};
use crate::ascii::{is_fws, is_wsp};
use crate::cursor::Cursor;

/// A reader of a value that was found [`admissible`].
#[derive(Debug)]
pub(super) struct Lexer<'a> {
    cursor: Cursor<'a>,
}

/// What stood between two words.
#[derive(Debug, Default)]
pub(super) struct Between<'a> {
    /// Whether anything did.
    pub(super) is_there: bool,
    /// The first comment, as it is written between its parentheses.
    pub(super) comment: Option<&'a [u8]>,
}

/// The value without a CRLF that ends the field, when it holds no control character but tabs and every line end in
/// it is a fold.
pub(super) fn admissible(value: &[u8]) -> Result<&[u8], MalformedAuthResults> {
    let value = value.strip_suffix(b"\r\n").unwrap_or(value);
    let mut octets = value.iter().copied().enumerate();
    while let Some((offset, octet)) = octets.next() {
        match octet {
            // RFC 5322 §2.2.3: a fold is CRLF before white space; a lone CR or LF is a line end to some readers.
            b'\r' | b'\n' if !is_fold(value.get(offset..).unwrap_or_default()) => {
                return Err(Flaw::LineEnd.at(offset));
            }
            b'\r' => drop(octets.next()),
            b'\t' => {}
            _ if octet.is_ascii_control() => return Err(Flaw::Control.at(offset)),
            _ => {}
        }
    }
    Ok(value)
}

fn is_fold(text: &[u8]) -> bool {
    matches!(text, [b'\r', b'\n', after, ..] if is_wsp(*after))
}

impl<'a> Lexer<'a> {
    pub(super) const fn new(value: &'a [u8]) -> Self {
        Self { cursor: Cursor::new(value) }
    }

    pub(super) const fn offset(&self) -> usize {
        self.cursor.offset()
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.cursor.is_at_end()
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.cursor.peek()
    }

    pub(super) fn eat(&mut self, octet: u8) -> bool {
        self.cursor.eat(octet)
    }

    pub(super) fn take_while(&mut self, belongs: impl Fn(u8) -> bool) -> &'a [u8] {
        self.cursor.take_while(belongs)
    }

    /// RFC 5322 §3.2.2: `[CFWS]`.
    pub(super) fn skip_cfws(&mut self) -> Result<Between<'a>, MalformedAuthResults> {
        let mut between = Between::default();
        loop {
            let space = self.cursor.take_while(is_fws);
            between.is_there |= !space.is_empty();
            if self.peek() != Some(b'(') {
                return Ok(between);
            }
            between.is_there = true;
            let comment = self.comment()?;
            between.comment.get_or_insert(comment);
        }
    }

    /// RFC 5322 §3.2.2: a comment holds comments, to any depth.
    fn comment(&mut self) -> Result<&'a [u8], MalformedAuthResults> {
        let start = self.offset();
        let rest = self.cursor.rest();
        let mut depth = 0_usize;
        while let Some(octet) = self.cursor.next() {
            match octet {
                b'\\' => self.quoted_pair(Flaw::Comment)?,
                b'(' => depth += 1,
                b')' if depth == 1 => {
                    let length = self.offset() - start;
                    return Ok(rest.get(1..length - 1).unwrap_or_default());
                }
                b')' => depth -= 1,
                _ => {}
            }
        }
        Err(Flaw::Comment.at(start))
    }

    /// RFC 5322 §3.2.1: what the backslash quotes is a visible character or white space.
    fn quoted_pair(&mut self, unfinished: Flaw) -> Result<(), MalformedAuthResults> {
        let offset = self.offset();
        match self.cursor.next() {
            Some(b'\r' | b'\n') => Err(Flaw::LineEnd.at(offset)),
            Some(_) => Ok(()),
            None => Err(unfinished.at(offset)),
        }
    }

    /// RFC 5322 §3.2.4: what stands between the quotes, as it is written.
    pub(super) fn quoted_string(&mut self) -> Result<&'a [u8], MalformedAuthResults> {
        let start = self.offset();
        let rest = self.cursor.rest();
        self.cursor.next();
        while let Some(octet) = self.cursor.next() {
            match octet {
                b'\\' => self.quoted_pair(Flaw::QuotedString)?,
                b'"' => {
                    let length = self.offset() - start;
                    return Ok(rest.get(1..length - 1).unwrap_or_default());
                }
                _ => {}
            }
        }
        Err(Flaw::QuotedString.at(start))
    }

    /// RFC 2045 §5.1: `value`, a token or a quoted string; if there is none, it is the flaw.
    pub(super) fn value(&mut self, missing: Flaw) -> Result<String, MalformedAuthResults> {
        let start = self.offset();
        if self.peek() == Some(b'"') {
            return text(&unescaped(self.quoted_string()?), start);
        }
        let token = self.take_while(is_token_or_utf8);
        if token.is_empty() { Err(missing.at(start)) } else { text(token, start) }
    }

    /// RFC 5321 §4.1.2: `Keyword`, in lower case; if there is none, it is the flaw.
    pub(super) fn keyword(&mut self, missing: Flaw) -> Result<String, MalformedAuthResults> {
        let start = self.offset();
        let word = self.take_while(is_keyword);
        if word.len() > KEYWORD_OCTETS {
            return Err(Flaw::KeywordTooLong.at(start));
        }
        if !is_keyword_text(word) {
            return Err(missing.at(start));
        }
        text(&word.to_ascii_lowercase(), start)
    }

    /// `1*DIGIT`; a number that does not fit is the largest that does.
    pub(super) fn number(&mut self) -> Option<u32> {
        let digits = self.take_while(|octet| octet.is_ascii_digit());
        let number = |sum: u32, digit: &u8| sum.saturating_mul(10).saturating_add(u32::from(digit - b'0'));
        (!digits.is_empty()).then(|| digits.iter().fold(0, number))
    }
}

/// RFC 8601 §2.5, RFC 8616 §5: names may be written in UTF-8.
pub(super) const fn is_token_or_utf8(octet: u8) -> bool {
    is_token(octet) || !octet.is_ascii()
}

/// The content of a comment or quoted string: without backslashes and line ends; a tab is a space.
pub(super) fn unescaped(written: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(written.len());
    let mut octets = written.iter().copied();
    while let Some(octet) = octets.next() {
        let octet = if octet == b'\\' { octets.next().unwrap_or(octet) } else { octet };
        match octet {
            b'\r' | b'\n' => {}
            b'\t' => out.push(b' '),
            _ => out.push(octet),
        }
    }
    out
}

pub(super) fn text(octets: &[u8], offset: usize) -> Result<String, MalformedAuthResults> {
    match std::str::from_utf8(octets) {
        Ok(text) => Ok(text.to_owned()),
        Err(error) => Err(Flaw::Utf8.at(offset + error.valid_up_to())),
    }
}
