//! Writing an Authentication-Results field: quoting and folding.

use super::{AuthResults, Entry, Property, TEXT_OCTETS};
use crate::ascii::is_atext;
use std::fmt::{self, Write as _};

/// Columns of a line, aimed at (RFC 5322 §2.1.1).
const COLUMNS: usize = 78;

/// Octets of a keyword at most; the longest registered one has 17.
const KEYWORD_OCTETS: usize = 64;

const FIELD_NAME: &str = "Authentication-Results:";

impl AuthResults {
    /// The whole field, folded, with the CRLF that ends it.
    pub fn field(&self) -> String {
        let mut out = String::from(FIELD_NAME);
        let mut column = out.len();
        for (index, clause) in self.clauses().iter().enumerate() {
            if index > 0 {
                out.push_str("\r\n");
                column = 0;
            }
            for word in clause.split(' ') {
                let width = word.chars().count();
                if column > 0 && column + 1 + width > COLUMNS {
                    out.push_str("\r\n");
                    column = 0;
                }
                out.push(' ');
                out.push_str(word);
                column += 1 + width;
            }
        }
        out.push_str("\r\n");
        out
    }

    /// What stands between the semicolons, each with the semicolon after it.
    fn clauses(&self) -> Vec<String> {
        let mut clauses = vec![value(&self.authserv_id)];
        // RFC 8601 §2.2: `no-result` says that nothing was checked.
        if self.entries.is_empty() {
            clauses.push("none".to_owned());
        }
        clauses.extend(self.entries.iter().map(Entry::to_string));
        let last = clauses.len() - 1;
        for clause in clauses.iter_mut().take(last) {
            clause.push(';');
        }
        clauses
    }
}

impl fmt::Display for AuthResults {
    /// The value of the field in one line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.clauses().join(" "))
    }
}

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", Keyword(&self.method), Keyword(&self.result))?;
        if let Some(comment) = &self.comment {
            write!(f, " ({})", escaped(comment, &['(', ')', '\\'], TEXT_OCTETS))?;
        }
        if let Some(reason) = &self.reason {
            write!(f, " reason={}", quoted(reason, TEXT_OCTETS))?;
        }
        self.properties.iter().try_for_each(|property| write!(f, " {property}"))
    }
}

impl fmt::Display for Property {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}={}", Keyword(&self.ptype), Keyword(&self.name), pvalue(&self.value))
    }
}

/// RFC 8601 §2.2: methods, results, ptypes and properties are a `Keyword`: letters, digits and hyphens (RFC 5321
/// §4.1.2), and underscores here. What else there is, or nothing at all, becomes a hyphen.
struct Keyword<'a>(&'a str);

impl fmt::Display for Keyword<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_keyword = |character: char| character.is_ascii_alphanumeric() || "-_".contains(character);
        if self.0.is_empty() {
            return f.write_str("-");
        }
        if self.0.chars().all(is_keyword) && self.0.len() <= KEYWORD_OCTETS {
            return f.write_str(self.0);
        }
        let written = self.0.chars().map(|character| if is_keyword(character) { character } else { '-' });
        written.take(KEYWORD_OCTETS).try_for_each(|character| f.write_char(character))
    }
}

/// RFC 8601 §2.2: `pvalue` is a value, or an address, whose local part may be missing.
fn pvalue(text: &str) -> String {
    match text.rsplit_once('@') {
        Some((local, domain)) if is_dot_atom_or_empty(local) && is_domain(domain) => text.to_owned(),
        _ => value(text),
    }
}

/// RFC 2045 §5.1: `value` is a token or a quoted string. It is never cut: it would name something else.
fn value(text: &str) -> String {
    if !text.is_empty() && text.chars().all(is_token) { text.to_owned() } else { quoted(text, usize::MAX) }
}

/// RFC 2045 §5.1: any visible character but `tspecials`; RFC 8601 §2.2 with RFC 6532 admits UTF-8, which is quoted
/// here all the same.
fn is_token(character: char) -> bool {
    character.is_ascii_graphic() && !"()<>@,;:\\\"/[]?=".contains(character)
}

fn is_dot_atom_or_empty(local: &str) -> bool {
    local.is_empty() || local.split('.').all(|atom| !atom.is_empty() && atom.bytes().all(is_atext))
}

fn is_domain(domain: &str) -> bool {
    domain.split('.').all(|label| {
        !label.is_empty()
            && label.bytes().all(|octet| octet.is_ascii_alphanumeric() || b"-_".contains(&octet))
    })
}

fn quoted(text: &str, octets: usize) -> String {
    format!("\"{}\"", escaped(text, &['"', '\\'], octets))
}

/// `text` on one line, cut after so many octets, single-spaced, with a backslash before the characters of `escape`.
fn escaped(text: &str, escape: &[char], octets: usize) -> String {
    let mut out = String::with_capacity(text.len() + 2);
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
        if escape.contains(&character) {
            out.push('\\');
        }
        out.push(character);
    }
    out
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
