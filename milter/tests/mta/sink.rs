//! Where mail ends: an SMTP server that keeps it.

use super::process::until;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// The port it listens on.
pub(crate) const PORT: u16 = 2600;

/// A message as it came, for each of its recipients.
#[derive(Clone, Debug)]
pub(crate) struct Delivered {
    pub(crate) recipient: String,
    pub(crate) raw: String,
}

#[derive(Clone, Default)]
pub(crate) struct Sink(Arc<Mutex<Vec<Delivered>>>);

impl Sink {
    pub(crate) fn start() -> Self {
        let sink = Self::default();
        let listener = TcpListener::bind(("127.0.0.1", PORT)).unwrap();
        let kept = sink.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let kept = kept.clone();
                std::thread::spawn(move || kept.serve(&stream));
            }
        });
        sink
    }

    pub(crate) fn all(&self) -> Vec<Delivered> {
        self.0.lock().unwrap().clone()
    }

    pub(crate) fn count(&self) -> usize {
        self.0.lock().unwrap().len()
    }

    /// The message for a recipient, once it has come.
    pub(crate) fn wait_for(&self, recipient: &str) -> Delivered {
        let found = || self.all().into_iter().find(|delivered| delivered.recipient == recipient);
        until(&format!("mail for {recipient}"), found)
    }

    fn serve(&self, stream: &TcpStream) -> Option<()> {
        let (mut lines, mut writer) = (BufReader::new(stream), stream);
        let mut recipients = Vec::new();
        writer.write_all(b"220 sink.example ESMTP\r\n").ok()?;
        loop {
            let mut line = String::new();
            if lines.read_line(&mut line).ok()? == 0 {
                return None;
            }
            let verb = line.get(..4).unwrap_or_default().to_ascii_uppercase();
            let reply = match verb.as_str() {
                "EHLO" => "250-sink.example\r\n250 8BITMIME\r\n",
                "RCPT" => {
                    recipients.push(line.split(['<', '>']).nth(1)?.to_owned());
                    "250 2.1.5 ok\r\n"
                }
                "DATA" => {
                    writer.write_all(b"354 go on\r\n").ok()?;
                    let raw = read_message(&mut lines)?;
                    let delivered =
                        recipients.drain(..).map(|recipient| Delivered { recipient, raw: raw.clone() });
                    self.0.lock().unwrap().extend(delivered);
                    "250 2.0.0 kept\r\n"
                }
                "QUIT" => {
                    writer.write_all(b"221 2.0.0 bye\r\n").ok()?;
                    return None;
                }
                _ => "250 2.0.0 ok\r\n",
            };
            writer.write_all(reply.as_bytes()).ok()?;
        }
    }
}

/// RFC 5321 §4.5.2: up to the line with a dot; a dot more at the beginning of a line goes.
fn read_message(lines: &mut impl BufRead) -> Option<String> {
    let mut raw = Vec::new();
    loop {
        let mut line = Vec::new();
        if lines.read_until(b'\n', &mut line).ok()? == 0 {
            return None;
        }
        match line.as_slice() {
            b".\r\n" => return String::from_utf8(raw).ok(),
            [b'.', rest @ ..] => raw.extend_from_slice(rest),
            whole => raw.extend_from_slice(whole),
        }
    }
}

impl Delivered {
    /// The values of all fields of a name, unfolded, from the top.
    pub(crate) fn fields(&self, name: &str) -> Vec<String> {
        let header = self.raw.split("\r\n\r\n").next().unwrap();
        let unfolded = header.replace("\r\n ", " ").replace("\r\n\t", " ");
        let named = unfolded.split("\r\n").filter_map(|line| line.split_once(':'));
        named
            .filter(|(of, _)| of.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.split_whitespace().collect::<Vec<_>>().join(" "))
            .collect()
    }

    /// The name of the topmost field.
    pub(crate) fn topmost(&self) -> &str {
        self.raw.split(':').next().unwrap()
    }

    /// The one Authentication-Results that is ours.
    pub(crate) fn results(&self) -> String {
        let ours: Vec<_> = self
            .fields("Authentication-Results")
            .into_iter()
            .filter(|value| value.to_ascii_lowercase().starts_with("mx.example.org"))
            .collect();
        assert_eq!(ours.len(), 1, "{}", self.raw);
        ours[0].clone()
    }
}
