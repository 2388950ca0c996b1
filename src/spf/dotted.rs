//! IPv4 addresses as text, sooner than `Display` writes them.

use std::net::Ipv4Addr;

/// Octets of the longest, `255.255.255.255`.
const LONGEST: usize = 15;

/// An address in dotted decimal.
pub(super) struct Dotted {
    text: [u8; LONGEST],
    octets: usize,
}

impl Dotted {
    pub(super) fn new(address: Ipv4Addr) -> Self {
        let mut dotted = Self { text: [0; LONGEST], octets: 0 };
        for (index, number) in address.octets().into_iter().enumerate() {
            if index > 0 {
                dotted.push(b'.');
            }
            if number >= 100 {
                dotted.push(b'0' + number / 100);
            }
            if number >= 10 {
                dotted.push(b'0' + number / 10 % 10);
            }
            dotted.push(b'0' + number % 10);
        }
        dotted
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        self.text.get(..self.octets).unwrap_or_default()
    }

    pub(super) fn as_str(&self) -> &str {
        std::str::from_utf8(self.as_bytes()).unwrap_or_default()
    }

    fn push(&mut self, octet: u8) {
        if let Some(place) = self.text.get_mut(self.octets) {
            *place = octet;
            self.octets += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_what_display_writes() {
        for octet in 0..=u8::MAX {
            let address = Ipv4Addr::new(octet, 255, octet, octet / 3);
            assert_eq!(Dotted::new(address).as_str(), address.to_string());
        }
        assert_eq!(Dotted::new(Ipv4Addr::BROADCAST).as_str(), "255.255.255.255");
    }
}
