//! Reads the inputs in a thread of its own, as fast as items are wanted.

use super::Unusable;
use super::fields::{Columns, Fields};
use super::item::{Item, Mail, MailSource, Place, Sender, Subject};
use super::kind::{Kind, Opened};
use super::lines::Lines;
use super::mbox::Mbox;
use crate::input::shown;
use std::io::BufRead;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

/// A line of text and one of JSON are never longer.
const LINE_OCTETS: usize = 64 << 10;

/// Octets of messages out of mailboxes that are held at once, in KiB.
const HELD_KIB: usize = 64 << 10;

/// Octets of what stands for an item in the results.
const TEXT_OCTETS: usize = 1000;

/// Items that are read ahead.
const AHEAD: usize = 64;

/// Why the reader goes no further.
enum Stopped {
    /// Nobody wants more.
    Unwanted,
    Unusable(Unusable),
}

impl From<Unusable> for Stopped {
    fn from(unusable: Unusable) -> Self {
        Self::Unusable(unusable)
    }
}

/// Items in the order of the inputs; an error ends them.
pub(super) type Feed = mpsc::Receiver<Result<Item, Unusable>>;

/// Begins to read. The thread ends when the items do, or nobody takes them any more.
pub(super) fn start(inputs: Vec<(PathBuf, Opened)>, runtime: Handle) -> Feed {
    let (items, feed) = mpsc::channel(AHEAD);
    std::thread::spawn(move || {
        let held = Arc::new(Semaphore::new(HELD_KIB));
        let mut reader = Reader { items, held, runtime, number: 0, before: 0 };
        for (path, input) in inputs {
            match reader.read(&path, input) {
                Ok(()) => {}
                Err(Stopped::Unwanted) => return,
                Err(Stopped::Unusable(unusable)) => {
                    let _ = reader.items.blocking_send(Err(unusable));
                    return;
                }
            }
        }
    });
    feed
}

struct Reader {
    items: mpsc::Sender<Result<Item, Unusable>>,
    held: Arc<Semaphore>,
    runtime: Handle,
    /// Of the item sent last.
    number: u64,
    /// Octets of the inputs before this one.
    before: u64,
}

impl Reader {
    fn read(&mut self, path: &Path, input: Opened) -> Result<(), Stopped> {
        let name: Arc<str> =
            if path.as_os_str() == "-" { "-".into() } else { path.display().to_string().into() };
        match input {
            Opened::Files { paths, .. } => self.files(paths),
            Opened::Stream { kind: Kind::Mbox, reader, .. } => self.mailbox(path, &name, Lines::new(reader)),
            Opened::Stream { kind: Kind::Message, reader, .. } => self.message(path, &name, reader),
            Opened::Stream {
                kind: kind @ (Kind::Text | Kind::Jsonl | Kind::Csv | Kind::Maildir),
                reader,
                ..
            } => self.lines(path, &name, kind, Lines::new(reader)),
        }
    }

    fn lines(&mut self, path: &Path, name: &Arc<str>, kind: Kind, mut lines: Lines) -> Result<(), Stopped> {
        let unusable = |why: String| Unusable::Input { path: shown(path), why };
        let mut columns = None;
        while let Some(line) = lines.line(LINE_OCTETS).map_err(|why| unusable(why.to_string()))? {
            let is_skipped = |line: &String| line.is_empty() || kind == Kind::Text && line.starts_with('#');
            if line.as_ref().is_ok_and(is_skipped) {
                continue;
            }
            let (text, subject) = match (line, kind, &columns) {
                (Err(why), Kind::Csv, None) => return Err(unusable(why).into()),
                (Err(why), ..) => (String::new(), Err(why)),
                (Ok(line), Kind::Csv, None) => {
                    columns = Some(Columns::of_header(&line).map_err(unusable)?);
                    continue;
                }
                (Ok(line), Kind::Csv, Some(columns)) => in_fields(&line, columns.fields(&line)),
                (Ok(line), Kind::Jsonl, _) => in_fields(&line, Fields::of_json(&line)),
                (Ok(line), Kind::Text | Kind::Mbox | Kind::Maildir | Kind::Message, _) => {
                    let subject = Sender::of_text(&line).map(Subject::Sender);
                    (line, subject)
                }
            };
            self.send(Place::Line(Arc::clone(name), lines.number), text, subject, lines.octets)?;
        }
        self.before = self.before.saturating_add(lines.octets);
        Ok(())
    }

    fn mailbox(&mut self, path: &Path, name: &Arc<str>, lines: Lines) -> Result<(), Stopped> {
        let mut mailbox = Mbox::new(lines);
        loop {
            let boxed = mailbox.message();
            let boxed = boxed.map_err(|why| Unusable::Input { path: shown(path), why: why.to_string() })?;
            let Some(boxed) = boxed else {
                break;
            };
            let subject = match boxed.octets {
                Ok(octets) => Ok(self.held_mail(octets)),
                Err(why) => Err(why.to_owned()),
            };
            let place = Place::Octet(Arc::clone(name), boxed.begins);
            self.send(place.clone(), place.to_string(), subject, mailbox.octets())?;
        }
        self.before = self.before.saturating_add(mailbox.octets());
        Ok(())
    }

    /// One message on standard input or from a pipe.
    fn message(
        &mut self,
        path: &Path,
        name: &Arc<str>,
        reader: Box<dyn BufRead + Send>,
    ) -> Result<(), Stopped> {
        let mut octets = Vec::new();
        let limit = u64::try_from(super::mbox::MESSAGE_OCTETS).unwrap_or(u64::MAX);
        let read = std::io::Read::read_to_end(&mut std::io::Read::take(reader, limit), &mut octets);
        read.map_err(|why| Unusable::Input { path: shown(path), why: why.to_string() })?;
        let end = u64::try_from(octets.len()).unwrap_or(u64::MAX);
        let subject = if end == limit {
            Err("a message of more than 32 MiB".to_owned())
        } else {
            Ok(self.held_mail(octets))
        };
        self.send(Place::File(Arc::clone(name)), name.to_string(), subject, end)?;
        self.before = self.before.saturating_add(end);
        Ok(())
    }

    fn files(&mut self, paths: Vec<PathBuf>) -> Result<(), Stopped> {
        for path in paths {
            let text = path.display().to_string();
            let octets = path.metadata().map_or(0, |facts| facts.len());
            let mail = Mail { source: MailSource::File(path), sender: Sender::default() };
            self.send(Place::File(text.as_str().into()), text, Ok(Subject::Mail(mail)), octets)?;
            self.before = self.before.saturating_add(octets);
        }
        Ok(())
    }

    /// A message that takes its share of what may be held.
    fn held_mail(&self, octets: Vec<u8>) -> Subject {
        let share = self.hold(octets.len());
        Subject::Mail(Mail {
            source: MailSource::Octets { octets, _share: share },
            sender: Sender::default(),
        })
    }

    fn hold(&self, octets: usize) -> Option<OwnedSemaphorePermit> {
        let kib = u32::try_from(octets.div_ceil(1024).min(HELD_KIB)).unwrap_or(u32::MAX);
        // It fails only when the semaphore is closed, which it never is.
        self.runtime.block_on(Arc::clone(&self.held).acquire_many_owned(kib)).ok()
    }

    fn send(
        &mut self,
        place: Place,
        text: String,
        subject: Result<Subject, String>,
        end: u64,
    ) -> Result<(), Stopped> {
        self.number += 1;
        let end = self.before.saturating_add(end);
        let text = if text.len() > TEXT_OCTETS { text.chars().take(TEXT_OCTETS / 4).collect() } else { text };
        let item = Item { number: self.number, place, text, subject, end };
        self.items.blocking_send(Ok(item)).map_err(|_| Stopped::Unwanted)
    }
}

/// What stands for the item, and what it is.
fn in_fields(line: &str, fields: Result<Fields, String>) -> (String, Result<Subject, String>) {
    match fields {
        Ok(fields) => (fields.text(), fields.subject()),
        Err(why) => (line.to_owned(), Err(why)),
    }
}
