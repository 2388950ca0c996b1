//! Where the results go, and what is there already.

use super::Unusable;
use super::item::Item;
use super::outcome::{SCHEMA, Word};
use crate::input::shown;
use serde::Deserialize;
use std::borrow::Cow;
use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, ErrorKind, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// A file, or standard output.
pub(super) struct Output {
    path: PathBuf,
    writer: BufWriter<Box<dyn Write + Send>>,
}

/// Results of an earlier run.
pub(super) struct Earlier {
    path: PathBuf,
    /// Those that are not yet compared with the input.
    lines: io::Split<BufReader<File>>,
    compared: u64,
    complete: u64,
    pub(super) undecided: u64,
    pub(super) unreadable: u64,
}

/// What a line says of its item.
#[derive(Deserialize)]
struct Head<'a> {
    #[serde(borrow)]
    schema: Cow<'a, str>,
    item: u64,
    #[serde(borrow)]
    at: Cow<'a, str>,
    #[serde(borrow)]
    input: Cow<'a, str>,
    result: Word,
}

impl Output {
    pub(super) fn standard() -> Self {
        Self { path: "-".into(), writer: BufWriter::new(Box::new(io::stdout())) }
    }

    /// A new file; with `force` in the place of one that is there.
    pub(super) fn create(path: &Path, force: bool) -> Result<Self, Unusable> {
        let file = if force { File::create(path) } else { File::create_new(path) };
        match file {
            Ok(file) => Ok(Self { path: path.to_owned(), writer: BufWriter::new(Box::new(file)) }),
            Err(why) if why.kind() == ErrorKind::AlreadyExists => Err(Unusable::Exists(shown(path))),
            Err(why) => Err(unusable(path, &why)),
        }
    }

    /// A file that goes on behind its last complete line, if it is there; what stands behind that is cut off.
    pub(super) fn resume(path: &Path) -> Result<(Self, Option<Earlier>), Unusable> {
        let mut file = match File::options().read(true).write(true).open(path) {
            Ok(file) => file,
            Err(why) if why.kind() == ErrorKind::NotFound => return Ok((Self::create(path, false)?, None)),
            Err(why) => return Err(unusable(path, &why)),
        };
        let (complete, octets) = complete_lines(&mut file).map_err(|why| unusable(path, &why))?;
        let lines = File::open(path).map_err(|why| unusable(path, &why))?;
        let earlier = Earlier {
            path: path.to_owned(),
            lines: BufReader::new(lines).split(b'\n'),
            compared: 0,
            complete,
            undecided: 0,
            unreadable: 0,
        };
        // What is no file of results is not touched.
        earlier.look_at_first(path)?;
        file.set_len(octets)
            .and_then(|()| file.seek(SeekFrom::Start(octets)))
            .map_err(|why| unusable(path, &why))?;
        let output = Self { path: path.to_owned(), writer: BufWriter::new(Box::new(file)) };
        Ok((output, Some(earlier)))
    }

    /// Writes a line; false where the reader went away.
    pub(super) fn write(&mut self, line: &str) -> Result<bool, Unusable> {
        let written = self.writer.write_all(line.as_bytes());
        self.told(written)
    }

    /// Hands on what was written.
    pub(super) fn flush(&mut self) -> Result<bool, Unusable> {
        let flushed = self.writer.flush();
        self.told(flushed)
    }

    fn told(&self, written: io::Result<()>) -> Result<bool, Unusable> {
        match written {
            Ok(()) => Ok(true),
            Err(why) if why.kind() == ErrorKind::BrokenPipe => Ok(false),
            Err(why) => Err(unusable(&self.path, &why)),
        }
    }
}

impl Earlier {
    /// How many items are done.
    pub(super) const fn done(&self) -> u64 {
        self.complete
    }

    /// Compares the next line with the item that should be the same; false when no line is left.
    pub(super) fn holds(&mut self, item: &Item) -> Result<bool, Unusable> {
        if self.compared == self.complete {
            return Ok(false);
        }
        let line =
            self.lines.next().transpose().map_err(|why| unusable(&self.path, &why))?.unwrap_or_default();
        self.compared += 1;
        let differs = |why: String| Unusable::Differs { path: shown(&self.path), line: self.compared, why };
        let head = head(&line).map_err(differs)?;
        let place = item.place.to_string();
        if (head.item, &*head.at, &*head.input) != (item.number, place.as_str(), item.text.as_str()) {
            return Err(differs(format!(
                "there it is {} at {}, in the input {} at {place}",
                quoted(&head.input),
                head.at,
                quoted(&item.text),
            )));
        }
        match head.result {
            Word::Done => {}
            Word::Temperror => self.undecided += 1,
            Word::Unreadable => self.unreadable += 1,
        }
        Ok(true)
    }

    /// The input has no more items.
    pub(super) fn end(&self) -> Result<(), Unusable> {
        if self.compared == self.complete {
            return Ok(());
        }
        let why = format!("the input ends after {} items, and the results do not", self.compared);
        Err(Unusable::Differs { path: shown(&self.path), line: self.compared + 1, why })
    }

    fn look_at_first(&self, path: &Path) -> Result<(), Unusable> {
        let mut first = Vec::new();
        let mut reader = BufReader::new(File::open(path).map_err(|why| unusable(path, &why))?);
        reader.read_until(b'\n', &mut first).map_err(|why| unusable(path, &why))?;
        let differs = |why: String| Unusable::Differs { path: shown(path), line: 1, why };
        if self.complete > 0 {
            return head(&first).map(|_| ()).map_err(differs);
        }
        let begins = format!("{{\"schema\":\"{SCHEMA}\"");
        let (begins, first) = (begins.as_bytes(), first.as_slice());
        if first.starts_with(begins) || begins.starts_with(first) {
            return Ok(());
        }
        Err(differs("it is no result of bulk".to_owned()))
    }
}

fn quoted(text: &str) -> String {
    if text.is_empty() { "nothing".to_owned() } else { format!("{text:?}") }
}

fn head(line: &[u8]) -> Result<Head<'_>, String> {
    let head: Head<'_> = serde_json::from_slice(line).map_err(|_| "it is no result of bulk".to_owned())?;
    if head.schema != SCHEMA {
        return Err(format!("its schema is {}, not {SCHEMA}", head.schema));
    }
    Ok(head)
}

/// How many lines are complete, and where the last ends.
fn complete_lines(file: &mut File) -> io::Result<(u64, u64)> {
    let mut reader = BufReader::with_capacity(1 << 16, file);
    let (mut lines, mut end, mut read) = (0, 0, 0_u64);
    loop {
        let buffer = reader.fill_buf()?;
        if buffer.is_empty() {
            return Ok((lines, end));
        }
        for octet in buffer {
            read += 1;
            if *octet == b'\n' {
                lines += 1;
                end = read;
            }
        }
        let length = buffer.len();
        reader.consume(length);
    }
}

fn unusable(path: &Path, why: &io::Error) -> Unusable {
    let path = if path.as_os_str() == "-" { "standard output".to_owned() } else { shown(path) };
    Unusable::Output { path, why: why.to_string() }
}
