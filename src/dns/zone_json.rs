//! A zone written in JSON: names, and below each its records by type.
//!
//! ```json
//! {
//!   "example.com": { "A": ["192.0.2.1"], "MX": [[10, "mx.example.com"]], "TXT": ["v=spf1 mx -all"] },
//!   "broken.example.com": "SERVFAIL",
//!   "slow.example.com": { "TXT": "TIMEOUT" }
//! }
//! ```
//!
//! A TXT record is a string, or a list of the strings it is made of; one character is one octet (latin-1). Types
//! this crate never asks for are passed over.

use super::{Failure, Kind, Mx, Records, Rrset, Txt, Zone};
use crate::name::{MalformedName, Name};
use serde_json::Value;
use std::time::Duration;

/// TTL of every record of a JSON zone.
const TTL: Duration = Duration::from_secs(3600);

/// Why a JSON text is no zone.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MalformedZone {
    /// The text is no JSON.
    #[error("not JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// A name, at the top or as the target of a record, that cannot stand in DNS.
    #[error("{text:?} is no domain name: {why}")]
    Name {
        /// The text in place of a name.
        text: String,
        /// What is wrong with it.
        why: MalformedName,
    },
    /// Something stands where a record, a list of records or a failure should.
    #[error("{owner}: {expected}")]
    Shape {
        /// The name at which it stands.
        owner: String,
        /// What should stand there.
        expected: &'static str,
    },
}

impl Zone {
    /// Reads a zone written in JSON.
    ///
    /// # Errors
    /// [`MalformedZone`] names the place.
    pub fn from_json(text: &str) -> Result<Self, MalformedZone> {
        Self::from_json_value(&serde_json::from_str(text)?)
    }

    /// Takes a zone from a JSON value.
    ///
    /// # Errors
    /// [`MalformedZone`] names the place.
    pub fn from_json_value(value: &Value) -> Result<Self, MalformedZone> {
        let names = value.as_object().ok_or_else(|| shape("zone", "an object of names is needed"))?;
        let mut zone = Self::new();
        for (owner, content) in names {
            zone.insert_json_name(owner, content)?;
        }
        Ok(zone)
    }

    fn insert_json_name(&mut self, owner: &str, content: &Value) -> Result<(), MalformedZone> {
        let name = match Name::parse_with_spaces(owner) {
            Ok(name) => name,
            Err(_) => parse_name(owner)?,
        };
        if let Some(word) = content.as_str() {
            let expected = "SERVFAIL, REFUSED, TIMEOUT, NXDOMAIN or an object of records is needed";
            let rrset = failure(word).ok_or_else(|| shape(owner, expected))?;
            self.insert_always(name, rrset);
            return Ok(());
        }
        let types = content.as_object().ok_or_else(|| shape(owner, "an object of records is needed"))?;
        self.insert_name(name.clone());
        for (mnemonic, records) in types {
            if mnemonic.eq_ignore_ascii_case("CNAME") {
                let target = records.as_str().ok_or_else(|| shape(owner, "CNAME needs one name"))?;
                self.insert_alias(name.clone(), parse_target(target)?, TTL);
                continue;
            }
            let Some(kind) =
                Kind::ALL.into_iter().find(|kind| mnemonic.eq_ignore_ascii_case(kind.mnemonic()))
            else {
                continue;
            };
            self.insert_rrset(name.clone(), kind, parse_rrset(owner, kind, records)?, TTL);
        }
        Ok(())
    }
}

fn parse_rrset(owner: &str, kind: Kind, value: &Value) -> Result<Rrset, MalformedZone> {
    if let Some(word) = value.as_str() {
        return failure(word).ok_or_else(|| shape(owner, "a list of records or a failure is needed"));
    }
    let list = value.as_array().ok_or_else(|| shape(owner, "a list of records is needed"))?;
    let records = match kind {
        Kind::A => Records::A(
            parse_each(list, |item| item.as_str()?.parse().ok())
                .ok_or_else(|| shape(owner, "A needs IPv4 addresses"))?,
        ),
        Kind::Aaaa => Records::Aaaa(
            parse_each(list, |item| item.as_str()?.parse().ok())
                .ok_or_else(|| shape(owner, "AAAA needs IPv6 addresses"))?,
        ),
        Kind::Mx => Records::Mx(list.iter().map(|item| parse_mx(owner, item)).collect::<Result<_, _>>()?),
        Kind::Ptr => Records::Ptr(list.iter().map(|item| parse_ptr(owner, item)).collect::<Result<_, _>>()?),
        Kind::Txt => Records::Txt(
            parse_each(list, parse_txt)
                .ok_or_else(|| shape(owner, "TXT needs strings of characters up to U+00FF"))?,
        ),
    };
    Ok(Rrset::Found(records))
}

fn parse_each<T>(list: &[Value], parse: impl Fn(&Value) -> Option<T>) -> Option<Vec<T>> {
    list.iter().map(parse).collect()
}

fn parse_mx(owner: &str, item: &Value) -> Result<Mx, MalformedZone> {
    let expected = "MX needs [preference, \"exchange\"]";
    let Some([preference, exchange]) = item.as_array().map(Vec::as_slice) else {
        return Err(shape(owner, expected));
    };
    let preference = preference.as_u64().and_then(|number| u16::try_from(number).ok());
    let (Some(preference), Some(exchange)) = (preference, exchange.as_str()) else {
        return Err(shape(owner, expected));
    };
    Ok(Mx { preference, exchange: parse_target(exchange)? })
}

fn parse_ptr(owner: &str, item: &Value) -> Result<Name, MalformedZone> {
    parse_target(item.as_str().ok_or_else(|| shape(owner, "PTR needs names"))?)
}

fn parse_txt(item: &Value) -> Option<Txt> {
    match item {
        Value::String(text) => Some(Txt::new([latin1(text)?])),
        Value::Array(strings) => {
            let strings: Option<Vec<_>> = strings.iter().map(|string| latin1(string.as_str()?)).collect();
            Some(Txt::new(strings?))
        }
        _ => None,
    }
}

/// One octet for each character.
fn latin1(text: &str) -> Option<Vec<u8>> {
    text.chars().map(|character| u8::try_from(u32::from(character)).ok()).collect()
}

fn failure(word: &str) -> Option<Rrset> {
    match word {
        "SERVFAIL" => Some(Rrset::Failed(Failure::Servfail)),
        "REFUSED" => Some(Rrset::Failed(Failure::Refused)),
        "TIMEOUT" => Some(Rrset::Failed(Failure::Timeout)),
        "NXDOMAIN" => Some(Rrset::NxDomain),
        _ => None,
    }
}

/// The target of a record: a name, or the root, written "." or "".
fn parse_target(text: &str) -> Result<Name, MalformedZone> {
    if matches!(text, "" | ".") { Ok(Name::root()) } else { parse_name(text) }
}

fn parse_name(text: &str) -> Result<Name, MalformedZone> {
    Name::parse(text).map_err(|why| MalformedZone::Name { text: text.to_owned(), why })
}

fn shape(owner: &str, expected: &'static str) -> MalformedZone {
    MalformedZone::Shape { owner: owner.to_owned(), expected }
}
