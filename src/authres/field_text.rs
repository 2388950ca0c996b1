//! The whole field as text, clause by clause.

use super::scribe::Scribe;
use super::text::{cut, without_controls};
use super::write::{write_comment, write_pvalue, write_reason, write_value};
use super::{AuthResults, Entry, fits};
use memchr::memchr_iter;
use std::fmt::{self, Write as _};

/// Columns of a line, aimed at (RFC 5322 §2.1.1).
pub(super) const COLUMNS: usize = 78;

/// Octets to make room for at first; most fields are about as long.
const FIELD_OCTETS: usize = 600;

/// The same for what stands between two semicolons.
const CLAUSE_OCTETS: usize = 200;

const FIELD_NAME: &str = "Authentication-Results:";

/// A field that is being written, folded. Each clause but the first begins on a line of its own.
pub(crate) struct FieldText {
    out: String,
    /// Where the line that is written next begins.
    column: usize,
    /// The clause under way, in one line.
    clause: String,
    /// A text for people, before it is quoted.
    text: String,
    is_without_result: bool,
}

impl FieldText {
    /// A field that says so far only who speaks.
    pub(crate) fn new(authserv_id: &str) -> Self {
        let mut out = String::with_capacity(FIELD_OCTETS);
        out.push_str(FIELD_NAME);
        let mut clause = String::with_capacity(CLAUSE_OCTETS);
        write_to(&mut clause, |clause| write_value(clause, &without_controls(authserv_id)));
        Self {
            column: out.len(),
            out,
            clause,
            text: String::with_capacity(CLAUSE_OCTETS),
            is_without_result: true,
        }
    }

    /// Adds an entry that was made before.
    pub(super) fn entry(&mut self, entry: &Entry) {
        self.next_clause();
        write_to(&mut self.clause, |clause| write!(clause, "{entry}"));
    }

    /// The field, with the CRLF that ends it.
    pub(crate) fn finish(mut self) -> String {
        if self.is_without_result {
            self.next_clause();
            // RFC 8601 §2.2, `no-result`: nothing was checked.
            self.clause.push_str("none");
        }
        self.end_line();
        self.out
    }

    fn next_clause(&mut self) {
        self.is_without_result = false;
        self.clause.push(';');
        self.end_line();
    }

    fn end_line(&mut self) {
        fold(&self.clause, self.column, &mut self.out);
        self.out.push_str("\r\n");
        self.column = 0;
        self.clause.clear();
    }

    /// Writes a text for people as `write` does, unless it is empty.
    fn told(&mut self, text: impl fmt::Display, write: impl FnOnce(&mut String, &str) -> fmt::Result) {
        self.text.clear();
        write_to(&mut self.text, |buffer| write!(buffer, "{text}"));
        cut(&mut self.text);
        if !self.text.is_empty() {
            write_to(&mut self.clause, |clause| write(clause, &without_controls(&*self.text)));
        }
    }
}

impl Scribe for FieldText {
    fn result(&mut self, method: &'static str, result: &'static str) {
        self.next_clause();
        self.clause.extend([method, "=", result]);
    }

    fn comment(&mut self, text: impl fmt::Display) {
        self.told(text, write_comment);
    }

    fn reason(&mut self, text: impl fmt::Display) {
        self.told(text, write_reason);
    }

    fn property(&mut self, ptype: &'static str, name: &'static str, value: &str) {
        if fits(value) {
            self.clause.extend([" ", ptype, ".", name, "="]);
            write_to(&mut self.clause, |clause| write_pvalue(clause, &without_controls(value)));
        }
    }
}

impl AuthResults {
    /// The whole field, folded, with the CRLF that ends it. No line of what was built here is longer than 998 octets;
    /// a value that was read may hold a longer word.
    pub fn field(&self) -> String {
        let mut field = FieldText::new(&self.authserv_id);
        for entry in &self.entries {
            field.entry(entry);
        }
        field.finish()
    }
}

/// A string takes whatever is written to it.
fn write_to(out: &mut String, write: impl FnOnce(&mut String) -> fmt::Result) {
    let _ = write(out);
}

/// Appends `text` with a space in front. Words that would not fit behind `column` go to the next line, each with the
/// space before it.
fn fold(text: &str, mut column: usize, out: &mut String) {
    let mut line = 0;
    let mut word = 0;
    let mut may_break = true;
    for end in memchr_iter(b' ', text.as_bytes()).chain([text.len()]) {
        let letters = text.get(word..end).unwrap_or_default();
        let width = if letters.is_ascii() { letters.len() } else { letters.chars().count() };
        if column > 0 && column + 1 + width > COLUMNS && may_break {
            if word > line {
                out.push(' ');
                out.push_str(text.get(line..word - 1).unwrap_or_default());
            }
            out.push_str("\r\n");
            line = word;
            column = 0;
        }
        column += 1 + width;
        word = end + 1;
        // A backslash that quotes the space behind it must not come to stand before a line end.
        let backslashes = letters.bytes().rev().take_while(|octet| *octet == b'\\').count();
        may_break = backslashes % 2 == 0;
    }
    out.push(' ');
    out.push_str(text.get(line..).unwrap_or_default());
}
