//! The client of a trusted relay, from the Received field that the relay wrote.

use super::client::Client;
use mailproof::cidr::unmapped;
use mailproof::message::Headers;
use std::net::IpAddr;

/// Octets of a Received field that are read at most; the clause that matters comes first.
const OCTETS: usize = 2000;

/// The client in the from-clause of the topmost Received field (RFC 5321 §4.4): `from helo (name [address])`. None if
/// there is no such field, or nothing in it that is sure to be the relay's own word.
pub(crate) fn client_of_relay(headers: &Headers<'_>) -> Option<Client> {
    let value = headers.named("Received").next()?.value();
    let text = String::from_utf8_lossy(value.get(..OCTETS).unwrap_or(value));
    let rest = text.trim_start().strip_prefix("from")?;
    let rest = rest.strip_prefix([' ', '\t', '\r'])?.trim_start();
    let (helo, rest) = rest.split_once(|character: char| character.is_ascii_whitespace())?;
    let comment = rest.trim_start().strip_prefix('(')?;
    let ip = seen(comment)?;
    Some(Client { ip: Some(unmapped(ip)), is_local: false, helo: helo.as_bytes().to_vec() })
}

/// The address in the comment behind the name: `[address]` comes first in it, or behind one host name. In other places
/// relays repeat there what the client said, such as `(helo=[192.0.2.1])` and `(HELO [192.0.2.1])`, and that is not it.
fn seen(comment: &str) -> Option<IpAddr> {
    let (name, behind) = comment.split_once('[')?;
    if !name.is_empty() {
        let name = name.strip_suffix(|character: char| character.is_ascii_whitespace())?.trim_end();
        let is_host = |octet: u8| octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'_' | b'.');
        let has_host =
            (name.contains('.') || matches!(name, "unknown" | "localhost")) && name.bytes().all(is_host);
        if !has_host {
            return None;
        }
    }
    let (address, _) = behind.split_once(']')?;
    let address = match address.get(..5) {
        Some(tag) if tag.eq_ignore_ascii_case("IPv6:") => address.get(5..)?,
        _ => address,
    };
    address.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_address_that_the_relay_saw() {
        let found = |value: &str| {
            let section = format!("Received: {value}\r\nFrom: a@b\r\n");
            let headers = Headers::parse(section.as_bytes()).unwrap();
            client_of_relay(&headers).map(|client| (client.ip.unwrap().to_string(), client.helo))
        };
        let is = |ip: &str, helo: &str| Some((ip.to_owned(), helo.as_bytes().to_vec()));
        assert_eq!(
            found("from mail.example (host.example [192.0.2.7])\r\n\tby relay.example; date"),
            is("192.0.2.7", "mail.example")
        );
        assert_eq!(found("from a (unknown [IPv6:2001:db8::1]) by b"), is("2001:db8::1", "a"));
        assert_eq!(
            found("from [198.51.100.1] (h.example [192.0.2.7]) by b"),
            is("192.0.2.7", "[198.51.100.1]")
        );
        // Exim and Sendmail.
        assert_eq!(found("from h.example ([192.0.2.7]:4711 helo=a) by b"), is("192.0.2.7", "h.example"));
        assert_eq!(found("from a (h.example. [192.0.2.7] (may be forged)) by b"), is("192.0.2.7", "a"));
        assert_eq!(found("from [198.51.100.1] by b"), None);
        assert_eq!(found("by b; date"), None);
        assert_eq!(found("fromage (x [192.0.2.7]) by b"), None);
        assert_eq!(found("from a (x.example [192.0.2.700]) by b"), None);
        // What the client said, as Exim, qmail and Sendmail write it down.
        assert_eq!(found("from [198.51.100.1] (helo=[192.0.2.7]) by b"), None);
        assert_eq!(
            found("from h.example ([198.51.100.1] helo=[192.0.2.7]) by b"),
            is("198.51.100.1", "h.example")
        );
        assert_eq!(found("from unknown (HELO [192.0.2.7]) (198.51.100.1) by b"), None);
        assert_eq!(found("from a (x@[192.0.2.7] [198.51.100.1]) by b"), None);
        assert_eq!(found("from a (x y.example [192.0.2.7]) by b"), None);
    }
}
