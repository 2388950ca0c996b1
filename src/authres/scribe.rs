//! What is said of a message, part by part: taken down as a value, or written at once.

use super::text::for_people;
use super::{AuthResults, Entry};
use std::fmt;

/// Takes down one result after the other. A comment, a reason and properties, in this order, belong to the result
/// before them; those that are empty are left out.
pub(crate) trait Scribe {
    /// The result of a method, both in the words of the IANA registry "Email Authentication Methods".
    fn result(&mut self, method: &'static str, result: &'static str);

    /// A comment on the result.
    fn comment(&mut self, text: impl fmt::Display);

    /// Why, for people (RFC 8601 §2.2 `reasonspec`).
    fn reason(&mut self, text: impl fmt::Display);

    /// What was examined. A value longer than any address is left out too: cut, it would name something else.
    fn property(&mut self, ptype: &'static str, name: &'static str, value: &str);
}

impl Scribe for AuthResults {
    fn result(&mut self, method: &'static str, result: &'static str) {
        self.push(Entry::new(method, result));
    }

    fn comment(&mut self, text: impl fmt::Display) {
        if let Some(entry) = self.entries.last_mut() {
            entry.comment = for_people(text.to_string());
        }
    }

    fn reason(&mut self, text: impl fmt::Display) {
        if let Some(entry) = self.entries.last_mut() {
            entry.reason = for_people(text.to_string());
        }
    }

    fn property(&mut self, ptype: &'static str, name: &'static str, value: &str) {
        if let Some(entry) = self.entries.last_mut() {
            entry.push_fitting(ptype, name, value);
        }
    }
}
