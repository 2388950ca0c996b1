//! Octets cut into frames: a length of four octets, a command, its data.

use super::Violation;

/// Octets of a frame that is handed out in pieces, at most. MTAs send 65,535 of body; libmilter can be told a million.
pub const BODY_OCTETS: u32 = (1 << 20) + 1;
/// Octets of a frame that is kept until it is whole, at most. Postfix cuts a header field at 102,400
/// (`header_size_limit`); everything else is smaller.
pub const PLAIN_OCTETS: u32 = 256 << 10;

/// Room for octets from the start, and what is kept between frames.
const ROOM: usize = 32 << 10;

/// Who sends the frames: the same letters mean one thing from an MTA and another from a filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sender {
    /// A filter; all its frames are whole.
    Filter,
    /// An MTA; the frames of a body come in pieces.
    Mta,
}

/// Octets on their way to becoming frames.
///
/// At most [`PLAIN_OCTETS`] and one read are kept. A body is never collected: its octets are handed out as they come.
#[derive(Debug)]
pub struct Frames {
    sender: Sender,
    octets: Vec<u8>,
    /// Where in `octets` the next frame, or the rest of the present one, begins.
    start: usize,
    /// The command of a frame that is handed out in pieces, and how much of it is still to come.
    rest: Option<(u8, usize)>,
    /// How many frames have come in whole.
    whole: u64,
}

/// A frame, or a piece of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Frame<'a> {
    /// A whole frame; of one handed out in pieces what stands behind the last piece, which is nothing.
    Whole {
        /// The command.
        command: u8,
        /// Its data.
        data: &'a [u8],
    },
    /// Some octets of a body; never empty.
    Piece(&'a [u8]),
}

/// Where a frame, or a piece of one, lies.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cut {
    pub(super) command: u8,
    begin: usize,
    end: usize,
    pub(super) is_piece: bool,
}

impl Frames {
    /// No octets yet.
    pub const fn new(sender: Sender) -> Self {
        Self { sender, octets: Vec::new(), start: 0, rest: None, whole: 0 }
    }

    /// Takes the next octets.
    pub fn feed(&mut self, octets: &[u8]) {
        self.room().extend_from_slice(octets);
    }

    /// Where the next octets are put, behind those already there: for whoever can read right into it. What lies in it
    /// is not to be touched.
    pub fn room(&mut self) -> &mut Vec<u8> {
        if self.start > 0 {
            self.octets.drain(..self.start.min(self.octets.len()));
            self.start = 0;
        }
        if self.octets.is_empty() && self.octets.capacity() > 2 * ROOM {
            self.octets = Vec::new();
        }
        if self.octets.capacity() - self.octets.len() < ROOM / 2 {
            self.octets.reserve(ROOM);
        }
        &mut self.octets
    }

    /// Gives back the memory while nothing is expected, if there is nothing in it.
    pub fn rest(&mut self) {
        if !self.is_within_frame() {
            self.octets = Vec::new();
            self.start = 0;
        }
    }

    /// Whether a frame has begun that has not ended.
    pub fn is_within_frame(&self) -> bool {
        self.rest.is_some() || self.start < self.octets.len()
    }

    /// How many frames have come in whole, and were taken.
    pub const fn whole(&self) -> u64 {
        self.whole
    }

    /// The next frame or piece, once it is there.
    ///
    /// # Errors
    /// [`Violation`], for a frame of no octets or one too long; every later call says the same.
    pub fn take(&mut self) -> Result<Option<Frame<'_>>, Violation> {
        let Some(cut) = self.cut()? else {
            return Ok(None);
        };
        let data = self.octets(cut);
        Ok(Some(if cut.is_piece { Frame::Piece(data) } else { Frame::Whole { command: cut.command, data } }))
    }

    /// What a cut is of, as long as no room was asked for since.
    pub(super) fn octets(&self, cut: Cut) -> &[u8] {
        self.octets.get(cut.begin..cut.end).unwrap_or_default()
    }

    /// The next frame or piece, as a place.
    pub(super) fn cut(&mut self) -> Result<Option<Cut>, Violation> {
        if let Some((command, rest)) = self.rest {
            return Ok(self.piece(command, rest));
        }
        let waiting = self.octets.get(self.start..).unwrap_or_default();
        let Some((length, behind)) = waiting.split_first_chunk::<4>() else {
            return Ok(None);
        };
        let length = u32::from_be_bytes(*length);
        if length == 0 {
            return Err(Violation::EmptyFrame);
        }
        let Some((command, data)) = behind.split_first() else {
            return Ok(None);
        };
        let command = *command;
        let in_pieces = self.sender == Sender::Mta && matches!(command, b'B' | b'E');
        let limit = if in_pieces { BODY_OCTETS } else { PLAIN_OCTETS };
        if length > limit {
            return Err(Violation::FrameTooLong { command, octets: length });
        }
        let octets = usize::try_from(length).unwrap_or(usize::MAX) - 1;
        let begin = self.start + 5;
        if in_pieces {
            self.start = begin;
            self.rest = Some((command, octets));
            return Ok(self.piece(command, octets));
        }
        if data.len() < octets {
            return Ok(None);
        }
        self.start = begin + octets;
        self.whole += 1;
        Ok(Some(Cut { command, begin, end: self.start, is_piece: false }))
    }

    /// The next piece of a frame of which `rest` octets are missing.
    fn piece(&mut self, command: u8, rest: usize) -> Option<Cut> {
        let begin = self.start;
        if rest == 0 {
            self.rest = None;
            self.whole += 1;
            return Some(Cut { command, begin, end: begin, is_piece: false });
        }
        let end = self.octets.len().min(begin.saturating_add(rest));
        if begin >= end {
            return None;
        }
        self.start = end;
        self.rest = Some((command, rest - (end - begin)));
        Some(Cut { command, begin, end, is_piece: true })
    }
}
