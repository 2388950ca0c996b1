//! A value in a JSON text, with the place at which it stands.

use super::MalformedRecording;
use serde_json::{Map, Value};
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// A value and where it stands, such as `answers[3].name`.
pub(super) struct Place<'a> {
    path: String,
    value: &'a Value,
}

impl<'a> Place<'a> {
    /// The whole text.
    pub(super) const fn top(value: &'a Value) -> Self {
        Self { path: String::new(), value }
    }

    /// The error that something else is needed here.
    pub(super) fn wrong(&self, expected: &'static str) -> MalformedRecording {
        MalformedRecording::Shape { place: self.to_string(), expected }
    }

    /// Whether all fields here are among these.
    pub(super) fn holds_only(&self, fields: &[&str]) -> Result<(), MalformedRecording> {
        match self.object()?.keys().find(|key| !fields.contains(&key.as_str())) {
            Some(key) => Err(self.child(key, self.value).wrong("an unknown field")),
            None => Ok(()),
        }
    }

    /// The field of this name.
    pub(super) fn field(&self, name: &str) -> Option<Self> {
        Some(self.child(name, self.value.get(name)?))
    }

    /// The field of this name, which must be there.
    pub(super) fn needed(&self, name: &str) -> Result<Self, MalformedRecording> {
        self.field(name).ok_or_else(|| self.child(name, self.value).wrong("a value is needed"))
    }

    /// Whether the field of this name is there and true.
    pub(super) fn flag(&self, name: &str) -> Result<bool, MalformedRecording> {
        match self.field(name) {
            Some(place) => place.value.as_bool().ok_or_else(|| place.wrong("true or false is needed")),
            None => Ok(false),
        }
    }

    /// All fields.
    pub(super) fn entries(&self) -> Result<impl Iterator<Item = (&'a str, Self)>, MalformedRecording> {
        Ok(self.object()?.iter().map(|(key, value)| (key.as_str(), self.child(key, value))))
    }

    /// The items of a list.
    pub(super) fn list(&self) -> Result<Vec<Self>, MalformedRecording> {
        let items = self.value.as_array().ok_or_else(|| self.wrong("a list is needed"))?;
        let place = |(index, value)| Self { path: format!("{}[{index}]", self.path), value };
        Ok(items.iter().enumerate().map(place).collect())
    }

    pub(super) fn is_text(&self) -> bool {
        self.value.is_string()
    }

    pub(super) fn text(&self) -> Result<&'a str, MalformedRecording> {
        self.value.as_str().ok_or_else(|| self.wrong("a text is needed"))
    }

    pub(super) fn number<T: TryFrom<u64>>(&self) -> Result<T, MalformedRecording> {
        let number = self.value.as_u64().and_then(|number| T::try_from(number).ok());
        number.ok_or_else(|| self.wrong("a whole number in its range is needed"))
    }

    pub(super) fn parsed<T: FromStr>(&self, expected: &'static str) -> Result<T, MalformedRecording> {
        self.text()?.parse().map_err(|_| self.wrong(expected))
    }

    fn object(&self) -> Result<&'a Map<String, Value>, MalformedRecording> {
        self.value.as_object().ok_or_else(|| self.wrong("an object is needed"))
    }

    fn child(&self, name: &str, value: &'a Value) -> Self {
        let path = if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) };
        Self { path, value }
    }
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A name that a stranger chose must not break the line.
        match self.path.as_str() {
            "" => f.write_str("recording"),
            path => write!(f, "{}", path.escape_debug()),
        }
    }
}

/// Seconds: a number, or with a fraction a text.
pub(super) fn shown_duration(duration: Duration) -> Value {
    match duration.subsec_nanos() {
        0 => duration.as_secs().into(),
        nanos => format!("{}.{nanos:09}", duration.as_secs()).trim_end_matches('0').into(),
    }
}

pub(super) fn duration(place: &Place<'_>) -> Result<Duration, MalformedRecording> {
    let read = match place.value {
        Value::Number(number) => number.as_u64().map(Duration::from_secs),
        Value::String(text) => fractional(text),
        _ => None,
    };
    read.ok_or_else(|| place.wrong("seconds are needed, as a whole number or as a text such as 1.5"))
}

fn fractional(text: &str) -> Option<Duration> {
    let (seconds, fraction) = text.split_once('.')?;
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|octet| octet.is_ascii_digit());
    if !is_digits(seconds) || !is_digits(fraction) || fraction.len() > 9 {
        return None;
    }
    Some(Duration::new(seconds.parse().ok()?, format!("{fraction:0<9}").parse().ok()?))
}

/// One character for each octet.
pub(super) fn shown_latin1(octets: &[u8]) -> String {
    octets.iter().copied().map(char::from).collect()
}

/// One octet for each character.
pub(super) fn latin1(place: &Place<'_>) -> Result<Vec<u8>, MalformedRecording> {
    let octets = place.text()?.chars().map(|character| u8::try_from(u32::from(character)).ok()).collect();
    let octets: Option<Vec<_>> = octets;
    octets.ok_or_else(|| place.wrong("only characters up to U+00FF, one for each octet"))
}
