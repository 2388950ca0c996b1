//! Body canonicalization (RFC 6376 §3.4.3, §3.4.4) as a machine that takes the body in any chunks.
//!
//! It keeps a few counters and no octet of the body. What needs no change is handed on in slices as long as they
//! come, straight through line ends and empty lines: relaxed canonicalization stops only where white space changes,
//! simple nowhere. Only the line ends at the end of a slice are held back, until it is clear that they are not those
//! at the end of the body.

use super::canon_header::Canonicalization;
use super::hash::HASH_BLOCK;
use super::scan::{next_stop, white_space};
use super::squeeze::{LEAST, SqueezedCopy};

const CRLF: &[u8; 2] = b"\r\n";

/// Line ends handed on at a time.
const MOST_LINE_ENDS: u64 = 2048;
static LINE_ENDS: [[u8; 2]; 2048] = [*CRLF; 2048];

/// Line ends counted at a time: a few vectors.
const SOME_LINE_ENDS: u64 = 32;
static SOME: [[u8; 2]; 32] = [*CRLF; 32];

/// Octets that are searched before they are handed on. They are few, so that the processor, which has room for more while
/// it waits for one round of the hash after the other, searches them and fetches the next beside it.
const AHEAD: usize = 1 << 10;

/// Spaces skipped at a time.
const SPACES: &[u8; 32] = b"                                ";

/// A body on its way through one canonicalization.
#[derive(Clone, Debug)]
pub(super) struct BodyCanon {
    canon: Canonicalization,
    /// Something was handed on.
    has_content: bool,
    /// Octets that were handed on, as far as they tell where blocks of the hash end: it starts again from 0.
    handed_on: usize,
    /// Line ends since the last content, held back.
    line_ends: u64,
    /// White space behind them that is dropped if the line ends with it.
    is_space_due: bool,
    /// A CR behind that, which ends the line if LF follows.
    is_cr_due: bool,
}

impl BodyCanon {
    pub(super) const fn new(canon: Canonicalization) -> Self {
        Self { canon, has_content: false, handed_on: 0, line_ends: 0, is_space_due: false, is_cr_due: false }
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
            self.hand_on(b"\r", out);
        }
        // RFC 6376 §3.4.3: empty lines at the end are ignored, the last line gets a CRLF if it has none, and an empty
        // body becomes one CRLF; §3.4.4: it stays empty.
        if self.has_content || self.canon == Canonicalization::Simple {
            out(CRLF);
        }
    }

    /// Consumes line ends and white space of which it is open what becomes of them, up to the first octet of
    /// content.
    fn settle<'a>(&mut self, chunk: &'a [u8], out: &mut impl FnMut(&[u8])) -> &'a [u8] {
        let mut rest = chunk;
        if self.is_cr_due && !rest.is_empty() {
            self.is_cr_due = false;
            let Some(after) = rest.strip_prefix(b"\n") else {
                self.hand_on(b"\r", out);
                return rest;
            };
            self.end_lines(1);
            rest = after;
        }
        loop {
            rest = match rest {
                [b'\r', b'\n', b'\r', b'\n', ..] => self.count_line_ends(rest),
                [b'\r', b'\n', after @ ..] => {
                    self.end_lines(1);
                    after
                }
                [b'\r'] => {
                    self.is_cr_due = true;
                    return &[];
                }
                [b' ' | b'\t', after @ ..] if self.canon == Canonicalization::Relaxed => {
                    // Much of it is dealt with at once.
                    if !self.is_space_due && rest.len() >= LEAST {
                        return rest;
                    }
                    self.is_space_due = true;
                    skip_white_space(after)
                }
                _ => return rest,
            };
        }
    }

    fn count_line_ends<'a>(&mut self, text: &'a [u8]) -> &'a [u8] {
        let mut rest = text;
        while let Some((first, after)) = rest.split_first_chunk::<64>()
            && first == SOME.as_flattened()
        {
            self.end_lines(SOME_LINE_ENDS);
            rest = after;
        }
        while let Some(after) = rest.strip_prefix(CRLF) {
            self.end_lines(1);
            rest = after;
        }
        rest
    }

    fn end_lines(&mut self, count: u64) {
        self.line_ends += count;
        self.is_space_due = false;
    }

    /// Hands on content, and before it what was held back; line ends behind it are held back in their turn.
    fn hand_on(&mut self, text: &[u8], out: &mut impl FnMut(&[u8])) {
        let (content, line_ends) = if text.ends_with(CRLF) { split_line_ends(text) } else { (text, 0) };
        if !content.is_empty() {
            if self.line_ends > 0 || self.is_space_due {
                self.release(out);
            }
            self.has_content = true;
            self.emit(content, out);
        }
        self.line_ends += line_ends;
    }

    /// Hands on what was held back before content.
    fn release(&mut self, out: &mut impl FnMut(&[u8])) {
        while self.line_ends > 0 {
            let lines = self.line_ends.min(MOST_LINE_ENDS);
            let lines_at_once = usize::try_from(lines).ok().and_then(|lines| LINE_ENDS.get(..lines));
            self.emit(lines_at_once.unwrap_or_default().as_flattened(), out);
            self.line_ends -= lines;
        }
        if self.is_space_due {
            self.is_space_due = false;
            self.emit(b" ", out);
        }
    }

    fn emit(&mut self, octets: &[u8], out: &mut impl FnMut(&[u8])) {
        self.handed_on = self.handed_on.wrapping_add(octets.len());
        out(octets);
    }

    /// How many octets the canonical body is beyond a block of the hash, with what is held back.
    fn phase(&self) -> usize {
        const LINES: u64 = 1 << 5;
        let line_ends = usize::try_from(self.line_ends % LINES).unwrap_or_default() * CRLF.len();
        (self.handed_on.wrapping_add(line_ends) + usize::from(self.is_space_due)) % HASH_BLOCK
    }

    /// Hands on everything but a CR at the end, which may be half a line end and is returned.
    fn copy_simple<'a>(&mut self, text: &'a [u8], out: &mut impl FnMut(&[u8])) -> &'a [u8] {
        let (content, rest) = match text {
            [content @ .., b'\r'] => (content, &b"\r"[..]),
            content => (content, &[][..]),
        };
        self.hand_on(content, out);
        rest
    }

    /// Hands on everything but white space and a CR at the end of which it is open what becomes of them, and returns
    /// these. White space does not come first in `text`.
    fn copy_relaxed<'a>(&mut self, text: &'a [u8], out: &mut impl FnMut(&[u8])) -> &'a [u8] {
        let mut rest = text;
        let mut copy = None;
        let mut is_squeezed = false;
        loop {
            if is_squeezed && rest.len() >= LEAST {
                let copy = copy.get_or_insert_with(SqueezedCopy::new);
                let before = copy.octets().len();
                let read = copy.extend(rest);
                rest = rest.get(read..).unwrap_or_default();
                is_squeezed = copy.octets().len() < before + read;
                let octets = copy.octets();
                let over = (self.phase() + octets.len()) % HASH_BLOCK;
                let whole = octets.get(..octets.len().saturating_sub(over)).unwrap_or_default();
                // No line end is cut.
                let whole = whole.strip_suffix(b"\r").unwrap_or(whole);
                self.hand_on(whole, out);
                copy.keep(whole.len());
                continue;
            }
            if let Some(copy) = copy.as_mut().filter(|copy| !copy.octets().is_empty()) {
                self.hand_on(copy.octets(), out);
                copy.clear();
            }
            let Some(stop) = next_stop(rest, AHEAD, distance) else {
                if rest.len() <= AHEAD {
                    return self.copy_simple(rest, out);
                }
                let calm = rest.get(..AHEAD - self.phase()).unwrap_or(rest);
                // No line end is cut.
                let whole = calm.strip_suffix(b"\r").unwrap_or(calm);
                self.hand_on(whole, out);
                rest = rest.get(whole.len()..).unwrap_or_default();
                continue;
            };
            is_squeezed = true;
            if rest.len() >= LEAST {
                continue;
            }
            let (before, tail) = rest.split_at_checked(stop).unwrap_or((rest, &[]));
            let after = tail.get(white_space(tail)..).unwrap_or_default();
            if let [] | [b'\r'] = after {
                self.hand_on(before, out);
                return tail;
            }
            // RFC 6376 §3.4.4: white space at the end of a line is ignored; every other run of it is one space, which
            // is there already, or is not. No branch depends on that, for none could be foretold.
            let is_line_end = after.starts_with(CRLF);
            let is_kept = !is_line_end & tail.starts_with(b" ");
            self.hand_on(rest.get(..stop + usize::from(is_kept)).unwrap_or_default(), out);
            self.is_space_due = !is_line_end & !is_kept;
            rest = after;
        }
    }
}

/// The text without the line ends behind it, and how many those are.
fn split_line_ends(text: &[u8]) -> (&[u8], u64) {
    let mut content = text;
    let mut line_ends = 0;
    while let Some((before, last)) = content.split_last_chunk::<64>()
        && last == SOME.as_flattened()
    {
        content = before;
        line_ends += SOME_LINE_ENDS;
    }
    while let Some(before) = content.strip_suffix(CRLF) {
        content = before;
        line_ends += 1;
    }
    (content, line_ends)
}

/// Leaves out white space at the beginning.
fn skip_white_space(text: &[u8]) -> &[u8] {
    let mut rest = text;
    while let [b' ' | b'\t', after @ ..] = rest {
        rest = match after {
            [b' ', b' ', ..] => after.strip_prefix(SPACES).unwrap_or(after),
            _ => after,
        };
    }
    rest
}

/// 0 for a tab, or a space before white space, CR or another octet below: what stops in vain is only not handed on at
/// once. Without branches, so that many octets are judged with a few vector instructions.
fn distance(here: u8, next: u8) -> u8 {
    (here ^ b'\t').min((here ^ b' ') | next.saturating_sub(b' '))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ascii::is_wsp;
    use proptest::collection::vec;
    use proptest::prelude::*;

    /// RFC 6376 §3.4.3, §3.4.4 line by line.
    fn plain(canon: Canonicalization, body: &[u8]) -> Vec<u8> {
        let mut lines = Vec::new();
        let mut rest = body;
        while let Some(end) = rest.windows(2).position(|pair| pair == CRLF) {
            lines.push(rest[..end].to_vec());
            rest = &rest[end + 2..];
        }
        lines.push(rest.to_vec());
        if canon == Canonicalization::Relaxed {
            for line in &mut lines {
                for octet in line.iter_mut().filter(|octet| is_wsp(**octet)) {
                    *octet = b' ';
                }
                line.dedup_by(|one, other| *one == b' ' && *other == b' ');
                if line.ends_with(b" ") {
                    line.pop();
                }
            }
        }
        while lines.last().is_some_and(Vec::is_empty) {
            lines.pop();
        }
        if lines.is_empty() && canon == Canonicalization::Simple {
            lines.push(Vec::new());
        }
        lines.iter().flat_map(|line| [line, &CRLF[..]].concat()).collect()
    }

    fn in_chunks<'a>(canon: Canonicalization, chunks: impl IntoIterator<Item = &'a [u8]>) -> Vec<u8> {
        let mut out = Vec::new();
        let mut machine = BodyCanon::new(canon);
        for chunk in chunks {
            machine.feed(chunk, &mut |piece| out.extend_from_slice(piece));
        }
        machine.finish(&mut |piece| out.extend_from_slice(piece));
        out
    }

    const CODED: &[u8] = b"TWFpbCBpcyB3aGF0IGl0IHNheXMgaXQgaXMsIG9yIGl0IGlzIG5vdC4gVGhlcmUgaXMgbm8g\r\n";
    const PROSE: &[u8] = b"words of one line with one space between them, as people write them\r\n";
    const TRAILING: &[u8] =
        b"a gap now and  then, and one at the end of the line that the next one ends \r\n";

    /// Few octets of five kinds, or runs of one kind about as long as what is looked at together.
    fn bodies() -> impl Strategy<Value = Vec<u8>> {
        let octet = || prop::sample::select(b" \t\r\na".to_vec());
        let run = (octet(), 1_usize..140).prop_map(|(octet, count)| vec![octet; count]);
        let line_ends = (1_usize..80).prop_map(|count| b"\r\n".repeat(count));
        let words = (1_usize..40).prop_map(|count| b"ab c".repeat(count));
        let lines = |line: &'static [u8]| {
            (1_usize..5000)
                .prop_map(move |octets| line.iter().copied().cycle().take(octets).collect::<Vec<u8>>())
        };
        let few = || vec(octet(), 0..12);
        prop_oneof![
            vec(octet(), 0..40),
            vec(prop_oneof![3 => few(), 1 => run, 1 => line_ends, 2 => words], 0..12)
                .prop_map(|pieces| pieces.concat()),
            // More than is looked at ahead of the hash, calm for most of it.
            vec(prop_oneof![few(), lines(CODED), lines(PROSE), lines(TRAILING)], 0..6)
                .prop_map(|pieces| pieces.concat()),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 8192, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn chunks_of_any_body_are_canonical(body in bodies(), cuts in vec(any::<prop::sample::Index>(), 0..8)) {
            let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(body.len() + 1)).collect();
            cuts.extend([0, body.len()]);
            cuts.sort_unstable();
            for canon in [Canonicalization::Simple, Canonicalization::Relaxed] {
                let expected = plain(canon, &body);
                prop_assert_eq!(&in_chunks(canon, [&body[..]]), &expected);
                prop_assert_eq!(&in_chunks(canon, cuts.windows(2).map(|cut| &body[cut[0]..cut[1]])), &expected);
                prop_assert_eq!(&in_chunks(canon, body.chunks(1)), &expected);
            }
        }
    }
}
