//! What came of an item, as a line of the results.

use super::action::Action;
use super::item::Item;
use serde_json::{Map, Value, json};

/// The schema of a line: fields may be added, none is renamed.
pub(super) const SCHEMA: &str = "mailproof.bulk/1";

/// One thing that was looked at.
pub(super) struct Part {
    /// Its field.
    pub(super) name: &'static str,
    pub(super) value: Value,
    /// What the summary counts: of what, which word.
    pub(super) counts: Vec<(&'static str, &'static str)>,
    pub(super) is_temperror: bool,
}

/// What came of one item.
pub(super) enum Outcome {
    /// It was looked at.
    Seen(Vec<Part>),
    /// It is nothing that can be looked at.
    Unreadable(String),
}

/// How far an item came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Word {
    Done,
    Temperror,
    Unreadable,
}

impl Outcome {
    pub(super) fn word(&self) -> Word {
        match self {
            Self::Seen(parts) if parts.iter().any(|part| part.is_temperror) => Word::Temperror,
            Self::Seen(_) => Word::Done,
            Self::Unreadable(_) => Word::Unreadable,
        }
    }

    /// One line of JSON, with its end. What stands before the parts is enough to know the item again.
    pub(super) fn line(&self, item: &Item, action: Option<Action>, attempts: u32) -> String {
        let result = match self.word() {
            Word::Done => "done",
            Word::Temperror => "temperror",
            Word::Unreadable => "unreadable",
        };
        let mut line = Map::new();
        line.insert("schema".to_owned(), json!(SCHEMA));
        line.insert("item".to_owned(), json!(item.number));
        line.insert("at".to_owned(), json!(item.place.to_string()));
        line.insert("input".to_owned(), json!(item.text));
        line.insert("do".to_owned(), json!(action.map(Action::word)));
        line.insert("result".to_owned(), json!(result));
        match self {
            Self::Seen(parts) => {
                line.insert("attempts".to_owned(), json!(attempts));
                line.extend(parts.iter().map(|part| (part.name.to_owned(), part.value.clone())));
            }
            Self::Unreadable(why) => {
                line.insert("reason".to_owned(), json!(why));
            }
        }
        let mut text = Value::Object(line).to_string();
        if crate::terminal::manner().ascii {
            text = crate::terminal::ascii_json(&text);
        }
        text.push('\n');
        text
    }
}
