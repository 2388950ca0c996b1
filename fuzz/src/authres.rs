//! Authentication-Results with anything in them.

use super::field::assert_well_formed;
use mailproof::authres::{AuthResults, Entry};

/// Texts of an entry.
const TEXTS: usize = 7;

/// Whatever entries are made of, one well-formed field comes out that holds as many results as there are entries.
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
