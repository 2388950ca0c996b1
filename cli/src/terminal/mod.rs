//! What reaches standard output and standard error: of what somebody else wrote, only what can be seen.

mod fold;
mod manner;

pub(crate) use fold::{columns, cut, folded};
pub(crate) use manner::{Manner, manner, width};

use crate::input::Unreadable;
use anstream::AutoStream;
use serde_json::Value;
use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::{self, ErrorKind, Write as _};

/// Writes a result to standard output, in colour and beyond ASCII only where [`Manner`] says so; nothing with `--quiet`.
/// A reader that went away is no error.
pub(crate) fn print(text: &str) {
    if manner().quiet {
        return;
    }
    let text = drawn(text, manner().ascii);
    let mut stream = AutoStream::auto(io::stdout());
    let written = stream.write_all(text.as_bytes()).and_then(|()| stream.flush());
    if let Err(error) = written
        && error.kind() != ErrorKind::BrokenPipe
    {
        complain(&format!("standard output: {error}"));
    }
}

/// Writes octets to standard output as they are. What did not arrive there whole is an error.
pub(crate) fn write_octets(octets: &[u8]) -> Result<(), Unreadable> {
    let mut stream = io::stdout().lock();
    let written = stream.write_all(octets).and_then(|()| stream.flush());
    written.map_err(|why| Unreadable::File { path: "standard output".to_owned(), why })
}

/// Writes a page of our own to standard output, of which a reader takes as much as it likes.
pub(crate) fn write_page(octets: &[u8]) -> Result<(), Unreadable> {
    match write_octets(octets) {
        Err(Unreadable::File { why, .. }) if why.kind() == ErrorKind::BrokenPipe => Ok(()),
        outcome => outcome,
    }
}

/// Writes text to standard error, where it does not mix with data on standard output.
pub(crate) fn tell(text: &str) {
    let _ = io::stderr().write_all(text.as_bytes());
}

/// Writes JSON to standard output.
pub(crate) fn print_json(value: &Value) {
    print(&ascii_json(&format!("{value:#}\n")));
}

/// Writes a line to standard error; where that is closed there is nobody to tell.
pub(crate) fn complain(text: &str) {
    let _ = writeln!(io::stderr(), "mailproof: {}", visible(text));
}

/// The text with every character that a terminal would obey, or that hides or turns others, as `\u{…}`; with
/// `--ascii`, every character outside it.
pub(crate) fn visible(text: &str) -> Cow<'_, str> {
    let ascii = manner().ascii;
    escaped(text, |character| is_treacherous(character) || ascii && !character.is_ascii())
}

fn escaped(text: &str, is_escaped: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.contains(&is_escaped) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        if is_escaped(character) {
            out.extend(character.escape_unicode());
        } else {
            out.push(character);
        }
    }
    Cow::Owned(out)
}

/// What this program draws and sets, with `ascii` in characters of ASCII: each takes one column still.
pub(crate) fn drawn(text: &str, ascii: bool) -> Cow<'_, str> {
    if !ascii || text.is_ascii() {
        return Cow::Borrowed(text);
    }
    let replacement = |character| match character {
        '├' | '│' | '·' => '|',
        '└' => '`',
        '─' | '–' | '—' => '-',
        '→' => '>',
        '…' => '~',
        '✓' => '+',
        '✗' | '×' => 'x',
        '█' => '#',
        '▉' | '▊' | '▋' | '▌' | '▍' | '▎' | '▏' => '=',
        _ => '?',
    };
    Cow::Owned(
        text.chars()
            .map(|character| if character.is_ascii() { character } else { replacement(character) })
            .collect(),
    )
}

/// The same JSON in ASCII. Outside its strings JSON holds nothing else.
pub(crate) fn ascii_json(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for character in json.chars() {
        if character.is_ascii() && character != '\u{7f}' {
            out.push(character);
            continue;
        }
        for unit in character.encode_utf16(&mut [0; 2]) {
            let _ = write!(out, "\\u{unit:04x}");
        }
    }
    out
}

fn is_treacherous(character: char) -> bool {
    let turns_or_hides = matches!(
        character,
        '\u{ad}'
            | '\u{61c}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{e0000}'..='\u{e007f}'
    );
    character.is_control() || turns_or_hides
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_a_terminal_obeys_is_left() {
        assert_eq!(visible("a\u{1b}[2Jb\u{9b}1m\r\n"), "a\\u{1b}[2Jb\\u{9b}1m\\u{d}\\u{a}");
        assert_eq!(visible("gro\u{202e}.elpmaxe"), "gro\\u{202e}.elpmaxe");
        assert!(matches!(visible("müller.example"), Cow::Borrowed(_)));
    }

    #[test]
    fn drawings_keep_their_columns_in_ascii() {
        let text = "├─ include:a…  lookups 1/10 · void 0/2\n└─ -all\n";
        assert_eq!(drawn(text, true), "|- include:a~  lookups 1/10 | void 0/2\n`- -all\n");
        assert_eq!(drawn(text, false), text);
    }

    #[test]
    fn json_says_the_same_in_ascii() {
        let value = Value::String("ü\u{9b}\u{7f}\u{202e}\u{1f600}\n".to_owned());
        let text = ascii_json(&value.to_string());
        assert!(text.bytes().all(|octet| octet.is_ascii_graphic()), "{text}");
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value);
    }
}
