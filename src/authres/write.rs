//! Writing an Authentication-Results field: quoting and folding.

use super::{AuthResults, Entry, Property, TEXT_OCTETS};
use crate::ascii::is_atext;
use std::fmt::{self, Write as _};

/// Columns of a line, aimed at (RFC 5322 §2.1.1).
const COLUMNS: usize = 78;

/// Octets of a keyword at most; the longest registered one has 17.
const KEYWORD_OCTETS: usize = 64;

/// Octets to make room for at first, for each clause; most fit into two lines.
const CLAUSE_OCTETS: usize = 160;

const FIELD_NAME: &str = "Authentication-Results:";

/// What stands between two semicolons.
enum Clause<'a> {
    AuthservId(&'a str),
    /// RFC 8601 §2.2: `no-result` says that nothing was checked.
    NoResult,
    Entry(&'a Entry),
}

impl AuthResults {
    /// The whole field, folded, with the CRLF that ends it.
    pub fn field(&self) -> String {
        let mut out = String::with_capacity(CLAUSE_OCTETS * (self.entries.len() + 1));
        out.push_str(FIELD_NAME);
        let mut column = out.len();
        let mut text = String::with_capacity(CLAUSE_OCTETS);
        let mut clauses = self.clauses().peekable();
        while let Some(clause) = clauses.next() {
            text.clear();
            // A string takes whatever is written to it.
            let _ = write!(text, "{clause}");
            if clauses.peek().is_some() {
                text.push(';');
            }
            fold(&text, &mut column, &mut out);
            // Each clause but the first begins on a line of its own.
            out.push_str("\r\n");
            column = 0;
        }
        out
    }

    fn clauses(&self) -> impl Iterator<Item = Clause<'_>> {
        let no_result = self.entries.is_empty().then_some(Clause::NoResult);
        let entries = self.entries.iter().map(Clause::Entry);
        std::iter::once(Clause::AuthservId(&self.authserv_id)).chain(no_result).chain(entries)
    }
}

/// Appends the words of `text` with a space before each, and a line end before those that would not fit.
fn fold(text: &str, column: &mut usize, out: &mut String) {
    for word in text.split(' ') {
        let width = word.chars().count();
        if *column > 0 && *column + 1 + width > COLUMNS {
            out.push_str("\r\n");
            *column = 0;
        }
        out.push(' ');
        out.push_str(word);
        *column += 1 + width;
    }
}

impl fmt::Display for AuthResults {
    /// The value of the field in one line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, clause) in self.clauses().enumerate() {
            f.write_str(if index == 0 { "" } else { "; " })?;
            clause.fmt(f)?;
        }
        Ok(())
    }
}

impl fmt::Display for Clause<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AuthservId(name) => write_value(f, name),
            Self::NoResult => f.write_str("none"),
            Self::Entry(entry) => entry.fmt(f),
        }
    }
}

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_keyword(f, &self.method)?;
        f.write_str("=")?;
        write_keyword(f, &self.result)?;
        if let Some(comment) = &self.comment {
            f.write_str(" (")?;
            write_escaped(f, comment, |octet| matches!(octet, b'(' | b')' | b'\\'), TEXT_OCTETS)?;
            f.write_str(")")?;
        }
        if let Some(reason) = &self.reason {
            f.write_str(" reason=")?;
            write_quoted(f, reason, TEXT_OCTETS)?;
        }
        for property in &self.properties {
            f.write_str(" ")?;
            property.fmt(f)?;
        }
        Ok(())
    }
}

impl fmt::Display for Property {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_keyword(f, &self.ptype)?;
        f.write_str(".")?;
        write_keyword(f, &self.name)?;
        f.write_str("=")?;
        write_pvalue(f, &self.value)
    }
}

/// RFC 8601 §2.2: methods, results, ptypes and properties are a `Keyword`: letters, digits and hyphens (RFC 5321
/// §4.1.2), and underscores here. What else there is, or nothing at all, becomes a hyphen.
fn write_keyword(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    if text.is_empty() {
        return f.write_str("-");
    }
    if text.len() <= KEYWORD_OCTETS && text.bytes().all(is_ldh_or_underscore) {
        return f.write_str(text);
    }
    let is_keyword = |character: &char| u8::try_from(*character).is_ok_and(is_ldh_or_underscore);
    let written = text.chars().map(|character| if is_keyword(&character) { character } else { '-' });
    written.take(KEYWORD_OCTETS).try_for_each(|character| f.write_char(character))
}

/// RFC 8601 §2.2: `pvalue` is a value, or an address, whose local part may be missing.
fn write_pvalue(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    match text.rsplit_once('@') {
        Some((local, domain)) if is_dot_atom_or_empty(local) && is_domain(domain) => f.write_str(text),
        _ => write_value(f, text),
    }
}

/// RFC 2045 §5.1: `value` is a token or a quoted string. It is never cut: it would name something else.
fn write_value(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    let is_plain = !text.is_empty() && text.bytes().all(is_token);
    if is_plain { f.write_str(text) } else { write_quoted(f, text, usize::MAX) }
}

/// RFC 2045 §5.1: any visible character but `tspecials`; RFC 8601 §2.2 with RFC 6532 admits UTF-8, which is quoted
/// here all the same.
const fn is_token(octet: u8) -> bool {
    let is_tspecial = matches!(
        octet,
        b'(' | b')'
            | b'<'
            | b'>'
            | b'@'
            | b','
            | b';'
            | b':'
            | b'\\'
            | b'"'
            | b'/'
            | b'['
            | b']'
            | b'?'
            | b'='
    );
    octet.is_ascii_graphic() && !is_tspecial
}

fn is_dot_atom_or_empty(local: &str) -> bool {
    local.is_empty() || local.split('.').all(|atom| !atom.is_empty() && atom.bytes().all(is_atext))
}

fn is_domain(domain: &str) -> bool {
    domain.split('.').all(|label| !label.is_empty() && label.bytes().all(is_ldh_or_underscore))
}

const fn is_ldh_or_underscore(octet: u8) -> bool {
    octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'_')
}

fn write_quoted(f: &mut fmt::Formatter<'_>, text: &str, octets: usize) -> fmt::Result {
    f.write_str("\"")?;
    write_escaped(f, text, |octet| matches!(octet, b'"' | b'\\'), octets)?;
    f.write_str("\"")
}

/// `text` on one line, cut after so many octets, single-spaced, with a backslash before what `needs_escape`.
fn write_escaped(
    f: &mut fmt::Formatter<'_>,
    text: &str,
    needs_escape: fn(u8) -> bool,
    octets: usize,
) -> fmt::Result {
    let is_verbatim = |octet: u8| matches!(octet, b' '..=b'~') && !needs_escape(octet);
    if text.len() <= octets && text.bytes().all(is_verbatim) && !text.contains("  ") {
        return f.write_str(text);
    }
    let mut out = String::with_capacity(text.len().min(octets) + 4);
    for character in text.chars() {
        if out.len() >= octets {
            out.push_str("...");
            break;
        }
        // RFC 8601 §7.8: no control character and no line end from outside reaches the field.
        let character = if character.is_control() { '?' } else { character };
        // A run of spaces could fold into a line of white space only, which RFC 5322 §3.2.2 forbids.
        if character == ' ' && out.ends_with(' ') {
            continue;
        }
        if u8::try_from(character).is_ok_and(needs_escape) {
            out.push('\\');
        }
        out.push(character);
    }
    f.write_str(&out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn results(entries: impl IntoIterator<Item = Entry>) -> AuthResults {
        let mut results = AuthResults::new("mx.example.org");
        entries.into_iter().for_each(|entry| results.push(entry));
        results
    }

    #[test]
    fn says_none_when_nothing_was_checked() {
        assert_eq!(results([]).to_string(), "mx.example.org; none");
    }

    #[test]
    fn writes_each_part_in_its_place() {
        let entry = Entry::new("dkim", "fail")
            .with_comment("2048-bit (RSA)")
            .with_reason("the \"body\" changed")
            .with("header", "d", "example.com")
            .with("header", "i", "joe@example.com")
            .with("header", "b", "ab/c=")
            .with("header", "x", "");
        assert_eq!(
            results([entry]).to_string(),
            "mx.example.org; dkim=fail (2048-bit \\(RSA\\)) reason=\"the \\\"body\\\" changed\" \
             header.d=example.com header.i=joe@example.com header.b=\"ab/c=\""
        );
    }

    #[test]
    fn nothing_from_outside_breaks_the_field() {
        let entry = Entry::new("spf", "fail").with_reason("x\r\nBcc: all\0\u{85}").with(
            "smtp",
            "helo",
            "a;dkim=pass\r\n header.d=b",
        );
        let field = results([entry]).field();
        assert_eq!(field.matches("\r\n").count(), field.lines().count());
        assert!(field.lines().skip(1).all(|line| line.starts_with(' ')), "{field}");
        assert!(field.contains("reason=\"x??Bcc: all??\"") && field.contains("\"a;dkim=pass?? header.d=b\""));
    }

    #[test]
    fn keywords_hold_nothing_but_keywords() {
        let entry = Entry::new("spf=pass; dkim", "pass\r\nBcc: all").with("a b", "", "x");
        assert_eq!(results([entry]).to_string(), "mx.example.org; spf-pass--dkim=pass--Bcc--all a-b.-=x");
    }

    #[test]
    fn folds_under_the_columns_and_unfolds_to_the_same() {
        let entries = (0..4).map(|_| {
            Entry::new("spf", "pass")
                .with_reason("one two three four five six seven eight nine ten eleven twelve")
                .with("smtp", "mailfrom", "a-rather-long-name.example.com")
        });
        let results = results(entries);
        let field = results.field();
        assert!(field.lines().all(|line| line.len() <= COLUMNS), "{field}");
        let unfolded = field.replace("\r\n", "");
        assert_eq!(unfolded, format!("Authentication-Results: {results}"));
    }

    #[test]
    fn a_value_longer_than_any_address_is_left_out() {
        let entry = Entry::new("dkim", "pass").with("header", "i", "x".repeat(321));
        assert!(entry.properties().is_empty());
        let long = results([Entry::new("dkim", "fail").with_reason("y".repeat(9999))]).field();
        assert!(long.lines().all(|line| line.len() < 998) && long.contains("...\""));
    }
}
