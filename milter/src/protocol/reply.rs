//! What a filter answers.

use super::command::{frame, only_text, text};
use super::negotiation::word;
use super::{Offer, Violation};
use std::borrow::Cow;

/// One reply of a filter. Texts are borrowed where they can be.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reply<'a> {
    /// `a`: take the rest without asking any more.
    Accept,
    /// `h`: a header field at the end of the header section.
    AddHeader(Cow<'a, [u8]>, Cow<'a, [u8]>),
    /// `m`: the n-th field of a name, counted from 1, gets another value; an empty one deletes it.
    ChangeHeader(u32, Cow<'a, [u8]>, Cow<'a, [u8]>),
    /// `c`: go on.
    Continue,
    /// `d`: take it and throw it away.
    Discard,
    /// `i`: a header field in front of the n-th, counted from 0.
    InsertHeader(u32, Cow<'a, [u8]>, Cow<'a, [u8]>),
    /// `O`: what the filter takes of the offer.
    Offer(Offer),
    /// `p`: still at it.
    Progress,
    /// `q`: to be put in quarantine, for this reason.
    Quarantine(Cow<'a, [u8]>),
    /// `r`: no.
    Reject,
    /// `y`: no, or not now, in these words: a code of three digits that begins with 4 or 5, a space, and text.
    Say(Cow<'a, [u8]>),
    /// `s`: no more of this body.
    Skip,
    /// `t`: not now.
    Tempfail,
}

/// Why a reply cannot be said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unsayable {
    /// A text that holds NUL would end there.
    #[error("the text holds NUL")]
    Nul,
    /// An own reply without a code of the 4xx or 5xx kind.
    #[error("the reply has no code that begins with 4 or 5")]
    Code,
}

impl<'a> Reply<'a> {
    /// Writes the frame.
    ///
    /// # Errors
    /// [`Unsayable`]; nothing is written then.
    pub fn write(&self, out: &mut Vec<u8>) -> Result<(), Unsayable> {
        match self {
            Self::Accept => frame(out, b'a', &[]),
            Self::AddHeader(name, value) => {
                frame(out, b'h', &[whole(name)?, b"\0", whole(value)?, b"\0"]);
            }
            Self::ChangeHeader(index, name, value) => {
                frame(out, b'm', &[&index.to_be_bytes(), whole(name)?, b"\0", whole(value)?, b"\0"]);
            }
            Self::Continue => frame(out, b'c', &[]),
            Self::Discard => frame(out, b'd', &[]),
            Self::InsertHeader(index, name, value) => {
                frame(out, b'i', &[&index.to_be_bytes(), whole(name)?, b"\0", whole(value)?, b"\0"]);
            }
            Self::Offer(offer) => {
                let mut data = Vec::new();
                offer.write(&mut data);
                frame(out, b'O', &[&data]);
            }
            Self::Progress => frame(out, b'p', &[]),
            Self::Quarantine(reason) => frame(out, b'q', &[whole(reason)?, b"\0"]),
            Self::Reject => frame(out, b'r', &[]),
            Self::Say(line) => {
                if !is_refusal(line) {
                    return Err(Unsayable::Code);
                }
                frame(out, b'y', &[&doubled(whole(line)?), b"\0"]);
            }
            Self::Skip => frame(out, b's', &[]),
            Self::Tempfail => frame(out, b't', &[]),
        }
        Ok(())
    }

    /// Reads a frame, as an MTA does.
    ///
    /// # Errors
    /// [`Violation`], when it is no reply or its data do not have the form.
    pub fn read(reply: u8, data: &'a [u8]) -> Result<Self, Violation> {
        let malformed = Violation::MalformedData(reply);
        let borrowed = |(name, value): (&'a [u8], &'a [u8])| (Cow::Borrowed(name), Cow::Borrowed(value));
        Ok(match reply {
            b'O' => Self::Offer(Offer::read(data).ok_or(malformed)?),
            b'a' => Self::Accept,
            b'c' => Self::Continue,
            b'd' => Self::Discard,
            b'h' => {
                let (name, value) = field(data).map(borrowed).ok_or(malformed)?;
                Self::AddHeader(name, value)
            }
            b'i' | b'm' => {
                let (index, rest) = word(data).ok_or(malformed)?;
                let (name, value) = field(rest).map(borrowed).ok_or(malformed)?;
                match reply {
                    b'i' => Self::InsertHeader(index, name, value),
                    _ => Self::ChangeHeader(index, name, value),
                }
            }
            b'p' => Self::Progress,
            b'q' => Self::Quarantine(only_text(data).ok_or(malformed)?.into()),
            b'r' => Self::Reject,
            b's' => Self::Skip,
            b't' => Self::Tempfail,
            b'y' => {
                let line = undoubled(only_text(data).ok_or(malformed)?);
                if !is_refusal(&line) {
                    return Err(malformed);
                }
                Self::Say(line)
            }
            _ => return Err(Violation::UnknownReply(reply)),
        })
    }

    /// Whether nothing follows this reply to the same command.
    pub const fn is_final(&self) -> bool {
        match self {
            Self::Accept
            | Self::Continue
            | Self::Discard
            | Self::Offer(_)
            | Self::Reject
            | Self::Say(_)
            | Self::Skip
            | Self::Tempfail => true,
            Self::AddHeader(..)
            | Self::ChangeHeader(..)
            | Self::InsertHeader(..)
            | Self::Progress
            | Self::Quarantine(_) => false,
        }
    }
}

fn field(data: &[u8]) -> Option<(&[u8], &[u8])> {
    let (name, rest) = text(data)?;
    Some((name, only_text(rest)?))
}

fn whole(text: &[u8]) -> Result<&[u8], Unsayable> {
    if memchr::memchr(0, text).is_some() { Err(Unsayable::Nul) } else { Ok(text) }
}

/// `4xx` or `5xx`, and nothing or a space or hyphen behind it.
fn is_refusal(line: &[u8]) -> bool {
    let code_is =
        |code: &[u8]| matches!(code.first(), Some(b'4' | b'5')) && code.iter().all(u8::is_ascii_digit);
    line.get(..3).is_some_and(code_is) && matches!(line.get(3), None | Some(b' ' | b'-'))
}

/// MTAs read `%` as the beginning of a format, and `%%` as the sign itself.
fn doubled(line: &[u8]) -> Cow<'_, [u8]> {
    if memchr::memchr(b'%', line).is_none() {
        return Cow::Borrowed(line);
    }
    let mut out = Vec::with_capacity(line.len() + 8);
    for octet in line {
        out.push(*octet);
        if *octet == b'%' {
            out.push(b'%');
        }
    }
    Cow::Owned(out)
}

fn undoubled(line: &[u8]) -> Cow<'_, [u8]> {
    if memchr::memchr(b'%', line).is_none() {
        return Cow::Borrowed(line);
    }
    let mut out = Vec::with_capacity(line.len());
    let mut octets = line.iter().peekable();
    while let Some(octet) = octets.next() {
        out.push(*octet);
        if *octet == b'%' {
            let _ = octets.next_if(|next| **next == b'%');
        }
    }
    Cow::Owned(out)
}
