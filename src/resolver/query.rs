//! A question as a DNS message, for whoever sends it.

use super::reply::wire_query;
use crate::dns::{Failure, Question};
use hickory_proto::op::{Edns, Message};

/// The query message that asks `question` of a recursive server, as it goes over UDP, or over TCP behind its length.
///
/// `id` is to be random (RFC 5452 §9.2), `udp_payload` the octets of a reply that can be taken over UDP (RFC 6891 §6.2.3),
/// and `wants_ad` says whether the reply is to tell if it is authentic (RFC 6840 §5.7).
///
/// # Errors
/// [`Failure::Malformed`] when the name cannot stand in a DNS message.
pub fn query_message(
    question: &Question,
    id: u16,
    udp_payload: u16,
    wants_ad: bool,
) -> Result<Vec<u8>, Failure> {
    let mut query = unnumbered(question, udp_payload, wants_ad)?;
    query.metadata.id = id;
    query.to_vec().map_err(|_| Failure::Malformed)
}

/// The same under a random number.
pub(super) fn unnumbered(question: &Question, udp_payload: u16, wants_ad: bool) -> Result<Message, Failure> {
    let mut edns = Edns::new();
    edns.set_max_payload(udp_payload);
    let mut query = Message::query();
    query.add_query(wire_query(question)?);
    query.set_edns(edns);
    query.metadata.recursion_desired = true;
    query.metadata.authentic_data = wants_ad;
    Ok(query)
}
