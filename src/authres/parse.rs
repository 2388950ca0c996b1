//! Reading an Authentication-Results field: the grammar of RFC 8601 §2.2, and nothing wider but for what is named.

use super::lex::{Lexer, admissible, is_token_or_utf8, text, unescaped};
use super::malformed::{AuthResultsFlaw as Flaw, MalformedAuthResults};
use super::text::is_keyword;
use super::{AuthResults, Entry};
use crate::ascii::is_atext;

/// The version of the field that is understood (RFC 8601 §2.2).
const VERSION: u32 = 1;

impl AuthResults {
    /// Reads the value of a field: everything after the colon, with or without the CRLF that ends it. Folds are CRLF
    /// and white space.
    ///
    /// Any octets end in a value or an error, in linear time. It is stricter than many readers: what is no RFC 8601
    /// is not guessed at. Five things are read that the grammar does not hold, as they are common and can be taken
    /// for nothing else: a reason among or after the properties, a property without a value at the end of a result
    /// (`smtp.mailfrom=;`), underscores in keywords, tokens in UTF-8, and the `action=` that Microsoft puts among the
    /// properties.
    ///
    /// Kept are unknown methods, results and properties, and the comment that stands right after a result. Keywords
    /// become lower case, reasons and comments are cut as [`AuthResults`] says, a tab in a text is a space. Other
    /// comments, an `action=`, and a written version 1, are dropped. Whatever is read and written again reads as the same value.
    ///
    /// # Errors
    /// [`MalformedAuthResults`] says what is wrong, and where; a field of another version than 1 is
    /// [`UnsupportedVersion`](super::AuthResultsFlaw::UnsupportedVersion).
    pub fn parse(value: &[u8]) -> Result<Self, MalformedAuthResults> {
        let value = admissible(value)?;
        let value_text = std::str::from_utf8(value).map_err(|error| Flaw::Utf8.at(error.valid_up_to()))?;
        // RFC 5198 §2: the other control characters of Unicode; one of them ends a line.
        if let Some(offset) = value_text.find(is_c1_control) {
            return Err(Flaw::Control.at(offset));
        }
        payload(&mut Lexer::new(value))
    }
}

fn is_c1_control(character: char) -> bool {
    !character.is_ascii() && character.is_control()
}

/// `authserv-id [CFWS authres-version]`, and what comes before and after; whoever asks for the rest has the lexer.
pub(super) fn authserv_id(lexer: &mut Lexer<'_>) -> Result<String, MalformedAuthResults> {
    lexer.skip_cfws()?;
    let authserv_id = lexer.value(Flaw::AuthservId)?;
    let between = lexer.skip_cfws()?;
    let offset = lexer.offset();
    if let Some(version) = lexer.number() {
        if !between.is_there {
            return Err(Flaw::Space.at(offset));
        }
        lexer.skip_cfws()?;
        end_of_clause(lexer)?;
        // RFC 8601 §2.6: discontinue; what follows might not be in an expected format.
        if version != VERSION {
            return Err(Flaw::UnsupportedVersion.at(offset));
        }
    }
    end_of_clause(lexer)?;
    Ok(authserv_id)
}

fn end_of_clause(lexer: &Lexer<'_>) -> Result<(), MalformedAuthResults> {
    match lexer.peek() {
        Some(b';') | None => Ok(()),
        Some(_) => Err(Flaw::Semicolon.at(lexer.offset())),
    }
}

/// `authres-payload`.
fn payload(lexer: &mut Lexer<'_>) -> Result<AuthResults, MalformedAuthResults> {
    let mut results = AuthResults::new(authserv_id(lexer)?);
    if lexer.is_at_end() {
        return Err(Flaw::NoResults.at(lexer.offset()));
    }
    while lexer.eat(b';') {
        lexer.skip_cfws()?;
        let offset = lexer.offset();
        match resinfo(lexer)? {
            Some(entry) => results.push(entry),
            None if results.entries.is_empty() && lexer.is_at_end() => return Ok(results),
            None => return Err(Flaw::NoneAmongResults.at(offset)),
        }
    }
    end_of_clause(lexer)?;
    Ok(results)
}

/// `methodspec [CFWS reasonspec] [CFWS 1*propspec]`, or nothing for `none`.
fn resinfo(lexer: &mut Lexer<'_>) -> Result<Option<Entry>, MalformedAuthResults> {
    let method = lexer.keyword(Flaw::Method)?;
    lexer.skip_cfws()?;
    let mut version = None;
    if lexer.eat(b'/') {
        lexer.skip_cfws()?;
        let offset = lexer.offset();
        version = Some(lexer.number().ok_or(Flaw::MethodVersion.at(offset))?);
        lexer.skip_cfws()?;
    } else if method == "none" && lexer.peek() != Some(b'=') {
        end_of_clause(lexer)?;
        return Ok(None);
    }
    equals(lexer)?;
    lexer.skip_cfws()?;
    let result = lexer.keyword(Flaw::Result)?;
    let mut entry = Entry::new(method, result);
    if let Some(version) = version {
        entry = entry.with_method_version(version);
    }
    let offset = lexer.offset();
    let between = lexer.skip_cfws()?;
    if let Some(comment) = between.comment {
        entry = entry.with_comment(text(&unescaped(comment), offset)?);
    }
    details(lexer, entry, between.is_there).map(Some)
}

/// The reason and the properties.
fn details(
    lexer: &mut Lexer<'_>,
    mut entry: Entry,
    mut is_separate: bool,
) -> Result<Entry, MalformedAuthResults> {
    let mut has_reason = false;
    while !matches!(lexer.peek(), Some(b';') | None) {
        let offset = lexer.offset();
        if !is_separate {
            return Err(Flaw::Space.at(offset));
        }
        let word = lexer.keyword(Flaw::Word)?;
        lexer.skip_cfws()?;
        if lexer.eat(b'.') {
            lexer.skip_cfws()?;
            let name = lexer.keyword(Flaw::Property)?;
            lexer.skip_cfws()?;
            equals(lexer)?;
            let value = pvalue(lexer)?;
            entry.push_property(word, name, value);
            // RFC 8601 §2.2: white space after a pvalue may be missing, as after a quoted string.
            is_separate = true;
        } else if word == "reason" && lexer.eat(b'=') {
            // RFC 8601 §2.2 has the reason before the properties; many write it last.
            if has_reason {
                return Err(Flaw::SecondReason.at(offset));
            }
            has_reason = true;
            lexer.skip_cfws()?;
            entry = entry.with_reason(lexer.value(Flaw::Reason)?);
            is_separate = lexer.skip_cfws()?.is_there;
        } else if word == "action" && lexer.eat(b'=') {
            // What Microsoft means to do with the message: a property without a type.
            lexer.skip_cfws()?;
            lexer.value(Flaw::Value)?;
            is_separate = lexer.skip_cfws()?.is_there;
        } else {
            return Err(Flaw::Word.at(offset));
        }
    }
    Ok(entry)
}

fn equals(lexer: &mut Lexer<'_>) -> Result<(), MalformedAuthResults> {
    if lexer.eat(b'=') { Ok(()) } else { Err(Flaw::NoEquals.at(lexer.offset())) }
}

/// `[CFWS] ( value / [ [ local-part ] "@" ] domain-name ) [CFWS]`.
fn pvalue(lexer: &mut Lexer<'_>) -> Result<String, MalformedAuthResults> {
    lexer.skip_cfws()?;
    // RFC 8601 §2.2 wants a value; a null reverse-path is often written as nothing.
    if matches!(lexer.peek(), Some(b';') | None) {
        return Ok(String::new());
    }
    let start = lexer.offset();
    let value = if lexer.peek() == Some(b'"') {
        let quoted = text(&unescaped(lexer.quoted_string()?), start)?;
        lexer.skip_cfws()?;
        if lexer.eat(b'@') { [&local_part(&quoted), "@", domain_name(lexer)?].concat() } else { quoted }
    } else {
        let word = lexer.take_while(|octet| is_atext(octet) || octet == b'.' || !octet.is_ascii());
        lexer.skip_cfws()?;
        if lexer.eat(b'@') {
            if !word.is_empty() && !is_dot_atom(word) {
                return Err(Flaw::Value.at(start));
            }
            [&text(word, start)?, "@", domain_name(lexer)?].concat()
        } else if !word.is_empty() && word.iter().copied().all(is_token_or_utf8) {
            text(word, start)?
        } else {
            return Err(Flaw::Value.at(start));
        }
    };
    lexer.skip_cfws()?;
    Ok(value)
}

/// A local part that was quoted, quoted only if it must be.
fn local_part(quoted: &str) -> String {
    if is_dot_atom(quoted.as_bytes()) {
        return quoted.to_owned();
    }
    let mut out = String::with_capacity(quoted.len() + 2);
    out.push('"');
    for character in quoted.chars() {
        if matches!(character, '"' | '\\') {
            out.push('\\');
        }
        out.push(character);
    }
    out.push('"');
    out
}

fn is_dot_atom(text: &[u8]) -> bool {
    let is_atom = |octet: &u8| is_atext(*octet) || !octet.is_ascii();
    text.split(|octet| *octet == b'.').all(|atom| !atom.is_empty() && atom.iter().all(is_atom))
}

/// RFC 6376 §3.5: `domain-name`, with underscores (RFC 8553) and U-labels (RFC 8616 §5).
fn domain_name<'a>(lexer: &mut Lexer<'a>) -> Result<&'a str, MalformedAuthResults> {
    let start = lexer.offset();
    let name = lexer.take_while(|octet| is_keyword(octet) || octet == b'.' || !octet.is_ascii());
    if name.split(|octet| *octet == b'.').any(<[u8]>::is_empty) {
        return Err(Flaw::Domain.at(start));
    }
    std::str::from_utf8(name).map_err(|_| Flaw::Utf8.at(start))
}
