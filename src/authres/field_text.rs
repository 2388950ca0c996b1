//! The whole field as text, clause by clause.

use super::scribe::Scribe;
use super::text::{cut, without_controls};
use super::write::{write_comment, write_pvalue, write_reason, write_value};
use super::{AuthResults, Entry, fits};
use memchr::{memchr, memchr_iter, memrchr};
use std::fmt::{self, Write as _};

/// Columns of a line, aimed at (RFC 5322 §2.1.1).
pub(super) const COLUMNS: usize = 78;

/// Octets to make room for at first; most fields, and a text for people behind them, are not as long.
const FIELD_OCTETS: usize = 800;

/// The same for what stands between two semicolons.
const CLAUSE_OCTETS: usize = 200;

const FIELD_NAME: &str = "Authentication-Results:";

/// A field that is being written, folded. Each clause but the first begins on a line of its own.
pub(crate) struct FieldText {
    /// The lines that are done. A text for people stands behind them for as long as it takes to quote it.
    out: String,
    /// Where the line that is written next begins.
    column: usize,
    /// The clause under way, in one line.
    clause: String,
    is_without_result: bool,
}

impl FieldText {
    /// A field that says so far only who speaks.
    pub(crate) fn new(authserv_id: &str) -> Self {
        let mut out = String::with_capacity(FIELD_OCTETS);
        out.push_str(FIELD_NAME);
        let mut clause = String::with_capacity(CLAUSE_OCTETS);
        write_to(&mut clause, |clause| write_value(clause, &without_controls(authserv_id)));
        Self { column: out.len(), out, clause, is_without_result: true }
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
        let start = self.out.len();
        write_to(&mut self.out, |out| write!(out, "{text}"));
        cut(&mut self.out, start);
        if let Some(text) = self.out.get(start..).filter(|text| !text.is_empty()) {
            write_to(&mut self.clause, |clause| write(clause, &without_controls(text)));
        }
        self.out.truncate(start);
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
fn fold(text: &str, column: usize, out: &mut String) {
    if text.is_ascii() && memchr(b'\\', text.as_bytes()).is_none() {
        fold_plain(text, column, out);
    } else {
        fold_words(text, column, out);
    }
}

/// The same for ASCII without backslashes, line by line: every line ends at the last space that it has room for.
fn fold_plain(mut text: &str, mut column: usize, out: &mut String) {
    while let Some(most) = text.as_bytes().get(..=COLUMNS.saturating_sub(column + 1)) {
        match memrchr(b' ', most).or_else(|| memchr(b' ', text.as_bytes()).filter(|_| column == 0)) {
            Some(end) => {
                out.push(' ');
                out.push_str(text.get(..end).unwrap_or_default());
                text = text.get(end + 1..).unwrap_or_default();
            }
            // A word that is longer than a line has one of its own.
            None if column == 0 => break,
            None => {}
        }
        out.push_str("\r\n");
        column = 0;
    }
    out.push(' ');
    out.push_str(text);
}

/// The same for any text, word by word.
fn fold_words(text: &str, mut column: usize, out: &mut String) {
    let mut line = 0;
    let mut word = 0;
    let mut may_break = true;
    for end in memchr_iter(b' ', text.as_bytes()).chain([text.len()]) {
        let letters = text.get(word..end).unwrap_or_default();
        let width = letters.chars().count();
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn folded(fold: impl Fn(&str, usize, &mut String), text: &str, column: usize) -> String {
        let mut out = String::new();
        fold(text, column, &mut out);
        out
    }

    proptest! {
        #[test]
        fn lines_end_where_the_words_make_them_end(
            words in prop::collection::vec("x{0,5}|x{0,30}|x{60,100}", 1..40),
            column in prop::sample::select(vec![0, FIELD_NAME.len()]),
        ) {
            let text = words.join(" ");
            prop_assert_eq!(folded(fold_plain, &text, column), folded(fold_words, &text, column));
        }
    }
}
