//! A small DNS server for one test, over UDP on the loopback.

use std::net::{SocketAddr, UdpSocket};
use std::thread;

/// Names, types and contents; all else is NXDOMAIN.
pub(crate) type Records = &'static [(&'static str, u16, &'static [u8])];

/// What `tests/c/world.h` knows as well.
pub(crate) const WORLD: Records = &[
    ("example.com", 16, b"v=spf1 a:out.example.com mx ptr -all"),
    ("out.example.com", 1, &[192, 0, 2, 25]),
    ("mail.example.com", 16, b"v=spf1 ip4:192.0.2.25 -all"),
    ("ed._domainkey.example.com", 16, b"v=DKIM1; k=ed25519; p=fGlnWb9BXRfqJB0Um+t+kLa81DwLyeB7LvyGlC0o8KM="),
    ("_dmarc.example.com", 16, b"v=DMARC1; p=reject"),
];

/// Starts the server; it ends with the test program.
pub(crate) fn start(records: Records) -> SocketAddr {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap();
    thread::spawn(move || {
        let mut query = [0; 512];
        while let Ok((octets, client)) = socket.recv_from(&mut query) {
            socket.send_to(&reply(&query[..octets], records), client).unwrap();
        }
    });
    address
}

fn reply(query: &[u8], records: Records) -> Vec<u8> {
    let mut at = 12;
    let mut labels = Vec::new();
    while query[at] != 0 {
        let end = at + 1 + usize::from(query[at]);
        labels.push(String::from_utf8_lossy(&query[at + 1..end]).to_lowercase());
        at = end;
    }
    let (name, kind) = (labels.join("."), u16::from_be_bytes([query[at + 1], query[at + 2]]));
    let found = records.iter().find(|(known, its, _)| *known == name && *its == kind);
    let mut reply = query[..at + 5].to_vec();
    reply[2] = 0x81;
    reply[3] = if found.is_some() { 0x80 } else { 0x83 };
    reply[6..12].fill(0);
    if let Some((_, _, content)) = found {
        reply[7] = 1;
        reply.extend([0xc0, 12, query[at + 1], query[at + 2], 0, 1, 0, 0, 1, 44, 0]);
        if kind == 16 {
            reply.extend([u8::try_from(content.len() + 1).unwrap(), u8::try_from(content.len()).unwrap()]);
        } else {
            reply.push(u8::try_from(content.len()).unwrap());
        }
        reply.extend(*content);
    }
    reply
}
