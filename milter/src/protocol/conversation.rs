//! The filter's side of one connection.

use super::frame::Cut;
use super::{
    Address, Agreement, Command, Frames, Macros, Offer, Reply, Sender, Stage, Steps, Violation, Wishes,
};

/// Octets of the header fields of one message at most; whoever keeps them wants a limit of his own below this.
pub const HEADER_OCTETS: usize = 16 << 20;

/// One connection with an MTA: octets come in by [`Conversation::room`] or [`Conversation::feed`], events go out by
/// [`Conversation::hear`], and what is to be sent lies in [`Conversation::outgoing`].
///
/// An event is answered by [`Conversation::answer`]. One that is not answered by the time the next event is asked for
/// is answered `Continue`, if the MTA waits for an answer at all.
#[derive(Debug)]
pub struct Conversation {
    frames: Frames,
    wishes: Wishes,
    agreement: Option<Agreement>,
    place: Place,
    macros: Macros,
    header_octets: usize,
    due: Due,
    /// Whether no more of the body is wanted.
    skip: bool,
    out: Vec<u8>,
}

/// What an MTA says, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event<'a> {
    /// The message is given up.
    Abort,
    /// Some octets of the body.
    Body(&'a [u8]),
    /// A client connected.
    Connect(Address<'a>),
    /// DATA.
    Data,
    /// The header section has ended.
    EndOfHeader,
    /// The message has ended; changes to it may be answered now.
    EndOfMessage,
    /// A header field. Without [`Agreement::has_leading_space`] one space behind the colon is not part of the value.
    Header {
        /// The name as written.
        name: &'a [u8],
        /// The value, folds as bare LF.
        value: &'a [u8],
    },
    /// HELO or EHLO; a message under way is given up.
    Helo(&'a [u8]),
    /// MAIL: the address with its angle brackets. A message under way is given up.
    Mail(&'a [u8]),
    /// The connection has ended, and another begins by the same MTA.
    NextConnection,
    /// Both sides agreed.
    Ready(Agreement),
    /// The end.
    Quit,
    /// RCPT: the address with its angle brackets.
    Recipient(&'a [u8]),
    /// An SMTP command that the MTA does not know.
    Unknown(&'a [u8]),
}

/// What an answer is due to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Due {
    /// Octets of a chunk of the body, which is answered when it has ended.
    Body,
    /// The command of this letter.
    Command(u8),
    Nothing,
}

/// How far a conversation has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Start,
    Agreed,
    Connected,
    Mail,
    Data,
    Header,
    Body,
    Ended,
}

impl Conversation {
    /// A filter with these wishes, before the MTA said anything.
    pub fn new(wishes: Wishes) -> Self {
        Self {
            frames: Frames::new(Sender::Mta),
            wishes,
            agreement: None,
            place: Place::Start,
            macros: Macros::default(),
            header_octets: 0,
            due: Due::Nothing,
            skip: false,
            out: Vec::new(),
        }
    }

    /// Takes the next octets.
    pub fn feed(&mut self, octets: &[u8]) {
        self.frames.feed(octets);
    }

    /// Where the next octets are put, behind those already there.
    pub fn room(&mut self) -> &mut Vec<u8> {
        self.frames.room()
    }

    /// Gives back memory while nothing is expected.
    pub fn rest(&mut self) {
        self.frames.rest();
        if self.out.is_empty() {
            self.out = Vec::new();
        }
    }

    /// Whether a frame has begun that has not ended.
    pub fn is_within_frame(&self) -> bool {
        self.frames.is_within_frame()
    }

    /// How many commands have come in whole.
    pub const fn commands(&self) -> u64 {
        self.frames.whole()
    }

    /// Whether a message is under way.
    pub fn is_within_message(&self) -> bool {
        self.place >= Place::Mail
    }

    /// What is to be sent; whoever has sent it clears it.
    pub const fn outgoing(&mut self) -> &mut Vec<u8> {
        &mut self.out
    }

    /// The macros that hold now.
    pub const fn macros(&self) -> &Macros {
        &self.macros
    }

    /// What was agreed on, once it was.
    pub const fn agreement(&self) -> Option<Agreement> {
        self.agreement
    }

    /// Answers the last event. An answer that the MTA does not wait for is not sent, and false is given. Octets of a body
    /// are answered by [`Reply::Skip`] or not at all, and where `Skip` was not agreed on it is as if it was not said. What
    /// cannot be said becomes [`Reply::Tempfail`].
    pub fn answer(&mut self, reply: &Reply<'_>) -> bool {
        match self.due {
            Due::Nothing => return false,
            Due::Body => {
                self.skip = matches!(reply, Reply::Skip) && self.agreed(Steps::SKIP);
                return self.skip;
            }
            Due::Command(_) => {}
        }
        let is_said = reply.write(&mut self.out).is_ok();
        if !is_said {
            let _ = Reply::Tempfail.write(&mut self.out);
        }
        if !is_said || reply.is_final() {
            self.answered();
        }
        true
    }

    /// The next event, once enough octets are there.
    ///
    /// # Errors
    /// [`Violation`], when the MTA breaks the protocol; the connection is then to be closed.
    pub fn hear(&mut self) -> Result<Option<Event<'_>>, Violation> {
        if let Due::Command(_) = self.due {
            self.answer(&Reply::Continue);
        }
        self.due = Due::Nothing;
        let cut = loop {
            let Some(cut) = self.frames.cut()? else {
                return Ok(None);
            };
            match cut.command {
                b'D' => self.take_macros(cut)?,
                b'B' if !cut.is_piece => self.end_chunk()?,
                _ => break cut,
            }
        };
        if cut.is_piece {
            self.go(Place::Body, b'B')?;
            if cut.command == b'B' {
                self.due = Due::Body;
            }
            return Ok(Some(Event::Body(self.frames.octets(cut))));
        }
        self.event(cut)
    }

    fn event(&mut self, cut: Cut) -> Result<Option<Event<'_>>, Violation> {
        let letter = cut.command;
        // Checked before the frame is borrowed for good.
        match Command::read(letter, self.frames.octets(cut))? {
            Command::Abort => self.give_up(letter)?,
            Command::Connect(_) if self.place == Place::Agreed => self.place = Place::Connected,
            Command::Data => self.go(Place::Data, letter)?,
            Command::EndOfHeader => self.go(Place::Body, letter)?,
            Command::EndOfMessage(_) => self.go(Place::Ended, letter)?,
            Command::Header { name, value } => {
                self.header_octets += name.len() + value.len() + 4;
                if self.header_octets > HEADER_OCTETS {
                    return Err(Violation::EndlessHeader { limit: HEADER_OCTETS });
                }
                self.go(Place::Header, letter)?;
            }
            Command::Helo(_) => self.give_up(letter)?,
            Command::Mail(..) => {
                self.give_up_before_mail(letter)?;
                self.place = Place::Mail;
            }
            Command::NextConnection => {
                self.give_up(letter)?;
                self.macros.clear();
                self.place = Place::Agreed;
            }
            Command::Offer(offer) if self.place == Place::Start => return self.negotiate(&offer).map(Some),
            Command::Quit => {}
            Command::Recipient(..) if matches!(self.place, Place::Mail) => {}
            Command::Unknown(_) if self.place >= Place::Agreed => {}
            Command::Body(_)
            | Command::Connect(_)
            | Command::Macros(..)
            | Command::Offer(_)
            | Command::Recipient(..)
            | Command::Unknown(_) => return Err(Violation::OutOfOrder(letter)),
        }
        let is_answered = matches!(letter, b'C' | b'H' | b'M' | b'R' | b'T' | b'L' | b'N' | b'E' | b'U');
        if is_answered && !self.agreed(Steps::unanswered(letter)) {
            self.due = Due::Command(letter);
        }
        Command::read(letter, self.frames.octets(cut)).map(Event::of)
    }

    /// Moves on within a message, never back.
    fn go(&mut self, place: Place, command: u8) -> Result<(), Violation> {
        if self.place < Place::Mail || self.place > place || self.place == Place::Ended {
            return Err(Violation::OutOfOrder(command));
        }
        // The end of the header section may stand once, at its end.
        if command == b'N' && self.place == Place::Body {
            return Err(Violation::OutOfOrder(command));
        }
        self.place = place;
        Ok(())
    }

    fn negotiate(&mut self, offer: &Offer) -> Result<Event<'static>, Violation> {
        if offer.version < 2 {
            return Err(Violation::Version(offer.version));
        }
        let answer = self.wishes.answer(offer);
        let agreement = Agreement::from(&answer);
        self.agreement = Some(agreement);
        self.place = Place::Agreed;
        self.due = Due::Command(b'O');
        self.answer(&Reply::Offer(answer));
        Ok(Event::Ready(agreement))
    }

    fn take_macros(&mut self, cut: Cut) -> Result<(), Violation> {
        let Command::Macros(of, rest) = Command::read(cut.command, self.frames.octets(cut))? else {
            return Err(Violation::MalformedData(cut.command));
        };
        if self.place == Place::Start {
            return Err(Violation::OutOfOrder(cut.command));
        }
        self.macros.tell(Stage::of(of), rest)
    }

    /// A chunk of the body has ended.
    fn end_chunk(&mut self) -> Result<(), Violation> {
        self.go(Place::Body, b'B')?;
        let reply = if self.skip { Reply::Skip } else { Reply::Continue };
        if !self.agreed(Steps::UNANSWERED_BODY) {
            let _ = reply.write(&mut self.out);
        }
        Ok(())
    }

    /// The end of the message was answered, or something else was.
    fn answered(&mut self) {
        if self.due == Due::Command(b'E') {
            self.place = Place::Connected;
            self.end_message();
        }
        self.due = Due::Nothing;
    }

    fn give_up(&mut self, command: u8) -> Result<(), Violation> {
        if self.place == Place::Start {
            return Err(Violation::OutOfOrder(command));
        }
        self.end_message();
        if self.place > Place::Connected || command == b'H' {
            self.place = Place::Connected;
        }
        Ok(())
    }

    /// The same, when the macros of the message to come were told already.
    fn give_up_before_mail(&mut self, command: u8) -> Result<(), Violation> {
        if self.place == Place::Start {
            return Err(Violation::OutOfOrder(command));
        }
        self.macros.begin_message();
        self.header_octets = 0;
        self.skip = false;
        Ok(())
    }

    fn end_message(&mut self) {
        self.macros.end_message();
        self.header_octets = 0;
        self.skip = false;
    }

    fn agreed(&self, steps: Steps) -> bool {
        self.agreement.is_some_and(|agreement| agreement.steps.has(steps))
    }
}

impl<'a> Event<'a> {
    /// What a command that is in order says to the daemon.
    fn of(command: Command<'a>) -> Option<Self> {
        match command {
            Command::Abort => Some(Self::Abort),
            Command::Connect(address) => Some(Self::Connect(address)),
            Command::Data => Some(Self::Data),
            Command::EndOfHeader => Some(Self::EndOfHeader),
            Command::EndOfMessage(_) => Some(Self::EndOfMessage),
            Command::Header { name, value } => Some(Self::Header { name, value }),
            Command::Helo(name) => Some(Self::Helo(name)),
            Command::Mail(address, _) => Some(Self::Mail(address)),
            Command::NextConnection => Some(Self::NextConnection),
            Command::Quit => Some(Self::Quit),
            Command::Recipient(address, _) => Some(Self::Recipient(address)),
            Command::Unknown(line) => Some(Self::Unknown(line)),
            Command::Body(_) | Command::Macros(..) | Command::Offer(_) => None,
        }
    }
}
