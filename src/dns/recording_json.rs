//! A recording as JSON, schema `mailproof.dns/1`: fields may be added, none is renamed.
//!
//! ```json
//! {
//!   "schema": "mailproof.dns/1",
//!   "context": { "ip": "192.0.2.1", "time": "1800000000" },
//!   "answers": [
//!     { "name": "example.com", "type": "TXT", "outcome": "found", "records": ["v=spf1 mx -all", ["one ", "record"]],
//!       "ttl": 3600, "cached": "12.5" },
//!     { "name": "example.com", "type": "MX", "outcome": "found", "records": [[10, "mx.example.com"]], "ttl": 60,
//!       "authentic": true, "aliases": ["example.net"],
//!       "exchange": { "server": "192.0.2.53:53", "transport": "UDP", "attempts": 1, "truncated": true } },
//!     { "name": "_dmarc.example.com", "type": "TXT", "outcome": "failed", "failure": "SERVFAIL", "ttl": 0,
//!       "extended_error": { "code": 6, "text": "DNSSEC Bogus" } },
//!     { "name": "none.example.com", "type": "A", "outcome": "nxdomain", "ttl": 0, "lacks_soa": true }
//!   ]
//! }
//! ```
//!
//! `answers` stand in the order asked. `outcome` is `found`, `nodata`, `nxdomain` or `failed`. `records` are written as
//! in a zone: an address, `[preference, name]`, a name, a text or the list of the strings of one record; one character
//! of a text is one octet (latin-1), and `.` is the root. Only where a server sent records of another type than was
//! asked for, `record_type` names it. A time is a number of seconds or, with a fraction, a text of decimal digits.
//! `cached` and `stale` say for how long a cache had kept the answer. What is false, empty or absent is left out.
//! A reader refuses fields it does not know: they could change what the answer means.

use super::recording_value::{Place, duration, latin1, shown_duration, shown_latin1};
use super::{
    Answer, Details, Exchange, ExtendedError, Failure, Freshness, Kind, Mx, Outcome, Question, Recording,
    Records, Transport, Txt,
};
use crate::name::{MalformedName, Name};
use serde_json::{Map, Value, json};
use std::collections::HashSet;

const SCHEMA: &str = "mailproof.dns/1";

const FIELDS: [&str; 13] = [
    "aliases",
    "authentic",
    "cached",
    "exchange",
    "extended_error",
    "failure",
    "lacks_soa",
    "name",
    "outcome",
    "record_type",
    "records",
    "stale",
    "ttl",
];

/// Why a JSON text is no recording.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MalformedRecording {
    /// The text is no JSON.
    #[error("not JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// A text in place of a name that cannot stand in DNS.
    #[error("{place}: no domain name: {why}")]
    Name {
        /// Where it stands, such as `answers[3].name`.
        place: String,
        /// What is wrong with it.
        why: MalformedName,
    },
    /// Something else stands where a value is needed, or nothing does.
    #[error("{place}: {expected}")]
    Shape {
        /// Where it stands, such as `answers[3].records[0]`.
        place: String,
        /// What should stand there.
        expected: &'static str,
    },
}

type Read<T> = Result<T, MalformedRecording>;

impl Recording {
    /// The recording as JSON. Equal recordings give equal octets.
    pub fn to_json(&self) -> Value {
        let mut top = Map::new();
        top.insert("schema".to_owned(), SCHEMA.into());
        if !self.context.is_empty() {
            top.insert("context".to_owned(), json!(self.context));
        }
        let answers = self.answers().iter().map(|(question, answer)| shown_answer(question, answer));
        top.insert("answers".to_owned(), answers.collect());
        top.into()
    }

    /// Reads a recording written in JSON.
    ///
    /// # Errors
    /// [`MalformedRecording`] names the place.
    pub fn from_json(text: &str) -> Result<Self, MalformedRecording> {
        Self::from_json_value(&serde_json::from_str(text)?)
    }

    /// Takes a recording from a JSON value.
    ///
    /// # Errors
    /// [`MalformedRecording`] names the place.
    pub fn from_json_value(value: &Value) -> Result<Self, MalformedRecording> {
        let top = Place::top(value);
        top.holds_only(&["answers", "context", "schema"])?;
        let schema = top.needed("schema")?;
        if schema.text()? != SCHEMA {
            return Err(schema.wrong("the schema mailproof.dns/1 is needed"));
        }
        let mut asked = HashSet::new();
        let mut answers = Vec::new();
        for place in top.needed("answers")?.list()? {
            let (question, answer) = read_answer(&place)?;
            if !asked.insert(question.clone()) {
                return Err(place.wrong("the question of an earlier answer"));
            }
            answers.push((question, answer));
        }
        let mut recording: Self = answers.into_iter().collect();
        if let Some(context) = top.field("context") {
            for (key, place) in context.entries()? {
                recording.context.insert(key.to_owned(), place.text()?.to_owned());
            }
        }
        Ok(recording)
    }
}

fn shown_answer(question: &Question, answer: &Answer) -> Value {
    let mut shown = Map::new();
    let mut put = |field: &str, value: Value| shown.insert(field.to_owned(), value);
    put("name", shown_name(&question.name));
    put("type", question.kind.mnemonic().into());
    match answer.outcome() {
        Outcome::Failed(failure) => {
            put("outcome", "failed".into());
            put("failure", shown_failure(*failure).into());
        }
        Outcome::Found(records) => {
            put("outcome", "found".into());
            if records.kind() != question.kind {
                put("record_type", records.kind().mnemonic().into());
            }
            put("records", shown_records(records));
        }
        Outcome::NoData => {
            put("outcome", "nodata".into());
        }
        Outcome::NxDomain => {
            put("outcome", "nxdomain".into());
        }
    }
    put("ttl", shown_duration(answer.ttl()));
    match answer.freshness() {
        Freshness::Fresh => {}
        Freshness::Cached(age) => {
            put("cached", shown_duration(age));
        }
        Freshness::Stale(age) => {
            put("stale", shown_duration(age));
        }
    }
    let Details { authentic, aliases, extended_error, lacks_soa, exchange } = answer.details();
    if *authentic {
        put("authentic", true.into());
    }
    if !aliases.is_empty() {
        put("aliases", aliases.iter().map(shown_name).collect());
    }
    if let Some(ExtendedError { code, text }) = extended_error {
        put("extended_error", json!({ "code": code, "text": text }));
    }
    if *lacks_soa {
        put("lacks_soa", true.into());
    }
    if let Some(exchange) = exchange {
        put("exchange", shown_exchange(exchange));
    }
    shown.into()
}

fn shown_name(name: &Name) -> Value {
    if name.is_root() { ".".into() } else { name.as_str().into() }
}

fn shown_failure(failure: Failure) -> String {
    match failure {
        Failure::Rcode(code) => format!("RCODE {code}"),
        failure => word(failure).unwrap_or_default().to_owned(),
    }
}

/// The word for each failure but the numbered one.
const fn word(failure: Failure) -> Option<&'static str> {
    Some(match failure {
        Failure::AliasLoop => "ALIAS LOOP",
        Failure::Budget => "BUDGET",
        Failure::Malformed => "MALFORMED",
        Failure::Rcode(_) => return None,
        Failure::Refused => "REFUSED",
        Failure::Servfail => "SERVFAIL",
        Failure::Timeout => "TIMEOUT",
        Failure::Unreachable => "UNREACHABLE",
        Failure::Unrecorded => "UNRECORDED",
    })
}

const WORDED: [Failure; 8] = [
    Failure::AliasLoop,
    Failure::Budget,
    Failure::Malformed,
    Failure::Refused,
    Failure::Servfail,
    Failure::Timeout,
    Failure::Unreachable,
    Failure::Unrecorded,
];

fn shown_records(records: &Records) -> Value {
    match records {
        Records::A(addresses) => addresses.iter().map(ToString::to_string).collect(),
        Records::Aaaa(addresses) => addresses.iter().map(ToString::to_string).collect(),
        Records::Mx(exchanges) => {
            exchanges.iter().map(|mx| json!([mx.preference, shown_name(&mx.exchange)])).collect()
        }
        Records::Ptr(names) => names.iter().map(shown_name).collect(),
        Records::Txt(texts) => texts.iter().map(shown_txt).collect(),
    }
}

fn shown_txt(txt: &Txt) -> Value {
    let mut rest = txt.octets();
    let mut start = 0;
    let mut strings = Vec::new();
    for joint in txt.joints() {
        let (string, after) = rest.split_at_checked(joint - start).unwrap_or((rest, &[]));
        strings.push(shown_latin1(string));
        (rest, start) = (after, *joint);
    }
    if strings.is_empty() {
        return shown_latin1(rest).into();
    }
    strings.push(shown_latin1(rest));
    strings.into()
}

fn shown_exchange(exchange: &Exchange) -> Value {
    let Exchange { server, transport, truncated, without_edns, attempts } = exchange;
    let mut shown = Map::new();
    shown.insert("server".to_owned(), server.to_string().into());
    shown.insert("transport".to_owned(), transport.to_string().into());
    shown.insert("attempts".to_owned(), (*attempts).into());
    for (field, is_so) in [("truncated", truncated), ("without_edns", without_edns)] {
        if *is_so {
            shown.insert(field.to_owned(), true.into());
        }
    }
    shown.into()
}

fn read_answer(place: &Place<'_>) -> Read<(Question, Answer)> {
    let known: Vec<_> = FIELDS.into_iter().chain(["type"]).collect();
    place.holds_only(&known)?;
    let question = Question::new(read_name(&place.needed("name")?)?, read_kind(&place.needed("type")?)?);
    let outcome = read_outcome(place, question.kind)?;
    let ttl = duration(&place.needed("ttl")?)?;
    let details = Details {
        authentic: place.flag("authentic")?,
        aliases: match place.field("aliases") {
            Some(aliases) => aliases.list()?.iter().map(read_name).collect::<Read<_>>()?,
            None => Vec::new(),
        },
        extended_error: place.field("extended_error").as_ref().map(read_extended_error).transpose()?,
        lacks_soa: place.flag("lacks_soa")?,
        exchange: place.field("exchange").as_ref().map(read_exchange).transpose()?,
    };
    let freshness = match (place.field("cached"), place.field("stale")) {
        (None, None) => Freshness::Fresh,
        (Some(age), None) => Freshness::Cached(duration(&age)?),
        (None, Some(age)) => Freshness::Stale(duration(&age)?),
        (Some(_), Some(_)) => return Err(place.wrong("an answer is cached or stale, not both")),
    };
    Ok((question, Answer::with_details(outcome, ttl, details).aged(ttl, freshness)))
}

fn read_outcome(place: &Place<'_>, kind: Kind) -> Read<Outcome> {
    let outcome = place.needed("outcome")?;
    let (read, fields): (_, &[&str]) = match outcome.text()? {
        "failed" => (Outcome::Failed(read_failure(&place.needed("failure")?)?), &["failure"]),
        "found" => {
            let kind = place.field("record_type").as_ref().map_or(Ok(kind), read_kind)?;
            let records = read_records(&place.needed("records")?, kind)?;
            (Outcome::Found(records), &["record_type", "records"])
        }
        "nodata" => (Outcome::NoData, &[]),
        "nxdomain" => (Outcome::NxDomain, &[]),
        _ => return Err(outcome.wrong("found, nodata, nxdomain or failed is needed")),
    };
    let strays = ["failure", "record_type", "records"].into_iter().filter(|field| !fields.contains(field));
    match strays.filter_map(|field| place.field(field)).next() {
        Some(stray) => Err(stray.wrong("not with this outcome")),
        None => Ok(read),
    }
}

fn read_failure(place: &Place<'_>) -> Read<Failure> {
    let text = place.text()?;
    if let Some(failure) = WORDED.into_iter().find(|failure| word(*failure) == Some(text)) {
        return Ok(failure);
    }
    let code = text.strip_prefix("RCODE ").and_then(|code| code.parse().ok()).map(Failure::Rcode);
    code.filter(|failure| shown_failure(*failure) == text)
        .ok_or_else(|| place.wrong("a failure such as SERVFAIL or RCODE 4 is needed"))
}

fn read_kind(place: &Place<'_>) -> Read<Kind> {
    let text = place.text()?;
    let kind = Kind::ALL.into_iter().find(|kind| kind.mnemonic() == text);
    kind.ok_or_else(|| place.wrong("A, AAAA, MX, PTR or TXT is needed"))
}

fn read_name(place: &Place<'_>) -> Read<Name> {
    match place.text()? {
        "." => Ok(Name::root()),
        text => Name::parse_with_spaces(text)
            .map_err(|why| MalformedRecording::Name { place: place.to_string(), why }),
    }
}

fn read_records(place: &Place<'_>, kind: Kind) -> Read<Records> {
    let list = place.list()?;
    if list.is_empty() {
        return Err(place.wrong("at least one record is needed"));
    }
    let each = list.iter();
    Ok(match kind {
        Kind::A => {
            Records::A(each.map(|item| item.parsed("an IPv4 address is needed")).collect::<Read<_>>()?)
        }
        Kind::Aaaa => {
            Records::Aaaa(each.map(|item| item.parsed("an IPv6 address is needed")).collect::<Read<_>>()?)
        }
        Kind::Mx => Records::Mx(each.map(read_mx).collect::<Read<_>>()?),
        Kind::Ptr => Records::Ptr(each.map(read_name).collect::<Read<_>>()?),
        Kind::Txt => Records::Txt(each.map(read_txt).collect::<Read<_>>()?),
    })
}

fn read_mx(place: &Place<'_>) -> Read<Mx> {
    match place.list()?.as_slice() {
        [preference, exchange] => Ok(Mx { preference: preference.number()?, exchange: read_name(exchange)? }),
        _ => Err(place.wrong("[preference, name] is needed")),
    }
}

fn read_txt(place: &Place<'_>) -> Read<Txt> {
    if place.is_text() {
        return Ok(Txt::new([latin1(place)?]));
    }
    Ok(Txt::new(place.list()?.iter().map(latin1).collect::<Read<Vec<_>>>()?))
}

fn read_extended_error(place: &Place<'_>) -> Read<ExtendedError> {
    place.holds_only(&["code", "text"])?;
    let text = place.needed("text")?.text()?.to_owned();
    Ok(ExtendedError { code: place.needed("code")?.number()?, text })
}

fn read_exchange(place: &Place<'_>) -> Read<Exchange> {
    place.holds_only(&["attempts", "server", "transport", "truncated", "without_edns"])?;
    let transport = place.needed("transport")?;
    let text = transport.text()?;
    let known = [Transport::Https, Transport::Tcp, Transport::Tls, Transport::Udp];
    let carrier = known.into_iter().find(|carrier| carrier.to_string() == text);
    Ok(Exchange {
        server: place.needed("server")?.parsed("an address and port is needed")?,
        transport: carrier.ok_or_else(|| transport.wrong("UDP, TCP, TLS or HTTPS is needed"))?,
        truncated: place.flag("truncated")?,
        without_edns: place.flag("without_edns")?,
        attempts: place.needed("attempts")?.number()?,
    })
}
