//! What an MTA says.

use super::{Offer, Violation};
use memchr::memchr;

/// One command of an MTA, borrowed from its frame.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Command<'a> {
    /// `A`: the message is given up, the connection stays.
    Abort,
    /// `B`: octets of the body.
    Body(&'a [u8]),
    /// `C`: a client connected.
    Connect(Address<'a>),
    /// `T`: DATA.
    Data,
    /// `N`: the header section has ended.
    EndOfHeader,
    /// `E`: the message has ended, after these last octets of the body.
    EndOfMessage(&'a [u8]),
    /// `L`: a header field.
    Header {
        /// The name as written.
        name: &'a [u8],
        /// The value, folds as bare LF.
        value: &'a [u8],
    },
    /// `H`: HELO or EHLO.
    Helo(&'a [u8]),
    /// `D`: macros of the command whose letter is given.
    Macros(u8, &'a [u8]),
    /// `M`: the address with its angle brackets, and the parameters, each of which ends in NUL.
    Mail(&'a [u8], &'a [u8]),
    /// `K`: the connection has ended, and another one begins.
    NextConnection,
    /// `O`: what the MTA offers.
    Offer(Offer),
    /// `Q`: the end.
    Quit,
    /// `R`: the address with its angle brackets, and the parameters, each of which ends in NUL.
    Recipient(&'a [u8], &'a [u8]),
    /// `U`: an SMTP command that the MTA does not know.
    Unknown(&'a [u8]),
}

/// Where a client comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Address<'a> {
    /// Its name by DNS, or its address in brackets.
    pub host: &'a [u8],
    /// What kind of address it has.
    pub family: Family,
    /// The port, 0 if there is none.
    pub port: u16,
    /// The address as text; empty if there is none.
    pub address: &'a [u8],
}

/// A kind of address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// IPv4.
    Inet,
    /// IPv6.
    Inet6,
    /// A path.
    Unix,
    /// None that is known: mail from the machine itself.
    Unknown,
}

impl Family {
    const fn letter(self) -> u8 {
        match self {
            Self::Inet => b'4',
            Self::Inet6 => b'6',
            Self::Unix => b'L',
            Self::Unknown => b'U',
        }
    }
}

impl<'a> Command<'a> {
    /// Reads a frame.
    ///
    /// # Errors
    /// [`Violation`], when it is no command or its data do not have the form.
    pub fn read(command: u8, data: &'a [u8]) -> Result<Self, Violation> {
        let malformed = Violation::MalformedData(command);
        Ok(match command {
            b'A' => Self::Abort,
            b'B' => Self::Body(data),
            b'C' => Self::Connect(Address::read(data).ok_or(malformed)?),
            b'D' => {
                let (of, rest) = data.split_first().ok_or(malformed)?;
                Self::Macros(*of, rest)
            }
            b'E' => Self::EndOfMessage(data),
            b'H' => Self::Helo(only_text(data).ok_or(malformed)?),
            b'K' => Self::NextConnection,
            b'L' => {
                let (name, rest) = text(data).ok_or(malformed)?;
                Self::Header { name, value: only_text(rest).ok_or(malformed)? }
            }
            b'M' => {
                let (address, parameters) = text(data).ok_or(malformed)?;
                Self::Mail(address, parameters)
            }
            b'N' => Self::EndOfHeader,
            b'O' => Self::Offer(Offer::read(data).ok_or(malformed)?),
            b'Q' => Self::Quit,
            b'R' => {
                let (address, parameters) = text(data).ok_or(malformed)?;
                Self::Recipient(address, parameters)
            }
            b'T' => Self::Data,
            b'U' => Self::Unknown(only_text(data).ok_or(malformed)?),
            _ => return Err(Violation::UnknownCommand(command)),
        })
    }

    /// Writes the frame, as an MTA does. What would make another frame of it, such as a NUL inside a text, is the
    /// caller's to avoid.
    pub fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Abort => frame(out, b'A', &[]),
            Self::Body(octets) => frame(out, b'B', &[octets]),
            Self::Connect(address) => address.write(out),
            Self::Data => frame(out, b'T', &[]),
            Self::EndOfHeader => frame(out, b'N', &[]),
            Self::EndOfMessage(octets) => frame(out, b'E', &[octets]),
            Self::Header { name, value } => frame(out, b'L', &[name, b"\0", value, b"\0"]),
            Self::Helo(name) => frame(out, b'H', &[name, b"\0"]),
            Self::Macros(of, data) => frame(out, b'D', &[&[*of], data]),
            Self::Mail(address, parameters) => frame(out, b'M', &[address, b"\0", parameters]),
            Self::NextConnection => frame(out, b'K', &[]),
            Self::Offer(offer) => {
                let mut data = Vec::new();
                offer.write(&mut data);
                frame(out, b'O', &[&data]);
            }
            Self::Quit => frame(out, b'Q', &[]),
            Self::Recipient(address, parameters) => frame(out, b'R', &[address, b"\0", parameters]),
            Self::Unknown(line) => frame(out, b'U', &[line, b"\0"]),
        }
    }
}

impl<'a> Address<'a> {
    fn read(data: &'a [u8]) -> Option<Self> {
        let (host, rest) = text(data)?;
        let (letter, rest) = rest.split_first()?;
        let family = match letter {
            b'4' => Family::Inet,
            b'6' => Family::Inet6,
            b'L' => Family::Unix,
            b'U' => return Some(Self { host, family: Family::Unknown, port: 0, address: b"" }),
            _ => return None,
        };
        let (port, rest) = rest.split_first_chunk::<2>()?;
        Some(Self { host, family, port: u16::from_be_bytes(*port), address: only_text(rest)? })
    }

    fn write(&self, out: &mut Vec<u8>) {
        let family = [self.family.letter()];
        match self.family {
            Family::Unknown => frame(out, b'C', &[self.host, b"\0", &family]),
            Family::Inet | Family::Inet6 | Family::Unix => {
                let port = self.port.to_be_bytes();
                frame(out, b'C', &[self.host, b"\0", &family, &port, self.address, b"\0"]);
            }
        }
    }
}

/// A text up to its NUL, and what follows.
pub(super) fn text(data: &[u8]) -> Option<(&[u8], &[u8])> {
    let (text, rest) = data.split_at_checked(memchr(0, data)?)?;
    Some((text, rest.get(1..).unwrap_or_default()))
}

/// A text up to its NUL, behind which nothing stands.
pub(super) fn only_text(data: &[u8]) -> Option<&[u8]> {
    let (text, rest) = text(data)?;
    rest.is_empty().then_some(text)
}

/// Writes a frame of a command and parts of data.
pub(super) fn frame(out: &mut Vec<u8>, command: u8, parts: &[&[u8]]) {
    let octets: usize = parts.iter().map(|part| part.len()).sum();
    // Nothing written here comes near the end of 32 bits; if it did, the other side would refuse the frame.
    let length = u32::try_from(octets + 1).unwrap_or(u32::MAX);
    out.extend_from_slice(&length.to_be_bytes());
    out.push(command);
    parts.iter().for_each(|part| out.extend_from_slice(part));
}
