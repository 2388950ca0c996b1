//! Authentication-Results with anything in them, written by us or by others.

use super::field::assert_well_formed;
use mailproof::authres::{AuthResults, Entry, Strip, evidence};
use mailproof::edits::{apply, removals};
use mailproof::message::Message;

/// Texts of an entry.
const TEXTS: usize = 7;

/// Whatever entries are made of, one well-formed field comes out that holds as many results as there are entries, and is
/// read back as the same.
///
/// The octets are texts separated by `|`: the name of the receiver, then the parts of each entry.
pub fn authres(octets: &[u8]) {
    let text = String::from_utf8_lossy(octets);
    let texts: Vec<String> = text.split('|').map(str::to_owned).collect();
    let Some((receiver, parts)) = texts.split_first() else {
        return;
    };
    let mut results = AuthResults::new(receiver.chars().take(255).collect::<String>());
    for parts in parts.chunks(TEXTS) {
        let part = |index: usize| parts.get(index).cloned().unwrap_or_default();
        let entry = Entry::new(part(0), part(1)).with_comment(part(2)).with_reason(part(3));
        results.push(entry.with(part(4), part(5), part(6)));
    }
    let field = results.field();
    assert_well_formed(&field);
    let unfolded = field.replace("\r\n", "");
    assert_eq!(unfolded, format!("Authentication-Results: {results}"));
    assert_eq!(clauses(&unfolded), 1 + results.entries().len().max(1), "{unfolded:?}");
    assert_survives(&results);
}

/// Written in one line and folded, it reads as what it was.
fn assert_survives(results: &AuthResults) {
    assert_eq!(AuthResults::parse(results.to_string().as_bytes()).as_ref(), Ok(results), "{results}");
    let field = results.field();
    let value = field.strip_prefix("Authentication-Results:").expect("a name");
    assert_eq!(AuthResults::parse(value.as_bytes()).as_ref(), Ok(results), "{field:?}");
}

/// Any value is read or refused; what is read is written back; what bears our name, or cannot be read, is found, and
/// nothing of it is left when it was taken away.
pub fn value(octets: &[u8]) {
    let read = AuthResults::parse(octets);
    read.iter().for_each(assert_survives);
    if let Err(error) = read {
        assert!(error.offset <= octets.len(), "{error}");
    }
    let mail = [b"Authentication-Results:", octets, b"\r\nFrom: a@b.example\r\n\r\n"].concat();
    let Ok(message) = Message::parse(&mail) else {
        return;
    };
    let own = ["mx.example.org"];
    let strip = Strip::new(own);
    let found = strip.find(&message.headers);
    for results in evidence(&message.headers, &own) {
        assert!(!found.is_empty(), "kept: {results}");
    }
    let edited = apply(&removals(&message.headers, &strip), &mail);
    let left = Message::parse(&edited).map(|message| strip.find(&message.headers)).unwrap_or_default();
    assert!(left.is_empty(), "{left:?}");
}

/// How many parts the semicolons make, as a reader sees them: those in quoted strings and comments are none.
fn clauses(field: &str) -> usize {
    let (mut count, mut depth, mut is_quoted) = (1, 0, false);
    let mut characters = field.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' if is_quoted || depth > 0 => {
                assert!(characters.next().is_some(), "a backslash at the end: {field:?}");
            }
            '"' if depth == 0 => is_quoted = !is_quoted,
            '(' if !is_quoted => depth += 1,
            ')' if !is_quoted => {
                assert!(depth > 0, "a comment ends that did not begin: {field:?}");
                depth -= 1;
            }
            ';' if !is_quoted && depth == 0 => count += 1,
            _ => {}
        }
    }
    assert!(!is_quoted && depth == 0, "something is left open: {field:?}");
    count
}
