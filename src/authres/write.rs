//! Writing Authentication-Results: quoting.

use super::text::{is_keyword, is_token};
use super::{AuthResults, Entry, METHOD_VERSION, Property};
use crate::ascii::is_atext;
use std::fmt;

/// What stands between two semicolons.
enum Clause<'a> {
    AuthservId(&'a str),
    /// RFC 8601 §2.2: `no-result` says that nothing was checked.
    NoResult,
    Entry(&'a Entry),
}

impl AuthResults {
    fn clauses(&self) -> impl Iterator<Item = Clause<'_>> {
        let no_result = self.entries.is_empty().then_some(Clause::NoResult);
        let entries = self.entries.iter().map(Clause::Entry);
        std::iter::once(Clause::AuthservId(&self.authserv_id)).chain(no_result).chain(entries)
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
        f.write_str(&self.method)?;
        if self.method_version != METHOD_VERSION {
            write!(f, "/{}", self.method_version)?;
        }
        write!(f, "={}", self.result)?;
        if let Some(comment) = &self.comment {
            write_comment(f, comment)?;
        }
        if let Some(reason) = &self.reason {
            write_reason(f, reason)?;
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
        write!(f, "{}.{}=", self.ptype, self.name)?;
        write_pvalue(f, &self.value)
    }
}

/// A comment, and the space before it.
pub(super) fn write_comment(f: &mut impl fmt::Write, text: &str) -> fmt::Result {
    f.write_str(" (")?;
    write_escaped(f, text, |octet| matches!(octet, b'(' | b')' | b'\\'))?;
    f.write_str(")")
}

/// RFC 8601 §2.2, `reasonspec`, and the space before it.
pub(super) fn write_reason(f: &mut impl fmt::Write, text: &str) -> fmt::Result {
    f.write_str(" reason=")?;
    write_quoted(f, text)
}

/// RFC 8601 §2.2: `pvalue` is a value, or an address, whose local part may be missing.
pub(super) fn write_pvalue(f: &mut impl fmt::Write, text: &str) -> fmt::Result {
    // No token holds an "@".
    if is_token_text(text) {
        return f.write_str(text);
    }
    match text.rsplit_once('@') {
        Some((local, domain)) if is_dot_atom_or_empty(local) && is_domain(domain) => f.write_str(text),
        _ => write_quoted(f, text),
    }
}

/// RFC 2045 §5.1: `value` is a token or a quoted string; UTF-8 is quoted (RFC 6532). It is never cut: it would name
/// something else.
pub(super) fn write_value(f: &mut impl fmt::Write, text: &str) -> fmt::Result {
    if is_token_text(text) { f.write_str(text) } else { write_quoted(f, text) }
}

fn is_token_text(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(is_token)
}

fn is_dot_atom_or_empty(local: &str) -> bool {
    local.is_empty() || local.split('.').all(|atom| !atom.is_empty() && atom.bytes().all(is_atext))
}

fn is_domain(domain: &str) -> bool {
    domain.split('.').all(|label| !label.is_empty() && label.bytes().all(is_keyword))
}

fn write_quoted(f: &mut impl fmt::Write, text: &str) -> fmt::Result {
    f.write_str("\"")?;
    write_escaped(f, text, |octet| matches!(octet, b'"' | b'\\'))?;
    f.write_str("\"")
}

/// `text`, which holds no control character, with a backslash before what `needs_escape`.
fn write_escaped(f: &mut impl fmt::Write, text: &str, needs_escape: fn(u8) -> bool) -> fmt::Result {
    if !text.bytes().any(needs_escape) && !text.contains("  ") {
        return f.write_str(text);
    }
    let mut is_after_space = false;
    for character in text.chars() {
        let is_space = character == ' ';
        // A run of spaces could fold into a line of white space only, which RFC 5322 §3.2.2 forbids; a quoted one not.
        if (is_space && is_after_space) || u8::try_from(character).is_ok_and(needs_escape) {
            f.write_char('\\')?;
        }
        f.write_char(character)?;
        is_after_space = is_space;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::field_text::COLUMNS;
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
        assert_eq!(results([entry]).to_string(), "mx.example.org; spf-pass--dkim=pass--bcc--all a-b.x=x");
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
