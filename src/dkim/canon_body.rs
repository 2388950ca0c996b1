//! Body canonicalization (RFC 6376 §3.4.3, §3.4.4) as a machine that takes the body in any chunks.
//!
//! It keeps a few counters and no octet of the body. What needs no change is handed on in slices as long as they
//! come: the scan stops only where relaxed canonicalization changes something, and at empty lines, which are
//! counted until it is clear that they are not the last ones.

use super::canon_header::Canonicalization;
use super::scan::next_stop;
use crate::ascii::is_wsp;

/// Line ends handed on at a time.
const LINE_ENDS: &[u8; 64] =
    b"\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n";

/// A body on its way through one canonicalization.
#[derive(Clone, Debug)]
pub(super) struct BodyCanon {
    canon: Canonicalization,
    /// Something was handed on.
    has_content: bool,
    /// The line has content that was handed on, and no line end yet.
    is_line_open: bool,
    /// Empty lines since the last line with content.
    empty_lines: u64,
    /// White space that is dropped if the line ends with it.
    is_space_due: bool,
    /// A CR that ends the line if LF follows.
    is_cr_due: bool,
}

impl BodyCanon {
    pub(super) const fn new(canon: Canonicalization) -> Self {
        Self {
            canon,
            has_content: false,
            is_line_open: false,
            empty_lines: 0,
            is_space_due: false,
            is_cr_due: false,
        }
    }

    /// Takes the next octets and hands what is canonical of them to `out`.
    pub(super) fn feed(&mut self, chunk: &[u8], out: &mut impl FnMut(&[u8])) {
        let mut rest = chunk;
        loop {
            rest = self.settle(rest, out);
            if rest.is_empty() {
                return;
            }
            rest = match self.canon {
                Canonicalization::Simple => self.copy_simple(rest, out),
                Canonicalization::Relaxed => self.copy_relaxed(rest, out),
            };
        }
    }

    /// The body has ended.
    pub(super) fn finish(mut self, out: &mut impl FnMut(&[u8])) {
        if self.is_cr_due {
            self.flush(out);
            out(b"\r");
            self.is_line_open = true;
        }
        // RFC 6376 §3.4.3: an empty body becomes one CRLF; §3.4.4: it stays empty.
        if self.is_line_open || (self.canon == Canonicalization::Simple && !self.has_content) {
            out(b"\r\n");
        }
    }

    /// Consumes line ends and white space of which it is open what becomes of them, up to the first octet of
    /// content, before which everything due is handed on: what follows goes on with an open line.
    fn settle<'a>(&mut self, chunk: &'a [u8], out: &mut impl FnMut(&[u8])) -> &'a [u8] {
        let mut rest = chunk;
        while let [octet, after @ ..] = rest {
            if self.is_cr_due {
                self.is_cr_due = false;
                if *octet == b'\n' {
                    self.end_line(out);
                    rest = after;
                    continue;
                }
                self.flush(out);
                out(b"\r");
                self.open_line();
                return rest;
            }
            match *octet {
                b'\r' => self.is_cr_due = true,
                octet if self.canon == Canonicalization::Relaxed && is_wsp(octet) => self.is_space_due = true,
                _ => {
                    self.flush(out);
                    return rest;
                }
            }
            rest = after;
        }
        rest
    }

    fn end_line(&mut self, out: &mut impl FnMut(&[u8])) {
        self.is_space_due = false;
        if self.is_line_open {
            self.is_line_open = false;
            out(b"\r\n");
        } else {
            self.empty_lines += 1;
        }
    }

    fn open_line(&mut self) {
        self.is_line_open = true;
        self.has_content = true;
    }

    /// Hands on what was held back before content.
    fn flush(&mut self, out: &mut impl FnMut(&[u8])) {
        while self.empty_lines > 0 {
            let lines = usize::try_from(self.empty_lines).unwrap_or(usize::MAX).min(LINE_ENDS.len() / 2);
            out(LINE_ENDS.get(..lines * 2).unwrap_or_default());
            self.empty_lines -= u64::try_from(lines).unwrap_or(self.empty_lines);
        }
        if self.is_space_due {
            self.is_space_due = false;
            out(b" ");
        }
    }

    /// Hands on everything up to the first line end behind which an empty line may be, and returns the rest.
    fn copy_simple<'a>(&mut self, text: &'a [u8], out: &mut impl FnMut(&[u8])) -> &'a [u8] {
        self.open_line();
        match next_stop(text, 0, is_line_stop) {
            Some(stop) => self.copy_line_end(text, 0, stop, out),
            None => copy_last(text, out),
        }
    }

    /// Hands on everything up to the first line end or white space of which it is open what becomes of it, and
    /// returns the rest.
    fn copy_relaxed<'a>(&mut self, text: &'a [u8], out: &mut impl FnMut(&[u8])) -> &'a [u8] {
        self.open_line();
        // `start` is where the octets not yet handed on begin; the line is open there.
        let mut start = 0;
        let mut from = 0;
        while let Some(stop) = next_stop(text, from, is_relaxed_stop) {
            let tail = text.get(stop..).unwrap_or_default();
            if tail.first() == Some(&b'\n') {
                return self.copy_line_end(text, start, stop, out);
            }
            let run = tail.iter().position(|octet| !is_wsp(*octet)).unwrap_or(tail.len());
            let is_line_start = stop >= start + 2 && text.get(stop - 2..stop) == Some(b"\r\n");
            match tail.get(run..).unwrap_or_default() {
                [] | [b'\r'] => {
                    out(text.get(start..stop).unwrap_or_default());
                    self.is_line_open = !is_line_start;
                    return tail;
                }
                [b'\r', b'\n', ..] if is_line_start => {
                    out(text.get(start..stop).unwrap_or_default());
                    self.is_line_open = false;
                    return tail;
                }
                [b'\r', b'\n', ..] => {
                    out(text.get(start..stop).unwrap_or_default());
                    start = stop + run;
                }
                _ if tail.first() == Some(&b' ') => {
                    out(text.get(start..=stop).unwrap_or_default());
                    start = stop + run;
                }
                _ => {
                    out(text.get(start..stop).unwrap_or_default());
                    out(b" ");
                    start = stop + run;
                }
            }
            from = start;
        }
        copy_last(text.get(start..).unwrap_or_default(), out)
    }

    /// Hands on `text` from `start` to the line feed at `stop`, and returns the rest for settling: an empty line may
    /// follow.
    fn copy_line_end<'a>(
        &mut self,
        text: &'a [u8],
        start: usize,
        stop: usize,
        out: &mut impl FnMut(&[u8]),
    ) -> &'a [u8] {
        let (done, rest) = text.split_at_checked(stop + 1).unwrap_or((text, &[]));
        let content = done.get(start..).unwrap_or_default();
        out(content);
        self.is_line_open = !content.ends_with(b"\r\n");
        rest
    }
}

/// Hands on the end of a chunk in which nothing has to be changed: all but a CR that may be half a line end.
fn copy_last<'a>(text: &'a [u8], out: &mut impl FnMut(&[u8])) -> &'a [u8] {
    let (content, rest) = match text {
        [content @ .., b'\r'] => (content, &b"\r"[..]),
        content => (content, &[][..]),
    };
    out(content);
    rest
}

/// A tab, or a space before white space or CR, or what [`is_line_stop`] says. Like it without branches, so that a
/// block of octets is judged with a few vector instructions.
const fn is_relaxed_stop(here: u8, next: u8) -> bool {
    let is_before_change = (next == b' ') | (next == b'\t') | (next == b'\r');
    (here == b'\t') | ((here == b' ') & is_before_change) | is_line_stop(here, next)
}

/// A line feed before CR: perhaps an empty line follows.
const fn is_line_stop(here: u8, next: u8) -> bool {
    (here == b'\n') & (next == b'\r')
}
