//! The kinds of input.

use super::Unusable;
use crate::input::shown;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read as _};
use std::path::{Path, PathBuf};

/// What an input holds.
#[derive(clap::ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A domain or an address on each line; empty lines and those that begin with # are passed over.
    Text,
    /// A JSON object on each line, with `domain`, or `ip`, `helo` and `mail_from`, or `message_path`.
    Jsonl,
    /// A table whose first line names the same as columns.
    Csv,
    /// Messages in one file, each behind a line that begins with "From " (RFC 4155, mboxrd).
    Mbox,
    /// A folder with `cur` and `new`, a message in each file.
    Maildir,
    /// One message.
    Message,
}

/// Octets of an input that are looked at to guess what it is.
const LOOK: usize = 4096;

/// An input that was opened.
pub(super) enum Opened {
    /// A file, or standard input.
    Stream { kind: Kind, reader: Box<dyn BufRead + Send>, octets: Option<u64> },
    /// Messages, each in a file of its own, in order.
    Files { paths: Vec<PathBuf>, octets: u64 },
}

/// Opens an input, and guesses its kind where it is not given: a folder is a Maildir; then by the end of the name, then by
/// how it begins.
pub(super) fn open(path: &Path, given: Option<Kind>) -> Result<Opened, Unusable> {
    let unusable = |why: io::Error| Unusable::Input { path: shown(path), why: why.to_string() };
    if path.as_os_str() == "-" {
        let reader = Box::new(BufReader::with_capacity(LOOK * 16, io::stdin()));
        return stream(reader, None, path, given).map_err(unusable);
    }
    let facts = path.metadata().map_err(unusable)?;
    if facts.is_dir() {
        return match given {
            None | Some(Kind::Maildir) => maildir(path).map_err(unusable),
            Some(_) => Err(Unusable::Input { path: shown(path), why: "it is a directory".to_owned() }),
        };
    }
    if given == Some(Kind::Message) || given.is_none() && ending(path) == Some(Kind::Message) {
        return Ok(Opened::Files { paths: vec![path.to_owned()], octets: facts.len() });
    }
    let octets = facts.is_file().then_some(facts.len());
    let file = File::open(path).map_err(unusable)?;
    stream(Box::new(BufReader::with_capacity(LOOK * 16, file)), octets, path, given).map_err(unusable)
}

fn stream(
    mut reader: Box<dyn BufRead + Send>,
    octets: Option<u64>,
    path: &Path,
    given: Option<Kind>,
) -> io::Result<Opened> {
    let kind = match given.or_else(|| ending(path)) {
        Some(Kind::Maildir) => return Err(io::Error::other("it is no directory")),
        Some(kind) => kind,
        None => {
            let (kind, seen) = look(&mut reader)?;
            reader = Box::new(BufReader::with_capacity(LOOK * 16, io::Cursor::new(seen).chain(reader)));
            kind
        }
    };
    Ok(Opened::Stream { kind, reader, octets })
}

fn ending(path: &Path) -> Option<Kind> {
    match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
        "txt" | "list" => Some(Kind::Text),
        "jsonl" | "ndjson" => Some(Kind::Jsonl),
        "csv" => Some(Kind::Csv),
        "mbox" => Some(Kind::Mbox),
        "eml" => Some(Kind::Message),
        _ => None,
    }
}

/// By how it begins. A pipe may bring no more than a line at first, which is enough.
fn look(reader: &mut Box<dyn BufRead + Send>) -> io::Result<(Kind, Vec<u8>)> {
    let mut seen = vec![0; LOOK];
    let read = reader.read(&mut seen)?;
    seen.truncate(read);
    let begins = seen.trim_ascii_start();
    let kind = match begins {
        [b'{', ..] => Kind::Jsonl,
        _ if begins.starts_with(b"From ") => Kind::Mbox,
        _ => Kind::Text,
    };
    Ok((kind, seen))
}

/// The messages of a Maildir, by name: in the order of delivery for most who write them.
fn maildir(path: &Path) -> io::Result<Opened> {
    let (mut found, mut octets) = (Vec::new(), 0_u64);
    let mut is_maildir = false;
    for part in ["cur", "new"] {
        let Ok(entries) = path.join(part).read_dir() else {
            continue;
        };
        is_maildir = true;
        for entry in entries {
            let entry = entry?;
            // A message that was moved away meanwhile is none.
            let is_hidden = entry.file_name().as_encoded_bytes().starts_with(b".");
            if let Ok(facts) = entry.path().metadata()
                && facts.is_file()
                && !is_hidden
            {
                octets = octets.saturating_add(facts.len());
                found.push((entry.file_name(), part));
            }
        }
    }
    if !is_maildir {
        return Err(io::Error::other("it is a directory without cur or new, so no Maildir"));
    }
    found.sort();
    let paths = found.into_iter().map(|(name, part)| path.join(part).join(name)).collect();
    Ok(Opened::Files { paths, octets })
}
