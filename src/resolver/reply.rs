//! A DNS message as an answer.
//!
//! Only the records of the question, or of the chain of CNAME records that starts at it, are used (RFC 2181 §5.4.1);
//! what else a server volunteers is not looked at. A name on the wire that no [`Name`] can hold, such as one with a
//! space in it, cannot be asked for: an MX or PTR record that points there is passed over, and a set of nothing else
//! is no data; an alias to such a name makes the reply unusable.

use crate::dns::{
    ALIAS_HOPS, Answer, Details, Exchange, ExtendedError, Failure, Kind, Mx, Outcome, Question, Records, Txt,
};
use crate::name::Name;
use hickory_proto::op::{Message, MessageType, OpCode, ResponseCode};
use hickory_proto::rr::rdata::opt::{EdnsCode, EdnsOption};
use hickory_proto::rr::{self, DNSClass, RData, RecordType};
use hickory_proto::serialize::binary::{BinDecodable, BinDecoder};
use std::net::{Ipv4Addr, Ipv6Addr};
use std::time::Duration;

/// The longest time to live believed (RFC 8767 §4); a TTL with its highest bit set counts as long, too.
pub const TTL_LIMIT: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// The option of an extended DNS error (RFC 8914 §2).
const EXTENDED_ERROR: EdnsCode = EdnsCode::Unknown(15);
/// Octets of its text that are kept.
const EXTRA_TEXT_OCTETS: usize = 256;

/// The answer in a DNS reply as it came over the wire, without the length that precedes it over TCP.
///
/// `trust_ad` says whether the AD bit is believed (RFC 6840 §5.7–5.8). A reply that is truncated or answers another
/// question is [`Failure::Malformed`], as is one with octets left over. A chain of aliases whose end the server left
/// out is no data: a recursive server follows it.
pub fn answer_from_reply(question: &Question, reply: &[u8], trust_ad: bool) -> Answer {
    match decode(reply) {
        Ok(message) => answer_from_message(question, &message, trust_ad),
        Err(failure) => Answer::failed(failure),
    }
}

/// The answer in a DNS message; like [`answer_from_reply`].
pub fn answer_from_message(question: &Question, message: &Message, trust_ad: bool) -> Answer {
    let notes = Notes { extended_error: extended_error(message), exchange: None };
    match read(question, message) {
        Ok(Reading::Whole(outcome, way)) => way.answer(outcome, trust_ad, notes),
        Ok(Reading::Alias(way)) => {
            Way { ttl: 0, lacks_soa: true, ..way }.answer(Outcome::NoData, trust_ad, notes)
        }
        Err(failure) => notes.failed(failure),
    }
}

/// What came with a reply, whatever it says.
#[derive(Clone, Debug, Default)]
pub(super) struct Notes {
    pub(super) extended_error: Option<ExtendedError>,
    pub(super) exchange: Option<Exchange>,
}

impl Notes {
    pub(super) fn failed(self, failure: Failure) -> Answer {
        let Self { extended_error, exchange } = self;
        let details = Details { extended_error, exchange, ..Details::default() };
        Answer::with_details(Outcome::Failed(failure), Duration::ZERO, details)
    }
}

/// What a reply says.
pub(super) enum Reading {
    /// Where the aliases lead, but nothing about that name: it must be asked for.
    Alias(Way),
    /// The end of the question.
    Whole(Outcome, Way),
}

/// What was passed on the way to an answer.
#[derive(Clone, Debug)]
pub(super) struct Way {
    /// The targets of the CNAME records, first to last.
    pub(super) aliases: Vec<Name>,
    /// The smallest TTL of all records so far, in seconds.
    pub(super) ttl: u32,
    pub(super) authentic: bool,
    /// Whether its negative end came without the SOA record.
    pub(super) lacks_soa: bool,
}

impl Way {
    /// A way that starts at the question: nothing passed yet.
    pub(super) const fn new(authentic: bool) -> Self {
        Self { aliases: Vec::new(), ttl: u32::MAX, authentic, lacks_soa: false }
    }

    /// This way, and then the other.
    pub(super) fn and_then(mut self, rest: Self) -> Self {
        self.aliases.extend(rest.aliases);
        Self {
            aliases: self.aliases,
            ttl: self.ttl.min(rest.ttl),
            authentic: self.authentic && rest.authentic,
            lacks_soa: rest.lacks_soa,
        }
    }

    pub(super) fn answer(self, outcome: Outcome, trust_ad: bool, notes: Notes) -> Answer {
        let ttl = Duration::from_secs(self.ttl.into()).min(TTL_LIMIT);
        let details = Details {
            authentic: self.authentic && trust_ad,
            aliases: self.aliases,
            extended_error: notes.extended_error,
            lacks_soa: self.lacks_soa,
            exchange: notes.exchange,
        };
        Answer::with_details(outcome, ttl, details)
    }
}

/// Decodes a message to its last octet.
pub(super) fn decode(reply: &[u8]) -> Result<Message, Failure> {
    let mut decoder = BinDecoder::new(reply);
    let message = Message::read(&mut decoder).map_err(|_| Failure::Malformed)?;
    if decoder.is_empty() { Ok(message) } else { Err(Failure::Malformed) }
}

/// Reads what `message` says about `question`.
pub(super) fn read(question: &Question, message: &Message) -> Result<Reading, Failure> {
    let header = &message.metadata;
    // No type that is asked for may be without data; hickory reads such a record as one of RFC 2136.
    let has_empty_data = message.answers.iter().any(|record| matches!(record.data, RData::Update0(_)));
    if header.message_type != MessageType::Response
        || header.op_code != OpCode::Query
        || header.truncation
        || !repeats(question, message)
        || has_empty_data
    {
        return Err(Failure::Malformed);
    }
    let name_exists = match header.response_code {
        ResponseCode::NoError => true,
        ResponseCode::NXDomain => false,
        ResponseCode::Refused => return Err(Failure::Refused),
        ResponseCode::ServFail => return Err(Failure::Servfail),
        other => return Err(Failure::Rcode(other.into())),
    };

    let mut way = Way::new(header.authentic_data);
    let mut owner = wire_name(&question.name)?;
    loop {
        if let Some((records, ttl)) = records_at(&owner, question.kind, message) {
            // RFC 2308 §2.1: with NXDOMAIN the last name of the chain has no records.
            if !name_exists {
                return Err(Failure::Malformed);
            }
            way.ttl = way.ttl.min(ttl);
            let outcome = if records.is_empty() { Outcome::NoData } else { Outcome::Found(records) };
            return Ok(Reading::Whole(outcome, way));
        }
        let Some((target, ttl)) = alias_at(&owner, message) else {
            break;
        };
        let alias = name(target).ok_or(Failure::Malformed)?;
        // RFC 1034 §3.6.2: ‘CNAME chains should be followed and CNAME loops signalled as an error’
        if way.aliases.len() >= ALIAS_HOPS || alias == question.name || way.aliases.contains(&alias) {
            return Err(Failure::AliasLoop);
        }
        way.ttl = way.ttl.min(ttl);
        way.aliases.push(alias);
        owner = target.clone();
    }

    let negative_ttl = negative_ttl(&owner, message);
    if name_exists && negative_ttl.is_none() && !way.aliases.is_empty() {
        return Ok(Reading::Alias(way));
    }
    // RFC 2308 §5: ‘Negative responses without SOA records SHOULD NOT be cached’; a cache may know better.
    way.lacks_soa = negative_ttl.is_none();
    way.ttl = way.ttl.min(negative_ttl.unwrap_or(0));
    let outcome = if name_exists { Outcome::NoData } else { Outcome::NxDomain };
    Ok(Reading::Whole(outcome, way))
}

/// Whether the question section holds this question and no other (RFC 5452 §9.1).
fn repeats(question: &Question, message: &Message) -> bool {
    let [asked] = message.queries.as_slice() else {
        return false;
    };
    asked.query_class() == DNSClass::IN
        && asked.query_type() == record_type(question.kind)
        && wire_name(&question.name).is_ok_and(|name| name == *asked.name())
}

/// The records of `kind` that `owner` has, with their smallest TTL (RFC 2181 §5.2).
fn records_at(owner: &rr::Name, kind: Kind, message: &Message) -> Option<(Records, u32)> {
    let wanted = record_type(kind);
    let set = || answers_at(owner, message).filter(|record| record.record_type() == wanted);
    let ttl = set().map(|record| record.ttl).min()?;
    let data = set().map(|record| &record.data);
    let records = match kind {
        Kind::A => Records::A(data.filter_map(a).collect()),
        Kind::Aaaa => Records::Aaaa(data.filter_map(aaaa).collect()),
        Kind::Mx => Records::Mx(data.filter_map(mx).collect()),
        Kind::Ptr => Records::Ptr(data.filter_map(ptr).collect()),
        Kind::Txt => Records::Txt(data.filter_map(txt).collect()),
    };
    Some((records, ttl))
}

fn a(data: &RData) -> Option<Ipv4Addr> {
    if let RData::A(a) = data { Some(a.0) } else { None }
}

fn aaaa(data: &RData) -> Option<Ipv6Addr> {
    if let RData::AAAA(aaaa) = data { Some(aaaa.0) } else { None }
}

fn mx(data: &RData) -> Option<Mx> {
    let RData::MX(mx) = data else { return None };
    Some(Mx { preference: mx.preference, exchange: name(&mx.exchange)? })
}

fn ptr(data: &RData) -> Option<Name> {
    if let RData::PTR(ptr) = data { name(&ptr.0) } else { None }
}

fn txt(data: &RData) -> Option<Txt> {
    if let RData::TXT(txt) = data { Some(Txt::new(&txt.txt_data)) } else { None }
}

fn alias_at<'a>(owner: &rr::Name, message: &'a Message) -> Option<(&'a rr::Name, u32)> {
    answers_at(owner, message).find_map(|record| match &record.data {
        RData::CNAME(alias) => Some((&alias.0, record.ttl)),
        _ => None,
    })
}

fn answers_at<'a>(owner: &rr::Name, message: &'a Message) -> impl Iterator<Item = &'a rr::Record> {
    message.answers.iter().filter(move |record| record.dns_class == DNSClass::IN && record.name == *owner)
}

/// RFC 2308 §5: the smaller of the TTL and the MINIMUM field of the SOA record in the authority section.
fn negative_ttl(owner: &rr::Name, message: &Message) -> Option<u32> {
    message.authorities.iter().find_map(|record| {
        let RData::SOA(soa) = &record.data else { return None };
        record.name.zone_of(owner).then(|| record.ttl.min(soa.minimum))
    })
}

/// What the server says in the OPT record (RFC 8914 §2), with every octet that is not visible ASCII or a space as `?`.
pub(super) fn extended_error(message: &Message) -> Option<ExtendedError> {
    let EdnsOption::Unknown(_, data) = message.edns.as_ref()?.option(EXTENDED_ERROR)? else {
        return None;
    };
    let (code, text) = data.split_first_chunk()?;
    let text = text.iter().take(EXTRA_TEXT_OCTETS).map(|octet| match octet {
        b' '..=b'~' => char::from(*octet),
        _ => '?',
    });
    Some(ExtendedError { code: u16::from_be_bytes(*code), text: text.collect() })
}

const fn record_type(kind: Kind) -> RecordType {
    match kind {
        Kind::A => RecordType::A,
        Kind::Aaaa => RecordType::AAAA,
        Kind::Mx => RecordType::MX,
        Kind::Ptr => RecordType::PTR,
        Kind::Txt => RecordType::TXT,
    }
}

/// A name of ours as hickory's.
pub(super) fn wire_name(name: &Name) -> Result<rr::Name, Failure> {
    rr::Name::from_labels(name.labels().map(str::as_bytes)).map_err(|_| Failure::Malformed)
}

/// The question as hickory asks it.
pub(super) fn wire_query(question: &Question) -> Result<hickory_proto::op::Query, Failure> {
    Ok(hickory_proto::op::Query::query(wire_name(&question.name)?, record_type(question.kind)))
}

/// A name from the wire, if it is one that can be asked for.
fn name(wire: &rr::Name) -> Option<Name> {
    if wire.is_root() {
        return Some(Name::root());
    }
    let mut text = Vec::with_capacity(wire.len());
    for label in wire.iter() {
        if !label.iter().all(|octet| octet.is_ascii_graphic() && *octet != b'.') {
            return None;
        }
        if !text.is_empty() {
            text.push(b'.');
        }
        text.extend_from_slice(label);
    }
    Name::parse(text).ok()
}
