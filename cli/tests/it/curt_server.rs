//! A DNS server that answers with a header and no record.

use std::net::{SocketAddr, UdpSocket};

/// The QR bit (RFC 1035 §4.1.1), in the third octet; and RA and AD (RFC 4035 §3.2.3) in the fourth, beside the response
/// code.
const QR: u8 = 0x80;
pub(super) const RA: u8 = 0x80;
pub(super) const AD: u8 = 0x20;
pub(super) const NXDOMAIN: u8 = 3;

/// The length of a header; the name asked about begins after it.
const HEADER_OCTETS: usize = 12;

/// Answers each query with the fourth octet that `octet` chooses by the name in it, in wire format.
pub(super) fn start(octet: fn(&[u8]) -> u8) -> SocketAddr {
    start_for(|_| true, octet)
}

/// The same, for those clients whom it hears.
pub(super) fn start_for(
    hears: impl Fn(SocketAddr) -> bool + Send + 'static,
    octet: fn(&[u8]) -> u8,
) -> SocketAddr {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap();
    std::thread::spawn(move || {
        let mut message = [0; 512];
        while let Ok((length, client)) = socket.recv_from(&mut message) {
            if !hears(client) {
                continue;
            }
            message[2] |= QR;
            message[3] = octet(&message[HEADER_OCTETS..length]);
            let _ = socket.send_to(&message[..length], client);
        }
    });
    address
}
