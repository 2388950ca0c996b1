//! The client of a trusted relay, from the Received field that the relay wrote.

use super::client::Client;
use mailproof::cidr::unmapped;
use mailproof::message::Headers;
use std::net::IpAddr;

/// Octets of a Received field that are read at most; the clause that matters comes first.
const OCTETS: usize = 2000;

/// The client in the from-clause of the topmost Received field (RFC 5321 §4.4): `from helo (name [address])`. None if
/// there is no such field, or no address in it.
pub(crate) fn client_of_relay(headers: &Headers<'_>) -> Option<Client> {
    let value = headers.named("Received").next()?.value();
    let text = String::from_utf8_lossy(value.get(..OCTETS).unwrap_or(value));
    let rest = text.trim_start().strip_prefix("from")?;
    let rest = rest.strip_prefix([' ', '\t', '\r'])?.trim_start();
    let (helo, rest) = rest.split_once(|character: char| character.is_ascii_whitespace())?;
    let rest = rest.trim_start();
    // The address stands in the comment behind the name the client gave, which is the relay's own word; a client can
    // give an address in brackets as its name, and that is not it.
    let comment = rest.strip_prefix('(')?;
    let (comment, _) = comment.split_once(')')?;
    let (_, behind) = comment.rsplit_once('[')?;
    let (address, _) = behind.split_once(']')?;
    let address = match address.get(..5) {
        Some(tag) if tag.eq_ignore_ascii_case("IPv6:") => address.get(5..)?,
        _ => address,
    };
    let ip: IpAddr = address.parse().ok()?;
    Some(Client { ip: Some(unmapped(ip)), helo: helo.as_bytes().to_vec() })
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
        assert_eq!(found("from [198.51.100.1] by b"), None);
        assert_eq!(found("by b; date"), None);
        assert_eq!(found("fromage (x [192.0.2.7]) by b"), None);
        assert_eq!(found("from a (x [192.0.2.700]) by b"), None);
    }
}
