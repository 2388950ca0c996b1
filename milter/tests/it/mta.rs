//! An MTA, as far as a filter sees one, over a real socket.

use mailproof_milter::protocol::{
    Actions, Address, Agreement, Command, Family, Frame, Frames, Offer, Reply, Sender, Steps,
};
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

/// A message with its envelope, and what the MTA knows of where it comes from.
#[derive(Clone, Debug)]
pub(crate) struct Mail {
    pub(crate) ip: String,
    pub(crate) helo: String,
    pub(crate) sender: String,
    pub(crate) recipients: Vec<String>,
    /// Macros at MAIL, names and values.
    pub(crate) macros: Vec<(&'static str, String)>,
    /// Macros at CONNECT.
    pub(crate) connection_macros: Vec<(&'static str, String)>,
    /// The message with CRLF.
    pub(crate) raw: String,
}

/// What the filter answered to a message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) inserted: Vec<(u32, String, String)>,
    pub(crate) changed: Vec<(u32, String, String)>,
    pub(crate) quarantine: Option<String>,
    /// Chunks of the body that were sent.
    pub(crate) chunks: usize,
    /// The final reply: its letter, and the line if it has one.
    pub(crate) last: char,
    pub(crate) line: String,
}

pub(crate) struct Mta {
    stream: UnixStream,
    frames: Frames,
    pub(crate) agreement: Agreement,
}

impl Mail {
    pub(crate) fn new(raw: &str) -> Self {
        Self {
            ip: "192.0.2.25".to_owned(),
            helo: "mail.example.com".to_owned(),
            sender: "joe@example.com".to_owned(),
            recipients: vec!["ann@example.org".to_owned()],
            macros: vec![("i", "4VqX0k".to_owned())],
            connection_macros: vec![("j", "mx.example.org".to_owned())],
            raw: raw.to_owned(),
        }
    }

    pub(crate) fn by_client(mut self, ip: &str) -> Self {
        self.ip = ip.to_owned();
        self
    }

    pub(crate) fn sent_by(mut self, sender: &str) -> Self {
        self.sender = sender.to_owned();
        self
    }

    pub(crate) fn with_macro(mut self, name: &'static str, value: &str) -> Self {
        self.macros.push((name, value.to_owned()));
        self
    }
}

impl Answer {
    /// The message as the MTA passes it on, as Postfix does it: changes as they come, insertions on top.
    pub(crate) fn applied(&self, raw: &str) -> String {
        let (mut fields, body) = split(raw);
        for (index, name, value) in &self.changed {
            let places: Vec<_> = fields
                .iter()
                .enumerate()
                .filter(|(_, (present, _))| present.eq_ignore_ascii_case(name))
                .map(|(place, _)| place)
                .collect();
            let place = places[usize::try_from(*index).unwrap() - 1];
            if value.is_empty() {
                fields.remove(place);
            } else {
                fields[place].1.clone_from(value);
            }
        }
        for (index, name, value) in &self.inserted {
            fields.insert(usize::try_from(*index).unwrap(), (name.clone(), value.clone()));
        }
        let lines = fields.iter().map(|(name, value)| format!("{name}:{}\r\n", value.replace('\n', "\r\n")));
        format!("{}\r\n{body}", lines.collect::<String>())
    }

    /// The one Authentication-Results that was added, in one line.
    pub(crate) fn results(&self) -> String {
        let mut found = self.inserted.iter().filter(|(_, name, _)| name == "Authentication-Results");
        let (index, _, value) = found.next().expect("results were added");
        assert_eq!((*index, found.next()), (0, None));
        value.replace("\n", "").split_whitespace().collect::<Vec<_>>().join(" ")
    }
}

/// Fields with folds as bare LF and the leading space, and the body.
fn split(raw: &str) -> (Vec<(String, String)>, String) {
    let (header, body) = raw.split_once("\r\n\r\n").unwrap();
    let mut fields: Vec<(String, String)> = Vec::new();
    for line in header.split("\r\n") {
        if line.starts_with([' ', '\t']) {
            let (_, value) = fields.last_mut().unwrap();
            value.push('\n');
            value.push_str(line);
        } else {
            let (name, value) = line.split_once(':').unwrap();
            fields.push((name.to_owned(), value.to_owned()));
        }
    }
    (fields, body.to_owned())
}

impl Mta {
    /// Connects, and offers everything.
    pub(crate) fn connect(socket: &Path) -> Self {
        Self::offering(socket, 0x1ff, 0x1f_ffff)
    }

    pub(crate) fn offering(socket: &Path, actions: u32, steps: u32) -> Self {
        let stream = UnixStream::connect(socket).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let offer = Offer { version: 6, actions: Actions(actions), steps: Steps(steps), macros: Vec::new() };
        let agreement = Agreement { version: 6, actions: Actions(0), steps: Steps(0) };
        let mut mta = Self { stream, frames: Frames::new(Sender::Filter), agreement };
        mta.say(&[Command::Offer(offer)]);
        let mut answered = None;
        mta.hear(|reply| match reply {
            Reply::Offer(offer) => answered = Some(Agreement::from(&offer)),
            other => panic!("{other:?}"),
        });
        mta.agreement = answered.unwrap();
        mta
    }

    pub(crate) fn say(&mut self, commands: &[Command<'_>]) {
        let mut octets = Vec::new();
        commands.iter().for_each(|command| command.write(&mut octets));
        self.stream.write_all(&octets).unwrap();
    }

    /// Hears one reply.
    pub(crate) fn hear(&mut self, mut take: impl FnMut(Reply<'_>)) {
        loop {
            if let Some(Frame::Whole { command, data }) = self.frames.take().unwrap() {
                return take(Reply::read(command, data).unwrap());
            }
            let mut octets = [0; 4096];
            let count = self.stream.read(&mut octets).unwrap();
            assert!(count > 0, "the filter closed the connection");
            self.frames.feed(&octets[..count]);
        }
    }

    fn tell(&mut self, command: &Command<'_>, unanswered: u32) {
        self.say(std::slice::from_ref(command));
        if self.agreement.steps.0 & unanswered == 0 {
            self.hear(|reply| assert_eq!(reply, Reply::Continue));
        }
    }

    fn tell_macros(&mut self, of: u8, macros: &[(&'static str, String)]) {
        let data: String = macros.iter().map(|(name, value)| format!("{{{name}}}\0{value}\0")).collect();
        self.say(&[Command::Macros(of, data.as_bytes())]);
    }

    pub(crate) fn greet(&mut self, mail: &Mail) {
        let family = if mail.ip.contains(':') { Family::Inet6 } else { Family::Inet };
        self.tell_macros(b'C', &mail.connection_macros);
        let address = Address { host: b"mail.example.com", family, port: 4711, address: mail.ip.as_bytes() };
        self.tell(&Command::Connect(address), 0x1000);
        self.tell(&Command::Helo(mail.helo.as_bytes()), 0x2000);
    }

    /// Sends a message on a connection of its own client.
    pub(crate) fn send(&mut self, mail: &Mail) -> Answer {
        self.greet(mail);
        self.send_again(mail)
    }

    /// Sends another message of the same client.
    pub(crate) fn send_again(&mut self, mail: &Mail) -> Answer {
        self.begin(mail);
        let (fields, body) = split(&mail.raw);
        let has_leading_space = self.agreement.has_leading_space();
        for (name, value) in &fields {
            let value = if has_leading_space { value } else { value.strip_prefix(' ').unwrap_or(value) };
            self.tell(&Command::Header { name: name.as_bytes(), value: value.as_bytes() }, 0x80);
        }
        self.tell(&Command::EndOfHeader, 0x4_0000);
        let mut answer = Answer::default();
        for chunk in body.as_bytes().chunks(65_535) {
            self.say(&[Command::Body(chunk)]);
            answer.chunks += 1;
            let mut is_enough = false;
            self.hear(|reply| is_enough = reply == Reply::Skip);
            if is_enough {
                break;
            }
        }
        self.end(answer)
    }

    /// The envelope.
    pub(crate) fn begin(&mut self, mail: &Mail) {
        self.tell_macros(b'M', &mail.macros);
        let sender = format!("<{}>", mail.sender);
        self.tell(&Command::Mail(sender.as_bytes(), b"SIZE=1000\0"), 0x4000);
        for recipient in &mail.recipients {
            let recipient = format!("<{recipient}>");
            self.tell(&Command::Recipient(recipient.as_bytes(), b""), 0x8000);
        }
    }

    /// The end of a message.
    pub(crate) fn end(&mut self, mut answer: Answer) -> Answer {
        self.say(&[Command::EndOfMessage(b"")]);
        let text = |octets: &[u8]| String::from_utf8_lossy(octets).into_owned();
        while answer.last == '\0' {
            self.hear(|reply| match reply {
                Reply::InsertHeader(index, name, value) => {
                    answer.inserted.push((index, text(&name), text(&value)))
                }
                Reply::ChangeHeader(index, name, value) => {
                    answer.changed.push((index, text(&name), text(&value)))
                }
                Reply::Quarantine(reason) => answer.quarantine = Some(text(&reason)),
                Reply::Progress => {}
                Reply::Continue => answer.last = 'c',
                Reply::Say(line) => (answer.last, answer.line) = ('y', text(&line)),
                other => panic!("{other:?}"),
            });
        }
        answer
    }
}
