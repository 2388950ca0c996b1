//! A whole message, at once and in pieces.

use super::chunks::chunks;
use super::field::assert_well_formed;
use mailproof::dns::Zone;
use mailproof::message::{MalformedMessage, Message};
use mailproof::{Authenticator, Connection, Evaluation, Report, Session};
use std::sync::LazyLock;

/// DNS in which the example mail passes.
static ZONE: LazyLock<Zone> = LazyLock::new(|| {
    Zone::from_json(include_str!("../../examples/mail/newsletter.zone.json"))
        .expect("the example zone is valid")
});

/// The fields give back the octets they were read from; a message in any pieces gets the report of the whole; and
/// what the report writes down is well formed.
pub fn message(octets: &[u8]) {
    let session = || Authenticator::new("mx.example.org").session(connection());
    let in_chunks = feed(session(), chunks(octets));
    match Message::parse(octets) {
        Ok(message) => {
            assert_rejoins(&message, octets);
            let whole =
                Authenticator::new("mx.example.org").check(&message, connection()).run_blocking(&*ZONE);
            assert_eq!(in_chunks.as_ref(), Ok(&whole));
            if let Some(report) = field_by_field(session(), &message) {
                assert_eq!(report, whole);
            }
            assert_well_formed(&whole.auth_results().field());
        }
        Err(error) => assert_eq!(in_chunks, Err(error)),
    }
}

fn connection() -> Connection {
    let ip = "192.0.2.25".parse().expect("an address");
    Connection::new(ip, "mail.example.com", "kitchen@example.com").at(1_795_200_000)
}

fn feed<'a>(
    mut session: Session,
    chunks: impl Iterator<Item = &'a [u8]>,
) -> Result<Report, MalformedMessage> {
    for chunk in chunks {
        let _ = session.feed(chunk)?;
        // Early answers must not change anything either.
        session.advance(&*ZONE);
    }
    Ok(session.finish()?.run_blocking(&*ZONE))
}

/// The way a milter feeds; none when a line is no field, or has white space before its colon, which a milter has no
/// way to say.
fn field_by_field(mut session: Session, message: &Message<'_>) -> Option<Report> {
    for field in message.headers.iter() {
        let rejoined = [field.name(), b":", field.value()].concat();
        if rejoined != field.raw() {
            return None;
        }
        session.header(field.name(), field.value()).expect("the whole was accepted");
    }
    session.end_of_header().expect("the whole was accepted");
    for chunk in chunks(message.body) {
        let _ = session.body(chunk).expect("the whole was accepted");
    }
    Some(session.finish().expect("the whole was accepted").run_blocking(&*ZONE))
}

fn assert_rejoins(message: &Message<'_>, octets: &[u8]) {
    let mut rejoined = Vec::new();
    for field in message.headers.iter() {
        assert!(field.raw().ends_with(field.value()));
        assert!(field.is_well_formed() != field.name().is_empty());
        rejoined.extend_from_slice(field.raw());
        rejoined.extend_from_slice(b"\r\n");
    }
    if rejoined.len() > octets.len() {
        // A section that ends without CRLF.
        rejoined.truncate(octets.len());
        assert!(message.body.is_empty());
    }
    assert!(octets.starts_with(&rejoined));
    assert!(octets.ends_with(message.body));
    let between = octets.len() - rejoined.len() - message.body.len();
    assert!(between == 0 || between == 2, "{between} octets belong to nothing");
}
