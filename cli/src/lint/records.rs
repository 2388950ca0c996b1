//! The records to judge, and how one is written down.

use super::Arguments;
use crate::input::{Unreadable, read, shown};
use crate::refuse_usage;
use mailproof_lint::{Protocol, Record, read_line};
use std::path::Path;

pub(super) fn read_all(arguments: &Arguments) -> Result<Vec<Record>, Unreadable> {
    let mut records = Vec::new();
    for text in &arguments.texts {
        if text != "-" {
            records.push(parse(arguments, text, "the record"));
            continue;
        }
        let input = read(Path::new("-"))?;
        let input = String::from_utf8_lossy(&input);
        let lines =
            input.lines().enumerate().filter(|(_, line)| !line.trim().is_empty() && !line.starts_with('#'));
        let before = records.len();
        records.extend(lines.map(|(index, line)| parse(arguments, line, &format!("line {}", index + 1))));
        if records.len() == before {
            let (path, why) = (shown(Path::new("-")), "no record in it".to_owned());
            return Err(Unreadable::Text { path, why });
        }
    }
    Ok(records)
}

fn parse(arguments: &Arguments, line: &str, place: &str) -> Record {
    let told = match arguments {
        Arguments { dkim: true, .. } => Some(Protocol::Dkim),
        Arguments { dmarc: true, .. } => Some(Protocol::Dmarc),
        Arguments { spf: true, .. } => Some(Protocol::Spf),
        _ => None,
    };
    let by_owner = arguments.owner.as_ref().and_then(|owner| Protocol::guess(b"", Some(owner)));
    let mut record = read_line(line, told.or(by_owner)).unwrap_or_else(|error| {
        let is_name = !line.contains(['=', ' ', '"', '/', '@']) && line.contains('.');
        let hint =
            if is_name { format!("; to look at a domain: mailproof audit {line}") } else { String::new() };
        refuse_usage(&format!("{place}: {error}: --spf, --dkim or --dmarc{hint}"));
    });
    record.owner = record.owner.or_else(|| arguments.owner.clone());
    record
}

/// The record as it was given: bare, or its strings in quotation marks (RFC 1035 §5.1).
pub(super) fn written(record: &Record) -> String {
    let text = record.text();
    let is_long = record.octets().len() > 255;
    if !record.is_split && !is_long {
        return text.into_owned();
    }
    let ends = record.txt.joints().iter().copied().chain([record.octets().len()]);
    let mut start = 0;
    let strings = ends.map(|end| {
        let string =
            String::from_utf8_lossy(record.octets().get(start..end).unwrap_or_default()).into_owned();
        start = end;
        format!("\"{}\"", string.replace('\\', "\\\\").replace('"', "\\\""))
    });
    strings.collect::<Vec<_>>().join(" ")
}
