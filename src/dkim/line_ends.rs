//! The search for a lone CR or LF (RFC 6376 §5.3) in text that arrives in chunks.

use super::scan::level;
use fearless_simd::dispatch;
use memchr::memchr2;

/// Octets judged together.
const BLOCK: usize = 64;

/// What was seen of the text.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct LineEnds {
    has_lone: bool,
    is_after_cr: bool,
}

impl LineEnds {
    /// Whether a text holds a CR or LF that is not part of CRLF.
    pub(crate) fn has_lone_in(text: &[u8]) -> bool {
        let Some(first) = memchr2(b'\r', b'\n', text) else {
            return false;
        };
        let mut line_ends = Self::default();
        line_ends.feed(text.get(first..).unwrap_or_default());
        line_ends.finish()
    }

    /// Takes the next octets.
    pub(crate) fn feed(&mut self, chunk: &[u8]) {
        let [first, ..] = chunk else {
            return;
        };
        self.has_lone |= is_lone(u8::from(self.is_after_cr) * b'\r', *first);
        self.has_lone |= match chunk.len() {
            // Compiled once for each kind of processor.
            BLOCK.. => dispatch!(level(), _processor => has_lone_inside(chunk)),
            _ => has_lone_inside(chunk),
        };
        self.is_after_cr = chunk.ends_with(b"\r");
    }

    /// Whether there was one; a CR at the very end is one.
    pub(crate) const fn finish(self) -> bool {
        self.has_lone || self.is_after_cr
    }
}

#[inline(always)]
fn has_lone_inside(chunk: &[u8]) -> bool {
    let next = chunk.get(1..).unwrap_or_default();
    let (blocks, rest) = chunk.get(..next.len()).unwrap_or_default().as_chunks::<BLOCK>();
    let (next_blocks, next_rest) = next.as_chunks::<BLOCK>();
    // Each octet of a block has a verdict of its own, so that a block is judged with a few vector instructions.
    let mut lone = [0; BLOCK];
    for (here, next) in blocks.iter().zip(next_blocks) {
        for (lone, (here, next)) in lone.iter_mut().zip(here.iter().zip(next)) {
            *lone |= u8::from(is_lone(*here, *next));
        }
    }
    let mut rest = rest.iter().zip(next_rest);
    lone.iter().any(|lone| *lone != 0) || rest.any(|(here, next)| is_lone(*here, *next))
}

/// CR before something else, or LF behind something else.
const fn is_lone(here: u8, next: u8) -> bool {
    (here == b'\r') ^ (next == b'\n')
}
