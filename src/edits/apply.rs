//! Edits carried out on a message in octets.

use super::HeaderEdit;
use crate::message::{Field, Message};

/// A field of the message to come.
enum Line<'a> {
    Kept(Field<'a>),
    Changed(&'a str, &'a [u8]),
    Inserted(&'a str, &'a [u8]),
}

/// The message with the edits carried out, in the order of the list; every other octet stays as it is.
///
/// An edit of a field that does not stand where the edit says does nothing: the list was made for another message.
/// What is no message, having no header field, gets insertions on top.
pub fn apply(edits: &[HeaderEdit], raw: &[u8]) -> Vec<u8> {
    let message = Message::parse(raw);
    let fields: Vec<_> = message.iter().flat_map(|message| message.headers.iter().copied()).collect();
    let octets: usize = fields.iter().map(|field| field.raw().len() + 2).sum();
    let mut lines: Vec<_> = fields.iter().copied().map(|field| Some(Line::Kept(field))).collect();
    for edit in edits {
        match edit {
            HeaderEdit::Delete { name, position, .. } => replace(&mut lines, &fields, *position, name, None),
            HeaderEdit::Change { name, position, value, .. } => {
                let changed = Line::Changed(name, value);
                replace(&mut lines, &fields, *position, name, Some(changed));
            }
            HeaderEdit::Insert { .. } => {}
        }
    }
    let keeps_last = matches!(lines.last(), Some(Some(_)));
    let mut lines: Vec<_> = lines.into_iter().flatten().collect();
    for edit in edits {
        if let HeaderEdit::Insert { position, name, value } = edit {
            lines.insert((*position).min(lines.len()), Line::Inserted(name, value));
        }
    }
    let mut out = Vec::with_capacity(raw.len() + 256);
    for line in &lines {
        line.write(&mut out);
    }
    // The last line of a message without an empty line may lack its end.
    let is_last = matches!(lines.last(), Some(Line::Kept(_) | Line::Changed(..)));
    if octets > raw.len() && keeps_last && is_last {
        out.truncate(out.len() - 2);
    }
    out.extend_from_slice(raw.get(octets..).unwrap_or_default());
    out
}

fn replace<'a>(
    lines: &mut [Option<Line<'a>>],
    fields: &[Field<'a>],
    position: usize,
    name: &str,
    new: Option<Line<'a>>,
) {
    let is_meant = fields.get(position).is_some_and(|field| field.is_named(name));
    if let Some(line) = lines.get_mut(position).filter(|_| is_meant) {
        *line = new;
    }
}

impl Line<'_> {
    fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Kept(field) => out.extend_from_slice(field.raw()),
            Self::Changed(name, value) | Self::Inserted(name, value) => {
                out.extend_from_slice(name.as_bytes());
                out.push(b':');
                out.extend_from_slice(value);
            }
        }
        out.extend_from_slice(b"\r\n");
    }
}
