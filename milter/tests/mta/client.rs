//! An SMTP client, which says by XCLIENT who it is.

use std::io::{BufRead, BufReader, Error, ErrorKind, Result, Write};
use std::net::TcpStream;
use std::time::Duration;

/// A message with its envelope, and where it comes from.
#[derive(Clone, Debug)]
pub(crate) struct Mail {
    pub(crate) ip: &'static str,
    pub(crate) helo: &'static str,
    /// Who has authenticated.
    pub(crate) login: Option<&'static str>,
    pub(crate) sender: String,
    pub(crate) recipient: String,
    pub(crate) raw: String,
}

impl Mail {
    /// From `192.0.2.25`, which may send mail of `example.com`.
    pub(crate) fn new(recipient: &str, raw: &str) -> Self {
        Self {
            ip: "192.0.2.25",
            helo: "mail.example.com",
            login: None,
            sender: "joe@example.com".to_owned(),
            recipient: recipient.to_owned(),
            raw: raw.to_owned(),
        }
    }

    /// From an address that may not send for anybody.
    pub(crate) fn forged(recipient: &str, author: &str) -> Self {
        let raw = format!("From: Joe <{author}>\r\nSubject: forged\r\n\r\nHello\r\n");
        let mail = Self::new(recipient, &raw);
        Self { ip: "198.51.100.7", sender: author.to_owned(), ..mail }
    }
}

pub(crate) struct Client {
    reader: BufReader<TcpStream>,
}

impl Client {
    /// Connects as somebody.
    ///
    /// # Errors
    /// Also when the server does not want it.
    pub(crate) fn connect(port: u16, mail: &Mail) -> Result<Self> {
        let stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.set_read_timeout(Some(Duration::from_secs(60)))?;
        let mut client = Self { reader: BufReader::new(stream) };
        client.hear()?;
        client.must("EHLO localhost\r\n")?;
        let login = mail.login.map(|login| format!(" LOGIN={login}")).unwrap_or_default();
        client.must(&format!("XCLIENT NAME={1} ADDR={0} HELO={1}{login}\r\n", mail.ip, mail.helo))?;
        client.must(&format!("EHLO {}\r\n", mail.helo))?;
        Ok(client)
    }

    /// Sends a message on this connection. The first reply that is no good one, or else that to the message.
    pub(crate) fn send(&mut self, mail: &Mail) -> Result<String> {
        for line in [
            format!("MAIL FROM:<{}>\r\n", mail.sender),
            format!("RCPT TO:<{}>\r\n", mail.recipient),
            "DATA\r\n".to_owned(),
        ] {
            let reply = self.say(&line)?;
            if !reply.starts_with(['2', '3']) {
                return Ok(reply);
            }
        }
        let stuffed = mail.raw.replace("\r\n.", "\r\n..");
        self.say(&format!("{stuffed}.\r\n"))
    }

    fn say(&mut self, text: &str) -> Result<String> {
        self.reader.get_mut().write_all(text.as_bytes())?;
        self.hear()
    }

    fn must(&mut self, line: &str) -> Result<()> {
        let reply = self.say(line)?;
        if reply.starts_with('2') { Ok(()) } else { Err(Error::other(reply)) }
    }

    /// The last line of a reply.
    fn hear(&mut self) -> Result<String> {
        loop {
            let mut line = String::new();
            if self.reader.read_line(&mut line)? == 0 {
                return Err(ErrorKind::UnexpectedEof.into());
            }
            if line.as_bytes().get(3) != Some(&b'-') {
                return Ok(line.trim_end().to_owned());
            }
        }
    }
}
